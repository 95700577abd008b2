/** Reads each leader's positions from the venue, at first and then every hour (sooner after one that was not whole), and hands them to the FollowedUser. */
import type { LeaderAddress } from '../../domain/ids.ts';
import { price } from '../../domain/money.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../domain/time.ts';
import type { DataApi } from '../../polymarket/public/data-api.ts';
import { type ObjectPorts, reasonOf } from '../platform/ports.ts';
import type { FollowedUserPort } from '../rpc.ts';
import type { RowChecks } from './row-checks.ts';
import type { WatchedLeader, WatchList } from './watch-list.ts';

/** Positions are read again after this long: the venue's list corrects what a sum of fills cannot know. */
const POSITIONS_AGE_MS_MAX = HOUR_MS;
/**
 * A reading that was not whole, or that was made while the leader traded, is repeated after this long: until then no exit knows
 * its fraction, or it may know a wrong one (A43).
 */
const UNSURE_AGE_MS_MAX = 5 * MINUTE_MS;
/** The venue's list lags fills by seconds. After this long without one it is up to date. */
const SETTLED_MS = 15 * SECOND_MS;

export class PositionSeeds {
  readonly counters = { seedFailures: 0 };

  constructor(
    private readonly ports: ObjectPorts,
    private readonly data: DataApi,
    private readonly watch: WatchList,
    private readonly checks: RowChecks,
    private readonly user: (leader: LeaderAddress) => FollowedUserPort,
  ) {}

  /** Reads the positions when they are old. Never rejects: no sweep fails because of it. A leader who is trading waits. */
  async readWhenDue(leader: WatchedLeader): Promise<void> {
    const nowMs = this.ports.nowMs();
    if (nowMs - leader.seededAtMs <= POSITIONS_AGE_MS_MAX) return;
    if (leader.seededAtMs > 0 && nowMs - leader.lastFillAtMs < SETTLED_MS) return;
    try {
      await this.read(leader.address);
    } catch (error) {
      this.counters.seedFailures += 1;
      this.ports.log('warn', 'positions could not be read', {
        leader: leader.address,
        reason: reasonOf(error),
      });
    }
  }

  private async read(leader: LeaderAddress): Promise<void> {
    const asOfMs = this.ports.nowMs();
    const { positions, refused, complete } = await this.data.listPositions(leader);
    this.checks.refuse(refused);
    await this.user(leader).seed(
      positions.map((position) => ({
        tokenId: position.tokenId,
        conditionId: position.conditionId,
        shareMicros: position.shareMicros,
        avgPriceMicros: position.avgPriceMicros ?? price(0n),
      })),
      { complete, asOfMs },
    );
    const isSure = complete && asOfMs - this.lastFillAtMs(leader) >= SETTLED_MS;
    const lateMs = isSure ? 0 : POSITIONS_AGE_MS_MAX - UNSURE_AGE_MS_MAX;
    this.watch.seeded(leader, this.ports.nowMs() - lateMs);
  }

  private lastFillAtMs(leader: LeaderAddress): number {
    return this.watch.list().find((one) => one.address === leader)?.lastFillAtMs ?? 0;
  }
}
