/** The Wallet's counts on their own: to which day they belong, what is sent to D1 and when, and what a rollback leaves. */
import { beforeEach, describe, expect, it } from 'vitest';
import { cash, shares } from '../../../domain/money.ts';
import { EMPTY_POSITION } from '../../../domain/portfolio/portfolio.ts';
import { summed } from '../../../domain/records/copy-stats.ts';
import type { CopyStatsRecord } from '../../../domain/records/records.ts';
import { DAY_MS, MINUTE_MS, SECOND_MS } from '../../../domain/time.ts';
import { Outbox } from '../../../durable-objects/platform/outbox.ts';
import { AttemptStats } from '../../../durable-objects/wallet/attempt-stats.ts';
import { attempt, LEADER, ledgerEntry, OTHER_LEADER } from '../../ledger/records.ts';
import { MemoryPorts } from '../memory-ports.ts';

const MONDAY = Date.UTC(2026, 10, 23);
const TUESDAY = MONDAY + DAY_MS;
/** The last second of Monday. */
const LATE = TUESDAY - SECOND_MS;

let ports: MemoryPorts;
let stats: AttemptStats;

beforeEach(() => {
  ports = new MemoryPorts();
  stats = made();
});

function made(): AttemptStats {
  return new AttemptStats(
    'PAPER',
    ports,
    new Outbox(
      ports,
      async () => {},
      () => {},
    ),
  );
}

function sent(): readonly CopyStatsRecord[] {
  return ports.outboxedOf('copyStats');
}

/** What D1 has of the leader and the day. */
function latest(leaderAddress: string, dayAtMs: number): CopyStatsRecord | undefined {
  return sent()
    .filter((row) => row.leaderAddress === leaderAddress && row.dayAtMs === dayAtMs)
    .sort((left, right) => left.revision - right.revision)
    .at(-1);
}

const skip = attempt({ decision: 'SKIP', reasons: ['BOOK_STALE'], filledShareMicros: 0n, decidedAtMs: LATE });

