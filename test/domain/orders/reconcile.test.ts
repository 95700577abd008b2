/**
 * Our record against the venue's. Its laws: the second time there is nothing to do; the order of reports does not
 * matter; an unknown outcome stays unknown without evidence; an order ends only when all that was matched is booked.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTokenId } from '../../../domain/ids.ts';
import { cash, price, shares } from '../../../domain/money.ts';
import { isFinal } from '../../../domain/orders/order-state.ts';
import type { FillReport, FillState } from '../../../domain/orders/orders.ts';
import { differences, type VenueView } from '../../../domain/orders/reconcile.ts';
import { RUNS } from '../arbitraries.ts';
import { CONDITION, NOW, TOKEN, usd } from '../decide/example-facts.ts';
import {
  actionsFor,
  fill,
  GRACE_MS,
  OPENED_AT_MS,
  type OurRecord,
  orderId,
  ourOrder,
  record,
  report,
  roundOf,
  SENT_AT_MS,
  view,
  words,
} from './reconciled.ts';

const UNKNOWN = record(ourOrder());

/** A read that does not have the example's order, so long after NOW. */
function absentAt(afterMs: number, more: { readonly fills?: readonly FillReport[] | null } = {}): VenueView {
  return view({ nowMs: NOW + afterMs, order: 'ABSENT', ...more });
}

/** The state of the example's order after each round. */
function states(begin: OurRecord, ...rounds: readonly VenueView[]): string {
  const seen: string[] = [];
  let now = begin;
  for (const round of rounds) {
    now = roundOf(now, round);
    seen.push(now.orders[0]!.state);
  }
  return seen.join(' ');
}

describe('an order whose POST was never answered', () => {
  it('has landed and filled: its trades are booked, and it is whole', () => {
    const said = view({
      order: report('MATCHED', { matchedShareMicros: shares(40_000_000n) }),
      fills: [fill('t1', 40)],
    });
    expect(words(actionsFor(UNKNOWN, said))).toBe('book t1 MATCHED APP, FILLED_WHOLE');
  });

  it('has landed and filled in part: the rest was killed', () => {
    const said = view({
      order: report('CANCELED', { matchedShareMicros: shares(10_000_000n), tradeIds: ['t1'] }),
      fills: [fill('t1', 10)],
    });
    expect(words(actionsFor(UNKNOWN, said))).toBe('book t1 MATCHED APP, FILL, SEEN_CANCELED');
  });

  it('has landed and was killed: the venue says so', () => {
    expect(states(UNKNOWN, view({ order: report('CANCELED') }))).toBe('CANCELED');
  });

  it('has landed and was killed: the venue reported a duplicate, and has not had it for a while', () => {
    const duplicate = record(ourOrder({ seenAtVenue: true }));
    const then = roundOf(duplicate, view({ order: 'ABSENT' }));
    expect(then.orders).toEqual([{ ...duplicate.orders[0], absentSinceMs: NOW }]);
    expect(words(actionsFor(then, absentAt(GRACE_MS)))).toBe('ENDED_ABSENT');
  });

  it('never arrived: neither the order nor a trade of it is there when the grace is over', () => {
    expect(words(actionsFor(UNKNOWN, view({ order: 'ABSENT' })))).toBe('PROVEN_ABSENT');
  });

  it('is not absent while it may still be on its way', () => {
    const early = { nowMs: SENT_AT_MS + GRACE_MS - 1 };
    expect(states(UNKNOWN, view({ order: 'ABSENT', ...early }), view({ order: 'ABSENT' }))).toBe(
      'UNKNOWN REJECTED',
    );
    expect(states(UNKNOWN, view({ order: 'ABSENT', nowMs: SENT_AT_MS + GRACE_MS }))).toBe('REJECTED');
  });

  it('arrives later, still within the grace', () => {
    const early = { nowMs: SENT_AT_MS + 5_000 };
    const later = view({
      order: report('MATCHED', { matchedShareMicros: shares(40_000_000n) }),
      fills: [fill('t1', 40)],
    });
    expect(states(UNKNOWN, view({ order: 'ABSENT', ...early }), later)).toBe('UNKNOWN FILLED');
  });

  it('arrives later, after it was proven absent: the trade is ours all the same', () => {
    const rounds = [view({ order: 'ABSENT' }), view({ fills: [fill('t1', 40)] })] as const;
    expect(states(UNKNOWN, ...rounds)).toBe('REJECTED FILLED');
    const end = rounds.reduce(roundOf, UNKNOWN);
    expect([end.cashMicros, end.shareMicros]).toEqual([-20_000_000n, 40_000_000n]);
  });

  it('arrives later and rests after it was proven absent: it is open again', () => {
    expect(states(UNKNOWN, view({ order: 'ABSENT' }), view({ order: report('LIVE') }))).toBe('REJECTED OPEN');
  });

  it('is not absent when a trade names it', () => {
    const named = record(ourOrder({ tradeIdsExpected: ['t1'] }));
    expect(words(actionsFor(named, view({ order: 'ABSENT' })))).toBe('');
    const seen = view({ order: 'ABSENT', fills: [fill('t1', 3)] });
    expect(words(actionsFor(UNKNOWN, seen))).toBe('book t1 MATCHED APP, FILL');
    expect(words(actionsFor(roundOf(UNKNOWN, seen), absentAt(GRACE_MS)))).toBe('ENDED_ABSENT');
  });

  it('is not absent when the trades could not be read', () => {
    expect(words(actionsFor(UNKNOWN, view({ order: 'ABSENT', fills: null })))).toBe('');
  });

  it('is there, in an unknown status: unresolved, and never absent again', () => {
    const strange = roundOf(UNKNOWN, view({ order: report('UNKNOWN_STATUS') }));
    expect(strange.orders[0]).toMatchObject({ state: 'UNKNOWN', seenAtVenue: true });
    expect(states(strange, view({ order: 'ABSENT' }), absentAt(GRACE_MS))).toBe('UNKNOWN CANCELED');
  });

  it('stays unknown without evidence', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.nat(GRACE_MS - 1), fc.boolean(), (asked, ageMs, read) => {
        const said = view({
          nowMs: SENT_AT_MS + ageMs,
          fills: read ? [fill('t9', 5, { orderId: orderId('b') })] : null,
          ...(asked ? { order: 'ABSENT' as const } : {}),
        });
        const absentSinceMs = asked ? said.nowMs : null;
        expect(roundOf(UNKNOWN, said).orders).toEqual([{ ...UNKNOWN.orders[0], absentSinceMs }]);
      }),
    );
  });
});

