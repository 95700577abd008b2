// Run by `npm start` as a program of its own: applies the migrations to the local D1 in the folder that wrangler persists to.
// Arguments: the project's folder, that folder.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { getPlatformProxy } from 'wrangler';
import { applyMigrations, databaseConfig } from './migrations.ts';

const [root = '', persisted = ''] = process.argv.slice(2);
// Of D1 alone: wrangler warns of objects that it finds in a configuration without their Worker.
const configPath = join(persisted, 'database.toml');
mkdirSync(persisted, { recursive: true });
writeFileSync(configPath, databaseConfig(root), { mode: 0o600 });
const { env, dispose } = await getPlatformProxy<{ DB: D1Database }>({
  configPath,
  persist: { path: join(persisted, 'v3') },
  // The app's variables and its keys are no business of this one.
  envFiles: [],
  remoteBindings: false,
});
try {
  const names = await applyMigrations(env.DB, root);
  console.log(`applied: ${names.join(', ') || 'none'}`);
} finally {
  await dispose();
}
