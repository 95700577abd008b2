/** What is stored of an order when it is made: the real one, and the one that SHADOW records instead. */
import { describe, expect, it } from 'vitest';
import type { DecisionFacts } from '../../../../../domain/decide/decision-facts.ts';
import { type PlannedOrder, parseOrderId } from '../../../../../domain/orders/orders.ts';
import {
  averageOf,
  realOrder,
  recordOf,
  shadowOrder,
} from '../../../../../durable-objects/wallet/live/orders/order-record.ts';
import {
  at,
  type Change,
  CONDITION,
  exampleFacts,
  exampleSettings,
  LEADER,
  levels,
  NOW,
  sh,
  TOKEN,
  usd,
} from '../../../../domain/decide/example-facts.ts';

const ORDER_ID = parseOrderId(`0x${'d'.repeat(64)}`)!;
const FEE = { ratePpm: 70_000n, exponent: 1 };

/** Ten shares at $0.51 at most. */
const BUY: PlannedOrder = {
  tokenId: TOKEN,
  side: 'BUY',
  orderType: 'FAK',
  limitPriceMicros: at('0.51'),
  makerMicros: usd('5.1'),
  takerMicros: sh('10'),
  expirationS: 0,
  protocolVersion: 'v1',
  negRisk: false,
};
/** Eight shares for at least $0.40 each. */
const SELL: PlannedOrder = {
  ...BUY,
  side: 'SELL',
  limitPriceMicros: at('0.40'),
  makerMicros: sh('8'),
  takerMicros: usd('3.2'),
};

function record(facts: DecisionFacts = exampleFacts(), order: PlannedOrder = BUY) {
  const signed = { orderId: ORDER_ID, body: '{"signed":1}', publicBody: '{"public":1}' };
  return recordOf({
    facts,
    planned: { kind: 'order', order, bestPriceMicros: at('0.50') },
    signed,
  });
}

describe('the record of an order', () => {
  it('names the intent, the market as it was known and the amounts, and no fill yet', () => {
    const facts = exampleFacts();
    expect(record(facts)).toEqual({
      kind: 'liveOrder',
      orderKey: ORDER_ID,
      shadow: false,
      orderId: ORDER_ID,
      idempotencyKey: facts.intent.idempotencyKey,
      leaderAddress: LEADER,
      groupKey: facts.intent.groupKey,
      tokenId: TOKEN,
      conditionId: CONDITION,
      side: 'BUY',
      orderType: 'FAK',
      state: 'PREPARED',
      limitPriceMicros: at('0.51'),
      shareMicros: sh('10'),
      makerMicros: usd('5.1'),
      takerMicros: sh('10'),
      tickPriceMicros: at('0.01'),
      orderShareMicrosMin: sh('5'),
      protocolVersion: 'v1',
      negRisk: false,
      bestPriceMicros: at('0.50'),
      bookAgeMs: 50,
      publicBody: '{"public":1}',
      filledShareMicros: 0n,
      filledNotionalMicros: 0n,
      feeMicros: 0n,
      predictedShareMicros: sh('10.2'),
      predictedNotionalMicros: usd('5.1'),
      predictedFeeMicros: 0n,
      submits: 1,
      lastError: '',
      createdAtMs: NOW,
      submittedAtMs: NOW,
      answeredAtMs: null,
      finalAtMs: null,
      revision: 1,
    });
  });

  it('of a sale counts the shares that are given', () => {
    expect(record(exampleFacts({ intent: { side: 'SELL' } }), SELL)).toMatchObject({
      side: 'SELL',
      shareMicros: sh('8'),
      makerMicros: sh('8'),
      takerMicros: usd('3.2'),
    });
  });

  it('takes a book from the future, by the venue’s clock, for one of now', () => {
    expect(record(exampleFacts({ book: { asOfMs: NOW + 20 } })).bookAgeMs).toBe(0);
  });

  it.each([['market'], ['book']] as const)('is not made without a %s', (missing) => {
    expect(() => record(exampleFacts({ [missing]: null }))).toThrow('an order without a market or a book');
  });

  it('predicts what the book would have filled within the limit, with the market’s fee', () => {
    const thin = { book: { asks: levels('0.50x4 0.51x3 0.52x100') }, market: { fee: FEE } };
    const predicted = record(exampleFacts(thin));
    expect(predicted).toMatchObject({ predictedShareMicros: sh('7'), predictedNotionalMicros: usd('3.53') });
    // 7 % of shares × p × (1 − p): 4 at 0.50 and 3 at 0.51.
    expect(predicted.predictedFeeMicros).toBe(usd('0.12248'));
  });

  it('predicts a sale from the bids', () => {
    const predicted = record(exampleFacts({ book: { bids: levels('0.45x5 0.40x1 0.39x100') } }), SELL);
    expect(predicted).toMatchObject({ predictedShareMicros: sh('6'), predictedNotionalMicros: usd('2.65') });
  });
});

