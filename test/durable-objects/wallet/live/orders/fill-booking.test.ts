/** How fills become ledger entries: at MATCHED, undone on FAILED, and in whose slice when no order of ours explains them. */

import { beforeEach, describe, expect, it } from 'vitest';
import { EXTERNAL_LEADER, type SliceOwner } from '../../../../../domain/ids.ts';
import { negate } from '../../../../../domain/money.ts';
import type { FillReport } from '../../../../../domain/orders/orders.ts';
import { DAY_MS } from '../../../../../domain/time.ts';
import { FillBooking } from '../../../../../durable-objects/wallet/live/orders/fill-booking.ts';
import type {
  StoredFill,
  StoredOrder,
} from '../../../../../durable-objects/wallet/live/orders/order-store.ts';
import { at, CONDITION, LEADER, sh, TOKEN, usd } from '../../../../domain/decide/example-facts.ts';
import { START_MS } from '../../../memory-ports.ts';
import {
  cashEntry,
  fillReport,
  held,
  marking,
  ORDER_ID,
  OTHER_LEADER,
  OTHER_TOKEN,
  purchase,
  storedOrder,
  type WalletStores,
  walletStores,
} from '../../stores.ts';

/** Seven percent of p × (1 − p): 17.5 cents on ten shares at $0.50. */
const FEE = { ratePpm: 70_000n, exponent: 1 };
const BUY = storedOrder();
const SELL = storedOrder({ side: 'SELL' });

let stores: WalletStores;
let fills: FillBooking;

beforeEach(() => {
  stores = walletStores('LIVE');
  stores.book.bookEntry(cashEntry('DEPOSIT', '100'), undefined);
  fills = new FillBooking(stores.book, stores.orders, stores.ports.nowMs);
  stores.ports.clearOutbox();
});

/** Gives the leader shares that were bought for the cost. */
function hold(leaderAddress: SliceOwner, size: string, cost: string): void {
  const moved = { shareDeltaMicros: sh(size), cashDeltaMicros: negate(usd(cost)) };
  const entry = purchase({ mode: 'LIVE', refId: `held:${leaderAddress}`, leaderAddress, ...moved });
  stores.book.bookEntry(entry, held(size, cost));
  stores.ports.clearOutbox();
}

function take(
  part: Partial<FillReport>,
  order: StoredOrder | undefined,
  fee: typeof FEE | null = null,
): void {
  fills.take(fillReport(part), order, fee);
}

function stored(): StoredFill {
  return stores.orders.fill('trade-1', ORDER_ID)!;
}

/** Shares, cost and what was realised of the slice. */
function slice(leader: SliceOwner): unknown {
  const { shareMicros, costMicros, realisedMicros } = stores.book.position(leader, TOKEN) ?? held('0', '0');
  return { shareMicros, costMicros, realisedMicros };
}

/** Type, owner, shares and cash of each entry that left. */
function entries(): unknown[] {
  return stores.ports
    .outboxedOf('ledger')
    .map((one) => [one.entryType, one.leaderAddress, one.shareDeltaMicros, one.cashDeltaMicros]);
}

