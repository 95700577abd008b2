/**
 * One JSON request to the venue, limited in time and size. Every failure is a VenueError; an HTML body with status 200 is
 * a bad payload.
 */
import type * as z from '../../domain/zod.ts';
import type { ReadBudget } from './host-budget.ts';
import { firstProblem, jsonOf } from './refused.ts';
import { VenueError } from './venue-error.ts';

export type Fetch = (input: string, init?: RequestInit) => Promise<Response>;

export interface VenueHost {
  /** With or without a trailing slash. */
  readonly baseUrl: string;
  readonly fetch: Fetch;
  readonly nowMs: () => number;
  readonly timeoutMs?: number;
  /** What all public reads of the host share; none for the account's own calls, which their owner limits. */
  readonly budget?: ReadBudget;
}

export type Query = readonly (readonly [name: string, value: string | undefined])[];

/** The venue usually answers within a second. */
export const TIMEOUT_MS = 10_000;
/** A full page of 1,000 trades is under 2 MB. Reading stops at this limit and the call fails. */
export const BODY_BYTES_MAX = 16 * 1024 * 1024;
/** Longer waits that the venue asks for are cut to this. */
export const RETRY_AFTER_MS_MAX = 600_000;
/** Set explicitly because the venue's proxy refuses some default agents with 403 (polymarket-api.md 1.9). */
export const USER_AGENT = 'polymarketspy/0.1';

export interface Call {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  /** May hold credentials. A call with headers follows no redirect, so that they reach only the venue. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Called with every response, whatever its status. */
  readonly onResponse?: (response: Response) => void;
  /** For routes that may answer with an empty body: the result is then null. */
  readonly mayBeEmpty?: boolean;
}

/** The JSON at a path; undefined for a 404. Throws VenueError for any other failure. */
export async function fetchJson(
  host: VenueHost,
  path: string,
  query: Query = [],
  call: Call = {},
): Promise<unknown> {
  const url = new URL(`${host.baseUrl.replace(/\/+$/, '')}${path}`);
  for (const [name, value] of query) if (value !== undefined) url.searchParams.append(name, value);
  const where = `${call.method ?? 'GET'} ${url.host}${url.pathname}`;
  const pass = await host.budget?.enter(url);
  const signal = AbortSignal.timeout(host.timeoutMs ?? TIMEOUT_MS);
  try {
    // Not called as host.fetch(): the runtime's own fetch throws when it is a method of another object.
    const { fetch } = host;
    const response = await fetch(url.href, { ...initOf(call), signal });
    pass?.answered(response.status, parseRetryAfterMs(response.headers.get('retry-after'), host.nowMs()));
    call.onResponse?.(response);
    if (!response.ok) {
      // An unread body would hold one of the six connections of an invocation.
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
    // Calling it after an answer, whose body then failed, changes nothing.
    pass?.failed();
    if (signal.aborted) throw new VenueError({ kind: 'timeout', message: `${where}: timed out` });
    // DNS failures, refused connections, resets. Only the error's name: its message may quote the whole URL.
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

/** The payload as the schema gives it. Throws a bad-payload VenueError that names the field. */
export function expectPayload<T>(
  host: VenueHost,
  path: string,
  schema: z.ZodMiniType<T>,
  payload: unknown,
): T {
  const result = schema.safeParse(payload);
  if (result.success) return result.data;
  throw badPayload(whereOf(host, path), firstProblem(result.error));
}

export function badPayload(where: string, what: string): VenueError {
  return new VenueError({ kind: 'bad-payload', message: `${where}: bad payload, ${what.slice(0, 200)}` });
}

/** "GET host/path", for error messages. */
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

/** Milliseconds to wait, from seconds or a date; undefined when absent, past or 0 (the venue sends 0 with a 429). */
export function parseRetryAfterMs(text: string | null, nowMs: number): number | undefined {
  if (text === null) return undefined;
  const waitMs = /^\d{1,9}$/.test(text.trim()) ? Number(text) * 1_000 : Date.parse(text) - nowMs;
  return waitMs > 0 ? Math.min(waitMs, RETRY_AFTER_MS_MAX) : undefined;
}

/** The body as text. Throws VenueError when it is larger than the limit. */
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
