// What the cost bench has found: each meter of a day against the limits of both plans, and where it comes from.
import type { Counts } from './meter.ts';
import {
  D1_BYTES_MAX,
  D1_SHARE_MAX,
  type Day,
  dollarsOf,
  METERS,
  type Meter,
  PAID_DOLLARS_MAX,
  PRICES,
  paidDollars,
} from './prices.ts';

/** A part of a meter: of which objects, and what they did. */
export interface Source {
  readonly object: string;
  readonly kind: string;
  readonly perDay: number;
}

export interface LoadCost {
  readonly name: string;
  readonly title: string;
  readonly plan: 'free' | 'paid';
  /** Hours that were run; a day is extrapolated from them. */
  readonly hours: number;
  readonly fills: number;
  readonly attempts: Readonly<Record<string, number>>;
  readonly day: Day;
  /** Requests a day, were the frames of outgoing sockets billed too. */
  readonly requestsWithFrames: number;
  readonly d1BytesPerDay: number;
  readonly objectBytes: number;
  readonly sources: Readonly<
    Record<'requests' | 'seconds' | 'rowsWritten' | 'rowsRead' | 'd1', readonly Source[]>
  >;
}

interface MeterLine {
  readonly meter: Meter;
  readonly perDay: number;
  readonly freeShare: number;
  readonly paidDollars: number;
}

export interface CostReport {
  readonly machine: string;
  readonly met: boolean;
  readonly loads: readonly (LoadCost & {
    readonly meters: readonly MeterLine[];
    readonly paidDollars: number;
    /** What is over its budget, in words. */
    readonly over: readonly string[];
    readonly met: boolean;
  })[];
}

const SOURCES_SHOWN = 14;

export function costReport(machine: string, costs: readonly LoadCost[]): CostReport {
  const loads = costs.map((cost) => {
    const dollars = dollarsOf(cost.day);
    const meters = METERS.map((meter) => ({
      meter,
      perDay: cost.day[meter],
      freeShare: cost.day[meter] / PRICES[meter].freePerDay,
      paidDollars: dollars[meter],
    }));
    const over = cost.plan === 'free' ? overFree(meters) : overPaid(cost.day);
    return { ...cost, meters, paidDollars: paidDollars(cost.day), over, met: over.length === 0 };
  });
  return { machine, loads, met: loads.every((load) => load.met) };
}

function overFree(meters: readonly MeterLine[]): readonly string[] {
  return meters
    .filter(({ meter, freeShare }) => freeShare > PRICES[meter].freeShareMax)
    .map(
      ({ meter, freeShare }) =>
        `${PRICES[meter].name}: ${percent(freeShare)} of Free, budget ${percent(PRICES[meter].freeShareMax)}`,
    );
}

function overPaid(day: Day): readonly string[] {
  const dollars = paidDollars(day);
  return dollars <= PAID_DOLLARS_MAX ? [] : [`$${dollars.toFixed(2)} a month, budget $${PAID_DOLLARS_MAX}`];
}

/** Counts of an interval as parts of a day, objects of one kind together. */
export function sourcesOf(counts: Counts, toDay: number): readonly Source[] {
  const byKey = new Map<string, { object: string; kind: string; perDay: number }>();
  for (const { object, kind, count } of counts.list()) {
    const of = classOf(object);
    const known = byKey.get(`${of}|${kind}`) ?? { object: of, kind, perDay: 0 };
    known.perDay += count * toDay;
    byKey.set(`${of}|${kind}`, known);
  }
  return [...byKey.values()].sort((left, right) => right.perDay - left.perDay);
}

export function classOf(object: string): string {
  return object.startsWith('user ') ? 'FollowedUsers' : object;
}

export function costText(report: CostReport): string {
  return [`Machine: ${report.machine}`, ...report.loads.flatMap(loadText), '', verdict(report)].join('\n');
}

function loadText(load: CostReport['loads'][number]): string[] {
  const attempts = Object.entries(load.attempts).map(([what, count]) => `${count} ${what}`);
  return [
    '',
    `== ${load.name}: ${load.title}`,
    `${load.hours} h run, a day extrapolated; ${load.fills} leader fills; attempts: ${attempts.join(', ') || 'none'}`,
    '',
    row('a day', 'count', 'of Free', 'Paid, $/month'),
    ...load.meters.map(({ meter, perDay, freeShare, paidDollars: dollars }) =>
      row(PRICES[meter].name, whole(perDay), percent(freeShare), dollars.toFixed(2)),
    ),
    row(
      'object requests, frames billed',
      whole(load.requestsWithFrames),
      percent(load.requestsWithFrames / 100_000),
      '',
    ),
    `Paid in all: $${load.paidDollars.toFixed(2)} a month`,
    `D1 grows ${(load.d1BytesPerDay / 1e6).toFixed(2)} MB a day: ${daysUntil(load.d1BytesPerDay)}; objects hold ${(load.objectBytes / 1e6).toFixed(2)} MB`,
    ...sourceText('object seconds awake', load.sources.seconds),
    ...sourceText('object requests', load.sources.requests),
    ...sourceText('object rows written', load.sources.rowsWritten),
    ...sourceText('object rows read', load.sources.rowsRead),
    ...sourceText('D1 rows written', load.sources.d1),
    ...(load.over.length === 0 ? ['Within budget.'] : load.over.map((line) => `OVER: ${line}`)),
  ];
}

function sourceText(title: string, sources: readonly Source[]): string[] {
  if (sources.length === 0) return [];
  const shown = sources.slice(0, SOURCES_SHOWN);
  const rest = sources.slice(SOURCES_SHOWN).reduce((sum, one) => sum + one.perDay, 0);
  return [
    `  ${title} a day, by object and kind:`,
    ...shown.map(({ object, kind, perDay }) => `    ${whole(perDay).padStart(11)}  ${object}: ${kind}`),
    ...(rest > 0 ? [`    ${whole(rest).padStart(11)}  ${sources.length - SOURCES_SHOWN} more kinds`] : []),
  ];
}

function daysUntil(bytesPerDay: number): string {
  const days = (plan: 'free' | 'paid'): string =>
    bytesPerDay <= 0 ? 'never' : `day ${Math.floor((D1_BYTES_MAX[plan] * D1_SHARE_MAX) / bytesPerDay)}`;
  return `${percent(D1_SHARE_MAX)} of Free on ${days('free')}, of Paid on ${days('paid')}, without retention`;
}

function verdict({ met, loads }: CostReport): string {
  return met
    ? 'Every load is within budget.'
    : `Over budget: ${loads
        .filter((load) => !load.met)
        .map((load) => load.name)
        .join(', ')}.`;
}

function row(...cells: readonly [string, string, string, string]): string {
  const [name, ...rest] = cells;
  return `${name.padEnd(32)}${rest.map((cell) => cell.padStart(14)).join('')}`;
}

function whole(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
}
