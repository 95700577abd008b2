/**
 * The logic of one FollowedUser: the one place where a leader's fills become intents, in order. Dedupes, groups, buffers,
 * carries, keeps the leader's own positions, and hands each intent to each Wallet until it has answered.
 */
import { assert } from '../../domain/assert.ts';
import type { CopyIntent } from '../../domain/decide/decision-facts.ts';
import type { FillDisposition } from '../../domain/decide/reasons.ts';
import { isBudgeted, rawTarget } from '../../domain/decide/sizing.ts';
import {
  idempotencyKey,
  type LeaderAddress,
  type TokenId,
  TRADING_MODES,
  type TradingMode,
} from '../../domain/ids.ts';
import { type CashMicros, notionalFloor, shares } from '../../domain/money.ts';
import type { LeaderFillRecord, OutboxRecord } from '../../domain/records/records.ts';
import type { UserStatus } from '../../domain/records/status.ts';
import type { Topic } from '../../domain/records/topics.ts';
import { type Control, type FollowedUserControl, paperFollowState } from '../../domain/settings/control.ts';
import {
  DEFAULT_SYSTEM_SETTINGS,
  defaultSettings,
  type ModeSettings,
  settingsFor,
} from '../../domain/settings/settings.ts';
import { ControlCache } from '../platform/control-cache.ts';
import { KeyValue } from '../platform/key-value.ts';
import { OUTBOX_JOB, Outbox, outboxFacts } from '../platform/outbox.ts';
import { type ObjectPorts, reasonOf } from '../platform/ports.ts';
import { Scheduler } from '../platform/scheduler.ts';
import type { CopyResult, ObserveRequest, Quote, SeedPosition, WalletPort } from '../rpc.ts';
import { Carries } from './carries.ts';
import { FillMarks, type NewFill } from './fill-marks.ts';
import { type Dispatch, Groups, type PendingFill } from './groups.ts';
import { DISPATCH_RETRY_MS, IntentHandover } from './intent-handover.ts';
import type { FollowerKeyValue } from './keys.ts';
import { LeaderActivities } from './leader-activities.ts';
import { LeaderCurve } from './leader-curve.ts';
import { LeaderPositions } from './leader-positions.ts';
import { TradeBuffer } from './trade-buffer.ts';

export interface FollowerDeps {
  readonly leaderAddress: LeaderAddress;
  readonly wallets: Readonly<Record<TradingMode, WalletPort>>;
  readonly writeOutbox: (records: readonly OutboxRecord[]) => Promise<void>;
  readonly readControl: () => Promise<Control | undefined>;
  /** What has changed on the pages. */
  readonly tellPages: (topics: readonly Topic[]) => void;
}

/** The leader's own curve moves this soon after he traded, once for a whole burst. */
const SHADOW_DELAY_MS = 60_000;
const QUOTES_KEPT_MAX = 100;
const DAY_MS = 86_400_000;

interface ModeParts {
  readonly buffer: TradeBuffer;
  readonly carry: Carries;
}

export class FollowerCore {
  private readonly kv: FollowerKeyValue;
  private readonly control: ControlCache;
  private readonly outbox: Outbox;
  private readonly scheduler: Scheduler;
  private readonly marks: FillMarks;
  private readonly groups: Groups;
  private readonly positions: LeaderPositions;
  private readonly activities: LeaderActivities;
  private readonly shadow: LeaderCurve;
  private readonly modes: Readonly<Record<TradingMode, ModeParts>>;
  /** The last quotes told, to be handed along; after a restart there are none and the Wallet asks for itself. */
  private readonly quotes = new Map<string, Quote>();
  private readonly handover: IntentHandover;

