/**
 * The small purchases of a mode that wait until together they are worth placing (paper-behaviour.md 3.3), durable. Whatever
 * leaves becomes an intent: one to execute, or one that is only recorded with its reason (W20–W22).
 */
import {
  type BufferedGroup,
  type FlushRules,
  flushReason,
  gather,
  isWorthPlacing,
  nextFlushAtMs,
} from '../../domain/decide/buffering.ts';
import type { ExitPart } from '../../domain/decide/decision-facts.ts';
import { keptLonger, type NewestFill, newestOf } from '../../domain/decide/newest-fill.ts';
import { type ConditionId, groupKey, type TokenId, type TradingMode } from '../../domain/ids.ts';
import { fromJson, toJson } from '../../domain/json.ts';
import {
  type CashMicros,
  cash,
  mulDivFloor,
  price,
  type ShareMicros,
  shares,
  sharesForCashFloor,
} from '../../domain/money.ts';
import type { ModeSettings } from '../../domain/settings/settings.ts';
import { addColumn } from '../platform/add-column.ts';
import { conditionOf, tokenOf } from '../platform/id-columns.ts';
import { integer, micros, type ObjectStorage, text } from '../platform/ports.ts';
import { type Dispatch, type Group, type Groups, immediateDispatch } from './groups.ts';
import type { GroupPart } from './members/group-parts.ts';
import { NEWEST_COLUMN, newestIn, newestText } from './newest-column.ts';

interface BufferRow extends BufferedGroup {
  readonly tokenId: TokenId;
  readonly conditionId: ConditionId;
  readonly fillCount: number;
  readonly eventAtMs: number;
  readonly newest: NewestFill | null;
  /** The leader's fills; none in rows of an earlier release. */
  readonly parts: readonly GroupPart[];
}

interface Moment {
  readonly settings: ModeSettings;
  readonly nowMs: number;
}

export class TradeBuffer {
  constructor(
    private readonly mode: TradingMode,
    private readonly storage: ObjectStorage,
    private readonly groups: Groups,
    /** A token's smallest order at the venue; null while it is not known. */
    private readonly orderShareMicrosMin: (token: TokenId) => ShareMicros | null,
  ) {
    storage.rows(
      `CREATE TABLE IF NOT EXISTS buffered (
         mode TEXT NOT NULL, group_key TEXT NOT NULL, token TEXT NOT NULL, condition TEXT NOT NULL, side TEXT NOT NULL,
         notional INTEGER NOT NULL, shares INTEGER NOT NULL, fills INTEGER NOT NULL, event_at INTEGER NOT NULL,
         added_at INTEGER NOT NULL, PRIMARY KEY (mode, group_key)) STRICT, WITHOUT ROWID`,
    );
    addColumn(storage, 'buffered', NEWEST_COLUMN);
    addColumn(storage, 'buffered', `parts TEXT NOT NULL DEFAULT '[]'`);
    // Earlier releases buffered sales too; an exit is never buffered now (A43).
    storage.rows(`DELETE FROM buffered WHERE side <> 'BUY'`);
  }

  /**
   * Takes a purchase, of which our part is given, in or lets it pass; returns the intents that leave now, in order. Small ones
   * that waited leave before a large one, unless the venue would not take them: those wait on.
   */
  offer(group: Group, ourNotional: CashMicros, given: Moment): Dispatch[] {
    const { settings, nowMs } = given;
    if (ourNotional < BigInt(settings.bufferThresholdNotionalMicros)) {
      this.add(group, ourNotional, nowMs);
      return this.flushDue(settings, nowMs);
    }
    return [...this.flush(group.tokenId, given), immediateDispatch(group)];
  }

  /**
   * Lowers the token's purchases by the fraction that the leader has sold meanwhile (A43); returns the attempt that records
   * them if all of it was sold. Without a fraction they stay.
   */
  lower(token: TokenId, exit: ExitPart | null, given: Moment): Dispatch[] {
    const bucket = this.rows().filter((row) => row.tokenId === token);
    if (bucket.length === 0 || exit?.kind !== 'FRACTION') return [];
    const { soldShareMicros: sold, heldShareMicros: held } = exit;
    if (sold >= held) return [{ ...this.release(bucket, given), presetReason: 'BUFFER_NETTED_TO_ZERO' }];
    for (const row of bucket) {
      this.storage.rows(
        'UPDATE buffered SET notional = ?, shares = ? WHERE mode = ? AND group_key = ?',
        Number(mulDivFloor(row.notionalMicros, held - sold, held)),
        Number(mulDivFloor(row.shareMicros, held - sold, held)),
        this.mode,
        row.groupKey,
      );
    }
    return [];
  }

