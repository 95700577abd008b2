// POST /order and /orders: rate limits, faults, and the answer in the venue's shapes.
// An accepted order is saved before its answer is sent.

import type { Faults, OrderFault } from '../faults/faults.ts';
import { LOST, spoiledEntry, turnedAway } from '../faults/trading-faults.ts';
import { callerOf, UNAUTHORIZED } from '../matching/auth.ts';
import { type EntryAnswer, enterOrder } from '../matching/order-entry.ts';
import { HOLD_MS, holdsTakers } from '../matching/order-rules.ts';
import { fieldsOf } from '../model/json.ts';
import { nextSequence, type World } from '../model/model.ts';
import type { ApiKey } from '../model/trading-model.ts';
import { type Call, json, type RestAnswer } from '../wire/http.ts';

const BATCH_MAX = 15;
const ARRIVALS_MAX = 1_000;

/** What the trading routes need from the exchange. */
export interface TradingContext {
  world: World;
  faults: Faults;
  nowMs: () => number;
  /** Does something now, saves it and sends its frames. */
  act: <Result>(doing: () => Result) => Result;
  rate: RateLimiter;
}

export interface RateLimiter {
  /** Takes tokens if there are enough; the headers give the remaining rate. */
  take(owner: string, tokens: number, nowMs: number): { allowed: boolean; headers: Record<string, string> };
}

/** Token buckets, one per signer. A batch larger than the burst is always refused. */
export function createRateLimiter(limit: { perS: number; burst: number }): RateLimiter {
  const buckets = new Map<string, { tokens: number; atMs: number }>();
  return {
    take(owner, tokens, nowMs) {
      const bucket = buckets.get(owner) ?? { tokens: limit.burst, atMs: nowMs };
      const refilled = bucket.tokens + ((nowMs - bucket.atMs) * limit.perS) / 1_000;
      const available = Math.min(limit.burst, refilled);
      const allowed = available >= tokens;
      const left = allowed ? available - tokens : available;
      buckets.set(owner, { tokens: left, atMs: nowMs });
      const fullInS = Math.ceil((limit.burst - left) / limit.perS);
      const headers: Record<string, string> = {
        'poly-ratelimit-remaining': String(Math.floor(left)),
        'poly-ratelimit-reset': String(Math.floor(nowMs / 1_000) + fullInS),
        'poly-ratelimit-tier': 'standard',
      };
      if (left < limit.burst / 10) headers['poly-ratelimit-warning'] = 'approaching the limit';
      return { allowed, headers };
    },
  };
}

/** One order, or up to fifteen. */
export function postOrders(context: TradingContext, call: Call, batch: boolean): RestAnswer {
  const { world, faults } = context;
  const body = parseJson(call.body);
  const bodies = batch ? body : [body];
  const takes = !Array.isArray(bodies) || bodies.some((one) => !isPostOnly(one));
  const fault = faults.order(takes);
  const away = fault === null ? null : turnedAway(fault);
  // Each order of a batch is judged on its own: what a refusal of one says stands in its entry.
  const refused = batch && away !== null && isOfOneOrder(fault) ? away : null;
  if (away !== null && refused === null) return away;
  const key = callerOf(world, call, context.nowMs());
  if (key === null) return UNAUTHORIZED;
  if (!Array.isArray(bodies)) return json(400, { error: 'Invalid order payload' });
  if (bodies.length > BATCH_MAX) return json(400, { error: 'Too many orders in payload' });
  const rate = context.rate.take(key.owner, bodies.length, context.nowMs());
  if (!rate.allowed)
    return json(429, { error: 'Too Many Requests' }, { ...rate.headers, 'retry-after': '1' });
  if (fault?.kind === 'arrive-late') return postponed(context, { key, bodies, fault });
  const enter = (): EntryAnswer[] =>
    bodies.map((one, at) =>
      refused !== null && at === 0
        ? { status: refused.status, body: fieldsOf(parseJson(refused.body)) ?? {}, order: null }
        : enterOrder(world, faults, { key, body: one }),
    );
  let answers = context.act(enter);
  // The request was delivered twice, and only the second delivery is answered.
  if (fault?.kind === 'duplicate') answers = context.act(enter);
  const first = answers[0]!;
  const undelayed = batch
    ? json(200, answers.map(batchEntry), rate.headers)
    : json(first.status, first.body, rate.headers);
  const answer = answers.some((one) => isHeld(world, one)) ? { ...undelayed, delayMs: HOLD_MS } : undelayed;
  return fault === null ? answer : spoiledEntry(answer, fault);
}

function isOfOneOrder(fault: OrderFault | null): boolean {
  return fault?.kind === 'no-balance' || fault?.kind === 'no-match';
}

/** Only the answer is delayed, not the match: over REST the two look the same. */
function isHeld(world: World, answer: EntryAnswer): boolean {
  const market = answer.order === null ? undefined : world.markets.get(answer.order.conditionId);
  return market !== undefined && holdsTakers(market) && answer.order?.status !== 'LIVE';
}

function postponed(
  context: TradingContext,
  given: { key: ApiKey; bodies: unknown[]; fault: OrderFault },
): RestAnswer {
  const { world } = context;
  context.act(() => {
    for (const body of given.bodies) {
      if (world.trading.arrivals.size >= ARRIVALS_MAX) return;
      const number = nextSequence(world);
      const dueAtMs = world.nowMs + given.fault.delayMs;
      world.trading.arrivals.set(number, {
        number,
        dueAtMs,
        key: given.key.key,
        body: JSON.stringify(body),
      });
      world.dirty.add(`arrival/${number}`);
    }
  });
  return LOST;
}

/** In a batch a refusal is an entry with success and without an order id. */
function batchEntry(answer: EntryAnswer): Record<string, unknown> {
  if (answer.status === 200) return answer.body;
  return { success: true, errorMsg: answer.body.error, orderID: '', status: '' };
}

function isPostOnly(body: unknown): boolean {
  return fieldsOf(body)?.postOnly === true;
}

/** The JSON of a body; undefined when it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: the caller answers 400.
    return undefined;
  }
}
