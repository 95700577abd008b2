/**
 * The whole product in one process on a virtual clock: LeaderFeed, FollowedUsers, both Wallets and the practice exchange,
 * with real SQLite behind every object. Any object can be killed at any step and comes back from its storage and alarm.
 */
import { webcrypto } from 'node:crypto';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { type LeaderAddress, parseLeaderAddress, type TradingMode } from '../../../domain/ids.ts';
import { toJson } from '../../../domain/json.ts';
import type { OutboxRecord } from '../../../domain/records/records.ts';
import { type Control, controlSchema } from '../../../domain/settings/control.ts';
import {
  DEFAULT_SYSTEM_SETTINGS,
  defaultSettings,
  type ModeSettings,
} from '../../../domain/settings/settings.ts';
import { FeedCore } from '../../../durable-objects/feed/feed-core.ts';
import { FollowerCore } from '../../../durable-objects/follower/follower-core.ts';
import type { ObjectPorts, SqlRow } from '../../../durable-objects/platform/ports.ts';
import type { FeedPort, FollowedUserPort, WalletPort } from '../../../durable-objects/rpc.ts';
import type { LiveDeps } from '../../../durable-objects/wallet/live/account.ts';
import { WalletCore } from '../../../durable-objects/wallet/wallet-core.ts';
import { createClobApi } from '../../../polymarket/public/clob-api.ts';
import { createDataApi } from '../../../polymarket/public/data-api.ts';
import { createGammaApi } from '../../../polymarket/public/gamma-api.ts';
import { type Fetch, TIMEOUT_MS } from '../../../polymarket/wire/http.ts';
import type { RawSocket } from '../../../polymarket/wire/socket.ts';
import { createPracticeExchange } from '../../../simulator/exchange.ts';
import { memoryStorage } from '../../../simulator/model/store.ts';
import type { PracticeExchange } from '../../../simulator/practice-exchange.ts';

const START_MS = Date.UTC(2026, 10, 23, 10, 0, 0);
/** The exchange moves in steps of a tenth of a second. */
const EXCHANGE_STEP_MS = 100;

/**
 * WebCrypto works on other threads: a World has settled only when nothing is under way there, and what is asked of it is done
 * one after the other, so that the same seed gives the same run.
 */
let cryptoUnderWay = 0;
let cryptoDone: Promise<unknown> = Promise.resolve();
/** What happens while the product waits for the signature of a call: the one wait between a decision and its POST. */
export const whileSigning: { act: (() => void) | undefined } = { act: undefined };
const { subtle } = webcrypto;
for (const name of ['sign', 'importKey', 'digest'] as const) {
  const real = subtle[name].bind(subtle) as (...given: unknown[]) => Promise<unknown>;
  const counted = async (...given: unknown[]): Promise<unknown> => {
    cryptoUnderWay += 1;
    const result = cryptoDone.then(() => {
      const { act } = whileSigning;
      if (name === 'sign' && act !== undefined) {
        whileSigning.act = undefined;
        act();
      }
      return real(...given);
    });
    // A failure is the caller's to see; the next in line goes on.
    cryptoDone = result.catch(() => {});
    try {
      return await result;
    } finally {
      cryptoUnderWay -= 1;
    }
  };
  Object.defineProperty(subtle, name, { value: counted });
}

interface TimeLimit {
  readonly ms: number;
  readonly strike: () => void;
}

/** The product's own time limits would run on the real clock; a World strikes them on its virtual one. */
const timeLimits = new WeakMap<AbortSignal, TimeLimit>();
AbortSignal.timeout = (ms) => {
  const controller = new AbortController();
  const strike = (): void => controller.abort(new DOMException('timed out', 'TimeoutError'));
  timeLimits.set(controller.signal, { ms, strike });
  return controller.signal;
};

class Crash extends Error {
  override name = 'Crash';
}

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly task: () => void;
}

/** Of one instance: what a dead one still does reaches nobody. */
interface Life {
  alive: boolean;
}

/** The instance that makes a call. */
interface Caller<Core> {
  readonly home: () => Home<Core>;
  readonly life: Life;
}

/** One object: its storage and alarm outlive its instance. */
interface Home<Core> {
  readonly name: string;
  readonly database: DatabaseSync;
  readonly build: (ports: ObjectPorts, life: Life) => Core;
  alarmAtMs: number | undefined;
  life: Life;
  core: Core;
}

