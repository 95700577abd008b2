/** One leader's sweep: everything on the Data API since the stored bound, handed to the FollowedUser chunk by chunk. */
import type { DataApi } from '../../polymarket/public/data-api.ts';
import type { ObjectPorts } from '../platform/ports.ts';
import type { Delivery } from './delivery.ts';
import type { RowChecks } from './row-checks.ts';
import type { RowQuotes } from './row-quotes.ts';
import { readSweep } from './sweep.ts';
import type { WatchedLeader } from './watch-list.ts';

export class LeaderSweeps {
  constructor(
    private readonly ports: ObjectPorts,
    private readonly data: DataApi,
    private readonly checks: RowChecks,
    private readonly quotes: RowQuotes,
    private readonly delivery: Delivery,
  ) {}

  /**
   * Returns the next bound, once the FollowedUser has acknowledged every row. Rejects when a page could not be read or a
   * chunk was not acknowledged: then the bound must stay as it is (W1).
   */
  async sweep(leader: WatchedLeader): Promise<number> {
    const sweep = await readSweep(this.data, {
      user: leader.address,
      boundMs: leader.boundMs,
      believable: (rows) => this.checks.believable(rows, 'DATA_API'),
    });
    this.checks.refuse(sweep.refused);
    for (const chunk of sweep.chunks) {
      const quotes = await this.quotes.ofChunk(chunk);
      await this.delivery.deliver({
        leaderAddress: leader.address,
        source: 'DATA_API',
        kind: 'sweep',
        rows: chunk.rows,
        activities: chunk.activities,
        quotes,
        detectedAtMs: this.ports.nowMs(),
      });
    }
    if (!sweep.complete) {
      // More pages than any sweep reads, so the next one would end at the same place: record the gap for the operator.
      const reason = `a gap: older rows of ${leader.address} since ${new Date(leader.boundMs).toISOString()} were not read`;
      this.checks.refuse([{ source: 'DATA_API', reason, excerpt: '' }]);
    }
    return sweep.newestAtMs;
  }

  /** How long no sweep may be read yet. */
  pausedMs(): number {
    return this.data.pausedMs();
  }

  /** When a report of the leader was last lost; zero if never. */
  lostAtMs(leader: WatchedLeader): number {
    return this.delivery.lostAtMs(leader.address);
  }
}
