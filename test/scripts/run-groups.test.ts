// Shows that the count at the end of `npm test` is true: a crash, an unloadable file or an empty run never reads
// as success.
import { describe, expect, it } from 'vitest';
import { closingLine, findChromium, outcomeOf } from '../../scripts/test/run-groups.ts';

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

describe('findChromium', () => {
  it('takes the one that CHROMIUM names', () => {
    expect(findChromium({ CHROMIUM: process.execPath })).toBe(process.execPath);
  });
});
