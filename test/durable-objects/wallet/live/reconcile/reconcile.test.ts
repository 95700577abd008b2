/** Readings of the account: which questions are asked, what a whole read proves, the opening, and the minute's comparison. */
import { beforeEach, describe, expect, it } from 'vitest';
import { InvariantError } from '../../../../../domain/assert.ts';
import { EXTERNAL_LEADER } from '../../../../../domain/ids.ts';
import type { StoredOrder } from '../../../../../durable-objects/wallet/live/orders/order-store.ts';
import { ReadWindow } from '../../../../../durable-objects/wallet/live/reconcile/read-window.ts';
import {
  at,
  type Change,
  CONDITION,
  exampleFacts,
  sh,
  TOKEN,
  usd,
} from '../../../../domain/decide/example-facts.ts';
import { PRACTICE_FUNDER } from '../../../../system/world/practice-account.ts';
import { START_MS } from '../../../memory-ports.ts';
import {
  cashEntry,
  EXTERNAL_ID,
  fillReport,
  held,
  ORDER_ID,
  orderReport,
  purchase,
  storedOrder,
} from '../../stores.ts';
import { type LiveRoom, liveRoom, type RoomOptions } from '../live-room.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

let room: LiveRoom;

beforeEach(() => open());

function open(options: RoomOptions = {}): void {
  room = liveRoom(options);
}

function order(): StoredOrder {
  return room.orders.byId(ORDER_ID)!;
}

/** A row that could not be parsed is left out of the read under way. */
function unreadable(): void {
  room.reports.onUnread({ reason: 'trade size', excerpt: '{}' });
}

describe('a question about an order', () => {
  it('is asked when it is due, and of twenty orders at most', async () => {
    const asked: string[] = [];
    room.api.fetchOrder = async (orderId) => {
      asked.push(orderId);
      return orderReport({ orderId });
    };
    for (let n = 0; n < 22; n += 1) {
      const orderId = `0x${String(n).padStart(64, '0')}`;
      room.orders.add(
        storedOrder(
          { state: 'OPEN', orderKey: orderId, orderId, idempotencyKey: `k${n}` },
          { nextAskAtMs: START_MS - (n === 21 ? -1 : 0) },
        ),
      );
    }
    await room.questions.askDue();
    expect(asked).toHaveLength(20);
    await room.questions.askDue();
    expect(asked).toHaveLength(21);
  });

  it('of an order that was posted begins by taking its answer for lost', async () => {
    room.orders.add(storedOrder({ state: 'SUBMITTED' }));
    room.api.fetchOrder = () => Promise.reject(new Error('silence'));
    await room.questions.askDue();
    expect(order()).toMatchObject({
      asks: 1,
      nextAskAtMs: START_MS + 1_000,
      record: { state: 'UNKNOWN', lastError: 'the venue did not answer in time' },
    });
    expect(room.ports.logs).toMatchObject([{ level: 'warn', message: 'an order could not be asked for' }]);
  });

  it('that the venue answers with an open order needs no trades', async () => {
    room.orders.add(storedOrder({ state: 'DELAYED' }));
    room.api.fetchOrder = async () => orderReport();
    room.api.listMarketTrades = () => Promise.reject(new Error('asked'));
    await room.questions.askDue();
    expect(order().record.state).toBe('OPEN');
    expect(room.ports.logs).toEqual([]);
  });

  it('reads the trades that the order or its report name and that are not booked', async () => {
    room.orders.add(storedOrder({ state: 'OPEN' }, { seenAtVenue: true, tradeIds: ['trade-1'] }));
    const read: string[] = [];
    room.api.fetchOrder = async () => orderReport({ tradeIds: ['trade-2'], matchedShareMicros: sh('6') });
    room.api.fetchTrade = async (tradeId) => {
      read.push(tradeId);
      return [fillReport({ tradeId, shareMicros: sh('3') })];
    };
    await room.questions.askDue();
    expect(read).toEqual(['trade-1', 'trade-2']);
    expect(order().record.filledShareMicros).toBe(sh('6'));
    room.ports.atMs += MINUTE_MS;
    await room.questions.askDue();
    expect(read).toHaveLength(2);
  });

  it('about an unknown order reads the trades of its market from a minute before it was made, and only its own', async () => {
    room.orders.add(storedOrder({ state: 'UNKNOWN' }));
    const read: unknown[] = [];
    room.api.listMarketTrades = async (given) => {
      read.push(given.afterS);
      const other = EXTERNAL_ID;
      return [fillReport(), fillReport({ orderId: other, tradeId: 'other' })];
    };
    await room.questions.askDue();
    expect(read).toEqual([(START_MS - MINUTE_MS) / 1_000]);
    expect(order().record.state).toBe('FILLED');
    expect(room.orders.fill('other', EXTERNAL_ID)).toBeUndefined();
  });

  it('about an order that is nowhere ends it once it is proven absent', async () => {
    room.orders.add(storedOrder({ state: 'UNKNOWN' }));
    room.ports.atMs += HOUR_MS;
    await room.questions.askDue();
    expect(order().record).toMatchObject({ state: 'REJECTED', lastError: 'the venue never had it' });
  });

  it('proves no absence by a read in which a row was left out', async () => {
    room.orders.add(storedOrder({ state: 'UNKNOWN' }));
    room.ports.atMs += HOUR_MS;
    room.api.listMarketTrades = async () => {
      unreadable();
      return [];
    };
    await room.questions.askDue();
    expect(order().record.state).toBe('UNKNOWN');
  });

  it('pauses the Wallet when its answer breaks an assertion of ours', async () => {
    room.orders.add(storedOrder({ state: 'UNKNOWN' }));
    room.api.fetchOrder = () => Promise.reject(new InvariantError('ours'));
    await room.questions.askDue();
    expect(room.pause.reason()).toContain('ours');
  });
});

