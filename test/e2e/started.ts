// Starts the real system by scripts/start.mjs on free ports, with a state folder of the test's own, and ends it.
// Whatever the test does, `stop` leaves no process behind.
import { type ChildProcess, spawn } from 'node:child_process';
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
const START_TIMEOUT_MS = 120_000;
const PORT_FIRST = 21_000;
const PORT_LAST = 21_400;

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
    ['scripts/start.mjs', '--port', String(port), '--state', stateDir, ...args],
    { cwd: ROOT, env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] },
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
  const deadline = Date.now() + START_TIMEOUT_MS;
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

/** Asks `look` again until it gives something, within the time; throws with the last answer otherwise. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined>,
  withinMs: number,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`not within ${withinMs / 1000} seconds: ${what}`);
    await pause(250);
  }
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once('exit', (code) => resolve(code)));
}

/** Two ports side by side: the app's and its exchange's. */
async function freePortPair(): Promise<number> {
  for (let port = PORT_FIRST + (process.pid % 100) * 2; port < PORT_LAST; port += 2) {
    if ((await portIsFree(port)) && (await portIsFree(port + 1))) return port;
  }
  throw new Error(`no two free ports between ${PORT_FIRST} and ${PORT_LAST}`);
}
