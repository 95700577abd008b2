// Starts the floor as the product is started: wrangler dev, real workerd, state on the same disk.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Child,
  endGroups,
  lastErrorLines,
  localOnly,
  pause,
  quietWrangler,
  startProgram,
  WRANGLER,
} from '../../../scripts/start/children.ts';
import { portIsFree } from '../../../scripts/start/port.ts';

const ROOT = new URL('../../..', import.meta.url).pathname;
const PORT_FIRST = 22_500;
const PORT_LAST = 22_900;
const ANSWER_TIMEOUT_MS = 120_000;

/** Starts the floor against the exchange of the bench; it copies the trades of `leader`. Returns what ends it. */
export async function startFloor(exchangePort: number, leader: string): Promise<() => Promise<void>> {
  mkdirSync(join(ROOT, '.build'), { recursive: true });
  const dir = mkdtempSync(join(ROOT, '.build/floor-'));
  const port = await freePort();
  const variables = {
    FEED_URL: `http://127.0.0.1:${exchangePort}/floor`,
    ORDER_URL: `http://127.0.0.1:${exchangePort}/floor-order`,
    LEADER: leader,
  };
  const child = startProgram({
    name: 'floor',
    root: ROOT,
    program: WRANGLER,
    args: [
      ...['dev', '-c', 'test/bench/floor/wrangler.toml', '--persist-to', join(dir, 'state')],
      ...localOnly(port),
      ...Object.entries(variables).flatMap(([name, value]) => ['--var', `${name}:${value}`]),
    ],
    logFile: join(dir, 'floor.log'),
    environment: { ...process.env, ...quietWrangler(join(dir, 'home')) },
    onError: () => undefined,
  });
  const stop = async (): Promise<void> => {
    await endGroups([child.pid]);
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    await untilAnswers(`http://127.0.0.1:${port}/`, child);
    return stop;
  } catch (error) {
    await stop();
    throw error;
  }
}

async function untilAnswers(url: string, child: Child): Promise<void> {
  const deadline = Date.now() + ANSWER_TIMEOUT_MS;
  while (Date.now() < deadline && child.process.exitCode === null) {
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) });
      if (answer.ok) return;
    } catch {
      // Not listening yet: asked again until the deadline.
    }
    await pause(200);
  }
  throw new Error(['The floor did not start.', ...lastErrorLines(child.lastLines())].join('\n  '));
}

async function freePort(): Promise<number> {
  for (let port = PORT_FIRST + (process.pid % 200); port < PORT_LAST; port += 1) {
    if (await portIsFree(port)) return port;
  }
  throw new Error(`no free port between ${PORT_FIRST} and ${PORT_LAST}`);
}