describe('an order that was there and is not in the reads', () => {
  const open = record(ourOrder({ state: 'OPEN', orderType: 'GTC', seenAtVenue: true }));
  const missing = roundOf(open, absentAt(0));
  const gone = roundOf(missing, absentAt(GRACE_MS));

  it('has not ended by one round of empty reads, nor by more within the grace', () => {
    expect(states(open, absentAt(0), absentAt(GRACE_MS - 1))).toBe('OPEN OPEN');
  });

  it('has ended once it has been absent for the grace', () => {
    expect(words(actionsFor(missing, absentAt(GRACE_MS)))).toBe('ENDED_ABSENT');
    expect(gone.orders[0]).toMatchObject({ state: 'CANCELED', endedByAbsence: true });
  });

  it('ends by a read, not by the mere passing of time', () => {
    expect(states(missing, view({ nowMs: NOW + GRACE_MS }))).toBe('OPEN');
  });

  it('ends only in a round that could read the trades', () => {
    expect(states(missing, absentAt(GRACE_MS, { fills: null }), absentAt(GRACE_MS))).toBe('OPEN CANCELED');
  });

  it('is absent anew after a report of it', () => {
    const between = view({ nowMs: NOW + 10_000, order: report('LIVE') });
    expect(
      states(missing, between, absentAt(GRACE_MS), absentAt(2 * GRACE_MS - 1), absentAt(2 * GRACE_MS)),
    ).toBe('OPEN OPEN OPEN CANCELED');
  });

  it('is absent anew after a trade of it, though the same round says that it is gone', () => {
    const traded = absentAt(GRACE_MS, { fills: [fill('t1', 4, { role: 'MAKER' })] });
    expect(states(missing, traded, absentAt(2 * GRACE_MS - 1), absentAt(2 * GRACE_MS))).toBe(
      'PARTIAL PARTIAL CANCELED',
    );
  });

  it('is not ended by what was read while it was sent again', () => {
    const again = record({ ...missing.orders[0]!, state: 'UNKNOWN', lastSentAtMs: NOW + 5_000 });
    expect(states(again, absentAt(GRACE_MS))).toBe('UNKNOWN');
    const inFlight = record(ourOrder({ state: 'SUBMITTED', seenAtVenue: true }));
    expect(roundOf(inFlight, absentAt(0)).orders[0]!.absentSinceMs).toBeNull();
  });

  it('is whole when it has all that it asked for, absent or not', () => {
    const match = { ...ourOrder({ state: 'PARTIAL', seenAtVenue: true, tradeIdsBooked: ['t1'] }) };
    const all = { filledShareMicros: shares(40_000_000n), filledNotionalMicros: cash(18_000_000n) };
    const said = absentAt(GRACE_MS);
    expect(words(actionsFor(record({ ...match, ...all, absentSinceMs: NOW }), said))).toBe('FILLED_WHOLE');
  });

  it.each([
    ['LIVE', 'REOPENED', 'OPEN'],
    ['UNMATCHED', 'REOPENED', 'OPEN'],
    ['DELAYED', 'REOPENED', 'OPEN'],
    ['UNKNOWN_STATUS', 'REOPENED, SEEN_UNKNOWN_STATUS', 'UNKNOWN'],
    ['MATCHED', 'REOPENED, SEEN_MATCHED', 'PARTIAL'],
  ] as const)('ended, and is reported as %s: %s, it is %s', (status, events, state) => {
    const said = view({ order: report(status) });
    expect(words(actionsFor(gone, said))).toBe(events);
    expect(roundOf(gone, said).orders[0]).toMatchObject({
      state,
      endedByAbsence: false,
      absentSinceMs: null,
    });
  });

  it('ended with a part filled, and rests after all: it is open for the rest', () => {
    const part = { filledShareMicros: shares(10_000_000n), tradeIdsBooked: ['t1'] };
    const said = view({ order: report('LIVE', { matchedShareMicros: part.filledShareMicros }) });
    expect(words(actionsFor(record({ ...gone.orders[0]!, ...part }), said))).toBe('REOPENED, FILL');
  });

  it('ended, and traded after all: it is read again, unless that was the whole of it', () => {
    expect(words(actionsFor(gone, view({ fills: [fill('t1', 10)] })))).toBe(
      'book t1 MATCHED APP, REOPENED, FILL',
    );
    expect(words(actionsFor(gone, view({ fills: [fill('t1', 40)] })))).toBe(
      'book t1 MATCHED APP, FILLED_WHOLE',
    );
  });

  it('ended, was matched as the venue reports, and waits for the trades', () => {
    const end = report('CANCELED', { matchedShareMicros: shares(10_000_000n) });
    expect(states(gone, view({ order: end }), view({ order: end, fills: [fill('t1', 10)] }))).toBe(
      'PARTIAL CANCELED',
    );
  });

  it('ended, and the venue says so too: from then on it stays ended', () => {
    const canceled = view({ order: report('CANCELED') });
    expect(words(actionsFor(gone, canceled))).toBe('SEEN_CANCELED');
    expect(states(gone, canceled, view({ order: report('LIVE') }))).toBe('CANCELED CANCELED');
  });

  it('ends again when it is absent again for the grace', () => {
    const back = view({ nowMs: NOW + 2 * GRACE_MS, order: report('LIVE') });
    expect(states(gone, back, absentAt(3 * GRACE_MS), absentAt(4 * GRACE_MS))).toBe('OPEN OPEN CANCELED');
  });

  it('was canceled as the venue reports, and is open no more whatever is reported late', () => {
    const canceled = record(ourOrder({ state: 'CANCELED', seenAtVenue: true }));
    expect(states(canceled, view({ order: report('LIVE') }), view({ fills: [fill('t1', 4)] }))).toBe(
      'CANCELED CANCELED',
    );
  });
});

