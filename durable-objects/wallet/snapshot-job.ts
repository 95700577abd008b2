/** The job that takes a snapshot of the portfolio: soon after something moved, and with the minute's work. */
import type { ObjectPorts } from '../platform/ports.ts';
import type { Scheduler } from '../platform/scheduler.ts';
import type { PeakReset } from '../rpc.ts';
import type { WalletSnapshots, Worth } from './snapshots.ts';

/** After a copy the charts show the new equity this soon, without a row for every copy of a burst. */
export const SNAPSHOT_DELAY_MS = 5_000;

export class SnapshotJob {
  constructor(
    private readonly ports: ObjectPorts,
    private readonly scheduler: Pick<Scheduler, 'at'>,
    private readonly snapshots: WalletSnapshots,
    /** The live ledger, which has no known value before the account was first read; null on paper. */
    private readonly ledger: { isOpened(): boolean } | null,
  ) {}

  soon(): void {
    this.scheduler.at('snapshot', this.ports.nowMs() + SNAPSHOT_DELAY_MS);
  }

  run(): void {
    this.ports.storage.transaction(() => this.take());
  }

  worth(): Worth {
    return this.snapshots.worth(this.ports.nowMs());
  }

  /** Makes the PnL of this moment the peak; refused where it could not be one. */
  resetPeak(): PeakReset {
    if (!(this.ledger?.isOpened() ?? true))
      return { kind: 'refused', reason: 'the account has not been read yet' };
    return this.ports.storage.transaction(() => this.snapshots.resetPeak(this.ports.nowMs()));
  }

  /** Inside a transaction. */
  take(): void {
    if (this.ledger?.isOpened() ?? true) this.snapshots.take(this.ports.nowMs());
  }
}
