/** How long each step of one copy took, from the leader's trade to our order's final state or to the fill on paper. */

import { Time } from '../frame/time.tsx';
import type { AttemptView, LiveOrderView } from '../models.ts';
import { formatDuration, UNKNOWN } from '../words/format.ts';

const OWN_WAIT = 'Waited by our own rule';

export interface TimingStep {
  readonly label: string;
  readonly atMs: number;
  /** Of a leader's trade of several fills, when the first one was; null where there was one. */
  readonly firstAtMs: number | null;
  /** It is a length of time, of which the end has no moment of its own that is known. */
  readonly isWait: boolean;
}

/**
 * The steps that have happened, and when a paper copy is due, in the order of their times; the leader's trade is first, whatever
 * our clocks say. It is the newest of a group, and what waited by our own rule is a step of its own (A57); attempts of earlier
 * releases know neither.
 */
export function timingSteps(
  attempt: AttemptView,
  order: LiveOrderView | undefined,
  firstFillAtMs: number | undefined,
): readonly TimingStep[] {
  const seenAtMs = attempt.newestDetectedAtMs ?? attempt.detectedAtMs;
  const tradedAtMs = attempt.newestEventAtMs ?? attempt.leaderEventAtMs;
  const later = [
    ['Seen', seenAtMs],
    [OWN_WAIT, attempt.ownWaitMs ? seenAtMs + attempt.ownWaitMs : null],
    ['Decided', attempt.decidedAtMs],
    ['Order made', order?.createdAtMs],
    ['Sent', order?.submittedAtMs],
    ['Answered', order?.answeredAtMs],
    ['Due on paper', attempt.dueAtMs],
    ['First fill seen', firstFillAtMs],
    ['Final', order?.finalAtMs],
  ] as const;
  const happened = later.flatMap(([label, atMs]) =>
    atMs === null || atMs === undefined ? [] : [{ label, atMs, firstAtMs: null, isWait: label === OWN_WAIT }],
  );
  // The sort is stable: steps of one millisecond stay in their natural order.
  happened.sort((left, right) => left.atMs - right.atMs);
  const firstAtMs = attempt.leaderEventAtMs < tradedAtMs ? attempt.leaderEventAtMs : null;
  return [{ label: 'Leader traded', atMs: tradedAtMs, firstAtMs, isWait: false }, ...happened];
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
        {steps.map(({ label, atMs, firstAtMs, isWait }, index) => (
          <tr>
            <td data-label="Step">
              {label} {isWait ? null : <StepTime atMs={atMs} firstAtMs={firstAtMs} />}
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

function StepTime({ atMs, firstAtMs }: Pick<TimingStep, 'atMs' | 'firstAtMs'>) {
  return (
    <small>
      <Time ms={atMs} />
      {firstAtMs === null ? null : (
        <>
          , first at <Time ms={firstAtMs} />
        </>
      )}
    </small>
  );
}
