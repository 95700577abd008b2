/**
 * The account's side of the CLOB over our own fetch: one POST that never throws and is never repeated, and reads that
 * throw VenueError. Credentials go into headers and nowhere else: no message, no URL and no answer carries them.
 */
import { createL2Headers } from '@polymarket/clob-client-v2';
import { getAddress } from 'ethers';
import { z } from 'zod';
import type { TokenId } from '../domain/ids.ts';
import { cash } from '../domain/money.ts';
import type { BalanceReport, FillReport, OrderId, OrderReport, SubmitAnswer } from '../domain/orders.ts';
import { createClobApi } from './clob-api.ts';
import { type Account, fillsOf, tradeSchema } from './fill-report.ts';
import {
  badPayload,
  boundedText,
  expectPayload,
  fetchJson,
  type Query,
  USER_AGENT,
  type VenueHost,
  whereOf,
} from './http.ts';
import { orderIdSchema, orderReportSchema } from './order-report.ts';
import { rateReportOf, UNKNOWN_RATE } from './rate-report.ts';
import { submitAnswerOf } from './submit-answer.ts';
import type {
  ApiCredentials,
  AuthHeaders,
  CancelAnswer,
  OrderSigner,
  RateReport,
  TradingApi,
} from './trading-types.ts';

const FIRST_CURSOR = 'MA==';
const LAST_CURSOR = 'LTE=';
/** A day of busy copying is a few pages; a walk that is longer has lost its way and fails. */
const PAGES_MAX = 100;
/** Sources differ between 1,000 and 3,000 (polymarket-api.md 1.3). */
const CANCELS_PER_CALL_MAX = 1_000;
/** An answer to a POST is under 10 KB even with many trades; what is larger is not an answer. */
const ANSWER_BYTES_MAX = 1_048_576;
const REASON_CHARS_MAX = 200;

export interface TradingApiOptions {
  readonly host: VenueHost;
  /** Where orders and cancels are sent, when that is another way out than the reads have (polymarket-api.md 8.3). */
  readonly orderHost?: VenueHost;
  readonly signer: OrderSigner;
  readonly credentials: ApiCredentials;
}

