// The three loads of the cost bench: who is followed, how much they trade, and in which modes they are copied.
import { parseLeaderAddress } from '../../../domain/ids.ts';
import { defaultSettings } from '../../../domain/settings/settings.ts';
import type { LiveState } from '../../../domain/settings/switches.ts';
import { MINUTE_MS, SECOND_MS } from '../../../domain/time.ts';
import { openAccount } from '../../../simulator/model/accounts.ts';
import { openMarket } from '../../../simulator/model/markets.ts';
import { createRandom, seedState } from '../../../simulator/model/random.ts';
import { World } from '../../system/world/world.ts';
import { Meter } from './meter.ts';
import { batchText } from './replay.ts';

export interface Load {
  readonly name: string;
  readonly title: string;
  readonly leaders: number;
  readonly fillsPerLeaderAndDay: number;
  readonly live: boolean;
  /** How much of a day is run; the rest is extrapolated. */
  readonly hours: number;
  /** Which plan it is held to. */
  readonly plan: 'free' | 'paid';
}

export const LOADS: readonly Load[] = [
  {
    name: 'idle',
    title: 'nobody followed',
    leaders: 0,
    fillsPerLeaderAndDay: 0,
    live: false,
    hours: 4,
    plan: 'free',
  },
  {
    name: 'paper',
    title: '5 leaders × 100 fills a day, on paper',
    leaders: 5,
    fillsPerLeaderAndDay: 100,
    live: false,
    hours: 12,
    plan: 'free',
  },
  {
    name: 'live',
    title: '100 leaders, 100,000 fills a month, live ON',
    leaders: 100,
    fillsPerLeaderAndDay: 100_000 / 30 / 100,
    live: true,
    hours: 2,
    plan: 'paid',
  },
];

/** Held before the interval begins: markets in which each leader has bought. */
const POSITIONS_PER_LEADER = 12;
const MARKETS = 60;
/** Of the leaders' fills, where they hold something to sell. */
const SELLS_PERCENT = 35;
/** A stranger's trade this often, so that the stream is not silent: what the rest of the venue sends is added in the report. */
const STRANGER_MS = 10 * SECOND_MS;
const WARM_MS = 10 * MINUTE_MS;
/** Answers take this long, and the objects are awake meanwhile. */
const VENUE_MS = 100;
const D1_MS = 30;
/** Copies that are made cost more than those that a cap stops. */
const UNCAPPED = {
  marketExposureBpsMax: 100_000,
  leaderExposureBpsMax: 100_000,
  totalExposureBpsMax: 100_000,
};
const PRICE = { bids: [['0.49', '10000000']], asks: [['0.50', '10000000']] } as const;

export interface Ran {
  readonly meter: Meter;
  /** Outbox batches in order; those before the interval first. */
  readonly batches: readonly string[];
  readonly batchesBefore: number;
  readonly seconds: number;
  readonly fills: number;
  readonly attempts: Readonly<Record<string, number>>;
  readonly logLines: number;
  readonly control: World['control'];
  readonly endedAtMs: number;
}

/** Runs the load on virtual time. */
export async function runLoad(load: Load, hours = load.hours): Promise<Ran> {
  let letGo = (): void => {};
  let meter: Meter | undefined;
  const world = new World({
    whenOver: (undo) => {
      letGo = undo;
    },
    quietMarket: true,
    exchangeStepMs: SECOND_MS,
    settings: { ...defaultSettings('PAPER'), ...UNCAPPED },
    live: { ...defaultSettings('LIVE'), ...UNCAPPED, shadowMsMin: 0 },
    ...(load.live ? { trader: { cash: '1000000' } } : {}),
    watcher: (nowMs) => {
      meter = new Meter(nowMs);
      return meter;
    },
  });
  try {
    // The World has called `watcher` while it was made.
    return await new LoadRun(world, load, meter!).run(hours * 60 * MINUTE_MS);
  } finally {
    letGo();
  }
}

class LoadRun {
  private readonly random = createRandom(seedState('cost'));
  private readonly tokens: readonly string[];
  private readonly leaders: readonly string[];
  /** Shares that each leader holds, by token. */
  private readonly held = new Map<string, Map<string, number>>();
  private readonly batches: string[] = [];
  private fills = 0;

  constructor(
    private readonly world: World,
    private readonly load: Load,
    private readonly meter: Meter,
  ) {
    const { exchange } = world;
    this.tokens = Array.from({ length: MARKETS }, (_, index) => {
      const { tokens } = openMarket(exchange.world, {
        version: 'v2',
        outcomes: ['Yes', 'No'],
        question: `Will number ${index} be drawn in the great lottery of the year?`,
        slug: `number-${index}`,
        event: { id: `lottery-${index}`, slug: `lottery-${index}`, title: `Lottery ${index}` },
        tick: 10_000n,
        feeRate: 0n,
        category: 'Lottery',
        closeAtMs: world.nowMs + 30 * 24 * 60 * MINUTE_MS,
        resolveAfterMs: MINUTE_MS,
        resolution: 'by-price',
        fair: 500_000n,
        swing: 0,
        depthDollars: 100_000,
      });
      exchange.setBook(tokens[0], {
        bids: PRICE.bids.map(([price, size]) => [price, size]),
        asks: PRICE.asks.map(([price, size]) => [price, size]),
      });
      return tokens[0];
    });
    this.leaders = Array.from({ length: load.leaders }, (_, index) => {
      const address = `0x${(0x1000 + index).toString(16)}${'c'.repeat(36)}`;
      openAccount(exchange.world, { address, role: 'crowd', name: '', cash: 10n ** 15n, unlimited: true });
      return address;
    });
  }

