/**
 * The rows of a Wallet's positions: their table, and what a row says of shares, cost and mark. Those that hold shares are kept
 * in memory, since every decision reads them all. The marks of a minute are stored together beside the rows, since each row that
 * is written is billed; of the two the higher revision counts. PortfolioStore owns them.
 */
import type { ConditionId, SliceOwner, TokenId, TradingMode } from '../../domain/ids.ts';
import type { PriceAt } from '../../domain/market/book.ts';
import { MARK_RULES, type Mark, marked } from '../../domain/market/mark.ts';
import { cash, type PriceMicros, price, shares } from '../../domain/money.ts';
import type { Position } from '../../domain/portfolio/portfolio.ts';
import { sliceKey } from '../../domain/portfolio/slice-key.ts';
import type { PricedPosition } from '../../domain/portfolio/worth.ts';
import { conditionOf, ownerOf, tokenOf } from '../platform/id-columns.ts';
import { integer, micros, microsColumn, type ObjectStorage, type SqlRow } from '../platform/ports.ts';
import type { StoredMark, WalletKeyValue } from './keys.ts';
import { hasMoved, isNewer, StoredMarks } from './minute/stored-marks.ts';

export interface HeldPosition extends PricedPosition {
  readonly leaderAddress: SliceOwner;
  readonly tokenId: TokenId;
  readonly conditionId: ConditionId;
  /** When the mark was current; zero before the first. */
  readonly markedAtMs: number;
  readonly revision: number;
}

/** What the feed or a decision saw of a token's price. */
export interface Marking {
  readonly mark: Mark;
  /** The best bid, zero where nobody bids; null if no book gave the mark. */
  readonly bidPriceMicros: PriceMicros | null;
  /** The market has ended and has no result yet. */
  readonly ended: boolean;
}

/** On paper no position can be short. Live, the venue decides what happened, and a leader's slice may be. */
const POSITION_TABLES = { PAPER: 'position', LIVE: 'live_position' } as const;
const SHARES_CHECKS = { PAPER: 'CHECK (shares >= 0)', LIVE: '' } as const;

/** Columns that releases before A49 did not have: which rule gave the mark, the bid beside it, and the last good mark. */
const MARK_COLUMNS = [
  'mark_rule TEXT',
  'bid INTEGER',
  'good_mark INTEGER',
  'good_at INTEGER',
  'ended INTEGER',
];

/** Its values are those of `markColumns`. */
const SET_MARK = ', mark = ?, mark_rule = ?, marked_at = ?, bid = ?, ended = ?, good_mark = ?, good_at = ?';

/** A position that holds shares, or is short of them, and its last good mark; null if it never had one. */
interface Held {
  readonly position: HeldPosition;
  readonly lastGood: PriceAt | null;
}

export class PositionTable {
  readonly table: string;
  private readonly marks: StoredMarks;
  /** By slice; undefined until they are first read, and after a transaction that was rolled back. */
  private held: Map<string, Held> | undefined;
  /** Of `held`, in the order of the keys; undefined after each change. */
  private list: readonly HeldPosition[] | undefined;

  constructor(
    mode: TradingMode,
    private readonly storage: ObjectStorage,
    kv: WalletKeyValue,
  ) {
    this.table = positionTable(mode, storage, kv);
    this.marks = new StoredMarks(kv);
    storage.onRollback(() => {
      this.held = undefined;
      this.list = undefined;
    });
  }

  /** Positions that hold shares, or are short of them, by leader and token. */
  open(): readonly HeldPosition[] {
    this.list ??= [...this.read().values()].map((one) => one.position).sort(bySlice);
    return this.list;
  }

  of(leader: SliceOwner, token: TokenId): HeldPosition | undefined {
    const known = this.read().get(sliceKey({ leaderAddress: leader, tokenId: token }));
    if (known !== undefined) return known.position;
    const row = this.storage.rows(
      `SELECT * FROM ${this.table} WHERE leader = ? AND token = ?`,
      leader,
      token,
    )[0];
    return row === undefined ? undefined : positionOf(row);
  }

  /** The newest good mark of the token among what is held; null if it never had one. */
  lastGoodMark(token: TokenId): PriceAt | null {
    let newest: PriceAt | null = null;
    for (const { position, lastGood } of this.read().values())
      if (position.tokenId === token && lastGood !== null && lastGood.atMs > (newest?.atMs ?? -1))
        newest = lastGood;
    return newest;
  }

