// The soak: the real app in workerd on a real disk, on paper, for half an hour. Leaders trade on the live feed at a steady pace, and
// every few seconds memory, storage, waiting rows and lag are looked at, as the page Status reports them.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { controlSchema } from '../../../domain/settings/control.ts';
import { controlVersions } from '../../../ledger/schema/control-schema.ts';
import { initialControl } from '../../../ledger/write/control-store.ts';
import { pause } from '../../../scripts/start/children.ts';
import { inserter } from '../history/inserter.ts';
import { addressOf, type FrameMarket, tradeFrame } from '../leader-frames.ts';
import { type LoopbackExchange, openLoopbackExchange } from '../loopback-exchange.ts';
import { d1File } from '../page-database.ts';
import { type StartedApp, startApp } from '../started-app.ts';
import { type SoakReport, type SoakSample, soakReport } from './soak-report.ts';

const LEADERS = 100;
const FILLS_PER_SECOND = 20;
const MARKETS = 20;
const SAMPLE_MS = 5_000;
const WARM_MS = 20_000;
/** What was sent last is decided and stored by then. */
const LAST_MS = 15_000;
const PAGE_BYTES = 4_096;
const MEGABYTE = 1_000_000;
const BOOK: { bids: [string, string][]; asks: [string, string][] } = {
  bids: [['0.50', '20000000']],
  asks: [['0.51', '20000000']],
};

export async function measureSoak(given: {
  readonly minutes: number;
  readonly say: (line: string) => void;
}): Promise<SoakReport> {
  const { minutes, say } = given;
  const folder = mkdtempSync(join(tmpdir(), 'soak-'));
  const exchange = await openLoopbackExchange('soak');
  const stops: (() => void)[] = [];
  let app: StartedApp | undefined;
  try {
    const markets = layBooks(exchange);
    const books = setInterval(() => void layBooks(exchange), SAMPLE_MS);
    stops.push(() => clearInterval(books));
    say('Starting the app…');
    app = await startApp({
      exchangePort: exchange.port,
      variables: {},
      keptIn: folder,
      prepare: followAll,
    });
    await app.fireCron();
    await pause(WARM_MS);
    const trades = trade(exchange, markets);
    stops.push(trades.stop);
    const samples: SoakSample[] = [];
    const startedAtMs = Date.now();
    let cronAtMs = startedAtMs;
    while (Date.now() - startedAtMs < minutes * 60_000) {
      await pause(SAMPLE_MS);
      if (Date.now() - cronAtMs >= 60_000) {
        cronAtMs = Date.now();
        await app.fireCron();
      }
      const sample = await lookAt(app, folder, (Date.now() - startedAtMs) / 1_000);
      samples.push(sample);
      say(
        `${sample.atSeconds.toFixed(0)} s: ${sample.memoryMegabytes.toFixed(0)} MB memory, ${sample.storageMegabytes.toFixed(1)} MB stored, ` +
          `${sample.outboxRows} rows wait, lag ${sample.lagMs} ms, ${sample.decisions} decided of ${trades.sent()}`,
      );
    }
    trades.stop();
    await pause(LAST_MS);
    const { decisions } = await lookAt(app, folder, minutes * 60);
    return soakReport({
      ...{ minutes, fillsPerSecond: FILLS_PER_SECOND, leaders: LEADERS },
      ...{ sent: trades.sent(), decided: decisions, samples },
      machine: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}`,
    });
  } finally {
    for (const stop of stops) stop();
    await app?.stop();
    await exchange.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function leaderAt(index: number): string {
  return addressOf(`soak:${index % LEADERS}`);
}

/** The first document, with all of them: a first start follows fewer. */
function followAll(persist: string): void {
  const followedUsers = Array.from({ length: LEADERS }, (_, index) => ({
    ...{ leaderAddress: leaderAt(index), label: `leader ${index + 1}`, paperEnabled: true },
    ...{ liveOverride: 'INHERIT', followFromMs: Date.now(), removed: false },
    overrides: { PAPER: {}, LIVE: {} },
  }));
  const control = controlSchema.parse({ ...initialControl(), followedUsers });
  const sqlite = new DatabaseSync(d1File(persist));
  inserter(
    sqlite,
    controlVersions,
  )({
    ...{ version: 1, commandId: 'soak', control: JSON.stringify(control), actor: 'operator' },
    savedAtMs: Date.now(),
  });
  sqlite.close();
}

function layBooks({ exchange }: LoopbackExchange): FrameMarket[] {
  const markets = exchange
    .markets()
    .filter((market) => market.status === 'open' && market.series === null)
    .slice(0, MARKETS)
    .map(({ conditionId, tokens }) => ({ conditionId, tokenId: tokens[0] }));
  for (const { tokenId } of markets) exchange.setBook(tokenId, BOOK);
  return markets;
}

/** Each fill by the next leader, each in the next market: one decision each. */
function trade(
  exchange: LoopbackExchange,
  markets: readonly FrameMarket[],
): { readonly sent: () => number; readonly stop: () => void } {
  let number = 0;
  const timer = setInterval(() => {
    number += 1;
    const market = markets[Math.floor(number / LEADERS) % markets.length];
    if (market === undefined) return;
    const given = { wallet: leaderAt(number), market, price: '0.51', size: '100', number, nowMs: Date.now() };
    exchange.sayOnFeed(tradeFrame({ type: 'trades', ...given }));
  }, 1_000 / FILLS_PER_SECOND);
  return { sent: () => number, stop: () => clearInterval(timer) };
}

async function lookAt(app: StartedApp, folder: string, atSeconds: number): Promise<SoakSample> {
  const page = await app.page('/part/status');
  const facts = (name: string): number[] =>
    [...page.matchAll(new RegExp(`<dt>${name}</dt><dd>([^<]*)</dd>`, 'g'))].map(([, text]) =>
      Number((text ?? '').replaceAll(',', '')),
    );
  return {
    atSeconds,
    memoryMegabytes: memoryOf(app.group) / MEGABYTE,
    storageMegabytes: bytesUnder(folder) / MEGABYTE,
    outboxRows: facts('Outbox depth').reduce((sum, depth) => sum + depth, 0),
    // The paper Wallet reports first.
    lagMs: facts('Copying lag ms p95')[0] ?? Number.NaN,
    decisions: facts('Copying decisions')[0] ?? 0,
  };
}

/** Resident bytes of every process of the group. */
function memoryOf(group: number): number {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .reduce((sum, name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        // The name of the program stands in brackets and may hold anything.
        const pgrp = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
        if (pgrp !== group) return sum;
        return sum + Number(readFileSync(`/proc/${name}/statm`, 'utf8').split(' ')[1]) * PAGE_BYTES;
      } catch {
        // It ended while we looked.
        return sum;
      }
    }, 0);
}

function bytesUnder(folder: string): number {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sum + bytesUnder(path);
    try {
      return /\.sqlite(-wal)?$/.test(entry.name) ? sum + statSync(path).size : sum;
    } catch {
      // A log of SQLite's that it has just taken away.
      return sum;
    }
  }, 0);
}
