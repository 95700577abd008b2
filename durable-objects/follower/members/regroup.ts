/**
 * A group of which a Wallet has decided a part already: that part belongs to the groups in which it was decided, the rest is a new
 * group, and what a known fill has more than was decided is a new fill.
 */
import type { ExitPart } from '../../../domain/decide/decision-facts.ts';
import { type DecidedMember, type MemberPiece, piecesOf } from '../../../domain/decide/members.ts';
import { fillId, type GroupKey, groupKey, type LeaderAddress } from '../../../domain/ids.ts';
import {
  add,
  cash,
  mulDivFloor,
  priceOfFloor,
  type ShareMicros,
  shares,
  sub,
} from '../../../domain/money.ts';
import { differenceAllowed } from '../fill-marks.ts';
import type { Dispatch, Group } from '../groups.ts';
import type { GroupPart } from './group-parts.ts';

export interface Regrouped {
  /** One for each group that has decided something of it, with what that is. */
  readonly old: readonly Dispatch[];
  /** What no group has decided; null when that is nothing. */
  readonly rest: Dispatch | null;
}

export function regrouped(
  dispatch: Dispatch,
  decided: readonly DecidedMember[],
  leader: LeaderAddress,
): Regrouped {
  const { group } = dispatch;
  const cut = (group.parts ?? []).flatMap((part) => cutPart(part, decided, { group, leader }));
  const byGroup = Map.groupBy(cut, ({ groupKey: key }) => key);
  const rest = (byGroup.get(null) ?? []).map(({ part }) => part);
  const old = [...byGroup].flatMap(([key, pieces]) =>
    key === null
      ? []
      : [partOf(dispatch, key, { parts: pieces.map(({ part }) => part), before: shares(0n) })],
  );
  const before = sum(
    [...byGroup].flatMap(([key, pieces]) => (key === null ? [] : pieces.map(({ part }) => part))),
  );
  return {
    old,
    rest: rest.length === 0 ? null : partOf(dispatch, groupKey(rest.map(nameOf)), { parts: rest, before }),
  };
}

/** By what a part is a member of its group in the FollowedUser: a fill by its own id. */
export function nameOf({ id, fill }: GroupPart): string {
  return fill?.fillId ?? id;
}

interface CutPart {
  readonly groupKey: GroupKey | null;
  readonly part: GroupPart;
}

function cutPart(
  part: GroupPart,
  decided: readonly DecidedMember[],
  of: { readonly group: Group; readonly leader: LeaderAddress },
): readonly CutPart[] {
  const pieces = piecesOf(part, decided);
  if (part.fill === null) {
    // Only a fill grows: a carry or an act that was decided at all was decided whole.
    return [{ groupKey: pieces.find((piece) => piece.groupKey !== null)?.groupKey ?? null, part }];
  }
  return pieces
    .filter((piece) => pieces.length === 1 || !isDifference(piece))
    .map((piece) => ({ groupKey: piece.groupKey, part: pieceOf(part, piece, of) }));
}

/** Sources round and net a transaction differently: so little more than was decided is no new fill. */
function isDifference({ groupKey: key, fromShareMicros, shareMicros }: MemberPiece): boolean {
  return key === null && fromShareMicros > 0n && shareMicros <= differenceAllowed(fromShareMicros);
}

function pieceOf(
  part: GroupPart,
  { fromShareMicros, shareMicros }: MemberPiece,
  {
    group: { tokenId, side },
    leader: leaderAddress,
  }: { readonly group: Group; readonly leader: LeaderAddress },
): GroupPart {
  if (part.fill === null || shareMicros === part.shareMicros) return part;
  const { txHash } = part.fill;
  const id = fillId({ txHash, leaderAddress, tokenId, side, markBeforeShareMicros: fromShareMicros });
  const notionalMicros = cash(mulDivFloor(part.notionalMicros, shareMicros, part.shareMicros));
  return { ...part, fromShareMicros, shareMicros, notionalMicros, fill: { fillId: id, txHash } };
}

/** So much of the dispatch as these of its parts are; `before`: the shares of the leader that were decided before them. */
function partOf(
  dispatch: Dispatch,
  key: GroupKey,
  { parts, before }: { readonly parts: readonly GroupPart[]; readonly before: ShareMicros },
): Dispatch {
  const { group, ourNotionalMicros, exit, sourceType } = dispatch;
  const all = group.parts ?? [];
  const size = [sum(parts), sum(all)] as const;
  const worth = [notionalOf(parts), notionalOf(all)] as const;
  const shareMicros = shares(mulDivFloor(group.shareMicros, ...size));
  const notionalMicros = cash(mulDivFloor(group.notionalMicros, ...(worth[1] > 0n ? worth : size)));
  const isPlain = sourceType === 'IMMEDIATE' || sourceType === 'AGGREGATOR';
  const fillCount = parts.every(({ fill }) => fill !== null) ? parts.length : group.fillCount;
  return {
    ...dispatch,
    sourceType: isPlain ? (fillCount > 1 ? 'AGGREGATOR' : 'IMMEDIATE') : sourceType,
    ourNotionalMicros:
      ourNotionalMicros === null
        ? null
        : cash(mulDivFloor(ourNotionalMicros, ...(worth[1] > 0n ? worth : size))),
    exit: exit === null ? null : exitOf(exit, sum(parts), before),
    group: {
      ...group,
      groupKey: key,
      parts,
      fillCount,
      shareMicros,
      notionalMicros,
      referencePriceMicros:
        notionalMicros > 0n && shareMicros > 0n
          ? priceOfFloor(notionalMicros, shareMicros)
          : group.referencePriceMicros,
      eventAtMs: isPlain ? Math.min(...parts.map((part) => part.eventAtMs)) : group.eventAtMs,
      detectedAtMs: isPlain ? Math.min(...parts.map((part) => part.detectedAtMs)) : group.detectedAtMs,
    },
  };
}

/** The fraction of these shares, of what the leader held after those decided before; all stays all (A43). */
function exitOf(exit: ExitPart, sold: ShareMicros, before: ShareMicros): ExitPart {
  if (exit.kind !== 'FRACTION') return exit;
  const { soldShareMicros, heldShareMicros } = exit;
  const held = sub(heldShareMicros, before);
  const isLast = before > 0n && soldShareMicros >= heldShareMicros;
  return isLast || sold >= held
    ? { kind: 'FRACTION', soldShareMicros: sold, heldShareMicros: sold }
    : { kind: 'FRACTION', soldShareMicros: sold, heldShareMicros: held };
}

function sum(parts: readonly GroupPart[]): ShareMicros {
  return parts.reduce((total, part) => add(total, part.shareMicros), shares(0n));
}

function notionalOf(parts: readonly GroupPart[]): bigint {
  return parts.reduce((total, part) => total + part.notionalMicros, 0n);
}
