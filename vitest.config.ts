import { defineConfig } from 'vitest/config';

/** For an editor and for `npx vitest`: both groups that need no browser. `npm test` runs each group by its own file. */
export default defineConfig({
  test: { projects: [{ extends: './test/node.config.ts' }, { extends: './test/workers.config.ts' }] },
});
