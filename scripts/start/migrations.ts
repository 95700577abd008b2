// Which migrations a folder's D1 has: wrangler takes seconds to say so, and on most starts there is none to apply.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the names are kept: beside the database, so that both are wiped together. */
const LIST = 'migrations.json';
/** Where wrangler keeps a local D1. */
const DATABASE = 'v3/d1';

/** Whether this database (the folder that wrangler persists to) has every migration of the project at `root`. */
export function hasAllMigrations(database: string, root: string): boolean {
  return existsSync(join(database, DATABASE)) && readList(join(database, LIST)) === listOf(root);
}

/** Notes that every migration of the project was applied to this database. */
export function noteMigrations(database: string, root: string): void {
  writeFileSync(join(database, LIST), listOf(root), { mode: 0o600 });
}

/** With the id of the database: wrangler names its local file after it, so that another id means an empty one. */
function listOf(root: string): string {
  const migrations = readdirSync(join(root, 'migrations')).filter((name) => name.endsWith('.sql'));
  const database = /^database_id *=.*$/m.exec(readFileSync(join(root, 'wrangler.toml'), 'utf8'))?.[0] ?? '';
  return `${JSON.stringify({ database, migrations: migrations.sort() }, null, 2)}\n`;
}

function readList(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // None were noted: a first start, or one that ended before it was done.
    return undefined;
  }
}