describe('an order that the venue answered', () => {
  const matched = record(ourOrder({ state: 'PARTIAL', seenAtVenue: true, tradeIdsExpected: ['t1', 't2'] }));

  it('stays unresolved until each trade of the answer is booked', () => {
    const first = view({ fills: [fill('t1', 10)] });
    const second = view({ fills: [fill('t1', 10), fill('t2', 5)] });
    expect(states(matched, first, second)).toBe('PARTIAL CANCELED');
  });

  it('is whole once the trades spend all but what rounding leaves', () => {
    const almost = fill('t2', 19, {
      legs: [{ shareMicros: shares(19_990_000n), priceMicros: usd('0.5') as never }],
    });
    expect(states(matched, view({ fills: [fill('t1', 20), almost] }))).toBe('FILLED');
  });

  it('keeps waiting for trades that the venue counts and does not show yet', () => {
    const said = view({
      order: report('CANCELED', { matchedShareMicros: shares(10_000_000n) }),
      fills: [fill('t1', 4)],
    });
    const unknown = record(ourOrder());
    expect(
      states(unknown, said, view({ fills: [fill('t2', 6)], order: said.orders.get(orderId('a'))! })),
    ).toBe('PARTIAL CANCELED');
  });

  it('is not talked out of a match by an absence', () => {
    const bare = record(ourOrder({ state: 'PARTIAL', seenAtVenue: true }));
    expect(words(actionsFor(bare, view({ order: 'ABSENT' })))).toBe('');
    expect(words(actionsFor(matched, view({ order: 'ABSENT' })))).toBe('');
  });

  it('is left alone while its POST is in flight', () => {
    for (const state of ['PREPARED', 'SUBMITTED'] as const) {
      expect(words(actionsFor(record(ourOrder({ state })), view({ order: 'ABSENT' })))).toBe('');
    }
  });

  it('takes a fill after it was canceled, and is whole when nothing is left', () => {
    const canceled = record(ourOrder({ state: 'CANCELED', seenAtVenue: true }));
    expect(states(canceled, view({ fills: [fill('t1', 10)] }), view({ fills: [fill('t2', 30)] }))).toBe(
      'CANCELED FILLED',
    );
  });

  it('waits for the first trade of a match that the venue counts as nothing yet', () => {
    const empty = view({ order: report('MATCHED') });
    expect(states(UNKNOWN, empty, view({ order: report('MATCHED'), fills: [fill('t1', 40)] }))).toBe(
      'PARTIAL FILLED',
    );
  });

  it('is canceled by a report without a count, unless the report names trades', () => {
    const silent = { matchedShareMicros: null };
    expect(states(UNKNOWN, view({ order: report('CANCELED', silent) }))).toBe('CANCELED');
    const named = report('CANCELED', { ...silent, tradeIds: ['t1'] });
    const rounds = [view({ order: named }), view({ order: named, fills: [fill('t1', 4)] })];
    expect(states(UNKNOWN, ...rounds)).toBe('PARTIAL CANCELED');
  });

  it('is whole when it has all the shares that it asked for and cash to spare', () => {
    const cheap = { priceMicros: price(450_000n) };
    const said = view({ fills: [fill('t1', 20, cheap), fill('t2', 20, cheap)] });
    expect(states(matched, said)).toBe('FILLED');
  });

  it('that rests goes on when the trades named so far are booked', () => {
    const resting = ourOrder({
      state: 'PARTIAL',
      orderType: 'GTC',
      seenAtVenue: true,
      tradeIdsExpected: ['t1'],
    });
    expect(states(record(resting), view({ fills: [fill('t1', 10)] }))).toBe('PARTIAL');
  });

  it('never counts a trade that FAILED as filled, whether the first report says so or a later one', () => {
    const failed = { state: 'FAILED' as const };
    expect(states(matched, view({ fills: [fill('t1', 40, failed)] }))).toBe('PARTIAL');
    const before = view({ fills: [fill('t1', 30)] });
    const then = view({ fills: [fill('t1', 30, failed), fill('t2', 10)] });
    expect(states(matched, before, then)).toBe('PARTIAL CANCELED');
  });

  it('is not absent when a trade of it is in our books, whatever else we forgot', () => {
    const booked = record(ourOrder({ tradeIdsBooked: ['t1'], absentSinceMs: NOW - GRACE_MS }));
    expect(words(actionsFor(booked, view({ order: 'ABSENT' })))).toBe('ENDED_ABSENT');
  });

  it('ends although one of its trades FAILED and the venue still counts it', () => {
    const said = view({
      order: report('CANCELED', { matchedShareMicros: shares(10_000_000n), tradeIds: ['t1'] }),
      fills: [fill('t1', 10, { state: 'FAILED' })],
    });
    expect(words(actionsFor(UNKNOWN, said))).toBe('book t1 MATCHED APP, reverse t1, FILL, SEEN_CANCELED');
    expect(roundOf(UNKNOWN, said)).toMatchObject({ cashMicros: 0n, shareMicros: 0n });
  });

  it('that rests is open until it is matched as a whole', () => {
    const resting = record(ourOrder({ state: 'OPEN', orderType: 'GTC', seenAtVenue: true }));
    const part = report('MATCHED', { matchedShareMicros: shares(10_000_000n), tradeIds: ['t1'] });
    const whole = report('MATCHED', { matchedShareMicros: shares(40_000_000n), tradeIds: ['t1', 't2'] });
    expect(
      states(
        resting,
        view({ order: part, fills: [fill('t1', 10, { role: 'MAKER' })] }),
        view({ order: whole, fills: [fill('t2', 30, { role: 'MAKER' })] }),
      ),
    ).toBe('PARTIAL FILLED');
  });

  it('that rests is canceled with the part that it filled', () => {
    const resting = record(ourOrder({ state: 'OPEN', orderType: 'GTD', seenAtVenue: true }));
    const end = report('CANCELED_MARKET_RESOLVED', { matchedShareMicros: shares(10_000_000n) });
    expect(states(resting, view({ order: end, fills: [fill('t1', 10)] }))).toBe('CANCELED');
  });
});

