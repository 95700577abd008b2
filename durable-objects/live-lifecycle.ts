/**
 * The life of our orders after the placement turn: answers of the POST, evidence from the user channel and from reads, fills.
 * The state moves only by the one table of domain/order-state; cash and shares move only by fills; unknown stays unknown
 * until there is evidence, and only the same bytes are ever sent again.
 */
import { InvariantError } from '../domain/assert.ts';
import type { LeaderAddress, TokenId } from '../domain/ids.ts';
import type { FeeSchedule } from '../domain/market.ts';
import { cash, shares } from '../domain/money.ts';
import {
  answerProvesArrival,
  eventOfAnswer,
  isFinal,
  nextState,
  type OrderEvent,
  provesArrival,
} from '../domain/order-state.ts';
import type { FillReport, OrderId, OrderReport, SubmitAnswer } from '../domain/orders.ts';
import type { ReasonCode } from '../domain/reasons.ts';
import {
  type Difference,
  type OurFill,
  type OurOrder,
  reconcile,
  type VenueView,
} from '../domain/reconcile.ts';
import type { LiveOrderRecord } from '../domain/records.ts';
import type { ModeSettings } from '../domain/settings.ts';
import type { AuthHeaders } from '../polymarket/trading-types.ts';
import type { AttemptLog } from './attempt-log.ts';
import type { CallSlots } from './call-slots.ts';
import type { LiveAccount } from './live-account.ts';
import { averageOf } from './live-executor.ts';
import type { LiveFills } from './live-fills.ts';
import type { LiveOrders, StoredOrder } from './live-orders.ts';
import { type ObjectPorts, reasonOf } from './ports.ts';
import type { WalletSwitches } from './wallet-switches.ts';

/** What one frame or one round of reads told. A read that failed is missing or null, never empty. */
export interface Told extends Omit<VenueView, 'nowMs' | 'orders'> {
  readonly orders: ReadonlyMap<OrderId, OrderReport | 'ABSENT'>;
  /** Fees of tokens in which something external was told. */
  readonly fees?: ReadonlyMap<TokenId, FeeSchedule | null>;
}

export interface LifecycleParts {
  readonly ports: ObjectPorts;
  readonly orders: LiveOrders;
  readonly fills: LiveFills;
  readonly attempts: AttemptLog;
  readonly account: LiveAccount;
  readonly slots: CallSlots;
  readonly switches: WalletSwitches;
  readonly settingsOf: (leader: LeaderAddress) => ModeSettings;
  /** How long an order must have been unseen before its absence is a fact. */
  readonly graceMs: () => number;
  /** Something has to be asked of the venue soon. */
  readonly askSoon: (atMs: number) => void;
  /** An order has ended or a fill has become final: waiting sales may go on. */
  readonly settled: () => void;
  /** The Wallet's words for what happened last. */
  readonly noteError: (message: string) => void;
}

/** Bytes are sent this often at most, the first time counted. */
const SUBMITS_MAX = 3;
/** An order that the venue said "not now" to is absent when it has not been seen for this long. */
export const WAIT_CLASS_GRACE_MS = 2_000;
/** Pauses between two questions about the same order. */
const ASK_MS_MIN = 1_000;
const ASK_MS_MAX = 30_000;

export class LiveLifecycle {
  constructor(private readonly parts: LifecycleParts) {}

  /** Posts the stored bytes in this turn. Nothing here throws: what goes wrong is an unknown outcome. */
  submit(order: StoredOrder, headers: AuthHeaders): void {
    const { slots, account, ports } = this.parts;
    const orderId = order.record.orderId as OrderId;
    const release = slots.take('order');
    const api = account.ready()?.api;
    if (release === undefined || api === undefined) {
      // The turn has checked both; should that ever fail, nothing has left.
      release?.();
      this.change(orderId, ['NEVER_SENT'], { lastError: 'it was never sent: no free call' });
      return;
    }
    api
      .submit({ orderId, body: order.body }, headers, { timeoutMs: order.timeoutMs })
      .finally(release)
      .then((answer) => this.answered(orderId, answer))
      .catch((error: unknown) => {
        // The order is stored; what its answer was is read from the venue.
        ports.log('error', 'the answer of an order could not be taken', { orderId, reason: reasonOf(error) });
      });
  }

