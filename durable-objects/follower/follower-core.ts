/**
 * The logic of one FollowedUser: the one place where a leader's fills become intents, in order. Joins the parts, runs their
 * jobs and holds the transactions in which a report is taken and a group is closed.
 */
import type { LeaderAddress, TradingMode } from '../../domain/ids.ts';
import { isStoring } from '../../domain/records/copying.ts';
import type { OutboxRecord } from '../../domain/records/records.ts';
import type { LeaderCondition, UserStatus } from '../../domain/records/status.ts';
import type { Topic } from '../../domain/records/topics.ts';
import type { Control } from '../../domain/settings/control.ts';
import { DAY_MS, HOUR_MS } from '../../domain/time.ts';
import { ControlCache } from '../platform/control-cache.ts';
import { KeyValue } from '../platform/key-value.ts';
import { OUTBOX_JOB, Outbox } from '../platform/outbox.ts';
import type { ObjectPorts } from '../platform/ports.ts';
import { Scheduler } from '../platform/scheduler.ts';
import type { ObserveRequest, PositionReading, ReadingPort, SeedPosition, WalletPort } from '../rpc.ts';
import { Carries } from './carries.ts';
import { Conversions } from './conversions.ts';
import { CopyRequests } from './copy-requests.ts';
import { EarlyCalls } from './early-calls.ts';
import { ExitCorrections } from './exit-corrections.ts';
import { FillIntake } from './fill-intake.ts';
import { FillMarks } from './fill-marks.ts';
import { Groups, type Slot } from './groups.ts';
import { IntentHandover } from './intent-handover.ts';
import { type ActivityExit, Intents } from './intents.ts';
import { type FollowerKeyValue, JOBS } from './keys.ts';
import { LeaderActivities } from './leader-activities.ts';
import { LeaderControl } from './leader-control.ts';
import { LeaderCurve } from './leader-curve.ts';
import { LeaderHoldings } from './leader-holdings.ts';
import { LeaderPositions } from './leader-positions.ts';
import { ModeIntents } from './mode-intents.ts';
import { Readings } from './readings.ts';
import { TradeBuffer } from './trade-buffer.ts';

export interface FollowerDeps {
  readonly leaderAddress: LeaderAddress;
  readonly wallets: Readonly<Record<TradingMode, WalletPort>>;
  readonly feed: ReadingPort;
  readonly writeOutbox: (records: readonly OutboxRecord[]) => Promise<void>;
  readonly readControl: () => Promise<Control | undefined>;
  /** To open pages: what has changed in D1. */
  readonly publishTopics: (topics: readonly Topic[]) => void;
}

/** A list longer than this says no more. */
const TOO_LATE_KEPT = 500;

export class FollowerCore {
  private readonly kv: FollowerKeyValue;
  private readonly controlCache: ControlCache;
  private readonly control: LeaderControl;
  private readonly outbox: Outbox;
  private readonly scheduler: Scheduler;
  private readonly marks: FillMarks;
  private readonly groups: Groups;
  private readonly curve: LeaderCurve;
  private readonly holdings: LeaderHoldings;
  private readonly conversions: Conversions;
  private readonly corrections: ExitCorrections;
  private readonly activities: LeaderActivities;
  private readonly intake: FillIntake;
  private readonly intents: Intents;
  private readonly requests: CopyRequests;
  private readonly early: EarlyCalls;
  private readonly handover: IntentHandover;