export interface WorldOptions {
  readonly seed?: string;
  /** When it begins; a morning unless said. */
  readonly startMs?: number;
  readonly settings?: Partial<ModeSettings>;
  readonly system?: Partial<Control['system']>;
  /** Let the exchange's own leaders and crowd trade; off unless said, so that a test owns every trade. */
  readonly busy?: boolean;
  /** No market makers either: books stay as a test sets them. */
  readonly quietMarket?: boolean;
  /** How often the exchange moves; a tenth of a second unless a test has hours to cover. */
  readonly exchangeStepMs?: number;
  /** Live settings; the defaults of LIVE unless said. */
  readonly live?: Partial<ModeSettings>;
  /** The real account, so to speak; without it the live Wallet has no keys and calls nobody. */
  readonly trader?: TraderOptions;
}

export interface TraderOptions {
  readonly signatureType?: 0 | 1 | 2 | 3;
  /** Decimal text; $1,000 unless said. */
  readonly cash?: string;
  /** A wallet that was never set up for trading. */
  readonly withoutAllowances?: boolean;
  /** What stands in the Worker's secrets instead of the right values. */
  readonly secrets?: Partial<Secrets>;
  /** The secrets are not set until the test brings them. */
  readonly secretsLater?: boolean;
}

/** The Worker's secrets, as text. */
export interface Secrets {
  readonly POLYMARKET_PRIVATE_KEY: string;
  readonly POLYMARKET_FUNDER_ADDRESS: string;
  readonly POLYMARKET_SIGNATURE_TYPE: string;
}

/**
 * The second key of hardhat and anvil, known to the whole world: a throwaway for practice, never to hold money. Not the
 * first, which owns the exchange's own practice trader.
 */
export const PRACTICE_KEY = '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d';
export const PRACTICE_OWNER = '0x70997970c51812dc3a010c7d01b50e0d17dc79c8';
export const PRACTICE_FUNDER = '0x00000000000000000000000000000000c0ffee77';

/**
 * How D1 answers a write: at once, not at all, never (the call hangs), twice, or with an error although the batch landed,
 * which then lands a second time a minute later, after its successors.
 */
export type LedgerManner = 'up' | 'down' | 'hangs' | 'twice' | 'lands-late';

export class World {
  nowMs: number;
  readonly exchange: PracticeExchange;
  /** What D1 would hold: rows by natural key, the higher revision kept. */
  readonly ledger = new Map<string, OutboxRecord>();
  readonly logs: { level: string; message: string; fields: Readonly<Record<string, unknown>> }[] = [];
  control: Control;
  ledgerManner: LedgerManner = 'up';
  /** Kills the object that takes the n-th step from now; undefined never. */
  crashAtStep: number | undefined;
  /** Calls to copy are never answered. */
  walletHangs = false;
  steps = 0;
  readonly stepNames: string[] = [];
  crashes = 0;
  /** What the product has asked the venue for by REST: path and query. */
  readonly requests: string[] = [];
  /** The most calls of one path that were ever under way together. */
  readonly mostAtOnce = new Map<string, number>();
  /** Calls of the live Wallet to the venue, in order. */
  readonly venueCalls: { readonly name: string; readonly atMs: number; readonly body: string }[] = [];
  /** Runs in the very turn in which a call of the live Wallet leaves. */
  atVenueCall: ((name: string) => void) | undefined;
  /** How far the venue's clock is ahead of ours. */
  venueSkewMs = 0;
  /** Changes what the venue answers to a path: answers that no exchange of ours would give. */
  rewrites: ((path: string, body: string) => string) | undefined;
  /** Connections of a channel for which this is true are refused. */
  refusesSockets: ((channel: string) => boolean) | undefined;
  /** Calls of the live Wallet for which this is true leave and arrive nowhere. */
  losesCall: ((name: string) => boolean) | undefined;
  /** The most calls of one instance of the live Wallet that were ever unanswered together. */
  liveMostAtOnce = 0;
  private readonly trader: TraderOptions | undefined;
  private hasSecrets: boolean;
  private readonly underWay = new Map<string, number>();
  /** Runs for every call between objects before it leaves; a throw is a call that was lost. */
  beforeCall: ((name: string) => void) | undefined;
  /** Runs for every call that was answered before the answer arrives; a throw is an answer that was lost. */
  afterCall: ((name: string) => void) | undefined;
  private readonly exchangeStepMs: number;
  private readonly listeners = {
    rtds: new Set<(text: string) => void>(),
    market: new Set<(text: string) => void>(),
    user: new Set<(text: string) => void>(),
  };
  private sockets: { readonly life: { readonly alive: boolean }; readonly close: () => void }[] = [];
  private timers: Timer[] = [];
  private timerOrder = 0;
  private readonly users = new Map<LeaderAddress, Home<FollowerCore>>();
  private readonly wallets: Record<TradingMode, Home<WalletCore>>;
  private readonly feed: Home<FeedCore>;

