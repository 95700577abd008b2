// Which migrations a folder's D1 has, and applying those that it has not. wrangler's own command does the same, but starts a
// database of its own for each migration: 11 s of CPU instead of 4 on a first start.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the names are kept: beside the database, so that both are wiped together. */
const LIST = 'migrations.json';
/** Where wrangler keeps a local D1. */
const DATABASE = 'v3/d1';
const TABLE = `CREATE TABLE IF NOT EXISTS d1_migrations (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE,
  applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)`;

/** Whether this database (the folder that wrangler persists to) has every migration of the project at `root`. */
export function hasAllMigrations(database: string, root: string): boolean {
  return existsSync(join(database, DATABASE)) && readList(join(database, LIST)) === listOf(root);
}

/** Notes that every migration of the project was applied to this database. */
export function noteMigrations(database: string, root: string): void {
  writeFileSync(join(database, LIST), listOf(root), { mode: 0o600 });
}

/**
 * Applies those of the project's migrations that this D1 has not had, each whole or not at all, noted in the table that wrangler
 * keeps, so that either goes on where the other ended. Gives their names; throws what D1 says of the first that fails.
 */
export async function applyMigrations(
  d1: Pick<D1Database, 'prepare' | 'batch'>,
  root: string,
): Promise<readonly string[]> {
  await d1.prepare(TABLE).run();
  const { results } = await d1.prepare('SELECT name FROM d1_migrations').all<{ name: string }>();
  const applied = new Set(results.map(({ name }) => name));
  const missing = namesOf(root).filter((name) => !applied.has(name));
  for (const name of missing) {
    const statements = readFileSync(join(root, 'migrations', name), 'utf8').split('--> statement-breakpoint');
    await d1.batch([
      ...statements.map((statement) => d1.prepare(statement)),
      d1.prepare('INSERT INTO d1_migrations (name) VALUES (?)').bind(name),
    ]);
  }
  return missing;
}

/** The part of wrangler.toml that names the database; throws where there is none. */
export function databaseConfig(root: string): string {
  const text = readFileSync(join(root, 'wrangler.toml'), 'utf8');
  const [section] = /^\[\[d1_databases\]\]\n(?:\w.*\n?)+/m.exec(text) ?? [];
  if (section === undefined) throw new Error('wrangler.toml names no database');
  const date = /^compatibility_date *=.*$/m.exec(text)?.[0] ?? '';
  return `${date}\n\n${section}`;
}

/** With the id of the database: wrangler names its local file after it, so that another id means an empty one. */
function listOf(root: string): string {
  const database = /^database_id *=.*$/m.exec(readFileSync(join(root, 'wrangler.toml'), 'utf8'))?.[0] ?? '';
  return `${JSON.stringify({ database, migrations: namesOf(root) }, null, 2)}\n`;
}

function namesOf(root: string): readonly string[] {
  return readdirSync(join(root, 'migrations'))
    .filter((name) => name.endsWith('.sql'))
    .sort();
}

function readList(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // None were noted: a first start, or one that ended before it was done.
    return undefined;
  }
}
