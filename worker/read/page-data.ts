/** What several pages need: the frame, names for ids, and filters from the address. */
import { DECISIONS, REASON_CODES, SOURCE_TYPES } from '../../domain/decide/reasons.ts';
import { parseLeaderAddress } from '../../domain/ids.ts';
import { ORDER_STATES } from '../../domain/orders/orders.ts';
import type { Control } from '../../domain/settings/control.ts';
import * as z from '../../domain/zod.ts';
import { type Cursor, formatCursor, type KeyPage, parseCursor } from '../../ledger/read/keyset.ts';
import { readMarketNames, searchMarkets } from '../../ledger/read/markets.ts';
import { FILL_ORIGINS } from '../../ledger/schema/live-schema.ts';
import type { Frame, Names } from '../../views/models.ts';
import type { FilterValues, PagingView } from '../../views/tables/filters.tsx';
import type { Env } from '../env.ts';

const DAY_MS = 86_400_000;

export function frameOf(control: Control, nowMs: number): Frame {
  const { paperTrading, liveTrading, liveEntries } = control;
  return { paperTrading, liveTrading, liveEntries, nowMs };
}

export function leaderNames(control: Control): ReadonlyMap<string, string> {
  return new Map(control.followedUsers.map((user) => [user.leaderAddress, user.label]));
}

export async function namesFor(
  env: Env,
  control: Control,
  rows: readonly { readonly tokenId: string }[],
): Promise<Names> {
  const markets = await readMarketNames(
    env.DB,
    rows.map((row) => row.tokenId),
  );
  return { leaders: leaderNames(control), markets };
}

const word = <T extends string>(words: readonly [T, ...T[]]) =>
  z.orElse(z.optional(z.enum(words)), undefined);
const filterSchema = z.object({
  leader: z.orElse(z.optional(z.mapped(z.string(), parseLeaderAddress)), undefined),
  decision: word(DECISIONS),
  reason: word(REASON_CODES),
  source: word(SOURCE_TYPES),
  market: z.orElse(z.optional(z.string().check(z.maxLength(200))), undefined),
  from: z.orElse(z.optional(z.iso.date()), undefined),
  to: z.orElse(z.optional(z.iso.date()), undefined),
  state: word(ORDER_STATES),
  kind: word(['real', 'shadow']),
  origin: word(FILL_ORIGINS),
});

export interface ListRequest {
  readonly filters: z.infer<typeof filterSchema>;
  /** Markets that the words mean; undefined without words, empty when nothing matches. */
  readonly conditionIds: readonly string[] | undefined;
  readonly sinceMs: number | undefined;
  readonly beforeMs: number | undefined;
  readonly before: Cursor | undefined;
  /** Only the filters that were understood, for links. */
  readonly values: FilterValues;
}

/** The filters of an address. What is not understood is left out, so that an old link still shows a list. */
export async function listRequest(env: Env, query: Readonly<Record<string, string>>): Promise<ListRequest> {
  const filters = filterSchema.parse(query);
  const market = filters.market?.trim() ?? '';
  const values = Object.fromEntries(
    Object.entries(filters).flatMap(([name, value]) =>
      value === undefined || value === '' ? [] : [[name, value]],
    ),
  );
  return {
    filters,
    conditionIds: market === '' ? undefined : await searchMarkets(env.DB, market),
    sinceMs: filters.from === undefined ? undefined : Date.parse(filters.from),
    // The day named is part of the list.
    beforeMs: filters.to === undefined ? undefined : Date.parse(filters.to) + DAY_MS,
    before: parseCursor(query.before),
    values,
  };
}

export function pagingOf(
  path: string,
  request: ListRequest,
  page: Pick<KeyPage, 'next' | 'lookedBackToMs'>,
): PagingView {
  return {
    path,
    filters: request.values,
    next: page.next === undefined ? undefined : formatCursor(page.next),
    lookedBackToMs: page.lookedBackToMs,
    firstPage: request.before === undefined,
  };
}
