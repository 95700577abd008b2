/** The rows of a Wallet's positions: their table, and what a row says of shares, cost and mark. PortfolioStore owns them. */
import type { ConditionId, SliceOwner, TokenId, TradingMode } from '../../domain/ids.ts';
import { MARK_RULES, type Mark, marked } from '../../domain/market/mark.ts';
import { cash, type PriceMicros, price, shares } from '../../domain/money.ts';
import type { PricedPosition } from '../../domain/portfolio/worth.ts';
import { conditionOf, ownerOf, tokenOf } from '../platform/id-columns.ts';
import { integer, micros, type ObjectStorage, type SqlRow } from '../platform/ports.ts';
import type { WalletKeyValue } from './keys.ts';

export interface HeldPosition extends PricedPosition {
  readonly leaderAddress: SliceOwner;
  readonly tokenId: TokenId;
  readonly conditionId: ConditionId;
  /** When the mark was current; zero before the first. */
  readonly markedAtMs: number;
  readonly revision: number;
}

/** What the feed or a decision saw of a token's price. */
export interface Marking {
  readonly mark: Mark;
  /** The best bid, zero where nobody bids; null if no book gave the mark. */
  readonly bidPriceMicros: PriceMicros | null;
  /** The market has ended and has no result yet. */
  readonly ended: boolean;
}

/** On paper no position can be short. Live, the venue decides what happened, and a leader's slice may be. */
const POSITION_TABLES = { PAPER: 'position', LIVE: 'live_position' } as const;
const SHARES_CHECKS = { PAPER: 'CHECK (shares >= 0)', LIVE: '' } as const;

/** Columns that releases before A49 did not have: which rule gave the mark, the bid beside it, and the last good mark. */
const MARK_COLUMNS = [
  'mark_rule TEXT',
  'bid INTEGER',
  'good_mark INTEGER',
  'good_at INTEGER',
  'ended INTEGER',
];

/** The table of the mode's positions, made if it is not there. */
export function positionTable(mode: TradingMode, storage: ObjectStorage, kv: WalletKeyValue): string {
  const table = POSITION_TABLES[mode];
  for (const statement of schemaOf(mode)) storage.rows(statement);
  if (kv.get(`markColumns:${mode}`) === undefined) {
    for (const column of MARK_COLUMNS) storage.rows(`ALTER TABLE ${table} ADD COLUMN ${column}`);
    kv.put(`markColumns:${mode}`, 1);
  }
  return table;
}

const schemaOf = (mode: TradingMode): readonly string[] => [
  `CREATE TABLE IF NOT EXISTS ${POSITION_TABLES[mode]} (
     leader TEXT NOT NULL, token TEXT NOT NULL, condition TEXT NOT NULL,
     shares INTEGER NOT NULL ${SHARES_CHECKS[mode]}, cost INTEGER NOT NULL, realised INTEGER NOT NULL,
     mark INTEGER, marked_at INTEGER NOT NULL, revision INTEGER NOT NULL,
     PRIMARY KEY (leader, token)) STRICT, WITHOUT ROWID`,
  `CREATE INDEX IF NOT EXISTS ${POSITION_TABLES[mode]}_open ON ${POSITION_TABLES[mode]} (leader, token) WHERE shares <> 0`,
];

export function positionOf(row: SqlRow): HeldPosition {
  const mark = markIn(row);
  return {
    leaderAddress: ownerOf(row, 'leader'),
    tokenId: tokenOf(row, 'token'),
    conditionId: conditionOf(row, 'condition'),
    shareMicros: shares(micros(row, 'shares')),
    costMicros: cash(micros(row, 'cost')),
    realisedMicros: cash(micros(row, 'realised')),
    markPriceMicros: mark?.priceMicros ?? null,
    mark,
    bidPriceMicros: priceOrNull(row, 'bid'),
    ended: row.ended === 1,
    markedAtMs: integer(row, 'marked_at'),
    revision: integer(row, 'revision'),
  };
}

/** A mark that an older release stored without its rule is not good: the next minute replaces it. */
function markIn(row: SqlRow): Mark | null {
  const priceMicros = priceOrNull(row, 'mark');
  if (priceMicros === null) return null;
  const rule = MARK_RULES.find((known) => known === row.mark_rule) ?? 'STALE';
  return marked(priceMicros, rule, integer(row, 'marked_at'));
}

function priceOrNull(row: SqlRow, column: string): PriceMicros | null {
  return row[column] === null ? null : price(micros(row, column));
}
