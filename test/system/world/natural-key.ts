import { toJson } from '../../../domain/json.ts';
import type { OutboxRecord } from '../../../domain/records/records.ts';

/** The key under which D1 keeps a row (domain/records/records.ts). */
export function naturalKey(record: OutboxRecord): string {
  switch (record.kind) {
    case 'leaderFill':
      return toJson([record.kind, record.fillId]);
    case 'leaderActivity':
      return toJson([record.kind, record.activityId]);
    case 'groupMember':
      return toJson([record.kind, record.mode, record.memberId]);
    case 'attempt':
      return toJson([record.kind, record.mode, record.leaderAddress, record.groupKey]);
    case 'copyFill':
      return toJson([record.kind, record.mode, record.fillKey]);
    case 'ledger':
      return toJson([record.kind, record.mode, record.refId, record.entryType]);
    case 'position':
      return toJson([record.kind, record.mode, record.leaderAddress, record.tokenId]);
    case 'snapshot':
      return toJson([
        record.kind,
        record.mode,
        record.portfolioScope,
        record.leaderAddress,
        record.bucket,
        record.bucketAtMs,
      ]);
    case 'copyStats':
      return toJson([record.kind, record.mode, record.leaderAddress, record.dayAtMs]);
    case 'leaderPosition':
      return toJson([record.kind, record.leaderAddress, record.tokenId]);
    case 'market':
      return toJson([record.kind, record.tokenId]);
    case 'quarantine':
      return toJson([record.kind, record.quarantineId]);
    case 'liveOrder':
      return toJson([record.kind, record.orderKey]);
    case 'liveFill':
      return toJson([record.kind, record.tradeId, record.orderId]);
    case 'venuePosition':
      return toJson([record.kind, record.tokenId]);
    case 'difference':
      return toJson([record.kind, record.subject, record.tokenId, record.firstSeenAtMs]);
  }
}
