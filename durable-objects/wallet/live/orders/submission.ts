/**
 * The POST of an order and its answer. The answer moves the order's state and books nothing; without an answer the order is
 * UNKNOWN until reads or the user channel give evidence (absent-orders.ts sends it again, the same bytes only).
 */
import { assert } from '../../../../domain/assert.ts';
import {
  answerProvesArrival,
  eventOfAnswer,
  isFinal,
  type OrderEvent,
} from '../../../../domain/orders/order-state.ts';
import type { OrderId, SubmitAnswer } from '../../../../domain/orders/orders.ts';
import { turnedAwayBy } from '../../../../domain/orders/turned-away.ts';
import { growingPauseMs, SECOND_MS } from '../../../../domain/time.ts';
import { type AuthHeaders, ORDERS_PER_CALL_MAX } from '../../../../polymarket/account/trading-types.ts';
import { type ObjectPorts, reasonOf } from '../../../platform/ports.ts';
import type { VenueCalls } from '../account/venue-calls.ts';
import type { LiveSchedule } from '../schedule.ts';
import type { OrderChanges } from './order-changes.ts';
import { isPosted, union } from './order-record.ts';
import type { OrderStore, StoredOrder } from './order-store.ts';

/** Pauses between two questions about the same order; they double. */
export const ASK_MS_MIN = SECOND_MS;
const ASK_MS_MAX = 30 * SECOND_MS;

/** An order that is stored, and the headers for a POST of it alone. */
interface Posting {
  readonly order: StoredOrder;
  readonly headers: AuthHeaders;
}

export class Submission {
  /** Orders of this turn that leave together at its end; undefined outside of `together`. */
  private gathered: Posting[] | undefined;

  constructor(
    private readonly ports: ObjectPorts,
    private readonly orders: OrderStore,
    private readonly changes: OrderChanges,
    private readonly calls: VenueCalls,
    private readonly schedule: LiveSchedule,
  ) {}

  /** Whether an order could be posted this moment. */
  canPost(): boolean {
    return this.calls.canPost();
  }

  /** The headers for the order's POST; undefined while there are no credentials. */
  headers(order: StoredOrder): AuthHeaders | undefined {
    return this.calls.headers(order);
  }

  /**
   * What is submitted while `run` runs leaves at its end, in the same turn: each order in a call of its own where so many calls are
   * free, else several in one.
   */
  together(run: () => void): void {
    assert(this.gathered === undefined, 'orders of two turns were to leave together');
    const gathered: Posting[] = [];
    this.gathered = gathered;
    try {
      run();
    } finally {
      // Whatever became of the others: these are stored, and their answers are awaited.
      this.gathered = undefined;
      this.submitAll(gathered);
    }
  }

  /** How many orders of this turn wait for its end. */
  gatheredOrders(): number {
    return this.gathered?.length ?? 0;
  }

  private submitAll(postings: readonly Posting[]): void {
    const calls = Math.max(1, this.calls.callsFree());
    const size = Math.min(ORDERS_PER_CALL_MAX, Math.max(1, Math.ceil(postings.length / calls)));
    for (let at = 0; at < postings.length; at += size) {
      const [first, ...others] = postings.slice(at, at + size);
      if (first === undefined) return;
      if (others.length === 0) this.submit(first.order, first.headers);
      else this.submitInOne([first, ...others].map(({ order }) => order));
    }
  }

  private submitInOne(orders: readonly StoredOrder[]): void {
    const answering = this.calls.postAll(orders);
    if (answering === null) {
      for (const order of orders) this.neverSent(order);
      return;
    }
    answering
      .then((answers) => {
        let known: SubmitAnswer | undefined;
        for (const [at, { record }] of orders.entries()) {
          const answer = answers[at];
          assert(answer !== undefined, 'an order of a call has no answer', { orderId: record.orderId });
          // What the call as a whole was refused for counts once: the pauses grow with each refusal.
          this.answered(record.orderId, answer, !isSameRefusal(answer, known));
          known = answer;
        }
      })
      .catch(this.notStored(orders.map(({ record }) => record.orderId).join()));
  }

  /** Posts the stored bytes in this turn. Never throws: whatever goes wrong leaves the outcome unknown. */
  submit(order: StoredOrder, headers: AuthHeaders): void {
    if (this.gathered !== undefined) {
      this.gathered.push({ order, headers });
      return;
    }
    const orderId = order.record.orderId;
    const answering = this.calls.post(order, headers);
    if (answering === null) {
      this.neverSent(order);
      return;
    }
    answering.then((answer) => this.answered(orderId, answer)).catch(this.notStored(orderId));
  }

  /** The turn has checked both the slot and the credentials; should one be missing all the same, nothing has left. */
  private neverSent({ record }: StoredOrder): void {
    const lastError = 'it was never sent: no free call';
    this.changes.change(record.orderId, ['NEVER_SENT'], { lastError });
  }

