/** The end of a POST, one row for each answer that the documents name (polymarket-api.md 1.4, 3.6), and for rubbish. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type OrderId, parseOrderId } from '../../../domain/orders/orders.ts';
import { MEANINGS, submitAnswerOf } from '../../../polymarket/account/submit-answer.ts';

const ORDER_ID = parseOrderId(`0x${'5a'.repeat(32)}`) as OrderId;
const NOW_MS = 1_795_334_400_000;
const CLOUDFLARE = '<!DOCTYPE html><html><title>Attention Required! | Cloudflare</title></html>';

function answer(status: number, body: unknown, headers: Record<string, string> = {}) {
  return submitAnswerOf({
    status,
    headers: new Headers(headers),
    body: typeof body === 'string' ? body : JSON.stringify(body),
    orderId: ORDER_ID,
    nowMs: NOW_MS,
  });
}
/** "kind" or "kind CAUSE". */
function classOf(status: number, body: unknown): string {
  const given = answer(status, body);
  switch (given.kind) {
    case 'accepted':
      return `accepted ${given.status}`;
    case 'killed':
      return 'killed';
    case 'account':
      return `account ${given.problem}`;
    case 'wait':
      return `wait ${given.condition}`;
    default:
      return `${given.kind} ${given.cause}`;
  }
}
const taken = (change: Record<string, unknown> = {}) => ({
  success: true,
  errorMsg: '',
  orderID: ORDER_ID,
  status: 'matched',
  makingAmount: '12.48',
  takingAmount: '24.49',
  tradeIDs: ['8c1d'],
  transactionsHashes: [],
  ...change,
});

describe('a 400 with a documented text', () => {
  it.each([
    ['Invalid order payload', 'rejected INVALID_PAYLOAD'],
    ['the order owner has to be the owner of the API KEY', 'account OWNER_MISMATCH'],
    ['the order signer address has to be the address of the API KEY', 'account SIGNER_MISMATCH'],
    ['maker address not allowed, please use the deposit wallet flow', 'account MAKER_NOT_ALLOWED'],
    ["'0xabc' address banned", 'account BANNED'],
    ["'0xabc' address in closed only mode", 'account CLOSED_ONLY'],
    ['Too many orders in payload, max allowed: 15', 'rejected INVALID_PAYLOAD'],
    ['invalid post-only order: order crosses book', 'rejected POST_ONLY_CROSSES'],
    ['order 0xab is invalid. Price (0.527) breaks minimum tick size rule: 0.01', 'rejected TICK'],
    ['order 0xab is invalid. Size (4.99) lower than the minimum: 5', 'rejected MIN_SIZE'],
    ['invalid amount for a marketable BUY order ($0.86), min size: $1', 'rejected MIN_NOTIONAL'],
    ['invalid amounts, the taker amount for a $0.22 order of size 19.69 should be 4.33', 'rejected AMOUNTS'],
    [
      'invalid amounts, the market buy orders maker amount supports a max accuracy of 2 decimals, taker amount a max of 4 decimals',
      'rejected AMOUNTS',
    ],
    ['order 0xab is invalid. Duplicated.', 'unknown DUPLICATE'],
    ['order 0xab crosses the book', 'rejected CROSSES_BOOK'],
    ['not enough balance / allowance', 'rejected INSUFFICIENT_FUNDS'],
    [
      'not enough balance / allowance: the balance is 10, sum of matched orders: 9',
      'rejected MATCHED_COUNTER',
    ],
    ['invalid expiration', 'rejected EXPIRATION'],
    ['order canceled in the CTF exchange contract', 'rejected CANCELED_ON_CHAIN'],
    ['order match delayed due to market conditions', 'unknown MATCH_DELAYED'],
    ["order couldn't be fully filled. FOK orders are fully filled or killed.", 'killed'],
    [
      'no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found.',
      'killed',
    ],
    ['the market is not yet ready to process new orders', 'rejected MARKET_NOT_READY'],
    ['order_version_mismatch', 'rejected VERSION_MISMATCH'],
    ['Service is not ready', 'wait RESTARTING'],
    ['trading is in post-only mode', 'wait POST_ONLY'],
    ['invalid signature', 'rejected SIGNATURE'],
    ['invalid price (1.2), min: 0.01 - max: 0.99', 'rejected PRICE'],
    ['invalid nonce', 'rejected NONCE'],
    ['market is closed', 'rejected MARKET_ENDED'],
    ['No orderbook exists for the requested token id', 'rejected MARKET_ENDED'],
    ['the orderbook 71321045679252212594 does not exist', 'rejected MARKET_ENDED'],
    ['a sentence that no document has', 'unknown UNDOCUMENTED'],
  ])('%s', (error, expected) => {
    expect(classOf(400, { error })).toBe(expected);
    if (expected !== 'unknown UNDOCUMENTED') {
      // The same text in the shape of a 200 that refuses; only a taken order would make it differ.
      expect(classOf(200, { success: false, errorMsg: error, orderID: '', status: '' })).toBe(expected);
    }
  });

  it('has a row above for every row of the table', () => {
    expect(new Set(MEANINGS.map(([part]) => part)).size).toBe(MEANINGS.length);
    for (const [part] of MEANINGS) expect(part).toBe(part.toLowerCase());
  });
});

