/**
 * Rows that were read or written lately, so that a row is not parsed each time the venue reports it again: every reading of
 * trades names the same orders for hours. SQLite is authoritative; the owner clears it after a rolled-back transaction.
 */

/** About two megabytes of orders. The one that came first goes first, and is then read again. */
const ROWS_MAX = 1_000;

export class RecentRows<Row> {
  private readonly rows = new Map<string, Row>();

  /** The row under the key, read where it is not known; undefined where there is none, which is not remembered. */
  get(key: string, read: () => Row | undefined): Row | undefined {
    const known = this.rows.get(key);
    if (known !== undefined) return known;
    const row = read();
    if (row !== undefined) this.set(key, row);
    return row;
  }

  set(key: string, row: Row): void {
    if (this.rows.size >= ROWS_MAX && !this.rows.has(key)) {
      for (const first of this.rows.keys()) {
        this.rows.delete(first);
        break;
      }
    }
    this.rows.set(key, row);
  }

  delete(key: string): void {
    this.rows.delete(key);
  }

  clear(): void {
    this.rows.clear();
  }
}
