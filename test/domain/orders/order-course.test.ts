/** One order's course through a round of evidence, where a whole reconciliation would hide the step. */
import { describe, expect, it } from 'vitest';
import { shares } from '../../../domain/money.ts';
import { courseOf, type Evidence, eventsOf } from '../../../domain/orders/order-course.ts';
import { isSettledFill } from '../../../domain/orders/order-state.ts';
import { FILL_STATES, type FillReport } from '../../../domain/orders/orders.ts';
import type { OurFill, OurOrder } from '../../../domain/orders/our-order.ts';
import { sh, usd } from '../decide/example-facts.ts';
import { fill, orderId, ourOrder, report } from './reconciled.ts';

const NOTHING: Evidence = { report: undefined, fillsRead: true, isGraceOver: true, isLongAbsent: false };

function course(order: OurOrder, reports: readonly FillReport[] = [], known: readonly OurFill[] = []) {
  return courseOf(order, { known, reports });
}

/** The events of the order, as one text. */
function events(order: OurOrder, evidence: Partial<Evidence>, reports: readonly FillReport[] = []): string {
  const steps = eventsOf(course(order, reports), { ...NOTHING, ...evidence });
  return steps.map((step) => step.event).join(' ');
}

const HALF = { filledShareMicros: sh('20'), filledNotionalMicros: usd('10') };

describe('the fills of a round', () => {
  it('take nothing away when one is first reported as FAILED', () => {
    const { filled, hasFailed, isNews } = course(ourOrder(HALF), [fill('new', 4, { state: 'FAILED' })]);
    expect(filled).toEqual({ shareMicros: sh('20'), notionalMicros: usd('10') });
    expect([hasFailed, isNews]).toEqual([true, true]);
  });

  it('take away once what was booked and then FAILED, and nothing after its settlement has ended', () => {
    const known = (state: OurFill['state']): OurFill[] => [{ tradeId: 'one', orderId: orderId('a'), state }];
    const failed = fill('one', 20, { state: 'FAILED' });
    const order = ourOrder({ ...HALF, tradeIdsBooked: ['one'] });
    expect(course(order, [failed, failed], known('MINED')).filled).toEqual({
      shareMicros: sh('0'),
      notionalMicros: usd('0'),
    });
    expect(course(order, [failed], known('CONFIRMED')).filled.shareMicros).toBe(sh('20'));
  });

  it('have settled when they are CONFIRMED or FAILED', () => {
    expect(FILL_STATES.filter(isSettledFill)).toEqual(['CONFIRMED', 'FAILED']);
  });
});

describe('an order that was taken for ended', () => {
  it('is opened again as filled in part when it holds as little as one micro of a share', () => {
    const order = ourOrder({
      state: 'CANCELED',
      endedByAbsence: true,
      seenAtVenue: true,
      orderType: 'GTC',
      filledShareMicros: shares(1n),
    });
    expect(events(order, { report: report('LIVE') })).toBe('REOPENED FILL');
    expect(events({ ...order, filledShareMicros: shares(0n) }, { report: report('LIVE') })).toBe('REOPENED');
  });
});

describe('a market-type order whose trades are all booked', () => {
  const booked = { ...HALF, tradeIdsExpected: ['one'], tradeIdsBooked: ['one'], seenAtVenue: true };

  it('ends when it was filled in part, and only then', () => {
    expect(events(ourOrder({ ...booked, state: 'PARTIAL' }), {})).toBe('SEEN_CANCELED');
    expect(events(ourOrder({ ...booked, state: 'OPEN' }), {})).toBe('');
    expect(events(ourOrder({ ...booked, state: 'PARTIAL', orderType: 'GTC' }), {})).toBe('');
    expect(events(ourOrder({ ...booked, state: 'PARTIAL', tradeIdsBooked: [] }), {})).toBe('');
  });

  it('ends with a match of less than all, where a resting one stays open for the rest', () => {
    const matched = { report: report('MATCHED', { matchedShareMicros: sh('20'), tradeIds: ['one'] }) };
    expect(events(ourOrder({ ...booked, state: 'OPEN' }), matched)).toBe('SEEN_CANCELED');
    expect(events(ourOrder({ ...booked, state: 'OPEN', orderType: 'GTC' }), matched)).toBe('SEEN_MATCHED');
  });
});

describe('an order of which a trade has FAILED', () => {
  const failed = { ...HALF, state: 'OPEN', seenAtVenue: true, tradeIdsBooked: ['one', 'two'] } as const;
  const known: OurFill[] = [{ tradeId: 'two', orderId: orderId('a'), state: 'FAILED' }];
  const canceled = (tradeIds: string[]): Evidence => ({
    ...NOTHING,
    report: report('CANCELED', { matchedShareMicros: sh('40'), tradeIds }),
  });

  it('may end with fewer shares than the venue matched, once every trade that was named is booked', () => {
    const last = (tradeIds: string[]) =>
      eventsOf(course(ourOrder(failed), [], known), canceled(tradeIds)).map((step) => step.event);
    expect(last(['one', 'two'])).toEqual(['SEEN_CANCELED']);
    expect(last(['one', 'two', 'three'])).toEqual(['SEEN_MATCHED']);
  });
});
