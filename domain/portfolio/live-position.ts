/**
 * Live positions as a fold over fills that may be undone. Unlike on paper a slice may fall below zero: the venue can fail a
 * purchase whose shares were already sold, and the pages show that.
 */
import type { Side } from '../ids.ts';
import {
  add,
  type CashMicros,
  cash,
  max,
  min,
  mulDivFloor,
  negate,
  type ShareMicros,
  shares,
  sub,
} from '../money.ts';
import type { Position } from './portfolio.ts';

export interface LiveFillEffect {
  readonly side: Side;
  /** Not negative. */
  readonly shareMicros: ShareMicros;
  /** What the fill moved: negative for a BUY, fee included. */
  readonly cashDeltaMicros: CashMicros;
}

/**
 * The position after a fill, at average cost, and the cost that left with it: zero for a BUY. Store that cost, since undoing
 * the fill needs it. The cost of a part is rounded down; a sale of all that is held or more takes the whole cost.
 */
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
    fill.shareMicros >= position.shareMicros
      ? position.costMicros
      : cash(mulDivFloor(position.costMicros, fill.shareMicros, position.shareMicros));
  const after = {
    shareMicros: sub(position.shareMicros, fill.shareMicros),
    costMicros: sub(position.costMicros, costOutMicros),
    realisedMicros: add(position.realisedMicros, sub(fill.cashDeltaMicros, costOutMicros)),
  };
  return { after, costOutMicros };
}

/** The position after a fill is undone: exactly what the fill changed is changed back, whatever came in between. */
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

/**
 * The position after a known fill of these shares turned out to have moved this much more cash (A58). For a BUY the cost of the
 * shares that are still held changes, and what was realised by the rest; for a SELL only what it realised.
 */
export function correctedFill(position: Position, change: LiveFillEffect): Position {
  const { shareMicros, cashDeltaMicros } = change;
  const held = change.side === 'BUY' ? max(min(position.shareMicros, shareMicros), shares(0n)) : shares(0n);
  const ofCost = held === 0n ? cash(0n) : cash(mulDivFloor(cashDeltaMicros, held, shareMicros));
  return {
    ...position,
    costMicros: sub(position.costMicros, ofCost),
    realisedMicros: add(position.realisedMicros, sub(cashDeltaMicros, ofCost)),
  };
}
