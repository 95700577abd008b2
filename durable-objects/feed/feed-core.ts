/**
 * The logic of LeaderFeed: receives the fills of every leader that is watched, from RTDS and the Data API, and hands them with
 * a quote to their FollowedUsers; owns books and market facts. What the stream misses, the next sweep brings.
 */

import type { LeaderAddress, TokenId, TradingMode } from '../../domain/ids.ts';
import type { Book } from '../../domain/market/book.ts';
import { isStoring } from '../../domain/records/copying.ts';
import type { OutboxRecord } from '../../domain/records/records.ts';
import type { FeedStatus } from '../../domain/records/status.ts';
import type { Control } from '../../domain/settings/control.ts';
import { MINUTE_MS, SECOND_MS } from '../../domain/time.ts';
import type { ClobApi } from '../../polymarket/public/clob-api.ts';
import type { DataApi } from '../../polymarket/public/data-api.ts';
import type { GammaApi } from '../../polymarket/public/gamma-api.ts';
import type { HostBudget } from '../../polymarket/wire/host-budget.ts';
import type { RawSocket, VenueSocket } from '../../polymarket/wire/socket.ts';
import { ControlCache } from '../platform/control-cache.ts';
import { KeyValue } from '../platform/key-value.ts';
import { OUTBOX_JOB, Outbox } from '../platform/outbox.ts';
import type { ObjectPorts } from '../platform/ports.ts';
import { Quarantine } from '../platform/quarantine.ts';
import { Scheduler } from '../platform/scheduler.ts';
import type {
  ExitBids,
  FollowedUserPort,
  HoldingWalletPort,
  Quote,
  QuoteRequest,
  TokenState,
} from '../rpc.ts';
import { BidWatch } from './bid-watch.ts';
import { Delivery } from './delivery.ts';
import { FollowedLeaders } from './followed-leaders.ts';
import { type FeedKeyValue, JOBS } from './keys.ts';
import { LeaderSweeps } from './leader-sweeps.ts';
import { Listening, rtdsSocket } from './listening.ts';
import { LiveBooks } from './live-books.ts';
import { MarketFactsStore } from './market-facts.ts';
import { MarketSockets } from './market-sockets.ts';
import { PageEvents } from './page-events.ts';
import { PositionSeeds } from './position-seeds.ts';
import { Resolutions } from './resolutions.ts';
import { RowChecks } from './row-checks.ts';
import { RowQuotes } from './row-quotes.ts';
import { StreamReports } from './stream-reports.ts';
import { SweepRounds } from './sweep-rounds.ts';
import { type HeldToken, TokenStates } from './token-states.ts';
import { type WatchedLeader, WatchList } from './watch-list.ts';

export interface FeedDeps {
  /** What `clob`, `data` and `gamma` share. */
  readonly budget: Pick<HostBudget, 'status'>;
  readonly clob: ClobApi;
  readonly data: DataApi;
  readonly gamma: GammaApi;
  readonly openSocket: (url: string) => Promise<RawSocket>;
  readonly rtdsUrl: string;
  readonly marketUrl: string;
  readonly random: () => number;
  readonly user: (leader: LeaderAddress) => FollowedUserPort;
  readonly wallets: Readonly<Record<TradingMode, HoldingWalletPort>>;
  readonly writeOutbox: (records: readonly OutboxRecord[]) => Promise<void>;
  readonly readControl: () => Promise<Control | undefined>;
}

/** With nobody followed the minute's work is done this often. */
const IDLE_EVERY_MS = 10 * MINUTE_MS;
/** Leaders in trouble that the status names; the rest are counted. */
const TROUBLES_NAMED_MAX = 20;

export class FeedCore {
  /** The event streams of open pages. */
  readonly pages: PageEvents;
  private readonly kv: FeedKeyValue;
  private readonly control: ControlCache;
  private readonly outbox: Outbox;
  private readonly scheduler: Scheduler;
  private readonly quarantine: Quarantine;
  private readonly facts: MarketFactsStore;
  private readonly sockets: MarketSockets;
  private readonly resolutions: Resolutions;
  private readonly books: LiveBooks;
  private readonly bids: BidWatch;
  private readonly states: TokenStates;
  private readonly watch: WatchList;
  private readonly leaders: FollowedLeaders;
  private readonly delivery: Delivery;
  private readonly stream: StreamReports;
  private readonly seeds: PositionSeeds;
  private readonly rounds: SweepRounds;
  private readonly rtds: VenueSocket;
  private readonly listening: Listening;
  private running = false;

