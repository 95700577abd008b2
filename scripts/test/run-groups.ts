// Runs the groups of tests and adds up what vitest itself counted, from its JSON reports. A group that ended badly
// without counting a failure counts as one failed: a crash can never read as success.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

export type TestRun = {
  root: string;
  extraArguments: readonly string[];
  environment: Record<string, string | undefined>;
  say: (line: string) => void;
};

/** What one group came to, counted in tests. */
export type GroupOutcome = { passed: number; failed: number; skipped: number };

/** How long one file took. */
export type FileTime = { file: string; ms: number };

type Group = { name: string; config: string; obstacle: (run: TestRun) => Obstacle | undefined };
type Obstacle = { why: string; isFailure: boolean };
type GroupReport = { outcome: GroupOutcome; files: readonly FileTime[]; failures: readonly string[] };
/** Where the output of a group's vitest goes: straight on, or to one text at the end. */
type Output = 'inherit' | 'collect';

const NODE: Group = { name: 'node', config: 'test/node.config.ts', obstacle: () => undefined };
const WORKERS: Group = { name: 'workers', config: 'test/workers.config.ts', obstacle: () => undefined };
const E2E: Group = { name: 'e2e', config: 'test/e2e.config.ts', obstacle: browserObstacle };
/**
 * Two groups run at the same time, and the third when the first of them ends: which that is depends on the machine. The plain ones
 * compute all the time; the others wait for trades and for the runtime now and then, and the plain ones fill those waits.
 */
const GROUPS: readonly { output: Output; group: Group }[] = [
  { output: 'inherit', group: NODE },
  { output: 'collect', group: E2E },
  { output: 'collect', group: WORKERS },
];
const AT_ONCE = 2;
const SLOWEST_SHOWN = 10;
/** How much of a failure is repeated at the end: what was expected, and where. */
const FAILURE_LINES = 12;

/** Runs all groups and returns the exit code: 0 only when at least one test passed and none failed. */
export async function runGroups(run: TestRun): Promise<number> {
  if (!existsSync(join(run.root, '../shared/data'))) {
    run.say('skipped: tests on the recordings of ../shared/data, which is not here');
  }
  const waiting = [...GROUPS];
  const reports: GroupReport[] = [];
  const takeGroups = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      reports.push(await runGroup(next.group, { run, output: next.output }));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, takeGroups));
  for (const line of slowestLines(reports.flatMap(({ files }) => files))) run.say(line);
  for (const line of failureLines(reports.flatMap(({ failures }) => failures))) run.say(line);
  const total = sumOutcomes(reports.map(({ outcome }) => outcome));
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

/** What a report says of each file's time, named from the root; what it does not say counts as nothing. */
export function fileTimes(reportText: string | undefined, root: string): readonly FileTime[] {
  const report: unknown = reportText === undefined ? undefined : JSON.parse(reportText);
  return listIn(report, 'testResults').map((file) => {
    const [from, to] = [fieldOf(file, 'startTime'), fieldOf(file, 'endTime')];
    const ms = typeof from === 'number' && typeof to === 'number' ? Math.max(0, to - from) : 0;
    return { file: relative(root, String(fieldOf(file, 'name') ?? '')), ms };
  });
}

