/**
 * The public part of the CLOB's REST interface: books, and the rules for orders of a market. A 404 gives undefined (new
 * markets are unknown here for some minutes); any other failure throws VenueError.
 */
import type { ConditionId, TokenId } from '../../domain/ids.ts';
import { type FeeSchedule, PROTOCOL_VERSIONS, type ProtocolVersion } from '../../domain/market/market.ts';
import { MICROS, type PriceMicros, type ShareMicros } from '../../domain/money.ts';
import * as z from '../../domain/zod.ts';
import { badPayload, expectPayload, fetchJson, type VenueHost, whereOf } from '../wire/http.ts';
import {
  atMsSchema,
  conditionIdSchema,
  labelSchema,
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
  /** How long the venue holds a marketable order before it matches it; 0 where there is no delay. */
  readonly takerDelayMs: number;
}

export interface ClobApi {
  fetchBook(tokenId: TokenId): Promise<BookSnapshot | undefined>;
  /** Tick, minimum, fee, version and both tokens, in one call. */
  fetchMarket(conditionId: ConditionId): Promise<ClobMarket | undefined>;
  /** The venue's clock in milliseconds, exact to a second. */
  fetchTimeMs(): Promise<number>;
}

/** A market has two outcomes; the limit guards against damaged input. */
const TOKENS_MAX = 100;
/** Far above any delay seen for sports; a longer one is damaged input. */
const TAKER_DELAY_S_MAX = 600;
/** `itode` marks a delay of unstated length; sources give 50 to 250 ms (polymarket-api.md 3.4). */
const ITODE_DELAY_MS = 250;

const feeNumbers = { rate: priceMicrosSchema, exponent: z.int().check(z.minimum(0), z.maximum(4)) };

/** The CLOB's fee, `{r,e,to}`. */
const clobFeeSchema = z.mapped(
  z.object({ r: feeNumbers.rate, e: feeNumbers.exponent, to: z.boolean() }),
  (fee): FeeSchedule => ({ ratePpm: fee.r, exponent: fee.e }),
);

/** Gamma's form of the same fee, `{rate,exponent,takerOnly}`. */
export const gammaFeeSchema = z.mapped(
  z.object({ rate: feeNumbers.rate, exponent: feeNumbers.exponent, takerOnly: z.boolean() }),
  (fee): FeeSchedule => ({ ratePpm: fee.rate, exponent: fee.exponent }),
);

/** Absent means v1. For names and links only: a contract is chosen by an explicit version (polymarket-api.md 2.4). */
export const versionSchema = z.mapped(z.optional(z.unknown()), (version) => knownVersion(version) ?? 'v1');

/** Null for anything unknown: paper trading continues, and no order is signed for the market. */
function knownVersion(version: unknown): ProtocolVersion | null {
  return PROTOCOL_VERSIONS.find((known) => known === version) ?? null;
}

/** The compact form of a market. */
export const clobMarketSchema = z.mapped(
  z.object({
    c: conditionIdSchema,
    t: z.array(z.object({ t: tokenIdSchema, o: labelSchema })).check(z.minLength(2), z.maxLength(TOKENS_MAX)),
    mts: priceMicrosSchema.check(z.refine((tick) => tick > 0n && tick < MICROS, { message: 'not a tick' })),
    mos: shareMicrosSchema,
    nr: z.nullish(z.boolean()),
    fd: z.nullish(clobFeeSchema),
    v: z.optional(z.unknown()),
    sd: z.nullish(z.number().check(z.minimum(0), z.maximum(TAKER_DELAY_S_MAX))),
    itode: z.nullish(z.boolean()),
    // Absent counts as not accepting.
    ao: z.nullish(z.boolean()),
  }),
  (market): ClobMarket => ({
    conditionId: market.c,
    tokens: market.t.map((token) => ({ tokenId: token.t, outcome: token.o })),
    tickPriceMicros: market.mts,
    orderShareMicrosMin: market.mos,
    negRisk: market.nr ?? false,
    version: knownVersion(market.v),
    acceptingOrders: market.ao ?? false,
    takerDelayMs: Math.ceil((market.sd ?? 0) * 1_000) + (market.itode === true ? ITODE_DELAY_MS : 0),
    fee: market.fd ?? null,
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
      if (market.conditionId !== conditionId) throw badPayload(whereOf(host, path), 'c: another market');
      return market;
    },
    async fetchBook(tokenId) {
      const path = '/book';
      const json = await fetchJson(host, path, [['token_id', tokenId]]);
      if (json === undefined) return undefined;
      const book = expectPayload(host, path, bookSnapshotSchema, json);
      if (book.tokenId !== tokenId) throw badPayload(whereOf(host, path), 'asset_id: another token');
      return book;
    },
    async fetchTimeMs() {
      return expectPayload(host, '/time', atMsSchema, await fetchJson(host, '/time'));
    },
  };
}
