/** What the leader holds: seeded from the venue, moved by their fills and by splits, merges and redemptions. */
import type { ConditionId, LeaderAddress, Side, TokenId } from '../../domain/ids.ts';
import {
  add,
  type CashMicros,
  cash,
  max,
  min,
  mulDivFloor,
  notionalFloor,
  type PriceMicros,
  price,
  type ShareMicros,
  shares,
  sub,
} from '../../domain/money.ts';
import { conditionOf, tokenOf } from '../platform/id-columns.ts';
import type { Outbox } from '../platform/outbox.ts';
import { micros, type ObjectStorage, type SqlRow } from '../platform/ports.ts';
import type { SeedPosition } from '../rpc.ts';

export interface LeaderPosition {
  readonly tokenId: TokenId;
  readonly conditionId: ConditionId;
  readonly shareMicros: ShareMicros;
  readonly costMicros: CashMicros;
}

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

  /** Takes the venue's list as the truth for each token in it; with `complete`, nothing is held of any other token. */
  seed(positions: readonly SeedPosition[], complete: boolean): void {
    const named = new Set(positions.map((one) => one.tokenId));
    for (const held of this.list()) {
      if (!complete || named.has(held.tokenId)) continue;
      this.put(held, { shareMicros: shares(0n), costMicros: cash(0n), lastPrice: price(0n) });
    }
    for (const one of positions) {
      const cost = notionalFloor(one.shareMicros, one.avgPriceMicros);
      this.put(one, { shareMicros: one.shareMicros, costMicros: cost, lastPrice: one.avgPriceMicros });
    }
  }

  /** Moves a position by a fill. */
  trade(fill: {
    readonly tokenId: TokenId;
    readonly conditionId: ConditionId;
    readonly side: Side;
    readonly shareMicros: ShareMicros;
    readonly priceMicros: PriceMicros;
  }): void {
    const signed = fill.side === 'BUY' ? fill.shareMicros : shares(-fill.shareMicros);
    this.move(fill, signed, fill.priceMicros);
  }

  /** Moves every token of a condition: up by a split, at half a dollar each; down by a merge or redemption. */
  act(change: {
    readonly conditionId: ConditionId;
    readonly tokenIds: readonly TokenId[];
    readonly signedShareMicros: ShareMicros;
  }): void {
    for (const tokenId of change.tokenIds) {
      this.move({ tokenId, conditionId: change.conditionId }, change.signedShareMicros, price(500_000n));
    }
  }

  private move(
    of: { readonly tokenId: TokenId; readonly conditionId: ConditionId },
    signed: ShareMicros,
    at: PriceMicros,
  ): void {
    const before = this.get(of.tokenId) ?? { ...of, shareMicros: shares(0n), costMicros: cash(0n) };
    if (signed >= 0n) {
      const after = add(before.shareMicros, signed);
      this.put(of, {
        shareMicros: after,
        costMicros: add(before.costMicros, notionalFloor(signed, at)),
        lastPrice: at,
      });
      return;
    }
    // More may be sold than was known to be held: then nothing is left, never less.
    const out = min(shares(-signed), before.shareMicros);
    const costOut = out === 0n ? 0n : mulDivFloor(before.costMicros, out, before.shareMicros);
    this.put(of, {
      shareMicros: max(sub(before.shareMicros, out), shares(0n)),
      costMicros: sub(before.costMicros, cash(costOut)),
      lastPrice: at,
    });
  }

  private put(
    of: { readonly tokenId: TokenId; readonly conditionId: ConditionId },
    after: {
      readonly shareMicros: ShareMicros;
      readonly costMicros: CashMicros;
      readonly lastPrice: PriceMicros;
    },
  ): void {
    const row = this.storage.rows(
      `INSERT INTO leader_position (token, condition, shares, cost, last_price, revision) VALUES (?, ?, ?, ?, ?, 1)
       ON CONFLICT (token) DO UPDATE SET shares = excluded.shares, cost = excluded.cost,
         last_price = excluded.last_price, revision = revision + 1
       RETURNING revision`,
      of.tokenId,
      of.conditionId,
      Number(after.shareMicros),
      Number(after.costMicros),
      Number(after.lastPrice),
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

function positionOf(row: SqlRow): LeaderPosition {
  return {
    tokenId: tokenOf(row, 'token'),
    conditionId: conditionOf(row, 'condition'),
    shareMicros: shares(micros(row, 'shares')),
    costMicros: cash(micros(row, 'cost')),
  };
}
