// The door by Cloudflare Access: whose token is taken, what is said of the others, and that nothing else opens.
import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { listAudit } from '../../../ledger/write/control-store.ts';
import { accessKeys } from '../../../worker/door/access.ts';
import { LEADER } from '../../ledger/records.ts';
import { harness, ORIGIN, PASSWORD, signedIn } from '../harness.ts';
import { ACCESS, AUDIENCE, behindAccess, OPERATOR, TEAM, team, unreadableKeys } from './access-team.ts';

const logged: string[] = [];
beforeEach(() => {
  logged.length = 0;
  vi.spyOn(console, 'log').mockImplementation((line: string) => void logged.push(line));
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe('the variables of Access', () => {
  it.each(Object.keys(ACCESS))(
    'are all needed: without %s nothing is served, and its name is said',
    async (name) => {
      for (const value of [undefined, '', '  ']) {
        const { app, as } = await behindAccess({ [name]: value });
        for (const path of ['/', '/sign-in', '/export/ledger.csv', '/part/state']) {
          const response = await app.get(path, await as());
          const text = await response.text();
          expect([response.status, text], path).toEqual([503, expect.stringContaining('not configured')]);
          expect(text).toContain(name);
        }
        expect((await app.post('/sign-in', { password: PASSWORD })).status).toBe(503);
      }
    },
  );

  it.each([
    'http://spies.cloudflareaccess.com',
    'https://spies.cloudflareaccess.com.evil.example',
    'https://evil.example/.cloudflareaccess.com',
    'https://evil.example',
    'https://user@spies.cloudflareaccess.com',
    'https://spies.cloudflareaccess.com:8443',
    'https://a.b.cloudflareaccess.com',
    'cloudflareaccess.com',
    '.cloudflareaccess.com',
    'spies',
  ])('open nothing with the team domain %s', async (domain) => {
    const { app, as } = await behindAccess({ ACCESS_TEAM_DOMAIN: domain });
    const response = await app.get('/', await as());
    expect([response.status, await response.text()]).toEqual([
      503,
      expect.stringContaining('ACCESS_TEAM_DOMAIN'),
    ]);
  });

  it.each(['*', 'example.com', 'ann@example.com;bob@example.com, x', '@', ',', 'ann @example.com'])(
    'open nothing with the list %s',
    async (list) => {
      const { app, as } = await behindAccess({ ACCESS_EMAILS: list });
      const response = await app.get('/', await as());
      expect([response.status, await response.text()]).toEqual([
        503,
        expect.stringContaining('ACCESS_EMAILS'),
      ]);
    },
  );

  it.each(['spies.cloudflareaccess.com', 'https://Spies.cloudflareaccess.com/', ` ${TEAM} `])(
    'take the team domain as %j',
    async (domain) => {
      const { app, as } = await behindAccess({ ACCESS_TEAM_DOMAIN: domain });
      expect((await app.get('/', await as())).status).toBe(200);
    },
  );

  it('need neither password nor session secret', async () => {
    const { app, as } = await behindAccess({ OPERATOR_PASSWORD: '', SESSION_SECRET: '' });
    expect((await app.get('/', await as())).status).toBe(200);
  });
});

describe('a token of Access', () => {
  it.each([OPERATOR, 'ANN@example.COM', 'bob@example.com'])(
    'lets in %s, who is on the list',
    async (email) => {
      const { app, as } = await behindAccess();
      const response = await app.get('/status', await as({ email }));
      expect(response.status).toBe(200);
      expect(response.headers.get('set-cookie')).toBeNull();
    },
  );

  it.each([
    ['has expired', { exp: 1 }, 401, 'expired'],
    ['is for another application', { aud: ['b'.repeat(64)] }, 403, 'another application'],
    ['is for nothing', { aud: undefined }, 403, 'another application'],
    ['is of another team', { iss: 'https://others.cloudflareaccess.com' }, 403, 'another team'],
    ['names the issuer without its scheme', { iss: 'spies.cloudflareaccess.com' }, 403, 'another team'],
    ['is of somebody else', { email: 'eve@example.com' }, 403, 'not on the list'],
    [
      'is of a service, which has no address',
      { email: undefined, common_name: 'x.access' },
      403,
      'not on the list',
    ],
    ['has a list for an address', { email: [OPERATOR] }, 403, 'not on the list'],
    ['never ends', { exp: undefined }, 403, 'did not sign'],
    ['is not valid yet', { nbf: 9_999_999_999 }, 403, 'did not sign'],
  ])('that %s is refused, and why is said', async (_, claims, status, sentence) => {
    const { app, as } = await behindAccess();
    const headers = await as(claims);
    for (const path of ['/', '/status', '/sign-in', '/export/ledger.csv', '/nowhere']) {
      const response = await app.get(path, headers);
      expect([response.status, await response.text()], path).toEqual([
        status,
        expect.stringContaining(sentence),
      ]);
    }
    expect(app.fake.queries).toEqual([]);
    expect(logged.join('')).toContain('refused');
    expect(logged.join('')).not.toContain(String(headers['cf-access-jwt-assertion']).slice(0, 20));
  });

  it('of somebody whose address is the same only to a loose comparison is refused', async () => {
    const { app, as } = await behindAccess({ ACCESS_EMAILS: 'kim@example.com' });
    // The sign for kelvin becomes a k in lower case.
    expect((await app.get('/', await as({ email: '\u212Aim@example.com' }))).status).toBe(403);
    expect((await app.get('/', await as({ email: 'KIM@example.com' }))).status).toBe(200);
  });

  it('that another key signed is refused, under our key’s name and under its own', async () => {
    const { app } = await behindAccess();
    const others = await team('key-2');
    for (const kid of ['key-1', 'key-2']) {
      const headers = { 'cf-access-jwt-assertion': await others.token(app, {}, kid) };
      expect((await app.get('/', headers)).status, kid).toBe(403);
    }
  });

  it('that is unsigned, signed by a shared secret, cut off or nonsense is refused', async () => {
    const { app, spies } = await behindAccess();
    const real = await spies.token(app);
    const [header = '', payload = ''] = real.split('.');
    const none = btoa(JSON.stringify({ alg: 'none' })).replaceAll('=', '');
    const shared = await new SignJWT({ email: OPERATOR, iss: TEAM, aud: AUDIENCE, exp: 9_999_999_999 })
      .setProtectedHeader({ alg: 'HS256', kid: 'key-1' })
      .sign(new TextEncoder().encode('k'.repeat(32)));
    for (const token of [
      `${none}.${payload}.`,
      `${header}.${payload}.`,
      shared,
      real.slice(0, -2),
      'x',
      '..',
    ]) {
      expect((await app.get('/', { 'cf-access-jwt-assertion': token })).status, token).toBe(403);
    }
  });

  it('signed in another way than RS256 is refused, even by a key that is published', async () => {
    const { app } = await behindAccess();
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    const key = { ...(await exportJWK(publicKey)), kid: 'curve', alg: 'ES256', use: 'sig' };
    app.accessKeys = () => createLocalJWKSet({ keys: [key] });
    const token = await new SignJWT({ email: OPERATOR, iss: TEAM, aud: AUDIENCE, exp: 9_999_999_999 })
      .setProtectedHeader({ alg: 'ES256', kid: 'curve' })
      .sign(privateKey);
    expect((await app.get('/', { 'cf-access-jwt-assertion': token })).status).toBe(403);
  });

  it('is asked of every request: neither its cookie, nor a session by password, nor nothing comes in', async () => {
    const before = await signedIn();
    const cookie = (await before.post('/sign-in', { password: PASSWORD })).headers.get('set-cookie') ?? '';
    const { app, spies } = await behindAccess();
    for (const headers of [
      {},
      { cookie },
      { cookie: `CF_Authorization=${await spies.token(app)}` },
      { authorization: `Bearer ${await spies.token(app)}` },
      { 'cf-access-authenticated-user-email': OPERATOR },
    ]) {
      const response = await app.get('/', headers);
      expect([response.status, await response.text()]).toEqual([
        401,
        expect.stringContaining('did not come through'),
      ]);
    }
  });

  it('that a part of a page lacks sends the page to Access and back', async () => {
    const { app } = await behindAccess();
    const headers = { 'hx-request': 'true', 'hx-current-url': `${ORIGIN}/trades?market=x` };
    const response = await app.request('/part/state', { headers });
    expect([response.status, response.headers.get('hx-redirect')]).toEqual([401, '/trades?market=x']);
  });
});

describe('the keys of Access', () => {
  it('that cannot be read admit no one, with a sentence and a line in the log', async () => {
    const { app, as } = await behindAccess();
    app.accessKeys = () => unreadableKeys;
    const response = await app.get('/', await as());
    expect([response.status, await response.text()]).toEqual([
      503,
      expect.stringContaining('could not be read'),
    ]);
    expect(app.fake.queries).toEqual([]);
    expect(logged.join('')).toContain('keys of Cloudflare Access were not read');
  });

  it('are fetched from the team once, kept for the team, and fetched again for a key that is new', async () => {
    const app = harness({ ...ACCESS, ACCESS_TEAM_DOMAIN: 'https://rotating.cloudflareaccess.com' });
    app.nowMs = Date.now();
    app.accessKeys = accessKeys;
    const teams = [await team('old'), await team('new')] as const;
    const asked: string[] = [];
    let published: 0 | 1 = 0;
    const down = { now: true };
    vi.spyOn(globalThis, 'fetch').mockImplementation(async (url) => {
      asked.push(String(url));
      if (down.now) return new Response('no', { status: 502 });
      return Response.json(teams[published].published);
    });
    const iss = 'https://rotating.cloudflareaccess.com';
    const visit = async (at: 0 | 1) => {
      const headers = { 'cf-access-jwt-assertion': await teams[at].token(app, { iss }) };
      return (await app.get('/part/state', headers)).status;
    };
    expect(await visit(0)).toBe(503);
    down.now = false;
    expect([await visit(0), await visit(0)]).toEqual([200, 200]);
    expect(asked).toEqual(Array.from({ length: 2 }, () => `${iss}/cdn-cgi/access/certs`));
    // A key that is not among them is asked for, but not at every try of a stranger.
    published = 1;
    expect(await visit(1)).toBe(403);
    expect(asked).toHaveLength(2);
    vi.spyOn(Date, 'now').mockReturnValue(app.nowMs + 60_000);
    expect([await visit(1), await visit(0)]).toEqual([200, 403]);
    expect(asked).toHaveLength(3);
  });
});

describe('behind Access', () => {
  it('the door of the password is closed, and its page says who signs in', async () => {
    const { app, as } = await behindAccess();
    const page = await (await app.get('/sign-in', await as())).text();
    expect(page).toContain('Cloudflare Access signs you in, as ann@example.com');
    expect(page).not.toContain('type="password"');
    const response = await app.post('/sign-in', { password: PASSWORD }, await as());
    expect([response.status, response.headers.get('set-cookie')]).toEqual([403, null]);
  });

  it('signing out leads to the sign-out of Access on our own host, not by a redirect of the form', async () => {
    const { app, as } = await behindAccess();
    const response = await app.post('/sign-out', {}, await as());
    expect([response.status, response.headers.get('refresh')]).toEqual([
      200,
      '0; url=/cdn-cgi/access/logout',
    ]);
    expect(await response.text()).toContain('<a href="/cdn-cgi/access/logout">');
  });

  it('the exports still open to a program with the token, and to no other token', async () => {
    const { app, as } = await behindAccess({ EXPORT_TOKEN: 'let-me-read-all-of-it', SESSION_SECRET: '' });
    const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
    expect((await app.request('/export/ledger.csv', bearer('let-me-read-all-of-it'))).status).toBe(200);
    expect((await app.request('/export/ledger.csv', bearer('let-me-in'))).status).toBe(401);
    expect((await app.request('/export/ledger.csv')).status).toBe(401);
    expect((await app.request('/status', bearer('let-me-read-all-of-it'))).status).toBe(401);
    expect((await app.get('/export/ledger.csv', await as())).status).toBe(200);
  });

  it('every change says who made it, and Status shows it', async () => {
    const { app, as } = await behindAccess({ FOLLOW_ON_FIRST_START: `${LEADER}=Slow whale` });
    const bob = await as({ email: 'BOB@example.com' });
    await app.get('/', bob);
    const presses = [
      ['/users/pause', { leaderAddress: LEADER }],
      ['/users/resume', { leaderAddress: LEADER }],
      ['/config/trading', { state: 'OFF' }],
      ['/paper-portfolio/cash', { kind: 'DEPOSIT', amount: '5' }],
      ['/live-trades/switch', { state: 'SHADOW' }],
      ['/live-trades/off', {}],
      ['/users/live', { leaderAddress: LEADER, override: 'FORCE_OFF' }],
      ['/sell', { mode: 'LIVE', leader: LEADER, token: '123', shares: '1', bidMin: '0.4' }],
      ['/exits/keep', { mode: 'PAPER', leaderAddress: LEADER, tokenId: '123' }],
      ['/exits/try', { mode: 'PAPER', leaderAddress: LEADER, tokenId: '123' }],
      ['/exits/confirm', { mode: 'LIVE', exits: `${LEADER}:123:1` }],
      ['/config/groups', { previousVersion: '7', groupQuietMs: '0', groupAgeMsMax: '250' }],
      ['/config/copy-setting', { previousVersion: '8', field: 'maxTradeNotionalMicros', to: 'LIVE' }],
      ['/config/copy-from-paper', { previousVersion: '9' }],
    ] as const;
    for (const [path, fields] of presses) {
      expect((await app.post(path, fields, bob)).status, path).toBeLessThan(400);
    }
    const rows = await listAudit(app.env.DB, 90);
    const first = rows.filter((row) => row.actor === 'first start');
    expect(first.map((row) => row.action)).toEqual(['followOnFirstStart']);
    const others = rows.filter((row) => row.actor !== 'first start');
    expect([...new Set(others.map((row) => row.actor))]).toEqual(['bob@example.com']);
    expect(new Set(others.map((row) => row.action)).size).toBeGreaterThanOrEqual(9);
    const versions = app.fake.sqlite.prepare('SELECT DISTINCT actor FROM control_versions').all();
    expect(versions).toEqual([{ actor: 'first start' }, { actor: 'bob@example.com' }]);
    expect(await (await app.get('/status', bob)).text()).toContain(
      '<td data-label="Who">bob@example.com</td>',
    );
  });
});

it('by the password the one who changes things is the operator', async () => {
  const app = await signedIn();
  await app.post('/config/trading', { state: 'OFF' });
  expect(await listAudit(app.env.DB, 1)).toMatchObject([{ actor: 'operator' }]);
});
