/**
 * The whole product in one process on a virtual clock: LeaderFeed, FollowedUsers, both Wallets and the practice exchange,
 * with real SQLite behind every object. Any object can be killed at any step and comes back from its storage and alarm.
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { type Control, controlSchema } from '../../domain/control.ts';
import { type LeaderAddress, parseLeaderAddress, type TradingMode } from '../../domain/ids.ts';
import { toJson } from '../../domain/json.ts';
import type { OutboxRecord } from '../../domain/records.ts';
import { DEFAULT_SYSTEM_SETTINGS, defaultSettings, type ModeSettings } from '../../domain/settings.ts';
import { FollowedUserCore } from '../../durable-objects/followed-user-core.ts';
import { LeaderFeedCore } from '../../durable-objects/leader-feed-core.ts';
import type { FeedPort, FollowedUserPort, WalletPort } from '../../durable-objects/messages.ts';
import type { ObjectPorts, SqlRow } from '../../durable-objects/ports.ts';
import { WalletCore } from '../../durable-objects/wallet-core.ts';
import { createClobApi } from '../../polymarket/clob-api.ts';
import { createDataApi } from '../../polymarket/data-api.ts';
import { createGammaApi } from '../../polymarket/gamma-api.ts';
import { TIMEOUT_MS } from '../../polymarket/http.ts';
import type { RawSocket } from '../../polymarket/socket.ts';
import { createPracticeExchange, type PracticeExchange } from '../../simulator/exchange.ts';
import { memoryStorage } from '../../simulator/store.ts';

const START_MS = Date.UTC(2026, 10, 23, 10, 0, 0);
/** The exchange moves in steps of a tenth of a second. */
const EXCHANGE_STEP_MS = 100;

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
  readonly settings?: Partial<ModeSettings>;
  readonly system?: Partial<Control['system']>;
  /** Let the exchange's own leaders and crowd trade; off unless said, so that a test owns every trade. */
  readonly busy?: boolean;
  /** No market makers either: books stay as a test sets them. */
  readonly quietMarket?: boolean;
  /** How often the exchange moves; a tenth of a second unless a test has hours to cover. */
  readonly exchangeStepMs?: number;
}

/**
 * How D1 answers a write: at once, not at all, never (the call hangs), twice, or with an error although the batch landed,
 * which then lands a second time a minute later, after its successors.
 */
export type LedgerManner = 'up' | 'down' | 'hangs' | 'twice' | 'lands-late';

export class World {
  nowMs = START_MS;
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
  private readonly underWay = new Map<string, number>();
  /** Runs for every call between objects before it leaves; a throw is a call that was lost. */
  beforeCall: ((name: string) => void) | undefined;
  private readonly exchangeStepMs: number;
  private readonly listeners = {
    rtds: new Set<(text: string) => void>(),
    market: new Set<(text: string) => void>(),
  };
  private sockets: { readonly life: { readonly alive: boolean }; readonly close: () => void }[] = [];
  private timers: Timer[] = [];
  private timerOrder = 0;
  private readonly users = new Map<LeaderAddress, Home<FollowedUserCore>>();
  private readonly wallets: Record<TradingMode, Home<WalletCore>>;
  private readonly feed: Home<LeaderFeedCore>;

