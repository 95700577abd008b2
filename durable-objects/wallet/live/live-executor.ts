/**
 * The live executor: sign first, then in one synchronous turn re-check, store and post (design.md 4). The answer of a POST
 * moves the order's state and books nothing; only trades book. An intent never has a second order.
 */
import { assert } from '../../../domain/assert.ts';
import type { Decision } from '../../../domain/decide/decide.ts';
import type { CopyIntent, DecisionFacts } from '../../../domain/decide/decision-facts.ts';
import { isSameOrder, planOrder } from '../../../domain/decide/order-plan.ts';
import { EXTERNAL_LEADER } from '../../../domain/ids.ts';
import {
  add,
  type CashMicros,
  cash,
  max,
  min,
  type ShareMicros,
  shares,
  sub,
} from '../../../domain/money.ts';
import { reservationOf } from '../../../domain/orders/order-amounts.ts';
import { isResting } from '../../../domain/orders/order-state.ts';
import { orderSalt } from '../../../domain/orders/orders.ts';
import { sellableShares } from '../../../domain/portfolio/attribution.ts';
import { totalOf } from '../../../domain/portfolio/paper-fills.ts';
import type { ModeSettings } from '../../../domain/settings/settings.ts';
import { exchangeOf } from '../../../polymarket/account/contracts.ts';
import type { Execution, Executor, Funds, PreparedOrder, ReservedCash } from '../executor.ts';
import type { PortfolioStore } from '../portfolio-store.ts';
import type { WalletSwitches } from '../switches.ts';
import type { LiveAccount } from './account.ts';
import type { CallSlots } from './call-slots.ts';
import { realOrder, recordOf, shadowOrder } from './order-record.ts';
import type { OrderStore, StoredOrder } from './order-store.ts';

export interface LiveExecutorParts {
  readonly book: PortfolioStore;
  readonly orders: OrderStore;
  readonly account: LiveAccount;
  readonly switches: WalletSwitches;
  readonly slots: CallSlots;
  /** Posts the stored bytes, in the turn in which it is called. */
  readonly venueExposure: () => CashMicros;
  readonly submit: (order: StoredOrder, headers: NonNullable<PreparedOrder['headers']>) => void;
}

const NO_FILL = totalOf([]);

export class LiveExecutor implements Executor, Funds {
  constructor(private readonly parts: LiveExecutorParts) {}

  gate(intent: CopyIntent, settings: ModeSettings): ReturnType<LiveAccount['gate']> {
    return this.parts.account.gate(intent.side, settings);
  }

  /** The lower of what the ledger and the venue say, less what open orders hold (A14): neither is trusted to be too high. */
  freeCash(): CashMicros {
    const { book, account, orders } = this.parts;
    const venue = account.collateral()?.balanceMicros ?? cash(0n);
    return max(sub(min(book.cash(), venue), orders.reservedCash()), cash(0n));
  }

  /** The leader's own shares that no open order holds; with the setting also those that no leader explains (A13). */
  sellable(intent: CopyIntent, settings: ModeSettings): ShareMicros {
    const { book, orders } = this.parts;
    const held = book.open().filter((one) => one.tokenId === intent.tokenId);
    const ofLeader = (order: StoredOrder): boolean => order.intent.leaderAddress === intent.leaderAddress;
    return sellableShares({
      walletShareMicros: held.reduce((sum, one) => add(sum, one.shareMicros), shares(0n)),
      reservedShareMicros: orders.reservedShares(intent.tokenId),
      slices: new Map(
        held
          .filter((one) => one.leaderAddress !== EXTERNAL_LEADER)
          .map((one) => [one.leaderAddress, one.shareMicros]),
      ),
      leaderAddress: intent.leaderAddress,
      leaderReservedShareMicros: orders.reservedShares(intent.tokenId, ofLeader),
      sellUnattributed: settings.sellUnattributed,
    });
  }

