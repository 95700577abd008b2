/** Our fills in a trade: who we are in it, sides, legs, times, statuses, and trades that cannot be read. */
import { describe, expect, it } from 'vitest';
import { readTrade, tradeIdOf } from '../../../polymarket/account/fill-report.ts';
import { CONDITION, TOKEN_1, TOKEN_2, TX_HASH } from '../fixture.ts';

const ACCOUNT = { apiKey: 'our-key', funderAddress: '0x00000000000000000000000000000000c0ffee03' };
const ORDER_ID = `0x${'5a'.repeat(32)}`;
const OTHER_ID = `0x${'11'.repeat(32)}`;
const MATCHED_MS = 1_795_334_400_000;

const trade = (change: Record<string, unknown> = {}) => ({
  id: 'trade-1',
  taker_order_id: ORDER_ID,
  market: CONDITION,
  asset_id: TOKEN_1,
  side: 'BUY',
  size: '10',
  price: '0.5',
  status: 'CONFIRMED',
  match_time: '1795334400',
  owner: ACCOUNT.apiKey,
  trader_side: 'TAKER',
  transaction_hash: TX_HASH,
  ...change,
});
const leg = (change: Record<string, unknown> = {}) => ({
  order_id: OTHER_ID,
  owner: 'somebody',
  maker_address: '0xbb',
  matched_amount: '4',
  price: '0.49',
  asset_id: TOKEN_1,
  ...change,
});
const ourLeg = (change: Record<string, unknown> = {}) =>
  leg({ order_id: ORDER_ID, owner: ACCOUNT.apiKey, ...change });
/** A trade in which another account was the taker. */
const made = (legs: unknown, change: Record<string, unknown> = {}) =>
  trade({ taker_order_id: OTHER_ID, owner: 'somebody', trader_side: 'MAKER', maker_orders: legs, ...change });

function fillsOf(value: unknown) {
  const reading = readTrade(value, ACCOUNT);
  if (reading.kind === 'unread') throw new Error(reading.reason);
  return reading.fills;
}
const reasonFor = (value: unknown): string => {
  const reading = readTrade(value, ACCOUNT);
  return reading.kind === 'unread' ? reading.reason : 'read';
};

describe('our fill as taker', () => {
  it('has every field of the trade', () => {
    expect(fillsOf(trade())).toEqual([
      {
        tradeId: 'trade-1',
        orderId: ORDER_ID,
        role: 'TAKER',
        tokenId: TOKEN_1,
        conditionId: CONDITION,
        side: 'BUY',
        shareMicros: 10_000_000n,
        priceMicros: 500_000n,
        legs: [{ shareMicros: 10_000_000n, priceMicros: 500_000n }],
        atAverage: true,
        state: 'CONFIRMED',
        txHash: TX_HASH,
        matchedAtMs: MATCHED_MS,
      },
    ]);
    expect(fillsOf(trade({ transaction_hash: '' }))[0]?.txHash).toBe('');
  });

  it.each([
    ['the role TAKER', { trader_side: 'taker', owner: 'somebody' }, 'TAKER'],
    ['our key, without a role', { trader_side: null }, 'TAKER'],
    ['our key, with an unknown role', { trader_side: 'BOTH' }, 'TAKER'],
  ])('is ours by %s', (_what, change, role) => {
    expect(fillsOf(trade(change)).map((fill) => fill.role)).toEqual([role]);
  });

  it.each([
    ['the role MAKER', { trader_side: 'maker' }],
    ['another key, without a role', { trader_side: undefined, owner: 'somebody' }],
  ])('is not ours by %s', (_what, change) => {
    expect(reasonFor(trade(change))).toBe('trade: no part of ours in it');
  });

  it('has a leg per maker in terms of our token', () => {
    const legs = [
      leg(),
      leg({ matched_amount: '6', price: '0.48', asset_id: TOKEN_2 }),
      leg({ matched_amount: '0' }),
    ];
    expect(fillsOf(trade({ maker_orders: legs }))[0]).toMatchObject({
      atAverage: false,
      legs: [
        { shareMicros: 4_000_000n, priceMicros: 490_000n },
        { shareMicros: 6_000_000n, priceMicros: 520_000n },
      ],
    });
  });

  it('has the leg of its only maker at the price of that leg', () => {
    expect(fillsOf(trade({ maker_orders: [leg({ matched_amount: '10' })] }))[0]?.legs).toEqual([
      { shareMicros: 10_000_000n, priceMicros: 490_000n },
    ]);
  });

  it.each([
    ['add up to less', [leg()]],
    ['add up to more', [leg({ matched_amount: '10.000001' })]],
    ['cannot be read', [leg({ matched_amount: '10' }), leg({ matched_amount: '0', price: '2' })]],
    ['are absent', undefined],
    ['are an object', { 0: leg({ matched_amount: '10' }) }],
  ])('has one leg at the average price when the legs %s', (_what, legs) => {
    expect(fillsOf(trade({ maker_orders: legs }))[0]).toMatchObject({
      atAverage: true,
      legs: [{ shareMicros: 10_000_000n, priceMicros: 500_000n }],
    });
  });
});

