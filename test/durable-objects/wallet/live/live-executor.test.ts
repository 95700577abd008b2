/** The last checks of a live order, in the turn in which it is stored and posted: each refusal, and what is stored. */
import { beforeEach, describe, expect, it } from 'vitest';
import { InvariantError } from '../../../../domain/assert.ts';
import { decide } from '../../../../domain/decide/decide.ts';
import type { DecisionFacts } from '../../../../domain/decide/decision-facts.ts';
import type { EXTERNAL_LEADER, LeaderAddress } from '../../../../domain/ids.ts';
import type { ModeSettings } from '../../../../domain/settings/settings.ts';
import type { Execution, LateCopy } from '../../../../durable-objects/wallet/executor.ts';
import { LiveExecutor } from '../../../../durable-objects/wallet/live/live-executor.ts';
import { LiveFunds } from '../../../../durable-objects/wallet/live/live-funds.ts';
import { OrderPlacement } from '../../../../durable-objects/wallet/live/order-placement.ts';
import type { StoredOrder } from '../../../../durable-objects/wallet/live/orders/order-store.ts';
import { exchangeOf } from '../../../../polymarket/account/contracts.ts';
import {
  type Change,
  exampleFacts,
  LEADER,
  levels,
  sh,
  TOKEN,
  usd,
} from '../../../domain/decide/example-facts.ts';
import { PRACTICE_FUNDER } from '../../../system/world/practice-account.ts';
import { START_MS } from '../../memory-ports.ts';
import {
  cashEntry,
  fillReport,
  held,
  ORDER_ID,
  OTHER_LEADER,
  OTHER_TOKEN,
  purchase,
  storedOrder,
} from '../stores.ts';
import { type LiveRoom, liveRoom, type RoomOptions } from './live-room.ts';

let room: LiveRoom;
let funds: LiveFunds;
let executor: LiveExecutor;

beforeEach(() => open());

function open(options: RoomOptions = {}): void {
  room = liveRoom(options);
  const { book, orders, state, holdings, owed, unsettled, account, switches, submission, placingRoom } = room;
  book.bookEntry({ ...cashEntry('DEPOSIT', '1000'), mode: 'LIVE' }, undefined);
  funds = new LiveFunds(book, orders, state, holdings, owed);
  const placement = new OrderPlacement(orders, funds, submission, placingRoom);
  executor = new LiveExecutor(account, switches, unsettled, funds, placement);
  room.ports.clearOutbox();
}

/** The leader holds these shares. */
function hold(size: string, leaderAddress: LeaderAddress | typeof EXTERNAL_LEADER = LEADER): void {
  const moved = { shareDeltaMicros: sh(size), cashDeltaMicros: usd('-5') };
  room.book.bookEntry(
    purchase({ mode: 'LIVE', refId: `held:${leaderAddress}`, leaderAddress, ...moved }),
    held(size, '5'),
  );
}

function factsOf(change: Change = {}): DecisionFacts {
  return exampleFacts({ ...change, intent: { ...change.intent } });
}

function settingsOf(part: Partial<ModeSettings> = {}): ModeSettings {
  return { ...room.settings.of(LEADER), copyRateBps: 1_000, ...part };
}

/** Executes it; an order is stored with nothing to follow. */
function executed(
  facts: DecisionFacts,
  given: { settings?: ModeSettings; waited?: boolean } = {},
): Execution {
  const settings = given.settings ?? settingsOf();
  const decision = decide(facts, settings);
  if (decision.kind !== 'EXECUTE') throw new Error(`skipped: ${decision.reasons.join()}`);
  const execution = executor.execute({ facts, decision, settings, waited: given.waited ?? false });
  if (execution.kind === 'done') execution.post?.store(LATE);
  return execution;
}

// Only handed through: nothing here reads it.
const LATE = { attempt: {}, answer: {}, waited: false } as LateCopy;

