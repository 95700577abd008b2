// What the latency bench found, as numbers and as text: percentiles beside those of the floor, what a copy costs in statements
// and commits, and where the time went. Pure: times in milliseconds, which are measured and not money, so floats will do.
import { type CopyCost, sumOf } from '../system/world/copy-cost.ts';
import { STARTUP_BUDGET_MS, type Startup } from './startup.ts';

/** Of design.md 12: frame in → POST on the wire, as multiples of the floor's, and what is done on the way. */
export const LATENCY_BUDGET = {
  p50Ratio: 1.25,
  p99Ratio: 1.5,
  statements: 25,
  commits: 2,
  startupMs: STARTUP_BUDGET_MS,
} as const;

/** One leader trade. The wall times are whole milliseconds, as the app's own stamps are. */
export interface Sample {
  /** Frame out → order at the socket, by one monotonic clock. */
  readonly tookMs: number;
  readonly sentAtMs: number;
  readonly arrivedAtMs: number;
}

/** The app's stamps of one copy, in the order of the way; wall clock, whole milliseconds. */
export interface Stamps {
  readonly detectedAtMs: number;
  /** Of the turn that decides, signs, stores and posts. */
  readonly preparedAtMs: number;
}

export interface Step {
  readonly name: string;
  readonly meanMs: number;
  /** Of the whole, 0…1. */
  readonly share: number;
}

