// Shows that every mistake after `npm start --` is one sentence and nothing is guessed.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readOptions } from '../../scripts/start/options.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'options-'));
  for (const name of ['a.csv', 'b.csv.gz', 'c.txt']) writeFileSync(join(folder, name), '');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (...argv: string[]) => readOptions(argv, { folder, root: '/project' });

describe('readOptions', () => {
  it('starts on the practice exchange with state in the project when nothing is said', () => {
    expect(read()).toEqual({
      kind: 'start',
      options: {
        port: 8787,
        reset: false,
        venue: 'practice',
        live: false,
        tapes: [],
        speed: 1,
        stateDir: '/project/.state',
        latency: 'recorded',
      },
    });
  });

  it('takes several tapes up to the next option, relative to where the person stands', () => {
    expect(read('--tape', 'a.csv', 'b.csv.gz', '--speed', '2.5', '--reset', '--port', '9000')).toEqual({
      kind: 'start',
      options: {
        port: 9000,
        reset: true,
        venue: 'practice',
        live: false,
        tapes: [join(folder, 'a.csv'), join(folder, 'b.csv.gz')],
        speed: 2.5,
        stateDir: '/project/.state',
        latency: 'recorded',
      },
    });
  });

  it('trades live in practice when asked to', () => {
    const answer = read('--live');
    expect(answer.kind === 'start' && answer.options.live).toBe(true);
  });

  it('shows the help', () => {
    expect(read('--help')).toEqual({ kind: 'help' });
  });

  it.each([
    [['--prot', '1'], 'Unknown option "--prot"'],
    [['9000'], 'Unknown option "9000"'],
    [['--port'], '--port needs'],
    [['--port', '0'], '--port needs'],
    [['--port', '65535'], '--port needs'],
    [['--port', '80a'], '--port needs'],
    [['--venue', 'kalshi'], '--venue needs'],
    [['--latency', 'fast'], '--latency needs'],
    [['--tape'], '--tape needs at least one file'],
    [['--tape', 'absent.csv'], 'absent.csv is not an existing'],
    [['--tape', 'c.txt'], 'c.txt is not an existing .csv'],
    [['--tape', 'a.csv', '--speed', '0'], '--speed needs'],
    [['--tape', 'a.csv', '--speed', '1e3'], '--speed needs'],
    [['--speed', '2'], '--speed goes with --tape'],
    [['--venue', 'polymarket', '--tape', 'a.csv'], 'cannot go with --venue polymarket'],
    [['--venue', 'polymarket', '--live'], 'your own come from the environment: POLYMARKET_PRIVATE_KEY'],
    [['--state'], '--state needs a folder'],
  ])('refuses %j in one line', (argv, sentence) => {
    const answer = read(...argv);
    expect(answer.kind).toBe('mistake');
    if (answer.kind !== 'mistake') return;
    expect(answer.sentence).toContain(sentence);
    expect(answer.sentence).not.toContain('\n');
  });
});
