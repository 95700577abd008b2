/** A49: what a portfolio's marks are good for, what it would fetch, and what is at risk. */
import { describe, expect, it } from 'vitest';
import type { Mark, MarkRule } from '../../../domain/market/mark.ts';
import {
  isSure,
  type PricedPosition,
  riskExposure,
  sellableEquity,
  unsureLimit,
  unsureOf,
} from '../../../domain/portfolio/worth.ts';
import { MINUTE_MS } from '../../../domain/time.ts';
import { at, NOW, sh, usd } from '../decide/example-facts.ts';

const GOOD: readonly MarkRule[] = ['MID', 'LAST_TRADE', 'PAYOUT'];

/** Ten shares that cost five dollars, with a mark of this rule and price and a bid. */
function position(
  rule: MarkRule | null,
  priceText = '0.5',
  part: Partial<PricedPosition> & { readonly bid?: string | null; readonly ageMs?: number } = {},
): PricedPosition {
  const { bid = priceText, ageMs = 0, ...rest } = part;
  const priceMicros = at(priceText);
  const mark: Mark | null =
    rule === null ? null : { priceMicros, rule, good: GOOD.includes(rule), atMs: NOW - ageMs };
  return {
    shareMicros: sh('10'),
    costMicros: usd('5'),
    realisedMicros: usd('0'),
    mark,
    markPriceMicros: mark?.priceMicros ?? null,
    bidPriceMicros: bid === null ? null : at(bid),
    ended: false,
    ...rest,
  };
}

describe('what rests on marks that are not good', () => {
  it.each([
    ['a mid', position('MID'), '0', '0'],
    ['a last trade', position('LAST_TRADE'), '0', '0'],
    ['a bid that is not good', position('BID', '0.4'), '4', '4'],
    ['a bid of 90 cents', position('BID', '0.9', { mark: goodBid() }), '0', '0'],
    ['a stale mark', position('STALE', '0.6', { bid: '0' }), '6', '6'],
    ['no bid and no mark ever, at cost', position('NO_BID', '0'), '5', '5'],
    ['no mark yet, at cost', position(null), '5', '5'],
    ['a mark of ten minutes ago', position('MID', '0.5', { ageMs: 10 * MINUTE_MS }), '0', '0'],
    ['an older mark', position('MID', '0.5', { ageMs: 10 * MINUTE_MS + 1 }), '5', '5'],
    ['a payout of long ago', position('PAYOUT', '1', { ageMs: 1_000 * MINUTE_MS }), '0', '0'],
    ['an ended market, for the peak only', position('MID', '0.5', { ended: true }), '0', '5'],
    ['an ended market with a result', position('PAYOUT', '1', { ended: true }), '0', '0'],
    ['a short position, by its size', position('BID', '0.4', { shareMicros: sh('-10') }), '4', '4'],
    ['nothing held', position(null, '0', { shareMicros: sh('0') }), '0', '0'],
    ['a single micro of a share', position('NO_BID', '0', { shareMicros: sh('0.000001') }), '5', '5'],
  ])('counts %s', (_what, one, now, forPeak) => {
    expect(unsureOf([position('MID'), one], NOW)).toEqual({
      nowMicros: usd(now),
      forPeakMicros: usd(forPeak),
    });
  });

  it('adds up, and may be one percent of the equity', () => {
    const two = [position('BID', '0.4'), position('STALE', '0.6')];
    expect(unsureOf(two, NOW).nowMicros).toBe(usd('10'));
    expect(isSure(usd('10'), usd('1000'))).toBe(true);
    expect(isSure(usd('10'), usd('999.99'))).toBe(false);
    expect([unsureLimit(usd('-5')), isSure(usd('0'), usd('-5')), isSure(usd('1'), usd('0'))]).toEqual([
      0n,
      true,
      false,
    ]);
  });
});

describe('what a portfolio would fetch', () => {
  it.each([
    ['the lower of mark and bid', position('MID', '0.5', { bid: '0.45' }), usd('104.5')],
    ['the mark below its bid', position('STALE', '0.3', { bid: '0.45' }), usd('103')],
    ['nothing where nobody bids', position('STALE', '0.6', { bid: '0' }), usd('100')],
    ['the mark where no book was seen', position('LAST_TRADE', '0.5', { bid: null }), usd('105')],
    ['a payout, which needs no bid', position('PAYOUT', '1', { bid: '0' }), usd('110')],
    ['the mark of what is owed', position('MID', '0.5', { bid: '0.45', shareMicros: sh('-10') }), usd('95')],
    ['nothing known without a mark', position(null), null],
    ['cash alone', position(null, '0', { shareMicros: sh('0') }), usd('100')],
  ])('is cash and %s', (_what, one, equity) => {
    expect(sellableEquity(usd('100'), [one])).toBe(equity);
  });
});

describe('what is at risk', () => {
  it('is each position at the higher of cost and mark, and at cost without one', () => {
    expect(riskExposure([position('MID', '0.4')])).toBe(usd('5'));
    expect(riskExposure([position('MID', '0.6')])).toBe(usd('6'));
    expect(riskExposure([position(null), position('MID', '0.6')])).toBe(usd('11'));
    expect(riskExposure([position('MID', '0.6', { shareMicros: sh('0') })])).toBe(0n);
  });
});

function goodBid(): Mark {
  return { priceMicros: at('0.9'), rule: 'BID', good: true, atMs: NOW };
}
