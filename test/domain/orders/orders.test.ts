// The closed lists of words about orders, the order id, the salt and when a check is green. The words are stored and shown:
// one that changed would leave rows that cannot be read.
import { describe, expect, it } from 'vitest';
import type { IdempotencyKey } from '../../../domain/ids.ts';
import {
  ACCOUNT_PROBLEMS,
  type CheckItem,
  FILL_STATES,
  isGreen,
  ORDER_STATES,
  ORDER_TYPES,
  orderSalt,
  parseOrderId,
  REJECT_CAUSES,
  REPORT_STATUSES,
  UNKNOWN_CAUSES,
  VENUE_CONDITIONS,
} from '../../../domain/orders/orders.ts';

it.each([
  ['order types', ORDER_TYPES, 'FAK FOK GTC GTD'],
  [
    'order states',
    ORDER_STATES,
    'SHADOW_ONLY PREPARED SUBMITTED DELAYED OPEN PARTIAL FILLED CANCELED REJECTED UNKNOWN',
  ],
  ['fill states', FILL_STATES, 'MATCHED MINED CONFIRMED RETRYING FAILED'],
  [
    'report statuses',
    REPORT_STATUSES,
    'LIVE DELAYED MATCHED UNMATCHED CANCELED CANCELED_MARKET_RESOLVED INVALID UNKNOWN_STATUS',
  ],
  ['venue conditions', VENUE_CONDITIONS, 'RESTARTING POST_ONLY CANCEL_ONLY TRADING_DISABLED RATE_LIMITED'],
  [
    'account problems',
    ACCOUNT_PROBLEMS,
    'API_KEY_REFUSED OWNER_MISMATCH SIGNER_MISMATCH MAKER_NOT_ALLOWED BANNED CLOSED_ONLY REGION_BLOCKED EGRESS_BLOCKED CLOCK_SKEW UNREADABLE_RECORDS',
  ],
  [
    'reject causes',
    REJECT_CAUSES,
    'INVALID_PAYLOAD TICK MIN_SIZE MIN_NOTIONAL AMOUNTS POST_ONLY_CROSSES CROSSES_BOOK INSUFFICIENT_FUNDS MATCHED_COUNTER EXPIRATION CANCELED_ON_CHAIN MARKET_NOT_READY MARKET_ENDED PRICE NONCE VERSION_MISMATCH SIGNATURE OTHER',
  ],
  [
    'unknown causes',
    UNKNOWN_CAUSES,
    'TIMEOUT NETWORK SERVER_ERROR HTML UNREADABLE NO_ORDER_ID OTHER_ORDER_ID UNKNOWN_STATUS DUPLICATE MATCH_DELAYED UNDOCUMENTED',
  ],
])('the %s are these words, as they are stored', (_name, list, words) => {
  expect(list.join(' ')).toBe(words);
});

describe('an order id', () => {
  it('is 0x and 64 hex digits in lower case, and nothing else', () => {
    expect(parseOrderId(`0x${'AB'.repeat(32)}`)).toBe(`0x${'ab'.repeat(32)}`);
    for (const text of [
      `0x${'a'.repeat(63)}`,
      `0x${'a'.repeat(65)}`,
      'a'.repeat(66),
      `0x${'g'.repeat(64)}`,
      '',
    ])
      expect(parseOrderId(text), text).toBeUndefined();
  });
});

describe('the salt of an order', () => {
  it('is the low 53 bits of the first 14 hex digits of the key', () => {
    const saltOf = (key: string) => orderSalt(key as IdempotencyKey); // any hex text serves as a key here
    expect(saltOf(`00000000000001${'f'.repeat(50)}`)).toBe(1n);
    expect(saltOf('f'.repeat(64))).toBe(9_007_199_254_740_991n);
    expect(saltOf(`20000000000000${'0'.repeat(50)}`)).toBe(0n);
    expect(saltOf(`1fffffffffffff${'0'.repeat(50)}`)).toBe(9_007_199_254_740_991n);
  });
});

describe('the live check', () => {
  const item = (state: CheckItem['state']): CheckItem => ({ name: 'key', state, sentence: '' });

  it('is green only when there are items and every one is READY', () => {
    expect(isGreen([item('READY'), item('READY')])).toBe(true);
    expect(isGreen([])).toBe(false);
    expect(isGreen([item('READY'), item('UNKNOWN')])).toBe(false);
    expect(isGreen([item('NOT_READY'), item('READY')])).toBe(false);
  });
});
