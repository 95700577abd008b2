/** Whether htmx asks for a part of a page, or a browser for the whole. One address answers both. */
import type { Context } from 'hono';
import type { AppEnv } from './ports.ts';

/** Also marks the answer as depending on it, so that no cache gives a part for a page. */
export function isPartial(context: Context<AppEnv>): boolean {
  context.header('Vary', 'HX-Request-Type', { append: true });
  return context.req.header('hx-request-type') === 'partial';
}
