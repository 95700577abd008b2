/** What the leader holds: seeded from the venue, moved by their fills and by splits, merges and redemptions. */
import type { ConditionId, LeaderAddress, Side, TokenId } from '../../domain/ids.ts';
import {
  add,
  type CashMicros,
  cash,
  min,
  mulDivFloor,
  negate,
  notionalFloor,
  type PriceMicros,
  price,
  type ShareMicros,
  shares,
  sub,
} from '../../domain/money.ts';
import { addColumn } from '../platform/add-column.ts';
import { conditionOf, tokenOf } from '../platform/id-columns.ts';
import type { Outbox } from '../platform/outbox.ts';
import { micros, type ObjectStorage, type SqlRow, text } from '../platform/ports.ts';
import type { SeedPosition } from '../rpc.ts';
import { movesIn, movesSince, movesText, type RecentMove, withMove } from './recent-moves.ts';

export interface LeaderPosition {
  readonly tokenId: TokenId;
  readonly conditionId: ConditionId;
  readonly shareMicros: ShareMicros;
  readonly costMicros: CashMicros;
}

/** The token that a row is about. */
type Of = Pick<LeaderPosition, 'tokenId' | 'conditionId'>;

/** What a row holds of its token. */
interface Held {
  readonly shareMicros: ShareMicros;
  readonly costMicros: CashMicros;
  readonly lastPrice: PriceMicros;
}

const NOTHING: Held = { shareMicros: shares(0n), costMicros: cash(0n), lastPrice: price(0n) };

/** Less than this counts as nothing: the venue's lists leave it out, and it cannot be sold. */
const DUST_SHARES = shares(100_000n);

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
    return (this.get(token)?.shareMicros ?? shares(0n)) < DUST_SHARES;
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
   * Takes the venue's list as the truth at a time for each token in it; with `complete`, nothing is held of any other token. What
   * happened at that time or later moves it on top of that, though it was seen before the list came.
   */
  seed(
    positions: readonly SeedPosition[],
    { complete, asOfMs }: { readonly complete: boolean; readonly asOfMs: number },
  ): void {
    const recent = this.recentMoves();
    const named = new Set(positions.map((one) => one.tokenId));
    for (const held of this.list()) {
      if (!complete || named.has(held.tokenId)) continue;
      this.putRead(held, NOTHING, { moves: recent.get(held.tokenId) ?? [], asOfMs });
    }
    for (const one of positions) {
      const { shareMicros, avgPriceMicros: lastPrice } = one;
      const read = { shareMicros, costMicros: notionalFloor(shareMicros, lastPrice), lastPrice };
      this.putRead(one, read, { moves: recent.get(one.tokenId) ?? [], asOfMs });
    }
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

  private move(of: Of, move: RecentMove): void {
    const row = this.storage.rows('SELECT * FROM leader_position WHERE token = ?', of.tokenId)[0];
    this.put(of, moved(row === undefined ? NOTHING : heldOf(row), move), withMove(recentOf(row), move));
  }

  private putRead(
    of: Of,
    read: Held,
    { moves, asOfMs }: { readonly moves: readonly RecentMove[]; readonly asOfMs: number },
  ): void {
    this.put(of, movesSince(moves, asOfMs).reduce(moved, read), moves);
  }

  /** Of tokens that moved of late; all rows of what is held are read for a reading anyway. */
  private recentMoves(): ReadonlyMap<string, readonly RecentMove[]> {
    const rows = this.storage.rows("SELECT token, recent FROM leader_position WHERE recent <> ''");
    return new Map(rows.map((row) => [text(row, 'token'), recentOf(row)]));
  }

  private put(of: Of, after: Held, moves: readonly RecentMove[]): void {
    const row = this.storage.rows(
      `INSERT INTO leader_position (token, condition, shares, cost, last_price, revision, recent)
       VALUES (?, ?, ?, ?, ?, 1, ?)
       ON CONFLICT (token) DO UPDATE SET shares = excluded.shares, cost = excluded.cost,
         last_price = excluded.last_price, revision = revision + 1, recent = excluded.recent
       RETURNING revision`,
      of.tokenId,
      of.conditionId,
      Number(after.shareMicros),
      Number(after.costMicros),
      Number(after.lastPrice),
      movesText(moves),
    )[0];
    this.outbox.add({
      kind: 'leaderPosition',
      leaderAddress: this.leader,
      tokenId: of.tokenId,
      conditionId: of.conditionId,
      shareMicros: after.shareMicros,
      costMicros: after.costMicros,
      revision: Number(row?.revision ?? 1),
    });
  }
}

/** More may be sold than was known to be held: then nothing is left, never less. */
function moved(before: Held, { signedShareMicros, priceMicros }: RecentMove): Held {
  if (signedShareMicros >= 0n) {
    return {
      shareMicros: add(before.shareMicros, signedShareMicros),
      costMicros: add(before.costMicros, notionalFloor(signedShareMicros, priceMicros)),
      lastPrice: priceMicros,
    };
  }
  const out = min(negate(signedShareMicros), before.shareMicros);
  const costOut = out === 0n ? 0n : mulDivFloor(before.costMicros, out, before.shareMicros);
  return {
    shareMicros: sub(before.shareMicros, out),
    costMicros: sub(before.costMicros, cash(costOut)),
    lastPrice: priceMicros,
  };
}

function heldOf(row: SqlRow): Held {
  return {
    shareMicros: shares(micros(row, 'shares')),
    costMicros: cash(micros(row, 'cost')),
    lastPrice: price(micros(row, 'last_price')),
  };
}

function recentOf(row: SqlRow | undefined): readonly RecentMove[] {
  return row === undefined ? [] : movesIn(text(row, 'recent'));
}

function positionOf(row: SqlRow): LeaderPosition {
  return {
    tokenId: tokenOf(row, 'token'),
    conditionId: conditionOf(row, 'condition'),
    shareMicros: shares(micros(row, 'shares')),
    costMicros: cash(micros(row, 'cost')),
  };
}