  put(
    slice: Pick<HeldPosition, 'leaderAddress' | 'tokenId'> & { readonly conditionId: string },
    after: Position,
  ): void {
    const before = this.read().get(sliceKey(slice));
    const rows = this.storage.rows(
      `INSERT INTO ${this.table} (leader, token, condition, shares, cost, realised, mark, marked_at, revision)
       VALUES (?, ?, ?, ?, ?, ?, NULL, 0, 1)
       ON CONFLICT (leader, token) DO UPDATE SET shares = excluded.shares, cost = excluded.cost,
         realised = excluded.realised, revision = max(revision, ?) + 1${before?.position.mark ? SET_MARK : ''}
       RETURNING *`,
      slice.leaderAddress,
      slice.tokenId,
      slice.conditionId,
      microsColumn(after.shareMicros),
      microsColumn(after.costMicros),
      microsColumn(after.realisedMicros),
      before?.position.revision ?? 0,
      ...(before === undefined ? [] : markColumns(before)),
    );
    for (const row of rows) {
      const [key, held] = heldIn(row);
      if (held.position.shareMicros === 0n) this.read().delete(key);
      else this.read().set(key, held);
    }
    this.list = undefined;
  }

  /**
   * Sets the mark of every open position in the token. The revision moves only with the price or the rule. A row is written
   * only where something besides the time has moved.
   */
  mark(token: TokenId, marking: Marking): void {
    for (const { before, after } of this.markInMemory(token, marking)) {
      const { position } = after;
      if (!hasMoved(before.position, position)) continue;
      this.storage.rows(
        `UPDATE ${this.table} SET revision = ?${SET_MARK} WHERE leader = ? AND token = ?`,
        position.revision,
        ...markColumns(after),
        position.leaderAddress,
        position.tokenId,
      );
    }
  }

  /** The same for many tokens, in as few rows as hold them all. */
  markAll(markings: readonly (readonly [token: TokenId, marking: Marking])[]): void {
    const changes = markings.flatMap(([token, marking]) => this.markInMemory(token, marking));
    if (changes.length === 0) return;
    const marks = [...this.read().values()].flatMap((held) => storedMark(held) ?? []);
    this.marks.write(marks);
  }

  /** Returns the open positions in the token, as they were and as they are with this mark. */
  private markInMemory(
    token: TokenId,
    { mark, bidPriceMicros, ended }: Marking,
  ): readonly { readonly before: Held; readonly after: Held }[] {
    const changes: { readonly before: Held; readonly after: Held }[] = [];
    for (const [key, before] of this.read()) {
      if (before.position.tokenId !== token) continue;
      const known = before.position.mark;
      const moved = known?.priceMicros !== mark.priceMicros || known.rule !== mark.rule;
      const revision = before.position.revision + (moved ? 1 : 0);
      const lastGood = mark.good ? { priceMicros: mark.priceMicros, atMs: mark.atMs } : before.lastGood;
      const after = withMark(before, { revision, mark, bidPriceMicros, ended, lastGood });
      this.read().set(key, after);
      changes.push({ before, after });
    }
    if (changes.length > 0) this.list = undefined;
    return changes;
  }

  private read(): Map<string, Held> {
    if (this.held === undefined) {
      const rows = this.storage.rows(`SELECT * FROM ${this.table} WHERE shares <> 0`);
      // Only once every row is read: a row that cannot be read must not look like one that is not there.
      const held = new Map(rows.map(heldIn));
      for (const stored of this.marks.read()) {
        const row = held.get(stored.slice);
        if (row !== undefined && isNewer(stored, row.position)) held.set(stored.slice, withMark(row, stored));
      }
      this.held = held;
      this.list = undefined;
    }
    return this.held;
  }
}

function heldIn(row: SqlRow): readonly [key: string, held: Held] {
  const position = positionOf(row);
  return [sliceKey(position), { position, lastGood: goodMarkIn(row) }];
}

type MarkFields = Omit<StoredMark, 'slice'>;

function withMark({ position }: Held, { revision, mark, bidPriceMicros, ended, lastGood }: MarkFields): Held {
  const markPriceMicros = mark.priceMicros;
  return {
    position: { ...position, revision, mark, markPriceMicros, bidPriceMicros, ended, markedAtMs: mark.atMs },
    lastGood,
  };
}

