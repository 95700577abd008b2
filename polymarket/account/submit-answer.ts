/**
 * Classifies the answer to a POST of an order by status, headers and body (polymarket-api.md 1.4, 3.6). Unless the table
 * below proves a refusal the answer is unknown: an order that may be at the venue is never called rejected.
 */
import type { OrderId, RejectCause, SubmitAnswer, UnknownCause } from '../../domain/orders/orders.ts';
import { parseRetryAfterMs, RETRY_AFTER_MS_MAX } from '../wire/http.ts';
import { jsonOf, objectOf } from '../wire/refused.ts';

interface SubmitResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: string;
  readonly orderId: OrderId;
  readonly nowMs: number;
}

/** What a text of the venue means, in `error` of a 4xx or in `errorMsg` of a 200. */
type Meaning =
  | { readonly kind: 'killed' }
  | { readonly kind: 'rejected'; readonly cause: RejectCause }
  | { readonly kind: 'unknown'; readonly cause: UnknownCause }
  | {
      readonly kind: 'account';
      readonly problem: Extract<SubmitAnswer, { kind: 'account' }>['problem'];
    }
  | { readonly kind: 'wait'; readonly condition: Extract<SubmitAnswer, { kind: 'wait' }>['condition'] };

const rejected = (cause: RejectCause): Meaning => ({ kind: 'rejected', cause });

/** Lower-case parts of the venue's texts, with n for a number; whole texts are not stable. The first row whose part occurs decides. */
export const MEANINGS: readonly (readonly [part: string, meaning: Meaning])[] = [
  ['fok orders are fully filled or killed', { kind: 'killed' }],
  ['no orders found to match with fak order', { kind: 'killed' }],
  ['is invalid. duplicated', { kind: 'unknown', cause: 'DUPLICATE' }],
  ['order match delayed due to market conditions', { kind: 'unknown', cause: 'MATCH_DELAYED' }],
  ['trading restricted in your region', { kind: 'account', problem: 'REGION_BLOCKED' }],
  ['order owner has to be the owner of the api key', { kind: 'account', problem: 'OWNER_MISMATCH' }],
  [
    'order signer address has to be the address of the api key',
    { kind: 'account', problem: 'SIGNER_MISMATCH' },
  ],
  ['maker address not allowed', { kind: 'account', problem: 'MAKER_NOT_ALLOWED' }],
  ['address banned', { kind: 'account', problem: 'BANNED' }],
  ['closed only mode', { kind: 'account', problem: 'CLOSED_ONLY' }],
  ['post-only mode', { kind: 'wait', condition: 'POST_ONLY' }],
  ['cancel-only', { kind: 'wait', condition: 'CANCEL_ONLY' }],
  ['trading is currently disabled', { kind: 'wait', condition: 'TRADING_DISABLED' }],
  ['service is not ready', { kind: 'wait', condition: 'RESTARTING' }],
  ['sum of matched orders', rejected('MATCHED_COUNTER')],
  ['not enough balance', rejected('INSUFFICIENT_FUNDS')],
  ['invalid post-only order', rejected('POST_ONLY_CROSSES')],
  ['crosses the book', rejected('CROSSES_BOOK')],
  ['breaks minimum tick size rule', rejected('TICK')],
  ['invalid amount for a marketable', rejected('MIN_NOTIONAL')],
  ['lower than the minimum', rejected('MIN_SIZE')],
  ['invalid amounts', rejected('AMOUNTS')],
  ['invalid expiration', rejected('EXPIRATION')],
  ['order canceled in the ctf exchange contract', rejected('CANCELED_ON_CHAIN')],
  ['not yet ready to process new orders', rejected('MARKET_NOT_READY')],
  ['order_version_mismatch', rejected('VERSION_MISMATCH')],
  ['invalid signature', rejected('SIGNATURE')],
  ['invalid price', rejected('PRICE')],
  ['invalid nonce', rejected('NONCE')],
  ['market is closed', rejected('MARKET_ENDED')],
  ['no orderbook exists', rejected('MARKET_ENDED')],
  ['the orderbook n does not exist', rejected('MARKET_ENDED')],
  ['too many orders in payload', rejected('INVALID_PAYLOAD')],
  ['invalid order payload', rejected('INVALID_PAYLOAD')],
];

