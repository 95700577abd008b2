import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';

/** The real runtime: the objects and D1 inside workerd. Nothing here reaches a network: every address is refused. */
export default defineConfig(async () => ({
  plugins: [
    cloudflareTest({
      wrangler: { configPath: './wrangler.toml' },
      miniflare: {
        bindings: {
          TEST_MIGRATIONS: await readD1Migrations(new URL('../migrations', import.meta.url).pathname),
        },
        outboundService: () => new Response('no network in tests', { status: 503 }),
      },
    }),
  ],
  test: {
    name: 'workers',
    root: new URL('..', import.meta.url).pathname,
    include: ['test/workers/**/*.test.ts'],
    // Far above what any test needs: a busy machine takes longer, and that is no failure.
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
}));
