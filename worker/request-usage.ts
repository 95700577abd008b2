/** What requests to this instance of the Worker have used of the plan's daily meters; sent to D1 every few minutes. */
import { MINUTE_MS } from '../domain/time.ts';
import type { D1Cost } from '../ledger/counted-d1.ts';
import { addedUsage, NO_USAGE, usageStatement } from '../ledger/write/usage.ts';

/** Each time writes a row; an instance that ends sooner has its last minutes uncounted. */
const SENT_EVERY_MS = 5 * MINUTE_MS;

export class RequestUsage {
  private usage = NO_USAGE;
  private sentAtMs: number | undefined;

  /** Counts one request. Returns the write of the sums where it is time for that; throws, later, what D1 throws. */
  count(
    d1: D1Database,
    { rowsRead, rowsWritten }: Pick<D1Cost, 'rowsRead' | 'rowsWritten'>,
    nowMs: number,
  ): Promise<unknown> | undefined {
    this.usage = addedUsage(this.usage, {
      workerRequests: 1,
      d1RowsRead: rowsRead,
      d1RowsWritten: rowsWritten,
    });
    this.sentAtMs ??= nowMs;
    if (nowMs - this.sentAtMs < SENT_EVERY_MS) return undefined;
    this.sentAtMs = nowMs;
    const usage = addedUsage(this.usage, { d1RowsWritten: 1 });
    this.usage = NO_USAGE;
    return usageStatement(d1, { source: 'pages', usage, nowMs }).run();
  }
}

/** Of this instance: a state of the program, since requests share it and nothing else. */
export const requestUsage = new RequestUsage();