  constructor(
    private readonly ports: ObjectPorts,
    private readonly deps: FollowerDeps,
  ) {
    const { storage } = ports;
    this.kv = new KeyValue(storage);
    this.control = new ControlCache(this.kv);
    this.outbox = new Outbox(ports, deps.writeOutbox, deps.tellPages);
    this.marks = new FillMarks(storage);
    this.groups = new Groups(storage);
    this.positions = new LeaderPositions(storage, this.outbox, () => deps.leaderAddress);
    this.shadow = new LeaderCurve(this.kv, this.positions, this.outbox, deps.leaderAddress);
    this.activities = new LeaderActivities(storage, this.outbox, this.positions, this.shadow);
    const parts = (mode: TradingMode): ModeParts => ({
      buffer: new TradeBuffer(mode, storage, this.groups),
      carry: new Carries(mode, storage, this.groups),
    });
    this.modes = { PAPER: parts('PAPER'), LIVE: parts('LIVE') };
    this.handover = new IntentHandover({
      ports,
      groups: this.groups,
      wallets: deps.wallets,
      requestOf: (mode, dispatch) => ({
        intent: this.intentOf(mode, dispatch),
        quote: this.quotes.get(dispatch.group.tokenId) ?? { book: null, market: null },
      }),
      answered: (mode, asked, result) => this.answered(mode, asked, result),
      again: (atMs) => this.scheduler.at('dispatch', atMs),
    });
    this.scheduler = new Scheduler(ports, {
      [OUTBOX_JOB]: () => this.outbox.drain(),
      groups: () => this.closeGroups(),
      buffers: () => this.flushBuffers(),
      dispatch: () => this.handover.run(),
      shadow: () => ports.storage.transaction(() => this.shadow.snapshot(ports.nowMs())),
      daily: () => this.daily(),
    });
    this.outbox.attach(this.scheduler);
    if (this.groups.waiting() > 0) this.scheduler.at('dispatch', ports.nowMs());
    this.scheduler.resume();
  }

  alarm(): Promise<void> {
    return this.scheduler.alarmFired();
  }

  applyControl(control: Control): void {
    this.control.apply(control);
    this.scheduler.at('buffers', this.ports.nowMs());
  }

  /** Takes the venue's list of the leader's positions as the truth at this time. */
  seed(
    positions: readonly SeedPosition[],
    given: { readonly complete: boolean; readonly asOfMs: number },
  ): void {
    this.ports.storage.transaction(() => {
      this.shadow.seed(positions, given.complete);
      this.kv.put('seedComplete', given.complete);
      this.scheduler.at('shadow', this.ports.nowMs());
      // Event times are whole seconds: what he did in the second of the reading counts as after it.
      this.kv.put('seededAt', given.asOfMs - (given.asOfMs % 1_000));
    });
  }

  /**
   * Takes rows of the leader, durable before the answer. Told twice, or by several sources, a fill counts once. Fills from
   * before the follow, or older than any mode copies, are recorded and never copied.
   */
  async observe(request: ObserveRequest): Promise<void> {
    if (this.control.get() === undefined) await this.refreshControl();
    this.keepQuotes(request.quotes);
    this.ports.storage.transaction(() => {
      const told =
        request.kind === 'sweep'
          ? this.marks.observeSweep(request.source, request.rows)
          : this.marks.observeStream(request.source, request.rows);
      for (const fill of told.fresh) this.take(fill, request);
      this.activities.take(request, this.seededAtMs());
      if (told.fresh.some((fill) => !fill.difference)) this.kv.put('lastFillAt', this.ports.nowMs());
      this.scheduleGroups();
    });
    this.scheduler.at('daily', this.ports.nowMs() + DAY_MS);
    if (this.window().quietMs === 0) await this.closeGroups();
  }

  status(): UserStatus {
    const outbox = this.outbox.status();
    return {
      title: `Leader ${this.deps.leaderAddress}`,
      healthy: outbox.error === null && outbox.parked === 0,
      facts: {
        controlVersion: this.control.get()?.version ?? null,
        seededAtMs: this.kv.get('seededAt') ?? null,
        lastFillAtMs: this.kv.get('lastFillAt') ?? null,
        intentsWaiting: this.groups.waiting(),
        ...outboxFacts(outbox),
      },
      lists: {},
    };
  }

