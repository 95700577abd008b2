/**
 * Reads each leader's positions from the venue, at first, then every hour (sooner after one that was not whole) and when their
 * FollowedUser asks, and hands them on: all but the first once a later sweep has brought what the venue knew before them.
 */
import type { LeaderAddress } from '../../domain/ids.ts';
import { price } from '../../domain/money.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../domain/time.ts';
import type { DataApi } from '../../polymarket/public/data-api.ts';
import { type ObjectPorts, reasonOf } from '../platform/ports.ts';
import type { FollowedUserPort, PositionReading, SeedPosition } from '../rpc.ts';
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

interface Read extends PositionReading {
  readonly positions: readonly SeedPosition[];
}

export class PositionSeeds {
  readonly counters = { seedFailures: 0 };
  /** Read, and not handed on yet. Lost in a restart: then the positions are read again. */
  private readonly waiting = new Map<LeaderAddress, Read>();
  /** The earliest time of the reading that a FollowedUser asked for; it asks again after a restart. */
  private readonly askedSinceMs = new Map<LeaderAddress, number>();

  constructor(
    private readonly ports: ObjectPorts,
    private readonly data: DataApi,
    private readonly watch: WatchList,
    private readonly checks: RowChecks,
    private readonly user: (leader: LeaderAddress) => FollowedUserPort,
  ) {}

  /** Asks for a reading of this time or later. One that is under way or waits and is late enough serves. */
  ask(leader: LeaderAddress, sinceMs: number): void {
    this.askedSinceMs.set(leader, sinceMs);
    if (!this.waits(leader)) this.watch.dueBy(leader, sinceMs);
  }

  /** Reads the positions when they are old or asked for. Never rejects: no sweep fails because of it. */
  async readWhenDue(leader: WatchedLeader): Promise<void> {
    if (this.isDue(leader)) await this.counted(() => this.read(leader));
  }

  /** Hands on what waits, after a sweep that was acknowledged and began long enough after it. Never rejects. */
  async handOver(leader: LeaderAddress, sweptFromMs: number): Promise<void> {
    const read = this.waiting.get(leader);
    if (read === undefined) return;
    const sweepFromMs = read.asOfMs + SETTLED_MS;
    if (sweptFromMs < sweepFromMs) {
      this.watch.dueBy(leader, sweepFromMs);
      return;
    }
    this.waiting.delete(leader);
    await this.counted(() => this.give(leader, { ...read, swept: true }));
  }

  /** A leader who is trading waits, unless their FollowedUser asks. */
  private isDue({ address, seededAtMs, lastFillAtMs }: WatchedLeader): boolean {
    const nowMs = this.ports.nowMs();
    if (this.waits(address)) return false;
    const asked = this.askedSinceMs.get(address);
    if (asked !== undefined && asked <= nowMs) return true;
    if (nowMs - seededAtMs <= POSITIONS_AGE_MS_MAX) return false;
    return seededAtMs === 0 || nowMs - lastFillAtMs >= SETTLED_MS;
  }

  /** Whether a reading waits that is late enough for whoever asked. */
  private waits(leader: LeaderAddress): boolean {
    const read = this.waiting.get(leader);
    return read !== undefined && read.asOfMs >= (this.askedSinceMs.get(leader) ?? 0);
  }

  private async read({ address, seededAtMs }: WatchedLeader): Promise<void> {
    const asOfMs = this.ports.nowMs();
    const { positions, refused, complete, unreadTokenIds } = await this.data.listPositions(address);
    this.checks.refuse(refused);
    const read: Read = {
      positions: positions.map((position) => ({
        tokenId: position.tokenId,
        conditionId: position.conditionId,
        shareMicros: position.shareMicros,
        avgPriceMicros: position.avgPriceMicros ?? price(0n),
        eventSlug: position.eventSlug,
      })),
      complete,
      unreadTokenIds,
      asOfMs,
      swept: false,
    };
    // Before the first whole reading every holding is a guess, so that one is not kept waiting.
    if (seededAtMs === 0 || !complete) await this.give(address, read);
    else this.waiting.set(address, read);
  }

  private async give(leader: LeaderAddress, { positions, ...reading }: Read): Promise<void> {
    await this.user(leader).seed(positions, reading);
    const { complete, unreadTokenIds = [], asOfMs } = reading;
    if (asOfMs >= (this.askedSinceMs.get(leader) ?? Number.POSITIVE_INFINITY))
      this.askedSinceMs.delete(leader);
    const isSure =
      complete && unreadTokenIds.length === 0 && asOfMs - this.lastFillAtMs(leader) >= SETTLED_MS;
    const lateMs = isSure ? 0 : POSITIONS_AGE_MS_MAX - UNSURE_AGE_MS_MAX;
    this.watch.seeded(leader, this.ports.nowMs() - lateMs);
  }

  private async counted(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.counters.seedFailures += 1;
      this.ports.log('warn', 'positions could not be read', { reason: reasonOf(error) });
    }
  }

  private lastFillAtMs(leader: LeaderAddress): number {
    return this.watch.list().find((one) => one.address === leader)?.lastFillAtMs ?? 0;
  }
}
