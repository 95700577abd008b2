// A Worker that only measures: it runs what the objects of a World ran, and writes their outbox batches, in workerd's own
// SQLite and D1, whose counts of rows are the ones that are billed.
import { DurableObject } from 'cloudflare:workers';
import { fromJson } from '../../../domain/json.ts';
import type { OutboxRecord } from '../../../domain/records/records.ts';
import type { Control } from '../../../domain/settings/control.ts';
import { initialControl, readControl } from '../../../ledger/write/control-store.ts';
import { writeOutbox } from '../../../ledger/write/outbox-writer.ts';
import { retain } from '../../../ledger/write/retention.ts';

/** One statement with its bindings. */
type Call = readonly [query: string, bindings: readonly (string | number | null)[]];
/** Rows read and rows written. */
export type RowCounts = readonly [read: number, written: number];

export class MeterStore extends DurableObject {
  /** Runs the statements; returns the rows of each, and the size of the database after them. */
  run(calls: readonly Call[]): { readonly rows: readonly RowCounts[]; readonly bytes: number } {
    const { sql } = this.ctx.storage;
    const rows = calls.map(([query, bindings]): RowCounts => {
      const cursor = sql.exec(query, ...bindings);
      cursor.toArray();
      return [cursor.rowsRead, cursor.rowsWritten];
    });
    return { rows, bytes: sql.databaseSize };
  }
}

interface MeterEnv {
  readonly DB: D1Database;
  readonly STORE: DurableObjectNamespace<MeterStore>;
}

/** D1 that adds up the rows of what it runs. */
class CountedD1 {
  read = 0;
  written = 0;
  bytes = 0;

  constructor(private readonly d1: D1Database) {}

  /** Only what the product uses of D1. */
  asD1(): D1Database {
    return {
      prepare: (query: string) => this.counted(this.d1.prepare(query)),
      batch: async (statements: D1PreparedStatement[]) => {
        const results = await this.d1.batch(statements.map(innerOf));
        for (const { meta } of results) this.add(meta);
        return results;
      },
    } as unknown as D1Database;
  }

  private counted(statement: D1PreparedStatement): D1PreparedStatement {
    const count = async <Result extends D1Result>(result: Promise<Result>): Promise<Result> => {
      const answer = await result;
      this.add(answer.meta);
      return answer;
    };
    const wrapped = {
      bind: (...values: unknown[]) => this.counted(statement.bind(...values)),
      all: () => count(statement.all()),
      run: () => count(statement.run()),
      first: async () => (await count(statement.all())).results[0] ?? null,
      // The rows as lists: drizzle reads them so. What they cost is asked for a second time, of the same rows.
      raw: async () => {
        await count(statement.all());
        return statement.raw();
      },
    };
    inner.set(wrapped, statement);
    return wrapped as unknown as D1PreparedStatement;
  }

  private add(meta: Record<string, unknown>): void {
    this.read += Number(meta.rows_read ?? 0);
    this.written += Number(meta.rows_written ?? 0);
    this.bytes = Number(meta.size_after ?? this.bytes);
  }
}

const inner = new WeakMap<object, D1PreparedStatement>();

function innerOf(statement: D1PreparedStatement): D1PreparedStatement {
  return inner.get(statement) ?? statement;
}

export interface D1Asked {
  /** Outbox batches, each as the JSON of its records. */
  readonly batches?: readonly string[];
  /** The control document, to be stored as the newest. */
  readonly control?: Control;
  /** What is asked of D1 over and over. */
  readonly repeated?: 'readControl' | 'retain';
  readonly nowMs: number;
}

export interface D1Counted {
  readonly read: number;
  readonly written: number;
  readonly bytes: number;
  /** Rows written of each batch. */
  readonly batches: readonly number[];
}

async function askD1(env: MeterEnv, asked: D1Asked): Promise<D1Counted> {
  const counted = new CountedD1(env.DB);
  const d1 = counted.asD1();
  const batches: number[] = [];
  for (const batch of asked.batches ?? []) {
    const before = counted.written;
    await writeOutbox(d1, fromJson<readonly OutboxRecord[]>(batch));
    batches.push(counted.written - before);
  }
  if (asked.control !== undefined)
    await env.DB.prepare(
      'INSERT INTO control_versions (version, saved_at_ms, actor, command_id, control) VALUES (?, ?, ?, ?, ?)',
    )
      .bind(asked.control.version, asked.nowMs, 'bench', 'bench', JSON.stringify(asked.control))
      .run();
  if (asked.repeated === 'readControl') await readControl(d1);
  if (asked.repeated === 'retain')
    await retain(d1, { settings: initialControl().system, leaders: [], nowMs: asked.nowMs });
  return { read: counted.read, written: counted.written, bytes: counted.bytes, batches };
}

export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === '/d1') return Response.json(await askD1(env, await request.json<D1Asked>()));
    const store = env.STORE.getByName(searchParams.get('object') ?? '');
    return Response.json(await store.run(await request.json<readonly Call[]>()));
  },
} satisfies ExportedHandler<MeterEnv>;
