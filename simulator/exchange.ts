// The practice exchange as one object without a server: requests, sockets, ticks of time, and direct control.
// Clock, seed and storage are arguments, so it runs in a Durable Object and in a test on a virtual clock.

import { createFaults, failedAnswer, spoiledAnswer } from './faults/faults.ts';
import { openPracticeTrader, traderLines } from './matching/traders.ts';
import type { World } from './model/model.ts';
import { changedBooks, emptyWorld, loadWorld, saveWorld } from './model/store.ts';
import { openExchange } from './people/content.ts';
import { layQuotes } from './people/quoting.ts';
import { type Automation, TICK_MS, tick } from './people/simulation.ts';
import { tapeProgress } from './people/tape.ts';
import { TraderHands } from './people/trader-hands.ts';
import { catchUp, keepUp } from './people/upkeep.ts';
import type { ExchangeOptions, PracticeExchange, SocketChannel } from './practice-exchange.ts';
import { clobRoutes } from './routes/clob-routes.ts';
import { controlRoutes } from './routes/control-routes.ts';
import { dataRoutes } from './routes/data-routes.ts';
import { gammaRoutes } from './routes/gamma-routes.ts';
import { createRateLimiter, type RateLimiter } from './routes/order-routes.ts';
import { createReadLimits, type ReadLimits } from './routes/read-limits.ts';
import { tradingRoutes } from './routes/trading-routes.ts';
import { createMarketChannel, type MarketChannel, type Socket } from './sockets/market-channel.ts';
import { createRtds, type Rtds } from './sockets/rtds.ts';
import { createUserChannel, type UserChannel } from './sockets/user-channel.ts';
import { json, parseCall, type RestAnswer, type RestRequest, type Routes } from './wire/http.ts';

/** After a longer pause the time jumps: the ticks in between are skipped. */
const CATCH_UP_TICKS_MAX = 100;

/** High, so that only a test which lowers it reaches the limit. */
const RATE_LIMIT = { perS: 400, burst: 600 };

/** Opens the saved exchange; without one, a new exchange from the seed. */
export function createPracticeExchange(options: ExchangeOptions): PracticeExchange {
  return new Exchange(options);
}

interface Connection {
  channel: SocketChannel;
  socket: Socket;
  onClose: () => void;
}

class Exchange extends TraderHands implements PracticeExchange {
  readonly faults = createFaults();
  world: World;
  private readonly connections = new Set<Connection>();
  private readonly options: ExchangeOptions;
  private readonly automation: Automation;
  private channel: MarketChannel;
  private rtds: Rtds;
  private userChannel: UserChannel;
  private rate: RateLimiter = createRateLimiter(RATE_LIMIT);
  private routes: Routes[];
  private readonly readLimits: ReadLimits | null;

  constructor(options: ExchangeOptions) {
    super();
    this.options = options;
    this.readLimits = options.readLimits === true ? createReadLimits(options.nowMs) : null;
    this.automation = { makers: true, crowd: true, leaders: true, series: true, ...options.automation };
    this.world = loadWorld(options.storage?.load() ?? []) ?? this.newWorld(options.seed);
    openPracticeTrader(this.world);
    this.channel = createMarketChannel(this.world, this.faults);
    this.rtds = createRtds(this.world, this.faults, options.nowMs);
    this.userChannel = createUserChannel(this.world, this.faults);
    this.routes = this.routesOf();
  }

  handleRequest(request: RestRequest): RestAnswer {
    const call = parseCall(request);
    const limited = this.readLimits?.(call) ?? null;
    if (limited !== null) return limited;
    const fault = call.path.startsWith('/control') ? null : this.faults.rest(call.path, call.method);
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

  openUserSocket(send: (text: string) => void, onClose: () => void = () => {}): Socket {
    const inner = this.userChannel.open(send, () => {
      socket.close();
      onClose();
    });
    const socket = this.connect('user', inner, onClose);
    return socket;
  }

  setRate(limit: { perS: number; burst: number }): void {
    this.rate = createRateLimiter(limit);
    this.routes = this.routesOf();
  }

  disconnect(channel: SocketChannel): number {
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
      keepUp(world, this.faults);
      this.settle();
    }
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
      traders: traderLines(this.world),
      tapes: tapeProgress(this.world),
      sockets: { market: this.channel.count(), rtds: this.rtds.count(), user: this.userChannel.count() },
      faults: this.faults.list(),
    };
  }

  reset(seed = this.world.meta.seed): void {
    this.disconnect('market');
    this.disconnect('rtds');
    this.disconnect('user');
    this.options.storage?.clear();
    this.world = this.newWorld(seed);
    this.channel = createMarketChannel(this.world, this.faults);
    this.rtds = createRtds(this.world, this.faults, this.options.nowMs);
    this.userChannel = createUserChannel(this.world, this.faults);
    this.routes = this.routesOf();
  }

  private connect(channel: SocketChannel, inner: Socket, onClose: () => void): Socket {
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

  /** Does something now, between ticks, saves it and sends its frames at once. */
  protected override act<Result>(doing: () => Result): Result {
    this.world.nowMs = Math.max(this.world.nowMs, this.options.nowMs());
    const result = doing();
    this.settle();
    return result;
  }

  /** Saves before sending frames, so that no client sees what a crash could undo. */
  private settle(): void {
    catchUp(this.world, this.faults);
    const changed = changedBooks(this.world);
    saveWorld(this.world, this.options.storage);
    this.channel.publish(changed);
    this.rtds.publish();
    this.userChannel.publish();
  }

  private newWorld(seed: string): World {
    const world = emptyWorld(seed, this.options.nowMs());
    openExchange(world);
    openPracticeTrader(world);
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
      tradingRoutes({
        world: this.world,
        faults: this.faults,
        nowMs: this.options.nowMs,
        act: (doing) => this.act(doing),
        rate: this.rate,
      }),
      dataRoutes(this.world, this.options.nowMs),
      gammaRoutes(this.world),
    ];
  }
}
