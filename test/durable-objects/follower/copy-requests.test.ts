/** What a Wallet is sent: the intent with the facts of the moment, and the last quote that was reported. */
import { describe, expect, it } from 'vitest';
import { idempotencyKey, type TradingMode } from '../../../domain/ids.ts';
import { cash, price, shares } from '../../../domain/money.ts';
import type { FollowedUserControl } from '../../../domain/settings/control.ts';
import type { Dispatch } from '../../../durable-objects/follower/groups.ts';
import type { Quote } from '../../../durable-objects/rpc.ts';
import { START_MS } from '../memory-ports.ts';
import { controlWith, followerParts } from './follower-parts.ts';
import { CONDITION, group, LEADER, TOKEN } from './leader-data.ts';

function dispatch(part: Partial<Dispatch> = {}): Dispatch {
  return {
    group: group('one'),
    sourceType: 'IMMEDIATE',
    ourNotionalMicros: null,
    leaderExited: false,
    exit: null,
    presetReason: null,
    ...part,
  };
}
/** Only passed along here. */
const quoteNamed = (name: string): Quote => ({ book: { hash: name }, market: null }) as unknown as Quote;
const NO_QUOTE = { book: null, market: null };

describe('the intent', () => {
  it('says what the leader did, under a key that depends on nothing of ours', () => {
    const { requests } = followerParts();
    const { intent } = requests.requestOf('PAPER', dispatch());
    const { groupKey } = group('one');
    expect(intent).toEqual({
      leaderAddress: LEADER,
      tokenId: TOKEN,
      conditionId: CONDITION,
      side: 'BUY',
      sourceType: 'IMMEDIATE',
      groupKey,
      idempotencyKey: idempotencyKey({ leaderAddress: LEADER, tokenId: TOKEN, side: 'BUY', groupKey }),
      fillCount: 1,
      leaderNotionalMicros: 2_000_000n,
      leaderShareMicros: 4_000_000n,
      referencePriceMicros: 500_000n,
      leaderEventAtMs: START_MS - 1_000,
      detectedAtMs: START_MS,
      newest: { eventAtMs: START_MS - 1_000, detectedAtMs: START_MS, ownWaitMs: 25 },
      ourNotionalMicros: null,
      leaderExposureMicros: null,
      leaderExited: false,
      exit: null,
      exitOnly: false,
      waitedMs: 0,
      presetReason: null,
    });
  });

  it('passes along what was found before: our own size, the exit and its fraction, the reason', () => {
    const { requests } = followerParts();
    const exit = {
      kind: 'FRACTION',
      soldShareMicros: shares(1_000_000n),
      heldShareMicros: shares(4_000_000n),
    } as const;
    const found = {
      ourNotionalMicros: cash(7n),
      leaderExited: true,
      exit,
      presetReason: 'CARRY_EXPIRED',
    } as const;
    expect(requests.requestOf('PAPER', dispatch(found)).intent).toMatchObject(found);
  });

  it('names what the leader holds where the mode’s size depends on it', () => {
    const { requests, holdings } = followerParts(
      controlWith({
        paper: {
          budgetedDynamicEnabled: true,
          sizingMode: 'budgetedDynamic',
          budgetNotionalMicros: 1_000_000,
        },
      }),
    );
    const position = {
      tokenId: TOKEN,
      conditionId: CONDITION,
      eventSlug: '',
      shareMicros: shares(10_000_000n),
    };
    holdings.seed([{ ...position, avgPriceMicros: price(400_000n) }], { complete: true, asOfMs: START_MS });
    const exposure = (mode: TradingMode) => requests.requestOf(mode, dispatch()).intent.leaderExposureMicros;
    expect([exposure('PAPER'), exposure('LIVE')]).toEqual([4_000_000n, null]);
  });

  it('copies only exits of a leader who is removed, and on paper of one who is paused', () => {
    const exitOnly = (user: Partial<FollowedUserControl>) => {
      const { requests } = followerParts(controlWith({ user }));
      return (['PAPER', 'LIVE'] as const).map((mode) => requests.requestOf(mode, dispatch()).intent.exitOnly);
    };
    expect(exitOnly({})).toEqual([false, false]);
    expect(exitOnly({ paperEnabled: false })).toEqual([true, false]);
    expect(exitOnly({ removed: true })).toEqual([true, true]);
  });

  it('is a bug for a leader whom no document names', () => {
    const { requests } = followerParts(controlWith({ user: null }));
    expect(() => requests.requestOf('PAPER', dispatch())).toThrow('not in the control document');
  });
});

describe('the quote', () => {
  it('is the last one reported of the token, and empty where none was', () => {
    const { requests } = followerParts();
    expect(requests.requestOf('PAPER', dispatch()).quote).toEqual(NO_QUOTE);
    requests.keepQuotes({ [TOKEN]: quoteNamed('first'), 8: quoteNamed('other') });
    requests.keepQuotes({ [TOKEN]: quoteNamed('second') });
    expect(requests.requestOf('PAPER', dispatch()).quote).toEqual(quoteNamed('second'));
  });

  it('is kept for a hundred tokens; the one reported longest ago goes first', () => {
    const { requests } = followerParts();
    const quoteOf = (token: string) =>
      requests.requestOf('PAPER', dispatch({ group: group('one', { tokenId: token as typeof TOKEN }) }))
        .quote;
    requests.keepQuotes({ a: quoteNamed('a') });
    requests.keepQuotes({ b: quoteNamed('b') });
    for (let at = 0; at < 98; at += 1) requests.keepQuotes({ [`other ${at}`]: quoteNamed('x') });
    requests.keepQuotes({ a: quoteNamed('a again') });
    expect([quoteOf('a'), quoteOf('b')]).toEqual([quoteNamed('a again'), quoteNamed('b')]);
    requests.keepQuotes({ c: quoteNamed('c') });
    expect([quoteOf('a'), quoteOf('b'), quoteOf('c')]).toEqual([
      quoteNamed('a again'),
      NO_QUOTE,
      quoteNamed('c'),
    ]);
  });
});
