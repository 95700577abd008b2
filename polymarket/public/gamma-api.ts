/**
 * Gamma: names and planned close times of markets, and profiles. Its answers may be five minutes old, so no price and no
 * order depends on them alone. A damaged market row is refused and the others are kept.
 */
import { type ConditionId, type LeaderAddress, parseTokenId, type TokenId } from '../../domain/ids.ts';
import * as z from '../../domain/zod.ts';
import { badPayload, fetchJson, type VenueHost, whereOf } from '../wire/http.ts';
import { firstProblem, jsonOf, objectOf, type Refusals, type Refused, refusals } from '../wire/refused.ts';
import { conditionIdSchema, labelSchema, leaderAddressSchema, optional, parsed } from '../wire/schemas.ts';
import { versionSchema } from './clob-api.ts';

/** Title, slug and outcomes are hostile text, at most 300 characters each. */
interface GammaMarket {
  readonly conditionId: ConditionId;
  readonly title: string;
  readonly slug: string;
  readonly outcomes: readonly { readonly tokenId: TokenId; readonly outcome: string }[];
  /** The planned close; one open market in eight is past it. */
  readonly closeAtMs: number | undefined;
  readonly version: 'v1' | 'v2';
  readonly negRisk: boolean;
  readonly acceptingOrders: boolean;
  readonly closed: boolean;
}

interface GammaMarkets {
  readonly markets: GammaMarket[];
  readonly refused: Refused[];
}

export interface Profile {
  readonly address: LeaderAddress;
  /** The chosen name, else the generated pseudonym, else ''. Hostile text. */
  readonly name: string;
}

export interface GammaApi {
  /** Two calls, open and closed markets; undefined when Gamma does not know the condition. */
  fetchMarketByCondition(conditionId: ConditionId): Promise<GammaMarket | undefined>;
  /** Those of at most CLOSED_MAX conditions that Gamma calls closed, in one call. */
  listClosed(conditionIds: readonly ConditionId[]): Promise<readonly ConditionId[]>;
  /** Undefined when there is no profile for this address. */
  fetchProfile(address: LeaderAddress): Promise<Profile | undefined>;
  /** At most 10, in the venue's order, best match first; empty for an unknown name. */
  searchProfiles(name: string): Promise<Profile[]>;
}

const PROFILES_MAX = 10;
const MARKETS_PER_PAGE = 100;
/** A page has a hundred markets, and a condition may be asked for in two forms (polymarket-api.md 1.9). */
export const CLOSED_MAX = 50;

/** Reads of Gamma. Throws VenueError. */
export function createGammaApi(host: VenueHost): GammaApi {
  /** `closed` defaults to false, and no value returns both. */
  const listMarkets = async (
    conditionIds: readonly ConditionId[],
    closed: boolean,
  ): Promise<readonly GammaMarket[]> => {
    const path = '/markets/keyset';
    const json = await fetchJson(host, path, [
      ...conditionIds.flatMap(formsOf).map((form) => ['condition_ids', form] as const),
      ['closed', String(closed)],
      ['limit', String(MARKETS_PER_PAGE)],
    ]);
    const page = parseMarketsPage(json);
    if (page === undefined) throw badPayload(whereOf(host, path), 'not a page of markets');
    return page.markets;
  };
  return {
    async fetchMarketByCondition(conditionId) {
      const open = await listMarkets([conditionId], false);
      const closed = await listMarkets([conditionId], true);
      return [...open, ...closed].find((market) => market.conditionId === conditionId);
    },
    async listClosed(conditionIds) {
      const closed = await listMarkets(conditionIds, true);
      return closed
        .filter((market) => market.closed && conditionIds.includes(market.conditionId))
        .map((market) => market.conditionId);
    },
    async fetchProfile(address) {
      const json = await fetchJson(host, '/public-profile', [['address', address]]);
      const found = objectOf(json);
      if (found === undefined) return undefined;
      // For an owner's address the answer may name the wallet that holds the funds: that wallet is the leader.
      return parseProfile({ ...found, proxyWallet: found.proxyWallet ?? address });
    },
    async searchProfiles(name) {
      const json = await fetchJson(host, '/public-search', [
        ['q', name],
        ['limit_per_type', String(PROFILES_MAX)],
        ['search_profiles', 'true'],
      ]);
      const answer = objectOf(json);
      if (answer === undefined) throw badPayload(whereOf(host, '/public-search'), 'not an object');
      return parseProfiles(answer.profiles);
    },
  };
}

