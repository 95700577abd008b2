/**
 * The members of an intent (design.md 4): the leader's fills, and the carries and acts, that it is made of, each with its shares. A
 * Wallet decides each share of a member under one key only. A fill is a range of its transaction's shares: the id names the
 * transaction, token and side, `fromShareMicros` what was known of it before.
 */
import type { GroupKey } from '../ids.ts';
import { max, min, type ShareMicros, shares, sub } from '../money.ts';

export interface IntentMember {
  readonly id: string;
  /** Zero for everything but the later fills of a transaction. */
  readonly fromShareMicros: ShareMicros;
  readonly shareMicros: ShareMicros;
}

/** Shares of a member that a Wallet has decided, and the group under whose key. */
export interface DecidedMember extends IntentMember {
  readonly groupKey: GroupKey;
}

/** A range of a member's shares, and the group in which they were decided; null while they are not. */
export interface MemberPiece {
  readonly fromShareMicros: ShareMicros;
  readonly shareMicros: ShareMicros;
  readonly groupKey: GroupKey | null;
}

/** The member cut into what is decided and what is not, from its first share to its last. */
export function piecesOf(member: IntentMember, decided: readonly DecidedMember[]): readonly MemberPiece[] {
  const end = shares(member.fromShareMicros + member.shareMicros);
  const mine = decided
    .filter(({ id }) => id === member.id)
    .toSorted((a, b) => (a.fromShareMicros < b.fromShareMicros ? -1 : 1));
  const pieces: MemberPiece[] = [];
  let at = member.fromShareMicros;
  const cut = (untilMicros: ShareMicros, groupKey: GroupKey | null): void => {
    const until = min(untilMicros, end);
    if (until <= at) return;
    pieces.push({ fromShareMicros: at, shareMicros: sub(until, at), groupKey });
    at = until;
  };
  for (const one of mine) {
    cut(max(one.fromShareMicros, at), null);
    cut(shares(one.fromShareMicros + one.shareMicros), one.groupKey);
  }
  cut(end, null);
  return pieces;
}

/** Whether every share of these members is decided. */
export function isAllDecided(members: readonly IntentMember[], decided: readonly DecidedMember[]): boolean {
  return members.every((member) => piecesOf(member, decided).every(({ groupKey }) => groupKey !== null));
}
