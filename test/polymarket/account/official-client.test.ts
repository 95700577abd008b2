/**
 * The venue's own client, unchanged, over a real loopback socket against the practice exchange: it must not notice the
 * difference. Our client reads beside it, so both must report the same orders and trades.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  ApiError,
  AssetType,
  Chain,
  ClobClient,
  type ClobClientOptions,
  OrderType,
  Side,
  type TickSize,
} from '@polymarket/clob-client-v2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseConditionId, parseTokenId } from '../../../domain/ids.ts';
import { parseOrderId } from '../../../domain/orders/orders.ts';
import { readLiveSecrets } from '../../../polymarket/account/credentials.ts';
import { createTradingApi } from '../../../polymarket/account/trading-api.ts';
import type { TradingApi } from '../../../polymarket/account/trading-types.ts';
import { openBench } from '../../simulator/harness.ts';
import { FUNDER, PRACTICE_KEY, tradable } from '../../simulator/trader.ts';

// The client stamps its calls with the machine's clock, so the exchange starts at the same time.
const bench = openBench({ atMs: Date.now() });
const { exchange } = bench;
let server: Server;
let url: string;
let client: ClobClient;
let ours: TradingApi;

const secrets = readLiveSecrets({
  POLYMARKET_PRIVATE_KEY: PRACTICE_KEY,
  POLYMARKET_FUNDER_ADDRESS: FUNDER,
  POLYMARKET_SIGNATURE_TYPE: '3',
});
if (secrets.kind !== 'ready') throw new Error(secrets.kind);
const signer = secrets.clientSigner as unknown as NonNullable<ClobClientOptions['signer']>;

beforeAll(async () => {
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      // The client polls for the end of a trade: each of its reads lets the exchange live on for a while.
      if (request.url?.startsWith('/data/trades')) bench.pass(2_000);
      const answer = exchange.handleRequest({
        method: request.method ?? 'GET',
        url: request.url ?? '/',
        body: Buffer.concat(parts).toString(),
        headers: request.headers as Record<string, string>,
      });
      response.writeHead(answer.status, answer.headers).end(answer.body);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const options = { host: url, chain: Chain.POLYGON, signer, signatureType: 3, funderAddress: FUNDER };
  const creds = await new ClobClient(options as ClobClientOptions).createOrDeriveApiKey();
  client = new ClobClient({ ...options, creds, throwOnError: true } as ClobClientOptions);
  ours = createTradingApi({
    host: { baseUrl: url, fetch: (input, init) => fetch(input, init), nowMs: bench.nowMs },
    signer: secrets.signer,
    credentials: { apiKey: creds.key, secret: creds.secret, passphrase: creds.passphrase },
  });
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
});

/** A market with asks at 0.5 (30) and 0.52, bids at 0.48 and 0.47. */
function place(kind: Parameters<typeof tradable>[1] = {}) {
  const { market, token } = tradable(exchange, kind);
  const version: 2 | 3 = market.version === 'v2' ? 3 : 2;
  return { market, token, options: { tickSize: '0.01' as TickSize, negRisk: market.negRisk, version } };
}

