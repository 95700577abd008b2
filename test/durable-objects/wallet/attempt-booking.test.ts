/** What a decision leaves behind: the attempt's row and counts, the stored answer, a mark, a snapshot, a waiting sale. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { CopyIntent } from '../../../domain/decide/decision-facts.ts';
import type { Decided } from '../../../durable-objects/wallet/decider.ts';
import type { LateCopy } from '../../../durable-objects/wallet/executor.ts';
import type { Deciding } from '../../../durable-objects/wallet/intent-quotes.ts';
import { SNAPSHOT_DELAY_MS } from '../../../durable-objects/wallet/snapshot-job.ts';
import { at, type Change, LEADER, NOW, sh, TOKEN, usd } from '../../domain/decide/example-facts.ts';
import { exampleIntent, held, marking, purchase, storedOrder } from './stores.ts';
import { exampleQuote, NO_FILL, type TurnRoom, turnRoom } from './turn-room.ts';

let room: TurnRoom;

beforeEach(() => {
  room = turnRoom('LIVE');
});

function given(intent: Partial<CopyIntent> = {}, waited = false, change: Change = {}): Deciding {
  return {
    intent: exampleIntent(intent),
    members: [],
    quote: exampleQuote(change),
    settings: room.settings.of(LEADER),
    waited,
  };
}

function decided(request: Deciding, outcome: Partial<Decided['outcome']> = {}): Decided {
  const result = room.decider.decide(request);
  if (result === 'waits') throw new Error('it was to be decided');
  return { ...result, outcome: { ...result.outcome, ...outcome } };
}

function booked(request: Deciding, outcome: Partial<Decided['outcome']> = {}) {
  return room.booking.add(request, decided(request, outcome)).answer;
}

const WAIT = { word: 'WAIT', reasons: ['LIVE_WAITING_FOR_SHARES'] } as const;
/** The least that can be filled. */
const FILLED = { shareMicros: sh('0.000001'), notionalMicros: usd('0.000001'), feeMicros: usd('0') };

describe('the answer of an attempt', () => {
  it('has the decision and the least order of the venue, and is stored under the key of the intent', () => {
    const request = given();
    expect(room.booking.stored(request.intent)).toBeUndefined();
    const answer = booked(request, { reasons: ['LIVE_NO_FILL'] });
    expect(answer).toEqual({
      kind: 'decided',
      decision: 'EXECUTE',
      // What an executed copy's row explains is no reason of the decision.
      reasons: [],
      carriedShareMicros: 0n,
      orderShareMicrosMin: sh('5'),
    });
    expect(room.booking.stored(request.intent)).toEqual(answer);
    expect(room.ports.outboxedOf('attempt')[0]?.reasons).toEqual(['LIVE_NO_FILL']);
  });

  it('has the reasons of a skip, and no least order where the market is not known', () => {
    expect(booked(given({}, false, { market: null }))).toMatchObject({
      decision: 'SKIP',
      reasons: ['MARKET_UNKNOWN'],
      carriedShareMicros: 0n,
      orderShareMicrosMin: null,
    });
  });

  it('has the shares to carry only when they are carried', () => {
    const carry = { word: 'SKIP', reasons: ['CARRIED'] } as const;
    expect(booked(given(), carry)).toMatchObject({
      carriedShareMicros: decided(given()).decision.targetShareMicros,
    });
    const key = { idempotencyKey: exampleIntent({}).idempotencyKey };
    expect(room.booking.stored(key)).toMatchObject({ carriedShareMicros: sh('40') });
  });

  it('has all shares of a buffer that was too small to flush: they are ours (A57)', () => {
    const buffer = { presetReason: 'CARRIED', sourceType: 'BUFFER', leaderShareMicros: sh('3') } as const;
    expect(booked(given(buffer), { word: 'SKIP', reasons: ['CARRIED'] })).toMatchObject({
      carriedShareMicros: sh('3'),
    });
  });

  it('has what an exit by the rate wanted of what we had, once it is decided (A43)', () => {
    const settings = { ...room.settings.of(LEADER), exitSizing: 'MIRROR_FRACTION' } as const;
    room.book.bookEntry(
      purchase({ mode: 'LIVE', shareDeltaMicros: sh('100'), cashDeltaMicros: usd('-50') }),
      held('100', '50'),
    );
    const sale = (part: Partial<CopyIntent> = {}, waited = false) => ({
      ...given({ side: 'SELL', ...part }, waited),
      settings,
    });
    expect(booked(sale(), WAIT)).not.toHaveProperty('byRate');
    const answer = booked(sale({}, true));
    expect(answer).toMatchObject({ byRate: { ownShareMicros: sh('100'), wantedShareMicros: sh('40') } });
    expect(room.booking.stored(exampleIntent())).toEqual(answer);
    const others = [
      { ...sale(), settings: { ...settings, exitSizing: 'RATE' } },
      sale({ exit: { kind: 'FRACTION', soldShareMicros: sh('1'), heldShareMicros: sh('2') } }),
      sale({ side: 'BUY' }),
    ] as const;
    others.forEach((other, at) => {
      const intent = { ...other.intent, idempotencyKey: `key ${at}` as CopyIntent['idempotencyKey'] };
      expect(booked({ ...other, intent })).not.toHaveProperty('byRate');
    });
  });

  it.each([
    { word: 'SKIP', reasons: ['LIVE_NO_SLOT'] },
    { word: 'EXECUTE', reasons: ['CARRIED'] },
  ] as const)('has no shares to carry after $word for $reasons', (outcome) => {
    expect(booked(given(), outcome)).toMatchObject({ carriedShareMicros: 0n });
  });

  it('is stored at its time, once, and replaced when a waiting sale is decided again', () => {
    booked(given({ side: 'SELL' }), WAIT);
    expect(() => booked(given({ side: 'SELL' }), WAIT)).toThrow('UNIQUE');
    const answer = booked(given({ side: 'SELL' }, true));
    expect(answer).toMatchObject({ decision: 'SKIP', reasons: ['NOT_ENOUGH_POSITION_TO_SELL'] });
    expect(room.booking.stored(exampleIntent())).toEqual(answer);
    const times = room.ports.storage.rows('SELECT decided_at FROM attempt');
    expect(times).toEqual([{ decided_at: NOW }]);
  });
});

