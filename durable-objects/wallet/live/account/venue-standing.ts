/**
 * What keeps the live Wallet from placing orders: problems of the account, which a person has to fix, and conditions of the
 * venue, which pass. Both are stored and shown; neither counts as the rejection of an order.
 */

import type { ReasonCode } from '../../../../domain/decide/reasons.ts';
import type { Side } from '../../../../domain/ids.ts';
import type { AccountProblem, VenueCondition } from '../../../../domain/orders/orders.ts';
import { CONDITION_REASON } from '../../../../domain/orders/turned-away.ts';
import { growingPauseMs, SECOND_MS } from '../../../../domain/time.ts';
import type { ObjectPorts } from '../../../platform/ports.ts';
import type { StoredCondition, StoredProblem, WalletKeyValue } from '../../keys.ts';

/** The first pause where the venue names no time; it doubles with each repeat (polymarket-api.md 3.6). */
const CONDITION_MS: Readonly<Record<VenueCondition, number>> = {
  RESTARTING: 2 * SECOND_MS,
  POST_ONLY: 15 * SECOND_MS,
  CANCEL_ONLY: 15 * SECOND_MS,
  TRADING_DISABLED: 15 * SECOND_MS,
  RATE_LIMITED: 2 * SECOND_MS,
};
const CONDITION_MS_MAX = 30 * SECOND_MS;

export class VenueStanding {
  constructor(
    private readonly ports: ObjectPorts,
    private readonly kv: WalletKeyValue,
  ) {}

  /** Why no order may be placed on the side; null when there is no reason. CLOSED_ONLY still allows sales (A23). */
  problemReason(side: Side): ReasonCode | null {
    const problems = this.problems().map(({ problem }) => problem);
    const relevant = problems.filter((problem) => side === 'BUY' || problem !== 'CLOSED_ONLY');
    if (relevant.length === 0) return null;
    if (relevant.includes('REGION_BLOCKED') || relevant.includes('EGRESS_BLOCKED'))
      return 'LIVE_REGION_BLOCKED';
    // With a wrong clock the venue refuses the key too.
    const others = relevant.filter((problem) => problem !== 'CLOCK_SKEW' && problem !== 'API_KEY_REFUSED');
    return relevant.includes('CLOCK_SKEW') && others.length === 0
      ? 'LIVE_CLOCK_SKEW'
      : 'LIVE_ACCOUNT_PROBLEM';
  }

  /** Why the venue accepts no order now; null when there is no condition, or its time is over. */
  conditionReason(): ReasonCode | null {
    const condition = this.condition();
    if (condition === undefined || this.ports.nowMs() >= condition.untilMs) return null;
    return CONDITION_REASON[condition.condition];
  }

  /** All problems of the account, oldest first. */
  problems(): readonly StoredProblem[] {
    return Object.values(this.kv.get('accountProblems') ?? {});
  }

  /** Stores a problem, which keeps orders from leaving until it is cleared. A known one keeps its time and message. */
  setProblem(problem: AccountProblem, message: string): void {
    const known = this.kv.get('accountProblems') ?? {};
    if (known[problem] !== undefined) return;
    const fresh = { problem, message: message.slice(0, 200), sinceMs: this.ports.nowMs() };
    this.kv.put('accountProblems', { ...known, [problem]: fresh });
    this.ports.log('error', 'the venue refuses this account or where we call from', { problem, message });
  }

  /** Ends one problem, or all of them when none is named. */
  clearProblem(which?: AccountProblem): void {
    const known = this.kv.get('accountProblems') ?? {};
    if (Object.keys(known).length === 0) return;
    const rest = Object.entries(known).filter(([problem]) => which !== undefined && problem !== which);
    this.kv.put('accountProblems', Object.fromEntries(rest));
  }

  /** The last condition of the venue, also when its time is over; undefined once an order was accepted. */
  condition(): StoredCondition | undefined {
    return this.kv.get('venueCondition');
  }

  /** The venue accepts no orders for a while: as long as it says, else a pause that grows. Returns the end. */
  setCondition(condition: VenueCondition, message: string, retryAfterMs: number | null): number {
    const times = (this.condition()?.times ?? 0) + 1;
    const ownMs = growingPauseMs(times - 1, { leastMs: CONDITION_MS[condition], mostMs: CONDITION_MS_MAX });
    const untilMs = this.ports.nowMs() + (retryAfterMs ?? ownMs);
    this.kv.put('venueCondition', { condition, message: message.slice(0, 200), untilMs, times });
    this.ports.log('warn', 'the venue accepts no orders now', { condition, untilMs });
    return untilMs;
  }

  /** The venue accepted an order: the next pause starts short again. */
  clearCondition(): void {
    if (this.condition() !== undefined) this.kv.delete('venueCondition');
  }
}
