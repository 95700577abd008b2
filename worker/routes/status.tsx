/** The page Status, its polled part, and the check whether live trading is ready, which places nothing. */
import { type Context, Hono } from 'hono';
import { reasonOf } from '../../durable-objects/ports.ts';
import { log } from '../../durable-objects/worker-ports.ts';
import { listAudit } from '../../ledger/control-store.ts';
import { listQuarantine } from '../../ledger/read-portfolio.ts';
import { StatusLive, StatusPage, type StatusView } from '../../views/pages/status.tsx';
import type { Env } from '../env.ts';
import { currentControl } from '../first-control.ts';
import { liveWallet } from '../live-wallet.ts';
import { frameOf, objectStatuses } from '../page-data.ts';
import type { AppEnv, AppPorts } from '../ports.ts';

const QUARANTINE_ROWS = 50;
const AUDIT_ROWS = 50;

/** The routes of the page Status. */
export function statusRoutes(ports: AppPorts): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  const page = async (c: Context<AppEnv>, checks: StatusView['checks']) => {
    const control = await currentControl(c.env, ports.nowMs());
    const [objects, quarantine, audit] = await Promise.all([
      objectStatuses(c.env, control, true),
      listQuarantine(c.env.DB, QUARANTINE_ROWS),
      listAudit(c.env.DB, AUDIT_ROWS),
    ]);
    const frame = frameOf(control, ports.nowMs());
    return <StatusPage view={{ frame, objects, quarantine, audit, problems: [], checks }} />;
  };
  app.get('/status', async (c) => c.html(await page(c, undefined)));
  app.post('/status/live-check', async (c) => c.html(await page(c, await liveCheck(c.env))));
  app.get('/live/status', async (c) => {
    const objects = await objectStatuses(c.env, await currentControl(c.env, ports.nowMs()), true);
    return c.html(<StatusLive view={{ objects, problems: [] }} />);
  });
  return app;
}

/** Every item of the check, or why there is none. Never throws. */
async function liveCheck(env: Env): Promise<NonNullable<StatusView['checks']>> {
  try {
    return await liveWallet(env).liveCheck();
  } catch (error) {
    log('error', 'the live check did not run', { reason: reasonOf(error) });
    return 'The live Wallet did not answer, so nothing is known. Try again.';
  }
}