  async run(ms: number): Promise<Ran> {
    const { world, meter } = this;
    world.venue.answerMs = VENUE_MS;
    world.ledger.onBatch = (records) => this.batches.push(batchText(records));
    await this.start();
    const batchesBefore = this.batches.length;
    this.fills = 0;
    const attemptsBefore = world.rows('attempt').length;
    meter.start();
    world.homes.logs.length = 0;
    await this.pass(ms, this.tradeTimes(world.nowMs, ms));
    const attempts: Record<string, number> = {};
    for (const { mode, decision } of world.rows('attempt').slice(attemptsBefore))
      attempts[`${mode} ${decision}`] = (attempts[`${mode} ${decision}`] ?? 0) + 1;
    return {
      meter,
      batches: this.batches,
      batchesBefore,
      seconds: ms / SECOND_MS,
      fills: this.fills,
      attempts,
      logLines: world.homes.logs.length,
      control: world.control,
      endedAtMs: world.nowMs,
    };
  }

  private async start(): Promise<void> {
    const { world, load } = this;
    await world.start();
    world.ledger.answerMs = D1_MS;
    world.paper.moveCash({ commandId: 'bench', kind: 'DEPOSIT', amountMicros: 1_000_000_000_000n });
    if (this.leaders.length > 0) await world.follow(...this.leaders);
    if (load.live) for (const state of ['SHADOW', 'ON'] as const) await this.switchLive(state);
    await this.pass(MINUTE_MS);
    for (let round = 0; round < POSITIONS_PER_LEADER; round += 1) {
      for (const leader of this.leaders) this.trade(leader, 'BUY');
      await this.pass(WARM_MS / POSITIONS_PER_LEADER);
    }
    await this.pass(WARM_MS);
  }

  private async switchLive(state: LiveState): Promise<void> {
    const { world } = this;
    await world.advance(5 * SECOND_MS);
    await world.change((control) => ({ ...control, liveTrading: state }));
    const answer = world.live.setLive(state);
    if (answer.kind === 'refused') throw new Error(`live did not go to ${state}: ${answer.reason}`);
    await world.settle();
  }

  /** Lets time pass, with what happens meanwhile: strangers' trades, the cron of each minute, and the leaders' trades. */
  private async pass(ms: number, trades: readonly number[] = []): Promise<void> {
    const { world } = this;
    const endMs = world.nowMs + ms;
    const due = [...trades];
    while (world.nowMs < endMs) {
      const stepMs = Math.min(endMs, world.nowMs + STRANGER_MS);
      for (let atMs = due[0]; atMs !== undefined && atMs < stepMs; atMs = due[0]) {
        due.shift();
        await world.advance(Math.max(0, atMs - world.nowMs));
        this.trade(this.random.pick(this.leaders), this.random.chance(SELLS_PERCENT) ? 'SELL' : 'BUY');
      }
      await world.advance(stepMs - world.nowMs);
      await world.say('rtds', STRANGER);
      if (world.nowMs % MINUTE_MS < STRANGER_MS) await this.cron();
    }
  }

  /** What the Worker's cron does each minute. */
  private async cron(): Promise<void> {
    const { world } = this;
    this.meter.request('feed', 'cron');
    // With nobody followed it reads the document first, which takes D1 its time.
    const woken = world.leaderFeed.ensureRunning();
    await world.advance(D1_MS);
    await woken;
    if (world.control.liveTrading !== 'OFF') {
      this.meter.request('wallet LIVE', 'cron');
      await world.live.ensureRunning();
    }
    await world.settle();
  }

  private trade(leader: string, wanted: 'BUY' | 'SELL'): void {
    const own = this.held.get(leader) ?? new Map<string, number>();
    this.held.set(leader, own);
    const some = [...own.keys()];
    const side = wanted === 'SELL' && some.length > 0 ? 'SELL' : 'BUY';
    const token = side === 'SELL' ? this.random.pick(some) : this.random.pick(this.tokens);
    const before = own.get(token) ?? 0;
    // $250 to $4,000: a copy at 1 % is from under the minimum to forty dollars.
    const shares = side === 'BUY' ? this.random.between(500, 8_000) : Math.max(1, Math.floor(before / 2));
    const outcome = this.world.exchange.leaderTrade({ leader, tokenId: token, side, shares: String(shares) });
    if (outcome.kind === 'refused') throw new Error(outcome.error);
    const after = side === 'BUY' ? before + shares : before - shares;
    if (after <= 1) own.delete(token);
    else own.set(token, after);
    this.fills += 1;
  }

  /** When the leaders trade, spread evenly at random. */
  private tradeTimes(fromMs: number, ms: number): readonly number[] {
    const perDay = this.load.fillsPerLeaderAndDay * this.load.leaders;
    const count = Math.round((perDay * ms) / (24 * 60 * MINUTE_MS));
    return Array.from({ length: count }, () => fromMs + this.random.between(0, ms - 1)).sort(
      (left, right) => left - right,
    );
  }
}

/** A trade of somebody who is not followed. */
const STRANGER = JSON.stringify({
  topic: 'activity',
  type: 'trades',
  payload: { proxyWallet: parseLeaderAddress(`0x${'e'.repeat(40)}`), transactionHash: `0x${'e'.repeat(64)}` },
});
