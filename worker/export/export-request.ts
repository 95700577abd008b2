/**
 * What an address of an export asks for. A page leaves out a filter that it does not understand, so that an old link
 * still shows a list; an export refuses it and says which, since a file that silently holds everything would be taken for
 * what was asked.
 */
import { TRADING_MODES, type TradingMode } from '../../domain/ids.ts';
import {
  EXPORT_FILTERS,
  EXPORT_ROWS_MAX,
  type ExportFilterWord,
  type ExportName,
} from '../../domain/records/exports.ts';
import * as z from '../../domain/zod.ts';
import type { ExportFilter } from '../../ledger/export/export-sources.ts';
import { type Cursor, parseCursor } from '../../ledger/read/keyset.ts';
import type { Env } from '../env.ts';
import { listRequest } from '../read/page-data.ts';

export interface ExportAsk {
  readonly mode: TradingMode;
  readonly filter: ExportFilter;
  readonly after: Cursor | undefined;
  readonly extent:
    | { readonly kind: 'page'; readonly limit: number }
    /** Everything from the cursor on, in files of 40,000 rows: this is the one of that number, from 1. */
    | { readonly kind: 'file'; readonly part: number };
}

export type ExportAnswer =
  | { readonly kind: 'understood'; readonly ask: ExportAsk }
  /** A sentence for the reader; names the part of the address. */
  | { readonly kind: 'refused'; readonly because: string };

const cursor = z.parsedBy(z.string(), parseCursor, 'not a cursor');
/** `number~cursor`: a file that goes on where the one before it ended. */
const part = z.pipe(
  z.string().check(z.regex(/^[1-9]\d{0,4}~/, 'not a part of an export')),
  z.pipe(z.transform(numberAndCursor), z.object({ number: z.int(), from: cursor })),
);
function numberAndCursor(text: string): { readonly number: number; readonly from: string } {
  const at = text.indexOf('~');
  return { number: Number(text.slice(0, at)), from: text.slice(at + 1) };
}

const extentSchema = z.object({
  after: z.optional(cursor),
  limit: z.optional(z.coerce.number().check(z.int(), z.minimum(1), z.maximum(EXPORT_ROWS_MAX))),
  mode: z._default(z.enum(TRADING_MODES), 'PAPER'),
  part: z.optional(part),
});
const closedSchema = z.mapped(z.enum(['0', '1']), (word) => word === '1');

/** Reads the address. Queries D1 only for the markets that a search text matches. */
export async function parseExport(env: Env, name: ExportName, url: string): Promise<ExportAnswer> {
  const words = [...new URL(url).searchParams];
  const query = Object.fromEntries(words);
  const twice = words.find(([word], at) => words.findIndex(([other]) => other === word) !== at);
  if (twice !== undefined) return refused(twice[0], 'is in the address twice');
  const extent = extentSchema.safeParse(query);
  if (!extent.success) return { kind: 'refused', because: z.prettifyError(extent.error) };
  const { after, limit, mode, part: file } = extent.data;
  if (file !== undefined && (after !== undefined || limit !== undefined)) {
    return refused('part', 'goes with neither `after` nor `limit`');
  }
  const has: readonly string[] = EXPORT_FILTERS[name];
  const given = words.filter(([word, value]) => !(word in extentSchema.shape) && value.trim() !== '');
  const foreign = given.find(([word]) => !has.includes(word));
  if (foreign !== undefined) {
    const which = has.length === 0 ? 'none' : has.join(', ');
    return refused(foreign[0], `${name} has no such filter; it has ${which}`);
  }
  const filter = await filterOf(env, query);
  const unread = given.find(([word]) => !filter.understood.has(word));
  if (unread !== undefined) return refused(unread[0], 'this value is not understood');
  const paged = after !== undefined || limit !== undefined;
  return {
    kind: 'understood',
    ask: {
      mode,
      filter: filter.filter,
      after: file?.from ?? after,
      extent: paged
        ? { kind: 'page', limit: limit ?? EXPORT_ROWS_MAX }
        : { kind: 'file', part: file?.number ?? 1 },
    },
  };
}

/** Only a short word is repeated, as plain text: anyone may have made the address. */
function refused(word: string, because: string): ExportAnswer {
  return { kind: 'refused', because: `${word.slice(0, 40)}: ${because}` };
}

/** The filters as the pages read them, so that page and export cannot differ in what a word means. */
async function filterOf(
  env: Env,
  query: Readonly<Record<string, string>>,
): Promise<{ readonly filter: ExportFilter; readonly understood: ReadonlySet<string> }> {
  const { filters, conditionIds, sinceMs, beforeMs, values } = await listRequest(env, query);
  const closed = closedSchema.safeParse(query.closed);
  const understood = new Set(Object.keys(values));
  if (closed.success) understood.add('closed' satisfies ExportFilterWord);
  return {
    understood,
    filter: {
      leaderAddress: filters.leader,
      decision: filters.decision,
      reason: filters.reason,
      sourceType: filters.source,
      conditionIds,
      sinceMs,
      beforeMs,
      state: filters.state,
      shadow: filters.kind === undefined ? undefined : filters.kind === 'shadow',
      origin: filters.origin,
      closed: closed.data,
    },
  };
}
