// What the latency bench found, as numbers and as text: percentiles beside the budget, and where the time went.
// Pure: times in milliseconds, which are measured and not money, so floats will do.

/** Of design.md 12: frame in → POST on the wire. */
export const LATENCY_BUDGET = { p50Ms: 6, p99Ms: 20 } as const;

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
  /** Of the turn that decides, stores and posts; the order is signed before it. */
  readonly preparedAtMs: number;
}

export interface Step {
  readonly name: string;
  readonly meanMs: number;
  /** Of the whole, 0…1. */
  readonly share: number;
}

export interface LatencyReport {
  readonly bench: 'latency';
  readonly measured: number;
  /** Trades for which no order came. */
  readonly missing: number;
  /** Orders that the exchange did not take: they were timed, and something is wrong with them. */
  readonly refused: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
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

/** The report; the budget is met only when every trade led to an order that was taken. */
export function latencyReport(given: {
  readonly samples: readonly Sample[];
  readonly missing: number;
  readonly refused: number;
  readonly stamped: readonly (readonly [Sample, Stamps])[];
  readonly unrelatedPerSecond: number;
  readonly machine: string;
}): LatencyReport {
  const took = given.samples.map(({ tookMs }) => tookMs);
  const p50Ms = percentile(took, 0.5);
  const p99Ms = percentile(took, 0.99);
  return {
    bench: 'latency',
    measured: took.length,
    missing: given.missing,
    refused: given.refused,
    p50Ms,
    p90Ms: percentile(took, 0.9),
    p99Ms,
    maxMs: percentile(took, 1),
    budget: LATENCY_BUDGET,
    // NaN, of no samples at all, compares as false.
    met:
      given.missing + given.refused === 0 && p50Ms <= LATENCY_BUDGET.p50Ms && p99Ms <= LATENCY_BUDGET.p99Ms,
    steps: stepsOf(given.stamped),
    unrelatedPerSecond: given.unrelatedPerSecond,
    machine: given.machine,
  };
}

/** Means, since whole-millisecond stamps say nothing of one copy and enough of hundreds. */
function stepsOf(stamped: readonly (readonly [Sample, Stamps])[]): readonly Step[] {
  const named = [
    ['frame read by LeaderFeed', (at) => at.detected - at.sent],
    ['grouped, handed over, signed', (at) => at.prepared - at.detected],
    ['decided, durable, on the wire', (at) => at.arrived - at.prepared],
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
  const ms = (value: number) => `${value.toFixed(1).padStart(6)} ms`;
  const line = (name: string, value: number, budget?: number) =>
    `  ${name.padEnd(32)}${ms(value)}${budget === undefined ? '' : `   budget ${budget} ms${value <= budget ? '' : ', missed'}`}`;
  return [
    `Frame in → POST at the exchange, ${report.measured} leader trades, ${report.unrelatedPerSecond} unrelated trades/s beside them`,
    line('p50', report.p50Ms, report.budget.p50Ms),
    line('p90', report.p90Ms),
    line('p99', report.p99Ms, report.budget.p99Ms),
    line('slowest', report.maxMs),
    ...(report.missing === 0 ? [] : [`  ${report.missing} trades led to no order`]),
    ...(report.refused === 0 ? [] : [`  ${report.refused} orders were refused by the exchange`]),
    '',
    report.steps.length === 0 ? 'Where the time went is not known.' : 'Where the time went (means)',
    ...report.steps.map(
      ({ name, meanMs, share }) => `${line(name, meanMs)}   ${(share * 100).toFixed(0).padStart(3)} %`,
    ),
    '',
    `${report.met ? 'Within budget' : 'BUDGET MISSED'}, on ${report.machine}`,
  ].join('\n');
}
