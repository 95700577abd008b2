/** D1 as the objects meet it: rows by natural key, the higher revision kept, and the ways in which it fails. */
import type { OutboxRecord } from '../../../domain/records/records.ts';
import { type Caller, Crash, type Homes } from './homes.ts';
import { naturalKey } from './natural-key.ts';
import type { VirtualTime } from './virtual-time.ts';

/**
 * How D1 answers a write: at once, not at all, never (the call hangs), twice, or with an error although the batch landed,
 * which then lands a second time a minute later, after its successors.
 */
export type LedgerManner = 'up' | 'down' | 'hangs' | 'twice' | 'lands-late';

export class FakeLedger {
  manner: LedgerManner = 'up';
  /** How long D1 takes to answer. */
  answerMs = 0;
  /** Sees every batch that is written. */
  onBatch: ((records: readonly OutboxRecord[]) => void) | undefined;
  readonly byKey = new Map<string, OutboxRecord>();

  constructor(
    private readonly time: VirtualTime,
    private readonly homes: Homes,
  ) {}

  rows<Kind extends OutboxRecord['kind']>(kind: Kind): Extract<OutboxRecord, { kind: Kind }>[] {
    return [...this.byKey.values()].filter(
      (row): row is Extract<OutboxRecord, { kind: Kind }> => row.kind === kind,
    );
  }

  /** A batch of an object's outbox. */
  async write<Core>(from: Caller<Core>, records: readonly OutboxRecord[]): Promise<void> {
    const { life, home } = from;
    if (!life.alive) throw new Crash('already dead');
    this.homes.step(home(), 'before D1');
    await this.answer();
    this.onBatch?.(records);
    if (this.manner === 'down') throw new Error('D1 is down');
    if (this.manner === 'hangs') return new Promise<never>(() => {});
    for (const record of records) this.take(record);
    if (this.manner === 'twice') for (const record of records) this.take(record);
    if (this.manner === 'lands-late') {
      this.time.after(60_000, () => {
        for (const record of records) this.take(record);
      });
      throw new Error('the answer of D1 was lost');
    }
    if (!life.alive) return new Promise<never>(() => {});
    this.homes.step(home(), 'after D1');
    return undefined;
  }

  /** Something that D1 keeps beside the rows: its present value when D1 answers. */
  async read<Value>(value: () => Value): Promise<Value> {
    if (this.manner === 'down') throw new Error('D1 is down');
    if (this.manner === 'hangs') return new Promise<never>(() => {});
    await this.answer();
    return value();
  }

  private answer(): Promise<void> {
    return this.answerMs === 0 ? Promise.resolve() : this.time.sleep(this.answerMs);
  }

  private take(record: OutboxRecord): void {
    const key = naturalKey(record);
    const known = this.byKey.get(key);
    if (known === undefined) this.byKey.set(key, record);
    else if ('revision' in record && 'revision' in known && record.revision > known.revision)
      this.byKey.set(key, record);
  }
}
