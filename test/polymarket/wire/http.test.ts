/** Failed reads: each has its kind, its message names host and path and nothing more. */
import { describe, expect, it } from 'vitest';
import {
  BODY_BYTES_MAX,
  fetchJson,
  parseRetryAfterMs,
  RETRY_AFTER_MS_MAX,
  type VenueHost,
} from '../../../polymarket/wire/http.ts';
import { type Answer, hostOf } from '../fixture.ts';

const read = (answer: Answer) => fetchJson(hostOf(answer), '/v2/trades', [['user', 'secret']]);

describe('a read of the venue', () => {
  it.each<[string, Answer, Record<string, unknown>]>([
    ['an HTML page with status 200', { body: '<html>Attention required</html>' }, { kind: 'bad-payload' }],
    ['a truncated body', { body: '{"data":[' }, { kind: 'bad-payload' }],
    ['an empty body', { body: '' }, { kind: 'bad-payload' }],
    ['an HTML page with status 503', { status: 503, body: '<html>' }, { kind: 'status', status: 503 }],
    ['a redirect that was not followed', { status: 302 }, { kind: 'status', status: 302 }],
    [
      'a wait in seconds',
      { status: 429, headers: { 'retry-after': '7' } },
      { kind: 'rate-limited', retryAfterMs: 7_000 },
    ],
    [
      'a wait of 0',
      { status: 429, headers: { 'retry-after': '0' } },
      { kind: 'rate-limited', retryAfterMs: undefined },
    ],
    ['a restart', { status: 425 }, { kind: 'status', status: 425 }],
  ])('names %s', async (_what, answer, expected) => {
    const error: Error = await read(answer).then(
      () => new Error('no error'),
      (caught) => caught,
    );
    expect(error).toMatchObject({ name: 'VenueError', ...expected });
    expect(error.message).toContain('GET venue.test/v2/trades');
    expect(error.message).not.toContain('secret');
  });

  it('reads a 404 as "not there"', async () => {
    expect(await read({ status: 404, body: '{"error":"no"}' })).toBeUndefined();
  });

  it('distinguishes a timeout from a broken network, without quoting what the runtime says', async () => {
    const hanging: VenueHost = {
      ...hostOf({}),
      timeoutMs: 1,
      fetch: (_input, init) =>
        new Promise((_resolve, reject) => {
          init?.signal?.addEventListener('abort', () => reject(new Error('aborted')));
        }),
    };
    const broken: VenueHost = {
      ...hostOf({}),
      fetch: () => Promise.reject(new TypeError('fetch failed for https://venue.test/?key=secret')),
    };
    await expect(fetchJson(hanging, '/a')).rejects.toMatchObject({
      kind: 'timeout',
      message: 'GET venue.test/a: timed out',
    });
    await expect(fetchJson(broken, '/a')).rejects.toMatchObject({
      kind: 'network',
      message: 'GET venue.test/a: network failure (TypeError)',
    });
  });

  it('does not read a huge body to its end', async () => {
    let sent = 0;
    const chunk = new Uint8Array(1024 * 1024).fill(32);
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += chunk.byteLength;
        controller.enqueue(chunk);
      },
    });
    const host: VenueHost = { ...hostOf({}), fetch: () => Promise.resolve(new Response(body)) };
    await expect(fetchJson(host, '/a')).rejects.toMatchObject({ kind: 'bad-payload' });
    expect(sent).toBeLessThan(BODY_BYTES_MAX + 4 * chunk.byteLength);
  });

  it('joins text that was cut in the middle of a character', async () => {
    const bytes = new TextEncoder().encode('"→"');
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(bytes.slice(0, 2));
        controller.enqueue(bytes.slice(2));
        controller.close();
      },
    });
    const host: VenueHost = { ...hostOf({}), fetch: () => Promise.resolve(new Response(body)) };
    expect(await fetchJson(host, '/a')).toBe('→');
  });
});

it('reads a wait as seconds or a date, bounded, and none from the past or from rubbish', () => {
  const nowMs = Date.parse('2026-11-23T12:00:00Z');
  expect(parseRetryAfterMs('Mon, 23 Nov 2026 12:00:30 GMT', nowMs)).toBe(30_000);
  expect(parseRetryAfterMs('999999999', nowMs)).toBe(RETRY_AFTER_MS_MAX);
  expect(parseRetryAfterMs('Mon, 23 Nov 2020 12:00:30 GMT', nowMs)).toBeUndefined();
  expect(parseRetryAfterMs('soon', nowMs)).toBeUndefined();
  expect(parseRetryAfterMs(null, nowMs)).toBeUndefined();
});