describe('a fill', () => {
  it.each([
    ['MATCHED', 'MATCHED', ''],
    ['MATCHED', 'MINED', 'move t1 MINED'],
    ['MATCHED', 'CONFIRMED', 'move t1 CONFIRMED'],
    ['MATCHED', 'RETRYING', 'move t1 RETRYING'],
    ['RETRYING', 'MINED', 'move t1 MINED'],
    ['RETRYING', 'MATCHED', ''],
    ['MINED', 'RETRYING', ''],
    ['MINED', 'MATCHED', ''],
    ['MATCHED', 'FAILED', 'reverse t1'],
    ['MINED', 'FAILED', 'reverse t1'],
    ['CONFIRMED', 'FAILED', ''],
    ['CONFIRMED', 'MINED', ''],
    ['FAILED', 'CONFIRMED', ''],
    ['FAILED', 'MATCHED', ''],
  ] as const)('that is %s and reported as %s: %s', (before, reported, expected) => {
    const known: OurRecord = {
      ...record(
        ourOrder({ state: 'CANCELED', tradeIdsBooked: ['t1'], filledShareMicros: shares(4_000_000n) }),
      ),
      fills: [{ tradeId: 't1', orderId: orderId('a'), state: before }],
    };
    expect(words(actionsFor(known, view({ fills: [fill('t1', 4, { state: reported })] })))).toBe(expected);
  });

  it('of no order of ours is EXTERNAL, and counted from the first reading of the account on', () => {
    const foreign = { orderId: orderId('b'), role: 'MAKER' as const };
    const said = view({
      fills: [
        fill('before', 5, { ...foreign, matchedAtMs: OPENED_AT_MS - 1 }),
        fill('then', 5, { ...foreign, matchedAtMs: OPENED_AT_MS }),
      ],
    });
    expect(words(actionsFor(record(), said))).toBe('book then MATCHED EXTERNAL');
  });

  it('of our own order counts whenever it is said to have matched', () => {
    const early = view({ fills: [fill('t1', 40, { matchedAtMs: OPENED_AT_MS - 5 })] });
    expect(words(actionsFor(UNKNOWN, early))).toBe('book t1 MATCHED APP, FILLED_WHOLE');
  });

  it('of two orders of ours in one trade is two fills', () => {
    const two = record(ourOrder(), ourOrder({ orderId: orderId('b') }));
    const said = view({ fills: [fill('t1', 40), fill('t1', 40, { orderId: orderId('b') })] });
    expect(words(actionsFor(two, said))).toBe(
      'book t1 MATCHED APP, book t1 MATCHED APP, FILLED_WHOLE, FILLED_WHOLE',
    );
  });
});

