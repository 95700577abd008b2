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
}

/** A database with every migration applied, in memory. */
export function openD1(): FakeD1 {
  const sqlite = new DatabaseSync(':memory:');
  for (const file of migrationFiles()) sqlite.exec(readFileSync(join(MIGRATIONS, file), 'utf8'));
  const queries: string[] = [];
  let down = false;
  let stuck = false;
  const guard = async (): Promise<void> => {
    if (down) throw new Error('D1_ERROR: Network connection lost.');
    if (stuck) await new Promise<never>(() => {});
  };
  const database = {
    prepare: (query: string) => {
      queries.push(query);
      return new Statement(sqlite, query, [], guard);
    },
    async batch(statements: readonly Statement[]) {
      await guard();
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
      sqlite.exec(query);
      return { count: 1, duration: 0 };
    },
  };
  // Only what the app uses of D1 is there; anything else would throw "not a function" in the test.
  return {
    d1: database as unknown as D1Database,
    sqlite,
    queries,
    failing: (value) => {
      down = value;
    },
    hanging: (value) => {
      stuck = value;
    },
  };
}

export function migrationFiles(): string[] {
  return readdirSync(MIGRATIONS)
    .filter((file) => file.endsWith('.sql'))
    .sort();
}

/** Rows come as objects, in which D1 silently keeps one of two columns of the same name. */
function refuseTwins(prepared: StatementSync, query: string): void {
  const names = prepared.columns().map(({ name }) => name);
  if (new Set(names).size < names.length) throw new Error(`two columns of one name: ${query}`);
}

class Statement {
  constructor(
    private readonly sqlite: DatabaseSync,
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
    return new Statement(this.sqlite, this.query, values, this.guard);
  }

  runNow() {
    const prepared = this.sqlite.prepare(this.query);
    refuseTwins(prepared, this.query);
    const values = this.bindings.map((value) => (typeof value === 'boolean' ? Number(value) : value));
    const changesBefore = this.totalChanges();
    const results = prepared.all(...(values as SQLInputValue[]));
    const changes = this.totalChanges() - changesBefore;
    return { success: true, results, meta: { changes, rows_written: changes, rows_read: results.length } };
  }

  private totalChanges(): number {
    return Number(this.sqlite.prepare('SELECT total_changes() AS n').get()?.n);
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
    const prepared = this.sqlite.prepare(this.query);
    prepared.setReturnArrays(true);
    const values = this.bindings.map((value) => (typeof value === 'boolean' ? Number(value) : value));
    return prepared.all(...(values as SQLInputValue[]));
  }
}
