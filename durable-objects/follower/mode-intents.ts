/**
 * The groups of one mode on their way to its Wallet: straight into the queue of intents, through the buffer, or carried
 * until they are large enough. Call every method that writes inside a transaction.
 */
import type { GroupKey, TradingMode } from '../../domain/ids.ts';
import { type CashMicros, cash } from '../../domain/money.ts';
import type { ModeSettings } from '../../domain/settings/settings.ts';
import type { CopyResult } from '../copy-answer.ts';
import type { Outbox } from '../platform/outbox.ts';
import type { Carries } from './carries.ts';
import {
  type Dispatch,
  type Group,
  type Groups,
  immediateDispatch,
  type PendingFill,
  type QueuedDispatch,
} from './groups.ts';
import { nameOf, type Regrouped } from './members/regroup.ts';
import type { TradeBuffer } from './trade-buffer.ts';

/** What an exit of the leader means for our shares. */
export type LeaderExit = Pick<Dispatch, 'leaderExited' | 'exit'>;

/**
 * A group that goes on by itself, named by what it is made of: without fills it is an act of another kind, the leader merged or
 * converted (A48).
 */
export function directDispatch(group: Group, exit?: LeaderExit): Dispatch {
  const { fillCount } = group;
  const sourceType = fillCount === 0 ? 'ACTIVITY' : fillCount > 1 ? 'AGGREGATOR' : 'IMMEDIATE';
  return { ...immediateDispatch(group), ...exit, sourceType };
}

export class ModeIntents {
  constructor(
    private readonly mode: TradingMode,
    private readonly groups: Groups,
    private readonly buffer: TradeBuffer,
    private readonly carries: Carries,
    private readonly outbox: Outbox,
  ) {}

  /** The oldest intent that waits for the Wallet. */
  next(): QueuedDispatch | undefined {
    return this.groups.next(this.mode);
  }

  /** Notes the group that each fill belongs to. */
  join(fills: readonly PendingFill[], key: GroupKey, nowMs: number): void {
    for (const fill of fills) this.groups.join(this.mode, fill.fillId, key, nowMs);
  }

  /** Queues a group as an intent of its own. */
  addDirect(group: Group, exit?: LeaderExit): void {
    this.groups.enqueue(this.mode, directDispatch(group, exit));
  }

  /** Queues an exit, and lowers the purchases of the same that still gather in the buffer by the same fraction (A43). */
  addExit(
    group: Group,
    exit: LeaderExit,
    given: { readonly settings: ModeSettings; readonly nowMs: number },
  ): void {
    this.enqueueAll(this.buffer.lower(group.tokenId, exit.exit, given));
    this.addDirect(group, exit);
  }

  /** Queues a dispatch as it is: a correction, or an exit whose answer is asked for again. */
  addAsIs(dispatch: Dispatch): void {
    this.groups.enqueue(this.mode, dispatch);
  }

  /** Offers a purchase to the buffer, with our part of it, and queues what the buffer lets out. */
  addBuffered(
    group: Group,
    ourNotional: CashMicros,
    given: { readonly settings: ModeSettings; readonly nowMs: number },
  ): void {
    this.enqueueAll(this.buffer.offer(group, ourNotional, given));
  }

  /** Queues what the buffer has to let out at this time, and gives up carries that are too old. */
  flush(settings: ModeSettings, nowMs: number): void {
    this.enqueueAll(this.buffer.flushDue(settings, nowMs));
    this.enqueueAll(this.carries.expire(settings.carryAgeMsMax, nowMs));
  }

  /** The next times at which `flush` has something to do. */
  flushTimes(settings: ModeSettings): readonly number[] {
    const times = [this.buffer.nextAtMs(settings), this.carries.nextExpiryAtMs(settings.carryAgeMsMax)];
    return times.filter((time) => time !== undefined);
  }

  /** Takes a Wallet's answer: the intent is done, and shares that were too small are carried. Returns whether any were. */
  answered(
    { id, dispatch }: QueuedDispatch,
    result: CopyResult,
    given: { readonly settings: ModeSettings; readonly nowMs: number },
  ): boolean {
    this.groups.done(id);
    return this.carry(dispatch, result, given);
  }

  /**
   * A part of a refused group was decided in this one: its members belong there. Returns false where they are known to, so that
   * the answer was taken, or is awaited.
   */
  rejoin({ group }: Dispatch, nowMs: number): boolean {
    const isNew = this.groups.members(this.mode, group.groupKey).length === 0;
    this.groups.rejoin(this.mode, (group.parts ?? []).map(nameOf), group.groupKey, nowMs);
    return isNew;
  }

  /** Puts what is left of a refused group in its place, and notes for people where the group's fills have ended. */
  replace(
    { id, dispatch: { group: refused } }: QueuedDispatch,
    { old, rest }: Regrouped,
    nowMs: number,
  ): void {
    if (rest === null) this.groups.done(id);
    else {
      this.groups.rejoin(this.mode, (rest.group.parts ?? []).map(nameOf), rest.group.groupKey, nowMs);
      this.groups.replace(id, rest);
    }
    const ended = (rest ?? old[0])?.group.groupKey;
    if (ended === undefined || old.some(({ group }) => group.groupKey === refused.groupKey)) return;
    this.outbox.add({
      kind: 'groupMember',
      mode: this.mode,
      memberId: refused.groupKey,
      groupKey: ended,
    });
  }

  /** Carries the shares of an answer that were too small. Returns whether any were. */
  carry(
    { group, sourceType }: Dispatch,
    result: CopyResult,
    { settings, nowMs }: { readonly settings: ModeSettings; readonly nowMs: number },
  ): boolean {
    if (result.kind !== 'decided' || result.carriedShareMicros <= 0n) return false;
    this.carries.add(group, result.carriedShareMicros, nowMs);
    const { orderShareMicrosMin } = result;
    // A release that was again too small waits for the leader's next act; else it would be released without end.
    if (sourceType !== 'CARRY' && orderShareMicrosMin !== null) {
      const gathered = settings.bufferEnabled ? settings.bufferExecNotionalMicrosMin : 0;
      const least = { orderShareMicros: orderShareMicrosMin, notionalMicros: cash(BigInt(gathered)) };
      const release = this.carries.releaseDue(group.tokenId, least, nowMs);
      if (release !== undefined) this.enqueueAll([release]);
    }
    return true;
  }

  /** An exit was decided: what is carried of purchases before it is lowered by the same fraction, or given up (A43). */
  lowerCarries({ group, exit }: Dispatch, nowMs: number): void {
    this.enqueueAll(this.carries.lower(group.tokenId, exit, { untilMs: group.eventAtMs, nowMs }));
  }

  private enqueueAll(dispatches: readonly Dispatch[]): void {
    for (const dispatch of dispatches) {
      const { groupKey } = dispatch.group;
      this.groups.enqueue(this.mode, dispatch);
      if (dispatch.sourceType !== 'BUFFER' && dispatch.sourceType !== 'CARRY') continue;
      for (const memberId of this.groups.members(this.mode, groupKey)) {
        this.outbox.add({ kind: 'groupMember', mode: this.mode, memberId, groupKey });
      }
    }
  }
}
