/** drizzle-kit: writes the next migration from the schemas. Additive, but for the named rebuilds of test/ledger. */
import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'sqlite',
  schema: ['./ledger/schema.ts', './ledger/live-schema.ts', './ledger/stats-schema.ts'],
  out: './migrations',
});
