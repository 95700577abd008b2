/** D1 over node:sqlite for plain Node tests: the real migrations, batches as one transaction, D1's refusal of bigints. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';

const MIGRATIONS = join(import.meta.dirname, '..', '..', 'migrations');

export interface FakeD1 {
  readonly d1: D1Database;
  readonly sqlite: DatabaseSync;
  /** Every statement prepared so far, so that a test can ask for its plan. */
  readonly queries: string[];
  /** Makes every call fail until set to false, as D1 does when it is down. */
  failing(down: boolean): void;
  /** Makes every call wait for an answer that never comes, until set to false. */
  hanging(stuck: boolean): void;
  /** Makes every call fail, but only after this time. */
  failingLate(ms: number): void;
  /** Makes D1 report this size, whatever it holds. */
  reporting(bytes: number): void;
}

/** A database with every migration applied, in memory unless `make` says otherwise. It is made at the first use: many tests show that there is none. */
export function openD1(make = () => new DatabaseSync(':memory:')): FakeD1 {
  let opened: PreparedOnce | undefined;
  const open = (): PreparedOnce => {
    opened ??= new PreparedOnce(migrated(make()));
    return opened;
  };
  const queries: string[] = [];
  let down = false;
  let stuck = false;
  let lateMs: number | undefined;
  const guard = async (): Promise<void> => {
    if (down) throw new Error('D1_ERROR: Network connection lost.');
    if (stuck) await new Promise<never>(() => {});
    if (lateMs === undefined) return;
    await new Promise((resolve) => void setTimeout(resolve, lateMs));
    throw new Error('D1_ERROR: Network connection lost.');
  };
  const database = {
    prepare: (query: string) => {
      queries.push(query);
      return new Statement(open, query, [], guard);
    },
    async batch(statements: readonly Statement[]) {
      await guard();
      const { sqlite } = open();
      sqlite.exec('BEGIN');
      try {
        const results = statements.map((statement) => statement.runNow());
        sqlite.exec('COMMIT');
        return results;
      } catch (error) {
        sqlite.exec('ROLLBACK');
        throw error;
      }
    },
    async exec(query: string) {
      await guard();
      open().sqlite.exec(query);
      return { count: 1, duration: 0 };
    },
  };
  // Only what the app uses of D1 is there; anything else would throw "not a function" in the test.
  return {
    d1: database as unknown as D1Database,
    get sqlite() {
      return open().sqlite;
    },
    queries,
    failing: (value) => {
      down = value;
    },
    hanging: (value) => {
      stuck = value;
    },
    failingLate: (ms) => {
      lateMs = ms;
    },
    reporting: (bytes) => {
      open().reported = bytes;
    },
  };
}

export function migrationFiles(): string[] {
  return readdirSync(MIGRATIONS)
    .filter((file) => file.endsWith('.sql'))
    .sort();
}

/** What the migrations lead to, as statements that make it at once: a fifth of the work of the migrations, for every database. */
let schema: string | undefined;

function migrated(sqlite: DatabaseSync): DatabaseSync {
  schema ??= migratedSchema();
  sqlite.exec(schema);
  return sqlite;
}

function migratedSchema(): string {
  const sqlite = new DatabaseSync(':memory:');
  for (const file of migrationFiles()) sqlite.exec(readFileSync(join(MIGRATIONS, file), 'utf8'));
  // The tables behind the text search come with it, and those of SQLite by themselves.
  const made = sqlite
    .prepare(
      "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT GLOB 'sqlite_*' ORDER BY rowid",
    )
    .all()
    .filter(({ name }) => !String(name).startsWith('market_search_'));
  sqlite.close();
  return made.map(({ sql }) => `${sql};`).join('\n');
}

/** The statements of a database, each prepared at its first use: half the time of a short query goes into preparing it. */
class PreparedOnce {
  private readonly objects = new Map<string, StatementSync>();
  private readonly arrays = new Map<string, StatementSync>();
  private readonly changes: StatementSync;
  private readonly size: StatementSync;
  reported: number | undefined;

  constructor(readonly sqlite: DatabaseSync) {
    this.changes = sqlite.prepare('SELECT total_changes() AS n');
    this.size = sqlite.prepare(
      'SELECT (page_count - freelist_count) * page_size AS n FROM pragma_page_count, pragma_freelist_count, pragma_page_size',
    );
  }

  /** Gives rows as objects. */
  objectsOf(query: string): StatementSync {
    const known = this.objects.get(query);
    if (known !== undefined) return known;
    const prepared = this.sqlite.prepare(query);
    refuseTwins(prepared, query);
    this.objects.set(query, prepared);
    return prepared;
  }

  /** Gives rows as arrays. */
  arraysOf(query: string): StatementSync {
    const known = this.arrays.get(query);
    if (known !== undefined) return known;
    const prepared = this.sqlite.prepare(query);
    prepared.setReturnArrays(true);
    this.arrays.set(query, prepared);
    return prepared;
  }

  totalChanges(): number {
    return Number(this.changes.get()?.n);
  }

  /** As D1 reports it: free pages do not count. */
  bytes(): number {
    return this.reported ?? Number(this.size.get()?.n);
  }
}

/** Rows come as objects, in which D1 silently keeps one of two columns of the same name. */
function refuseTwins(prepared: StatementSync, query: string): void {
  const names = prepared.columns().map(({ name }) => name);
  if (new Set(names).size < names.length) throw new Error(`two columns of one name: ${query}`);
}

class Statement {
  constructor(
    private readonly open: () => PreparedOnce,
    private readonly query: string,
    private readonly bindings: readonly unknown[],
    private readonly guard: () => Promise<void>,
  ) {}

  bind(...values: readonly unknown[]): Statement {
    for (const value of values) {
      if (value === undefined || typeof value === 'bigint') {
        throw new TypeError(`D1_TYPE_ERROR: Type '${typeof value}' not supported`);
      }
    }
    if (values.length > 100) throw new Error('D1_ERROR: too many SQL variables');
    return new Statement(this.open, this.query, values, this.guard);
  }

  runNow() {
    const prepared = this.open();
    const statement = prepared.objectsOf(this.query);
    const changesBefore = prepared.totalChanges();
    const results = statement.all(...this.values());
    const changes = prepared.totalChanges() - changesBefore;
    return {
      success: true,
      results,
      meta: { changes, rows_written: changes, rows_read: results.length, size_after: prepared.bytes() },
    };
  }

  private values(): SQLInputValue[] {
    return this.bindings.map((value) =>
      typeof value === 'boolean' ? Number(value) : value,
    ) as SQLInputValue[]; // `bind` has refused what SQLite does not take
  }

  async all() {
    await this.guard();
    return this.runNow();
  }

  async run() {
    await this.guard();
    return this.runNow();
  }

  async first(column?: string) {
    await this.guard();
    const row = this.runNow().results[0];
    if (row === undefined) return null;
    return column === undefined ? row : row[column];
  }

  async raw() {
    await this.guard();
    return this.open()
      .arraysOf(this.query)
      .all(...this.values());
  }
}
