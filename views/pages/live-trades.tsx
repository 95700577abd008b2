/** Live Trades: the state of live trading, its switches, and every order, fill, skip and wait of the live Wallet. */
import type { Child } from 'hono/jsx';
import type { FormState } from '../frame/forms.tsx';
import { Document, Live } from '../frame/layout.tsx';
import type { LiveCheckView } from '../live/live-check.tsx';
import { LiveStatusPanel, type LiveStatusView } from '../live/live-status.tsx';
import { LeaderSwitches, LiveSwitch, type LiveSwitchView } from '../live/live-switches.tsx';
import { LiveFillsTable, OrdersTable } from '../live/live-tables.tsx';
import { RealPositions, type RealPositionView } from '../live/real-positions.tsx';
import type { AttemptView, Frame, LiveFillView, LiveOrderView, Names, UserView } from '../models.ts';
import { PositionPages } from '../portfolio/position-pages.tsx';
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
import { ORDER_STATE_LABELS, REASON_LABELS, SOURCE_TYPE_LABELS } from '../words/labels.ts';

/** What the list shows; each is a tab with filters of its own. */
export const LIVE_LISTS = ['orders', 'fills', 'skipped', 'waiting', 'copies', 'positions'] as const;
export type LiveListName = (typeof LIVE_LISTS)[number];
/** The lists that are attempts, each of one decision. */
export const LIST_DECISIONS = { skipped: 'SKIP', waiting: 'WAIT', copies: 'EXECUTE' } as const;

export type LiveList =
  | { readonly name: 'orders'; readonly orders: readonly LiveOrderView[] }
  | { readonly name: 'fills'; readonly fills: readonly LiveFillView[] }
  | { readonly name: 'skipped' | 'waiting' | 'copies'; readonly attempts: readonly AttemptView[] }
  | {
      readonly name: 'positions';
      readonly positions: readonly RealPositionView[];
      readonly page: number;
      readonly pages: number;
    };

export interface LiveTradesView {
  readonly frame: Frame;
  readonly status: LiveStatusView;
  readonly live: LiveSwitchView;
  readonly checks: LiveCheckView;
  readonly users: readonly UserView['user'][];
  readonly list: LiveList;
  readonly names: Names;
  readonly filters: FilterValues;
  readonly paging: PagingView;
  readonly form: FormState;
  readonly commandId: string;
}

const TABS = [
  ['/live-trades?list=orders', 'Orders'],
  ['/live-trades?list=fills', 'Fills'],
  ['/live-trades?list=skipped', 'Skipped'],
  ['/live-trades?list=orders&state=REJECTED', 'Rejected'],
  ['/live-trades?list=waiting', 'Waiting'],
  ['/live-trades?list=copies', 'Copies'],
  ['/live-trades?list=positions', 'Positions'],
] as const;

export function LiveTradesPage({ view }: { readonly view: LiveTradesView }) {
  const { frame, commandId, list } = view;
  const here = `/live-trades?list=${list.name}${view.filters.state === 'REJECTED' ? '&state=REJECTED' : ''}`;
  return (
    <Document title="Live Trades" frame={frame} path="/live-trades">
      <LiveStatus view={view.status} />
      <LiveSwitch view={view.live} form={view.form} checks={view.checks} commandId={commandId} />
      <LeaderSwitches users={view.users} frame={frame} commandId={commandId} />
      <nav class="ranges" aria-label="Which list">
        {TABS.map(([href, label]) => (
          <a href={href} aria-current={href === here ? 'true' : undefined}>
            {label}
          </a>
        ))}
      </nav>
      {list.name === 'positions' ? null : <Filters view={view} />}
      {view.paging.firstPage ? <LiveTradesList view={view} /> : <ListTable view={view} />}
      {list.name === 'positions' ? null : <Paging paging={view.paging} />}
      <ListExport list={list.name} filters={view.filters} />
      <ExportLinks name="ledger" mode="LIVE" what="the whole live ledger" />
    </Document>
  );
}

