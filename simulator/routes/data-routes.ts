// Data API v2: trades, activity, positions, value, resolutions and status, with its envelope, cursors, lag and CDN cache.
// Rows appear three to five seconds after the match; a repeated address is answered from the cache, as at the venue.

import { jsonNumber, mulDivFloor, ONE, parseMicros } from '../model/decimal.ts';
import type { ActivityRow, World } from '../model/model.ts';
import { scatterHex } from '../model/random.ts';
import { ACTIVITY_TYPES, positionRow, positionsOf, resolutionRow, tradeRow } from '../wire/data-rows.ts';
import { type Call, json, listParam, type RestAnswer, type Routes } from '../wire/http.ts';

const PAGE_ROWS_MAX = 1_000;
const CONDITIONS_MAX = 20;
const CACHE_ENTRIES_MAX = 2_000;

const CACHE_MS: Record<string, number> = {
  '/v2/trades': 300_000,
  '/v2/activity': 15_000,
  '/v2/positions': 5_000,
};

const ADDRESS = /^0x[0-9a-f]{40}$/;
const CONDITION = /^0x[0-9a-f]{64}$/;

/** The routes over a world. The cache is keyed by the whole address, so a changing extra parameter bypasses it. */
export function dataRoutes(world: World, clock: () => number): Routes {
  const cache = new Map<string, { answer: RestAnswer; untilMs: number }>();
  return (call) => {
    const answer = ROUTES[call.path];
    if (answer === undefined || call.method !== 'GET') return null;
    const lifeMs = CACHE_MS[call.path] ?? 0;
    const key = `${call.path}?${call.query}`;
    const cached = cache.get(key);
    if (cached !== undefined && cached.untilMs > clock()) {
      return { ...cached.answer, headers: { ...cached.answer.headers, 'cf-cache-status': 'HIT' } };
    }
    const fresh = answer(world, call, clock());
    if (lifeMs > 0 && fresh.status === 200) {
      if (cache.size >= CACHE_ENTRIES_MAX) cache.delete(cache.keys().next().value!);
      cache.delete(key);
      cache.set(key, { answer: fresh, untilMs: clock() + lifeMs });
      return {
        ...fresh,
        headers: { ...fresh.headers, 'cache-control': `public, max-age=${lifeMs / 1_000}` },
      };
    }
    return fresh;
  };
}

type Answer = (world: World, call: Call, nowMs: number) => RestAnswer;

const ROUTES: Record<string, Answer> = {
  '/v2/trades': trades,
  '/v2/activity': activity,
  '/v2/positions': positions,
  '/v2/value': value,
  '/v2/resolutions': resolutions,
  '/v2/status': status,
  '/v2/leaderboard': leaderboard,
};

function trades(world: World, call: Call, nowMs: number): RestAnswer {
  const page = pageOf(call);
  if ('error' in page) return page.error;
  const user = userOf(call, false);
  if (user === undefined) return envelope([], page.limit, null);
  const times = call.query.has('start') || call.query.has('end');
  if (user === null && times) return refusal('start and end need user', 'start');
  if (!timesAreWhole(call)) return refusal('start and end must be unix seconds', 'start');
  const takerOnly = call.query.get('taker_only') !== 'false';
  const amountMin = amountOf(call, 'filter_amount', 10_000n);
  if (amountMin === null) return refusal('filter_amount must be a number', 'filter_amount');
  const byCash = call.query.get('filter_type')?.toUpperCase() === 'CASH';
  const rows = visibleRows(world, { call, user, nowMs }).filter(
    (row) =>
      row.kind === 'TRADE' &&
      (!takerOnly || row.role === 'taker') &&
      parseMicros(byCash ? row.usdcSize : row.size) >= amountMin,
  );
  return pageAnswer(rows, page, false, (row) => tradeRow(world, row));
}

function activity(world: World, call: Call, nowMs: number): RestAnswer {
  const page = pageOf(call);
  if ('error' in page) return page.error;
  const user = userOf(call, true);
  if (user === null) return refusal('user is required', 'user');
  if (user === undefined) return refusal('user must be one address', 'user');
  if (!timesAreWhole(call)) return refusal('start and end must be unix seconds', 'start');
  const kinds = listParam(call.query, 'type').map((kind) => kind.toUpperCase());
  if (call.query.getAll('type').length > 1)
    return refusal('type must be given once', 'type', 'invalid_request');
  if (kinds.some((kind) => !ACTIVITY_TYPES.includes(kind)))
    return refusal('unknown activity type', 'type', 'invalid_request');
  const hidden = call.query.get('exclude_deposits_withdrawals') === 'false' ? [] : ['DEPOSIT', 'WITHDRAWAL'];
  const ascending = call.query.get('sort_direction')?.toUpperCase() === 'ASC';
  const rows = visibleRows(world, { call, user, nowMs }).filter(
    (row) => !hidden.includes(row.kind) && (kinds.length === 0 || kinds.includes(row.kind)),
  );
  return pageAnswer(rows, page, ascending, (row) => ({
    ...tradeRow(world, row),
    type: row.kind,
    usdc_size: Number(row.usdcSize),
  }));
}