  /**
   * Takes out every bucket that a rule flushes at this time; every bucket when the buffer is switched off (W39). What is too
   * small to be placed is to be carried (A57).
   */
  flushDue(settings: ModeSettings, nowMs: number): Dispatch[] {
    const out: Dispatch[] = [];
    for (const bucket of this.buckets()) {
      const due =
        !settings.bufferEnabled || flushReason(bucket, this.rules(bucket, settings), nowMs) !== null;
      if (due) out.push(this.release(bucket, { settings, nowMs }));
    }
    return out;
  }

  /** When the next bucket is due if nothing joins it; undefined when nothing waits. */
  nextAtMs(settings: ModeSettings): number | undefined {
    const times = this.buckets().map((bucket) => nextFlushAtMs(bucket, this.rules(bucket, settings)));
    return times.length === 0 ? undefined : Math.min(...times);
  }

  private add(group: Group, notional: CashMicros, nowMs: number): void {
    this.storage.rows(
      `INSERT OR IGNORE INTO buffered
         (mode, group_key, token, condition, side, notional, shares, fills, event_at, added_at, newest, parts)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      this.mode,
      group.groupKey,
      group.tokenId,
      group.conditionId,
      group.side,
      Number(notional),
      Number(sharesForCashFloor(notional, group.referencePriceMicros)),
      group.fillCount,
      group.eventAtMs,
      nowMs,
      newestText(group),
      toJson(group.parts ?? []),
    );
  }

  private rows(): BufferRow[] {
    return this.storage
      .rows('SELECT * FROM buffered WHERE mode = ? ORDER BY added_at, group_key', this.mode)
      .map((row) => ({
        groupKey: text(row, 'group_key'),
        tokenId: tokenOf(row, 'token'),
        conditionId: conditionOf(row, 'condition'),
        notionalMicros: cash(micros(row, 'notional')),
        shareMicros: shares(micros(row, 'shares')),
        fillCount: integer(row, 'fills'),
        eventAtMs: integer(row, 'event_at'),
        addedAtMs: integer(row, 'added_at'),
        newest: newestIn(row),
        parts: fromJson<readonly GroupPart[]>(text(row, 'parts')),
      }));
  }

  private buckets(): BufferRow[][] {
    return [...Map.groupBy(this.rows(), (row) => row.tokenId).values()];
  }

  private flush(token: TokenId, given: Moment): Dispatch[] {
    const bucket = this.rows().filter((row) => row.tokenId === token);
    const placed = isWorthPlacing(gather(bucket), this.rules(bucket, given.settings));
    return placed ? [this.release(bucket, given)] : [];
  }

  private rules(bucket: readonly BufferRow[], settings: ModeSettings): FlushRules {
    const token = bucket[0]?.tokenId;
    return {
      settings,
      orderShareMicrosMin: token === undefined ? null : this.orderShareMicrosMin(token),
    };
  }

  /** Takes a bucket out as one group over its members' keys, with a reason when it is not to be placed. */
  private release(bucket: readonly BufferRow[], { settings, nowMs }: Moment): Dispatch {
    const first = bucket[0]!;
    const rules = this.rules(bucket, settings);
    // What comes on top of the time at which the bucket was due is a delay.
    const untilMs = Math.min(nowMs, nextFlushAtMs(bucket, rules));
    const key = groupKey(bucket.map((row) => row.groupKey));
    for (const row of bucket) {
      this.groups.join(this.mode, row.groupKey, key, row.addedAtMs);
      this.storage.rows('DELETE FROM buffered WHERE mode = ? AND group_key = ?', this.mode, row.groupKey);
    }
    const gathered = gather(bucket);
    const placed = isWorthPlacing(gathered, rules);
    return {
      group: {
        groupKey: key,
        tokenId: first.tokenId,
        conditionId: first.conditionId,
        side: 'BUY',
        parts: bucket.flatMap((row) => row.parts),
        fillCount: bucket.reduce((sum, row) => sum + row.fillCount, 0),
        shareMicros: gathered?.shareMicros ?? shares(0n),
        notionalMicros: gathered?.notionalMicros ?? cash(0n),
        referencePriceMicros: gathered?.referencePriceMicros ?? price(0n),
        eventAtMs: Math.max(...bucket.map((row) => row.eventAtMs)),
        detectedAtMs: Math.min(...bucket.map((row) => row.addedAtMs)),
        newest: newestOf(
          bucket.map(({ newest, addedAtMs: sinceMs }) => newest && keptLonger(newest, { sinceMs, untilMs })),
        ),
      },
      sourceType: 'BUFFER',
      ourNotionalMicros: gathered?.notionalMicros ?? cash(0n),
      leaderExited: false,
      exit: null,
      presetReason: gathered === null ? 'BUFFER_NETTED_TO_ZERO' : placed ? null : 'CARRIED',
    };
  }
}