/** The status panel. Polled on its own, so that it moves whatever list is looked at. */
export function LiveStatus({ view }: { readonly view: LiveStatusView }) {
  return (
    <Live id="live-status" src="/part/live-status" on={['switches']} everySeconds={60}>
      <LiveStatusPanel view={view} />
    </Live>
  );
}

/** The first page of a list moves. Polled. */
export function LiveTradesList({
  view,
}: {
  readonly view: Pick<LiveTradesView, 'list' | 'names' | 'filters'>;
}) {
  return (
    <Live
      id="live-trades"
      src={addressOf('/part/live-trades', { ...view.filters, list: view.list.name, ...pageOf(view.list) })}
      on={['live']}
      everySeconds={120}
    >
      <ListTable view={view} />
    </Live>
  );
}

/** The page of a list that is not paged by key. */
function pageOf(list: LiveList): FilterValues {
  return list.name === 'positions' ? { page: String(list.page) } : {};
}

function ListTable({ view: { list, names } }: { readonly view: Pick<LiveTradesView, 'list' | 'names'> }) {
  switch (list.name) {
    case 'orders':
      return <OrdersTable orders={list.orders} names={names} />;
    case 'fills':
      return <LiveFillsTable fills={list.fills} names={names} />;
    case 'positions':
      return (
        <>
          <RealPositions positions={list.positions} names={names} />
          <PositionPages path="/live-trades?list=positions" page={list.page} pages={list.pages} />
        </>
      );
    default:
      return <AttemptsTable attempts={list.attempts} names={names} />;
  }
}

function Filters({ view }: { readonly view: LiveTradesView }) {
  const { filters, names, list } = view;
  return (
    <FilterForm action="/live-trades">
      <input type="hidden" name="list" value={list.name} />
      <LeaderFilter names={names} value={filters.leader} />
      <OwnFilters list={list.name} filters={filters} />
      <TextFilter name="market" label="Market" type="search" value={filters.market} />
      <TextFilter name="from" label="From (UTC)" type="date" value={filters.from} />
      <TextFilter name="to" label="To (UTC)" type="date" value={filters.to} />
    </FilterForm>
  );
}

/** The tab's own table, in the tab's filter. */
function ListExport(props: { readonly list: LiveListName; readonly filters: FilterValues }): Child {
  const { list, filters } = props;
  switch (list) {
    case 'orders':
      return <ExportLinks name="live-orders" filters={filters} />;
    case 'fills':
      return <ExportLinks name="live-fills" filters={filters} />;
    case 'positions':
      return (
        <>
          <ExportLinks name="venue-positions" filters={{ closed: '0' }} what="what the venue holds for us" />
          <ExportLinks name="positions" mode="LIVE" what="what the ledger holds, by leader" />
        </>
      );
    default:
      return (
        <ExportLinks name="attempts" filters={{ ...filters, decision: LIST_DECISIONS[list] }} mode="LIVE" />
      );
  }
}

function OwnFilters(props: { readonly list: LiveListName; readonly filters: FilterValues }): Child {
  const { list, filters } = props;
  if (list === 'orders') {
    const kinds = { real: 'Placed', shadow: 'Shadow' };
    return (
      <>
        <SelectFilter name="state" label="State" value={filters.state} options={ORDER_STATE_LABELS} />
        <SelectFilter name="kind" label="Kind" value={filters.kind} options={kinds} />
      </>
    );
  }
  if (list === 'fills') {
    const origins = { APP: 'Ours', EXTERNAL: 'From outside' };
    return <SelectFilter name="origin" label="Origin" value={filters.origin} options={origins} />;
  }
  return (
    <>
      <SelectFilter name="reason" label="Reason" value={filters.reason} options={REASON_LABELS} />
      <SelectFilter name="source" label="Source" value={filters.source} options={SOURCE_TYPE_LABELS} />
    </>
  );
}