describe('a fill that was booked at an average price (A58)', () => {
  const at = (micros: bigint) => price(micros);
  const average = fill('t1', 10, { priceMicros: at(499_999n), atAverage: true });
  const exact = (part: Partial<FillReport> = {}) =>
    fill('t1', 10, {
      priceMicros: at(499_999n),
      legs: [
        { shareMicros: shares(4_000_000n), priceMicros: at(490_000n) },
        { shareMicros: shares(6_000_000n), priceMicros: at(506_667n) },
      ],
      ...part,
    });
  const booked = roundOf(UNKNOWN, view({ fills: [average] }));

  it.each([
    ['the legs of its makers', exact(), 'correct t1'],
    ['them with a later state', exact({ state: 'MINED' }), 'correct t1, move t1 MINED'],
    ['them with its failure', exact({ state: 'FAILED' }), 'correct t1, reverse t1'],
    ['the average again', average, ''],
    ['legs of another size', exact({ shareMicros: shares(9_000_000n) }), ''],
  ] as const)('and is reported with %s: %s', (_what, reported, expected) => {
    expect(words(actionsFor(booked, view({ fills: [reported] })))).toBe(expected);
  });

  it('has the cash of the legs, and is corrected once', () => {
    expect([booked.cashMicros, booked.orders[0]!.filledNotionalMicros]).toEqual([-4_999_990n, 4_999_990n]);
    const after = roundOf(booked, view({ fills: [exact()] }));
    expect([after.cashMicros, after.orders[0]!.filledNotionalMicros]).toEqual([-5_000_002n, 5_000_002n]);
    expect(actionsFor(after, view({ fills: [exact()] }))).toEqual([]);
  });

  it('is corrected after it is CONFIRMED too', () => {
    const confirmed = roundOf(booked, view({ fills: [{ ...average, state: 'CONFIRMED' }] }));
    expect(words(actionsFor(confirmed, view({ fills: [exact({ state: 'CONFIRMED' })] })))).toBe('correct t1');
  });

  it('is booked by the legs at once where one round has both, whichever comes first', () => {
    for (const fills of [
      [{ ...average, state: 'MINED' as const }, exact()],
      [exact(), { ...average, state: 'MINED' as const }],
    ]) {
      const after = roundOf(UNKNOWN, view({ fills }));
      expect(after.cashMicros).toBe(-5_000_002n);
      expect(after.fills[0]).toEqual({ tradeId: 't1', orderId: orderId('a'), state: 'MINED' });
    }
  });

  it('makes its order whole in the round that corrects it', () => {
    const almost = fill('t1', 40, {
      legs: [{ shareMicros: shares(40_000_000n), priceMicros: at(499_000n) }],
    });
    const before = roundOf(UNKNOWN, view({ fills: [{ ...almost, atAverage: true }] }));
    expect(before.orders[0]!.state).toBe('PARTIAL');
    const said = view({ fills: [fill('t1', 40)] });
    expect(words(actionsFor(before, said))).toBe('correct t1, FILLED_WHOLE');
    expect(actionsFor(roundOf(before, said), said)).toEqual([]);
  });
});

