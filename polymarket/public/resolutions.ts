/**
 * Results of markets from the Data API, many in one call (polymarket-api.md 7.2). A damaged row is refused and the others are
 * kept: no market settles on a result that does not add up.
 */
import type { ConditionId } from '../../domain/ids.ts';
import { MICROS, type PriceMicros, price } from '../../domain/money.ts';
import * as z from '../../domain/zod.ts';
import { badPayload, expectPayload, fetchJson, type VenueHost, whereOf } from '../wire/http.ts';
import { firstProblem, type Refused, refusals } from '../wire/refused.ts';
import { conditionIdSchema, optional, wholeSchema } from '../wire/schemas.ts';

const OPEN_STATUSES = [
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
  | { readonly status: (typeof OPEN_STATUSES)[number]; readonly payoutPriceMicros: undefined };

export interface Resolutions {
  /** Without those that the venue does not know. */
  readonly byCondition: ReadonlyMap<ConditionId, Resolution>;
  readonly refused: readonly Refused[];
}

/** The venue takes this many conditions in one call. */
export const CONDITIONS_MAX = 20;
/** One row for each condition; far more is damage. */
const ROWS_MAX = 1_000;
const PATH = '/v2/resolutions';

/** Results of at most CONDITIONS_MAX conditions. Throws VenueError for a failed read or a payload that is no list. */
export async function fetchResolutions(
  host: VenueHost,
  conditionIds: readonly ConditionId[],
): Promise<Resolutions> {
  const json = await fetchJson(host, PATH, [
    ['condition', conditionIds.join(',')],
    ['_', String(host.nowMs())],
  ]);
  if (json === undefined) return { byCondition: new Map(), refused: [] };
  const { data } = expectPayload(host, PATH, envelopeSchema, json);
  const rows = Array.isArray(data) ? data : data === undefined || data === null ? [] : [data];
  if (rows.length > ROWS_MAX) throw badPayload(whereOf(host, PATH), 'data: too many rows');
  const refused = refusals('RESOLUTIONS');
  const byCondition = new Map<ConditionId, Resolution>();
  for (const row of rows) {
    const parsed = parseResolution(row);
    if (typeof parsed === 'string') {
      refused.add(parsed, row);
      continue;
    }
    // Older rows do not name their condition: then only a single one can have been asked for.
    const conditionId = parsed.conditionId ?? (conditionIds.length === 1 ? conditionIds[0] : undefined);
    if (conditionId === undefined || !conditionIds.includes(conditionId))
      refused.add('condition_id: of another market', row);
    else byCondition.set(conditionId, parsed.resolution);
  }
  return { byCondition, refused: refused.list() };
}

const envelopeSchema = z.object({ data: z.optional(z.unknown()) });

const resolutionSchema = z.object({
  condition_id: optional(conditionIdSchema),
  status: z.enum(['resolved', ...OPEN_STATUSES]),
  payouts: z.nullish(z.array(wholeSchema)),
});

/** The result in a row, or what is wrong with the row. */
function parseResolution(
  row: unknown,
): { readonly conditionId: ConditionId | undefined; readonly resolution: Resolution } | string {
  const parsed = resolutionSchema.safeParse(row);
  if (!parsed.success) return firstProblem(parsed.error);
  const { condition_id: conditionId, status, payouts } = parsed.data;
  if (status !== 'resolved') return { conditionId, resolution: { status, payoutPriceMicros: undefined } };
  const pair = payoutPair(payouts ?? []);
  if (pair === undefined) return 'payouts: not two that add up to one dollar';
  return { conditionId, resolution: { status, payoutPriceMicros: pair } };
}

/** Payouts are whole micros of a dollar per share; undefined unless the pair adds up to one dollar. */
function payoutPair(payouts: readonly bigint[]): readonly [PriceMicros, PriceMicros] | undefined {
  if (payouts.length !== 2) return undefined;
  const first = price(payouts[0]!);
  const second = price(payouts[1]!);
  const sum = first + second;
  // Thirds are rounded down: [333333, 666666] is valid and one micro short.
  return sum <= MICROS && sum >= MICROS - 1n ? [first, second] : undefined;
}