  /** Moves the order by the answer of its POST, and the account by what the answer says of it. */
  answered(orderId: OrderId, answer: SubmitAnswer): void {
    const { account, slots, ports, askSoon } = this.parts;
    const nowMs = ports.nowMs();
    const message = 'message' in answer ? answer.message : '';
    ports.storage.transaction(() => {
      if (answer.kind === 'account') account.setProblem(answer.problem, message);
      if (answer.kind === 'wait') {
        const untilMs = account.setCondition(answer.condition, message, answer.retryAfterMs);
        if (answer.condition === 'RATE_LIMITED') slots.pauseUntil(untilMs);
      }
      if (answer.kind === 'accepted' || answer.kind === 'killed') account.clearCondition();
      const known = this.parts.orders.byId(orderId);
      if (known === undefined) return;
      const started: readonly OrderEvent[] =
        known.record.state === 'PREPARED' || known.record.state === 'UNKNOWN' ? ['POST_STARTED'] : [];
      const waitClass = answer.kind === 'wait' && known.record.submits === 1;
      this.change(
        orderId,
        [...started, eventOfAnswer(answer)],
        { answeredAtMs: nowMs, lastError: errorOf(answer) },
        {
          waitClass: waitClass && !answerProvesArrival(answer),
          tradeIds: union(known.tradeIds, answer.kind === 'accepted' ? answer.tradeIds : []),
          seenAtVenue: known.seenAtVenue || answerProvesArrival(answer),
          asks: 0,
          nextAskAtMs: answer.kind === 'unknown' || answer.kind === 'wait' ? nowMs + ASK_MS_MIN : nowMs,
        },
      );
    });
    if (answer.kind !== 'accepted' && answer.kind !== 'killed')
      this.parts.noteError(`${answer.kind}: ${message}`);
    askSoon(nowMs);
  }

  /** The answer did not come although its time is over: what was sent is unknown. */
  lost(orderId: OrderId, why: string): void {
    this.parts.ports.storage.transaction(() =>
      this.change(orderId, ['POST_STARTED', 'OUTCOME_UNKNOWN'], { lastError: why }, { asks: 0 }),
    );
  }

  /** Orders of which something has changed at the venue: asked for at once. */
  askNow(orderIds: readonly OrderId[]): void {
    const { orders, ports, askSoon } = this.parts;
    for (const orderId of orderIds) {
      const order = orders.byId(orderId);
      if (order !== undefined && !isFinal(order.record.state))
        orders.put({ ...order, nextAskAtMs: ports.nowMs() }, false);
    }
    askSoon(ports.nowMs());
  }

  /** A crash or a deploy has lost the answers that were awaited: what was sent is unknown. Called once at the start. */
  resume(): void {
    for (const order of this.parts.orders.open()) {
      if (order.record.state !== 'PREPARED' && order.record.state !== 'SUBMITTED') continue;
      if (order.tradeIds.length > 0) continue;
      this.change(
        order.record.orderId as OrderId,
        ['OUTCOME_UNKNOWN'],
        { lastError: 'we were restarted before the venue answered' },
        { asks: 0, nextAskAtMs: this.parts.ports.nowMs() },
      );
    }
  }

