/**
 * The members of every intent that this Wallet has decided, in its own SQLite (design.md 4): whoever calls with another key for the
 * same shares is refused. Written in the transaction of the decision, skips and waiting intents too.
 */
import type { DecidedMember, IntentMember } from '../../../domain/decide/members.ts';
import type { GroupKey, Side } from '../../../domain/ids.ts';
import { shares } from '../../../domain/money.ts';
import { DAY_MS } from '../../../domain/time.ts';
import { micros, microsColumn, type ObjectStorage, text } from '../../platform/ports.ts';

/**
 * No leader act is executed by itself once it is older than the longest `copyAgeMsMax` (a day) or `exitAgeMsMax` (30 days), so that
 * nothing is lost with members that are older, wherever the cursor of the sweeps stands.
 */
const KEPT_MS: Readonly<Record<Side, number>> = { BUY: 8 * DAY_MS, SELL: 31 * DAY_MS };

export class DecidedMembers {
  constructor(private readonly storage: ObjectStorage) {
    storage.rows(
      `CREATE TABLE IF NOT EXISTS decided_member (
         member_id TEXT NOT NULL, from_shares INTEGER NOT NULL, shares INTEGER NOT NULL, group_key TEXT NOT NULL,
         keep_until INTEGER NOT NULL, PRIMARY KEY (member_id, from_shares)) STRICT, WITHOUT ROWID`,
    );
    storage.rows('CREATE INDEX IF NOT EXISTS decided_member_end ON decided_member (keep_until)');
  }

  /** What is decided of these members, under whatever key. */
  of(members: readonly IntentMember[]): readonly DecidedMember[] {
    if (members.length === 0) return [];
    return this.storage
      .rows(
        `SELECT m.member_id, m.from_shares, m.shares, m.group_key
         FROM json_each(?) AS asked CROSS JOIN decided_member AS m ON m.member_id = asked.value ->> 0
         WHERE m.from_shares < asked.value ->> 2 AND m.from_shares + m.shares > asked.value ->> 1`,
        listed(members),
      )
      .map((row) => ({
        id: text(row, 'member_id'),
        fromShareMicros: shares(micros(row, 'from_shares')),
        shareMicros: shares(micros(row, 'shares')),
        // The cast is true: only keys of intents are written here.
        groupKey: text(row, 'group_key') as GroupKey,
      }));
  }

  /** Notes that these are decided. Throws where one is already: the caller has looked, in the same turn. */
  add(
    members: readonly IntentMember[],
    { groupKey, side }: { groupKey: GroupKey; side: Side },
    nowMs: number,
  ): void {
    if (members.length === 0) return;
    this.storage.rows(
      `INSERT INTO decided_member (member_id, from_shares, shares, group_key, keep_until)
       SELECT value ->> 0, value ->> 1, (value ->> 2) - (value ->> 1), ?, ? FROM json_each(?)`,
      groupKey,
      nowMs + KEPT_MS[side],
      listed(members),
    );
  }

  prune(nowMs: number): void {
    this.storage.rows('DELETE FROM decided_member WHERE keep_until < ?', nowMs);
  }
}

/** As one parameter: id, first share and the one after the last of each. */
function listed(members: readonly IntentMember[]): string {
  return JSON.stringify(
    members.map(({ id, fromShareMicros, shareMicros }) => [
      id,
      microsColumn(fromShareMicros),
      microsColumn(fromShareMicros + shareMicros),
    ]),
  );
}
