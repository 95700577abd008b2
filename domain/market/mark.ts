/**
 * What a held share is worth at a moment (A49). The one rule for decisions, snapshots, breakers and pages: a mark says which
 * rule gave it, whether it is good enough to judge profit by, and from when it is.
 */
import { mulDivFloor, type PriceMicros, price } from '../money.ts';
import { MINUTE_MS } from '../time.ts';
import type { Book, PriceAt } from './book.ts';

/**
 * MID, LAST_TRADE, BID: from the book, in this order. STALE: nobody bids, so the last good mark counts. NO_BID: nobody bids
 * and there was never a good mark, so the shares count as worth nothing. PAYOUT: the market has resolved.
 */
export const MARK_RULES = ['MID', 'LAST_TRADE', 'BID', 'STALE', 'NO_BID', 'PAYOUT'] as const;
export type MarkRule = (typeof MARK_RULES)[number];

export interface Mark {
  readonly priceMicros: PriceMicros;
  readonly rule: MarkRule;
  /** Good enough to take a peak from and to let a breaker fire. */
  readonly good: boolean;
  /** When the price was current: of a stale mark, when it was last good. */
  readonly atMs: number;
}

/** The best prices of a book; null for a side without levels. */
export interface BookTop {
  readonly bidPriceMicros: PriceMicros | null;
  readonly askPriceMicros: PriceMicros | null;
  /** When the venue last confirmed the book, or that there is none. */
  readonly asOfMs: number;
}

const SPREAD_MAX = price(100_000n);
const LAST_TRADE_AGE_MS_MAX = 10 * MINUTE_MS;
/** A bid this high is close to the most that a share can pay. */
const GOOD_BID_MIN = price(900_000n);
export function topOf(book: Book): BookTop {
  return {
    bidPriceMicros: book.bids[0]?.priceMicros ?? null,
    askPriceMicros: book.asks[0]?.priceMicros ?? null,
    asOfMs: book.asOfMs,
  };
}

/**
 * The mark of a long position from the top of its book. A crossed book counts as one without levels. Half a micro of the
 * mid is rounded up.
 */
export function markOf(given: {
  readonly top: BookTop;
  /** The token's last trade; null if none is known. */
  readonly lastTrade: PriceAt | null;
  /** The token's last good mark; null if it never had one. */
  readonly lastGood: PriceAt | null;
  readonly nowMs: number;
}): Mark {
  const { top, lastTrade, lastGood, nowMs } = given;
  const bid = isCrossedTop(top) ? null : top.bidPriceMicros;
  const ask = top.askPriceMicros;
  const atMs = top.asOfMs;
  if (bid === null) {
    return lastGood === null
      ? marked(price(0n), 'NO_BID', atMs)
      : marked(lastGood.priceMicros, 'STALE', lastGood.atMs);
  }
  if (ask !== null && ask - bid <= SPREAD_MAX && ask <= 2n * bid)
    return marked(price(mulDivFloor(bid + ask + 1n, 1n, 2n)), 'MID', atMs);
  if (lastTrade !== null && nowMs - lastTrade.atMs < LAST_TRADE_AGE_MS_MAX) {
    const traded = lastTrade.priceMicros;
    if (traded >= bid && (ask === null || traded <= ask)) return marked(traded, 'LAST_TRADE', atMs);
  }
  return marked(bid, 'BID', atMs);
}

/** A mark of this rule. Good are mid, last trade and payout, and a bid of at least 90 cents. */
export function marked(priceMicros: PriceMicros, rule: MarkRule, atMs: number): Mark {
  const good = rule === 'BID' ? priceMicros >= GOOD_BID_MIN : rule !== 'STALE' && rule !== 'NO_BID';
  return { priceMicros, rule, good, atMs };
}

/** The bid that a mark's book had, for what a position would fetch now; zero without one or for a crossed book. */
export function bidOf(top: BookTop): PriceMicros {
  return isCrossedTop(top) ? price(0n) : (top.bidPriceMicros ?? price(0n));
}

function isCrossedTop({ bidPriceMicros: bid, askPriceMicros: ask }: BookTop): boolean {
  return bid !== null && ask !== null && bid >= ask;
}
