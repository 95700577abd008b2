/** The best levels of both sides of a book, beside each other. */
import type { Book, Level } from '../../domain/market/book.ts';
import { formatCents, formatShares } from '../words/format.ts';

const LEVELS_SHOWN_MAX = 5;

export function BestLevels({ book }: { readonly book: Pick<Book, 'bids' | 'asks'> }) {
  const depth = Math.min(LEVELS_SHOWN_MAX, Math.max(book.bids.length, book.asks.length));
  if (depth === 0) return <p class="empty">The book is empty.</p>;
  const levels = Array.from({ length: depth }, (_, index) => [book.bids[index], book.asks[index]] as const);
  return <Levels levels={levels} />;
}

function Levels(props: { readonly levels: readonly (readonly [Level | undefined, Level | undefined])[] }) {
  return (
    <table class="compact">
      <thead>
        <tr>
          <th class="number">Bid shares</th>
          <th class="number">Bid</th>
          <th class="number">Ask</th>
          <th class="number">Ask shares</th>
        </tr>
      </thead>
      <tbody>
        {props.levels.map(([bid, ask]) => (
          <tr>
            <td data-label="Bid shares" class="number">
              {formatShares(bid?.shareMicros)}
            </td>
            <td data-label="Bid" class="number buy">
              {formatCents(bid?.priceMicros)}
            </td>
            <td data-label="Ask" class="number sell">
              {formatCents(ask?.priceMicros)}
            </td>
            <td data-label="Ask shares" class="number">
              {formatShares(ask?.shareMicros)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
