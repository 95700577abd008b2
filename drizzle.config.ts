/** drizzle-kit: writes the next migration from the schemas. Additive, but for the named rebuilds of test/ledger. */
import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'sqlite',
  schema: [
    './ledger/schema/schema.ts',
    './ledger/schema/control-schema.ts',
    './ledger/schema/live-schema.ts',
    './ledger/schema/stats-schema.ts',
    './ledger/schema/storage-schema.ts',
  ],
  out: './migrations',
});
