import { defineConfig } from 'vitest/config';

/** The real thing, started by scripts/start.mjs and looked at in Chromium. Run by `npm test` where a Chromium is. */
export default defineConfig({
  test: {
    name: 'e2e',
    root: new URL('..', import.meta.url).pathname,
    include: ['test/e2e/**/*.test.ts'],
    // Forty seconds of wrangler's own work: CI does it, and `npx vitest --config test/e2e.config.ts` with CI set.
    exclude: process.env.CI === undefined ? ['test/e2e/deploy.test.ts'] : [],
    globalSetup: ['test/e2e/build-first.ts'],
    // Each file has a system of its own and waits for trades and minutes most of the time: all of them wait at once.
    maxWorkers: 2,
    // Far above what any test needs: a busy machine takes longer, and that is no failure.
    testTimeout: 1_800_000,
    hookTimeout: 1_800_000,
  },
});
