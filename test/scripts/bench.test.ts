// Shows the parts of `npm run bench` that measure nothing: its options, the percentiles, and when a budget counts as met.
import { describe, expect, it } from 'vitest';
import { callsIn } from '../bench/fsyncs.ts';
import { latencyReport, latencyText, percentile } from '../bench/latency-report.ts';
import { loadReport, loadText, type Stage } from '../bench/load/load-report.ts';
import { readBenchOptions } from '../bench/options.ts';
import { runBench } from '../bench/run-bench.ts';
import { startupIn } from '../bench/startup.ts';

async function run(...argv: string[]) {
  const out: string[] = [];
  const code = await runBench({
    argv,
    say: (text) => out.push(text),
    complain: (text) => out.push(text),
  });
  return { code, text: out.join('\n') };
}

const NOTHING = { reads: 0, writes: 0, rows: 0, commits: 0 };

/** Of so many statements and commits before the POST. */
function costOf(writes: number, commits: number) {
  const steps = [{ ...NOTHING, object: 'live Wallet', writes, commits }];
  return { beforePost: steps, whole: steps };
}

/** Samples that took these times, all sent at 1,000 on the wall clock, beside a floor of 4 ms. */
function report(took: readonly number[], given: Partial<Parameters<typeof latencyReport>[0]> = {}) {
  const samples = took.map((tookMs) => ({ tookMs, sentAtMs: 1_000, arrivedAtMs: 1_000 + tookMs }));
  return latencyReport({
    samples,
    floorMs: [4, 4],
    steps: costOf(25, 2),
    startup: { busyMs: 60, gzipKib: 280 },
    fsyncsPerCopy: null,
    missing: 0,
    refused: 0,
    stamped: samples.map((sample) => [sample, { detectedAtMs: 1_001, preparedAtMs: sample.arrivedAtMs - 1 }]),
    unrelatedPerSecond: 50,
    machine: 'a test',
    ...given,
  });
}

describe('npm run bench', () => {
  it('lists the benches when none is named', async () => {
    const { code, text } = await run();
    expect(code).toBe(0);
    expect(text).toContain('cost');
    expect(text).toContain('latency');
    expect(text).toContain('pages');
  });

  it.each([
    [['latencies'], 'There is no bench "latencies"'],
    [['constructor'], 'There is no bench "constructor"'],
    [['latency', '--count', '0'], '--count needs a number'],
    [['latency', '--jsn'], 'Unknown option "--jsn"'],
    [['latency', '--keep'], 'Unknown option "--keep"'],
    [['cost', '--load', 'heavy'], '--load needs one of idle, paper, live'],
    [['cost', '--hours', '0'], '--hours needs a number from 1'],
    [['cost', '--count', '5'], 'Unknown option "--count"'],
    [['pages', '--rows', '499'], '--rows needs a number from 500'],
    [['pages', '--rows', '1e6'], '--rows needs a number'],
    [['pages', '--rows'], '--rows needs a number'],
    [['pages', '--count', '10001'], '--count needs a number'],
  ])('refuses %j in one line', async (argv, sentence) => {
    const { code, text } = await run(...argv);
    expect(code).toBe(2);
    expect(text).toContain(sentence);
    expect(text).not.toContain('\n');
  });
});

describe('the options of the page bench', () => {
  it('are a million attempts and 20 answers by default', () => {
    const usual = { name: 'pages', json: false, count: 20, rows: 1_000_000, keep: false, loads: [] };
    expect(readBenchOptions(['pages'])).toEqual({ kind: 'run', options: usual });
    expect(readBenchOptions(['pages', '--keep', '--rows', '5000', '--count', '3', '--json'])).toEqual({
      kind: 'run',
      options: { name: 'pages', json: true, count: 3, rows: 5_000, keep: true, loads: [] },
    });
  });
});

describe('the options of the cost bench', () => {
  it('are every load for its own time, or those that are named', () => {
    const usual = { name: 'cost', json: false, count: 0, rows: 1_000_000, keep: false, loads: [] };
    expect(readBenchOptions(['cost'])).toEqual({ kind: 'run', options: usual });
    expect(readBenchOptions(['cost', '--load', 'idle', '--load', 'paper', '--hours', '2'])).toEqual({
      kind: 'run',
      options: { ...usual, loads: ['idle', 'paper'], hours: 2 },
    });
  });
});

