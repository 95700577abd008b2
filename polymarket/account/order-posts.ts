/**
 * The POST of one order, and of several in one call. Neither throws nor is repeated: whatever goes wrong is an answer of kind
 * unknown, of those orders that it concerns.
 */
import type { OrderId, SubmitAnswer } from '../../domain/orders/orders.ts';
import { boundedText, USER_AGENT, type VenueHost } from '../wire/http.ts';
import { jsonOf, objectOf } from '../wire/refused.ts';
import type { AccountCalls } from './account-calls.ts';
import { submitAnswerOf } from './submit-answer.ts';
import type { AuthHeaders } from './trading-types.ts';

/** An answer to a POST is under 10 KB an order even with many trades; a larger body is refused. */
const ANSWER_BYTES_MAX = 1_048_576;
/** What a refusal of a call as a whole can mean for each of its orders; any other text is about one of them (polymarket-api.md 1.4). */
const OF_ALL = ['INVALID_PAYLOAD'];

/** A signed order: its id, and the exact bytes of it. */
interface SignedBytes {
  readonly orderId: OrderId;
  readonly body: string;
}

interface Posting {
  readonly host: VenueHost;
  readonly headers: AuthHeaders;
  readonly timeoutMs: number;
  readonly calls: AccountCalls;
}

type Posted =
  | { readonly status: number; readonly headers: Headers; readonly body: string }
  | Extract<SubmitAnswer, { readonly kind: 'unknown' }>;

/** The body of `POST /orders`: the orders as they are, in this order. */
export function bodyOfAll(orders: readonly SignedBytes[]): string {
  return `[${orders.map(({ body }) => body).join(',')}]`;
}

export async function postOrder(given: Posting, order: SignedBytes): Promise<SubmitAnswer> {
  const posted = await post(given, '/order', order.body);
  if ('kind' in posted) return posted;
  return submitAnswerOf({ ...posted, orderId: order.orderId, nowMs: given.host.nowMs() });
}

/** One answer for each order, in their order. */
export async function postOrders(
  given: Posting,
  orders: readonly SignedBytes[],
): Promise<readonly SubmitAnswer[]> {
  const posted = await post(given, '/orders', bodyOfAll(orders));
  if ('kind' in posted) return orders.map(() => posted);
  const nowMs = given.host.nowMs();
  const entries = jsonOf(posted.body);
  if (posted.status >= 200 && posted.status < 300)
    return orders.map(({ orderId }, at) => {
      const entry = entryOf(entries, { orderId, at, count: orders.length });
      if (entry === undefined)
        return { kind: 'unknown', cause: 'UNREADABLE', message: 'the answer has nothing about this order' };
      return submitAnswerOf({ ...posted, body: JSON.stringify(entry), orderId, nowMs });
    });
  return orders.map(({ orderId }) => ofAll(submitAnswerOf({ ...posted, orderId, nowMs })));
}

/** By the order's id, else by its place where the answer has as many entries as there are orders. */
function entryOf(
  entries: unknown,
  { orderId, at, count }: { readonly orderId: OrderId; readonly at: number; readonly count: number },
): unknown {
  if (!Array.isArray(entries)) return undefined;
  const named = entries.find((entry) => idOf(entry) === orderId);
  if (named !== undefined) return named;
  // A refused order has no id in its entry.
  return entries.length === count && idOf(entries[at]) === '' ? entries[at] : undefined;
}

function idOf(entry: unknown): string | undefined {
  const fields = objectOf(entry);
  if (fields === undefined) return undefined;
  return typeof fields.orderID === 'string' ? fields.orderID.toLowerCase() : '';
}

/** A refusal of the whole call proves nothing about an order, unless it is about the call. */
function ofAll(answer: SubmitAnswer): SubmitAnswer {
  const isOfOne = answer.kind === 'killed' || (answer.kind === 'rejected' && !OF_ALL.includes(answer.cause));
  return isOfOne ? { kind: 'unknown', cause: 'UNDOCUMENTED', message: answer.message } : answer;
}

/** Calls fetch before the first await, so in the caller's turn. */
async function post(given: Posting, path: '/order' | '/orders', body: string): Promise<Posted> {
  const { host, calls } = given;
  const { fetch } = host;
  const signal = AbortSignal.timeout(given.timeoutMs);
  try {
    const response = await fetch(`${host.baseUrl.replace(/\/+$/, '')}${path}`, {
      method: 'POST',
      headers: {
        accept: 'application/json',
        'content-type': 'application/json',
        'user-agent': USER_AGENT,
        ...given.headers,
      },
      body,
      // A redirect would take the credentials, and perhaps the order, to another host.
      redirect: 'manual',
      signal,
    });
    calls.onResponse(response);
    // Hide before cutting, so that no half of a secret remains.
    const text = calls.hide(await boundedText(`POST ${path}`, response, ANSWER_BYTES_MAX));
    return { status: response.status, headers: response.headers, body: text };
  } catch (error) {
    // Our timeout, a network failure before or after the venue had the order, or a body that broke off or was too large.
    const cause = signal.aborted ? 'TIMEOUT' : 'NETWORK';
    return { kind: 'unknown', cause, message: error instanceof Error ? error.name : 'unknown failure' };
  }
}
