/**
 * Notices when the book of a token moves into the bounds of an exit that a Wallet owes, and reports it to the Wallet, which is
 * asleep or waits for its next look (A44). It looks only at frames that arrive anyway, and calls only when the bounds are entered.
 */
import { type TokenId, TRADING_MODES, type TradingMode } from '../../domain/ids.ts';
import type { Book } from '../../domain/market/book.ts';
import { sub } from '../../domain/money.ts';
import { MINUTE_MS, SECOND_MS } from '../../domain/time.ts';
import { type ObjectPorts, reasonOf } from '../platform/ports.ts';
import type { ExitBids, HoldingWalletPort, WantedBid } from '../rpc.ts';

/** Two calls to a Wallet about one token are at least so far apart: each wakes it, and a bid may flicker with every frame. */
const CALL_PAUSE_MS = 5 * SECOND_MS;
/** A Wallet that owes something says so every minute; one that has missed three owes nothing any more. */
const WANTED_MS_MAX = 3 * MINUTE_MS;

interface Watched {
  readonly wanted: WantedBid;
  readonly untilMs: number;
  /** The book is within the bounds, and the Wallet was called since it entered them. */
  isReported: boolean;
  calledAtMs: number;
}

export class BidWatch {
  private readonly watched: Readonly<Record<TradingMode, Map<TokenId, Watched>>> = {
    PAPER: new Map(),
    LIVE: new Map(),
  };

  constructor(
    private readonly ports: ObjectPorts,
    private readonly wallets: Readonly<Record<TradingMode, Pick<HoldingWalletPort, 'bidCame'>>>,
    /** The book as it is in memory; null when there is none. */
    private readonly bookOf: (token: TokenId) => Book | null,
  ) {}

  /** Takes what a Wallet waits for now, in place of what it named before. */
  replace({ mode, bids }: ExitBids): void {
    const untilMs = this.ports.nowMs() + WANTED_MS_MAX;
    const before = new Map(this.watched[mode]);
    this.watched[mode].clear();
    for (const wanted of bids) {
      const known = before.get(wanted.tokenId) ?? { isReported: false, calledAtMs: 0 };
      this.watched[mode].set(wanted.tokenId, { ...known, wanted, untilMs });
      this.moved(wanted.tokenId);
    }
  }

  /** The book of the token has changed, or is gone. */
  moved(token: TokenId): void {
    for (const mode of TRADING_MODES) {
      const watched = this.watched[mode].get(token);
      if (watched !== undefined) this.look(mode, watched);
    }
  }

  private look(mode: TradingMode, watched: Watched): void {
    const nowMs = this.ports.nowMs();
    const { tokenId } = watched.wanted;
    if (nowMs >= watched.untilMs) {
      this.watched[mode].delete(tokenId);
      return;
    }
    if (!isWithin(this.bookOf(tokenId), watched.wanted)) {
      watched.isReported = false;
      return;
    }
    // Within the pause it stays unreported: a later frame that still shows the bid reports it.
    if (watched.isReported || nowMs - watched.calledAtMs < CALL_PAUSE_MS) return;
    watched.isReported = true;
    watched.calledAtMs = nowMs;
    this.wallets[mode].bidCame(tokenId).catch((error: unknown) => {
      // The Wallet looks by itself after its pause.
      this.ports.log('warn', 'a Wallet was not reached about a bid', {
        mode,
        token: tokenId,
        reason: reasonOf(error),
      });
    });
  }
}

function isWithin(book: Book | null, wanted: WantedBid): boolean {
  const bid = book?.bids[0]?.priceMicros;
  const ask = book?.asks[0]?.priceMicros;
  if (bid === undefined || bid < wanted.bidPriceMicrosMin) return false;
  return ask === undefined || sub(ask, bid) <= wanted.spreadPriceMicrosMax;
}
