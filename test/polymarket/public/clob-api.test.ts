/** The CLOB's REST reads: books best first, what a market's orders must keep to, and who won. */
import { describe, expect, it } from 'vitest';
import type { TokenId } from '../../../domain/ids.ts';
import { HIGHEST_FEE } from '../../../domain/market/market.ts';
import { createClobApi } from '../../../polymarket/public/clob-api.ts';
import { CONDITION, CONDITION_V2, fixture, hostOf, TOKEN_1, TOKEN_2 } from '../fixture.ts';

describe('a book', () => {
  it('comes best first, without empty levels and those at 0 and 1', async () => {
    const host = hostOf({ body: fixture('book.json') });
    expect(await createClobApi(host).fetchBook(TOKEN_1)).toEqual({
      tokenId: TOKEN_1,
      conditionId: CONDITION,
      bids: [
        { priceMicros: 480_000n, shareMicros: 200_500_000n },
        { priceMicros: 100_000n, shareMicros: 1_000_000_000n },
      ],
      asks: [
        { priceMicros: 520_000n, shareMicros: 30_000_001n },
        { priceMicros: 550_000n, shareMicros: 70_000_000n },
      ],
      tickPriceMicros: 10_000n,
      orderShareMicrosMin: 5_000_000n,
      hash: '0123456789abcdef0123456789abcdef01234567',
      venueAtMs: 1_790_000_000_123,
    });
    expect(host.requests[0]!.href).toBe(`https://venue.test/book?token_id=${TOKEN_1}`);
  });

  it('is undefined where there is none', async () => {
    expect(await createClobApi(hostOf({ status: 404 })).fetchBook(TOKEN_1)).toBeUndefined();
  });

  it('is refused when it is of another token, or has one damaged level', async () => {
    const body = fixture('book.json');
    const api = (text: string) => createClobApi(hostOf({ body: text }));
    await expect(api(body).fetchBook(TOKEN_2)).rejects.toMatchObject({ kind: 'bad-payload' });
    await expect(api(body.replace('"70"', '"-70"')).fetchBook(TOKEN_1)).rejects.toThrow(/asks\.\d\.size/);
    await expect(api(body.replace('"0.52"', '"NaN"')).fetchBook(TOKEN_1)).rejects.toThrow(/asks\.\d\.price/);
  });

  it('may have no tick and no minimum, as null, "" or 0', async () => {
    const book = JSON.parse(fixture('book.json'));
    for (const tick_size of [null, '', '0', 0, undefined]) {
      const body = JSON.stringify({ ...book, tick_size, min_order_size: null });
      const found = await createClobApi(hostOf({ body })).fetchBook(TOKEN_1);
      expect(found).toMatchObject({ tickPriceMicros: undefined, orderShareMicrosMin: undefined });
    }
  });
});

describe('many books', () => {
  it('are asked for in one call, in any order, without those that the venue does not have', async () => {
    const book = JSON.parse(fixture('book.json'));
    const host = hostOf({ body: JSON.stringify([{ ...book, asset_id: TOKEN_2 }, book]) });
    const { books, complete } = await createClobApi(host).fetchBooks([TOKEN_1, TOKEN_2, '9' as TokenId]);
    expect(host.requests.map((url) => url.pathname)).toEqual(['/books']);
    expect([[...books.keys()], complete]).toEqual([[TOKEN_2, TOKEN_1], true]);
    expect(books.get(TOKEN_1)).toEqual(
      await createClobApi(hostOf({ body: fixture('book.json') })).fetchBook(TOKEN_1),
    );
  });

  it('are kept where one of them is damaged or of another token, but then a missing one may exist', async () => {
    const book = JSON.parse(fixture('book.json'));
    const body = JSON.stringify([book, { ...book, bids: 'x' }, { ...book, asset_id: '9' }]);
    const read = await createClobApi(hostOf({ body })).fetchBooks([TOKEN_1, TOKEN_2]);
    expect([[...read.books.keys()], read.complete, read.refused.length]).toEqual([[TOKEN_1], false, 2]);
    await expect(createClobApi(hostOf({ body: '{}' })).fetchBooks([TOKEN_1])).rejects.toMatchObject({
      kind: 'bad-payload',
    });
  });
});

