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
    this.handover = new IntentHandover(ports, this.scheduler, this.intents, this.requests, deps.wallets);
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
    let merges = 0;
    this.ports.storage.transaction(() => {
      const traded = this.intake.take(request, this.ports.nowMs());
      const exits = this.activities.take(request);
      for (const exit of exits) this.addActivity(exit);
      merges = exits.length;
      if (traded) this.kv.put('lastFillAt', this.ports.nowMs());
      this.countTooLate();
      this.scheduleGroups();
    });
    this.pruneOnceADay();
    // An exit by merging waits for no group.
    if (merges > 0) this.handover.start();
    if (this.control.groupWindow().quietMs === 0) this.closeGroups();
    return request.kind === 'sweep' ? this.condition() : undefined;
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

  /** Closes every slot whose time has come: group, membership and intents become durable together. */
  private closeGroups(): void {
    const nowMs = this.ports.nowMs();
    const due = this.groups.slots(this.control.groupWindow()).filter((slot) => slot.closeAtMs <= nowMs);
    for (const slot of due) {
      this.ports.storage.transaction(() => {
        this.closeGroup(slot, nowMs);
      });
    }
    this.scheduleGroups();
    // Even when nothing was closed: a crash may have left intents that were queued and not handed over.
    this.handover.start();
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