describe('a purchase of ours', () => {
  it('is booked to its leader when it is matched, and valued at its own price until a mark comes', () => {
    take({}, BUY);
    expect(slice(LEADER)).toEqual(held('10', '5'));
    expect(stores.book.cash()).toBe(usd('95'));
    expect(stores.book.position(LEADER, TOKEN)).toMatchObject({
      markPriceMicros: at('0.50'),
      markedAtMs: START_MS,
    });
    const [entry] = stores.ports.outboxedOf('ledger');
    expect(entry).toEqual({
      kind: 'ledger',
      mode: 'LIVE',
      portfolioScope: 'EXEC_GLOBAL',
      refId: `fill:trade-1:${ORDER_ID}:${LEADER}`,
      entryType: 'TRADE_FILL',
      leaderAddress: LEADER,
      conditionId: CONDITION,
      tokenId: TOKEN,
      shareDeltaMicros: sh('10'),
      cashDeltaMicros: usd('-5'),
      priceMicros: at('0.50'),
      bookedAtMs: START_MS,
    });
    expect(stores.ports.outboxed().map((one) => one.kind)).toEqual(['ledger', 'position', 'liveFill']);
    expect(stores.ports.outboxedOf('position')[0]).toMatchObject(held('10', '5'));
  });

  it('is its leader’s alone, also when shares that no leader explains are held', () => {
    hold(EXTERNAL_LEADER, '30', '12');
    take({}, BUY);
    expect(slice(LEADER)).toEqual(held('10', '5'));
    expect(slice(EXTERNAL_LEADER)).toEqual(held('30', '12'));
  });

  it('is kept with what it moved', () => {
    stores.ports.atMs += 5;
    take({ txHash: '0x1', state: 'MINED' }, BUY);
    expect(stored().record).toMatchObject({
      origin: 'APP',
      leaderAddress: LEADER,
      idempotencyKey: BUY.intent.idempotencyKey,
      shareMicros: sh('10'),
      priceMicros: at('0.50'),
      notionalMicros: usd('5'),
      feeMicros: 0n,
      state: 'MINED',
      txHash: '0x1',
      matchedAtMs: START_MS,
      seenAtMs: START_MS + 5,
      revision: 1,
    });
    expect(stored().parts).toEqual([
      { leaderAddress: LEADER, shareMicros: sh('10'), cashDeltaMicros: usd('-5'), costOutMicros: 0n },
    ]);
  });

  it('pays its fee as a taker, and none as a maker', () => {
    take({}, BUY, FEE);
    expect([slice(LEADER), stored().record.feeMicros]).toEqual([held('10', '5.175'), usd('0.175')]);
    expect(stores.book.cash()).toBe(usd('94.825'));
    take({ tradeId: 'trade-2', role: 'MAKER' }, BUY, FEE);
    expect(slice(LEADER)).toEqual(held('20', '10.175'));
  });

  it('has the average of its legs as its price', () => {
    const legs = [
      { shareMicros: sh('5'), priceMicros: at('0.50') },
      { shareMicros: sh('5'), priceMicros: at('0.40') },
    ];
    take({ legs }, BUY);
    expect(stored().record).toMatchObject({ priceMicros: at('0.45'), notionalMicros: usd('4.5') });
    expect(stores.book.position(LEADER, TOKEN)?.markPriceMicros).toBe(at('0.45'));
  });

  it('leaves a mark that is known as it is', () => {
    hold(LEADER, '1', '0.9');
    stores.book.mark(TOKEN, marking(at('0.9'), START_MS - 1));
    take({}, BUY);
    expect(stores.book.position(LEADER, TOKEN)?.markPriceMicros).toBe(at('0.9'));
  });
});

describe('the settlement of a fill', () => {
  it('moves its state and books nothing until it FAILED', () => {
    take({ txHash: '0x1' }, BUY);
    stores.ports.clearOutbox();
    fills.move(stored(), 'MINED', '0x2');
    fills.move(stored(), 'CONFIRMED', '');
    expect(stored().record).toMatchObject({ state: 'CONFIRMED', txHash: '0x2', revision: 3 });
    expect(stored().parts).toHaveLength(1);
    expect(stores.ports.outboxed().map((one) => one.kind)).toEqual(['liveFill', 'liveFill']);
  });

  it('that FAILED after CONFIRMED takes back exactly what was booked', () => {
    hold(LEADER, '3', '1');
    take({}, BUY, FEE);
    fills.move(stored(), 'CONFIRMED', '0x1');
    stores.ports.clearOutbox();
    fills.move(stored(), 'FAILED', '');
    expect([slice(LEADER), stores.book.cash()]).toEqual([held('3', '1'), usd('99')]);
    expect(stored()).toMatchObject({ record: { state: 'FAILED', txHash: '0x1', revision: 3 }, parts: [] });
    expect(entries()).toEqual([['REVERSAL', LEADER, sh('-10'), usd('5.175')]]);
    expect(stores.ports.outboxedOf('position')[0]).toMatchObject(held('3', '1'));
  });

  it('that FAILED twice is taken back once', () => {
    take({}, BUY);
    fills.move(stored(), 'FAILED', '');
    fills.move(stored(), 'FAILED', '');
    expect([slice(LEADER), stores.book.cash()]).toEqual([held('0', '0'), usd('100')]);
  });

  it('may leave a slice short when its shares were sold again', () => {
    take({}, BUY);
    take({ tradeId: 'trade-2', side: 'SELL', priceMicros: at('0.6') }, SELL);
    fills.move(stored(), 'FAILED', '');
    expect(slice(LEADER)).toMatchObject({ shareMicros: sh('-10'), realisedMicros: usd('1') });
  });
});

