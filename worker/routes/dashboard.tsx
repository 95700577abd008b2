/** The Dashboard and its part that moves. */
import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import { DashboardLive, DashboardPage } from '../../views/pages/dashboard.tsx';
import { currentControl } from '../control/first-control.ts';
import type { AppEnv, AppPorts } from '../ports.ts';
import { dashboard } from '../read/dashboard-data.ts';

export function dashboardRoutes(ports: AppPorts): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  const view = async (c: Context<AppEnv>) => {
    const nowMs = ports.nowMs();
    const control = await currentControl(c.env, nowMs);
    return dashboard(c.env, control, { range: c.req.query('range'), nowMs });
  };
  app.get('/', async (c) => c.html(<DashboardPage view={await view(c)} />));
  app.get('/part/dashboard', async (c) => c.html(<DashboardLive view={await view(c)} />));
  return app;
}
