// Checks docs/faults.md: every fault from W1 to W51, and of live from L1 to L34, has a row, and every test that a row names exists.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const FAULTS = { W: 51, L: 34 };
const root = new URL('../..', import.meta.url).pathname;
const rows = readFileSync(`${root}docs/faults.md`, 'utf8')
  .split('\n')
  .map((line) => /^\| ([WL]\d+) [^|]+\| ([^|]+)\| \s*(.*?)\s*\|$/.exec(line))
  .filter((row) => row !== null);

/** The tests that a cell names: `file` sentence; `file` sentence. */
function testsIn(cell: string): { file: string; sentence: string }[] {
  return cell
    .split(/; (?=`)/)
    .map((part) => /^`([\w/-]+)` (.+)$/.exec(part))
    .filter((part) => part !== null)
    .map(([, file = '', sentence = '']) => ({ file, sentence }));
}

describe('the table of faults', () => {
  it('has one row for each fault', () => {
    const wanted = Object.entries(FAULTS).flatMap(([letter, length]) =>
      Array.from({ length }, (_, index) => `${letter}${index + 1}`),
    );
    expect(rows.map((row) => row[1]).sort()).toEqual(wanted.sort());
  });

  it('says why each cannot happen here', () => {
    for (const row of rows) expect(row[2]?.length, row[1]).toBeGreaterThan(20);
  });

  it('names tests that exist', () => {
    const missing = rows.flatMap((row) =>
      testsIn(row[3] ?? '')
        .filter(({ file, sentence }) => !isTest(file, sentence))
        .map(({ file, sentence }) => `${row[1]}: ${file} has no "${sentence}"`),
    );
    expect(missing).toEqual([]);
  });
});

function isTest(file: string, sentence: string): boolean {
  const path = ['ts', 'tsx'].map((end) => `${root}test/${file}.test.${end}`).find((one) => existsSync(one));
  return path !== undefined && readFileSync(path, 'utf8').replaceAll("\\'", "'").includes(sentence);
}