describe('our fill as maker', () => {
  it.each([
    ['the owner', { owner: ACCOUNT.apiKey, maker_address: 7 }],
    [
      'the address, in any case',
      { owner: 'x', maker_address: ACCOUNT.funderAddress.toUpperCase().replace('0X', '0x') },
    ],
  ])('is ours by %s', (_what, change) => {
    expect(fillsOf(made([leg(), leg({ order_id: ORDER_ID, ...change })]))).toMatchObject([
      {
        orderId: ORDER_ID,
        role: 'MAKER',
        shareMicros: 4_000_000n,
        priceMicros: 490_000n,
        legs: [{ shareMicros: 4_000_000n, priceMicros: 490_000n }],
      },
    ]);
  });

  it.each([
    ['its own', { side: 'BUY' }, { side: 'BUY' }, 'BUY'],
    ['opposite to a BUY of the same token', {}, { side: 'BUY' }, 'SELL'],
    ['opposite to a SELL of the same token', { side: null }, { side: 'SELL' }, 'BUY'],
    ['that of a BUY of the other token', { side: '', asset_id: TOKEN_2 }, { side: 'BUY' }, 'BUY'],
    ['that of a SELL of the other token', { asset_id: TOKEN_2 }, { side: 'SELL' }, 'SELL'],
  ])('has the side that is %s', (_what, change, taker, expected) => {
    expect(fillsOf(made([ourLeg(change)], taker)).map((fill) => fill.side)).toEqual([expected]);
  });

  it('leaves out a leg of zero shares', () => {
    expect(fillsOf(made([ourLeg({ matched_amount: '0' }), ourLeg()]))).toMatchObject([
      { shareMicros: 4_000_000n },
    ]);
    expect(reasonFor(made([ourLeg({ matched_amount: '0' })]))).toBe('trade: no part of ours in it');
  });

  it('is one fill for an order on several legs, at the average rounded down, and one for each other order', () => {
    const legs = [ourLeg(), ourLeg({ matched_amount: '3', price: '0.5' }), ourLeg({ order_id: OTHER_ID })];
    const fills = fillsOf(made(legs));
    expect(fills.map((fill) => [fill.orderId, fill.shareMicros, fill.priceMicros, fill.legs.length])).toEqual(
      [
        // (4 × 0.49 + 3 × 0.50) / 7 = 0.494285714…
        [ORDER_ID, 7_000_000n, 494_285n, 2],
        [OTHER_ID, 4_000_000n, 490_000n, 1],
      ],
    );
  });

  it('has an average that is never rounded up', () => {
    const legs = [
      ourLeg({ matched_amount: '0.000002', price: '0.49' }),
      ourLeg({ matched_amount: '0.000001', price: '0.500001' }),
    ];
    // 1,480,001 / 3 = 493,333.67
    expect(fillsOf(made(legs))).toMatchObject([{ shareMicros: 3n, priceMicros: 493_333n }]);
  });

  it('stays apart from our fill as taker, even under the same order id', () => {
    const fills = fillsOf(trade({ maker_orders: [ourLeg()] }));
    expect(fills.map((fill) => [fill.role, fill.shareMicros])).toEqual([
      ['TAKER', 10_000_000n],
      ['MAKER', 4_000_000n],
    ]);
  });
});

