/** Activity of our own account: the query, the rows with their keys, refused rows, paging and its limit. */
import { describe, expect, it } from 'vitest';
import { listAccountActivity } from '../../../polymarket/account/account-activity.ts';
import { type Answer, CONDITION, hostOf, TOKEN_1, TX_HASH } from '../fixture.ts';

const ACCOUNT = { funderAddress: '0x00000000000000000000000000000000c0ffee03', startMs: 1_795_334_400_999 };
const row = (change: Record<string, unknown> = {}) => ({
  type: 'REDEEM',
  transaction_hash: TX_HASH,
  condition_id: CONDITION,
  token_id: TOKEN_1,
  size: '2.5',
  usdc_size: '2.5',
  timestamp: 1_795_334_410,
  ...change,
});
const page = (rows: readonly unknown[], next_cursor: unknown = null): Answer => ({
  body: JSON.stringify({ data: rows, pagination: { next_cursor } }),
});
const read = async (...answers: readonly Answer[]) => listAccountActivity(hostOf(...answers), ACCOUNT);

describe('the account activity', () => {
  it('asks without a type, since a list may be ignored, from the whole second on, uncached', async () => {
    const host = hostOf(page([]));
    await listAccountActivity(host, ACCOUNT);
    const [url] = host.requests;
    expect(url!.pathname).toBe('/v2/activity');
    const { _: unique, ...query } = Object.fromEntries(url!.searchParams);
    expect(query).toEqual({
      user: ACCOUNT.funderAddress,
      exclude_deposits_withdrawals: 'false',
      start: '1795334400',
      limit: '500',
    });
    expect(Number(unique)).toBeGreaterThan(0);
    await listAccountActivity(host, { ...ACCOUNT, startMs: -5_000 });
    expect(host.requests[1]!.searchParams.get('start')).toBe('0');
    expect(host.requests[1]!.searchParams.get('_')).not.toBe(unique);
  });

  it('gives the fields of a row, and undefined for what money without a market lacks', async () => {
    const deposit = row({
      type: 'DEPOSIT',
      condition_id: '',
      token_id: null,
      size: undefined,
      usdc_size: '100',
    });
    const { rows, refused } = await read(page([row(), deposit]));
    expect(refused).toEqual([]);
    expect(rows).toEqual([
      {
        type: 'REDEEM',
        txHash: TX_HASH,
        conditionId: CONDITION,
        tokenId: TOKEN_1,
        shareMicros: 2_500_000n,
        cashMicros: 2_500_000n,
        eventAtMs: 1_795_334_410_000,
        key: `REDEEM:${TX_HASH}:${CONDITION}:${TOKEN_1}:2500000:0`,
      },
      {
        type: 'DEPOSIT',
        txHash: TX_HASH,
        conditionId: undefined,
        tokenId: undefined,
        shareMicros: undefined,
        cashMicros: 100_000_000n,
        eventAtMs: 1_795_334_410_000,
        key: `DEPOSIT:${TX_HASH}:::100000000:0`,
      },
    ]);
  });

  it('is ordered by time and numbers equal rows of one transaction', async () => {
    const { rows } = await read(
      page([row({ timestamp: 1_795_334_420 }), row(), row(), row({ usdc_size: '1' })]),
    );
    expect(rows.map((one) => one.eventAtMs)).toEqual(
      [10, 10, 10, 20].map((seconds) => 1_795_334_400_000 + seconds * 1_000),
    );
    expect(rows.map((one) => one.key.split(':').slice(-2))).toEqual([
      ['2500000', '0'],
      ['2500000', '1'],
      ['1000000', '0'],
      ['2500000', '2'],
    ]);
  });

  it('leaves out our trades, refuses a damaged row with its field and keeps the others', async () => {
    const ofTypes = ['TRADE', 'NEWS', 'TIP', 'MIGRATION'].map((type) => row({ type }));
    const { rows, refused } = await read(page([...ofTypes, row({ usdc_size: '' }), row()]));
    expect(rows.map((one) => one.type)).toEqual(['TIP', 'MIGRATION', 'REDEEM']);
    expect(refused.map((one) => [one.source, one.reason.split(':')[0]])).toEqual([
      ['account activity', 'type'],
      ['account activity', 'usdc_size'],
    ]);
  });

  it('follows the cursor to the last page', async () => {
    const host = hostOf(page([row()], 'next'), page([row({ usdc_size: '7' })]));
    const { rows } = await listAccountActivity(host, ACCOUNT);
    expect(rows).toHaveLength(2);
    expect(host.requests.map((url) => url.searchParams.get('cursor'))).toEqual([null, 'next']);
  });

  it('stops after 20 pages', async () => {
    const host = hostOf(page([row()], 'next'));
    const { rows } = await listAccountActivity(host, ACCOUNT);
    expect(rows).toHaveLength(20);
    expect(host.requests).toHaveLength(20);
  });

  it('throws for an answer that is not a page', async () => {
    await expect(read({ body: '{"rows":[]}' })).rejects.toMatchObject({
      kind: 'bad-payload',
      message: 'GET venue.test/v2/activity: bad payload, not a page',
    });
  });
});
