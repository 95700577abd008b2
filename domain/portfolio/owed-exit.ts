/**
 * Owed exits (A44): per leader and token, the shares that exits should have sold and have not. A row is a plain value; these
 * functions say what an exit, a try, a fill and the operator make of it. No row is dropped while shares are owed.
 */
import type { CopyIntent } from '../decide/decision-facts.ts';
import type { ReasonCode } from '../decide/reasons.ts';
import type { ConditionId, IdempotencyKey, LeaderAddress, TokenId } from '../ids.ts';
import { SHARE_STEP_MICROS } from '../market/market.ts';
import { add, floorToStep, max, min, type PriceMicros, type ShareMicros, shares, sub } from '../money.ts';
import { growingPauseMs, HOUR_MS, MINUTE_MS, SECOND_MS } from '../time.ts';

/**
 * OWED: tried again by itself. TOO_SMALL: below the venue's minimum, until the next exit adds to it. HELD: the switch was not
 * ON, so the operator confirms it first. BLOCKED: the venue refused the order itself, so a person has to look. EXPIRED: owed
 * for longer than the setting. KEPT: the operator keeps the shares. DONE: nothing is owed any more.
 */
export const OWED_STATES = ['OWED', 'TOO_SMALL', 'HELD', 'BLOCKED', 'EXPIRED', 'KEPT', 'DONE'] as const;
export type OwedState = (typeof OWED_STATES)[number];

export interface OwedExit {
  readonly leaderAddress: LeaderAddress;
  readonly tokenId: TokenId;
  readonly conditionId: ConditionId;
  /** The key of the exit that opened the row. */
  readonly exitId: IdempotencyKey;
  /** The key of the last exit that added to it; absent if none did. */
  readonly lastExitId?: IdempotencyKey;
  /** What sales by hand took off it: owed again if their trades fail; absent if none did. */
  readonly closedShareMicros?: ShareMicros;
  readonly state: OwedState;
  /** Owed and in no open order. */
  readonly shareMicros: ShareMicros;
  /** Why the last exit or try did not sell them. */
  readonly cause: ReasonCode;
  /** The leader holds none of the token. */
  readonly leaderExited: boolean;
  /** The leader's price in the newest exit. */
  readonly referencePriceMicros: PriceMicros;
  readonly openedAtMs: number;
  /** When the leader sold last: age and patience count from here. */
  readonly exitAtMs: number;
  /** The number of the last try; it never restarts. */
  readonly tries: number;
  /** When the operator decided to keep the shares; null if they did not. */
  readonly keptAtMs: number | null;
  /** How often in a row the row was looked at without a sale; the pauses grow with it. */
  readonly looks: number;
  /** Null: it is not looked at again by itself. */
  readonly nextLookAtMs: number | null;
}

/** Rows that still owe something, or may again. */
export function isOpen(row: OwedExit): boolean {
  return row.state !== 'KEPT' && row.state !== 'DONE';
}

/** It is not tried again by itself, until the operator says so; a further exit of the leader starts it too. */
export function hasEndedTries(row: OwedExit): boolean {
  return row.state === 'BLOCKED' || row.state === 'EXPIRED';
}

/** Dust: too small to sell, and the leader is out. It needs nobody's attention (A47). */
export function isDust(row: OwedExit): boolean {
  return row.state === 'TOO_SMALL' && row.leaderExited;
}

/** How many rows of a Wallet are in each state that people are shown; dust and rows that ended are in none (A47). */
export interface OwedCounts {
  readonly owed: number;
  /** Until the operator confirms them. */
  readonly held: number;
  readonly blocked: number;
  readonly expired: number;
  /** Below the venue's minimum, until the leader's next exit. */
  readonly waiting: number;
}

export function owedCounts(rows: readonly OwedExit[]): OwedCounts {
  const count = (state: OwedState) => rows.filter((row) => row.state === state && !isDust(row)).length;
  return {
    owed: count('OWED'),
    held: count('HELD'),
    blocked: count('BLOCKED'),
    expired: count('EXPIRED'),
    waiting: count('TOO_SMALL'),
  };
}

