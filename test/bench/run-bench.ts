// The whole of `npm run bench`: reads the options, runs the bench, prints what it found. Exit code 0 within budget, 1 when
// it was missed or the bench failed, 2 for a mistake in the command.
import { latencyText } from './latency-report.ts';
import { readBenchOptions } from './options.ts';

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
  const { count, json } = read.options;
  try {
    // Only now: the list and the mistakes need none of what a bench is made of.
    const { measureLatency } = await import('./latency.ts');
    const report = await measureLatency({ count, say: complain });
    say(json ? JSON.stringify(report, null, 2) : latencyText(report));
    return report.met ? 0 : 1;
  } catch (error) {
    complain(error instanceof Error ? error.message : String(error));
    return 1;
  }
}
