// The faults of POST /order and /orders: answers given instead of reading the order, and changes to the answer of an order
// that was read.

import { fieldsOf } from '../model/json.ts';
import { json, type RestAnswer } from '../wire/http.ts';
import type { OrderFault } from './faults.ts';

/** Longer than any client waits. */
const NEVER_MS = 120_000;

const HTML: RestAnswer = {
  status: 200,
  headers: { 'content-type': 'text/html' },
  body: '<!DOCTYPE html><html><head><title>Just a moment...</title></head><body></body></html>',
};

/** An answer that never comes: the server waits for longer than any caller. */
export const LOST: RestAnswer = { ...json(504, { error: 'gateway timeout' }), delayMs: NEVER_MS, lost: true };

/** The answer of a fault that keeps the order out; null when the order is still to be read. */
export function turnedAway(fault: OrderFault): RestAnswer | null {
  const wait: Record<string, string> =
    fault.retryAfterS === null ? {} : { 'retry-after': String(fault.retryAfterS) };
  switch (fault.kind) {
    case 'region':
      return json(403, { error: 'Trading restricted in your region' });
    case 'egress':
      return { ...HTML, status: 403 };
    case 'rate-limited':
      return json(
        429,
        { error: 'Too Many Requests' },
        { 'poly-ratelimit-remaining': '0', 'poly-ratelimit-tier': 'standard', 'retry-after': '1', ...wait },
      );
    case 'restart':
      return json(425, { error: 'Service is not ready' }, wait);
    case 'disabled':
      return json(503, { error: 'Trading is currently disabled. Check polymarket.com for updates' });
    case 'cancel-only':
      return json(503, {
        error: 'Trading is currently cancel-only. New orders are not accepted, but cancels are allowed.',
      });
    case 'post-only':
      return json(
        503,
        {
          error: 'The matching engine is in post-only mode.',
          code: 'post_only_mode',
          retry_after_seconds: fault.retryAfterS ?? 120,
        },
        wait,
      );
    case 'no-balance':
      return json(400, {
        error:
          'not enough balance / allowance: the balance is not enough -> balance: 0, order amount: 1000000',
      });
    case 'no-match':
      return json(400, {
        error:
          'no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found.',
      });
    case 'fail-before':
      return json(fault.status, { error: 'could not insert order' });
    case 'html':
      return HTML;
    default:
      return null;
  }
}

/** The answer to an order that was read, as the fault changes it. */
export function spoiledEntry(answer: RestAnswer, fault: OrderFault): RestAnswer {
  switch (fault.kind) {
    case 'accept-then-drop':
      return LOST;
    case 'answer-late':
      return { ...answer, delayMs: fault.delayMs };
    case 'fail-after':
      return json(fault.status, { error: 'could not insert order' });
    case 'html-after':
      return HTML;
    case 'empty':
      return json(200, {});
    case 'wrong-id':
      return withFields(answer, { orderID: `0x${'5'.repeat(64)}` });
    case 'unknown-status':
      return withFields(answer, { status: 'held_for_review' });
    default:
      return answer;
  }
}

function withFields(answer: RestAnswer, fields: Record<string, unknown>): RestAnswer {
  if (answer.status !== 200) return answer;
  const change = (value: unknown): unknown => ({ ...fieldsOf(value), ...fields });
  const body: unknown = JSON.parse(answer.body);
  return { ...answer, body: JSON.stringify(Array.isArray(body) ? body.map(change) : change(body)) };
}