  constructor(
    private readonly ports: ObjectPorts,
    private readonly deps: FeedDeps,
  ) {
    const { clob, data, gamma, user } = deps;
    this.pages = new PageEvents(ports.timers);
    this.kv = new KeyValue(ports.storage);
    this.control = new ControlCache(this.kv);
    this.outbox = new Outbox(ports, deps.writeOutbox, (topics) => this.pages.publish(topics));
    this.scheduler = new Scheduler(
      ports,
      {
        [OUTBOX_JOB]: () => this.outbox.drain(),
        [JOBS.minute]: () => this.minute(),
        [JOBS.sweep]: () => this.sweep(),
      },
      [OUTBOX_JOB, JOBS.minute, JOBS.sweep],
    );
    this.quarantine = new Quarantine(ports, this.kv, this.outbox);
    this.facts = new MarketFactsStore(ports, clob, gamma, this.outbox);
    this.resolutions = new Resolutions(ports, data, this.facts, this.quarantine);
    this.sockets = new MarketSockets(ports, deps.marketUrl, deps.openSocket, deps.random);
    this.books = new LiveBooks(ports, clob, this.facts, this.sockets, this.quarantine, {
      resolved: (condition) => {
        if (this.facts.announced(condition)) this.resolutions.announced(condition);
      },
      moved: (token) => this.bids.moved(token),
    });
    this.bids = new BidWatch(ports, deps.wallets, (token) => this.books.quoteNow(token).book);
    this.states = new TokenStates(this.books, this.facts, this.resolutions);
    this.watch = new WatchList(ports.storage);
    this.leaders = new FollowedLeaders(ports, this.watch, deps.wallets, user);
    const checks = new RowChecks(ports, this.quarantine);
    const quotes = new RowQuotes(this.books, this.facts);
    this.delivery = new Delivery(ports, user);
    this.stream = new StreamReports(ports, this.watch, checks, quotes, this.delivery);
    this.seeds = new PositionSeeds(ports, data, this.watch, checks, user);
    const sweeps = new LeaderSweeps(ports, data, checks, quotes, this.delivery);
    this.rounds = new SweepRounds(ports, this.scheduler, this.watch, this.seeds, sweeps);
    this.rtds = rtdsSocket(ports, deps, {
      // Sweeps bring what passed while the stream was down (design.md 2).
      opened: () => {
        this.watch.streamOpened(ports.nowMs());
        this.scheduler.at(JOBS.sweep, ports.nowMs());
      },
      silent: (isSilent) => this.watch.streamSilent(isSilent, ports.nowMs()),
      received: (text) => this.stream.receive(text),
    });
    this.listening = new Listening(this.rtds, this.sockets, this.books, this.watch, this.control);
    this.outbox.attach(this.scheduler);
    this.scheduler.resume();
    // It ran before: the first sweep opens the sockets again.
    if (this.control.get() !== undefined && !this.isIdle()) this.scheduler.at(JOBS.sweep, ports.nowMs());
  }

  alarm(): Promise<void> {
    this.start();
    return this.scheduler.alarmFired();
  }

  /** Wakes the feed: sockets, sweeps and the minute. Harmless when it already runs, and nothing while nobody is followed. */
  async ensureRunning(): Promise<void> {
    if (this.control.get() === undefined || this.isIdle()) await this.refreshControl();
    this.start();
  }

  applyControl(control: Control): void {
    if (!this.control.apply(control)) return;
    this.leaders.add(control);
    this.kv.delete('idleMinuteAtMs');
    this.start();
    this.scheduler.at(JOBS.minute, this.ports.nowMs());
    this.scheduler.at(JOBS.sweep, this.ports.nowMs());
    this.listening.match();
  }

  freshQuote(request: QuoteRequest): Promise<Quote> {
    return this.books.freshQuote(request);
  }

  /** A FollowedUser asks for a reading of the leader's positions, requested at this time or later. */
  askReading(leader: LeaderAddress, sinceMs: number): void {
    this.seeds.ask(leader, sinceMs);
  }

  glance(tokens: readonly TokenId[], askVenue: boolean): Promise<readonly (Book | null)[]> {
    return this.books.glance(tokens, askVenue);
  }

