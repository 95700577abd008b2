/**
 * Asks the venue which markets have resolved (A52). A market that may have ended is asked about soon, whatever its
 * `acceptingOrders` says, and every held one each ten minutes in any case: no sign of an end is reliable alone.
 */
import type { ConditionId } from '../../domain/ids.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../domain/time.ts';
import type { DataApi } from '../../polymarket/public/data-api.ts';
import { CONDITIONS_MAX } from '../../polymarket/public/resolutions.ts';
import { VenueError } from '../../polymarket/wire/venue-error.ts';
import { type ObjectPorts, reasonOf } from '../platform/ports.ts';
import type { Quarantine } from '../platform/quarantine.ts';
import { batchesOf, inTurns } from './in-turns.ts';
import type { MarketFactsStore } from './market-facts.ts';

/** Pause between two questions about a held market that may have ended. */
const ENDED_PAUSE_MS = 20 * SECOND_MS;
/** Pause between two questions about any other held market, or about a followed one that may have ended. */
const PAUSE_MS = 10 * MINUTE_MS;
/** The same about a followed market of which no sign of an end is known: its facts are not read while nobody trades it. */
const FOLLOWED_PAUSE_MS = HOUR_MS;
/** Followed markets of one round; the rest waits for the next. */
const FOLLOWED_MAX = 10 * CONDITIONS_MAX;

export class Resolutions {
  private readonly askedAtMs = new Map<ConditionId, number>();
  /** Questions under way. */
  private readonly asking = new Map<ConditionId, Promise<void>>();

  constructor(
    private readonly ports: ObjectPorts,
    private readonly data: DataApi,
    private readonly facts: MarketFactsStore,
    private readonly quarantine: Quarantine,
  ) {}

  /**
   * Asks about held markets that are due, and waits for questions about them that are under way. Never rejects: what could not
   * be read is asked for again.
   */
  async askHeld(conditions: readonly ConditionId[]): Promise<void> {
    const held = [...new Set(conditions)];
    const running = held.flatMap((condition) => this.asking.get(condition) ?? []);
    const due = held.filter((condition) =>
      this.isDue(condition, this.facts.mayHaveEnded(condition) ? ENDED_PAUSE_MS : PAUSE_MS),
    );
    await Promise.all([this.ask(due), ...running]);
  }

  /** Asks about markets that leaders traded, those that were not asked about the longest first. */
  askFollowed(): Promise<void> {
    const due = this.facts
      .unresolved()
      .filter((condition) =>
        this.isDue(condition, this.facts.mayHaveEnded(condition) ? PAUSE_MS : FOLLOWED_PAUSE_MS),
      )
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

  private ask(conditions: readonly ConditionId[]): Promise<void> {
    return inTurns(batchesOf(conditions, CONDITIONS_MAX), (batch) => this.askBatch(batch));
  }

  private async askBatch(batch: readonly ConditionId[]): Promise<void> {
    const answered = this.answer(batch);
    for (const condition of batch) this.asking.set(condition, answered);
    await answered;
    for (const condition of batch) if (this.asking.get(condition) === answered) this.asking.delete(condition);
  }

  private async answer(batch: readonly ConditionId[]): Promise<void> {
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
        for (const condition of batch) await this.answer([condition]);
    }
  }
}
