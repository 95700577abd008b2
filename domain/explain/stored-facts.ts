/** Reads facts as D1 holds them and checks them: damaged facts are undefined, so that a page can say so and go on. */
import type { CopyIntent, DecisionFacts } from '../decide/decision-facts.ts';
import { REASON_CODES, SOURCE_TYPES } from '../decide/reasons.ts';
import { SIDES } from '../ids.ts';
import { BOOK_LEVELS_MAX } from '../market/book.ts';
import type { CopyAttemptRecord } from '../records/records.ts';
import * as z from '../zod.ts';
import { decodeFacts } from './facts-codec.ts';

const micros = z.bigint();
const positive = z.bigint().check(z.positive());
const moment = z.int();
const levels = z
  .array(z.object({ priceMicros: micros, shareMicros: micros }))
  .check(z.maxLength(BOOK_LEVELS_MAX));

/** The fields that `decide` reads. Other fields are not checked, and the ids come from the row. */
const factsSchema = z.object({
  intent: z.object({
    side: z.enum(SIDES),
    sourceType: z.enum(SOURCE_TYPES),
    fillCount: z.int(),
    leaderNotionalMicros: micros,
    leaderShareMicros: micros,
    referencePriceMicros: micros,
    leaderEventAtMs: moment,
    detectedAtMs: moment,
    newest: z.nullable(z.object({ eventAtMs: moment, detectedAtMs: moment, ownWaitMs: z.int() })),
    ourNotionalMicros: z.nullable(micros),
    leaderExposureMicros: z.nullable(micros),
    leaderExited: z.boolean(),
    exit: z.nullable(
      z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('FRACTION'), soldShareMicros: positive, heldShareMicros: positive }),
        z.object({ kind: z.literal('SHARES'), shareMicros: positive }),
        z.object({ kind: z.literal('CORRECTION'), shareMicros: micros }),
      ]),
    ),
    exitOnly: z.boolean(),
    waitedMs: z.number(),
    presetReason: z.nullable(z.enum(REASON_CODES)),
  }),
  market: z.nullable(
    z.object({
      tickPriceMicros: positive,
      orderShareMicrosMin: micros,
      fee: z.nullable(z.object({ ratePpm: micros, exponent: z.int().check(z.minimum(0), z.maximum(10)) })),
      isFeeUnknown: z.optional(z.boolean()),
      acceptingOrders: z.boolean(),
      closeAtMs: z.nullable(moment),
    }),
  ),
  book: z.nullable(z.object({ asOfMs: moment, bids: levels, asks: levels })),
  portfolio: z.object({
    paused: z.boolean(),
    cashMicros: micros,
    equityMicros: z.nullable(micros),
    unsureMicros: micros,
    totalExposureMicros: micros,
    marketExposureMicros: micros,
    leaderExposureMicros: micros,
    holdingShareMicros: micros,
    ownShareMicros: micros,
    owedShareMicros: micros,
    dayPnlMicros: micros,
    weekPnlMicros: micros,
    pnlMicros: micros,
    peakPnlMicros: micros,
    flowMicros: micros,
  }),
  nowMs: moment,
});

type AttemptIds = Pick<
  CopyAttemptRecord,
  'leaderAddress' | 'tokenId' | 'conditionId' | 'groupKey' | 'idempotencyKey' | 'side'
>;

/** The facts of an attempt's row; undefined if `encodeFacts` cannot have written the text, or for another side. */
export function parseStoredFacts(encoded: string, row: AttemptIds): DecisionFacts | undefined {
  const { leaderAddress, tokenId, conditionId, groupKey, idempotencyKey } = row;
  // The Wallet wrote the row from branded ids.
  const ids = { leaderAddress, tokenId, conditionId, groupKey, idempotencyKey } as CopyIntent;
  let facts: DecisionFacts;
  try {
    facts = decodeFacts(encoded, ids);
  } catch {
    // Not JSON, a missing part, or an amount that is no integer: damaged facts.
    return undefined;
  }
  return factsSchema.safeParse(facts).success && facts.intent.side === row.side ? facts : undefined;
}
