/**
 * The paper executor (A55): a decided copy becomes pending with its reservation, and fills on the book that stands as much later
 * as a live order would take. Where nothing is to be waited for, it fills in the turn of its decision.
 */
import type { CopyIntent } from '../../../domain/decide/decision-facts.ts';
import { add, type ShareMicros, shares } from '../../../domain/money.ts';
import { NO_FILL } from '../../../domain/portfolio/paper-fills.ts';
import type { Execution, Executor } from '../executor.ts';
import type { ExitWaits } from '../exits/exit-waits.ts';
import type { PaperBooking } from './paper-booking.ts';
import type { PendingCopies } from './pending-copies.ts';
import type { SubmitTimes } from './submit-times.ts';

export class PaperExecutor implements Executor {
  readonly waitReason = 'PAPER_WAITING_FOR_PURCHASE';

  constructor(
    private readonly booking: PaperBooking,
    private readonly pending: PendingCopies,
    private readonly waits: ExitWaits,
    private readonly times: Pick<SubmitTimes, 'now'>,
    /** Makes the job of pending copies due. */
    private readonly due: (atMs: number) => void,
  ) {}

  gate(): null {
    return null;
  }

  /** A sale waits for a pending purchase of the same, and an exit for an earlier one that waits. */
  awaits(intent: CopyIntent): boolean {
    if (this.waits.isAfterOther(intent)) return true;
    return intent.side === 'SELL' && this.pending.hasPurchase(intent);
  }

  boughtLater(intent: CopyIntent): ShareMicros {
    return [...this.waits.later(intent.idempotencyKey).values()].reduce(add, shares(0n));
  }

  isReady(intent: CopyIntent): boolean {
    return !this.pending.hasOf(intent);
  }

  execute({ facts, decision, settings, waited }: Parameters<Executor['execute']>[0]): Execution {
    const { intent, nowMs, book, market } = facts;
    if (book === null) return { kind: 'refused', reason: 'BOOK_UNAVAILABLE' };
    // A try of an owed exit is made only when nothing of the same is pending.
    if (!waited && this.awaits(intent)) return { kind: 'wait' };
    const { plan } = decision;
    const fee = market?.fee ?? null;
    const waitMs = (market?.takerDelayMs ?? 0) + this.times.now(settings).ms;
    const sells = intent.side === 'SELL';
    if (waitMs === 0) {
      const filled = this.booking.fill(intent, { plan, onBook: book, fee }, nowMs);
      const soldShareMicros = sells ? filled.shareMicros : shares(0n);
      return { kind: 'done', filled, soldShareMicros, reasons: [], post: null };
    }
    const dueAtMs = nowMs + waitMs;
    this.pending.add({ intent, plan, fee, decidedAtMs: nowMs, dueAtMs });
    this.due(dueAtMs);
    const soldShareMicros = sells ? plan.shareMicros : shares(0n);
    return {
      kind: 'done',
      filled: NO_FILL,
      soldShareMicros,
      reasons: ['PAPER_PENDING'],
      dueAtMs,
      post: null,
    };
  }
}
