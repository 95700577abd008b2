/**
 * Orders and fills of the live Wallet in its own SQLite, one document each. Call the methods that write inside the transaction
 * of the change; D1 gets each change with a higher revision. An open order is never deleted, and no key has two real orders.
 */
import { assert } from '../../../../domain/assert.ts';
import type { CopyIntent } from '../../../../domain/decide/decision-facts.ts';
import type { ReasonCode } from '../../../../domain/decide/reasons.ts';
import type { IdempotencyKey, LeaderAddress, SliceOwner, TokenId } from '../../../../domain/ids.ts';
import { fromJson, toJson } from '../../../../domain/json.ts';
import type { FeeSchedule } from '../../../../domain/market/market.ts';
import { add, type CashMicros, cash, type ShareMicros, shares } from '../../../../domain/money.ts';
import { isFinal, isSettledFill } from '../../../../domain/orders/order-state.ts';
import type { OrderId, RejectCause } from '../../../../domain/orders/orders.ts';
import { fillKey } from '../../../../domain/orders/our-order.ts';
import type { Slices } from '../../../../domain/portfolio/attribution.ts';
import type {
  LiveFillRecord,
  LiveOrderRecord,
  PlacedOrderRecord,
} from '../../../../domain/records/live-records.ts';
import { DAY_MS } from '../../../../domain/time.ts';
import type { Outbox } from '../../../platform/outbox.ts';
import { type ObjectStorage, text } from '../../../platform/ports.ts';
import type { LateCopy } from '../../executor.ts';
import { ORDER_TABLES } from './order-tables.ts';
import { RecentRows } from './recent-rows.ts';
import { heldCash, heldShares } from './reserved.ts';

/** An order that was signed for the venue, with everything known about it. */
export interface StoredOrder {
  readonly record: PlacedOrderRecord;
  /** The exact bytes of the POST; a retry sends only these. Empty for shadow orders. */
  readonly body: string;
  readonly intent: CopyIntent;
  readonly fee: FeeSchedule | null;
  /** The full signed amounts, reserved until the order is final. */
  readonly reservedCashMicros: CashMicros;
  readonly reservedShareMicros: ShareMicros;
  /** Trades that the venue named; the order is settled once all of them are booked. */
  readonly tradeIds: readonly string[];
  /** Something proved that the venue had the order: its absence then means that it ended, not that it never arrived. */
  readonly seenAtVenue: boolean;
  /** Since when the venue has not known the order; null while it does. */
  readonly absentSinceMs: number | null;
  /** Its end was concluded, not reported by the venue; later evidence from the venue overrides it. */
  readonly endedByAbsence: boolean;
  readonly timeoutMs: number;
  readonly takerDelayMs?: number; // of its market; absent in orders of older releases and in SHADOW
  readonly sentAtMs: number;
  /** The venue answered "not now": such an order counts as absent sooner than one without an answer. */
  readonly waitClass: boolean;
  /** Why the answer to its last POST turned it away (A59); null or absent after any other answer. */
  readonly turnedAway?: ReasonCode | null;
  /** It has fills, and every one FAILED. */
  readonly allFailed?: boolean;
  /** Why the venue refused it; absent if it did not. */
  readonly refusal?: RejectCause;
  /** How often its outcome was queried, and when it is queried next; the pauses grow. */
  readonly asks: number;
  readonly nextAskAtMs: number;
  readonly late?: LateCopy; // what is written after its POST; absent once the order has changed, which is later still
}

/** An order that SHADOW recorded instead of placing it: written once, never open. */
export interface ShadowOrder extends Omit<StoredOrder, 'record'> {
  readonly record: LiveOrderRecord & { readonly shadow: true };
}

/** What a fill moved in one slice; a sale may take from several. A reversal takes back exactly this. */
export interface FillPart {
  readonly leaderAddress: SliceOwner;
  readonly shareMicros: ShareMicros;
  readonly cashDeltaMicros: CashMicros;
  readonly costOutMicros: CashMicros;
}

export interface StoredFill {
  readonly record: LiveFillRecord;
  /** Empty once the fill has been reversed. */
  readonly parts: readonly FillPart[];
  /** Booked at an average price, until the makers' legs correct it (A58). */
  readonly atAverage?: boolean;
}

