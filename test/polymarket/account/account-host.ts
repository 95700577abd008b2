/** An account of ours at a practice exchange on a virtual clock, reached in-process with our own client. */
import { parseConditionId, parseTokenId } from '../../../domain/ids.ts';
import { price } from '../../../domain/money.ts';
import {
  type ClientSigner,
  deriveCredentials,
  readLiveSecrets,
} from '../../../polymarket/account/credentials.ts';
import { createTradingApi } from '../../../polymarket/account/trading-api.ts';
import type {
  ApiCredentials,
  OrderSigner,
  OrderToSign,
  SignatureType,
  TradingApi,
} from '../../../polymarket/account/trading-types.ts';
import type { VenueHost } from '../../../polymarket/wire/http.ts';
import type { PracticeExchange } from '../../../simulator/practice-exchange.ts';
import { openBench } from '../../simulator/harness.ts';
import { FUNDER, PRACTICE_KEY, tradable } from '../../simulator/trader.ts';

export { PRACTICE_KEY, tradable } from '../../simulator/trader.ts';

export interface Requested {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface PracticeAccount {
  readonly exchange: PracticeExchange;
  readonly host: VenueHost;
  /** What was requested, in order. */
  readonly requests: Requested[];
  readonly pass: (ms: number) => void;
  readonly nowMs: () => number;
  readonly signer: OrderSigner;
  readonly clientSigner: ClientSigner;
  readonly credentials: ApiCredentials;
  readonly api: TradingApi;
}

/** A host that is the exchange. An answer that is lost never comes; the caller's own timeout ends the wait. */
export function hostOfExchange(
  exchange: PracticeExchange,
  nowMs: () => number,
): VenueHost & { requests: Requested[] } {
  const requests: Requested[] = [];
  return {
    baseUrl: 'http://practice.local',
    nowMs,
    requests,
    fetch: (input, init = {}) => {
      const call = {
        method: init.method ?? 'GET',
        url: new URL(input),
        // Every header here is written by our own client, as a plain object.
        headers: { ...(init.headers as Record<string, string> | undefined) },
        body: typeof init.body === 'string' ? init.body : '',
      };
      requests.push(call);
      const answer = exchange.handleRequest({ ...call, url: input });
      if (answer.lost === true) {
        return new Promise((_resolve, reject) => {
          init.signal?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
        });
      }
      return Promise.resolve(new Response(answer.body, { status: answer.status, headers: answer.headers }));
    },
  };
}

const OWNER = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266';
const OTHER_FUNDER = '0x00000000000000000000000000000000c0ffee44';

/** The account with its own wallet for the type, $1,000 in it, and its credentials derived. */
export async function openPracticeAccount(type: SignatureType = 3): Promise<PracticeAccount> {
  const bench = openBench();
  const funder = type === 3 ? FUNDER : type === 0 ? OWNER : OTHER_FUNDER;
  if (type !== 3) {
    bench.exchange.openTrader({
      ownerAddress: OWNER,
      funderAddress: funder,
      signatureType: type,
      cash: '1000',
    });
  }
  const secrets = readLiveSecrets({
    POLYMARKET_PRIVATE_KEY: PRACTICE_KEY,
    POLYMARKET_FUNDER_ADDRESS: funder,
    POLYMARKET_SIGNATURE_TYPE: String(type),
  });
  if (secrets.kind !== 'ready') throw new Error(JSON.stringify(secrets));
  const { signer, clientSigner } = secrets;
  const host = hostOfExchange(bench.exchange, bench.nowMs);
  const credentials = await deriveCredentials(secrets, host);
  const api = createTradingApi({ host, signer, credentials });
  const { exchange, pass, nowMs } = bench;
  return { exchange, host, requests: host.requests, pass, nowMs, signer, clientSigner, credentials, api };
}

let salt = 1n;

/** A FAK BUY of ten shares at 0.5 in a market of the kind wanted, unless the change says otherwise. */
export function orderAt(
  account: PracticeAccount,
  change: Partial<OrderToSign> = {},
  kind: Parameters<typeof tradable>[1] = {},
): OrderToSign & { conditionId: NonNullable<ReturnType<typeof parseConditionId>> } {
  const { market, token } = tradable(account.exchange, kind);
  salt += 1n;
  return {
    tokenId: parseTokenId(token)!,
    conditionId: parseConditionId(market.conditionId)!,
    side: 'BUY',
    orderType: 'FAK',
    limitPriceMicros: price(500_000n),
    makerMicros: 5_000_000n,
    takerMicros: 10_000_000n,
    expirationS: 0,
    protocolVersion: market.version,
    negRisk: market.negRisk,
    salt,
    timestampMs: account.nowMs(),
    metadataKey: salt.toString(16).padStart(64, '0'),
    ...change,
  };
}

/** Signs and posts. */
export async function post(account: PracticeAccount, order: OrderToSign, timeoutMs = 5_000) {
  const signed = account.signer.sign(order, account.credentials);
  const headers = account.api.submitHeaders(signed);
  return { signed, answer: await account.api.submit(signed, headers, { timeoutMs }) };
}
