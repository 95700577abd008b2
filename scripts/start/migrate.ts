// Run by `npm start` as a program of its own: applies the migrations to the local D1 in the folder that wrangler persists to.
// Arguments: the project's folder, that folder.
import { join } from 'node:path';
import { getPlatformProxy } from 'wrangler';
import { applyMigrations } from './migrations.ts';

const [root = '', persisted = ''] = process.argv.slice(2);
const { env, dispose } = await getPlatformProxy<{ DB: D1Database }>({
  configPath: join(root, 'wrangler.toml'),
  persist: { path: join(persisted, 'v3') },
  // Only D1 is used: the app's variables and its keys are no business of this one.
  envFiles: [],
  remoteBindings: false,
});
try {
  const names = await applyMigrations(env.DB, root);
  console.log(`applied: ${names.join(', ') || 'none'}`);
} finally {
  await dispose();
}
