/**
 * Everything there is to say of one copy attempt, for the drawer and for its page: what happened in a sentence, why, the
 * money, every guard with its limit, the clamps, the book, orders and fills, and how long each step took.
 */
import type { Decision } from '../../domain/decide/decide.ts';
import type { DecisionFacts } from '../../domain/decide/decision-facts.ts';
import type { GuardrailRow } from '../../domain/decide/guards.ts';
import type { ClampStep } from '../../domain/decide/sizing.ts';
import type { Replay } from '../../domain/explain/replay.ts';
import { Panel } from '../frame/drawer.tsx';
import type {
  AttemptView,
  CopyFillView,
  LeaderFillView,
  LiveFillView,
  LiveOrderView,
  Names,
} from '../models.ts';
import { slippage } from '../tables/trade-tables.tsx';
import { formatCents, formatPercent, formatShares, formatUsd } from '../words/format.ts';
import { REPLAYED_LABELS } from '../words/guardrail-labels.ts';
import { CLAMP_LABELS, DECISION_LABELS, REASON_LABELS, SOURCE_TYPE_LABELS } from '../words/labels.ts';
import { SeenBook, SeenFacts } from './attempt-facts.tsx';
import { Headline, outcomeTitle } from './attempt-headline.tsx';
import { FactList, LeaderFills, OrderSection, OurFills, type Rows } from './attempt-orders.tsx';
import { Timing, timingSteps } from './attempt-timing.tsx';
import { GuardrailTable } from './guardrail-table.tsx';

/** How far the decision could be made again from what is stored. */
export type Explanation =
  /** Facts are kept for 90 days. */
  | { readonly kind: 'pruned' }
  | { readonly kind: 'damaged' }
  /** The facts are there, the settings of that version are not, or cannot be read. */
  | { readonly kind: 'noSettings'; readonly unreadable: boolean; readonly facts: DecisionFacts }
  | {
      readonly kind: 'explained';
      readonly facts: DecisionFacts;
      readonly decision: Decision;
      readonly replay: Replay;
      readonly guardrails: readonly GuardrailRow[];
    };

export interface AttemptPanelView {
  readonly attempt: AttemptView;
  readonly names: Names;
  readonly explanation: Explanation;
  /** As stored; '' once pruned. */
  readonly storedFacts: string;
  readonly orders: readonly LiveOrderView[];
  readonly liveFills: readonly LiveFillView[];
  readonly copyFills: readonly CopyFillView[];
  /** Those of the leader's fills behind the attempt that were found near it. */
  readonly leaderFills: readonly LeaderFillView[];
}

export function AttemptPanel({ view }: { readonly view: AttemptPanelView }) {
  const { attempt, names, explanation, orders, liveFills, copyFills, storedFacts } = view;
  const order = orders.find((one) => !one.shadow) ?? orders[0];
  const filledAt = [...liveFills.map((fill) => fill.seenAtMs), ...copyFills.map((fill) => fill.filledAtMs)];
  const firstFillAtMs = filledAt.length === 0 ? undefined : Math.min(...filledAt);
  return (
    <Panel title={outcomeTitle(attempt)}>
      <Headline attempt={attempt} names={names} />
      <Reasons attempt={attempt} />
      <ReplayNote explanation={explanation} attempt={attempt} />
      <h3>Money</h3>
      <FactList rows={moneyRows(attempt)} />
      <h3>Guards</h3>
      <Guards explanation={explanation} />
      <h3>What changed the size</h3>
      <ClampList attempt={attempt} explanation={explanation} />
      <SeenSections explanation={explanation} />
      {orders.map((one) => (
        <OrderSection order={one} />
      ))}
      {attempt.mode === 'LIVE' && orders.length === 0 ? <p class="empty">No order came of it.</p> : null}
      <h3>Our fills</h3>
      <OurFills attempt={attempt} liveFills={liveFills} copyFills={copyFills} />
      <h3>Time of each step</h3>
      <Timing steps={timingSteps(attempt, order, firstFillAtMs)} />
      <h3>The leader’s fills</h3>
      <LeaderFills attempt={attempt} fills={view.leaderFills} />
      <details>
        <summary>The facts as they are stored</summary>
        <pre>{storedFacts === '' ? 'No longer kept: facts are kept for 90 days.' : storedFacts}</pre>
      </details>
    </Panel>
  );
}

function Reasons({ attempt }: { readonly attempt: AttemptView }) {
  if (attempt.reasons.length === 0) return null;
  return (
    <ul class="reasons">
      {attempt.reasons.map((reason) => (
        <li>
          {REASON_LABELS[reason]} <code>{reason}</code>
        </li>
      ))}
    </ul>
  );
}

/** Whether the same facts and settings still give what was recorded: loudly when they do not. */
function ReplayNote(props: { readonly explanation: Explanation; readonly attempt: AttemptView }) {
  const { explanation, attempt } = props;
  const version = attempt.settingsVersion;
  switch (explanation.kind) {
    case 'pruned':
      return (
        <p class="note">The facts are no longer kept (90 days): what the attempt itself records is below.</p>
      );
    case 'damaged':
      return (
        <p class="error" role="alert">
          The stored facts are damaged: the decision cannot be replayed. What the attempt itself records is
          below.
        </p>
      );
    case 'noSettings':
      return (
        <p class="error" role="alert">
          {explanation.unreadable
            ? `The settings of version ${version} cannot be read`
            : `The settings of version ${version} are not in the database`}
          : the decision cannot be replayed, and the limits of the guards cannot be shown.
        </p>
      );
    case 'explained':
      return <ReplayResult explanation={explanation} attempt={attempt} />;
  }
}