describe('a purchase', () => {
  it('is stored as PREPARED with what it holds back, and posted by what it returns', async () => {
    const execution = executed(factsOf());
    expect(execution).toMatchObject({ kind: 'done', reasons: [], filled: { shareMicros: 0n } });
    const [order] = room.orders.open();
    expect(order).toMatchObject({
      tradeIds: [],
      seenAtVenue: false,
      waitClass: false,
      asks: 0,
      record: { state: 'PREPARED', submits: 1, shadow: false, filledShareMicros: 0n },
    });
    expect(order!.late).toEqual(LATE);
    expect(order!.record.orderKey).toBe(order!.record.orderId);
    expect(order!.body).toContain(order!.record.orderId === '' ? 'x' : 'signature');
    expect(order!.reservedCashMicros).toBeGreaterThanOrEqual(order!.record.makerMicros);
    expect(order!.nextAskAtMs - order!.sentAtMs).toBe(order!.timeoutMs + 1_000);
    expect(room.api.posts).toHaveLength(0);
    if (execution.kind === 'done') execution.post?.start();
    expect(room.api.posts).toMatchObject([{ orderId: order!.record.orderId, body: order!.body }]);
  });

  it('waits for the answer as long as the setting says, and for the delay of a sports market besides', async () => {
    const settings = settingsOf({ submitTimeoutMs: 4_000 });
    executed(factsOf({ market: { takerDelayMs: 3_000 } }), { settings });
    expect(room.orders.open()[0]?.timeoutMs).toBe(7_000);
  });

  it('in SHADOW stores what it would have been, holds nothing back and posts nothing', async () => {
    room.switches.set('SHADOW');
    const execution = executed(factsOf());
    expect(execution).toMatchObject({ kind: 'done', reasons: ['LIVE_SHADOW_ONLY'], post: null });
    const [record] = room.ports.outboxedOf('liveOrder');
    expect(record).toMatchObject({ state: 'SHADOW_ONLY', shadow: true, orderId: '', submits: 0 });
    expect(record!.orderKey).toBe(`shadow:${factsOf().intent.idempotencyKey}`);
    expect(record!.predictedShareMicros).toBeGreaterThan(0n);
    expect(room.orders.reservedCash()).toBe(0n);
    expect(room.orders.open()).toHaveLength(0);
  });

  it('that cannot be signed is a bug of ours, and stores nothing', () => {
    const connected = room.connection.ready()!;
    const sign = (): never => {
      throw new TypeError('a curve without a point');
    };
    room.connection.ready = () => ({ ...connected, signer: { ...connected.signer, sign } });
    expect(() => executed(factsOf())).toThrow(InvariantError);
    expect(() => executed(factsOf())).toThrow('an order could not be signed: TypeError: a curve');
    expect(room.orders.open()).toHaveLength(0);
  });

  it('is refused without a book or a market', async () => {
    const facts = factsOf();
    const decision = decide(facts, settingsOf());
    if (decision.kind !== 'EXECUTE') throw new Error('skipped');
    const settings = settingsOf();
    for (const missing of [{ book: null }, { market: null }]) {
      const given = { facts: { ...facts, ...missing }, decision, settings, waited: false };
      expect(executor.execute(given)).toEqual({ kind: 'refused', reason: 'MARKET_UNKNOWN' });
    }
  });

  it('waits when no call is free, and is not signed in vain', () => {
    for (let taken = 0; taken < 5; taken += 1) room.slots.take('cancel');
    expect(executed(factsOf())).toEqual({ kind: 'wait', reason: 'LIVE_WAITING_FOR_SLOT' });
    expect(room.orders.open()).toHaveLength(0);
  });

  it('is refused when the cash that it would hold is not free', async () => {
    room.state.setCollateral({ balanceMicros: usd('0.5'), allowanceMicros: {} });
    expect(executed(factsOf())).toEqual({
      kind: 'refused',
      reason: 'LIVE_INSUFFICIENT_FUNDS',
    });
  });

  it('is refused when its exchange contract may move less than that; exactly as much is enough', async () => {
    const facts = factsOf();
    executed(facts);
    const [{ record, reservedCashMicros: needed }] = room.orders.open() as [StoredOrder];
    const contract = exchangeOf(record).address.toLowerCase();
    for (const [allowed, kind] of [
      [needed - 1n, 'refused'],
      [needed, 'done'],
    ] as const) {
      open();
      room.state.setCollateral({ balanceMicros: usd('1000'), allowanceMicros: { [contract]: allowed } });
      const execution = executed(facts);
      expect(execution.kind, String(allowed)).toBe(kind);
      if (execution.kind === 'refused') expect(execution.reason).toBe('LIVE_ALLOWANCE_TOO_LOW');
    }
  });

  it('that has an order already is a bug of ours', async () => {
    executed(factsOf());
    expect(() => executed(factsOf())).toThrow('an intent that has an order was about to get another');
  });

  it('is never made to wait', async () => {
    room.orders.add(storedOrder({ state: 'UNKNOWN', idempotencyKey: 'other' }));
    expect(executed(factsOf()).kind).toBe('done');
  });
});

