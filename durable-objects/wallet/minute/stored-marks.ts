/** The marks of a minute beside the rows of the positions: a minute moves them all, and each row that is written is billed. */
import type { PricedPosition } from '../../../domain/portfolio/worth.ts';
import type { StoredMark, WalletKeyValue } from '../keys.ts';

/** Marks in one row of small values: some 300 bytes each, far below the 2 MB that a row may have. */
const MARKS_PER_ROW = 2_000;

export class StoredMarks {
  constructor(private readonly kv: WalletKeyValue) {}

  /** The marks that were stored last. */
  read(): readonly StoredMark[] {
    const marks: StoredMark[] = [];
    for (let chunk = 0; ; chunk += 1) {
      const stored = this.kv.get(`marks:${chunk}`);
      if (stored === undefined) return marks;
      marks.push(...stored);
    }
  }

  /** Stores these in place of all others. Call it inside a transaction. */
  write(marks: readonly StoredMark[]): void {
    const chunks = Math.ceil(marks.length / MARKS_PER_ROW);
    for (let chunk = 0; chunk < chunks; chunk += 1)
      this.kv.put(`marks:${chunk}`, marks.slice(chunk * MARKS_PER_ROW, (chunk + 1) * MARKS_PER_ROW));
    for (let chunk = chunks; this.kv.get(`marks:${chunk}`) !== undefined; chunk += 1)
      this.kv.delete(`marks:${chunk}`);
  }
}

/** Whether it was made after the mark of the row. */
export function isNewer(
  stored: StoredMark,
  row: { readonly revision: number; readonly markedAtMs: number },
): boolean {
  return stored.revision === row.revision
    ? stored.mark.atMs > row.markedAtMs
    : stored.revision > row.revision;
}

/** Whether anything but the time is another. */
export function hasMoved(before: PricedPosition, after: PricedPosition): boolean {
  return (
    before.mark?.priceMicros !== after.mark?.priceMicros ||
    before.mark?.rule !== after.mark?.rule ||
    before.bidPriceMicros !== after.bidPriceMicros ||
    before.ended !== after.ended
  );
}
