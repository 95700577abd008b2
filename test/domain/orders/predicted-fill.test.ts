/** What the paper walker predicts for an order as it was signed: its own size and bound, on the book of its decision (A55). */
import { describe, expect, it } from 'vitest';
import type { PlannedOrder } from '../../../domain/orders/orders.ts';
import { predictedFill } from '../../../domain/orders/predicted-fill.ts';
import { at, exampleFacts, levels, sh, TOKEN, usd } from '../decide/example-facts.ts';

/** Spends $5.10 at $0.51 at most. */
const BUY: PlannedOrder = {
  tokenId: TOKEN,
  side: 'BUY',
  orderType: 'FAK',
  limitPriceMicros: at('0.51'),
  makerMicros: usd('5.1'),
  takerMicros: sh('10'),
  expirationS: 0,
  protocolVersion: 'v1',
  negRisk: false,
};
/** Gives eight shares for $0.40 each or more. */
const SELL: PlannedOrder = {
  ...BUY,
  side: 'SELL',
  limitPriceMicros: at('0.4'),
  makerMicros: sh('8'),
  takerMicros: usd('3.2'),
};
const FEE = { ratePpm: 70_000n, exponent: 1 };

describe('the predicted fill', () => {
  it.each<[string, PlannedOrder, string, string, string]>([
    ['of a FAK BUY spends its cash, for more shares where they are cheaper', BUY, '0.50x100', '10.2', '5.1'],
    ['of a FAK BUY goes up the levels', BUY, '0.50x4 0.51x100', '10.0784', '5.099984'],
    ['of a FAK BUY ends at its bound', BUY, '0.50x4 0.51x3 0.52x100', '7', '3.53'],
    [
      'of a FAK BUY gives shares of four decimals',
      { ...BUY, makerMicros: usd('1') },
      '0.3x9',
      '3.3333',
      '0.99999',
    ],
    ['of a FAK BUY beyond the bound is nothing', BUY, '0.52x100', '0', '0'],
    ['of a FAK BUY on an empty side is nothing', BUY, '', '0', '0'],
    ['of a FOK BUY is whole', { ...BUY, orderType: 'FOK' }, '0.50x4 0.51x100', '10.0784', '5.099984'],
    [
      'of a FOK BUY is nothing where the book cannot fill it',
      { ...BUY, orderType: 'FOK' },
      '0.50x10',
      '0',
      '0',
    ],
    ['of a resting BUY is its shares', { ...BUY, orderType: 'GTC' }, '0.50x100', '10', '5'],
    ['of a FAK SELL gives its shares, best bid first', SELL, '0.45x5 0.40x100', '8', '3.45'],
    ['of a FAK SELL ends at its bound', SELL, '0.45x5 0.40x1 0.39x100', '6', '2.65'],
    [
      'of a FOK SELL is nothing where the book cannot fill it',
      { ...SELL, orderType: 'FOK' },
      '0.45x5',
      '0',
      '0',
    ],
    ['of a FOK SELL is whole', { ...SELL, orderType: 'FOK' }, '0.45x8', '8', '3.6'],
  ])('%s', (_what, order, side, shareMicros, notionalMicros) => {
    const { book } = exampleFacts({
      book: order.side === 'BUY' ? { asks: levels(side) } : { bids: levels(side) },
    });
    expect(predictedFill(order, book!, null)).toEqual({
      shareMicros: sh(shareMicros),
      notionalMicros: usd(notionalMicros),
      feeMicros: 0n,
    });
  });

  it('bears the taker’s fee of each level, and none that is not taken', () => {
    const { book } = exampleFacts({ book: { asks: levels('0.50x4 0.51x3 0.52x100') } });
    // 7 % of shares × p × (1 − p): 4 at 0.50 and 3 at 0.51.
    expect(predictedFill(BUY, book!, FEE).feeMicros).toBe(usd('0.12248'));
  });
});
