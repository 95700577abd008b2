// The door by password: who comes in, how long, how often one may try, and where one is led.
import { describe, expect, it } from 'vitest';
import { TRIES_PER_MINUTE, TRIES_PER_MINUTE_OF_ALL } from '../../../durable-objects/platform/throttle.ts';
import { createApp } from '../../../worker/app.tsx';
import { clientOf } from '../../../worker/door/client.ts';
import { AT } from '../../ledger/records.ts';
import { harness, ORIGIN, PASSWORD, signedIn } from '../harness.ts';

const PAGES = ['/', '/users', '/trades', '/paper-trades', '/paper-portfolio', '/config', '/status'];
const DAY_MS = 86_400_000;

describe('without both secrets', () => {
  it.each(['OPERATOR_PASSWORD', 'SESSION_SECRET'])('nothing is served but what %s lacks', async (name) => {
    for (const value of ['', undefined, 'short']) {
      const app = harness({ [name]: value });
      for (const path of [...PAGES, '/sign-in', '/export/ledger.csv', '/part/state']) {
        const response = await app.request(path);
        const text = await response.text();
        expect(response.status, path).toBe(503);
        expect(text).toContain('not configured');
        expect(text).toContain(name);
      }
      expect((await app.post('/sign-in', { password: value ?? '' })).status).toBe(503);
    }
  });
});

describe('the door', () => {
  it.each(PAGES)('sends a stranger from %s to the sign-in page', async (path) => {
    const response = await harness().request(path);
    const address = path === '/' ? '/sign-in' : `/sign-in?to=${encodeURIComponent(path)}`;
    expect([response.status, response.headers.get('location')]).toEqual([303, address]);
  });

  it('opens with the password and closes with sign-out', async () => {
    const app = await signedIn();
    expect((await app.get('/status')).status).toBe(200);
    const out = await app.post('/sign-out', {});
    expect([out.status, out.headers.get('location')]).toEqual([303, '/sign-in']);
    expect(out.headers.get('set-cookie')).toMatch(/^session-8787=; Max-Age=0/);
  });

  it('stays closed to a wrong password, and says so', async () => {
    for (const password of ['wrong', '', `${PASSWORD} `, PASSWORD.slice(0, -1)]) {
      const response = await harness().post('/sign-in', { password });
      expect(response.status).toBe(401);
      expect(response.headers.get('set-cookie')).toBeNull();
      expect(await response.text()).toContain('not the password');
    }
    expect((await harness().post('/sign-in', {})).status).toBe(401);
  });

  it('ends every session when the password changes', async () => {
    const app = await signedIn();
    Object.assign(app.env, { OPERATOR_PASSWORD: 'another password' });
    expect((await app.get('/status')).status).toBe(303);
  });

  it('ends every session when the session secret changes', async () => {
    const app = await signedIn();
    Object.assign(app.env, { SESSION_SECRET: 'another secret for tests' });
    expect((await app.get('/status')).status).toBe(303);
  });

  it('takes no forged cookie, and no real one whose times were moved', async () => {
    const app = harness();
    const set = (await app.post('/sign-in', { password: PASSWORD })).headers.get('set-cookie') ?? '';
    const real = set.split(';')[0] ?? '';
    expect((await app.get('/status', { cookie: real })).status).toBe(200);
    const signature = real.split('.').at(-1) ?? '';
    for (const value of [
      `${AT + DAY_MS}.${AT + DAY_MS}.${signature}`,
      `${app.nowMs}.${app.nowMs + 1}.${signature}`,
      `99999999999999.99999999999999.${'0'.repeat(64)}`,
      `${app.nowMs}.${app.nowMs}.`,
      `${app.nowMs}.${signature}`,
      '',
      'x.y.z',
    ]) {
      expect((await app.get('/status', { cookie: `session-8787=${value}` })).status, value).toBe(303);
    }
    const otherName = real.replace('session-8787', '__Host-session');
    expect((await app.get('/status', { cookie: otherName })).status).toBe(303);
  });

  it('gives a __Host- cookie over https and a plain one only on this machine', async () => {
    const app = harness();
    const local = await app.post('/sign-in', { password: PASSWORD });
    expect(local.headers.get('set-cookie')).toMatch(
      /^session-8787=[^;]*; Max-Age=604800; Path=\/; HttpOnly; SameSite=Lax$/,
    );
    for (const origin of ['https://spy.example', 'http://spy.example', 'https://localhost']) {
      const init = {
        method: 'POST',
        body: `password=${encodeURIComponent(PASSWORD)}`,
        headers: { 'content-type': 'application/x-www-form-urlencoded', origin },
      };
      const response = await createApp().request(`${origin}/sign-in`, init, app.env);
      expect(response.headers.get('set-cookie')).toMatch(
        /^__Host-session=[^;]*; Max-Age=604800; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
      );
    }
  });
});

