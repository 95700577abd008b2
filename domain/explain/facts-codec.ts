/** Stores the facts of a decision as JSON of at most 2 KB, from which the decision can be replayed exactly (design.md 2). */

import type { CopyIntent, DecisionFacts } from '../decide/decision-facts.ts';
import type { Book, Level } from '../market/book.ts';
import type { MarketFacts } from '../market/market.ts';
import { abs, cash, price, SAFE_MICROS_MAX, shares } from '../money.ts';

/** The most that D1 keeps per decision; a test checks that 20 full levels a side fit. */
export const FACTS_BYTES_MAX = 2_048;
/** The venue's book hashes have 40 hex digits. The hash is only a label, so anything longer is cut. */
const HASH_CHARS_MAX = 40;

/** The ids of an intent are columns of its attempt, so the stored facts omit them. */
type IntentIds = Pick<
  CopyIntent,
  'leaderAddress' | 'tokenId' | 'conditionId' | 'groupKey' | 'idempotencyKey'
>;

interface Stored {
  readonly intent: Omit<CopyIntent, keyof IntentIds>;
  readonly market: Omit<MarketFacts, 'tokenId' | 'conditionId' | 'outcomeTokenIds'> | null;
  readonly book: {
    readonly asOfMs: number;
    readonly hash: string;
    readonly bids: string;
    readonly asks: string;
  } | null;
  readonly portfolio: DecisionFacts['portfolio'];
  readonly nowMs: number;
}

function encodeLevels(levels: readonly Level[]): string {
  return levels.map((level) => `${level.priceMicros}:${level.shareMicros}`).join(' ');
}

function decodeLevels(text: string): Level[] {
  if (text === '') return [];
  return text.split(' ').map((part) => {
    const [at, size] = part.split(':');
    return { priceMicros: price(BigInt(at ?? '0')), shareMicros: shares(BigInt(size ?? '0')) };
  });
}

/** The facts with only the best level of the side that the intent does not take from: no decision reads its other levels. */
function ownSideOnly(facts: DecisionFacts): DecisionFacts {
  const { book, intent } = facts;
  if (book === null) return facts;
  const [bids, asks] =
    intent.side === 'BUY' ? [book.bids.slice(0, 1), book.asks] : [book.bids, book.asks.slice(0, 1)];
  return { ...facts, book: { ...book, bids, asks } };
}

/**
 * JSON text of the facts without the ids. Amounts are integers of micros. If the whole would not fit, as with twenty levels
 * a side of absurd sizes, the side that the intent does not take from keeps only its best level.
 */
export function encodeFacts(facts: DecisionFacts): string {
  const whole = encodeWhole(facts);
  // The text is ASCII, so its length is its size in bytes.
  return whole.length <= FACTS_BYTES_MAX ? whole : encodeWhole(ownSideOnly(facts));
}

function encodeWhole(facts: DecisionFacts): string {
  const {
    leaderAddress: _l,
    tokenId: _t,
    conditionId: _c,
    groupKey: _g,
    idempotencyKey: _k,
    ...intent
  } = facts.intent;
  const { book, portfolio, nowMs } = facts;
  let market: Stored['market'] = null;
  if (facts.market !== null) {
    const { tokenId: _mt, conditionId: _mc, outcomeTokenIds: _mo, ...rest } = facts.market;
    market = rest;
  }
  const stored: Stored = {
    intent,
    market,
    book:
      book === null
        ? null
        : {
            asOfMs: book.asOfMs,
            hash: book.hash.replace(/[^0-9A-Za-z]/g, '').slice(0, HASH_CHARS_MAX),
            bids: encodeLevels(book.bids),
            asks: encodeLevels(book.asks),
          },
    portfolio,
    nowMs,
  };
  // An amount that a JSON number cannot hold exactly is written as text.
  return JSON.stringify(stored, (_key, value: unknown) => {
    if (typeof value !== 'bigint') return value;
    return abs(value) <= SAFE_MICROS_MAX ? Number(value) : value.toString();
  });
}

/** Replaces the amounts in place: three times as fast as a reviver, and a preview reads the facts of many decisions. */
function withBigints(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const parts = value as Record<string, unknown>; // parsed JSON: an object or a list has its own keys alone
  for (const [key, part] of Object.entries(parts)) {
    if (typeof part === 'object') withBigints(part);
    else if ((typeof part === 'number' || typeof part === 'string') && /Micros|Ppm/.test(key))
      parts[key] = BigInt(part);
  }
  return value;
}

/** The facts that `encodeFacts` stored, with the ids of the attempt's row. The token of the other outcome is lost. */
export function decodeFacts(encoded: string, ids: IntentIds): DecisionFacts {
  // Only `encodeFacts` writes this text, and it writes bigints under these names alone.
  const stored = withBigints(JSON.parse(encoded)) as Stored;
  const book: Book | null =
    stored.book === null
      ? null
      : {
          tokenId: ids.tokenId,
          asOfMs: stored.book.asOfMs,
          hash: stored.book.hash,
          bids: decodeLevels(stored.book.bids),
          asks: decodeLevels(stored.book.asks),
        };
  return {
    // Facts stored before sales could wait, exits mirrored a fraction, or lags counted from the newest fill, lack these fields.
    intent: {
      ...stored.intent,
      ...ids,
      waitedMs: stored.intent.waitedMs ?? 0,
      exit: stored.intent.exit ?? null,
      newest: stored.intent.newest ?? null,
    },
    market:
      stored.market === null
        ? null
        : {
            ...stored.market,
            tokenId: ids.tokenId,
            conditionId: ids.conditionId,
            outcomeTokenIds: [ids.tokenId],
          },
    book,
    // Facts stored before marks were judged, or before exits were owed, lack fields.
    portfolio: {
      ...stored.portfolio,
      unsureMicros: stored.portfolio.unsureMicros ?? cash(0n),
      ownShareMicros: stored.portfolio.ownShareMicros ?? stored.portfolio.holdingShareMicros,
      owedShareMicros: stored.portfolio.owedShareMicros ?? shares(0n),
    },
    nowMs: stored.nowMs,
  };
}
