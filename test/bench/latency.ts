// The latency bench: the real app in workerd on a real disk, both Wallets ON, beside a practice exchange in this process.
// A leader's trade leaves on the live feed, and the clock stops when our order for it is at the exchange's socket. After each of
// them the floor copies one of its own: the two are compared, since times on a shared machine drift.
import { cpus } from 'node:os';
import { pause } from '../../scripts/start/children.ts';
import { groupNothing, LEADER_SHARES, layBooks, leaderAt, leaderVariables, PRICE } from './bench-leaders.ts';
import { startFloor } from './floor/floor.ts';
import { FLOOR_LEADER, FloorTrades } from './floor/floor-trades.ts';
import { fsyncsDuring } from './fsyncs.ts';
import { type LatencyReport, latencyReport, type Sample, type Stamps } from './latency-report.ts';
import { addressOf, type FrameMarket, tradeFrame } from './leader-frames.ts';
import { type LoopbackExchange, openLoopbackExchange } from './loopback-exchange.ts';
import { formFields, type StartedApp, startApp } from './started-app.ts';
import { measureStartup } from './startup.ts';
import { countSteps } from './step-counts.ts';

/** Of design.md 12. */
const UNRELATED_PER_SECOND = 50;
const LEADERS = 5;
/** Each book is laid anew this often, so that the market channel has something to say, as it has on a busy market. */
const QUOTE_EVERY_MS = 500;
/** Trades before the measured ones: connections are made, code is compiled, books are read. */
const WARM_TRADES = 60;
/** Without an order by then the trade led to none. */
const ORDER_WAIT_MS = 3_000;
const READY_WAIT_MS = 60_000;
const SWITCH_AGAIN_MS = 1_000;
/** Between an order and the next trade: the venue's own pace, below our limit of authenticated calls. */
const GAP_MS_MIN = 250;
const GAP_MS_SPREAD = 100;
/** `trades` reports the same trade again this long after `orders_matched`. */
const TOLD_AGAIN_MS = 200;
const RECORDS_WAIT_MS = 20_000;
/** Trades during which fsyncs are counted, and how long each is given to be settled and stored. */
const FSYNC_TRADES = 10;
const FSYNC_GAP_MS = 1_000;

interface Measured {
  readonly sample: Sample;
  readonly key: string;
}

