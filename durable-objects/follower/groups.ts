/**
 * A leader's fills on their way to the Wallets: pending fills, the members of closed groups, and the queue of intents. All
 * durable, so that a crash between any two steps neither loses nor doubles a group.
 */
import { assert } from '../../domain/assert.ts';
import type { ExitPart } from '../../domain/decide/decision-facts.ts';
import type { IntentMember } from '../../domain/decide/members.ts';
import { keptLonger, type NewestFill, newestOf } from '../../domain/decide/newest-fill.ts';
import type { LeaderFillSource, ReasonCode, SourceType } from '../../domain/decide/reasons.ts';
import {
  type ConditionId,
  type FillId,
  type GroupKey,
  groupKey,
  type Side,
  type TokenId,
  type TradingMode,
} from '../../domain/ids.ts';
import { fromJson, toJson } from '../../domain/json.ts';
import {
  add,
  type CashMicros,
  cash,
  type PriceMicros,
  priceOfFloor,
  type ShareMicros,
  shares,
} from '../../domain/money.ts';
import { integer, type ObjectStorage, text } from '../platform/ports.ts';
import { type GroupPart, partOfFill } from './members/group-parts.ts';
import { KEPT_MS } from './retention.ts';

export interface PendingFill {
  readonly fillId: FillId;
  /** Absent in fills that an earlier release let wait. */
  readonly member?: Pick<IntentMember, 'id' | 'fromShareMicros'>;
  readonly txHash: string;
  readonly tokenId: TokenId;
  readonly conditionId: ConditionId;
  readonly side: Side;
  readonly shareMicros: ShareMicros;
  readonly priceMicros: PriceMicros;
  readonly notionalMicros: CashMicros;
  readonly eventAtMs: number;
  readonly detectedAtMs: number;
  readonly source: LeaderFillSource;
  /** What the leader held of the token just before this sale; null if that is not wholly known, and for a purchase. */
  readonly heldBeforeMicros: ShareMicros | null;
  /** The last reading of the leader's positions is newer than the fill, so it shows what was left after it. */
  readonly inReading: boolean;
}

/** Fills of one token and side that are copied as one. */
export interface Group {
  readonly groupKey: GroupKey;
  readonly tokenId: TokenId;
  readonly conditionId: ConditionId;
  readonly side: Side;
  readonly fillCount: number;
  readonly shareMicros: ShareMicros;
  readonly notionalMicros: CashMicros;
  readonly referencePriceMicros: PriceMicros;
  /** Of the oldest fill. */
  readonly eventAtMs: number;
  readonly detectedAtMs: number;
  /** What lags count from; null in groups of which an earlier release stored a part. */
  readonly newest: NewestFill | null;
  /** What it is made of; absent in groups that an earlier release stored. */
  readonly parts?: readonly GroupPart[];
}

/** A group on its way to a Wallet. */
export interface Dispatch {
  readonly group: Group;
  readonly sourceType: SourceType;
  readonly ourNotionalMicros: CashMicros | null;
  readonly leaderExited: boolean;
  readonly exit: ExitPart | null;
  readonly presetReason: ReasonCode | null;
}

/** A group that goes on by itself: not gathered, sized by `decide`. */
export function immediateDispatch(group: Group): Dispatch {
  const plain = { ourNotionalMicros: null, leaderExited: false, exit: null, presetReason: null };
  return { group, sourceType: 'IMMEDIATE', ...plain };
}

/** A dispatch in the queue. */
export interface QueuedDispatch {
  readonly id: number;
  readonly dispatch: Dispatch;
}

/** A group closes when no fill came for `quietMs`, and at the latest at `ageMsMax` after its first fill. */
export interface GroupWindow {
  readonly quietMs: number;
  readonly ageMsMax: number;
}

