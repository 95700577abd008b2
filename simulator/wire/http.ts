// Requests and answers of the practice exchange, independent of a server: text in, text out.

export interface RestRequest {
  method: string;
  /** Path with query, or a whole address. */
  url: string;
  body?: string;
  /** Names in any letter case. */
  headers?: Readonly<Record<string, string>>;
}

export interface RestAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
  /** How long the server delays the answer (a fault). */
  delayMs?: number;
  /** The answer never comes (a fault): the server hangs or closes the connection. */
  lost?: true;
}

export interface Call {
  method: string;
  path: string;
  /** As it was sent, because signatures cover the exact text. */
  rawPath: string;
  query: URLSearchParams;
  body: string;
  /** By lower-case name. */
  headers: Readonly<Record<string, string>>;
}

/** Answers a request; null when the path is not one of its routes. */
export type Routes = (call: Call) => RestAnswer | null;

export function json(status: number, value: unknown, headers: Record<string, string> = {}): RestAnswer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(value) };
}

/** Splits an address. Throws on an invalid one. */
export function parseCall(request: RestRequest): Call {
  const url = new URL(request.url, 'http://practice.local');
  return {
    method: request.method.toUpperCase(),
    path: url.pathname.replace(/\/+$/, '') || '/',
    rawPath: url.pathname,
    query: url.searchParams,
    body: request.body ?? '',
    headers: Object.fromEntries(
      Object.entries(request.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
    ),
  };
}

/** The items of a parameter, whether repeated or comma-separated. */
export function listParam(query: URLSearchParams, name: string): string[] {
  return query
    .getAll(name)
    .flatMap((value) => value.split(','))
    .map((value) => value.trim())
    .filter((value) => value !== '');
}
