/** The parts of a FollowedUser as its core joins them, over ports in memory, with Wallets that answer as a test says. */
import type { TradingMode } from '../../../domain/ids.ts';
import { shares } from '../../../domain/money.ts';
import type { OutboxRecord } from '../../../domain/records/records.ts';
import { type Control, controlSchema, type FollowedUserControl } from '../../../domain/settings/control.ts';
import type { ModeSettings } from '../../../domain/settings/settings.ts';
import { DEFAULT_SYSTEM_SETTINGS } from '../../../domain/settings/system-settings.ts';
import type { CopyResult } from '../../../durable-objects/copy-answer.ts';
import { Carries } from '../../../durable-objects/follower/carries.ts';
import { Conversions } from '../../../durable-objects/follower/conversions.ts';
import { CopyRequests } from '../../../durable-objects/follower/copy-requests.ts';
import { EarlyCalls } from '../../../durable-objects/follower/early-calls.ts';
import { ExitCorrections } from '../../../durable-objects/follower/exit-corrections.ts';
import { FillIntake } from '../../../durable-objects/follower/fill-intake.ts';
import { FillMarks } from '../../../durable-objects/follower/fill-marks.ts';
import { FollowerCore } from '../../../durable-objects/follower/follower-core.ts';
import { Groups } from '../../../durable-objects/follower/groups.ts';
import { IntentHandover } from '../../../durable-objects/follower/intent-handover.ts';
import { Intents } from '../../../durable-objects/follower/intents.ts';
import type { FollowerKeys } from '../../../durable-objects/follower/keys.ts';
import { LeaderActivities } from '../../../durable-objects/follower/leader-activities.ts';
import { LeaderControl } from '../../../durable-objects/follower/leader-control.ts';
import { LeaderCurve } from '../../../durable-objects/follower/leader-curve.ts';
import { LeaderHoldings } from '../../../durable-objects/follower/leader-holdings.ts';
import { LeaderPositions } from '../../../durable-objects/follower/leader-positions.ts';
import { ModeIntents } from '../../../durable-objects/follower/mode-intents.ts';
import { Readings } from '../../../durable-objects/follower/readings.ts';
import { TradeBuffer } from '../../../durable-objects/follower/trade-buffer.ts';
import { ControlCache } from '../../../durable-objects/platform/control-cache.ts';
import { KeyValue } from '../../../durable-objects/platform/key-value.ts';
import { Scheduler } from '../../../durable-objects/platform/scheduler.ts';
import type { CopyRequest, ObserveRequest, WalletPort } from '../../../durable-objects/rpc.ts';
import { earlierSettings } from '../../domain/settings/earlier-settings.ts';
import { MemoryPorts, START_MS } from '../memory-ports.ts';
import { LEADER, leaderRow, outboxOver, TOKEN } from './leader-data.ts';

/** A Wallet that records what it is sent and answers what `answer` gives. */
export class ScriptedWallet implements WalletPort {
  readonly requests: CopyRequest[] = [];
  answer: (request: CopyRequest) => Promise<CopyResult> = async () => decided();

  copy(request: CopyRequest): Promise<CopyResult> {
    this.requests.push(request);
    return this.answer(request);
  }
  async heldLeaders() {
    return [];
  }
}

/** A copy that was executed; with shares, one that was too small and is carried. */
export function decided(carried = 0n, orderShareMicrosMin: bigint | null = 5_000_000n): CopyResult {
  return {
    kind: 'decided',
    decision: carried > 0n ? 'SKIP' : 'EXECUTE',
    reasons: carried > 0n ? ['CARRIED'] : [],
    carriedShareMicros: shares(carried),
    orderShareMicrosMin: orderShareMicrosMin === null ? null : shares(orderShareMicrosMin),
  };
}

