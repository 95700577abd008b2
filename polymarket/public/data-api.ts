/**
 * The Data API v2: a leader's trades, other activity and positions; resolutions of markets are in resolutions.ts. Damaged rows are refused
 * one by one (W5); a page damaged as a whole, or a failed read, throws VenueError.
 */
import type { ConditionId, LeaderAddress, TokenId } from '../../domain/ids.ts';
import type { PriceMicros, ShareMicros } from '../../domain/money.ts';
import * as z from '../../domain/zod.ts';
import { badPayload, fetchJson, type Query, type VenueHost, whereOf } from '../wire/http.ts';
import { firstProblem, objectOf, type Refusals, type Refused, refusals } from '../wire/refused.ts';
import {
  conditionIdSchema,
  labelSchema,
  optional,
  priceMicrosSchema,
  shareMicrosSchema,
  tokenIdSchema,
} from '../wire/schemas.ts';
import {
  type ActivityRow,
  isCombo,
  type LeaderRow,
  parseActivityRow,
  parseLeaderRow,
  withTodaysNames,
} from './leader-row.ts';
import { fetchResolutions, type Resolutions } from './resolutions.ts';

/** One page. It is the last only when `nextCursor` is undefined; a short or empty page is not the end. */
export interface Page<Row> {
  readonly rows: Row[];
  readonly refused: Refused[];
  readonly nextCursor: string | undefined;
}

export interface PageRequest {
  readonly user: LeaderAddress;
  /** Rows from this time on, rounded down to whole seconds. */
  readonly startMs: number;
  readonly cursor?: string | undefined;
}

export interface LeaderPosition {
  readonly tokenId: TokenId;
  readonly conditionId: ConditionId;
  /** Above zero. */
  readonly shareMicros: ShareMicros;
  /** Undefined when the venue sends none. */
  readonly avgPriceMicros: PriceMicros | undefined;
  readonly title: string;
  readonly slug: string;
  readonly outcome: string;
  /** Of the event that the market belongs to; empty where the venue names none. */
  readonly eventSlug: string;
}

export interface Positions {
  readonly positions: LeaderPosition[];
  readonly refused: Refused[];
  /**
   * Whether every token that is held is either listed or unread. False when the page limit was reached, or the token of a row
   * cannot be read: then an absent position may still be held.
   */
  readonly complete: boolean;
  /** Tokens whose rows cannot be read: held, or not, of unknown size. */
  readonly unreadTokenIds: readonly TokenId[];
}

export interface DataApi {
  listTrades(request: PageRequest): Promise<Page<LeaderRow>>;
  /** Of all types in one read: the venue may ignore a list of types (polymarket-api.md 0-). Other types are left out here. */
  listActivity(request: PageRequest): Promise<Page<ActivityRow>>;
  /** All pages, at most POSITION_PAGES_MAX. */
  listPositions(holder: string): Promise<Positions>;
  /** At most CONDITIONS_MAX conditions; those that the venue does not know are left out. */
  fetchResolutions(conditionIds: readonly ConditionId[]): Promise<Resolutions>;
  /** How long no trades and activities may be asked for yet, after the venue refused. */
  pausedMs(): number;
}

const SWEPT = ['/v2/trades', '/v2/activity'];
const TRADES_PER_PAGE = 1_000;
const POSITIONS_PER_PAGE = 500;
/** 20,000 positions, more than any leader seen; beyond that `complete` is false. */
export const POSITION_PAGES_MAX = 40;
/** Far more rows than requested: such a payload is refused whole. */
const ROWS_MAX = 10_000;

/** Reads of the Data API. Each call has a unique parameter, because the venue caches pages for five minutes per URL. */
export function createDataApi(host: VenueHost): DataApi {
  return {
    // The default taker_only hides maker trades, about half of a leader's. Every page needs the same filters.
    listTrades: ({ user, startMs, cursor }) =>
      listPage(
        host,
        '/v2/trades',
        [
          ['user', user],
          ['taker_only', 'false'],
          ['filter_amount', '0'],
          ['start', seconds(startMs)],
          ['limit', String(TRADES_PER_PAGE)],
          ['cursor', cursor],
        ],
        parseLeaderRow,
      ),
    listActivity: ({ user, startMs, cursor }) =>
      listPage(
        host,
        '/v2/activity',
        [
          ['user', user],
          ['start', seconds(startMs)],
          ['limit', String(TRADES_PER_PAGE)],
          ['cursor', cursor],
        ],
        parseActivityRow,
      ),
    listPositions: (holder) => listAllPositions(host, holder),
    fetchResolutions: (conditionIds) => fetchResolutions(host, conditionIds),
    pausedMs: () =>
      Math.max(0, ...SWEPT.map((path) => host.budget?.pausedMs(new URL(path, host.baseUrl)) ?? 0)),
  };
}

