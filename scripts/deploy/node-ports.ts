// The deploy's ports on this machine: wrangler as a program, files that only their owner can read, the terminal, and fetch.
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { DeployPorts, WranglerAnswer } from './ports.ts';

const WRANGLER = 'node_modules/wrangler/bin/wrangler.js';
/** Beside the repository's own, since the paths in it count from there. */
const CONFIG = 'wrangler.deploy.toml';
const FOLDER = '.deploy';
const SECRET_BYTES = 32;
const ANSWER_MS_MAX = 20_000;
const OWNER_ONLY = 0o600;
const ENDS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export function nodePorts({
  root,
  environment,
  say,
}: {
  root: string;
  environment: Readonly<Record<string, string | undefined>>;
  say: (line: string) => void;
}): DeployPorts {
  const kept = (name: string): string => join(root, FOLDER, name);
  return {
    wrangler: (args, more) => runWrangler(root, args, { ...environment, ...more }),
    request: async (address, { method, headers }) => {
      const signal = AbortSignal.timeout(ANSWER_MS_MAX);
      const answer = await fetch(address, { method, headers, redirect: 'manual', signal });
      return { status: answer.status, text: await answer.text() };
    },
    ask: askTerminal,
    say,
    kept: {
      read: (name) => (existsSync(kept(name)) ? readFileSync(kept(name), 'utf8') : undefined),
      write: (name, text) => {
        mkdirSync(join(root, FOLDER), { recursive: true, mode: 0o700 });
        writeFileSync(kept(name), text, { mode: OWNER_ONLY });
        // The mode above counts only for a file that is new.
        chmodSync(kept(name), OWNER_ONLY);
      },
      remove: (name) => rmSync(kept(name), { force: true }),
    },
    wranglerToml: () => readFileSync(join(root, 'wrangler.toml'), 'utf8'),
    writeConfig: (text) => {
      writeFileSync(join(root, CONFIG), text, { mode: OWNER_ONLY });
      return CONFIG;
    },
    withSecretFile,
    migrations: () =>
      readdirSync(join(root, 'migrations'))
        .filter((name) => name.endsWith('.sql'))
        .sort(),
    costTable: () => costTableOf(readFileSync(join(root, 'docs/cost.md'), 'utf8')),
    newSecret: () => randomBytes(SECRET_BYTES).toString('base64url'),
    commit: () => commitOf(root),
    nowMs: () => Date.now(),
    sleep: (ms) => new Promise((resolve) => void setTimeout(resolve, ms)),
    environment,
  };
}

/** Only the login talks to the operator; every other command answers its own questions with yes, since CI is set. */
async function runWrangler(
  root: string,
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<WranglerAnswer> {
  const isLogin = args[0] === 'login';
  const folder = mkdtempSync(join(tmpdir(), 'polymarketspy-'));
  const eventsFile = join(folder, 'events');
  const quiet = {
    CI: '1',
    NO_COLOR: '1',
    FORCE_COLOR: '0',
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_HIDE_BANNER: 'true',
  };
  const child = spawn(process.execPath, [WRANGLER, ...args], {
    cwd: root,
    env: { ...environment, ...(isLogin ? {} : quiet), WRANGLER_OUTPUT_FILE_PATH: eventsFile },
    stdio: isLogin ? 'inherit' : ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  try {
    const code = await new Promise<number>((resolve) => {
      child.once('error', (error) => {
        stderr += error.message;
        resolve(1);
      });
      child.once('close', (ended) => resolve(ended ?? 1));
    });
    return { code, stdout, stderr, events: eventsIn(eventsFile) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function eventsIn(file: string): readonly Record<string, unknown>[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** The file is removed when `run` ends, when it throws, and when this process is ended meanwhile. */
async function withSecretFile<T>(text: string, run: (path: string) => Promise<T>): Promise<T> {
  // mkdtemp makes a folder that only its owner may enter.
  const folder = mkdtempSync(join(tmpdir(), 'polymarketspy-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  const end = (): void => {
    remove();
    process.exit(1);
  };
  process.once('exit', remove);
  for (const signal of ENDS) process.once(signal, end);
  try {
    const path = join(folder, 'secrets.json');
    writeFileSync(path, text, { mode: OWNER_ONLY });
    return await run(path);
  } finally {
    remove();
    process.removeListener('exit', remove);
    for (const signal of ENDS) process.removeListener(signal, end);
  }
}

async function askTerminal(
  question: string,
  { hidden }: { hidden: boolean } = { hidden: false },
): Promise<string | undefined> {
  if (!process.stdin.isTTY) return undefined;
  process.stdout.write(`${question} `);
  const output = hidden ? new Writable({ write: (_chunk, _encoding, done) => done() }) : process.stdout;
  const terminal = createInterface({ input: process.stdin, output, terminal: true });
  try {
    return (await terminal.question('')).trim();
  } finally {
    terminal.close();
    if (hidden) process.stdout.write('\n');
  }
}

/** '' outside of a repository, and while something is changed that is not committed. */
function commitOf(root: string): string {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    return git('status', '--porcelain').trim() === '' ? git('rev-parse', '--short=12', 'HEAD').trim() : '';
  } catch {
    return '';
  }
}

/** The newest table that prices the plans. */
function costTableOf(text: string): readonly string[] {
  const tables = text
    .split('\n\n')
    .filter((part) => part.startsWith('|') && part.includes('| Paid, a month'));
  return tables.at(-1)?.trim().split('\n') ?? [];
}