describe('the differences', () => {
  const other = parseTokenId('22')!;
  const held = (tokenId: typeof TOKEN, size: bigint) => ({
    tokenId,
    conditionId: CONDITION,
    shareMicros: shares(size),
    redeemable: false,
  });
  const said = view({
    collateralMicros: cash(7n),
    ledgerCashMicros: cash(9n),
    positions: [held(TOKEN, 5n), held(other, 1n)],
    ledgerShares: new Map([[TOKEN, shares(5n)]]),
  });

  it('are all that are not zero, to the micro', () => {
    expect(words(differences(said))).toBe('CASH 9 → 7, POSITION 0 → 1');
  });

  it('are of what the venue lists and of what only we know', () => {
    expect(words(differences({ ...said, collateralMicros: null, positions: [] }))).toBe('POSITION 5 → 0');
  });

  it('are none of what could not be read', () => {
    expect(differences({ ...said, collateralMicros: null, positions: null })).toEqual([]);
  });

  it('add up rows of one token', () => {
    const twice = { ...said, positions: [held(TOKEN, 2n), held(TOKEN, 3n)], collateralMicros: cash(9n) };
    expect(differences(twice)).toEqual([]);
  });

  it('wait for the round after one that books, whose ledger has what was booked', () => {
    expect(words(actionsFor(UNKNOWN, { ...said, fills: [fill('t1', 40)] }))).toBe(
      'book t1 MATCHED APP, FILLED_WHOLE',
    );
    expect(words(actionsFor(roundOf(UNKNOWN, { ...said, fills: [fill('t1', 40)] }), said))).toBe(
      'CASH 9 → 7, POSITION 0 → 1',
    );
  });

  it('say whether something is still settling', () => {
    expect(differences({ ...said, settling: true }).every(({ settling }) => settling)).toBe(true);
  });
});

/** How one trade settles: every state that is reported, and the one that it ends in. */
const PATHS: readonly (readonly FillState[])[] = [
  ['MATCHED'],
  ['MATCHED', 'MINED'],
  ['MATCHED', 'MINED', 'CONFIRMED'],
  ['MATCHED', 'RETRYING', 'MINED', 'CONFIRMED'],
  ['MATCHED', 'RETRYING', 'FAILED'],
  ['MATCHED', 'FAILED'],
];
const IDS = [orderId('a'), orderId('b'), orderId('c')] as const;

interface Lives {
  readonly begin: OurRecord;
  readonly said: VenueView;
  readonly reports: readonly FillReport[];
}

const anyReport = fc
  .tuple(
    fc.constantFrom('LIVE', 'DELAYED', 'MATCHED', 'UNMATCHED', 'CANCELED', 'INVALID', 'UNKNOWN_STATUS'),
    fc.option(fc.integer({ min: 0, max: 40 })),
    fc.subarray(['t0', 't1', 't2', 't3']),
  )
  .map(([status, matched, tradeIds]) =>
    report(status, {
      matchedShareMicros: matched === null ? null : shares(BigInt(matched) * 1_000_000n),
      tradeIds,
    }),
  );

const anyOrder = fc
  .record({
    state: fc.constantFrom('PREPARED', 'SUBMITTED', 'DELAYED', 'OPEN', 'UNKNOWN', 'REJECTED', 'CANCELED'),
    side: fc.constantFrom('BUY', 'SELL'),
    orderType: fc.constantFrom('FAK', 'FOK', 'GTC', 'GTD'),
    ageMs: fc.constantFrom(0, GRACE_MS - 1, GRACE_MS, 100_000),
    tradeIdsExpected: fc.oneof(fc.constant([]), fc.subarray(['t0', 't1', 't2'])),
    seen: fc.boolean(),
    absentMs: fc.constantFrom(null, 0, GRACE_MS - 1, GRACE_MS),
    endedByAbsence: fc.boolean(),
    said: fc.option(fc.oneof(anyReport, fc.constant('ABSENT' as const)), { nil: undefined }),
  })
  .map(({ ageMs, absentMs, endedByAbsence, seen, said, ...rest }) => ({
    said,
    order: ourOrder({
      ...rest,
      absentSinceMs: absentMs === null ? null : NOW - absentMs,
      endedByAbsence: endedByAbsence && rest.state === 'CANCELED',
      ...(rest.side === 'SELL' ? { makerMicros: 40_000_000n, takerMicros: 20_000_000n } : {}),
      lastSentAtMs: NOW - ageMs,
      seenAtVenue: seen || ['DELAYED', 'OPEN', 'CANCELED'].includes(rest.state),
    }),
  }));

