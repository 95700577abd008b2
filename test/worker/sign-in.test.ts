import { describe, expect, it } from 'vitest';
import { TRIES_PER_MINUTE } from '../../worker/sign-in.ts';
import { harness, ORIGIN, PASSWORD, signedIn } from './harness.ts';

const PAGES = ['/', '/users', '/trades', '/paper-trades', '/paper-portfolio', '/config', '/status'];

describe('the door', () => {
  it.each(['OPERATOR_PASSWORD', 'SESSION_SECRET'])('serves nothing without %s', async (name) => {
    const app = harness({ [name]: '' });
    for (const path of [...PAGES, '/sign-in', '/export/ledger.csv']) {
      const response = await app.request(path);
      expect(response.status, path).toBe(503);
      expect(await response.text()).toContain('not configured');
    }
  });

  it.each(PAGES)('sends a stranger from %s to the sign-in page', async (path) => {
    const response = await harness().request(path);
    expect([response.status, response.headers.get('location')]).toEqual([303, '/sign-in']);
  });

  it('tells a polled part of a stranger to go to the sign-in page', async () => {
    const response = await harness().request('/live/dashboard');
    expect([response.status, response.headers.get('hx-redirect')]).toEqual([401, '/sign-in']);
  });

  it('opens with the password and closes with sign-out', async () => {
    const app = await signedIn();
    expect((await app.get('/status')).status).toBe(200);
    const out = await app.post('/sign-out', {});
    expect(out.headers.get('set-cookie')).toMatch(/^session=;/);
  });

  it('stays closed to a wrong password, and says so', async () => {
    const response = await harness().post('/sign-in', { password: 'wrong' });
    expect(response.status).toBe(401);
    expect(response.headers.get('set-cookie')).toBeNull();
    expect(await response.text()).toContain('not the password');
  });

  it('refuses even the right password after ten wrong ones, for a minute', async () => {
    const app = harness();
    for (let tries = 0; tries < TRIES_PER_MINUTE; tries += 1)
      await app.post('/sign-in', { password: `wrong ${tries}` });
    expect((await app.post('/sign-in', { password: PASSWORD })).status).toBe(429);
    const other = { 'cf-connecting-ip': '203.0.113.9' };
    expect((await app.post('/sign-in', { password: PASSWORD }, other)).status).toBe(303);
    app.nowMs += 60_000;
    expect((await app.post('/sign-in', { password: PASSWORD })).status).toBe(303);
  });

  it('ends a session after seven days', async () => {
    const app = await signedIn();
    app.nowMs += 7 * 86_400_000;
    expect((await app.get('/status')).status).toBe(303);
  });

  it('ends every session when the password changes', async () => {
    const app = await signedIn();
    Object.assign(app.env, { OPERATOR_PASSWORD: 'another' });
    expect((await app.get('/status')).status).toBe(303);
  });

  it('takes no forged cookie', async () => {
    const app = harness();
    for (const cookie of [
      'session=99999999999999.abcd',
      'session=',
      'session=99999999999999.',
      'session=x.y.z',
    ]) {
      expect((await app.get('/status', { cookie })).status, cookie).toBe(303);
    }
  });

  it('gives a __Host- cookie over https and a plain one only on this machine', async () => {
    const app = harness();
    const local = await app.post('/sign-in', { password: PASSWORD });
    expect(local.headers.get('set-cookie')).toMatch(/^session=.*HttpOnly/);
    const { createApp } = await import('../../worker/app.tsx');
    const https = 'https://spy.example';
    const init = {
      method: 'POST',
      body: `password=${encodeURIComponent(PASSWORD)}`,
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin: https },
    };
    const response = await createApp().request(`${https}/sign-in`, init, app.env);
    expect(response.headers.get('set-cookie')).toMatch(/^__Host-session=.*Secure/);
  });
});

describe('state changes', () => {
  it('are refused from another site', async () => {
    const app = await signedIn();
    const headers = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
    expect((await app.post('/config/trading', { state: 'OFF' }, headers)).status).toBe(403);
    expect(app.told.filter((one) => one.call === 'setTrading')).toEqual([]);
  });

  it.each(['application/json', 'text/plain', ''])(
    'are refused as %s, which the CSRF check would not see',
    async (type) => {
      const app = await signedIn();
      const headers = { 'content-type': type };
      const response = await app.post('/config/trading', { state: 'OFF' }, headers);
      expect(response.status).toBe(415);
    },
  );

  it('are refused when they are too large', async () => {
    const app = await signedIn();
    const response = await app.post('/users/add', { reference: 'x'.repeat(200_000) });
    expect(response.status).toBe(413);
  });
});

describe('every answer', () => {
  it('carries a content security policy without inline or evaluated code', async () => {
    const app = await signedIn();
    for (const path of [...PAGES, '/sign-in', '/nowhere']) {
      const response = await app.get(path);
      const policy = response.headers.get('content-security-policy') ?? '';
      expect(policy, path).toContain("script-src 'self'");
      expect(policy, path).not.toContain('unsafe');
      const html = await response.text();
      expect(html, path).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:/);
    }
  });

  it('is never kept by a cache once signed in', async () => {
    const app = await signedIn();
    expect((await app.get('/')).headers.get('cache-control')).toBe('no-store');
    expect(ORIGIN).toMatch(/^http:/);
  });
});