const SCHEMA = [
  `CREATE TABLE IF NOT EXISTS pending_fill (
     fill_id TEXT PRIMARY KEY, slot TEXT NOT NULL, added_at INTEGER NOT NULL, fill TEXT NOT NULL) STRICT, WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS group_member (
     mode TEXT NOT NULL, member_id TEXT NOT NULL, group_key TEXT NOT NULL, at_ms INTEGER NOT NULL,
     PRIMARY KEY (mode, member_id)) STRICT, WITHOUT ROWID`,
  'CREATE INDEX IF NOT EXISTS group_member_by_group ON group_member (mode, group_key)',
  `CREATE TABLE IF NOT EXISTS dispatch (
     id INTEGER PRIMARY KEY AUTOINCREMENT, mode TEXT NOT NULL, group_key TEXT NOT NULL, body TEXT NOT NULL,
     UNIQUE (mode, group_key)) STRICT`,
];

/** An open slot: the fills of one token and side, and when it closes. */
export interface Slot {
  readonly slot: string;
  readonly closeAtMs: number;
}

interface AddedFill {
  readonly fill: PendingFill;
  readonly addedAtMs: number;
}

function slotOf({ tokenId, side }: PendingFill): string {
  return `${tokenId}|${side}`;
}

function groupOf(added: readonly AddedFill[], closeAtMs: number): Group {
  const fills = added.map(({ fill }) => fill);
  const [first] = fills;
  assert(first !== undefined, 'a group needs a fill');
  const size = fills.reduce((sum, fill) => add(sum, fill.shareMicros), shares(0n));
  const notional = fills.reduce((sum, fill) => add(sum, fill.notionalMicros), cash(0n));
  return {
    groupKey: groupKey(fills.map((fill) => fill.fillId)),
    tokenId: first.tokenId,
    conditionId: first.conditionId,
    side: first.side,
    parts: fills.map(partOfFill),
    fillCount: fills.length,
    shareMicros: size,
    notionalMicros: notional,
    referencePriceMicros: priceOfFloor(notional, size),
    eventAtMs: Math.min(...fills.map((fill) => fill.eventAtMs)),
    detectedAtMs: Math.min(...fills.map((fill) => fill.detectedAtMs)),
    // It waits by our rule until the slot is to close; what comes on top of that is a delay.
    newest: newestOf(
      added.map(({ fill: { eventAtMs, detectedAtMs }, addedAtMs }) =>
        keptLonger({ eventAtMs, detectedAtMs, ownWaitMs: 0 }, { sinceMs: addedAtMs, untilMs: closeAtMs }),
      ),
    ),
  };
}

export class Groups {
  constructor(private readonly storage: ObjectStorage) {
    for (const statement of SCHEMA) storage.rows(statement);
  }

  /** Lets a fill wait for its group. The same fill again changes nothing. */
  addPending(fill: PendingFill, nowMs: number): void {
    this.storage.rows(
      'INSERT OR IGNORE INTO pending_fill (fill_id, slot, added_at, fill) VALUES (?, ?, ?, ?)',
      fill.fillId,
      slotOf(fill),
      nowMs,
      toJson(fill),
    );
  }

  /** The open slots, one for each token and side with pending fills, the oldest first, and when each closes. */
  slots(window: GroupWindow): readonly Slot[] {
    return this.storage
      .rows(
        'SELECT slot, min(added_at) AS first, max(added_at) AS last FROM pending_fill GROUP BY slot ORDER BY first',
      )
      .map((row) => ({
        slot: text(row, 'slot'),
        closeAtMs: Math.min(integer(row, 'last') + window.quietMs, integer(row, 'first') + window.ageMsMax),
      }));
  }

  /** Takes the fills of a slot out as a group. The slot must be open. */
  close({ slot, closeAtMs }: Slot): { readonly group: Group; readonly fills: readonly PendingFill[] } {
    const added = this.added(slot);
    this.storage.rows('DELETE FROM pending_fill WHERE slot = ?', slot);
    return { group: groupOf(added, closeAtMs), fills: added.map(({ fill }) => fill) };
  }

  /** The group that `close` would make of the slot. */
  peek({ slot, closeAtMs }: Slot): Group {
    return groupOf(this.added(slot), closeAtMs);
  }

