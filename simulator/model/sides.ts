// Conversion between a book in terms of outcome 0, as it is kept, and in terms of an order's own token.

import { ONE } from './decimal.ts';

export type Side = 'BUY' | 'SELL';
export type OrderType = 'GTC' | 'GTD' | 'FAK' | 'FOK';
export type Outcome = 0 | 1;

/** Price of a token when outcome 0 is at `bookPrice`. */
export function tokenPrice(outcome: Outcome, bookPrice: bigint): bigint {
  return outcome === 0 ? bookPrice : ONE - bookPrice;
}

/** True when an order belongs to the bids of the outcome-0 book. */
export function bidsInBook(outcome: Outcome, side: Side): boolean {
  return (outcome === 0) === (side === 'BUY');
}
