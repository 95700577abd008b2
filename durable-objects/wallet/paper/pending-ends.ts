/**
 * How a pending paper copy ends: filled on a book, or canceled with a reason. Its reservation, fills and attempt, and what is
 * owed of a sale, change together.
 */
import type { ReasonCode } from '../../../domain/decide/reasons.ts';
import { SHARE_STEP_MICROS } from '../../../domain/market/market.ts';
import { floorToStep, max, min, priceOfFloor, type ShareMicros, shares, sub } from '../../../domain/money.ts';
import { type FilledTotals, NO_FILL } from '../../../domain/portfolio/paper-fills.ts';
import type { ObjectPorts } from '../../platform/ports.ts';
import type { Quote } from '../../rpc.ts';
import type { AttemptLog } from '../attempt-log.ts';
import type { ExitWaits } from '../exits/exit-waits.ts';
import type { OwedExits } from '../exits/owed-exits.ts';
import type { RecentCopies } from '../health/recent-copies.ts';
import type { Pause } from '../pause.ts';
import type { WalletSwitches } from '../switches.ts';
import type { PaperBooking } from './paper-booking.ts';
import type { PaperFunds } from './paper-funds.ts';
import type { PendingCopies, PendingCopy } from './pending-copies.ts';

/**
 * What a pending copy leaves to exits: of a sale, what is to be sold still and is owed, as what a live order leaves; of a
 * purchase, shares that no sale before it sells (A44).
 */
export class PendingExits {
  constructor(
    private readonly owed: OwedExits,
    private readonly switches: Pick<WalletSwitches, 'loweredAtMs' | 'state'>,
    private readonly funds: PaperFunds,
    private readonly waits: ExitWaits,
    private readonly recent: Pick<RecentCopies, 'lost'>,
  ) {}

  /** Whether the switch lets copies fill. */
  mayFill(): boolean {
    return this.switches.state() === 'ON';
  }

  /** Counts what was canceled for the health of copying (A60); call it once the cancel is committed. */
  lost({ intent: { sourceType }, decidedAtMs }: PendingCopy, reason: ReasonCode, nowMs: number): void {
    this.recent.lost({ sourceType, decidedAtMs, reason }, nowMs);
  }

  /** Call it when the copy reserves nothing any more. */
  ended({ intent, plan, decidedAtMs }: PendingCopy, moved: ShareMicros, cause: ReasonCode): void {
    if (intent.side === 'BUY') {
      this.waits.bought(intent, moved);
      return;
    }
    const sold = moved;
    const rest = floorToStep(max(sub(plan.shareMicros, sold), shares(0n)), SHARE_STEP_MICROS);
    // Shares that a settlement has taken meanwhile are not owed.
    const own = this.funds.own(intent);
    const unsold = min(rest, max(sub(own, this.funds.owed(intent, own)), shares(0n)));
    if (unsold === 0n && sold === 0n) return;
    const held = decidedAtMs <= this.switches.loweredAtMs(intent.leaderAddress);
    this.owed.orderMoved(intent, { unsold, sold, cause, held });
  }
}

/**
 * Each method ends a copy that is still pending, in one transaction, and says whether it did: after a bug of ours the Wallet
 * pauses, and the copy stays pending.
 */
export class PendingEnds {
  constructor(
    private readonly ports: ObjectPorts,
    private readonly pending: PendingCopies,
    private readonly booking: PaperBooking,
    private readonly attempts: AttemptLog,
    private readonly exits: PendingExits,
    private readonly pause: Pause,
  ) {}

  /**
   * Fills it on the book, as far as that goes within the plan's bound; what is left is not bought, and owed of a sale. After a bug of
   * ours nothing is booked, and the copy is canceled.
   */
  fill(copy: PendingCopy, quote: Quote): boolean {
    const fill = () => this.booking.fillPending(copy, quote, this.ports.nowMs());
    const isFilled = this.exits.mayFill() && this.end(copy, 'NO_LIQUIDITY_WITHIN_BOUNDS', fill);
    return isFilled || this.cancel(copy, 'ENGINE_PAUSED');
  }

  cancel(copy: PendingCopy, reason: ReasonCode): boolean {
    return this.end(copy, reason, () => NO_FILL);
  }

  /** Call it once the cancel is committed. */
  lost(copy: PendingCopy, reason: ReasonCode): void {
    this.exits.lost(copy, reason, this.ports.nowMs());
  }

  private end(copy: PendingCopy, reason: ReasonCode, fill: () => FilledTotals): boolean {
    const { idempotencyKey } = copy.intent;
    try {
      this.ports.storage.transaction(() => {
        this.pending.end(idempotencyKey);
        const { shareMicros, notionalMicros, feeMicros } = fill();
        const none = shareMicros === 0n;
        this.attempts.refresh(idempotencyKey, {
          reasons: none ? [reason] : [],
          filledShareMicros: shareMicros,
          filledNotionalMicros: notionalMicros,
          feeMicros,
          vwapPriceMicros: none ? null : priceOfFloor(notionalMicros, shareMicros),
        });
        this.exits.ended(copy, shareMicros, reason);
      });
      return true;
    } catch (error) {
      this.pause.pauseOrThrow(error);
      return false;
    }
  }
}