describe('a sale', () => {
  const SALE: Change = {
    intent: { side: 'SELL', leaderExited: true },
    book: { bids: levels('0.50x1000'), asks: levels('0.51x1000') },
    portfolio: { holdingShareMicros: sh('10') },
  };

  it('is executed when its shares are final', async () => {
    hold('10');
    expect(executed(factsOf(SALE)).kind).toBe('done');
    expect(room.orders.open()[0]?.record).toMatchObject({ side: 'SELL', shareMicros: sh('10') });
  });

  it('needs no cash and no allowance for its collateral', async () => {
    hold('10');
    const facts = factsOf(SALE);
    const contract = exchangeOf({ protocolVersion: 'v2', negRisk: false }).address.toLowerCase();
    room.state.setCollateral({ balanceMicros: usd('0'), allowanceMicros: { [contract]: 0n } });
    expect(executed(facts).kind).toBe('done');
  });

  it('waits while a purchase of the same is unresolved', async () => {
    hold('10');
    room.orders.add(storedOrder({ state: 'UNKNOWN', idempotencyKey: 'other' }));
    expect(executed(factsOf(SALE))).toEqual({ kind: 'wait' });
  });

  it('waits while it needs shares that are not final; what is final besides is sold at once', async () => {
    room.orders.add(storedOrder({ state: 'OPEN', orderType: 'GTC', idempotencyKey: 'other' }));
    const five = { shareMicros: sh('5') };
    room.evidence.take({ ...room.evidence.nothing(), fills: [fillReport(five)] });
    room.changes.change(ORDER_ID, ['SEEN_CANCELED'], {});
    expect(room.orders.provisional()).toHaveLength(1);
    const part = factsOf({ ...SALE, portfolio: { holdingShareMicros: sh('5') } });
    expect(executed(part)).toEqual({ kind: 'wait' });
    expect(executed(part, { settings: settingsOf({ exitWaitMsMax: 1 }) })).toEqual({ kind: 'wait' });
    const five10 = { shareDeltaMicros: sh('5'), cashDeltaMicros: usd('-2') };
    room.book.bookEntry(purchase({ mode: 'LIVE', refId: 'more', ...five10 }), held('10', '4.5'));
    expect(executed(part).kind).toBe('done');
  });

  it('does not wait for shares to become final where the setting says so', async () => {
    room.orders.add(storedOrder({ state: 'OPEN', orderType: 'GTC', idempotencyKey: 'other' }));
    room.evidence.take({ ...room.evidence.nothing(), fills: [fillReport({ shareMicros: sh('5') })] });
    room.changes.change(ORDER_ID, ['SEEN_CANCELED'], {});
    const part = factsOf({ ...SALE, portfolio: { holdingShareMicros: sh('5') } });
    expect(executed(part, { settings: settingsOf({ exitWaitMsMax: 0 }) }).kind).toBe('done');
  });

  it('that is a try of an owed exit does not wait: it is made only when nothing of the same is open (A44)', async () => {
    hold('10');
    room.orders.add(storedOrder({ state: 'UNKNOWN', idempotencyKey: 'other' }));
    const part = {
      intent: { ...SALE.intent, sourceType: 'EXIT', exit: { kind: 'SHARES', shareMicros: sh('10') } },
    } as const;
    expect(executed(factsOf({ ...SALE, ...part })).kind).toBe('done');
  });

  it('says how many shares its order reserves, and in SHADOW none', async () => {
    hold('10');
    const sale = { intent: { ...SALE.intent, exit: { kind: 'SHARES', shareMicros: sh('6') } } } as const;
    expect(executed(factsOf({ ...SALE, ...sale }))).toMatchObject({ soldShareMicros: sh('6') });
    open();
    hold('10');
    room.switches.set('SHADOW');
    expect(executed(factsOf({ ...SALE, ...sale }))).toMatchObject({
      soldShareMicros: 0n,
      reasons: ['LIVE_SHADOW_ONLY'],
    });
  });

  it('waits for a purchase whose fate is unknown whatever the setting says (A44), and not a second time', async () => {
    hold('10');
    room.orders.add(storedOrder({ state: 'UNKNOWN', idempotencyKey: 'other' }));
    expect(executed(factsOf(SALE), { settings: settingsOf({ exitWaitMsMax: 0 }) }).kind).toBe('wait');
    open();
    hold('10');
    room.orders.add(storedOrder({ state: 'UNKNOWN', idempotencyKey: 'other' }));
    expect(executed(factsOf(SALE), { waited: true }).kind).toBe('done');
  });
});

