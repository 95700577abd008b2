/** Every copy attempt on paper with its reasons: filters and paging over the whole table. */
import type { CopyStats } from '../../domain/records/copy-stats-record.ts';
import { Document, Live } from '../frame/layout.tsx';
import type { AttemptView, Frame, Names } from '../models.ts';
import { CopyQuality, QUALITY_DAYS } from '../portfolio/copy-quality.tsx';
import { ExportLinks } from '../tables/export-links.tsx';
import {
  addressOf,
  FilterForm,
  type FilterValues,
  LeaderFilter,
  Paging,
  type PagingView,
  SelectFilter,
  TextFilter,
} from '../tables/filters.tsx';
import { AttemptsTable } from '../tables/trade-tables.tsx';
import { DECISION_LABELS, REASON_LABELS, SOURCE_TYPE_LABELS } from '../words/labels.ts';

export interface PaperTradesView {
  readonly frame: Frame;
  /** Of the leader that is chosen, else of the whole Wallet. */
  readonly quality: CopyStats;
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
      <details class="card">
        <summary>How well it copies, last {String(QUALITY_DAYS)} days</summary>
        <CopyQuality stats={view.quality} />
      </details>
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
    <Live id="paper-trades" src={addressOf('/part/paper-trades', view.filters)} on={['paper']}>
      <AttemptsTable attempts={view.attempts} names={view.names} />
    </Live>
  );
}
