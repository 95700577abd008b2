/** When which leader is swept: every few seconds those that are due, a few at once, and again after a gap in the stream. */
import type { LeaderAddress } from '../../domain/ids.ts';
import { SECOND_MS } from '../../domain/time.ts';
import { type ObjectPorts, reasonOf } from '../platform/ports.ts';
import type { Scheduler } from '../platform/scheduler.ts';
import { JOBS } from './keys.ts';
import type { LeaderSweeps } from './leader-sweeps.ts';
import type { PositionSeeds } from './position-seeds.ts';
import type { WatchedLeader, WatchList } from './watch-list.ts';

/** Looks for leaders whose sweep is due this often. */
const ROUND_MS = 5 * SECOND_MS;
/** At most this many sweeps at once (design.md 2). */
const SWEEPS_AT_ONCE = 4;
/** The Data API shows a trade three to five seconds after the match: by then it has what the stream missed in a gap. */
const INDEX_LAG_MS = 6 * SECOND_MS;

export class SweepRounds {
  readonly counters = { sweeps: 0, sweepFailures: 0 };
  private readonly underWay = new Set<LeaderAddress>();
  /** Times at which a sweep after a gap is due. Kept here because the scheduler forgets all but the earliest time of a job. */
  private againAtMs: ReadonlySet<number> = new Set();

  constructor(
    private readonly ports: ObjectPorts,
    private readonly scheduler: Scheduler,
    private readonly watch: WatchList,
    private readonly seeds: PositionSeeds,
    private readonly sweeps: LeaderSweeps,
  ) {}

  async run(): Promise<void> {
    const nowMs = this.ports.nowMs();
    this.scheduler.at(JOBS.sweep, nowMs + ROUND_MS);
    this.againAtMs = new Set([...this.againAtMs].filter((atMs) => atMs > nowMs));
    for (const atMs of this.againAtMs) this.scheduler.at(JOBS.sweep, atMs);
    await Promise.all(Array.from({ length: SWEEPS_AT_ONCE }, () => this.sweepDue()));
    const pausedMs = this.sweeps.pausedMs();
    if (pausedMs > 0) this.scheduler.at(JOBS.sweep, this.ports.nowMs() + pausedMs);
  }

  /** Sweeps one leader after the other until none is due, or the venue has to be left alone. */
  private async sweepDue(): Promise<void> {
    for (let leader = this.next(); leader !== undefined; leader = this.next()) {
      this.underWay.add(leader.address);
      await this.sweep(leader);
      this.underWay.delete(leader.address);
    }
  }

  private next(): WatchedLeader | undefined {
    if (this.sweeps.pausedMs() > 0) return undefined;
    return this.watch.nextDue(this.ports.nowMs(), this.underWay);
  }

  private async sweep(leader: WatchedLeader): Promise<void> {
    try {
      await this.seeds.readWhenDue(leader);
      const startedAtMs = this.ports.nowMs();
      const boundMs = await this.sweeps.sweep(leader);
      this.counters.sweeps += 1;
      this.watch.swept(leader.address, { boundMs, sweptAtMs: startedAtMs });
      this.sweepAgainAfterGap(leader, startedAtMs);
      await this.seeds.handOver(leader.address, startedAtMs);
    } catch (error) {
      this.counters.sweepFailures += 1;
      this.watch.failed(leader.address, this.ports.nowMs());
      this.ports.log('warn', 'a sweep failed; the cursor stays', {
        leader: leader.address,
        reason: reasonOf(error),
      });
    }
  }

  /** The index lacks the last seconds of a gap when the stream is back; a minute later they would be too old to copy. */
  private sweepAgainAfterGap(leader: WatchedLeader, startedAtMs: number): void {
    const lostAtMs = Math.max(this.watch.streamOpenedAtMs, this.sweeps.lostAtMs(leader));
    const indexedAtMs = lostAtMs + INDEX_LAG_MS;
    if (startedAtMs >= indexedAtMs) return;
    this.watch.dueBy(leader.address, indexedAtMs);
    this.againAtMs = new Set([...this.againAtMs, indexedAtMs]);
    this.scheduler.at(JOBS.sweep, indexedAtMs);
  }
}
