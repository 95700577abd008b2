/**
 * From when on our trades are read: a little before the last whole reading, and a day back from time to time. After a whole
 * reading the next window begins there.
 */
import { DAY_MS, MINUTE_MS, SECOND_MS } from '../../../../domain/time.ts';
import type { AccountState } from '../account/account-state.ts';
import type { RefusedRows } from '../account/refused-rows.ts';
import type { OrderStore } from '../orders/order-store.ts';
import type { LiveDifferences } from './differences.ts';

/** The venue's lists lag behind its matches, so this much before the last reading is read again. */
export const OVERLAP_MS = MINUTE_MS;
/** Trades may become visible minutes after they were made (polymarket-api.md 3.5): so much is read again, this often. */
const DEEP_MS = DAY_MS;
const DEEP_EVERY_MS = 10 * MINUTE_MS;

export class ReadWindow {
  /** When a whole day was last read; a new instance begins with it. */
  private deepAtMs = 0;

  constructor(
    private readonly orders: OrderStore,
    private readonly account: AccountState,
    private readonly differences: LiveDifferences,
    private readonly refused: RefusedRows,
  ) {}

  /** The second from which on trades are read now. A whole day also while a difference is not explained. */
  startS(nowMs: number): number {
    const isDeep = nowMs - this.deepAtMs >= DEEP_EVERY_MS || this.differences.alerting().length > 0;
    if (isDeep) this.deepAtMs = nowMs;
    // Our own older orders and fills are asked for by id; the list has to reach back a day for them at most.
    const ours = [
      ...this.orders.provisional().map(({ record }) => record.matchedAtMs),
      ...this.orders.open().map(({ record }) => record.createdAtMs),
    ];
    const recentMs = Math.max(Math.min(nowMs, ...ours), nowMs - DEEP_MS);
    // What was never read is read, however long we were away.
    const unreadMs = this.account.readThroughMs() ?? 0;
    const backMs = Math.min(unreadMs, recentMs, isDeep ? nowMs - DEEP_MS : nowMs) - OVERLAP_MS;
    const fromMs = Math.max(backMs, (this.account.openedAtMs() ?? 0) - SECOND_MS);
    return Math.floor(fromMs / SECOND_MS);
  }

  /** A whole reading covers everything until then; this also ends the stop of trading after rows that could not be parsed. */
  readThrough(startMs: number): void {
    this.account.setReadThrough(startMs);
    this.refused.wholeRead();
  }
}
