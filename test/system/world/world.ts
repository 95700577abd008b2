/**
 * The whole product in one process on a virtual clock: LeaderFeed, FollowedUsers, both Wallets and the practice exchange,
 * with real SQLite behind every object. Any object can be killed at any step and comes back from its storage and alarm.
 */
import { onTestFinished } from 'vitest';
import { parseLeaderAddress } from '../../../domain/ids.ts';
import type { OutboxRecord } from '../../../domain/records/records.ts';
import { type Control, controlSchema } from '../../../domain/settings/control.ts';
import type { ModeSettings } from '../../../domain/settings/settings.ts';
import { DEFAULT_SYSTEM_SETTINGS } from '../../../domain/settings/system-settings.ts';
import type { FeedCore } from '../../../durable-objects/feed/feed-core.ts';
import type { FollowerCore } from '../../../durable-objects/follower/follower-core.ts';
import type { SqlRow } from '../../../durable-objects/platform/ports.ts';
import type { WalletCore } from '../../../durable-objects/wallet/wallet-core.ts';
import { createPracticeExchange } from '../../../simulator/exchange.ts';
import type { PracticeExchange } from '../../../simulator/practice-exchange.ts';
import { earlierSettings } from '../../domain/settings/earlier-settings.ts';
import { FakeLedger } from './fake-ledger.ts';
import { type Home, Homes } from './homes.ts';
import { Objects } from './objects.ts';
import { funderOf, PRACTICE_OWNER, secretsOf, type TraderOptions } from './practice-account.ts';
import { storedRows, storedTextOf, workOf } from './stored.ts';
import { type Channel, Venue } from './venue.ts';
import { holdTimeLimits, VirtualTime } from './virtual-time.ts';
import type { Watcher } from './watcher.ts';
import { type CryptoWork, orderWebCrypto } from './web-crypto.ts';

const START_MS = Date.UTC(2026, 10, 23, 10, 0, 0);
/** The exchange moves in steps of a tenth of a second. */
const EXCHANGE_STEP_MS = 100;

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
  /** The real account, so to speak; without it the live Wallet has no keys and makes no calls. */
  readonly trader?: TraderOptions;
  /** Called with what gives the real clock and WebCrypto back; when the test has finished unless said. */
  readonly whenOver?: (letGo: () => void) => void;
  readonly watcher?: (nowMs: () => number) => Watcher;
}

type ObjectName = 'feed' | 'wallet' | 'live';

let cryptoOfTest: CryptoWork | undefined;

/** WebCrypto in order and time limits off the real clock, from the first World of a test until the test has finished. */
function holdRuntime(whenOver: (letGo: () => void) => void): CryptoWork {
  if (cryptoOfTest !== undefined) return cryptoOfTest;
  const crypto = orderWebCrypto();
  const letTimeLimitsGo = holdTimeLimits();
  cryptoOfTest = crypto.work;
  whenOver(() => {
    cryptoOfTest = undefined;
    crypto.restore();
    letTimeLimitsGo();
  });
  return crypto.work;
}

export class World {
  readonly time: VirtualTime;
  readonly exchange: PracticeExchange;
  readonly homes: Homes;
  readonly venue: Venue;
  readonly ledger: FakeLedger;
  readonly crypto: CryptoWork;
  control: Control;
  /** How far the venue's clock is ahead of ours. */
  venueSkewMs = 0;
  private readonly objects: Objects;
  private readonly trader: TraderOptions | undefined;
  private hasSecrets: boolean;
  private readonly exchangeStepMs: number;

  constructor(options: WorldOptions = {}) {
    this.crypto = holdRuntime(options.whenOver ?? onTestFinished);
    this.time = new VirtualTime(options.startMs ?? START_MS);
    this.exchangeStepMs = options.exchangeStepMs ?? EXCHANGE_STEP_MS;
    this.trader = options.trader;
    this.hasSecrets = options.trader !== undefined && options.trader.secretsLater !== true;
    this.exchange = this.openExchange(options);
    this.control = firstControl(options);
    this.homes = new Homes(this.time);
    this.homes.watcher = options.watcher?.(() => this.nowMs);
    this.venue = new Venue(this.exchange, this.time, this.homes);
    this.homes.onDeath = () => this.venue.closeDead();
    this.ledger = new FakeLedger(this.time, this.homes);
    const { time, homes, venue, ledger } = this;
    const secrets = () => (this.hasSecrets ? secretsOf(this.trader) : {});
    this.objects = new Objects({ time, homes, venue, ledger, control: () => this.control, secrets });
  }

  get nowMs(): number {
    return this.time.nowMs;
  }
  /** Of the account behind the live Wallet. */
  get funderAddress(): string {
    return funderOf(this.trader);
  }
  get paper(): WalletCore {
    return this.objects.wallets.PAPER.core;
  }
  get live(): WalletCore {
    return this.objects.wallets.LIVE.core;
  }
  get leaderFeed(): FeedCore {
    return this.objects.feed.core;
  }
  user(address: string): FollowerCore {
    return this.objects.user(parseLeaderAddress(address)!).core;
  }

  /** Starts everything as the cron route does. */
  async start(): Promise<void> {
    this.exchange.step(this.nowMs);
    await this.push();
    await this.leaderFeed.ensureRunning();
    await this.paper.ensureRunning();
    if (this.trader !== undefined) await this.live.ensureRunning();
    await this.settle();
  }

