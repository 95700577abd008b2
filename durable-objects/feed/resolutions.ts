/**
 * Asks the venue which markets have resolved (A52). A market that may have ended is asked about soon, whatever its
 * `acceptingOrders` says, and every held one each ten minutes in any case: no sign of an end is reliable alone.
 */
import type { ConditionId } from '../../domain/ids.ts';
import { MINUTE_MS, SECOND_MS } from '../../domain/time.ts';
import type { DataApi } from '../../polymarket/public/data-api.ts';
import { CONDITIONS_MAX } from '../../polymarket/public/resolutions.ts';
import { VenueError } from '../../polymarket/wire/venue-error.ts';
import { type ObjectPorts, reasonOf } from '../platform/ports.ts';
import type { Quarantine } from '../platform/quarantine.ts';
import type { MarketFactsStore } from './market-facts.ts';

/** Pause between two questions about a held market that may have ended. */
const ENDED_PAUSE_MS = 20 * SECOND_MS;
/** Pause between two questions about any other market: a held one, or a followed one that may have ended. */
const PAUSE_MS = 10 * MINUTE_MS;
/** Followed markets of one round; the rest waits for the next. */
const FOLLOWED_MAX = 10 * CONDITIONS_MAX;

export class Resolutions {
  private readonly askedAtMs = new Map<ConditionId, number>();

  constructor(
    private readonly ports: ObjectPorts,
    private readonly data: DataApi,
    private readonly facts: MarketFactsStore,
    private readonly quarantine: Quarantine,
  ) {}

  /** Asks about held markets that are due. Never rejects: what could not be read is asked for again. */
  askHeld(conditions: readonly ConditionId[]): Promise<void> {
    const due = [...new Set(conditions)].filter((condition) =>
      this.isDue(condition, this.facts.mayHaveEnded(condition) ? ENDED_PAUSE_MS : PAUSE_MS),
    );
    return this.ask(due);
  }

  /** Asks about markets that leaders traded and that may have ended, those that were not asked about the longest first. */
  askFollowed(): Promise<void> {
    const due = this.facts
      .unresolved()
      .filter((condition) => this.facts.mayHaveEnded(condition) && this.isDue(condition, PAUSE_MS))
      .sort((left, right) => (this.askedAtMs.get(left) ?? 0) - (this.askedAtMs.get(right) ?? 0));
    return this.ask(due.slice(0, FOLLOWED_MAX));
  }

  /** The venue has announced the result: asks at the next opportunity, however recently it was asked. */
  announced(condition: ConditionId): void {
    this.askedAtMs.delete(condition);
  }

  private isDue(condition: ConditionId, pauseMs: number): boolean {
    if (this.facts.isResolved(condition)) return false;
    const askedAtMs = this.askedAtMs.get(condition);
    return askedAtMs === undefined || this.ports.nowMs() - askedAtMs >= pauseMs;
  }

  private async ask(conditions: readonly ConditionId[]): Promise<void> {
    for (let from = 0; from < conditions.length; from += CONDITIONS_MAX)
      await this.askBatch(conditions.slice(from, from + CONDITIONS_MAX));
  }

  private async askBatch(batch: readonly ConditionId[]): Promise<void> {
    for (const condition of batch) this.askedAtMs.set(condition, this.ports.nowMs());
    try {
      const { byCondition, refused } = await this.data.fetchResolutions(batch);
      if (refused.length > 0) this.quarantine.add(refused);
      for (const [condition, { payoutPriceMicros }] of byCondition) {
        if (payoutPriceMicros === undefined) continue;
        this.facts.resolved(condition, payoutPriceMicros);
        this.askedAtMs.delete(condition);
      }
    } catch (error) {
      this.ports.log('warn', 'no resolutions', { conditions: batch.length, reason: reasonOf(error) });
      // One id that the venue refuses would hide the results of the others.
      if (batch.length > 1 && error instanceof VenueError && error.status === 400)
        for (const condition of batch) await this.askBatch([condition]);
    }
  }
}
