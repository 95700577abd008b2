/**
 * The account's part of the CLOB over our own fetch: one POST that never throws and is never retried, and reads that throw
 * VenueError. Credentials go only into headers: no message, URL or result contains them.
 */
import { cash } from '../../domain/money.ts';
import type { BalanceReport, FillReport, OrderId, OrderReport } from '../../domain/orders/orders.ts';
import * as z from '../../domain/zod.ts';
import { createClobApi } from '../public/clob-api.ts';
import { badPayload, expectPayload, fetchJson, type Query, type VenueHost, whereOf } from '../wire/http.ts';
import { firstProblem, objectOf, textOf } from '../wire/refused.ts';
import { type AccountCalls, createAccountCalls } from './account-calls.ts';
import { type Account, readTrade, tradeIdOf } from './fill-report.ts';
import { bodyOfAll, postOrder, postOrders } from './order-posts.ts';
import { orderIdSchema, orderReportSchema } from './order-report.ts';
import type {
  ApiCredentials,
  CancelAnswer,
  OrderSigner,
  SignatureType,
  TradingApi,
  UnreadRow,
} from './trading-types.ts';

/** The lower of the limits in the sources, 1,000 and 3,000 (polymarket-api.md 1.3). */
const CANCELS_PER_CALL_MAX = 1_000;
const REASON_CHARS_MAX = 200;
const EXCERPT_CHARS_MAX = 200;

interface TradingApiOptions {
  readonly host: VenueHost;
  /** Where orders and cancels are sent, when not to `host`: a relay in another region (polymarket-api.md 8.3). */
  readonly orderHost?: VenueHost;
  readonly signer: OrderSigner;
  readonly credentials: ApiCredentials;
  /**
   * Called for each row of our own trades or orders that cannot be read, on every read, before the read returns. An order
   * or trade missing from such a read is not proven absent.
   */
  readonly onUnread?: (refused: UnreadRow) => void;
}

type Unread = (row: { readonly reason: string; readonly value: unknown; readonly tradeId: string }) => void;

/** The trading API of the signer's account. Makes no request until a method is called. */
export function createTradingApi(options: TradingApiOptions): TradingApi {
  const { host, orderHost = host } = options;
  const calls = createAccountCalls(options);
  const { hide } = calls;
  // Hide before cutting, so that no half of a secret remains.
  const unread: Unread = ({ reason, value, tradeId }) =>
    options.onUnread?.({
      reason: hide(reason).slice(0, REASON_CHARS_MAX),
      excerpt: hide(textOf(value)).slice(0, EXCERPT_CHARS_MAX),
      tradeId: hide(tradeId),
    });
  return {
    submitHeaders: (order) => calls.headersOf('POST', '/order', order.body),
    submit: (order, headers, { timeoutMs }) =>
      postOrder({ host: orderHost, headers, timeoutMs, calls }, order),
    submitAll: (orders, { timeoutMs }) => {
      const headers = calls.headersOf('POST', '/orders', bodyOfAll(orders));
      return postOrders({ host: orderHost, headers, timeoutMs, calls }, orders);
    },
    cancel: (orderIds) => cancelOrders(orderHost, calls, orderIds),
    ...orderReads(host, calls, unread),
    ...tradeReads(
      calls,
      { apiKey: options.credentials.apiKey, funderAddress: options.signer.funderAddress },
      unread,
    ),
    ...accountReads(host, calls, options.signer.signatureType),
    fetchTimeMs: () => createClobApi(host).fetchTimeMs(),
    rate: calls.rate,
  };
}

function orderReads(
  host: VenueHost,
  { read, readPages }: AccountCalls,
  unread: Unread,
): Pick<TradingApi, 'fetchOrder' | 'listOpenOrders'> {
  return {
    async fetchOrder(orderId) {
      // The list filtered by id has orders in any state; the single read is reported to have only open ones.
      const rows = await readPages('/data/orders', [['id', orderId]]);
      const ids = rows.map((row) => orderIdSchema.safeParse(objectOf(row)?.id).data);
      // A row whose id cannot be read may be this order, so it must not count as absence: parsing it below throws.
      const at = ids.includes(orderId) ? ids.indexOf(orderId) : ids.indexOf(undefined);
      if (at >= 0) return expectPayload(host, '/data/orders', orderReportSchema, rows[at]);
      const path = `/data/order/${orderId}`;
      const json = await read(path, [], true);
      if (json === undefined || json === null) return undefined;
      const report = expectPayload(host, path, orderReportSchema, json);
      if (report.orderId !== orderId) throw badPayload(whereOf(host, path), 'id: another order');
      return report;
    },
    async listOpenOrders() {
      const reports: OrderReport[] = [];
      for (const row of await readPages('/data/orders', [])) {
        const result = orderReportSchema.safeParse(row);
        if (result.success) reports.push(result.data);
        else unread({ reason: `order ${firstProblem(result.error)}`, value: row, tradeId: '' });
      }
      return reports;
    },
  };
}