/** The venue's text is hostile; it is cut, and only displayed. */
const MESSAGE_CHARS_MAX = 200;
const ACCEPTED: ReadonlyMap<string, 'LIVE' | 'MATCHED' | 'DELAYED' | 'UNMATCHED'> = new Map([
  ['live', 'LIVE'],
  ['matched', 'MATCHED'],
  ['delayed', 'DELAYED'],
  ['unmatched', 'UNMATCHED'],
]);
/** A FAK meets a few dozen makers at most; the limit guards against damaged input. */
const TRADE_IDS_MAX = 1_000;

/** The classified answer. Never throws. */
export function submitAnswerOf(response: SubmitResponse): SubmitAnswer {
  const body = objectOf(jsonOf(response.body));
  const text = textOf(response.body, body);
  const { status } = response;
  if (status >= 200 && status < 300) return answeredWithSuccess(response, body, text);
  switch (status) {
    case 401:
      if (body === undefined) return unknown(htmlOr(response, 'UNREADABLE'), text);
      if (/timestamp|clock|expired/i.test(text))
        return { kind: 'account', problem: 'CLOCK_SKEW', message: text };
      return /unauthorized|invalid api key|invalid l1 request headers/i.test(text)
        ? { kind: 'account', problem: 'API_KEY_REFUSED', message: text }
        : unknown('UNDOCUMENTED', text);
    case 403: {
      // Cloudflare's own page: the order did not reach the venue.
      if (body === undefined) return { kind: 'account', problem: 'EGRESS_BLOCKED', message: text };
      const meaning = meaningOf(text);
      if (meaning?.kind === 'account') return { ...meaning, message: text };
      // The venue's texts are not stable: one that names the region is the documented refusal in other words.
      return /\b(restricted|region|country|jurisdiction)\b/i.test(text)
        ? { kind: 'account', problem: 'REGION_BLOCKED', message: text }
        : unknown('UNDOCUMENTED', text);
    }
    case 425:
      return {
        kind: 'wait',
        condition: 'RESTARTING',
        retryAfterMs: retryAfterOf(response, body),
        message: text,
      };
    case 429:
      return {
        kind: 'wait',
        condition: 'RATE_LIMITED',
        retryAfterMs: retryAfterOf(response, body),
        message: text,
      };
    case 503:
      return answeredWith503(response, body, text);
    case 400:
    case 404:
    case 422:
      return body === undefined
        ? unknown(htmlOr(response, 'UNREADABLE'), text)
        : answerOf(meaningOf(text) ?? { kind: 'unknown', cause: 'UNDOCUMENTED' }, response, body, text);
    default:
      // Any other 5xx may come after the order was taken, whatever its text says (3.6).
      return unknown(htmlOr(response, status >= 500 ? 'SERVER_ERROR' : 'UNDOCUMENTED'), text);
  }
}