/** Nothing is held, or what is not traded on the book, which is no position to copy. */
type NoPosition = 'none';
/** A row that was refused, with its token where that can be read. */
type UnreadPosition = { readonly unread: TokenId | undefined };

type ParseRow<Row> = (value: unknown, refused: Refusals) => Row | undefined;

async function listPage<Row>(
  host: VenueHost,
  path: string,
  query: Query,
  parseRow: ParseRow<Row>,
): Promise<Page<Row>> {
  const json = await fetchJson(host, path, [...query, ['_', String(host.nowMs())]]);
  const page = parsePage(json, path, parseRow);
  if (page === undefined) throw badPayload(whereOf(host, path), 'not a page of rows');
  return page;
}

async function listAllPositions(host: VenueHost, holder: string): Promise<Positions> {
  // Keyed by token: pages have repeated rows.
  const positions = new Map<TokenId, LeaderPosition>();
  const refused: Refused[] = [];
  const unread: (TokenId | undefined)[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < POSITION_PAGES_MAX; page += 1) {
    const next: Page<LeaderPosition | NoPosition | UnreadPosition> = await listPage(
      host,
      '/v2/positions',
      [
        ['user', holder],
        ['filter_amount', '0'],
        ['limit', String(POSITIONS_PER_PAGE)],
        ['cursor', cursor],
      ],
      parsePosition,
    );
    for (const row of next.rows) {
      if (row === 'none') continue;
      if ('unread' in row) unread.push(row.unread);
      else positions.set(row.tokenId, row);
    }
    refused.push(...next.refused);
    cursor = next.nextCursor;
    if (cursor === undefined) break;
  }
  // A row that cannot be read is a position of unknown size: taken for none, it would look as if it had been sold.
  const unreadTokenIds = [...new Set(unread)].filter(
    (token): token is TokenId => token !== undefined && !positions.has(token),
  );
  const complete = cursor === undefined && !unread.includes(undefined);
  return { positions: [...positions.values()], refused, complete, unreadTokenIds };
}

/** Whole seconds, rounded down: an earlier start repeats rows, which is harmless. */
function seconds(atMs: number): string {
  return String(Math.max(0, Math.floor(atMs / 1_000)));
}

const pageSchema = z.union([
  // The bare array of the retired v1, found in older recordings.
  z.mapped(z.array(z.unknown()), (data) => ({ data, pagination: { next_cursor: undefined } })),
  z.object({
    data: z.array(z.unknown()),
    pagination: z.object({ next_cursor: optional(z.string().check(z.maxLength(4_096))) }),
  }),
]);

/** A page of rows; undefined when the payload is not a page. A damaged row is refused, the others are kept. */
export function parsePage<Row>(
  json: unknown,
  source: string,
  parseRow: ParseRow<Row>,
): Page<Row> | undefined {
  const result = pageSchema.safeParse(json);
  if (!result.success || result.data.data.length > ROWS_MAX) return undefined;
  const refused = refusals(source);
  const rows: Row[] = [];
  for (const value of result.data.data) {
    const row = parseRow(value, refused);
    if (row !== undefined) rows.push(row);
  }
  return { rows, refused: refused.list(), nextCursor: result.data.pagination.next_cursor };
}

/**
 * The venue's average is an unbounded sum of floats: above 1 and below 0 occur (polymarket-api.md 0-). Only a price is of use
 * to us, and nothing else of the row depends on it.
 */
const averagePriceSchema = z.mapped(
  z.optional(z.unknown()),
  (value): PriceMicros | undefined => priceMicrosSchema.safeParse(value).data,
);

const positionSchema = z.object({
  token_id: tokenIdSchema,
  condition_id: conditionIdSchema,
  current_size: shareMicrosSchema,
  avg_price: averagePriceSchema,
  title: labelSchema,
  slug: labelSchema,
  outcome: labelSchema,
  event_slug: labelSchema,
});

/** A held position, or none for dust of less than a micro and for a combo; with its token when the row was refused. */
export function parsePosition(
  value: unknown,
  refused: Refusals,
): LeaderPosition | NoPosition | UnreadPosition {
  const found = objectOf(value);
  const row = found === undefined ? undefined : withTodaysNames(found);
  if (row !== undefined && isCombo(row)) {
    refused.add('combo: not tradable on the book', value);
    return 'none';
  }
  const result = positionSchema.safeParse(
    row === undefined ? value : { ...row, current_size: row.current_size ?? row.size },
  );
  if (!result.success) {
    refused.add(firstProblem(result.error), value);
    return { unread: tokenIdSchema.safeParse(row?.token_id).data };
  }
  const { data } = result;
  if (data.current_size === 0n) return 'none';
  return {
    tokenId: data.token_id,
    conditionId: data.condition_id,
    shareMicros: data.current_size,
    avgPriceMicros: data.avg_price,
    title: data.title,
    slug: data.slug,
    outcome: data.outcome,
    eventSlug: data.event_slug,
  };
}
