/**
 * Whether an order may leave now: a call and a token are free, and nothing that waits would be overtaken. Exits go first across
 * tokens; within one leader and token the order is kept (A44).
 */
import type { CopyIntent } from '../../../../domain/decide/decision-facts.ts';
import type { ExitWaits } from '../../exits/exit-waits.ts';
import type { CallSlots } from '../account/call-slots.ts';
import type { Submission } from '../orders/submission.ts';
import type { QueuedPurchase, QueuedPurchases } from './queued-purchases.ts';

export class PlacingRoom {
  constructor(
    private readonly slots: CallSlots,
    private readonly purchases: QueuedPurchases,
    private readonly waits: ExitWaits,
    private readonly submission: Submission,
  ) {}

  /** The orders of the decisions in `run` leave at its end, several in one call where calls are fewer. */
  together(run: () => void): void {
    this.submission.together(run);
  }

  /** How many more orders could leave now. */
  free(): number {
    return Math.max(0, this.slots.ordersFree() - this.submission.gatheredOrders());
  }

  /** When the next order has its token; undefined while it is a call that is not free: its end is an event. */
  nextTokenAtMs(nowMs: number): number | undefined {
    const atMs = this.slots.nextOrderAtMs();
    return atMs > nowMs ? atMs : undefined;
  }

  /** `waited`: its turn has come, so that it overtakes nobody. */
  isOpen(intent: CopyIntent, waited: boolean): boolean {
    if (this.free() === 0) return false;
    if (waited) return true;
    return intent.side === 'BUY'
      ? this.purchases.isEmpty() && this.waits.forCall().length === 0
      : this.before(intent).length === 0 && !this.waits.isAfterOther(intent);
  }

  /** The purchases that an exit of the same does not overtake. */
  before(exit: CopyIntent, sinceMs = Number.POSITIVE_INFINITY): readonly QueuedPurchase[] {
    // A sale by hand, or of what is owed already, sells what is there.
    if (exit.sourceType === 'CLOSE' || exit.sourceType === 'EXIT') return [];
    return this.purchases.of(exit).filter((one) => one.sinceMs <= sinceMs);
  }

  /** A sale that waited for its shares waits for a call from now on. */
  waitForCall(intent: CopyIntent): void {
    if (intent.side === 'SELL') this.waits.setForCall(intent.idempotencyKey);
  }
}
