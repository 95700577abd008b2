/** The page Status, its polled part, and the check whether live trading is ready, which places nothing. It works without D1. */
import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import { reasonOf } from '../../durable-objects/platform/ports.ts';
import { log } from '../../durable-objects/platform/workerd.ts';
import { listQuarantine } from '../../ledger/read/portfolio.ts';
import { listAudit } from '../../ledger/write/control-store.ts';
import type { HeaderFrame } from '../../views/frame/layout.tsx';
import { StatusLive, type StatusLiveView, StatusPage, type StatusView } from '../../views/pages/status.tsx';
import type { WalletsView } from '../../views/status/objects.ts';
import { currentControl } from '../control/first-control.ts';
import { runLiveCheck } from '../control/live-check.ts';
import type { Env } from '../env.ts';
import type { AppEnv, AppPorts } from '../ports.ts';
import { databaseStatus } from '../read/status/database-status.ts';
import { limitsStatus } from '../read/status/limits-status.ts';
import { entriesOf, objectStatuses, paperStateOf, stateOf } from '../read/status/object-status.ts';
import { storageStatus } from '../read/status/storage-status.ts';

const QUARANTINE_ROWS = 50;
const AUDIT_ROWS = 20;

/** The routes of the page Status. */
export function statusRoutes(ports: AppPorts): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  const page = async (c: Context<AppEnv>, checks: StatusView['checks']) => {
    const view = await moving(c.env, ports);
    const [quarantine, audit, kept] = await Promise.all([
      unlessDown(() => listQuarantine(c.env.DB, QUARANTINE_ROWS)),
      unlessDown(() => listAudit(c.env.DB, AUDIT_ROWS)),
      unlessDown(() => whatIsKept(c.env, ports.nowMs())),
    ]);
    const frame = frameOfWallets(view.objects);
    return <StatusPage view={{ ...view, frame, quarantine, audit, kept, checks }} />;
  };
  app.get('/status', async (c) => c.html(await page(c, undefined)));
  app.post('/status/live-check', async (c) => c.html(await page(c, await runLiveCheck(c.env))));
  app.get('/part/status', async (c) => c.html(<StatusLive view={await moving(c.env, ports)} />));
  return app;
}

/** What the objects and D1 report now. Without D1 the leaders are not known, so only they are left out. */
async function moving(env: Env, ports: AppPorts): Promise<StatusLiveView> {
  const [control, database] = await Promise.all([
    unlessDown(() => currentControl(env, ports.nowMs())),
    databaseStatus(env, ports),
  ]);
  const objects = await objectStatuses(env, control?.followedUsers ?? []);
  return { objects, database, nowMs: ports.nowMs() };
}

/** What D1 keeps, and how much of the plan is used. */
async function whatIsKept(env: Env, nowMs: number): Promise<NonNullable<StatusView['kept']>> {
  const { system } = await currentControl(env, nowMs);
  const [storage, limits] = await Promise.all([
    storageStatus(env, system),
    limitsStatus(env, system.plan, nowMs),
  ]);
  return { storage, limits };
}

/** The switches as the Wallets enforce them, which is what counts. */
function frameOfWallets({ paper, live }: WalletsView): HeaderFrame {
  return { paperTrading: paperStateOf(paper), liveTrading: stateOf(live), liveEntries: entriesOf(live) };
}

/** What D1 has, or undefined while it does not answer: this page is for just that hour. */
async function unlessDown<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    log('warn', 'D1 did not answer the status page', { reason: reasonOf(error) });
    return undefined;
  }
}
