// The practice exchange as one object without a server: requests, sockets, the passage of time and direct control.
// Clock, seed and storage are arguments, so the same object runs in a Durable Object and inside a test on a virtual clock.

import { mergeSets, recordSetActivity, redeemAll, splitSets } from './accounts.ts';
import { clobRoutes } from './clob-routes.ts';
import { openExchange } from './content.ts';
import { controlRoutes } from './control-routes.ts';
import { dataRoutes } from './data-routes.ts';
import { ONE, parseMicros } from './decimal.ts';
import { cancelOrders, type OrderOutcome, placeOrder } from './engine.ts';
import { createFaults, type Faults, failedAnswer, spoiledAnswer } from './faults.ts';
import { gammaRoutes } from './gamma-routes.ts';
import { json, parseCall, type RestAnswer, type RestRequest, type Routes } from './http.ts';
import { createMarketChannel, type MarketChannel, type Socket } from './market-channel.ts';
import { resolveMarket, setTick } from './markets.ts';
import { accountOf, type Market, type Side, type Tape, tokenOf, type World } from './model.ts';
import { layQuotes, MINTING_MAKER, SELLING_MAKER } from './quoting.ts';
import { createRtds, type Rtds } from './rtds.ts';
import { type Automation, TICK_MS, tick } from './simulation.ts';
import { emptyWorld, loadWorld, type RowStorage, saveWorld } from './store.ts';
import { addTape, tapeProgress } from './tape.ts';
import { parseTape, TapeError } from './tape-csv.ts';

/** After a longer pause time simply jumps; the exchange does not live through what it missed. */
const CATCH_UP_TICKS_MAX = 100;

export interface ExchangeOptions {
  nowMs: () => number;
  seed: string;
  storage: RowStorage;
  /** Who acts by himself; all of them unless said otherwise. */
  automation?: Partial<Automation>;
}

export interface LeaderTrade {
  /** Address of any account, usually a leader's. */
  leader: string;
  tokenId: string;
  side: Side;
  /** Decimal text. */
  shares: string;
  /** Decimal text; without it the order takes whatever the book has. */
  limitPrice?: string;
}

export interface PracticeExchange {
  handleRequest(request: RestRequest): RestAnswer;
  /** `onClose` is called when the exchange hangs up: on a reset, or when told to disconnect. */
  openMarketSocket(send: (text: string) => void, onClose?: () => void): Socket;
  openRtdsSocket(send: (text: string) => void, onClose?: () => void): Socket;
  /** Hangs up on every socket of a channel; returns how many there were. */
  disconnect(channel: 'market' | 'rtds'): number;
  /** Advances the exchange to a time in ticks of 100 ms, saves, and sends what became due. */
  step(nowMs: number): void;
  /** A leader takes liquidity now (FAK). Throws on an unknown account or token; refusals are returned. */
  leaderTrade(trade: LeaderTrade): OrderOutcome;
  split(leader: string, conditionId: string, shares: string): void;
  merge(leader: string, conditionId: string, shares: string): void;
  redeem(leader: string, conditionId: string): void;
  /** Payouts per share of each outcome as decimal text, together 1. */
  resolve(conditionId: string, payouts: [string, string]): void;
  setTick(tokenId: string, tick: string): void;
  /** Replaces the makers' quotes of a token by these levels (decimal text). */
  setBook(tokenId: string, levels: { bids: [string, string][]; asks: [string, string][] }): void;
  leaders(): { address: string; name: string; habit: string }[];
  markets(): Market[];
  readonly world: World;
  readonly faults: Faults;
  /** Puts a recording in (CSV text); throws TapeError with a sentence when it is none. */
  playTape(tape: { name: string; csv: string; speed?: number; startInMs?: number; kind?: string }): Tape;
  status(): Record<string, unknown>;
  /** Forgets everything and begins anew, from the same seed unless another is given. */
  reset(seed?: string): void;
}

/** Opens the saved exchange, or a new one from the seed. */
export function createPracticeExchange(options: ExchangeOptions): PracticeExchange {
  return new Exchange(options);
}

interface Connection {
  channel: 'market' | 'rtds';
  socket: Socket;
  onClose: () => void;
}

class Exchange implements PracticeExchange {
  readonly faults = createFaults();
  world: World;
  private readonly connections = new Set<Connection>();
  private readonly options: ExchangeOptions;
  private readonly automation: Automation;
  private channel: MarketChannel;
  private rtds: Rtds;
  private routes: Routes[];

