/**
 * The intents of both modes: decides for each closed group and each active mode whether it is buffered, keeps the times at
 * which buffers and carries are looked at, and takes the Wallets' answers.
 */
import { assert } from '../../domain/assert.ts';
import { rawTarget } from '../../domain/decide/sizing.ts';
import {
  type ConditionId,
  groupKey,
  type TokenId,
  TRADING_MODES,
  type TradingMode,
} from '../../domain/ids.ts';
import { add, cash, max, price, type ShareMicros, shares } from '../../domain/money.ts';
import type { CopyResult, MembersDecided } from '../copy-answer.ts';
import type { ObjectPorts } from '../platform/ports.ts';
import type { Scheduler } from '../platform/scheduler.ts';
import type { ExitCorrections, ModeDispatch } from './exit-corrections.ts';
import type { Dispatch, Group, PendingFill, QueuedDispatch } from './groups.ts';
import { type FollowerKeyValue, JOBS } from './keys.ts';
import type { LeaderControl } from './leader-control.ts';
import type { LeaderHoldings } from './leader-holdings.ts';
import { partOfAct } from './members/group-parts.ts';
import { regrouped } from './members/regroup.ts';
import type { LeaderExit, ModeIntents } from './mode-intents.ts';

/** An act that left the leader with fewer shares of a token. */
export interface ActivityExit {
  readonly activityId: string;
  readonly tokenId: TokenId;
  readonly conditionId: ConditionId;
  readonly soldShareMicros: ShareMicros;
  readonly heldShareMicros: ShareMicros;
  readonly eventAtMs: number;
  readonly detectedAtMs: number;
}

export class Intents {
  constructor(
    private readonly ports: ObjectPorts,
    private readonly kv: FollowerKeyValue,
    private readonly scheduler: Scheduler,
    private readonly control: LeaderControl,
    private readonly holdings: LeaderHoldings,
    private readonly modes: Readonly<Record<TradingMode, ModeIntents>>,
    private readonly corrections: ExitCorrections,
  ) {}

  next(mode: TradingMode): QueuedDispatch | undefined {
    return this.modes[mode].next();
  }

  /** Makes a closed group an intent of every active mode, at once or through its buffer. Call inside a transaction. */
  add(group: Group, fills: readonly PendingFill[], nowMs: number): void {
    const exit = group.side === 'SELL' ? this.exitOf(group, fills) : null;
    if (exit !== null && exit.exit === null) this.corrections.begin(group, fills, this.mirroringModes());
    let mayHaveToFlush = false;
    for (const mode of exit === null ? this.control.activeModes() : this.exitModes()) {
      this.modes[mode].join(fills, group.groupKey, nowMs);
      const settings = this.control.settings(mode);
      if (exit !== null) {
        this.modes[mode].addExit(group, exit, { settings, nowMs });
        continue;
      }
      const target = rawTarget(settings, {
        notionalMicros: group.notionalMicros,
        exposureMicros: this.holdings.exposureFor(settings),
      });
      const buffered =
        settings.bufferEnabled &&
        !('reason' in target) &&
        group.notionalMicros >= BigInt(settings.leaderTradeNotionalMicrosMin);
      if (!buffered) this.modes[mode].addDirect(group);
      else {
        this.modes[mode].addBuffered(group, target.targetNotionalMicros, { settings, nowMs });
        mayHaveToFlush = true;
      }
    }
    if (mayHaveToFlush) this.scheduleFlush();
  }

  /**
   * Which fraction of their holding the leader sold by this group, fixed now (A43). A sale of more than they were known to
   * hold is all of it. Without a whole reading of their positions there is no fraction: our rate of the sale is sold then.
   */
  private exitOf(group: Group, fills: readonly PendingFill[]): LeaderExit {
    const leaderExited = this.holdings.hasExited(group.tokenId);
    const held = heldBeforeFirst(fills);
    if (held === null) return { leaderExited, exit: null };
    const sold = leaderExited || held < group.shareMicros ? held : group.shareMicros;
    const all = sold === held;
    const of = all ? max(held, group.shareMicros) : held;
    return {
      leaderExited,
      exit: { kind: 'FRACTION', soldShareMicros: all ? of : sold, heldShareMicros: of },
    };
  }

  /** Makes an act that left the leader with fewer shares an exit of every mode (A48). Call inside a transaction. */
  addActivity(act: ActivityExit): void {
    if (this.control.isHistory(act.eventAtMs)) return;
    const id = `activity:${act.activityId}:${act.tokenId}`;
    const { soldShareMicros, heldShareMicros } = act;
    const group: Group = {
      groupKey: groupKey([id]),
      parts: [partOfAct(id, { ...act, shareMicros: soldShareMicros })],
      tokenId: act.tokenId,
      conditionId: act.conditionId,
      side: 'SELL',
      fillCount: 0,
      shareMicros: soldShareMicros,
      // Neither a merge nor a conversion has a price of the token: the Wallet values it by its own mark.
      notionalMicros: cash(0n),
      referencePriceMicros: price(0n),
      eventAtMs: act.eventAtMs,
      detectedAtMs: act.detectedAtMs,
      newest: { eventAtMs: act.eventAtMs, detectedAtMs: act.detectedAtMs, ownWaitMs: 0 },
    };
    const leaderExited = this.holdings.hasExited(act.tokenId);
    const sold = leaderExited ? heldShareMicros : soldShareMicros;
    const exit: LeaderExit = {
      leaderExited,
      exit: { kind: 'FRACTION', soldShareMicros: sold, heldShareMicros },
    };
    const nowMs = this.ports.nowMs();
    for (const mode of this.exitModes())
      this.modes[mode].addExit(group, exit, { settings: this.control.settings(mode), nowMs });
  }

