/** Who may use the app: nothing is served unless a way to sign in is configured, and then only to the operator (design.md 13). */
import type { Context, MiddlewareHandler } from 'hono';
import { Throttle } from '../../durable-objects/platform/throttle.ts';
import { log } from '../../durable-objects/platform/workerd.ts';
import { MessagePage } from '../../views/pages/message.tsx';
import { SignInPage } from '../../views/pages/sign-in.tsx';
import type { AppEnv, AppPorts } from '../ports.ts';
import { type Access, operatorOf, REFUSALS } from './access.ts';
import { clientOf } from './client.ts';
import { type Door, doorOf } from './door.ts';
import { currentPage, isFragmentRequest } from './same-origin.ts';
import { readSession, renewSession, type Secrets, sameSecret } from './session.ts';

/** Open to everyone, and only where the operator signs in by password. */
const OPEN_PATHS: ReadonlySet<string> = new Set(['/sign-in', '/sign-out']);
const KEYS_UNREADABLE =
  'The keys of Cloudflare Access could not be read, so no one can be let in. Copying goes on; load the page again soon.';
const SESSION_OVER = 'Your session is over, so nothing was changed. Sign in and do it again.';

/** Serves nothing until a way to sign in is configured. */
export function configuredDoor(): MiddlewareHandler<AppEnv> {
  return async function notConfigured(c, next) {
    const door = doorOf(c.env);
    if (door.kind !== 'closed') return next();
    log('error', 'the app is not configured', { problem: door.problem });
    const text = `This app is not configured: ${door.problem}. Until then it serves nothing.`;
    return c.html(<MessagePage title="Not configured" text={text} />, 503);
  };
}

const EXPORT_TOKEN_CHARS_MIN = 16;

/**
 * Lets the operator pass, and a program with the token to the exports. Everything else must be behind this. A part of a
 * page or a stream of events is answered with a redirect of the whole page to the sign-in.
 */
export function requireOperator(ports: AppPorts): MiddlewareHandler<AppEnv> {
  const throttle = new Throttle();
  return async function operatorOnly(c, next) {
    const bearer = exportBearer(c);
    if (bearer !== undefined) {
      const client = clientOf(c.req.header('cf-connecting-ip'));
      if (!throttle.allows(client, ports.nowMs()))
        return c.text('Too many wrong export tokens. Wait a minute.', 429, { 'Retry-After': '60' });
      const token = c.env.EXPORT_TOKEN ?? '';
      // A shorter token could be guessed despite the throttle, and it opens every table.
      if (token !== '' && token.length < EXPORT_TOKEN_CHARS_MIN)
        return c.text(
          `The secret EXPORT_TOKEN is too short: it needs ${EXPORT_TOKEN_CHARS_MIN} characters.`,
          401,
        );
      if (!(await sameSecret(bearer, token))) return c.text('The export token is not valid.', 401);
      throttle.succeeded(client);
      c.set('actor', 'export token');
      return next();
    }
    const door: Door = doorOf(c.env);
    switch (door.kind) {
      case 'access':
        return throughAccess(c, next, { access: door.access, ports });
      case 'password':
        return withSession(c, next, { secrets: door.secrets, nowMs: ports.nowMs() });
      case 'closed':
        return c.text('This app is not configured.', 503);
    }
  };
}

/** The token that a program sends for an export. Such a program has no session and no account at Access. */
function exportBearer(c: Context<AppEnv>): string | undefined {
  if (!['GET', 'HEAD'].includes(c.req.method) || !c.req.path.startsWith('/export/')) return undefined;
  return /^Bearer (.+)$/.exec(c.req.header('authorization') ?? '')?.[1];
}

async function throughAccess(
  c: Context<AppEnv>,
  next: () => Promise<void>,
  { access, ports }: { readonly access: Access; readonly ports: AppPorts },
): Promise<Response | undefined> {
  const keys = ports.accessKeys(access.teamOrigin);
  const token = c.req.header('cf-access-jwt-assertion');
  const answer = await operatorOf(token, access, { keys, nowMs: ports.nowMs() });
  if (answer.kind === 'operator') {
    c.set('actor', answer.email);
    await next();
    return undefined;
  }
  const { status, sentence } =
    answer.kind === 'refused' ? REFUSALS[answer.reason] : { status: 503 as const, sentence: KEYS_UNREADABLE };
  // The page itself then says why, or Access asks the operator to sign in on the way there.
  if (isFragmentRequest(c)) return c.text(sentence, status, { 'HX-Redirect': currentPage(c) ?? '/' });
  return c.html(<MessagePage title="Not let in" text={sentence} />, status);
}

async function withSession(
  c: Context<AppEnv>,
  next: () => Promise<void>,
  { secrets, nowMs }: { readonly secrets: Secrets; readonly nowMs: number },
): Promise<Response | undefined> {
  if (OPEN_PATHS.has(c.req.path)) {
    await next();
    return undefined;
  }
  const session = await readSession(c, secrets, nowMs);
  if (session === undefined) return toSignIn(c);
  c.set('actor', 'operator');
  await next();
  await renewSession(c, secrets, { session, nowMs });
  return undefined;
}

function toSignIn(c: Context<AppEnv>): Response | Promise<Response> {
  const page = currentPage(c);
  const address = page === undefined || page === '/' ? '/sign-in' : `/sign-in?to=${encodeURIComponent(page)}`;
  if (isFragmentRequest(c)) return c.text('Signed out.', 401, { 'HX-Redirect': address });
  if (c.req.method !== 'GET') return c.html(<SignInPage error={SESSION_OVER} to="/" />, 401);
  return c.redirect(address, 303);
}
