/**
 * The states of an order as one table of (state, event) → state (design.md 5). A pair that is not in the table is our own
 * bug or a contradiction by the venue, and throws; reports that arrive late, twice or out of order are in the table.
 */
import { assert, assertNever } from '../assert.ts';
import type { Side } from '../ids.ts';
import { SHARE_STEP_MICROS } from '../market/market.ts';
import type { CashMicros, ShareMicros } from '../money.ts';
import type { FillState, OrderReport, OrderState, OrderType, SubmitAnswer } from './orders.ts';
import { isRegionBlock } from './turned-away.ts';

export const ORDER_EVENTS = [
  /** Its bytes were handed to the network, for the first time or again. */
  'POST_STARTED',
  'ACCEPTED_LIVE',
  'ACCEPTED_MATCHED',
  'ACCEPTED_DELAYED',
  /** A FAK or FOK that found nothing. */
  'KILLED',
  'REJECTED_BY_VENUE',
  /** The venue took none of it, for a reason that passes: turned away by its answer, or absent after such an answer (A59). */
  'TURNED_AWAY',
  /** The POST may have arrived. */
  'OUTCOME_UNKNOWN',
  'SEEN_OPEN',
  'SEEN_DELAYED',
  'SEEN_CANCELED',
  'SEEN_MATCHED',
  /** The venue has it, in a status that we do not know. */
  'SEEN_UNKNOWN_STATUS',
  'PROVEN_ABSENT',
  'FILL',
  'FILLED_WHOLE',
  'NEVER_SENT',
  /** The venue had it and has not known it for a while: an end that we concluded, not one that the venue reported. */
  'ENDED_ABSENT',
  /** Every trade of it FAILED: it was called filled and holds nothing (A58). */
  'TRADES_FAILED',
  /** Evidence against an end that was concluded from absence. Does not occur where the venue itself reported the end. */
  'REOPENED',
] as const;
export type OrderEvent = (typeof ORDER_EVENTS)[number];

type Row = Readonly<Partial<Record<OrderEvent, OrderState>>>;

/** What a report makes of an order whose place is not known yet. */
const EVIDENCE = {
  ACCEPTED_LIVE: 'OPEN',
  ACCEPTED_MATCHED: 'PARTIAL',
  ACCEPTED_DELAYED: 'DELAYED',
  KILLED: 'CANCELED',
  SEEN_OPEN: 'OPEN',
  SEEN_DELAYED: 'DELAYED',
  SEEN_CANCELED: 'CANCELED',
  SEEN_MATCHED: 'PARTIAL',
  SEEN_UNKNOWN_STATUS: 'UNKNOWN',
  FILL: 'PARTIAL',
  FILLED_WHOLE: 'FILLED',
} as const satisfies Row;

/** The same for an order that the venue has: an unknown answer adds nothing; a refusal contradicts, so the order is queried. */
const PRESENT = {
  ...EVIDENCE,
  OUTCOME_UNKNOWN: 'OPEN',
  REJECTED_BY_VENUE: 'UNKNOWN',
  TURNED_AWAY: 'UNKNOWN',
  ENDED_ABSENT: 'CANCELED',
} as const satisfies Row;