describe('a session', () => {
  it('ends after seven days without a visit', async () => {
    const app = await signedIn();
    app.nowMs += 7 * DAY_MS - 1;
    expect((await app.get('/status')).status).toBe(200);
    app.nowMs += 1;
    expect((await app.get('/status')).status).toBe(303);
  });

  it('is renewed when its cookie is older than a day, and for thirty days at most', async () => {
    const app = await signedIn();
    const endsMs = app.nowMs + 30 * DAY_MS;
    app.nowMs += DAY_MS - 1;
    expect((await app.get('/status')).headers.get('set-cookie')).toBeNull();
    let cookie: string | undefined;
    let renewals = 0;
    app.nowMs += 1;
    for (; app.nowMs < endsMs; app.nowMs += DAY_MS) {
      const response = await app.get('/part/state', cookie === undefined ? {} : { cookie });
      expect(response.status).toBe(200);
      const set = response.headers.get('set-cookie') ?? '';
      expect(set).toMatch(/HttpOnly; SameSite=Lax$/);
      expect(Number(/Max-Age=(\d+)/.exec(set)?.[1]) * 1_000).toBe(Math.min(7 * DAY_MS, endsMs - app.nowMs));
      cookie = set.split(';')[0];
      renewals += 1;
    }
    expect(renewals).toBe(29);
    expect((await app.get('/part/state', { cookie: cookie ?? '' })).status).toBe(401);
  });

  it('that is over changes nothing, and says so instead of losing the press in silence', async () => {
    const app = await signedIn();
    app.nowMs += 8 * DAY_MS;
    const response = await app.post('/live-trades/off', {});
    expect([response.status, await response.text()]).toEqual([
      401,
      expect.stringContaining('nothing was changed'),
    ]);
    expect(app.calls).toEqual([]);
  });

  it('is not begun again by signing out', async () => {
    const app = await signedIn();
    app.nowMs += 2 * DAY_MS;
    expect((await app.post('/sign-out', {})).headers.getSetCookie()).toHaveLength(1);
  });
});

describe('wrong passwords', () => {
  it('shut the door even to the right one after ten of a client, for a minute', async () => {
    const app = harness();
    for (let tries = 0; tries < TRIES_PER_MINUTE; tries += 1)
      await app.post('/sign-in', { password: `wrong ${tries}` });
    const late = await app.post('/sign-in', { password: PASSWORD });
    expect([late.status, late.headers.get('retry-after')]).toEqual([429, '60']);
    const other = { 'cf-connecting-ip': '203.0.113.9' };
    expect((await app.post('/sign-in', { password: PASSWORD }, other)).status).toBe(303);
    app.nowMs += 60_000;
    expect((await app.post('/sign-in', { password: PASSWORD })).status).toBe(303);
  });

  it('are counted before they are compared, so that many at once gain nothing', async () => {
    const app = harness();
    const all = await Promise.all(
      Array.from({ length: 30 }, (_, i) => app.post('/sign-in', { password: `wrong ${i}` })),
    );
    expect(all.filter((response) => response.status === 401)).toHaveLength(TRIES_PER_MINUTE);
  });

  it('of many addresses are stopped by a ceiling over all', async () => {
    const app = harness();
    let compared = 0;
    for (let tries = 0; tries < 2 * TRIES_PER_MINUTE_OF_ALL; tries += 1) {
      const from = { 'cf-connecting-ip': `198.51.100.${tries}` };
      if ((await app.post('/sign-in', { password: 'wrong' }, from)).status === 401) compared += 1;
    }
    expect(compared).toBe(TRIES_PER_MINUTE_OF_ALL);
  });

  it('do not count once the right one came', async () => {
    const app = harness();
    for (let tries = 0; tries < 3 * TRIES_PER_MINUTE_OF_ALL; tries += 1) {
      expect((await app.post('/sign-in', { password: PASSWORD })).status).toBe(303);
    }
  });

  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:DB8:1:2::9', '2001:db8:1:2'],
    ['2001:db8::9', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    [undefined, 'local'],
  ])('from %s count for %s: a client owns a whole /64', (address, client) => {
    expect(clientOf(address)).toBe(client);
  });

  it('of an export token are slowed down as well, and not in the way of a person', async () => {
    const app = harness({ EXPORT_TOKEN: 'let-me-read-all-of-it' });
    const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
    for (let tries = 0; tries < TRIES_PER_MINUTE; tries += 1) {
      expect((await app.request('/export/ledger.csv', bearer('guess'))).status).toBe(401);
    }
    expect((await app.request('/export/ledger.csv', bearer('let-me-read-all-of-it'))).status).toBe(429);
    expect((await app.post('/sign-in', { password: PASSWORD })).status).toBe(303);
  });
});