/** The ten slowest files, slowest first, a line each below a heading; no line where nothing ran. */
export function slowestLines(files: readonly FileTime[]): readonly string[] {
  if (files.length === 0) return [];
  const slowest = [...files].sort((left, right) => right.ms - left.ms).slice(0, SLOWEST_SHOWN);
  const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`.padStart(9);
  return ['slowest files:', ...slowest.map(({ file, ms }) => `${seconds(ms)}  ${file}`)];
}

/** What failed in a report, one text each: the file, the test's full name and what it said; a file that did not load too. */
export function failuresIn(reportText: string | undefined, root: string): readonly string[] {
  const report: unknown = reportText === undefined ? undefined : JSON.parse(reportText);
  return listIn(report, 'testResults').flatMap((file) => {
    const name = relative(root, String(fieldOf(file, 'name') ?? ''));
    const failed = listIn(file, 'assertionResults').filter((test) => fieldOf(test, 'status') === 'failed');
    if (failed.length === 0 && fieldOf(file, 'status') === 'failed')
      return [`${name}\n${String(fieldOf(file, 'message') ?? '')}`];
    return failed.map((test) => {
      const said = listIn(test, 'failureMessages').map(String).join('\n');
      return `${name} > ${String(fieldOf(test, 'fullName') ?? '')}\n${said}`;
    });
  });
}

/** The failures once more below a heading, each cut to its first lines and without the test runner's own, where a log's reader looks first: at its end. */
export function failureLines(failures: readonly string[]): readonly string[] {
  if (failures.length === 0) return [];
  const linesOf = (text: string): readonly string[] =>
    text
      .trimEnd()
      .split('\n')
      .filter((line) => !/^ +at .*\/node_modules\//.test(line));
  return ['failed tests:', ...failures.flatMap((text) => linesOf(text).slice(0, FAILURE_LINES))];
}

/** The line that CI reads; skipped tests are named only when there are some. */
export function closingLine({ passed, failed, skipped }: GroupOutcome): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** Debian's, the one without windows first: it draws less of what nobody sees, a third of the browser's work. */
const CHROMIUMS: readonly string[] = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'];

/** Where a Chromium is: $CHROMIUM, else Debian's; undefined when none is there. */
export function findChromium(environment: Record<string, string | undefined>): string | undefined {
  return [environment.CHROMIUM, ...CHROMIUMS].find((path) => path !== undefined && existsSync(path));
}

function browserObstacle({ environment }: TestRun): Obstacle | undefined {
  if (findChromium(environment) !== undefined) return undefined;
  return {
    why: 'no Chromium here (install it, or name one in CHROMIUM)',
    isFailure: environment.REQUIRE_BROWSER === '1',
  };
}

async function runGroup(
  group: Group,
  { run, output }: { run: TestRun; output: Output },
): Promise<GroupReport> {
  const nothing = { passed: 0, failed: 0, skipped: 0 };
  if (!existsSync(join(run.root, group.config))) {
    run.say(`skipped: ${group.name} tests, no ${group.config}`);
    return { outcome: nothing, files: [], failures: [] };
  }
  const obstacle = group.obstacle(run);
  if (obstacle !== undefined) {
    run.say(`${obstacle.isFailure ? 'failed' : 'skipped'}: ${group.name} tests, ${obstacle.why}`);
    return { outcome: { ...nothing, failed: obstacle.isFailure ? 1 : 0 }, files: [], failures: [] };
  }
  const folder = mkdtempSync(join(tmpdir(), 'polymarketspy-test-'));
  const report = join(folder, 'report.json');
  try {
    if (output === 'inherit') run.say(`--- ${group.name} tests`);
    const { exitCode, text } = await runVitest({ config: group.config, report, run, output });
    if (output === 'collect') run.say(`--- ${group.name} tests\n${text}`);
    const written = existsSync(report) ? readFileSync(report, 'utf8') : undefined;
    return {
      outcome: outcomeOf(written, exitCode),
      files: fileTimes(written, run.root),
      failures: failuresIn(written, run.root),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runVitest({
  config,
  report,
  run,
  output,
}: {
  config: string;
  report: string;
  run: TestRun;
  output: Output;
}): Promise<{ exitCode: number; text: string }> {
  const vitest = join(run.root, 'node_modules/vitest/vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  // Named files may belong to another group, so a group they do not touch is no failure of theirs.
  const named = run.extraArguments.length > 0 ? ['--passWithNoTests', ...run.extraArguments] : [];
  const to = output === 'inherit' ? 'inherit' : 'pipe';
  const child = spawn(process.execPath, [vitest, 'run', '--config', config, ...reporters, ...named], {
    cwd: run.root,
    stdio: ['ignore', to, to],
    env: run.environment,
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8');
    stream?.on('data', (part: string) => {
      text += part;
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ exitCode: code ?? 1, text }));
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
  const value = fieldOf(report, name);
  return typeof value === 'number' ? value : 0;
}

function listIn(record: unknown, name: string): readonly unknown[] {
  const value = fieldOf(record, name);
  return Array.isArray(value) ? value : [];
}

function fieldOf(record: unknown, name: string): unknown {
  // Narrowed to an object, any of its fields may be read.
  return typeof record === 'object' && record !== null
    ? (record as Record<string, unknown>)[name]
    : undefined;
}
