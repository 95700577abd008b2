/**
 * From reported rows to groups: each fill counts once, moves the leader's holdings, and either waits for its group or is
 * recorded as one that is not copied. Every fill gets exactly one row in the ledger.
 */

import type { FillDisposition } from '../../domain/decide/reasons.ts';
import { notionalFloor } from '../../domain/money.ts';
import type { LeaderFillRecord } from '../../domain/records/records.ts';
import type { Outbox } from '../platform/outbox.ts';
import type { ObserveRequest } from '../rpc.ts';
import type { FillMarks, NewFill } from './fill-marks.ts';
import type { Group, Groups, PendingFill, Slot } from './groups.ts';
import type { LeaderControl } from './leader-control.ts';
import type { LeaderHoldings } from './leader-holdings.ts';

export class FillIntake {
  private tooOld = 0;

  constructor(
    private readonly marks: FillMarks,
    private readonly groups: Groups,
    private readonly holdings: LeaderHoldings,
    private readonly control: LeaderControl,
    private readonly outbox: Outbox,
  ) {}

  /** Takes the rows of a report; returns whether there was a new fill among them. Call inside a transaction. */
  take(request: ObserveRequest, nowMs: number): boolean {
    const { fresh } =
      request.kind === 'sweep'
        ? this.marks.observeSweep(request.rows)
        : this.marks.observeStream(request.source, request.rows);
    this.tooOld = 0;
    for (const fill of fresh) this.takeFill(fill, request, nowMs);
    return fresh.some((fill) => !fill.difference);
  }

  /**
   * The group that a report makes at once, where it is one purchase that is to be copied and waits for no other; undefined else.
   * Changes nothing.
   */
  preview(request: ObserveRequest, nowMs: number): Group | undefined {
    const [row, ...others] = request.rows;
    if (request.kind !== 'stream' || row?.side !== 'BUY' || others.length > 0) return undefined;
    const fill = this.marks.preview(request.source, row);
    if (fill === undefined || fill.difference) return undefined;
    const inReading = this.holdings.includes(row.eventAtMs);
    const pending = { ...movedBy(fill, request), heldBeforeMicros: null, inReading };
    return this.disposition(pending, nowMs) === 'GROUPED' ? this.groups.alone(pending, nowMs) : undefined;
  }

  /** How many purchases of the last report were too old to copy. */
  tooOldOfLast(): number {
    return this.tooOld;
  }

  /** Takes the fills of a slot out of the queue as one group, and records them. Call inside a transaction. */
  close(slot: Slot): { readonly group: Group; readonly fills: readonly PendingFill[] } {
    const closed = this.groups.close(slot);
    for (const fill of closed.fills) this.record(fill, 'GROUPED', closed.group.groupKey);
    return closed;
  }

  private takeFill(fill: NewFill, request: ObserveRequest, nowMs: number): void {
    const moved = movedBy(fill, request);
    if (fill.difference) {
      this.record({ ...moved, heldBeforeMicros: null, inReading: false }, 'DIFFERENCE', '');
      return;
    }
    const pending: PendingFill = { ...moved, ...this.holdings.traded(moved) };
    const disposition = this.disposition(pending, nowMs);
    if (disposition === 'EVENT_TOO_OLD') this.tooOld += 1;
    if (disposition === 'GROUPED') this.groups.addPending(pending, nowMs);
    else this.record(pending, disposition, '');
  }

  /** Fails closed: without the operator's document no leader is known to be followed. */
  private disposition(fill: PendingFill, nowMs: number): FillDisposition {
    if (this.control.isHistory(fill.eventAtMs)) return 'HISTORY';
    // A sale is never too old here: the Wallet lists it as owed, and tries it while it is younger than exitAgeMsMax (A43).
    const tooOld = fill.side === 'BUY' && nowMs - fill.eventAtMs > this.control.copyAgeMsMax();
    return tooOld ? 'EVENT_TOO_OLD' : 'GROUPED';
  }

  private record(
    fill: PendingFill,
    disposition: FillDisposition,
    groupKey: LeaderFillRecord['groupKey'],
  ): void {
    const { heldBeforeMicros: _held, inReading: _reading, member: _member, ...row } = fill;
    this.outbox.add({
      kind: 'leaderFill',
      leaderAddress: this.control.leaderAddress,
      ...row,
      disposition,
      groupKey,
    });
  }
}

/** The fill as it waits for its group, but for what the leader held. */
function movedBy(
  { fillId, member, row, shareMicros }: NewFill,
  { detectedAtMs, source }: ObserveRequest,
): Omit<PendingFill, 'heldBeforeMicros' | 'inReading'> {
  const { txHash, tokenId, conditionId, side, priceMicros, eventAtMs } = row;
  const whole = shareMicros === row.shareMicros;
  const notionalMicros = whole ? row.notionalMicros : notionalFloor(shareMicros, priceMicros);
  return {
    ...{ fillId, member, txHash, tokenId, conditionId, side, shareMicros, priceMicros, notionalMicros },
    ...{ eventAtMs, detectedAtMs, source },
  };
}
