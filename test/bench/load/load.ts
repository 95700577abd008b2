// The load bench: the real app in workerd on a real disk, live in SHADOW, and more and more trades of its leaders on the live feed.
// What became of each is read from the database that the app has written.
import { cpus } from 'node:os';
import { DatabaseSync } from 'node:sqlite';
import { pause } from '../../../scripts/start/children.ts';
import { groupNothing, LEADER_SHARES, layBooks, leaderAt, leaderVariables, PRICE } from '../bench-leaders.ts';
import { addressOf, type FrameMarket, tradeFrame } from '../leader-frames.ts';
import { type LoopbackExchange, openLoopbackExchange } from '../loopback-exchange.ts';
import { d1File } from '../page-database.ts';
import { type StartedApp, startApp } from '../started-app.ts';
import { type Copied, type LoadReport, loadReport, type Stage } from './load-report.ts';

/** The most that a first start follows. */
const LEADERS = 50;
/** Fills and strangers' trades a second; the last is the firehose of design.md 12, with the leaders that there are. */
const STAGES = [
  { fillsPerSecond: 50, strangersPerSecond: 50 },
  { fillsPerSecond: 100, strangersPerSecond: 50 },
  { fillsPerSecond: 200, strangersPerSecond: 50 },
  { fillsPerSecond: 300, strangersPerSecond: 50 },
  { fillsPerSecond: 50, strangersPerSecond: 1_950 },
] as const;
const QUOTE_EVERY_MS = 500;
/** Frames leave in bunches so far apart. */
const BUNCH_MS = 20;
const READY_MS_MAX = 90_000;
const DRAIN_MS_MAX = 60_000;

/** Runs it, each rate for so many seconds; throws a sentence when the app does not come up or never copies. */
export async function measureLoad({
  seconds,
  say,
}: {
  seconds: number;
  say: (line: string) => void;
}): Promise<LoadReport> {
  const exchange = await openLoopbackExchange('load');
  const quotes = setInterval(() => void layBooks(exchange), QUOTE_EVERY_MS);
  let app: StartedApp | undefined;
  let persist = '';
  try {
    const markets = layBooks(exchange);
    say('Starting the app…');
    app = await startApp({
      exchangePort: exchange.port,
      variables: leaderVariables(exchange, LEADERS),
      prepare: (path) => {
        persist = path;
      },
    });
    await app.fireCron();
    await groupNothing(app);
    const load = new Load(exchange, markets, new DatabaseSync(d1File(persist), { readOnly: true }));
    say('Warming up…');
    await load.untilCopied();
    const stages: Stage[] = [];
    for (const stage of STAGES) {
      say(`${stage.fillsPerSecond} fills and ${stage.strangersPerSecond} strangers a second…`);
      stages.push(await load.run({ ...stage, seconds }));
    }
    return loadReport(stages, `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}`);
  } finally {
    clearInterval(quotes);
    await app?.stop();
    await exchange.close();
  }
}

class Load {
  private number = 0;
  private readonly exchange: LoopbackExchange;
  private readonly markets: readonly FrameMarket[];
  private readonly d1: DatabaseSync;

  constructor(exchange: LoopbackExchange, markets: readonly FrameMarket[], d1: DatabaseSync) {
    this.exchange = exchange;
    this.markets = markets;
    this.d1 = d1;
  }

  /** Trades until both Wallets have decided on one. */
  async untilCopied(): Promise<void> {
    const startedAtMs = Date.now();
    while (Date.now() - startedAtMs < READY_MS_MAX) {
      this.fill();
      await pause(500);
      const copied = this.copiedSince(startedAtMs);
      if (copied.some(({ mode }) => mode === 'LIVE') && copied.some(({ mode }) => mode === 'PAPER')) return;
    }
    throw new Error(`No copy came within ${READY_MS_MAX / 1_000} seconds of trading.`);
  }

  async run(stage: Omit<Stage, 'sent' | 'sentPerSecond' | 'copied' | 'drainedMs'>): Promise<Stage> {
    // What was sent before is no part of it.
    await pause(3_000);
    const startedAtMs = Date.now();
    const endMs = startedAtMs + stage.seconds * 1_000;
    let sent = 0;
    let strangers = 0;
    while (Date.now() < endMs) {
      const secondsGone = (Date.now() - startedAtMs) / 1_000;
      for (; sent < stage.fillsPerSecond * secondsGone; sent += 1) this.fill();
      for (; strangers < stage.strangersPerSecond * secondsGone; strangers += 1) this.stranger(strangers);
      await pause(BUNCH_MS);
    }
    const sentAtMs = Date.now();
    const drainedMs = await this.drained(startedAtMs, sent);
    const sentPerSecond = sent / ((sentAtMs - startedAtMs) / 1_000);
    return { ...stage, sent, sentPerSecond, drainedMs, copied: this.copiedSince(startedAtMs) };
  }

  /** How long it takes until every fill is in D1, decided in both Wallets; null where some never come. */
  private async drained(startedAtMs: number, sent: number): Promise<number | null> {
    const sentAtMs = Date.now();
    while (Date.now() - sentAtMs < DRAIN_MS_MAX) {
      if (this.copiedSince(startedAtMs).length >= 2 * sent) return Date.now() - sentAtMs;
      await pause(200);
    }
    return null;
  }

  private copiedSince(atMs: number): readonly Copied[] {
    const rows = this.d1
      .prepare('SELECT mode, detected_at_ms, decided_at_ms FROM copy_attempts WHERE detected_at_ms >= ?')
      .all(atMs);
    return rows.map((row) => ({
      mode: String(row.mode),
      detectedAtMs: Number(row.detected_at_ms),
      decidedAtMs: Number(row.decided_at_ms),
    }));
  }

  private fill(): void {
    this.number += 1;
    const { number } = this;
    const wallet = leaderAt(number % LEADERS);
    this.say(wallet, { type: 'orders_matched', size: LEADER_SHARES, number });
  }

  private stranger(number: number): void {
    this.say(addressOf(`stranger:${number % 1_000}`), { type: 'trades', size: '12.5', number });
  }

  private say(
    wallet: string,
    given: { readonly type: 'orders_matched' | 'trades'; readonly size: string; readonly number: number },
  ): void {
    const market = this.markets[given.number % this.markets.length];
    if (market === undefined) throw new Error('the practice exchange has no market to trade');
    this.exchange.sayOnFeed(
      tradeFrame({ ...given, wallet, market, price: PRICE, nowMs: Date.now() }),
      'product',
    );
  }
}