describe('a sale of ours', () => {
  it('realises its gain over the average cost, and gives both back when it FAILED', () => {
    hold(LEADER, '20', '8');
    take({ side: 'SELL' }, SELL);
    expect([slice(LEADER), stores.book.cash()]).toEqual([held('10', '4', '1'), usd('97')]);
    expect(stored().parts).toEqual([
      { leaderAddress: LEADER, shareMicros: sh('10'), cashDeltaMicros: usd('5'), costOutMicros: usd('4') },
    ]);
    fills.move(stored(), 'FAILED', '');
    expect([slice(LEADER), stores.book.cash()]).toEqual([held('20', '8'), usd('92')]);
    expect(entries().at(-1)).toEqual(['REVERSAL', LEADER, sh('10'), usd('-5')]);
  });

  it('has its win taken back on the day on which it was counted', () => {
    hold(LEADER, '10', '4');
    take({ side: 'SELL' }, SELL);
    stores.ports.atMs += DAY_MS;
    fills.move(stored(), 'FAILED', '');
    stores.stats.publish(stores.ports.atMs);
    const rows = stores.ports.outboxedOf('copyStats').filter((row) => row.leaderAddress === LEADER);
    expect(rows.map((row) => row.wins)).not.toContain(-1);
  });

  it('takes the leader’s own shares first and the rest from EXTERNAL, with its part of the cash', () => {
    hold(LEADER, '6', '3');
    hold(EXTERNAL_LEADER, '9', '3');
    take({ side: 'SELL' }, SELL);
    expect(slice(LEADER)).toEqual(held('0', '0', '0'));
    expect(slice(EXTERNAL_LEADER)).toMatchObject({ shareMicros: sh('5') });
    expect(entries()).toEqual([
      ['TRADE_FILL', LEADER, sh('-6'), usd('3')],
      ['TRADE_FILL', EXTERNAL_LEADER, sh('-4'), usd('2')],
    ]);
  });

  it('is all EXTERNAL’s where the leader holds nothing', () => {
    hold(EXTERNAL_LEADER, '12', '3');
    take({ side: 'SELL' }, SELL);
    expect(entries()).toEqual([['TRADE_FILL', EXTERNAL_LEADER, sh('-10'), usd('5')]]);
  });

  it('leaves the leader short of what not even EXTERNAL has', () => {
    hold(LEADER, '4', '2');
    hold(EXTERNAL_LEADER, '1', '0.5');
    take({ side: 'SELL' }, SELL);
    expect(entries()).toEqual([
      ['TRADE_FILL', LEADER, sh('-9'), usd('4.5')],
      ['TRADE_FILL', EXTERNAL_LEADER, sh('-1'), usd('0.5')],
    ]);
    expect(slice(LEADER)).toMatchObject({ shareMicros: sh('-5') });
  });

  it('takes nothing more from a slice that is short already', () => {
    hold(LEADER, '4', '2');
    take({ tradeId: 'before', side: 'SELL' }, SELL);
    hold(EXTERNAL_LEADER, '20', '5');
    stores.ports.clearOutbox();
    take({ side: 'SELL' }, SELL);
    expect(entries()).toEqual([['TRADE_FILL', EXTERNAL_LEADER, sh('-10'), usd('5')]]);
  });
});

describe('a fill booked at an average price (A58)', () => {
  const LEGS = [
    { shareMicros: sh('4'), priceMicros: at('0.49') },
    { shareMicros: sh('6'), priceMicros: at('0.51') },
  ];
  const correct = (part: Partial<FillReport> = {}, fee: typeof FEE | null = FEE) =>
    fills.correct(fillReport({ legs: LEGS, ...part }), fee);
  const total = () => stores.ports.outboxedOf('ledger').reduce((sum, one) => sum + one.cashDeltaMicros, 0n);

  it('is corrected by one entry without shares, and the position costs what was really paid', () => {
    take({ atAverage: true }, BUY, FEE);
    expect(stored().atAverage).toBe(true);
    expect(entries()).toEqual([['TRADE_FILL', LEADER, sh('10'), usd('-5.175')]]);
    correct();
    const { notionalMicros, feeMicros, priceMicros, revision } = stored().record;
    expect({ notionalMicros, priceMicros, revision }).toEqual({
      notionalMicros: usd('5.02'),
      priceMicros: at('0.502'),
      revision: 2,
    });
    expect(feeMicros).toBe(174_930n);
    expect(entries()[1]).toEqual(['TRADE_FILL', LEADER, 0n, usd('-0.01993')]);
    expect(stores.ports.outboxedOf('ledger')[1]!.refId).toBe(`fill:trade-1:${ORDER_ID}:${LEADER}:legs`);
    expect(slice(LEADER)).toEqual(held('10', '5.19493'));
    expect(stores.book.cash()).toBe(usd('94.80507'));
    expect(stored().atAverage).toBe(false);
  });

  it('has no entry where the cash is the same', () => {
    take({ atAverage: true }, BUY);
    correct({ legs: [{ shareMicros: sh('10'), priceMicros: at('0.50') }] }, null);
    expect(entries()).toHaveLength(1);
    expect(stored()).toMatchObject({ atAverage: false, record: { notionalMicros: usd('5') } });
  });

  it('that is a sale realises more or less, in each slice its part', () => {
    hold(LEADER, '4', '1');
    hold(EXTERNAL_LEADER, '6', '1');
    take({ side: 'SELL', atAverage: true }, SELL);
    correct({ side: 'SELL' }, null);
    expect(entries().slice(2)).toEqual([
      ['TRADE_FILL', LEADER, 0n, usd('0.008')],
      ['TRADE_FILL', EXTERNAL_LEADER, 0n, usd('0.012')],
    ]);
    expect(slice(LEADER)).toEqual(held('0', '0', '1.008'));
    expect(slice(EXTERNAL_LEADER)).toEqual(held('0', '0', '2.012'));
  });

  it('and FAILED afterwards is taken back whole', () => {
    take({ atAverage: true }, BUY, FEE);
    correct();
    fills.move(stored(), 'FAILED', '');
    expect(total()).toBe(0n);
    expect(slice(LEADER)).toEqual(held('0', '0'));
  });

  it('keeps its fee where the market’s schedule is not known', () => {
    take({ atAverage: true }, undefined, FEE);
    fills.correct(fillReport({ legs: LEGS }), undefined);
    expect(stored().record).toMatchObject({ notionalMicros: usd('5.02'), feeMicros: usd('0.175') });
    expect(entries()[1]).toEqual(['EXTERNAL_FILL', EXTERNAL_LEADER, 0n, usd('-0.02')]);
  });

  it('is corrected only where it is known', () => {
    correct();
    expect(entries()).toEqual([]);
  });
});