  /** Follows leaders from now on. */
  async follow(...addresses: readonly string[]): Promise<void> {
    const added = addresses.map((address) => ({
      leaderAddress: parseLeaderAddress(address)!,
      label: address,
      paperEnabled: true,
      liveOverride: 'INHERIT' as const,
      liveEntries: 'ON' as const,
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
    this.paper.applyControl(this.control);
    this.live.applyControl(this.control);
    for (const user of this.control.followedUsers)
      this.objects.user(user.leaderAddress).core.applyControl(this.control);
    this.leaderFeed.applyControl(this.control);
    await this.settle();
  }

  /** Lets time pass: timers, alarms and the exchange in their order. */
  async advance(ms: number): Promise<void> {
    const endMs = this.nowMs + ms;
    // What the test itself has started goes on with the first step.
    let isQuiet = false;
    while (true) {
      const nextMs = Math.min(this.time.nextMs(), this.nextAlarmMs(), this.nextExchangeMs());
      if (nextMs > endMs) break;
      this.time.nowMs = Math.max(this.nowMs, nextMs);
      const receivedBefore = this.venue.received;
      if (this.nowMs % this.exchangeStepMs === 0) this.exchange.step(this.nowMs);
      const started = this.time.fire() + this.homes.fireAlarms(this.objects.all());
      // Most steps of the exchange send nothing: then no code of the product has run, and there is nothing to wait for.
      if (isQuiet && started === 0 && this.venue.received === receivedBefore) continue;
      await this.settle();
      isQuiet = true;
    }
    this.time.nowMs = endMs;
  }

  /** Says something to the product as the venue's channel: frames that no exchange would send. */
  async say(channel: Channel, text: string): Promise<void> {
    this.venue.send(channel, text);
    await this.settle();
  }

  /** Calls to copy are never answered while this is true. */
  set walletHangs(hangs: boolean) {
    this.objects.walletHangs = hangs;
  }

  /** Kills whichever object takes the n-th step from now. */
  crashAfter(steps: number): void {
    this.homes.crashAfter(steps);
  }

  /** Kills an object as a deploy or an eviction does: memory is lost, storage and alarm stay. */
  kill(what: ObjectName | { readonly user: string }): void {
    if (typeof what === 'string') this.homes.rebuild(this.home(what));
    else this.homes.rebuild(this.objects.user(parseLeaderAddress(what.user)!));
  }

  /** Sets the Worker's secrets, which starts the live Wallet anew. */
  async bringSecrets(): Promise<void> {
    this.hasSecrets = true;
    this.kill('live');
    await this.live.ensureRunning();
    await this.settle();
  }

  /** Changes what an object has stored behind its back: a bug of ours that has not been written yet. */
  tamper(what: ObjectName, statement: string, ...bindings: readonly (string | number)[]): void {
    const home = this.home(what);
    home.database.prepare(statement).run(...bindings);
    for (const forget of home.forgets) forget();
  }

  /** What an object has stored, read behind its back. */
  stored(what: ObjectName, query: string): readonly SqlRow[] {
    return storedRows(this.home(what), query);
  }

  /** Everything that every object has stored, as text: what a thief of the storage would read. */
  storedText(): string {
    return this.objects.all().map(storedTextOf).join('\n');
  }

  /** What the objects have still to do, in words; empty when nothing. */
  underWay(): readonly string[] {
    return this.objects.all().flatMap(workOf);
  }

  rows<Kind extends OutboxRecord['kind']>(kind: Kind): Extract<OutboxRecord, { kind: Kind }>[] {
    return this.ledger.rows(kind);
  }

  /** All promises that can go on have gone on: nothing here waits for anything but microtasks and WebCrypto. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 4; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.crypto.underWay > 0) turn = -1;
    }
  }

  private home(what: ObjectName): Home<FeedCore | WalletCore> {
    const { feed, wallets } = this.objects;
    return { feed, wallet: wallets.PAPER, live: wallets.LIVE }[what];
  }

  private nextExchangeMs(): number {
    return (Math.floor(this.nowMs / this.exchangeStepMs) + 1) * this.exchangeStepMs;
  }

  private nextAlarmMs(): number {
    return this.objects
      .all()
      .reduce(
        (first, home) => (home.life.alive ? Math.min(first, home.alarmAtMs ?? first) : first),
        Number.POSITIVE_INFINITY,
      );
  }

  private openExchange(options: WorldOptions): PracticeExchange {
    const busy = options.busy ?? false;
    const exchange = createPracticeExchange({
      nowMs: () => this.nowMs + this.venueSkewMs,
      seed: options.seed ?? '1',
      // The venue never dies here, and saving its state would take a tenth of the time.
      storage: null,
      automation: { makers: options.quietMarket !== true, crowd: busy, leaders: busy, series: busy },
    });
    const { trader } = options;
    if (trader !== undefined)
      exchange.openTrader({
        ownerAddress: PRACTICE_OWNER,
        funderAddress: funderOf(trader),
        signatureType: trader.signatureType ?? 3,
        cash: trader.cash ?? '1000',
        withoutAllowances: trader.withoutAllowances ?? false,
      });
    return exchange;
  }
}

function firstControl(options: WorldOptions): Control {
  return controlSchema.parse({
    version: 1,
    paperTrading: 'ON',
    liveTrading: 'OFF',
    system: { ...DEFAULT_SYSTEM_SETTINGS, ...options.system },
    settings: {
      PAPER: { ...earlierSettings('PAPER'), ...options.settings },
      LIVE: { ...earlierSettings('LIVE'), ...options.live },
    },
    followedUsers: [],
  });
}
