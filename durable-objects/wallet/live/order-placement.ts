/**
 * The last step of a live order in its turn: its place, cash and allowance are checked, the order is signed and stored, and the POST
 * is ready to start. The answer of a POST moves the order's state and books nothing; only trades book. An intent never has a second order.
 */
import { assert, InvariantError } from '../../../domain/assert.ts';
import type { CopyIntent, DecisionFacts } from '../../../domain/decide/decision-facts.ts';
import type { planOrder } from '../../../domain/decide/order-plan.ts';
import type { FeeSchedule } from '../../../domain/market/market.ts';
import { shares } from '../../../domain/money.ts';
import { reservationOf } from '../../../domain/orders/order-amounts.ts';
import { orderSalt } from '../../../domain/orders/orders.ts';
import { NO_FILL } from '../../../domain/portfolio/paper-fills.ts';
import type { ModeSettings } from '../../../domain/settings/settings.ts';
import type { SignedOrder } from '../../../polymarket/account/trading-types.ts';
import { reasonOf } from '../../platform/ports.ts';
import type { Execution } from '../executor.ts';
import type { Connected } from './account/connection.ts';
import type { LiveFunds } from './live-funds.ts';
import { realOrder, recordOf, shadowOrder } from './orders/order-record.ts';
import type { OrderStore } from './orders/order-store.ts';
import type { Submission } from './orders/submission.ts';
import type { PlacingRoom } from './placing/placing-room.ts';

/** An order as it is decided, and what signs it. */
export interface Placing {
  readonly facts: DecisionFacts;
  readonly planned: Extract<ReturnType<typeof planOrder>, { readonly kind: 'order' }>;
  readonly settings: ModeSettings;
  readonly ready: Pick<Connected, 'signer' | 'credentials' | 'api'>;
}

export class OrderPlacement {
  constructor(
    private readonly orders: OrderStore,
    private readonly funds: LiveFunds,
    private readonly submission: Submission,
    private readonly room: PlacingRoom,
  ) {}

  /**
   * Null when an order of the intent may leave now. Without a call or a token it waits for its turn; a sale that has done so for
   * too long is owed.
   */
  turnOf(
    intent: CopyIntent,
    given: { readonly settings: ModeSettings; readonly waited: boolean; readonly waitedForMs: number },
  ): Execution | null {
    const { settings, waited, waitedForMs } = given;
    if (this.room.isOpen(intent, waited)) return null;
    if (intent.side === 'SELL' && waitedForMs > settings.copyAgeMsMax)
      return { kind: 'refused', reason: 'LIVE_NO_SLOT' };
    this.room.waitForCall(intent);
    return { kind: 'wait', reason: 'LIVE_WAITING_FOR_SLOT' };
  }

  /** Stores what would have been posted; nothing leaves. */
  shadow(given: Placing): Execution {
    const { facts, planned } = given;
    this.orders.add(shadowOrder(recordOf({ facts, planned, signed: signed(given) }), facts));
    const soldShareMicros = shares(0n);
    return {
      kind: 'done',
      filled: NO_FILL,
      soldShareMicros,
      reasons: ['LIVE_SHADOW_ONLY'],
      post: null,
    };
  }

  /** Signs the order; its POST stores it with its reservation. */
  place(given: Placing, fee: FeeSchedule | null): Execution {
    const { facts, planned, settings, ready } = given;
    const known = this.orders.byKey(facts.intent.idempotencyKey);
    assert(known === undefined, 'an intent that has an order was about to get another', {
      orderId: known?.record.orderId,
    });
    const reservation = reservationOf(planned.order, fee);
    const shortfall = this.funds.shortfall(planned.order, reservation.cashMicros);
    if (shortfall !== null) return { kind: 'refused', reason: shortfall };
    const signedOrder = signed(given);
    const record = recordOf({ facts, planned, signed: signedOrder });
    const order = realOrder(record, signedOrder.body, { facts, reservation, settings });
    const headers = ready.api.submitHeaders(signedOrder);
    return {
      kind: 'done',
      filled: NO_FILL,
      soldShareMicros: order.reservedShareMicros,
      reasons: [],
      post: {
        order: record,
        store: (late) => this.orders.add({ ...order, late }),
        start: () => this.submission.submit(order, headers),
      },
    };
  }
}

/** Whatever throws here is a bug of ours, since nothing of it calls the venue: the Wallet pauses. */
function signed({ facts, planned, settings, ready }: Placing): SignedOrder {
  const { intent } = facts;
  const order = {
    ...planned.order,
    salt: orderSalt(intent.idempotencyKey),
    timestampMs: intent.detectedAtMs,
    metadataKey: settings.keyInMetadata ? intent.idempotencyKey : null,
  };
  try {
    return ready.signer.sign(order, ready.credentials);
  } catch (error) {
    throw new InvariantError(`an order could not be signed: ${reasonOf(error)}`);
  }
}
