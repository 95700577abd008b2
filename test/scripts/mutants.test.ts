// The mutation runner: which faults it makes, that they are really in the code when the tests run, and what its lists say.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { equivalentFor, parseEquivalents, staleEquivalents } from '../../scripts/mutants/equivalents.ts';
import { mutantsOf, sampleOf, withFault } from '../../scripts/mutants/mutate.ts';
import { readMutantOptions } from '../../scripts/mutants/options.ts';
import { relatedTests } from '../../scripts/mutants/related-tests.ts';
import { runMutants } from '../../scripts/mutants/run-mutants.ts';

const ROOT = new URL('../..', import.meta.url).pathname.replace(/\/$/, '');
const faultsOf = (text: string) => {
  const path = 'domain/a.ts';
  return mutantsOf({ path, text }).map((mutant) => withFault(text, mutant));
};

describe('the faults', () => {
  it.each([
    ['if (a < b) run();', ['if (!(a < b)) run();', 'if (a <= b) run();', 'if (a < b) ;']],
    ['const x = a && b;', ['const x = a;', 'const x = b;']],
    ['const x = a ?? b;', ['const x = (b);']],
    ['const x = list.filter(f);', ['const x = list;']],
    ['const x = list.some(f);', ['const x = list.every(f);']],
    ['const x = true;', ['const x = false;']],
    ['const x = 60_000n;', ['const x = 60001n;']],
    [`const x = 'PAPER';`, [`const x = 'MUTANT';`]],
    ['rows(`DELETE FROM a WHERE at < ?`);', [';', 'rows(`DELETE FROM a WHERE at <= ?`);']],
  ])('of %j are the small ones that a hurried hand makes', (text, wanted) => {
    expect(faultsOf(text).sort()).toEqual([...wanted].sort());
  });

  it.each([
    `import { a } from './b.ts';`,
    `type A = 'ONE' | 2;`,
    `log('warn', 'lost', { n: 1 });`,
    `throw new Error('BAD' + 1);`,
    `const x = 'some words for a person';`,
  ])('leave %j alone: no behaviour is in it', (text) => {
    expect(faultsOf(text)).toEqual([]);
  });

  it('are the same sample again when lines are added above them', () => {
    const text = 'export const f = (a: number) => a > 1 && a < 9 && a !== 5 && a + 2 > 4;\n';
    const sample = (whole: string) =>
      sampleOf(mutantsOf({ path: 'a.ts', text: whole }), 5, 'a.ts').map(({ after }) => after);
    expect(sample(text)).toHaveLength(5);
    expect(sample(`// A line more.\n\n${text}`)).toEqual(sample(text));
  });
});

describe('the list of equivalents', () => {
  const text = '# why\n\ndomain/a.ts\n- if (a > 0) {\n+ if (a >= 0) {\n= zero is refused before\n';
  const [entry] = parseEquivalents(text, 'domain.txt');
  const mutant = { before: 'if (a > 0) {', after: 'if (a >= 0) {' };

  it('names a fault by its file and its line before and after', () => {
    expect(equivalentFor([entry!], { path: 'domain/a.ts', mutant })?.reason).toBe('zero is refused before');
    expect(equivalentFor([entry!], { path: 'domain/b.ts', mutant })).toBeUndefined();
  });

  it('is stale where the file has no such fault any more', () => {
    expect(staleEquivalents([entry!], new Map([['domain/a.ts', [mutant]]]))).toEqual([]);
    expect(staleEquivalents([entry!], new Map([['domain/a.ts', []]]))).toEqual([entry]);
    expect(staleEquivalents([entry!], new Map())).toEqual([]);
  });

  it('refuses an entry without a reason, naming it', () => {
    expect(() => parseEquivalents('domain/a.ts\n- a\n+ b\n', 'domain.txt')).toThrow(
      'domain.txt: at "domain/a.ts"',
    );
  });
});

describe('the options', () => {
  it.each([
    [[], 'name at least one file or folder'],
    [['--most', '0', 'domain'], '--most takes a whole number from 1'],
    [['--fast', 'domain'], 'unknown option --fast'],
    [['./domain/decide/'], { targets: ['domain/decide'], most: 40 }],
    [['--all', 'a.ts', 'b.ts'], { targets: ['a.ts', 'b.ts'], most: Number.POSITIVE_INFINITY }],
  ])('of %j are %j', (argv, wanted) => {
    expect(readMutantOptions(argv)).toEqual(wanted);
  });
});

it('runs the tests of the mirrored folder that reach the file, the one of its own name first', () => {
  const tests = [
    'test/domain/decide/cash.test.ts',
    'test/domain/decide/sizing.test.ts',
    'test/domain/money.test.ts',
  ];
  expect(relatedTests(ROOT, { path: 'domain/decide/sizing.ts', tests })).toEqual([
    'test/domain/decide/sizing.test.ts',
    'test/domain/decide/cash.test.ts',
  ]);
});

describe('a run', () => {
  mkdirSync(join(ROOT, '.build'), { recursive: true });
  // Inside the project, so that the tests in it find vitest.
  const root = mkdtempSync(join(ROOT, '.build/mutants-'));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  const write = (path: string, text: string) => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  };

  it('counts a fault that a test notices as caught, one listed as equivalent, and shows one that survives', async () => {
    write(
      'room/a.ts',
      'export const isBig = (n: number): boolean => n > 10;\nexport const half = (n: number) => n - 1;\n',
    );
    write(
      'test/room/a.test.ts',
      `import { expect, it } from 'vitest'; import { isBig } from '../../room/a.ts';\nit('x', () => { expect([isBig(10), isBig(11)]).toEqual([false, true]); });\n`,
    );
    write(
      'test/mutants/equivalents/room.txt',
      'room/a.ts\n- export const half = (n: number) => n - 1;\n+ export const half = (n: number) => n + 1;\n= for this test\n',
    );
    const said: string[] = [];
    expect(await runMutants({ root, argv: ['room'], say: (line) => said.push(line) })).toBe(0);
    expect(said.at(-1)).toBe('room/: 4 tried, 2 caught, 1 equivalent, 1 survived: 66 %');
    expect(said[0]).toContain('+ export const half = (n: number) => n - 2;');
  });
});
