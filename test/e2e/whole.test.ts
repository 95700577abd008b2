// The whole thing as a person meets it: started by one command, signed in to, and watched in a browser while leaders
// of the practice exchange and of recordings are copied. Ended, started again, and nothing is lost.
import { execFileSync } from 'node:child_process';
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, openPage, signIn, wideElements } from './browser.ts';
import { PATHS as PAGES } from './pages.ts';
import { eventually, exchangeStatus, newStateDir, type Started, startSystem } from './started.ts';
import { TAPE_OPTIONS, testTape } from './tape.ts';

const EXPORT_TOKEN = 'a-token-of-this-test';
const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 360, height: 740 };

type Row = Record<string, unknown>;

let stateDir = '';
let system: Started;
let browser: Browser;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  stateDir = newStateDir('e2e');
  browser = await openBrowser();
  system = await startSystem({ stateDir, args: TAPE_OPTIONS, environment: { EXPORT_TOKEN } });
  ({ page, complaints } = await openPage(browser, DESKTOP));
});

afterAll(async () => {
  await browser?.close();
  await system?.stop();
  rmSync(stateDir, { recursive: true, force: true });
});

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${system.url}${path}`, { headers, redirect: 'manual' });

/** The whole of an export. */
async function exported(name: string): Promise<Row[]> {
  const answer = await get(`/export/${name}.json`, { authorization: `Bearer ${EXPORT_TOKEN}` });
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { data: Row[] }).data;
}

describe('a newcomer', () => {
  it('gets the address and a password that no one else can read', () => {
    expect(system.output()).toContain(system.url);
    expect(system.password).toMatch(/^[\w-]{12}$/);
    expect(statSync(join(stateDir, 'secrets.json')).mode & 0o077).toBe(0);
    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain(system.password);
  });

  it('sees nothing before signing in', async () => {
    for (const path of PAGES) {
      const answer = await get(path);
      expect([302, 303, 401], path).toContain(answer.status);
      expect(await answer.text()).not.toContain('Paper Portfolio');
    }
    expect((await get('/export/ledger.json')).status).not.toBe(200);
    expect((await get('/export/ledger.json', { authorization: 'Bearer wrong' })).status).not.toBe(200);
  });

  it('sees leader trades, copies and skips with their reasons soon after the start', async () => {
    await signIn(page, system);
    await page.waitForSelector('text=Copied');
    await page.goto(`${system.url}/paper-trades`);
    await eventually('a skip with a reason on Paper Trades', async () => {
      await page.reload();
      return (await page.locator('tr:has-text("Skipped") .chip').count()) > 0 ? true : undefined;
    });
    await page.goto(`${system.url}/trades`);
    expect(await page.locator('tbody tr').count()).toBeGreaterThan(0);
  });

  it('follows the three leaders that the start named', async () => {
    const named = /follows {3}(.*) \(on the first start\)/.exec(system.output())?.[1]?.split(', ') ?? [];
    expect(named).toHaveLength(3);
    await page.goto(`${system.url}/users`);
    const text = await page.textContent('main');
    for (const name of named) expect(text ?? '').toContain(name);
  });

  it('sees the paper portfolio move by itself', async () => {
    await page.goto(system.url);
    const before = await page.textContent('main');
    await eventually('another text on the Dashboard', async () =>
      (await page.textContent('main')) === before ? undefined : true,
    );
  });
});

testTape({ system: () => system, exported });

describe('every page', () => {
  it('fits a phone without scrolling sideways, and obeys its own content security policy', async () => {
    const phone = await openPage(browser, PHONE);
    await signIn(phone.page, system);
    for (const path of PAGES) {
      const answer = await phone.page.goto(system.url + path);
      expect(answer?.status(), path).toBe(200);
      const policy = answer?.headers()['content-security-policy'] ?? '';
      expect(policy, path).toContain("script-src 'self'");
      expect(policy, path).not.toContain('unsafe');
      expect(await wideElements(phone.page), `${path} is wider than the phone`).toEqual([]);
    }
    expect(phone.complaints).toEqual([]);
    await phone.page.context().close();
  });

  it.each([
    ['/copy-attempts', '/paper-trades'],
    ['/portfolio', '/paper-portfolio'],
  ])('is still found under its old name %s', async (old, now) => {
    await page.goto(system.url + old);
    expect(new URL(page.url()).pathname).toBe(now);
    expect(complaints).toEqual([]);
  });
});

describe('what was copied', () => {
  it('has a reason for every skip, and a ledger entry for every copy', async () => {
    const attempts = await eventually('copies and skips in the export', async () => {
      const rows = await exported('attempts');
      const kinds = new Set(rows.map((row) => row.decision));
      return kinds.has('EXECUTE') && kinds.has('SKIP') ? rows : undefined;
    });
    const skips = attempts.filter((row) => row.decision === 'SKIP');
    expect(skips.filter((row) => String(row.reasons ?? '') === '')).toEqual([]);
    // Beside the deposit. A copy waits on paper before it fills, and its attempt is there before.
    await eventually('a ledger entry of a copy', async () =>
      (await exported('ledger')).length > 1 ? true : undefined,
    );
    expect((await exported('leader-trades')).length).toBeGreaterThan(0);
  });
});

describe('ending and starting again', () => {
  it('leaves no process behind, and keeps the portfolio, the password and the practice exchange', async () => {
    const ledger = await exported('ledger');
    const password = system.password;
    const seenStarted = await exchangeStarted();
    expect(await system.stop()).toBe(0);
    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain(stateDir);

    system = await startSystem({ stateDir, environment: { EXPORT_TOKEN } });
    expect(system.password).toBe(password);
    expect(await exchangeStarted()).toBe(seenStarted);
    const after = await eventually('the ledger of before', async () => {
      const rows = await exported('ledger');
      return rows.length >= ledger.length ? rows : undefined;
    });
    const keys = new Set(after.map((row) => JSON.stringify(row)));
    for (const row of ledger) expect(keys.has(JSON.stringify(row))).toBe(true);
    // On the same port the session of before is still good: its secret is kept too. On another it is asked again.
    await page.goto(system.url);
    if (await page.locator('input[name=password]').isVisible()) await signIn(page, system);
    // The newest attempts, which the Dashboard lists, may all be skips.
    await page.goto(`${system.url}/paper-trades?decision=EXECUTE`);
    await page.waitForSelector('tbody >> text=Copied');
  });
});

async function exchangeStarted(): Promise<unknown> {
  return (await exchangeStatus<{ started: unknown }>(system)).started;
}

describe('another venue', () => {
  it('is whatever server the environment names, kept apart from practice, with no leader followed', async () => {
    const { exchangeUrl } = system;
    const socketUrl = exchangeUrl.replace('http', 'ws');
    const other = await startSystem({
      stateDir: join(stateDir, 'other'),
      args: ['--venue', 'polymarket'],
      environment: {
        EXPORT_TOKEN,
        POLYMARKET_CLOB_URL: exchangeUrl,
        POLYMARKET_CLOB_WS_URL: socketUrl,
        POLYMARKET_RTDS_URL: `${socketUrl}/rtds`,
        POLYMARKET_DATA_URL: exchangeUrl,
        POLYMARKET_GAMMA_URL: exchangeUrl,
        POLYMARKET_GEOBLOCK_URL: `${exchangeUrl}/api/geoblock`,
      },
    });
    try {
      expect(other.output()).toContain('POLYMARKET_RTDS_URL');
      expect(other.password).not.toBe(system.password);
      const headers = { authorization: `Bearer ${EXPORT_TOKEN}` };
      const answer = await fetch(`${other.url}/export/leader-trades.json`, { headers });
      expect(((await answer.json()) as { data: Row[] }).data).toEqual([]);
    } finally {
      expect(await other.stop()).toBe(0);
    }
  });
});
