/** The pages that only show: Trades, Paper Trades; each with the part that is polled. */
import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import { NO_LEADER } from '../../domain/records/sentinels.ts';
import type { Control } from '../../domain/settings/control.ts';
import { type AttemptFilter, listAttempts } from '../../ledger/read/attempts.ts';
import { listFills } from '../../ledger/read/leader-fills.ts';
import { PaperTradesLive, PaperTradesPage, type PaperTradesView } from '../../views/pages/paper-trades.tsx';
import { TradesLive, TradesPage, type TradesView } from '../../views/pages/trades.tsx';
import { currentControl } from '../control/first-control.ts';
import type { Env } from '../env.ts';
import type { AppEnv, AppPorts } from '../ports.ts';
import { copyQuality } from '../read/copy-quality.ts';
import {
  frameOf,
  type ListRequest,
  leaderNames,
  listRequest,
  namesFor,
  pagingOf,
} from '../read/page-data.ts';

/** The routes of the pages that only show. */
export function pageRoutes(ports: AppPorts): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  const control = (context: Context<AppEnv>) => currentControl(context.env, ports.nowMs());

  app.get('/trades', async (c) =>
    c.html(<TradesPage view={await trades(c.env, await control(c), c.req.query(), ports.nowMs())} />),
  );
  app.get('/part/trades', async (c) =>
    c.html(<TradesLive view={await trades(c.env, await control(c), c.req.query(), ports.nowMs())} />),
  );
  app.get('/paper-trades', async (c) => {
    const nowMs = ports.nowMs();
    const view = await paperTrades(c.env, await control(c), c.req.query(), nowMs);
    const leaderAddress = view.filters.leader ?? NO_LEADER;
    const quality = await copyQuality(c.env, { mode: 'PAPER', leaderAddress, nowMs });
    return c.html(<PaperTradesPage view={{ ...view, quality }} />);
  });
  app.get('/part/paper-trades', async (c) =>
    c.html(
      <PaperTradesLive view={await paperTrades(c.env, await control(c), c.req.query(), ports.nowMs())} />,
    ),
  );
  app.get('/copy-attempts', (c) => c.redirect('/paper-trades', 301));
  app.get('/portfolio', (c) => c.redirect('/paper-portfolio', 301));
  return app;
}

async function trades(
  env: Env,
  control: Control,
  query: Record<string, string>,
  nowMs: number,
): Promise<TradesView> {
  const request = await listRequest(env, query);
  const { conditionIds, sinceMs, beforeMs, before } = request;
  const filter = { leaderAddress: request.filters.leader, conditionIds, sinceMs, beforeMs };
  const page = await listFills(env.DB, filter, before);
  return {
    frame: frameOf(control, nowMs),
    fills: page.rows,
    names: await namesFor(env, control, page.rows),
    filters: request.values,
    paging: pagingOf('/trades', request, page),
  };
}

async function paperTrades(
  env: Env,
  control: Control,
  query: Record<string, string>,
  nowMs: number,
): Promise<Omit<PaperTradesView, 'quality'>> {
  const request = await listRequest(env, query);
  const page = await listAttempts(env.DB, attemptFilter(request), request.before);
  const named = await namesFor(env, control, page.rows);
  return {
    frame: frameOf(control, nowMs),
    attempts: page.rows,
    names: { ...named, leaders: leaderNames(control) },
    filters: request.values,
    paging: pagingOf('/paper-trades', request, page),
  };
}

function attemptFilter({ filters, conditionIds, sinceMs, beforeMs }: ListRequest): AttemptFilter {
  return {
    mode: 'PAPER',
    leaderAddress: filters.leader,
    decision: filters.decision,
    reason: filters.reason,
    sourceType: filters.source,
    conditionIds,
    sinceMs,
    beforeMs,
  };
}
