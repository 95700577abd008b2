/** The leaders that LeaderFeed watches, each with the bound of their last sweep: durable, so that a restart leaves no gap. */
import type { LeaderAddress } from '../../domain/ids.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../domain/time.ts';
import { leaderOf } from '../platform/id-columns.ts';
import { integer, type ObjectStorage } from '../platform/ports.ts';

/** Leaders who traded this recently are swept every minute, the others every five (design.md 2). */
const ACTIVE_MS = 10 * MINUTE_MS;
const ACTIVE_EVERY_MS = MINUTE_MS;
const QUIET_EVERY_MS = 5 * MINUTE_MS;
/** Without a stream every leader is swept this often, and each one more delays the others by so much. */
const ALONE_EVERY_MS = 5 * SECOND_MS;
const ALONE_LEADER_MS = 250;
/** While the stream is silent, leaders who traded this recently are swept this often: a sweep is then as fast as can be. */
const SILENT_ACTIVE_MS = HOUR_MS;
const SILENT_EVERY_MS = 20 * SECOND_MS;
/** A quiet leader is swept every five minutes: after this, two sweeps in a row are missing, and no gap in the stream is filled. */
const SWEEP_LATE_MS = 2 * QUIET_EVERY_MS + MINUTE_MS;
/** Pause before a failed sweep is tried again. */
const RETRY_MS = 10 * SECOND_MS;

export interface WatchedLeader {
  readonly address: LeaderAddress;
  /** Everything before this is acknowledged. */
  readonly boundMs: number;
  /** Zero before the first sweep. */
  readonly sweptAtMs: number;
  readonly dueAtMs: number;
  readonly lastFillAtMs: number;
  /** When their positions were last read; zero before that. */
  readonly seededAtMs: number;
}

export class WatchList {
  private readonly leaders = new Map<LeaderAddress, WatchedLeader>();
  private openedAtMs = 0;
  /** No stream is listened to: sweeps alone see the trades. */
  private sweepsAlone = false;
  /** The stream should be open, and brings nothing. */
  private isSilent = false;
  /** Since when those who were never swept are watched. */
  private readonly watchedAtMs = new Map<LeaderAddress, number>();

  constructor(private readonly storage: ObjectStorage) {
    storage.rows(
      `CREATE TABLE IF NOT EXISTS watched (
         leader TEXT PRIMARY KEY, bound_ms INTEGER NOT NULL, swept_at INTEGER NOT NULL, watching INTEGER NOT NULL,
         seeded_at INTEGER NOT NULL) STRICT, WITHOUT ROWID`,
    );
    for (const row of storage.rows('SELECT * FROM watched WHERE watching = 1')) {
      const address = leaderOf(row, 'leader');
      this.leaders.set(address, {
        address,
        boundMs: integer(row, 'bound_ms'),
        sweptAtMs: integer(row, 'swept_at'),
        dueAtMs: 0,
        lastFillAtMs: 0,
        seededAtMs: integer(row, 'seeded_at'),
      });
    }
  }

  has(address: LeaderAddress): boolean {
    return this.leaders.has(address);
  }

  list(): readonly WatchedLeader[] {
    return [...this.leaders.values()];
  }

  /** Watches exactly these. For a leader who was watched before, the old bound is kept unless `fromMs` is later. */
  follow(
    wanted: readonly { readonly address: LeaderAddress; readonly fromMs: number }[],
    nowMs: number,
  ): void {
    const addresses = new Set(wanted.map((one) => one.address));
    for (const address of this.leaders.keys()) {
      if (addresses.has(address)) continue;
      this.leaders.delete(address);
      this.storage.rows('UPDATE watched SET watching = 0 WHERE leader = ?', address);
    }
    for (const { address, fromMs } of wanted)
      if (!this.leaders.has(address)) this.add(address, fromMs, nowMs);
  }

  /** The times of last sweeps that are too long ago; of a leader who was never swept, since when they are watched (A60). */
  lateSweeps(nowMs: number): readonly number[] {
    return this.list()
      .map(({ address, sweptAtMs, boundMs }) =>
        sweptAtMs === 0 ? (this.watchedAtMs.get(address) ?? boundMs) : sweptAtMs,
      )
      .filter((atMs) => nowMs - atMs > SWEEP_LATE_MS);
  }

  /** The leader whose sweep goes first of those that are due: those who traded lately before others, then the longest overdue. */
  nextDue(nowMs: number, underWay: ReadonlySet<LeaderAddress>): WatchedLeader | undefined {
    let first: WatchedLeader | undefined;
    let firstMs = Number.POSITIVE_INFINITY;
    for (const leader of this.leaders.values()) {
      if (leader.dueAtMs > nowMs || underWay.has(leader.address)) continue;
      const sinceMs = leader.dueAtMs - (isActive(leader, nowMs) ? ACTIVE_MS : 0);
      if (sinceMs >= firstMs) continue;
      first = leader;
      firstMs = sinceMs;
    }
    return first;
  }

