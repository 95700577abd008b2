/** The app: security first, then the sign-in, then the pages. Only the sign-in is open to everyone (design.md 13). */
import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { HTTPException } from 'hono/http-exception';
import { Hono } from 'hono/tiny';
import { reasonOf } from '../durable-objects/platform/ports.ts';
import { log } from '../durable-objects/platform/workerd.ts';
import { Live } from '../views/frame/layout.tsx';
import { MessagePage } from '../views/pages/message.tsx';
import { findProfile, searchProfiles } from './control/profiles.ts';
import { accessKeys } from './door/access.ts';
import { configuredDoor, requireOperator } from './door/operator.tsx';
import { sameOriginForms } from './door/same-origin.ts';
import { securityHeaders } from './door/security-headers.ts';
import { pageCost } from './page-cost.ts';
import type { AppEnv, AppPorts } from './ports.ts';
import { attemptRoutes } from './routes/attempts.tsx';
import { configRoutes } from './routes/config.tsx';
import { configHistoryRoutes } from './routes/config-history.tsx';
import { configPreviewRoutes } from './routes/config-preview.tsx';
import { dashboardRoutes } from './routes/dashboard.tsx';
import { deployRoutes } from './routes/deploy.ts';
import { eventRoutes } from './routes/events.ts';
import { exitRoutes } from './routes/exits.tsx';
import { exportRoutes } from './routes/exports.ts';
import { liveRoutes } from './routes/live.tsx';
import { marketRoutes } from './routes/markets.tsx';
import { formRoutes } from './routes/paper-portfolio.tsx';
import { signInRoutes } from './routes/sign-in.tsx';
import { statusRoutes } from './routes/status.tsx';
import { pageRoutes } from './routes/trades.tsx';
import { userRoutes } from './routes/users.tsx';

/** The largest form is the settings with 500 blacklisted markets. */
const BODY_BYTES_MAX = 128 * 1024;

const PORTS: AppPorts = {
  nowMs: () => Date.now(),
  newId: () => crypto.randomUUID(),
  findProfile,
  searchProfiles,
  accessKeys,
};

/** The whole app. */
export function createApp(ports: AppPorts = PORTS): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.use(securityHeaders());
  app.route('/', deployRoutes(ports));
  app.use(configuredDoor());
  app.use(sameOriginForms());
  app.use(bodyLimit({ maxSize: BODY_BYTES_MAX }));
  app.use(requireOperator(ports));
  app.route('/', signInRoutes(ports));
  app.use(pageCost());
  app.route('/', dashboardRoutes(ports));
  app.route('/', pageRoutes(ports));
  app.route('/', attemptRoutes(ports));
  app.route('/', formRoutes(ports));
  app.route('/', userRoutes(ports));
  app.route('/', marketRoutes(ports));
  app.route('/', configRoutes(ports));
  app.route('/', configPreviewRoutes(ports));
  app.route('/', configHistoryRoutes(ports));
  app.route('/', liveRoutes(ports));
  app.route('/', exitRoutes(ports));
  app.route('/', statusRoutes(ports));
  app.route('/', exportRoutes());
  app.route('/', eventRoutes());
  app.notFound((c) => c.html(<MessagePage title="Not found" text="There is no such page." withOff />, 404));
  app.onError((error, c) => {
    // A refusal by the size limit has its own answer.
    if (error instanceof HTTPException) return c.text(error.message, error.status);
    log('error', 'a request failed', { path: c.req.path, reason: reasonOf(error) });
    return failed(c);
  });
  return app;
}

const PART_IDS: Readonly<Record<string, string>> = {
  '/part/dashboard': 'dashboard',
  '/part/trades': 'trades',
  '/part/paper-trades': 'paper-trades',
  '/part/paper-portfolio': 'portfolio',
  '/part/status': 'status',
  '/part/live-trades': 'live-trades',
  '/part/live-status': 'live-status',
  '/part/live-switch': 'live-switch',
  '/part/switch-on': 'switch-on',
  '/part/real-portfolio': 'real-portfolio',
  '/part/orphans': 'orphans',
  '/part/exits': 'exits',
};

/** A page says that it failed; a polled part says so too, and goes on polling, since htmx puts in whatever comes. */
function failed(c: Context<AppEnv>): Response | Promise<Response> {
  const text =
    'The database or an object did not answer. Copying goes on without this page; it is tried again.';
  const id = c.req.path.startsWith('/part/users/') ? 'user' : PART_IDS[c.req.path];
  if (id === undefined) return c.html(<MessagePage title="Not available" text={text} withOff />, 500);
  const { pathname, search } = new URL(c.req.url);
  return c.html(
    <Live id={id} src={`${pathname}${search}`} on={[]} everySeconds={15}>
      <p class="error" role="alert">
        {text}
      </p>
    </Live>,
    500,
  );
}
