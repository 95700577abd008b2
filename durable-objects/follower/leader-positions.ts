/** What the leader holds: seeded from the venue, moved by their fills and by splits, merges and redemptions. */
import type { ConditionId, LeaderAddress, Side, TokenId } from '../../domain/ids.ts';
import {
  abs,
  add,
  type CashMicros,
  cash,
  negate,
  notionalFloor,
  type PriceMicros,
  price,
  type ShareMicros,
  shares,
  sub,
} from '../../domain/money.ts';
import { LEADER_DUST_SHARES } from '../../domain/portfolio/converted.ts';
import { addColumn } from '../platform/add-column.ts';
import type { Outbox } from '../platform/outbox.ts';
import { micros, type ObjectStorage } from '../platform/ports.ts';
import type { PositionReading, SeedPosition } from '../rpc.ts';
import {
  isSame,
  isSettled,
  type LeaderPosition,
  moved,
  NOTHING,
  type Of,
  positionOf,
  type Row,
  readOf,
  rowOf,
  sizeOf,
  unsettledSales,
} from './leader-position-row.ts';
import { movesSince, movesText, type RecentMove, SETTLED_MS, withMove } from './recent-moves.ts';

/** What a reading of the positions makes of a token that they are known to hold. */
export interface ReadChange {
  readonly tokenId: TokenId;
  readonly conditionId: ConditionId;
  /** Empty while no reading has named it. */
  readonly eventSlug: string;
  readonly heldShareMicros: ShareMicros;
  /** By the reading, and what happened since. */
  readonly readShareMicros: ShareMicros;
  /** Bought, sold, split or merged since the reading before. */
  readonly tradedShareMicros: ShareMicros;
  /** False when they traded it so shortly before the request that the venue's list may lack that. */
  readonly isSettled: boolean;
  /** What the reading may show too many for want of their last sales; zero where it is settled. */
  readonly unsettledShareMicros: ShareMicros;
}

export class LeaderPositions {
  constructor(
    private readonly storage: ObjectStorage,
    private readonly outbox: Outbox,
    private readonly leader: LeaderAddress,
  ) {
    storage.rows(
      `CREATE TABLE IF NOT EXISTS leader_position (
         token TEXT PRIMARY KEY, condition TEXT NOT NULL, shares INTEGER NOT NULL, cost INTEGER NOT NULL,
         last_price INTEGER NOT NULL, revision INTEGER NOT NULL) STRICT, WITHOUT ROWID`,
    );
    addColumn(storage, 'leader_position', "recent TEXT NOT NULL DEFAULT ''");
    addColumn(storage, 'leader_position', 'traded INTEGER NOT NULL DEFAULT 0');
    addColumn(storage, 'leader_position', "event TEXT NOT NULL DEFAULT ''");
    addColumn(storage, 'leader_position', 'net INTEGER NOT NULL DEFAULT 0');
    // What the leader sold long ago stays, and is not read any more.
    storage.rows(
      "CREATE INDEX IF NOT EXISTS leader_position_open ON leader_position (token) WHERE shares > 0 OR recent <> ''",
    );
  }

  list(): readonly LeaderPosition[] {
    return this.storage.rows('SELECT * FROM leader_position WHERE shares > 0').map(positionOf);
  }

  get(token: TokenId): LeaderPosition | undefined {
    const row = this.storage.rows('SELECT * FROM leader_position WHERE token = ? AND shares > 0', token)[0];
    return row === undefined ? undefined : positionOf(row);
  }

  /** Whether nothing of the token is left, as far as is known. */
  hasLeft(token: TokenId): boolean {
    return (this.get(token)?.shareMicros ?? shares(0n)) < LEADER_DUST_SHARES;
  }

  /** The value of all positions, each at the last price seen of its token, rounded down. */
  exposure(): CashMicros {
    return this.storage
      .rows('SELECT shares, last_price FROM leader_position WHERE shares > 0')
      .reduce(
        (sum, row) =>
          add(sum, notionalFloor(shares(micros(row, 'shares')), price(micros(row, 'last_price')))),
        cash(0n),
      );
  }

  /** What all positions have cost. */
  cost(): CashMicros {
    return this.list().reduce((sum, position) => add(sum, position.costMicros), cash(0n));
  }

  /**
   * Takes the venue's list as the truth at a time for each token in it; with `complete`, nothing is held of any other token, but
   * for `unreadTokenIds`, which stay as they are. What
   * happened at that time or later moves it on top of that, though it was seen before the list came. With `keepUnsettled`, a token
   * that was traded shortly before keeps the sum of their acts, which is exact, where the list may lag.
   */
  seed(
    positions: readonly SeedPosition[],
    given: Pick<PositionReading, 'complete' | 'unreadTokenIds' | 'asOfMs'> & {
      readonly keepUnsettled: boolean;
    },
  ): void {
    const { complete, unreadTokenIds = [], asOfMs, keepUnsettled } = given;
    const rows = this.rowsToCompare();
    const listed = new Map<TokenId, SeedPosition>(positions.map((one) => [one.tokenId, one]));
    const unlisted = [...rows.values()].filter(
      ({ tokenId, shareMicros }) =>
        shareMicros > 0n && !listed.has(tokenId) && !unreadTokenIds.includes(tokenId),
    );
    for (const of of [...(complete ? unlisted : []), ...positions]) {
      const known = rows.get(of.tokenId);
      const moves = known?.moves ?? [];
      if (keepUnsettled && !isSettled(moves, asOfMs)) continue;
      const since = movesSince(moves, asOfMs);
      const one = listed.get(of.tokenId);
      const row: Row = {
        tokenId: of.tokenId,
        conditionId: of.conditionId,
        ...since.reduce(moved, readOf(one)),
        eventSlug: one?.eventSlug || (known?.eventSlug ?? ''),
        tradedShareMicros: sizeOf(since),
        moves,
      };
      if (known === undefined || !isSame(known, row)) this.put(row);
    }
    // Kept so that an act after the list still counts; older ones are of no use any more.
    for (const row of rows.values())
      if (row.moves.length > 0 && movesSince(row.moves, asOfMs - SETTLED_MS).length === 0)
        this.storage.rows("UPDATE leader_position SET recent = '' WHERE token = ?", row.tokenId);
  }

