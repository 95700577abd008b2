// Whether a soak stayed flat: the last third of its samples beside the first. Memory and waiting rows must not grow, the time from
// a leader's trade to our decision neither; storage grows with the fills it keeps, by as much at the end as at the beginning.

export interface SoakSample {
  readonly atSeconds: number;
  /** Resident memory of the runtime's processes. */
  readonly memoryMegabytes: number;
  /** SQLite files of the objects and of D1. */
  readonly storageMegabytes: number;
  /** Rows of all objects on their way to D1. */
  readonly outboxRows: number;
  /** From the leader's trade to our decision, p95 of the last hour's decisions as the Wallet reports it; NaN before the first. */
  readonly lagMs: number;
  readonly decisions: number;
}

export interface SoakReport {
  readonly bench: 'soak';
  readonly minutes: number;
  readonly fillsPerSecond: number;
  readonly leaders: number;
  readonly sent: number;
  readonly decided: number;
  readonly checks: readonly SoakCheck[];
  readonly samples: readonly SoakSample[];
  readonly machine: string;
  readonly met: boolean;
}

interface SoakCheck {
  readonly what: string;
  readonly first: number;
  readonly last: number;
  readonly allowed: number;
  readonly met: boolean;
}

/** Memory of the runtime moves by itself: the collector of each object runs when it wants to. */
const MEMORY_FACTOR_MAX = 1.3;
const MEMORY_MEGABYTES_MORE = 60;
/** Of a second's fills, each of which leaves some six rows. */
const OUTBOX_ROWS_MAX = 1_000;
const LAG_FACTOR_MAX = 1.5;
const LAG_MS_MORE = 500;
const STORAGE_FACTOR_MAX = 1.5;
const STORAGE_MEGABYTES_MORE = 2;
/** Of what was sent, after the last second had its time. */
const DECIDED_MIN = 0.99;

export function soakReport(given: Omit<SoakReport, 'bench' | 'checks' | 'met'>): SoakReport {
  const { samples, sent, decided } = given;
  const third = Math.max(1, Math.floor(samples.length / 3));
  const [first, last] = [samples.slice(0, third), samples.slice(-third)];
  const limit = (
    what: string,
    of: (sample: SoakSample) => number,
    allowedOf: (before: number) => number,
  ): SoakCheck => {
    const [before, after] = [median(first.map(of)), median(last.map(of))];
    const allowed = allowedOf(before);
    return { what, first: before, last: after, allowed, met: after <= allowed };
  };
  const checks = [
    limit(
      'memory, MB',
      (one) => one.memoryMegabytes,
      (before) => before * MEMORY_FACTOR_MAX + MEMORY_MEGABYTES_MORE,
    ),
    limit(
      'rows on their way',
      (one) => one.outboxRows,
      () => OUTBOX_ROWS_MAX,
    ),
    limit(
      'lag p95, ms',
      (one) => one.lagMs,
      (before) => before * LAG_FACTOR_MAX + LAG_MS_MORE,
    ),
    storageCheck(first, last),
    decidedCheck(sent, decided),
  ];
  return { bench: 'soak', ...given, checks, met: samples.length >= 6 && checks.every(({ met }) => met) };
}

/** Megabytes a minute at the beginning and at the end. */
function storageCheck(first: readonly SoakSample[], last: readonly SoakSample[]): SoakCheck {
  const [before, after] = [growthOf(first), growthOf(last)];
  const allowed = before * STORAGE_FACTOR_MAX + STORAGE_MEGABYTES_MORE;
  return {
    what: 'storage grows by, MB a minute',
    first: before,
    last: after,
    allowed,
    met: after <= allowed,
  };
}

function growthOf(samples: readonly SoakSample[]): number {
  const [one, other] = [samples[0], samples.at(-1)];
  if (one === undefined || other === undefined || one === other) return 0;
  return ((other.storageMegabytes - one.storageMegabytes) * 60) / (other.atSeconds - one.atSeconds);
}

function decidedCheck(sent: number, decided: number): SoakCheck {
  return {
    what: 'fills decided',
    first: sent,
    last: decided,
    allowed: sent,
    met: decided >= sent * DECIDED_MIN,
  };
}

/** NaN, which is no pass, where there is no number at all. */
function median(values: readonly number[]): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

export function soakText(report: SoakReport): string {
  const { minutes, fillsPerSecond, leaders, checks, machine, met } = report;
  const number = (value: number) => value.toFixed(1).padStart(12);
  return [
    `${minutes} minutes at ${fillsPerSecond} fills a second of ${leaders} leaders, on paper, on ${machine}`,
    `${''.padEnd(34)} ${'first third'.padStart(12)} ${'last third'.padStart(12)} ${'allowed'.padStart(12)}`,
    ...checks.map(
      (check) =>
        `${check.what.padEnd(34)} ${number(check.first)} ${number(check.last)} ${number(check.allowed)}  ${check.met ? 'ok' : 'MISSED'}`,
    ),
    met ? 'Flat.' : 'NOT FLAT.',
  ].join('\n');
}