describe('a question about provisional trades', () => {
  beforeEach(() => {
    room.orders.add(storedOrder({ state: 'OPEN' }, { seenAtVenue: true }));
    room.evidence.take({ ...room.evidence.nothing(), fills: [fillReport()] });
  });

  it('reads each trade and takes how it stands now', async () => {
    room.api.fetchTrade = async (tradeId) => [fillReport({ tradeId, state: 'CONFIRMED' })];
    await room.questions.askProvisional();
    expect(room.orders.provisional()).toHaveLength(0);
  });

  it('can be limited to those that were matched before a time', async () => {
    const read: string[] = [];
    room.api.fetchTrade = async (tradeId) => {
      read.push(tradeId);
      return [];
    };
    await room.questions.askProvisional(START_MS);
    expect(read).toEqual([]);
    await room.questions.askProvisional(START_MS + 1);
    expect(read).toEqual(['trade-1']);
  });

  it('that fails is logged', async () => {
    room.api.fetchTrade = () => Promise.reject(new Error('silence'));
    await room.questions.askProvisional();
    expect(room.ports.logs).toMatchObject([{ message: 'a trade could not be asked for' }]);
  });
});

describe('the opening', () => {
  beforeEach(() => open({ unopened: true }));

  async function round(): Promise<void> {
    await room.reconciler.run();
  }

  it('books the balance, and names the account and the trades that it contains', async () => {
    const settled = fillReport({ state: 'CONFIRMED' });
    room.api.listTrades = async () => [settled];
    room.pages.positions = [{ token_id: TOKEN, condition_id: CONDITION, size: '4', avg_price: '0.25' }];
    await round();
    expect(room.book.open()).toMatchObject([
      { leaderAddress: EXTERNAL_LEADER, shareMicros: sh('4'), costMicros: usd('1') },
    ]);
    expect(room.differences.venuePositions()).toHaveLength(1);
    expect(room.state.openedAtMs()).toBe(START_MS);
    expect(room.state.openedFunder()).toBe(PRACTICE_FUNDER);
    expect(room.state.openingTrades()).toEqual([`trade-1 ${ORDER_ID}`]);
    expect(room.book.cash()).toBe(usd('1000'));
    expect(room.state.collateral()?.balanceMicros).toBe(usd('1000'));
    expect(room.kv.get('lastReconcileAt')).toBe(START_MS);
  });

  it('waits while a trade has not settled', async () => {
    room.api.listTrades = async () => [fillReport({ state: 'MATCHED' })];
    await round();
    expect(room.state.openedAtMs()).toBeUndefined();
    expect(room.ports.logs).toMatchObject([
      { level: 'warn', message: expect.stringContaining('not opened yet') },
    ]);
  });

  it('waits while a row was left out of its read', async () => {
    let reads = 0;
    room.api.listTrades = async () => {
      reads += 1;
      unreadable();
      return [];
    };
    await round();
    expect(reads).toBe(1);
    expect(room.state.openedAtMs()).toBeUndefined();
  });

  it('tries three times when trades fall into it, and then not before the next minute', async () => {
    let reads = 0;
    room.api.listTrades = async () => {
      reads += 1;
      return [fillReport({ tradeId: `t${reads}`, state: 'CONFIRMED' })];
    };
    await round();
    expect(room.state.openedAtMs()).toBeUndefined();
    expect(reads).toBe(6);
    expect(room.dueIn('reconcile')).toBe(MINUTE_MS);
  });
});

