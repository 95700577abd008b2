// Shows that the count at the end of `npm test` is true: a crash, an unloadable file or an empty run never reads
// as success.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  closingLine,
  failureLines,
  failuresIn,
  fileTimes,
  findChromium,
  outcomeOf,
  runGroups,
  slowestLines,
} from '../../scripts/test/run-groups.ts';

describe('outcomeOf', () => {
  it('takes the counts that vitest wrote', () => {
    const report = JSON.stringify({
      numPassedTests: 7,
      numFailedTests: 0,
      numPendingTests: 2,
      numTodoTests: 0,
    });
    expect(outcomeOf(report, 0)).toEqual({ passed: 7, failed: 0, skipped: 2 });
  });

  it('counts one failure when the group broke without a failed test, such as a file that does not load', () => {
    expect(outcomeOf(JSON.stringify({ numPassedTests: 7, numFailedTests: 0 }), 1).failed).toBe(1);
  });

  it('counts one failure when the group died before writing a report', () => {
    expect(outcomeOf(undefined, 134)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });
});

describe('closingLine', () => {
  it('is the plain line that CI reads', () => {
    expect(closingLine({ passed: 3, failed: 1, skipped: 0 })).toBe('3 passed, 1 failed');
    expect(closingLine({ passed: 3, failed: 0, skipped: 2 })).toBe('3 passed, 0 failed, 2 skipped');
  });
});

describe('fileTimes', () => {
  it('takes the time of each file from the report, named from the root', () => {
    const report = JSON.stringify({
      testResults: [
        { name: '/root/test/a.test.ts', startTime: 1_000, endTime: 3_500.4 },
        { name: '/root/test/broken.test.ts' },
      ],
    });
    expect(fileTimes(report, '/root')).toEqual([
      { file: 'test/a.test.ts', ms: 2_500.4 },
      { file: 'test/broken.test.ts', ms: 0 },
    ]);
  });

  it('is empty when the group wrote no report', () => {
    expect(fileTimes(undefined, '/root')).toEqual([]);
  });
});

describe('slowestLines', () => {
  it('shows the ten slowest of all groups, the slowest first', () => {
    const files = Array.from({ length: 12 }, (_, index) => ({ file: `${index}.test.ts`, ms: index * 1_000 }));
    const lines = slowestLines(files);
    expect(lines).toHaveLength(11);
    expect(lines[1]).toBe('   11.0 s  11.test.ts');
    expect(lines[10]).toBe('    2.0 s  2.test.ts');
  });

  it('says nothing where nothing ran', () => {
    expect(slowestLines([])).toEqual([]);
  });
});

describe('failuresIn', () => {
  const report = JSON.stringify({
    testResults: [
      { name: '/root/test/good.test.ts', status: 'passed', assertionResults: [{ status: 'passed' }] },
      {
        name: '/root/test/a.test.ts',
        status: 'failed',
        assertionResults: [
          { status: 'passed', fullName: 'a copy is sold', failureMessages: [] },
          { status: 'failed', fullName: 'a copy is kept', failureMessages: ['expected 1 to be 2\n    at x'] },
        ],
      },
      {
        name: '/root/test/broken.test.ts',
        status: 'failed',
        message: 'no such module',
        assertionResults: [],
      },
    ],
  });

  it('names each failed test with its file and what it said, and a file that did not load', () => {
    expect(failuresIn(report, '/root')).toEqual([
      'test/a.test.ts > a copy is kept\nexpected 1 to be 2\n    at x',
      'test/broken.test.ts\nno such module',
    ]);
  });

  it('is empty when the group wrote no report', () => {
    expect(failuresIn(undefined, '/root')).toEqual([]);
  });
});

describe('failureLines', () => {
  it('repeats each failure below a heading, cut to its first twelve lines', () => {
    const long = Array.from({ length: 40 }, (_, index) => `line ${index}`).join('\n');
    const lines = failureLines([long, 'short\n']);
    expect(lines).toHaveLength(14);
    expect([lines[0], lines[12], lines[13]]).toEqual(['failed tests:', 'line 11', 'short']);
  });

  it('leaves out the lines of the test runner itself', () => {
    const stack =
      'no\n    at /work/test/a.test.ts:2:51\n    at runTest (file:///work/node_modules/vitest/run.js:1:2)';
    expect(failureLines([stack])).toEqual(['failed tests:', 'no', '    at /work/test/a.test.ts:2:51']);
  });

  it('says nothing where nothing failed', () => {
    expect(failureLines([])).toEqual([]);
  });
});

describe('runGroups', () => {
  /** A root in which each group of tests is a config for a vitest that prints and reports what it is given. */
  function rootWith(
    groups: Readonly<Record<string, { says: string; report: unknown; exit: number }>>,
  ): string {
    const root = mkdtempSync(join(tmpdir(), 'run-groups-'));
    mkdirSync(join(root, 'test'));
    mkdirSync(join(root, 'node_modules/vitest'), { recursive: true });
    for (const name of Object.keys(groups)) writeFileSync(join(root, `test/${name}.config.ts`), '');
    writeFileSync(
      join(root, 'node_modules/vitest/vitest.mjs'),
      `import { writeFileSync } from 'node:fs';
      const groups = ${JSON.stringify(groups)};
      const config = process.argv[process.argv.indexOf('--config') + 1];
      const { says, report, exit } = groups[config.slice('test/'.length, -'.config.ts'.length)];
      process.stderr.write(says);
      const file = process.argv.find((one) => one.startsWith('--outputFile.json=')).slice('--outputFile.json='.length);
      if (report !== null) writeFileSync(file, JSON.stringify(report));
      process.exitCode = exit;`,
    );
    return root;
  }

  async function runIn(root: string): Promise<{ code: number; lines: readonly string[] }> {
    const said: string[] = [];
    const environment = { ...process.env, CHROMIUM: process.execPath };
    const code = await runGroups({ root, extraArguments: [], environment, say: (line) => said.push(line) });
    rmSync(root, { recursive: true, force: true });
    return { code, lines: said.join('\n').split('\n') };
  }

  const passed = (file: string, ms: number) => ({
    numPassedTests: 2,
    numFailedTests: 0,
    testResults: [{ name: `${file}.test.ts`, startTime: 0, endTime: ms }],
  });

  it('adds up all groups, names the slowest files of all, and ends with the line that CI reads', async () => {
    const root = rootWith({
      node: { says: '', report: passed('quick', 100), exit: 0 },
      e2e: { says: 'what the browser said\n', report: passed('slow', 9_000), exit: 0 },
    });
    const { code, lines } = await runIn(root);
    expect(code).toBe(0);
    expect(lines.at(-1)).toBe('4 passed, 0 failed');
    const heading = lines.indexOf('slowest files:');
    expect(lines[heading + 1]).toContain('slow.test.ts');
    expect(lines[heading + 2]).toContain('quick.test.ts');
    expect(lines).toContain('what the browser said');
    expect(lines).toContain('skipped: workers tests, no test/workers.config.ts');
  });

  it('fails when one group breaks, though the others pass', async () => {
    const root = rootWith({
      node: { says: '', report: passed('quick', 100), exit: 0 },
      e2e: { says: '', report: null, exit: 1 },
    });
    expect(await runIn(root)).toMatchObject({
      code: 1,
      lines: expect.arrayContaining(['2 passed, 1 failed']),
    });
  });

  it('fails when nothing ran', async () => {
    const { code, lines } = await runIn(rootWith({}));
    expect(code).toBe(1);
    expect(lines.slice(-2)).toEqual(['no test ran', '0 passed, 0 failed']);
  });
});

describe('findChromium', () => {
  it('takes the one that CHROMIUM names', () => {
    expect(findChromium({ CHROMIUM: process.execPath })).toBe(process.execPath);
  });
});
