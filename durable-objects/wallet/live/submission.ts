/**
 * The life of our orders after the placement turn: answers of the POST, evidence from the user channel and from reads, fills.
 * The state moves only by the one table of domain/order-state; cash and shares move only by fills; unknown stays unknown
 * until there is evidence, and only the same bytes are ever sent again.
 */
import type { LeaderAddress } from '../../../domain/ids.ts';
import {
  answerProvesArrival,
  eventOfAnswer,
  isFinal,
  type OrderEvent,
} from '../../../domain/orders/order-state.ts';
import type { OrderId, SubmitAnswer } from '../../../domain/orders/orders.ts';
import type { ModeSettings } from '../../../domain/settings/settings.ts';
import type { AuthHeaders } from '../../../polymarket/account/trading-types.ts';
import { type ObjectPorts, reasonOf } from '../../platform/ports.ts';
import type { WalletSwitches } from '../switches.ts';
import type { LiveAccount } from './account.ts';
import type { CallSlots } from './call-slots.ts';
import type { OrderChanges } from './order-changes.ts';
import { type OrderStore, type StoredOrder, union } from './order-store.ts';

export interface SubmissionParts {
  readonly ports: ObjectPorts;
  readonly orders: OrderStore;
  readonly changes: OrderChanges;
  readonly account: LiveAccount;
  readonly slots: CallSlots;
  readonly switches: WalletSwitches;
  readonly settingsOf: (leader: LeaderAddress) => ModeSettings;
  /** Something has to be asked of the venue soon. */
  readonly askSoon: (atMs: number) => void;
  /** After a bug of ours nothing is sent, not even again. */
  readonly isPaused: () => boolean;
  /** The Wallet's words for what happened last. */
  readonly noteError: (message: string) => void;
}

/** Bytes are sent this often at most, the first time counted. */
const SUBMITS_MAX = 3;
/** Pauses between two questions about the same order. */
const ASK_MS_MIN = 1_000;
const ASK_MS_MAX = 30_000;

export class Submission {
  constructor(private readonly parts: SubmissionParts) {}

  /** Posts the stored bytes in this turn. Nothing here throws: what goes wrong is an unknown outcome. */
  submit(order: StoredOrder, headers: AuthHeaders): void {
    const { slots, account, ports } = this.parts;
    const orderId = order.record.orderId as OrderId;
    const release = slots.take('order');
    const api = account.ready()?.api;
    if (release === undefined || api === undefined) {
      // The turn has checked both; should that ever fail, nothing has left.
      release?.();
      this.parts.changes.change(orderId, ['NEVER_SENT'], { lastError: 'it was never sent: no free call' });
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
        const untilMs = account.standing.setCondition(answer.condition, message, answer.retryAfterMs);
        if (answer.condition === 'RATE_LIMITED') slots.pauseUntil(untilMs);
      }
      if (answer.kind === 'accepted' || answer.kind === 'killed') account.standing.clearCondition();
      const known = this.parts.orders.byId(orderId);
      if (known === undefined) return;
      const started: readonly OrderEvent[] =
        known.record.state === 'PREPARED' || known.record.state === 'UNKNOWN' ? ['POST_STARTED'] : [];
      const waitClass = answer.kind === 'wait' && known.record.submits === 1;
      this.parts.changes.change(
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
      this.parts.changes.change(
        orderId,
        ['POST_STARTED', 'OUTCOME_UNKNOWN'],
        { lastError: why },
        { asks: 0 },
      ),
    );
  }

  /** Orders of which something has changed at the venue: asked for at once. */
  askNow(orderIds: readonly OrderId[]): void {
    const { orders, ports, askSoon } = this.parts;
    for (const orderId of orderIds) {
      const order = orders.byId(orderId);
      // What is still awaiting its answer is asked for when that time is over.
      const posted = order?.record.state === 'PREPARED' || order?.record.state === 'SUBMITTED';
      if (order !== undefined && !posted && !isFinal(order.record.state))
        orders.put({ ...order, nextAskAtMs: ports.nowMs() }, false);
    }
    askSoon(ports.nowMs());
  }

  /** A crash or a deploy has lost the answers that were awaited: what was sent is unknown. Called once at the start. */
  resume(): void {
    for (const order of this.parts.orders.open()) {
      if (order.record.state !== 'PREPARED' && order.record.state !== 'SUBMITTED') continue;
      if (order.tradeIds.length > 0) continue;
      this.parts.changes.change(
        order.record.orderId as OrderId,
        ['OUTCOME_UNKNOWN'],
        { lastError: 'we were restarted before the venue answered' },
        { asks: 0, nextAskAtMs: this.parts.ports.nowMs() },
      );
    }
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
      ports.storage.transaction(() =>
        this.parts.changes.change(orderId, ['PROVEN_ABSENT'], { lastError: reason }),
      );
      return;
    }
    const nowMs = ports.nowMs();
    const sent = ports.storage.transaction(() =>
      this.parts.changes.change(
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
    const untilMs = account.standing.condition()?.untilMs ?? 0;
    const { copyAgeMsMax } = this.parts.settingsOf(order.intent.leaderAddress);
    const fresh = untilMs - order.intent.leaderEventAtMs - order.intent.waitedMs <= copyAgeMsMax;
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
      !this.parts.isPaused() &&
      ports.nowMs() - order.intent.leaderEventAtMs - order.intent.waitedMs <= settings.copyAgeMsMax &&
      account.gate(order.record.side, settings) === null &&
      slots.free('order')
    );
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