  private seededAtMs(): number {
    return this.kv.get('seededAt') ?? 0;
  }

  private user(): FollowedUserControl | undefined {
    return this.control.get()?.followedUsers.find((one) => one.leaderAddress === this.deps.leaderAddress);
  }

  private settings(mode: TradingMode): ModeSettings {
    const global = this.control.get()?.settings[mode] ?? defaultSettings(mode);
    return settingsFor(global, this.user()?.overrides[mode]);
  }

  private window(): { readonly quietMs: number; readonly ageMsMax: number } {
    const system = this.control.get()?.system ?? DEFAULT_SYSTEM_SETTINGS;
    return { quietMs: system.groupQuietMs, ageMsMax: system.groupAgeMsMax };
  }

  private keepQuotes(quotes: Readonly<Record<string, Quote>>): void {
    for (const [token, quote] of Object.entries(quotes)) {
      this.quotes.delete(token);
      this.quotes.set(token, quote);
    }
    for (const token of this.quotes.keys()) {
      if (this.quotes.size <= QUOTES_KEPT_MAX) break;
      this.quotes.delete(token);
    }
  }

  private take(fill: NewFill, request: ObserveRequest): void {
    const { row } = fill;
    const nowMs = this.ports.nowMs();
    const whole = fill.shareMicros === row.shareMicros;
    const pending: PendingFill = {
      fillId: fill.fillId,
      txHash: row.txHash,
      tokenId: row.tokenId,
      conditionId: row.conditionId,
      side: row.side,
      shareMicros: fill.shareMicros,
      priceMicros: row.priceMicros,
      notionalMicros: whole ? row.notionalMicros : notionalFloor(fill.shareMicros, row.priceMicros),
      eventAtMs: row.eventAtMs,
      detectedAtMs: request.detectedAtMs,
      source: request.source,
    };
    if (fill.difference) {
      this.outbox.add(
        fillRecord(pending, this.deps.leaderAddress, { disposition: 'DIFFERENCE', groupKey: '' }),
      );
      return;
    }
    // The seed already holds what he did before it.
    if (row.eventAtMs >= this.seededAtMs()) {
      this.positions.trade(pending);
      this.shadow.traded(pending.side, pending.notionalMicros);
      this.scheduler.at('shadow', nowMs + SHADOW_DELAY_MS);
    }
    const disposition = this.disposition(pending, nowMs);
    if (disposition === 'GROUPED') this.groups.addPending(pending, nowMs);
    else this.outbox.add(fillRecord(pending, this.deps.leaderAddress, { disposition, groupKey: '' }));
  }

  /** Fails closed: without the operator's document nothing is known to be followed. */
  private disposition(fill: PendingFill, nowMs: number): FillDisposition {
    const user = this.user();
    if (user === undefined || fill.eventAtMs < user.followFromMs - (user.followFromMs % 1_000))
      return 'HISTORY';
    const ageMsMax = Math.max(...TRADING_MODES.map((mode) => this.settings(mode).copyAgeMsMax));
    return nowMs - fill.eventAtMs > ageMsMax ? 'EVENT_TOO_OLD' : 'GROUPED';
  }

  private scheduleGroups(): void {
    const times = this.groups.slots(this.window()).map((slot) => slot.closeAtMs);
    if (times.length > 0) this.scheduler.at('groups', Math.min(...times));
  }

  /** Closes every slot whose time has come: group, membership and intents become durable together. */
  private async closeGroups(): Promise<void> {
    const nowMs = this.ports.nowMs();
    const due = this.groups.slots(this.window()).filter((slot) => slot.closeAtMs <= nowMs);
    for (const { slot } of due) this.ports.storage.transaction(() => this.closeGroup(slot, nowMs));
    this.scheduleGroups();
    // Even with nothing closed now: a crash may have left closed groups that nobody was asked about.
    this.handOverNow();
  }

