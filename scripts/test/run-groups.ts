// Runs the groups of tests one after the other and adds up what vitest itself counted, from its JSON reports.
// A group that ended badly without counting a failure counts as one failed: a crash can never read as success.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type TestRun = {
  root: string;
  extraArguments: readonly string[];
  environment: Record<string, string | undefined>;
  say: (line: string) => void;
};

/** What one group came to, counted in tests. */
export type GroupOutcome = { passed: number; failed: number; skipped: number };

type Group = { name: string; config: string; obstacle: (run: TestRun) => Obstacle | undefined };
type Obstacle = { why: string; isFailure: boolean };

const GROUPS: readonly Group[] = [
  { name: 'node', config: 'test/node.config.ts', obstacle: () => undefined },
  { name: 'workers', config: 'test/workers.config.ts', obstacle: () => undefined },
  { name: 'e2e', config: 'test/e2e.config.ts', obstacle: browserObstacle },
];

/** Runs all groups and returns the exit code: 0 only when at least one test passed and none failed. */
export async function runGroups(run: TestRun): Promise<number> {
  if (!existsSync(join(run.root, '../shared/data'))) {
    run.say('skipped: tests on the recordings of ../shared/data, which is not here');
  }
  const outcomes: GroupOutcome[] = [];
  for (const group of GROUPS) {
    if (!existsSync(join(run.root, group.config))) {
      run.say(`skipped: ${group.name} tests, no ${group.config}`);
      continue;
    }
    const obstacle = group.obstacle(run);
    if (obstacle === undefined) {
      outcomes.push(await runGroup(group, run));
    } else if (obstacle.isFailure) {
      run.say(`failed: ${group.name} tests, ${obstacle.why}`);
      outcomes.push({ passed: 0, failed: 1, skipped: 0 });
    } else {
      run.say(`skipped: ${group.name} tests, ${obstacle.why}`);
    }
  }
  const total = sumOutcomes(outcomes);
  if (total.passed + total.failed === 0) run.say('no test ran');
  run.say(closingLine(total));
  return total.failed === 0 && total.passed > 0 ? 0 : 1;
}

/**
 * The outcome of one group from vitest's JSON report (undefined: it wrote none) and its exit code.
 * A file that could not be loaded counts in vitest as a failed suite with no failed test; here it counts.
 */
export function outcomeOf(reportText: string | undefined, exitCode: number): GroupOutcome {
  const report: unknown = reportText === undefined ? undefined : JSON.parse(reportText);
  const passed = countIn(report, 'numPassedTests');
  const failedTests = countIn(report, 'numFailedTests');
  const skipped = countIn(report, 'numPendingTests') + countIn(report, 'numTodoTests');
  const failed = exitCode === 0 ? failedTests : Math.max(failedTests, 1);
  return { passed, failed, skipped };
}

/** The line that CI reads; skipped tests are named only when there are some. */
export function closingLine({ passed, failed, skipped }: GroupOutcome): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** Where a Chromium is: $CHROMIUM, else Debian's; undefined when neither is there. */
export function findChromium(environment: Record<string, string | undefined>): string | undefined {
  return [environment.CHROMIUM, '/usr/bin/chromium'].find((path) => path !== undefined && existsSync(path));
}

function browserObstacle({ environment }: TestRun): Obstacle | undefined {
  if (findChromium(environment) !== undefined) return undefined;
  return {
    why: 'no Chromium here (install it, or name one in CHROMIUM)',
    isFailure: environment.REQUIRE_BROWSER === '1',
  };
}

async function runGroup(group: Group, run: TestRun): Promise<GroupOutcome> {
  const folder = mkdtempSync(join(tmpdir(), 'polymarketspy-test-'));
  const report = join(folder, 'report.json');
  try {
    run.say(`--- ${group.name} tests`);
    const exitCode = await runVitest({ config: group.config, report, run });
    const text = existsSync(report) ? readFileSync(report, 'utf8') : undefined;
    return outcomeOf(text, exitCode);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runVitest({
  config,
  report,
  run,
}: {
  config: string;
  report: string;
  run: TestRun;
}): Promise<number> {
  const vitest = join(run.root, 'node_modules/vitest/vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  // Named files may belong to another group, so a group they do not touch is no failure of theirs.
  const named = run.extraArguments.length > 0 ? ['--passWithNoTests', ...run.extraArguments] : [];
  const child = spawn(process.execPath, [vitest, 'run', '--config', config, ...reporters, ...named], {
    cwd: run.root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: run.environment,
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

function sumOutcomes(outcomes: readonly GroupOutcome[]): GroupOutcome {
  return outcomes.reduce(
    (sum, one) => ({
      passed: sum.passed + one.passed,
      failed: sum.failed + one.failed,
      skipped: sum.skipped + one.skipped,
    }),
    { passed: 0, failed: 0, skipped: 0 },
  );
}

function countIn(report: unknown, name: string): number {
  if (typeof report !== 'object' || report === null) return 0;
  const value = (report as Record<string, unknown>)[name];
  return typeof value === 'number' ? value : 0;
}
