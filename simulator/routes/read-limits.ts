// The venue's limits on public reads, in a sliding window of ten seconds. A refused call counts too, so one that goes on asking stays
// refused (polymarket-api.md 1.7, 0-).

import { type Call, json, type RestAnswer } from '../wire/http.ts';

const WINDOW_MS = 10_000;

/** Requests in ten seconds by path. */
const LIMITS: Readonly<Record<string, number>> = {
  '/book': 1_500,
  '/books': 500,
  '/v2/trades': 200,
  '/v2/activity': 400,
  '/v2/positions': 200,
  '/v2/resolutions': 200,
  '/markets/keyset': 300,
  '/public-search': 350,
};

export type ReadLimits = (call: Call) => RestAnswer | null;

/** Answers 429 to a call beyond its limit; null for one within, and for routes without a limit. */
export function createReadLimits(nowMs: () => number): ReadLimits {
  const calls = new Map<string, number[]>();
  return ({ path }) => {
    const limit = LIMITS[path];
    if (limit === undefined) return null;
    const now = nowMs();
    const recent = (calls.get(path) ?? []).filter((atMs) => now - atMs < WINDOW_MS);
    recent.push(now);
    calls.set(path, recent);
    if (recent.length <= limit) return null;
    const freeInMs = recent[recent.length - limit]! + WINDOW_MS - now;
    const seconds = String(Math.max(1, Math.ceil(freeInMs / 1_000)));
    return json(429, { error: 'Too Many Requests', retryable: true }, { 'retry-after': seconds });
  };
}