describe('any other status', () => {
  it.each([
    ['an API key that is refused', 401, { error: 'Unauthorized/Invalid api key' }, 'account API_KEY_REFUSED'],
    ['wrong L1 headers', 401, { error: 'Invalid L1 Request headers' }, 'account API_KEY_REFUSED'],
    ['a clock that is off', 401, { error: 'Request timestamp expired' }, 'account CLOCK_SKEW'],
    [
      'a region that may not trade',
      403,
      { error: 'Trading restricted in your region' },
      'account REGION_BLOCKED',
    ],
    ['a ban at 403', 403, { error: 'address banned' }, 'account BANNED'],
    ["Cloudflare's own page", 403, CLOUDFLARE, 'account EGRESS_BLOCKED'],
    ['a restart', 425, { error: 'Too early' }, 'wait RESTARTING'],
    ['a restart without a body', 425, '', 'wait RESTARTING'],
    ['too many requests', 429, { error: 'Too Many Requests' }, 'wait RATE_LIMITED'],
    ["Cloudflare's 1015", 429, CLOUDFLARE, 'wait RATE_LIMITED'],
    [
      'trading switched off',
      503,
      { error: 'Trading is currently disabled. Check back later.' },
      'wait TRADING_DISABLED',
    ],
    [
      'cancels only',
      503,
      { error: 'Trading is currently cancel-only. New orders are not accepted, but cancels are allowed.' },
      'wait CANCEL_ONLY',
    ],
    [
      'post-only by its code',
      503,
      { error: 'later', code: 'post_only_mode', retry_after_seconds: 42 },
      'wait POST_ONLY',
    ],
    ['a 503 that says nothing known', 503, { error: 'upstream' }, 'unknown SERVER_ERROR'],
    ['a 503 page', 503, CLOUDFLARE, 'unknown HTML'],
    ['could not insert order', 500, { error: 'could not insert order' }, 'unknown SERVER_ERROR'],
    ['no matching orders, at 500', 500, { error: 'there are no matching orders' }, 'unknown SERVER_ERROR'],
    ['a kill at 500', 500, { error: 'FOK orders are fully filled or killed' }, 'unknown SERVER_ERROR'],
    ['rounding issues', 500, { error: 'the trade contains rounding issues' }, 'unknown SERVER_ERROR'],
    ['a bad gateway', 502, CLOUDFLARE, 'unknown HTML'],
    ['a gateway that timed out', 504, '', 'unknown SERVER_ERROR'],
    ['a redirect', 302, '', 'unknown UNDOCUMENTED'],
    ['an acceptance at 300', 300, taken(), 'unknown UNDOCUMENTED'],
    ['an acceptance at 199', 199, taken(), 'unknown UNDOCUMENTED'],
    ['an acceptance at 201', 201, taken(), 'accepted MATCHED'],
    ['a 401 of nothing', 401, '', 'unknown UNREADABLE'],
    ['a 401 page', 401, CLOUDFLARE, 'unknown HTML'],
    ['a 403 with an unknown text', 403, { error: 'no' }, 'unknown UNDOCUMENTED'],
    ['a 403 with the text of a rejection', 403, { error: 'invalid signature' }, 'unknown UNDOCUMENTED'],
    [
      'a region block in other words',
      403,
      { error: 'Not available in your country' },
      'account REGION_BLOCKED',
    ],
    ['a 401 with an unknown text', 401, { error: 'no' }, 'unknown UNDOCUMENTED'],
    ['a 422', 422, { error: 'invalid signature' }, 'rejected SIGNATURE'],
    ['a 409', 409, { error: 'invalid signature' }, 'unknown UNDOCUMENTED'],
    ['a 503 of nothing', 503, '', 'unknown SERVER_ERROR'],
    ['a 503 with the text of a rejection', 503, { error: 'invalid signature' }, 'unknown SERVER_ERROR'],
    ['a 400 page', 400, CLOUDFLARE, 'unknown HTML'],
    ['a 400 of nothing', 400, '', 'unknown UNREADABLE'],
    [
      'no such market',
      404,
      { error: 'the market is not yet ready to process new orders' },
      'rejected MARKET_NOT_READY',
    ],
    ['a 404 of a relay', 404, { error: 'not found' }, 'unknown UNDOCUMENTED'],
    ['a page at 200', 200, CLOUDFLARE, 'unknown HTML'],
    ['half a body at 200', 200, '{"success":true,"orderID":"0x', 'unknown UNREADABLE'],
    ['nothing at 200', 200, '', 'unknown UNREADABLE'],
  ] as const)('%s', (_what, status, body, expected) => {
    expect(classOf(status, body)).toBe(expected);
  });
});

