/**
 * What waits, in the order in which it is decided: exits first across tokens, before each the purchases of the same that came
 * before it, then the other purchases; of one leader and token one sale at a time (A44).
 */
import type { CopyIntent } from '../../../../domain/decide/decision-facts.ts';
import { sliceKey } from '../../../../domain/portfolio/slice-key.ts';
import type { ExitWait, ExitWaits } from '../../exits/exit-waits.ts';
import type { WaitLimits } from '../waiting-sales.ts';
import type { PlacingRoom } from './placing-room.ts';
import type { QueuedPurchases } from './queued-purchases.ts';
import type { WaitEnds } from './wait-ends.ts';

/** An intent that is to be decided now. */
export interface Waiting {
  readonly intent: CopyIntent;
  readonly sinceMs: number;
  /** It becomes an order, unless the decision is another by now. */
  readonly needsCall: boolean;
}

export class WaitingList {
  constructor(
    private readonly nowMs: () => number,
    private readonly waits: ExitWaits,
    private readonly purchases: QueuedPurchases,
    private readonly room: PlacingRoom,
    private readonly limits: WaitLimits,
    private readonly ends: WaitEnds,
  ) {}

  isEmpty(): boolean {
    return this.purchases.isEmpty() && this.waits.list().length === 0;
  }

  ready(): readonly Waiting[] {
    const found = new Map<string, Waiting>();
    const add = ({ intent, sinceMs }: Pick<Waiting, 'intent' | 'sinceMs'>): void => {
      const end = this.ends.of(intent, sinceMs);
      if (end !== 'HELD' && !found.has(intent.idempotencyKey))
        found.set(intent.idempotencyKey, { intent, sinceMs, needsCall: end === 'ORDER' });
    };
    const slices = new Set<string>();
    for (const wait of this.waits.list()) {
      const slice = orderedBy(wait.intent);
      if (slices.has(slice)) continue;
      slices.add(slice);
      if (this.isHeld(wait)) continue;
      this.room.before(wait.intent, wait.sinceMs).forEach(add);
      // What waits for a call is late, and its lag says so; what waits for its shares is not.
      if (wait.forCall) add(wait);
      else {
        const needsCall = this.ends.of(wait.intent, wait.sinceMs) === 'ORDER';
        found.set(wait.intent.idempotencyKey, { ...wait, intent: this.aged(wait), needsCall });
      }
    }
    this.purchases.list().forEach(add);
    return [...found.values()];
  }

  /** When something is ready that is not now, unless an event makes it so earlier; undefined when nothing waits. */
  nextAtMs(): number | undefined {
    const nowMs = this.nowMs();
    const times = [
      ...this.purchases.list().map(({ intent, sinceMs }) => this.ends.atMs(intent, sinceMs)),
      ...this.waits.list().map((wait) => this.saleAtMs(wait)),
      this.ends.heldUntilMs() ?? Number.POSITIVE_INFINITY,
    ].filter((atMs) => atMs > nowMs && atMs !== Number.POSITIVE_INFINITY);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  private saleAtMs({ intent, sinceMs, forCall }: ExitWait): number {
    return forCall ? this.ends.atMs(intent, sinceMs) : sinceMs + this.limits.of(intent).allowedMs;
  }

  /** Its shares are not final, and it has not waited for them long enough. */
  private isHeld({ intent, sinceMs, forCall }: ExitWait): boolean {
    if (forCall) return false;
    const { isSettled, allowedMs } = this.limits.of(intent);
    return !isSettled && this.nowMs() - sinceMs < allowedMs;
  }

  private aged({ intent, sinceMs }: ExitWait): CopyIntent {
    const { longestMs } = this.limits.of(intent);
    return { ...intent, waitedMs: Math.min(this.nowMs() - sinceMs, longestMs) };
  }
}

/** Exits keep their order within one leader and token; a sale by hand and a try of what is owed sell so many shares, whatever waits. */
function orderedBy({ leaderAddress, tokenId, sourceType, idempotencyKey }: CopyIntent): string {
  const isOfItself = sourceType === 'CLOSE' || sourceType === 'EXIT';
  return isOfItself ? idempotencyKey : sliceKey({ leaderAddress, tokenId });
}
