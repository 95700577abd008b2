/**
 * The operator's session after the password: a signed cookie of seven days, renewed while it is used, for thirty at most.
 * No session is stored: signing out removes the cookie from the browser, and a new password or SESSION_SECRET ends every
 * session.
 */
import type { Context } from 'hono';
import { deleteCookie, getSignedCookie, setSignedCookie } from 'hono/cookie';
import { DAY_MS } from '../../domain/time.ts';
import type { AppEnv } from '../ports.ts';

const SESSION_MS = 7 * DAY_MS;
/** A session older than this is renewed by the next request. */
const RENEWED_AFTER_MS = DAY_MS;
/** Since the password was typed; then it must be typed again, so that a stolen cookie ends. */
const SESSION_MS_MAX = 30 * DAY_MS;

export interface Secrets {
  readonly password: string;
  readonly sessionSecret: string;
}

interface Session {
  /** When the password was typed. */
  readonly startedMs: number;
  /** When this cookie was made. */
  readonly issuedMs: number;
}

/** Whether the secret is the one wanted, in time that depends on neither's letters. A wanted one that is empty is none. */
export async function sameSecret(given: string, wanted: string): Promise<boolean> {
  if (wanted === '') return false;
  const encoder = new TextEncoder();
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  // Keyed by the wanted secret itself: the time of a comparison shows nothing to a client that does not know it.
  const key = await crypto.subtle.importKey('raw', encoder.encode(wanted), algorithm, false, [
    'sign',
    'verify',
  ]);
  const signature = await crypto.subtle.sign('HMAC', key, encoder.encode(wanted));
  return crypto.subtle.verify('HMAC', key, signature, encoder.encode(given));
}

/**
 * A plain name only on a local http start, where browsers keep no `__Host-` cookie; with the port in it, since all that
 * runs on this machine shares one jar. Lax, not Strict: a link to a page, from a chat say, should find the operator signed
 * in, and what changes anything is a post that must come from our own pages (same-origin.ts).
 */
export function cookieAt(
  context: Context<AppEnv>,
  word: 'session' | 'device',
): {
  readonly name: string;
  readonly options: { readonly path: '/'; readonly secure: boolean; readonly prefix?: 'host' };
} {
  const { port } = new URL(context.req.url);
  return isLocalHttp(context)
    ? { name: `${word}-${port}`, options: { path: '/', secure: false } }
    : { name: word, options: { path: '/', secure: true, prefix: 'host' } };
}

function isLocalHttp(context: Context<AppEnv>): boolean {
  const { protocol, hostname } = new URL(context.req.url);
  return protocol === 'http:' && (hostname === 'localhost' || hostname === '127.0.0.1');
}

/**
 * Whether the browser came by plain http from another name than this machine's own, so that it keeps no cookie of ours. A proxy that
 * ends https in front of the app says so itself.
 */
export function keepsNoCookie(context: Context<AppEnv>): boolean {
  const { protocol } = new URL(context.req.url);
  const isBehindHttps = context.req.header('x-forwarded-proto') === 'https';
  return protocol === 'http:' && !isLocalHttp(context) && !isBehindHttps;
}

/** What signs the cookie. The password is part of it, so that a new one ends every session. */
function keyOf({ sessionSecret, password }: Secrets): string {
  return JSON.stringify(['session.v3', sessionSecret, password]);
}

/** Sets the cookie of a session that begins now. */
export function beginSession(context: Context<AppEnv>, secrets: Secrets, nowMs: number): Promise<void> {
  return keep(context, secrets, { startedMs: nowMs, issuedMs: nowMs });
}

/** Sets a fresh cookie when the session's is older than a day. */
export async function renewSession(
  context: Context<AppEnv>,
  secrets: Secrets,
  { session, nowMs }: { readonly session: Session; readonly nowMs: number },
): Promise<void> {
  if (nowMs - session.issuedMs < RENEWED_AFTER_MS) return;
  await keep(context, secrets, { ...session, issuedMs: nowMs });
}

async function keep(context: Context<AppEnv>, secrets: Secrets, session: Session): Promise<void> {
  const { name, options } = cookieAt(context, 'session');
  await setSignedCookie(context, name, `${session.startedMs}.${session.issuedMs}`, keyOf(secrets), {
    ...options,
    httpOnly: true,
    sameSite: 'Lax',
    maxAge: Math.floor((endOf(session) - session.issuedMs) / 1_000),
  });
}

function endOf({ startedMs, issuedMs }: Session): number {
  return Math.min(issuedMs + SESSION_MS, startedMs + SESSION_MS_MAX);
}

export function endSession(context: Context<AppEnv>): void {
  const { name, options } = cookieAt(context, 'session');
  deleteCookie(context, name, options);
}

/**
 * The session that the request carries: signed by us and not over. Undefined for anything else. Its times are inside the
 * signed text, so that no client can make them longer.
 */
export async function readSession(
  context: Context<AppEnv>,
  secrets: Secrets,
  nowMs: number,
): Promise<Session | undefined> {
  const { name, options } = cookieAt(context, 'session');
  const text = await getSignedCookie(context, keyOf(secrets), name, options.prefix);
  const [, started, issued] = /^(\d{1,15})\.(\d{1,15})$/.exec(text || '') ?? [];
  if (started === undefined || issued === undefined) return undefined;
  const session = { startedMs: Number(started), issuedMs: Number(issued) };
  return nowMs < endOf(session) ? session : undefined;
}
