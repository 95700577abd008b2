/**
 * This adapter against the practice exchange, a second and independent reading of the venue's formats: whatever one side
 * sends the other understands, the book kept from the channel is the book of REST, and all sources report the same fills.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type ConditionId,
  parseConditionId,
  parseLeaderAddress,
  parseTokenId,
  type TokenId,
} from '../../../domain/ids.ts';
import { BookMap } from '../../../polymarket/public/book-map.ts';
import { createClobApi } from '../../../polymarket/public/clob-api.ts';
import { createDataApi } from '../../../polymarket/public/data-api.ts';
import { createGammaApi } from '../../../polymarket/public/gamma-api.ts';
import type { LeaderRow } from '../../../polymarket/public/leader-row.ts';
import { parseMarketFrame, subscribeFrame } from '../../../polymarket/public/market-channel.ts';
import { parseRtdsFrame, rtdsSubscribeFrames } from '../../../polymarket/public/rtds-frame.ts';
import type { VenueHost } from '../../../polymarket/wire/http.ts';
import { createPracticeExchange } from '../../../simulator/exchange.ts';

const marketFrame = (text: string) => parseMarketFrame(text, 1_790_000_000_000);

const START_MS = 1_795_000_000_000;
const MINUTES = 4;
/** The slowest source, the Data API, shows a fill some seconds after the match. */
const SETTLED_BEFORE_MS = 30_000;

let nowMs = START_MS;
const exchange = createPracticeExchange({ nowMs: () => nowMs, seed: 'adapter', storage: null });
const host: VenueHost = {
  baseUrl: 'http://practice.local',
  nowMs: () => nowMs,
  fetch: (input) => {
    const answer = exchange.handleRequest({ method: 'GET', url: input });
    return Promise.resolve(new Response(answer.body, { status: answer.status, headers: answer.headers }));
  },
};
const clob = createClobApi(host);
const data = createDataApi(host);
const gamma = createGammaApi(host);

const leaders = exchange
  .leaders()
  .map((leader) => ({ ...leader, address: parseLeaderAddress(leader.address)! }));
const tokens = exchange.markets().flatMap((market) => market.tokens.map((token) => parseTokenId(token)!));
const books = new Map<TokenId, BookMap>(tokens.map((token) => [token, new BookMap(token)]));
const refused: string[] = [];
const matched: LeaderRow[] = [];
const traded: LeaderRow[] = [];

function takeMarketFrame(text: string): void {
  const frame = marketFrame(text);
  refused.push(...frame.refused.map((entry) => entry.reason));
  for (const event of frame.events) {
    if (event.kind === 'book') books.get(event.snapshot.tokenId)!.applyBook(event.snapshot);
    if (event.kind === 'tickSizeChange') books.get(event.tokenId)!.applyTickSize(event.newTickPriceMicros);
    if (event.kind === 'priceChange')
      for (const change of event.changes) books.get(change.tokenId)!.applyPriceChange(change);
  }
}

function takeRtdsFrame(text: string): void {
  const frame = parseRtdsFrame(text);
  if (frame.kind === 'ignored') return;
  refused.push(...frame.refused.map((entry) => entry.reason));
  (frame.source === 'RTDS_MATCHED' ? matched : traded).push(...frame.rows);
}

/** Shares per identity: transaction, wallet, token and side, whatever the number of rows. */
function sums(rows: readonly LeaderRow[]): Map<string, bigint> {
  const found = new Map<string, bigint>();
  for (const row of rows) {
    const key = [row.txHash, row.leaderAddress, row.tokenId, row.side].join(' ');
    found.set(key, (found.get(key) ?? 0n) + row.shareMicros);
  }
  return found;
}

async function tradesOf(user: (typeof leaders)[number]['address']): Promise<LeaderRow[]> {
  const rows: LeaderRow[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < 20; page += 1) {
    const next = await data.listTrades({ user, startMs: START_MS, cursor });
    expect(next.refused).toEqual([]);
    rows.push(...next.rows);
    if (next.nextCursor === undefined) return rows;
    cursor = next.nextCursor;
  }
  throw new Error('the walk does not end');
}

