// How large a made history is and what it holds: counts that follow from the number of attempts, ids that follow from
// a seed, and the names of the rare and the common things by which pages are filtered.
import { createHash } from 'node:crypto';
import type { ReasonCode } from '../../../domain/decide/reasons.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** At which all counts are those that design.md 12 is held to. */
export const WHOLE_ROWS = 1_000_000;
const LEADERS = 300;
const MARKETS = 20_000;
export const SPAN_MS = 365 * DAY_MS;
/** Leader fills, our fills and the ledger are of this last part of it: pages find theirs by time, however many older there are. */
export const FILLS_MS = 120 * DAY_MS;

/** A third of all markets have it in their title. */
export const COMMON_WORD = 'Bitcoin';
/** One market has it, which traded years ago. */
export const RARE_WORD = 'zeppelin';
export const RARE_REASON = 'CARRY_EXPIRED' satisfies ReasonCode;
export const COMMON_REASON = 'SPREAD_TOO_WIDE' satisfies ReasonCode;
export const RARE_REASON_ROWS = 20;
export const RARE_LEADER_ROWS = 3;

export interface Market {
  readonly conditionId: string;
  readonly tokens: readonly [string, string];
  readonly title: string;
}

export interface Scale {
  readonly seed: string;
  /** Attempts on paper and live together, but for the few of years ago. */
  readonly rows: number;
  readonly fromMs: number;
  /** The newest row is just before it: the minute in which the history was made. */
  readonly untilMs: number;
  /** The busiest first; the last one has `RARE_LEADER_ROWS` attempts of years ago, and no other. */
  readonly leaders: readonly string[];
  /** The oldest first; the very first is the rare one. */
  readonly markets: readonly Market[];
  /** Per mode. */
  readonly openPositions: number;
  readonly snapshotFromMs: number;
}

export function scaleOf({ seed, rows, nowMs }: { seed: string; rows: number; nowMs: number }): Scale {
  const untilMs = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS;
  const marketCount = Math.max(60, Math.min(MARKETS, Math.floor((rows * MARKETS) / WHOLE_ROWS)));
  const leaderCount = Math.max(6, Math.min(LEADERS, Math.floor(rows / 20)));
  const snapshotMs = Math.min(SPAN_MS, Math.max(DAY_MS, (SPAN_MS * rows) / WHOLE_ROWS));
  return {
    seed,
    rows,
    fromMs: untilMs - SPAN_MS,
    untilMs,
    leaders: Array.from({ length: leaderCount }, (_, index) => addressOf(seed, index)),
    markets: Array.from({ length: marketCount }, (_, index) => marketOf(seed, index)),
    openPositions: Math.min(300, marketCount),
    snapshotFromMs: Math.floor((untilMs - snapshotMs) / MINUTE_MS) * MINUTE_MS,
  };
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function addressOf(seed: string, index: number): string {
  return `0x${digest(`${seed}:leader:${index}`).slice(0, 40)}`;
}

function marketOf(seed: string, index: number): Market {
  // Real ones have some 77 digits; a third of that takes a third of the room in every row.
  const token = (outcome: string) =>
    BigInt(`0x${digest(`${seed}:token:${outcome}:${index}`).slice(0, 20)}`).toString();
  return {
    conditionId: `0x${digest(`${seed}:condition:${index}`)}`,
    tokens: [token('yes'), token('no')],
    title: titleOf(index),
  };
}

function titleOf(index: number): string {
  if (index === 0) return `Will the ${RARE_WORD} cross the lake before the storm?`;
  if (index % 3 === 0) return `Will ${COMMON_WORD} be above $${20_000 + index * 7} at noon on day ${index}?`;
  if (index % 3 === 1) return `Will team ${index % 97} beat team ${(index * 31) % 101} in round ${index}?`;
  return `Will candidate ${index % 53} win the seat of district ${index}?`;
}

/** Numbers from 0 up to 1 that are the same for the same seed (xorshift; good enough to scatter rows). */
export class Chance {
  private state: number;
  /** The end of each id: numbers of two seeds may meet, ids must not. */
  private readonly ownEnd: string;

  constructor(seed: string) {
    this.state = Number.parseInt(digest(seed).slice(0, 8), 16) || 1;
    this.ownEnd = digest(seed).slice(8, 16);
  }

  next(): number {
    return this.word() / 0x1_0000_0000;
  }

  /** A whole number from 0 to below `count`. */
  below(count: number): number {
    return Math.floor(this.next() * count);
  }

  pick<T>(list: readonly [T, ...T[]]): T {
    return list[this.below(list.length)] ?? list[0];
  }

  /** 64 hex digits, as ids of the chain have. */
  id(): string {
    let text = '';
    for (let part = 0; part < 7; part += 1) text += this.word().toString(16).padStart(8, '0');
    return text + this.ownEnd;
  }

  /**
   * An id of ours: shorter than the real ones and in the order of its number, so that a million of them are written and kept in
   * a tenth of the room. Pages find them by the same keys and read as many rows.
   */
  orderedId(number: number): string {
    return `${number.toString(16).padStart(8, '0')}${this.word().toString(16).padStart(8, '0')}${this.ownEnd}`;
  }

  private word(): number {
    let next = this.state;
    next ^= next << 13;
    next ^= next >>> 17;
    next ^= next << 5;
    this.state = next >>> 0;
    return this.state;
  }
}
