/** What a decision and the rows of its guards say, in a form that can be compared. */
import type { Decision } from '../../../domain/decide/decide.ts';
import type { GuardrailRow, Measure } from '../../../domain/decide/guards.ts';

/** The reasons of a SKIP, sorted; none of an EXECUTE. */
export function reasonsOf(decision: Decision): readonly string[] {
  return decision.kind === 'SKIP' ? [...decision.reasons].sort() : [];
}

export function stoppedBy(rows: readonly GuardrailRow[]): readonly string[] {
  return [...new Set(rows.flatMap((row) => (row.verdict === 'stopped' ? [row.reason] : [])))].sort();
}

/** Whether the value is within the limit, by the bound that the row names; what is not known is not. */
export function holds(measure: Measure): boolean {
  if (measure.unit === 'yesNo') return measure.value === measure.limit;
  const { bound, value, limit } = measure;
  if (value === null) return false;
  if (bound === 'atMost') return value <= limit;
  if (bound === 'atLeast') return value >= limit;
  return bound === 'below' ? value < limit : value > limit;
}
