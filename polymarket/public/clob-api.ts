/**
 * The public part of the CLOB's REST interface: books, and the rules for orders of a market. A 404 gives undefined (new
 * markets are unknown here for some minutes); any other failure throws VenueError.
 */
import type { ConditionId, TokenId } from '../../domain/ids.ts';
import {
  type FeeSchedule,
  HIGHEST_FEE,
  PROTOCOL_VERSIONS,
  type ProtocolVersion,
} from '../../domain/market/market.ts';
import { MICROS, type PriceMicros, type ShareMicros, shares } from '../../domain/money.ts';
import * as z from '../../domain/zod.ts';
import { badPayload, expectPayload, fetchJson, type VenueHost, whereOf } from '../wire/http.ts';
import { firstProblem, objectOf, type Refused, refusals } from '../wire/refused.ts';
import {
  atMsSchema,
  conditionIdSchema,
  labelSchema,
  optional,
  parseDecimal,
  priceMicrosSchema,
  shareMicrosSchema,
  tokenIdSchema,
} from '../wire/schemas.ts';
import type { BookSnapshot } from './book-map.ts';
import { bookSnapshotSchema } from './book-schema.ts';

interface ClobMarket {
  readonly conditionId: ConditionId;
  readonly tokens: readonly { readonly tokenId: TokenId; readonly outcome: string }[];
  readonly tickPriceMicros: PriceMicros;
  readonly orderShareMicrosMin: ShareMicros;
  readonly negRisk: boolean;
  /** Null when absent or unknown: then the contract to sign for is unknown, and nothing is signed. */
  readonly version: ProtocolVersion | null;
  readonly acceptingOrders: boolean;
  readonly fee: FeeSchedule | null;
  readonly isFeeUnknown?: boolean;
  /** How long the venue holds a marketable order before it matches it; 0 where there is no delay. */
  readonly takerDelayMs: number;
}

export interface Books {
  readonly books: ReadonlyMap<TokenId, BookSnapshot>;
  readonly refused: readonly Refused[];
  /** A token that is missing has no book: no row was refused. */
  readonly complete: boolean;
}

export interface ClobApi {
  fetchBook(tokenId: TokenId): Promise<BookSnapshot | undefined>;
  /** At most BOOKS_MAX tokens in one call. */
  fetchBooks(tokenIds: readonly TokenId[]): Promise<Books>;
  /** Tick, minimum, fee, version and both tokens, in one call. */
  fetchMarket(conditionId: ConditionId): Promise<ClobMarket | undefined>;
  /** The venue's clock in milliseconds, exact to a second. */
  fetchTimeMs(): Promise<number>;
}

/** The venue takes 500 in one call; their answer would be megabytes. */
export const BOOKS_MAX = 100;
/** A market has two outcomes; the limit guards against damaged input. */
const TOKENS_MAX = 100;
/** Far above any delay seen for sports; a longer one is damaged input. */
const TAKER_DELAY_S_MAX = 600;
/** `itode` marks a delay of unstated length; sources give 50 to 250 ms (polymarket-api.md 3.4). */
const ITODE_DELAY_MS = 250;
/** A higher power makes the fee smaller: this one is used instead. */
const FEE_EXPONENT_MAX = 4;
/** Where a market does not say (polymarket-api.md 3.3); its books say, and they are read before every order. */
const USUAL_SHARES_MIN = shares(5_000_000n);

/** No field of it is a number. */
const UNREADABLE = { r: 'not an object', e: 'not an object' };

/**
 * What a market's fee details are in our terms. Each field may be absent or null and is zero then (the client's type, "omitted
 * when false"); without a rate there is no fee. A fractional power is cut to its whole part: p × (1 − p) is below one, so
 * that the fee comes out higher.
 */
function feeOf(details: unknown): Pick<ClobMarket, 'fee' | 'isFeeUnknown'> {
  if (details === undefined || details === null) return { fee: null };
  const { r, e } = objectOf(details) ?? UNREADABLE;
  const ratePpm = parseDecimal(r ?? 0);
  const power = parseDecimal(e ?? 0);
  if (ratePpm === undefined || ratePpm < 0n || ratePpm > MICROS || power === undefined || power < 0n)
    return { fee: HIGHEST_FEE, isFeeUnknown: true };
  if (ratePpm === 0n) return { fee: null };
  return { fee: { ratePpm, exponent: Math.min(Number(power / MICROS), FEE_EXPONENT_MAX) } };
}

