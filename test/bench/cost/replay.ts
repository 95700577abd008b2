// Runs the statements and outbox batches of a World again in workerd, on the same SQLite that is billed, and counts rows.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestHarness } from 'wrangler';
import { fromJson, toJson } from '../../../domain/json.ts';
import type { OutboxRecord } from '../../../domain/records/records.ts';
import type { Control } from '../../../domain/settings/control.ts';
import { quietWrangler } from '../../../scripts/start/children.ts';
import { Counts, type Statement } from './meter.ts';
import type { D1Asked, D1Counted, RowCounts } from './meter-worker.ts';

/** Statements of one call. */
const CALLS_MAX = 4_000;
/** Batches of one call: D1 takes a millisecond or two for each. */
const BATCHES_MAX = 50;

export interface StoreRows {
  readonly read: Counts;
  readonly written: Counts;
  /** Bytes of each object, at the end. */
  readonly bytes: ReadonlyMap<string, number>;
}

export interface D1Rows {
  readonly read: number;
  readonly written: number;
  /** Rows written by kind of record: those of a batch are spread over its records. */
  readonly kinds: Counts;
  readonly bytesBefore: number;
  readonly bytesAfter: number;
}

export class Replay {
  private constructor(
    private readonly harness: ReturnType<typeof createTestHarness>,
    private readonly home: string,
  ) {}

  static async open(): Promise<Replay> {
    const home = mkdtempSync(join(tmpdir(), 'bench-cost-'));
    Object.assign(process.env, quietWrangler(home));
    const configPath = new URL('wrangler.toml', import.meta.url);
    const harness = createTestHarness({ workers: [{ configPath }] });
    await harness.listen();
    await harness.getWorker().applyD1Migrations('DB');
    return new Replay(harness, home);
  }

  async close(): Promise<void> {
    await this.harness.close();
    rmSync(this.home, { recursive: true, force: true });
  }

  /** The rows of the statements that are counted; those before them run too, so that they find the tables as they were. */
  async storeRows(statements: readonly Statement[]): Promise<StoreRows> {
    const read = new Counts();
    const written = new Counts();
    const bytes = new Map<string, number>();
    for (const [object, own] of Map.groupBy(statements, (statement) => statement.object)) {
      for (let from = 0; from < own.length; from += CALLS_MAX) {
        const part = own.slice(from, from + CALLS_MAX);
        const calls = part.map(({ query, bindings }) => [query, bindings]);
        const answer = await this.ask<{ rows: RowCounts[]; bytes: number }>(
          `/store?object=${encodeURIComponent(object)}`,
          calls,
        );
        bytes.set(object, answer.bytes);
        part.forEach((statement, index) => {
          if (!statement.counted) return;
          const [rowsRead = 0, rowsWritten = 0] = answer.rows[index] ?? [];
          const label = labelOf(statement);
          if (rowsRead > 0) read.add(object, label, rowsRead);
          if (rowsWritten > 0) written.add(object, label, rowsWritten);
        });
      }
    }
    return { read, written, bytes };
  }

  /** Writes outbox batches; the first ones are from before the interval. */
  async d1Rows(batches: readonly string[], before: number): Promise<D1Rows> {
    const first = await this.write(batches.slice(0, before));
    const rest = await this.write(batches.slice(before));
    const { read, written, kinds } = rest;
    return { read, written, kinds, bytesBefore: first.bytes, bytesAfter: rest.bytes || first.bytes };
  }

  /** Rows read and written by one call of what is asked of D1 over and over, with this document as the newest. */
  repeated(asked: 'readControl' | 'retain', control: Control, nowMs: number): Promise<D1Counted> {
    return this.d1({ repeated: asked, control: asked === 'readControl' ? control : undefined, nowMs });
  }

  private async write(
    batches: readonly string[],
  ): Promise<{ read: number; written: number; bytes: number; kinds: Counts }> {
    const sum = { read: 0, written: 0, bytes: 0, kinds: new Counts() };
    for (let from = 0; from < batches.length; from += BATCHES_MAX) {
      const part = batches.slice(from, from + BATCHES_MAX);
      const counted = await this.d1({ batches: part, nowMs: 0 });
      sum.read += counted.read;
      sum.written += counted.written;
      sum.bytes = counted.bytes;
      counted.batches.forEach((rows, index) => {
        const records = fromJson<readonly OutboxRecord[]>(part[index]!);
        for (const { kind } of records) sum.kinds.add('D1', kind, rows / records.length);
      });
    }
    return sum;
  }

  private d1(asked: { [Key in keyof D1Asked]: D1Asked[Key] | undefined }): Promise<D1Counted> {
    return this.ask<D1Counted>('/d1', asked);
  }

  private async ask<Answer>(path: string, body: unknown): Promise<Answer> {
    const response = await this.harness.fetch(path, { method: 'POST', body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`the meter answered ${response.status}: ${await response.text()}`);
    // The shape is that of meter-worker.ts.
    return (await response.json()) as Answer;
  }
}

/** Batches as the meter takes them. */
export function batchText(records: readonly unknown[]): string {
  return toJson(records);
}

/** What a statement is for: its verb and table, and for tables of named values the name. */
export function labelOf({ query, bindings }: Pick<Statement, 'query' | 'bindings'>): string {
  const text = query.trim().replace(/\s+/g, ' ');
  const found =
    /^(?:INSERT(?: OR \w+)?|DELETE|SELECT|CREATE|UPDATE|ALTER)\b(?:.*?\b(?:INTO|FROM|TABLE(?: IF NOT EXISTS)?))? (\w+)/.exec(
      text,
    );
  const verb = text.slice(0, text.indexOf(' '));
  const table = found?.[1] ?? '?';
  const name = String(bindings[0] ?? '');
  if (name !== '' && (table === 'kv' || table === 'due'))
    return `${verb} ${table} ${name.replace(/:.*/, '')}`;
  if (table === 'outbox' && verb === 'INSERT')
    return `INSERT outbox ${/"kind":"(\w+)"/.exec(String(bindings[1]))?.[1] ?? '?'}`;
  return `${verb} ${table}`;
}