  constructor(options: WorldOptions = {}) {
    this.nowMs = options.startMs ?? START_MS;
    const busy = options.busy ?? false;
    this.exchangeStepMs = options.exchangeStepMs ?? EXCHANGE_STEP_MS;
    this.trader = options.trader;
    this.hasSecrets = options.trader !== undefined && options.trader.secretsLater !== true;
    this.exchange = createPracticeExchange({
      nowMs: () => this.nowMs + this.venueSkewMs,
      seed: options.seed ?? '1',
      storage: memoryStorage(),
      automation: { makers: options.quietMarket !== true, crowd: busy, leaders: busy, series: busy },
    });
    this.control = controlSchema.parse({
      version: 1,
      paperTrading: 'ON',
      liveTrading: 'OFF',
      system: { ...DEFAULT_SYSTEM_SETTINGS, ...options.system },
      settings: {
        PAPER: { ...defaultSettings('PAPER'), ...options.settings },
        LIVE: { ...defaultSettings('LIVE'), ...options.live },
      },
      followedUsers: [],
    });
    if (options.trader !== undefined)
      this.exchange.openTrader({
        ownerAddress: PRACTICE_OWNER,
        funderAddress: this.funderAddress,
        signatureType: options.trader.signatureType ?? 3,
        cash: options.trader.cash ?? '1000',
        withoutAllowances: options.trader.withoutAllowances ?? false,
      });
    this.wallets = { PAPER: this.walletHome('PAPER'), LIVE: this.walletHome('LIVE') };
    this.feed = this.feedHome();
  }

  get paper(): WalletCore {
    return this.wallets.PAPER.core;
  }
  /** Of the account behind the live Wallet. */
  get funderAddress(): string {
    return this.trader?.signatureType === 0 ? PRACTICE_OWNER : PRACTICE_FUNDER;
  }
  get live(): WalletCore {
    return this.wallets.LIVE.core;
  }
  get leaderFeed(): FeedCore {
    return this.feed.core;
  }
  user(address: string): FollowerCore {
    return this.userHome(parseLeaderAddress(address)!).core;
  }

  /** Starts everything as the cron route does. */
  async start(): Promise<void> {
    this.exchange.step(this.nowMs);
    await this.push();
    await this.feed.core.ensureRunning();
    await this.wallets.PAPER.core.ensureRunning();
    if (this.trader !== undefined) await this.wallets.LIVE.core.ensureRunning();
    await this.settle();
  }

  /** Follows leaders from now on. */
  async follow(...addresses: readonly string[]): Promise<void> {
    const added = addresses.map((address) => ({
      leaderAddress: parseLeaderAddress(address)!,
      label: address,
      paperEnabled: true,
      liveOverride: 'INHERIT' as const,
      followFromMs: this.nowMs,
      removed: false,
      overrides: { PAPER: {}, LIVE: {} },
    }));
    await this.change((control) => ({ ...control, followedUsers: [...control.followedUsers, ...added] }));
  }

  /** Saves a new version of the control document and pushes it. */
  async change(edit: (control: Control) => Control): Promise<void> {
    this.control = controlSchema.parse({ ...edit(this.control), version: this.control.version + 1 });
    await this.push();
  }

  private async push(): Promise<void> {
    this.wallets.PAPER.core.applyControl(this.control);
    this.wallets.LIVE.core.applyControl(this.control);
    for (const user of this.control.followedUsers)
      this.userHome(user.leaderAddress).core.applyControl(this.control);
    this.feed.core.applyControl(this.control);
    await this.settle();
  }