  constructor(options: ExchangeOptions) {
    this.options = options;
    this.automation = { makers: true, crowd: true, leaders: true, series: true, ...options.automation };
    this.world = loadWorld(options.storage.load()) ?? this.newWorld(options.seed);
    this.channel = createMarketChannel(this.world, this.faults);
    this.rtds = createRtds(this.world, this.faults, options.nowMs);
    this.routes = this.routesOf();
  }

  handleRequest(request: RestRequest): RestAnswer {
    const call = parseCall(request);
    const fault = call.path.startsWith('/control') ? null : this.faults.rest(call.path);
    if (fault !== null && fault.kind === 'status') return failedAnswer(fault);
    for (const routes of this.routes) {
      const answer = routes(call);
      if (answer !== null) return fault === null ? answer : spoiledAnswer(answer, fault);
    }
    return json(404, { error: `no route ${call.method} ${call.path}` });
  }

  openMarketSocket(send: (text: string) => void, onClose: () => void = () => {}): Socket {
    return this.connect('market', this.channel.open(send), onClose);
  }

  openRtdsSocket(send: (text: string) => void, onClose: () => void = () => {}): Socket {
    return this.connect('rtds', this.rtds.open(send), onClose);
  }

  disconnect(channel: 'market' | 'rtds'): number {
    const open = [...this.connections].filter((connection) => connection.channel === channel);
    for (const connection of open) {
      connection.socket.close();
      connection.onClose();
    }
    return open.length;
  }

  step(nowMs: number): void {
    const { world } = this;
    if (nowMs - world.meta.tickAtMs > CATCH_UP_TICKS_MAX * TICK_MS) world.meta.tickAtMs = nowMs - TICK_MS;
    while (world.meta.tickAtMs + TICK_MS <= nowMs) {
      world.meta.tickAtMs += TICK_MS;
      world.nowMs = world.meta.tickAtMs;
      tick(world, this.automation);
      this.settle();
    }
  }

  leaderTrade(trade: LeaderTrade): OrderOutcome {
    const { market } = tokenOf(this.world, trade.tokenId);
    return this.act(() =>
      placeOrder(this.world, {
        account: trade.leader,
        tokenId: trade.tokenId,
        side: trade.side,
        type: 'FAK',
        price:
          trade.limitPrice === undefined
            ? trade.side === 'BUY'
              ? ONE - market.tick
              : market.tick
            : parseMicros(trade.limitPrice),
        amount: { shares: parseMicros(trade.shares) },
      }),
    );
  }

  split(leader: string, conditionId: string, shares: string): void {
    const amount = parseMicros(shares);
    this.act(() => {
      const market = this.marketOf(conditionId);
      splitSets(this.world, accountOf(this.world, leader), market, amount);
      recordSetActivity(this.world, leader, { kind: 'SPLIT', market, shares: amount, paid: amount });
    });
  }

  merge(leader: string, conditionId: string, shares: string): void {
    const amount = parseMicros(shares);
    this.act(() => {
      const market = this.marketOf(conditionId);
      mergeSets(this.world, accountOf(this.world, leader), market, amount);
      recordSetActivity(this.world, leader, { kind: 'MERGE', market, shares: amount, paid: amount });
    });
  }

  redeem(leader: string, conditionId: string): void {
    this.act(() => {
      const market = this.marketOf(conditionId);
      const { paid, shares } = redeemAll(this.world, accountOf(this.world, leader), market);
      recordSetActivity(this.world, leader, { kind: 'REDEEM', market, shares, paid });
    });
  }

  resolve(conditionId: string, payouts: [string, string]): void {
    this.act(() =>
      resolveMarket(this.world, this.marketOf(conditionId), [
        parseMicros(payouts[0]),
        parseMicros(payouts[1]),
      ]),
    );
  }

  setTick(tokenId: string, newTick: string): void {
    this.act(() => setTick(this.world, tokenOf(this.world, tokenId).market, parseMicros(newTick)));
  }

