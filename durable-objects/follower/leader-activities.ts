/**
 * A leader's splits, merges, conversions and redemptions: recorded once each, moving their holdings (W8). A merge leaves as much
 * as a sale does, so it is an exit (A48); a redemption settles with the market. What a conversion is `conversions.ts` finds out.
 */
import { createHash } from 'node:crypto';
import { min } from '../../domain/money.ts';
import type { ActivityRow } from '../../polymarket/public/leader-row.ts';
import type { Outbox } from '../platform/outbox.ts';
import type { ObjectStorage } from '../platform/ports.ts';
import type { ObserveRequest } from '../rpc.ts';
import type { Conversions } from './conversions.ts';
import type { ActivityExit } from './intents.ts';
import type { LeaderControl } from './leader-control.ts';
import type { LeaderHoldings } from './leader-holdings.ts';
import { KEPT_MS } from './retention.ts';

export class LeaderActivities {
  constructor(
    private readonly storage: ObjectStorage,
    private readonly outbox: Outbox,
    private readonly holdings: LeaderHoldings,
    private readonly conversions: Conversions,
    private readonly control: LeaderControl,
  ) {
    storage.rows(
      'CREATE TABLE IF NOT EXISTS activity (activity_id TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID',
    );
  }

  /**
   * Takes the activities of a sweep; returns the exits among them. Equal rows of one sweep are two acts; the same row in two
   * sweeps is one.
   */
  take(request: ObserveRequest): readonly ActivityExit[] {
    const exits: ActivityExit[] = [];
    const twins = new Map<string, number>();
    for (const row of request.activities) {
      const base = [row.txHash, row.type, row.conditionId, row.shareMicros, row.eventAtMs].join('|');
      const ordinal = twins.get(base) ?? 0;
      twins.set(base, ordinal + 1);
      const activityId = createHash('sha256').update(`activity.v1|${base}|${ordinal}`).digest('hex');
      exits.push(...this.takeOne(request, row, activityId));
    }
    return exits;
  }

  prune(nowMs: number): void {
    this.storage.rows('DELETE FROM activity WHERE at_ms < ?', nowMs - KEPT_MS);
  }

  private takeOne(request: ObserveRequest, row: ActivityRow, activityId: string): readonly ActivityExit[] {
    const added = this.storage.rows(
      'INSERT OR IGNORE INTO activity (activity_id, at_ms) VALUES (?, ?) RETURNING activity_id',
      activityId,
      row.eventAtMs,
    );
    if (added.length === 0) return [];
    const market = Object.values(request.quotes).find(
      (quote) => quote.market?.conditionId === row.conditionId,
    )?.market;
    const left =
      row.type === 'CONVERSION'
        ? []
        : this.holdings.moved({
            kind: row.type,
            conditionId: row.conditionId,
            tokenIds: market?.outcomeTokenIds ?? this.holdings.tokensOf(row.conditionId),
            shareMicros: row.shareMicros,
            cashMicros: row.cashMicros,
            eventAtMs: row.eventAtMs,
          });
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
    const isUnknown = row.type === 'CONVERSION' || (row.type === 'MERGE' && !this.holdings.isWhole());
    if (isUnknown && !this.control.isHistory(row.eventAtMs))
      this.conversions.begin(row, activityId, request.detectedAtMs);
    if (row.type !== 'MERGE') return [];
    return left.map(({ tokenId, heldShareMicros }) => ({
      activityId,
      tokenId,
      conditionId: row.conditionId,
      soldShareMicros: min(row.shareMicros, heldShareMicros),
      heldShareMicros,
      eventAtMs: row.eventAtMs,
      detectedAtMs: request.detectedAtMs,
    }));
  }
}
