/** A leader's splits, merges, conversions and redemptions: recorded once each, and moving his positions (W8). Never copied. */
import { createHash } from 'node:crypto';
import { negate, shares } from '../domain/money.ts';
import type { ActivityRow } from '../polymarket/leader-row.ts';
import type { LeaderPositions } from './leader-positions.ts';
import type { ObserveRequest } from './messages.ts';
import type { Outbox } from './outbox.ts';
import type { ObjectStorage } from './ports.ts';

export class LeaderActivities {
  constructor(
    private readonly storage: ObjectStorage,
    private readonly outbox: Outbox,
    private readonly positions: LeaderPositions,
  ) {
    storage.rows(
      'CREATE TABLE IF NOT EXISTS activity (activity_id TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID',
    );
  }

  /** Takes the activities of a sweep. Equal rows of one sweep are two acts; the same row in two sweeps is one. */
  take(request: ObserveRequest): void {
    const twins = new Map<string, number>();
    for (const row of request.activities) {
      const base = [row.txHash, row.type, row.conditionId, row.shareMicros, row.eventAtMs].join('|');
      const ordinal = twins.get(base) ?? 0;
      twins.set(base, ordinal + 1);
      this.takeOne(request, row, createHash('sha256').update(`activity.v1|${base}|${ordinal}`).digest('hex'));
    }
  }

  prune(nowMs: number): void {
    this.storage.rows('DELETE FROM activity WHERE at_ms < ?', nowMs - 8 * 86_400_000);
  }

  private takeOne(request: ObserveRequest, row: ActivityRow, activityId: string): void {
    const added = this.storage.rows(
      'INSERT OR IGNORE INTO activity (activity_id, at_ms) VALUES (?, ?) RETURNING activity_id',
      activityId,
      row.eventAtMs,
    );
    if (added.length === 0) return;
    const tokenIds =
      Object.values(request.quotes).find((quote) => quote.market?.conditionId === row.conditionId)?.market
        ?.outcomeTokenIds ?? [];
    const signed = row.type === 'SPLIT' ? row.shareMicros : negate(row.shareMicros);
    // A conversion trades tokens of several conditions at once: the next reading of his positions tells its outcome.
    if (row.type !== 'CONVERSION') {
      this.positions.act({ conditionId: row.conditionId, tokenIds, signedShareMicros: shares(signed) });
    }
    this.outbox.add({
      kind: 'leaderActivity',
      activityId,
      leaderAddress: request.leaderAddress,
      txHash: row.txHash,
      type: row.type,
      conditionId: row.conditionId,
      shareMicros: row.shareMicros,
      cashMicros: row.cashMicros,
      eventAtMs: row.eventAtMs,
      detectedAtMs: request.detectedAtMs,
    });
  }
}
