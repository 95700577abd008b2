/** Markets: where both wallets are exposed, when they close, what their books offer now, and which are never bought. */

import type { TradingMode } from '../../domain/ids.ts';
import type { Book } from '../../domain/market/book.ts';
import { CommandId, FormErrors, type FormState } from '../frame/forms.tsx';
import { Document } from '../frame/layout.tsx';
import { Time } from '../frame/time.tsx';
import type { Frame, OutcomeView } from '../models.ts';
import { ExportLinks } from '../tables/export-links.tsx';
import { FilterForm, SelectFilter, TextFilter } from '../tables/filters.tsx';
import { Depth, MARKET_STATE_LABELS, MarketBadge, spreadOf, stateOfMarket } from '../tables/market-now.tsx';
import { formatAddress, formatCents, formatUsd } from '../words/format.ts';

export interface MarketLineView {
  readonly conditionId: string;
  readonly outcomes: readonly OutcomeView[];
  /** At mark, or at cost without one. */
  readonly exposure: Readonly<Record<TradingMode, bigint>>;
  readonly positions: number;
  /** Never bought in these modes. */
  readonly blacklisted: readonly TradingMode[];
  /** Of the first outcome; null when it is not watched. */
  readonly book: Book | null;
}

export interface MarketsView {
  readonly frame: Frame;
  readonly markets: readonly MarketLineView[];
  readonly search: string;
  readonly state: string;
  /** There are more than are listed. */
  readonly cut: boolean;
  readonly form: FormState;
  readonly commandId: string;
}

export const STATE_FILTERS = { ...MARKET_STATE_LABELS, BLACKLISTED: 'On a blacklist' } as const;

export function MarketsPage({ view }: { readonly view: MarketsView }) {
  const { markets, search, state } = view;
  return (
    <Document title="Markets" frame={view.frame} path="/markets">
      <FilterForm action="/markets">
        <TextFilter name="q" label="Title, or condition id" type="search" value={search} />
        <SelectFilter name="state" label="State" value={state} options={STATE_FILTERS} />
      </FilterForm>
      <FormErrors state={view.form} />
      <section class="card">
        <h2>{search === '' ? 'Held or on a blacklist' : 'Found'}</h2>
        {view.cut ? <p class="note">There are more markets than are listed here: search by title.</p> : null}
        {markets.length === 0 ? <p class="empty">{emptyText(view)}</p> : <MarketsTable view={view} />}
      </section>
      <p class="note">
        A market on a blacklist is never bought; what is held of it is still sold when its leader sells.
        Spread and depth are those of the first outcome, as the feed has them this moment; a dash where its
        book is not watched.
      </p>
      <ExportLinks name="markets" what="markets that leaders traded" />
    </Document>
  );
}

function emptyText({ search, state }: MarketsView): string {
  if (search !== '') return 'No market that was ever traded by a leader of yours has such a title.';
  return state === ''
    ? 'Nothing is held, and no market is on a blacklist.'
    : 'None of these markets is in that state.';
}

function MarketsTable({ view }: { readonly view: MarketsView }) {
  return (
    <table>
      <thead>
        <tr>
          <th>Market</th>
          <th>State</th>
          <th class="number">Paper</th>
          <th class="number">Live</th>
          <th class="number">Positions</th>
          <th>Closes</th>
          <th class="number">Spread</th>
          <th class="number">Depth</th>
          <th>Blacklist</th>
        </tr>
      </thead>
      <tbody>
        {view.markets.map((market) => (
          <MarketLine market={market} commandId={view.commandId} />
        ))}
      </tbody>
    </table>
  );
}

function MarketLine({ market, commandId }: { readonly market: MarketLineView; readonly commandId: string }) {
  const { conditionId, outcomes, exposure, book } = market;
  const [first] = outcomes;
  return (
    <tr>
      <td data-label="Market">
        <a href={`/markets/${conditionId}`}>{first?.title ?? formatAddress(conditionId)}</a>
      </td>
      <td data-label="State">
        <MarketBadge state={stateOfMarket(outcomes)} />
      </td>
      <td data-label="Paper" class="number">
        {formatUsd(exposure.PAPER)}
      </td>
      <td data-label="Live" class="number">
        {formatUsd(exposure.LIVE)}
      </td>
      <td data-label="Positions" class="number">
        {String(market.positions)}
      </td>
      <td data-label="Closes">
        <Time ms={first?.closeAtMs} />
      </td>
      <td data-label="Spread" class="number">
        {formatCents(spreadOf(book))}
      </td>
      <td data-label="Depth" class="number">
        <Depth book={book} />
      </td>
      <td data-label="Blacklist">
        <BlacklistButtons market={market} commandId={commandId} back="/markets" />
      </td>
    </tr>
  );
}

const MODES = { PAPER: 'paper', LIVE: 'live' } as const satisfies Record<TradingMode, string>;

/** One button for each Wallet: the safe direction is as easy as the other. */
export function BlacklistButtons(props: {
  readonly market: Pick<MarketLineView, 'conditionId' | 'outcomes' | 'blacklisted'>;
  readonly commandId: string;
  readonly back: string;
}) {
  const { market, commandId, back } = props;
  const title = market.outcomes[0]?.title ?? market.conditionId;
  return (
    <div class="small actions">
      {(['PAPER', 'LIVE'] as const).map((mode) => {
        const listed = market.blacklisted.includes(mode);
        const label = listed ? `Allow on ${MODES[mode]}` : `Never on ${MODES[mode]}`;
        return (
          <form method="post" action="/markets/blacklist">
            <CommandId id={`${commandId}:${mode}:${market.conditionId}`} />
            <input type="hidden" name="conditionId" value={market.conditionId} />
            <input type="hidden" name="mode" value={mode} />
            <input type="hidden" name="back" value={back} />
            <button
              type="submit"
              name="listed"
              value={listed ? 'no' : 'yes'}
              class="quiet"
              aria-label={`${label}: ${title}`}
            >
              {label}
            </button>
          </form>
        );
      })}
    </div>
  );
}
