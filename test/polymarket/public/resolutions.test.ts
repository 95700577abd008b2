/** Results of markets: many in one call, and none that does not add up. */
import { describe, expect, it } from 'vitest';
import { createDataApi } from '../../../polymarket/public/data-api.ts';
import { CONDITIONS_MAX } from '../../../polymarket/public/resolutions.ts';
import { CONDITION, CONDITION_V2, fixture, hostOf } from '../fixture.ts';

describe('results of markets', () => {
  const fetchOf = (body: string, conditions = [CONDITION]) =>
    createDataApi(hostOf({ body })).fetchResolutions(conditions);
  const row = (condition: string, payouts: readonly number[], status = 'resolved') => ({
    condition_id: condition,
    status,
    payouts,
  });

  it('are asked for in one call, past the cache', async () => {
    const host = hostOf({ body: '{"data":[]}' });
    await createDataApi(host).fetchResolutions([CONDITION, CONDITION_V2]);
    const [url] = host.requests;
    expect([host.requests.length, url?.pathname]).toEqual([1, '/v2/resolutions']);
    expect(url?.searchParams.get('condition')).toBe(`${CONDITION},${CONDITION_V2}`);
    expect(url?.searchParams.has('_')).toBe(true);
    expect(CONDITIONS_MAX).toBe(20);
  });

  it('are payouts per share, split ones too', async () => {
    const { byCondition, refused } = await fetchOf(fixture('resolutions.json'));
    expect([...byCondition]).toEqual([
      [CONDITION, { status: 'resolved', payoutPriceMicros: [500_000n, 500_000n] }],
    ]);
    expect(refused).toEqual([]);
  });

  it('are kept by their condition, in whatever order they come', async () => {
    const rows = [row(CONDITION_V2, [0, 1_000_000]), row(CONDITION, [333_333, 666_666])];
    const { byCondition } = await fetchOf(JSON.stringify({ data: rows }), [CONDITION, CONDITION_V2]);
    expect(byCondition.get(CONDITION)?.payoutPriceMicros).toEqual([333_333n, 666_666n]);
    expect(byCondition.get(CONDITION_V2)?.payoutPriceMicros).toEqual([0n, 1_000_000n]);
  });

  it('have no payouts before the end, and are missing of an unknown market', async () => {
    const open = await fetchOf('{"data":{"status":"proposed","payouts":[1000000,0]}}');
    expect([...open.byCondition.values()]).toEqual([{ status: 'proposed', payoutPriceMicros: undefined }]);
    expect((await fetchOf('{"data":[]}')).byCondition.size).toBe(0);
    expect((await fetchOf('{}')).byCondition.size).toBe(0);
    const absent = await createDataApi(hostOf({ status: 404 })).fetchResolutions([CONDITION]);
    expect(absent.byCondition.size).toBe(0);
  });

  it.each([
    [row(CONDITION, [0, 0]), 'payouts: not two that add up to one dollar'],
    [row(CONDITION, [1_000_000, 1_000_000]), 'payouts: not two that add up to one dollar'],
    [row(CONDITION, [1_000_000]), 'payouts: not two that add up to one dollar'],
    [{ ...row(CONDITION, []), payouts: null }, 'payouts: not two that add up to one dollar'],
    [row(CONDITION, [0.5, 0.5]), 'payouts.0: not a whole number'],
    [row(CONDITION, [1_000_000, 0], 'settled'), 'status: '],
    [row(CONDITION_V2, [1_000_000, 0]), 'condition_id: of another market'],
    [7, 'Invalid input'],
  ])('refuse %j, and keep the others', async (bad, reason) => {
    const good = row(CONDITION, [1_000_000, 0]);
    const { byCondition, refused } = await fetchOf(JSON.stringify({ data: [bad, good] }));
    expect(byCondition.get(CONDITION)?.payoutPriceMicros).toEqual([1_000_000n, 0n]);
    expect(refused.map((one) => [one.source, one.reason.slice(0, reason.length)])).toEqual([
      ['RESOLUTIONS', reason],
    ]);
  });

  it('refuse a row that names no condition when several were asked for', async () => {
    const body = '{"data":[{"status":"resolved","payouts":[1000000,0]}]}';
    const { byCondition, refused } = await fetchOf(body, [CONDITION, CONDITION_V2]);
    expect([byCondition.size, refused.length]).toEqual([0, 1]);
  });
});
