/** Input that was refused, stored with its reason for the operator. A flood is counted and no longer stored. */
import { createHash } from 'node:crypto';
import { MINUTE_MS } from '../../domain/time.ts';
import type { Refused } from '../../polymarket/wire/refused.ts';
import type { KeyValue } from './key-value.ts';
import type { Outbox } from './outbox.ts';
import type { ObjectPorts } from './ports.ts';

/** Rows stored in a minute; more are only counted, so that a hostile feed cannot fill the ledger. */
const STORED_PER_MINUTE_MAX = 20;

export interface QuarantineKeys {
  /** How many inputs were refused so far. */
  quarantined: number;
}

export class Quarantine {
  private minute = 0;
  private storedThisMinute = 0;

  constructor(
    private readonly ports: ObjectPorts,
    private readonly kv: Pick<KeyValue<QuarantineKeys>, 'get' | 'put'>,
    private readonly outbox: Outbox,
  ) {}

  total(): number {
    return this.kv.get('quarantined') ?? 0;
  }

  add(refused: readonly Refused[]): void {
    const nowMs = this.ports.nowMs();
    const minute = Math.floor(nowMs / MINUTE_MS);
    if (minute !== this.minute) this.storedThisMinute = 0;
    this.minute = minute;
    this.ports.storage.transaction(() => {
      this.kv.put('quarantined', this.total() + refused.length);
      for (const { source, reason, excerpt } of refused) {
        if (this.storedThisMinute >= STORED_PER_MINUTE_MAX) return;
        this.storedThisMinute += 1;
        // The next sweep reads the same refused row again: it keeps one row here.
        const quarantineId = createHash('sha256').update(`${source}|${reason}|${excerpt}`).digest('hex');
        this.outbox.add({ kind: 'quarantine', quarantineId, source, reason, excerpt, seenAtMs: nowMs });
      }
    });
  }
}