/** The account of the signer. Nothing is asked before a method is called. */
export function createTradingApi(options: TradingApiOptions): TradingApi {
  const { host, signer, credentials } = options;
  const orderHost = options.orderHost ?? host;
  const account: Account = { apiKey: credentials.apiKey, funderAddress: signer.funderAddress };
  const headersOf = l2HeadersOf(signer, credentials, host.nowMs);
  const hide = hiderOf(credentials);
  let rate: RateReport = UNKNOWN_RATE;
  const onResponse = (response: Response): void => {
    rate = rateReportOf(response.headers, host.nowMs()) ?? rate;
  };

  const read = async (path: string, query: Query, mayBeEmpty = false): Promise<unknown> => {
    const headers = await headersOf('GET', path);
    return fetchJson(host, path, query, { headers, onResponse, mayBeEmpty });
  };
  const readPages = async <T>(path: string, query: Query, rows: z.ZodType<T>): Promise<T[]> => {
    const page = z.object({ data: z.array(rows).nullish(), next_cursor: z.string().nullish() });
    const found: T[] = [];
    let cursor = FIRST_CURSOR;
    for (let count = 0; count < PAGES_MAX; count += 1) {
      const json = await read(path, [...query, ['next_cursor', cursor]]);
      const { data, next_cursor } = expectPayload(host, path, page, json ?? {});
      found.push(...(data ?? []));
      if (next_cursor === null || next_cursor === undefined || next_cursor === '') return found;
      if (next_cursor === LAST_CURSOR) return found;
      if (next_cursor === cursor) throw badPayload(whereOf(host, path), 'next_cursor: the same again');
      cursor = next_cursor;
    }
    throw badPayload(whereOf(host, path), `more than ${PAGES_MAX} pages`);
  };
  const readFills = async (query: Query): Promise<readonly FillReport[]> => {
    const trades = await readPages('/data/trades', query, tradeSchema);
    return trades
      .flatMap((trade) => fillsOf(trade, account))
      .sort((one, other) => one.matchedAtMs - other.matchedAtMs);
  };
  const readBalance = async (query: Query): Promise<BalanceReport> => {
    const path = '/balance-allowance';
    const json = await read(path, [...query, ['signature_type', String(signer.signatureType)]]);
    return expectPayload(host, path, balanceSchema, json);
  };

  return {
    submitHeaders: (order) => headersOf('POST', '/order', order.body),
    submit(order, headers, { timeoutMs }) {
      return submitOrder({ host: orderHost, order, headers, timeoutMs, onResponse, hide });
    },
    async cancel(orderIds) {
      const canceled: OrderId[] = [];
      const notCanceled: Record<string, string> = {};
      for (let at = 0; at < orderIds.length; at += CANCELS_PER_CALL_MAX) {
        const body = JSON.stringify(orderIds.slice(at, at + CANCELS_PER_CALL_MAX));
        const headers = await headersOf('DELETE', '/orders', body);
        const json = await fetchJson(orderHost, '/orders', [], {
          method: 'DELETE',
          headers,
          body,
          onResponse,
        });
        const answer = expectPayload(orderHost, '/orders', cancelSchema, json);
        canceled.push(...(answer.canceled ?? []));
        for (const [id, why] of Object.entries(answer.not_canceled ?? {})) {
          notCanceled[id.toLowerCase()] = hide(why).slice(0, REASON_CHARS_MAX);
        }
      }
      return { canceled, notCanceled } satisfies CancelAnswer;
    },
    async fetchOrder(orderId) {
      // The list filtered by id answers in any state; the single read, by some accounts, only while the order is open.
      const listed = await readPages('/data/orders', [['id', orderId]], orderReportSchema);
      const found = listed.find((report) => report.orderId === orderId);
      if (found !== undefined) return found;
      const path = `/data/order/${orderId}`;
      const json = await read(path, [], true);
      if (json === undefined || json === null) return undefined;
      const report = expectPayload(host, path, orderReportSchema, json);
      if (report.orderId !== orderId) throw badPayload(whereOf(host, path), 'id: another order');
      return report;
    },
    listOpenOrders: (): Promise<readonly OrderReport[]> => readPages('/data/orders', [], orderReportSchema),
    async listTrades({ afterS }) {
      // One second earlier, since it is not documented whether `after` includes its own.
      const fills = await readFills([['after', String(Math.max(0, afterS - 1))]]);
      return fills.filter((fill) => fill.matchedAtMs >= afterS * 1_000);
    },
    async fetchTrade(tradeId) {
      const fills = await readFills([['id', tradeId]]);
      return fills.filter((fill) => fill.tradeId === tradeId);
    },
    async listMarketTrades({ conditionId, afterS }) {
      const fills = await readFills([
        ['market', conditionId],
        ['after', String(Math.max(0, afterS - 1))],
      ]);
      return fills.filter((fill) => fill.conditionId === conditionId && fill.matchedAtMs >= afterS * 1_000);
    },
    fetchCollateral: () => readBalance([['asset_type', 'COLLATERAL']]),
    fetchShares: (tokenId: TokenId, version) =>
      readBalance([
        ['asset_type', version === 'v2' ? 'CONDITIONAL-V2' : 'CONDITIONAL'],
        ['token_id', tokenId],
      ]),
    async refreshCollateral() {
      const path = '/balance-allowance/update';
      const headers = await headersOf('GET', path);
      const query: Query = [
        ['asset_type', 'COLLATERAL'],
        ['signature_type', String(signer.signatureType)],
      ];
      await fetchJson(host, path, query, { headers, onResponse, mayBeEmpty: true });
    },
    async fetchClosedOnly() {
      const path = '/auth/ban-status/closed-only';
      return expectPayload(host, path, closedOnlySchema, await read(path, [])).closed_only;
    },
    fetchTimeMs: () => createClobApi(host).fetchTimeMs(),
    rate: () => rate,
  };
}

