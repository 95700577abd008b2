/** Which answers count for the time that a live order takes, and how many are kept (A55). */
import { beforeEach, expect, it } from 'vitest';
import { noteAnswerTime } from '../../../../../durable-objects/wallet/live/orders/answer-times.ts';
import type { StoredOrder } from '../../../../../durable-objects/wallet/live/orders/order-store.ts';
import { START_MS } from '../../../memory-ports.ts';
import { walletStores } from '../../stores.ts';

let kv: ReturnType<typeof walletStores>['kv'];

beforeEach(() => {
  kv = walletStores('LIVE').kv;
});

/** An order of which only what is looked at is there. */
function order(
  answeredAtMs: number | null,
  {
    takerDelayMs = 0,
    ...record
  }: { takerDelayMs?: number | undefined; submits?: number; state?: string } = {},
): StoredOrder {
  const base = { createdAtMs: START_MS, answeredAtMs, submits: 1, state: 'OPEN', ...record };
  // The rest of an order has no part in it.
  return { record: base, takerDelayMs } as unknown as StoredOrder;
}

const POSTED = order(null);

it('stores the time from decision to answer', () => {
  noteAnswerTime(kv, POSTED, order(START_MS + 210));
  noteAnswerTime(kv, POSTED, order(START_MS + 190, { state: 'REJECTED' }));
  expect(kv.get('answerTimes')).toEqual([210, 190]);
});

it.each([
  ['is not answered yet', POSTED, order(null)],
  ['was answered before', order(START_MS + 5), order(START_MS + 5, { state: 'FILLED' })],
  ['was sent again', POSTED, order(START_MS + 900, { submits: 2 })],
  ['has no outcome', POSTED, order(START_MS + 5_000, { state: 'UNKNOWN' })],
  ['waited for the delay of its market', POSTED, order(START_MS + 400, { takerDelayMs: 150 })],
])('counts no order that %s', (_what, before, after) => {
  noteAnswerTime(kv, before, after);
  expect(kv.get('answerTimes')).toBeUndefined();
});

it('counts no order of an older release, whose delay is not known', () => {
  const { takerDelayMs: _unknown, ...old } = order(START_MS + 5);
  noteAnswerTime(kv, POSTED, old);
  expect(kv.get('answerTimes')).toBeUndefined();
});

it('keeps the newest hundred', () => {
  for (let ms = 1; ms <= 103; ms += 1) noteAnswerTime(kv, POSTED, order(START_MS + ms));
  expect(kv.get('answerTimes')).toHaveLength(100);
  expect(kv.get('answerTimes')?.[0]).toBe(4);
});
