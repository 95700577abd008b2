/**
 * The logic of LeaderFeed: hears of every leader that is followed, or whose shares we still hold, from RTDS and the Data
 * API, and hands it with a book to his FollowedUser. What a stream misses, the next sweep brings.
 */

import type { ConditionId, LeaderAddress, TokenId, TradingMode } from '../../domain/ids.ts';
import { toJson } from '../../domain/json.ts';
import type { Book } from '../../domain/market/book.ts';
import { price } from '../../domain/money.ts';
import type { OutboxRecord } from '../../domain/records/records.ts';
import type { FeedStatus } from '../../domain/records/status.ts';
import type { Control } from '../../domain/settings/control.ts';
import type { ClobApi } from '../../polymarket/public/clob-api.ts';
import type { DataApi } from '../../polymarket/public/data-api.ts';
import type { GammaApi } from '../../polymarket/public/gamma-api.ts';
import { type LeaderRow, parseRtdsFrame, rtdsSubscribeFrame } from '../../polymarket/public/leader-row.ts';
import { excerptOf } from '../../polymarket/wire/refused.ts';
import { createVenueSocket, type RawSocket, type VenueSocket } from '../../polymarket/wire/socket.ts';
import { ControlCache } from '../platform/control-cache.ts';
import { KeyValue } from '../platform/key-value.ts';
import { OUTBOX_JOB, Outbox } from '../platform/outbox.ts';
import { type ObjectPorts, reasonOf } from '../platform/ports.ts';
import { Quarantine } from '../platform/quarantine.ts';
import { Scheduler } from '../platform/scheduler.ts';
import type { FollowedUserPort, Quote, TokenState, WalletPort } from '../rpc.ts';
import { Delivery } from './delivery.ts';
import type { FeedKeyValue } from './keys.ts';
import { LiveBooks } from './live-books.ts';
import { MarketFactsStore } from './market-facts.ts';
import { MarketSockets } from './market-sockets.ts';
import { PageEvents } from './page-events.ts';
import { readSweep } from './sweep.ts';
import { type WatchedLeader, WatchList } from './watch-list.ts';

export interface FeedDeps {
  readonly clob: ClobApi;
  readonly data: DataApi;
  readonly gamma: GammaApi;
  readonly openSocket: (url: string) => Promise<RawSocket>;
  readonly rtdsUrl: string;
  readonly marketUrl: string;
  readonly random: () => number;
  readonly user: (leader: LeaderAddress) => FollowedUserPort;
  readonly wallets: Readonly<Record<TradingMode, WalletPort>>;
  readonly writeOutbox: (records: readonly OutboxRecord[]) => Promise<void>;
  readonly readControl: () => Promise<Control | undefined>;
}

const MINUTE_MS = 60_000;
/** Looks for leaders that are due to be swept this often. */
const SWEEP_ROUND_MS = 5_000;
/** At most this many sweeps at once (design.md 2). */
const SWEEPS_AT_ONCE = 4;
/** A firehose that says nothing for this long is dead. */
const RTDS_SILENT_MS = 30_000;
/** RTDS goes quiet without a text ping every few seconds (polymarket-api.md 5.3). */
const RTDS_PING_MS = 5_000;
/** A leader's positions are read again this often: the venue's list heals what a fold of fills cannot know. */
const POSITIONS_AGE_MS_MAX = 60 * MINUTE_MS;
/** The Data API shows a trade three to five seconds after the match: by then it has what passed before the stream was back. */
const INDEX_LAG_MS = 6_000;
/** A leader who was still this long: his last fills are in the venue's list by now. */
const SETTLED_MS = 15_000;
/** How far back a newly followed leader's past is recorded (never copied). */
const HISTORY_MS = 15 * MINUTE_MS;
/** Block times and our clock differ by seconds; what claims to happen later than this is not believed. */
const CLOCK_SKEW_MS_MAX = MINUTE_MS;

export class FeedCore {
  /** Open pages that are told of changes. */
  readonly pages: PageEvents;
  private readonly kv: FeedKeyValue;
  private readonly control: ControlCache;
  private readonly outbox: Outbox;
  private readonly scheduler: Scheduler;
  private readonly quarantine: Quarantine;
  private readonly facts: MarketFactsStore;
  private readonly market: LiveBooks;
  private readonly channel: MarketSockets;
  private readonly watch: WatchList;
  private readonly rtds: VenueSocket;
  private readonly delivery: Delivery;
  /** The version of the control document that each watched leader's object has taken from here. */
  private readonly pushed = new Map<LeaderAddress, number>();
  private running = false;
  private counters = { rtdsRows: 0, deliveryFailures: 0, sweeps: 0, sweepFailures: 0, seedFailures: 0 };