describe('a 200', () => {
  it.each([
    ['matched', 'accepted MATCHED'],
    ['live', 'accepted LIVE'],
    ['delayed', 'accepted DELAYED'],
    ['unmatched', 'accepted UNMATCHED'],
    ['LIVE', 'accepted LIVE'],
    ['', 'unknown UNKNOWN_STATUS'],
    ['constructor', 'unknown UNKNOWN_STATUS'],
    ['settled', 'unknown UNKNOWN_STATUS'],
  ])('with our id and status "%s"', (status, expected) => {
    expect(classOf(200, taken({ status }))).toBe(expected);
  });

  it('names the trades, which may be none', () => {
    expect(answer(200, taken())).toEqual({ kind: 'accepted', status: 'MATCHED', tradeIds: ['8c1d'] });
    expect(answer(200, taken({ tradeIDs: null, errorMsg: null }))).toMatchObject({ tradeIds: [] });
  });

  it('quotes an unknown status, cut at 200 characters', () => {
    expect(answer(200, taken({ status: 'x'.repeat(300) }))).toEqual({
      kind: 'unknown',
      cause: 'UNKNOWN_STATUS',
      message: `status ${'x'.repeat(193)}`,
    });
  });

  it('keeps the trade ids that are texts of 1 to 200 characters, at most 1,000', () => {
    const long = 't'.repeat(200);
    const tradeIDs = ['a', '', 7, null, long, `${long}t`];
    expect(answer(200, taken({ tradeIDs }))).toMatchObject({ tradeIds: ['a', long] });
    const many = Array.from({ length: 1_001 }, (_, index) => `t${index}`);
    expect(answer(200, taken({ tradeIDs: many }))).toMatchObject({ tradeIds: many.slice(0, 1_000) });
    expect(answer(200, taken({ tradeIDs: 'a' }))).toMatchObject({ tradeIds: [] });
  });

  it('is ours in any letter case, and unknown with the id of another order', () => {
    expect(classOf(200, taken({ orderID: ORDER_ID.toUpperCase().replace('0X', '0x') }))).toBe(
      'accepted MATCHED',
    );
    expect(classOf(200, taken({ orderID: `0x${'11'.repeat(32)}` }))).toBe('unknown OTHER_ORDER_ID');
  });

  it.each([
    ['refuses without a reason', { success: false, errorMsg: '', orderID: '', status: '' }, 'rejected OTHER'],
    [
      'refuses with a reason of its own',
      { success: false, orderID: null, errorMsg: 'Insufficient' },
      'rejected OTHER',
    ],
    [
      'succeeds with a reason and no id',
      taken({ orderID: '', errorMsg: 'not enough balance' }),
      'rejected INSUFFICIENT_FUNDS',
    ],
    ['succeeds with an unknown reason and no id', taken({ orderID: '', errorMsg: 'why' }), 'rejected OTHER'],
    ['has neither success nor a reason', { orderID: '', errorMsg: 'why' }, 'unknown NO_ORDER_ID'],
    ['has only an error that no document has', { error: 'could not say' }, 'unknown NO_ORDER_ID'],
    ['succeeds with neither', taken({ orderID: '' }), 'unknown NO_ORDER_ID'],
    ['says both that it took it and that it did not', taken({ success: false }), 'unknown UNDOCUMENTED'],
    [
      'gives our id with a refusal',
      taken({ errorMsg: 'not enough balance / allowance' }),
      'unknown UNDOCUMENTED',
    ],
    [
      'delays the match',
      taken({ errorMsg: 'order match delayed due to market conditions' }),
      'unknown MATCH_DELAYED',
    ],
  ])('%s', (_what, body, expected) => {
    expect(classOf(200, body)).toBe(expected);
  });
});

