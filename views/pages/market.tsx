/** One market: its books now, what both wallets hold of it, what was decided on it, and what leaders did. */
import type { Book } from '../../domain/market/book.ts';
import { BestLevels } from '../attempt/book-levels.tsx';
import { Document } from '../frame/layout.tsx';
import { Time } from '../frame/time.tsx';
import type { AttemptView, FillView, Frame, MarkedPositionView, Names, OutcomeView } from '../models.ts';
import { PositionsTable } from '../portfolio/positions.tsx';
import { Tile } from '../portfolio/wallet-figures.tsx';
import { BestPrices, Depth, MarketBadge, spreadOf, stateOfMarket } from '../tables/market-now.tsx';
import { AttemptsTable, FillsTable } from '../tables/trade-tables.tsx';
import { formatCents, formatDuration, formatUsd, UNKNOWN } from '../words/format.ts';
import { BlacklistButtons, type MarketLineView } from './markets.tsx';

export interface MarketPageView {
  readonly frame: Frame;
  readonly market: Pick<MarketLineView, 'conditionId' | 'outcomes' | 'blacklisted'>;
  /** By token id; null where none was to be had. */
  readonly books: ReadonlyMap<string, Book | null>;
  readonly paper: readonly MarkedPositionView[];
  readonly live: readonly MarkedPositionView[];
  readonly paperAttempts: readonly AttemptView[];
  readonly liveAttempts: readonly AttemptView[];
  readonly fills: readonly FillView[];
  readonly names: Names;
  readonly commandId: string;
}

export function MarketPage({ view }: { readonly view: MarketPageView }) {
  const { market, names } = view;
  const { outcomes, conditionId } = market;
  const [first] = outcomes;
  const title = first?.title ?? 'A market that is not known yet';
  return (
    <Document title={title} frame={view.frame} path="/markets">
      <section class="card">
        <p>
          <MarketBadge state={stateOfMarket(outcomes)} /> Closes <Time ms={first?.closeAtMs} /> · tick{' '}
          {formatCents(first?.tickPriceMicros)} · <code>{conditionId}</code>
          {first === undefined || first.slug === '' ? null : (
            <>
              {' '}
              ·{' '}
              <a href={`https://polymarket.com/market/${encodeURIComponent(first.slug)}`} rel="noreferrer">
                at Polymarket
              </a>
            </>
          )}
        </p>
        <BlacklistButtons market={market} commandId={view.commandId} back={`/markets/${conditionId}`} />
      </section>
      <div class="columns">
        {outcomes.map((outcome) => (
          <OutcomeBook
            outcome={outcome}
            book={view.books.get(outcome.tokenId) ?? null}
            nowMs={view.frame.nowMs}
          />
        ))}
      </div>
      <section class="card">
        <h2>Paper positions</h2>
        <PositionsTable positions={view.paper} names={names} />
      </section>
      <section class="card">
        <h2>Live positions, as the ledger explains them</h2>
        <PositionsTable positions={view.live} names={names} />
      </section>
      <section class="card">
        <h2>Latest paper decisions</h2>
        <AttemptsTable attempts={view.paperAttempts} names={names} />
      </section>
      <section class="card">
        <h2>Latest live decisions</h2>
        <AttemptsTable attempts={view.liveAttempts} names={names} />
      </section>
      <section class="card">
        <h2>Latest leader trades</h2>
        <FillsTable fills={view.fills} names={names} />
      </section>
    </Document>
  );
}

function OutcomeBook(props: {
  readonly outcome: OutcomeView;
  readonly book: Book | null;
  readonly nowMs: number;
}) {
  const { outcome, book, nowMs } = props;
  const payout = outcome.payoutPriceMicros;
  return (
    <section class="card">
      <h2>{outcome.outcome}</h2>
      {payout === null ? null : <p class="note">Resolved: a share pays {formatUsd(payout)}.</p>}
      <dl class="tiles">
        <div>
          <dt>Bid / ask</dt>
          <dd>
            <BestPrices book={book} />
          </dd>
        </div>
        <Tile label="Spread" value={formatCents(spreadOf(book))} />
        <div>
          <dt>Depth</dt>
          <dd>
            <Depth book={book} />
          </dd>
        </div>
        <Tile label="Age of the book" value={book === null ? UNKNOWN : formatDuration(nowMs - book.asOfMs)} />
      </dl>
      {book === null ? <p class="empty">No book is to be had now.</p> : <BestLevels book={book} />}
    </section>
  );
}
