/** Stored facts replay a decision exactly, and always fit the 2 KB that D1 keeps of one. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../../domain/decide/decide.ts';
import type { CopyIntent, DecisionFacts } from '../../../domain/decide/decision-facts.ts';
import { REASON_CODES } from '../../../domain/decide/reasons.ts';
import { decodeFacts, encodeFacts, FACTS_BYTES_MAX } from '../../../domain/explain/facts-codec.ts';
import { parseStoredFacts } from '../../../domain/explain/stored-facts.ts';
import { BOOK_LEVELS_MAX } from '../../../domain/market/book.ts';
import { cash, price, SAFE_MICROS_MAX, shares } from '../../../domain/money.ts';
import { anyDecision } from '../decide/any-decision.ts';
import '../arbitraries.ts';
import {
  A_SALE,
  aFraction,
  both,
  type Change,
  exampleFacts,
  exampleSettings,
  NOW,
  outcome,
  sh,
  TOKEN,
} from '../decide/example-facts.ts';

const BIG = SAFE_MICROS_MAX;

/** Facts in which everything is as wide as it can be. */
function widest(side: 'BUY' | 'SELL'): DecisionFacts {
  const level = (index: number) => ({
    priceMicros: price(BigInt(999_900 - index)),
    shareMicros: shares(BIG),
  });
  const twenty = Array.from({ length: BOOK_LEVELS_MAX }, (_, index) => level(index));
  const longest = [...REASON_CODES].sort((a, b) => b.length - a.length)[0]!;
  return exampleFacts({
    intent: {
      side,
      sourceType: 'AGGREGATOR',
      fillCount: 1_000_000,
      leaderNotionalMicros: cash(BIG),
      leaderShareMicros: shares(BIG),
      referencePriceMicros: price(999_999n),
      ourNotionalMicros: cash(BIG),
      leaderExposureMicros: cash(BIG),
      exit: { kind: 'FRACTION', soldShareMicros: shares(BIG), heldShareMicros: shares(BIG) },
      presetReason: longest,
    },
    market: {
      outcomeTokenIds: ['1', '2'].map((digit) =>
        digit.repeat(78),
      ) as unknown as DecisionFacts['intent']['tokenId'][],
      orderShareMicrosMin: shares(BIG),
      tickPriceMicros: price(2_500n),
      fee: { ratePpm: 1_000_000n, exponent: 10 },
    },
    book: { bids: twenty, asks: twenty, hash: 'f'.repeat(64) },
    portfolio: {
      cashMicros: cash(BIG),
      equityMicros: cash(-BIG),
      unsureMicros: cash(BIG),
      totalExposureMicros: cash(BIG),
      marketExposureMicros: cash(BIG),
      leaderExposureMicros: cash(BIG),
      holdingShareMicros: shares(BIG),
      ownShareMicros: shares(BIG),
      owedShareMicros: shares(BIG),
      dayPnlMicros: cash(-BIG),
      weekPnlMicros: cash(-BIG),
      pnlMicros: cash(-BIG),
      peakPnlMicros: cash(BIG),
      flowMicros: cash(-BIG),
    },
  });
}

function idsOf(intent: CopyIntent) {
  const { leaderAddress, tokenId, conditionId, groupKey, idempotencyKey } = intent;
  return { leaderAddress, tokenId, conditionId, groupKey, idempotencyKey };
}

/** The text that was stored before exits mirrored a fraction (A43). */
function storedBefore(facts: DecisionFacts): string {
  const { intent, portfolio, ...rest } = JSON.parse(encodeFacts(facts));
  const { exit: _exit, ...oldIntent } = intent;
  const { ownShareMicros: _own, owedShareMicros: _owed, ...oldPortfolio } = portfolio;
  return JSON.stringify({
    ...rest,
    intent: { ...oldIntent, carriedShareMicros: 3_000_000 },
    portfolio: oldPortfolio,
  });
}

function replayed(facts: DecisionFacts): DecisionFacts {
  return decodeFacts(encodeFacts(facts), idsOf(facts.intent));
}

