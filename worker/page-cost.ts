/**
 * What a page costs, sent with the page: rows read, statements, time in D1 and in all, in the answer's `Server-Timing`, which
 * browsers show beside the request. It is behind the sign-in, so that only the operator sees it. The objects' own use of
 * D1 is not in it. Every few minutes the sums go to D1, for the shares of the plan's limits on Status.
 */
import type { Context, MiddlewareHandler } from 'hono';
import { reasonOf } from '../durable-objects/platform/ports.ts';
import { log } from '../durable-objects/platform/workerd.ts';
import { countedD1, type D1Cost, noCost } from '../ledger/counted-d1.ts';
import type { AppEnv } from './ports.ts';
import { requestUsage } from './request-usage.ts';

/** Pages say within three seconds what they can show, and that D1 does not answer. */
const DATABASE_MS_MAX = 2_500;
/** They answer from the Wallets; D1 only takes the record. */
const OFF_COMMANDS: ReadonlySet<string> = new Set(['/live-trades/off']);

/** Gives the rest of the app a database that counts, and sends the sums. */
export function pageCost(nowMs: () => number = Date.now): MiddlewareHandler<AppEnv> {
  return async function countCost(c, next) {
    const cost = noCost();
    const startedAtMs = nowMs();
    const { DB } = c.env;
    // A copy: the runtime hands the same bindings to every request.
    c.env = { ...c.env, DB: countedD1(DB, cost, { nowMs, msMax: databaseMsMax(c) }) };
    await next();
    c.header('Server-Timing', serverTiming(cost, nowMs() - startedAtMs));
    const sent = requestUsage.count(DB, cost, nowMs());
    if (sent !== undefined) afterAnswer(() => c.executionCtx, sent);
  };
}

/** A command that saves waits for D1, since nobody could say what became of it; an export may be long. */
function databaseMsMax({ env, req }: Context<AppEnv>): number {
  const isPage = req.method === 'GET' && !req.path.startsWith('/export/');
  if (!isPage && !OFF_COMMANDS.has(req.path)) return Number.POSITIVE_INFINITY;
  const given = Number(env.PAGE_DATABASE_MS_MAX);
  return given > 0 ? given : DATABASE_MS_MAX;
}

/** Tests have no context of a request: there it goes on by itself. */
function afterAnswer(context: () => Pick<ExecutionContext, 'waitUntil'>, work: Promise<unknown>): void {
  const whole = work.catch((error: unknown) =>
    log('warn', 'the use of the plan was not noted', { reason: reasonOf(error) }),
  );
  try {
    context().waitUntil(whole);
  } catch {
    // Hono throws where there is none.
  }
}

/** `db` and `app` with their milliseconds, and the counts as the description of `db`. */
export function serverTiming(cost: D1Cost, appMs: number): string {
  const counts = `rows ${cost.rowsRead}, statements ${cost.statements}`;
  return `db;dur=${cost.busyMs.toFixed(1)};desc="${counts}", app;dur=${appMs.toFixed(1)}`;
}
