/**
 * The live executor: sign first, then in one synchronous turn re-check, store and post (design.md 4). The answer of a POST
 * moves the order's state and books nothing; only trades book. An intent never has a second order.
 */

import { assert } from '../../../domain/assert.ts';
import type { Decision } from '../../../domain/decide/decide.ts';
import type { CopyIntent, DecisionFacts } from '../../../domain/decide/decision-facts.ts';
import { isSameOrder, planOrder } from '../../../domain/decide/order-plan.ts';
import type { ReasonCode } from '../../../domain/decide/reasons.ts';
import { type ShareMicros, sub } from '../../../domain/money.ts';
import { reservationOf } from '../../../domain/orders/order-amounts.ts';
import { orderSalt } from '../../../domain/orders/orders.ts';
import { totalOf } from '../../../domain/portfolio/paper-fills.ts';
import type { ModeSettings } from '../../../domain/settings/settings.ts';
import { exchangeOf } from '../../../polymarket/account/contracts.ts';
import type { Execution, Executor, PreparedOrder } from '../executor.ts';
import type { WalletSwitches } from '../switches.ts';
import type { LiveAccount } from './account/account.ts';
import type { LiveFunds } from './live-funds.ts';
import { realOrder, recordOf, shadowOrder } from './orders/order-record.ts';
import type { OrderStore } from './orders/order-store.ts';
import type { Submission } from './orders/submission.ts';
import type { UnsettledShares } from './unsettled-shares.ts';

const NO_FILL = totalOf([]);

export class LiveExecutor implements Executor {
  constructor(
    private readonly orders: OrderStore,
    private readonly funds: LiveFunds,
    private readonly unsettled: UnsettledShares,
    private readonly account: LiveAccount,
    private readonly switches: WalletSwitches,
    private readonly submission: Submission,
  ) {}

  gate(intent: CopyIntent, settings: ModeSettings): ReasonCode | null {
    return this.account.gate(intent.side, settings);
  }

  awaits(intent: CopyIntent): boolean {
    return this.unsettled.isPurchaseUnresolved(intent);
  }

  async prepare(
    facts: DecisionFacts,
    decision: Decision,
    settings: ModeSettings,
  ): Promise<PreparedOrder | null> {
    if (decision.kind !== 'EXECUTE') return null;
    const planned = plan(facts, decision, settings);
    const ready = this.account.ready();
    if (planned.kind === 'refused' || ready === null) return null;
    const { intent } = facts;
    const signed = ready.signer.sign(
      {
        ...planned.order,
        salt: orderSalt(intent.idempotencyKey),
        timestampMs: intent.detectedAtMs,
        metadataKey: settings.keyInMetadata ? intent.idempotencyKey : null,
      },
      ready.credentials,
    );
    const on = this.switches.effective(intent.leaderAddress).state === 'ON';
    return { planned: planned.order, signed, headers: on ? await ready.api.submitHeaders(signed) : null };
  }

  execute({ facts, decision, settings, prepared, waited }: Parameters<Executor['execute']>[0]): Execution {
    const { intent, book, market } = facts;
    const planned = plan(facts, decision, settings);
    if (planned.kind === 'refused') return planned;
    if (book === null || market === null) return { kind: 'refused', reason: 'BOOK_UNAVAILABLE' };
    if (!waited && this.mustWait(intent, decision.plan.shareMicros, settings)) return { kind: 'wait' };
    if (prepared === null || !isSameOrder(prepared.planned, planned.order)) return { kind: 'again' };
    const { state } = this.switches.effective(intent.leaderAddress);
    const record = recordOf({ facts, planned, prepared });
    if (state === 'SHADOW') {
      this.orders.add(shadowOrder(record, facts, { planned: planned.order, book }));
      return { kind: 'done', filled: NO_FILL, reasons: ['LIVE_SHADOW_ONLY'], start: null };
    }
    if (prepared.headers === null) return { kind: 'again' };
    const known = this.orders.byKey(intent.idempotencyKey);
    assert(known === undefined, 'an intent that has an order was about to get another', {
      orderId: known?.record.orderId,
    });
    if (!this.submission.canPost()) return { kind: 'refused', reason: 'LIVE_NO_SLOT' };
    const reservation = reservationOf(planned.order, market.fee);
    if (reservation.cashMicros > this.funds.freeCash() && planned.order.side === 'BUY')
      return { kind: 'refused', reason: 'LIVE_INSUFFICIENT_FUNDS' };
    const allowance = this.account.state.allowance(exchangeOf(planned.order).address);
    if (planned.order.side === 'BUY' && allowance !== undefined && allowance < reservation.cashMicros)
      return { kind: 'refused', reason: 'LIVE_ALLOWANCE_TOO_LOW' };
    const order = realOrder(record, prepared.signed.body, { facts, reservation, settings });
    this.orders.add(order);
    const { headers } = prepared;
    return {
      kind: 'done',
      filled: NO_FILL,
      reasons: [],
      start: () => this.submission.submit(order, headers),
    };
  }

  /** A sale waits while part of what it would sell is not final, or a purchase of the same is unresolved (design.md 5). */
  private mustWait(intent: CopyIntent, size: ShareMicros, settings: ModeSettings): boolean {
    if (intent.side !== 'SELL' || settings.exitWaitMsMax === 0) return false;
    if (this.awaits(intent)) return true;
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
