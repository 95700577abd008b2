// Every route of the app, taken from the app itself, so that one that is added cannot be forgotten: who may ask for it, from
// where it may be changed, and with which headers it answers.
import { describe, expect, it } from 'vitest';
import { CONDITION, LEADER, TOKEN } from '../ledger/records.ts';
import { behindAccess } from './door/access-team.ts';
import { type Harness, harness, ORIGIN, signedIn } from './harness.ts';

const ALL = harness().routes.filter(({ method, path }) => !(method === 'ALL' && path.endsWith('/*')));
const isScripted = (route: { readonly path: string }) => route.path.startsWith('/deploy/');
const ROUTES = ALL.filter((route) => !isScripted(route));
const paths = (method: string) => [
  ...new Set(ROUTES.filter((route) => route.method === method).map((route) => example(route.path))),
];
const GETS = [...paths('GET'), `/sell?mode=PAPER&leader=${LEADER}&token=${TOKEN}`];
const POSTS = paths('POST');
const COMMANDS = POSTS.filter((path) => !path.startsWith('/sign-'));

/** An address that the route takes. */
function example(path: string): string {
  const values: Readonly<Record<string, string>> = {
    leader: LEADER,
    address: LEADER,
    condition: CONDITION,
    group: 'group-1',
    file: 'ledger.csv',
  };
  return path.replace(/:(\w+)(\{[^}]*\})?\??/g, (_, name: string) => values[name] ?? 'x');
}

/** What was asked of D1 and of the objects since. */
function touched(app: Harness): unknown[] {
  return [...app.fake.queries, ...app.calls];
}

it('the app has only routes to get and to post, and they are found here', () => {
  expect([...new Set(ROUTES.map((route) => route.method))].sort()).toEqual(['GET', 'POST']);
  expect(GETS.length).toBeGreaterThan(20);
  expect(COMMANDS.length).toBeGreaterThan(12);
});

describe('without the operator', () => {
  const closed = GETS.filter((path) => path !== '/sign-in');

  it.each(closed)('GET %s shows nothing and reads nothing', async (path) => {
    const app = harness();
    const response = await app.request(path);
    expect([303, 401]).toContain(response.status);
    const address = response.headers.get(response.status === 303 ? 'location' : 'hx-redirect');
    expect(address).toMatch(/^\/sign-in(\?to=|$)/);
    expect((await response.text()).length).toBeLessThan(20);
    expect(touched(app)).toEqual([]);
  });

  it.each(COMMANDS)('POST %s changes nothing', async (path) => {
    const app = harness();
    expect((await app.post(path, { leaderAddress: LEADER, state: 'ON' })).status).toBe(401);
    expect(touched(app)).toEqual([]);
  });

  it('not even a part of what is open without Access is open behind it', async () => {
    const { app } = await behindAccess();
    for (const path of GETS) expect((await app.get(path)).status, path).toBe(401);
    for (const path of POSTS) expect((await app.post(path, {})).status, path).toBe(401);
    expect(touched(app)).toEqual([]);
  });
});

describe('what is for the deploy script', () => {
  const SCRIPTED = ALL.filter(isScripted);
  const token = 'a deploy token that only tests use';

  it.each(SCRIPTED)('$method $path is not there without a token of its own', async ({ method, path }) => {
    for (const DEPLOY_TOKEN of ['', 'too short']) {
      const app = harness({ DEPLOY_TOKEN });
      const headers = { authorization: `Bearer ${DEPLOY_TOKEN}` };
      expect((await app.request(path, { method, headers })).status).toBe(404);
      expect(touched(app)).toEqual([]);
    }
  });

  it.each(SCRIPTED)('$method $path wants that token, whoever is signed in', async ({ method, path }) => {
    const app = harness({ DEPLOY_TOKEN: token });
    await app.signIn();
    app.calls.length = 0;
    app.fake.queries.length = 0;
    for (const authorization of ['', 'Bearer', 'Bearer x', `Basic ${token}`, `Bearer ${token}x`]) {
      expect((await app.request(path, { method, headers: { authorization } })).status).toBe(401);
    }
    expect(touched(app)).toEqual([]);
  });

  it.each(SCRIPTED)('$method $path slows down guessing', async ({ method, path }) => {
    const app = harness({ DEPLOY_TOKEN: token });
    const status = async (guess: string) =>
      (await app.request(path, { method, headers: { authorization: `Bearer ${guess}` } })).status;
    for (let tries = 0; tries < 10; tries += 1) expect(await status('a guess')).toBe(401);
    expect(await status(token)).toBe(429);
    app.nowMs += 60_000;
    expect(await status(token)).not.toBe(429);
  });
});

