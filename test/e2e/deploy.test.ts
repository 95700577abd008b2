// `npm run deploy` with the real wrangler, against an account of this machine that runs what was uploaded.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { nodePorts } from '../../scripts/deploy/node-ports.ts';
import type { DeployPorts } from '../../scripts/deploy/ports.ts';
import { runDeploy } from '../../scripts/deploy/run-deploy.ts';
import { quietWrangler } from '../../scripts/start/children.ts';
import { CloudflareAccount } from './cloudflare-account.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const ANSWERS: Readonly<Record<string, string>> = {
  'Which plan': 'paid',
  'Which region': 'weur',
  'Sign in by': 'password',
};
/** Beside the repository's own, as the real one, which it leaves alone. */
const CONFIG = 'wrangler.deploy-test.toml';
/** Between two looks at a release that does not work. */
const LOOK_MS = 100;
let account: CloudflareAccount;
let home = '';
const files = new Map<string, string>();
const said: string[] = [];
let commit = 'commit-1';
let clockMs = 0;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'deploy-test-'));
  Object.assign(process.env, quietWrangler(home));
  account = await CloudflareAccount.open();
});
afterAll(async () => {
  await account.close();
  rmSync(home, { recursive: true, force: true });
  rmSync(join(ROOT, CONFIG), { force: true });
});

/** The real ports, but for the terminal, the files that are kept and the app's address. */
function ports(): DeployPorts {
  const environment = {
    ...process.env,
    CLOUDFLARE_API_BASE_URL: account.url,
    CLOUDFLARE_API_TOKEN: 'a token of the stand-in',
  };
  const real = nodePorts({ root: ROOT, environment, say: (line) => void said.push(line) });
  return {
    ...real,
    request: (address, init) =>
      real.request(address.replace('https://polymarketspy.ann.workers.dev', account.app), init),
    ask: async (question) => Object.entries(ANSWERS).find(([start]) => question.startsWith(start))?.[1],
    kept: {
      read: (name) => files.get(name),
      write: (name, text) => void files.set(name, text),
      remove: (name) => void files.delete(name),
    },
    commit: () => commit,
    writeConfig: (text) => {
      writeFileSync(join(ROOT, CONFIG), text);
      return CONFIG;
    },
    // The two minutes that a release has are not waited for.
    nowMs: () => clockMs,
    sleep: (ms) => {
      clockMs += ms;
      return real.sleep(LOOK_MS);
    },
  };
}

async function deploy(...argv: string[]): Promise<number> {
  said.length = 0;
  return runDeploy(argv, ports());
}

it('brings an account to a running app, changes nothing the second time, and puts a release back that does not work', async () => {
  expect(await deploy(), said.join('\n')).toBe(0);
  expect(account.databases).toEqual([expect.objectContaining({ name: 'polymarketspy', location: 'weur' })]);
  const page = await fetch(`${account.app}/sign-in`);
  expect(page.status).toBe(200);
  const first = account.current;

  expect(await deploy(), said.join('\n')).toBe(0);
  expect(said.at(-1)).toContain('Nothing was changed');
  expect(account.current).toBe(first);

  const secrets = first?.bindings.filter(({ type }) => type === 'secret_text') ?? [];
  expect(secrets.map(({ name }) => name).sort()).toEqual([
    'DEPLOY_TOKEN',
    'OPERATOR_PASSWORD',
    'SESSION_SECRET',
  ]);

  commit = 'commit-2';
  account.spoil = (no) => (no === 2 ? { SESSION_SECRET: '' } : {});
  expect(await deploy()).toBe(1);
  expect(said.join('\n')).toContain('the sign-in: set SESSION_SECRET');
  expect(said.at(-1)).toContain('The release before runs again');
  expect(account.current).toBe(first);
});
