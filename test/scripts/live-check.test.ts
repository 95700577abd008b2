// Shows what `npm run live:check` makes of the check that it is handed: lines, JSON, exit codes, and no key in any of it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readVariables } from '../../scripts/live-check/options.ts';
import { type CheckItem, runLiveCheck } from '../../scripts/live-check/run-live-check.ts';

const KEY = `0x${'Ab3'.repeat(21)}f`;
let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'live-check-'));
  writeFileSync(
    join(root, 'wrangler.toml'),
    '[vars]\nPOLYMARKET_CLOB_URL = "https://clob"\nPOLYMARKET_DATA_URL = "https://data"\n\n[other]\nPOLYMARKET_X = "y"\n',
  );
  writeFileSync(
    join(root, 'app.env'),
    `POLYMARKET_CLOB_URL='http://practice'\nPOLYMARKET_PRIVATE_KEY='${KEY}'\n`,
  );
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function run(argv: string[], answer: readonly CheckItem[] | Error = []) {
  const out: string[] = [];
  let asked: Readonly<Record<string, string>> | undefined;
  const code = await runLiveCheck({
    root,
    argv,
    environment: { INIT_CWD: root },
    check: async (variables) => {
      asked = variables;
      if (answer instanceof Error) throw answer;
      return answer;
    },
    say: (line) => out.push(line),
    complain: (line) => out.push(line),
  });
  return { code, text: out.join('\n'), asked };
}

const item = (state: CheckItem['state'], sentence = 'So it is.'): CheckItem => ({
  name: 'userChannel',
  state,
  sentence,
});

describe('live:check', () => {
  it('says each item on a line of its own and ends with 0 when all is ready', async () => {
    const { code, text } = await run([], [item('READY', 'It opened.')]);
    expect(code).toBe(0);
    expect(text.split('\n')[0]).toBe('ready      user channel    It opened.');
    expect(text).toContain('Ready for live trading');
  });

  it('ends with 1 when anything is not ready', async () => {
    const { code, text } = await run([], [item('READY'), item('NOT_READY')]);
    expect(code).toBe(1);
    expect(text).toContain('Not ready for live trading.');
  });

  it('does not call ready what could not be checked', async () => {
    const { code, text } = await run([], [item('READY'), item('UNKNOWN')]);
    expect(code).toBe(0);
    expect(text).toContain('1 could not be checked');
  });

  it('prints JSON that a program reads', async () => {
    const { text } = await run(['--json'], [item('NOT_READY')]);
    expect(JSON.parse(text)).toEqual({ ready: false, items: [item('NOT_READY')] });
  });

  it.each([
    [[], item('NOT_READY', `the key ${KEY} is odd`)],
    [['--json'], item('NOT_READY', `the key ${KEY.slice(2).toLowerCase()} is odd`)],
    [[], new Error(`cannot sign with ${KEY.toUpperCase()}`)],
  ])('never prints the key, whatever the check says (%#)', async (argv, answer) => {
    const { text } = await run([...argv, '--env', 'app.env'], answer instanceof Error ? answer : [answer]);
    expect(text).toContain('[hidden]');
    expect(text.toLowerCase()).not.toContain(KEY.slice(2).toLowerCase());
  });

  it('takes addresses from wrangler.toml, above them the file, above them the environment', () => {
    expect(
      readVariables({
        wranglerToml: join(root, 'wrangler.toml'),
        envFile: join(root, 'app.env'),
        environment: { POLYMARKET_DATA_URL: 'http://mine', PATH: '/bin', POLYMARKET_GAMMA_URL: '' },
      }),
    ).toEqual({
      POLYMARKET_CLOB_URL: 'http://practice',
      POLYMARKET_DATA_URL: 'http://mine',
      POLYMARKET_PRIVATE_KEY: KEY,
    });
  });

  it.each([
    [['--env'], '--env needs a file'],
    [['--env', 'absent'], 'there is no file'],
    [['--loud'], 'Unknown option "--loud"'],
  ])('refuses %j in one line and checks nothing', async (argv, sentence) => {
    const { code, text, asked } = await run(argv);
    expect({ code, asked }).toEqual({ code: 2, asked: undefined });
    expect(text).toContain(sentence);
    expect(text).not.toContain('\n');
  });
});
