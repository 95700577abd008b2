// The page bench: the real app in workerd on a made database of a million attempts, every page asked many times over. The
// objects are asked for their status as pages do, and otherwise left asleep, so that nothing else runs beside the pages.
import { rmSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import type { HistoryNames } from './history/history.ts';
import { isKept, preparePageDatabase } from './page-database.ts';
import { type PageAsked, pageList } from './page-list.ts';
import {
  costIn,
  type PageAnswer,
  type PageRow,
  type PagesReport,
  pageRow,
  pagesReport,
} from './pages-report.ts';
import { type StartedApp, startApp } from './started-app.ts';

const KEPT_FOLDER = new URL('../../.build/bench-pages', import.meta.url).pathname;
/** Code is compiled and D1's own cache is filled before a page is measured. */
const WARM_ANSWERS = 3;
/** Nobody listens there, so that whatever an object may ask of the venue is refused at once and reaches no other machine. */
const NO_EXCHANGE_PORT = 9;

/** Runs it; throws a sentence when the database cannot be made or the app does not come up. */
export async function measurePages({
  rows,
  count,
  keep,
  say,
}: {
  rows: number;
  /** Answers of each page. */
  count: number;
  keep: boolean;
  say: (line: string) => void;
}): Promise<PagesReport> {
  // What an earlier run kept and this one cannot take would only be in the way.
  if (keep && !isKept(join(KEPT_FOLDER, 'app'), rows)) rmSync(KEPT_FOLDER, { recursive: true, force: true });
  let names: HistoryNames | undefined;
  const app = await startApp({
    exchangePort: NO_EXCHANGE_PORT,
    variables: {},
    ...(keep ? { keptIn: KEPT_FOLDER } : {}),
    prepare: (persist) => {
      names = preparePageDatabase({ persist, rows, nowMs: Date.now(), say });
      say('Starting the app…');
    },
  });
  try {
    if (names === undefined) throw new Error('the database was not made');
    const pages: PageRow[] = [];
    const loadBefore = loadavg()[0] ?? 0;
    const list = pageList(names);
    say(`Asking ${list.length} pages ${count} times each…`);
    for (const page of list) pages.push(pageRow(page, await answersTo(app, page, count)));
    // Times say little of the pages where others were at work: at rest the load is well below one.
    const load = `load ${loadBefore.toFixed(1)} before, ${(loadavg()[0] ?? 0).toFixed(1)} after`;
    const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'} (${load})`;
    return pagesReport({ attempts: rows, asked: count, pages, machine });
  } finally {
    await app.stop();
  }
}

async function answersTo(app: StartedApp, page: PageAsked, count: number): Promise<PageAnswer[]> {
  const answers: PageAnswer[] = [];
  for (let number = 0; number < WARM_ANSWERS + count; number += 1) {
    const answer = await answerTo(app, page);
    if (number >= WARM_ANSWERS) answers.push(answer);
    // What is not there, or fails, is not there twenty times over either.
    if (answer.status !== 200) return [answer];
  }
  return answers;
}

async function answerTo(app: StartedApp, { address, partial }: PageAsked): Promise<PageAnswer> {
  const sentAtMs = performance.now();
  const response = await app.get(
    address,
    partial === true ? { 'hx-request': 'true', 'hx-request-type': 'partial' } : {},
  );
  const outsideMs = performance.now() - sentAtMs;
  await response.arrayBuffer();
  return { status: response.status, outsideMs, ...costIn(response.headers.get('server-timing')) };
}