describe('the minute’s reading', () => {
  it('does nothing without secrets, credentials, or the account that was opened', async () => {
    for (const change of [
      () => open({ secrets: {} }),
      () => room.connection.disconnect(),
      () => room.state.setOpened({ startMs: START_MS, funder: 'another', trades: [] }),
    ]) {
      open();
      change();
      await room.reconciler.run();
      expect(room.kv.get('lastReconcileAt')).toBeUndefined();
    }
    expect(room.dueIn('reconcile')).toBe(MINUTE_MS);
  });

  it('notes what failed, and that it succeeded after that', async () => {
    room.api.listTrades = () => Promise.reject(new Error('x'.repeat(300)));
    await room.reconciler.run();
    expect(room.kv.get('reconcileError')).toBe(`Error: ${'x'.repeat(193)}`);
    expect(room.kv.get('lastReconcileAt')).toBeUndefined();
    room.api.listTrades = async () => [];
    await room.reconciler.run();
    expect(room.kv.get('reconcileError')).toBeUndefined();
    expect(room.kv.get('lastReconcileAt')).toBe(START_MS);
  });

  it('goes on when the clock could not be read', async () => {
    let trades = 0;
    room.api.fetchTimeMs = () => Promise.reject(new Error('silence'));
    room.api.listTrades = async () => {
      trades += 1;
      return [];
    };
    await room.reconciler.run();
    expect(trades).toBe(1);
  });

  it('takes orders, listed orders and trades as evidence', async () => {
    room.orders.add(storedOrder({ state: 'UNKNOWN' }));
    room.orders.add(
      storedOrder(
        { state: 'REJECTED', orderKey: 'b', orderId: 'b', idempotencyKey: 'b' },
        { endedByAbsence: true },
      ),
    );
    room.api.fetchOrder = async () => orderReport();
    room.api.listOpenOrders = async () => [
      orderReport({ orderId: 'b' as typeof ORDER_ID }),
      orderReport({ orderId: 'not ours' as typeof ORDER_ID }),
    ];
    await room.reconciler.run();
    expect(order().record.state).toBe('OPEN');
    expect(room.orders.byId('b' as typeof ORDER_ID)?.record.state).toBe('OPEN');
    expect(room.dueIn('watch')).toBe(0);
  });

  it('goes on when one order or the list of open ones cannot be read', async () => {
    room.orders.add(storedOrder({ state: 'OPEN' }, { seenAtVenue: true }));
    room.api.fetchOrder = () => Promise.reject(new Error('silence'));
    room.api.listOpenOrders = () => Promise.reject(new Error('silence'));
    room.api.listTrades = async () => [fillReport()];
    await room.reconciler.run();
    expect(order().record.state).toBe('FILLED');
  });

  it('proves no absence, and does not count as whole, when a row was left out', async () => {
    room.orders.add(storedOrder({ state: 'UNKNOWN' }));
    const before = room.state.readThroughMs();
    room.ports.atMs += HOUR_MS;
    room.api.listTrades = async () => {
      unreadable();
      return [];
    };
    await room.reconciler.run();
    expect(order().record.state).toBe('UNKNOWN');
    expect(room.state.readThroughMs()).toBe(before);
    expect(room.standing.problems().map(({ problem }) => problem)).toContain('UNREADABLE_RECORDS');
    room.api.listTrades = async () => [];
    await room.reconciler.run();
    expect(room.standing.problems().map(({ problem }) => problem)).not.toContain('UNREADABLE_RECORDS');
    expect(room.state.readThroughMs()).toBe(room.ports.atMs);
  });

  it('books an external purchase only once its market’s fee is known', async () => {
    const external = fillReport({ orderId: EXTERNAL_ID, matchedAtMs: START_MS });
    room.api.listTrades = async () => [external];
    await room.reconciler.run();
    expect(room.orders.fill('trade-1', external.orderId)).toBeUndefined();
    const change: Change = { market: { fee: null } };
    room.quotes.set(TOKEN, { book: null, market: exampleFacts(change).market });
    await room.reconciler.run();
    await room.reconciler.run();
    expect(room.orders.fill('trade-1', external.orderId)?.record.origin).toBe('EXTERNAL');
    expect(room.fees.all().has(TOKEN)).toBe(true);
  });

  it('books what an external maker order filled without asking for a fee', async () => {
    const external = fillReport({ orderId: EXTERNAL_ID, role: 'MAKER' });
    room.api.listTrades = async () => [external];
    await room.reconciler.run();
    expect(room.orders.fill('trade-1', external.orderId)?.record.feeMicros).toBe(0n);
  });
});