const anyTrade = fc.record({
  of: fc.nat(3),
  size: fc.integer({ min: 1, max: 20 }),
  path: fc.constantFrom(...PATHS),
  atMs: fc.constantFrom(OPENED_AT_MS - 10, SENT_AT_MS, NOW),
});

/** Up to three orders of ours and a foreign one, up to five trades, each reported several times and in any order. */
const anyLives: fc.Arbitrary<Lives> = fc
  .tuple(
    fc.array(anyOrder, { minLength: 1, maxLength: 3 }),
    fc.array(anyTrade, { maxLength: 5 }),
    fc.boolean(),
  )
  .chain(([some, trades, read]) => {
    const orders = some.map(({ order }, at) => ({ ...order, orderId: IDS[at]! }));
    const reports = trades.flatMap(({ of, size, path, atMs }, at) => {
      const owner = orders[of];
      const about = { orderId: owner?.orderId ?? orderId('f'), side: owner?.side ?? ('BUY' as const) };
      return path.map((state) => fill(`t${at}`, size, { ...about, state, matchedAtMs: atMs }));
    });
    return fc.shuffledSubarray(reports, { minLength: reports.length }).map((shuffled) => ({
      begin: record(...orders),
      reports: shuffled,
      said: view({
        fills: read ? shuffled : null,
        orders: some.flatMap(({ said }, at) => {
          if (said === undefined) return [];
          return [[IDS[at]!, said === 'ABSENT' ? said : { ...said, orderId: IDS[at]! }] as const];
        }),
      }),
    }));
  });

function ended({ orders, fills, cashMicros, shareMicros }: OurRecord) {
  const byKey = [...fills].sort((a, b) => (a.tradeId + a.orderId < b.tradeId + b.orderId ? -1 : 1));
  const plain = orders.map((order) => ({ ...order, tradeIdsBooked: [...order.tradeIdsBooked].sort() }));
  return { orders: plain, fills: byKey, cashMicros, shareMicros };
}