describe('a wait', () => {
  it.each([
    ['seconds in the header', { error: 'x' }, { 'retry-after': '7' }, 7_000],
    ['zero seconds, as the venue likes to send', { error: 'x' }, { 'retry-after': '0' }, null],
    ['seconds in the body', { error: 'x', retry_after_seconds: 1.5 }, {}, 1_500],
    ['both: the longer', { error: 'x', retry_after_seconds: 9 }, { 'retry-after': '7' }, 9_000],
    ['a year', { error: 'x', retry_after_seconds: 31_000_000 }, {}, 600_000],
    ['nothing', { error: 'x' }, {}, null],
    ['half a second', { error: 'x', retry_after_seconds: 0.5 }, {}, 500],
    ['less than a millisecond, rounded up', { error: 'x', retry_after_seconds: 0.0001 }, {}, 1],
    ['a fraction of a millisecond, rounded up', { error: 'x', retry_after_seconds: 0.0011 }, {}, 2],
    ['a negative number', { error: 'x', retry_after_seconds: -5 }, {}, null],
    ['a text', { error: 'x', retry_after_seconds: '9' }, {}, null],
  ])('asked for by %s', (_what, body, headers, expected) => {
    expect(answer(425, body, headers as Record<string, string>)).toMatchObject({ retryAfterMs: expected });
  });
});

describe('the message of an answer', () => {
  it.each([
    ['error', { error: 'one', errorMsg: 'two', message: 'three' }, 'one'],
    ['errorMsg where error is empty', { error: '', errorMsg: 'two', message: 'three' }, 'two'],
    ['message where it is alone', { message: 'three' }, 'three'],
    ['nothing where none is a text', { error: 7, errorMsg: null, message: {} }, ''],
    ['the whole body where that is not JSON', 'plain text', 'plain text'],
  ])('is %s', (_what, body, message) => {
    expect(answer(418, body)).toEqual({ kind: 'unknown', cause: 'UNDOCUMENTED', message });
  });

  it('goes with each kind, and the wait only with a wait', () => {
    const headers = { 'retry-after': '7' };
    expect(answer(400, { error: 'invalid signature' }, headers)).toEqual({
      kind: 'rejected',
      cause: 'SIGNATURE',
      message: 'invalid signature',
    });
    expect(answer(503, { error: 'now cancel-only' }, headers)).toEqual({
      kind: 'wait',
      condition: 'CANCEL_ONLY',
      retryAfterMs: 7_000,
      message: 'now cancel-only',
    });
    expect(answer(403, { error: 'address banned' }, headers)).toEqual({
      kind: 'account',
      problem: 'BANNED',
      message: 'address banned',
    });
    expect(answer(400, { error: 'FOK orders are fully filled or killed' }, headers)).toEqual({
      kind: 'killed',
      message: 'FOK orders are fully filled or killed',
    });
  });
});

describe('whatever the venue says', () => {
  it('is shown at 200 characters at most', () => {
    expect(answer(400, { error: 'x'.repeat(5_000) })).toMatchObject({ message: 'x'.repeat(200) });
  });

  it('never throws, and is accepted only with our own id', () => {
    const bodies = fc.oneof(
      fc.string(),
      fc.json(),
      fc.jsonValue().map((value) => JSON.stringify({ orderID: value })),
    );
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 599 }), bodies, (status, body) => {
        expect(answer(status, body).kind).not.toBe('accepted');
      }),
    );
  });
});