describe('the comparison with the ledger', () => {
  const position = { token_id: TOKEN, condition_id: CONDITION, size: '4', avg_price: '0.25' };

  it('stores balance and positions, and a difference of each', async () => {
    room.pages.positions = [position];
    await room.ledger.look();
    expect(room.state.collateral()).toEqual({ balanceMicros: usd('1000'), atMs: START_MS });
    expect(room.differences.list().map((one) => [one.subject, one.ledgerMicros, one.venueMicros])).toEqual([
      ['CASH', 0n, usd('1000')],
      ['POSITION', 0n, sh('4')],
    ]);
    expect(room.holdings.venueExposure()).toBe(usd('1'));
    expect(room.holdings.tokensOf(CONDITION)).toEqual([TOKEN]);
    expect(room.holdings.tokensOf('another')).toEqual([]);
  });

  it('asks the venue to read the chain again only when cash differs', async () => {
    let asked = 0;
    room.api.refreshCollateral = async () => {
      asked += 1;
      throw new Error('silence');
    };
    await room.ledger.look();
    expect(asked).toBe(1);
    expect(room.ports.logs).toMatchObject([{ message: 'the balance could not be refreshed' }]);
    room.book.bookEntry({ ...cashEntry('DEPOSIT', '1000'), mode: 'LIVE' }, undefined);
    await room.ledger.look();
    expect(asked).toBe(1);
  });

  it('is not made without credentials, of another account, or before the opening', async () => {
    let reads = 0;
    for (const change of [
      () => room.connection.disconnect(),
      () => room.state.setOpened({ startMs: START_MS, funder: 'another', trades: [] }),
      () => open({ unopened: true }),
    ]) {
      open();
      change();
      room.api.fetchCollateral = async () => {
        reads += 1;
        return { balanceMicros: usd('0'), allowanceMicros: {} };
      };
      await room.ledger.look();
    }
    expect(reads).toBe(0);
  });

  it('that fails is logged', async () => {
    room.api.fetchCollateral = () => Promise.reject(new Error('silence'));
    await room.ledger.look();
    expect(room.ports.logs).toMatchObject([{ message: 'the balance and positions could not be read' }]);
  });

  it('keeps the positions of before when the list was not read whole', async () => {
    room.pages.positions = [position];
    await room.ledger.look();
    room.pages.positions = [{ token_id: 'x' }];
    await room.ledger.look();
    expect(room.differences.venuePositions()).toHaveLength(1);
    expect(room.differences.list().map((one) => one.subject)).toContain('POSITION');
  });

  it('takes the CLOB’s own balance where the list differs from the ledger', async () => {
    room.book.bookEntry(purchase({ mode: 'LIVE' }), held('10', '5'));
    room.quotes.set(TOKEN, { book: null, market: exampleFacts().market });
    const asked: unknown[] = [];
    room.api.fetchShares = async (tokenId, version) => {
      asked.push([tokenId, version]);
      return { balanceMicros: usd('10'), allowanceMicros: {} };
    };
    await room.ledger.look();
    expect(asked).toEqual([[TOKEN, 'v1']]);
    expect(room.differences.list().map((one) => one.subject)).toEqual(['CASH']);
    room.pages.positions = [{ ...position, size: '10' }];
    await room.ledger.look();
    expect(asked).toHaveLength(1);
  });

  it('takes the ledger’s shares where the contract that holds them is not known', async () => {
    room.book.bookEntry(purchase({ mode: 'LIVE' }), held('10', '5'));
    await room.ledger.look();
    expect(room.differences.venuePositions()).toMatchObject([{ shareMicros: sh('10') }]);
  });

  it('takes marks from the feed, and a payout before a mark', async () => {
    room.pages.positions = [position];
    const state = { tokenId: TOKEN, markPriceMicros: at('0.40'), markedAtMs: START_MS };
    room.feed.tokenStates = async () => [{ ...state, payoutPriceMicros: null }];
    await room.ledger.look();
    expect(room.differences.venuePositions()).toMatchObject([
      { markPriceMicros: at('0.40'), redeemable: false },
    ]);
    room.feed.tokenStates = async () => [{ ...state, payoutPriceMicros: at('1') }];
    await room.ledger.look();
    expect(room.differences.venuePositions()).toMatchObject([{ markPriceMicros: at('1'), redeemable: true }]);
    room.feed.tokenStates = async () => [{ ...state, payoutPriceMicros: at('0') }];
    await room.ledger.look();
    expect(room.differences.venuePositions()).toMatchObject([{ markPriceMicros: 0n, redeemable: false }]);
  });

  it('gives the pages the venue’s numbers only while nothing settles or differs', async () => {
    room.book.bookEntry({ ...cashEntry('DEPOSIT', '1000'), mode: 'LIVE' }, undefined);
    await room.ledger.look();
    expect(room.holdings.whole()).toMatchObject({ cashMicros: usd('1000') });
    room.api.fetchCollateral = async () => ({ balanceMicros: usd('900'), allowanceMicros: {} });
    await room.ledger.look();
    expect(room.holdings.whole()).toBeUndefined();
    open();
    room.orders.add(storedOrder({ state: 'OPEN' }, { seenAtVenue: true }));
    room.evidence.take({ ...room.evidence.nothing(), fills: [fillReport()] });
    expect(room.holdings.whole()).toBeUndefined();
    open({ unopened: true });
    expect(room.holdings.whole()).toBeUndefined();
    expect(room.holdings.isOpened()).toBe(false);
  });
});

