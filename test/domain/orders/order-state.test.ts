/** The life of an order: one row per event, one column per state; what is not in the table throws. */
import { describe, expect, it } from 'vitest';
import {
  answerProvesArrival,
  endedByAbsenceAfter,
  eventOfAnswer,
  eventOfReport,
  eventsFrom,
  isFinal,
  isWhole,
  nextState,
  ORDER_EVENTS,
  type OrderAmounts,
  type OrderEvent,
  provesArrival,
  settledState,
} from '../../../domain/orders/order-state.ts';
import {
  ORDER_STATES,
  type OrderState,
  REPORT_STATUSES,
  type SubmitAnswer,
  UNKNOWN_CAUSES,
} from '../../../domain/orders/orders.ts';
import { sh, usd } from '../decide/example-facts.ts';

/** A hyphen throws. */
const TABLE = `
  event               | SHADOW_ONLY | PREPARED  | SUBMITTED | DELAYED  | OPEN     | PARTIAL  | FILLED | CANCELED | REJECTED | UNKNOWN
  POST_STARTED        | -           | SUBMITTED | -         | -        | -        | -        | -      | -        | -        | SUBMITTED
  ACCEPTED_LIVE       | -           | OPEN      | OPEN      | OPEN     | OPEN     | PARTIAL  | FILLED | CANCELED | OPEN     | OPEN
  ACCEPTED_MATCHED    | -           | PARTIAL   | PARTIAL   | PARTIAL  | PARTIAL  | PARTIAL  | FILLED | CANCELED | PARTIAL  | PARTIAL
  ACCEPTED_DELAYED    | -           | DELAYED   | DELAYED   | DELAYED  | OPEN     | PARTIAL  | FILLED | CANCELED | DELAYED  | DELAYED
  KILLED              | -           | CANCELED  | CANCELED  | CANCELED | CANCELED | CANCELED | FILLED | CANCELED | CANCELED | CANCELED
  REJECTED_BY_VENUE   | -           | -         | REJECTED  | UNKNOWN  | UNKNOWN  | UNKNOWN  | FILLED | CANCELED | REJECTED | REJECTED
  TURNED_AWAY         | -           | -         | CANCELED  | UNKNOWN  | UNKNOWN  | UNKNOWN  | FILLED | CANCELED | -        | CANCELED
  OUTCOME_UNKNOWN     | -           | UNKNOWN   | UNKNOWN   | DELAYED  | OPEN     | PARTIAL  | FILLED | CANCELED | -        | UNKNOWN
  SEEN_OPEN           | -           | OPEN      | OPEN      | OPEN     | OPEN     | PARTIAL  | FILLED | CANCELED | OPEN     | OPEN
  SEEN_DELAYED        | -           | DELAYED   | DELAYED   | DELAYED  | OPEN     | PARTIAL  | FILLED | CANCELED | DELAYED  | DELAYED
  SEEN_CANCELED       | -           | CANCELED  | CANCELED  | CANCELED | CANCELED | CANCELED | FILLED | CANCELED | CANCELED | CANCELED
  SEEN_MATCHED        | -           | PARTIAL   | PARTIAL   | PARTIAL  | PARTIAL  | PARTIAL  | FILLED | CANCELED | PARTIAL  | PARTIAL
  SEEN_UNKNOWN_STATUS | -           | UNKNOWN   | UNKNOWN   | UNKNOWN  | UNKNOWN  | UNKNOWN  | FILLED | CANCELED | UNKNOWN  | UNKNOWN
  PROVEN_ABSENT       | -           | -         | -         | -        | -        | -        | -      | -        | REJECTED | REJECTED
  FILL                | -           | PARTIAL   | PARTIAL   | PARTIAL  | PARTIAL  | PARTIAL  | FILLED | CANCELED | PARTIAL  | PARTIAL
  FILLED_WHOLE        | -           | FILLED    | FILLED    | FILLED   | FILLED   | FILLED   | FILLED | FILLED   | FILLED   | FILLED
  NEVER_SENT          | -           | REJECTED  | -         | -        | -        | -        | -      | -        | REJECTED | -
  ENDED_ABSENT        | -           | -         | -         | CANCELED | CANCELED | CANCELED | -      | CANCELED | -        | CANCELED
  TRADES_FAILED       | -           | -         | -         | -        | -        | -        | CANCELED | CANCELED | -        | -
  REOPENED            | -           | -         | -         | -        | OPEN     | -        | -      | OPEN     | -        | -
`;

const [HEADER = [], ...LINES] = TABLE.trim()
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()));
const STATES = HEADER.slice(1) as OrderState[];
const PAIRS = LINES.flatMap(([event, ...cells]) =>
  cells.map((expected, at) => [STATES[at]!, event as OrderEvent, expected] as const),
);