/** Absent means v1. For names and links only: a contract is chosen by an explicit version (polymarket-api.md 2.4). */
export const versionSchema = z.mapped(z.optional(z.unknown()), (version) => knownVersion(version) ?? 'v1');

/** Null for anything unknown: paper trading continues, and no order is signed for the market. */
function knownVersion(version: unknown): ProtocolVersion | null {
  return PROTOCOL_VERSIONS.find((known) => known === version) ?? null;
}

/** The compact form of a market. */
export const clobMarketSchema = z.mapped(
  z.object({
    c: optional(conditionIdSchema),
    t: z.array(z.object({ t: tokenIdSchema, o: labelSchema })).check(z.minLength(2), z.maxLength(TOKENS_MAX)),
    mts: priceMicrosSchema.check(z.refine((tick) => tick > 0n && tick < MICROS, { message: 'not a tick' })),
    mos: optional(shareMicrosSchema),
    nr: z.nullish(z.boolean()),
    fd: z.optional(z.unknown()),
    v: z.optional(z.unknown()),
    sd: z.nullish(z.number().check(z.minimum(0), z.maximum(TAKER_DELAY_S_MAX))),
    itode: z.nullish(z.boolean()),
    // Absent counts as not accepting.
    ao: z.nullish(z.boolean()),
  }),
  (market): Omit<ClobMarket, 'conditionId'> & { readonly conditionId: ConditionId | undefined } => ({
    conditionId: market.c,
    tokens: market.t.map((token) => ({ tokenId: token.t, outcome: token.o })),
    tickPriceMicros: market.mts,
    orderShareMicrosMin: market.mos ?? USUAL_SHARES_MIN,
    negRisk: market.nr ?? false,
    version: knownVersion(market.v),
    acceptingOrders: market.ao ?? false,
    takerDelayMs: Math.ceil((market.sd ?? 0) * 1_000) + (market.itode === true ? ITODE_DELAY_MS : 0),
    ...feeOf(market.fd),
  }),
);

/** Reads of the CLOB. An answer about another market or token than requested is a bad payload. */
export function createClobApi(host: VenueHost): ClobApi {
  return {
    async fetchMarket(conditionId) {
      const path = `/clob-markets/${conditionId}`;
      const json = await fetchJson(host, path);
      if (json === undefined) return undefined;
      const market = expectPayload(host, path, clobMarketSchema, json);
      if ((market.conditionId ?? conditionId) !== conditionId)
        throw badPayload(whereOf(host, path), 'c: another market');
      return { ...market, conditionId };
    },
    async fetchBook(tokenId) {
      const path = '/book';
      const json = await fetchJson(host, path, [['token_id', tokenId]]);
      if (json === undefined) return undefined;
      const book = expectPayload(host, path, bookSnapshotSchema, json);
      if (book.tokenId !== tokenId) throw badPayload(whereOf(host, path), 'asset_id: another token');
      return book;
    },
    async fetchBooks(tokenIds) {
      const path = '/books';
      const body = JSON.stringify(tokenIds.map((token_id) => ({ token_id })));
      const json = await fetchJson(host, path, [], { method: 'POST', body });
      if (!Array.isArray(json)) throw badPayload(whereOf(host, path), 'not a list of books');
      const refused = refusals('BOOKS');
      const books = new Map<TokenId, BookSnapshot>();
      for (const row of json.slice(0, BOOKS_MAX)) {
        const book = bookSnapshotSchema.safeParse(row);
        if (!book.success) refused.add(firstProblem(book.error), row);
        else if (tokenIds.includes(book.data.tokenId)) books.set(book.data.tokenId, book.data);
        else refused.add('asset_id: another token', row);
      }
      const list = refused.list();
      return { books, refused: list, complete: list.length === 0 };
    },
    async fetchTimeMs() {
      return expectPayload(host, '/time', atMsSchema, await fetchJson(host, '/time'));
    },
  };
}
