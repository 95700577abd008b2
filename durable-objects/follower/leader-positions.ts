/** What the leader himself holds: seeded from the venue, moved by his fills and his splits, merges and redemptions. */
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

/** Less than this is nothing left: the venue's own lists hide it, and it cannot be sold. */
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

  hasLeft(token: TokenId): boolean {
    return (this.get(token)?.shareMicros ?? shares(0n)) < DUST_SHARES;
  }

  /** What he holds in all, each token at the last price seen of it, rounded down. */
  exposure(): CashMicros {
    return this.storage
      .rows('SELECT shares, last_price FROM leader_position WHERE shares > 0')
      .reduce(
        (sum, row) =>
          add(sum, notionalFloor(shares(micros(row, 'shares')), price(micros(row, 'last_price')))),
        cash(0n),
      );
  }

  /** What the shares he holds have cost him. */
  cost(): CashMicros {
    return this.list().reduce((sum, position) => add(sum, position.costMicros), cash(0n));
  }

  /** Takes the venue's list as the truth for every token in it; a complete list also says what he has none of. */
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

  /** Splits add to every token of the condition at an equal part of a dollar; merges and redemptions take away. */
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
    // He may have sold what he held before we knew of it: then nothing is left, never less.
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
