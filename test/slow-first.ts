// The order of the test files: those that take longest begin first. By itself vitest begins with the largest file, and some
// of the slowest are a few lines: begun last, they keep one core busy while the other has nothing left to do.
import { existsSync } from 'node:fs';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const ROOT = new URL('../', import.meta.url).pathname;

/** What `npm test` names as its slowest files, slowest first. */
const SLOWEST: readonly string[] = [
  'test/system/live/live-run.test.ts',
  'test/system/crash.test.ts',
  'test/system/live/unknown.test.ts',
  'test/system/determinism.test.ts',
  'test/worker/routes/config-preview.test.ts',
].map((path) => {
  if (!existsSync(ROOT + path)) throw new Error(`test/slow-first.ts names ${path}, which is not there`);
  return ROOT + path;
});

/** vitest's own order, but for the slowest files, which come first. */
export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = SLOWEST.indexOf(moduleId);
      return at === -1 ? SLOWEST.length : at;
    };
    return (await super.sort(files)).sort((left, right) => rank(left) - rank(right));
  }
}