describe('a fill that no order of ours explains', () => {
  it('is a purchase of EXTERNAL', () => {
    take({}, undefined);
    expect(slice(EXTERNAL_LEADER)).toEqual(held('10', '5'));
    expect(stored().record).toMatchObject({
      origin: 'EXTERNAL',
      leaderAddress: EXTERNAL_LEADER,
      idempotencyKey: '',
    });
    expect(entries()).toEqual([['EXTERNAL_FILL', EXTERNAL_LEADER, sh('10'), usd('-5')]]);
  });

  it('is a sale of EXTERNAL shares first, then of the leader with the most, and the parts add up', () => {
    hold(EXTERNAL_LEADER, '3', '1');
    hold(LEADER, '5', '1');
    hold(OTHER_LEADER, '6', '1');
    take({ side: 'SELL', priceMicros: at('0.333333') }, undefined);
    expect(entries()).toEqual([
      ['EXTERNAL_FILL', EXTERNAL_LEADER, sh('-3'), 999_999n],
      ['EXTERNAL_FILL', OTHER_LEADER, sh('-6'), 1_999_998n],
      ['EXTERNAL_FILL', LEADER, sh('-1'), 333_333n],
    ]);
    fills.move(stored(), 'FAILED', '');
    expect([slice(EXTERNAL_LEADER), slice(OTHER_LEADER), slice(LEADER)]).toEqual([
      held('3', '1'),
      held('6', '1'),
      held('5', '1'),
    ]);
  });

  it('gives the last part what rounding left of the cash', () => {
    hold(EXTERNAL_LEADER, '3', '1');
    hold(LEADER, '7', '1');
    take({ side: 'SELL', legs: [{ shareMicros: sh('10'), priceMicros: at('0.500001') }] }, undefined, FEE);
    const cash = stores.ports.outboxedOf('ledger').map((one) => one.cashDeltaMicros);
    const { notionalMicros, feeMicros } = stored().record;
    expect(cash.reduce((sum, one) => sum + one, 0n)).toBe(notionalMicros - feeMicros);
    expect(cash[0]).toBe(((notionalMicros - feeMicros) * 3n) / 10n);
  });

  it('leaves EXTERNAL short of what no slice covers', () => {
    hold(EXTERNAL_LEADER, '1', '0.5');
    hold(LEADER, '4', '2');
    take({ side: 'SELL' }, undefined);
    expect(entries()).toEqual([
      ['EXTERNAL_FILL', EXTERNAL_LEADER, sh('-6'), usd('3')],
      ['EXTERNAL_FILL', LEADER, sh('-4'), usd('2')],
    ]);
    expect(slice(EXTERNAL_LEADER)).toMatchObject({ shareMicros: sh('-5') });
  });

  it('leaves EXTERNAL short also where it held nothing, and asks no other token', () => {
    const other = { refId: 'other', tokenId: OTHER_TOKEN, leaderAddress: EXTERNAL_LEADER } as const;
    stores.book.bookEntry(purchase({ mode: 'LIVE', ...other }), held('10', '5'));
    hold(LEADER, '4', '2');
    take({ side: 'SELL' }, undefined);
    expect(entries()).toEqual([
      ['EXTERNAL_FILL', LEADER, sh('-4'), usd('2')],
      ['EXTERNAL_FILL', EXTERNAL_LEADER, sh('-6'), usd('3')],
    ]);
  });
});
