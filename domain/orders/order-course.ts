/**
 * The state of one order after a round of evidence: its fills, and the venue's report of it or that it knows no such order. An
 * order ends only when every share that the venue calls matched is booked. reconcile.ts calls this for each order.
 */

import { SHARE_STEP_MICROS } from '../market/market.ts';
import { add, sub } from '../money.ts';
import { fillCash } from './live-fees.ts';
import {
  endedByAbsenceAfter,
  eventOfReport,
  eventsFrom,
  type Filled,
  isFinal,
  isResting,
  isSettledFill,
  isWhole,
  nextState,
  type OrderEvent,
  provesArrival,
  settledState,
} from './order-state.ts';
import type { FillReport, OrderReport, OrderState } from './orders.ts';
import { corrects, type OurFill, type OurOrder } from './our-order.ts';

/** An order with the fills of this round counted in. */
export interface Course {
  readonly order: OurOrder;
  readonly filled: Filled;
  readonly booked: ReadonlySet<string>;
  /** One of its fills FAILED: what the venue calls matched is then more than what we hold. */
  readonly hasFailed: boolean;
  /** A fill was booked in this round. */
  readonly isNews: boolean;
}

/** The order as it is once the fills of this round are booked. */
export function courseOf(
  order: OurOrder,
  { known, reports }: { readonly known: readonly OurFill[]; readonly reports: readonly FillReport[] },
): Course {
  const mine = known.filter(({ orderId }) => orderId === order.orderId);
  const states = new Map(mine.map(({ tradeId, state }) => [tradeId, state]));
  const fills = new Map(mine.map((fill) => [fill.tradeId, fill]));
  const booked = new Set([...order.tradeIdsBooked, ...states.keys()]);
  let filled: Filled = {
    shareMicros: order.filledShareMicros,
    notionalMicros: order.filledNotionalMicros,
  };
  let isNews = false;
  for (const report of reports) {
    if (report.orderId !== order.orderId) continue;
    const before = states.get(report.tradeId);
    const { notionalMicros } = fillCash(report, null);
    if (before === undefined && !booked.has(report.tradeId)) isNews = true;
    if (before === undefined && report.state !== 'FAILED') {
      filled = {
        shareMicros: add(filled.shareMicros, report.shareMicros),
        notionalMicros: add(filled.notionalMicros, notionalMicros),
      };
    }
    const average = fills.get(report.tradeId)?.average;
    if (average !== undefined && corrects(report, fills.get(report.tradeId))) {
      const change = sub(notionalMicros, average.notionalMicros);
      filled = { ...filled, notionalMicros: add(filled.notionalMicros, change) };
    }
    if (before !== undefined && !isSettledFill(before) && report.state === 'FAILED') {
      filled = {
        shareMicros: sub(filled.shareMicros, report.shareMicros),
        notionalMicros: sub(filled.notionalMicros, notionalMicros),
      };
    }
    if (before === undefined || !isSettledFill(before)) states.set(report.tradeId, report.state);
    booked.add(report.tradeId);
  }
  return { order, filled, booked, hasFailed: [...states.values()].includes('FAILED'), isNews };
}

export interface Evidence {
  readonly report: OrderReport | 'ABSENT' | undefined;
  readonly fillsRead: boolean;
  /** Since the order was sent: before, it may still be on its way. */
  readonly isGraceOver: boolean;
  /** Absent in this read and in all for as long as the grace: one empty answer is no end of an order that was there. */
  readonly isLongAbsent: boolean;
}

export interface OrderStep {
  readonly event: OrderEvent;
  readonly reason: string;
}

/** The events of one order: those of its fills, then those of the venue's report. Events that change nothing are left out. */
export function eventsOf(course: Course, evidence: Evidence): OrderStep[] {
  const { order, filled } = course;
  const steps: OrderStep[] = [];
  let { state, seenAtVenue, endedByAbsence } = order;
  const move = ({ event, reason }: OrderStep): void => {
    const next = nextState(state, event);
    const isFirstSight = provesArrival(event) && !seenAtVenue;
    const isConcluded = endedByAbsenceAfter(endedByAbsence, event);
    // When the venue confirms an end that was only concluded from absence, the state stays and `endedByAbsence` falls.
    if (next !== state || isFirstSight || isConcluded !== endedByAbsence) steps.push({ event, reason });
    state = next;
    seenAtVenue ||= provesArrival(event);
    endedByAbsence = isConcluded;
  };
  const take = (step: OrderStep | undefined): void => {
    if (step === undefined) return;
    const { reason } = step;
    for (const event of eventsFrom({ state, endedByAbsence }, step.event)) {
      move({ event, reason });
      if (event === 'REOPENED' && filled.shareMicros > 0n) move({ event: 'FILL', reason });
    }
  };
  if (isWhole(order, filled)) take({ event: 'FILLED_WHOLE', reason: 'nothing is left to fill' });
  else if (course.isNews) take({ event: 'FILL', reason: 'a trade names the order' });
  if (evidence.report === 'ABSENT') take(stepOfAbsence(course, { ...evidence, state, seenAtVenue }));
  else if (evidence.report !== undefined) take(stepOfReport(course, evidence.report));
  if (!isFinal(state)) take(stepOfTrades(course, state));
  return steps;
}

