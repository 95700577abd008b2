/** The guards of one decision: what stopped it first and highlighted, what changed its size, and the rest folded away. */
import type { Child } from 'hono/jsx';
import type { GuardrailRow, Measure } from '../../domain/decide/guards.ts';
import { formatMicros } from '../../domain/money.ts';
import {
  formatCents,
  formatDuration,
  formatPercent,
  formatShares,
  formatUsd,
  UNKNOWN,
} from '../words/format.ts';
import { BOUND_LABELS, GUARDRAIL_LABELS, VERDICT_LABELS } from '../words/guardrail-labels.ts';
import { REASON_LABELS } from '../words/labels.ts';

export function GuardrailTable({ rows }: { readonly rows: readonly GuardrailRow[] }) {
  const of = (...verdicts: readonly GuardrailRow['verdict'][]) =>
    rows.filter((row) => verdicts.includes(row.verdict));
  const said = [...of('stopped'), ...of('trimmed', 'raised')];
  return (
    <>
      {said.length === 0 ? (
        <p>Nothing stopped it, and nothing changed its size here.</p>
      ) : (
        <Rows rows={said} />
      )}
      <Folded title="passed" rows={of('passed')}>
        <Rows rows={of('passed')} />
      </Folded>
      <Folded title="not reached" rows={of('notReached')}>
        <NameList rows={of('notReached')} />
      </Folded>
      <Folded title="do not apply" rows={of('doesNotApply')}>
        <NameList rows={of('doesNotApply')} />
      </Folded>
    </>
  );
}

function Folded(props: {
  readonly title: string;
  readonly rows: readonly GuardrailRow[];
  readonly children: Child;
}) {
  const { title, rows, children } = props;
  if (rows.length === 0) return null;
  return (
    <details>
      <summary>{`${rows.length} ${title}`}</summary>
      {children}
    </details>
  );
}

/** What was not looked at has no value, as a rule: a list of names is enough. */
function NameList({ rows }: { readonly rows: readonly GuardrailRow[] }) {
  return (
    <ul class="muted">
      {rows.map(({ guardrail, measure }) => {
        const { value, limit } = measureText(measure);
        const seen = measure === null ? '' : `: ${value}, ${limit}`;
        return <li>{`${GUARDRAIL_LABELS[guardrail]}${seen}`}</li>;
      })}
    </ul>
  );
}

function Rows({ rows }: { readonly rows: readonly GuardrailRow[] }) {
  return (
    <table class="guards">
      <thead>
        <tr>
          <th>Guard</th>
          <th class="number">Value</th>
          <th class="number">Limit</th>
          <th>Verdict</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Row row={row} />
        ))}
      </tbody>
    </table>
  );
}

const TONES = { stopped: 'bad', passed: 'good' } as const;

function Row({ row }: { readonly row: GuardrailRow }) {
  const { value, limit } = measureText(row.measure);
  const tone = row.verdict === 'stopped' || row.verdict === 'passed' ? TONES[row.verdict] : 'skip';
  return (
    <tr class={row.verdict === 'stopped' ? 'stopped' : undefined}>
      <td data-label="Guard">{GUARDRAIL_LABELS[row.guardrail]}</td>
      <td data-label="Value" class="number">
        {value}
      </td>
      <td data-label="Limit" class="number">
        {limit}
      </td>
      <td data-label="Verdict">
        <span class={`badge ${tone}`}>{VERDICT_LABELS[row.verdict]}</span>
        {row.verdict === 'stopped' ? (
          <>
            {' '}
            <small>
              {REASON_LABELS[row.reason]} <code>{row.reason}</code>
            </small>
          </>
        ) : null}
      </td>
    </tr>
  );
}

/** Value and limit as people read them, exact where rounding would make two different amounts look equal. */
export function measureText(measure: Measure | null): { readonly value: string; readonly limit: string } {
  if (measure === null) return { value: UNKNOWN, limit: UNKNOWN };
  const yes = (answer: boolean): string => (answer ? 'yes' : 'no');
  switch (measure.unit) {
    case 'yesNo':
      return { value: yes(measure.value), limit: `must be ${yes(measure.limit)}` };
    case 'ms':
      return bounded(measure, formatSignedDuration, (ms) => `${ms} ms`);
    case 'price':
      return bounded(measure, formatCents, formatCents);
    case 'shares':
      return bounded(measure, formatShares, formatMicros);
    case 'cash': {
      const { value, limit } = bounded(measure, formatUsd, exactUsd);
      return {
        value,
        limit: measure.limitBps === null ? limit : `${limit} (${formatPercent(measure.limitBps)})`,
      };
    }
  }
}

function bounded<T extends bigint | number>(
  {
    bound,
    value,
    limit,
  }: { readonly bound: keyof typeof BOUND_LABELS; readonly value: T | null; readonly limit: T },
  rounded: (amount: T) => string,
  exact: (amount: T) => string,
): { readonly value: string; readonly limit: string } {
  const alike = value !== null && value !== limit && rounded(value) === rounded(limit);
  const text = alike ? exact : rounded;
  return { value: value === null ? UNKNOWN : text(value), limit: `${BOUND_LABELS[bound]} ${text(limit)}` };
}

function exactUsd(micros: bigint): string {
  return micros < 0n ? `-$${formatMicros(-micros)}` : `$${formatMicros(micros)}`;
}

/** A time to an event that has passed is below zero, and so is an age by a clock that runs ahead. */
function formatSignedDuration(ms: number): string {
  return ms < 0 ? `-${formatDuration(-ms)}` : formatDuration(ms);
}
