/** The app: security first, then sign-in, then the pages. Every route but sign-in needs the operator (design.md 13). */
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { csrf } from 'hono/csrf';
import { HTTPException } from 'hono/http-exception';
import { secureHeaders } from 'hono/secure-headers';
import { reasonOf } from '../durable-objects/ports.ts';
import { log } from '../durable-objects/worker-ports.ts';
import { Live } from '../views/layout.tsx';
import { MessagePage } from '../views/pages/message.tsx';
import { SignInPage } from '../views/pages/sign-in.tsx';
import { pageCost } from './page-cost.ts';
import type { AppEnv, AppPorts } from './ports.ts';
import { findProfile, searchProfiles } from './profiles.ts';
import { attemptRoutes } from './routes/attempts.tsx';
import { configRoutes } from './routes/config.tsx';
import { configHistoryRoutes } from './routes/config-history.tsx';
import { configPreviewRoutes } from './routes/config-preview.tsx';
import { dashboardRoutes } from './routes/dashboard.tsx';
import { eventRoutes } from './routes/events.ts';
import { exportRoutes } from './routes/exports.ts';
import { formRoutes } from './routes/forms.tsx';
import { liveRoutes } from './routes/live.tsx';
import { marketRoutes } from './routes/markets.tsx';
import { pageRoutes } from './routes/pages.tsx';
import { statusRoutes } from './routes/status.tsx';
import { userRoutes } from './routes/users.tsx';
import {
  beginSession,
  endSession,
  formPostsOnly,
  isSignedIn,
  SignInThrottle,
  sameSecret,
  secretsOf,
} from './sign-in.ts';

/** The largest form is the settings with 500 blacklisted markets. */
const BODY_BYTES_MAX = 128 * 1024;
const NOT_CONFIGURED =
  'This app is not configured: set the secrets OPERATOR_PASSWORD and SESSION_SECRET. Until then it serves nothing.';

const PORTS: AppPorts = {
  nowMs: () => Date.now(),
  newId: () => crypto.randomUUID(),
  findProfile,
  searchProfiles,
};

/** The whole app. */
export function createApp(ports: AppPorts = PORTS): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        connectSrc: ["'self'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
      xFrameOptions: 'DENY',
      referrerPolicy: 'no-referrer',
    }),
  );
  app.use(async function notConfigured(c, next) {
    if (secretsOf(c.env) !== undefined) return next();
    return c.html(<MessagePage title="Not configured" text={NOT_CONFIGURED} />, 503);
  });
  app.use(formPostsOnly());
  app.use(csrf());
  app.use(bodyLimit({ maxSize: BODY_BYTES_MAX }));
  signInRoutes(app, ports);
  app.use(requireOperator(ports));
  app.use(pageCost());
  app.use(async function neverCached(c, next) {
    await next();
    c.header('Cache-Control', 'no-store');
  });
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
  app.route('/', statusRoutes(ports));
  app.route('/', exportRoutes());
  app.route('/', eventRoutes());
  app.notFound((c) => c.html(<MessagePage title="Not found" text="There is no such page." withOff />, 404));
  app.onError((error, c) => {
    // A refusal by the CSRF check or the size limit: it brings its own answer.
    if (error instanceof HTTPException) return c.text(error.message, error.status);
    log('error', 'a request failed', { path: c.req.path, reason: reasonOf(error) });
    return failed(c);
  });
  return app;
}

function signInRoutes(app: Hono<AppEnv>, ports: AppPorts): void {
  const throttle = new SignInThrottle();
  app.get('/sign-in', (c) => c.html(<SignInPage />));
  app.post('/sign-in', async (c) => {
    const secrets = secretsOf(c.env);
    const client = c.req.header('cf-connecting-ip') ?? 'local';
    const nowMs = ports.nowMs();
    if (secrets === undefined || !throttle.allows(client, nowMs)) {
      return c.html(<SignInPage error="Too many wrong passwords. Wait a minute." />, 429);
    }
    const { password } = await c.req.parseBody();
    const given = typeof password === 'string' ? password : '';
    if (!(await sameSecret(secrets.sessionSecret, given, secrets.password))) {
      throttle.failed(client, nowMs);
      log('warn', 'wrong password');
      return c.html(<SignInPage error="That is not the password." />, 401);
    }
    await beginSession(c, secrets, nowMs);
    return c.redirect('/', 303);
  });
  app.post('/sign-out', (c) => {
    endSession(c);
    return c.redirect('/sign-in', 303);
  });
}

/** Lets the signed-in operator pass, and to the exports a program with the token. A fragment sends the page to sign-in. */
function requireOperator(ports: AppPorts) {
  return async function operatorOnly(c: Context<AppEnv>, next: () => Promise<void>) {
    const secrets = secretsOf(c.env);
    if (secrets !== undefined && (await isSignedIn(c, secrets, ports.nowMs()))) {
      c.set('actor', 'operator');
      return next();
    }
    const bearer = /^Bearer (.+)$/.exec(c.req.header('authorization') ?? '')?.[1];
    if (c.req.path.startsWith('/export/')) {
      const token = c.env.EXPORT_TOKEN ?? '';
      const allowed =
        secrets !== undefined &&
        bearer !== undefined &&
        token !== '' &&
        (await sameSecret(secrets.sessionSecret, bearer, token));
      if (allowed) return next();
      if (bearer !== undefined) return c.text('The export token is not valid.', 401);
    }
    if (c.req.path.startsWith('/live/') || c.req.path === '/events')
      return c.text('Signed out.', 401, { 'HX-Redirect': '/sign-in' });
    return c.redirect('/sign-in', 303);
  };
}

const LIVE_IDS: Readonly<Record<string, string>> = {
  '/live/dashboard': 'dashboard',
  '/live/trades': 'trades',
  '/live/paper-trades': 'paper-trades',
  '/live/paper-portfolio': 'portfolio',
  '/live/status': 'status',
  '/live/live-trades': 'live-trades',
  '/live/live-status': 'live-status',
  '/live/live-switch': 'live-switch',
  '/live/switch-on': 'switch-on',
  '/live/real-portfolio': 'real-portfolio',
};

/** A page says that it failed; a polled part says so too, and goes on polling, since htmx puts in whatever comes. */
function failed(c: Context<AppEnv>): Response | Promise<Response> {
  const text =
    'The database or an object did not answer. Copying goes on without this page; it is tried again.';
  const id = c.req.path.startsWith('/live/users/') ? 'user' : LIVE_IDS[c.req.path];
  if (id === undefined) return c.html(<MessagePage title="Not available" text={text} withOff />, 500);
  const { pathname, search } = new URL(c.req.url);
  return c.html(
    <Live id={id} src={`${pathname}${search}`} on={[]} everySeconds={5}>
      <p class="error" role="alert">
        {text}
      </p>
    </Live>,
    500,
  );
}
