/**
 * The Wallet's decisions of the last hour. Counted in memory and stored once a minute: a restart loses the minute's counts at
 * most, and no decision costs a write.
 */
import {
  type CopySlot,
  type Counted,
  copyingStatus,
  withDecision,
  withLost,
} from '../../../domain/records/copying.ts';
import type { CopyingStatus } from '../../../domain/records/status.ts';
import type { WalletKeyValue } from '../keys.ts';

export class RecentCopies {
  private slots: readonly CopySlot[];
  private stored: readonly CopySlot[];

  constructor(private readonly kv: WalletKeyValue) {
    this.slots = kv.get('recentCopies') ?? [];
    this.stored = this.slots;
  }

  /** Counts a new attempt whose row is committed; `waited`: a sale that is decided after it waited. */
  decided(attempt: Counted, waited: boolean): void {
    this.slots = withDecision(this.slots, attempt, waited);
  }

  /** Counts a pending copy that ended with nothing, once that is committed. */
  lost(copy: Parameters<typeof withLost>[1], nowMs: number): void {
    this.slots = withLost(this.slots, copy, nowMs);
  }

  /** Stores the counts if they have changed. Once a minute. */
  prune(): void {
    if (this.slots === this.stored) return;
    this.kv.put('recentCopies', this.slots);
    this.stored = this.slots;
  }

  status(nowMs: number): CopyingStatus {
    return copyingStatus(this.slots, nowMs);
  }
}
