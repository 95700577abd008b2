/**
 * The operator's sign-in: one password, compared by HMAC in constant time, and a signed cookie of seven days. Without
 * both secrets nothing is served (fail closed). A new password or secret ends every session.
 */
import type { Context, MiddlewareHandler } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { Env } from './env.ts';
import type { AppEnv } from './ports.ts';

const SESSION_MS = 7 * 86_400_000;
/** Wrong passwords per client and minute; the generated password has far too much entropy for more to matter. */
export const TRIES_PER_MINUTE = 10;
/** Clients remembered at once; the oldest goes. */
const CLIENTS_MAX = 1_000;
const MINUTE_MS = 60_000;

interface Secrets {
  readonly password: string;
  readonly sessionSecret: string;
}

/** Both secrets, or undefined when either is missing or empty. */
export function secretsOf(env: Env): Secrets | undefined {
  const { OPERATOR_PASSWORD: password = '', SESSION_SECRET: sessionSecret = '' } = env;
  return password === '' || sessionSecret === '' ? undefined : { password, sessionSecret };
}

async function hmac(key: string, text: string): Promise<Uint8Array> {
  const encoder = new TextEncoder();
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const imported = await crypto.subtle.importKey('raw', encoder.encode(key), algorithm, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', imported, encoder.encode(text)));
}

function equal(left: Uint8Array, right: Uint8Array): boolean {
  let difference = left.length ^ right.length;
  for (let at = 0; at < left.length; at += 1) difference |= left[at]! ^ (right[at] ?? 0);
  return difference === 0;
}

/** Whether two secrets are the same, in time that depends on neither. */
export async function sameSecret(key: string, given: string, wanted: string): Promise<boolean> {
  return equal(await hmac(key, `secret|${given}`), await hmac(key, `secret|${wanted}`));
}

/** A plain name only on a local http start, where browsers keep no `__Host-` cookie. */
function cookieOf(context: Context<AppEnv>): { readonly name: string; readonly secure: boolean } {
  const { protocol, hostname } = new URL(context.req.url);
  const local = protocol === 'http:' && (hostname === 'localhost' || hostname === '127.0.0.1');
  return local ? { name: 'session', secure: false } : { name: '__Host-session', secure: true };
}

async function signatureOf(secrets: Secrets, expiresMs: string): Promise<string> {
  const bytes = await hmac(secrets.sessionSecret, `session.v1|${expiresMs}|${secrets.password}`);
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Sets the cookie of a session that begins now. */
export async function beginSession(context: Context<AppEnv>, secrets: Secrets, nowMs: number): Promise<void> {
  const { name, secure } = cookieOf(context);
  const expiresMs = String(nowMs + SESSION_MS);
  setCookie(context, name, `${expiresMs}.${await signatureOf(secrets, expiresMs)}`, {
    path: '/',
    httpOnly: true,
    sameSite: 'Lax',
    secure,
    maxAge: SESSION_MS / 1_000,
  });
}

export function endSession(context: Context<AppEnv>): void {
  const { name, secure } = cookieOf(context);
  deleteCookie(context, name, { path: '/', secure });
}

/** Whether the request carries a session of ours that has not expired. */
export async function isSignedIn(
  context: Context<AppEnv>,
  secrets: Secrets,
  nowMs: number,
): Promise<boolean> {
  const { name } = cookieOf(context);
  const [expiresMs = '', signature = ''] = (getCookie(context, name) ?? '').split('.');
  if (!/^\d{1,15}$/.test(expiresMs) || Number(expiresMs) <= nowMs) return false;
  const encoder = new TextEncoder();
  return equal(encoder.encode(signature), encoder.encode(await signatureOf(secrets, expiresMs)));
}

/** Counts wrong passwords per client, in the memory of this isolate. */
export class SignInThrottle {
  private readonly tries = new Map<string, { readonly sinceMs: number; readonly count: number }>();

  /** Whether the client may try now. */
  allows(client: string, nowMs: number): boolean {
    const known = this.tries.get(client);
    return known === undefined || nowMs - known.sinceMs >= MINUTE_MS || known.count < TRIES_PER_MINUTE;
  }

  failed(client: string, nowMs: number): void {
    const known = this.tries.get(client);
    const running =
      known !== undefined && nowMs - known.sinceMs < MINUTE_MS ? known : { sinceMs: nowMs, count: 0 };
    this.tries.delete(client);
    this.tries.set(client, { sinceMs: running.sinceMs, count: running.count + 1 });
    const oldest = this.tries.keys().next();
    if (this.tries.size > CLIENTS_MAX && !oldest.done) this.tries.delete(oldest.value);
  }
}

/** State changes are form posts only: another content type would pass the CSRF check unseen. */
export function formPostsOnly(): MiddlewareHandler<AppEnv> {
  return async function formPosts(context, next) {
    const { method } = context.req;
    if (method === 'GET' || method === 'HEAD') return next();
    const type = context.req.header('content-type') ?? '';
    const isForm = /^(application\/x-www-form-urlencoded|multipart\/form-data)\b/i.test(type);
    if (method !== 'POST' || !isForm) return context.text('Only form posts are accepted.', 415);
    return next();
  };
}