describe('the reading of flows', () => {
  const act = (type: string, seconds: number): unknown => ({
    type,
    transaction_hash: `0x${'5'.repeat(64)}`,
    usdc_size: '7',
    timestamp: START_MS / 1_000 + seconds,
  });

  it('books deposits and withdrawals after the opening, each once', async () => {
    room.pages.activity = [
      act('DEPOSIT', -60),
      act('WITHDRAWAL', -30),
      act('DEPOSIT', -3_600),
      act('DEPOSIT', -7_200),
    ];
    await room.reconciler.run();
    await room.reconciler.run();
    const flows = room.ports.outboxedOf('ledger').map((row) => row.cashDeltaMicros);
    expect(flows).toEqual([usd('7'), usd('-7')]);
    expect(room.state.flowsThroughMs()).toBe(START_MS);
  });

  it('keeps rows that cannot be parsed for the operator', async () => {
    room.pages.activity = [{ type: 'DEPOSIT' }];
    await room.reconciler.run();
    expect(room.quarantine.total()).toBe(1);
  });
});

describe('the window of trades', () => {
  let window: ReadWindow;

  beforeEach(() => {
    open();
    room.state.setOpened({ startMs: START_MS - 10 * DAY_MS, funder: PRACTICE_FUNDER, trades: [] });
    room.state.setReadThrough(START_MS - 2 * MINUTE_MS);
    window = new ReadWindow(room.orders, room.state, room.differences, room.refused);
  });

  const ago = (startS: number): number => (room.ports.nowMs() - startS * 1_000) / MINUTE_MS;

  it('reaches a day back at the first reading and every ten minutes, else a minute before the last', () => {
    expect(ago(window.startS(START_MS))).toBe(24 * 60 + 1);
    expect(ago(window.startS(START_MS))).toBe(3);
    room.ports.atMs += 10 * MINUTE_MS - 1;
    room.state.setReadThrough(room.ports.atMs);
    expect(Math.floor(ago(window.startS(room.ports.atMs)))).toBe(1);
    room.ports.atMs += 1;
    expect(ago(window.startS(room.ports.atMs))).toBe(24 * 60 + 1);
  });

  it('reaches as far back as nothing was read, but not before the opening', () => {
    room.state.setReadThrough(START_MS - 3 * DAY_MS);
    expect(ago(window.startS(START_MS))).toBe(3 * 24 * 60 + 1);
    room.state.setReadThrough(START_MS - 30 * DAY_MS);
    expect(window.startS(START_MS)).toBe((START_MS - 10 * DAY_MS) / 1_000 - 1);
  });

  it('reaches back to our oldest open order or provisional fill, a day at most', () => {
    window.startS(START_MS);
    room.orders.add(
      storedOrder({ state: 'OPEN', createdAtMs: START_MS - 20 * MINUTE_MS }, { seenAtVenue: true }),
    );
    expect(ago(window.startS(START_MS))).toBe(21);
    const early = fillReport({ matchedAtMs: START_MS - 40 * MINUTE_MS, shareMicros: sh('1') });
    room.evidence.take({ ...room.evidence.nothing(), fills: [early] });
    expect(ago(window.startS(START_MS))).toBe(41);
    room.orders.add(
      storedOrder({
        state: 'OPEN',
        createdAtMs: START_MS - 3 * DAY_MS,
        orderKey: 'b',
        orderId: 'b',
        idempotencyKey: 'b',
      }),
    );
    expect(ago(window.startS(START_MS))).toBe(24 * 60 + 1);
  });
});

