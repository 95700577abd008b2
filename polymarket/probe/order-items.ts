/**
 * Item 13, only when asked for by name: a post-only order of five shares at the lowest tick, read back and cancelled; and a FAK at the
 * lowest tick, which nothing should meet. These are the only orders of the probe.
 */

import { parseConditionId, type TokenId } from '../../domain/ids.ts';
import { MICROS, type PriceMicros } from '../../domain/money.ts';
import type { PlannedOrder } from '../../domain/orders/orders.ts';
import { createAccountCalls } from '../account/account-calls.ts';
import { deriveCredentials, type LiveSecrets } from '../account/credentials.ts';
import { createTradingApi } from '../account/trading-api.ts';
import type { SignedOrder } from '../account/trading-types.ts';
import { createClobApi } from '../public/clob-api.ts';
import { objectOf } from '../wire/refused.ts';
import type { ProbeCalls } from './probe-calls.ts';
import { ask, differs, expected, NotAsked, type ProbeItem } from './probe-item.ts';

const SHARES = 5n * MICROS;
/** The venue takes no marketable order of less. */
const FAK_DOLLARS_MIN = 1n;
const TIMEOUT_MS = 10_000;

export interface OrderWishes {
  readonly postOnly: boolean;
  /** The most that a FAK may spend, in whole dollars; null for none. */
  readonly fakDollars: bigint | null;
}

export function orderItems(
  calls: ProbeCalls,
  secrets: LiveSecrets,
  wishes: OrderWishes,
): readonly (() => Promise<ProbeItem>)[] {
  const room = roomOf(calls, secrets);
  // Each item reports by itself that there is none.
  room.catch(() => {});
  const { fakDollars } = wishes;
  return [
    ...(wishes.postOnly ? [() => postOnlyItem(room)] : []),
    ...(fakDollars === null ? [] : [() => fakItem(room, fakDollars)]),
  ];
}

type Room = Awaited<ReturnType<typeof roomOf>>;

async function roomOf(calls: ProbeCalls, secrets: LiveSecrets) {
  if (secrets.kind !== 'ready') throw new NotAsked('The keys of the account are not all set.');
  const { fetch, nowMs } = calls.ports;
  const host = { baseUrl: calls.addresses.clobUrl, fetch, nowMs };
  const orderHost = { baseUrl: calls.addresses.orderUrl, fetch, nowMs };
  const { signer } = secrets;
  const credentials = await deriveCredentials(secrets, host);
  const api = createTradingApi({ host, orderHost, signer, credentials });
  const reads = createAccountCalls({ host, signer, credentials });
  const market = await marketOf(calls);
  const sign = (part: Pick<PlannedOrder, 'orderType' | 'makerMicros' | 'takerMicros'>): SignedOrder =>
    signer.sign(
      {
        ...market,
        ...part,
        side: 'BUY',
        limitPriceMicros: market.tick,
        expirationS: 0,
        // Unlike any other order of this key.
        salt: BigInt(nowMs()) * 1_000n,
        timestampMs: nowMs(),
        metadataKey: null,
      },
      credentials,
    );
  const send = async (order: SignedOrder) =>
    api.submit(order, await api.submitHeaders(order), { timeoutMs: TIMEOUT_MS });
  return { api, reads, sign, send, tick: market.tick };
}

async function marketOf(calls: ProbeCalls): Promise<{
  readonly tokenId: TokenId;
  readonly tick: PriceMicros;
  readonly protocolVersion: 'v1' | 'v2';
  readonly negRisk: boolean;
}> {
  const { fetch, nowMs } = calls.ports;
  const clob = createClobApi({ baseUrl: calls.addresses.clobUrl, fetch, nowMs });
  for (const { condition_id: id } of await calls.rows(calls.addresses.clobUrl, '/sampling-markets')) {
    const conditionId = typeof id === 'string' ? parseConditionId(id) : undefined;
    const market = conditionId === undefined ? undefined : await clob.fetchMarket(conditionId);
    const tokenId = market?.tokens[0]?.tokenId;
    if (market === undefined || tokenId === undefined || market.version === null || !market.acceptingOrders)
      continue;
    return {
      tokenId,
      tick: market.tickPriceMicros,
      protocolVersion: market.version,
      negRisk: market.negRisk,
    };
  }
  throw new NotAsked('No market that takes orders was found.');
}

function postOnlyItem(room: Promise<Room>): Promise<ProbeItem> {
  const request = 'POST /order: post-only, 5 shares at the lowest tick; read by id, sent again, cancelled';
  return ask({ item: '13a', title: 'An order that rests', request }, async () => {
    const { sign, send, api, reads, tick } = await room;
    const signed = sign({ orderType: 'GTC', makerMicros: (SHARES * tick) / MICROS, takerMicros: SHARES });
    // Neither field is part of what is signed.
    const order = {
      ...signed,
      body: JSON.stringify({ ...objectOf(JSON.parse(signed.body)), postOnly: true }),
    };
    const answer = await send(order);
    if (answer.kind !== 'accepted')
      return differs(
        `It was answered ${answer.kind}: ${answer.message}`,
        'Live orders would end likewise: see what the text asks for.',
      );
    const again = await send(order);
    const [listed, single] = await Promise.all([
      reads.read('/data/orders', [['id', order.orderId]]),
      reads.read(`/data/order/${order.orderId}`, [], true),
    ]);
    const isListed = JSON.stringify(listed ?? null).includes(order.orderId);
    const isRead = JSON.stringify(single ?? null).includes(order.orderId);
    const canceled = (await api.cancel([order.orderId])).canceled.includes(order.orderId);
    const seen = `Accepted as ${answer.status}; found in the list: ${isListed}, by itself: ${isRead}; sent again: ${'cause' in again ? again.cause : again.kind}; cancelled: ${canceled}.`;
    if (!canceled) return differs(seen, `Cancel order ${order.orderId} by hand.`);
    return isListed || isRead
      ? expected(seen)
      : differs(seen, 'An order whose answer is lost is found by its trades alone.');
  });
}

function fakItem(room: Promise<Room>, dollars: bigint): Promise<ProbeItem> {
  const request = `POST /order: FAK of $${dollars} at the lowest tick; read by id`;
  return ask({ item: '13b', title: 'A FAK that nothing meets', request }, async () => {
    if (dollars < FAK_DOLLARS_MIN) throw new NotAsked('The venue takes no FAK of less than $1.');
    const { sign, send, reads, tick } = await room;
    const makerMicros = dollars * MICROS;
    const order = sign({ orderType: 'FAK', makerMicros, takerMicros: (makerMicros * MICROS) / tick });
    const answer = await send(order);
    const listed = JSON.stringify((await reads.read('/data/orders', [['id', order.orderId]])) ?? null);
    const seen = `It was answered ${answer.kind}; found by its id afterwards: ${listed.includes(order.orderId)}.`;
    return answer.kind === 'killed'
      ? expected(seen)
      : differs(seen, 'Look at the account: it may have bought, for at most the dollars named.');
  });
}
