// Requests and answers of the practice exchange without any server: text in, text out.

export interface RestRequest {
  method: string;
  /** Path with query, or a whole address. */
  url: string;
  body?: string;
}

export interface RestAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
  /** How long the server holds the answer back (a fault). */
  delayMs?: number;
}

export interface Call {
  method: string;
  path: string;
  query: URLSearchParams;
  body: string;
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
    query: url.searchParams,
    body: request.body ?? '',
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