  constructor(
    private readonly ports: ObjectPorts,
    private readonly deps: FeedDeps,
  ) {
    this.pages = new PageEvents(ports.timers);
    this.kv = new KeyValue(ports.storage);
    this.control = new ControlCache(this.kv);
    this.outbox = new Outbox(ports, deps.writeOutbox, (topics) => this.pages.tell(topics));
    this.quarantine = new Quarantine(ports, this.kv, this.outbox);
    this.facts = new MarketFactsStore(ports, { ...deps, outbox: this.outbox });
    this.channel = new MarketSockets(ports, {
      url: deps.marketUrl,
      openSocket: deps.openSocket,
      random: deps.random,
      onText: (text) => this.market.receive(text),
      onDown: () => this.market.disconnected(),
    });
    this.market = new LiveBooks(ports, {
      clob: deps.clob,
      facts: this.facts,
      sockets: () => this.channel,
      quarantine: (refused) => this.quarantine.add(refused),
    });
    this.watch = new WatchList(ports.storage);
    this.delivery = new Delivery(ports, deps.user);
    this.rtds = createVenueSocket({
      url: deps.rtdsUrl,
      openSocket: deps.openSocket,
      onOpen: (send) => {
        send(rtdsSubscribeFrame());
        // Whatever passed while we were away: a gap heals by itself (design.md 2).
        this.watch.allDue();
        this.scheduler.at('sweep', this.ports.nowMs());
      },
      onText: (text) => this.received(text),
      pingEveryMs: RTDS_PING_MS,
      silentAfterMs: RTDS_SILENT_MS,
      setTimer: (task, ms) => ports.timers.after(ms, task),
      nowMs: ports.nowMs,
      random: deps.random,
    });
    this.scheduler = new Scheduler(ports, {
      [OUTBOX_JOB]: () => this.outbox.drain(),
      minute: () => this.minute(),
      sweep: () => this.sweepRound(),
    });
    this.outbox.attach(this.scheduler);
    this.scheduler.resume();
  }

  alarm(): Promise<void> {
    this.start();
    return this.scheduler.alarmFired();
  }

  /** Wakes the feed: sockets, sweeps and the minute. Harmless when it already runs. */
  async ensureRunning(): Promise<void> {
    if (this.control.get() === undefined) await this.refreshControl();
    this.start();
  }

  applyControl(control: Control): void {
    if (!this.control.apply(control)) return;
    // Only adds: who is held but no longer followed stays watched until the next minute has asked the Wallets.
    const watched = this.watch.list().map(({ address, boundMs }) => ({ address, fromMs: boundMs }));
    this.watch.follow([...this.followed(control), ...watched], this.ports.nowMs());
    this.scheduler.at('minute', this.ports.nowMs());
    this.scheduler.at('sweep', this.ports.nowMs());
    this.start();
  }

  freshQuote(request: { readonly tokenId: TokenId; readonly conditionId: ConditionId }): Promise<Quote> {
    return this.market.freshQuote(request);
  }

  glance(tokens: readonly TokenId[], askVenue: boolean): Promise<readonly (Book | null)[]> {
    return this.market.glance(tokens, askVenue);
  }

  /** Marks and payouts of held tokens; a token that cannot be priced now is told without a mark. */
  async tokenStates(
    tokens: readonly { readonly tokenId: TokenId; readonly conditionId: ConditionId }[],
  ): Promise<readonly TokenState[]> {
    this.market.want(tokens.map((token) => token.tokenId));
    const states: TokenState[] = [];
    for (const { tokenId, conditionId } of tokens) {
      const payoutPriceMicros = await this.facts.payout(tokenId, conditionId);
      const mark = payoutPriceMicros === null ? await this.market.mark(tokenId) : null;
      states.push({
        tokenId,
        markPriceMicros: mark === null ? null : price(mark.price),
        markedAtMs: mark?.atMs ?? this.ports.nowMs(),
        payoutPriceMicros,
      });
    }
    return states;
  }

  status(): FeedStatus {
    const outbox = this.outbox.status();
    const rtds = this.rtds.status();
    const channel = this.channel.status();
    const nowMs = this.ports.nowMs();
    return {
      kind: 'feed',
      healthy: rtds.state === 'OPEN' && channel.open && outbox.error === null && outbox.parked === 0,
      controlVersion: this.control.get()?.version ?? null,
      leadersWatched: this.watch.list().length,
      rtds: {
        state: rtds.state,
        frames: rtds.frames,
        reconnects: rtds.reconnects,
        lastFrameAtMs: rtds.lastFrameAtMs,
        lastEnd: rtds.lastEnd,
      },
      marketChannel: channel,
      openPages: this.pages.count(),
      books: { live: this.market.bookCount(), ...this.market.counters },
      counts: { ...this.counters },
      quarantined: this.quarantine.total(),
      outbox,
      sweeps: this.watch
        .list()
        .map((leader) => `${leader.address}: swept ${Math.round((nowMs - leader.sweptAtMs) / 1_000)} s ago`),
    };
  }