  /** The order is stored as sent: what became of it is read from the venue. */
  private notStored(orderId: string): (error: unknown) => void {
    return (error) =>
      this.ports.log('error', 'the answer of an order could not be stored', {
        orderId,
        reason: reasonOf(error),
      });
  }

  /** Moves the order by the answer of its POST, and the account by what the answer says about it, unless that is known. */
  answered(orderId: OrderId, answer: SubmitAnswer, isNews = true): void {
    const nowMs = this.ports.nowMs();
    this.ports.storage.transaction(() => {
      if (isNews) this.calls.noteAnswer(answer);
      const known = this.orders.byId(orderId);
      if (known === undefined) return;
      const started: readonly OrderEvent[] =
        known.record.state === 'PREPARED' || known.record.state === 'UNKNOWN' ? ['POST_STARTED'] : [];
      const arrived = answerProvesArrival(answer);
      const isPending = answer.kind === 'unknown' || answer.kind === 'wait';
      this.changes.change(
        orderId,
        [...started, eventOfAnswer(answer)],
        { answeredAtMs: nowMs, lastError: errorOf(answer) },
        {
          ...(answer.kind === 'rejected' ? { refusal: answer.cause } : {}),
          turnedAway: turnedAwayBy(answer),
          waitClass: answer.kind === 'wait' && known.record.submits === 1 && !arrived,
          tradeIds: union(known.tradeIds, answer.kind === 'accepted' ? answer.tradeIds : []),
          seenAtVenue: known.seenAtVenue || arrived,
          asks: 0,
          nextAskAtMs: isPending ? nowMs + ASK_MS_MIN : nowMs,
        },
      );
    });
    if (answer.kind !== 'accepted' && answer.kind !== 'killed')
      this.changes.noteError(`${answer.kind}: ${answer.message}`);
    this.schedule.watch(nowMs);
  }

  /** The answer did not come in its time: the outcome is unknown. */
  lost({ record }: StoredOrder, why: string): void {
    const { orderId } = record;
    // One that was sent again is SUBMITTED already.
    const started: readonly OrderEvent[] = record.state === 'PREPARED' ? ['POST_STARTED'] : [];
    this.ports.storage.transaction(() =>
      this.changes.change(orderId, [...started, 'OUTCOME_UNKNOWN'], { lastError: why }, { asks: 0 }),
    );
  }

  /** A crash or a deploy has lost the answers that were awaited: those outcomes are unknown. Call it once at the start. */
  resume(): void {
    this.ports.storage.transaction(() => {
      for (const order of this.orders.open()) {
        if (!isPosted(order) || order.tradeIds.length > 0) continue;
        this.changes.change(
          order.record.orderId,
          ['OUTCOME_UNKNOWN'],
          { lastError: 'we were restarted before the venue answered' },
          { asks: 0, nextAskAtMs: this.ports.nowMs() },
        );
      }
    });
  }

  /** Open orders that the venue is to be asked about now. */
  due(): readonly StoredOrder[] {
    return this.orders.open().filter((order) => order.nextAskAtMs <= this.ports.nowMs());
  }

  /** These orders are asked about at once, except those whose POST is not answered yet: their own time is set. */
  askNow(orderIds: readonly OrderId[]): void {
    const nowMs = this.ports.nowMs();
    for (const orderId of orderIds) {
      const order = this.orders.byId(orderId);
      if (order !== undefined && !isPosted(order) && !isFinal(order.record.state))
        this.orders.put({ ...order, nextAskAtMs: nowMs }, false);
    }
    this.schedule.watch(nowMs);
  }

  /** The order is asked about at this time and not before. */
  askAt(order: StoredOrder, atMs: number): void {
    this.orders.put({ ...order, nextAskAtMs: atMs }, false);
    this.schedule.watch(atMs);
  }

  /** Notes that the venue was asked, so that the next question comes later. */
  asked(orderId: OrderId): void {
    const order = this.orders.byId(orderId);
    if (order === undefined || isFinal(order.record.state)) return;
    const pauseMs = growingPauseMs(order.asks, { leastMs: ASK_MS_MIN, mostMs: ASK_MS_MAX });
    this.askAt({ ...order, asks: order.asks + 1 }, this.ports.nowMs() + pauseMs);
  }
}

/** Whether two orders of one call were refused for the same reason, which concerns the account or the venue. */
function isSameRefusal(answer: SubmitAnswer, other: SubmitAnswer | undefined): boolean {
  if (other === undefined || answer.kind !== other.kind) return false;
  return answer.kind === 'wait' || answer.kind === 'account';
}

function errorOf(answer: SubmitAnswer): string {
  switch (answer.kind) {
    case 'accepted':
      return '';
    case 'killed':
      return answer.message;
    case 'rejected':
    case 'unknown':
      return `${answer.cause}: ${answer.message}`;
    case 'account':
      return `${answer.problem}: ${answer.message}`;
    case 'wait':
      return `${answer.condition}: ${answer.message}`;
  }
}
