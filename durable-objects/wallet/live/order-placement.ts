/**
 * The last step of a live order in its turn: slot, cash and allowance are checked, the order is stored, and the POST is ready to
 * start. The answer of a POST moves the order's state and books nothing; only trades book. An intent never has a second order.
 */
import { assert } from '../../../domain/assert.ts';
import type { DecisionFacts } from '../../../domain/decide/decision-facts.ts';
import type { planOrder } from '../../../domain/decide/order-plan.ts';
import type { FeeSchedule } from '../../../domain/market/market.ts';
import { shares } from '../../../domain/money.ts';
import { reservationOf } from '../../../domain/orders/order-amounts.ts';
import { NO_FILL } from '../../../domain/portfolio/paper-fills.ts';
import type { ModeSettings } from '../../../domain/settings/settings.ts';
import type { Execution, PreparedOrder } from '../executor.ts';
import type { LiveFunds } from './live-funds.ts';
import { realOrder, recordOf, shadowOrder } from './orders/order-record.ts';
import type { OrderStore } from './orders/order-store.ts';
import type { Submission } from './orders/submission.ts';

/** An order as it is decided now, and as it was signed. */
export interface Placing {
  readonly facts: DecisionFacts;
  readonly planned: Extract<ReturnType<typeof planOrder>, { readonly kind: 'order' }>;
  readonly prepared: PreparedOrder;
  readonly settings: ModeSettings;
}

export class OrderPlacement {
  constructor(
    private readonly orders: OrderStore,
    private readonly funds: LiveFunds,
    private readonly submission: Submission,
  ) {}

  /** Stores what would have been posted; nothing leaves. */
  shadow(given: Placing): Execution {
    this.orders.add(shadowOrder(recordOf(given), given.facts));
    const soldShareMicros = shares(0n);
    return {
      kind: 'done',
      filled: NO_FILL,
      soldShareMicros,
      reasons: ['LIVE_SHADOW_ONLY'],

      start: null,
    };
  }

  /** Stores the order with its reservation. `again`: it was signed while the switch was not ON. */
  place(given: Placing, fee: FeeSchedule | null): Execution {
    const { facts, planned, prepared, settings } = given;
    const { headers } = prepared;
    if (headers === null) return { kind: 'again' };
    const known = this.orders.byKey(facts.intent.idempotencyKey);
    assert(known === undefined, 'an intent that has an order was about to get another', {
      orderId: known?.record.orderId,
    });
    if (!this.submission.canPost()) return { kind: 'refused', reason: 'LIVE_NO_SLOT' };
    const reservation = reservationOf(planned.order, fee);
    const shortfall = this.funds.shortfall(planned.order, reservation.cashMicros);
    if (shortfall !== null) return { kind: 'refused', reason: shortfall };
    const order = realOrder(recordOf(given), prepared.signed.body, { facts, reservation, settings });
    this.orders.add(order);
    return {
      kind: 'done',
      filled: NO_FILL,
      soldShareMicros: order.reservedShareMicros,
      reasons: [],

      start: () => this.submission.submit(order, headers),
    };
  }
}
