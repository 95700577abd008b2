/**
 * Live positions as a fold over fills that may be undone. Unlike on paper a slice may fall below zero: a purchase that
 * FAILED after its shares were sold again is a fact of the venue, and is shown rather than hidden.
 */
import type { Side } from '../ids.ts';
import { add, type CashMicros, cash, mulDivFloor, negate, type ShareMicros, sub } from '../money.ts';
import type { Position } from './portfolio.ts';

export interface LiveFillEffect {
  readonly side: Side;
  readonly shareMicros: ShareMicros;
  /** What the fill moved: negative for a BUY, fee included. */
  readonly cashDeltaMicros: CashMicros;
}

/** The position after a fill, and the cost that left with it (zero for a BUY): undoing needs that again. */
export function afterFill(
  position: Position,
  fill: LiveFillEffect,
): { readonly after: Position; readonly costOutMicros: CashMicros } {
  if (fill.side === 'BUY') {
    const after = {
      ...position,
      shareMicros: add(position.shareMicros, fill.shareMicros),
      costMicros: sub(position.costMicros, fill.cashDeltaMicros),
    };
    return { after, costOutMicros: cash(0n) };
  }
  const costOutMicros =
    fill.shareMicros >= position.shareMicros || position.shareMicros <= 0n
      ? position.costMicros
      : cash(mulDivFloor(position.costMicros, fill.shareMicros, position.shareMicros));
  const after = {
    shareMicros: sub(position.shareMicros, fill.shareMicros),
    costMicros: sub(position.costMicros, costOutMicros),
    realisedMicros: add(position.realisedMicros, sub(fill.cashDeltaMicros, costOutMicros)),
  };
  return { after, costOutMicros };
}

/** The position after a fill is taken back, exactly as far as the fill had changed it. */
export function undoneFill(
  position: Position,
  fill: LiveFillEffect & { readonly costOutMicros: CashMicros },
): Position {
  if (fill.side === 'BUY') {
    return {
      ...position,
      shareMicros: sub(position.shareMicros, fill.shareMicros),
      costMicros: add(position.costMicros, fill.cashDeltaMicros),
    };
  }
  return {
    shareMicros: add(position.shareMicros, fill.shareMicros),
    costMicros: add(position.costMicros, fill.costOutMicros),
    realisedMicros: add(
      position.realisedMicros,
      sub(negate(fill.cashDeltaMicros), negate(fill.costOutMicros)),
    ),
  };
}