/** PARTIAL stands for matched in part at least, its fills perhaps still to be booked; UNKNOWN for unresolved. */
const TABLE = {
  SHADOW_ONLY: {},
  // It may have left: a crash can fall between the write and the answer.
  PREPARED: { ...EVIDENCE, POST_STARTED: 'SUBMITTED', OUTCOME_UNKNOWN: 'UNKNOWN', NEVER_SENT: 'REJECTED' },
  SUBMITTED: {
    ...EVIDENCE,
    OUTCOME_UNKNOWN: 'UNKNOWN',
    REJECTED_BY_VENUE: 'REJECTED',
    TURNED_AWAY: 'CANCELED',
  },
  DELAYED: { ...PRESENT, OUTCOME_UNKNOWN: 'DELAYED' },
  // A late report of an earlier status takes nothing back.
  OPEN: { ...PRESENT, ACCEPTED_DELAYED: 'OPEN', SEEN_DELAYED: 'OPEN', REOPENED: 'OPEN' },
  PARTIAL: {
    ...PRESENT,
    ACCEPTED_LIVE: 'PARTIAL',
    ACCEPTED_DELAYED: 'PARTIAL',
    OUTCOME_UNKNOWN: 'PARTIAL',
    SEEN_OPEN: 'PARTIAL',
    SEEN_DELAYED: 'PARTIAL',
  },
  FILLED: {
    ...same('FILLED', ['OUTCOME_UNKNOWN', 'REJECTED_BY_VENUE', 'TURNED_AWAY']),
    TRADES_FAILED: 'CANCELED',
  },
  // A fill after the end is legal: it counts, and changes the state only when the order is whole.
  CANCELED: {
    ...same('CANCELED', ['OUTCOME_UNKNOWN', 'REJECTED_BY_VENUE', 'TURNED_AWAY', 'ENDED_ABSENT']),
    FILLED_WHOLE: 'FILLED',
    TRADES_FAILED: 'CANCELED',
    // The table does not know who reported the end: `eventsFrom` emits this only where the venue did not.
    REOPENED: 'OPEN',
  },
  // An order judged absent can still appear; later evidence overrides REJECTED.
  REJECTED: { ...EVIDENCE, REJECTED_BY_VENUE: 'REJECTED', PROVEN_ABSENT: 'REJECTED', NEVER_SENT: 'REJECTED' },
  UNKNOWN: {
    ...EVIDENCE,
    POST_STARTED: 'SUBMITTED',
    OUTCOME_UNKNOWN: 'UNKNOWN',
    REJECTED_BY_VENUE: 'REJECTED',
    TURNED_AWAY: 'CANCELED',
    PROVEN_ABSENT: 'REJECTED',
    ENDED_ABSENT: 'CANCELED',
  },
} as const satisfies Record<OrderState, Row>;

/** A final state stays as it is, whatever else is reported. */
function same(state: OrderState, more: readonly OrderEvent[]): Row {
  const events = [...(Object.keys(EVIDENCE) as (keyof typeof EVIDENCE)[]), ...more];
  return Object.fromEntries(events.map((event) => [event, state]));
}

/** The state after the event. Throws InvariantError for a pair that is not in the table. */
export function nextState(state: OrderState, event: OrderEvent): OrderState {
  const row: Row = TABLE[state];
  const next = row[event];
  assert(next !== undefined, 'an order event that its state does not know', { state, event });
  return next;
}

/** Whether the order has ended: nothing is reserved for it any more. */
export function isFinal(state: OrderState): boolean {
  return state === 'FILLED' || state === 'CANCELED' || state === 'REJECTED' || state === 'SHADOW_ONLY';
}

/** Whether the event proves that the order reached the venue: absence later proves nothing any more. */
export function provesArrival(event: OrderEvent): boolean {
  return event in EVIDENCE || event === 'REOPENED';
}

/** What contradicts an end that was concluded: the venue has the order, or has matched it. A report that it ended does not. */
const REOPENING: ReadonlySet<OrderEvent> = new Set([
  'ACCEPTED_LIVE',
  'ACCEPTED_MATCHED',
  'ACCEPTED_DELAYED',
  'SEEN_OPEN',
  'SEEN_DELAYED',
  'SEEN_MATCHED',
  'SEEN_UNKNOWN_STATUS',
  'FILL',
] satisfies OrderEvent[]);

/** The event, after REOPENED where it contradicts an end that was only concluded from absence. */
export function eventsFrom(
  order: { readonly state: OrderState; readonly endedByAbsence: boolean },
  event: OrderEvent,
): readonly OrderEvent[] {
  const isReopened = order.state === 'CANCELED' && order.endedByAbsence && REOPENING.has(event);
  return isReopened ? ['REOPENED', event] : [event];
}

/**
 * Whether the end of an order is only concluded, from absence or from being turned away, after the event. Once the venue reports
 * the end, it is not.
 */
export function endedByAbsenceAfter(before: boolean, event: OrderEvent): boolean {
  if (event === 'ENDED_ABSENT' || event === 'TURNED_AWAY') return true;
  const isOver =
    event === 'REOPENED' || event === 'SEEN_CANCELED' || event === 'KILLED' || event === 'FILLED_WHOLE';
  return before && !isOver;
}

