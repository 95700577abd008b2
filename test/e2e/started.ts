// Starts the real system by scripts/start.mjs on free ports, with a state folder of the test's own, and ends it.
// Whatever the test does, `stop` leaves no process behind.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pause } from '../../scripts/start/children.ts';
import { portIsFree } from '../../scripts/start/port.ts';

export type Started = {
  url: string;
  exchangeUrl: string;
  password: string;
  /** Everything it said so far. */
  output: () => string;
  /** Ends it as Ctrl-C does and gives the exit code. */
  stop: () => Promise<number | null>;
};

const ROOT = new URL('../..', import.meta.url).pathname;
/**
 * How long any test waits for something to happen: far above what it takes, so that a busy machine is no failure, and longer
 * than a start waits for its parts (run-start.ts), so that it is the start that says what did not come.
 */
export const PATIENCE_MS = 900_000;
/** A look is a page or a whole export, which costs the app more than the wait costs the test. */
const LOOK_AGAIN_MS = 500;
/** Each of the test files that run at once takes its ports from a range of its own. */
const PORT_FIRST = 21_000;
const PORTS_EACH = 100;
const RANGES = 8;

/** A busy machine may take longer than a page waits for its database; what happens then has tests of its own. */
const PATIENT_PAGES = { PAGE_DATABASE_MS_MAX: String(PATIENCE_MS) };

/** A tmpfs with this much room takes the state: nothing here is about a disk, whose commits the tests would wait for. */
const MEMORY_DISK = '/dev/shm';
const MEMORY_DISK_BYTES_MIN = 2 * 1024 ** 3;

/** A new folder for the state of a system, to be removed by the caller. */
export function newStateDir(name: string): string {
  return mkdtempSync(join(inMemory() ? MEMORY_DISK : tmpdir(), `polymarketspy-${name}-`));
}

function inMemory(): boolean {
  if (!existsSync(MEMORY_DISK)) return false;
  const { bavail, bsize } = statfsSync(MEMORY_DISK);
  return bavail * bsize >= MEMORY_DISK_BYTES_MIN;
}

/** Starts with these options after `npm start --`; throws with all that was said when it does not come up. */
export async function startSystem({
  stateDir,
  args = [],
  environment = {},
}: {
  stateDir: string;
  args?: readonly string[];
  environment?: Record<string, string>;
}): Promise<Started> {
  const port = await freePortPair();
  let said = '';
  const child = spawn(
    process.execPath,
    ['scripts/start.mjs', '--port', String(port), '--state', stateDir, '--latency', '0', ...args],
    {
      cwd: ROOT,
      env: { ...process.env, ...PATIENT_PAGES, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      said += text;
    });
  }
  const exited = exitOf(child);
  const stop = async (): Promise<number | null> => {
    child.kill('SIGINT');
    return exited;
  };
  const deadline = Date.now() + PATIENCE_MS;
  while (!said.includes('Ctrl-C ends it.')) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await stop();
      throw new Error(`the start did not come up:\n${said}`);
    }
    await pause(50);
  }
  return {
    url: `http://127.0.0.1:${port}`,
    exchangeUrl: `http://127.0.0.1:${port + 1}`,
    password: /password {2}(\S+)/.exec(said)?.[1] ?? '',
    output: () => said,
    stop,
  };
}

/** Calls `look` again until it gives something; throws when it never does. */
export async function eventually<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`not within ${PATIENCE_MS / 1000} seconds: ${what}`);
    await pause(LOOK_AGAIN_MS);
  }
}

/** What the practice exchange says of itself. */
export async function exchangeStatus<T>({ exchangeUrl }: Started): Promise<T> {
  // The caller names the fields that it reads; the exchange is ours.
  return (await (await fetch(`${exchangeUrl}/control/status`)).json()) as T;
}

/**
 * Makes a practice leader whom the start follows buy in up to four of these markets, those that close last, so that no test
 * waits for leaders to trade by themselves. A book that offers nothing is passed by. The leader is one who seldom sells: a fast
 * one may have sold before the copy.
 */
export async function leaderBuys(
  system: Started,
  isWanted: (market: { readonly slug: string }) => boolean = () => true,
): Promise<void> {
  const { leaders, markets } = await exchangeStatus<{
    leaders: { address: string; habit: string }[];
    markets: { slug: string; status: string; closes: string; tokens: string[] }[];
  }>(system);
  const leader = leaders.find(({ habit }) => habit === 'slow-large')?.address;
  const lasting = markets
    .filter((market) => market.status === 'open' && isWanted(market))
    .sort((left, right) => right.closes.localeCompare(left.closes));
  for (const { tokens } of lasting.slice(0, 4)) {
    const trade = { leader, tokenId: tokens[0], side: 'BUY', shares: '1000' };
    await fetch(`${system.exchangeUrl}/control/leader-trade`, {
      method: 'POST',
      body: JSON.stringify(trade),
    });
  }
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once('exit', (code) => resolve(code)));
}

/** Two ports side by side: the app's and its exchange's. */
async function freePortPair(): Promise<number> {
  const first = PORT_FIRST + (Number(process.env.VITEST_POOL_ID ?? 0) % RANGES) * PORTS_EACH;
  // Not always the same ones, for the sake of another suite that runs on this machine.
  const offset = (process.pid % (PORTS_EACH / 2)) * 2;
  for (let tried = 0; tried < PORTS_EACH; tried += 2) {
    const port = first + ((offset + tried) % PORTS_EACH);
    if ((await portIsFree(port)) && (await portIsFree(port + 1))) return port;
  }
  throw new Error(`no two free ports between ${first} and ${first + PORTS_EACH}`);
}
