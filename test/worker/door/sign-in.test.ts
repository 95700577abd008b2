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
    expect(local.headers.getSetCookie()[0]).toMatch(
      /^session-8787=[^;]*; Max-Age=604800; Path=\/; HttpOnly; SameSite=Lax$/,
    );
    for (const origin of ['https://spy.example', 'https://localhost']) {
      const init = {
        method: 'POST',
        body: `password=${encodeURIComponent(PASSWORD)}`,
        headers: { 'content-type': 'application/x-www-form-urlencoded', origin },
      };
      const response = await createApp().request(`${origin}/sign-in`, init, app.env);
      expect(response.headers.getSetCookie()[0]).toMatch(
        /^__Host-session=[^;]*; Max-Age=604800; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
      );
    }
  });
});

describe('plain http from another name than this machine’s', () => {
  const at = async (origin: string, headers: Record<string, string> = {}) => {
    const app = harness();
    const body = `password=${encodeURIComponent(PASSWORD)}`;
    const type = { 'content-type': 'application/x-www-form-urlencoded', origin };
    const page = await createApp().request(`${origin}/sign-in`, { headers }, app.env);
    const init = { method: 'POST', body, headers: { ...type, ...headers } };
    return { page, sent: await createApp().request(`${origin}/sign-in`, init, app.env) };
  };

  it('says why it cannot work and what would, instead of asking for the password again and again', async () => {
    const { page, sent } = await at('http://spy.example:8787');
    expect([page.status, sent.status, sent.headers.get('set-cookie')]).toEqual([400, 400, null]);
    const text = await page.text();
    expect(text).toContain('keeps no sign-in for spy.example:8787');
    expect(text).toContain('http://localhost:8787');
  });

  it('works where a proxy in front of the app ends https', async () => {
    const { page, sent } = await at('http://spy.example', { 'x-forwarded-proto': 'https' });
    expect([page.status, sent.status]).toEqual([200, 303]);
    expect(sent.headers.get('set-cookie')).toMatch(/^__Host-session=.*; Secure;/);
  });
});

describe('a browser that has signed in before', () => {
  /** Signed in once and signed out, with what its browser keeps. */
  async function known(): Promise<{ readonly app: ReturnType<typeof harness>; readonly cookie: string }> {
    const app = harness();
    const response = await app.post('/sign-in', { password: PASSWORD });
    const device = response.headers.getSetCookie().find((one) => one.startsWith('device-')) ?? '';
    expect(device).toMatch(/^device-8787=[^;]*; Max-Age=34560000; Path=\/; HttpOnly; SameSite=Lax$/);
    return { app, cookie: device.split(';')[0] ?? '' };
  }

  it('gets in while strangers from everywhere keep the door busy', async () => {
    const { app, cookie } = await known();
    for (let tries = 0; tries < 2 * TRIES_PER_MINUTE_OF_ALL; tries += 1) {
      await app.post('/sign-in', { password: 'wrong' }, { 'cf-connecting-ip': `198.51.100.${tries}` });
    }
    expect((await app.post('/sign-in', { password: PASSWORD })).status).toBe(429);
    expect((await app.post('/sign-in', { password: PASSWORD }, { cookie })).status).toBe(303);
  });

  it('is let in by the password alone, and has no more tries than anyone', async () => {
    const { app, cookie } = await known();
    expect((await app.get('/status', { cookie })).status).toBe(303);
    for (let tries = 0; tries < TRIES_PER_MINUTE; tries += 1)
      expect((await app.post('/sign-in', { password: 'wrong' }, { cookie })).status).toBe(401);
    expect((await app.post('/sign-in', { password: PASSWORD }, { cookie })).status).toBe(429);
  });

  it('is not known by a forged cookie, nor after a new session secret', async () => {
    const { app, cookie } = await known();
    const used = async (value: string) => {
      app.calls.length = 0;
      await app.post('/sign-in', { password: 'wrong' }, { cookie: value });
      return app.calls.find((one) => one.call === 'allowsTry')?.value;
    };
    expect(await used(cookie)).toEqual([expect.stringMatching(/^device command-/), true]);
    expect(await used(`${cookie}x`)).toEqual(['local', false]);
    Object.assign(app.env, { SESSION_SECRET: 'another secret for tests' });
    expect(await used(cookie)).toEqual(['local', false]);
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

  it('are counted for all isolates together, by LeaderFeed', async () => {
    const app = harness();
    app.feedAllows = false;
    expect((await app.post('/sign-in', { password: PASSWORD })).status).toBe(429);
    expect(app.fake.queries).toEqual([]);
  });

  it('are counted in the isolate alone while LeaderFeed does not answer: the right one gets in', async () => {
    const app = harness();
    app.silent.add('feed:feed');
    expect((await app.post('/sign-in', { password: PASSWORD })).status).toBe(303);
    for (let tries = 0; tries < TRIES_PER_MINUTE; tries += 1)
      await app.post('/sign-in', { password: `wrong ${tries}` });
    expect((await app.post('/sign-in', { password: PASSWORD })).status).toBe(429);
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

describe('a sign-in', () => {
  it('leaves a row in the audit log, which says whether the browser was known', async () => {
    const app = await signedIn();
    const history = async () => (await app.get('/config/history')).text();
    expect((await history()).includes('Signed in, from a new browser')).toBe(true);
    expect((await history()).includes('Signed in, from a browser that has signed in before')).toBe(false);
    await app.signIn();
    expect((await history()).includes('Signed in, from a browser that has signed in before')).toBe(true);
  });

  it('works while D1 is down', async () => {
    const app = harness();
    app.fake.failing(true);
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