/** What an answer to the POST means for the order. Only a proven refusal means that the venue did not take it. */
export function eventOfAnswer(answer: SubmitAnswer): OrderEvent {
  switch (answer.kind) {
    case 'accepted':
      if (answer.status === 'MATCHED') return 'ACCEPTED_MATCHED';
      return answer.status === 'DELAYED' ? 'ACCEPTED_DELAYED' : 'ACCEPTED_LIVE';
    case 'killed':
      return 'KILLED';
    case 'rejected':
      return 'REJECTED_BY_VENUE';
    case 'account':
      return isRegionBlock(answer) ? 'TURNED_AWAY' : 'REJECTED_BY_VENUE';
    case 'wait':
    case 'unknown':
      return 'OUTCOME_UNKNOWN';
    default:
      return assertNever(answer);
  }
}

/** Whether an answer proves arrival although the outcome is unknown: a duplicate has a first, a delayed match an order. */
export function answerProvesArrival(answer: SubmitAnswer): boolean {
  if (answer.kind === 'unknown') return answer.cause === 'DUPLICATE' || answer.cause === 'MATCH_DELAYED';
  return answer.kind === 'accepted' || answer.kind === 'killed';
}

const EVENT_OF_STATUS = {
  LIVE: 'SEEN_OPEN',
  UNMATCHED: 'SEEN_OPEN',
  DELAYED: 'SEEN_DELAYED',
  MATCHED: 'SEEN_MATCHED',
  CANCELED: 'SEEN_CANCELED',
  CANCELED_MARKET_RESOLVED: 'SEEN_CANCELED',
  INVALID: 'SEEN_CANCELED',
  UNKNOWN_STATUS: 'SEEN_UNKNOWN_STATUS',
} as const satisfies Record<OrderReport['status'], OrderEvent>;

/** The event of the status that the venue reports. */
export function eventOfReport(report: Pick<OrderReport, 'status'>): OrderEvent {
  return EVENT_OF_STATUS[report.status];
}

/** The amounts of an order that decide whether it is whole. */
export interface OrderAmounts {
  readonly side: Side;
  readonly orderType: OrderType;
  readonly makerMicros: bigint;
  readonly takerMicros: bigint;
}

export interface Filled {
  readonly shareMicros: ShareMicros;
  /** Without fees. */
  readonly notionalMicros: CashMicros;
}

/** GTC and GTD orders stay on the book; FAK and FOK end at once. */
export function isResting(orderType: OrderType): boolean {
  return orderType === 'GTC' || orderType === 'GTD';
}

/** Whether a fill's settlement has ended: later reports of it do not count (A20). */
export function isSettledFill(state: FillState): boolean {
  return state === 'CONFIRMED' || state === 'FAILED';
}

/** Less than a cent of a spend, or than a hundredth of a share, is what rounding leaves (polymarket-api.md 5.1). */
const CENT_MICROS = 10_000n;

/** Whether nothing is left to fill: of a market-type BUY its cash, of every other order its shares. */
export function isWhole(order: OrderAmounts, filled: Filled): boolean {
  const isSpend = order.side === 'BUY' && !isResting(order.orderType);
  if (isSpend) return order.makerMicros - filled.notionalMicros < CENT_MICROS;
  const size = order.side === 'BUY' ? order.takerMicros : order.makerMicros;
  return size - filled.shareMicros < SHARE_STEP_MICROS;
}

/**
 * The state of an order that the venue has matched, once every trade of it is booked: a market-type order has ended, whole
 * or with its remainder killed (for a BUY all the shares that it asked for count as whole too); a resting one goes on.
 */
export function settledState(
  order: OrderAmounts,
  filled: Filled,
): 'FILLED' | 'CANCELED' | 'PARTIAL' | 'OPEN' {
  if (isWhole(order, filled)) return 'FILLED';
  if (isResting(order.orderType)) {
    return filled.shareMicros > 0n ? 'PARTIAL' : 'OPEN';
  }
  return order.side === 'BUY' && filled.shareMicros >= order.takerMicros ? 'FILLED' : 'CANCELED';
}
