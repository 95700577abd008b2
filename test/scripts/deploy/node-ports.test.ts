import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { deployConfig } from '../../../scripts/deploy/deploy-config.ts';
import { nodePorts } from '../../../scripts/deploy/node-ports.ts';

const PROJECT = new URL('../../../', import.meta.url).pathname;
let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'deploy-test-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const ports = (of = root) => nodePorts({ root: of, environment: {}, say: () => {} });
const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);

it('a secret is in a file of its owner alone, outside the repository, and gone when the command has ended or failed', async () => {
  let path = '';
  const seen = await ports().withSecretFile('{"a":"b"}', async (file) => {
    path = file;
    return [mode(file), mode(dirname(file)), readFileSync(file, 'utf8')];
  });
  expect(seen).toEqual(['600', '700', '{"a":"b"}']);
  expect(path.startsWith(PROJECT)).toBe(false);
  expect(existsSync(dirname(path))).toBe(false);
  const failing = ports().withSecretFile('x', async (file) => {
    path = file;
    throw new Error('refused');
  });
  await expect(failing).rejects.toThrow('refused');
  expect(existsSync(dirname(path))).toBe(false);
});

it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  'a secret is gone when the command is ended by %s',
  async (signal) => {
    const program = `
    const { nodePorts } = await import(${JSON.stringify(`${PROJECT}scripts/deploy/node-ports.ts`)});
    const ports = nodePorts({ root: '.', environment: {}, say: () => {} });
    setInterval(() => {}, 1000);
    await ports.withSecretFile('x', (path) => { console.log(path); return new Promise(() => {}); });`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const path = await new Promise<string>((resolve) => {
      child.stdout.once('data', (text: Buffer) => resolve(text.toString().trim()));
    });
    expect(existsSync(path)).toBe(true);
    child.kill(signal);
    await new Promise((resolve) => child.once('close', resolve));
    expect(existsSync(dirname(path))).toBe(false);
  },
);

it('what is kept can be read by its owner alone, also where the file was there before', () => {
  const { kept } = ports();
  mkdirSync(join(root, '.deploy'));
  writeFileSync(join(root, '.deploy/tokens'), 'old', { mode: 0o644 });
  kept.write('tokens', 'new');
  expect([kept.read('tokens'), mode(join(root, '.deploy/tokens'))]).toEqual(['new', '600']);
  kept.remove('tokens');
  expect(kept.read('tokens')).toBeUndefined();
});

it('the repository ignores what a deploy leaves here', () => {
  const ignored = readFileSync(join(PROJECT, '.gitignore'), 'utf8').split('\n');
  expect(ignored).toEqual(expect.arrayContaining(['.deploy/', 'wrangler.deploy*.toml']));
});

it('the configuration of an account differs from that of the repository by database, region and address alone', () => {
  const toml = ports(PROJECT).wranglerToml();
  const made = deployConfig(toml, {
    databaseId: 'database-1',
    choices: { region: 'apac', host: 'copy.example.com' },
  });
  const before = new Set(toml.split('\n'));
  expect(made.split('\n').filter((line) => !before.has(line))).toEqual([
    '# Made by "npm run deploy" for one account; the repository ignores it.',
    'workers_dev = false',
    'routes = [{ pattern = "copy.example.com", custom_domain = true }]',
    'database_id = "database-1"',
    'LOCATION_HINT = "apac"',
  ]);
});

it('the plans are explained by the newest table of docs/cost.md, and each secret is new and long', () => {
  const { costTable, newSecret, migrations } = ports(PROJECT);
  expect(costTable().join('\n')).toContain('Paid, a month');
  expect(newSecret().length).toBeGreaterThan(40);
  expect(newSecret()).not.toBe(newSecret());
  expect(migrations()[0]).toMatch(/^0000_.*\.sql$/);
});
