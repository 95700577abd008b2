/**
 * Notices when the platform refuses a statement for a limit of the plan or of the storage. Whoever opens positions asks here
 * first; the refusal ends with the next row that is stored, so that nothing but a try can end it.
 */
import { type LimitReached, limitIn } from '../../domain/records/platform-limits.ts';
import { MINUTE_MS } from '../../domain/time.ts';
import { type ObjectStorage, reasonOf } from './ports.ts';

/** While a limit holds, a purchase is tried this often, to see whether it has ended. */
const PROBE_MS = MINUTE_MS;

/** What grows the storage: deleting is possible in a full one, and proves nothing. */
const STORES = /^\s*(INSERT|UPDATE)\b/i;

export class StorageLimits {
  private state: LimitReached | null = null;
  private refusedAtMs = 0;

  constructor(private readonly nowMs: () => number) {}

  reached(): LimitReached | null {
    return this.state;
  }

  /** Whether a purchase is not even to be tried now. */
  refuses(): boolean {
    return this.state !== null && this.nowMs() - this.refusedAtMs < PROBE_MS;
  }

  /** The storage with its refusals noticed. */
  over<Storage extends Pick<ObjectStorage, 'rows'>>(storage: Storage): Storage {
    return {
      ...storage,
      rows: (query, ...bindings) => {
        try {
          const rows = storage.rows(query, ...bindings);
          if (this.state !== null && STORES.test(query)) this.state = null;
          return rows;
        } catch (error) {
          this.notice(error);
          throw error;
        }
      },
    };
  }

  private notice(error: unknown): void {
    const limit = limitIn(reasonOf(error));
    if (limit === undefined) return;
    this.refusedAtMs = this.nowMs();
    if (this.state?.limit !== limit) this.state = { limit, sinceAtMs: this.refusedAtMs };
  }
}
