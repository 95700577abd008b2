import { defineConfig } from 'vitest/config';
export default defineConfig({ test: { projects: ['test/node.config.ts', 'test/workers.config.ts'] } });
