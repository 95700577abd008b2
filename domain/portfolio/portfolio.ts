/**
 * A portfolio as a fold over its ledger: cash, and per leader and token the shares, their average cost and what was
 * realised. The order of entries of different tokens does not matter; nothing may go short or overdrawn.
 */
import { assert } from '../assert.ts';
import {
  add,
  type CashMicros,
  cash,
  mulDivFloor,
  notionalFloor,
  type PriceMicros,
  type ShareMicros,
  shares,
  sub,
} from '../money.ts';

export interface Position {
  readonly shareMicros: ShareMicros;
  /** What the shares that are left have cost, fees included. */
  readonly costMicros: CashMicros;
  /** Profit taken by sells and settlements, after fees. */
  readonly realisedMicros: CashMicros;
}

export const EMPTY_POSITION: Position = {
  shareMicros: shares(0n),
  costMicros: cash(0n),
  realisedMicros: cash(0n),
};

/** Shares bought for the cash, fee included. */
export function bought(
  position: Position,
  fill: { readonly size: ShareMicros; readonly paid: CashMicros },
): Position {
  return {
    ...position,
    shareMicros: add(position.shareMicros, fill.size),
    costMicros: add(position.costMicros, fill.paid),
  };
}

/**
 * Shares sold (or settled) for the cash, after the fee, at average cost. The cost of the part that left is rounded down,
 * so that the rest never shows less cost than it has. Throws InvariantError on a sale of more than is held (W9).
 */
export function sold(
  position: Position,
  fill: { readonly size: ShareMicros; readonly received: CashMicros },
): Position {
  assert(fill.size <= position.shareMicros, 'a sale of more shares than are held', {
    held: position.shareMicros,
    size: fill.size,
  });
  const costOut =
    fill.size === position.shareMicros
      ? position.costMicros
      : cash(mulDivFloor(position.costMicros, fill.size, position.shareMicros));
  return {
    shareMicros: sub(position.shareMicros, fill.size),
    costMicros: sub(position.costMicros, costOut),
    realisedMicros: add(position.realisedMicros, sub(fill.received, costOut)),
  };
}

export interface MarkedPosition extends Position {
  readonly markPriceMicros: PriceMicros | null;
}

export interface Valuation {
  readonly cashMicros: CashMicros;
  /** Null while a held position has no mark: an unknown price is never estimated (W28). */
  readonly equityMicros: CashMicros | null;
  readonly exposureMicros: CashMicros;
  readonly realisedMicros: CashMicros;
  readonly unrealisedMicros: CashMicros;
}

/** Values positions at their marks, each rounded down. Positions without a mark count at cost in exposure only. */
export function valuate(cashMicros: CashMicros, positions: readonly MarkedPosition[]): Valuation {
  let exposure = cash(0n);
  let realised = cash(0n);
  let unrealised = cash(0n);
  let known = true;
  for (const position of positions) {
    realised = add(realised, position.realisedMicros);
    if (position.shareMicros === 0n) continue;
    if (position.markPriceMicros === null) {
      known = false;
      exposure = add(exposure, position.costMicros);
      continue;
    }
    const value = notionalFloor(position.shareMicros, position.markPriceMicros);
    exposure = add(exposure, value);
    unrealised = add(unrealised, sub(value, position.costMicros));
  }
  return {
    cashMicros,
    equityMicros: known ? add(cashMicros, exposure) : null,
    exposureMicros: exposure,
    realisedMicros: realised,
    unrealisedMicros: unrealised,
  };
}

/** The payout of a resolved position, rounded down; winners, losers and split payouts alike. */
export function settlementPayout(size: ShareMicros, payout: PriceMicros): CashMicros {
  return notionalFloor(size, payout);
}
