/** The parts of a group: the leader's fills, carries, or one act, each a member of the intent that is made of the group. */
import type { IntentMember } from '../../../domain/decide/members.ts';
import type { FillId } from '../../../domain/ids.ts';
import { type CashMicros, cash, type ShareMicros, shares } from '../../../domain/money.ts';

export interface GroupPart extends IntentMember {
  /** The leader's, or what was carried; zero of an act, which has no price. */
  readonly notionalMicros: CashMicros;
  readonly eventAtMs: number;
  readonly detectedAtMs: number;
  /** Of a fill; null for every other part. */
  readonly fill: { readonly fillId: FillId; readonly txHash: string } | null;
}

/** What is needed of a fill that waits for its group. */
interface WaitingFill
  extends Pick<GroupPart, 'shareMicros' | 'notionalMicros' | 'eventAtMs' | 'detectedAtMs'> {
  readonly fillId: FillId;
  readonly txHash: string;
  readonly member?: Pick<IntentMember, 'id' | 'fromShareMicros'>;
}

export function partOfFill(fill: WaitingFill): GroupPart {
  const { fillId, txHash, shareMicros, notionalMicros, eventAtMs, detectedAtMs } = fill;
  // A fill that an earlier release let wait is known by its own id alone.
  const member = fill.member ?? { id: fillId, fromShareMicros: shares(0n) };
  return { ...member, shareMicros, notionalMicros, eventAtMs, detectedAtMs, fill: { fillId, txHash } };
}

/** The only part of a merge, a conversion or a correction. */
export function partOfAct(
  id: string,
  {
    shareMicros,
    eventAtMs,
    detectedAtMs,
  }: { readonly shareMicros: ShareMicros; readonly eventAtMs: number; readonly detectedAtMs: number },
): GroupPart {
  const amounts = { fromShareMicros: shares(0n), shareMicros, notionalMicros: cash(0n) };
  return { id, ...amounts, eventAtMs, detectedAtMs, fill: null };
}