  /** Lets time pass: timers, alarms and the exchange in their order. */
  async advance(ms: number): Promise<void> {
    const endMs = this.nowMs + ms;
    while (true) {
      const nextMs = Math.min(this.nextTimerMs(), this.nextAlarmMs(), this.nextExchangeMs());
      if (nextMs > endMs) break;
      this.nowMs = Math.max(this.nowMs, nextMs);
      if (this.nowMs % this.exchangeStepMs === 0) this.exchange.step(this.nowMs);
      this.fireTimers();
      this.fireAlarms();
      await this.settle();
    }
    this.nowMs = endMs;
  }

  /** Says something to the product as the venue's channel: frames that no exchange would send. */
  async say(channel: 'rtds' | 'market' | 'user', text: string): Promise<void> {
    for (const send of this.listeners[channel]) send(text);
    await this.settle();
  }

  /** Forgets the names of the steps so far. */
  watchSteps(): void {
    this.stepNames.length = 0;
  }

  /** Kills whichever object takes the n-th step from now. */
  crashAfter(steps: number): void {
    this.crashAtStep = this.steps + steps;
  }

  /** Kills an object as a deploy or an eviction does: memory is lost, storage and alarm stay. */
  kill(what: 'feed' | 'wallet' | 'live' | { readonly user: string }): void {
    if (what === 'feed') this.rebuild(this.feed);
    else if (what === 'wallet') this.rebuild(this.wallets.PAPER);
    else if (what === 'live') this.rebuild(this.wallets.LIVE);
    else this.rebuild(this.userHome(parseLeaderAddress(what.user)!));
  }

  /** Sets the Worker's secrets, which starts the live Wallet anew. */
  async bringSecrets(): Promise<void> {
    this.hasSecrets = true;
    this.rebuild(this.wallets.LIVE);
    await this.wallets.LIVE.core.ensureRunning();
    await this.settle();
  }

  /** Changes what an object has stored behind its back: a bug of ours that has not been written yet. */
  tamper(
    what: 'feed' | 'wallet' | 'live',
    statement: string,
    ...bindings: readonly (string | number)[]
  ): void {
    const home = { feed: this.feed, wallet: this.wallets.PAPER, live: this.wallets.LIVE }[what];
    home.database.prepare(statement).run(...bindings);
  }

  /** What an object has stored, read behind its back. */
  stored(what: 'feed' | 'wallet' | 'live', query: string): readonly SqlRow[] {
    const home = { feed: this.feed, wallet: this.wallets.PAPER, live: this.wallets.LIVE }[what];
    // node:sqlite types its rows more widely than what these tables hold.
    return home.database.prepare(query).all() as SqlRow[];
  }

  /** Everything that every object has stored, as text: what a thief of the storage would read. */
  storedText(): string {
    const text: string[] = [];
    for (const home of [this.feed, this.wallets.PAPER, this.wallets.LIVE, ...this.users.values()]) {
      const tables = home.database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
      for (const { name } of tables)
        for (const row of home.database.prepare(`SELECT * FROM "${String(name)}"`).all())
          text.push(
            JSON.stringify(row, (_key, value) =>
              value instanceof Uint8Array ? Buffer.from(value).toString() : value,
            ),
          );
    }
    return text.join('\n');
  }

  rows<Kind extends OutboxRecord['kind']>(kind: Kind): Extract<OutboxRecord, { kind: Kind }>[] {
    return [...this.ledger.values()].filter(
      (row): row is Extract<OutboxRecord, { kind: Kind }> => row.kind === kind,
    );
  }

