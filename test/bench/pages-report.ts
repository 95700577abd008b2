// What the page bench found, beside the budget of design.md 12, as a table and as JSON; and when it counts as met.
import { percentile } from './latency-report.ts';
import type { PageAsked } from './page-list.ts';

export const PAGE_BUDGET = { rowsRead: 1_000, p50Ms: 40 } as const;

/** One answer to an address. */
export interface PageAnswer {
  readonly status: number;
  /** Of the app itself; NaN where it reported nothing. */
  readonly rowsRead: number;
  readonly statements: number;
  readonly d1Ms: number;
  readonly appMs: number;
  /** From the request until the answer began, over the loopback, the local runtime's own proxy included. */
  readonly outsideMs: number;
}

export type Verdict =
  | 'ok'
  | 'too many rows'
  | 'too slow'
  | 'too many rows, too slow'
  | 'not there'
  | 'failed'
  | 'cost not reported';

export interface PageRow {
  readonly name: string;
  readonly address: string;
  readonly status: number;
  /** The most of all answers. */
  readonly rowsRead: number;
  readonly statements: number;
  readonly d1P50Ms: number;
  readonly appP50Ms: number;
  readonly appP95Ms: number;
  readonly outsideP50Ms: number;
  readonly outsideP95Ms: number;
  readonly verdict: Verdict;
}

export interface PagesReport {
  readonly bench: 'pages';
  readonly attempts: number;
  readonly asked: number;
  readonly budget: typeof PAGE_BUDGET;
  readonly met: boolean;
  readonly pages: readonly PageRow[];
  readonly machine: string;
}

/**
 * All answers to one address, as one line. The budget is one of server time, so it is held against the app's own clock; the one
 * outside, which has the local runtime's proxy in it, is shown beside it.
 */
export function pageRow({ name, address }: PageAsked, answers: readonly PageAnswer[]): PageRow {
  const all = (value: (answer: PageAnswer) => number) => answers.map(value);
  const most = (value: (answer: PageAnswer) => number) => Math.max(...all(value));
  const row = {
    ...{ name, address },
    // The worst: one failure among many is a failure.
    status: most((one) => one.status),
    rowsRead: most((one) => one.rowsRead),
    statements: most((one) => one.statements),
    d1P50Ms: percentile(
      all((one) => one.d1Ms),
      0.5,
    ),
    appP50Ms: percentile(
      all((one) => one.appMs),
      0.5,
    ),
    appP95Ms: percentile(
      all((one) => one.appMs),
      0.95,
    ),
    outsideP50Ms: percentile(
      all((one) => one.outsideMs),
      0.5,
    ),
    outsideP95Ms: percentile(
      all((one) => one.outsideMs),
      0.95,
    ),
  };
  return { ...row, verdict: verdictOf(row) };
}

function verdictOf(row: Omit<PageRow, 'verdict'>): Verdict {
  if (row.status === 404) return 'not there';
  if (row.status !== 200) return 'failed';
  if (!Number.isFinite(row.rowsRead)) return 'cost not reported';
  // Written so that NaN, of no answer at all, is no pass.
  const fewRows = row.rowsRead <= PAGE_BUDGET.rowsRead;
  const quick = row.appP50Ms <= PAGE_BUDGET.p50Ms;
  if (fewRows) return quick ? 'ok' : 'too slow';
  return quick ? 'too many rows' : 'too many rows, too slow';
}

export function pagesReport(given: Omit<PagesReport, 'bench' | 'budget' | 'met'>): PagesReport {
  const met = given.pages.length > 0 && given.pages.every(({ verdict }) => verdict === 'ok');
  return { bench: 'pages', budget: PAGE_BUDGET, met, ...given };
}

/** The report for a person. */
export function pagesText({ attempts, asked, pages, met, machine }: PagesReport): string {
  const ms = (value: number) => value.toFixed(1).padStart(7);
  const count = (value: number) => String(value).padStart(6);
  const lines = pages.map((page) =>
    [
      page.name.padEnd(48),
      count(page.status),
      count(page.rowsRead),
      count(page.statements).slice(1),
      ms(page.d1P50Ms),
      ms(page.appP50Ms),
      ms(page.outsideP50Ms),
      ms(page.outsideP95Ms),
      `  ${page.verdict}`,
    ].join(' '),
  );
  const heading = [
    'page'.padEnd(48),
    'status',
    '  rows',
    'stmts',
    ' D1 p50',
    'app p50',
    '    p50',
    '    p95',
  ].join(' ');
  const missed = pages.filter(({ verdict }) => verdict !== 'ok').length;
  return [
    `Cost of each page at ${attempts} attempts, ${asked} answers each after a warm-up. Budget: ${PAGE_BUDGET.rowsRead} D1 rows read,`,
    `app p50 ${PAGE_BUDGET.p50Ms} ms by the app's own clock. p50 and p95: from request to answer over the loopback, the local proxy included.`,
    '',
    heading,
    ...lines,
    '',
    `${met ? 'Within budget' : `BUDGET MISSED by ${missed} of ${pages.length}`}, on ${machine}`,
  ].join('\n');
}

/** What the app says of a page's cost in its Server-Timing; NaN for what it does not say. */
export function costIn(
  header: string | null,
): Pick<PageAnswer, 'rowsRead' | 'statements' | 'd1Ms' | 'appMs'> {
  const found =
    /\bdb;dur=([\d.]+);desc="rows (\d+), statements (\d+)", app;dur=([\d.]+)/.exec(header ?? '') ?? [];
  const [d1Ms, rowsRead, statements, appMs] = [1, 2, 3, 4].map((at) => Number(found[at] ?? Number.NaN));
  return {
    rowsRead: rowsRead ?? Number.NaN,
    statements: statements ?? Number.NaN,
    d1Ms: d1Ms ?? Number.NaN,
    appMs: appMs ?? Number.NaN,
  };
}