describe('the official client at the practice exchange', () => {
  it('gets the same credentials whether it creates or derives them', async () => {
    const derived = await client.deriveApiKey();
    expect(derived).toEqual(client.creds);
    expect(await client.getApiKeys()).toEqual({ apiKeys: [derived.key] });
    expect(await client.getClosedOnlyMode()).toEqual({ closed_only: false });
  });

  it('reads books, ticks and markets', async () => {
    const { market, token } = place();
    const book = await client.getOrderBook(token);
    expect(book.asks.at(-1)).toMatchObject({ price: '0.5', size: '30' });
    expect(await client.getTickSize(token)).toBe('0.01');
    expect(await client.getNegRisk(token)).toBe(market.negRisk);
    expect(await client.getClobMarketInfo(market.conditionId)).toMatchObject({ c: market.conditionId });
    expect(await client.getVersion()).toBe(2);
    expect(Math.abs((await client.getServerTime()) * 1_000 - bench.nowMs())).toBeLessThan(1_000);
  });

  it('reads many books, prices, lists of markets and past prices', async () => {
    const { market, token } = place();
    const other = market.tokens.find((one) => one !== token)!;
    const books = await client.getOrderBooks(
      [token, other].map((token_id) => ({ token_id, side: Side.BUY })),
    );
    expect(books.map((one) => one.asset_id).sort()).toEqual([token, other].sort());
    expect(await client.getLastTradePrice(token)).toHaveProperty('price');
    expect(await client.getMarket(market.conditionId)).toMatchObject({ condition_id: market.conditionId });
    const sampling = await client.getSamplingMarkets();
    const simple = await client.getSimplifiedMarkets();
    expect(sampling.data.map((one) => one.condition_id)).toContain(market.conditionId);
    expect((await client.getSamplingSimplifiedMarkets()).data).toHaveLength(sampling.count);
    expect([simple.next_cursor, simple.data.length]).toEqual(['LTE=', simple.count]);
    expect(await client.getPricesHistory({ market: token, interval: '1d' as never })).toHaveProperty(
      'history',
    );
    for (const { conditionId } of exchange.markets())
      expect(await client.getClobMarketInfo(conditionId)).toMatchObject({ c: conditionId });
  });

  it.each([
    ['v1', { version: 'v1', negRisk: false }],
    ['v1 of negative risk', { version: 'v1', negRisk: true }],
    ['v2', { version: 'v2' }],
  ] as const)('creates and posts a FAK on %s, and follows it to its transaction', async (_what, kind) => {
    const { market, token, options } = place(kind);
    const order = await client.createMarketOrder(
      { tokenID: token, amount: 5, price: 0.5, side: Side.BUY },
      options as never,
    );
    const answer = await client.postOrder(order, OrderType.FAK);
    expect(answer).toMatchObject({ success: true, status: 'matched', makingAmount: '5', takingAmount: '10' });
    expect(answer.transactionsHashes).toHaveLength(1);
    const orderId = parseOrderId(answer.orderID)!;
    expect(await ours.fetchOrder(orderId)).toMatchObject({ matchedShareMicros: 10_000_000n });
    const fills = await ours.listMarketTrades({
      conditionId: parseConditionId(market.conditionId)!,
      afterS: 0,
    });
    const mine = fills.filter((fill) => fill.orderId === orderId);
    expect(mine).toMatchObject([{ tradeId: answer.tradeIDs?.[0], shareMicros: 10_000_000n, role: 'TAKER' }]);
    expect(mine[0]?.txHash).toBe(answer.transactionsHashes?.[0]);
  });

  it('learns of a FOK that is killed, and of one that is filled', async () => {
    const { token, options } = place();
    const post = (amount: number) =>
      client.createAndPostMarketOrder(
        { tokenID: token, amount, price: 0.5, side: Side.BUY },
        options as never,
        OrderType.FOK,
      );
    await expect(post(16)).rejects.toThrow(ApiError);
    await expect(post(16)).rejects.toMatchObject({ status: 400 });
    expect(await post(15)).toMatchObject({ status: 'matched', takingAmount: '30' });
  });

  it('rests a GTC, sees it open, and cancels it', async () => {
    const { market, token, options } = place();
    const answer = await client.createAndPostOrder(
      { tokenID: token, price: 0.4, size: 10, side: Side.BUY },
      options as never,
      OrderType.GTC,
    );
    expect(answer).toMatchObject({ success: true, status: 'live' });
    const open = await client.getOpenOrders({ market: market.conditionId });
    expect(open.map((order) => [order.id, order.status, order.original_size])).toEqual([
      [answer.orderID, 'LIVE', '10'],
    ]);
    expect((await ours.listOpenOrders()).map((report) => report.orderId)).toEqual([answer.orderID]);
    expect(await client.getOrder(answer.orderID)).toMatchObject({ id: answer.orderID, side: 'BUY' });
    expect(await client.cancelOrder({ orderID: answer.orderID })).toMatchObject({
      canceled: [answer.orderID],
    });
    expect(await client.getOpenOrders()).toEqual([]);
  });

  it('cancels many, by market, and all', async () => {
    const { market, token, options } = place();
    const rest = async (price: number): Promise<string> => {
      const order = { tokenID: token, price, size: 10, side: Side.BUY };
      return (await client.createAndPostOrder(order, options as never, OrderType.GTC)).orderID;
    };
    const [one, two] = [await rest(0.41), await rest(0.42)];
    expect((await client.cancelOrders([one, two])).canceled).toEqual([one, two]);
    const three = await rest(0.43);
    expect(await client.cancelMarketOrders({ market: market.conditionId })).toMatchObject({
      canceled: [three],
    });
    const four = await rest(0.44);
    expect(await client.cancelAll()).toMatchObject({ canceled: [four] });
  });

  it('reads the same trades as our own client', async () => {
    const theirs = await client.getTrades();
    const fills = await ours.listTrades({ afterS: 0 });
    expect(theirs.length).toBeGreaterThan(3);
    expect(new Set(fills.map((fill) => fill.tradeId))).toEqual(new Set(theirs.map((trade) => trade.id)));
  });

  it('sells what it bought, once it may', async () => {
    const { market, token, options } = place();
    await client.createAndPostMarketOrder(
      { tokenID: token, amount: 10, price: 0.5, side: Side.BUY },
      options as never,
      OrderType.FAK,
    );
    bench.pass(30_000);
    const asset = market.version === 'v2' ? ('CONDITIONAL-V2' as AssetType) : AssetType.CONDITIONAL;
    await client.updateBalanceAllowance({ asset_type: asset, token_id: token });
    const held = await client.getBalanceAllowance({ asset_type: asset, token_id: token });
    const mine = await ours.fetchShares(parseTokenId(token)!, market.version);
    expect(mine.balanceMicros).toBe(BigInt(held.balance));
    expect(mine.balanceMicros).toBeGreaterThanOrEqual(20_000_000n);
    const answer = await client.createAndPostMarketOrder(
      { tokenID: token, amount: 20, price: 0.48, side: Side.SELL },
      options as never,
      OrderType.FAK,
    );
    expect(answer).toMatchObject({ status: 'matched', makingAmount: '20', takingAmount: '9.6' });
  });
});
