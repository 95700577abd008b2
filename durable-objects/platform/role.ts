/**
 * An object is what its name says, and refuses to work when the name is missing or is not the one it started with: a live Wallet
 * that took itself for the paper Wallet would refuse an Emergency OFF (design.md 13).
 */
import { type ObjectPorts, text } from './ports.ts';

/**
 * What the object is, read from its name by `read`, which returns undefined for a name that is none. The name is stored at the
 * first start. Throws, and logs an error, when there is no name, when it is none, or when it is not the stored one.
 */
export function roleOf<Role>(
  { storage, log }: Pick<ObjectPorts, 'storage' | 'log'>,
  name: string | undefined,
  read: (name: string) => Role | undefined,
): Role {
  storage.rows('CREATE TABLE IF NOT EXISTS role (name TEXT NOT NULL) STRICT');
  const row = storage.rows('SELECT name FROM role LIMIT 1')[0];
  const stored = row === undefined ? undefined : text(row, 'name');
  const role = name === undefined ? undefined : read(name);
  if (name === undefined || role === undefined || (stored !== undefined && stored !== name)) {
    const message = refusal(name, stored);
    log('error', message);
    throw new Error(message);
  }
  if (stored === undefined) storage.rows('INSERT INTO role (name) VALUES (?)', name);
  return role;
}

function refusal(name: string | undefined, stored: string | undefined): string {
  const named = name === undefined ? 'without a name' : `by the name "${name}"`;
  const started = stored === undefined ? '' : `; it was started as "${stored}"`;
  return `this object was reached ${named} and does not work so${started}`;
}
