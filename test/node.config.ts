import { defineConfig } from 'vitest/config';
import { SlowFirst } from './slow-first.ts';

/** Plain Node: the domain, the venue adapter, the practice exchange, and whole-system runs on a virtual clock. */
export default defineConfig({
  test: {
    name: 'node',
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.{ts,tsx}'],
    exclude: ['test/workers/**', 'test/e2e/**', 'node_modules/**'],
    // Far above what any test needs: a busy machine takes longer, and that is no failure.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    // By itself vitest leaves one core idle, and two is what there is.
    maxWorkers: 2,
    sequence: { sequencer: SlowFirst },
    // Modules are loaded once per worker and not once per file: a third of the time. A test that changes anything global
    // takes it back when it ends (onTestFinished).
    isolate: false,
    // Young objects get more room: the system runs make many, and collecting them took a twelfth of the time.
    execArgv: ['--min-semi-space-size=64', '--max-semi-space-size=64'],
  },
});
