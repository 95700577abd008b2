/** Where the practice exchange is as unkind as the venue: limits that count refused calls, odd fields, refused parameters. */
import { describe, expect, it } from 'vitest';
import { createPracticeExchange } from '../../../simulator/exchange.ts';
import { openBench, SILENT, START_MS } from '../harness.ts';

describe('the limits of public reads', () => {
  it('count refused calls too, and say when to come back', () => {
    let nowMs = START_MS;
    const exchange = createPracticeExchange({
      nowMs: () => nowMs,
      seed: 'test',
      storage: null,
      automation: SILENT,
      readLimits: true,
    });
    const ask = () => exchange.handleRequest({ method: 'GET', url: `/v2/trades?_=${Math.random()}` });
    const statuses = Array.from({ length: 201 }, () => ask().status);
    expect([statuses.filter((one) => one === 200).length, statuses.at(-1)]).toEqual([200, 429]);
    // Who goes on asking stays refused; who waits is answered.
    for (let second = 0; second < 20; second += 1) {
      nowMs += 1_000;
      for (let call = 0; call < 30; call += 1) ask();
    }
    const refused = ask();
    expect([refused.status, Number(refused.headers['retry-after'])]).toEqual([429, expect.any(Number)]);
    nowMs += 10_000;
    expect(ask().status).toBe(200);
  });
});

describe('the activity of a wallet', () => {
  it.each([
    ['of an unknown type', '&type=NEWS', 400],
    ['with a type twice', '&type=TRADE&type=MERGE', 400],
    ['of a documented type that never happens here', '&type=TIP', 200],
  ])('%s is answered %s with %i', (_what, query, status) => {
    const { exchange } = openBench();
    const answer = exchange.handleRequest({
      method: 'GET',
      url: `/v2/activity?user=${exchange.leaders()[0]!.address}${query}`,
    });
    expect(answer.status).toBe(status);
    if (status === 400)
      expect(JSON.parse(answer.body)).toMatchObject({ code: 'invalid_request', parameter: 'type' });
  });
});

describe('a market without fees', () => {
  it('has no fee details, or some without a rate; false flags are left out', () => {
    const { exchange, get } = openBench();
    const forms = new Set<string>();
    for (const { conditionId } of exchange.markets()) {
      const market = get(`/clob-markets/${conditionId}`).body as Record<string, unknown>;
      const fee = market.fd as { r?: number } | null | undefined;
      if (fee?.r === undefined) forms.add('fd' in market ? JSON.stringify(market.fd) : 'none');
      for (const flag of ['ao', 'itode', 'nr']) expect(market[flag]).not.toBe(false);
    }
    expect(forms.size).toBeGreaterThan(1);
  });
});