function positions(world: World, call: Call, nowMs: number): RestAnswer {
  const page = pageOf(call);
  if ('error' in page) return page.error;
  const user = userOf(call, false);
  if (user === undefined) return refusal('user must be one address', 'user');
  const conditions = listParam(call.query, 'condition').map((id) => id.toLowerCase());
  if (user === null && conditions.length === 0) return refusal('user or condition is required', 'user');
  const sharesMin = amountOf(call, 'filter_amount', 100_000n);
  if (sharesMin === null) return refusal('filter_amount must be a number', 'filter_amount');
  const wanted = (call.query.get('status') ?? 'OPEN').toUpperCase();
  const accounts =
    user === null
      ? [...world.accounts.values()].filter((one) => one.role !== 'tape')
      : [world.accounts.get(user)];
  const rows = accounts
    .flatMap((account) => (account === undefined ? [] : positionsOf(world, account, nowMs)))
    .filter(
      (row) =>
        row.shares >= sharesMin && (conditions.length === 0 || conditions.includes(row.market.conditionId)),
    )
    .filter((row) => wanted === 'OPEN' || wanted === row.status)
    .sort((a, b) =>
      a.shares === b.shares ? (a.tokenId < b.tokenId ? -1 : 1) : a.shares > b.shares ? -1 : 1,
    );
  const from = page.anchor ?? 0;
  const shown = rows.slice(from, from + page.limit);
  const next = from + page.limit < rows.length ? cursorText(from + page.limit, 0, page.limit) : null;
  return envelope(shown.map(positionRow), page.limit, next);
}

function value(world: World, call: Call, nowMs: number): RestAnswer {
  const user = userOf(call, true);
  if (user === null || user === undefined) return refusal('user must be one address', 'user');
  const account = world.accounts.get(user);
  let total = 0n;
  if (account !== undefined) {
    for (const row of positionsOf(world, account, nowMs)) total += mulDivFloor(row.shares, row.price, ONE);
  }
  return json(200, { data: { proxy_wallet: user, value: jsonNumber(total) } });
}

function resolutions(world: World, call: Call): RestAnswer {
  const named = ['condition', 'question_id', 'event_id'].filter((name) => call.query.has(name));
  if (named.length !== 1)
    return refusal('exactly one of condition, question_id and event_id is required', 'condition');
  const ids = listParam(call.query, named[0]!).map((id) => id.toLowerCase());
  if (named[0] !== 'event_id' && !ids.every((id) => CONDITION.test(id))) {
    return refusal('condition must be 0x and 64 hex digits', named[0]!);
  }
  if (ids.length > CONDITIONS_MAX) return refusal(`at most ${CONDITIONS_MAX} conditions`, named[0]!);
  const rows = [...world.markets.values()]
    .filter((market) => ids.includes(named[0] === 'event_id' ? market.event.id : market.conditionId))
    .map(resolutionRow);
  return envelope(rows, PAGE_ROWS_MAX, null);
}

/** Only the lookup of one wallet: one object with what it has realised and traded; volume is in shares. */
function leaderboard(world: World, call: Call, nowMs: number): RestAnswer {
  const user = userOf(call, true);
  if (user === null || user === undefined) return refusal('user must be one address', 'user');
  const account = world.accounts.get(user);
  if (account === undefined) return json(200, { data: null });
  const trades = visibleRows(world, { call, user, nowMs }).filter((row) => row.kind === 'TRADE');
  const volume = trades.reduce((sum, row) => sum + parseMicros(row.size), 0n);
  const pnl = [...account.holdings.values()].reduce((sum, holding) => sum + holding.realized, 0n);
  return json(200, {
    data: { proxy_wallet: user, name: account.name, volume: jsonNumber(volume), pnl: jsonNumber(pnl) },
  });
}

function status(_world: World, _call: Call, nowMs: number): RestAnswer {
  return json(200, {
    data: {
      serving: { lag_seconds: 3, block_timestamp: Math.floor(nowMs / 1_000) - 3 },
      sources: [{ name: 'polygon', lag_seconds: 3 }],
    },
  });
}