describe('reconciliation', () => {
  it('gives nothing to do the second time', () => {
    fc.assert(
      fc.property(anyLives, ({ begin, said }) => {
        expect(words(actionsFor(roundOf(begin, said), said))).toBe('');
      }),
      { numRuns: RUNS * 5 },
    );
  });

  it('does the same in whatever order the venue reports', () => {
    fc.assert(
      fc.property(anyLives, fc.infiniteStream(fc.nat()), ({ begin, said }, chance) => {
        const fills = said.fills === null ? null : [...said.fills];
        fills?.sort(() => ((chance.next().value ?? 0) % 2 === 0 ? 1 : -1));
        expect(actionsFor(begin, { ...said, fills })).toEqual(actionsFor(begin, said));
      }),
      { numRuns: RUNS * 3 },
    );
  });

  it('ends with the same fills, cash and shares when they are reported bit by bit', () => {
    fc.assert(
      fc.property(anyLives, fc.nat(5), ({ begin, said, reports }, cut) => {
        const all = { ...said, fills: reports };
        const bits = [reports.slice(0, cut), reports.slice(cut), reports].map((fills) => ({
          ...said,
          fills,
        }));
        const slowly = ended(bits.reduce(roundOf, begin));
        const atOnce = ended(roundOf(begin, all));
        expect(slowly.fills).toEqual(atOnce.fills);
        expect([slowly.cashMicros, slowly.shareMicros]).toEqual([atOnce.cashMicros, atOnce.shareMicros]);
        expect(slowly.orders.map((order) => order.filledShareMicros)).toEqual(
          atOnce.orders.map((order) => order.filledShareMicros),
        );
      }),
      { numRuns: RUNS * 3 },
    );
  });

  it('holds the shares of every fill that has not FAILED, and of none twice', () => {
    fc.assert(
      fc.property(anyLives, ({ begin, said }) => {
        const end = roundOf(begin, said);
        const ours = new Set(begin.orders.map((order) => order.orderId));
        const last = new Map<string, FillReport>();
        for (const one of said.fills ?? []) {
          const before = last.get(one.tradeId);
          const isEnd = one.state === 'FAILED' || one.state === 'CONFIRMED';
          if (before === undefined || isEnd) last.set(one.tradeId, one);
        }
        const counted = [...last.values()].filter(
          (one) => one.state !== 'FAILED' && (ours.has(one.orderId) || one.matchedAtMs >= OPENED_AT_MS),
        );
        const size = counted.reduce(
          (sum, one) => sum + (one.side === 'BUY' ? 1n : -1n) * one.shareMicros,
          0n,
        );
        expect(end.shareMicros).toBe(size);
      }),
      { numRuns: RUNS * 3 },
    );
  });

  it('ends no order while the venue reports more of it matched than is booked', () => {
    let waited = 0;
    fc.assert(
      fc.property(anyLives, ({ begin, said }) => {
        const end = roundOf(begin, said);
        for (const order of end.orders) {
          const seen = said.orders.get(order.orderId);
          if (seen === undefined || seen === 'ABSENT' || seen.matchedShareMicros === null) continue;
          const hasFailed = end.fills.some((one) => one.orderId === order.orderId && one.state === 'FAILED');
          const isShort = seen.matchedShareMicros - order.filledShareMicros >= 10_000n;
          const began = begin.orders.find((one) => one.orderId === order.orderId)!;
          if (!isShort || hasFailed || isFinal(began.state) || seen.status === 'UNKNOWN_STATUS') continue;
          // The trades that the answer named are another count of the same match, and were all booked.
          if (began.tradeIdsExpected.length > 0) continue;
          waited += 1;
          expect(isFinal(order.state), order.state).toBe(order.state === 'FILLED');
        }
      }),
      { numRuns: RUNS * 3 },
    );
    expect(waited).toBeGreaterThan(RUNS / 10);
  });

  it('proves absence only of an order that nothing has ever shown', () => {
    let proven = 0;
    fc.assert(
      fc.property(anyLives, ({ begin, said }) => {
        for (const action of actionsFor(begin, said)) {
          if (action.kind !== 'orderEvent' || action.event !== 'PROVEN_ABSENT') continue;
          proven += 1;
          const order = begin.orders.find((one) => one.orderId === action.orderId)!;
          expect(order).toMatchObject({ state: 'UNKNOWN', seenAtVenue: false, tradeIdsExpected: [] });
          expect(said.nowMs - order.lastSentAtMs >= GRACE_MS).toBe(true);
          expect(said.orders.get(order.orderId)).toBe('ABSENT');
          expect(said.fills?.some((one) => one.orderId === order.orderId)).toBe(false);
        }
      }),
      { numRuns: RUNS * 5 },
    );
    expect(proven).toBeGreaterThan(5);
  });

  it('ends an order that was there only after the grace of absence, and says so', () => {
    let ends = 0;
    fc.assert(
      fc.property(anyLives, ({ begin, said }) => {
        for (const action of actionsFor(begin, said)) {
          if (action.kind !== 'orderEvent' || action.event !== 'ENDED_ABSENT') continue;
          ends += 1;
          const order = begin.orders.find((one) => one.orderId === action.orderId)!;
          expect(said.nowMs - order.absentSinceMs!).toBeGreaterThanOrEqual(GRACE_MS);
          expect(order.absentSinceMs).not.toBeNull();
          expect(said.orders.get(order.orderId)).toBe('ABSENT');
          expect(said.fills).not.toBeNull();
          const after = roundOf(begin, said).orders.find((one) => one.orderId === action.orderId)!;
          expect(after).toMatchObject({ state: 'CANCELED', endedByAbsence: true });
        }
      }),
      { numRuns: RUNS * 5 },
    );
    expect(ends).toBeGreaterThan(5);
  });

  it('opens a canceled order again only if its end was concluded from absence', () => {
    let opened = 0;
    fc.assert(
      fc.property(anyLives, ({ begin, said }) => {
        const end = roundOf(begin, said);
        for (const [at, order] of begin.orders.entries()) {
          if (order.state !== 'CANCELED' || isFinal(end.orders[at]!.state)) continue;
          opened += 1;
          expect(order.endedByAbsence).toBe(true);
          expect(end.orders[at]!.endedByAbsence).toBe(false);
        }
      }),
      { numRuns: RUNS * 5 },
    );
    expect(opened).toBeGreaterThan(5);
  });
});

describe('the order of actions', () => {
  it('is that of the matches, and of the trades’ names where two were matched at once', () => {
    const early = fill('z', 1, { matchedAtMs: SENT_AT_MS + 1 });
    const late = ['b', 'a'].map((tradeId) => fill(tradeId, 1, { matchedAtMs: SENT_AT_MS + 9 }));
    const actions = actionsFor(UNKNOWN, view({ fills: [...late, early] }));
    const booked = actions.flatMap((action) => (action.kind === 'bookFill' ? [action.report.tradeId] : []));
    expect(booked).toEqual(['z', 'a', 'b']);
  });

  it('of differences is that of the tokens, whichever side names them', () => {
    const [one, two, three] = ['1', '2', '3'].map((text) => parseTokenId(text)!);
    const held = (tokenId: typeof one) => ({
      tokenId: tokenId!,
      conditionId: CONDITION,
      shareMicros: shares(5n),
      redeemable: false,
    });
    const found = differences(
      view({ positions: [held(two), held(one)], ledgerShares: new Map([[three!, shares(7n)]]) }),
    );
    expect(found.map((difference) => difference.tokenId)).toEqual([one, two, three]);
  });
});
