/** `npm run venue:probe`: its options, what it prints, its exit code; and the command itself against the practice exchange. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PRACTICE_TRADER } from '../../scripts/start/live-keys.ts';
import { venueAddresses } from '../../scripts/start/venue-addresses.ts';
import { type ProbeWishes, readProbeOptions } from '../../scripts/venue-probe/options.ts';
import { type ProbeItem, runVenueProbe } from '../../scripts/venue-probe/run-venue-probe.ts';

const ROOT = new URL('../..', import.meta.url).pathname;
const KEY = PRACTICE_TRADER.POLYMARKET_PRIVATE_KEY;
let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'venue-probe-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const read = (...argv: string[]) => readProbeOptions(argv, { folder: dir, root: dir });
const item = (part: Partial<ProbeItem> = {}): ProbeItem => ({
  item: '11',
  title: 'The clock',
  request: 'GET /time',
  outcome: 'AS_EXPECTED',
  sentence: 'It is right.',
  ...part,
});

async function run(argv: readonly string[], items: readonly ProbeItem[] | Error) {
  const said: string[] = [];
  const complained: string[] = [];
  let asked: ProbeWishes | undefined;
  const code = await runVenueProbe({
    root: ROOT,
    argv,
    environment: { POLYMARKET_PRIVATE_KEY: KEY, INIT_CWD: dir },
    probe: async (_variables, wishes, record) => {
      asked = wishes;
      record?.('001-time.json', '1');
      if (items instanceof Error) throw items;
      return items;
    },
    say: (line) => said.push(line),
    complain: (line) => complained.push(line),
  });
  return { code, said, complained, asked };
}

describe('the options', () => {
  it('ask by default for what needs no keys and trades nothing', () => {
    expect(read()).toMatchObject({
      options: {
        wishes: { long: false, limits: false, account: false, order: false, fakDollars: null },
        json: false,
      },
    });
  });

  it('add what is named, orders only by their own names', () => {
    expect(
      read('--long', '--limits', '--account', '--order', '--order-fak', '2', '--json', '--record', 'r'),
    ).toMatchObject({
      options: {
        wishes: { long: true, limits: true, account: true, order: true, fakDollars: 2 },
        json: true,
        recordDir: join(dir, 'r'),
      },
    });
    expect(read('--help')).toEqual({ kind: 'help' });
  });

  it.each([
    [['--order-fak'], 'whole dollars'],
    [['--order-fak', '21'], 'whole dollars'],
    [['--order-fak', '0'], 'whole dollars'],
    [['--record'], '--record needs a path'],
    [['--env', 'absent'], 'no such file'],
    [['--orders'], 'Unknown option "--orders"'],
  ])('%j is a mistake', (argv, part) => {
    expect(read(...argv)).toMatchObject({ kind: 'mistake', sentence: expect.stringContaining(part) });
  });
});

describe('the command', () => {
  it('prints one line per item and a sum, and ends with 1 where something differs', async () => {
    const fine = await run(
      ['--account'],
      [item(), item({ outcome: 'COULD_NOT_ASK', sentence: 'No answer.' })],
    );
    expect(fine).toMatchObject({ code: 0, asked: { account: true, order: false } });
    expect(fine.said).toEqual([
      '11  as expected   The clock: It is right.',
      '11  could not ask The clock: No answer.',
      '2 items: 0 differ, 1 could not be asked.',
    ]);
    const odd = await run(['--json'], [item({ outcome: 'DIFFERS', sentence: `It says ${KEY}.` })]);
    expect([odd.code, JSON.parse(odd.said.join('')).differing]).toEqual([1, 1]);
    expect(odd.said.join('')).not.toContain(KEY.slice(2));
  });

  it('writes samples where it should, shows the help, and hides the key in what fails', async () => {
    await run(['--record', 'samples'], [item()]);
    expect(readFileSync(join(dir, 'samples', '001-time.json'), 'utf8')).toBe('1');
    expect((await run(['--help'], [])).said.join('')).toContain('--order-fak N');
    expect((await run(['--nonsense'], [])).code).toBe(2);
    const failed = await run([], new Error(`bad ${KEY}`));
    expect([failed.code, failed.complained]).toEqual([1, ['The probe itself failed: bad 0x[hidden]']]);
  });

  it('runs by itself: where no venue answers, no item could be asked, and nothing differs', async () => {
    const file = join(dir, 'app.env');
    // Nothing listens there.
    const variables = venueAddresses({ exchangePort: 1, environment: {} });
    writeFileSync(
      file,
      Object.entries(variables)
        .map(([name, value]) => `${name}='${value}'\n`)
        .join(''),
    );
    const argv = ['scripts/venue-probe.mjs', '--env', file];
    const child = spawn(process.execPath, argv, { cwd: ROOT, env: { PATH: process.env.PATH } });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += String(chunk)));
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    expect({ code, text }).toMatchObject({
      code: 0,
      text: expect.stringContaining('11 items: 0 differ, 11 could not be asked.'),
    });
  });
});