/** A 200 may still be a refusal: `success: false`, or an empty order id with a reason. */
function answeredWithSuccess(
  response: SubmitResponse,
  body: Readonly<Record<string, unknown>> | undefined,
  text: string,
): SubmitAnswer {
  if (body === undefined) return unknown(htmlOr(response, 'UNREADABLE'), text);
  const orderId = typeof body.orderID === 'string' ? body.orderID : '';
  const reason = typeof body.errorMsg === 'string' ? body.errorMsg : errorOf(body);
  if (orderId === '') {
    // Only `success: false`, or a reason with `success: true`, is a refusal (1.4); anything else proves nothing.
    const refuses = body.success === false || (body.success === true && reason !== '');
    const meaning = meaningOf(text) ?? (refuses ? rejected('OTHER') : undefined);
    return meaning === undefined ? unknown('NO_ORDER_ID', text) : answerOf(meaning, response, body, text);
  }
  if (orderId.toLowerCase() !== response.orderId) return unknown('OTHER_ORDER_ID', text);
  if (reason !== '' || body.success === false) {
    // An id together with a refusal is contradictory, unless the text is one that a taken order can have.
    const meaning = meaningOf(text);
    return unknown(meaning?.kind === 'unknown' ? meaning.cause : 'UNDOCUMENTED', text);
  }
  const rawStatus = typeof body.status === 'string' ? body.status.toLowerCase() : '';
  const status = ACCEPTED.get(rawStatus);
  if (status === undefined)
    return unknown('UNKNOWN_STATUS', `status ${rawStatus}`.slice(0, MESSAGE_CHARS_MAX));
  return { kind: 'accepted', status, tradeIds: tradeIdsOf(body.tradeIDs) };
}

function answeredWith503(
  response: SubmitResponse,
  body: Readonly<Record<string, unknown>> | undefined,
  text: string,
): SubmitAnswer {
  if (body === undefined) return unknown(htmlOr(response, 'SERVER_ERROR'), text);
  const meaning = body.code === 'post_only_mode' ? POST_ONLY : meaningOf(text);
  return meaning?.kind === 'wait' ? answerOf(meaning, response, body, text) : unknown('SERVER_ERROR', text);
}
const POST_ONLY: Meaning = { kind: 'wait', condition: 'POST_ONLY' };

function answerOf(
  meaning: Meaning,
  response: SubmitResponse,
  body: Readonly<Record<string, unknown>>,
  message: string,
): SubmitAnswer {
  if (meaning.kind !== 'wait') return { ...meaning, message };
  return { ...meaning, retryAfterMs: retryAfterOf(response, body), message };
}

function unknown(cause: UnknownCause, message: string): SubmitAnswer {
  return { kind: 'unknown', cause, message };
}

function meaningOf(text: string): Meaning | undefined {
  // Token ids and order ids differ from text to text.
  const lower = text.toLowerCase().replaceAll(/\b\d+\b/g, 'n');
  return MEANINGS.find(([part]) => lower.includes(part))?.[1];
}

function htmlOr<T extends UnknownCause>(response: SubmitResponse, other: T): T | 'HTML' {
  return /^\s*</.test(response.body) ? 'HTML' : other;
}

function errorOf(body: Readonly<Record<string, unknown>>): string {
  for (const name of ['error', 'errorMsg', 'message']) {
    const value = body[name];
    if (typeof value === 'string' && value !== '') return value;
  }
  return '';
}

function textOf(raw: string, body: Readonly<Record<string, unknown>> | undefined): string {
  return (body === undefined ? raw : errorOf(body)).slice(0, MESSAGE_CHARS_MAX);
}

/** The longer of the waits that header and body ask for; null when neither does. */
function retryAfterOf(
  response: SubmitResponse,
  body: Readonly<Record<string, unknown>> | undefined,
): number | null {
  const headerMs = parseRetryAfterMs(response.headers.get('retry-after'), response.nowMs) ?? 0;
  const seconds = body?.retry_after_seconds;
  const bodyMs = typeof seconds === 'number' && seconds > 0 ? Math.ceil(seconds * 1_000) : 0;
  const waitMs = Math.min(Math.max(headerMs, bodyMs), RETRY_AFTER_MS_MAX);
  return waitMs > 0 ? waitMs : null;
}

function tradeIdsOf(value: unknown): readonly string[] {
  if (!Array.isArray(value)) return [];
  return value
    .slice(0, TRADE_IDS_MAX)
    .filter((id): id is string => typeof id === 'string' && id !== '' && id.length <= MESSAGE_CHARS_MAX);
}