/** Visible rows that pass the filters common to trades and activity, oldest first. */
function visibleRows(world: World, ask: { call: Call; user: string | null; nowMs: number }): ActivityRow[] {
  const { query } = ask.call;
  const rows = ask.user === null ? world.activity : (world.activityByWallet.get(ask.user) ?? []);
  const conditions = listParam(query, 'condition').map((id) => id.toLowerCase());
  const side = query.get('side')?.toUpperCase() ?? null;
  const start = Number(query.get('start') ?? 0);
  const end = Number(query.get('end') || Number.MAX_SAFE_INTEGER);
  return rows.filter(
    (row) =>
      row.visibleAtMs <= ask.nowMs &&
      row.timestamp >= start &&
      row.timestamp <= end &&
      (side === null || row.side === side) &&
      (conditions.length === 0 || conditions.includes(row.conditionId)),
  );
}

interface Page {
  limit: number;
  anchor: number | null;
  anchorSequence: number;
}

/** Limit and cursor; `offset` is refused, as the venue does since v2. */
function pageOf(call: Call): Page | { error: RestAnswer } {
  const { query } = call;
  if (query.has('offset')) return { error: refusal('offset is not supported, use cursor', 'offset') };
  const limit = Number(query.get('limit') ?? 100);
  if (!Number.isInteger(limit) || limit < 1 || limit > PAGE_ROWS_MAX) {
    return { error: refusal(`limit must be 1 to ${PAGE_ROWS_MAX}`, 'limit') };
  }
  const cursor = query.get('cursor');
  if (cursor === null || cursor === '') return { limit, anchor: null, anchorSequence: 0 };
  const match = /^(\d+)\.(\d+)\.(\d+)$/.exec(decodeCursor(cursor));
  if (match === null) return { error: refusal('cursor is not valid', 'cursor') };
  // The limit of the first page stays in force; later pages' limits are ignored.
  return { limit: Number(match[3]), anchor: Number(match[1]), anchorSequence: Number(match[2]) };
}

function pageAnswer(
  rows: ActivityRow[],
  page: Page,
  ascending: boolean,
  show: (row: ActivityRow) => unknown,
): RestAnswer {
  const sorted = [...rows].sort((a, b) => a.timestamp - b.timestamp || a.sequence - b.sequence);
  if (!ascending) sorted.reverse();
  const after = (row: ActivityRow): boolean => {
    if (page.anchor === null) return true;
    const order = row.timestamp - page.anchor || row.sequence - page.anchorSequence;
    return ascending ? order > 0 : order < 0;
  };
  const rest = sorted.filter(after);
  const shown = rest.slice(0, page.limit);
  const last = shown.at(-1);
  const next =
    rest.length > shown.length && last !== undefined
      ? cursorText(last.timestamp, last.sequence, page.limit)
      : null;
  return envelope(shown.map(show), page.limit, next);
}

function envelope(data: unknown[], limit: number, nextCursor: string | null): RestAnswer {
  return json(200, {
    data,
    pagination: { limit, offset: 0, has_more: nextCursor !== null, next_cursor: nextCursor },
  });
}

/** The requested address; null when there is none, undefined when it is not exactly one (a list finds nothing). */
function userOf(call: Call, required: boolean): string | null | undefined {
  const user = call.query.get('user');
  if (user === null || user === '') return required ? undefined : null;
  return ADDRESS.test(user.toLowerCase()) ? user.toLowerCase() : undefined;
}

function timesAreWhole(call: Call): boolean {
  return ['start', 'end'].every((name) => /^\d{0,12}$/.test(call.query.get(name) ?? ''));
}

function amountOf(call: Call, name: string, standard: bigint): bigint | null {
  const text = call.query.get(name);
  if (text === null) return standard;
  try {
    return parseMicros(text);
  } catch {
    // Not a number: the caller answers 400.
    return null;
  }
}

function refusal(error: string, parameter: string, code = 'invalid_parameter'): RestAnswer {
  const traceId = scatterHex(`${error}:${parameter}`, 32);
  return json(
    400,
    { error, code, retryable: false, trace_id: traceId, parameter },
    { 'x-trace-id': traceId },
  );
}

function cursorText(anchor: number, sequence: number, limit: number): string {
  return btoa(`${anchor}.${sequence}.${limit}`);
}

function decodeCursor(cursor: string): string {
  try {
    return atob(cursor);
  } catch {
    // Not base64: the caller answers 400.
    return '';
  }
}