  /** What a whole list would make of each token that is held, but for those that it has unread. Changes nothing. */
  changes(
    positions: readonly SeedPosition[],
    { unreadTokenIds = [], asOfMs }: Pick<PositionReading, 'unreadTokenIds' | 'asOfMs'>,
  ): readonly ReadChange[] {
    const listed = new Map<TokenId, SeedPosition>(positions.map((one) => [one.tokenId, one]));
    return [...this.rowsToCompare().values()]
      .filter((row) => row.shareMicros > 0n && !unreadTokenIds.includes(row.tokenId))
      .map((row) => {
        const one = listed.get(row.tokenId);
        return {
          tokenId: row.tokenId,
          conditionId: row.conditionId,
          eventSlug: row.eventSlug || (one?.eventSlug ?? ''),
          heldShareMicros: row.shareMicros,
          readShareMicros: movesSince(row.moves, asOfMs).reduce(moved, readOf(one)).shareMicros,
          tradedShareMicros: row.tradedShareMicros,
          isSettled: isSettled(row.moves, asOfMs),
          unsettledShareMicros: unsettledSales(row.moves, asOfMs),
        };
      });
  }

  /** Moves a position by a fill. */
  trade(fill: {
    readonly tokenId: TokenId;
    readonly conditionId: ConditionId;
    readonly side: Side;
    readonly shareMicros: ShareMicros;
    readonly priceMicros: PriceMicros;
    readonly eventAtMs: number;
  }): void {
    const { shareMicros, priceMicros, eventAtMs } = fill;
    const signedShareMicros = fill.side === 'BUY' ? shareMicros : negate(shareMicros);
    this.move(fill, { eventAtMs, signedShareMicros, priceMicros });
  }

  /** Moves every token of a condition: up by a split, at half a dollar each; down by a merge or redemption. */
  act(change: {
    readonly conditionId: ConditionId;
    readonly tokenIds: readonly TokenId[];
    readonly signedShareMicros: ShareMicros;
    readonly eventAtMs: number;
  }): void {
    const { conditionId, signedShareMicros, eventAtMs } = change;
    for (const tokenId of change.tokenIds)
      this.move({ tokenId, conditionId }, { eventAtMs, signedShareMicros, priceMicros: price(500_000n) });
  }

  /**
   * The sum of all that ever moved the token, up to a time of the last minutes; the difference of two is what happened between
   * them. Not settled: something moved it so shortly before that the venue's lists may lack it.
   */
  netAt(token: TokenId, atMs: number): { readonly netShareMicros: ShareMicros; readonly isSettled: boolean } {
    const found = this.storage.rows('SELECT * FROM leader_position WHERE token = ?', token)[0];
    if (found === undefined) return { netShareMicros: shares(0n), isSettled: true };
    const { moves } = rowOf(found);
    const later = movesSince(moves, atMs).reduce((sum, one) => add(sum, one.signedShareMicros), shares(0n));
    return { netShareMicros: sub(shares(micros(found, 'net')), later), isSettled: isSettled(moves, atMs) };
  }

  private move(of: Of, move: RecentMove): void {
    const found = this.storage.rows('SELECT * FROM leader_position WHERE token = ?', of.tokenId)[0];
    const row = found === undefined ? undefined : rowOf(found);
    const after: Row = {
      tokenId: of.tokenId,
      conditionId: of.conditionId,
      ...moved(row ?? NOTHING, move),
      eventSlug: row?.eventSlug ?? '',
      tradedShareMicros: add(row?.tradedShareMicros ?? shares(0n), abs(move.signedShareMicros)),
      moves: withMove(row?.moves ?? [], move),
    };
    this.put(after, move.signedShareMicros);
  }

  /** Rows that a reading may change: of tokens that are held, and of those that were traded of late. */
  private rowsToCompare(): ReadonlyMap<TokenId, Row> {
    const rows = this.storage.rows("SELECT * FROM leader_position WHERE shares > 0 OR recent <> ''");
    return new Map(rows.map(rowOf).map((row) => [row.tokenId, row]));
  }

  private put(row: Row, movedShareMicros = shares(0n)): void {
    const stored = this.storage.rows(
      `INSERT INTO leader_position (token, condition, shares, cost, last_price, revision, recent, traded, event, net)
       VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?, ?)
       ON CONFLICT (token) DO UPDATE SET shares = excluded.shares, cost = excluded.cost,
         last_price = excluded.last_price, revision = revision + 1, recent = excluded.recent, traded = excluded.traded,
         event = excluded.event, net = net + excluded.net
       RETURNING revision`,
      row.tokenId,
      row.conditionId,
      Number(row.shareMicros),
      Number(row.costMicros),
      Number(row.lastPrice),
      movesText(row.moves),
      Number(row.tradedShareMicros),
      row.eventSlug,
      Number(movedShareMicros),
    )[0];
    this.outbox.add({
      kind: 'leaderPosition',
      leaderAddress: this.leader,
      tokenId: row.tokenId,
      conditionId: row.conditionId,
      shareMicros: row.shareMicros,
      costMicros: row.costMicros,
      revision: Number(stored?.revision ?? 1),
    });
  }
}