  reserved(intent: CopyIntent): ReservedCash {
    const { orders } = this.parts;
    return {
      total: orders.reservedCash(),
      market: orders.reservedCash((order) => order.intent.conditionId === intent.conditionId),
      leader: orders.reservedCash((order) => order.intent.leaderAddress === intent.leaderAddress),
    };
  }

  venueExposure(): CashMicros {
    return this.parts.venueExposure();
  }

  async prepare(
    facts: DecisionFacts,
    decision: Decision,
    settings: ModeSettings,
  ): Promise<PreparedOrder | null> {
    if (decision.kind !== 'EXECUTE') return null;
    const planned = plan(facts, decision, settings);
    const ready = this.parts.account.ready();
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
    const on = this.parts.switches.effective(intent.leaderAddress).state === 'ON';
    return { planned: planned.order, signed, headers: on ? await ready.api.submitHeaders(signed) : null };
  }

  execute({ facts, decision, settings, prepared, waited }: Parameters<Executor['execute']>[0]): Execution {
    const { intent, book, market } = facts;
    const planned = plan(facts, decision, settings);
    if (planned.kind === 'refused') return planned;
    if (book === null || market === null) return { kind: 'refused', reason: 'BOOK_UNAVAILABLE' };
    if (!waited && this.mustWait(intent, decision.plan.shareMicros, settings)) return { kind: 'wait' };
    if (prepared === null || !isSameOrder(prepared.planned, planned.order)) return { kind: 'again' };
    const { state } = this.parts.switches.effective(intent.leaderAddress);
    const record = recordOf({ facts, planned, prepared, shadow: state === 'SHADOW' });
    if (state === 'SHADOW') {
      this.parts.orders.add(shadowOrder(record, facts, { planned: planned.order, book }));
      return { kind: 'done', filled: NO_FILL, reasons: ['LIVE_SHADOW_ONLY'], start: null };
    }
    if (prepared.headers === null) return { kind: 'again' };
    const known = this.parts.orders.byKey(intent.idempotencyKey);
    assert(known === undefined, 'an intent that has an order was about to get another', {
      orderId: known?.record.orderId,
    });
    if (!this.parts.slots.free('order')) return { kind: 'refused', reason: 'LIVE_NO_SLOT' };
    const reservation = reservationOf(planned.order, market.fee);
    if (reservation.cashMicros > this.freeCash() && planned.order.side === 'BUY')
      return { kind: 'refused', reason: 'LIVE_INSUFFICIENT_FUNDS' };
    const allowance = this.parts.account.allowance(exchangeOf(planned.order).address);
    if (planned.order.side === 'BUY' && allowance !== undefined && allowance < reservation.cashMicros)
      return { kind: 'refused', reason: 'LIVE_ALLOWANCE_TOO_LOW' };
    const order = realOrder(record, prepared.signed.body, { facts, reservation, settings });
    this.parts.orders.add(order);
    const { headers } = prepared;
    return {
      kind: 'done',
      filled: NO_FILL,
      reasons: [],
      start: () => this.parts.submit(order, headers),
    };
  }

  /** A purchase of the same for the leader whose end is not known: so is not what a sale has to sell. One that rests is. */
  awaits(intent: CopyIntent): boolean {
    const { orders } = this.parts;
    return (
      intent.side === 'SELL' &&
      orders
        .open()
        .some(
          ({ record, intent: of }) =>
            record.side === 'BUY' &&
            record.tokenId === intent.tokenId &&
            of.leaderAddress === intent.leaderAddress &&
            !(isResting(record.orderType) && record.state === 'OPEN'),
        )
    );
  }

  /** A sale waits while part of what it would sell is not final, or a purchase of the same is unresolved (design.md 5). */
  private mustWait(intent: CopyIntent, size: ShareMicros, settings: ModeSettings): boolean {
    if (intent.side !== 'SELL' || settings.exitWaitMsMax === 0) return false;
    const { orders } = this.parts;
    if (this.awaits(intent)) return true;
    const provisional = orders.provisionalShares(intent.leaderAddress, intent.tokenId);
    return provisional > 0n && size > sub(this.sellable(intent, settings), provisional);
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