describe('what a sale waits for', () => {
  const rows = [
    ['a BUY of the same that is unknown', {}, true],
    ['one that was posted', { state: 'SUBMITTED' }, true],
    ['one of a market type that is open', { state: 'OPEN', orderType: 'FAK' }, true],
    ['one that rests, but is unknown', { state: 'UNKNOWN', orderType: 'GTC' }, true],
    ['not one that rests', { state: 'OPEN', orderType: 'GTC' }, false],
    ['not a sale', { side: 'SELL' }, false],
    ['not one of another token', { tokenId: 'other' }, false],
  ] as const;

  it.each(rows)('is %s', (_what, record, awaits) => {
    room.orders.add(storedOrder({ state: 'UNKNOWN', ...record }));
    const { intent } = factsOf({ intent: { side: 'SELL' } });
    expect(executor.awaits(intent)).toBe(awaits);
    expect(executor.awaits({ ...intent, side: 'BUY' })).toBe(false);
    expect(executor.awaits({ ...intent, leaderAddress: OTHER_LEADER })).toBe(false);
  });

  it('is over when no order of the leader in the token is open and no share provisional', () => {
    const { intent } = factsOf();
    expect(room.unsettled.isSettled(intent)).toBe(true);
    room.orders.add(storedOrder({ state: 'OPEN' }, { seenAtVenue: true }));
    expect(room.unsettled.isSettled(intent)).toBe(false);
    expect(room.unsettled.isSettled({ ...intent, leaderAddress: OTHER_LEADER })).toBe(true);
    room.evidence.take({ ...room.evidence.nothing(), fills: [fillReport()] });
    expect(room.orders.open()).toHaveLength(0);
    expect(room.unsettled.isSettled(intent)).toBe(false);
    room.evidence.take({ ...room.evidence.nothing(), fills: [fillReport({ state: 'CONFIRMED' })] });
    expect(room.unsettled.isSettled(intent)).toBe(true);
  });
});

