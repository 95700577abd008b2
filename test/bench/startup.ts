// How long the Worker's code runs before its first request, by wrangler's own profile of the minified bundle.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { quietWrangler, WRANGLER } from '../../scripts/start/children.ts';

/** The platform's limit is 1 s; a busy machine doubles what a quiet one needs. */
export const STARTUP_BUDGET_MS = 500;

const ROOT = new URL('../..', import.meta.url).pathname;
const TIME_LIMIT_MS = 120_000;

export interface Startup {
  /** At work, garbage collection included. */
  readonly busyMs: number;
  readonly gzipKib: number;
}

/** Runs `wrangler check startup`, which needs no network. Throws when it prints no profile. */
export async function measureStartup(): Promise<Startup> {
  const home = mkdtempSync(join(tmpdir(), 'bench-startup-'));
  try {
    return startupIn(await output(home));
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** What the text of `wrangler check startup` says. Throws when it says neither. */
export function startupIn(text: string): Startup {
  const busy = /Active: ([\d.]+) (ms|s)\b/.exec(text);
  const gzip = /gzip: ([\d.]+) KiB/.exec(text);
  if (busy === null || gzip === null) throw new Error(`wrangler printed no profile of the start:\n${text}`);
  return { busyMs: Number(busy[1]) * (busy[2] === 's' ? 1_000 : 1), gzipKib: Number(gzip[1]) };
}

function output(home: string): Promise<string> {
  const profile = join(home, 'startup.cpuprofile');
  const child = spawn(
    process.execPath,
    [join(ROOT, WRANGLER), 'check', 'startup', '--args=--minify', '--outfile', profile],
    {
      cwd: ROOT,
      env: { ...process.env, ...quietWrangler(home) },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: TIME_LIMIT_MS,
    },
  );
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve(text));
  });
}