  /** All promises that can go on have gone on: nothing here waits for anything but microtasks and WebCrypto. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 4; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      if (cryptoUnderWay > 0) turn = -1;
    }
  }

  private nextTimerMs(): number {
    return this.timers.reduce((first, timer) => Math.min(first, timer.atMs), Number.POSITIVE_INFINITY);
  }
  private nextExchangeMs(): number {
    return (Math.floor(this.nowMs / this.exchangeStepMs) + 1) * this.exchangeStepMs;
  }
  private homes(): Home<{ alarm(): Promise<void> }>[] {
    return [this.feed, this.wallets.PAPER, this.wallets.LIVE, ...this.users.values()];
  }
  private nextAlarmMs(): number {
    return this.homes().reduce(
      (first, home) => (home.life.alive ? Math.min(first, home.alarmAtMs ?? first) : first),
      Number.POSITIVE_INFINITY,
    );
  }

  private fireTimers(): void {
    const due = this.timers.filter((timer) => timer.atMs <= this.nowMs);
    this.timers = this.timers.filter((timer) => timer.atMs > this.nowMs);
    for (const timer of due.sort((left, right) => left.atMs - right.atMs || left.order - right.order))
      timer.task();
  }

  private fireAlarms(): void {
    for (const home of this.homes()) {
      if (!home.life.alive || home.alarmAtMs === undefined || home.alarmAtMs > this.nowMs) continue;
      home.alarmAtMs = undefined;
      home.core.alarm().catch((error: unknown) => this.died(error));
    }
  }

  private died(error: unknown): void {
    if (!(error instanceof Crash)) throw error;
  }

  private rebuild<Core>(home: Home<Core>): void {
    home.life.alive = false;
    home.life = { alive: true };
    for (const socket of this.sockets) if (!socket.life.alive) socket.close();
    this.crashes += 1;
    home.core = home.build(this.ports(home), home.life);
  }

  /** One step of the way: the place where a crash may strike. */
  private step<Core>(home: Home<Core>, name: string): void {
    if (!home.life.alive) throw new Crash('already dead');
    this.steps += 1;
    this.stepNames.push(`${home.name} ${name}`);
    if (this.crashAtStep === undefined || this.steps !== this.crashAtStep) return;
    this.crashAtStep = undefined;
    home.life.alive = false;
    // The instance is gone at once; the next one is made when the platform notices.
    this.timers.push({ atMs: this.nowMs + 1, order: this.timerOrder++, task: () => this.rebuild(home) });
    throw new Crash(name);
  }

