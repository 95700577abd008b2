/**
 * What other settings would have made of a decision. Invariants: the settings of then change nothing; what changes is
 * reported once, and the other way round when the settings are exchanged.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Decision, decide } from '../../../domain/decide/decide.ts';
import type { DecisionFacts } from '../../../domain/decide/decision-facts.ts';
import { encodeFacts } from '../../../domain/explain/facts-codec.ts';
import {
  addComparison,
  type Comparison,
  compareDecision,
  EFFECTS,
  EMPTY_SUMS,
  EXAMPLES_MAX,
  isDecidersOwn,
  type RecordedDecision,
} from '../../../domain/explain/preview.ts';
import { parseStoredFacts } from '../../../domain/explain/stored-facts.ts';
import type { ModeSettings } from '../../../domain/settings/settings.ts';
import { anyDecision } from '../decide/any-decision.ts';
import '../arbitraries.ts';
import {
  A_SALE,
  at,
  type Change,
  CONDITION,
  exampleFacts,
  exampleSettings,
  levels,
  NOW,
  sh,
  usd,
} from '../decide/example-facts.ts';

/** The row that a Wallet writes of its own decision. */
function recordOf(decision: Decision): RecordedDecision {
  return {
    decision: decision.kind,
    reasons: decision.kind === 'SKIP' ? decision.reasons : [],
    targetNotionalMicros: decision.targetNotionalMicros,
    targetShareMicros: decision.targetShareMicros,
    limitPriceMicros: decision.kind === 'EXECUTE' ? decision.plan.limitPriceMicros : null,
  };
}

function compared(facts: DecisionFacts, then: ModeSettings, now: ModeSettings): Comparison {
  return compareDecision({
    recorded: recordOf(decide(facts, then)),
    facts,
    settingsThen: then,
    settingsNow: now,
  });
}

const said = ({ effect, appearing, vanishing, thenNotionalMicros, nowNotionalMicros }: Comparison) =>
  [effect, thenNotionalMicros, nowNotionalMicros, `+${appearing}`, `-${vanishing}`].join(' ');

