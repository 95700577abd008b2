// The processes that `npm start` starts: each in a process group of its own, with its output in a log file, so that
// all of it can be ended and nothing is left behind.
import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';

export type Child = {
  name: string;
  pid: number;
  /** Settles with one sentence when the process ends, however it ends. */
  ended: Promise<string>;
  lastLines: () => readonly string[];
  process: ChildProcess;
};

/** What is kept of the output to explain an end. */
const LAST_LINES_MAX = 200;
const END_GRACE_MS = 8_000;
// The kernel ends them; on a busy machine that takes a while, and nothing may be left when the command ends.
const KILL_GRACE_MS = 30_000;
const LINE_CHARACTERS_MAX = 2_000;

/** The variables that keep wrangler offline, silent and out of the home directory (`home` takes its files). */
export function quietWrangler(home: string): Record<string, string> {
  mkdirSync(home, { recursive: true });
  return {
    X_LOCAL_OBSERVABILITY: 'false',
    X_LOCAL_EXPLORER: 'false',
    CLOUDFLARE_CF_FETCH_ENABLED: 'false',
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_SEND_ERROR_REPORTS: 'false',
    WRANGLER_HIDE_BANNER: 'true',
    DO_NOT_TRACK: '1',
    CI: '1',
    NO_COLOR: '1',
    FORCE_COLOR: '0',
    WRANGLER_LOG_PATH: join(home, 'logs'),
    WRANGLER_REGISTRY_PATH: join(home, 'registry'),
    WRANGLER_CACHE_DIR: join(home, 'cache'),
    MINIFLARE_CACHE_DIR: join(home, 'miniflare'),
    XDG_CONFIG_HOME: join(home, 'config'),
  };
}

/** The flags of `wrangler dev` that keep it on this machine, at this port. */
export function localOnly(port: number): string[] {
  const flags = ['--ip', '127.0.0.1', '--port', String(port), '--inspector-port', '0'];
  return [...flags, '--local-protocol', 'http', '--show-interactive-dev-session=false'];
}

/** wrangler's program, from the project's root. */
export const WRANGLER = 'node_modules/wrangler/bin/wrangler.js';

/** Starts a program of Node's, named from the project's root, in a group of its own; `onError` gets each line that reports an error. */
export function startProgram({
  name,
  root,
  program,
  args,
  logFile,
  environment,
  onError,
}: {
  name: string;
  root: string;
  program: string;
  args: readonly string[];
  logFile: string;
  environment: Record<string, string | undefined>;
  onError: (line: string) => void;
}): Child {
  const child = spawn(process.execPath, [join(root, program), ...args], {
    cwd: root,
    env: environment,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = createWriteStream(logFile, { flags: 'w', mode: 0o600 });
  const lines: string[] = [];
  const keep = (line: string): void => {
    log.write(`${line}\n`);
    lines.push(line);
    if (lines.length > LAST_LINES_MAX) lines.shift();
    if (isErrorLine(line)) onError(line);
  };
  eachLine(child.stdout, keep);
  eachLine(child.stderr, keep);
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`${name} could not be started: ${error.message}`));
    child.once('exit', (code, signal) => resolve(`${name} ended (${signal ?? `exit code ${code}`})`));
  });
  return { name, pid: child.pid ?? 0, ended, lastLines: () => lines, process: child };
}

/** Ends these process groups, everything in them: asked first, killed after a grace of 8 seconds. */
export async function endGroups(groups: readonly number[]): Promise<void> {
  for (const group of groups) signalGroup(group, 'SIGTERM');
  if (await untilGone(groups, END_GRACE_MS)) return;
  for (const group of groups) signalGroup(group, 'SIGKILL');
  await untilGone(groups, KILL_GRACE_MS);
}

async function untilGone(groups: readonly number[], withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  while (groups.some(groupLives)) {
    if (Date.now() > deadline) return false;
    await pause(50);
  }
  return true;
}

/** The few lines of a child's output that best say what went wrong: its last errors, else its last lines. */
export function lastErrorLines(lines: readonly string[], atMost = 8): readonly string[] {
  const shown = lines.filter((line) => line.trim() !== '');
  const lastError = shown.findLastIndex(isErrorLine);
  return lastError === -1 ? shown.slice(-atMost) : shown.slice(lastError, lastError + atMost);
}

/** Whether a line of wrangler's or of the app's own JSON log reports an error. */
export function isErrorLine(line: string): boolean {
  return /\[ERROR\]|^\s*(Uncaught|Error:|\w*Error:)|"level":\s*"error"/.test(line);
}

/** Waits this long. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function eachLine(stream: NodeJS.ReadableStream | null, take: (line: string) => void): void {
  let rest = '';
  stream?.setEncoding('utf8');
  stream?.on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\n');
    rest = (parts.pop() ?? '').slice(-LINE_CHARACTERS_MAX);
    for (const part of parts) take(part.slice(0, LINE_CHARACTERS_MAX));
  });
  stream?.on('end', () => {
    if (rest !== '') take(rest);
  });
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  if (pid <= 0) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // ESRCH: the whole group has ended already.
  }
}

function groupLives(pid: number): boolean {
  if (pid <= 0) return false;
  try {
    process.kill(-pid, 0);
    return true;
  } catch {
    // ESRCH: no process of the group is left.
    return false;
  }
}