  private after(life: { alive: boolean }, ms: number, task: () => void): () => void {
    const timer: Timer = {
      atMs: this.nowMs + Math.max(0, Math.ceil(ms)),
      order: this.timerOrder++,
      task: () => {
        if (life.alive) task();
      },
    };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((one) => one !== timer);
    };
  }

  private home<Core>(name: string, build: (ports: ObjectPorts, life: Life) => Core): Home<Core> {
    const home = {
      name,
      database: new DatabaseSync(':memory:'),
      build,
      alarmAtMs: undefined,
      life: { alive: true },
    };
    // The core is made last, over the ports of its own home.
    const whole: Home<Core> = Object.assign(home, { core: undefined as unknown as Core });
    whole.core = build(this.ports(whole), whole.life);
    return whole;
  }

  private ports<Core>(home: Home<Core>): ObjectPorts {
    const { life, database } = home;
    const statements = new Map<string, StatementSync>();
    let depth = 0;
    const alive = (): void => {
      if (!life.alive) throw new Crash('already dead');
    };
    return {
      nowMs: () => this.nowMs,
      log: (level, message, fields = {}) => {
        if (life.alive) this.logs.push({ level, message, fields });
      },
      alarm: {
        set: (atMs) => {
          alive();
          home.alarmAtMs = atMs;
        },
      },
      timers: { after: (ms, task) => this.after(life, ms, task) },
      storage: {
        rows: (query, ...bindings) => {
          alive();
          const statement = statements.get(query) ?? database.prepare(query);
          statements.set(query, statement);
          return statement.all(...bindings) as SqlRow[];
        },
        transaction: (work) => {
          alive();
          if (depth === 0) this.step(home, 'before a transaction');
          const savepoint = `level_${depth}`;
          database.exec(`SAVEPOINT ${savepoint}`);
          depth += 1;
          try {
            const result = work();
            database.exec(`RELEASE ${savepoint}`);
            return result;
          } catch (error) {
            database.exec(`ROLLBACK TO ${savepoint}`);
            database.exec(`RELEASE ${savepoint}`);
            throw error;
          } finally {
            depth -= 1;
            if (depth === 0) this.step(home, 'after a transaction');
          }
        },
      },
    };
  }

  /** A call from one object to another: it may be lost before it arrives, or its answer after. */
  private async call<From, To, Result>(
    from: Caller<From>,
    to: () => Home<To>,
    name: string,
    run: (core: To) => Result | Promise<Result>,
  ): Promise<Result> {
    const { life } = from;
    if (!life.alive) throw new Crash('already dead');
    const caller = from.home();
    this.step(caller, `before ${name}`);
    await Promise.resolve();
    this.beforeCall?.(name);
    const target = to();
    if (!target.life.alive) throw new Error('Durable Object reset');
    let result: Result;
    try {
      result = await run(target.core);
    } catch (error) {
      throw error instanceof Crash ? new Error('Durable Object reset') : error;
    }
    if (!life.alive) return new Promise<never>(() => {});
    this.step(caller, `after ${name}`);
    this.afterCall?.(name);
    return result;
  }

  private async write<Core>(from: Caller<Core>, records: readonly OutboxRecord[]): Promise<void> {
    const { life, home } = from;
    if (!life.alive) throw new Crash('already dead');
    this.step(home(), 'before D1');
    await Promise.resolve();
    if (this.ledgerManner === 'down') throw new Error('D1 is down');
    if (this.ledgerManner === 'hangs') return new Promise<never>(() => {});
    for (const record of records) this.take(record);
    if (this.ledgerManner === 'twice') for (const record of records) this.take(record);
    if (this.ledgerManner === 'lands-late') {
      const again = (): void => {
        for (const record of records) this.take(record);
      };
      this.timers.push({ atMs: this.nowMs + 60_000, order: this.timerOrder++, task: again });
      throw new Error('the answer of D1 was lost');
    }
    if (!life.alive) return new Promise<never>(() => {});
    this.step(home(), 'after D1');
    return undefined;
  }

  private take(record: OutboxRecord): void {
    const key = naturalKey(record);
    const known = this.ledger.get(key);
    if (known === undefined) this.ledger.set(key, record);
    else if ('revision' in record && 'revision' in known && record.revision > known.revision)
      this.ledger.set(key, record);
  }

  private readonly readControl = async (): Promise<Control> => {
    if (this.ledgerManner === 'down') throw new Error('D1 is down');
    if (this.ledgerManner === 'hangs') return new Promise<never>(() => {});
    return this.control;
  };

  private walletPort<From>(from: Caller<From>, mode: TradingMode): WalletPort {
    return {
      copy: (request) =>
        this.walletHangs
          ? new Promise<never>(() => {})
          : this.call(
              from,
              () => this.wallets[mode],
              'copy',
              (core) => core.copy(structuredClone(request)),
            ),
      heldLeaders: () =>
        this.call(
          from,
          () => this.wallets[mode],
          'heldLeaders',
          (core) => core.heldLeaders(),
        ),
    };
  }

  private userHome(address: LeaderAddress): Home<FollowerCore> {
    const known = this.users.get(address);
    if (known !== undefined) return known;
    const home = this.home(`user ${address.slice(0, 6)}`, (ports, life) => {
      const self = { home: () => this.users.get(address)!, life };
      return new FollowerCore(ports, {
        leaderAddress: address,
        wallets: { PAPER: this.walletPort(self, 'PAPER'), LIVE: this.walletPort(self, 'LIVE') },
        writeOutbox: (records) => this.write(self, records),
        readControl: this.readControl,
        tellPages: (topics) => this.feed.core.pages.tell(topics),
      });
    });
    this.users.set(address, home);
    return home;
  }

  private walletHome(mode: TradingMode): Home<WalletCore> {
    const feed = (self: Caller<WalletCore>): FeedPort => ({
      freshQuote: (request) =>
        this.call(
          self,
          () => this.feed,
          'freshQuote',
          (core) => core.freshQuote(request),
        ),
      tokenStates: (tokens) =>
        this.call(
          self,
          () => this.feed,
          'tokenStates',
          (core) => core.tokenStates(tokens),
        ),
    });
    return this.home(`wallet ${mode}`, (ports, life) => {
      const self = { home: () => this.wallets[mode], life };
      return new WalletCore(ports, {
        mode,
        feed: feed(self),
        writeOutbox: (records) => this.write(self, records),
        readControl: this.readControl,
        tellPages: (topics) => this.feed.core.pages.tell(topics),
        live: mode === 'LIVE' ? this.liveDeps(self) : null,
      });
    });
  }

  private liveDeps(self: Caller<WalletCore>): LiveDeps {
    const right: Secrets = {
      POLYMARKET_PRIVATE_KEY: PRACTICE_KEY,
      POLYMARKET_FUNDER_ADDRESS: this.funderAddress,
      POLYMARKET_SIGNATURE_TYPE: String(this.trader?.signatureType ?? 3),
    };
    return {
      secrets: this.hasSecrets ? { ...right, ...this.trader?.secrets } : {},
      fetch: this.venueFetch(self),
      openSocket: this.openSocket(self.life),
      random: () => 0.5,
      clobUrl: 'http://127.0.0.1:1',
      orderUrl: 'http://127.0.0.1:1',
      userChannelUrl: 'ws://127.0.0.1:1/ws/user',
      geoblockUrl: 'http://127.0.0.1:1/api/geoblock',
      dataUrl: 'http://127.0.0.1:1',
    };
  }

  private feedHome(): Home<FeedCore> {
    const host = { baseUrl: 'http://127.0.0.1:1', fetch: this.fetch, nowMs: () => this.nowMs };
    const user = (self: Caller<FeedCore>, address: LeaderAddress): FollowedUserPort => ({
      observe: (request) =>
        this.call(
          self,
          () => this.userHome(address),
          'observe',
          (core) => core.observe(structuredClone(request)),
        ),
      seed: (positions, given) =>
        this.call(
          self,
          () => this.userHome(address),
          'seed',
          (core) => core.seed(positions, given),
        ),
      applyControl: (control) =>
        this.call(
          self,
          () => this.userHome(address),
          'applyControl',
          async (core) => core.applyControl(control),
        ),
    });
    return this.home('feed', (ports, life) => {
      const self = { home: () => this.feed, life };
      return new FeedCore(ports, {
        clob: createClobApi(host),
        data: createDataApi(host),
        gamma: createGammaApi(host),
        openSocket: this.openSocket(life),
        rtdsUrl: 'ws://127.0.0.1:1/rtds',
        marketUrl: 'ws://127.0.0.1:1/ws/market',
        random: () => 0.5,
        user: (address) => user(self, address),
        wallets: { PAPER: this.walletPort(self, 'PAPER'), LIVE: this.walletPort(self, 'LIVE') },
        writeOutbox: (records) => this.write(self, records),
        readControl: this.readControl,
      });
    });
  }

  private readonly fetch = async (input: string, init?: RequestInit): Promise<Response> => {
    const path = new URL(input).pathname;
    const underWay = (this.underWay.get(path) ?? 0) + 1;
    this.underWay.set(path, underWay);
    this.mostAtOnce.set(path, Math.max(this.mostAtOnce.get(path) ?? 0, underWay));
    try {
      return await this.answer(input, init);
    } finally {
      this.underWay.set(path, (this.underWay.get(path) ?? 1) - 1);
    }
  };

  private readonly answer = async (input: string, init?: RequestInit): Promise<Response> => {
    const body = typeof init?.body === 'string' ? init.body : '';
    this.requests.push(input.slice(input.indexOf('/', 8)));
    const headers = Object.fromEntries(new Headers(init?.headers).entries());
    const answer = this.exchange.handleRequest({ method: init?.method ?? 'GET', url: input, body, headers });
    const limitMs = (init?.signal ? timeLimits.get(init.signal)?.ms : undefined) ?? TIMEOUT_MS;
    const delayMs = answer.delayMs ?? 0;
    if (delayMs > limitMs) return this.lose(init);
    if (delayMs > 0) await this.sleep(delayMs);
    const { pathname } = new URL(input);
    return new Response(this.rewrites?.(pathname, answer.body) ?? answer.body, {
      status: answer.status,
      headers: answer.headers ?? {},
    });
  };

  /** Never answers: the caller's own time limit ends it. */
  private async lose(init: RequestInit | undefined): Promise<never> {
    const limit = init?.signal ? timeLimits.get(init.signal) : undefined;
    await this.sleep(limit?.ms ?? TIMEOUT_MS);
    limit?.strike();
    throw new DOMException('timed out', 'TimeoutError');
  }

  /**
   * The venue as the live Wallet calls it: each call is a place to die, before it has left and after it was answered.
   * What comes back to one that has died is heard by nobody.
   */
  private venueFetch(from: Caller<WalletCore>): Fetch {
    const { life } = from;
    const never = new Promise<never>(() => {});
    const died = (name: string): boolean => {
      if (!life.alive) return true;
      try {
        this.step(from.home(), name);
        return false;
      } catch (error) {
        this.died(error);
        return true;
      }
    };
    let underWay = 0;
    return async (input, init) => {
      // The probe of the region is a POST of an empty order that nobody has signed: no order has ever left by it.
      const isProbe = init?.body === '{}';
      const name = `${isProbe ? 'PROBE' : (init?.method ?? 'GET')} ${new URL(input).pathname}`;
      if (died(`before ${name}`)) return never;
      this.venueCalls.push({ name, atMs: this.nowMs, body: typeof init?.body === 'string' ? init.body : '' });
      this.atVenueCall?.(name);
      underWay += 1;
      this.liveMostAtOnce = Math.max(this.liveMostAtOnce, underWay);
      try {
        const lost = this.losesCall?.(name) ?? false;
        const response = await (lost ? this.lose(init) : this.fetch(input, init));
        return died(`after ${name}`) ? never : response;
      } catch (error) {
        if (died(`after ${name}`)) return never;
        throw error;
      } finally {
        underWay -= 1;
      }
    };
  }

  private sleep(ms: number): Promise<void> {
    return new Promise((resolve) =>
      this.timers.push({ atMs: this.nowMs + ms, order: this.timerOrder++, task: resolve }),
    );
  }

  /** What the venue says to an object that has died is heard by nobody. */
  private readonly openSocket =
    (life: Life) =>
    async (url: string): Promise<RawSocket> => {
      let onMessage: (data: string) => void = () => {};
      let onClose: () => void = () => {};
      const heard = (say: () => void): void => {
        if (!life.alive) return;
        try {
          say();
        } catch (error) {
          this.died(error);
        }
      };
      const send = (text: string): void => heard(() => onMessage(text));
      const closed = (): void => heard(() => onClose());
      const channel = url.endsWith('/rtds') ? 'rtds' : url.endsWith('/user') ? 'user' : 'market';
      if (this.refusesSockets?.(channel) === true) throw new Error('refused');
      this.listeners[channel].add(send);
      const open = {
        rtds: () => this.exchange.openRtdsSocket(send, closed),
        market: () => this.exchange.openMarketSocket(send, closed),
        user: () => this.exchange.openUserSocket(send, closed),
      };
      const socket = open[channel]();
      const close = (): void => {
        this.listeners[channel].delete(send);
        socket.close();
      };
      this.sockets = [...this.sockets.filter((one) => one.life.alive), { life, close }];
      return {
        send: (text) => socket.receive(text),
        close,
        onMessage: (callback) => {
          onMessage = callback;
        },
        onClose: (callback) => {
          onClose = callback;
        },
      };
    };
}