describe('a copy whose order leaves', () => {
  const { record: order } = storedOrder();

  /** Booked with its order; what is to follow. */
  function placed(request = given()): { readonly late: LateCopy; readonly kept: LateCopy | undefined } {
    let kept: LateCopy | undefined;
    const store = (copy: LateCopy): void => {
      kept = copy;
    };
    const result = { ...decided(request), post: { order, store, start: () => {} } };
    const late = room.booking.add(request, result);
    room.booking.committed(late, result);
    return { late, kept };
  }

  it('keeps with its order what is to follow, and writes only its members', () => {
    const members = [{ id: 'a', fromShareMicros: sh('0'), shareMicros: sh('1') }];
    const { late, kept } = placed({ ...given(), members });
    expect(kept).toEqual(late);
    expect(late.attempt).toMatchObject({ decision: 'EXECUTE', revision: 1 });
    expect(room.ports.outboxed()).toEqual([]);
    expect(room.ports.storage.rows('SELECT * FROM attempt')).toEqual([]);
    expect(room.book.members.of(members)).toHaveLength(1);
    expect(room.booking.stored(exampleIntent())).toEqual(late.answer);
  });

  it('has its order, row, counts, answer and mark once the rest is written', () => {
    room.book.bookEntry(purchase({ mode: 'LIVE' }), held('10', '5'));
    room.ports.clearOutbox();
    const request = given();
    const { late } = placed(request);
    room.booking.writeLate(late, order, request.quote.book);
    expect(room.ports.outboxed()).toEqual([order, late.attempt]);
    expect(room.attempts.get(late.attempt.idempotencyKey)).toEqual(late.attempt);
    expect(room.booking.stored(exampleIntent())).toEqual(late.answer);
    expect(room.book.position(LEADER, TOKEN)?.mark).not.toBeNull();
  });

  it('has the rest after a start from what its order kept, and only if a crash has lost it', () => {
    const { late } = placed();
    for (let start = 0; start < 2; start += 1) room.booking.resume([{ order, copy: late }]);
    expect(room.ports.outboxed()).toEqual([order, late.attempt]);
    room.stats.publish(NOW);
    expect(room.ports.outboxedOf('copyStats')[0]).toMatchObject({ attempts: 1, executed: 1 });
  });

  it('that waited has its second row and answer after a start, in place of the first', () => {
    booked(given({ side: 'SELL' }), WAIT);
    const { late } = placed(given({ side: 'SELL' }, true));
    room.booking.resume([{ order, copy: late }]);
    expect(room.ports.outboxedOf('attempt').map(({ revision }) => revision)).toEqual([1, 2]);
    expect(room.booking.stored(exampleIntent())).toEqual(late.answer);
  });
});

