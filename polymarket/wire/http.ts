/**
 * One call for JSON from the venue, bounded in time and size. Every failure is a VenueError: an HTML body on a 200 is a
 * bad payload, not an answer.
 */
import type { z } from 'zod';
import { jsonOf, reasonOf } from './refused.ts';
import { VenueError } from './venue-error.ts';

export type Fetch = (input: string, init?: RequestInit) => Promise<Response>;

export interface VenueHost {
  /** Without a trailing slash or with one. */
  readonly baseUrl: string;
  readonly fetch: Fetch;
  readonly nowMs: () => number;
  readonly timeoutMs?: number;
}

export type Query = readonly (readonly [name: string, value: string | undefined])[];

/** The venue answers within a second; what takes ten is not coming. */
export const TIMEOUT_MS = 10_000;
/** A full page of 1,000 trades is under 2 MB; a body past this limit is not read to its end. */
export const BODY_BYTES_MAX = 16 * 1024 * 1024;
/** No wait that the venue asks for is taken to be longer. */
export const RETRY_AFTER_MS_MAX = 600_000;
/** Python's default agent gets 403 there (polymarket-api.md 1.9), so ours is explicit. */
export const USER_AGENT = 'polymarketspy/0.1';

export interface Call {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  /** May hold credentials: they reach the venue and nothing else, so such calls follow no redirect. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Told of every answer, refused ones too. */
  readonly onResponse?: (response: Response) => void;
  /** Some routes answer with nothing at all: then the JSON is null. */
  readonly mayBeEmpty?: boolean;
}

/** The JSON at a path; undefined for a 404. Throws VenueError otherwise. */
export async function fetchJson(
  host: VenueHost,
  path: string,
  query: Query = [],
  call: Call = {},
): Promise<unknown> {
  const url = new URL(`${host.baseUrl.replace(/\/+$/, '')}${path}`);
  for (const [name, value] of query) if (value !== undefined) url.searchParams.append(name, value);
  const where = `${call.method ?? 'GET'} ${url.host}${url.pathname}`;
  const signal = AbortSignal.timeout(host.timeoutMs ?? TIMEOUT_MS);
  try {
    // Called bare: the runtime's own fetch refuses to run as a method of another object.
    const { fetch } = host;
    const response = await fetch(url.href, { ...initOf(call), signal });
    call.onResponse?.(response);
    if (!response.ok) {
      // The body is of no use; an unread one would hold one of the six connections of an invocation.
      await response.body?.cancel();
      if (response.status === 404) return undefined;
      throw statusError(where, response, host.nowMs());
    }
    const text = await boundedText(where, response);
    if (text.trim() === '' && call.mayBeEmpty === true) return null;
    const json = jsonOf(text);
    if (json === undefined) throw badPayload(where, 'not JSON');
    return json;
  } catch (error) {
    if (error instanceof VenueError) throw error;
    if (signal.aborted) throw new VenueError({ kind: 'timeout', message: `${where}: timed out` });
    // DNS, refused connections, resets: the runtime's message may quote the whole URL, so only its name is kept.
    const cause = error instanceof Error ? error.name : 'unknown';
    throw new VenueError({ kind: 'network', message: `${where}: network failure (${cause})` });
  }
}

function initOf(call: Call): RequestInit {
  const init: RequestInit = {
    headers: {
      accept: 'application/json',
      'user-agent': USER_AGENT,
      ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...call.headers,
    },
  };
  if (call.method !== undefined) init.method = call.method;
  if (call.body !== undefined) init.body = call.body;
  if (call.headers !== undefined) init.redirect = 'manual';
  return init;
}

/** What a payload must be, or a bad-payload VenueError that names the field. */
export function expectPayload<T>(host: VenueHost, path: string, schema: z.ZodType<T>, payload: unknown): T {
  const result = schema.safeParse(payload);
  if (result.success) return result.data;
  throw badPayload(whereOf(host, path), reasonOf(result.error));
}

export function badPayload(where: string, what: string): VenueError {
  return new VenueError({ kind: 'bad-payload', message: `${where}: bad payload, ${what.slice(0, 200)}` });
}

/** "GET host/path" for messages. */
export function whereOf(host: VenueHost, path: string): string {
  const url = new URL(`${host.baseUrl.replace(/\/+$/, '')}${path}`);
  return `GET ${url.host}${url.pathname}`;
}

function statusError(where: string, response: Response, nowMs: number): VenueError {
  return new VenueError({
    kind: response.status === 429 ? 'rate-limited' : 'status',
    status: response.status,
    retryAfterMs: parseRetryAfterMs(response.headers.get('retry-after'), nowMs),
    message: `${where}: status ${response.status}`,
  });
}

/** Seconds or a date; undefined when absent, past or 0 (the venue sends 0 on 429: the caller's own backoff holds). */
export function parseRetryAfterMs(text: string | null, nowMs: number): number | undefined {
  if (text === null) return undefined;
  const waitMs = /^\d{1,9}$/.test(text.trim()) ? Number(text) * 1_000 : Date.parse(text) - nowMs;
  return waitMs > 0 ? Math.min(waitMs, RETRY_AFTER_MS_MAX) : undefined;
}

/** The body as text; throws VenueError past the limit. */
export async function boundedText(
  where: string,
  response: Response,
  bytesMax = BODY_BYTES_MAX,
): Promise<string> {
  if (response.body === null) return '';
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.byteLength;
    if (bytes > bytesMax) {
      await reader.cancel();
      throw badPayload(where, `body: larger than ${bytesMax} bytes`);
    }
    text += decoder.decode(value, { stream: true });
  }
}