/** The key under which D1 keeps a row (domain/records/records.ts). */
export function naturalKey(record: OutboxRecord): string {
  switch (record.kind) {
    case 'leaderFill':
      return toJson([record.kind, record.fillId]);
    case 'leaderActivity':
      return toJson([record.kind, record.activityId]);
    case 'groupMember':
      return toJson([record.kind, record.mode, record.memberId]);
    case 'attempt':
      return toJson([record.kind, record.mode, record.leaderAddress, record.groupKey]);
    case 'copyFill':
      return toJson([record.kind, record.mode, record.fillKey]);
    case 'ledger':
      return toJson([record.kind, record.mode, record.refId, record.entryType]);
    case 'position':
      return toJson([record.kind, record.mode, record.leaderAddress, record.tokenId]);
    case 'snapshot':
      return toJson([
        record.kind,
        record.mode,
        record.portfolioScope,
        record.leaderAddress,
        record.bucket,
        record.bucketAtMs,
      ]);
    case 'copyStats':
      return toJson([record.kind, record.mode, record.leaderAddress, record.dayAtMs]);
    case 'leaderPosition':
      return toJson([record.kind, record.leaderAddress, record.tokenId]);
    case 'market':
      return toJson([record.kind, record.tokenId]);
    case 'quarantine':
      return toJson([record.kind, record.quarantineId]);
    case 'liveOrder':
      return toJson([record.kind, record.orderKey]);
    case 'liveFill':
      return toJson([record.kind, record.tradeId, record.orderId]);
    case 'venuePosition':
      return toJson([record.kind, record.tokenId]);
    case 'difference':
      return toJson([record.kind, record.subject, record.tokenId, record.firstSeenAtMs]);
  }
}