  /** Queues corrections, or exits whose answers are asked for again. Call inside a transaction. */
  queue(dispatches: readonly ModeDispatch[]): void {
    for (const { mode, dispatch } of dispatches) this.modes[mode].addAsIs(dispatch);
  }

  /** An exit also goes to a live Wallet that is OFF but may hold shares: it records what it owes. */
  private exitModes(): readonly TradingMode[] {
    const active = this.control.activeModes();
    return this.kv.get('boughtLive') === true && !active.includes('LIVE') ? ['LIVE', ...active] : active;
  }

  /** Modes whose exits mirror a fraction: one by the rate is corrected there. */
  private mirroringModes(): readonly TradingMode[] {
    return this.exitModes().filter((mode) => this.control.settings(mode).exitSizing === 'MIRROR_FRACTION');
  }

  /** The job that looks at buffers and carries. */
  flush(): void {
    const nowMs = this.ports.nowMs();
    for (const mode of TRADING_MODES) {
      const settings = this.control.settings(mode);
      this.ports.storage.transaction(() => this.modes[mode].flush(settings, nowMs));
    }
    this.scheduleFlush();
    this.scheduler.at(JOBS.dispatch, nowMs);
  }

  /** Takes a Wallet's answer to an intent. Call inside a transaction. */
  answered(mode: TradingMode, asked: QueuedDispatch, result: CopyResult): void {
    if (result.kind === 'members-decided') {
      this.regroup(mode, asked, result);
      return;
    }
    const given = { settings: this.control.settings(mode), nowMs: this.ports.nowMs() };
    if (this.modes[mode].answered(asked, result, given)) this.scheduleFlush();
    this.taken(mode, asked.dispatch, result);
  }

  /**
   * The Wallet has decided a part of the group in others: that part joins those, with the answers that a crash has lost, and the
   * rest takes the group's place in the queue (design.md 4).
   */
  private regroup(mode: TradingMode, asked: QueuedDispatch, { members, answers }: MembersDecided): void {
    const nowMs = this.ports.nowMs();
    const { dispatch } = asked;
    const cut = regrouped(dispatch, members, this.control.leaderAddress);
    assert(cut.old.length > 0, 'a Wallet refused a group for members that it does not have');
    const lost = cut.old.filter((old) => this.modes[mode].rejoin(old, nowMs));
    const expected = cut.rest === null ? lost : [...lost, cut.rest];
    this.corrections.regrouped(
      mode,
      dispatch.group,
      expected.map(({ group }) => group),
    );
    this.modes[mode].replace(asked, cut, nowMs);
    for (const old of lost) {
      const known = answers.find(({ groupKey: key }) => key === old.group.groupKey);
      if (known === undefined) continue;
      const given = { settings: this.control.settings(mode), nowMs };
      if (this.modes[mode].carry(old, known.answer, given)) this.scheduleFlush();
      this.taken(mode, old, known.answer);
    }
  }

  private taken(mode: TradingMode, dispatch: Dispatch, result: CopyResult): void {
    const { group } = dispatch;
    if (mode === 'LIVE' && group.side === 'BUY' && mayHave(result)) this.kv.put('boughtLive', true);
    if (group.side !== 'SELL') return;
    this.modes[mode].lowerCarries(dispatch, this.ports.nowMs());
    this.queue(this.corrections.answered(mode, group, result));
  }

  private scheduleFlush(): void {
    for (const mode of TRADING_MODES) {
      for (const atMs of this.modes[mode].flushTimes(this.control.settings(mode))) {
        this.scheduler.at(JOBS.buffers, atMs);
      }
    }
  }
}

/** What the leader held before the first of the sales; null if one of them does not know. */
function heldBeforeFirst(fills: readonly PendingFill[]): ShareMicros | null {
  // A fill that was stored before the field existed knows nothing either.
  if (fills.some(({ heldBeforeMicros: held }) => held === null || held === undefined)) return null;
  // Times are whole seconds: of the sales of one second, the one before which most was held came first.
  const [first, ...later] = [...fills].sort(
    (a, b) => a.eventAtMs - b.eventAtMs || (heldBefore(b) > heldBefore(a) ? 1 : -1),
  );
  if (first === undefined) return null;
  // A reading that already has these sales shows what was left after all of them.
  const gone = later
    .filter((fill) => fill.inReading)
    .reduce((sum, fill) => add(sum, fill.shareMicros), shares(0n));
  return first.inReading ? add(heldBefore(first), gone) : heldBefore(first);
}

function heldBefore({ heldBeforeMicros }: PendingFill): ShareMicros {
  return heldBeforeMicros ?? shares(0n);
}

/** Whether the Wallet may hold shares by this purchase, now or later. */
function mayHave(result: CopyResult): boolean {
  return result.kind === 'decided' && result.decision !== 'SKIP';
}