describe('the row of an attempt', () => {
  it('has the mode, the version of the settings and the first revision, and is kept for later fills', () => {
    booked(given());
    const [row] = room.ports.outboxedOf('attempt');
    expect(row).toMatchObject({ mode: 'LIVE', settingsVersion: 7, revision: 1, decision: 'EXECUTE' });
    expect(room.attempts.get(row?.idempotencyKey ?? '')).toEqual(row);
  });

  it('has the second revision for a sale that waited, and counts as one attempt', () => {
    booked(given({ side: 'SELL' }), WAIT);
    booked(given({ side: 'SELL' }, true));
    expect(room.ports.outboxedOf('attempt').map((row) => [row.revision, row.decision])).toEqual([
      [1, 'WAIT'],
      [2, 'SKIP'],
    ]);
    room.stats.publish(NOW);
    const sums = room.ports.outboxedOf('copyStats').map(({ attempts, skipped }) => [attempts, skipped]);
    expect(new Set(sums.map(String))).toEqual(new Set(['1,1']));
  });

  it('of a new attempt is counted on its own, even with a row of its key from before', () => {
    room.attempts.keep({ ...attemptOf(given()), decision: 'SKIP' });
    booked(given());
    room.stats.publish(NOW);
    expect(room.ports.outboxedOf('copyStats')[0]).toMatchObject({ attempts: 1, executed: 1, skipped: 0 });
  });

  it('is not kept on paper', () => {
    room = turnRoom('PAPER');
    booked(given());
    expect(room.ports.outboxedOf('attempt')).toHaveLength(1);
    expect(room.attempts.get(exampleIntent().idempotencyKey)).toBeUndefined();
    room.stats.publish(NOW);
    expect(room.ports.outboxedOf('copyStats')[0]).toMatchObject({ attempts: 1, executed: 1 });
  });
});

/** The row that this attempt would get, without leaving it in the outbox. */
function attemptOf(request: Deciding) {
  const other = turnRoom('LIVE');
  const result = other.decider.decide(request);
  if (result === 'waits') throw new Error('it was to be decided');
  other.booking.add(request, result);
  return other.ports.outboxedOf('attempt')[0]!;
}

describe('what an attempt moves', () => {
  beforeEach(() => {
    room.book.bookEntry(purchase({ mode: 'LIVE' }), held('10', '5'));
    room.book.mark(TOKEN, marking(at('0.40'), NOW - 1_000));
    room.ports.clearOutbox();
  });

  it('is the mark of the token, only when it is executed', () => {
    booked(
      given({ presetReason: 'CARRY_EXPIRED', idempotencyKey: 'skipped' as CopyIntent['idempotencyKey'] }),
    );
    expect(room.book.position(LEADER, TOKEN)?.markPriceMicros).toBe(at('0.40'));
    booked(given());
    expect(room.book.position(LEADER, TOKEN)).toMatchObject({
      markPriceMicros: at('0.495'),
      mark: { rule: 'MID', good: true },
      markedAtMs: NOW - 50,
      bidPriceMicros: at('0.49'),
    });
  });

  it('is no mark without a book, and the last good one with a book that has no bid', () => {
    const executed = { word: 'EXECUTE', reasons: [] } as const;
    booked(given({}, false, { book: null }), executed);
    booked(given({}, true, { book: { bids: [], asks: [] } }), executed);
    expect(room.book.position(LEADER, TOKEN)?.markPriceMicros).toBe(at('0.40'));
  });

  it('is the position, sent with its mark, and a snapshot soon, only when something was filled', () => {
    booked(given());
    expect(room.ports.outboxedOf('position')).toEqual([]);
    expect(room.scheduled).toEqual([]);
    booked(given({}, true), { filled: FILLED });
    expect(room.ports.outboxedOf('position')).toMatchObject([
      { leaderAddress: LEADER, tokenId: TOKEN, markPriceMicros: at('0.495') },
    ]);
    expect(room.scheduled).toEqual([['snapshot', NOW + SNAPSHOT_DELAY_MS]]);
  });
});

describe('a waiting sale', () => {
  it('waits with the intent as it came and its settings', () => {
    room.executor.gateReason = 'LIVE_WS_DOWN';
    const request = given({ side: 'SELL' });
    booked(request, WAIT);
    expect(room.waits.waiting).toEqual([{ intent: request.intent, settings: request.settings }]);
    expect(room.waits.ended).toEqual([]);
  });

  it('is done with every other decision', () => {
    booked(given());
    expect(room.waits.waiting).toEqual([]);
    expect(room.waits.ended).toEqual([exampleIntent().idempotencyKey]);
  });

  it('does not exist on paper', () => {
    room = turnRoom('PAPER');
    expect(booked(given(), { ...WAIT, filled: NO_FILL })).toMatchObject({ decision: 'WAIT' });
  });
});
