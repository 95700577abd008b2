/** Several orders in one call: what is sent, and what each of them is answered. */
import { describe, expect, it } from 'vitest';
import type { OrderId } from '../../../domain/orders/orders.ts';
import { readLiveSecrets } from '../../../polymarket/account/credentials.ts';
import { createTradingApi } from '../../../polymarket/account/trading-api.ts';
import { PRACTICE_KEY } from '../../simulator/trader.ts';

const idOf = (digit: string): OrderId => `0x${digit.repeat(64)}` as OrderId;
const ORDERS = ['a', 'b', 'c'].map((name) => ({ orderId: idOf(name), body: `{"order":"${name}"}` }));
const taken = (name: string) => ({
  success: true,
  errorMsg: '',
  orderID: idOf(name),
  status: 'matched',
  tradeIDs: [name],
});
const refused = (errorMsg: string) => ({ success: true, errorMsg, orderID: '', status: '' });

async function answersTo(body: unknown, status = 200, headers: Record<string, string> = {}) {
  const calls: { readonly path: string; readonly init: RequestInit }[] = [];
  const secrets = readLiveSecrets({
    POLYMARKET_PRIVATE_KEY: PRACTICE_KEY,
    POLYMARKET_FUNDER_ADDRESS: '0x00000000000000000000000000000000c0ffee03',
    POLYMARKET_SIGNATURE_TYPE: '3',
  });
  if (secrets.kind !== 'ready') throw new Error(secrets.kind);
  const api = createTradingApi({
    host: {
      baseUrl: 'https://venue.test',
      nowMs: () => 1_795_334_400_000,
      fetch: async (input, init = {}) => {
        calls.push({ path: new URL(input).pathname, init });
        if (body instanceof Error) throw body;
        return new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers });
      },
    },
    signer: secrets.signer,
    credentials: { apiKey: 'key', secret: 'c2VjcmV0', passphrase: 'pass' },
  });
  const answers = await api.submitAll(ORDERS, { timeoutMs: 1_000 });
  return { answers, calls };
}

describe('orders in one call', () => {
  it('leave as they were signed, in their order, with headers for the whole', async () => {
    const { answers, calls } = await answersTo([taken('a'), taken('b'), taken('c')]);
    expect(calls.map(({ path, init }) => [path, init.method, init.body])).toEqual([
      ['/orders', 'POST', '[{"order":"a"},{"order":"b"},{"order":"c"}]'],
    ]);
    expect(new Headers(calls[0]?.init.headers).get('poly_signature')).toMatch(/^.{40,}$/);
    expect(answers).toEqual(
      ['a', 'b', 'c'].map((tradeId) => ({ kind: 'accepted', status: 'MATCHED', tradeIds: [tradeId] })),
    );
  });

  it('are judged each on its own: taken, killed, rejected, and refused for what concerns the account', async () => {
    const { answers } = await answersTo([
      refused('no orders found to match with FAK order. FAK orders are partially filled or killed'),
      taken('b'),
      refused('not enough balance / allowance'),
    ]);
    expect(answers).toMatchObject([
      { kind: 'killed' },
      { kind: 'accepted' },
      { kind: 'rejected', cause: 'INSUFFICIENT_FUNDS' },
    ]);
  });

  it('are known by their ids where the answer has another order, or lacks some: those alone are unknown', async () => {
    const { answers } = await answersTo([taken('c'), taken('a')]);
    expect(answers).toMatchObject([
      { kind: 'accepted', tradeIds: ['a'] },
      { kind: 'unknown', cause: 'UNREADABLE' },
      { kind: 'accepted', tradeIds: ['c'] },
    ]);
    // Which of them was refused is not said.
    const partly = await answersTo([refused('not enough balance / allowance'), taken('a')]);
    expect(partly.answers).toMatchObject([{ kind: 'accepted' }, { kind: 'unknown' }, { kind: 'unknown' }]);
  });

  it('are unknown each whose entry cannot be read or is about another order', async () => {
    const { answers } = await answersTo([taken('a'), 7, taken('d')]);
    expect(answers).toMatchObject([{ kind: 'accepted' }, { kind: 'unknown' }, { kind: 'unknown' }]);
  });

  it.each([
    ['a page of HTML', '<html></html>', 200],
    ['half an answer', '[{"success":true,', 200],
    ['one answer for all', taken('a'), 200],
    ['a failure of the server', { error: 'could not insert order' }, 500],
    ['a refusal that can only be about one of them', { error: 'not enough balance / allowance' }, 400],
    ['a network that breaks', new Error('reset'), 200],
  ])('are all unknown after %s', async (_what, body, status) => {
    const { answers } = await answersTo(body, status);
    expect(answers.map(({ kind }) => kind)).toEqual(['unknown', 'unknown', 'unknown']);
  });

  it('are all refused with the call, where the refusal is about the call or the venue', async () => {
    const many = await answersTo({ error: 'Too many orders in payload' }, 400);
    expect(many.answers).toMatchObject(ORDERS.map(() => ({ kind: 'rejected', cause: 'INVALID_PAYLOAD' })));
    const limited = await answersTo({ error: 'Too Many Requests' }, 429, { 'retry-after': '2' });
    expect(limited.answers).toMatchObject(
      ORDERS.map(() => ({ kind: 'wait', condition: 'RATE_LIMITED', retryAfterMs: 2_000 })),
    );
  });
});