  private closeGroup(slot: string, nowMs: number): void {
    const { group, fills } = this.groups.close(slot);
    for (const fill of fills) {
      this.outbox.add(
        fillRecord(fill, this.deps.leaderAddress, { disposition: 'GROUPED', groupKey: group.groupKey }),
      );
    }
    // Only a whole reading of his positions can tell that he has none left; without one our rate of his sale is sold.
    const known = this.kv.get('seedComplete') === true;
    const leaderExited = known && group.side === 'SELL' && this.positions.hasLeft(group.tokenId);
    for (const mode of this.activeModes()) {
      for (const fill of fills) this.groups.join(mode, fill.fillId, group.groupKey, nowMs);
      const settings = this.settings(mode);
      const target = rawTarget(settings, {
        notionalMicros: group.notionalMicros,
        exposureMicros: this.leaderExposure(settings),
      });
      const buffered =
        settings.bufferEnabled &&
        !('reason' in target) &&
        group.notionalMicros >= BigInt(settings.leaderTradeNotionalMicrosMin);
      if (!buffered) {
        const sourceType = group.fillCount > 1 ? 'AGGREGATOR' : 'IMMEDIATE';
        this.groups.enqueue(mode, {
          group,
          sourceType,
          ourNotionalMicros: null,
          leaderExited,
          presetReason: null,
        });
        continue;
      }
      const given = { settings, nowMs, leaderExited };
      this.enqueueAll(mode, this.modes[mode].buffer.offer(group, target.targetNotionalMicros, given));
    }
    this.scheduleBuffers();
  }

  private enqueueAll(mode: TradingMode, dispatches: readonly Dispatch[]): void {
    for (const dispatch of dispatches) {
      this.groups.enqueue(mode, dispatch);
      if (dispatch.sourceType !== 'BUFFER' && dispatch.sourceType !== 'CARRY') continue;
      this.outboxMembers(mode, dispatch);
    }
  }

  private outboxMembers(mode: TradingMode, dispatch: Dispatch): void {
    for (const memberId of this.groups.members(mode, dispatch.group.groupKey)) {
      this.outbox.add({ kind: 'groupMember', mode, memberId, groupKey: dispatch.group.groupKey });
    }
  }

  /** Modes that may copy this leader now. An inactive one is not asked; the Wallet has the last word in any case. */
  private activeModes(): readonly TradingMode[] {
    const control = this.control.get();
    const user = this.user();
    if (control === undefined || user === undefined) return [];
    const live = control.liveTrading !== 'OFF' && user.liveOverride !== 'FORCE_OFF';
    return live ? ['LIVE', 'PAPER'] : ['PAPER'];
  }

  private scheduleBuffers(): void {
    for (const mode of TRADING_MODES) {
      const settings = this.settings(mode);
      const times = [
        this.modes[mode].buffer.nextAtMs(settings),
        this.modes[mode].carry.nextExpiryAtMs(settings.carryAgeMsMax),
      ];
      for (const time of times) if (time !== undefined) this.scheduler.at('buffers', time);
    }
  }

  private async flushBuffers(): Promise<void> {
    const nowMs = this.ports.nowMs();
    for (const mode of TRADING_MODES) {
      const settings = this.settings(mode);
      this.ports.storage.transaction(() => {
        this.enqueueAll(mode, this.modes[mode].buffer.flushDue(settings, nowMs));
        this.enqueueAll(mode, this.modes[mode].carry.expire(settings.carryAgeMsMax, nowMs));
      });
    }
    this.scheduleBuffers();
    this.scheduler.at('dispatch', nowMs);
  }

  /** Without the detour by a timer; the scheduler's row is the guard that asks again should we die on the way. */
  private handOverNow(): void {
    this.scheduler.at('dispatch', this.ports.nowMs() + DISPATCH_RETRY_MS);
    this.handover
      .run()
      .catch((error: unknown) =>
        this.ports.log('error', 'intents could not be handed over; they wait', { reason: reasonOf(error) }),
      );
  }