function tradeReads(
  { readPages }: AccountCalls,
  account: Account,
  unread: Unread,
): Pick<TradingApi, 'listTrades' | 'fetchTrade' | 'listMarketTrades'> {
  const readFills = async (query: Query): Promise<readonly FillReport[]> => {
    const fills: FillReport[] = [];
    for (const row of await readPages('/data/trades', query)) {
      const reading = readTrade(row, account);
      if (reading.kind === 'fills') fills.push(...reading.fills);
      else unread({ reason: reading.reason, value: row, tradeId: tradeIdOf(row) });
    }
    return fills.sort((one, other) => one.matchedAtMs - other.matchedAtMs);
  };
  // One second earlier, because it is not documented whether `after` is inclusive.
  const after = (afterS: number): Query[number] => ['after', String(Math.max(0, afterS - 1))];
  return {
    async listTrades({ afterS }) {
      const fills = await readFills([after(afterS)]);
      return fills.filter((fill) => fill.matchedAtMs >= afterS * 1_000);
    },
    async fetchTrade(tradeId) {
      const fills = await readFills([['id', tradeId]]);
      return fills.filter((fill) => fill.tradeId === tradeId);
    },
    async listMarketTrades({ conditionId, afterS }) {
      const fills = await readFills([['market', conditionId], after(afterS)]);
      return fills.filter((fill) => fill.conditionId === conditionId && fill.matchedAtMs >= afterS * 1_000);
    },
  };
}

function accountReads(
  host: VenueHost,
  { read }: AccountCalls,
  signatureType: SignatureType,
): Pick<TradingApi, 'fetchCollateral' | 'fetchShares' | 'refreshCollateral' | 'fetchClosedOnly'> {
  const ofType: Query[number] = ['signature_type', String(signatureType)];
  const readBalance = async (query: Query): Promise<BalanceReport> => {
    const path = '/balance-allowance';
    return expectPayload(host, path, balanceSchema, await read(path, [...query, ofType]));
  };
  return {
    fetchCollateral: () => readBalance([['asset_type', 'COLLATERAL']]),
    fetchShares: (tokenId, version) =>
      readBalance([
        ['asset_type', version === 'v2' ? 'CONDITIONAL-V2' : 'CONDITIONAL'],
        ['token_id', tokenId],
      ]),
    async refreshCollateral() {
      await read('/balance-allowance/update', [['asset_type', 'COLLATERAL'], ofType], true);
    },
    async fetchClosedOnly() {
      const path = '/auth/ban-status/closed-only';
      return expectPayload(host, path, closedOnlySchema, await read(path, [])).closed_only;
    },
  };
}

async function cancelOrders(
  host: VenueHost,
  { headersOf, onResponse, hide }: AccountCalls,
  orderIds: readonly OrderId[],
): Promise<CancelAnswer> {
  const canceled: OrderId[] = [];
  const notCanceled: Record<string, string> = {};
  for (let at = 0; at < orderIds.length; at += CANCELS_PER_CALL_MAX) {
    const body = JSON.stringify(orderIds.slice(at, at + CANCELS_PER_CALL_MAX));
    const headers = headersOf('DELETE', '/orders', body);
    const json = await fetchJson(host, '/orders', [], { method: 'DELETE', headers, body, onResponse });
    const answer = expectPayload(host, '/orders', cancelSchema, json);
    canceled.push(...(answer.canceled ?? []));
    for (const [id, why] of Object.entries(answer.not_canceled ?? {})) {
      notCanceled[id.toLowerCase()] = hide(why).slice(0, REASON_CHARS_MAX);
    }
  }
  return { canceled, notCanceled };
}

/** By the documentation an integer of six decimals; recordings also have a decimal text in whole units. */
const balanceMicrosSchema = z.parsedBy(z.string(), balanceMicrosOf, 'not an amount');

function balanceMicrosOf(text: string): bigint | undefined {
  if (/^\d{1,78}$/.test(text)) return BigInt(text);
  const decimal = /^(\d{1,60})\.(\d{1,6})$/.exec(text);
  return decimal === null ? undefined : BigInt(`${decimal[1]}${(decimal[2] ?? '').padEnd(6, '0')}`);
}

const balanceSchema = z.mapped(
  z.object({
    balance: balanceMicrosSchema,
    allowances: z.nullish(z.record(z.string(), balanceMicrosSchema)),
  }),
  (report): BalanceReport => ({
    balanceMicros: cash(report.balance),
    allowanceMicros: Object.fromEntries(
      Object.entries(report.allowances ?? {}).map(([address, micros]) => [address.toLowerCase(), micros]),
    ),
  }),
);

const cancelSchema = z.object({
  canceled: z.nullish(z.array(orderIdSchema)),
  not_canceled: z.nullish(z.record(z.string(), z.string())),
});

const closedOnlySchema = z.object({ closed_only: z.boolean() });