describe('the state of a fill', () => {
  it.each([
    ['MATCHED', 'MATCHED'],
    ['MINED', 'MINED'],
    ['CONFIRMED', 'CONFIRMED'],
    ['RETRYING', 'RETRYING'],
    ['FAILED', 'FAILED'],
    ['MATCHED_NOT_BROADCASTED', 'MATCHED'],
    [' trade_status_mined ', 'MINED'],
  ])('for %s is %s', (status, expected) => {
    expect(fillsOf(trade({ status }))[0]?.state).toBe(expected);
  });

  it.each([
    ['HELD', ', HELD'],
    ['X'.repeat(40), `, ${'X'.repeat(40)}`],
    ['X'.repeat(41), ''],
    ['held 7', ''],
    ['', ''],
  ])('is unread for "%s", and quotes only a plain word', (status, quoted) => {
    expect(reasonFor(trade({ status }))).toBe(`trade status: unknown status${quoted}`);
  });
});

describe('the time of a fill', () => {
  const NONE = { match_time: undefined, matchtime: undefined, last_update: undefined, timestamp: undefined };
  it.each([
    ['match_time', { match_time: '1', matchtime: '2', last_update: '3', timestamp: '4' }, 1_000],
    ['matchtime', { matchtime: '2', last_update: '3', timestamp: '4' }, 2_000],
    ['last_update', { last_update: '3', timestamp: '4' }, 3_000],
    ['timestamp', { timestamp: '4' }, 4_000],
    ['milliseconds', { match_time: '1795334400123' }, 1_795_334_400_123],
    ['a date', { match_time: '2026-11-22T08:00:00.5Z' }, 1_795_334_400_500],
    ['the first date after 1970', { match_time: '1970-01-01T00:00:00.001Z' }, 1],
  ])('is read from %s', (_what, times, expected) => {
    expect(fillsOf(trade({ ...NONE, ...times }))[0]?.matchedAtMs).toBe(expected);
  });

  it.each([
    ['none', {}, 'trade match_time: missing'],
    ['zero', { match_time: 0 }, 'trade match_time: not a time'],
    ['a text', { timestamp: 'soon' }, 'trade timestamp: not a time'],
    ['1970', { match_time: '1970-01-01T00:00:00Z' }, 'trade match_time: not a time'],
  ])('makes the trade unread when it is %s', (_what, times, reason) => {
    expect(reasonFor(trade({ ...NONE, ...times }))).toBe(reason);
  });
});

describe('a trade that cannot be read', () => {
  it.each([
    ['no size', trade({ size: undefined }), 'trade size: missing'],
    ['a size of zero', trade({ size: '0' }), 'trade size: not a decimal above 0'],
    ['a price above 1', trade({ price: '1.1' }), 'trade price: not a price from 0 to 1'],
    [
      'our damaged leg',
      made([leg(), ourLeg({ matched_amount: 'x' })]),
      'trade maker_orders.1.matched_amount: not a decimal of at least 0',
    ],
    [
      'our leg without a side',
      made([ourLeg()], { side: 'HOLD' }),
      'trade side: missing, and the taker does not give it',
    ],
    [
      'one good and one damaged leg of ours',
      made([ourLeg(), ourLeg({ price: '7' })]),
      'trade maker_orders.1.price: not a price from 0 to 1',
    ],
    ['5,001 legs', trade({ maker_orders: Array(5_001).fill({}) }), 'trade maker_orders: 5001 are too many'],
    ['nothing', null, 'trade Invalid input: expected object, received null'],
  ])('says why for %s', (_what, value, reason) => {
    expect(reasonFor(value)).toBe(reason);
  });

  it('may have 5,000 legs', () => {
    expect(reasonFor(trade({ maker_orders: Array(5_000).fill({}) }))).toBe('read');
  });

  it('still gives its id, and an empty one where that cannot be read', () => {
    expect(tradeIdOf({ id: 'trade-1', status: 7 })).toBe('trade-1');
    for (const value of [{ id: '' }, { id: 7 }, { id: 't'.repeat(201) }, [], null])
      expect(tradeIdOf(value)).toBe('');
  });
});
