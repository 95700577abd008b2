/** The venue's report of an order: statuses in every spelling, sizes in doubt, statuses that follow from the message type. */
import { describe, expect, it } from 'vitest';
import { orderIdSchema, orderReportSchema, tradeIdSchema } from '../../../polymarket/account/order-report.ts';
import { firstProblem } from '../../../polymarket/wire/refused.ts';
import { TOKEN_1 } from '../fixture.ts';

const ORDER_ID = `0x${'5a'.repeat(32)}`;
const row = (change: Record<string, unknown> = {}) => ({
  id: ORDER_ID,
  status: 'LIVE',
  asset_id: TOKEN_1,
  side: 'SELL',
  original_size: '100',
  size_matched: '25.5',
  associate_trades: ['t1'],
  ...change,
});
const read = (change: Record<string, unknown> = {}) => orderReportSchema.parse(row(change));
const problemOf = (change: Record<string, unknown>): string => {
  const result = orderReportSchema.safeParse(row(change));
  return result.success ? 'none' : firstProblem(result.error);
};

describe('an order report', () => {
  it('has every field', () => {
    expect(read({ id: ORDER_ID.toUpperCase().replace('0X', '0x') })).toEqual({
      orderId: ORDER_ID,
      tokenId: TOKEN_1,
      side: 'SELL',
      status: 'LIVE',
      rawStatus: 'LIVE',
      matchedShareMicros: 25_500_000n,
      tradeIds: ['t1'],
    });
    expect(read({ associate_trades: null }).tradeIds).toEqual([]);
  });

  it.each([
    ['CANCELED_MARKET_RESOLVED', 'CANCELED_MARKET_RESOLVED'],
    ['CANCELED', 'CANCELED'],
    ['CANCELLED', 'CANCELED'],
    ['UNMATCHED', 'UNMATCHED'],
    ['MATCHED', 'MATCHED'],
    ['DELAYED', 'DELAYED'],
    ['INVALID', 'INVALID'],
    ['LIVE', 'LIVE'],
  ])('reads %s in every spelling as %s', (text, expected) => {
    const spellings = [
      text,
      ` ${text.toLowerCase()} `,
      `ORDER_STATUS_${text}`,
      `${text}_BY`,
      `${text} by a person`,
    ];
    for (const status of spellings) expect(read({ status }).status, status).toBe(expected);
    // A longer CANCELED_MARKET_RESOLVED is still a CANCELED with a reason.
    const longer = text.includes('_') ? [] : [`${text}X`];
    for (const status of [...longer, `X${text}`])
      expect(read({ status }).status, status).toBe('UNKNOWN_STATUS');
  });

  it('cuts the raw status at 80 characters', () => {
    expect(read({ status: 'x'.repeat(81) }).rawStatus).toBe('x'.repeat(80));
  });

  it.each([
    ['matched', { size_matched: '0' }, 0n],
    ['empty', { size_matched: '' }, null],
    ['absent', { size_matched: undefined }, null],
    ['just below a million shares', { original_size: '999999.999999' }, 25_500_000n],
    ['a million shares, or one share in six decimals', { original_size: '1000000' }, null],
    ['without an original size', { original_size: '' }, 25_500_000n],
  ])('has a matched size for one that is %s', (_what, change, expected) => {
    expect(read(change).matchedShareMicros).toBe(expected);
  });

  it.each([
    ['PLACEMENT', {}, 'LIVE'],
    ['CANCELLATION', {}, 'CANCELED'],
    ['UPDATE', { size_matched: '99.999999' }, 'LIVE'],
    ['UPDATE', { size_matched: '100' }, 'MATCHED'],
    ['UPDATE', { size_matched: '101' }, 'MATCHED'],
    ['UPDATE', { size_matched: '' }, 'UNKNOWN_STATUS'],
    ['UPDATE', { original_size: '' }, 'UNKNOWN_STATUS'],
    ['TRADE', { size_matched: '100' }, 'UNKNOWN_STATUS'],
    [undefined, { size_matched: '100' }, 'UNKNOWN_STATUS'],
  ])('of type %s with %o and no status is %s', (type, change, expected) => {
    for (const status of [undefined, null, ''])
      expect(read({ type, status, ...change }).status).toBe(expected);
  });

  it('prefers a status to the type', () => {
    expect(read({ type: 'CANCELLATION', status: 'INVALID' }).status).toBe('INVALID');
  });

  it.each([
    ['no id', { id: undefined }, 'id: missing'],
    ['a short id', { id: '0x12' }, 'id: not an order id'],
    ['a number as id', { id: 7 }, 'id: not an order id'],
    ['no token', { asset_id: undefined }, 'asset_id: missing'],
    ['an empty trade id', { associate_trades: [''] }, 'associate_trades.0'],
    ['a long trade id', { associate_trades: ['t'.repeat(201)] }, 'associate_trades.0'],
    ['too many trades', { associate_trades: Array(10_001).fill('t') }, 'associate_trades'],
  ])('is refused with %s', (_what, change, problem) => {
    expect(problemOf(change)).toContain(problem);
  });

  it('takes as many trades and as long ids as the limits allow', () => {
    expect(read({ associate_trades: Array(10_000).fill('t') }).tradeIds).toHaveLength(10_000);
    expect(tradeIdSchema.parse('t'.repeat(200))).toHaveLength(200);
    expect(tradeIdSchema.parse('t')).toBe('t');
    expect(orderIdSchema.parse(ORDER_ID)).toBe(ORDER_ID);
  });
});