const KEPT_MS = 7 * DAY_MS;

/** What every decision reads, as it is in SQLite. */
interface Open {
  readonly orders: Map<string, StoredOrder>;
  /** Fills whose settlement is open. */
  readonly fills: Map<string, StoredFill>;
}

export class OrderStore {
  /** Undefined until it is first read, and after a transaction that was rolled back. */
  private memory: Open | undefined;
  /** Orders that have ended, by their keys, and the fills of an order, by its id. */
  private readonly ended = new RecentRows<StoredOrder>();
  private readonly fillsByOrder = new RecentRows<readonly StoredFill[]>();

  constructor(
    private readonly storage: ObjectStorage,
    private readonly outbox: Outbox,
  ) {
    for (const statement of ORDER_TABLES) storage.rows(statement);
    storage.onRollback(() => {
      this.memory = undefined;
      this.ended.clear();
      this.fillsByOrder.clear();
    });
  }

  private get openOrders(): Map<string, StoredOrder> {
    this.memory ??= this.read();
    return this.memory.orders;
  }

  private get openFills(): Map<string, StoredFill> {
    this.memory ??= this.read();
    return this.memory.fills;
  }

  private read(): Open {
    const orders = this.storage
      .rows('SELECT doc FROM live_order WHERE open = 1')
      .map((row) => fromJson<StoredOrder>(text(row, 'doc')));
    const fills = this.storage
      .rows('SELECT doc FROM live_fill WHERE final = 0')
      .map((row) => fromJson<StoredFill>(text(row, 'doc')));
    return {
      orders: new Map(orders.map((order) => [order.record.orderKey, order])),
      fills: new Map(fills.map((fill) => [fillKey(fill.record), fill])),
    };
  }

  /** Real orders that are not final. */
  open(): readonly StoredOrder[] {
    return [...this.openOrders.values()];
  }

  byId(orderId: OrderId): StoredOrder | undefined {
    const known = this.openOrders.get(orderId);
    if (known !== undefined) return known;
    return this.ended.get(orderId, () => {
      const row = this.storage.rows('SELECT doc FROM live_order WHERE order_key = ?', orderId)[0];
      return row === undefined ? undefined : fromJson<StoredOrder>(text(row, 'doc'));
    });
  }

  /** The one real order that an intent may have (R67). */
  byKey(key: IdempotencyKey): StoredOrder | undefined {
    const row = this.storage.rows(
      'SELECT doc FROM live_order WHERE idempotency_key = ? AND shadow = 0',
      key,
    )[0];
    return row === undefined ? undefined : fromJson<StoredOrder>(text(row, 'doc'));
  }

  /** Stores a new order. Throws when its key, or the intent's one real order, exists already. */
  add(order: StoredOrder | ShadowOrder): void {
    const { record } = order;
    this.storage.rows(
      'INSERT INTO live_order (order_key, idempotency_key, shadow, open, created_at, doc) VALUES (?, ?, ?, ?, ?, ?)',
      record.orderKey,
      record.idempotencyKey,
      record.shadow ? 1 : 0,
      isFinal(record.state) ? 0 : 1,
      record.createdAtMs,
      toJson(order),
    );
    if (isPlaced(order) && !isFinal(record.state)) this.openOrders.set(record.orderKey, order);
    if (order.late === undefined) this.outbox.add(record); // else with what is written after its POST
  }

  /** What open orders have to be followed by, as far as it may not have been written before a crash. */
  late(): readonly { readonly order: PlacedOrderRecord; readonly copy: LateCopy }[] {
    return this.open().flatMap(({ record, late }) =>
      late === undefined ? [] : [{ order: record, copy: late }],
    );
  }

  /** Stores a changed order. `send` is false for changes that D1 does not need. Returns it as stored. */
  put({ late: _written, ...order }: StoredOrder, send: boolean): StoredOrder {
    assert(!order.record.shadow, 'a shadow order is never changed', { key: order.record.orderKey });
    const next = send
      ? { ...order, record: { ...order.record, revision: order.record.revision + 1 } }
      : order;
    const open = !isFinal(next.record.state);
    this.storage.rows(
      'UPDATE live_order SET open = ?, doc = ? WHERE order_key = ?',
      open ? 1 : 0,
      toJson(next),
      next.record.orderKey,
    );
    if (open) {
      this.openOrders.set(next.record.orderKey, next);
      this.ended.delete(next.record.orderKey);
    } else {
      this.openOrders.delete(next.record.orderKey);
      this.ended.set(next.record.orderKey, next);
    }
    if (send) this.outbox.add(next.record);
    return next;
  }