  private start(): void {
    if (this.running) return;
    this.running = true;
    this.rtds.start();
    this.channel.start();
    this.scheduler.at('minute', this.ports.nowMs());
    this.scheduler.at('sweep', this.ports.nowMs());
  }

  private followed(control: Control): { address: LeaderAddress; fromMs: number }[] {
    return control.followedUsers
      .filter((user) => !user.removed && (user.paperEnabled || user.liveOverride === 'FORCE_ON'))
      .map((user) => ({ address: user.leaderAddress, fromMs: user.followFromMs - HISTORY_MS }));
  }

  /** One frame of the firehose. Rows of strangers are dropped before they are even validated. */
  private received(text: string): void {
    const frame = parseRtdsFrame(text, { isFollowed: (address) => this.watch.has(address) });
    if (frame.kind === 'ignored') return;
    if (frame.refused.length > 0) this.quarantine.add(frame.refused);
    const believable = this.believable(frame.rows, 'RTDS');
    for (const [leader, rows] of Map.groupBy(believable, (row) => row.leaderAddress)) {
      this.counters.rtdsRows += rows.length;
      this.watch.touched(leader, this.ports.nowMs());
      this.market.want(rows.map((row) => row.tokenId));
      void this.delivery
        .deliver({
          leaderAddress: leader,
          source: frame.source,
          kind: 'stream',
          rows,
          activities: [],
          quotes: this.quotesOf(rows),
          detectedAtMs: this.ports.nowMs(),
        })
        .catch((error: unknown) => {
          // The sweep brings it again: its cursor passes only what was acknowledged.
          this.counters.deliveryFailures += 1;
          this.ports.log('warn', 'a fill could not be handed over; the next sweep brings it', {
            reason: reasonOf(error),
          });
          this.watch.due(leader);
        });
    }
  }

  /** The rows that are not dated in the future; those would outlive every age limit and carry the cursor away. */
  private believable<Row extends { readonly eventAtMs: number }>(
    rows: readonly Row[],
    source: string,
  ): readonly Row[] {
    const latestMs = this.ports.nowMs() + CLOCK_SKEW_MS_MAX;
    const late = rows.filter((row) => row.eventAtMs > latestMs);
    if (late.length === 0) return rows;
    const reason = 'timestamp: in the future';
    this.quarantine.add(late.map((row) => ({ source, reason, excerpt: excerptOf(toJson(row)) })));
    return rows.filter((row) => row.eventAtMs <= latestMs);
  }

  private quotesOf(rows: readonly LeaderRow[]): Record<string, Quote> {
    const quotes: Record<string, Quote> = {};
    for (const row of rows) {
      quotes[row.tokenId] ??= this.market.quoteNow(row.tokenId);
      // Reads ahead, limited by the age of what is known: a busy market's facts must not grow old either.
      void this.facts.ensure(row.conditionId);
    }
    return quotes;
  }

  private async sweepRound(): Promise<void> {
    // After a restart this is the first thing that is due: the sockets need not wait for the alarm.
    this.start();
    this.scheduler.at('sweep', this.ports.nowMs() + SWEEP_ROUND_MS);
    const due = this.watch.dueAt(this.ports.nowMs()).slice(0, SWEEPS_AT_ONCE);
    await Promise.all(due.map((leader) => this.sweep(leader)));
    if (due.length === SWEEPS_AT_ONCE) this.scheduler.at('sweep', this.ports.nowMs() + 100);
  }

