// The folder that keeps what must survive a restart: both databases, the generated secrets, logs, and the lock
// that lets only one instance use it. Secrets are readable by their owner only.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export type Secrets = { operatorPassword: string; sessionSecret: string };

/** What the lock file says: the process that holds it, its port, and the process groups that it started. */
export type LockHolder = { pid: number; port: number; groups: number[] };

const OWNER_ONLY = 0o600;
/** Bytes of randomness in the generated password: 9 make 12 characters without padding. */
const PASSWORD_BYTES = 9;
const SESSION_SECRET_BYTES = 32;

/** Creates the folder, private to its owner, and gives the paths in it. */
export function openStateFolder(dir: string, { venue }: { venue: 'practice' | 'polymarket' }) {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  return {
    dir,
    // Paper money earned against the practice exchange must never show up beside real markets.
    app: join(dir, venue === 'practice' ? 'app' : 'app-polymarket'),
    exchange: join(dir, 'exchange'),
    home: join(dir, 'home'),
    appLog: join(dir, 'app.log'),
    exchangeLog: join(dir, 'exchange.log'),
    appEnvironment: join(dir, 'app.env'),
    lock: join(dir, 'lock.json'),
    secrets: join(dir, 'secrets.json'),
  };
}

export type StateFolder = ReturnType<typeof openStateFolder>;

/** Wipes the databases of the app and of the practice exchange; the password stays. */
export function wipeState(folder: StateFolder): void {
  for (const path of [folder.app, folder.exchange]) rmSync(path, { recursive: true, force: true });
}

/** The secrets of this folder, made on the first call. */
export function readOrMakeSecrets(folder: StateFolder): Secrets {
  const kept = readJson(folder.secrets) as Partial<Secrets> | undefined;
  if (typeof kept?.operatorPassword === 'string' && typeof kept.sessionSecret === 'string') {
    return { operatorPassword: kept.operatorPassword, sessionSecret: kept.sessionSecret };
  }
  const made = {
    operatorPassword: randomBytes(PASSWORD_BYTES).toString('base64url'),
    sessionSecret: randomBytes(SESSION_SECRET_BYTES).toString('base64url'),
  };
  writePrivate(folder.secrets, `${JSON.stringify(made, null, 2)}\n`);
  return made;
}

/** Writes the app's variables where wrangler reads them, so that no secret shows in a list of processes. */
export function writeAppEnvironment(folder: StateFolder, variables: Record<string, string>): void {
  for (const [name, value] of Object.entries(variables)) {
    if (/['\n\r]/.test(value))
      throw new Error(`${name} holds a quote or a line break and cannot be handed over`);
  }
  const lines = Object.entries(variables).map(([name, value]) => `${name}='${value}'`);
  writePrivate(folder.appEnvironment, `${lines.join('\n')}\n`);
}

/** Takes the lock for this process, or gives the living one that holds it. A dead holder's lock is taken over. */
export function takeLock(
  folder: StateFolder,
  { port }: { port: number },
): { holder?: LockHolder; left: LockHolder[] } {
  const mine: LockHolder = { pid: process.pid, port, groups: [] };
  const found = readLock(folder);
  if (found !== undefined && isStart(found.pid)) return { holder: found, left: [] };
  if (found !== undefined) rmSync(folder.lock, { force: true });
  try {
    writeFileSync(folder.lock, JSON.stringify(mine), { flag: 'wx', mode: OWNER_ONLY });
  } catch {
    // EEXIST: another instance took it between the look and the write.
    return { holder: readLock(folder) ?? { ...mine, pid: 0 }, left: [] };
  }
  return { left: found === undefined ? [] : [found] };
}

/** Notes which process groups were started, so that a later start can end what a killed one left behind. */
export function noteGroups(folder: StateFolder, holder: { port: number; groups: number[] }): void {
  writePrivate(folder.lock, JSON.stringify({ pid: process.pid, ...holder }));
}

export function releaseLock(folder: StateFolder): void {
  if (readLock(folder)?.pid === process.pid) rmSync(folder.lock, { force: true });
}

/** The process groups that killed instances left and that still run on this very folder. */
export function leftGroups(folder: StateFolder, left: readonly LockHolder[]): number[] {
  return left.flatMap((holder) => holder.groups).filter((group) => commandOf(group).includes(folder.dir));
}

function isStart(pid: number): boolean {
  // A number may be some other process's by now, so the command is looked at too.
  return pid !== process.pid && commandOf(pid).includes('start.mjs');
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    // No such process, or a system without /proc: ps knows.
  }
  try {
    return execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8', stdio: 'pipe' });
  } catch {
    // ps exits with 1 when there is no such process.
    return '';
  }
}

function readLock(folder: StateFolder): LockHolder | undefined {
  const lock = readJson(folder.lock) as Partial<LockHolder> | undefined;
  if (typeof lock?.pid !== 'number' || typeof lock.port !== 'number') return undefined;
  const groups = Array.isArray(lock.groups) ? lock.groups.filter((group) => Number.isInteger(group)) : [];
  return { pid: lock.pid, port: lock.port, groups };
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    // Absent on the first start, or cut short by a crash: both mean there is nothing to go by.
    return undefined;
  }
}

function writePrivate(path: string, text: string): void {
  writeFileSync(path, text, { mode: OWNER_ONLY });
  // The mode above counts only for a new file.
  chmodSync(path, OWNER_ONLY);
}