  private answered(mode: TradingMode, asked: { id: number; dispatch: Dispatch }, result: CopyResult): void {
    const { dispatch, id } = asked;
    const { carry } = this.modes[mode];
    const nowMs = this.ports.nowMs();
    this.groups.done(id);
    if (result.kind === 'decided' && result.carriedShareMicros > 0n) {
      carry.add(dispatch.group, result.carriedShareMicros);
      const { orderShareMicrosMin } = result;
      // A release that was too small again waits for the next act, so that it cannot go in circles.
      if (dispatch.sourceType !== 'CARRY' && orderShareMicrosMin !== null) {
        const release = carry.releaseDue(dispatch.group.tokenId, orderShareMicrosMin, nowMs);
        if (release !== undefined) this.enqueueAll(mode, [release]);
      }
      this.scheduleBuffers();
    }
    if (dispatch.leaderExited) this.enqueueAll(mode, carry.giveUp(dispatch.group.tokenId, nowMs));
  }

  private intentOf(mode: TradingMode, dispatch: Dispatch): CopyIntent {
    const { group } = dispatch;
    const user = this.user();
    assert(user !== undefined, 'an intent of a leader who is not in the control document');
    return {
      leaderAddress: this.deps.leaderAddress,
      tokenId: group.tokenId,
      conditionId: group.conditionId,
      side: group.side,
      sourceType: dispatch.sourceType,
      groupKey: group.groupKey,
      idempotencyKey: idempotencyKey({ ...group, leaderAddress: this.deps.leaderAddress }),
      fillCount: group.fillCount,
      leaderNotionalMicros: group.notionalMicros,
      leaderShareMicros: group.shareMicros,
      referencePriceMicros: group.referencePriceMicros,
      leaderEventAtMs: group.eventAtMs,
      detectedAtMs: group.detectedAtMs,
      ourNotionalMicros: dispatch.ourNotionalMicros,
      leaderExposureMicros: this.leaderExposure(this.settings(mode)),
      carriedShareMicros:
        dispatch.sourceType === 'CARRY'
          ? shares(0n)
          : this.modes[mode].carry.balance(group.tokenId as TokenId),
      leaderExited: dispatch.leaderExited,
      exitOnly: mode === 'PAPER' ? paperFollowState(user) === 'EXIT_ONLY' : user.removed,
      waitedMs: 0,
      presetReason: dispatch.presetReason,
    };
  }

  /** Null while his positions were never read, and where nothing is sized by them: it is a look at all of them. */
  private leaderExposure(settings: ModeSettings): CashMicros | null {
    if (!isBudgeted(settings) || this.kv.get('seededAt') === undefined) return null;
    return this.positions.exposure();
  }

  private refreshControl(): Promise<void> {
    return this.control.refresh(this.ports, {
      read: this.deps.readControl,
      take: (control) => {
        this.control.apply(control);
      },
    });
  }

  private daily(): void {
    this.ports.storage.transaction(() => {
      this.marks.prune(this.ports.nowMs());
      this.groups.prune(this.ports.nowMs());
      this.activities.prune(this.ports.nowMs());
    });
  }
}

function fillRecord(
  fill: PendingFill,
  leaderAddress: LeaderAddress,
  end: { readonly disposition: FillDisposition; readonly groupKey: string },
): LeaderFillRecord {
  return {
    kind: 'leaderFill',
    fillId: fill.fillId,
    leaderAddress,
    txHash: fill.txHash,
    tokenId: fill.tokenId,
    conditionId: fill.conditionId,
    side: fill.side,
    shareMicros: fill.shareMicros,
    priceMicros: fill.priceMicros,
    notionalMicros: fill.notionalMicros,
    eventAtMs: fill.eventAtMs,
    detectedAtMs: fill.detectedAtMs,
    source: fill.source,
    disposition: end.disposition,
    groupKey: end.groupKey,
  };
}