  /** The group that the fill would make if it waited for no other; undefined where another waits that it would join. */
  alone(fill: PendingFill, nowMs: number): Group | undefined {
    const waiting = this.storage.rows(
      'SELECT 1 AS waiting FROM pending_fill WHERE slot = ? LIMIT 1',
      slotOf(fill),
    );
    return waiting.length > 0 ? undefined : groupOf([{ fill, addedAtMs: nowMs }], nowMs);
  }

  private added(slot: string): readonly AddedFill[] {
    return this.storage
      .rows('SELECT fill, added_at FROM pending_fill WHERE slot = ? ORDER BY added_at, fill_id', slot)
      .map((row) => ({
        fill: fromJson<PendingFill>(text(row, 'fill')),
        addedAtMs: integer(row, 'added_at'),
      }));
  }

  /** Records that a fill, group or carry belongs to a group of the mode. It can belong to no other: that is a bug (A4). */
  join(mode: TradingMode, memberId: string, key: GroupKey, nowMs: number): void {
    const known = this.storage.rows(
      'SELECT group_key FROM group_member WHERE mode = ? AND member_id = ?',
      mode,
      memberId,
    )[0];
    assert(known === undefined || known.group_key === key, 'a member is already in another group', {
      memberId,
    });
    if (known !== undefined) return;
    this.storage.rows(
      'INSERT INTO group_member (mode, member_id, group_key, at_ms) VALUES (?, ?, ?, ?)',
      mode,
      memberId,
      key,
      nowMs,
    );
  }

  /** Records that these belong to this group of the mode after all, whichever they were put in before. */
  rejoin(mode: TradingMode, memberIds: readonly string[], key: GroupKey, nowMs: number): void {
    for (const memberId of memberIds)
      this.storage.rows(
        `INSERT INTO group_member (mode, member_id, group_key, at_ms) VALUES (?, ?, ?, ?)
         ON CONFLICT (mode, member_id) DO UPDATE SET group_key = excluded.group_key`,
        mode,
        memberId,
        key,
        nowMs,
      );
  }

  /** What belongs to a group of the mode. */
  members(mode: TradingMode, key: GroupKey): readonly string[] {
    return this.storage
      .rows('SELECT member_id FROM group_member WHERE mode = ? AND group_key = ?', mode, key)
      .map((row) => text(row, 'member_id'));
  }

  /** Adds a group to the mode's queue. The same group again changes nothing. */
  enqueue(mode: TradingMode, dispatch: Dispatch): void {
    this.storage.rows(
      'INSERT OR IGNORE INTO dispatch (mode, group_key, body) VALUES (?, ?, ?)',
      mode,
      dispatch.group.groupKey,
      toJson(dispatch),
    );
  }

  /** The first of the mode's queue. */
  next(mode: TradingMode): QueuedDispatch | undefined {
    const row = this.storage.rows(
      'SELECT id, body FROM dispatch WHERE mode = ? ORDER BY id LIMIT 1',
      mode,
    )[0];
    return row === undefined
      ? undefined
      : { id: integer(row, 'id'), dispatch: fromJson<Dispatch>(text(row, 'body')) };
  }

  /** Puts another dispatch in the place of a queued one. */
  replace(id: number, dispatch: Dispatch): void {
    this.storage.rows(
      'UPDATE dispatch SET group_key = ?, body = ? WHERE id = ?',
      dispatch.group.groupKey,
      toJson(dispatch),
      id,
    );
  }

  /** Removes a group from the queue. */
  done(id: number): void {
    this.storage.rows('DELETE FROM dispatch WHERE id = ?', id);
  }

  /** How many groups wait in the queues of both modes. */
  waiting(): number {
    const row = this.storage.rows('SELECT count(*) AS n FROM dispatch')[0];
    return row === undefined ? 0 : integer(row, 'n');
  }

  /** Forgets old memberships. */
  prune(nowMs: number): void {
    this.storage.rows('DELETE FROM group_member WHERE at_ms < ?', nowMs - KEPT_MS);
  }
}
