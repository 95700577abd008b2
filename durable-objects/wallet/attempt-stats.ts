/**
 * The Wallet's counts of its attempts, wins and losses. Each change is stored as one note in the transaction of the fact; once
 * a minute the notes are added up, and the sums that changed are sent to D1. A crash loses no count.
 */

import { EXTERNAL_LEADER, type TradingMode } from '../../domain/ids.ts';
import { fromJson, toJson } from '../../domain/json.ts';
import type { Position } from '../../domain/portfolio/portfolio.ts';
import { added, contributionOf, EMPTY_STATS, outcomeOf, removed } from '../../domain/records/copy-stats.ts';
import type { CopyStats } from '../../domain/records/copy-stats-record.ts';
import {
  ALL_DAYS,
  type CopyAttemptRecord,
  type CopyStatsRecord,
  type LedgerRecord,
} from '../../domain/records/records.ts';
import { NO_LEADER } from '../../domain/records/sentinels.ts';
import { DAY_MS } from '../../domain/time.ts';
import { ownerOf } from '../platform/id-columns.ts';
import type { Outbox } from '../platform/outbox.ts';
import { integer, type ObjectPorts, type ObjectStorage, reasonOf, text } from '../platform/ports.ts';

/**
 * Notes added up at once; a minute at 100 decisions a second makes fewer, of which a paper copy that waits makes three. The rest
 * waits for the next minute.
 */
const NOTES_MAX = 20_000;
/** Sums of a day are kept this long here: attempts change for at most a week. D1 keeps every day. */
const KEPT_MS = 35 * DAY_MS;

const SCHEMA = [
  `CREATE TABLE IF NOT EXISTS stat_note (
     seq INTEGER PRIMARY KEY, leader TEXT NOT NULL, day_at INTEGER NOT NULL, doc TEXT NOT NULL) STRICT`,
  `CREATE TABLE IF NOT EXISTS stat_sum (
     leader TEXT NOT NULL, day_at INTEGER NOT NULL, doc TEXT NOT NULL, revision INTEGER NOT NULL,
     PRIMARY KEY (leader, day_at)) STRICT, WITHOUT ROWID`,
];

interface Sum {
  readonly leader: CopyStatsRecord['leaderAddress'];
  /** ALL_DAYS for all. */
  readonly dayAtMs: number;
}

interface Moved extends Sum {
  /** By how much. */
  readonly stats: CopyStats;
}

export class AttemptStats {
  private readonly storage: ObjectStorage;

  constructor(
    private readonly mode: TradingMode,
    private readonly ports: Pick<ObjectPorts, 'storage' | 'log'>,
    private readonly outbox: Outbox,
  ) {
    this.storage = ports.storage;
    for (const statement of SCHEMA) this.storage.rows(statement);
  }

  /**
   * Counts an attempt; `before` is the revision that was counted until now. A later revision without one is not counted: the
   * earlier one was, and is not known any more.
   */
  attempted(record: CopyAttemptRecord, before?: CopyAttemptRecord): void {
    if (record.revision > 1 && before === undefined) return;
    const { leaderAddress: leader, decidedAtMs: atMs } = record;
    if (before !== undefined)
      this.note({ leader, atMs: before.decidedAtMs }, removed(EMPTY_STATS, contributionOf(before)));
    this.note({ leader, atMs }, contributionOf(record));
  }

  /** Counts the win or loss of an entry on the day of `atMs`: that of the entry, or of the one that it takes back. */
  booked(
    entry: LedgerRecord,
    moved: { readonly before: Position; readonly after: Position; readonly atMs: number },
  ): void {
    const outcome = outcomeOf(entry, moved);
    if (outcome !== undefined) this.note({ leader: entry.leaderAddress, atMs: moved.atMs }, outcome);
  }

  /**
   * Adds up the notes and sends the sums that changed to D1: at most four a leader, unless a past day is corrected. In a
   * transaction of its own and without throwing: a fault in these counts must not roll back what the breakers measure by.
   */
  publish(nowMs: number): void {
    try {
      this.storage.transaction(() => this.addUp(nowMs));
    } catch (error) {
      this.ports.log('error', 'the counts of copies could not be added up', { reason: reasonOf(error) });
    }
  }

