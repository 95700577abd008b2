/** The check that a state change comes from our own pages, and the safe addresses to return to. */
import type { Context, MiddlewareHandler } from 'hono';
import type { AppEnv } from '../ports.ts';

/**
 * Lets a state change pass only as a form post of one of our own pages. Stricter than Hono's `csrf`, which accepts either
 * proof alone and does not check JSON; here both are read and neither may contradict.
 */
export function sameOriginForms(): MiddlewareHandler<AppEnv> {
  return async function formsOfOurPages(context, next) {
    const { method } = context.req;
    if (method === 'GET' || method === 'HEAD') return next();
    const type = context.req.header('content-type') ?? '';
    const isForm = /^(application\/x-www-form-urlencoded|multipart\/form-data)\b/i.test(type);
    if (method !== 'POST' || !isForm) return context.text('Only form posts are accepted.', 415);
    if (isSameOrigin(context)) return next();
    return context.text('This did not come from a page of this app, so nothing was changed.', 403);
  };
}

/**
 * `Sec-Fetch-Site` and `Origin`, of which at least one must say that it is ours and none the contrary. An Origin of
 * "null" says nothing: browsers send it with our own forms, since our pages ask for no referrer.
 */
function isSameOrigin(context: Context<AppEnv>): boolean {
  const site = context.req.header('sec-fetch-site');
  const origin = context.req.header('origin');
  if (site !== undefined && site !== 'same-origin') return false;
  if (origin === undefined || origin === 'null') return site === 'same-origin';
  return origin === new URL(context.req.url).origin;
}

/** A host that cannot exist, so that a path which names another host is noticed. */
const NOWHERE = 'http://nowhere.invalid';
const PATH_CHARS_MAX = 1_000;
/** Addresses that are not pages: parts, streams and the sign-in itself. */
const NO_PAGES = /^\/(part\/|events\b|sign-in\b|sign-out\b)/;

/** The path and query of a page of ours, as a browser would read it; undefined for anything else, so no open redirect. */
export function pagePath(text: string | undefined): string | undefined {
  if (text === undefined || !text.startsWith('/') || text.length > PATH_CHARS_MAX) return undefined;
  if (!URL.canParse(text, NOWHERE)) return undefined;
  const { origin, pathname, search } = new URL(text, NOWHERE);
  // "/.//host" loses its dot on the way and would name a host after all.
  if (origin !== NOWHERE || pathname.startsWith('//') || NO_PAGES.test(pathname)) return undefined;
  return `${pathname}${search}`;
}

/** Whether a script requests a part of a page or events: a redirect would put a page into a page. */
export function isFragmentRequest(context: Context<AppEnv>): boolean {
  const { req } = context;
  return (
    req.header('hx-request') === 'true' ||
    req.path.startsWith('/part/') ||
    req.path === '/events' ||
    (req.header('accept') ?? '').includes('text/event-stream')
  );
}

/** The page that the operator is on: the one requested, or the one whose part is. Undefined when the request names none. */
export function currentPage(context: Context<AppEnv>): string | undefined {
  const { origin, pathname, search } = new URL(context.req.url);
  if (!isFragmentRequest(context)) {
    return context.req.method === 'GET' ? pagePath(`${pathname}${search}`) : undefined;
  }
  const given = context.req.header('hx-current-url') ?? '';
  if (!URL.canParse(given)) return undefined;
  const page = new URL(given);
  return page.origin === origin ? pagePath(`${page.pathname}${page.search}`) : undefined;
}
