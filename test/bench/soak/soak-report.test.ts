import { describe, expect, it } from 'vitest';
import { soakPlot } from './soak-plot.ts';
import { type SoakSample, soakReport } from './soak-report.ts';

function reportOf(change: (at: number) => Partial<SoakSample>, decided = 2_400) {
  const samples = Array.from({ length: 24 }, (_, at) => ({
    ...{ atSeconds: at * 5, memoryMegabytes: 400, storageMegabytes: 30 + at, outboxRows: 3, lagMs: 900 },
    ...{ decisions: at * 100, ...change(at) },
  }));
  const given = { minutes: 2, fillsPerSecond: 20, leaders: 100, sent: 2_400, decided, samples };
  return soakReport({ ...given, machine: 'a <machine>' });
}

describe('a soak', () => {
  it('is flat while nothing but storage grows, and that evenly', () => {
    expect(reportOf(() => ({})).met).toBe(true);
  });

  it.each([
    ['memory grows', (at: number) => ({ memoryMegabytes: 400 + at * 20 })],
    ['rows pile up', (at: number) => ({ outboxRows: at * 100 })],
    ['the lag grows', (at: number) => ({ lagMs: 900 + at * 100 })],
    ['the lag is not known', () => ({ lagMs: Number.NaN })],
    ['storage grows faster and faster', (at: number) => ({ storageMegabytes: 30 + at ** 3 / 10 })],
  ] as const)('is not flat where %s', (_what, change) => {
    expect(reportOf(change).met).toBe(false);
  });

  it('is not flat where fills were lost, or it was too short to say', () => {
    expect(reportOf(() => ({}), 2_000).met).toBe(false);
    expect(soakReport({ ...reportOf(() => ({})), samples: [] }).met).toBe(false);
  });

  it('is drawn as four lines', () => {
    const svg = soakPlot(reportOf(() => ({})));
    expect(svg.match(/<polyline/g)).toHaveLength(4);
    expect(svg).toContain('a &lt;machine>');
  });
});