const LOOK_MS_MIN = 2 * SECOND_MS;
/** In the first hour, and after it: what did not sell for an hour seldom sells in the next minute. */
const LOOK_MS_MAX = MINUTE_MS;
const LATE_LOOK_MS = 5 * MINUTE_MS;

/** The end of an order starts a reading of balance and positions, which comes within this time. */
const FRESH_READING_MS = 12 * SECOND_MS;

/** The venue did not see the shares: balance and positions are read first. */
export function waitsForReading(cause: ReasonCode): boolean {
  return cause === 'LIVE_SHARES_NOT_THERE_YET';
}

/** When a row is looked at again after so many looks in vain. */
export function lookAfter(row: Pick<OwedExit, 'looks' | 'exitAtMs'>, nowMs: number): number {
  const pauseMs = growingPauseMs(row.looks, { leastMs: LOOK_MS_MIN, mostMs: LOOK_MS_MAX });
  return nowMs + (nowMs - row.exitAtMs > HOUR_MS ? LATE_LOOK_MS : pauseMs);
}

/** What a missing sale makes of the row, by its cause. */
export function stateFor(cause: ReasonCode): OwedState {
  switch (cause) {
    case 'BELOW_MIN_ORDER_SIZE':
    case 'LIVE_BELOW_MIN_ORDER_SIZE':
      return 'TOO_SMALL';
    case 'ENGINE_PAUSED':
    case 'LIVE_MODE_OFF':
    case 'LIVE_SHADOW_ONLY':
      return 'HELD';
    case 'EVENT_TOO_OLD':
      return 'EXPIRED';
    case 'OWN_WALLET':
    case 'LIVE_ORDER_REJECTED':
    case 'LIVE_ORDER_TYPE_DISABLED':
    case 'LIVE_AMOUNTS_IMPOSSIBLE':
      return 'BLOCKED';
    default:
      return 'OWED';
  }
}

/**
 * An exit left shares unsold: a new row, or the row with them added and its age, patience and price restarted. `held`: the
 * switch was lowered since the exit was placed.
 */
export function owe(
  row: OwedExit | undefined,
  given: {
    readonly intent: CopyIntent;
    readonly shareMicros: ShareMicros;
    readonly cause: ReasonCode;
    readonly held: boolean;
    readonly nowMs: number;
  },
): OwedExit {
  const { intent, shareMicros, cause, nowMs } = given;
  // What the operator keeps, and what was sold long ago, is not owed again with it (A44).
  const before = row !== undefined && isOpen(row) ? row : undefined;
  const own = given.held ? 'HELD' : stateFor(cause);
  const state = before === undefined ? own : stateOfBoth(before.state, own);
  const newer = before === undefined || intent.leaderEventAtMs >= before.exitAtMs;
  return {
    leaderAddress: intent.leaderAddress,
    tokenId: intent.tokenId,
    conditionId: intent.conditionId,
    exitId: before?.exitId ?? intent.idempotencyKey,
    ...(before === undefined ? {} : { lastExitId: intent.idempotencyKey }),
    ...(row?.closedShareMicros === undefined ? {} : { closedShareMicros: row.closedShareMicros }),
    // The number never restarts, so that no two tries have one key.
    tries: row?.tries ?? 0,
    keptAtMs: row?.keptAtMs ?? null,
    openedAtMs: before?.openedAtMs ?? nowMs,
    shareMicros: add(before?.shareMicros ?? shares(0n), shareMicros),
    state,
    cause,
    leaderExited: newer ? intent.leaderExited : before.leaderExited,
    referencePriceMicros: newer ? intent.referencePriceMicros : before.referencePriceMicros,
    exitAtMs: newer ? intent.leaderEventAtMs : before.exitAtMs,
    looks: 0,
    nextLookAtMs: state === 'OWED' ? nowMs + (waitsForReading(cause) ? FRESH_READING_MS : LOOK_MS_MIN) : null,
  };
}

