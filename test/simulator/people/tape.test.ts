// Recordings: a small one of each kind written here, and the real ones of ../shared/data where that folder is present.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openBench, post, START_MS, totalValue } from '../harness.ts';

type Row = Record<string, unknown>;

const DATA = new URL('../../../../shared/data/', import.meta.url).pathname;
const HAS_DATA = existsSync(`${DATA}books`);
if (!HAS_DATA)
  console.log('test/simulator/people/tape.test.ts: skipped the real recordings, ../shared/data is absent');

const WALLET = `0x${'6'.repeat(40)}`;
const CONDITION = `0x${'4e'.repeat(32)}`;
const hash = (digit: string) => `0x${digit.repeat(64)}`;
const ACTIVITY_HEADER =
  'timestamp,datetime,type,side,proxyWallet,conditionId,asset,outcomeIndex,outcome,size,usdcSize,price,transactionHash,title,slug,eventSlug,icon,name,pseudonym,bio,profileImage,profileImageOptimized';
const activityLine = (fields: {
  at: number;
  type?: string;
  side?: string;
  token?: string;
  index?: string;
  size: string;
  price: string;
  tx: string;
  usdc?: string;
}) =>
  [
    fields.at,
    'x',
    fields.type ?? 'TRADE',
    fields.side ?? 'BUY',
    WALLET,
    CONDITION,
    fields.token ?? '111',
    fields.index ?? '0',
    fields.index === '1' ? 'Down' : 'Up',
    fields.size,
    fields.usdc ?? '1',
    fields.price,
    hash(fields.tx),
    '"Up, or ""Down""?"',
    'up-or-down',
    'up-or-down-event',
    '',
    'gaba',
    'Grown-Fruit',
    '',
    '',
    '',
  ].join(',');
const ACTIVITY = [
  ACTIVITY_HEADER,
  activityLine({
    at: 1_700_000_030,
    type: 'MERGE',
    side: '',
    token: '',
    index: '999',
    size: '4',
    price: '0',
    tx: 'd',
    usdc: '4',
  }),
  activityLine({ at: 1_700_000_020, side: 'SELL', size: '3.5', price: '0.6', tx: 'c' }),
  activityLine({ at: 1_700_000_010, token: '222', index: '1', size: '5.6', price: '0.41', tx: 'b' }),
  activityLine({ at: 1_700_000_000, size: '2.061833', price: '0.590000004850053327', tx: 'a' }),
].join('\n');

const BOOKS = [
  'market_slug,asset_id,market_id,event_type,price,side,size,hash,timestamp',
  'mlb-pit-mil-2025-06-24,31,,book,0.42,ask,23421,aa,1750803262061',
  'mlb-pit-mil-2025-06-24,31,,book,0.39,bid,5432.5,aa,1750803262061',
  'mlb-pit-mil-2025-06-24,32,,book,0.58,bid,23421,bb,1750803262061',
  'mlb-pit-mil-2025-06-24,32,,book,0.61,ask,5432.5,bb,1750803262061',
  'mlb-pit-mil-2025-06-24,31,,price_change,0.42,ask,0,cc,1750803272061',
  'mlb-pit-mil-2025-06-24,31,,price_change,0.43,ask,77,cc,1750803272061',
].join('\n');