interface Wishes {
  readonly version?: number;
  readonly liveTrading?: Control['liveTrading'];
  readonly user?: Partial<FollowedUserControl> | null;
  readonly paper?: Partial<ModeSettings>;
  readonly live?: Partial<ModeSettings>;
  readonly system?: Partial<Control['system']>;
}

/** A document that follows LEADER on paper from a minute before the start; `user: null` does not name them. */
export function controlWith(wishes: Wishes = {}): Control {
  const user = {
    leaderAddress: LEADER,
    label: 'leader',
    paperEnabled: true,
    liveOverride: 'INHERIT',
    liveEntries: 'ON',
    followFromMs: START_MS - 60_000,
    removed: false,
    overrides: { PAPER: {}, LIVE: {} },
    ...wishes.user,
  };
  return controlSchema.parse({
    version: wishes.version ?? 1,
    paperTrading: 'ON',
    liveTrading: wishes.liveTrading ?? 'OFF',
    system: { ...DEFAULT_SYSTEM_SETTINGS, ...wishes.system },
    settings: {
      PAPER: { ...earlierSettings('PAPER'), ...wishes.paper },
      LIVE: { ...earlierSettings('LIVE'), ...wishes.live },
    },
    followedUsers: wishes.user === null ? [] : [user],
  });
}

/** A report of LEADER's rows by the stream. */
export function report(part: Partial<ObserveRequest> = {}): ObserveRequest {
  return {
    leaderAddress: LEADER,
    source: 'RTDS_TRADES',
    kind: 'stream',
    rows: [leaderRow()],
    activities: [],
    quotes: {},
    detectedAtMs: START_MS,
    ...part,
  };
}

/** Every part, with a document or none; jobs do nothing here, so that a test sees when they are due. */
export function followerParts(control: Control | null = controlWith(), ports = new MemoryPorts()) {
  const { storage } = ports;
  const kv = new KeyValue<FollowerKeys>(storage);
  const cache = new ControlCache(kv);
  if (control !== null) cache.apply(control);
  const leaderControl = new LeaderControl(LEADER, cache);
  const outbox = outboxOver(ports);
  const scheduler = new Scheduler(ports, {});
  const marks = new FillMarks(storage);
  const groups = new Groups(storage);
  const positions = new LeaderPositions(storage, outbox, LEADER);
  const curve = new LeaderCurve(kv, positions, outbox, LEADER);
  const holdings = new LeaderHoldings(ports, kv, scheduler, positions, curve);
  const asked: number[] = [];
  const readings = new Readings(ports, outbox, async (sinceMs) => void asked.push(sinceMs));
  const conversions = new Conversions(ports, scheduler, readings, holdings);
  const corrections = new ExitCorrections(ports, kv, scheduler, positions, readings);
  const activities = new LeaderActivities(storage, outbox, holdings, conversions, leaderControl);
  const intake = new FillIntake(marks, groups, holdings, leaderControl, outbox);
  const requests = new CopyRequests(leaderControl, holdings);
  const mode = (name: TradingMode) => {
    const buffer = new TradeBuffer(name, storage, groups, (token) => requests.orderShareMicrosMin(token));
    const carries = new Carries(name, storage, groups);
    return { buffer, carries, intents: new ModeIntents(name, groups, buffer, carries, outbox) };
  };
  const modes = { PAPER: mode('PAPER'), LIVE: mode('LIVE') };
  const intents = new Intents(
    ports,
    kv,
    scheduler,
    leaderControl,
    holdings,
    {
      PAPER: modes.PAPER.intents,
      LIVE: modes.LIVE.intents,
    },
    corrections,
  );
  const wallets = { PAPER: new ScriptedWallet(), LIVE: new ScriptedWallet() };
  const early = new EarlyCalls(ports, groups, leaderControl, requests, wallets.LIVE);
  const handover = new IntentHandover(ports, scheduler, intents, requests, wallets, early);
  return {
    ports,
    kv,
    cache,
    control: leaderControl,
    outbox,
    scheduler,
    marks,
    groups,
    positions,
    curve,
    holdings,
    early,
    conversions,
    /** The earliest times of the readings that were asked for. */
    asked,
    activities,
    intake,
    modes,
    intents,
    requests,
    wallets,
    handover,
    /** When the job is due; undefined when it is not. */
    dueMs: (job: string) => dueMs(ports, job),
  };
}