  private async sweep(leader: WatchedLeader): Promise<void> {
    try {
      await this.seedWhenDue(leader);
      const startedAtMs = this.ports.nowMs();
      const sweep = await readSweep(this.deps.data, {
        user: leader.address,
        boundMs: leader.boundMs,
        believable: (rows) => this.believable(rows, 'DATA_API'),
      });
      if (sweep.refused.length > 0) this.quarantine.add(sweep.refused);
      for (const chunk of sweep.chunks) {
        for (const activity of chunk.activities) await this.facts.ensure(activity.conditionId);
        await this.delivery.deliver({
          leaderAddress: leader.address,
          source: 'DATA_API',
          kind: 'sweep',
          rows: chunk.rows,
          activities: chunk.activities,
          quotes: { ...this.quotesOf(chunk.rows), ...this.quotesOfConditions(chunk.activities) },
          detectedAtMs: this.ports.nowMs(),
        });
      }
      if (!sweep.complete) {
        // More pages than any sweep reads: asking again would end at the same place. The hole is told, not hidden.
        const reason = `a gap: older rows of ${leader.address} since ${new Date(leader.boundMs).toISOString()} were not read`;
        this.quarantine.add([{ source: 'DATA_API', reason, excerpt: '' }]);
      }
      this.counters.sweeps += 1;
      this.watch.swept(leader.address, {
        boundMs: sweep.newestAtMs,
        sweptAtMs: startedAtMs,
      });
      // The last seconds of a gap are not in the index yet when the stream is back; a minute later they are too old to copy.
      const lostAtMs = Math.max(this.rtds.status().lastOpenAtMs, this.delivery.lostAtMs(leader.address));
      const indexedAtMs = lostAtMs + INDEX_LAG_MS;
      if (startedAtMs < indexedAtMs) {
        this.watch.dueBy(leader.address, indexedAtMs);
        this.scheduler.at('sweep', indexedAtMs);
      }
    } catch (error) {
      this.counters.sweepFailures += 1;
      this.watch.failed(leader.address, this.ports.nowMs());
      this.ports.log('warn', 'a sweep failed; the cursor stays', {
        leader: leader.address,
        reason: reasonOf(error),
      });
    }
  }

  private quotesOfConditions(
    activities: readonly { readonly conditionId: ConditionId }[],
  ): Record<string, Quote> {
    const quotes: Record<string, Quote> = {};
    for (const { conditionId } of activities) {
      for (const market of this.facts.tokensOf(conditionId)) quotes[market.tokenId] = { book: null, market };
    }
    return quotes;
  }

  /** A reading that fails costs no sweep. While he trades it waits: the venue's list lags his fills by seconds. */
  private async seedWhenDue(leader: WatchedLeader): Promise<void> {
    const nowMs = this.ports.nowMs();
    if (nowMs - leader.seededAtMs <= POSITIONS_AGE_MS_MAX) return;
    if (leader.seededAtMs > 0 && nowMs - leader.lastFillAtMs < SETTLED_MS) return;
    try {
      await this.seed(leader.address);
    } catch (error) {
      this.counters.seedFailures += 1;
      this.ports.log('warn', 'positions could not be read', {
        leader: leader.address,
        reason: reasonOf(error),
      });
    }
  }

  private async seed(leader: LeaderAddress): Promise<void> {
    const asOfMs = this.ports.nowMs();
    const { positions, refused, complete } = await this.deps.data.listPositions(leader);
    if (refused.length > 0) this.quarantine.add(refused);
    await this.deps.user(leader).seed(
      positions.map((position) => ({
        tokenId: position.tokenId,
        conditionId: position.conditionId,
        shareMicros: position.shareMicros,
        avgPriceMicros: position.avgPriceMicros ?? price(0n),
      })),
      { complete, asOfMs },
    );
    this.watch.seeded(leader, this.ports.nowMs());
  }

  private refreshControl(): Promise<void> {
    return this.control.refresh(this.ports, {
      read: this.deps.readControl,
      take: (control) => {
        this.applyControl(control);
      },
    });
  }

  /** Once a minute: control, leaders whose shares are held, silent books. */
  private async minute(): Promise<void> {
    this.scheduler.at('minute', this.ports.nowMs() + MINUTE_MS);
    await this.refreshControl();
    const control = this.control.get();
    if (control !== undefined) {
      const held = await this.heldLeaders();
      const exitOnly = [...held].map((address) => ({ address, fromMs: this.ports.nowMs() - HISTORY_MS }));
      this.watch.follow([...this.followed(control), ...exitOnly], this.ports.nowMs());
    }
    if (control !== undefined) await this.pushControl(control);
    await this.market.checkSilent();
  }

  /** A FollowedUser sleeps and so does not look at D1 himself: whoever missed the operator's push is told here. */
  private async pushControl(control: Control): Promise<void> {
    for (const { address } of this.watch.list()) {
      if (this.pushed.get(address) === control.version) continue;
      try {
        await this.deps.user(address).applyControl(control);
        this.pushed.set(address, control.version);
      } catch (error) {
        this.ports.log('warn', 'a FollowedUser did not take the control document', {
          reason: reasonOf(error),
        });
      }
    }
  }

  /** A Wallet that does not answer keeps everyone on the list who was there. */
  private async heldLeaders(): Promise<ReadonlySet<LeaderAddress>> {
    try {
      const lists = await Promise.all(Object.values(this.deps.wallets).map((wallet) => wallet.heldLeaders()));
      return new Set(lists.flat());
    } catch (error) {
      this.ports.log('warn', 'a Wallet did not say whose shares it holds', { reason: reasonOf(error) });
      return new Set(this.watch.list().map((leader) => leader.address));
    }
  }
}
