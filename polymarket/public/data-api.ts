/**
 * The Data API v2: a leader's trades, other activity and positions, and resolutions of markets. Damaged rows are refused
 * one by one (W5); a page damaged as a whole, or a failed read, throws VenueError.
 */
import * as z from 'zod';
import { ACTIVITY_TYPES } from '../../domain/decide/reasons.ts';
import type { ConditionId, LeaderAddress, TokenId } from '../../domain/ids.ts';
import { MICROS, type PriceMicros, price, type ShareMicros } from '../../domain/money.ts';
import { badPayload, expectPayload, fetchJson, type Query, type VenueHost, whereOf } from '../wire/http.ts';
import { firstProblem, objectOf, type Refusals, type Refused, refusals } from '../wire/refused.ts';
import {
  conditionIdSchema,
  labelSchema,
  optional,
  priceMicrosSchema,
  shareMicrosSchema,
  tokenIdSchema,
  wholeSchema,
} from '../wire/schemas.ts';
import {
  type ActivityRow,
  isCombo,
  type LeaderRow,
  parseActivityRow,
  parseLeaderRow,
  withTodaysNames,
} from './leader-row.ts';

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
  readonly oppositeTokenId?: TokenId;
}

export interface Positions {
  readonly positions: LeaderPosition[];
  readonly refused: Refused[];
  /** False when the page limit was reached: then an absent position may still be held. */
  readonly complete: boolean;
}

const RESOLUTION_STATUSES = [
  'initialized',
  'posed',
  'proposed',
  'challenged',
  'reproposed',
  'disputed',
  'active',
  'arbitration',
] as const;

/** Payouts per share of both outcomes, known only when resolved. */
export type Resolution =
  | { readonly status: 'resolved'; readonly payoutPriceMicros: readonly [PriceMicros, PriceMicros] }
  | { readonly status: (typeof RESOLUTION_STATUSES)[number]; readonly payoutPriceMicros: undefined };

export interface DataApi {
  listTrades(request: PageRequest): Promise<Page<LeaderRow>>;
  listActivity(request: PageRequest): Promise<Page<ActivityRow>>;
  /** All pages, at most POSITION_PAGES_MAX. */
  listPositions(holder: string): Promise<Positions>;
  /** Undefined when the venue does not know the condition. */
  fetchResolution(conditionId: ConditionId): Promise<Resolution | undefined>;
}

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
          ['type', ACTIVITY_TYPES.join(',')],
          ['start', seconds(startMs)],
          ['limit', String(TRADES_PER_PAGE)],
          ['cursor', cursor],
        ],
        parseActivityRow,
      ),
    listPositions: (holder) => listAllPositions(host, holder),
    fetchResolution: (conditionId) => fetchResolution(host, conditionId),
  };
}

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
  let cursor: string | undefined;
  for (let page = 0; page < POSITION_PAGES_MAX; page += 1) {
    const next: Page<LeaderPosition | 'empty'> = await listPage(
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
    for (const row of next.rows) if (row !== 'empty') positions.set(row.tokenId, row);
    refused.push(...next.refused);
    cursor = next.nextCursor;
    if (cursor === undefined) break;
  }
  return { positions: [...positions.values()], refused, complete: cursor === undefined };
}

async function fetchResolution(host: VenueHost, conditionId: ConditionId): Promise<Resolution | undefined> {
  const path = '/v2/resolutions';
  const json = await fetchJson(host, path, [
    ['condition', conditionId],
    ['_', String(host.nowMs())],
  ]);
  if (json === undefined) return undefined;
  const { data } = expectPayload(host, path, envelopeSchema, json);
  const row = Array.isArray(data) ? data[0] : data;
  if (row === undefined || row === null) return undefined;
  const resolution = expectPayload(host, path, resolutionSchema, row);
  if (resolution.condition_id !== undefined && resolution.condition_id !== conditionId) {
    throw badPayload(whereOf(host, path), 'condition_id: of another market');
  }
  if (resolution.status !== 'resolved') return { status: resolution.status, payoutPriceMicros: undefined };
  const payouts = payoutPair(resolution.payouts ?? []);
  if (payouts === undefined)
    throw badPayload(whereOf(host, path), 'payouts: not two that add up to one dollar');
  return { status: 'resolved', payoutPriceMicros: payouts };
}

/** Whole seconds, rounded down: an earlier start repeats rows, which is harmless. */
function seconds(atMs: number): string {
  return String(Math.max(0, Math.floor(atMs / 1_000)));
}

const envelopeSchema = z.object({ data: z.unknown().optional() });

const pageSchema = z.union([
  // The bare array of the retired v1, found in older recordings.
  z.array(z.unknown()).transform((data) => ({ data, pagination: { next_cursor: undefined } })),
  z.object({
    data: z.array(z.unknown()),
    pagination: z.object({ next_cursor: optional(z.string().max(4_096)) }),
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

const positionSchema = z.object({
  token_id: tokenIdSchema,
  condition_id: conditionIdSchema,
  current_size: shareMicrosSchema,
  avg_price: optional(priceMicrosSchema),
  title: labelSchema,
  slug: labelSchema,
  outcome: labelSchema,
  opposite_token_id: optional(tokenIdSchema),
});

/** A held position, 'empty' for one of zero shares, or undefined when the row was refused. */
export function parsePosition(value: unknown, refused: Refusals): LeaderPosition | 'empty' | undefined {
  const found = objectOf(value);
  const row = found === undefined ? undefined : withTodaysNames(found);
  if (row !== undefined && isCombo(row)) {
    refused.add('combo: not tradable on the book', value);
    return undefined;
  }
  const result = positionSchema.safeParse(
    row === undefined ? value : { ...row, current_size: row.current_size ?? row.size },
  );
  if (!result.success) {
    refused.add(firstProblem(result.error), value);
    return undefined;
  }
  const { data } = result;
  if (data.current_size === 0n) return 'empty';
  return {
    tokenId: data.token_id,
    conditionId: data.condition_id,
    shareMicros: data.current_size,
    avgPriceMicros: data.avg_price,
    title: data.title,
    slug: data.slug,
    outcome: data.outcome,
    ...(data.opposite_token_id === undefined ? {} : { oppositeTokenId: data.opposite_token_id }),
  };
}

const resolutionSchema = z.object({
  condition_id: optional(conditionIdSchema),
  status: z.enum(['resolved', ...RESOLUTION_STATUSES]),
  payouts: z.array(wholeSchema).nullish(),
});

/** Payouts are whole micros of a dollar per share; undefined unless the pair adds up to one dollar. */
function payoutPair(payouts: readonly bigint[]): readonly [PriceMicros, PriceMicros] | undefined {
  if (payouts.length !== 2) return undefined;
  const first = price(payouts[0]!);
  const second = price(payouts[1]!);
  const sum = first + second;
  // Thirds are rounded down: [333333, 666666] is valid and one micro short.
  return sum <= MICROS && sum >= MICROS - 1n ? [first, second] : undefined;
}
