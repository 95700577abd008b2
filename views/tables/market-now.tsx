/** The state of a market: whether it trades, when it closes, and what its books offer this moment. Unknown is a dash. */
import { type Book, levelsWithin, notionalOf } from '../../domain/market/book.ts';
import { type PriceMicros, price } from '../../domain/money.ts';
import type { OutcomeView } from '../models.ts';
import { formatCents, formatUsd, UNKNOWN } from '../words/format.ts';

export const MARKET_STATES = ['ACTIVE', 'CLOSED', 'RESOLVED', 'UNKNOWN'] as const;
export type MarketState = (typeof MARKET_STATES)[number];

export const MARKET_STATE_LABELS = {
  ACTIVE: 'Active',
  CLOSED: 'Takes no orders',
  RESOLVED: 'Resolved',
  UNKNOWN: 'Not known yet',
} as const satisfies Record<MarketState, string>;

export function stateOfMarket(outcomes: readonly OutcomeView[]): MarketState {
  if (outcomes.length === 0) return 'UNKNOWN';
  if (outcomes.some((one) => one.payoutPriceMicros !== null)) return 'RESOLVED';
  return outcomes.some((one) => one.acceptingOrders) ? 'ACTIVE' : 'CLOSED';
}

export function MarketBadge({ state }: { readonly state: MarketState }) {
  return <span class={`badge ${state === 'ACTIVE' ? 'good' : 'skip'}`}>{MARKET_STATE_LABELS[state]}</span>;
}

/** Best ask less best bid; null unless both are there. */
export function spreadOf(book: Book | null): bigint | null {
  const bid = book?.bids[0]?.priceMicros;
  const ask = book?.asks[0]?.priceMicros;
  return bid === undefined || ask === undefined ? null : ask - bid;
}

/** How far from the best price depth is counted: what a copy may usually cross. */
const DEPTH_MICROS = 20_000n;

/** Cash on either side within two cents of its best price. */
export function depthOf(book: Book | null): { readonly bids: bigint | null; readonly asks: bigint | null } {
  const bid = book?.bids[0]?.priceMicros;
  const ask = book?.asks[0]?.priceMicros;
  const within = (side: 'BUY' | 'SELL', limit: PriceMicros): bigint =>
    book === null ? 0n : notionalOf(levelsWithin(book, side, limit));
  return {
    bids: bid === undefined ? null : within('SELL', price(bid - DEPTH_MICROS)),
    asks: ask === undefined ? null : within('BUY', price(ask + DEPTH_MICROS)),
  };
}

export function Depth({ book }: { readonly book: Book | null }) {
  const { bids, asks } = depthOf(book);
  if (bids === null && asks === null) return <span>{UNKNOWN}</span>;
  return (
    <span title="Cash within 2¢ of the best price: bids / asks">
      {formatUsd(bids)} / {formatUsd(asks)}
    </span>
  );
}

export function BestPrices({ book }: { readonly book: Book | null }) {
  return (
    <span>
      {formatCents(book?.bids[0]?.priceMicros)} / {formatCents(book?.asks[0]?.priceMicros)}
    </span>
  );
}