  /** Cash that open orders reserve, less what their fills have already spent. */
  reservedCash(of: (order: StoredOrder) => boolean = () => true): CashMicros {
    const orders = this.open().filter(of);
    return orders.reduce((sum, order) => add(sum, heldCash(order)), cash(0n));
  }

  /** Shares of the token that open sales reserve, less what their fills have already taken. */
  reservedShares(token: TokenId): ShareMicros {
    return [...this.reservedByLeader(token).values()].reduce(add, shares(0n));
  }

  /** The same, by the leader whose sale it is. */
  reservedByLeader(token: TokenId): Slices {
    const reserved = new Map<LeaderAddress, ShareMicros>();
    for (const order of this.openOrders.values()) {
      if (order.record.tokenId !== token) continue;
      const { leaderAddress } = order.intent;
      reserved.set(leaderAddress, add(reserved.get(leaderAddress) ?? shares(0n), heldShares(order)));
    }
    return reserved;
  }

  /** When the last real order was created; null before the first. */
  lastAtMs(): number | null {
    const row = this.storage.rows('SELECT max(created_at) AS at FROM live_order WHERE shadow = 0')[0];
    return typeof row?.at === 'number' ? row.at : null;
  }

  fill(tradeId: string, orderId: string): StoredFill | undefined {
    return this.fillsOf(orderId).find((one) => one.record.tradeId === tradeId);
  }

  /** By their trade ids. */
  fillsOf(orderId: string): readonly StoredFill[] {
    const fills = this.fillsByOrder.get(orderId, () =>
      this.storage
        .rows('SELECT doc FROM live_fill WHERE order_id = ? ORDER BY trade_id', orderId)
        .map((row) => fromJson<StoredFill>(text(row, 'doc'))),
    );
    return fills ?? [];
  }

  /** Fills that are neither CONFIRMED nor FAILED. */
  provisional(): readonly StoredFill[] {
    return [...this.openFills.values()];
  }

  /** Stores a fill, new or changed, and sends it to D1. */
  putFill(fill: StoredFill): void {
    const { record } = fill;
    this.storage.rows(
      `INSERT INTO live_fill (trade_id, order_id, final, matched_at, doc) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (trade_id, order_id) DO UPDATE SET final = excluded.final, doc = excluded.doc`,
      record.tradeId,
      record.orderId,
      isSettledFill(record.state) ? 1 : 0,
      record.matchedAtMs,
      toJson(fill),
    );
    this.fillsByOrder.delete(record.orderId);
    if (isSettledFill(record.state)) this.openFills.delete(fillKey(record));
    else this.openFills.set(fillKey(record), fill);
    this.outbox.add(record);
  }

  /** Shares that were bought for the leader and are not final yet, by the purchases that `isMeant` names. */
  provisionalShares(
    leader: LeaderAddress,
    token: TokenId,
    isMeant: (purchase: LiveFillRecord['idempotencyKey']) => boolean = () => true,
  ): ShareMicros {
    return this.provisional()
      .filter(
        ({ record }) => record.leaderAddress === leader && record.tokenId === token && record.side === 'BUY',
      )
      .filter(({ record }) => isMeant(record.idempotencyKey))
      .reduce((sum, { record }) => add(sum, record.shareMicros), shares(0n));
  }

  /** Deletes orders that have ended and settled fills after KEPT_MS. */
  prune(nowMs: number): void {
    const before = nowMs - KEPT_MS;
    // As long as an intent may be repeated (orders) and as the venue may still report a trade (fills).
    const isGone = (where: string): boolean =>
      this.storage.rows(`DELETE FROM ${where} < ? RETURNING 1`, before).length > 0;
    if (isGone('live_order WHERE open = 0 AND created_at')) this.ended.clear();
    if (isGone('live_fill WHERE final = 1 AND matched_at')) this.fillsByOrder.clear();
  }
}

function isPlaced(order: StoredOrder | ShadowOrder): order is StoredOrder {
  return !order.record.shadow;
}
