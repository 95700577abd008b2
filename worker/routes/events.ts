/** What open pages listen to: one stream from LeaderFeed, without content. Sign-in has been checked before it is opened. */
import { Hono } from 'hono/tiny';
import { reasonOf } from '../../durable-objects/platform/ports.ts';
import { FEED_ORIGIN, feedStub } from '../../durable-objects/platform/stubs.ts';
import { log } from '../../durable-objects/platform/workerd.ts';
import type { AppEnv } from '../ports.ts';

/** `GET /events`: server-sent events named by domain/records/topics.ts. */
export function eventRoutes(): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get('/events', async (c) => {
    const last = c.req.header('last-event-id');
    try {
      const answer = await feedStub(c.env).fetch(`${FEED_ORIGIN}/events`, {
        headers: last === undefined ? {} : { 'last-event-id': last },
        signal: c.req.raw.signal,
      });
      // A new answer: the headers of one that came from an object cannot be added to.
      return new Response(answer.body, { status: answer.status, headers: answer.headers });
    } catch (error) {
      log('warn', 'LeaderFeed gave no events; the page polls', { reason: reasonOf(error) });
      return c.text('No events now.', 503);
    }
  });
  return app;
}