describe('the load report', () => {
  const stage = (fillsPerSecond: number, part: Partial<Stage> = {}): Stage => ({
    ...{
      fillsPerSecond,
      strangersPerSecond: 50,
      seconds: 1,
      sent: 6,
      sentPerSecond: fillsPerSecond,
      drainedMs: 500,
    },
    copied: ['PAPER', 'LIVE'].flatMap((mode) =>
      Array.from({ length: 6 }, (_, at) => ({ mode, detectedAtMs: at * 100, decidedAtMs: at * 100 + 20 })),
    ),
    ...part,
  });
  const late = stage(300).copied.map((one) => ({ ...one, decidedAtMs: one.decidedAtMs * 3 }));

  it.each([
    ['what holds 300 a second', [stage(300)], true, 300],
    ['what holds only 200', [stage(200), stage(300, { copied: late })], false, 200],
    ['fills that were lost', [stage(300, { copied: stage(300).copied.slice(1) })], false, 0],
    ['nothing at all', [], false, 0],
  ])('says what is sustained: %s', (_what, stages, met, sustained) => {
    const found = loadReport(stages, 'a test');
    expect([found.met, found.sustained]).toEqual([met, sustained]);
    expect(loadText(found)).toContain(met ? 'Within budget' : 'BUDGET MISSED');
  });
});

describe('the latency report', () => {
  it('takes percentiles by nearest rank', () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect([0.5, 0.99, 1].map((part) => percentile(values, part))).toEqual([50, 99, 100]);
    expect(percentile([7], 0.5)).toBe(7);
    expect(percentile([], 0.5)).toBeNaN();
  });

  it.each([
    ['everything in time', report([5, 5, 6]), true],
    ['p50 too far above the floor', report([5.1, 5.1]), false],
    ['p99 too far above the floor', report([5, 5, 5, 6.1]), false],
    ['a floor that placed nothing', report([5], { floorMs: [] }), false],
    ['a statement too many', report([5], { steps: costOf(26, 2) }), false],
    ['a commit too many', report([5], { steps: costOf(5, 3) }), false],
    ['a start that is too long', report([5], { startup: { busyMs: 501, gzipKib: 280 } }), false],
    ['a trade without an order', report([5], { missing: 1 }), false],
    ['an order that was refused', report([5], { refused: 1 }), false],
    ['nothing measured', report([]), false],
  ])('meets the budget or not: %s', (_name, found, met) => {
    expect(found.met).toBe(met);
    expect(latencyText(found)).toContain(met ? 'Within budget' : 'BUDGET MISSED');
  });

  it('reads what wrangler prints of the start', () => {
    const printed =
      'Bundle: 875.33 KiB / gzip: 280.47 KiB\n  Active: 58.9 ms (including 6.3 ms garbage collection)';
    expect(startupIn(printed)).toEqual({ busyMs: 58.9, gzipKib: 280.47 });
    expect(startupIn('gzip: 280 KiB Active: 1.2 s').busyMs).toBe(1_200);
    expect(() => startupIn('no profile')).toThrow('printed no profile');
  });

  it('reads the calls that strace counted', () => {
    const table = [
      '% time     seconds  usecs/call     calls    errors syscall',
      '------ ----------- ----------- --------- --------- ----------------',
      ' 99.00    0.100000        1000        95           fdatasync',
      '  1.00    0.001000         100         5           fsync',
      '------ ----------- ----------- --------- --------- ----------------',
      '100.00    0.101000                   100           total',
    ].join('\n');
    expect(callsIn(table)).toBe(100);
    expect(callsIn('strace: attach: Operation not permitted')).toBeUndefined();
  });

  it('shows where the time went, in shares of the whole', () => {
    const { steps } = report([10, 10]);
    expect(steps.map(({ meanMs }) => meanMs)).toEqual([1, 8, 1]);
    expect(steps.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
  });
});

describe('the options of the year and of the soak', () => {
  it('are days, minutes and a plot; each belongs to its own bench', () => {
    expect(readBenchOptions(['year', '--days', '30'])).toMatchObject({ options: { days: 30, count: 500 } });
    expect(readBenchOptions(['soak', '--minutes', '3', '--plot', 'a.svg'])).toMatchObject({
      options: { minutes: 3, plot: 'a.svg' },
    });
    for (const argv of [
      ['year', '--minutes', '3'],
      ['soak', '--days', '3'],
      ['soak', '--plot', 'a.png'],
      ['year', '--days', '0'],
    ])
      expect(readBenchOptions(argv).kind, argv.join(' ')).toBe('mistake');
  });
});
