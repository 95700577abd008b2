/** A leader's splits, merges, conversions and redemptions: recorded once each, and moving his positions (W8). Never copied. */
import { createHash } from 'node:crypto';
import { negate } from '../../domain/money.ts';
import type { ActivityRow } from '../../polymarket/public/leader-row.ts';
import type { Outbox } from '../platform/outbox.ts';
import type { ObjectStorage } from '../platform/ports.ts';
import type { ObserveRequest } from '../rpc.ts';
import type { LeaderCurve } from './leader-curve.ts';
import type { LeaderPositions } from './leader-positions.ts';

export class LeaderActivities {
  constructor(
    private readonly storage: ObjectStorage,
    private readonly outbox: Outbox,
    private readonly positions: LeaderPositions,
    private readonly shadow: LeaderCurve,
  ) {
    storage.rows(
      'CREATE TABLE IF NOT EXISTS activity (activity_id TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID',
    );
  }

  /** Takes the activities of a sweep. Equal rows of one sweep are two acts; the same row in two sweeps is one. */
  take(request: ObserveRequest, seededAtMs: number): void {
    const twins = new Map<string, number>();
    for (const row of request.activities) {
      const base = [row.txHash, row.type, row.conditionId, row.shareMicros, row.eventAtMs].join('|');
      const ordinal = twins.get(base) ?? 0;
      twins.set(base, ordinal + 1);
      const activityId = createHash('sha256').update(`activity.v1|${base}|${ordinal}`).digest('hex');
      this.takeOne(request, row, { activityId, seededAtMs });
    }
  }

  prune(nowMs: number): void {
    this.storage.rows('DELETE FROM activity WHERE at_ms < ?', nowMs - 8 * 86_400_000);
  }

  private takeOne(
    request: ObserveRequest,
    row: ActivityRow,
    { activityId, seededAtMs }: { readonly activityId: string; readonly seededAtMs: number },
  ): void {
    const added = this.storage.rows(
      'INSERT OR IGNORE INTO activity (activity_id, at_ms) VALUES (?, ?) RETURNING activity_id',
      activityId,
      row.eventAtMs,
    );
    if (added.length === 0) return;
    const tokenIds =
      Object.values(request.quotes).find((quote) => quote.market?.conditionId === row.conditionId)?.market
        ?.outcomeTokenIds ?? [];
    // A conversion trades tokens of several conditions at once: the next reading of his positions tells its outcome. What
    // he did before the last reading is in it already.
    if (row.type !== 'CONVERSION' && row.eventAtMs >= seededAtMs) {
      const split = row.type === 'SPLIT';
      const signed = split ? row.shareMicros : negate(row.shareMicros);
      this.positions.act({ conditionId: row.conditionId, tokenIds, signedShareMicros: signed });
      this.shadow.moved(split ? negate(row.cashMicros) : row.cashMicros);
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
