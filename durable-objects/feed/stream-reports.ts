/** What the RTDS stream reports of watched leaders, handed to their FollowedUsers with a quote for each token. */
import type { LeaderRow } from '../../polymarket/public/leader-row.ts';
import { parseRtdsFrame } from '../../polymarket/public/rtds-frame.ts';
import { type ObjectPorts, reasonOf } from '../platform/ports.ts';
import type { ObserveRequest } from '../rpc.ts';
import type { Delivery } from './delivery.ts';
import type { RowChecks } from './row-checks.ts';
import type { RowQuotes } from './row-quotes.ts';
import type { WatchList } from './watch-list.ts';

export class StreamReports {
  readonly counters = { rtdsRows: 0, deliveryFailures: 0 };

  constructor(
    private readonly ports: ObjectPorts,
    private readonly watch: WatchList,
    private readonly checks: RowChecks,
    private readonly quotes: RowQuotes,
    private readonly delivery: Delivery,
  ) {}

  /** Takes one frame. Never throws and never waits. Rows of other wallets are dropped before they are validated. */
  receive(text: string): void {
    const frame = parseRtdsFrame(text, { isFollowed: (address) => this.watch.has(address) });
    if (frame.kind === 'ignored') return;
    this.checks.refuse(frame.refused);
    const believable = this.checks.believable(frame.rows, 'RTDS');
    for (const rows of Map.groupBy(believable, (row) => row.leaderAddress).values())
      this.report(rows, frame.source);
  }

  private report(rows: readonly LeaderRow[], source: ObserveRequest['source']): void {
    const { leaderAddress } = rows[0]!;
    this.counters.rtdsRows += rows.length;
    this.watch.touched(leaderAddress, this.ports.nowMs());
    const quotes = this.quotes.ofStream(rows);
    const detectedAtMs = this.ports.nowMs();
    this.delivery
      .deliver({ leaderAddress, source, kind: 'stream', rows, activities: [], quotes, detectedAtMs })
      .catch((error: unknown) => {
        this.counters.deliveryFailures += 1;
        this.ports.log('warn', 'a fill could not be handed over; the next sweep brings it', {
          reason: reasonOf(error),
        });
        this.watch.due(leaderAddress);
      });
  }
}