describe('a decision under other settings', () => {
  const wide: Change = { book: { bids: levels('0.10x9') } };
  it.each<[string, Change, Partial<ModeSettings>, string]>([
    ['stays under the same settings', {}, {}, 'SAME 20000000 20000000 + -'],
    [
      'stays under a limit that it does not reach',
      {},
      { leaderExposureBpsMax: 9_000 },
      'SAME 20000000 20000000 + -',
    ],
    ['grows with the copy rate', {}, { copyRateBps: 2_000 }, 'RESIZED 20000000 40000000 + -'],
    [
      'shrinks with the largest trade',
      {},
      { maxTradeNotionalMicros: 12_000_000 },
      'RESIZED 20000000 12000000 + -',
    ],
    [
      'has another limit price under another tolerance',
      {},
      { maxWorseningPriceMicros: 0 },
      'RESIZED 20000000 20000000 + -',
    ],
    [
      'is skipped on the blacklist',
      {},
      { marketBlacklist: [CONDITION] },
      'NOW_SKIPPED 20000000 0 +MARKET_BLACKLISTED -',
    ],
    [
      'is copied with a wider spread',
      wide,
      { spreadPriceMicrosMax: 1_000_000, overMidPriceMicrosMax: 1_000_000 },
      'NOW_COPIED 0 20000000 + -SPREAD_TOO_WIDE,PRICE_TOO_FAR_OVER_MID',
    ],
    [
      'is still skipped, for one reason less',
      wide,
      { spreadPriceMicrosMax: 1_000_000 },
      'SAME 0 0 + -SPREAD_TOO_WIDE',
    ],
    [
      'is still skipped, for another reason',
      { intent: { leaderEventAtMs: NOW - 61_000 } },
      { copyAgeMsMax: 70_000, spreadPriceMicrosMax: 0 },
      'SAME 0 0 +SPREAD_TOO_WIDE -EVENT_TOO_OLD',
    ],
    [
      'keeps the size that it had from the buffer',
      { intent: { ourNotionalMicros: usd('10'), sourceType: 'BUFFER' } },
      { copyRateBps: 1 },
      'SAME 10000000 10000000 + -',
    ],
    ['of a sale follows the rate', A_SALE, { copyRateBps: 500 }, 'RESIZED 20000000 10000000 + -'],
    [
      'that the gate refused is refused still',
      { intent: { presetReason: 'LIVE_WS_DOWN' } },
      { copyRateBps: 2_000 },
      'SAME 0 0 + -',
    ],
  ])('%s', (_name, change, settings, expected) => {
    const then = exampleSettings();
    expect(said(compared(exampleFacts(change), then, { ...then, ...settings }))).toBe(expected);
  });

  it('is the same under the settings of then, whatever the facts, also once stored (property)', () => {
    fc.assert(
      fc.property(anyDecision, ({ facts, settings }) => {
        const { effect, appearing, vanishing, thenNotionalMicros, nowNotionalMicros } = compared(
          parseStoredFacts(encodeFacts(facts), facts.intent)!,
          settings,
          settings,
        );
        expect([effect, appearing, vanishing]).toEqual(['SAME', [], []]);
        expect(nowNotionalMicros).toBe(thenNotionalMicros);
      }),
    );
  });

  it('gives the same change the other way round when the settings are exchanged (property)', () => {
    const opposite = {
      SAME: 'SAME',
      RESIZED: 'RESIZED',
      NOW_COPIED: 'NOW_SKIPPED',
      NOW_SKIPPED: 'NOW_COPIED',
    };
    fc.assert(
      fc.property(anyDecision, anyDecision, ({ facts, settings }, { settings: other }) => {
        const there = compared(facts, settings, other);
        const back = compared(facts, other, settings);
        expect(back.effect).toBe(opposite[there.effect]);
        expect(back.appearing).toEqual(there.vanishing);
        expect(back.thenNotionalMicros).toBe(there.nowNotionalMicros);
      }),
    );
  });
});

describe('a live attempt that ended by the executor and not by the decision', () => {
  const facts = exampleFacts();
  const then = exampleSettings();
  const skip = (...reasons: RecordedDecision['reasons']): RecordedDecision => ({
    ...recordOf(decide(facts, then)),
    decision: 'SKIP',
    reasons,
    limitPriceMicros: null,
  });

  it.each<[string, RecordedDecision]>([
    ['the last check', skip('LIVE_NOT_MARKETABLE_WITHIN_BOUNDS')],
    ['missing funds', skip('LIVE_INSUFFICIENT_FUNDS')],
    ['a wait for shares', { ...skip('LIVE_WAITING_FOR_SHARES'), decision: 'WAIT' }],
    ['an order without a counterparty', { ...recordOf(decide(facts, then)), reasons: ['LIVE_NO_FILL'] }],
  ])('%s is no effect of a change of settings', (_name, recorded) => {
    const comparison = compareDecision({ recorded, facts, settingsThen: then, settingsNow: then });
    expect(said(comparison)).toBe('SAME 20000000 20000000 + -');
  });

  it('is compared by what was decided before it', () => {
    const recorded = skip('LIVE_INSUFFICIENT_FUNDS');
    const settingsNow = { ...then, marketBlacklist: [CONDITION] };
    const comparison = compareDecision({ recorded, facts, settingsThen: then, settingsNow });
    expect(said(comparison)).toBe('NOW_SKIPPED 20000000 0 +MARKET_BLACKLISTED -');
  });

  it.each<[string, RecordedDecision, boolean]>([
    ['a wait, even without a reason', { ...skip('BOOK_STALE'), decision: 'WAIT', reasons: [] }, false],
    ['an executed copy, whatever became of it', { ...skip('LIVE_NO_FILL'), decision: 'EXECUTE' }, true],
    ['a skip with a reason of the decision', skip('BOOK_STALE'), true],
    ['a skip with a reason of the executor among others', skip('BOOK_STALE', 'LIVE_NO_SLOT'), false],
  ])('%s: whether it records the decision itself', (_name, recorded, own) => {
    expect(isDecidersOwn(recorded, facts)).toBe(own);
  });

  it.each<[string, Partial<RecordedDecision>]>([
    ['target', { targetNotionalMicros: usd('20.000001') }],
    ['size', { targetShareMicros: sh('1') }],
    ['limit price', { limitPriceMicros: at('0.5') }],
  ])('is resized when only its %s differs', (_what, change) => {
    const recorded = { ...recordOf(decide(facts, then)), ...change };
    const comparison = compareDecision({ recorded, facts, settingsThen: then, settingsNow: then });
    expect(comparison.effect).toBe('RESIZED');
  });

  it('is distinguished from one that the gate refused', () => {
    const gated = exampleFacts({ intent: { presetReason: 'LIVE_WS_DOWN' } });
    expect(isDecidersOwn(skip('LIVE_WS_DOWN'), gated)).toBe(true);
    expect(isDecidersOwn(skip('LIVE_WS_DOWN'), facts)).toBe(false);
  });
});