  /** Whether sweeps alone see the trades from now on. */
  sweepAlone(alone: boolean): void {
    if (alone && !this.sweepsAlone) for (const { address } of this.list()) this.due(address);
    this.sweepsAlone = alone;
  }

  /** The stream brings nothing, or brings something again. */
  streamSilent(isSilent: boolean, nowMs: number): void {
    if (isSilent === this.isSilent) return;
    this.isSilent = isSilent;
    if (isSilent)
      for (const { address } of this.standIns(nowMs)) this.dueBy(address, nowMs + SILENT_EVERY_MS);
  }

  /** While the stream is silent: how many leaders sweeps stand in for, and how many of them were not swept in time. */
  standIn(nowMs: number): { readonly leaders: number; readonly late: number } | null {
    if (!this.isSilent) return null;
    const leaders = this.standIns(nowMs);
    const late = leaders.filter(({ sweptAtMs }) => nowMs - sweptAtMs > 2 * SILENT_EVERY_MS);
    return { leaders: leaders.length, late: late.length };
  }

  private standIns(nowMs: number): readonly WatchedLeader[] {
    return this.list().filter((leader) => isActive(leader, nowMs, SILENT_ACTIVE_MS));
  }

  /** The stream has opened: every leader is due, since fills may have passed before that. */
  streamOpened(nowMs: number): void {
    this.openedAtMs = nowMs;
    for (const leader of this.list()) this.due(leader.address);
  }

  /** When the stream last opened; zero before that. */
  get streamOpenedAtMs(): number {
    return this.openedAtMs;
  }

  due(address: LeaderAddress): void {
    this.change(address, { dueAtMs: 0 });
  }

  /** Makes the leader due at this time, unless they are due earlier. */
  dueBy(address: LeaderAddress, atMs: number): void {
    const leader = this.leaders.get(address);
    if (leader !== undefined && leader.dueAtMs > atMs) this.change(address, { dueAtMs: atMs });
  }

  touched(address: LeaderAddress, nowMs: number): void {
    this.change(address, { lastFillAtMs: nowMs });
  }

  seeded(address: LeaderAddress, nowMs: number): void {
    this.change(address, { seededAtMs: nowMs });
    this.storage.rows('UPDATE watched SET seeded_at = ? WHERE leader = ?', nowMs, address);
  }

  swept(address: LeaderAddress, sweep: { readonly boundMs: number; readonly sweptAtMs: number }): void {
    const leader = this.leaders.get(address);
    if (leader === undefined) return;
    const isSameBound = leader.boundMs === sweep.boundMs;
    this.change(address, { ...sweep, dueAtMs: sweep.sweptAtMs + this.everyMs(leader, sweep) });
    // Only the bound must survive: after a restart every leader is due.
    if (isSameBound) return;
    this.storage.rows(
      'UPDATE watched SET bound_ms = ?, swept_at = ? WHERE leader = ?',
      sweep.boundMs,
      sweep.sweptAtMs,
      address,
    );
  }

  private everyMs(
    leader: WatchedLeader,
    sweep: { readonly boundMs: number; readonly sweptAtMs: number },
  ): number {
    if (this.sweepsAlone) return Math.max(ALONE_EVERY_MS, this.leaders.size * ALONE_LEADER_MS);
    const swept = { ...leader, ...sweep };
    if (this.isSilent && isActive(swept, sweep.sweptAtMs, SILENT_ACTIVE_MS)) return SILENT_EVERY_MS;
    return isActive(swept, sweep.sweptAtMs) ? ACTIVE_EVERY_MS : QUIET_EVERY_MS;
  }

  failed(address: LeaderAddress, nowMs: number): void {
    this.change(address, { dueAtMs: nowMs + RETRY_MS });
  }

  private add(address: LeaderAddress, fromMs: number, nowMs: number): void {
    const bound = Math.max(0, Math.floor(Math.min(fromMs, nowMs)));
    const row = this.storage.rows(
      `INSERT INTO watched (leader, bound_ms, swept_at, watching, seeded_at) VALUES (?, ?, 0, 1, 0)
       ON CONFLICT (leader) DO UPDATE SET watching = 1, bound_ms = max(bound_ms, excluded.bound_ms) RETURNING bound_ms, seeded_at`,
      address,
      bound,
    )[0]!;
    this.watchedAtMs.set(address, nowMs);
    this.leaders.set(address, {
      address,
      boundMs: integer(row, 'bound_ms'),
      sweptAtMs: 0,
      dueAtMs: 0,
      lastFillAtMs: 0,
      seededAtMs: integer(row, 'seeded_at'),
    });
  }

  private change(address: LeaderAddress, part: Partial<WatchedLeader>): void {
    const leader = this.leaders.get(address);
    if (leader !== undefined) this.leaders.set(address, { ...leader, ...part });
  }
}

function isActive({ lastFillAtMs, boundMs }: WatchedLeader, nowMs: number, withinMs = ACTIVE_MS): boolean {
  return nowMs - Math.max(lastFillAtMs, boundMs) < withinMs;
}
