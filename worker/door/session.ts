/**
 * The operator's session after the password: a signed cookie of seven days, renewed while it is used, for thirty at most.
 * No session is stored, so signing out is the browser's to keep; a new password or SESSION_SECRET ends every session.
 */
import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { AppEnv } from '../ports.ts';

const DAY_MS = 86_400_000;
const SESSION_MS = 7 * DAY_MS;
/** A session older than this is renewed by the next request. */
const RENEWED_AFTER_MS = DAY_MS;
/** Since the password was typed; then it is asked for again, so that a stolen cookie does not live for ever. */
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

/** Whether the secret is the one wanted, in time that depends on neither's letters. A wanted one that is empty is none. */
export async function sameSecret(given: string, wanted: string): Promise<boolean> {
  // Keyed by the wanted secret itself: who does not know it learns nothing from how long the comparison takes.
  return (
    wanted !== '' && equal(await hmac(wanted, `secret|${given}`), await hmac(wanted, `secret|${wanted}`))
  );
}

/**
 * A plain name only on a local http start, where browsers keep no `__Host-` cookie; with the port in it, since all that
 * runs on this machine shares one jar. Lax, not Strict: a link to a page, from a chat say, should find one signed in,
 * and what changes anything is a post that must come from our own pages (same-origin.ts).
 */
function cookieOf(context: Context<AppEnv>): { readonly name: string; readonly secure: boolean } {
  const { protocol, hostname, port } = new URL(context.req.url);
  const local = protocol === 'http:' && (hostname === 'localhost' || hostname === '127.0.0.1');
  return local ? { name: `session-${port}`, secure: false } : { name: '__Host-session', secure: true };
}

async function signatureOf(secrets: Secrets, session: string): Promise<string> {
  const bytes = await hmac(secrets.sessionSecret, `session.v2|${session}|${secrets.password}`);
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
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
  const { name, secure } = cookieOf(context);
  const text = `${session.startedMs}.${session.issuedMs}`;
  setCookie(context, name, `${text}.${await signatureOf(secrets, text)}`, {
    path: '/',
    httpOnly: true,
    sameSite: 'Lax',
    secure,
    maxAge: Math.floor((endOf(session) - session.issuedMs) / 1_000),
  });
}

function endOf({ startedMs, issuedMs }: Session): number {
  return Math.min(issuedMs + SESSION_MS, startedMs + SESSION_MS_MAX);
}

export function endSession(context: Context<AppEnv>): void {
  const { name, secure } = cookieOf(context);
  deleteCookie(context, name, { path: '/', secure });
}

/** The session that the request carries: signed by us and not over. Undefined for anything else. */
export async function readSession(
  context: Context<AppEnv>,
  secrets: Secrets,
  nowMs: number,
): Promise<Session | undefined> {
  const cookie = getCookie(context, cookieOf(context).name) ?? '';
  const [, text = '', started, issued, signature = ''] =
    /^((\d{1,15})\.(\d{1,15}))\.([0-9a-f]{64})$/.exec(cookie) ?? [];
  if (text === '') return undefined;
  const encoder = new TextEncoder();
  if (!equal(encoder.encode(signature), encoder.encode(await signatureOf(secrets, text)))) return undefined;
  const session = { startedMs: Number(started), issuedMs: Number(issued) };
  return nowMs < endOf(session) ? session : undefined;
}
