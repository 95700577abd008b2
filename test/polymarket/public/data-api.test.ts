/** The Data API: what is requested, what a page becomes, what is quarantined, and how positions and results are read. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createDataApi,
  POSITION_PAGES_MAX,
  parsePage,
  parsePosition,
} from '../../../polymarket/public/data-api.ts';
import { parseActivityRow, parseLeaderRow } from '../../../polymarket/public/leader-row.ts';
import type { Refusals } from '../../../polymarket/wire/refused.ts';
import { CONDITION, CONDITION_V2, fixture, hostOf, LEADER, TOKEN_1, TOKEN_2 } from '../fixture.ts';

describe('a leader’s trades', () => {
  it('asks for maker fills and small ones too, past the cache, with the same filters on every page', async () => {
    const host = hostOf({ body: fixture('trades-page.json') });
    const api = createDataApi(host);
    await api.listTrades({ user: LEADER, startMs: 1_789_999_999_999 });
    await api.listTrades({ user: LEADER, startMs: 1_789_999_999_999, cursor: 'abc' });
    const [first, second] = host.requests.map((url) => Object.fromEntries(url.searchParams));
    expect(host.requests[0]!.pathname).toBe('/v2/trades');
    expect(first).toMatchObject({
      user: LEADER,
      taker_only: 'false',
      filter_amount: '0',
      start: '1789999999',
      limit: '1000',
    });
    expect(second).toEqual({ ...first, cursor: 'abc', _: second!._ });
    expect(second!._).not.toBe(first!._);
  });

  it('quarantines a bad row and a combo, and goes on with the page (W5)', async () => {
    const api = createDataApi(hostOf({ body: fixture('trades-page.json') }));
    const page = await api.listTrades({ user: LEADER, startMs: 0 });
    expect(page.nextCursor).toBe('abc');
    expect(page.refused.map((entry) => entry.reason)).toEqual([
      'size: not a decimal above 0',
      'combo: not tradable on the book',
    ]);
    expect(page.rows).toMatchObject([
      { tokenId: TOKEN_1, side: 'BUY', notionalMicros: 9_999_999n, conditionId: CONDITION },
      {
        tokenId: TOKEN_2,
        side: 'SELL',
        notionalMicros: 1_910_000n,
        conditionId: CONDITION_V2,
        eventAtMs: 1_790_000_001_000,
      },
    ]);
  });

  it('reads an empty page with a cursor as not yet the end', async () => {
    const body = '{"data":[],"pagination":{"limit":1000,"offset":0,"has_more":true,"next_cursor":"more"}}';
    const page = await createDataApi(hostOf({ body })).listTrades({ user: LEADER, startMs: 0 });
    expect(page).toEqual({ rows: [], refused: [], nextCursor: 'more' });
  });

  it.each([
    '{}',
    '{"data":[]}',
    '{"data":{},"pagination":{}}',
    '{"data":[],"pagination":{"next_cursor":7}}',
    '"x"',
    'null',
  ])('throws for %s: a page must say whether it is the last', async (body) => {
    const api = createDataApi(hostOf({ body }));
    await expect(api.listTrades({ user: LEADER, startMs: 0 })).rejects.toMatchObject({ kind: 'bad-payload' });
  });
});

describe('a leader’s other acts', () => {
  it('reads splits, redemptions and conversions, and refuses what lacks its cash', async () => {
    const host = hostOf({ body: fixture('activity-page.json') });
    const page = await createDataApi(host).listActivity({ user: LEADER, startMs: 0 });
    expect(host.requests[0]!.searchParams.has('type')).toBe(false);
    expect(page.rows).toMatchObject([
      { type: 'SPLIT', shareMicros: 250_000_000n, cashMicros: 250_000_000n },
      { type: 'REDEEM', shareMicros: 10_000_000n, cashMicros: 0n, eventSlug: '' },
      { type: 'CONVERSION', shareMicros: 40_000_000n, cashMicros: 0n, eventSlug: 'rain' },
    ]);
    expect(page.refused.map((entry) => entry.reason)).toEqual(['usdc_size: missing']);
    expect(page.nextCursor).toBeUndefined();
  });

  it('leaves out types that move no shares, and shows the operator a migration and a type that is new', async () => {
    const types = ['TRADE', 'TIP', 'REWARD', 'DEPOSIT', 'MIGRATION', 'NEWS'];
    const body = JSON.stringify({ data: types.map((type) => ({ type })), pagination: {} });
    const page = await createDataApi(hostOf({ body })).listActivity({ user: LEADER, startMs: 0 });
    expect(page.rows).toEqual([]);
    expect(page.refused.map((entry) => entry.reason.slice(0, 10))).toEqual(['MIGRATION:', 'type: Inva']);
  });
});

describe('a leader’s positions', () => {
  it('walks all pages, leaves out empty ones, keeps dust and takes a repeated row once', async () => {
    const host = hostOf(
      { body: fixture('positions-page-1.json') },
      { body: fixture('positions-page-2.json') },
    );
    const found = await createDataApi(host).listPositions(LEADER);
    expect(host.requests.map((url) => url.searchParams.get('cursor'))).toEqual([null, 'page2']);
    expect(host.requests.map((url) => url.searchParams.get('filter_amount'))).toEqual(['0', '0']);
    expect(found.positions).toEqual([
      {
        tokenId: TOKEN_1,
        conditionId: CONDITION,
        shareMicros: 12_500_000n,
        avgPriceMicros: 400_000n,
        title: 'Will it rain?',
        slug: 'will-it-rain',
        outcome: 'Yes',
        eventSlug: 'rain',
      },
      {
        tokenId: TOKEN_2,
        conditionId: CONDITION_V2,
        shareMicros: 50_000n,
        avgPriceMicros: undefined,
        title: 'Will it rain?',
        slug: 'will-it-rain',
        outcome: 'No',
        eventSlug: '',
      },
    ]);
    expect(found.refused.map((entry) => entry.reason)).toEqual(['token_id: not a token id']);
  });

  it.each([
    ['are whole where every row can be read', {}, true, []],
    ['are not whole with a row whose token cannot be read', { token_id: 9 }, false, []],
    ['are whole but for a token whose size cannot be read', { current_size: 'x' }, true, [TOKEN_2]],
    ['are whole but for a token whose condition cannot be read', { condition_id: 7 }, true, [TOKEN_2]],
    ['are whole with a combo, which is not traded on the book', { is_combo: true }, true, []],
  ])('%s', async (_what, odd, complete, unread) => {
    const row = { token_id: TOKEN_1, condition_id: CONDITION, current_size: 1, avg_price: 0.5 };
    const body = JSON.stringify({ data: [row, { ...row, token_id: TOKEN_2, ...odd }], pagination: {} });
    const found = await createDataApi(hostOf({ body })).listPositions(LEADER);
    expect([found.complete, found.unreadTokenIds, found.positions[0]?.tokenId]).toEqual([
      complete,
      unread,
      TOKEN_1,
    ]);
  });

  it.each([1.000001, -0.2, 4e-7, 'nan', {}, null])(
    'keep a row whose average price is %j',
    async (average) => {
      const row = { token_id: TOKEN_1, condition_id: CONDITION, current_size: 1e-7 };
      const rows = [row, { ...row, token_id: TOKEN_2, current_size: 3, avg_price: average }];
      const body = JSON.stringify({ data: rows, pagination: {} });
      const found = await createDataApi(hostOf({ body })).listPositions(LEADER);
      expect(found).toMatchObject({ complete: true, unreadTokenIds: [], refused: [] });
      expect(found.positions.map((one) => one.shareMicros)).toEqual([3_000_000n]);
    },
  );

  it('stops at the page limit and says that it did not see everything', async () => {
    const host = hostOf({ body: fixture('positions-page-1.json') });
    const found = await createDataApi(host).listPositions(LEADER);
    expect(host.requests).toHaveLength(POSITION_PAGES_MAX);
    expect(found.complete).toBe(false);
    expect(found.positions).toHaveLength(1);
  });

  it('reads the older names alike', () => {
    const page = parsePage(JSON.parse(fixture('positions-2026-09.json')), 'test', parsePosition);
    expect(page).toMatchObject({
      refused: [],
      rows: [{ tokenId: TOKEN_1, shareMicros: 42_500_000n, avgPriceMicros: 30_000n }],
    });
  });
});

it('never throws on any row, and quarantines rather than loses it', () => {
  const parsers: ((value: unknown, refused: Refusals) => unknown)[] = [
    parseLeaderRow,
    parseActivityRow,
    // A row that cannot be read names its token as well.
    (value, refused) => {
      const row = parsePosition(value, refused);
      return row !== 'none' && 'unread' in row ? undefined : row;
    },
  ];
  for (const parseRow of parsers) {
    fc.assert(
      fc.property(fc.array(fc.jsonValue(), { maxLength: 20 }), (data) => {
        const page = parsePage({ data, pagination: { next_cursor: null } }, 'test', parseRow);
        expect(page!.rows.length + page!.refused.length).toBe(data.length);
      }),
    );
  }
});