/** When a job of the scheduler is due; undefined when it is not. */
export function dueMs(ports: MemoryPorts, job: string): number | undefined {
  const at = ports.storage.rows('SELECT at_ms FROM due WHERE job = ?', job)[0]?.at_ms;
  return typeof at === 'number' ? at : undefined;
}

/** A whole FollowedUser. D1 takes every batch into `written` unless it is down. */
export class Follower {
  readonly wallets = { PAPER: new ScriptedWallet(), LIVE: new ScriptedWallet() };
  readonly written: OutboxRecord[] = [];
  /** What D1 answers when it is asked for the document; a test may make it fail. */
  d1Control: () => Promise<Control | undefined> = async () => undefined;
  d1Down = false;
  /** The earliest times of the readings that LeaderFeed was asked for; it fails while `feedDown`. */
  readonly asked: number[] = [];
  feedDown = false;
  core: FollowerCore;

  constructor(
    control: Control | null = controlWith(),
    public ports = new MemoryPorts(),
  ) {
    this.core = this.start();
    if (control !== null) this.core.applyControl(control);
  }

  /** A crash or a deploy: a new instance over the same storage. */
  restart(): void {
    this.ports = this.ports.restarted();
    this.core = this.start();
  }

  /** The leader trades so many whole shares now, in a transaction of its own. */
  async trade(side: 'BUY' | 'SELL', count: number, tokenId = TOKEN): Promise<void> {
    const tx = `${side} ${count} ${this.ports.atMs}`;
    const shareMicros = shares(BigInt(Math.round(count * 1e6)));
    const row = leaderRow({ tx, side, shareMicros, tokenId, eventAtMs: this.ports.atMs });
    await this.core.observe(report({ rows: [row], detectedAtMs: this.ports.atMs }));
    await this.ports.settle();
  }

  /** Lets the time pass with alarm and timers, as in the object. */
  async pass(ms: number): Promise<void> {
    for (const endMs = this.ports.atMs + ms; this.ports.atMs < endMs; ) {
      await this.ports.advance(Math.min(10_000, endMs - this.ports.atMs));
      if ((this.ports.alarmAtMs ?? Number.POSITIVE_INFINITY) <= this.ports.atMs) await this.core.alarm();
    }
  }

  /** The intents that a Wallet was sent, as `source side shares`. */
  sent(mode: TradingMode = 'PAPER'): string[] {
    return this.wallets[mode].requests.map(
      ({ intent }) => `${intent.sourceType} ${intent.side} ${Number(intent.leaderShareMicros) / 1e6}`,
    );
  }

  writtenOf<Kind extends OutboxRecord['kind']>(kind: Kind): Extract<OutboxRecord, { kind: Kind }>[] {
    // The kind was compared just before.
    return this.written.filter((record) => record.kind === kind) as Extract<OutboxRecord, { kind: Kind }>[];
  }

  private start(): FollowerCore {
    const core = new FollowerCore(this.ports, {
      leaderAddress: LEADER,
      wallets: this.wallets,
      feed: {
        askReading: async (_leader, sinceMs) => {
          if (this.feedDown) throw new Error('LeaderFeed is down');
          this.asked.push(sinceMs);
        },
      },
      writeOutbox: async (records) => {
        if (this.d1Down) throw new Error('D1 is down');
        this.written.push(...records);
      },
      readControl: () => this.d1Control(),
      publishTopics: () => {},
    });
    this.ports.onAlarm = () => core.alarm();
    return core;
  }
}