/**
 * Since when the order has been absent after a round, in ms; null when the round shows that the venue has it, and while its POST
 * is in flight. The order is given as it is after the round's actions; `isNews`: a fill of it was booked in the round.
 */
export function absentSinceAfter(
  { state, absentSinceMs }: Pick<OurOrder, 'state' | 'absentSinceMs'>,
  round: { readonly report: Evidence['report']; readonly isNews: boolean; readonly nowMs: number },
): number | null {
  if (state === 'PREPARED' || state === 'SUBMITTED') return null;
  if (round.report !== undefined && round.report !== 'ABSENT') return null;
  const since = round.isNews ? null : absentSinceMs;
  return round.report === 'ABSENT' ? (since ?? round.nowMs) : since;
}

/** How an order ended that the venue will not fill any further. */
function ending({ order, filled }: Course, reason: string): OrderStep {
  return { event: settledState(order, filled) === 'FILLED' ? 'FILLED_WHOLE' : 'SEEN_CANCELED', reason };
}

/** Shares that are not matched yet, by the venue's count. */
function left(order: OurOrder, matched: bigint): bigint {
  return (order.side === 'BUY' ? order.takerMicros : order.makerMicros) - matched;
}

/** All trades that the venue named for the order are booked; false where it named none. */
function allBooked({ booked }: Course, tradeIds: readonly string[]): boolean {
  return tradeIds.length > 0 && tradeIds.every((tradeId) => booked.has(tradeId));
}

/** A market-type order ends with its match: once all trades that the answer named are booked, nothing more comes. */
function stepOfTrades(course: Course, state: OrderState): OrderStep | undefined {
  const { orderType, tradeIdsExpected } = course.order;
  if (isResting(orderType) || state !== 'PARTIAL') return undefined;
  if (!allBooked(course, tradeIdsExpected)) return undefined;
  return ending(course, 'every trade of the match is booked');
}

/** An order that has ended stays unresolved while the venue reports more matched shares than we have booked. */
function stepOfReport(course: Course, report: OrderReport): OrderStep {
  const { order, filled, hasFailed } = course;
  const event = eventOfReport(report);
  const reason = `the venue says ${report.rawStatus}`;
  if (event !== 'SEEN_CANCELED' && event !== 'SEEN_MATCHED') return { event, reason };
  const named = [...order.tradeIdsExpected, ...report.tradeIds];
  const matched = report.matchedShareMicros;
  const isBooked =
    matched === null
      ? allBooked(course, named) || (event === 'SEEN_CANCELED' && named.length === 0)
      : matched - filled.shareMicros < SHARE_STEP_MICROS || (hasFailed && allBooked(course, named));
  const isEmptyMatch = event === 'SEEN_MATCHED' && course.booked.size === 0;
  if (!isBooked || isEmptyMatch) return { event: 'SEEN_MATCHED', reason };
  // A resting order that was matched in part is still open for the rest.
  const isOpen =
    isResting(order.orderType) && left(order, matched ?? filled.shareMicros) >= SHARE_STEP_MICROS;
  return event === 'SEEN_MATCHED' && isOpen ? { event, reason } : ending(course, reason);
}

/**
 * The venue knows no such order. If it never had the order, the order never arrived: that is proven once the grace is over and no
 * trade names it. If it had the order, the order has ended, since some reads return active orders only (polymarket-api.md 1.3).
 * A read can also fail by returning nothing, so the order must be absent for a while, and later evidence can reopen it.
 */
function stepOfAbsence(
  course: Course,
  given: Evidence & { readonly state: OrderState; readonly seenAtVenue: boolean },
): OrderStep | undefined {
  const { state } = given;
  // In flight: the answer or its timeout comes first.
  if (isFinal(state) || state === 'PREPARED' || state === 'SUBMITTED') return undefined;
  if (!given.isGraceOver || !given.fillsRead) return undefined;
  // While trades that the venue named are missing, absence is not evidence that the order ended.
  if (course.order.tradeIdsExpected.some((tradeId) => !course.booked.has(tradeId))) return undefined;
  if (state === 'PARTIAL' && course.booked.size === 0) return undefined;
  if (state === 'UNKNOWN' && !given.seenAtVenue && course.booked.size === 0) {
    return { event: 'PROVEN_ABSENT', reason: 'neither the order nor a trade of it is at the venue' };
  }
  // A trade that was reported in this round shows that the venue has the order.
  if (!given.isLongAbsent || course.isNews) return undefined;
  const step = ending(course, 'the venue no longer knows the order');
  return step.event === 'SEEN_CANCELED' ? { ...step, event: 'ENDED_ABSENT' } : step;
}