function outcome(state: OrderState, event: OrderEvent): string {
  try {
    return nextState(state, event);
  } catch (error) {
    return error instanceof Error && error.name === 'InvariantError' ? '-' : String(error);
  }
}

describe('an order', () => {
  it.each(PAIRS)('that is %s is after %s %s', (state, event, expected) => {
    expect(outcome(state, event)).toBe(expected);
  });

  it('has a row for every event and a column for every state', () => {
    expect(STATES).toEqual([...ORDER_STATES]);
    expect(LINES.map(([event]) => event)).toEqual([...ORDER_EVENTS]);
    expect(PAIRS).toHaveLength(ORDER_EVENTS.length * ORDER_STATES.length);
  });

  it('names the pair that its table does not have', () => {
    expect(() => nextState('SHADOW_ONLY', 'FILL')).toThrow(/state=SHADOW_ONLY event=FILL/);
  });

  it.each(ORDER_EVENTS)('takes %s twice like once, where it can come twice', (event) => {
    for (const state of ORDER_STATES) {
      const once = outcome(state, event);
      // A POST is never started on top of another.
      if (once === '-' || event === 'POST_STARTED') continue;
      const twice = outcome(once as OrderState, event);
      // What was refused twice was not there the first time either: the doubt is over.
      if (event === 'REJECTED_BY_VENUE' && once === 'UNKNOWN') expect(twice).toBe('REJECTED');
      else if (event === 'TURNED_AWAY' && once === 'UNKNOWN') expect(twice).toBe('CANCELED');
      else expect(twice).toBe(once);
    }
  });

  it('that has ended with fills or without is never open again but by the event made for it', () => {
    for (const event of ORDER_EVENTS) {
      const ends = event === 'TRADES_FAILED' ? ['CANCELED'] : ['FILLED', '-'];
      expect(ends).toContain(outcome('FILLED', event));
      if (event === 'REOPENED') continue;
      expect(['CANCELED', 'FILLED', '-']).toContain(outcome('CANCELED', event));
    }
  });

  it('is opened again by what contradicts its absence, and by that alone', () => {
    const opening: readonly OrderEvent[] = [
      'ACCEPTED_LIVE',
      'ACCEPTED_MATCHED',
      'ACCEPTED_DELAYED',
      'SEEN_OPEN',
      'SEEN_DELAYED',
      'SEEN_MATCHED',
      'SEEN_UNKNOWN_STATUS',
      'FILL',
    ];
    for (const event of ORDER_EVENTS) {
      const concluded = eventsFrom({ state: 'CANCELED', endedByAbsence: true }, event);
      expect(concluded).toEqual(opening.includes(event) ? ['REOPENED', event] : [event]);
      expect(eventsFrom({ state: 'CANCELED', endedByAbsence: false }, event)).toEqual([event]);
      expect(eventsFrom({ state: 'OPEN', endedByAbsence: true }, event)).toEqual([event]);
      if (opening.includes(event)) {
        expect(['OPEN', 'PARTIAL', 'UNKNOWN']).toContain(concluded.reduce(nextState, 'CANCELED'));
      }
    }
  });

  it('has ended by absence until the venue reports its state', () => {
    const over: readonly OrderEvent[] = ['KILLED', 'SEEN_CANCELED', 'FILLED_WHOLE', 'REOPENED'];
    expect(ORDER_EVENTS.filter((event) => !endedByAbsenceAfter(true, event))).toEqual(over);
    const concluded: readonly OrderEvent[] = ['TURNED_AWAY', 'ENDED_ABSENT'];
    expect(ORDER_EVENTS.filter((event) => endedByAbsenceAfter(false, event))).toEqual(concluded);
  });

  it('is final when nothing more is awaited of it', () => {
    expect(ORDER_STATES.filter(isFinal)).toEqual(['SHADOW_ONLY', 'FILLED', 'CANCELED', 'REJECTED']);
  });

  it('has reached the venue when the venue speaks of it', () => {
    const silent: readonly OrderEvent[] = [
      'POST_STARTED',
      'REJECTED_BY_VENUE',
      'TURNED_AWAY',
      'OUTCOME_UNKNOWN',
      'PROVEN_ABSENT',
      'NEVER_SENT',
      'ENDED_ABSENT',
      'TRADES_FAILED',
    ];
    expect(ORDER_EVENTS.filter((event) => !provesArrival(event))).toEqual(silent);
  });
});

