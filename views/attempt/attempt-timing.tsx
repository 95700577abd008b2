/** How long each step of one copy took, from the leader's trade to our order's final state or to the fill on paper. */

import { Time } from '../frame/time.tsx';
import type { AttemptView, LiveOrderView } from '../models.ts';
import { formatDuration, UNKNOWN } from '../words/format.ts';

export interface TimingStep {
  readonly label: string;
  readonly atMs: number;
}

/**
 * The steps that have happened, and when a paper copy is due, in the order of their times; the leader's trade is first, whatever
 * our clocks say.
 */
export function timingSteps(
  attempt: AttemptView,
  order: LiveOrderView | undefined,
  firstFillAtMs: number | undefined,
): readonly TimingStep[] {
  const later = [
    ['Seen', attempt.detectedAtMs],
    ['Decided', attempt.decidedAtMs],
    ['Order made', order?.createdAtMs],
    ['Sent', order?.submittedAtMs],
    ['Answered', order?.answeredAtMs],
    ['Due on paper', attempt.dueAtMs],
    ['First fill seen', firstFillAtMs],
    ['Final', order?.finalAtMs],
  ] as const;
  const happened = later.flatMap(([label, atMs]) =>
    atMs === null || atMs === undefined ? [] : [{ label, atMs }],
  );
  // The sort is stable: steps of one millisecond stay in their natural order.
  happened.sort((left, right) => left.atMs - right.atMs);
  return [{ label: 'Leader traded', atMs: attempt.leaderEventAtMs }, ...happened];
}

export function Timing({ steps }: { readonly steps: readonly TimingStep[] }) {
  const start = steps[0]?.atMs ?? 0;
  return (
    <table class="compact">
      <thead>
        <tr>
          <th>Step</th>
          <th class="number">After the step before</th>
          <th class="number">After the leader’s trade</th>
        </tr>
      </thead>
      <tbody>
        {steps.map(({ label, atMs }, index) => (
          <tr>
            <td data-label="Step">
              {label}{' '}
              <small>
                <Time ms={atMs} />
              </small>
            </td>
            <td data-label="After the step before" class="number">
              {index === 0 ? UNKNOWN : formatDuration(atMs - (steps[index - 1]?.atMs ?? atMs))}
            </td>
            <td data-label="After the leader’s trade" class="number">
              {index === 0 ? UNKNOWN : formatDuration(atMs - start)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
