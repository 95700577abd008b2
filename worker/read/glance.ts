/** Books as the feed has them now, for a page. */
import type { TokenId } from '../../domain/ids.ts';
import type { Book } from '../../domain/market/book.ts';
import { reasonOf } from '../../durable-objects/platform/ports.ts';
import { feedStub } from '../../durable-objects/platform/stubs.ts';
import { log } from '../../durable-objects/platform/workerd.ts';
import type { Env } from '../env.ts';

/** Books by token; a feed that does not answer has none, and the page says so with dashes. */
export async function glance(
  env: Env,
  tokenIds: readonly TokenId[],
  askVenue: boolean,
): Promise<ReadonlyMap<string, Book | null>> {
  if (tokenIds.length === 0) return new Map();
  try {
    const books = await feedStub(env).glance(tokenIds, askVenue);
    return new Map(tokenIds.map((tokenId, at) => [tokenId, books[at] ?? null]));
  } catch (error) {
    log('warn', 'the feed gave no books for a page', { reason: reasonOf(error) });
    return new Map();
  }
}