  /**
   * Takes what the venue told: fills are booked, orders move, all in one transaction. Returns the orders that are proven
   * absent, which `absent` then ends or sends again, and how the ledger differs from the account where that was read.
   */
  take(told: Told): { readonly absent: readonly OrderId[]; readonly differences: readonly Difference[] } {
    const { ports, orders, fills, account } = this.parts;
    const absent: OrderId[] = [];
    const differences: Difference[] = [];
    ports.storage.transaction(() => {
      this.noteTrades(told.orders);
      const view = { ...told, nowMs: ports.nowMs() };
      const actions = reconcile({
        orders: this.concerned(told).map((order) => this.ourOrder(order)),
        fills: this.concernedFills(told.fills ?? []),
        openedAtMs: account.openedAtMs() ?? Number.POSITIVE_INFINITY,
        graceMs: this.parts.graceMs(),
        view,
      });
      const folded = new Set<OrderId>();
      for (const action of actions) {
        if (action.kind === 'difference') differences.push(action);
        else if (action.kind === 'orderEvent') {
          if (action.event === 'PROVEN_ABSENT') absent.push(action.orderId);
        } else if (action.kind === 'bookFill') {
          const { report } = action;
          const order = orders.byId(report.orderId);
          fills.take(report, order, order?.fee ?? told.fees?.get(report.tokenId) ?? null);
          folded.add(report.orderId);
        } else {
          const fill = orders.fill(action.tradeId, action.orderId);
          if (fill !== undefined) fills.move(fill, action.state, action.txHash);
          if (action.kind === 'reverseFill' || action.state === 'CONFIRMED') folded.add(action.orderId);
        }
      }
      for (const orderId of folded) this.fold(orderId);
      for (const action of actions) {
        if (action.kind !== 'orderEvent' || action.event === 'PROVEN_ABSENT') continue;
        const more = provesArrival(action.event) ? { seenAtVenue: true } : {};
        this.change(
          action.orderId,
          [action.event],
          action.reason === '' ? {} : { lastError: action.reason },
          more,
        );
      }
      if (folded.size > 0) this.parts.settled();
    });
    return { absent, differences };
  }

  /** Trades that reports name are to be booked before their order may end. */
  private noteTrades(reports: Told['orders']): void {
    for (const [orderId, report] of reports) {
      const order = this.parts.orders.byId(orderId);
      if (report === 'ABSENT' || order === undefined) continue;
      const tradeIds = union(order.tradeIds, report.tradeIds);
      if (tradeIds.length > order.tradeIds.length || !order.seenAtVenue)
        this.parts.orders.put({ ...order, tradeIds, seenAtVenue: true }, false);
    }
  }

  /** Open orders, and ended ones that the told fills or reports name. */
  private concerned(told: Told): readonly StoredOrder[] {
    const { orders } = this.parts;
    const named = [...told.orders.keys(), ...(told.fills ?? []).map((fill) => fill.orderId)];
    const found = new Map(orders.open().map((order) => [order.record.orderId, order]));
    for (const orderId of named) {
      if (found.has(orderId)) continue;
      const order = orders.byId(orderId);
      if (order !== undefined) found.set(orderId, order);
    }
    return [...found.values()];
  }

  private concernedFills(reports: readonly FillReport[]): readonly OurFill[] {
    const { orders } = this.parts;
    const keys = new Map(reports.map((report) => [`${report.tradeId} ${report.orderId}`, report]));
    const stored = [...keys.values()].map((report) => orders.fill(report.tradeId, report.orderId));
    const provisional = orders.provisional();
    const all = [...stored.filter((fill) => fill !== undefined), ...provisional];
    const unique = new Map(all.map((fill) => [`${fill.record.tradeId} ${fill.record.orderId}`, fill.record]));
    return [...unique.values()].map(({ tradeId, orderId, state }) => ({
      tradeId,
      orderId: orderId as OrderId,
      state,
    }));
  }

  private ourOrder(order: StoredOrder): OurOrder {
    const { record, intent } = order;
    // "Not now" is an answer: such an order counts as absent sooner than one that nobody answered for.
    const earlierMs = order.waitClass ? Math.max(0, this.parts.graceMs() - WAIT_CLASS_GRACE_MS) : 0;
    return {
      orderId: record.orderId as OrderId,
      idempotencyKey: intent.idempotencyKey,
      state: record.state,
      side: record.side,
      orderType: record.orderType,
      tokenId: intent.tokenId,
      makerMicros: record.makerMicros,
      takerMicros: record.takerMicros,
      filledShareMicros: shares(record.filledShareMicros),
      filledNotionalMicros: cash(record.filledNotionalMicros),
      lastSentAtMs: order.sentAtMs - earlierMs,
      seenAtVenue: order.seenAtVenue,
      tradeIdsExpected: order.tradeIds,
      tradeIdsBooked: this.parts.orders.fillsOf(record.orderId).map((fill) => fill.record.tradeId),
    };
  }

