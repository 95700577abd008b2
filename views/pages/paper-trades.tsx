/** Every copy attempt on paper with its reasons: filters and paging over the whole table; one attempt with its facts. */
import {
  formatCents,
  formatDuration,
  formatPercent,
  formatShares,
  formatTime,
  formatUsd,
} from '../format.ts';
import { ExportLinks } from '../fragments/export-links.tsx';
import {
  addressOf,
  FilterForm,
  type FilterValues,
  LeaderFilter,
  Paging,
  type PagingView,
  SelectFilter,
  TextFilter,
} from '../fragments/filters.tsx';
import {
  AttemptOutcome,
  AttemptsTable,
  Clamps,
  LeaderName,
  MarketName,
  slippage,
} from '../fragments/trade-tables.tsx';
import { DECISION_LABELS, REASON_LABELS, SOURCE_TYPE_LABELS } from '../labels.ts';
import { Document, Live } from '../layout.tsx';
import type { AttemptView, Frame, Names } from '../models.ts';

export interface PaperTradesView {
  readonly frame: Frame;
  readonly attempts: readonly AttemptView[];
  readonly names: Names;
  readonly filters: FilterValues;
  readonly paging: PagingView;
}

export function PaperTradesPage({ view }: { readonly view: PaperTradesView }) {
  const { names, filters } = view;
  return (
    <Document title="Paper Trades" frame={view.frame} path="/paper-trades">
      <FilterForm action="/paper-trades">
        <LeaderFilter names={names} value={filters.leader} />
        <SelectFilter
          name="decision"
          label="Decision"
          value={filters.decision}
          options={{ EXECUTE: DECISION_LABELS.EXECUTE, SKIP: DECISION_LABELS.SKIP }}
        />
        <SelectFilter name="reason" label="Reason" value={filters.reason} options={REASON_LABELS} />
        <SelectFilter name="source" label="Source" value={filters.source} options={SOURCE_TYPE_LABELS} />
        <TextFilter name="market" label="Market" type="search" value={filters.market} />
        <TextFilter name="from" label="From (UTC)" type="date" value={filters.from} />
        <TextFilter name="to" label="To (UTC)" type="date" value={filters.to} />
      </FilterForm>
      {view.paging.firstPage ? (
        <PaperTradesLive view={view} />
      ) : (
        <AttemptsTable attempts={view.attempts} names={names} />
      )}
      <Paging paging={view.paging} />
      <ExportLinks name="attempts" filters={filters} mode="PAPER" />
    </Document>
  );
}

/** The first page moves. Polled. */
export function PaperTradesLive({
  view,
}: {
  readonly view: Pick<PaperTradesView, 'attempts' | 'names' | 'filters'>;
}) {
  return (
    <Live id="paper-trades" src={addressOf('/live/paper-trades', view.filters)} on={['paper']}>
      <AttemptsTable attempts={view.attempts} names={view.names} />
    </Live>
  );
}

export interface AttemptPageView {
  readonly frame: Frame;
  readonly attempt: AttemptView;
  readonly names: Names;
  /** As stored; '' once pruned. */
  readonly facts: string;
}

/** What a decision was made from and came to, line by line. */
export function attemptRows(attempt: AttemptView): readonly (readonly [label: string, value: string])[] {
  return [
    ['Leader traded', `${formatTime(attempt.leaderEventAtMs)} UTC`],
    ['Seen after', formatDuration(attempt.detectedAtMs - attempt.leaderEventAtMs)],
    ['Decided after', formatDuration(attempt.decidedAtMs - attempt.leaderEventAtMs)],
    ['Source', `${SOURCE_TYPE_LABELS[attempt.sourceType]}, ${attempt.fillCount} leader fills`],
    ['Leader’s amount', formatUsd(attempt.leaderNotionalMicros)],
    ['Leader’s price', formatCents(attempt.referencePriceMicros)],
    ['Rate', formatPercent(attempt.effectiveRateBps)],
    [
      'Target',
      `${formatUsd(attempt.targetNotionalMicros)}, ${formatShares(attempt.targetShareMicros)} shares`,
    ],
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

export function AttemptPage({ view: { frame, attempt, names, facts } }: { readonly view: AttemptPageView }) {
  return (
    <Document title="Copy attempt" frame={frame} path="/paper-trades">
      <section class="card">
        <p>
          {attempt.side} <MarketName names={names} tokenId={attempt.tokenId} />, after{' '}
          <LeaderName names={names} address={attempt.leaderAddress} />
        </p>
        <p>
          <AttemptOutcome attempt={attempt} /> <Clamps attempt={attempt} />
        </p>
        <dl class="facts">
          {attemptRows(attempt).map(([label, value]) => (
            <div>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
        <details>
          <summary>Facts that the decision saw</summary>
          <pre>{facts === '' ? 'No longer kept: facts are kept for 90 days.' : facts}</pre>
        </details>
      </section>
    </Document>
  );
}