/** Gamma uses the 31-byte form of Protocol V2 conditions; ours is padded with a zero byte. */
function formsOf(conditionId: ConditionId): readonly string[] {
  return conditionId.endsWith('00') ? [conditionId, conditionId.slice(0, -2)] : [conditionId];
}

/** The markets of a keyset page or of an older bare array; undefined when it is neither. */
export function parseMarketsPage(json: unknown): GammaMarkets | undefined {
  const rows = Array.isArray(json) ? json : objectOf(json)?.markets;
  if (!Array.isArray(rows)) return undefined;
  const refused = refusals('GAMMA');
  const markets: GammaMarket[] = [];
  for (const row of rows) {
    const market = parseGammaMarket(row, refused);
    if (market !== undefined) markets.push(market);
  }
  return { markets, refused: refused.list() };
}

/** An array, or JSON text of an array. */
const listSchema = parsed<readonly unknown[]>((value) => {
  const list = typeof value === 'string' ? jsonOf(value) : value;
  return Array.isArray(list) && list.length <= 100 ? list : undefined;
}, 'not a list');

const marketSchema = z.object({
  conditionId: conditionIdSchema,
  question: labelSchema,
  slug: labelSchema,
  outcomes: listSchema,
  endDate: labelSchema,
  version: versionSchema,
  clobTokenIds: z.optional(z.unknown()),
  positionIds: z.optional(z.unknown()),
  negRisk: z.nullish(z.boolean()),
  acceptingOrders: z.nullish(z.boolean()),
  closed: z.nullish(z.boolean()),
});

/** One market; undefined when it was refused. */
export function parseGammaMarket(value: unknown, refused: Refusals): GammaMarket | undefined {
  const result = marketSchema.safeParse(value);
  if (!result.success) {
    refused.add(firstProblem(result.error), value);
    return undefined;
  }
  const { data } = result;
  // A third of v1 markets also have positionIds, without a book: choose by version, not by which field is present.
  const field = data.version === 'v1' ? 'clobTokenIds' : 'positionIds';
  const ids = listSchema.safeParse(data[field]);
  const tokenIds = ids.success
    ? ids.data.map((id) => (typeof id === 'string' ? parseTokenId(id) : undefined))
    : [];
  if (tokenIds.length < 2 || tokenIds.length !== data.outcomes.length || tokenIds.includes(undefined)) {
    refused.add(`${field}: not one token id per outcome`, value);
    return undefined;
  }
  const closeAtMs = Date.parse(data.endDate);
  return {
    conditionId: data.conditionId,
    title: data.question,
    slug: data.slug,
    outcomes: tokenIds.flatMap((tokenId, index) =>
      tokenId === undefined ? [] : [{ tokenId, outcome: labelSchema.parse(data.outcomes[index]) }],
    ),
    closeAtMs: Number.isNaN(closeAtMs) ? undefined : closeAtMs,
    version: data.version,
    negRisk: data.negRisk ?? false,
    // Absent counts as not accepting.
    acceptingOrders: data.acceptingOrders ?? false,
    closed: data.closed ?? false,
  };
}

const profileSchema = z.mapped(
  z.object({ proxyWallet: optional(leaderAddressSchema), name: labelSchema, pseudonym: labelSchema }),
  ({ proxyWallet, name, pseudonym }): Profile | undefined =>
    proxyWallet === undefined ? undefined : { address: proxyWallet, name: name === '' ? pseudonym : name },
);

function parseProfile(value: unknown): Profile | undefined {
  const result = profileSchema.safeParse(value);
  return result.success ? result.data : undefined;
}

/** The profiles that have a wallet, at most 10; empty when the value is not a list. */
export function parseProfiles(value: unknown): Profile[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, PROFILES_MAX).flatMap((row) => parseProfile(row) ?? []);
}
