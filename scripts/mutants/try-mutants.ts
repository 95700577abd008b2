// The child process of `npm run mutants`: holds one vitest over the tests of one file, puts in one fault after the other and
// reports each outcome to the parent. A fault that never ends blocks this process; the parent then ends it and starts another.
import { join } from 'node:path';
import { createVitest } from 'vitest/node';
import { type Mutant, withFault } from './mutate.ts';

/** What the parent asks for: the file, its text, the tests in order, and the faults still to try. */
export type TryRequest = {
  root: string;
  path: string;
  text: string;
  tests: readonly string[];
  mutants: readonly { index: number; mutant: Mutant }[];
};

/** What the child reports: the tests passed without a fault, or not; then one line for each fault. */
export type TryReport =
  | { kind: 'ready' }
  | { kind: 'broken'; reason: string }
  | { kind: 'tried'; index: number; caughtBy: string | null };

const report = (message: TryReport): void => {
  process.send?.(message);
};

process.once('message', (request: TryRequest) => {
  tryAll(request).then(
    () => process.exit(0),
    (error: unknown) => {
      report({
        kind: 'broken',
        reason: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
      process.exit(1);
    },
  );
});

async function tryAll({ root, path, text, tests, mutants }: TryRequest): Promise<void> {
  const target = join(root, path);
  let current = text;
  const vitest = await createVitest(
    'test',
    {
      root,
      config: false,
      watch: false,
      include: [...tests],
      reporters: [{}],
      pool: 'threads',
      maxWorkers: 1,
      bail: 1,
      testTimeout: 30_000,
      onConsoleLog: () => false,
      // The cache is keyed by the file on disk, which never changes here: with it every fault would be tried as the original.
      fsModuleCache: false,
    },
    {
      plugins: [
        {
          name: 'one-fault',
          enforce: 'pre',
          transform: (_code, id) => (id.split('?')[0] === target ? { code: current, map: null } : undefined),
        },
      ],
    },
  );
  await vitest.standalone();
  const specifications = await vitest.globTestSpecifications();
  /** How long each test file took without a fault; the quick ones go first, so that few faults reach the slow ones. */
  const tookMs = new Map<string, number>();
  /** The first test that fails, as its file and name; null when all pass. File by file: the one that fails is the last to run. */
  const firstFailure = async (order: readonly string[]): Promise<string | null> => {
    for (const test of order) {
      const startedAtMs = performance.now();
      const its = specifications.filter((one) => one.moduleId === join(root, test));
      const { testModules, unhandledErrors } = await vitest.runTestSpecifications(its);
      tookMs.set(test, performance.now() - startedAtMs);
      // The result lists the files of earlier runs too.
      const module = testModules.find((one) => one.moduleId === join(root, test));
      if (module === undefined) throw new Error(`${test} did not run`);
      if (!module.ok()) {
        const [failed] = module.children.allTests('failed');
        return `${test}: ${failed?.fullName ?? 'it does not load'}`;
      }
      if (unhandledErrors.length > 0) return `${test}: an error outside of a test`;
    }
    return null;
  };
  const failsWithout = await firstFailure(tests);
  if (failsWithout !== null) throw new Error(`without any fault, this fails: ${failsWithout}`);
  const [namesake, ...others] = tests;
  others.sort((a, b) => (tookMs.get(a) ?? 0) - (tookMs.get(b) ?? 0));
  const ordered = namesake === undefined ? others : [namesake, ...others];
  report({ kind: 'ready' });
  for (const { index, mutant } of mutants) {
    current = withFault(text, mutant);
    vitest.invalidateFile(target);
    report({ kind: 'tried', index, caughtBy: await firstFailure(ordered) });
  }
  await vitest.close();
}