  constructor(
    private readonly ports: ObjectPorts,
    private readonly deps: FollowerDeps,
  ) {
    const { storage } = ports;
    this.kv = new KeyValue(storage);
    this.controlCache = new ControlCache(this.kv);
    this.control = new LeaderControl(deps.leaderAddress, this.controlCache);
    this.outbox = new Outbox(ports, deps.writeOutbox, deps.publishTopics);
    this.scheduler = new Scheduler(
      ports,
      {
        [OUTBOX_JOB]: () => this.outbox.drain(),
        [JOBS.groups]: () => this.closeGroups(),
        [JOBS.buffers]: () => this.intents.flush(),
        [JOBS.dispatch]: () => this.handover.run(),
        [JOBS.curve]: () => storage.transaction(() => this.curve.snapshot(ports.nowMs())),
        [JOBS.conversions]: () => this.conversions.run(),
        [JOBS.corrections]: () => this.correct(),
        [JOBS.daily]: () => this.prune(),
      },
      [OUTBOX_JOB],
    );
    this.marks = new FillMarks(storage);
    this.groups = new Groups(storage);
    const positions = new LeaderPositions(storage, this.outbox, deps.leaderAddress);
    this.curve = new LeaderCurve(this.kv, positions, this.outbox, deps.leaderAddress);
    this.holdings = new LeaderHoldings(ports, this.kv, this.scheduler, positions, this.curve);
    const readings = new Readings(ports, this.outbox, (sinceMs) =>
      deps.feed.askReading(deps.leaderAddress, sinceMs),
    );
    this.conversions = new Conversions(ports, this.scheduler, readings, this.holdings);
    this.corrections = new ExitCorrections(ports, this.kv, this.scheduler, positions, readings);
    this.activities = new LeaderActivities(
      storage,
      this.outbox,
      this.holdings,
      this.conversions,
      this.control,
    );
    this.intake = new FillIntake(this.marks, this.groups, this.holdings, this.control, this.outbox);
    const modes = { PAPER: this.intentsOf('PAPER'), LIVE: this.intentsOf('LIVE') };
    this.intents = new Intents(
      ports,
      this.kv,
      this.scheduler,
      this.control,
      this.holdings,
      modes,
      this.corrections,
    );
    this.requests = new CopyRequests(this.control, this.holdings);
    this.early = new EarlyCalls(ports, this.groups, this.control, this.requests, deps.wallets.LIVE);
    const { intents, requests, early } = this;
    this.handover = new IntentHandover(ports, this.scheduler, intents, requests, deps.wallets, early);
    this.outbox.attach(this.scheduler);
    if (this.groups.waiting() > 0) this.scheduler.at(JOBS.dispatch, ports.nowMs());
    this.scheduler.resume();
  }

  alarm(): Promise<void> {
    return this.scheduler.alarmFired();
  }

  applyControl(control: Control): void {
    this.controlCache.apply(control);
    this.scheduler.at(JOBS.buffers, this.ports.nowMs());
  }

  /** Takes the venue's list of the leader's positions as the truth at the time when it was requested, and what it shows is gone. */
  seed(positions: readonly SeedPosition[], reading: PositionReading): void {
    this.ports.storage.transaction(() => {
      this.intents.queue(this.corrections.take(positions, reading));
      for (const exit of this.conversions.take(positions, reading)) this.addActivity(exit);
    });
    if (this.groups.waiting() > 0) this.handover.start();
  }

  /** Fills of the token that wait for their group go first: the exit is a part of what they made, too. */
  private addActivity(exit: ActivityExit): void {
    const nowMs = this.ports.nowMs();
    const waiting = this.groups
      .slots(this.control.groupWindow())
      .filter((one) => one.slot.startsWith(`${exit.tokenId}|`));
    for (const slot of waiting)
      this.closeGroup({ ...slot, closeAtMs: Math.min(slot.closeAtMs, nowMs) }, nowMs);
    this.intents.addActivity(exit);
  }

  /** The job of exits by the rate. */
  private async correct(): Promise<void> {
    const again = await this.corrections.run();
    if (again.length === 0) return;
    this.ports.storage.transaction(() => this.intents.queue(again));
    this.handover.start();
  }

  /**
   * Takes rows of the leader, durable before the answer. A fill counts once, however often and by how many sources it is
   * reported. Fills from before the follow, or older than any mode copies, are recorded and never copied.
   */
  async observe(request: ObserveRequest): Promise<LeaderCondition | undefined> {
    if (this.controlCache.get() === undefined) await this.refreshControl();
    this.requests.keepQuotes(request.quotes);
    const nowMs = this.ports.nowMs();
    const atOnce = this.control.groupWindow().quietMs === 0;
    let merges = 0;
    await this.early.callThenWrite(atOnce ? this.intake.preview(request, nowMs) : undefined, () => {
      merges = this.take(request, nowMs);
      if (atOnce) this.closeDue(nowMs);
    });
    this.pruneOnceADay();
    // An exit by merging waits for no group.
    if (merges > 0 || atOnce) this.handover.start();
    return request.kind === 'sweep' ? this.condition() : undefined;
  }

