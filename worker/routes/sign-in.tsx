/** Signing in by password and signing out. Where Cloudflare Access is the door, the password's is closed. */
import { Hono } from 'hono';
import { Throttle } from '../../durable-objects/platform/throttle.ts';
import { log } from '../../durable-objects/platform/workerd.ts';
import { MessagePage } from '../../views/pages/message.tsx';
import { SignInPage } from '../../views/pages/sign-in.tsx';
import { SignedOutPage } from '../../views/pages/signed-out.tsx';
import { clientOf } from '../door/client.ts';
import { doorOf } from '../door/door.ts';
import { pagePath } from '../door/same-origin.ts';
import { beginSession, endSession, readSession, sameSecret } from '../door/session.ts';
import type { AppEnv, AppPorts } from '../ports.ts';

/** Ends the session at Access; on our own host, where Access answers before the Worker. */
const ACCESS_SIGN_OUT = '/cdn-cgi/access/logout';

/** The routes of the door, the only ones that a stranger may ask for. */
export function signInRoutes(ports: AppPorts): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  const throttle = new Throttle();
  app.get('/sign-in', async (c) => {
    const door = doorOf(c.env);
    if (door.kind !== 'password') return c.html(<AccessSignsIn actor={c.get('actor')} />);
    const to = pagePath(c.req.query('to')) ?? '/';
    const session = await readSession(c, door.secrets, ports.nowMs());
    return session === undefined ? c.html(<SignInPage to={to} />) : c.redirect(to, 303);
  });
  app.post('/sign-in', async (c) => {
    const door = doorOf(c.env);
    if (door.kind !== 'password') return c.html(<AccessSignsIn actor={c.get('actor')} />, 403);
    const body = await c.req.parseBody();
    const to = pagePath(textOf(body.to)) ?? '/';
    const client = clientOf(c.req.header('cf-connecting-ip'));
    const nowMs = ports.nowMs();
    if (!throttle.allows(client, nowMs)) {
      log('warn', 'too many wrong passwords');
      c.header('Retry-After', '60');
      return c.html(<SignInPage error="Too many wrong passwords. Wait a minute." to={to} />, 429);
    }
    if (!(await sameSecret(textOf(body.password), door.secrets.password))) {
      log('warn', 'wrong password');
      return c.html(<SignInPage error="That is not the password." to={to} />, 401);
    }
    throttle.succeeded(client);
    await beginSession(c, door.secrets, nowMs);
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

/** A field's text; a file, a list or nothing at all is none. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function AccessSignsIn({ actor }: { readonly actor: string }) {
  const text = `Cloudflare Access signs you in, as ${actor}. No password is taken here.`;
  return <MessagePage title="Sign in" text={text} />;
}