describe('the facts of a decision', () => {
  it.each([
    ['a buy', exampleFacts()],
    ['a sale', exampleFacts(A_SALE)],
    ['a sale by the fraction', exampleFacts(aFraction('0.000001', '400'))],
    [
      'a try of an owed exit',
      exampleFacts(
        both(A_SALE, {
          intent: { sourceType: 'EXIT', exit: { kind: 'SHARES', shareMicros: sh('12.34') } },
          portfolio: { owedShareMicros: sh('12.34') },
        }),
      ),
    ],
    [
      'a correction of exits by the rate',
      exampleFacts(
        both(A_SALE, {
          intent: { sourceType: 'CORRECTION', exit: { kind: 'CORRECTION', shareMicros: sh('-12.34') } },
        }),
      ),
    ],
    ['an unknown market and book', exampleFacts({ market: null, book: null })],
    ['an empty book', exampleFacts({ book: { bids: [], asks: [], hash: '' } })],
    [
      'a market with a fee and no close',
      exampleFacts({ market: { fee: { ratePpm: 70_000n, exponent: 1 }, closeAtMs: null } }),
    ],
    [
      'unknown equity and exposure',
      exampleFacts({ intent: { leaderExposureMicros: null }, portfolio: { equityMicros: null } }),
    ],
  ])('come back whole for %s', (_what, facts) => {
    expect(replayed(facts)).toEqual(facts);
  });

  it('come back whole from a deep book of ordinary sizes, but for the token of the other outcome', () => {
    const deep = (index: number) => ({
      priceMicros: price(BigInt(500_000 + index)),
      shareMicros: sh('12345.678901'),
    });
    const twenty = Array.from({ length: BOOK_LEVELS_MAX }, (_, index) => deep(index));
    const outcomeTokenIds = [TOKEN, TOKEN];
    const facts = exampleFacts({ market: { outcomeTokenIds }, book: { bids: twenty, asks: twenty } });
    expect(replayed(facts)).toEqual({ ...facts, market: { ...facts.market!, outcomeTokenIds: [TOKEN] } });
  });

  it.each(['BUY', 'SELL'] as const)(
    'fit 2 KB at their widest for a %s, with every level that it may take',
    (side) => {
      const facts = widest(side);
      expect(new TextEncoder().encode(encodeFacts(facts)).length).toBeLessThanOrEqual(FACTS_BYTES_MAX);
      const taken = side === 'BUY' ? 'asks' : 'bids';
      expect(replayed(facts).book?.[taken]).toEqual(facts.book?.[taken]);
      expect(replayed(facts).portfolio).toEqual(facts.portfolio);
    },
  );

  it('fit 2 KB whatever the venue calls a hash', () => {
    const facts = { ...widest('BUY'), book: { ...widest('BUY').book!, hash: 'f"\u{1f4a5}\\'.repeat(900) } };
    expect(new TextEncoder().encode(encodeFacts(facts)).length).toBeLessThanOrEqual(FACTS_BYTES_MAX);
  });

  it('of older releases say that every mark was good', () => {
    const { unsureMicros, ...rest } = JSON.parse(encodeFacts(exampleFacts())).portfolio;
    expect(unsureMicros).toBe(0);
    const old = JSON.stringify({ ...JSON.parse(encodeFacts(exampleFacts())), portfolio: rest });
    expect(decodeFacts(old, idsOf(exampleFacts().intent))).toEqual(exampleFacts());
  });

  it('of older releases know no newest fill', () => {
    const facts = exampleFacts();
    const { newest, ...intent } = JSON.parse(encodeFacts(facts)).intent;
    expect(newest).toEqual(facts.intent.newest);
    const old = JSON.stringify({ ...JSON.parse(encodeFacts(facts)), intent });
    const read = { ...facts, intent: { ...facts.intent, newest: null } };
    expect(decodeFacts(old, idsOf(facts.intent))).toEqual(read);
    expect(parseStoredFacts(old, facts.intent)?.intent.newest).toBeNull();
  });

  it('replay to the same decision', () => {
    fc.assert(
      fc.property(anyDecision, ({ facts, settings }) => {
        expect(decide(replayed(facts), settings)).toEqual(decide(facts, settings));
      }),
    );
  });

  it('name no id: these stand beside them', () => {
    const text = encodeFacts(widest('BUY'));
    for (const id of Object.values(idsOf(widest('BUY').intent))) expect(text).not.toContain(id);
  });

  it('come back exactly beyond what a JSON number holds', () => {
    const facts = exampleFacts({ portfolio: { cashMicros: cash(BIG + 2n), pnlMicros: cash(-BIG - 2n) } });
    expect(replayed(facts)).toEqual(facts);
  });

  it('keep the best level alone of the side that is not taken from, where all levels would not fit', () => {
    for (const [side, other] of [
      ['BUY', 'bids'],
      ['SELL', 'asks'],
    ] as const) {
      const facts = widest(side);
      expect(replayed(facts).book?.[other]).toEqual(facts.book?.[other].slice(0, 1));
    }
  });

  it('keep a time a time: NOW is no amount', () => {
    expect(replayed(exampleFacts()).nowMs).toBe(NOW);
  });
});

describe('facts that were stored before exits mirrored a fraction', () => {
  const earlier = (change: Change) => {
    const facts = exampleFacts(change);
    return parseStoredFacts(storedBefore(facts), facts.intent)!;
  };

  it('have no part of an exit, own what could be sold, and owe nothing', () => {
    expect(earlier(A_SALE)).toMatchObject({
      intent: { exit: null },
      portfolio: { holdingShareMicros: sh('100'), ownShareMicros: sh('100'), owedShareMicros: sh('0') },
    });
  });

  it.each<[string, Change, string]>([
    ['a buy', {}, 'BUY 39.21 @ 0.51'],
    ['a sale by the rate', A_SALE, 'SELL 40 @ 0.49'],
    [
      'a sale by the rate also where the setting is the fraction now',
      aFraction('400', '400'),
      'SELL 40 @ 0.49',
    ],
    ['a sale of all', both(A_SALE, { intent: { leaderExited: true } }), 'SELL 100 @ 0.49'],
    ['a sale of nothing', { intent: { side: 'SELL' } }, 'SKIP NOT_ENOUGH_POSITION_TO_SELL'],
  ])('replay %s', (_what, change, expected) => {
    expect(outcome(decide(earlier(change), exampleSettings(change)))).toBe(expected);
  });

  it('are damaged facts without the shares that can be sold', () => {
    const facts = exampleFacts(A_SALE);
    const text = storedBefore(facts).replace('holdingShareMicros', 'holding');
    expect(parseStoredFacts(text, facts.intent)).toBeUndefined();
  });

  it.each([
    ['a fraction of nothing', { kind: 'FRACTION', soldShareMicros: 1, heldShareMicros: 0 }],
    ['a part of no kind', { kind: 'HALF' }],
    ['no shares', { kind: 'SHARES', shareMicros: 0 }],
  ])('and those with an exit of %s are damaged', (_what, exit) => {
    const facts = exampleFacts(A_SALE);
    const stored = JSON.parse(encodeFacts(facts));
    const text = JSON.stringify({ ...stored, intent: { ...stored.intent, exit } });
    expect(parseStoredFacts(text, facts.intent)).toBeUndefined();
  });
});
