// Which migrations `npm start` applies, and that each is applied once and whole.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  applyMigrations,
  databaseConfig,
  hasAllMigrations,
  noteMigrations,
} from '../../scripts/start/migrations.ts';
import { openD1 } from '../ledger/d1-over-sqlite.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'start-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('the migrations of a database', () => {
  it('are applied again only where one is missing, or the database is gone or another one', () => {
    const app = join(dir, 'app');
    const root = join(dir, 'project');
    mkdirSync(join(root, 'migrations'), { recursive: true });
    writeFileSync(join(root, 'migrations/0000_first.sql'), '');
    writeFileSync(join(root, 'wrangler.toml'), 'database_id = "one"\n');
    expect(hasAllMigrations(app, root)).toBe(false);
    mkdirSync(join(app, 'v3/d1'), { recursive: true });
    expect(hasAllMigrations(app, root)).toBe(false);
    noteMigrations(app, root);
    expect(hasAllMigrations(app, root)).toBe(true);
    writeFileSync(join(root, 'migrations/0001_second.sql'), '');
    expect(hasAllMigrations(app, root)).toBe(false);
    noteMigrations(app, root);
    // wrangler opens another file for another database.
    writeFileSync(join(root, 'wrangler.toml'), 'database_id = "two"\n');
    expect(hasAllMigrations(app, root)).toBe(false);
    noteMigrations(app, root);
    expect(hasAllMigrations(app, root)).toBe(true);
    rmSync(join(app, 'v3'), { recursive: true });
    expect(hasAllMigrations(app, root)).toBe(false);
  });
});

describe('the configuration for the migrations', () => {
  it('has the database and nothing else of wrangler.toml', () => {
    const config = databaseConfig(new URL('../..', import.meta.url).pathname);
    expect(config).toMatch(/^binding = "DB"$/m);
    expect(config).toMatch(/^database_id = /m);
    expect(config).not.toContain('durable_objects');
    writeFileSync(join(dir, 'wrangler.toml'), 'name = "without"\n');
    expect(() => databaseConfig(dir)).toThrow('names no database');
  });
});

describe('applying migrations', () => {
  const project = (): string => {
    const root = join(dir, 'project');
    mkdirSync(join(root, 'migrations'), { recursive: true });
    writeFileSync(join(root, 'migrations/0000_first.sql'), 'CREATE TABLE one (n INTEGER);');
    return root;
  };
  const tables = ({ sqlite }: ReturnType<typeof openD1>): readonly unknown[] =>
    sqlite
      .prepare("SELECT name FROM sqlite_master WHERE name IN ('one', 'two', 'three')")
      .all()
      .map(({ name }) => name);

  it('applies those that are missing, in order, and each once', async () => {
    const root = project();
    const ledger = openD1();
    expect(await applyMigrations(ledger.d1, root)).toEqual(['0000_first.sql']);
    writeFileSync(
      join(root, 'migrations/0001_second.sql'),
      'CREATE TABLE two (n INTEGER);--> statement-breakpoint\nALTER TABLE one ADD COLUMN m INTEGER;',
    );
    expect(await applyMigrations(ledger.d1, root)).toEqual(['0001_second.sql']);
    expect(await applyMigrations(ledger.d1, root)).toEqual([]);
    expect(tables(ledger)).toEqual(['one', 'two']);
  });

  it('applies nothing of one that fails, and goes on from there', async () => {
    const root = project();
    const ledger = openD1();
    const second = join(root, 'migrations/0001_second.sql');
    writeFileSync(
      second,
      'CREATE TABLE two (n INTEGER);--> statement-breakpoint\nALTER TABLE none ADD COLUMN m;',
    );
    await expect(applyMigrations(ledger.d1, root)).rejects.toThrow('no such table: none');
    expect(tables(ledger)).toEqual(['one']);
    writeFileSync(second, 'CREATE TABLE three (n INTEGER);');
    expect(await applyMigrations(ledger.d1, root)).toEqual(['0001_second.sql']);
    expect(tables(ledger)).toEqual(['one', 'three']);
  });
});
