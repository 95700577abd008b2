/**
 * What an open tab asks for by itself, counted from what the page itself declares: each part now and then, and after changes of
 * its topics, which come at most every ten seconds (page-events.ts). Each request is billed.
 */
import { describe, expect, it } from 'vitest';
import { HOUR_MS, SECOND_MS } from '../../domain/time.ts';
import { attempt, LEADER, leaderFill, liveOrder, position } from '../ledger/records.ts';
import { type Harness, textOf, withRows } from './harness.ts';
import { LIVE_WALLET } from './statuses.ts';

const REQUESTS_MAX = 600;
/** Events of all topics but switches, in an hour of constant change. */
const EVENTS = HOUR_MS / (10 * SECOND_MS);
const TOPICS = ['trades', 'paper', 'live'];

/** Of one hour. The stream of events is one request; while it is broken it is opened more often, and brings nothing. */
function requestsOf(html: string): number {
  const triggers = [...html.matchAll(/hx-get="[^"]*"[^>]*hx-trigger="([^"]*)"/g)].map(
    ([, text]) => text ?? '',
  );
  return triggers.reduce((sum, trigger) => {
    const every = /every (\d+)s/.exec(trigger)?.[1];
    const polls = every === undefined ? 0 : HOUR_MS / SECOND_MS / Number(every);
    return sum + polls + (TOPICS.some((topic) => trigger.includes(`${topic} from:body`)) ? EVENTS : 0);
  }, 1);
}

async function opened(): Promise<Harness> {
  const rows = [leaderFill(), attempt(), attempt({ mode: 'LIVE' }), position(), liveOrder()];
  const app = await withRows([...rows, position({ mode: 'LIVE' })]);
  await app.get('/');
  return app;
}

/** Addresses of whole pages, each once. */
function pagesOf(app: Harness): readonly string[] {
  const pages = app.routes
    .filter(({ method, path }) => method === 'GET' && !/^\/(part|export|events|deploy)|\*/.test(path))
    .map(({ path }) => path.replace(/:address|:leader\w*/g, LEADER));
  return [...new Set(pages)].filter((path) => !path.includes(':'));
}

describe('an open tab', () => {
  it('asks for at most 600 parts an hour, whatever page it shows', async () => {
    const app = await opened();
    const counted: Record<string, number> = {};
    for (const path of [...pagesOf(app), '/exits?mode=LIVE', '/live-trades?list=positions']) {
      const response = await app.get(path);
      if (response.status === 200) counted[path] = requestsOf(await response.text());
    }
    expect(Object.keys(counted).length).toBeGreaterThan(12);
    // So that a page without any declared poll is not taken for a cheap one.
    expect(counted['/']).toBeGreaterThan(400);
    expect(Object.entries(counted).filter(([, requests]) => requests > REQUESTS_MAX)).toEqual([]);
  });

  it('asks for no more while it waits for ON, from the first minute of SHADOW to the last', async () => {
    const app = await opened();
    let requests = 0;
    // Each look says when the next one comes.
    for (let leftMs = HOUR_MS; leftMs > 0; ) {
      app.liveStatus = {
        trading: 'SHADOW',
        live: { ...LIVE_WALLET.live!, shadowSinceAtMs: app.nowMs - (HOUR_MS - leftMs) },
      };
      const part = await textOf(app, '/part/switch-on');
      const seconds = Number(/every (\d+)s/.exec(part)?.[1] ?? 60);
      expect(seconds).toBeGreaterThanOrEqual(2);
      leftMs -= seconds * 1_000;
      requests += 1;
    }
    expect(requests).toBeLessThanOrEqual(90);
  });

  it('asks no more often for parts that fail', async () => {
    const app = await opened();
    app.fake.failing(true);
    const html = await (await app.get('/part/dashboard')).text();
    expect(requestsOf(html)).toBeLessThanOrEqual(241);
  });
});