describe('an activity recording', () => {
  it('appears on RTDS and the Data API with its own wallet, hash, size and price, at its pace, moved to now', () => {
    const bench = openBench();
    const frames: Row[] = [];
    bench.exchange
      .openRtdsSocket((text) => frames.push((JSON.parse(text) as { payload: Row }).payload))
      .receive('{"action":"subscribe","subscriptions":[{"topic":"activity","type":"trades"}]}');
    expect(post(bench.exchange, '/control/tape', { name: 'a.csv', csv: ACTIVITY, speed: 2 })).toMatchObject({
      status: 200,
      body: { kind: 'activity', rows: 4, refused: 0, leaders: [WALLET], markets: [CONDITION] },
    });
    bench.pass(3_000);
    expect(frames).toMatchObject([
      {
        asset: '111',
        conditionId: CONDITION,
        size: 2.061833,
        price: Number('0.590000004850053327'),
        transactionHash: hash('a'),
        title: 'Up, or "Down"?',
        outcome: 'Up',
      },
    ]);
    bench.pass(20_000);
    expect(frames.map((frame) => frame.transactionHash)).toEqual([hash('a'), hash('b'), hash('c')]);
    const { data } = bench.get(`/v2/activity?user=${WALLET}`).body as { data: Row[] };
    expect(data.map((row) => [row.type, row.size, row.token_id])).toEqual([
      ['MERGE', 4, ''],
      ['TRADE', 3.5, '111'],
      ['TRADE', 5.6, '222'],
      ['TRADE', 2.061833, '111'],
    ]);
    const times = data.map((row) => Number(row.timestamp) - START_MS / 1_000);
    expect(times[0]! - times[3]!).toBe(15);
    expect(bench.get('/control/status').body).toMatchObject({
      tapes: [{ played: 4, total: 4, ended: true, refused: 0 }],
    });
    expect(totalValue(bench.exchange.world)).toBe(bench.exchange.world.meta.deposits);
  });

  it('lists the recorded leader first, with the shares that are sold later, and a book that offers the recorded price', () => {
    const bench = openBench();
    post(bench.exchange, '/control/tape', { name: 'a.csv', csv: ACTIVITY });
    expect(bench.exchange.leaders()[0]).toMatchObject({ address: WALLET, name: 'gaba', habit: 'recorded' });
    const { data } = bench.get(`/v2/positions?user=${WALLET}`).body as { data: Row[] };
    expect(data).toMatchObject([{ token_id: '111', current_size: 5.438167 }]);
    bench.pass(1_000);
    const book = bench.get('/book?token_id=111').body as { asks: { price: string; size: string }[] };
    expect(book.asks.at(-1)).toMatchObject({ price: '0.59' });
    expect(Number(book.asks.at(-1)!.size)).toBeGreaterThan(100);
  });

  it('goes on after a restart where it stopped', () => {
    const bench = openBench({ saved: true });
    post(bench.exchange, '/control/tape', { name: 'a.csv', csv: ACTIVITY });
    bench.pass(12_000);
    const again = openBench({ rows: bench.saved(), atMs: bench.nowMs() });
    expect(again.get('/control/status').body).toMatchObject({ tapes: [{ played: 2, ended: false }] });
    again.pass(20_000);
    expect(again.get('/control/status').body).toMatchObject({ tapes: [{ played: 4, ended: true }] });
  });

  it('refuses a row with its line and plays the rest', () => {
    const bench = openBench();
    const csv = `${ACTIVITY}\n${activityLine({ at: 1_700_000_000, size: '1e-7', price: '0.5', tx: 'e' })}\nshort,row`;
    const { body } = post(bench.exchange, '/control/tape', { name: 'a.csv', csv });
    expect(body).toMatchObject({ rows: 4, refused: 2 });
    expect((body as { reasons: string[] }).reasons.sort()).toEqual([
      'Line 6 is refused: size or price is not a decimal number.',
      'Line 7 is refused: it has 2 fields instead of 22.',
    ]);
  });

  it.each([
    ['nothing', '', 'line 1'],
    ['another header', 'a,b\n1,2', 'Line 1'],
    ['an open quote', `${ACTIVITY_HEADER}\n1,"x`, 'Line 2'],
    ['only garbage', `${ACTIVITY_HEADER}\n${'\u0000'.repeat(50)}`, 'Line 2'],
    ['a header alone', ACTIVITY_HEADER, 'Line 2'],
  ])('is refused whole when it holds %s', (_name, csv, words) => {
    const bench = openBench();
    const { status, body } = post(bench.exchange, '/control/tape', { name: 'a.csv', csv });
    expect(status).toBe(400);
    expect((body as { error: string }).error).toContain(words);
    expect(bench.get('/control/status').body).toMatchObject({ tapes: [] });
  });

  it('refuses a wrong kind, a wrong speed and a missing text', () => {
    const { exchange } = openBench();
    for (const body of [
      { name: 'a', csv: ACTIVITY, kind: 'books' },
      { name: 'a', csv: ACTIVITY, kind: 'music' },
      { name: 'a', csv: ACTIVITY, speed: 0 },
      { name: 'a', csv: 5 },
      { csv: ACTIVITY },
    ]) {
      expect(post(exchange, '/control/tape', body).status, JSON.stringify(body).slice(0, 60)).toBe(400);
    }
  });
});

