/** The live executor: in the turn of the decision it plans the order, signs it and places it (design.md 4). */

import { assert } from '../../../domain/assert.ts';
import type { Decision } from '../../../domain/decide/decide.ts';
import type { CopyIntent, DecisionFacts } from '../../../domain/decide/decision-facts.ts';
import { planOrder } from '../../../domain/decide/order-plan.ts';
import type { ReasonCode } from '../../../domain/decide/reasons.ts';
import type { IdempotencyKey } from '../../../domain/ids.ts';
import { type ShareMicros, sub } from '../../../domain/money.ts';
import type { ModeSettings } from '../../../domain/settings/settings.ts';
import type { Execution, Executor } from '../executor.ts';
import type { WalletSwitches } from '../switches.ts';
import type { LiveAccount } from './account/account.ts';
import type { LiveFunds } from './live-funds.ts';
import type { OrderPlacement } from './order-placement.ts';
import type { UnsettledShares } from './unsettled-shares.ts';

export class LiveExecutor implements Executor {
  readonly waitReason = 'LIVE_WAITING_FOR_SHARES';

  constructor(
    private readonly account: LiveAccount,
    private readonly switches: WalletSwitches,
    private readonly unsettled: UnsettledShares,
    private readonly funds: LiveFunds,
    private readonly placement: OrderPlacement,
  ) {}

  gate(intent: CopyIntent, settings: ModeSettings): ReasonCode | null {
    const isStopped = intent.side === 'BUY' && this.switches.entries(intent.leaderAddress) === 'OFF';
    return isStopped ? 'LIVE_ENTRIES_OFF' : this.account.gate(intent.side, settings);
  }

  awaits(intent: CopyIntent): boolean {
    return this.unsettled.isPurchaseUnresolved(intent) || this.unsettled.isAfterWaiting(intent);
  }

  boughtLater(intent: CopyIntent): ShareMicros {
    return this.unsettled.boughtLater(intent);
  }

  isReady(intent: CopyIntent, earlier: readonly IdempotencyKey[]): boolean {
    if (this.unsettled.hasOpen(intent) || this.unsettled.hasWaitingTry(intent)) return false;
    return earlier.every((key) => this.unsettled.isBooked(key));
  }

  execute({
    facts,
    decision,
    settings,
    waited,
    waitedForMs = 0,
  }: Parameters<Executor['execute']>[0]): Execution {
    const { intent, book, market } = facts;
    const planned = plan(facts, decision, settings);
    if (planned.kind === 'refused') return planned;
    if (book === null || market === null) return { kind: 'refused', reason: 'BOOK_UNAVAILABLE' };
    if (!waited && this.mustWait(intent, decision.plan.shareMicros, settings)) return { kind: 'wait' };
    const { state } = this.switches.effective(intent.leaderAddress);
    const waits =
      state === 'SHADOW' ? null : this.placement.turnOf(intent, { settings, waited, waitedForMs });
    if (waits !== null) return waits;
    const ready = this.account.ready();
    // The gate has asked for them in this turn.
    assert(ready !== null, 'an order is placed without credentials');
    const given = { facts, planned, settings, ready };
    return state === 'SHADOW' ? this.placement.shadow(given) : this.placement.place(given, market.fee);
  }

  /**
   * A sale waits while a purchase of the same is unresolved, whatever the settings say (A44), and while part of what it would
   * sell is not final, unless the settings let none wait for that (design.md 5).
   */
  private mustWait(intent: CopyIntent, size: ShareMicros, settings: ModeSettings): boolean {
    // A try of an owed exit is made only when nothing of the same is open; it does not wait a second time.
    if (intent.side !== 'SELL' || intent.sourceType === 'EXIT') return false;
    if (this.unsettled.isPurchaseUnresolved(intent) || this.unsettled.isAfterWaitingForShares(intent))
      return true;
    if (settings.exitWaitMsMax === 0) return false;
    const provisional = this.unsettled.provisional(intent);
    return provisional > 0n && size > sub(this.funds.sellable(intent, settings), provisional);
  }
}

function plan(
  facts: DecisionFacts,
  decision: Decision & { readonly kind: 'EXECUTE' },
  settings: ModeSettings,
): ReturnType<typeof planOrder> {
  const { market, book, intent, nowMs } = facts;
  if (market === null || book === null) return { kind: 'refused', reason: 'MARKET_UNKNOWN' };
  return planOrder({
    plan: decision.plan,
    targetNotionalMicros: decision.targetNotionalMicros,
    tokenId: intent.tokenId,
    market,
    book,
    settings,
    nowMs,
  });
}
