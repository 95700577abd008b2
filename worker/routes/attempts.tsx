/** One copy attempt, on paper or live: its panel alone for the drawer, a page of its own for a browser. */
import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import { parseLeaderAddress, type TradingMode } from '../../domain/ids.ts';
import { NO_LEADER } from '../../domain/records/sentinels.ts';
import { reasonOf } from '../../durable-objects/platform/ports.ts';
import { log } from '../../durable-objects/platform/workerd.ts';
import { AttemptPanel } from '../../views/attempt/attempt-panel.tsx';
import { Panel } from '../../views/frame/drawer.tsx';
import { AttemptPage } from '../../views/pages/attempt.tsx';
import { MessagePage } from '../../views/pages/message.tsx';
import { currentControl } from '../control/first-control.ts';
import { isPartial } from '../partial.ts';
import type { AppEnv, AppPorts } from '../ports.ts';
import { attemptPanel } from '../read/attempt-data.ts';
import { frameOf } from '../read/page-data.ts';

const ABSENT = 'There is no such copy attempt (yet).';
const NO_ANSWER = 'The database did not answer. Close this and try again.';

/** The routes of single attempts. */
export function attemptRoutes(ports: AppPorts): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get('/paper-trades/:leader/:group', (c) => answer(c, ports, 'PAPER'));
  app.get('/live-trades/:leader/:group', (c) => answer(c, ports, 'LIVE'));
  return app;
}

async function answer(c: Context<AppEnv>, ports: AppPorts, mode: TradingMode): Promise<Response> {
  if (!isPartial(c)) return page(c, ports, mode);
  try {
    const { view } = await read(c, ports, mode);
    if (view === undefined) return await c.html(<Note title="Not found" text={ABSENT} />, 404);
    return await c.html(<AttemptPanel view={view} />);
  } catch (error) {
    // A whole error page would not fit the drawer.
    log('error', 'an attempt was not shown', { path: c.req.path, reason: reasonOf(error) });
    return c.html(<Note title="Not available" text={NO_ANSWER} />, 500);
  }
}

async function page(c: Context<AppEnv>, ports: AppPorts, mode: TradingMode): Promise<Response> {
  const { view, frame } = await read(c, ports, mode);
  if (view === undefined) return c.html(<MessagePage title="Not found" text={ABSENT} withOff />, 404);
  return c.html(<AttemptPage frame={frame} view={view} />);
}

async function read(c: Context<AppEnv>, ports: AppPorts, mode: TradingMode) {
  const nowMs = ports.nowMs();
  const control = await currentControl(c.env, nowMs);
  const leaderAddress = parseLeaderAddress(c.req.param('leader') ?? '') ?? NO_LEADER;
  const name = { mode, leaderAddress, groupKey: c.req.param('group') ?? '' };
  return { view: await attemptPanel(c.env, control, name), frame: frameOf(control, nowMs) };
}

function Note({ title, text }: { readonly title: string; readonly text: string }) {
  return (
    <Panel title={title}>
      <p>{text}</p>
    </Panel>
  );
}
