/** One row of what the leader holds: how it is stored, what a move makes of it, and what a reading of the positions does. */
import type { ConditionId, TokenId } from '../../domain/ids.ts';
import {
  abs,
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
import { conditionOf, tokenOf } from '../platform/id-columns.ts';
import { micros, type SqlRow, text } from '../platform/ports.ts';
import type { SeedPosition } from '../rpc.ts';
import { movesIn, type RecentMove, SETTLED_MS } from './recent-moves.ts';

export interface LeaderPosition {
  readonly tokenId: TokenId;
  readonly conditionId: ConditionId;
  readonly shareMicros: ShareMicros;
  readonly costMicros: CashMicros;
}

/** The token that a row is about. */
export type Of = Pick<LeaderPosition, 'tokenId' | 'conditionId'>;

/** What a row holds of its token. */
interface Held {
  readonly shareMicros: ShareMicros;
  readonly costMicros: CashMicros;
  readonly lastPrice: PriceMicros;
}

export interface Row extends Of, Held {
  readonly eventSlug: string;
  readonly tradedShareMicros: ShareMicros;
  readonly moves: readonly RecentMove[];
}

export const NOTHING: Held = { shareMicros: shares(0n), costMicros: cash(0n), lastPrice: price(0n) };

/** More may be sold than was known to be held: then nothing is left, never less. */
export function moved(before: Held, { signedShareMicros, priceMicros }: RecentMove): Held {
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

export function readOf(one: SeedPosition | undefined): Held {
  if (one === undefined) return NOTHING;
  const { shareMicros, avgPriceMicros: lastPrice } = one;
  return { shareMicros, costMicros: notionalFloor(shareMicros, lastPrice), lastPrice };
}

/** Whether nothing moved the token so shortly before the time that the venue's list of that time may lack it. */
export function isSettled(moves: readonly RecentMove[], asOfMs: number): boolean {
  return unsettled(moves, asOfMs).length === 0;
}

/** The shares that such moves took away. */
export function unsettledSales(moves: readonly RecentMove[], asOfMs: number): ShareMicros {
  return sizeOf(unsettled(moves, asOfMs).filter((one) => one.signedShareMicros < 0n));
}

function unsettled(moves: readonly RecentMove[], asOfMs: number): readonly RecentMove[] {
  return moves.filter((one) => one.eventAtMs >= asOfMs - SETTLED_MS && one.eventAtMs < asOfMs);
}

export function sizeOf(moves: readonly RecentMove[]): ShareMicros {
  return moves.reduce((sum, one) => add(sum, abs(one.signedShareMicros)), shares(0n));
}

/** A reading that brings nothing new is not written again. */
export function isSame(known: Row, row: Row): boolean {
  return (
    known.shareMicros === row.shareMicros &&
    known.costMicros === row.costMicros &&
    known.lastPrice === row.lastPrice &&
    known.tradedShareMicros === row.tradedShareMicros &&
    known.eventSlug === row.eventSlug
  );
}

export function rowOf(row: SqlRow): Row {
  return {
    ...positionOf(row),
    lastPrice: price(micros(row, 'last_price')),
    eventSlug: text(row, 'event'),
    tradedShareMicros: shares(micros(row, 'traded')),
    moves: movesIn(text(row, 'recent')),
  };
}

export function positionOf(row: SqlRow): LeaderPosition {
  return {
    tokenId: tokenOf(row, 'token'),
    conditionId: conditionOf(row, 'condition'),
    shareMicros: shares(micros(row, 'shares')),
    costMicros: cash(micros(row, 'cost')),
  };
}