export interface Percentiles {
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export interface LatencyReport {
  readonly bench: 'latency';
  readonly measured: number;
  /** Trades for which no order came. */
  readonly missing: number;
  /** Orders that the exchange did not take: they were timed, and something is wrong with them. */
  readonly refused: number;
  readonly product: Percentiles;
  /** Three bare objects beside it, in turn with the product's trades. */
  readonly floor: Percentiles;
  readonly ratio: { readonly p50: number; readonly p99: number };
  readonly cost: CopyCost;
  /** Before the POST, of all objects together. */
  readonly beforePost: { readonly statements: number; readonly commits: number };
  /** Of the whole app, both Wallets and D1 included, until the copy is settled; null where nobody could count. */
  readonly fsyncsPerCopy: number | null;
  readonly startup: Startup;
  readonly budget: typeof LATENCY_BUDGET;
  readonly met: boolean;
  /** Empty when the app's records could not be read. */
  readonly steps: readonly Step[];
  readonly unrelatedPerSecond: number;
  readonly machine: string;
}

/** The smallest of the values that at least this part (0…1) does not exceed; NaN of none. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN;
}

function percentiles(values: readonly number[]): Percentiles {
  return {
    p50Ms: percentile(values, 0.5),
    p90Ms: percentile(values, 0.9),
    p99Ms: percentile(values, 0.99),
    maxMs: percentile(values, 1),
  };
}

/** The report; the budget is met only when every trade led to an order that was taken. */
export function latencyReport(given: {
  readonly samples: readonly Sample[];
  readonly floorMs: readonly number[];
  readonly steps: CopyCost;
  readonly startup: Startup;
  readonly fsyncsPerCopy: number | null;
  readonly missing: number;
  readonly refused: number;
  readonly stamped: readonly (readonly [Sample, Stamps])[];
  readonly unrelatedPerSecond: number;
  readonly machine: string;
}): LatencyReport {
  const product = percentiles(given.samples.map(({ tookMs }) => tookMs));
  const floor = percentiles(given.floorMs);
  const ratio = { p50: product.p50Ms / floor.p50Ms, p99: product.p99Ms / floor.p99Ms };
  const beforePost = sumOf(given.steps.beforePost);
  const { missing, refused, startup } = given;
  return {
    bench: 'latency',
    measured: given.samples.length,
    missing,
    refused,
    product,
    floor,
    ratio,
    cost: given.steps,
    beforePost,
    fsyncsPerCopy: given.fsyncsPerCopy,
    startup,
    budget: LATENCY_BUDGET,
    // NaN, of no samples at all, compares as false.
    met:
      missing + refused === 0 &&
      ratio.p50 <= LATENCY_BUDGET.p50Ratio &&
      ratio.p99 <= LATENCY_BUDGET.p99Ratio &&
      beforePost.statements <= LATENCY_BUDGET.statements &&
      beforePost.commits <= LATENCY_BUDGET.commits &&
      startup.busyMs <= LATENCY_BUDGET.startupMs,
    steps: stepsOf(given.stamped),
    unrelatedPerSecond: given.unrelatedPerSecond,
    machine: given.machine,
  };
}

/** Means, since whole-millisecond stamps say nothing of one copy and enough of hundreds. */
function stepsOf(stamped: readonly (readonly [Sample, Stamps])[]): readonly Step[] {
  const named = [
    ['frame read by LeaderFeed', (at) => at.detected - at.sent],
    ['grouped, handed over', (at) => at.prepared - at.detected],
    ['decided, signed, durable, on the wire', (at) => at.arrived - at.prepared],
  ] as const satisfies readonly (readonly [string, (at: Way) => number])[];
  const ways = stamped.map(([sample, stamps]) => ({
    sent: sample.sentAtMs,
    arrived: sample.arrivedAtMs,
    detected: stamps.detectedAtMs,
    prepared: stamps.preparedAtMs,
  }));
  const whole = mean(ways.map((way) => way.arrived - way.sent));
  if (ways.length === 0 || whole <= 0) return [];
  return named.map(([name, took]) => {
    const meanMs = mean(ways.map(took));
    return { name, meanMs, share: meanMs / whole };
  });
}

interface Way {
  readonly sent: number;
  readonly detected: number;
  readonly prepared: number;
  readonly arrived: number;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The report for a person. */
export function latencyText(report: LatencyReport): string {
  const { product, floor, ratio, budget, beforePost, startup } = report;
  const ms = (value: number): string => value.toFixed(1).padStart(8);
  const row = (name: string, of: keyof Percentiles, times?: number, most?: number): string =>
    `  ${name.padEnd(12)}${ms(product[of])}${ms(floor[of])}${times === undefined ? '' : `   ${times.toFixed(2)} ×${most === undefined ? '' : held(times, most)}`}`;
  return [
    `Frame in → POST at the exchange, ${report.measured} leader trades in turn with the floor's, ${report.unrelatedPerSecond} unrelated trades/s beside them`,
    `  ms          ${'product'.padStart(6)}${'floor'.padStart(8)}`,
    row('p50', 'p50Ms', ratio.p50, budget.p50Ratio),
    row('p90', 'p90Ms', product.p90Ms / floor.p90Ms),
    row('p99', 'p99Ms', ratio.p99, budget.p99Ratio),
    row('slowest', 'maxMs'),
    ...(report.missing === 0 ? [] : [`  ${report.missing} trades led to no order`]),
    ...(report.refused === 0 ? [] : [`  ${report.refused} orders were refused by the exchange`]),
    '',
    report.steps.length === 0 ? 'Where the time went is not known.' : 'Where the time went (means)',
    ...report.steps.map(
      ({ name, meanMs, share }) =>
        `  ${name.padEnd(40)}${ms(meanMs)} ms   ${(share * 100).toFixed(0).padStart(3)} %`,
    ),
    '',
    `A copy until its POST leaves: ${beforePost.statements} statements${held(beforePost.statements, budget.statements)}, ${beforePost.commits} commits${held(beforePost.commits, budget.commits)}`,
    ...report.cost.beforePost.map(stepLine),
    'The whole copy',
    ...report.cost.whole.map(stepLine),
    `  fsyncs of the app, both Wallets and D1: ${report.fsyncsPerCopy === null ? 'not counted: strace cannot be used here' : report.fsyncsPerCopy.toFixed(1)}`,
    '',
    `Start of the Worker: ${startup.busyMs.toFixed(0)} ms busy${held(startup.busyMs, budget.startupMs)}, ${startup.gzipKib.toFixed(0)} KiB gzip`,
    '',
    `${report.met ? 'Within budget' : 'BUDGET MISSED'}, on ${report.machine}`,
  ].join('\n');
}

function held(value: number, most: number): string {
  return ` (budget ${most}${value <= most ? '' : ', missed'})`;
}

function stepLine({ object, reads, writes, rows, commits }: CopyCost['whole'][number]): string {
  return `  ${object.padEnd(14)}${reads} reads, ${writes} writes of ${rows} rows, ${commits} commits`;
}