  setBook(tokenId: string, levels: { bids: [string, string][]; asks: [string, string][] }): void {
    this.act(() => {
      const { market } = tokenOf(this.world, tokenId);
      cancelOrders(this.world, market.conditionId, SELLING_MAKER);
      cancelOrders(this.world, market.conditionId, MINTING_MAKER);
      const lay = (side: Side, [price, size]: [string, string]): void => {
        const outcome = placeOrder(this.world, {
          account: SELLING_MAKER,
          tokenId,
          side,
          type: 'GTC',
          price: parseMicros(price),
          amount: { shares: parseMicros(size) },
        });
        if (outcome.kind === 'refused') throw new Error(outcome.error);
      };
      for (const level of levels.bids) lay('BUY', level);
      for (const level of levels.asks) lay('SELL', level);
    });
  }

  leaders(): { address: string; name: string; habit: string }[] {
    const { world } = this;
    const recorded = [...world.accounts.values()].filter((account) => account.role === 'recorded');
    return [
      ...recorded.map((account) => ({ address: account.address, name: account.name, habit: 'recorded' })),
      ...[...world.leaders.values()].map((leader) => ({
        address: leader.address,
        name: accountOf(world, leader.address).name,
        habit: leader.habit,
      })),
    ];
  }

  markets(): Market[] {
    return [...this.world.markets.values()];
  }

  playTape(tape: { name: string; csv: string; speed?: number; startInMs?: number; kind?: string }): Tape {
    const parsed = parseTape(tape.csv);
    if (tape.kind !== undefined && tape.kind !== parsed.kind) {
      throw new TapeError(`Line 1 is the header of a recording of ${parsed.kind}, not of ${tape.kind}.`);
    }
    return this.act(() =>
      addTape(this.world, parsed, {
        name: tape.name,
        speed: tape.speed ?? 1,
        startInMs: tape.startInMs ?? 0,
      }),
    );
  }

  status(): Record<string, unknown> {
    const { meta } = this.world;
    return {
      seed: meta.seed,
      now: new Date(this.world.nowMs).toISOString(),
      started: new Date(meta.startedAtMs).toISOString(),
      steps: meta.steps,
      activityRows: this.world.activity.length,
      markets: this.markets().map((market) => ({
        conditionId: market.conditionId,
        slug: market.slug,
        question: market.question,
        version: market.version,
        status: market.status,
        tokens: market.tokens,
        closes: new Date(market.closeAtMs).toISOString(),
      })),
      leaders: this.leaders(),
      tapes: tapeProgress(this.world),
      sockets: { market: this.channel.count(), rtds: this.rtds.count() },
      faults: this.faults.list(),
    };
  }

  reset(seed = this.world.meta.seed): void {
    this.disconnect('market');
    this.disconnect('rtds');
    this.options.storage.clear();
    this.world = this.newWorld(seed);
    this.channel = createMarketChannel(this.world, this.faults);
    this.rtds = createRtds(this.world, this.faults, this.options.nowMs);
    this.routes = this.routesOf();
  }

  private connect(channel: 'market' | 'rtds', inner: Socket, onClose: () => void): Socket {
    const socket: Socket = {
      receive: inner.receive,
      close: () => {
        inner.close();
        this.connections.delete(connection);
      },
    };
    const connection = { channel, socket, onClose };
    this.connections.add(connection);
    return socket;
  }

  /** Does something at the present moment outside the ticks, and lets it be seen at once. */
  private act<Result>(doing: () => Result): Result {
    this.world.nowMs = Math.max(this.world.nowMs, this.options.nowMs());
    const result = doing();
    this.settle();
    return result;
  }

  /** State first, frames after: nobody may hear of what a crash could undo. */
  private settle(): void {
    saveWorld(this.world, this.options.storage);
    this.channel.publish();
    this.rtds.publish();
  }

  private marketOf(conditionId: string): Market {
    const market = this.world.markets.get(conditionId);
    if (market === undefined) throw new Error(`no market ${conditionId}`);
    return market;
  }

  private newWorld(seed: string): World {
    const world = emptyWorld(seed, this.options.nowMs());
    openExchange(world);
    for (const market of world.markets.values()) layQuotes(world, market);
    world.meta.random = world.random.state();
    world.notices.length = 0;
    saveWorld(world, this.options.storage);
    return world;
  }

  private routesOf(): Routes[] {
    return [
      controlRoutes(this),
      clobRoutes(this.world, this.options.nowMs),
      dataRoutes(this.world, this.options.nowMs),
      gammaRoutes(this.world),
    ];
  }
}