/** What a row becomes to which an exit of another state adds shares: together they are tried, unless a person must act. */
function stateOfBoth(before: OwedState, added: OwedState): OwedState {
  if (before === 'HELD' || added === 'HELD') return 'HELD';
  if (before === 'BLOCKED' && added !== 'OWED') return 'BLOCKED';
  // An old exit, found late, does not end the tries of a younger one; two small ones may be large enough together.
  if (added === 'EXPIRED') return before;
  return added === 'TOO_SMALL' ? 'OWED' : added;
}

/** The row while its next try begins: the number is stored before the try is decided. */
export function tried(row: OwedExit, nowMs: number): OwedExit {
  return { ...row, tries: row.tries + 1, nextLookAtMs: lookAfter(row, nowMs) };
}

/**
 * A look or a try ended without a sale: the row is looked at again after a growing pause, where that can help. A row that the
 * operator keeps, has to confirm, or that has ended meanwhile stays so.
 */
export function notSold(row: OwedExit, cause: ReasonCode, nowMs: number): OwedExit {
  if (!isOpen(row)) return row;
  const state = row.state === 'HELD' ? 'HELD' : stateFor(cause);
  const nextLookAtMs = state === 'OWED' ? lookAfter(row, nowMs) : null;
  return { ...row, state, cause, looks: row.looks + 1, nextLookAtMs };
}

/** Fewer shares are owed: sold, in an open order, bought back, or not held any more. Below the share step nothing is owed. */
export function lowered(row: OwedExit, by: ShareMicros): OwedExit {
  const left = floorToStep(max(sub(row.shareMicros, by), shares(0n)), SHARE_STEP_MICROS);
  if (left > 0n) return { ...row, shareMicros: left };
  return { ...row, shareMicros: left, state: row.state === 'KEPT' ? 'KEPT' : 'DONE', nextLookAtMs: null };
}

/** Shares of it were sold by hand. */
export function closed(row: OwedExit, by: ShareMicros): OwedExit {
  const taken = min(by, row.shareMicros);
  return { ...lowered(row, by), closedShareMicros: add(row.closedShareMicros ?? shares(0n), taken) };
}

/** Shares of it were sold: the pauses between two looks begin anew. */
export function progressed(row: OwedExit): OwedExit {
  return { ...row, looks: 0 };
}

/** The order of a try ended without selling all of it, or a trade of it FAILED: that much is owed again. */
export function owedAgain(
  row: OwedExit,
  given: {
    readonly shareMicros: ShareMicros;
    readonly cause: ReasonCode;
    readonly held: boolean;
    readonly nowMs: number;
  },
): OwedExit {
  const { cause, nowMs } = given;
  // What the operator keeps is not reopened (A44).
  if (row.state === 'KEPT') return row;
  const own = given.held ? 'HELD' : stateFor(cause);
  const state = row.state === 'HELD' || row.state === 'BLOCKED' ? row.state : own;
  const nextMs = waitsForReading(cause) ? nowMs + FRESH_READING_MS : lookAfter(row, nowMs);
  return {
    ...row,
    shareMicros: add(row.shareMicros, given.shareMicros),
    state,
    cause,
    looks: row.looks + 1,
    nextLookAtMs: state === 'OWED' ? nextMs : null,
  };
}

/** The switch of the row's leader is not ON any more: nothing is tried until the operator confirms. */
export function held(row: OwedExit): OwedExit {
  return row.state === 'OWED' || row.state === 'TOO_SMALL'
    ? { ...row, state: 'HELD', nextLookAtMs: null }
    : row;
}

/** The operator confirms a held row, or wants one tried again whose tries have ended: its age counts from now. */
export function released(row: OwedExit, nowMs: number): OwedExit {
  return isOpen(row) ? { ...row, state: 'OWED', exitAtMs: nowMs, looks: 0, nextLookAtMs: nowMs } : row;
}

/** The operator keeps the shares: nothing is owed of them any more. */
export function kept(row: OwedExit, nowMs: number): OwedExit {
  return { ...row, state: 'KEPT', shareMicros: shares(0n), keptAtMs: nowMs, nextLookAtMs: null };
}
