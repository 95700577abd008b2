/** What pages need to know of markets: names by token, and which markets a few words mean. Bounded reads only. */
import { asc, getTableColumns } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { isOneOfTexts } from '../schema/columns.ts';
import { markets } from '../schema/schema.ts';

export interface MarketName {
  /** Hostile text. */
  readonly title: string;
  readonly outcome: string;
  readonly slug: string;
  /** Payout per share once resolved; null before. */
  readonly payoutPriceMicros: bigint | null;
}

/** D1 takes 100 bound values per statement. */
const TOKENS_PER_QUERY = 90;
const WORDS_MAX = 8;
/** Two outcomes a market; the newest markets are what an operator looks for. */
const SEARCH_ROWS = 60;
/** Each market is one window of a filtered list, so few. */
export const MARKETS_FOUND_MAX = 10;

/** Names by token id; a token that D1 does not know yet is absent. */
export async function readMarketNames(
  d1: D1Database,
  tokenIds: readonly string[],
): Promise<ReadonlyMap<string, MarketName>> {
  const names = new Map<string, MarketName>();
  const wanted = [...new Set(tokenIds)];
  const db = drizzle(d1);
  const { tokenId, title, outcome, slug, payoutPriceMicros } = markets;
  for (let at = 0; at < wanted.length; at += TOKENS_PER_QUERY) {
    const part = wanted.slice(at, at + TOKENS_PER_QUERY);
    const rows = await db
      .select({ tokenId, title, outcome, slug, payoutPriceMicros })
      .from(markets)
      .where(isOneOfTexts(tokenId, part));
    for (const row of rows) names.set(row.tokenId, row);
  }
  return names;
}

export type MarketRow = Omit<typeof markets.$inferSelect, 'marketNo' | 'revision'>;

/** Conditions of which the markets are read in one statement. */
export const CONDITIONS_MAX = 60;

/** What is known of the outcomes of these conditions, at most 60 of them; those that D1 does not know are absent. */
export async function readMarkets(
  d1: D1Database,
  conditionIds: readonly string[],
): Promise<readonly MarketRow[]> {
  if (conditionIds.length === 0) return [];
  const { marketNo: _no, revision: _revision, ...columns } = getTableColumns(markets);
  return drizzle(d1)
    .select(columns)
    .from(markets)
    .where(isOneOfTexts(markets.conditionId, conditionIds.slice(0, CONDITIONS_MAX)))
    .orderBy(asc(markets.marketNo));
}

/** The conditions of the newest markets whose title or outcome has all the words, by their beginnings; at most 10. */
export async function searchMarkets(d1: D1Database, text: string): Promise<readonly string[]> {
  // Only letters and digits reach the index's query language, each word in quotes.
  const words = (text.match(/[\p{L}\p{N}]+/gu) ?? []).slice(0, WORDS_MAX);
  if (words.length === 0) return [];
  const found = await d1
    .prepare(
      `SELECT m.condition_id AS id FROM market_search s CROSS JOIN markets m ON m.market_no = s.rowid
       WHERE s.market_search MATCH ? ORDER BY s.rowid DESC LIMIT ?`,
    )
    .bind(words.map((word) => `"${word}"*`).join(' '), SEARCH_ROWS)
    .all<{ id: string }>();
  return [...new Set(found.results.map((row) => row.id))].slice(0, MARKETS_FOUND_MAX);
}
