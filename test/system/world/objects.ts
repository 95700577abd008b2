/** LeaderFeed, FollowedUsers and both Wallets, each in its home, calling each other over the ports that they have in production. */
import type { LeaderAddress, TradingMode } from '../../../domain/ids.ts';
import type { OutboxRecord } from '../../../domain/records/records.ts';
import type { Topic } from '../../../domain/records/topics.ts';
import type { Control } from '../../../domain/settings/control.ts';
import { FeedCore } from '../../../durable-objects/feed/feed-core.ts';
import { FollowerCore } from '../../../durable-objects/follower/follower-core.ts';
import { PageNews } from '../../../durable-objects/platform/page-news.ts';
import type { ObjectPorts } from '../../../durable-objects/platform/ports.ts';
import type {
  FeedPort,
  FollowedUserPort,
  HoldingWalletPort,
  ReadingPort,
  WalletPort,
} from '../../../durable-objects/rpc.ts';
import type { LiveDeps } from '../../../durable-objects/wallet/live/account/live-deps.ts';
import { WalletCore } from '../../../durable-objects/wallet/wallet-core.ts';
import { ownAddresses } from '../../../polymarket/account/credentials.ts';
import { createClobApi } from '../../../polymarket/public/clob-api.ts';
import { createDataApi } from '../../../polymarket/public/data-api.ts';
import { createGammaApi } from '../../../polymarket/public/gamma-api.ts';
import { HostBudget } from '../../../polymarket/wire/host-budget.ts';
import type { Fetch } from '../../../polymarket/wire/http.ts';
import type { RawSocket } from '../../../polymarket/wire/socket.ts';
import type { FakeLedger } from './fake-ledger.ts';
import type { Caller, Home, Homes } from './homes.ts';
import type { Secrets } from './practice-account.ts';
import type { Venue } from './venue.ts';
import type { VirtualTime } from './virtual-time.ts';

/** Nothing listens there: the venue of the World answers instead. */
const HTTP_URL = 'http://127.0.0.1:1';
const SOCKET_URL = 'ws://127.0.0.1:1';

/** What the objects stand on. */
export interface Ground {
  readonly time: VirtualTime;
  readonly homes: Homes;
  readonly venue: Venue;
  readonly ledger: FakeLedger;
  /** The present control document of D1. */
  readonly control: () => Control;
  /** The Worker's secrets; empty when none are set. */
  readonly secrets: () => Partial<Secrets>;
}

export class Objects {
  /** Calls to copy are never answered. */
  walletHangs = false;
  readonly users = new Map<LeaderAddress, Home<FollowerCore>>();
  readonly wallets: Record<TradingMode, Home<WalletCore>>;
  readonly feed: Home<FeedCore>;

  constructor(private readonly ground: Ground) {
    this.wallets = { PAPER: this.makeWallet('PAPER'), LIVE: this.makeWallet('LIVE') };
    this.feed = this.makeFeed();
  }

  all(): Home<FeedCore | WalletCore | FollowerCore>[] {
    return [this.feed, this.wallets.PAPER, this.wallets.LIVE, ...this.users.values()];
  }

  /** The FollowedUser of a leader, made when it is first asked for. */
  user(address: LeaderAddress): Home<FollowerCore> {
    const known = this.users.get(address);
    if (known !== undefined) return known;
    const home = this.ground.homes.make(`user ${address.slice(0, 6)}`, (ports, life) => {
      const self = { home: () => this.users.get(address)!, life };
      return new FollowerCore(ports, {
        leaderAddress: address,
        wallets: { PAPER: this.walletPort(self, 'PAPER'), LIVE: this.walletPort(self, 'LIVE') },
        feed: this.readingPort(self),
        ...this.common(self),
        publishTopics: this.reportTo(ports),
      });
    });
    this.users.set(address, home);
    return home;
  }

  private common(self: Caller<unknown>): {
    writeOutbox: (records: readonly OutboxRecord[]) => Promise<void>;
    readControl: () => Promise<Control>;
  } {
    const { ledger, control, homes } = this.ground;
    return {
      writeOutbox: (records) => ledger.write(self, records),
      readControl: async () => {
        const end = homes.hold(self.home(), 'D1');
        homes.watcher?.request('D1', 'readControl');
        return ledger.read(control).finally(end);
      },
    };
  }

  /** How changes reach the open pages, as in production. */
  private reportTo(ports: ObjectPorts): (topics: readonly Topic[]) => void {
    const news = new PageNews(ports, async (topics) => {
      this.ground.homes.watcher?.request(this.feed.name, 'announce');
      return this.feed.core.pages.publish(topics);
    });
    return news.report;
  }

  /** Keeps the object awake until the venue has answered. */
  private waiting(self: Caller<unknown>, fetch: Fetch): Fetch {
    return async (input, init) => {
      const end = this.ground.homes.hold(self.home(), 'the venue');
      return fetch(input, init).finally(end);
    };
  }

