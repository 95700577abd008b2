/** What people read for each bucket of the counts, and the counts as lines of a bar list. */

import { REASON_CODES } from '../../domain/decide/reasons.ts';
import type { LAG_FROM_MS, SLIPPAGE_FROM_MICROS } from '../../domain/records/copy-stats.ts';
import type { CopyStats, ReasonCounts } from '../../domain/records/copy-stats-record.ts';
import { REASON_LABELS } from './labels.ts';

/** One label for each bucket: the bounds and one. Another number of them does not compile. */
type LabelsFor<Bounds extends readonly unknown[]> = readonly [
  string,
  ...{ readonly [Bucket in keyof Bounds]: string },
];

/** Ours against the leader's price, in cents a share; above zero is worse for us. */
export const SLIPPAGE_LABELS: LabelsFor<typeof SLIPPAGE_FROM_MICROS> = [
  'More than 2¢ better',
  '1¢ to 2¢ better',
  '0.5¢ to 1¢ better',
  'Up to 0.5¢ better',
  'Same or up to 0.5¢ worse',
  '0.5¢ to 1¢ worse',
  '1¢ to 2¢ worse',
  '2¢ worse or more',
];

export const LAG_LABELS: LabelsFor<typeof LAG_FROM_MS> = [
  'Under 1 s',
  '1 to 3 s',
  '3 to 5 s',
  '5 to 10 s',
  '10 to 20 s',
  '20 s or more',
];

/** One line of a bar list. */
export interface BarRow {
  readonly label: string;
  readonly count: number;
}

/** Reasons shown by name; the rarer ones are one line together. */
const REASONS_SHOWN = 6;

export function slippageBars({ slippage }: Pick<CopyStats, 'slippage'>): readonly BarRow[] {
  return labelled(SLIPPAGE_LABELS, slippage);
}

/** Of `detectionLag` or `copyLag`. */
export function lagBars(lag: readonly number[]): readonly BarRow[] {
  return labelled(LAG_LABELS, lag);
}

/** The most frequent reasons, most frequent first, and one line for all others. */
export function reasonBars(reasons: ReasonCounts): readonly BarRow[] {
  const all = REASON_CODES.map((reason) => ({ label: REASON_LABELS[reason], count: reasons[reason] ?? 0 }))
    .filter((row) => row.count > 0)
    .sort((left, right) => right.count - left.count);
  const rest = all.slice(REASONS_SHOWN);
  if (rest.length < 2) return all;
  const count = rest.reduce((sum, row) => sum + row.count, 0);
  return [...all.slice(0, REASONS_SHOWN), { label: `${rest.length} other reasons`, count }];
}

function labelled(labels: readonly string[], counts: readonly number[]): readonly BarRow[] {
  return labels.map((label, bucket) => ({ label, count: counts[bucket] ?? 0 }));
}
