/**
 * A D1 that keeps count: the same database, with what its statements read and how long they took added up by the way. D1 reports
 * the rows of a statement only with `all()`, `run()` and `batch()`, so every read goes that way, also `raw()` and `first()`.
 * Reads that are made in the same turn leave as one batch, since each call to D1 is a round trip.
 */

/** What one request has cost in D1 so far. */
export interface D1Cost {
  /** As D1 bills them: every row looked at, in tables and indices. */
  rowsRead: number;
  rowsWritten: number;
  statements: number;
  /** Milliseconds in which at least one call was unanswered; calls at the same time count once. */
  busyMs: number;
}

export function noCost(): D1Cost {
  return { rowsRead: 0, rowsWritten: 0, statements: 0, busyMs: 0 };
}

interface D1Limits {
  readonly nowMs: () => number;
  readonly msMax: number;
}

class D1TooSlowError extends Error {
  override name = 'D1TooSlowError';
}

type Cell = Record<string, unknown>;

/** Reads of one batch at most: a page asks for fewer, and a batch is one transaction that others wait for. */
const GATHERED_MAX = 20;

interface WaitingRead {
  readonly statement: D1PreparedStatement;
  readonly resolve: (result: D1Result<Cell>) => void;
  readonly reject: (error: unknown) => void;
}

class Meter {
  private unanswered = 0;
  private busySinceMs = 0;
  private waiting: WaitingRead[] = [];
  readonly cost: D1Cost;
  private readonly d1: D1Database;
  private readonly nowMs: () => number;
  private readonly endsAtMs: number;

  constructor(d1: D1Database, cost: D1Cost, { nowMs, msMax }: D1Limits) {
    this.d1 = d1;
    this.cost = cost;
    this.nowMs = nowMs;
    this.endsAtMs = msMax === Number.POSITIVE_INFINITY ? msMax : nowMs() + msMax;
  }

  /** The result of a read, which leaves in one batch with the others of the turn. If one fails, all do. */
  read(statement: D1PreparedStatement): Promise<D1Result<Cell>> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ statement, resolve, reject });
      if (this.waiting.length === 1) setTimeout(() => void this.send(), 0);
    });
  }

  /** Never throws: an error rejects the reads that wait for it. */
  private async send(): Promise<void> {
    const group = this.waiting.splice(0, GATHERED_MAX);
    if (this.waiting.length > 0) setTimeout(() => void this.send(), 0);
    const [only, ...others] = group;
    if (only === undefined) return;
    try {
      const results = await this.count(
        group.length,
        async () =>
          others.length === 0
            ? [await only.statement.all<Cell>()]
            : this.d1.batch<Cell>(group.map(({ statement }) => statement)),
        (answers) => answers,
      );
      for (const [at, { resolve, reject }] of group.entries()) {
        const result = results[at];
        if (result === undefined) reject(new Error('D1 left out a result of a batch'));
        else resolve(result);
      }
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }

  /** The answer, or an error once the request has waited for D1 as long as it may. The call may still succeed. */
  private inTime<T>(call: () => Promise<T>): Promise<T> {
    if (this.endsAtMs === Number.POSITIVE_INFINITY) return call();
    const leftMs = this.endsAtMs - this.nowMs();
    if (leftMs <= 0) return Promise.reject(new D1TooSlowError('the database is not waited for any longer'));
    return new Promise<T>((resolve, reject) => {
      const late = () =>
        reject(new D1TooSlowError(`the database has not answered in ${Math.ceil(leftMs)} ms`));
      const timer = setTimeout(late, leftMs);
      call()
        .then(resolve, reject)
        .finally(() => clearTimeout(timer));
    });
  }

  /** Adds up the results of one call; a call that fails costs its time alone, since D1 returns no more. */
  async count<T>(
    statements: number,
    call: () => Promise<T>,
    resultsOf: (answer: T) => readonly D1Result[],
  ): Promise<T> {
    this.cost.statements += statements;
    if (this.unanswered === 0) this.busySinceMs = this.nowMs();
    this.unanswered += 1;
    try {
      const answer = await this.inTime(call);
      for (const { meta } of resultsOf(answer)) {
        this.cost.rowsRead += meta.rows_read;
        this.cost.rowsWritten += meta.rows_written;
      }
      return answer;
    } finally {
      this.unanswered -= 1;
      if (this.unanswered === 0) this.cost.busyMs += this.nowMs() - this.busySinceMs;
    }
  }
}

class CountedStatement {
  readonly inner: D1PreparedStatement;
  private readonly meter: Meter;

  constructor(inner: D1PreparedStatement, meter: Meter) {
    this.inner = inner;
    this.meter = meter;
  }

  bind(...values: unknown[]): CountedStatement {
    return new CountedStatement(this.inner.bind(...values), this.meter);
  }

  all(): Promise<D1Result<Cell>> {
    return this.meter.read(this.inner);
  }

  run(): Promise<D1Result<Cell>> {
    return this.meter.count(
      1,
      () => this.inner.run<Cell>(),
      (result) => [result],
    );
  }

  async first(column?: string): Promise<unknown> {
    const row = (await this.all()).results[0];
    if (row === undefined) return null;
    if (column === undefined) return row;
    if (!Object.hasOwn(row, column)) throw new Error(`D1_COLUMN_NOTFOUND: Column not found (${column})`);
    return row[column];
  }

  /**
   * The rows as arrays, in the order of the columns. Two columns of one name are one cell here, as they are in a batch: the
   * tests' own D1 refuses such a statement, so none gets this far.
   */
  async raw(options?: { readonly columnNames?: boolean }): Promise<unknown[][]> {
    const { results } = await this.all();
    const rows = results.map((row) => Object.values(row));
    const [first] = results;
    return options?.columnNames === true && first !== undefined ? [Object.keys(first), ...rows] : rows;
  }
}

/**
 * The database with every statement added to `cost`; `exec` is counted without its rows, which D1 does not return. From `msMax` after
 * now on every call fails, also one that has not been answered by then: a page that waits for a database is no page.
 */
export function countedD1(
  d1: D1Database,
  cost: D1Cost,
  { nowMs = Date.now, msMax = Number.POSITIVE_INFINITY }: Partial<D1Limits> = {},
): D1Database {
  const meter = new Meter(d1, cost, { nowMs, msMax });
  const counted = {
    prepare: (query: string) => new CountedStatement(d1.prepare(query), meter),
    batch: (statements: readonly CountedStatement[]) =>
      meter.count(
        statements.length,
        () => d1.batch(statements.map(({ inner }) => inner)),
        (results) => results,
      ),
    exec: (query: string) =>
      meter.count(
        1,
        () => d1.exec(query),
        () => [],
      ),
  };
  // All of D1 that the app uses is there; sessions and dumps would throw "not a function" in the first test.
  return counted as unknown as D1Database;
}