  /** Sockets that keep the object awake while they are open. */
  private openSocketOf(self: Caller<unknown>): (url: string) => Promise<RawSocket> {
    const { homes, venue } = this.ground;
    return async (url) => {
      const socket = await venue.openSocket(self.life)(url);
      const channel = url.slice(url.lastIndexOf('/') + 1);
      const end = homes.hold(self.home(), `socket ${channel}`);
      return {
        send: (text) => socket.send(text),
        close: () => {
          end();
          socket.close();
        },
        onMessage: (callback) =>
          socket.onMessage((text) => {
            homes.watcher?.frame(self.home().name, channel);
            callback(text);
          }),
        onClose: (callback) =>
          socket.onClose(() => {
            end();
            callback();
          }),
      };
    };
  }

  private makeWallet(mode: TradingMode): Home<WalletCore> {
    return this.ground.homes.make(`wallet ${mode}`, (ports, life) => {
      const self = { home: () => this.wallets[mode], life };
      return new WalletCore(ports, {
        mode,
        feed: this.feedPort(self),
        own: ownAddresses(this.ground.secrets()),
        ...this.common(self),
        publishTopics: this.reportTo(ports),
        live: mode === 'LIVE' ? this.liveDeps(self) : null,
        answerTimes: () =>
          this.ground.homes.call(
            self,
            () => this.wallets.LIVE,
            'status',
            (core) => core.status().live?.answers ?? null,
          ),
      });
    });
  }

  private makeFeed(): Home<FeedCore> {
    const { homes, time, venue } = this.ground;
    return homes.make('feed', (ports, life) => {
      const self = { home: () => this.feed, life };
      const nowMs = () => time.nowMs;
      const budget = new HostBudget({ nowMs, after: ports.timers.after, random: () => 0.5 });
      const host = { baseUrl: HTTP_URL, fetch: this.waiting(self, venue.fetch), nowMs, budget };
      return new FeedCore(ports, {
        budget,
        clob: createClobApi(host),
        data: createDataApi(host),
        gamma: createGammaApi(host),
        openSocket: this.openSocketOf(self),
        rtdsUrl: `${SOCKET_URL}/rtds`,
        marketUrl: `${SOCKET_URL}/ws/market`,
        random: () => 0.5,
        user: (address) => this.userPort(self, address),
        wallets: { PAPER: this.holdingPort(self, 'PAPER'), LIVE: this.holdingPort(self, 'LIVE') },
        ...this.common(self),
      });
    });
  }

  private liveDeps(self: Caller<WalletCore>): LiveDeps {
    const { venue, secrets } = this.ground;
    return {
      secrets: secrets(),
      fetch: this.waiting(self, venue.walletFetch(self)),
      publicFetch: this.waiting(self, venue.walletFetch(self)),
      openSocket: this.openSocketOf(self),
      random: () => 0.5,
      clobUrl: HTTP_URL,
      orderUrl: HTTP_URL,
      userChannelUrl: `${SOCKET_URL}/ws/user`,
      geoblockUrl: `${HTTP_URL}/api/geoblock`,
      dataUrl: HTTP_URL,
    };
  }

  private walletPort<From>(from: Caller<From>, mode: TradingMode): WalletPort {
    const { homes } = this.ground;
    const wallet = (): Home<WalletCore> => this.wallets[mode];
    return {
      copy: (request) =>
        this.walletHangs
          ? new Promise<never>(() => {})
          : homes.call(from, wallet, 'copy', (core) => core.copy(structuredClone(request))),
    };
  }

  private holdingPort(from: Caller<FeedCore>, mode: TradingMode): HoldingWalletPort {
    const { homes } = this.ground;
    const wallet = (): Home<WalletCore> => this.wallets[mode];
    return {
      heldLeaders: () => homes.call(from, wallet, 'heldLeaders', (core) => core.heldLeaders()),
      applyControl: (control) =>
        homes.call(from, wallet, 'applyControl', async (core) => core.applyControl(control)),
      bidCame: (token) => homes.call(from, wallet, 'bidCame', async (core) => core.bidCame(token)),
    };
  }

  private feedPort(from: Caller<WalletCore>): FeedPort {
    const { homes } = this.ground;
    const feed = (): Home<FeedCore> => this.feed;
    return {
      freshQuote: (request) => homes.call(from, feed, 'freshQuote', (core) => core.freshQuote(request)),
      tokenStates: (...asked) =>
        homes.call(from, feed, 'tokenStates', (core) => core.tokenStates(...structuredClone(asked))),
    };
  }

  private readingPort(from: Caller<FollowerCore>): ReadingPort {
    const { homes } = this.ground;
    return {
      askReading: (leader, sinceMs) =>
        homes.call(
          from,
          () => this.feed,
          'askReading',
          (core) => core.askReading(leader, sinceMs),
        ),
    };
  }

  private userPort(from: Caller<FeedCore>, address: LeaderAddress): FollowedUserPort {
    const { homes } = this.ground;
    const user = (): Home<FollowerCore> => this.user(address);
    return {
      observe: (request) =>
        homes.call(from, user, 'observe', (core) => core.observe(structuredClone(request))),
      seed: (positions, reading) =>
        homes.call(from, user, 'seed', (core) => core.seed(structuredClone(positions), reading)),
      applyControl: (control) =>
        homes.call(from, user, 'applyControl', async (core) => core.applyControl(control)),
    };
  }
}