  /** Takes what is reported in one transaction; returns how many exits other than sales are among it. */
  private take(request: ObserveRequest, nowMs: number): number {
    return this.ports.storage.transaction(() => {
      const traded = this.intake.take(request, nowMs);
      const exits = this.activities.take(request);
      for (const exit of exits) this.addActivity(exit);
      if (traded) this.kv.put('lastFillAt', nowMs);
      this.countTooLate();
      this.scheduleGroups();
      return exits.length;
    });
  }

  /** Counts what was too old to copy: the Wallets never see it. */
  private countTooLate(): void {
    const count = this.intake.tooOldOfLast();
    if (count === 0) return;
    const fresh = Array<number>(count).fill(this.ports.nowMs());
    this.kv.put('seenTooLateAt', [...this.seenTooLate(), ...fresh].slice(-TOO_LATE_KEPT));
  }

  private seenTooLate(): readonly number[] {
    const sinceMs = this.ports.nowMs() - HOUR_MS;
    return (this.kv.get('seenTooLateAt') ?? []).filter((atMs) => atMs > sinceMs);
  }

  private condition(): LeaderCondition {
    const outbox = this.outbox.status();
    const isWorking = isStoring(outbox, this.ports.nowMs()) && !this.scheduler.failing().isTooOften;
    return { healthy: isWorking, seenTooLate: this.seenTooLate().length, outbox };
  }

  status(): UserStatus {
    return {
      ...this.condition(),
      kind: 'user',
      leaderAddress: this.deps.leaderAddress,
      controlVersion: this.controlCache.get()?.version ?? null,
      seededAtMs: this.holdings.seededAtMs() ?? null,
      lastFillAtMs: this.kv.get('lastFillAt') ?? null,
      intentsWaiting: this.groups.waiting(),
      failingJobs: this.scheduler.failing().lines,
      limit: this.ports.limits.reached(),
    };
  }

  private intentsOf(mode: TradingMode): ModeIntents {
    const buffer = new TradeBuffer(mode, this.ports.storage, this.groups, (token) =>
      this.requests.orderShareMicrosMin(token),
    );
    const carries = new Carries(mode, this.ports.storage, this.groups);
    return new ModeIntents(mode, this.groups, buffer, carries, this.outbox);
  }

  private scheduleGroups(): void {
    const times = this.groups.slots(this.control.groupWindow()).map((slot) => slot.closeAtMs);
    if (times.length > 0) this.scheduler.at(JOBS.groups, Math.min(...times));
  }

  /** The job that closes groups. */
  private async closeGroups(): Promise<void> {
    const nowMs = this.ports.nowMs();
    const [slot, ...others] = this.due(nowMs);
    const alone = slot !== undefined && others.length === 0 ? this.groups.peek(slot) : undefined;
    await this.early.callThenWrite(alone, () => this.closeDue(nowMs));
    // Even when nothing was closed: a crash may have left intents that were queued and not handed over.
    this.handover.start();
  }

  private due(nowMs: number): readonly Slot[] {
    return this.groups.slots(this.control.groupWindow()).filter((slot) => slot.closeAtMs <= nowMs);
  }

  /** Closes every slot whose time has come: group, membership and intents become durable together. */
  private closeDue(nowMs: number): void {
    for (const slot of this.due(nowMs)) this.ports.storage.transaction(() => this.closeGroup(slot, nowMs));
    this.scheduleGroups();
  }

  private closeGroup(slot: Slot, nowMs: number): void {
    const { group, fills } = this.intake.close(slot);
    this.intents.add(group, fills, nowMs);
  }

  private refreshControl(): Promise<void> {
    return this.controlCache.refresh(this.ports, {
      read: this.deps.readControl,
      take: (control) => {
        this.controlCache.apply(control);
      },
    });
  }

  /** With a report rather than by a job of its own: nothing wakes the object between reports. */
  private pruneOnceADay(): void {
    if (this.ports.nowMs() - (this.kv.get('prunedAt') ?? 0) >= DAY_MS) this.prune();
  }

  private prune(): void {
    const nowMs = this.ports.nowMs();
    this.ports.storage.transaction(() => {
      this.kv.put('prunedAt', nowMs);
      this.marks.prune(nowMs);
      this.groups.prune(nowMs);
      this.activities.prune(nowMs);
    });
  }
}
