/** Signing in by password and signing out. Where Cloudflare Access is the door, the password's is closed. */
import { Hono } from 'hono/tiny';
import { reasonOf } from '../../durable-objects/platform/ports.ts';
import { withinTime } from '../../durable-objects/platform/time-limit.ts';
import { log, workerTimers } from '../../durable-objects/platform/workerd.ts';
import { MessagePage } from '../../views/pages/message.tsx';
import { SignInPage } from '../../views/pages/sign-in.tsx';
import { SignedOutPage } from '../../views/pages/signed-out.tsx';
import { auditDone } from '../commands/audit-done.ts';
import { clientOf } from '../door/client.ts';
import { keepDevice, readDevice } from '../door/device.ts';
import { doorOf } from '../door/door.ts';
import { pagePath } from '../door/same-origin.ts';
import { beginSession, endSession, keepsNoCookie, readSession, sameSecret } from '../door/session.ts';
import { SignInTries, type Tryer } from '../door/sign-in-tries.ts';
import type { Env } from '../env.ts';
import type { AppEnv, AppPorts } from '../ports.ts';

const AUDIT_MS_MAX = 1_000;
/** Ends the session at Access; on our own host, where Access answers before the Worker. */
const ACCESS_SIGN_OUT = '/cdn-cgi/access/logout';

/** The routes of the door, the only ones that a stranger may ask for. */
export function signInRoutes(ports: AppPorts): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  const tries = new SignInTries();
  app.get('/sign-in', async (c) => {
    const door = doorOf(c.env);
    if (door.kind !== 'password') return c.html(<AccessSignsIn actor={c.get('actor')} />);
    if (keepsNoCookie(c)) return c.html(<NoCookieHere address={c.req.url} />, 400);
    const to = pagePath(c.req.query('to')) ?? '/';
    const session = await readSession(c, door.secrets, ports.nowMs());
    return session === undefined ? c.html(<SignInPage to={to} />) : c.redirect(to, 303);
  });
  app.post('/sign-in', async (c) => {
    const door = doorOf(c.env);
    if (door.kind !== 'password') return c.html(<AccessSignsIn actor={c.get('actor')} />, 403);
    if (keepsNoCookie(c)) return c.html(<NoCookieHere address={c.req.url} />, 400);
    const body = await c.req.parseBody();
    const to = pagePath(textOf(body.to)) ?? '/';
    const device = await readDevice(c, door.secrets);
    const client = device === undefined ? clientOf(c.req.header('cf-connecting-ip')) : `device ${device}`;
    const tryer = { client, isKnown: device !== undefined };
    const nowMs = ports.nowMs();
    if (!(await tries.allows(c.env, tryer, nowMs))) {
      log('warn', 'too many wrong passwords');
      c.header('Retry-After', '60');
      return c.html(<SignInPage error="Too many wrong passwords. Wait a minute." to={to} />, 429);
    }
    if (!(await sameSecret(textOf(body.password), door.secrets.password))) {
      log('warn', 'wrong password');
      return c.html(<SignInPage error="That is not the password." to={to} />, 401);
    }
    await tries.succeeded(c.env, tryer);
    await beginSession(c, door.secrets, nowMs);
    await keepDevice(c, door.secrets, device ?? ports.newId());
    await auditSignIn(c.env, { tryer, commandId: ports.newId(), nowMs });
    return c.redirect(to, 303);
  });
  app.post('/sign-out', (c) => {
    endSession(c);
    if (doorOf(c.env).kind === 'password') return c.redirect('/sign-in', 303);
    // Not a redirect: what follows a form may lead to our own host only (form-action), and Access leads on to its own.
    c.header('Refresh', `0; url=${ACCESS_SIGN_OUT}`);
    return c.html(<SignedOutPage href={ACCESS_SIGN_OUT} />);
  });
  return app;
}

/** The row is not waited for long: an Emergency OFF may be what the operator signs in for, while D1 is down. */
async function auditSignIn(
  env: Env,
  { tryer, commandId, nowMs }: { readonly tryer: Tryer; readonly commandId: string; readonly nowMs: number },
): Promise<void> {
  const newValue = tryer.isKnown ? 'a browser that has signed in before' : 'a new browser';
  const audit = [{ action: 'signIn', subject: 'SYSTEM', field: 'signIn', oldValue: '', newValue }];
  try {
    const row = auditDone(env, { commandId, actor: 'operator', nowMs }, audit);
    await withinTime(workerTimers, { ms: AUDIT_MS_MAX, what: 'D1' }, row);
  } catch (error) {
    log('error', 'a sign-in has no audit row', { reason: reasonOf(error) });
  }
}

function NoCookieHere({ address }: { readonly address: string }) {
  const { host, port } = new URL(address);
  const text = `Over plain http a browser keeps no sign-in for ${host}. Use https, or open http://localhost:${port} on the machine that runs the app (from elsewhere: ssh -L ${port}:localhost:${port} that machine).`;
  return <MessagePage title="This address cannot work" text={text} />;
}

/** A field's text; a file, a list or nothing at all is none. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function AccessSignsIn({ actor }: { readonly actor: string }) {
  const text = `Cloudflare Access signs you in, as ${actor}. No password is taken here.`;
  return <MessagePage title="Sign in" text={text} />;
}
