// Requests and answers of the practice exchange without any server: text in, text out.

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
  /** How long the server holds the answer back (a fault). */
  delayMs?: number;
  /** The answer never comes at all (a fault): whoever serves it hangs, or breaks the connection. */
  lost?: true;
}

export interface Call {
  method: string;
  path: string;
  /** As it was sent: signatures cover exactly this. */
  rawPath: string;
  query: URLSearchParams;
  body: string;
  /** By lower-case name. */
  headers: Readonly<Record<string, string>>;
}

/** Answers a call, or null when the path is not its own. */
export type Routes = (call: Call) => RestAnswer | null;

export function json(status: number, value: unknown, headers: Record<string, string> = {}): RestAnswer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(value) };
}

/** Splits an address; throws on one that is none. */
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