beforeAll(() => {
  exchange.openMarketSocket(takeMarketFrame).receive(subscribeFrame(tokens));
  const rtds = exchange.openRtdsSocket(takeRtdsFrame);
  for (const frame of rtdsSubscribeFrames()) rtds.receive(frame);
  for (let step = 1; step <= MINUTES * 600; step += 1) {
    nowMs = START_MS + step * 100;
    if (step % 50 === 0) rtds.receive('PING');
    exchange.step(nowMs);
  }
});

describe('the adapter at the practice exchange', () => {
  it('understands every frame of both sockets', () => {
    expect(refused).toEqual([]);
    expect(traded.length).toBeGreaterThan(20);
    expect(matched.length).toBeGreaterThan(20);
  });

  it('keeps from the market channel the same book that REST has, for every token', async () => {
    let compared = 0;
    for (const [token, book] of books) {
      const kept = book.toSnapshot();
      const read = await clob.fetchBook(token);
      if (read === undefined) continue;
      compared += 1;
      expect({ bids: kept?.bids, asks: kept?.asks }).toEqual({ bids: read.bids, asks: read.asks });
      expect(kept?.tickPriceMicros).toBe(read.tickPriceMicros);
      expect(book.crossed).toBe(false);
    }
    expect(compared).toBeGreaterThan(6);
  });

  it('gets the same shares of every fill from the live feed and from the Data API', async () => {
    let compared = 0;
    for (const leader of leaders) {
      const isSettled = (row: LeaderRow) =>
        row.leaderAddress === leader.address && row.eventAtMs < nowMs - SETTLED_BEFORE_MS;
      const fromData = sums((await tradesOf(leader.address)).filter(isSettled));
      expect(sums(traded.filter(isSettled))).toEqual(fromData);
      compared += fromData.size;
    }
    expect(compared).toBeGreaterThan(20);
  });

  it('reads positions and other acts of every leader', async () => {
    let held = 0;
    for (const { address } of leaders) {
      const found = await data.listPositions(address);
      expect(found).toMatchObject({ refused: [], complete: true });
      held += found.positions.length;
      expect((await data.listActivity({ user: address, startMs: 0 })).refused).toEqual([]);
    }
    expect(held).toBeGreaterThan(0);
  });

  it('reads every market alike from the CLOB and from Gamma, of both protocol versions', async () => {
    const versions = new Set<string>();
    for (const market of exchange.markets()) {
      const conditionId = parseConditionId(market.conditionId)!;
      const named = await gamma.fetchMarketByCondition(conditionId);
      const ruled = await clob.fetchMarket(conditionId);
      expect(named?.title).toBe(market.question);
      if (market.status !== 'resolved') expect(named?.closeAtMs).toBe(market.closeAtMs);
      expect(ruled?.tokens).toEqual(named?.outcomes);
      expect([ruled?.version, ruled?.negRisk]).toEqual([named?.version, named?.negRisk]);
      const open = await resultOf(conditionId);
      expect(open === undefined || (open.status === 'resolved') === (market.status === 'resolved')).toBe(
        true,
      );
      versions.add(market.version);
    }
    expect([...versions].sort()).toEqual(['v1', 'v2']);
  });

  const resultOf = async (conditionId: ConditionId) =>
    (await data.fetchResolutions([conditionId])).byCondition.get(conditionId);

  it('reads a split result and a winner', async () => {
    const [first, second] = exchange.markets().filter((market) => market.status === 'open');
    exchange.resolve(first!.conditionId, ['0.5', '0.5']);
    exchange.resolve(second!.conditionId, ['0', '1']);
    const firstId = parseConditionId(first!.conditionId)!;
    const secondId = parseConditionId(second!.conditionId)!;
    expect((await resultOf(firstId))?.payoutPriceMicros).toEqual([500_000n, 500_000n]);
    expect((await resultOf(secondId))?.payoutPriceMicros).toEqual([0n, 1_000_000n]);
    expect((await gamma.fetchMarketByCondition(secondId))?.closed).toBe(true);
  });

  it('finds leaders by address and by name', async () => {
    for (const { address, name } of leaders) {
      expect(await gamma.fetchProfile(address)).toEqual({ address, name });
      expect(await gamma.searchProfiles(name)).toContainEqual({ address, name });
    }
    expect(await gamma.fetchProfile(parseLeaderAddress(`0x${'0'.repeat(40)}`)!)).toBeUndefined();
    expect(Math.abs((await clob.fetchTimeMs()) - nowMs)).toBeLessThan(1_000);
  });
});