  constructor(options: WorldOptions = {}) {
    const busy = options.busy ?? false;
    this.exchangeStepMs = options.exchangeStepMs ?? EXCHANGE_STEP_MS;
    this.exchange = createPracticeExchange({
      nowMs: () => this.nowMs,
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
        LIVE: defaultSettings('LIVE'),
      },
      followedUsers: [],
    });
    this.wallets = { PAPER: this.walletHome('PAPER'), LIVE: this.walletHome('LIVE') };
    this.feed = this.feedHome();
  }

  get paper(): WalletCore {
    return this.wallets.PAPER.core;
  }
  get leaderFeed(): LeaderFeedCore {
    return this.feed.core;
  }
  user(address: string): FollowedUserCore {
    return this.userHome(parseLeaderAddress(address)!).core;
  }

  /** Starts everything as the cron route does. */
  async start(): Promise<void> {
    this.exchange.step(this.nowMs);
    await this.push();
    await this.feed.core.ensureRunning();
    await this.wallets.PAPER.core.ensureRunning();
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
  async say(channel: 'rtds' | 'market', text: string): Promise<void> {
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
  kill(what: 'feed' | 'wallet' | { readonly user: string }): void {
    if (what === 'feed') this.rebuild(this.feed);
    else if (what === 'wallet') this.rebuild(this.wallets.PAPER);
    else this.rebuild(this.userHome(parseLeaderAddress(what.user)!));
  }

  /** Changes what an object has stored behind its back: a bug of ours that has not been written yet. */
  tamper(what: 'feed' | 'wallet', statement: string, ...bindings: readonly (string | number)[]): void {
    const home = what === 'feed' ? this.feed : this.wallets.PAPER;
    home.database.prepare(statement).run(...bindings);
  }

  rows<Kind extends OutboxRecord['kind']>(kind: Kind): Extract<OutboxRecord, { kind: Kind }>[] {
    return [...this.ledger.values()].filter(
      (row): row is Extract<OutboxRecord, { kind: Kind }> => row.kind === kind,
    );
  }

  /** All promises that can go on have gone on: nothing here waits for anything but microtasks. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve));
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
      (first, home) => Math.min(first, home.alarmAtMs ?? first),
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
      if (home.alarmAtMs === undefined || home.alarmAtMs > this.nowMs) continue;
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

  private userHome(address: LeaderAddress): Home<FollowedUserCore> {
    const known = this.users.get(address);
    if (known !== undefined) return known;
    const home = this.home(`user ${address.slice(0, 6)}`, (ports, life) => {
      const self = { home: () => this.users.get(address)!, life };
      return new FollowedUserCore(ports, {
        leaderAddress: address,
        wallets: { PAPER: this.walletPort(self, 'PAPER'), LIVE: this.walletPort(self, 'LIVE') },
        writeOutbox: (records) => this.write(self, records),
        readControl: this.readControl,
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
      });
    });
  }

  private feedHome(): Home<LeaderFeedCore> {
    const host = { baseUrl: 'http://127.0.0.1:1', fetch: this.fetch, nowMs: () => this.nowMs };
    const user = (self: Caller<LeaderFeedCore>, address: LeaderAddress): FollowedUserPort => ({
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
      return new LeaderFeedCore(ports, {
        clob: createClobApi(host),
        data: createDataApi(host),
        gamma: createGammaApi(host),
        openSocket: this.openSocket,
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
    const answer = this.exchange.handleRequest({ method: init?.method ?? 'GET', url: input, body });
    const delayMs = answer.delayMs ?? 0;
    if (delayMs > 0) await this.sleep(Math.min(delayMs, TIMEOUT_MS));
    // The adapter's own timeout runs on the real clock, so it is struck here on the virtual one.
    if (delayMs > TIMEOUT_MS) throw new DOMException('timed out', 'TimeoutError');
    return new Response(answer.body, { status: answer.status, headers: answer.headers ?? {} });
  };

  private sleep(ms: number): Promise<void> {
    return new Promise((resolve) =>
      this.timers.push({ atMs: this.nowMs + ms, order: this.timerOrder++, task: resolve }),
    );
  }

  private readonly openSocket = async (url: string): Promise<RawSocket> => {
    let onMessage: (data: string) => void = () => {};
    let onClose: () => void = () => {};
    // What the venue says to an object that has died is heard by nobody.
    const { life } = this.feed;
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
    const channel = url.endsWith('/rtds') ? 'rtds' : 'market';
    this.listeners[channel].add(send);
    const socket =
      channel === 'rtds'
        ? this.exchange.openRtdsSocket(send, closed)
        : this.exchange.openMarketSocket(send, closed);
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

/** The key under which D1 keeps a row (domain/records.ts). */
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
