/** drizzle-kit: writes the next migration from ledger/schema.ts. Additive only; see docs and test/ledger. */
import { defineConfig } from 'drizzle-kit';

export default defineConfig({ dialect: 'sqlite', schema: './ledger/schema.ts', out: './migrations' });