describe('a try of an owed exit', () => {
  it.each([
    ['a purchase', { side: 'BUY' }],
    ['a sale', { side: 'SELL' }],
  ] as const)('is not ready while %s of the same is open, whatever its state (A44)', (_what, part) => {
    const { intent } = factsOf({ intent: { side: 'SELL' } });
    expect(executor.isReady(intent, [])).toBe(true);
    room.orders.add(storedOrder({ ...part, state: 'UNKNOWN' }));
    expect(executor.isReady(intent, [])).toBe(false);
    expect(executor.isReady({ ...intent, leaderAddress: OTHER_LEADER }, [])).toBe(true);
    expect(executor.isReady({ ...intent, tokenId: OTHER_TOKEN }, [])).toBe(true);
    room.changes.change(ORDER_ID, ['SEEN_CANCELED'], {});
    expect(executor.isReady(intent, [])).toBe(true);
  });

  it('is not ready before every trade that was named for its earlier orders is booked (A44)', () => {
    const { intent } = factsOf({ intent: { side: 'SELL' } });
    const key = intent.idempotencyKey;
    expect(executor.isReady(intent, [key])).toBe(true);
    room.orders.add(
      storedOrder({ side: 'SELL', state: 'CANCELED', finalAtMs: START_MS }, { tradeIds: ['trade-1'] }),
    );
    expect([executor.isReady(intent, [key]), executor.isReady(intent, [])]).toEqual([false, true]);
    hold('10');
    room.evidence.take({ ...room.evidence.nothing(), fills: [fillReport({ side: 'SELL' })] });
    expect(executor.isReady(intent, [key])).toBe(true);
  });
});

describe('what an exit counts as ours', () => {
  it('is what is booked for the leader and no sale of theirs reserves, never below zero (A43)', () => {
    const { intent } = factsOf({ intent: { side: 'SELL' } });
    hold('20');
    hold('7', OTHER_LEADER);
    expect([
      funds.own(intent, room.settings.of(LEADER)),
      funds.own({ ...intent, leaderAddress: OTHER_LEADER }, room.settings.of(LEADER)),
    ]).toEqual([sh('20'), sh('7')]);
    room.orders.add(storedOrder({ side: 'SELL', state: 'OPEN', shareMicros: sh('10') }));
    expect([
      funds.own(intent, room.settings.of(LEADER)),
      funds.own({ ...intent, leaderAddress: OTHER_LEADER }, room.settings.of(LEADER)),
    ]).toEqual([sh('10'), sh('7')]);
    room.book.bookEntry(
      purchase({ mode: 'LIVE', refId: 'gone', shareDeltaMicros: sh('-15'), cashDeltaMicros: usd('7') }),
      held('5', '1'),
    );
    expect(funds.own(intent, room.settings.of(LEADER))).toBe(0n);
  });

  it('names what earlier exits owe of it, at most what is ours (A44)', () => {
    const { intent } = factsOf({ intent: { side: 'SELL' } });
    hold('20');
    const owed = () => funds.owed(intent, funds.own(intent, room.settings.of(LEADER)));
    expect(owed()).toBe(0n);
    room.owed.add(intent, sh('15'), 'BOOK_STALE');
    expect(owed()).toBe(sh('15'));
    room.orders.add(storedOrder({ side: 'SELL', state: 'OPEN', shareMicros: sh('10') }));
    expect(owed()).toBe(sh('10'));
  });
});

it('an account that is not ready keeps the reason', () => {
  expect(executor.gate(factsOf().intent, settingsOf())).toBeNull();
  room.state.setOpened({ startMs: START_MS, funder: `${PRACTICE_FUNDER}0`, trades: [] });
  expect(executor.gate(factsOf().intent, settingsOf())).toBe('LIVE_ACCOUNT_PROBLEM');
  expect(TOKEN).toBe(factsOf().intent.tokenId);
});

describe('the gate', () => {
  it('lets no purchase pass while entries are stopped, for the leader or for all, and every sale (A61)', () => {
    const gate = (side: 'BUY' | 'SELL') => executor.gate(factsOf({ intent: { side } }).intent, settingsOf());
    expect([gate('BUY'), gate('SELL')]).toEqual([null, null]);
    room.switches.setEntries(OTHER_LEADER, 'OFF');
    expect(gate('BUY')).toBeNull();
    for (const leader of [LEADER, null]) {
      room.switches.setEntries(leader, 'OFF');
      expect([gate('BUY'), gate('SELL')]).toEqual(['LIVE_ENTRIES_OFF', null]);
      room.switches.setEntries(leader, 'ON');
    }
  });
});