  /** What marks of held tokens are made of, and their payouts. The Wallet is called once one of `bids` stands. */
  async tokenStates(tokens: readonly HeldToken[], bids?: ExitBids): Promise<readonly TokenState[]> {
    const states = await this.states.of(tokens);
    if (bids !== undefined) this.bids.replace(bids);
    return states;
  }

  status(): FeedStatus {
    const outbox = this.outbox.status();
    const rtds = this.rtds.status();
    const channel = this.sockets.status();
    const nowMs = this.ports.nowMs();
    const unused = this.listening.unused();
    const late = this.watch.lateSweeps(nowMs);
    const failing = this.scheduler.failing();
    const watched = new Set(this.watch.list().map((leader) => leader.address));
    const troubles = this.delivery.inTrouble().filter((one) => watched.has(one.leaderAddress));
    const isWorking = isStoring(outbox, nowMs) && late.length === 0 && !failing.isTooOften;
    return {
      kind: 'feed',
      healthy: (unused !== null || rtds.state === 'OPEN') && channel.open && isWorking,
      controlVersion: this.control.get()?.version ?? null,
      leadersWatched: this.watch.list().length,
      rtds: {
        state: rtds.state,
        unused,
        frames: rtds.frames,
        reconnects: rtds.reconnects,
        lastFrameAtMs: rtds.lastFrameAtMs,
        lastEnd: rtds.lastEnd,
        standIn: this.watch.standIn(nowMs),
      },
      marketChannel: channel,
      openPages: this.pages.count(),
      books: { ...this.books.counters, ...this.books.size() },
      counts: { ...this.stream.counters, ...this.rounds.counters, ...this.seeds.counters },
      limits: this.deps.budget.status(),
      quarantined: this.quarantine.total(),
      outbox,
      failingJobs: failing.lines,
      limit: this.ports.limits.reached(),
      late: { sweeps: late.length, oldestSweepAtMs: late.length === 0 ? null : Math.min(...late) },
      troubles: { count: troubles.length, leaders: troubles.slice(0, TROUBLES_NAMED_MAX) },
      sweeps: this.watch.list().map((leader) => sweepLine(leader, nowMs)),
    };
  }

  private start(): void {
    if (this.running) return;
    const nowMs = this.ports.nowMs();
    // Cron wakes it each minute; with nobody followed most of these find nothing to do.
    const idleAtMs = this.kv.get('idleMinuteAtMs');
    if (this.isIdle() && idleAtMs !== undefined && nowMs - idleAtMs < IDLE_EVERY_MS) return;
    this.running = true;
    this.listening.match();
    this.scheduler.at(JOBS.minute, nowMs);
    this.scheduler.at(JOBS.sweep, nowMs);
  }

  private isIdle(): boolean {
    return this.listening.isIdle();
  }

  private sweep(): Promise<void> {
    // The first job that is due after a restart: the sockets then need not wait for the alarm.
    this.start();
    return this.isIdle() ? Promise.resolve() : this.rounds.run();
  }

  /**
   * Once a minute: control document, leaders whose shares are held, silent books, results of markets. With nobody followed every
   * ten minutes, by cron, and in between the object sleeps.
   */
  private async minute(): Promise<void> {
    const nowMs = this.ports.nowMs();
    if (!this.isIdle()) this.scheduler.at(JOBS.minute, nowMs + MINUTE_MS);
    await this.refreshControl();
    const control = this.control.get();
    if (control !== undefined) {
      const wasIdle = this.isIdle();
      await this.leaders.update(control);
      this.listening.match();
      if (this.isIdle()) this.fallIdle(nowMs);
      else if (wasIdle)
        for (const job of [JOBS.minute, JOBS.sweep]) this.scheduler.at(job, nowMs + SECOND_MS);
      await this.leaders.push(control);
    }
    await this.books.checkSilent();
    await this.resolutions.askFollowed();
    this.facts.prune();
  }

  private fallIdle(nowMs: number): void {
    this.kv.put('idleMinuteAtMs', nowMs);
    this.running = false;
  }

  private refreshControl(): Promise<void> {
    return this.control.refresh(this.ports, {
      read: this.deps.readControl,
      take: (control) => {
        this.applyControl(control);
      },
    });
  }
}

/** When a leader was swept last; a time of zero is never, not 1970. */
function sweepLine({ address, sweptAtMs }: WatchedLeader, nowMs: number): string {
  const when =
    sweptAtMs === 0 ? 'not swept yet' : `swept ${Math.round((nowMs - sweptAtMs) / SECOND_MS)} s ago`;
  return `${address}: ${when}`;
}