  /** The totals of an order are a fold over its fills that have not FAILED. */
  private fold(orderId: OrderId): void {
    const total = this.parts.orders
      .fillsOf(orderId)
      .filter(({ record }) => record.state !== 'FAILED')
      .reduce(
        (sum, { record }) => ({
          filledShareMicros: sum.filledShareMicros + record.shareMicros,
          filledNotionalMicros: sum.filledNotionalMicros + record.notionalMicros,
          feeMicros: sum.feeMicros + record.feeMicros,
        }),
        { filledShareMicros: 0n, filledNotionalMicros: 0n, feeMicros: 0n },
      );
    this.change(orderId, [], total, { seenAtVenue: true });
  }

  /** Trades that the venue named for the order and that are not booked yet. */
  missingTrades(order: StoredOrder): readonly string[] {
    return order.tradeIds.filter(
      (tradeId) => this.parts.orders.fill(tradeId, order.record.orderId) === undefined,
    );
  }

  /** Notes that the venue was asked, so that the next question comes later. */
  asked(orderId: OrderId): void {
    const order = this.parts.orders.byId(orderId);
    if (order === undefined || isFinal(order.record.state)) return;
    const pauseMs = Math.min(ASK_MS_MAX, ASK_MS_MIN * 2 ** Math.min(order.asks, 10));
    const nextAskAtMs = this.parts.ports.nowMs() + pauseMs;
    this.parts.orders.put({ ...order, asks: order.asks + 1, nextAskAtMs }, false);
    this.parts.askSoon(nextAskAtMs);
  }

  /**
   * The order is proven absent. The same bytes are sent once more if the intent is still fresh and nothing stands against it;
   * otherwise it ends as never arrived. The check and the POST are in one turn again.
   */
  async absent(orderId: OrderId, reason: string): Promise<void> {
    const { orders, account, ports } = this.parts;
    const order = orders.byId(orderId);
    if (order === undefined || order.record.state !== 'UNKNOWN') return;
    const laterMs = this.mayBeSentLater(order);
    if (laterMs !== undefined) {
      orders.put({ ...order, nextAskAtMs: laterMs }, false);
      this.parts.askSoon(laterMs);
      return;
    }
    const ready = account.ready();
    const headers =
      ready !== null && this.maySendAgain(order)
        ? await ready.api.submitHeaders({ orderId, body: order.body, publicBody: order.record.publicBody })
        : undefined;
    const again = orders.byId(orderId);
    if (again === undefined || again.record.state !== 'UNKNOWN') return;
    if (headers === undefined || !this.maySendAgain(again)) {
      ports.storage.transaction(() => this.change(orderId, ['PROVEN_ABSENT'], { lastError: reason }));
      return;
    }
    const nowMs = ports.nowMs();
    const sent = ports.storage.transaction(() =>
      this.change(
        orderId,
        ['POST_STARTED'],
        { submits: again.record.submits + 1, submittedAtMs: nowMs },
        { sentAtMs: nowMs, waitClass: false, nextAskAtMs: nowMs + again.timeoutMs + ASK_MS_MIN },
      ),
    );
    if (sent !== undefined) this.submit(sent, headers);
  }

  /** When the venue takes orders again, if the intent is still fresh then; undefined when that is not what stands against it. */
  private mayBeSentLater(order: StoredOrder): number | undefined {
    const { account, ports } = this.parts;
    const untilMs = account.condition()?.untilMs ?? 0;
    const { copyAgeMsMax } = this.parts.settingsOf(order.intent.leaderAddress);
    const fresh = untilMs - order.intent.leaderEventAtMs <= copyAgeMsMax;
    return untilMs > ports.nowMs() && fresh && order.record.submits < SUBMITS_MAX ? untilMs : undefined;
  }

