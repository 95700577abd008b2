/** Every leader fill, and what became of it. */

import { Document, Live } from '../frame/layout.tsx';
import type { FillView, Frame, Names } from '../models.ts';
import { ExportLinks } from '../tables/export-links.tsx';
import {
  addressOf,
  FilterForm,
  type FilterValues,
  LeaderFilter,
  Paging,
  type PagingView,
  TextFilter,
} from '../tables/filters.tsx';
import { FillsTable } from '../tables/trade-tables.tsx';

export interface TradesView {
  readonly frame: Frame;
  readonly fills: readonly FillView[];
  readonly names: Names;
  readonly filters: FilterValues;
  readonly paging: PagingView;
}

export function TradesPage({ view }: { readonly view: TradesView }) {
  const { names, filters } = view;
  return (
    <Document title="Trades" frame={view.frame} path="/trades">
      <FilterForm action="/trades">
        <LeaderFilter names={names} value={filters.leader} />
        <TextFilter name="market" label="Market" type="search" value={filters.market} />
        <TextFilter name="from" label="From (UTC)" type="date" value={filters.from} />
        <TextFilter name="to" label="To (UTC)" type="date" value={filters.to} />
      </FilterForm>
      {view.paging.firstPage ? <TradesLive view={view} /> : <FillsTable fills={view.fills} names={names} />}
      <Paging paging={view.paging} />
      <ExportLinks name="leader-trades" filters={filters} />
    </Document>
  );
}

/** The first page moves. Polled. */
export function TradesLive({ view }: { readonly view: Pick<TradesView, 'fills' | 'names' | 'filters'> }) {
  return (
    <Live id="trades" src={addressOf('/part/trades', view.filters)} on={['trades', 'paper']}>
      <FillsTable fills={view.fills} names={view.names} />
    </Live>
  );
}