describe('a market', () => {
  const market = JSON.parse(fixture('clob-market.json'));
  const fetchIt = (change: Record<string, unknown>) =>
    createClobApi(hostOf({ body: JSON.stringify({ ...market, ...change }) })).fetchMarket(CONDITION);

  it('gives tick, minimum, fee, version and both tokens', async () => {
    expect(await fetchIt({})).toEqual({
      conditionId: CONDITION,
      tokens: [
        { tokenId: TOKEN_1, outcome: 'Yes' },
        { tokenId: TOKEN_2, outcome: 'No' },
      ],
      tickPriceMicros: 1_000n,
      orderShareMicrosMin: 5_000_000n,
      negRisk: true,
      version: 'v2',
      acceptingOrders: true,
      fee: { ratePpm: 70_000n, exponent: 1 },
      takerDelayMs: 0,
    });
  });

  it('says how long it holds takers: its seconds of delay, and a quarter of one where it only has the mark', async () => {
    expect(await fetchIt({ sd: 3 })).toMatchObject({ takerDelayMs: 3_000 });
    expect(await fetchIt({ itode: true })).toMatchObject({ takerDelayMs: 250 });
    expect(await fetchIt({ sd: null, itode: null })).toMatchObject({ takerDelayMs: 0 });
  });

  it('accepts no orders unless it says so, and is free where it has no fee', async () => {
    expect(await fetchIt({ ao: undefined, fd: null, nr: undefined, v: null })).toMatchObject({
      acceptingOrders: false,
      fee: null,
      negRisk: false,
    });
  });

  it('has no version unless it says so, for an order could be signed for the wrong contract', async () => {
    expect(await fetchIt({ v: undefined })).toMatchObject({ version: null });
    expect(await fetchIt({ v: null })).toMatchObject({ version: null });
    expect(await fetchIt({ v: 'v9' })).toMatchObject({ version: null });
  });

  it.each([
    ['absent', undefined, null],
    ['null', null, null],
    ['without fields', {}, null],
    ['of zero', { r: 0, e: 1, to: true }, null],
    ['with null fields', { r: null, e: null, to: null }, null],
    ['without a power', { r: 0.02 }, { ratePpm: 20_000n, exponent: 0 }],
    [
      'with a power of one and a half, rounded so that it is higher',
      { r: 0.07, e: 1.5 },
      { ratePpm: 70_000n, exponent: 1 },
    ],
    ['with a very high power', { r: 0.07, e: 9 }, { ratePpm: 70_000n, exponent: 4 }],
  ])('has the fee that is sent: %s', async (_what, fd, fee) => {
    const market = await fetchIt({ fd });
    expect([market?.fee, market?.isFeeUnknown]).toEqual([fee, undefined]);
  });

  it.each([
    ['above the whole', { r: 1.5, e: 1, to: true }],
    ['with a negative power', { r: 0.07, e: -1 }],
    ['with a rate that is no number', { r: 'free', e: 1 }],
    ['that is a list', [0.07]],
  ])('says that its fee is not known, and keeps the rest: %s', async (_what, fd) => {
    expect(await fetchIt({ fd })).toMatchObject({
      isFeeUnknown: true,
      fee: HIGHEST_FEE,
      acceptingOrders: true,
    });
  });

  it.each([undefined, null])('may lack its condition and its minimum: %j', async (absent) => {
    const market = await fetchIt({ c: absent, mos: absent });
    expect([market?.conditionId, market?.orderShareMicrosMin]).toEqual([CONDITION, 5_000_000n]);
  });

  it.each([
    ['a tick of zero', { mts: 0 }],
    ['no tick', { mts: null }],
    [
      'empty token ids, as freshly minted markets have',
      {
        t: [
          { t: '', o: 'Yes' },
          { t: '', o: 'No' },
        ],
      },
    ],
    ['another condition', { c: CONDITION_V2 }],
  ])('is refused with %s', async (_what, change) => {
    await expect(fetchIt(change)).rejects.toMatchObject({ kind: 'bad-payload' });
  });
});

it('reads the venue’s clock in seconds as milliseconds', async () => {
  expect(await createClobApi(hostOf({ body: '1790000000' })).fetchTimeMs()).toBe(1_790_000_000_000);
  await expect(createClobApi(hostOf({ body: '"soon"' })).fetchTimeMs()).rejects.toMatchObject({
    kind: 'bad-payload',
  });
  await expect(createClobApi(hostOf({ status: 404 })).fetchTimeMs()).rejects.toMatchObject({
    kind: 'bad-payload',
  });
});