/** Runs it; throws a sentence when the app does not come up or never places an order. */
export async function measureLatency({
  count,
  say,
}: {
  count: number;
  say: (line: string) => void;
}): Promise<LatencyReport> {
  say('Counting statements…');
  const steps = await countSteps();
  say('Profiling the start…');
  const startup = await measureStartup();
  const exchange = await openLoopbackExchange('bench');
  const loads: NodeJS.Timeout[] = [];
  let app: StartedApp | undefined;
  let stopFloor: (() => Promise<void>) | undefined;
  try {
    const markets = layBooks(exchange);
    loads.push(setInterval(() => void layBooks(exchange), QUOTE_EVERY_MS));
    say('Starting the app and the floor…');
    stopFloor = await startFloor(exchange.port, FLOOR_LEADER);
    app = await startApp({ exchangePort: exchange.port, variables: leaderVariables(exchange, LEADERS) });
    await switchOn(app);
    loads.push(tradeOfStrangers(exchange, markets));
    const [market] = markets;
    if (market === undefined) throw new Error('the practice exchange has no market to trade');
    const floor = new FloorTrades(exchange, { market, price: PRICE, size: LEADER_SHARES });
    const trades = new LeaderTrades(exchange, markets, floor);
    say('Warming up…');
    await trades.untilFirstOrder();
    await trades.run(WARM_TRADES);
    say(`Measuring ${count} leader trades, and ${count} of the floor…`);
    const { measured, missing, refused, floorMs } = await trades.run(count);
    const stamps = await stampsOf(app, measured);
    say('Counting fsyncs…');
    const fsyncs = await fsyncsDuring(app.group, () => trades.runAlone(FSYNC_TRADES));
    return latencyReport({
      samples: measured.map(({ sample }) => sample),
      floorMs,
      steps,
      startup,
      fsyncsPerCopy: fsyncs === undefined ? null : fsyncs / FSYNC_TRADES,
      missing,
      refused,
      stamped: measured.flatMap(({ sample, key }) => {
        const found = stamps.get(key);
        return found === undefined ? [] : [[sample, found] as const];
      }),
      unrelatedPerSecond: UNRELATED_PER_SECOND,
      machine: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}`,
    });
  } finally {
    for (const load of loads) clearInterval(load);
    await app?.stop();
    await stopFloor?.();
    await exchange.close();
  }
}

/** No grouping delay, no time in SHADOW, and live ON: what an operator would do on the pages. */
async function switchOn(app: StartedApp): Promise<void> {
  await app.fireCron();
  const settings = formFields(await app.page('/config?mode=LIVE'), '/config/settings');
  await app.post('/config/settings', { ...settings, shadowMsMin: '0' });
  await groupNothing(app);
  const deadline = Date.now() + READY_WAIT_MS;
  while (!(await switchedOn(app, { last: Date.now() > deadline }))) await pause(SWITCH_AGAIN_MS);
  await app.fireCron();
}

/** Whether live is ON now. It is refused until the account has been read and the check is green; the last refusal is thrown. */
async function switchedOn(app: StartedApp, { last }: { last: boolean }): Promise<boolean> {
  try {
    await app.post('/live-trades/switch', { state: 'ON', confirmation: 'ON' });
    return true;
  } catch (error) {
    if (last) throw error;
    return false;
  }
}

function tradeOfStrangers(exchange: LoopbackExchange, markets: readonly FrameMarket[]): NodeJS.Timeout {
  let number = 0;
  return setInterval(() => {
    number += 1;
    const market = markets[number % markets.length];
    if (market === undefined) return;
    const wallet = addressOf(`stranger:${number % 1_000}`);
    const nowMs = Date.now();
    exchange.sayOnFeed(
      tradeFrame({ type: 'trades', wallet, market, price: PRICE, size: '12.5', number, nowMs }),
    );
  }, 1_000 / UNRELATED_PER_SECOND);
}

class LeaderTrades {
  private number = 0;
  private readonly exchange: LoopbackExchange;
  private readonly markets: readonly FrameMarket[];
  private readonly floor: FloorTrades;

  constructor(exchange: LoopbackExchange, markets: readonly FrameMarket[], floor: FloorTrades) {
    this.exchange = exchange;
    this.markets = markets;
    this.floor = floor;
  }

  /** Trades until an order comes: live execution is up some seconds after it was switched on. */
  async untilFirstOrder(): Promise<void> {
    const deadline = Date.now() + READY_WAIT_MS;
    while (Date.now() < deadline) {
      if ((await this.trade()) !== undefined) return;
    }
    throw new Error(
      `No order came within ${READY_WAIT_MS / 1_000} seconds of trading: is live execution up?`,
    );
  }

  /** Trades of the product and of the floor in turn. */
  async run(
    count: number,
  ): Promise<{ measured: Measured[]; missing: number; refused: number; floorMs: readonly number[] }> {
    const measured: Measured[] = [];
    const floorMs: number[] = [];
    let refused = 0;
    for (let at = 0; at < count; at += 1) {
      const gapMs = GAP_MS_MIN + ((at * 37) % GAP_MS_SPREAD);
      const traded = await this.trade();
      if (traded !== undefined) measured.push(traded);
      if (traded?.refused === true) refused += 1;
      await pause(gapMs);
      const tookMs = await this.floor.trade(ORDER_WAIT_MS);
      if (tookMs !== undefined) floorMs.push(tookMs);
      await pause(gapMs);
    }
    return { measured, missing: count - measured.length, refused, floorMs };
  }

  /** Trades of the product only, each settled before the next. */
  async runAlone(count: number): Promise<void> {
    for (let at = 0; at < count; at += 1) {
      await this.trade();
      await pause(FSYNC_GAP_MS);
    }
  }

  /** One leader's trade and the order for it; undefined when none came. */
  private async trade(): Promise<(Measured & { refused: boolean }) | undefined> {
    this.number += 1;
    const { number, exchange } = this;
    const market = this.markets[number % this.markets.length];
    if (market === undefined) throw new Error('the practice exchange has no market to trade');
    const given = {
      wallet: leaderAt(number % LEADERS),
      market,
      price: PRICE,
      size: LEADER_SHARES,
      number,
      nowMs: Date.now(),
    };
    const matched = tradeFrame({ ...given, type: 'orders_matched' });
    let timer: NodeJS.Timeout | undefined;
    const order = new Promise<(Arrival & { refused: boolean }) | undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), ORDER_WAIT_MS);
      exchange.onOrder = ({ body, atMs, wallMs }, status) => {
        const { tokenId, key } = orderIn(body);
        if (tokenId === market.tokenId) resolve({ atMs, wallMs, key, refused: status !== 200 });
      };
    });
    const sentAtMs = Date.now();
    const atMs = exchange.sayOnFeed(matched, 'product');
    const arrived = await order;
    clearTimeout(timer);
    setTimeout(() => exchange.sayOnFeed(tradeFrame({ ...given, type: 'trades' }), 'product'), TOLD_AGAIN_MS);
    if (arrived === undefined) return undefined;
    const sample = { tookMs: arrived.atMs - atMs, sentAtMs, arrivedAtMs: arrived.wallMs };
    return { sample, key: arrived.key, refused: arrived.refused };
  }
}

interface Arrival {
  readonly atMs: number;
  readonly wallMs: number;
  readonly key: string;
}

/** The token and the idempotency key in an order's body. */
function orderIn(body: string): { tokenId: string; key: string } {
  const { order } = JSON.parse(body) as { order: { tokenId: string; metadata: string } };
  return { tokenId: order.tokenId, key: order.metadata.replace(/^0x/, '') };
}

/** The app's own stamps of these copies by key, read from its exports once they are there; none when they never come. */
async function stampsOf(
  app: StartedApp,
  measured: readonly Measured[],
): Promise<ReadonlyMap<string, Stamps>> {
  const last = measured.at(-1)?.key ?? '';
  const deadline = Date.now() + RECORDS_WAIT_MS;
  while (Date.now() < deadline) {
    const attempts = await app.rows('attempts', 'LIVE');
    const orders = await app.rows('live-orders', 'LIVE');
    const prepared = new Map(orders.map((row) => [String(row.idempotencyKey), timeOf(row.createdAt)]));
    if (prepared.has(last) && attempts.some((row) => row.idempotencyKey === last)) {
      return new Map(
        attempts.map((row) => [
          String(row.idempotencyKey),
          {
            detectedAtMs: timeOf(row.detectedAt),
            preparedAtMs: prepared.get(String(row.idempotencyKey)) ?? Number.NaN,
          },
        ]),
      );
    }
    await pause(500);
  }
  return new Map();
}

function timeOf(value: unknown): number {
  return Date.parse(String(value));
}