describe('the sums of many', () => {
  const attempt = { ...exampleFacts().intent, decidedAtMs: NOW };
  const one = compared(
    exampleFacts(),
    exampleSettings(),
    exampleSettings({ settings: { copyRateBps: 2_000 } }),
  );
  const gone = compared(
    exampleFacts(A_SALE),
    exampleSettings(),
    exampleSettings({ settings: { exitAgeMsMax: 100, bookAgeMsMax: 10 } }),
  );

  it('count effects, targets by side and reasons, and what could not be decided again', () => {
    const sale = { ...attempt, side: 'SELL' as const };
    let sums = addComparison(EMPTY_SUMS, attempt, one);
    sums = addComparison(sums, sale, gone);
    sums = addComparison(sums, sale, gone);
    sums = addComparison(sums, attempt, undefined);
    expect(sums.effects).toEqual({ SAME: 0, NOW_COPIED: 0, NOW_SKIPPED: 2, RESIZED: 1 });
    expect(sums.unreadable).toBe(1);
    expect(sums.targets).toEqual({
      BUY: { thenMicros: 20_000_000n, nowMicros: 40_000_000n },
      SELL: { thenMicros: 40_000_000n, nowMicros: 0n },
    });
    expect(sums.reasons).toEqual([{ reason: 'EVENT_TOO_OLD', appears: 2, vanishes: 0 }]);
  });

  it('count a reason that vanishes, and list no decision that stays', () => {
    const wide = exampleFacts({ book: { bids: levels('0.10x9') } });
    const narrower = exampleSettings({ settings: { spreadPriceMicrosMax: 1_000_000 } });
    const stays = compared(wide, exampleSettings(), narrower);
    const sums = addComparison(addComparison(EMPTY_SUMS, attempt, stays), attempt, stays);
    expect(sums.reasons).toEqual([{ reason: 'SPREAD_TOO_WIDE', appears: 0, vanishes: 2 }]);
    expect(sums.examples).toEqual([]);
    expect(sums.effects.SAME).toBe(2);
  });

  it('have four effects and at most ten examples', () => {
    expect([EFFECTS, EXAMPLES_MAX]).toEqual([['SAME', 'NOW_COPIED', 'NOW_SKIPPED', 'RESIZED'], 10]);
  });

  it('keep a few examples of what changed, and never more', () => {
    let sums = EMPTY_SUMS;
    for (let count = 0; count < EXAMPLES_MAX + 5; count += 1) sums = addComparison(sums, attempt, one);
    expect(sums.examples).toHaveLength(EXAMPLES_MAX);
    expect(sums.examples[0]).toMatchObject({
      effect: 'RESIZED',
      groupKey: attempt.groupKey,
      decidedAtMs: NOW,
    });
    expect(sums.effects.RESIZED).toBe(EXAMPLES_MAX + 5);
  });
});