describe('signing in', () => {
  const wanted = '/paper-trades?reason=BOOK_STALE&market=a%20b';

  it('brings one back to the page that was asked for, also after a wrong password', async () => {
    const app = harness();
    const sent = (await app.request(wanted)).headers.get('location') ?? '';
    const page = await (await app.request(sent)).text();
    const to = (html: string) => /name="to" value="([^"]*)"/.exec(html)?.[1]?.replaceAll('&amp;', '&') ?? '';
    expect(to(page)).toBe(wanted);
    const wrong = await app.post('/sign-in', { password: 'wrong', to: to(page) });
    const again = to(await wrong.text());
    const right = await app.post('/sign-in', { password: PASSWORD, to: again });
    expect([right.status, right.headers.get('location')]).toEqual([303, wanted]);
  });

  it.each([
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    '/.//evil.example',
    '/x/..//evil.example',
    'javascript:alert(1)',
    ' //evil.example',
    '/%0d%0aset-cookie:x=1\r\nx: y',
    'http:evil',
    '/sign-in?to=/sign-in',
    '/sign-out',
    '/part/dashboard',
    '/events',
    `/${'x'.repeat(2_000)}`,
    '',
  ])('never leads to %j', async (to) => {
    const app = harness();
    const response = await app.post('/sign-in', { password: PASSWORD, to });
    const location = response.headers.get('location') ?? '';
    expect(response.status).toBe(303);
    expect(new URL(location, ORIGIN).origin).toBe(ORIGIN);
    expect(location).not.toMatch(/[\r\n\\]|^\/\/|sign-|part|events|x{1500}/);
    const page = await (await app.request(`/sign-in?to=${encodeURIComponent(to)}`)).text();
    expect(/name="to" value="([^"]*)"/.exec(page)?.[1] ?? '/').toMatch(/^\/(?!\/|sign|part|events|x{1500})/);
  });

  it('is skipped by who is signed in already', async () => {
    const app = await signedIn();
    const response = await app.get('/sign-in?to=%2Fstatus');
    expect([response.status, response.headers.get('location')]).toEqual([303, '/status']);
  });
});

describe('a part of a page without a session', () => {
  it.each([
    ['a polled part', '/part/dashboard', {}],
    ['a drawer', '/paper-trades/0x1/g', { 'hx-request': 'true' }],
    ['a stream of events', '/events', { accept: 'text/html, text/event-stream' }],
  ])('sends the whole page to the door and back: %s', async (_, path, headers) => {
    const ask = (page: string) =>
      harness().request(path, { headers: { ...headers, 'hx-current-url': page } });
    const response = await ask(`${ORIGIN}/paper-trades?reason=BOOK_STALE`);
    expect([response.status, response.headers.get('hx-redirect')]).toEqual([
      401,
      `/sign-in?to=${encodeURIComponent('/paper-trades?reason=BOOK_STALE')}`,
    ]);
    for (const page of ['https://evil.example/x', 'nonsense', `${ORIGIN}//evil.example`, `${ORIGIN}/`]) {
      expect((await ask(page)).headers.get('hx-redirect'), page).toBe('/sign-in');
    }
  });
});