  private addUp(nowMs: number): void {
    for (const { leader, dayAtMs, stats } of this.moved()) {
      const known = this.storage.rows(
        'SELECT doc, revision FROM stat_sum WHERE leader = ? AND day_at = ?',
        leader,
        dayAtMs,
      )[0];
      const sum = known === undefined ? EMPTY_STATS : fromJson<CopyStats>(text(known, 'doc'));
      const next = added(sum, stats);
      if (toJson(next) === toJson(sum)) continue;
      const revision = (known === undefined ? 0 : integer(known, 'revision')) + 1;
      this.storage.rows(
        `INSERT INTO stat_sum (leader, day_at, doc, revision) VALUES (?, ?, ?, ?)
         ON CONFLICT (leader, day_at) DO UPDATE SET doc = excluded.doc, revision = excluded.revision`,
        leader,
        dayAtMs,
        toJson(next),
        revision,
      );
      this.outbox.add({
        kind: 'copyStats',
        mode: this.mode,
        leaderAddress: leader,
        dayAtMs,
        ...next,
        revision,
      });
      if (leader === NO_LEADER && dayAtMs !== ALL_DAYS && revision === 1) this.prune(nowMs);
    }
  }

  private note(of: { readonly leader: Sum['leader']; readonly atMs: number }, stats: CopyStats): void {
    this.storage.rows(
      'INSERT INTO stat_note (leader, day_at, doc) VALUES (?, ?, ?)',
      of.leader,
      of.atMs - (of.atMs % DAY_MS),
      toJson(stats),
    );
  }

  /** Deletes the notes and returns their totals for every sum that they change. */
  private moved(): readonly Moved[] {
    const notes = this.storage.rows(
      'SELECT seq, leader, day_at, doc FROM stat_note ORDER BY seq LIMIT ?',
      NOTES_MAX,
    );
    const last = notes.at(-1);
    if (last === undefined) return [];
    this.storage.rows('DELETE FROM stat_note WHERE seq <= ?', integer(last, 'seq'));
    const ofDays = new Sums();
    for (const note of notes) {
      const leader: Sum['leader'] = note.leader === NO_LEADER ? NO_LEADER : ownerOf(note, 'leader');
      const sum = { leader, dayAtMs: integer(note, 'day_at') };
      ofDays.add(sum, fromJson<CopyStats>(text(note, 'doc')));
    }
    // The total of each leader's day is added to the larger sums once, however many notes it has.
    const all = new Sums();
    for (const { stats, ...day } of ofDays.list()) for (const sum of sumsOf(day)) all.add(sum, stats);
    return all.list();
  }

  /** Called once a day. If a deleted day is corrected later, D1 keeps its row: the new sum starts at a lower revision. */
  private prune(nowMs: number): void {
    this.storage.rows('DELETE FROM stat_sum WHERE day_at <> ? AND day_at < ?', ALL_DAYS, nowMs - KEPT_MS);
  }
}

/** Totals by sum, in the order in which they were first added to. */
class Sums {
  private readonly sums = new Map<string, Moved>();

  add(sum: Sum, stats: CopyStats): void {
    const key = `${sum.leader} ${sum.dayAtMs}`;
    const known = this.sums.get(key);
    this.sums.set(key, { ...sum, stats: known === undefined ? stats : added(known.stats, stats) });
  }

  list(): readonly Moved[] {
    return [...this.sums.values()];
  }
}

/** The leader's day and all days, and the same of the whole Wallet; EXTERNAL is no copy and not part of the whole (A36). */
function sumsOf({ leader, dayAtMs }: Sum): readonly Sum[] {
  const owners: readonly Sum['leader'][] = leader === EXTERNAL_LEADER ? [leader] : [leader, NO_LEADER];
  return owners.flatMap((owner) => [
    { leader: owner, dayAtMs },
    { leader: owner, dayAtMs: ALL_DAYS },
  ]);
}
