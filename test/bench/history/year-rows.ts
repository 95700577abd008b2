// The rows of one day after another, as five leaders and the paper Wallet leave them: fills, copies, positions that close
// after a while, snapshots and counts. The same for the same seed.
import type { DatabaseSync } from 'node:sqlite';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../domain/time.ts';
import { leaderPositions, markets, portfolioSnapshots, positions } from '../../../ledger/schema/schema.ts';
import { copyStats } from '../../../ledger/schema/stats-schema.ts';
import {
  leaderPosition,
  market,
  position,
  snapshot,
  copyStats as statsRecord,
} from '../../ledger/records.ts';
import { inserter } from './inserter.ts';
import { Chance, scaleOf } from './scale.ts';
import { TradeRows } from './trades.ts';

const LEADERS = 5;
/** Markets that are traded for the first time on each day. */
const MARKETS_PER_DAY = 20;

export class YearRows {
  readonly leaders: readonly string[];
  private readonly put;
  private readonly chance = new Chance('year');

  constructor(
    private readonly sqlite: DatabaseSync,
    private readonly given: { readonly fillsPerDay: number; readonly startMs: number },
  ) {
    this.leaders = Array.from({ length: LEADERS }, () => `0x${this.chance.id().slice(0, 40)}`);
    this.put = {
      market: inserter(sqlite, markets, ['marketNo']),
      position: inserter(sqlite, positions),
      leaderPosition: inserter(sqlite, leaderPositions),
      snapshot: inserter(sqlite, portfolioSnapshots),
      stats: inserter(sqlite, copyStats),
    };
  }

  writeDay(day: number): void {
    const { sqlite, given } = this;
    const fromMs = given.startMs + day * DAY_MS;
    sqlite.exec('BEGIN');
    const names = Array.from({ length: MARKETS_PER_DAY }, (_, index) => this.market(day, index, fromMs));
    const scale = scaleOf({ seed: `year:${day}`, rows: given.fillsPerDay, nowMs: fromMs + DAY_MS });
    new TradeRows(
      sqlite,
      { ...scale, fromMs, leaders: [...this.leaders, 'rare'], markets: names },
      DAY_MS,
    ).write();
    this.snapshots(fromMs);
    for (const leaderAddress of ['', ...this.leaders])
      this.put.stats(statsRecord({ leaderAddress, dayAtMs: fromMs }));
    sqlite.exec('COMMIT');
  }

  private market(day: number, index: number, fromMs: number) {
    const { chance, put, leaders } = this;
    const id = { conditionId: `0x${chance.id()}`, title: `Will number ${index} of day ${day} be drawn?` };
    const tokens = [chance.id(), chance.id()] as const;
    for (const [number, tokenId] of tokens.entries()) {
      const closeAtMs = fromMs + (1 + chance.below(60)) * DAY_MS;
      put.market(
        market({ ...id, tokenId, slug: `d${day}-${index}`, outcome: number === 0 ? 'Yes' : 'No', closeAtMs }),
      );
      const leaderAddress = leaders[index % leaders.length] ?? '';
      // One in twenty stays open to the end: a position that is never sold, in a market that never ends.
      const shareMicros = chance.below(20) === 0 ? 1_000_000n : 0n;
      put.position(position({ leaderAddress, tokenId, conditionId: id.conditionId, shareMicros }));
      put.leaderPosition(
        leaderPosition({ leaderAddress, tokenId, conditionId: id.conditionId, shareMicros }),
      );
    }
    return { ...id, tokens };
  }

  private snapshots(fromMs: number): void {
    const { put, leaders } = this;
    for (let minute = 0; minute < DAY_MS / MINUTE_MS; minute += 1)
      put.snapshot(snapshot({ bucket: 'MINUTE', bucketAtMs: fromMs + minute * MINUTE_MS }));
    put.snapshot(snapshot({ bucket: 'DAY', bucketAtMs: fromMs }));
    for (let hour = 0; hour < 24; hour += 1) {
      const bucketAtMs = fromMs + hour * HOUR_MS;
      put.snapshot(snapshot({ bucket: 'HOUR', bucketAtMs }));
      for (const leaderAddress of leaders) {
        for (const bucket of ['MINUTE', 'HOUR'] as const)
          put.snapshot(snapshot({ leaderAddress, bucket, bucketAtMs }));
        // Each copy of the hour makes a slice of its own.
        for (let copy = 1; copy <= 4; copy += 1)
          put.snapshot(
            snapshot({ leaderAddress, bucket: 'MINUTE', bucketAtMs: bucketAtMs + copy * MINUTE_MS }),
          );
        put.snapshot(snapshot({ leaderAddress, portfolioScope: 'SHADOW_USER', bucket: 'HOUR', bucketAtMs }));
      }
    }
  }
}