function ReplayResult(props: {
  readonly explanation: Extract<Explanation, { kind: 'explained' }>;
  readonly attempt: AttemptView;
}) {
  const { replay, decision } = props.explanation;
  const { attempt } = props;
  switch (replay.kind) {
    case 'same':
      return <p class="note">Replayed from these facts: the same decision.</p>;
    case 'denied':
      return (
        <p class="note">
          Replayed from these facts, the engine decides to copy, as it did then. The live Wallet refused it at
          its last check before sending: {REASON_LABELS[replay.reason]} <code>{replay.reason}</code>.
        </p>
      );
    case 'waits':
      return (
        <p class="note">
          Replayed from these facts: the same decision.{' '}
          {attempt.reasons.includes('LIVE_WAITING_FOR_SLOT')
            ? 'No call to the venue was free for the order, so the live Wallet lets it wait for its turn, and decides it again then.'
            : 'The live Wallet lets the sale wait for shares that are not final yet, and decides it again then.'}
        </p>
      );
    case 'differs': {
      const reasons = decision.kind === 'SKIP' ? decision.reasons : [];
      const recorded = [DECISION_LABELS[attempt.decision], ...attempt.reasons].join(' ');
      const replayed = [DECISION_LABELS[decision.kind], ...reasons].join(' ');
      return (
        <p class="error" role="alert">
          <strong>Replay differs:</strong> {replay.fields.map((field) => REPLAYED_LABELS[field]).join(', ')}.
          Recorded: {recorded}, {formatUsd(attempt.targetNotionalMicros)}. Replayed: {replayed},{' '}
          {formatUsd(decision.targetNotionalMicros)}.
        </p>
      );
    }
  }
}

function moneyRows(attempt: AttemptView): Rows {
  const fills = attempt.fillCount === 1 ? '1 leader fill' : `${attempt.fillCount} leader fills`;
  return [
    ['Source', `${SOURCE_TYPE_LABELS[attempt.sourceType]}, ${fills}`],
    ['Leader’s amount', formatUsd(attempt.leaderNotionalMicros)],
    ['Leader’s price', formatCents(attempt.referencePriceMicros)],
    ['Rate', formatPercent(attempt.effectiveRateBps)],
    ['Target', targetText(attempt)],
    ['Mid price', formatCents(attempt.midPriceMicros)],
    ['Limit price', formatCents(attempt.limitPriceMicros)],
    [
      'Filled',
      `${formatUsd(attempt.filledNotionalMicros)}, ${formatShares(attempt.filledShareMicros)} shares`,
    ],
    ['Our price', formatCents(attempt.vwapPriceMicros)],
    ['Slippage', formatCents(slippage(attempt))],
    ['Fee', formatUsd(attempt.feeMicros)],
    ['Settings version', String(attempt.settingsVersion)],
    ['Revision', String(attempt.revision)],
  ];
}

/** A decision that ended before it had a size has no shares. */
function targetText({ targetNotionalMicros, targetShareMicros }: AttemptView): string {
  const spend = formatUsd(targetNotionalMicros);
  return targetShareMicros === 0n ? spend : `${spend}, ${formatShares(targetShareMicros)} shares`;
}

function Guards({ explanation }: { readonly explanation: Explanation }) {
  if (explanation.kind !== 'explained') {
    return <p class="empty">Without the facts and the settings of then, the guards cannot be shown.</p>;
  }
  return <GuardrailTable rows={explanation.guardrails} />;
}

/** With amounts where the replay is the recorded decision; else only the names that the attempt recorded. */
function ClampList(props: { readonly attempt: AttemptView; readonly explanation: Explanation }) {
  const { attempt, explanation } = props;
  if (attempt.clamps.length === 0) return <p class="empty">Nothing changed it.</p>;
  const trusted = explanation.kind === 'explained' && explanation.replay.kind !== 'differs';
  return (
    <ol>
      {trusted
        ? explanation.decision.clamps.map((step) => <li>{clampText(step)}</li>)
        : attempt.clamps.map((clamp) => <li>{CLAMP_LABELS[clamp]}</li>)}
    </ol>
  );
}

function clampText(step: ClampStep): string {
  const label = CLAMP_LABELS[step.clamp];
  if (step.unit === 'shares') {
    return `${label}: ${formatShares(step.before)} → ${formatShares(step.after)} shares`;
  }
  const after = formatUsd(step.after);
  return step.before === null ? `${label}: ${after}` : `${label}: ${formatUsd(step.before)} → ${after}`;
}

function SeenSections({ explanation }: { readonly explanation: Explanation }) {
  if (explanation.kind === 'pruned' || explanation.kind === 'damaged') return null;
  const { facts } = explanation;
  return (
    <>
      <h3>The book that was seen</h3>
      <SeenBook book={facts.book} nowMs={facts.nowMs} />
      <details>
        <summary>The other facts that the decision saw</summary>
        <SeenFacts facts={facts} />
      </details>
    </>
  );
}