/** The values of SET_MARK; none for a position that has no mark yet. */
function markColumns({ position, lastGood }: Held): readonly (string | number | null)[] {
  const { mark, bidPriceMicros, ended } = position;
  if (mark === null) return [];
  return [
    ...[microsColumn(mark.priceMicros), mark.rule, mark.atMs],
    ...[bidPriceMicros === null ? null : microsColumn(bidPriceMicros), ended ? 1 : 0],
    ...(lastGood === null ? [null, null] : [microsColumn(lastGood.priceMicros), lastGood.atMs]),
  ];
}

/** Undefined for a position that has no mark yet. */
function storedMark({ position, lastGood }: Held): StoredMark | undefined {
  const { revision, mark, bidPriceMicros, ended } = position;
  if (mark === null) return undefined;
  return { slice: sliceKey(position), revision, mark, bidPriceMicros, ended, lastGood };
}

function bySlice(left: HeldPosition, right: HeldPosition): number {
  return textOrder(left.leaderAddress, right.leaderAddress) || textOrder(left.tokenId, right.tokenId);
}

/** As SQLite orders the ids, which are plain ASCII. */
function textOrder(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The table of the mode's positions, made if it is not there. */
function positionTable(mode: TradingMode, storage: ObjectStorage, kv: WalletKeyValue): string {
  const table = POSITION_TABLES[mode];
  const isOfEarlierRelease =
    kv.get(`markColumns:${mode}`) === undefined &&
    storage.rows('SELECT 1 FROM sqlite_master WHERE name = ?', table).length > 0;
  if (isOfEarlierRelease)
    for (const column of MARK_COLUMNS) storage.rows(`ALTER TABLE ${table} ADD COLUMN ${column}`);
  for (const statement of schemaOf(mode)) storage.rows(statement);
  if (kv.get(`markColumns:${mode}`) === undefined) kv.put(`markColumns:${mode}`, 1);
  return table;
}

const schemaOf = (mode: TradingMode): readonly string[] => [
  `CREATE TABLE IF NOT EXISTS ${POSITION_TABLES[mode]} (
     leader TEXT NOT NULL, token TEXT NOT NULL, condition TEXT NOT NULL,
     shares INTEGER NOT NULL ${SHARES_CHECKS[mode]}, cost INTEGER NOT NULL, realised INTEGER NOT NULL,
     mark INTEGER, marked_at INTEGER NOT NULL, revision INTEGER NOT NULL, ${MARK_COLUMNS.join(', ')},
     PRIMARY KEY (leader, token)) STRICT, WITHOUT ROWID`,
  `CREATE INDEX IF NOT EXISTS ${POSITION_TABLES[mode]}_open ON ${POSITION_TABLES[mode]} (leader, token) WHERE shares <> 0`,
];

function positionOf(row: SqlRow): HeldPosition {
  const mark = markIn(row);
  return {
    leaderAddress: ownerOf(row, 'leader'),
    tokenId: tokenOf(row, 'token'),
    conditionId: conditionOf(row, 'condition'),
    shareMicros: shares(micros(row, 'shares')),
    costMicros: cash(micros(row, 'cost')),
    realisedMicros: cash(micros(row, 'realised')),
    markPriceMicros: mark?.priceMicros ?? null,
    mark,
    bidPriceMicros: priceOrNull(row, 'bid'),
    ended: row.ended === 1,
    markedAtMs: integer(row, 'marked_at'),
    revision: integer(row, 'revision'),
  };
}

/** A mark that an older release stored without its rule is not good: the next minute replaces it. */
function markIn(row: SqlRow): Mark | null {
  const priceMicros = priceOrNull(row, 'mark');
  if (priceMicros === null) return null;
  const rule = MARK_RULES.find((known) => known === row.mark_rule) ?? 'STALE';
  return marked(priceMicros, rule, integer(row, 'marked_at'));
}

function goodMarkIn(row: SqlRow): PriceAt | null {
  const priceMicros = priceOrNull(row, 'good_mark');
  return priceMicros === null ? null : { priceMicros, atMs: integer(row, 'good_at') };
}

function priceOrNull(row: SqlRow, column: string): PriceMicros | null {
  return row[column] === null ? null : price(micros(row, column));
}
