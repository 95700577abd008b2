// The app as `npm start` runs it (wrangler dev, real workerd, state on the real disk), in a folder of the bench's own,
// with an operator signed in. Whatever happens, `stop` ends every process that was started and removes the folder.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Child,
  endGroups,
  lastErrorLines,
  pause,
  quietWrangler,
  startProgram,
  WRANGLER,
} from '../../scripts/start/children.ts';
import { portIsFree } from '../../scripts/start/port.ts';
import { openStateFolder, type StateFolder, writeAppEnvironment } from '../../scripts/start/state-folder.ts';
import { venueAddresses } from '../../scripts/start/venue-addresses.ts';

export interface StartedApp {
  readonly url: string;
  /** The process group that it runs in. */
  readonly group: number;
  /** Posts a form as the operator; throws with the page's text when it is refused. */
  post(path: string, fields: Record<string, string>): Promise<void>;
  /** A page as the operator sees it. */
  page(path: string): Promise<string>;
  /** The answer to a request of the operator's, its body still to be read. */
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  /** All rows of an export of one mode. */
  rows(name: string, mode: 'PAPER' | 'LIVE'): Promise<readonly Record<string, unknown>[]>;
  /** Runs the cron route, which wakes the objects. */
  fireCron(): Promise<void>;
  stop(): Promise<void>;
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
const ROOT = new URL('../..', import.meta.url).pathname;
const PORT_FIRST = 22_000;
const PORT_LAST = 22_400;
const ANSWER_TIMEOUT_MS = 120_000;
const REQUEST_TIMEOUT_MS = 30_000;
const EXPORT_PAGES_MAX = 100;
const PASSWORD = 'bench-operator';
const TOKEN = 'bench-export-token';

/**
 * Starts on an empty database against an exchange on this port, with these variables beside the usual ones. A folder that is
 * named stays, with all that is in it; `prepare` is called with wrangler's part of it once the migrations have been applied.
 */
export async function startApp({
  exchangePort,
  variables,
  keptIn,
  prepare,
}: {
  exchangePort: number;
  variables: Record<string, string>;
  keptIn?: string;
  prepare?: (persist: string) => void;
}): Promise<StartedApp> {
  mkdirSync(join(ROOT, '.build'), { recursive: true });
  const dir = keptIn ?? mkdtempSync(join(ROOT, '.build/bench-'));
  const folder = openStateFolder(dir, { venue: 'practice' });
  const children: Child[] = [];
  const stop = async (): Promise<void> => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
    await endGroups(children.map(({ pid }) => pid));
    if (keptIn === undefined) rmSync(dir, { recursive: true, force: true });
  };
  // The children are in groups of their own, which Ctrl-C does not reach.
  const onSignal = (): void => {
    void stop().finally(() => process.exit(1));
  };
  for (const signal of SIGNALS) process.once(signal, onSignal);
  const spawn = (name: string, args: readonly string[]): Child => {
    const child = startProgram({
      name,
      root: ROOT,
      program: WRANGLER,
      args,
      logFile: join(dir, `${name}.log`),
      environment: { ...process.env, ...quietWrangler(folder.home) },
      onError: () => undefined,
    });
    children.push(child);
    return child;
  };
  try {
    const migrations = spawn('migrations', [
      'd1',
      'migrations',
      'apply',
      'DB',
      '--local',
      '--persist-to',
      folder.app,
    ]);
    const end = await migrations.ended;
    if (migrations.process.exitCode !== 0) throw new Error(explain(end, migrations));
    prepare?.(folder.app);
    writeAppEnvironment(folder, {
      ...venueAddresses({ exchangePort, environment: {} }),
      OPERATOR_PASSWORD: PASSWORD,
      SESSION_SECRET: 'bench-session-secret',
      EXPORT_TOKEN: TOKEN,
      ...variables,
    });
    const port = await freePort();
    const app = spawn('app', devArguments(folder, port));
    const url = `http://127.0.0.1:${port}`;
    await untilAnswers(url, app);
    return { ...(await asOperator(url)), url, group: app.pid, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function devArguments(folder: StateFolder, port: number): string[] {
  return [
    ...['dev', '-c', 'wrangler.toml', '--persist-to', folder.app, '--env-file', folder.appEnvironment],
    ...['--ip', '127.0.0.1', '--port', String(port), '--inspector-port', '0'],
    ...['--local-protocol', 'http', '--show-interactive-dev-session=false'],
  ];
}

async function untilAnswers(url: string, app: Child): Promise<void> {
  const deadline = Date.now() + ANSWER_TIMEOUT_MS;
  let over: string | undefined;
  void app.ended.then((sentence) => {
    over = sentence;
  });
  while (Date.now() < deadline && over === undefined) {
    try {
      await ask(url, {});
      return;
    } catch {
      // Not listening yet: asked again until the deadline.
      await pause(100);
    }
  }
  throw new Error(explain(over ?? `app did not answer within ${ANSWER_TIMEOUT_MS / 1000} seconds`, app));
}

async function asOperator(url: string): Promise<Omit<StartedApp, 'url' | 'group' | 'stop'>> {
  const origin = { origin: url, 'content-type': 'application/x-www-form-urlencoded' };
  const form = (path: string, fields: Record<string, string>, headers: Record<string, string>) =>
    ask(`${url}${path}`, {
      method: 'POST',
      headers: { ...origin, ...headers },
      body: new URLSearchParams(fields).toString(),
    });
  const signedIn = await form('/sign-in', { password: PASSWORD }, {});
  const cookie = (signedIn.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  return {
    post: async (path, fields) => {
      const answer = await form(path, fields, { cookie });
      if (answer.status >= 400)
        throw new Error(`${path} answered ${answer.status}: ${wordsOf(await answer.text())}`);
    },
    get: (path, headers = {}) => ask(`${url}${path}`, { headers: { ...headers, cookie } }),
    page: async (path) => (await ask(`${url}${path}`, { headers: { cookie } })).text(),
    rows: (name, mode) => exportRows(url, { name, mode }),
    fireCron: async () => {
      const answer = await ask(`${url}/cdn-cgi/handler/scheduled`, {});
      await answer.arrayBuffer();
    },
  };
}

async function exportRows(
  url: string,
  { name, mode }: { name: string; mode: string },
): Promise<readonly Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  let next: string | null = `/export/${name}.json?mode=${mode}`;
  for (let page = 0; page < EXPORT_PAGES_MAX && next !== null; page += 1) {
    const answer = await ask(`${url}${next}`, { headers: { authorization: `Bearer ${TOKEN}` } });
    if (!answer.ok) throw new Error(`the export ${name} answered ${answer.status}`);
    const part = (await answer.json()) as { data: Record<string, unknown>[]; next: string | null };
    rows.push(...part.data);
    next = part.next;
  }
  return rows;
}

function ask(url: string, init: RequestInit): Promise<Response> {
  return fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS), ...init });
}