describe('a market-channel recording', () => {
  it('becomes the book of both tokens at its time, and leaders trade inside a copy of it', () => {
    const bench = openBench();
    expect(post(bench.exchange, '/control/tape', { name: 'b.csv', csv: BOOKS })).toMatchObject({
      status: 200,
      body: { kind: 'books', rows: 2 },
    });
    bench.pass(500);
    expect(bench.get('/book?token_id=32').body).toMatchObject({
      bids: [{ price: '0.58', size: '23421' }],
      asks: [{ price: '0.61', size: '5432.5' }],
    });
    const leader = bench.exchange.leaders()[0]!.address;
    bench.exchange.leaderTrade({ leader, tokenId: '31', side: 'BUY', shares: '21' });
    expect(bench.get('/book?token_id=31').body).toMatchObject({ asks: [{ price: '0.42', size: '23400' }] });
    bench.pass(10_000);
    expect(bench.get('/book?token_id=31').body).toMatchObject({
      asks: [{ price: '0.43', size: '77' }],
      bids: [{ price: '0.39', size: '5432.5' }],
    });
    expect(totalValue(bench.exchange.world)).toBe(bench.exchange.world.meta.deposits);
    expect(post(bench.exchange, '/control/tape', { name: 'b.csv', csv: BOOKS }).status).toBe(400);
  });
});

describe('a recorded book', () => {
  it('is a market in which practice leaders trade by themselves', () => {
    const bench = openBench({ live: true });
    const body = post(bench.exchange, '/control/tape', { name: 'b.csv', csv: BOOKS, speed: 0.01 }).body;
    const [conditionId] = (body as { markets: string[] }).markets;
    const traders = (): readonly string[] =>
      bench.exchange.world.activity.filter((row) => row.conditionId === conditionId).map((row) => row.wallet);
    const isLeader = (wallet: string): boolean =>
      bench.exchange.leaders().some(({ address }) => address === wallet);
    for (let minute = 0; minute < 3 && !traders().some(isLeader); minute += 1) bench.pass(60_000);
    expect(traders().some(isLeader)).toBe(true);
  });
});

describe.skipIf(!HAS_DATA)('the real recordings', () => {
  const files = HAS_DATA
    ? [
        ...readdirSync(`${DATA}books`).map((file) => `books/${file}`),
        ...readdirSync(`${DATA}leader-trades`)
          .filter((file) => file.endsWith('.csv.gz'))
          .map((file) => `leader-trades/${file}`),
      ]
    : [];

  it.each(files)('plays %s to its end without refusing a row, crossing a book or losing value', (file) => {
    const bench = openBench({ live: true });
    const csv = gunzipSync(readFileSync(`${DATA}${file}`)).toString();
    expect(post(bench.exchange, '/control/tape', { name: file, csv, speed: 600 })).toMatchObject({
      status: 200,
      body: { refused: 0 },
    });
    for (let second = 0; second < 60; second += 1) {
      bench.pass(1_000);
      for (const book of bench.exchange.world.books.values()) {
        const [bid, ask] = [book.bids[0], book.asks[0]];
        if (bid !== undefined && ask !== undefined) expect(bid.bookPrice).toBeLessThan(ask.bookPrice);
      }
    }
    expect(bench.get('/control/status').body).toMatchObject({ tapes: [{ ended: true, refused: 0 }] });
    expect(totalValue(bench.exchange.world)).toBe(bench.exchange.world.meta.deposits);
  });
});
