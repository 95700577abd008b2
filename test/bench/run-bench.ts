// The whole of `npm run bench`: reads the options, runs the bench, prints what it found. Exit code 0 within budget, 1 when
// it was missed or the bench failed, 2 for a mistake in the command.
import { latencyText } from './latency-report.ts';
import { type BenchOptions, readBenchOptions } from './options.ts';
import { pagesText } from './pages-report.ts';

export async function runBench({
  argv,
  say,
  complain,
}: {
  argv: readonly string[];
  /** What was found. */
  say: (text: string) => void;
  /** What is going on, and what went wrong. */
  complain: (text: string) => void;
}): Promise<number> {
  const read = readBenchOptions(argv);
  if (read.kind === 'mistake') {
    complain(read.sentence);
    return 2;
  }
  if (read.kind === 'list') {
    say(read.text);
    return 0;
  }
  try {
    const { met, text } = await BENCH_RUNS[read.options.name](read.options, complain);
    say(text);
    return met ? 0 : 1;
  } catch (error) {
    complain(error instanceof Error ? error.message : String(error));
    return 1;
  }
}

interface Found {
  readonly met: boolean;
  readonly text: string;
}

// A bench is loaded only when it is run: the list and the mistakes need none of what it is made of.
const BENCH_RUNS = {
  cost: async ({ loads, hours, json }, say) => {
    await import('./cost/whole-typescript.ts');
    const { measureCost } = await import('./cost/cost.ts');
    const { costText } = await import('./cost/cost-report.ts');
    const report = await measureCost({ names: loads, ...(hours === undefined ? {} : { hours }), say });
    return { met: report.met, text: json ? JSON.stringify(report, null, 2) : costText(report) };
  },
  latency: async ({ count, json }, say) => {
    const { measureLatency } = await import('./latency.ts');
    const report = await measureLatency({ count, say });
    return { met: report.met, text: json ? JSON.stringify(report, null, 2) : latencyText(report) };
  },
  load: async ({ count, json }, say) => {
    await import('./cost/whole-typescript.ts');
    const { measureLoad } = await import('./load/load.ts');
    const { loadText } = await import('./load/load-report.ts');
    const report = await measureLoad({ seconds: count, say });
    return { met: report.met, text: json ? JSON.stringify(report, null, 2) : loadText(report) };
  },
  pages: async ({ rows, count, keep, json }, say) => {
    await import('./cost/whole-typescript.ts');
    const { measurePages } = await import('./pages.ts');
    const report = await measurePages({ rows, count, keep, say });
    return { met: report.met, text: json ? JSON.stringify(report, null, 2) : pagesText(report) };
  },
  soak: async ({ minutes = 30, plot, json }, say) => {
    await import('./cost/whole-typescript.ts');
    const { measureSoak } = await import('./soak/soak.ts');
    const { soakText } = await import('./soak/soak-report.ts');
    const report = await measureSoak({ minutes, say });
    if (plot !== undefined) {
      const { writeFileSync } = await import('node:fs');
      const { soakPlot } = await import('./soak/soak-plot.ts');
      writeFileSync(plot, soakPlot(report));
    }
    return { met: report.met, text: json ? JSON.stringify(report, null, 2) : soakText(report) };
  },
  year: async ({ count, days = 400, json }, say) => {
    await import('./cost/whole-typescript.ts');
    const { measureYear, yearText } = await import('./year.ts');
    const report = await measureYear({ days, fillsPerDay: count, say });
    return { met: report.met, text: json ? JSON.stringify(report, null, 2) : yearText(report) };
  },
} satisfies Record<
  BenchOptions['name'],
  (options: BenchOptions, say: (line: string) => void) => Promise<Found>
>;
