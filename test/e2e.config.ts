import { defineConfig } from 'vitest/config';

/** The real thing, started by scripts/start.mjs and looked at in Chromium. Run by `npm test` where a Chromium is. */
export default defineConfig({
  test: {
    name: 'e2e',
    root: new URL('..', import.meta.url).pathname,
    include: ['test/e2e/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