const MESSAGE = { message: '' };
const ANSWERS: readonly (readonly [SubmitAnswer, OrderEvent, arrived: boolean])[] = [
  [{ kind: 'accepted', status: 'LIVE', tradeIds: [] }, 'ACCEPTED_LIVE', true],
  [{ kind: 'accepted', status: 'UNMATCHED', tradeIds: [] }, 'ACCEPTED_LIVE', true],
  [{ kind: 'accepted', status: 'MATCHED', tradeIds: ['t'] }, 'ACCEPTED_MATCHED', true],
  [{ kind: 'accepted', status: 'DELAYED', tradeIds: [] }, 'ACCEPTED_DELAYED', true],
  [{ kind: 'killed', ...MESSAGE }, 'KILLED', true],
  [{ kind: 'rejected', cause: 'TICK', ...MESSAGE }, 'REJECTED_BY_VENUE', false],
  [{ kind: 'account', problem: 'BANNED', ...MESSAGE }, 'REJECTED_BY_VENUE', false],
  [{ kind: 'account', problem: 'REGION_BLOCKED', ...MESSAGE }, 'TURNED_AWAY', false],
  [{ kind: 'account', problem: 'EGRESS_BLOCKED', ...MESSAGE }, 'TURNED_AWAY', false],
  [{ kind: 'wait', condition: 'RESTARTING', retryAfterMs: null, ...MESSAGE }, 'OUTCOME_UNKNOWN', false],
  ...UNKNOWN_CAUSES.map(
    (cause) =>
      [
        { kind: 'unknown', cause, ...MESSAGE },
        'OUTCOME_UNKNOWN',
        cause === 'DUPLICATE' || cause === 'MATCH_DELAYED',
      ] as const,
  ),
];

describe('an answer to the POST', () => {
  it.each(ANSWERS)('%o is %s; arrived: %s', (answer, event, arrived) => {
    expect([eventOfAnswer(answer), answerProvesArrival(answer)]).toEqual([event, arrived]);
  });
});

describe('a report of the venue', () => {
  it.each([
    ['LIVE', 'SEEN_OPEN'],
    ['DELAYED', 'SEEN_DELAYED'],
    ['MATCHED', 'SEEN_MATCHED'],
    ['UNMATCHED', 'SEEN_OPEN'],
    ['CANCELED', 'SEEN_CANCELED'],
    ['CANCELED_MARKET_RESOLVED', 'SEEN_CANCELED'],
    ['INVALID', 'SEEN_CANCELED'],
    ['UNKNOWN_STATUS', 'SEEN_UNKNOWN_STATUS'],
  ] as const)('of %s is %s', (status, event) => {
    expect(eventOfReport({ status })).toBe(event);
    expect(REPORT_STATUSES).toHaveLength(8);
  });
});

/** 'FAK BUY 20 for 40': gives $20, asks for 40 shares. */
function order(text: string): OrderAmounts {
  const [orderType, side, maker = '', , taker = ''] = text.split(' ');
  return {
    orderType: orderType as OrderAmounts['orderType'],
    side: side as OrderAmounts['side'],
    makerMicros: usd(maker),
    takerMicros: usd(taker),
  };
}

describe('an order whose trades are all booked', () => {
  it.each([
    ['FAK BUY 20 for 40', '40', '20', 'FILLED', true],
    ['FAK BUY 20 for 40', '45', '20', 'FILLED', true],
    ['FAK BUY 20 for 40', '39.99', '19.990001', 'FILLED', true],
    ['FAK BUY 20 for 40', '39.98', '19.99', 'CANCELED', false],
    // All the shares that it asked for, and cash to spare: nothing more comes, but until it has ended more may.
    ['FAK BUY 20 for 40', '40', '18', 'FILLED', false],
    ['FAK BUY 20 for 40', '39.99', '18', 'CANCELED', false],
    ['FOK BUY 20 for 40', '0', '0', 'CANCELED', false],
    ['FAK SELL 40 for 19.6', '40', '20', 'FILLED', true],
    ['FAK SELL 40 for 19.6', '39.990001', '19', 'FILLED', true],
    ['FAK SELL 40 for 19.6', '39.99', '30', 'CANCELED', false],
    ['GTC BUY 20 for 40', '40', '18', 'FILLED', true],
    ['GTC BUY 20 for 40', '39', '20', 'PARTIAL', false],
    ['GTC BUY 20 for 40', '0', '0', 'OPEN', false],
    ['GTD SELL 40 for 20', '40', '20', 'FILLED', true],
    ['GTD SELL 40 for 20', '0.01', '0.01', 'PARTIAL', false],
  ] as const)(
    '%s, with %s shares for $%s, is %s; whole before it ends: %s',
    (text, size, paid, state, whole) => {
      const filled = { shareMicros: sh(size), notionalMicros: usd(paid) };
      expect([settledState(order(text), filled), isWhole(order(text), filled)]).toEqual([state, whole]);
    },
  );
});