/** What a browser would send of the form with this action if nothing was touched: inputs and selects. Throws without one. */
export function formFields(page: string, action: string): Record<string, string> {
  const form = page.split(`action="${action}"`)[1]?.split('</form>')[0];
  if (form === undefined) throw new Error(`the page has no form for ${action}`);
  const fields: Record<string, string> = {};
  for (const [tag] of form.matchAll(/<input[^>]*>/g))
    fields[/name="([^"]*)"/.exec(tag)?.[1] ?? ''] = /value="([^"]*)"/.exec(tag)?.[1] ?? '';
  for (const [, name = '', options = ''] of form.matchAll(/<select name="([^"]*)"[^>]*>(.*?)<\/select>/gs))
    fields[name] = /<option value="([^"]*)" selected/.exec(options)?.[1] ?? '';
  return fields;
}

function wordsOf(page: string): string {
  return page
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .slice(0, 1_000);
}

function explain(end: string, child: Child): string {
  return [`The ${end}.`, ...lastErrorLines(child.lastLines()).map((line) => `  ${line}`)].join('\n');
}

async function freePort(): Promise<number> {
  for (let port = PORT_FIRST + (process.pid % 200); port < PORT_LAST; port += 1) {
    if (await portIsFree(port)) return port;
  }
  throw new Error(`no free port between ${PORT_FIRST} and ${PORT_LAST}`);
}
