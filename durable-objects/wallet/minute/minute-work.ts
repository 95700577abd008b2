/** What a Wallet does once a minute after it has read the settings: marks and settlements, a snapshot, pruning, counts. */
import { type ObjectPorts, reasonOf } from '../../platform/ports.ts';
import type { FeedPort } from '../../rpc.ts';
import type { AttemptStats } from '../attempt-stats.ts';
import type { WalletKeyValue } from '../keys.ts';
import type { WalletMarks } from '../marks.ts';
import type { Pause } from '../pause.ts';
import type { PortfolioStore } from '../portfolio-store.ts';
import type { SnapshotJob } from '../snapshot-job.ts';

export class MarkReading {
  constructor(
    private readonly ports: ObjectPorts,
    private readonly feed: Pick<FeedPort, 'tokenStates'>,
    private readonly book: PortfolioStore,
    private readonly marks: WalletMarks,
    private readonly pause: Pause,
  ) {}

  /** Marks of every token that is held, and the settlement of those that have ended. Never throws. */
  async run(): Promise<void> {
    const { ports } = this;
    const held = this.book.open().map(({ tokenId, conditionId }) => ({ tokenId, conditionId }));
    const tokens = [...new Map(held.map((one) => [one.tokenId, one])).values()];
    try {
      const states = tokens.length === 0 ? [] : await this.feed.tokenStates(tokens);
      ports.storage.transaction(() => {
        this.marks.take(states);
        this.marks.publish();
      });
    } catch (error) {
      this.pause.startOnBug(error);
      ports.log('warn', 'no marks this minute', { reason: reasonOf(error) });
    }
  }
}

/** A store that forgets what is too old. */
export interface Prunable {
  prune(nowMs: number): void;
}

export class MinuteWork {
  constructor(
    private readonly ports: ObjectPorts,
    private readonly kv: WalletKeyValue,
    private readonly marks: MarkReading,
    private readonly snapshot: SnapshotJob,
    private readonly stores: readonly Prunable[],
    private readonly stats: Pick<AttemptStats, 'publish'>,
  ) {}

  async run(): Promise<void> {
    const { storage, nowMs } = this.ports;
    await this.marks.run();
    storage.transaction(() => {
      this.snapshot.take();
      for (const store of this.stores) store.prune(nowMs());
      this.kv.put('tickAt', nowMs());
    });
    this.stats.publish(nowMs());
  }
}
