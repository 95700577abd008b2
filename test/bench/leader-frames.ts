// Frames of the live feed for a bench: trades of leaders that are followed and of strangers, in the venue's shape, about
// 1 KB each. Every number makes another transaction; the same number makes the same one.
import { createHash } from 'node:crypto';

export interface FrameMarket {
  readonly conditionId: string;
  readonly tokenId: string;
}

/** A bought-shares frame. `price` and `size` are decimal text. */
export function tradeFrame(given: {
  readonly type: 'orders_matched' | 'trades';
  readonly wallet: string;
  readonly market: FrameMarket;
  readonly price: string;
  readonly size: string;
  readonly number: number;
  readonly nowMs: number;
}): string {
  const { type, wallet, market, nowMs } = given;
  return JSON.stringify({
    connection_id: 'bench',
    payload: {
      asset: market.tokenId,
      bio: '',
      conditionId: market.conditionId,
      eventSlug: 'bench-event',
      icon: 'https://polymarket-upload.s3.us-east-2.amazonaws.com/bench-market-of-the-usual-length.png',
      name: `bench-${wallet.slice(2, 8)}`,
      outcome: 'Yes',
      outcomeIndex: 0,
      price: Number(given.price),
      profileImage: '',
      proxyWallet: wallet,
      pseudonym: 'Measured-Pace',
      side: 'BUY',
      size: Number(given.size),
      slug: 'bench-market',
      timestamp: Math.floor(nowMs / 1_000),
      title: 'Will the order be on the wire within six milliseconds?',
      transactionHash: scattered(`transaction:${wallet}:${given.number}`, 64),
    },
    timestamp: nowMs,
    topic: 'activity',
    type,
  });
}

/** An address without an owner. */
export function addressOf(name: string): string {
  return scattered(`address:${name}`, 40);
}

function scattered(text: string, digits: number): string {
  return `0x${createHash('sha256').update(text).digest('hex').slice(0, digits)}`;
}