describe('the counts of a Wallet', () => {
  it('are sent once a minute as one row each for the leader and the whole, of the day and of all days', () => {
    for (let copy = 0; copy < 50; copy += 1) stats.attempted(skip);
    stats.publish(LATE);
    expect(sent().map((row) => [row.leaderAddress, row.dayAtMs, row.attempts, row.revision])).toEqual([
      [LEADER, MONDAY, 50, 1],
      [LEADER, 0, 50, 1],
      ['', MONDAY, 50, 1],
      ['', 0, 50, 1],
    ]);
    stats.publish(LATE + MINUTE_MS);
    expect(sent()).toHaveLength(4);
  });

  it('add up over leaders and days', () => {
    stats.attempted(skip);
    stats.publish(LATE);
    stats.attempted(attempt({ decidedAtMs: TUESDAY }));
    stats.attempted(attempt({ decidedAtMs: TUESDAY, leaderAddress: OTHER_LEADER }));
    stats.publish(TUESDAY);
    expect(latest(LEADER, 0)).toMatchObject({ attempts: 2, executed: 1, skipped: 1, revision: 2 });
    expect(latest('', 0)).toMatchObject({ attempts: 3, executed: 2, skipped: 1, revision: 2 });
    for (const leader of [LEADER, OTHER_LEADER, '']) {
      const days = [MONDAY, TUESDAY].flatMap((day) => latest(leader, day) ?? []);
      const { kind, mode, leaderAddress, dayAtMs, revision, ...whole } = latest(leader, 0)!;
      expect(summed(days), leader).toEqual(whole);
    }
  });

  it('correct the day of the decision when fills come on the next', () => {
    const first = attempt({ decidedAtMs: LATE, filledShareMicros: 0n, vwapPriceMicros: null });
    stats.attempted(first);
    stats.publish(LATE);
    expect(latest(LEADER, MONDAY)).toMatchObject({ executed: 1, unfilled: 1 });
    stats.attempted(attempt({ decidedAtMs: LATE, revision: 2 }), first);
    stats.publish(TUESDAY + MINUTE_MS);
    expect(latest(LEADER, MONDAY)).toMatchObject({ attempts: 1, executed: 1, unfilled: 0, revision: 2 });
    expect(latest(LEADER, TUESDAY)).toBeUndefined();
  });

  it('move with a sale that waited over midnight to the day on which it was decided in the end', () => {
    const waiting = attempt({ decision: 'WAIT', decidedAtMs: LATE });
    stats.attempted(waiting);
    stats.publish(LATE);
    stats.attempted(attempt({ decidedAtMs: TUESDAY, revision: 2 }), waiting);
    stats.publish(TUESDAY);
    expect(latest(LEADER, MONDAY)).toMatchObject({ attempts: 0, executed: 0 });
    expect(latest(LEADER, TUESDAY)).toMatchObject({ attempts: 1, executed: 1 });
    expect(latest(LEADER, 0)).toMatchObject({ attempts: 1, executed: 1 });
  });

  it('are not sent again when an attempt changes in what is not counted', () => {
    stats.attempted(skip);
    stats.publish(LATE);
    stats.attempted({ ...skip, revision: 2, feeMicros: cash(1n) }, skip);
    stats.publish(LATE + MINUTE_MS);
    expect(sent()).toHaveLength(4);
  });

  it('leave an attempt as it was counted when nothing earlier is known of it any more', () => {
    stats.attempted(skip);
    stats.attempted({ ...skip, revision: 3 });
    stats.publish(LATE);
    expect(latest('', 0)).toMatchObject({ attempts: 1 });
  });

  it('take a win back on the day on which it was made', () => {
    const entry = ledgerEntry({ shareDeltaMicros: -5n });
    const before = { ...EMPTY_POSITION, shareMicros: shares(5n) };
    const after = { ...EMPTY_POSITION, realisedMicros: cash(3n) };
    stats.booked(entry, { before, after, atMs: LATE });
    stats.publish(LATE);
    expect(latest(LEADER, MONDAY)).toMatchObject({ wins: 1, losses: 0 });
    const undo = ledgerEntry({ entryType: 'REVERSAL', shareDeltaMicros: 5n });
    stats.booked(undo, { before: after, after: before, atMs: LATE });
    stats.publish(TUESDAY);
    expect(latest(LEADER, MONDAY)).toMatchObject({ wins: 0, losses: 0 });
    expect(latest(LEADER, TUESDAY)).toBeUndefined();
  });

  it('are whole after a death between the attempt and the minute', () => {
    stats.attempted(skip);
    stats = made();
    stats.attempted(skip);
    stats.publish(LATE);
    expect(latest('', 0)).toMatchObject({ attempts: 2 });
  });

  it('of days long past make room, and what D1 has of them is not overwritten', () => {
    stats.attempted(skip);
    stats.publish(LATE);
    const days = (): unknown =>
      ports.storage.rows('SELECT DISTINCT day_at FROM stat_sum ORDER BY day_at').map((row) => row.day_at);
    const later = MONDAY + 40 * DAY_MS;
    stats.attempted({ ...skip, decidedAtMs: later });
    stats.publish(later);
    expect(days()).toEqual([0, later]);
    expect(latest(LEADER, 0)).toMatchObject({ attempts: 2 });
    // D1 takes only a revision above the one it has.
    stats.attempted(skip);
    stats.publish(later);
    expect(
      sent()
        .filter((row) => row.dayAtMs === MONDAY)
        .map((row) => row.revision),
    ).toEqual([1, 1, 1, 1]);
  });

  it('that cannot be added up are logged, and cost the minute of the Wallet nothing', () => {
    ports.storage.rows('INSERT INTO stat_note (leader, day_at, doc) VALUES (?, ?, ?)', 'l', 0, 'not JSON');
    expect(() => stats.publish(MONDAY)).not.toThrow();
    expect(ports.logs.map((line) => line.level)).toEqual(['error']);
    expect(sent()).toEqual([]);
  });
});
