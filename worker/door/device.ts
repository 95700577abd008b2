/**
 * The cookie by which a browser is known that has signed in before. It lets nobody in: it only gives the browser its own budget of
 * tries. A new password does not end it, a new SESSION_SECRET does.
 */
import type { Context } from 'hono';
import { getSignedCookie, setSignedCookie } from 'hono/cookie';
import { DAY_MS, SECOND_MS } from '../../domain/time.ts';
import type { AppEnv } from '../ports.ts';
import { cookieAt, type Secrets } from './session.ts';

/** Browsers keep no cookie longer than this. */
const KEPT_MS = 400 * DAY_MS;

/** The id of the device that the request comes from; undefined for a stranger. */
export async function readDevice(c: Context<AppEnv>, secrets: Secrets): Promise<string | undefined> {
  const { name, options } = cookieAt(c, 'device');
  const id = await getSignedCookie(c, keyOf(secrets), name, options.prefix);
  return id || undefined;
}

/** Makes the browser a known one, for longer with every sign-in. */
export function keepDevice(c: Context<AppEnv>, secrets: Secrets, id: string): Promise<void> {
  const { name, options } = cookieAt(c, 'device');
  const maxAge = KEPT_MS / SECOND_MS;
  return setSignedCookie(c, name, id, keyOf(secrets), {
    ...options,
    httpOnly: true,
    sameSite: 'Lax',
    maxAge,
  });
}

function keyOf({ sessionSecret }: Secrets): string {
  return JSON.stringify(['device.v1', sessionSecret]);
}