/** Makes the headers of one call. The path is signed without its query, and as the venue sees it behind any relay. */
function l2HeadersOf(signer: OrderSigner, credentials: ApiCredentials, nowMs: () => number) {
  const address = getAddress(signer.ownerAddress);
  const owner = {
    getAddress: async () => address,
    _signTypedData: () => Promise.reject(new TypeError('an HMAC needs no wallet signature')),
  };
  const keys = {
    key: credentials.apiKey,
    secret: credentials.secret,
    passphrase: credentials.passphrase,
  };
  return async (method: 'GET' | 'POST' | 'DELETE', path: string, body?: string): Promise<AuthHeaders> => {
    const seconds = Math.floor(nowMs() / 1_000);
    const call = { method, requestPath: path, ...(body === undefined ? {} : { body }) };
    return textHeaders(await createL2Headers(owner, keys, call, seconds));
  };
}

/** The client types its headers as strings or numbers; all are strings. */
export function textHeaders(headers: Readonly<Record<string, string | number | boolean>>): AuthHeaders {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

/** Blots out credentials in the venue's texts: a proxy's error page may quote what it was sent. */
function hiderOf(credentials: ApiCredentials): (text: string) => string {
  const hidden = [credentials.secret, credentials.passphrase, credentials.apiKey].filter(
    (word) => word !== '',
  );
  return (text) => hidden.reduce((left, word) => left.replaceAll(word, '…'), text);
}

/** The call to fetch happens before the first await, so in the turn of whoever called. */
async function submitOrder(given: {
  readonly host: VenueHost;
  readonly order: { readonly orderId: OrderId; readonly body: string };
  readonly headers: AuthHeaders;
  readonly timeoutMs: number;
  readonly onResponse: (response: Response) => void;
  readonly hide: (text: string) => string;
}): Promise<SubmitAnswer> {
  const { host, order } = given;
  const { fetch } = host;
  const signal = AbortSignal.timeout(given.timeoutMs);
  try {
    const response = await fetch(`${host.baseUrl.replace(/\/+$/, '')}/order`, {
      method: 'POST',
      headers: {
        accept: 'application/json',
        'content-type': 'application/json',
        'user-agent': USER_AGENT,
        ...given.headers,
      },
      body: order.body,
      // A redirect would carry the credentials, and perhaps the order, somewhere else.
      redirect: 'manual',
      signal,
    });
    given.onResponse(response);
    // Hidden before anything is cut: half a secret is still too much.
    const body = given.hide(await boundedText('POST /order', response, ANSWER_BYTES_MAX));
    const { status, headers } = response;
    return submitAnswerOf({ status, headers, body, orderId: order.orderId, nowMs: host.nowMs() });
  } catch (error) {
    // Our own timeout, a network that failed before or after the venue had it all, a body that broke off or was too large.
    const cause = signal.aborted ? 'TIMEOUT' : 'NETWORK';
    return { kind: 'unknown', cause, message: error instanceof Error ? error.name : 'unknown failure' };
  }
}

/** Six-decimal integers by the documents; a shape with a dot is on record too, and is in whole units. */
const balanceMicrosSchema = z.string().transform((text, context): bigint => {
  if (/^\d{1,78}$/.test(text)) return BigInt(text);
  const decimal = /^(\d{1,60})\.(\d{1,6})$/.exec(text);
  if (decimal !== null) return BigInt(`${decimal[1]}${(decimal[2] ?? '').padEnd(6, '0')}`);
  context.addIssue({ code: 'custom', message: 'not an amount' });
  return z.NEVER;
});

const balanceSchema = z
  .object({
    balance: balanceMicrosSchema,
    allowances: z.record(z.string(), balanceMicrosSchema).nullish(),
  })
  .transform(
    (report): BalanceReport => ({
      balanceMicros: cash(report.balance),
      allowanceMicros: Object.fromEntries(
        Object.entries(report.allowances ?? {}).map(([address, micros]) => [address.toLowerCase(), micros]),
      ),
    }),
  );

const cancelSchema = z.object({
  canceled: z.array(orderIdSchema).nullish(),
  not_canceled: z.record(z.string(), z.string()).nullish(),
});

const closedOnlySchema = z.object({ closed_only: z.boolean() });
