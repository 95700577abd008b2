/** What is not believed of the rows of a leader: quarantined where the operator sees it, and left out. */
import { toJson } from '../../domain/json.ts';
import { MINUTE_MS } from '../../domain/time.ts';
import { excerptOf, type Refused } from '../../polymarket/wire/refused.ts';
import type { ObjectPorts } from '../platform/ports.ts';
import type { Quarantine } from '../platform/quarantine.ts';

/** Block times and our clock differ by seconds. A row dated later than this is refused. */
const CLOCK_SKEW_MS_MAX = MINUTE_MS;

export class RowChecks {
  constructor(
    private readonly ports: ObjectPorts,
    private readonly quarantine: Quarantine,
  ) {}

  /** Quarantines what a parser refused. */
  refuse(refused: readonly Refused[]): void {
    if (refused.length > 0) this.quarantine.add(refused);
  }

  /** The rows that are not dated in the future: such a row would pass every age limit and move the cursor past real ones. */
  believable<Row extends { readonly eventAtMs: number }>(
    rows: readonly Row[],
    source: string,
  ): readonly Row[] {
    const latestMs = this.ports.nowMs() + CLOCK_SKEW_MS_MAX;
    const late = rows.filter((row) => row.eventAtMs > latestMs);
    if (late.length === 0) return rows;
    const reason = 'timestamp: in the future';
    this.quarantine.add(late.map((row) => ({ source, reason, excerpt: excerptOf(toJson(row)) })));
    return rows.filter((row) => row.eventAtMs <= latestMs);
  }
}