describe('what the user channel reports', () => {
  it('moves orders and books fills at once', () => {
    room.orders.add(storedOrder({ state: 'UNKNOWN' }));
    room.reports.onOrder(orderReport());
    expect(order().record.state).toBe('OPEN');
    room.reports.onFills([fillReport()]);
    expect(order().record.state).toBe('FILLED');
  });

  it('books external fills only once their fee is known, and ours meanwhile', async () => {
    room.orders.add(storedOrder({ state: 'OPEN' }, { seenAtVenue: true }));
    const external = fillReport({ orderId: EXTERNAL_ID, tradeId: 't2' });
    room.reports.onFills([external, fillReport()]);
    expect(order().record.state).toBe('FILLED');
    await room.ports.settle();
    expect(room.orders.fill('t2', external.orderId)).toBeUndefined();
    room.quotes.set(TOKEN, { book: null, market: exampleFacts({ market: { fee: null } }).market });
    room.reports.onFills([external]);
    await room.ports.settle();
    expect(room.orders.fill('t2', external.orderId)).toBeDefined();
  });

  it('of an external fill whose fee cannot be asked for waits for the next reading', async () => {
    room.feed.freshQuote = () => Promise.reject(new Error('silence'));
    room.reports.onFills([fillReport({ orderId: EXTERNAL_ID })]);
    await room.ports.settle();
    expect(room.ports.logs).toMatchObject([{ level: 'warn', fields: { reason: 'Error: silence' } }]);
  });

  it('pauses the Wallet when it breaks an assertion of ours, and throws on', () => {
    room.orders.add(storedOrder({ state: 'OPEN' }, { seenAtVenue: true }));
    room.ports.refusesStatement = (query) => {
      if (query.startsWith('INSERT INTO live_fill')) throw new InvariantError('ours');
      return false;
    };
    expect(() => room.reports.onFills([fillReport()])).toThrow('ours');
    expect(room.pause.reason()).toContain('ours');
  });

  it('after it opened, everything is read again', () => {
    room.reports.onOpen();
    expect(room.dueIn('reconcile')).toBe(0);
  });

  it('that cannot be parsed is kept, and stops nothing', () => {
    room.reports.onRefused({ reason: 'no id', excerpt: '{}' });
    expect(room.quarantine.total()).toBe(1);
    expect(room.standing.problems()).toHaveLength(0);
    expect(room.refused.count()).toBe(0);
  });
});
