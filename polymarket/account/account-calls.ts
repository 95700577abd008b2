/**
 * Authenticated requests of one account: HMAC headers in the turn that sends them, paging, and the venue's rate headers.
 * Credentials go only into headers; `hide` removes them from the venue's texts.
 */
import { Buffer } from 'node:buffer';
import { createHmac } from 'node:crypto';
import { getAddress } from 'ethers';
import * as z from '../../domain/zod.ts';
import { badPayload, expectPayload, fetchJson, type Query, type VenueHost, whereOf } from '../wire/http.ts';
import { rateReportOf, UNKNOWN_RATE } from './rate-report.ts';
import type { ApiCredentials, AuthHeaders, OrderSigner, RateReport } from './trading-types.ts';

const FIRST_CURSOR = 'MA==';
const LAST_CURSOR = 'LTE=';
/** A busy day is a few pages; more than this many means that paging does not end, and the read fails. */
const PAGES_MAX = 100;
/** The caller parses the rows one by one, so that a bad row does not affect the others (W5). */
const pageSchema = z.object({ data: z.nullish(z.array(z.unknown())), next_cursor: z.nullish(z.string()) });

export interface AccountCalls {
  /** The signed path has no query and is the venue's own, also when a relay is in between. */
  headersOf(method: 'GET' | 'POST' | 'DELETE', path: string, body?: string): AuthHeaders;
  /** The JSON of a GET; undefined for a 404, null for an allowed empty body. Throws VenueError. */
  read(path: string, query: Query, mayBeEmpty?: boolean): Promise<unknown>;
  /** The rows of all pages, unparsed. Throws VenueError for a malformed page and when paging does not end. */
  readPages(path: string, query: Query): Promise<readonly unknown[]>;
  onResponse(response: Response): void;
  rate(): RateReport;
  hide(text: string): string;
}

export function createAccountCalls(account: {
  readonly host: VenueHost;
  readonly signer: OrderSigner;
  readonly credentials: ApiCredentials;
}): AccountCalls {
  const { host, credentials } = account;
  const headersOf = l2HeadersOf(account.signer, credentials, host.nowMs);
  let rate: RateReport = UNKNOWN_RATE;
  const onResponse = (response: Response): void => {
    rate = rateReportOf(response.headers, host.nowMs()) ?? rate;
  };
  const read: AccountCalls['read'] = async (path, query, mayBeEmpty = false) => {
    const headers = headersOf('GET', path);
    return fetchJson(host, path, query, { headers, onResponse, mayBeEmpty });
  };
  return {
    headersOf,
    read,
    async readPages(path, query) {
      const found: unknown[] = [];
      let cursor = FIRST_CURSOR;
      for (let count = 0; count < PAGES_MAX; count += 1) {
        const json = await read(path, [...query, ['next_cursor', cursor]]);
        const { data, next_cursor: next } = expectPayload(host, path, pageSchema, json ?? {});
        for (const row of data ?? []) found.push(row);
        if (next === null || next === undefined || next === '' || next === LAST_CURSOR) return found;
        if (next === cursor) throw badPayload(whereOf(host, path), 'next_cursor: repeated');
        cursor = next;
      }
      throw badPayload(whereOf(host, path), `more than ${PAGES_MAX} pages`);
    },
    onResponse,
    rate: () => rate,
    hide: hiderOf(credentials),
  };
}

/** The official client computes the same by WebCrypto, which answers in a later turn; a test compares the two. */
function l2HeadersOf(signer: OrderSigner, credentials: ApiCredentials, nowMs: () => number) {
  const address = getAddress(signer.ownerAddress);
  const { apiKey, passphrase } = credentials;
  // The secret is base64 in either alphabet, and Buffer reads both.
  const secret = Buffer.from(credentials.secret, 'base64');
  return (method: 'GET' | 'POST' | 'DELETE', path: string, body = ''): AuthHeaders => {
    const seconds = String(Math.floor(nowMs() / 1_000));
    const digest = createHmac('sha256', secret).update(`${seconds}${method}${path}${body}`).digest('base64');
    return {
      POLY_ADDRESS: address,
      POLY_SIGNATURE: digest.replaceAll('+', '-').replaceAll('/', '_'),
      POLY_TIMESTAMP: seconds,
      POLY_API_KEY: apiKey,
      POLY_PASSPHRASE: passphrase,
    };
  };
}

/** The client types header values as strings, numbers or booleans; all become strings. */
export function textHeaders(headers: Readonly<Record<string, string | number | boolean>>): AuthHeaders {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

/** Replaces credentials by … in a text: a proxy's error page may quote the request. */
export function hiderOf(credentials: ApiCredentials): (text: string) => string {
  const hidden = [credentials.secret, credentials.passphrase, credentials.apiKey].filter(
    (word) => word !== '',
  );
  return (text) => hidden.reduce((left, word) => left.replaceAll(word, '…'), text);
}
