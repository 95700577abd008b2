/**
 * What stands between the live Wallet and the venue: faults of the account, which a person has to mend, and states of the
 * venue, which pass. Both are stored, shown and named; neither is ever taken for a rejection of an order.
 */

import type { ReasonCode } from '../../../../domain/decide/reasons.ts';
import type { Side } from '../../../../domain/ids.ts';
import type { AccountProblem, VenueCondition } from '../../../../domain/orders/orders.ts';
import { SECOND_MS } from '../../../../domain/time.ts';
import type { ObjectPorts } from '../../../platform/ports.ts';
import type { StoredCondition, StoredProblem, WalletKeyValue } from '../../keys.ts';

/** A venue that names no time is asked again after this long, and after twice as long each time (polymarket-api.md 3.6). */
const CONDITION_MS: Readonly<Record<VenueCondition, number>> = {
  RESTARTING: 2 * SECOND_MS,
  POST_ONLY: 15 * SECOND_MS,
  CANCEL_ONLY: 15 * SECOND_MS,
  TRADING_DISABLED: 15 * SECOND_MS,
  RATE_LIMITED: 2 * SECOND_MS,
};
const CONDITION_MS_MAX = 30 * SECOND_MS;
const CONDITION_REASON: Readonly<Record<VenueCondition, ReasonCode>> = {
  RESTARTING: 'LIVE_VENUE_RESTARTING',
  POST_ONLY: 'LIVE_VENUE_POST_ONLY',
  CANCEL_ONLY: 'LIVE_VENUE_CANCEL_ONLY',
  TRADING_DISABLED: 'LIVE_VENUE_DISABLED',
  RATE_LIMITED: 'LIVE_RATE_LIMITED',
};

export class VenueStanding {
  constructor(
    private readonly ports: ObjectPorts,
    private readonly kv: WalletKeyValue,
  ) {}

  /** Why nothing may be placed on the side; null when nothing is known against it. Only closing is still selling (A23). */
  problemReason(side: Side): ReasonCode | null {
    const problems = this.problems().map(({ problem }) => problem);
    const standing = problems.filter((problem) => side === 'BUY' || problem !== 'CLOSED_ONLY');
    if (standing.length === 0) return null;
    if (standing.includes('REGION_BLOCKED') || standing.includes('EGRESS_BLOCKED'))
      return 'LIVE_REGION_BLOCKED';
    return standing.every((problem) => problem === 'CLOCK_SKEW') ? 'LIVE_CLOCK_SKEW' : 'LIVE_ACCOUNT_PROBLEM';
  }

  /** Why the venue takes nothing this moment; null when it does, or may again. */
  conditionReason(): ReasonCode | null {
    const condition = this.condition();
    if (condition === undefined || this.ports.nowMs() >= condition.untilMs) return null;
    return CONDITION_REASON[condition.condition];
  }

  /** Everything that stands against the account, oldest first. One that passes never takes another with it. */
  problems(): readonly StoredProblem[] {
    return Object.values(this.kv.get('accountProblems') ?? {});
  }

  /** Keeps orders from leaving: those of the venue's word until a person has mended it and switched on again. */
  setProblem(problem: AccountProblem, message: string): void {
    const known = this.kv.get('accountProblems') ?? {};
    if (known[problem] !== undefined) return;
    const fresh = { problem, message: message.slice(0, 200), sinceMs: this.ports.nowMs() };
    this.kv.put('accountProblems', { ...known, [problem]: fresh });
    this.ports.log('error', 'the venue refuses this account or where we call from', { problem, message });
  }

  /** Ends one problem, or all of them: the word of a person who has looked. */
  clearProblem(which?: AccountProblem): void {
    const known = this.kv.get('accountProblems') ?? {};
    if (Object.keys(known).length === 0) return;
    const rest = Object.entries(known).filter(([problem]) => which !== undefined && problem !== which);
    this.kv.put('accountProblems', Object.fromEntries(rest));
  }

  condition(): StoredCondition | undefined {
    return this.kv.get('venueCondition');
  }

  /** The venue takes no orders of ours for a while. Returns until when. */
  setCondition(condition: VenueCondition, message: string, retryAfterMs: number | null): number {
    const times = (this.condition()?.times ?? 0) + 1;
    const ownMs = Math.min(CONDITION_MS_MAX, CONDITION_MS[condition] * 2 ** Math.min(times - 1, 10));
    const untilMs = this.ports.nowMs() + (retryAfterMs ?? ownMs);
    this.kv.put('venueCondition', { condition, message: message.slice(0, 200), untilMs, times });
    this.ports.log('warn', 'the venue takes no orders now', { condition, untilMs });
    return untilMs;
  }

  clearCondition(): void {
    if (this.condition() !== undefined) this.kv.delete('venueCondition');
  }
}