describe('from elsewhere', () => {
  const FOREIGN: readonly (readonly [string, Record<string, string>])[] = [
    ['no sign of where it comes from', { origin: '' }],
    ['a foreign origin', { origin: 'https://evil.example' }],
    ['our host by another scheme', { origin: ORIGIN.replace('http:', 'https:') }],
    ['our host at another port', { origin: 'http://localhost:8788' }],
    ['an origin that is kept back', { origin: 'null' }],
    ['another site', { 'sec-fetch-site': 'cross-site', origin: 'null' }],
    ['another site that claims our origin', { 'sec-fetch-site': 'cross-site' }],
    ['a neighbour of our site', { 'sec-fetch-site': 'same-site' }],
    ['nowhere', { 'sec-fetch-site': 'none' }],
    ['an unknown place', { 'sec-fetch-site': 'somewhere' }],
    [
      'a foreign origin that claims to be ours',
      { 'sec-fetch-site': 'same-origin', origin: 'https://evil.example' },
    ],
  ];

  it.each(POSTS)('POST %s is refused', async (path) => {
    const app = await signedIn();
    for (const [from, headers] of FOREIGN) {
      const response = await app.post(path, { state: 'OFF' }, headers);
      expect([response.status, response.headers.get('set-cookie')], from).toEqual([403, null]);
    }
    expect(touched(app)).toEqual([]);
  });

  it.each(POSTS)('POST %s is refused in any form but that of a form', async (path) => {
    const app = await signedIn();
    const types = ['application/json', 'text/plain', 'text/ping', 'application/x-www-form-urlencodedx', ''];
    for (const type of types) {
      const response = await app.post(path, { state: 'OFF' }, { 'content-type': type });
      expect(response.status, type).toBe(415);
    }
    for (const method of ['PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      const headers = { 'content-type': 'application/x-www-form-urlencoded', origin: ORIGIN };
      expect((await app.request(path, { method, headers })).status, method).toBe(415);
    }
    expect(touched(app)).toEqual([]);
  });

  it.each(POSTS)('POST %s from our own page is let through, as browsers send it', async (path) => {
    for (const headers of [{ 'sec-fetch-site': 'same-origin', origin: 'null' }, { origin: ORIGIN }]) {
      const app = await signedIn();
      const { status } = await app.post(path, path === '/sign-in' ? { password: 'wrong' } : {}, headers);
      expect([403, 415]).not.toContain(status);
      expect(status === 401).toBe(path === '/sign-in');
    }
  });

  it.each(GETS)('GET %s changes nothing', async (path) => {
    const app = await signedIn();
    await app.get('/');
    app.calls.length = 0;
    app.fake.queries.length = 0;
    await app.get(path, { 'sec-fetch-site': 'cross-site' });
    const readings = ['status', 'fetch', 'portfolio', 'glance'];
    expect(app.calls.filter((one) => !readings.includes(one.call))).toEqual([]);
    expect(app.fake.queries.filter((query) => !/^\s*(select|with)\b/i.test(query))).toEqual([]);
  });

  it('nothing comes that is too large', async () => {
    const app = await signedIn();
    expect((await app.post('/users/add', { reference: 'x'.repeat(200_000) })).status).toBe(413);
  });
});

const POLICY: Readonly<Record<string, string>> = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self'",
  'connect-src': "'self'",
  'form-action': "'self'",
  'base-uri': "'none'",
  'frame-ancestors': "'none'",
  'frame-src': "'none'",
  'object-src': "'none'",
  'worker-src': "'none'",
};

async function expectHeaders(response: Response, about: string): Promise<void> {
  const header = (name: string) => response.headers.get(name) ?? '';
  const policy = Object.fromEntries(
    header('content-security-policy')
      .split('; ')
      .map((part) => [part.split(' ')[0], part.slice(part.indexOf(' ') + 1)]),
  );
  expect(policy, about).toEqual(POLICY);
  expect(header('x-content-type-options'), about).toBe('nosniff');
  expect(header('x-frame-options'), about).toBe('DENY');
  expect(header('referrer-policy'), about).toBe('no-referrer');
  expect(header('permissions-policy'), about).toContain('camera=()');
  expect(header('cross-origin-opener-policy'), about).toBe('same-origin');
  expect(header('cross-origin-resource-policy'), about).toBe('same-origin');
  expect(header('cache-control'), about).toBe('no-store');
  expect(await response.text(), about).not.toMatch(
    /<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:|<iframe/i,
  );
}

describe('every answer', () => {
  it.each(GETS)('to GET %s has the headers and nothing inline', async (path) => {
    await expectHeaders(await (await signedIn()).get(path), path);
    await expectHeaders(await harness().request(path), 'to a stranger');
  });

  it('that refuses or fails has them too', async () => {
    const app = await signedIn();
    await expectHeaders(await app.get('/nowhere'), '404');
    await expectHeaders(await app.post('/config/trading', {}, { origin: 'https://evil.example' }), '403');
    await expectHeaders(await app.post('/config/trading', {}, { 'content-type': 'text/plain' }), '415');
    await expectHeaders(await app.post('/users/add', { reference: 'x'.repeat(200_000) }), '413');
    await expectHeaders(await harness({ SESSION_SECRET: '' }).request('/'), '503');
    app.fake.failing(true);
    await expectHeaders(await app.get('/trades'), '500');
    await expectHeaders(await app.get('/part/trades'), '500 of a part');
  });

  it('binds the browser to https where it came by https, and only there', async () => {
    const { createApp } = await import('../../worker/app.tsx');
    const { env } = harness();
    const answer = await createApp().request('https://spy.example/', {}, env);
    expect(answer.headers.get('strict-transport-security')).toBe('max-age=31536000');
    expect((await harness().request('/')).headers.get('strict-transport-security')).toBeNull();
  });
});