describe('a real order', () => {
  const reservation = { cashMicros: usd('5.2'), shareMicros: sh('0') };
  const settings = exampleSettings({ settings: { submitTimeoutMs: 4_000 } });

  function real(change: Change = {}, held: Parameters<typeof realOrder>[2]['reservation'] = reservation) {
    const facts = exampleFacts(change);
    return realOrder(record(facts), '{"signed":1}', { facts, reservation: held, settings });
  }

  it('keeps the bytes to post, what it holds back and its fee; the venue has reported nothing of it', () => {
    const facts = exampleFacts({ market: { fee: FEE } });
    expect(real({ market: { fee: FEE } })).toEqual({
      record: record(facts),
      body: '{"signed":1}',
      intent: facts.intent,
      fee: FEE,
      reservedCashMicros: usd('5.2'),
      reservedShareMicros: 0n,
      tradeIds: [],
      seenAtVenue: false,
      absentSinceMs: null,
      endedByAbsence: false,
      waitClass: false,
      asks: 0,
      takerDelayMs: 0,
      timeoutMs: 4_000,
      sentAtMs: NOW,
      nextAskAtMs: NOW + 4_000 + 1_000,
    });
  });

  it('of a sale holds shares back', () => {
    const held = { cashMicros: usd('0'), shareMicros: sh('8') };
    expect(real({}, held)).toMatchObject({ reservedCashMicros: 0n, reservedShareMicros: sh('8') });
  });

  it('waits for its answer longer by the delay of a sports market, and is asked about a second after that', () => {
    expect(real({ market: { takerDelayMs: 3_000 } })).toMatchObject({
      timeoutMs: 7_000,
      nextAskAtMs: NOW + 8_000,
    });
  });

  it('waits for its answer by the setting alone where the market is not known', () => {
    const facts = exampleFacts({ market: null });
    const order = realOrder(record(), '', { facts, reservation, settings });
    expect(order).toMatchObject({ fee: null, timeoutMs: 4_000 });
  });
});

describe('an order of SHADOW', () => {
  function shadow(change: Change = {}, planned: PlannedOrder = BUY) {
    const facts = exampleFacts(change);
    return shadowOrder(record(facts, planned), facts);
  }

  it('has ended when it is made, with no id, no POST, nothing held back and no body', () => {
    const facts = exampleFacts();
    expect(shadow()).toEqual({
      record: {
        ...record(facts),
        orderKey: `shadow:${facts.intent.idempotencyKey}`,
        shadow: true,
        orderId: '',
        state: 'SHADOW_ONLY',
        submits: 0,
        submittedAtMs: null,
        finalAtMs: NOW,
      },
      body: '',
      intent: facts.intent,
      fee: null,
      reservedCashMicros: 0n,
      reservedShareMicros: 0n,
      tradeIds: [],
      seenAtVenue: false,
      absentSinceMs: null,
      endedByAbsence: false,
      waitClass: false,
      asks: 0,
      timeoutMs: 0,
      sentAtMs: 0,
      nextAskAtMs: 0,
    });
  });
});

describe('the average price of fills', () => {
  it('is rounded down to a micro', () => {
    expect(averageOf(sh('3'), usd('1'))).toBe(at('0.333333'));
  });

  it('is none without a fill', () => {
    expect(averageOf(sh('0'), usd('0'))).toBeNull();
  });
});
