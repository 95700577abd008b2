/** Tables of deals (trades, attempts, orders, fills), one row each, and the columns that they have in common. */
import type { Child } from 'hono/jsx';
import { EXTERNAL_LEADER, type Side } from '../../domain/ids.ts';
import type { Names } from '../models.ts';
import { formatAddress, formatCents, formatShares, formatUsd, UNKNOWN } from '../words/format.ts';

export interface Column<Row> {
  readonly heading: string;
  /** What narrow screens show before the cell; the heading where it is left out. */
  readonly label?: string;
  readonly isNumber?: boolean;
  cell(row: Row): Child;
  /** The class of the cell where it differs from row to row. */
  className?(row: Row): string;
}

export function DealTable<Row>(props: {
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
}) {
  const { rows, columns } = props;
  return (
    <table>
      <thead>
        <tr>
          {columns.map(({ heading, isNumber }) => (
            <th class={isNumber ? 'number' : undefined}>{heading}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr>
            {columns.map((column) => (
              <td
                data-label={column.label ?? column.heading}
                class={column.isNumber ? 'number' : column.className?.(row)}
              >
                {column.cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface Whose {
  readonly leaderAddress: string;
  readonly tokenId: string;
  readonly conditionId: string;
  readonly side: Side;
}

/** Whose deal it is, in which market, which side. */
export function whoseColumns(names: Names): readonly Column<Whose>[] {
  return [
    { heading: 'Leader', cell: (deal) => <LeaderName names={names} address={deal.leaderAddress} /> },
    {
      heading: 'Market',
      cell: (deal) => <MarketName names={names} tokenId={deal.tokenId} conditionId={deal.conditionId} />,
    },
    {
      heading: 'Side',
      className: ({ side }) => (side === 'BUY' ? 'buy' : 'sell'),
      cell: ({ side }) => side,
    },
  ];
}

interface Traded {
  readonly shareMicros: bigint;
  readonly priceMicros: bigint;
  readonly notionalMicros: bigint;
}

/** What was traded: shares, price, amount. */
export const AMOUNT_COLUMNS: readonly Column<Traded>[] = [
  { heading: 'Shares', isNumber: true, cell: (deal) => formatShares(deal.shareMicros) },
  { heading: 'Price', isNumber: true, cell: (deal) => formatCents(deal.priceMicros) },
  { heading: 'Amount', isNumber: true, cell: (deal) => formatUsd(deal.notionalMicros) },
];

export function LeaderName({ names, address }: { readonly names: Names; readonly address: string }) {
  if (address === '') return <span>{UNKNOWN}</span>;
  if (address === EXTERNAL_LEADER) return <span class="badge skip">EXTERNAL</span>;
  return (
    <a href={`/users/${address}`} title={address} class="plain">
      {names.leaders.get(address) ?? formatAddress(address)}
    </a>
  );
}

/** Titles are hostile: they are only ever text. */
export function MarketName(props: {
  readonly names: Names;
  readonly tokenId: string;
  /** Where it is known, the name leads to the market's page. */
  readonly conditionId?: string;
}) {
  const { names, tokenId, conditionId = '' } = props;
  const market = names.markets.get(tokenId);
  const title = market?.title ?? `Token ${formatAddress(tokenId)}`;
  return (
    <span title={tokenId}>
      {conditionId === '' ? (
        title
      ) : (
        <a href={`/markets/${conditionId}`} class="plain">
          {title}
        </a>
      )}{' '}
      {market === undefined ? null : <span class="outcome">{market.outcome}</span>}
    </span>
  );
}