  private maySendAgain(order: StoredOrder): boolean {
    const { switches, account, slots, ports } = this.parts;
    const leader = order.intent.leaderAddress;
    const settings = this.parts.settingsOf(leader);
    const effective = switches.effective(leader);
    return (
      effective.state === 'ON' &&
      !(effective.exitOnly && order.record.side === 'BUY') &&
      order.record.submits < SUBMITS_MAX &&
      ports.nowMs() - order.intent.leaderEventAtMs <= settings.copyAgeMsMax &&
      account.gate(settings) === null &&
      slots.free('order')
    );
  }

  /** Moves the order through the events and stores it; an event that its state does not know is shown, and changes nothing. */
  private change(
    orderId: OrderId,
    events: readonly OrderEvent[],
    record: Partial<LiveOrderRecord>,
    more: Partial<StoredOrder> = {},
  ): StoredOrder | undefined {
    const { orders, ports } = this.parts;
    const order = orders.byId(orderId);
    if (order === undefined) return undefined;
    let state = order.record.state;
    try {
      for (const event of events) state = nextState(state, event);
    } catch (error) {
      if (!(error instanceof InvariantError)) throw error;
      ports.log('error', 'an order was told something impossible', { orderId, reason: reasonOf(error) });
      this.parts.noteError(`order ${orderId.slice(0, 10)}…: ${reasonOf(error)}`);
    }
    const ended = isFinal(state);
    const finalAtMs = ended ? (order.record.finalAtMs ?? ports.nowMs()) : null;
    const next: StoredOrder = { ...order, ...more, record: { ...order.record, ...record, state, finalAtMs } };
    const told = changed(order.record, next.record);
    const stored = orders.put(next, told);
    if (told) this.refreshAttempt(stored);
    if (ended && !isFinal(order.record.state)) this.parts.settled();
    return stored;
  }

  private refreshAttempt({ record }: StoredOrder): void {
    this.parts.attempts.refresh(record.idempotencyKey, {
      reasons: reasonsOf(record),
      filledShareMicros: record.filledShareMicros,
      filledNotionalMicros: record.filledNotionalMicros,
      feeMicros: record.feeMicros,
      vwapPriceMicros: averageOf(record.filledShareMicros, record.filledNotionalMicros),
    });
  }
}

function errorOf(answer: SubmitAnswer): string {
  switch (answer.kind) {
    case 'accepted':
      return '';
    case 'killed':
      return answer.message;
    case 'rejected':
      return `${answer.cause}: ${answer.message}`;
    case 'account':
      return `${answer.problem}: ${answer.message}`;
    case 'wait':
      return `${answer.condition}: ${answer.message}`;
    case 'unknown':
      return `${answer.cause}: ${answer.message}`;
  }
}

/** How an order that did not end in a fill ended, as its attempt tells it. */
function reasonsOf(record: LiveOrderRecord): readonly ReasonCode[] {
  if (record.filledShareMicros > 0n) return [];
  if (record.state === 'UNKNOWN') return ['LIVE_ORDER_UNKNOWN'];
  if (record.state === 'CANCELED') return ['LIVE_NO_FILL'];
  if (record.state !== 'REJECTED') return [];
  return [
    record.answeredAtMs !== null && record.lastError !== NEVER_ARRIVED
      ? 'LIVE_ORDER_REJECTED'
      : 'LIVE_NEVER_ARRIVED',
  ];
}

/** What is written on an order whose absence is proven. */
export const NEVER_ARRIVED = 'the venue never had it';

function union(known: readonly string[], more: readonly string[]): readonly string[] {
  return [...new Set([...known, ...more])];
}

function changed(before: LiveOrderRecord, after: LiveOrderRecord): boolean {
  return (Object.keys(after) as (keyof LiveOrderRecord)[]).some((field) => before[field] !== after[field]);
}
