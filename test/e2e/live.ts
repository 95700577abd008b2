// Live trading as an operator meets it, on the practice exchange: `npm start -- --live` begins in SHADOW, ON is switched
// from the page once its time in SHADOW is over and the check is green, orders and fills come and both portfolios move, and after OFF not one further order is placed.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { EXPORTS } from '../../domain/records/exports.ts';
import { deriveCredentials, readLiveSecrets } from '../../polymarket/account/credentials.ts';
import { PRACTICE_TRADER } from '../../scripts/start/live-keys.ts';
import { openPage, signIn, wideElements } from './browser.ts';
import { PATHS as PAGES } from './pages.ts';
import { EXPORT_TOKEN, type SharedApp } from './shared-app.ts';
import { eventually, exchangeStatus, leaderBuys, type Started } from './started.ts';

type Row = Record<string, unknown>;

let stateDir = '';
let system: Started;
let page: Page;
let complaints: string[];

/** The whole of an export: a page of it would end before the newest rows once there are many. */
async function exported(name: string, mode: 'PAPER' | 'LIVE'): Promise<Row[]> {
  const headers = { authorization: `Bearer ${EXPORT_TOKEN}` };
  const answer = await fetch(`${system.url}/export/${name}.json?mode=${mode}`, { headers });
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { data: Row[] }).data;
}

/** Rows that were not there before, once there are any. */
function newRows(
  name: string,
  mode: 'PAPER' | 'LIVE',
  before: readonly Row[],
  isWanted: (row: Row) => boolean,
) {
  const known = new Set(before.map((row) => JSON.stringify(row)));
  return eventually(`new rows of ${mode} in the export ${name}`, async () => {
    const rows = (await exported(name, mode)).filter(
      (row) => isWanted(row) && !known.has(JSON.stringify(row)),
    );
    return rows.length > 0 ? rows : undefined;
  });
}

/** The operator asks for so many seconds in SHADOW, on the Config page. */
async function setShadowTime(seconds: string, on: Page = page): Promise<void> {
  await on.goto(`${system.url}/config?mode=LIVE`);
  await on.fill('input[name=shadowMsMin]', seconds);
  await on.click('form[action="/config/settings"] button[type=submit]');
  await on.waitForSelector(`input[name=shadowMsMin][value="${seconds}"]`);
}

/** The practice trader as the exchange sees it. */
async function trader(): Promise<{ cash: string; orders: number; trades: number }> {
  const { traders } = await exchangeStatus<{
    traders: { funder: string; cash: string; orders: number; trades: number }[];
  }>(system);
  const ours = traders.find(({ funder }) => funder === PRACTICE_TRADER.POLYMARKET_FUNDER_ADDRESS);
  if (ours === undefined) throw new Error('the exchange has no practice trader');
  return ours;
}

/** The suite of live trading on an app that was started with --live and never switched ON. */
export function testLive(shared: () => SharedApp): void {
  beforeAll(async () => {
    ({ system, stateDir } = shared());
    ({ page, complaints } = await openPage(shared().browser, { width: 1280, height: 900 }));
    await signIn(page, system);
  });
  describe('npm start -- --live', () => {
    it('begins in SHADOW: orders are recorded with a predicted fill, none is placed', async () => {
      expect(system.output()).toContain('SHADOW on the first start');
      const orders = await newRows('live-orders', 'LIVE', [], () => true);
      expect(orders.filter((row) => row.shadow !== true && row.shadow !== 1)).toEqual([]);
      expect(Number(orders[0]?.predictedShare)).toBeGreaterThan(0);
      expect((await trader()).orders).toBe(0);
      await page.goto(`${system.url}/live-trades`);
      await page.waitForSelector('text=Live SHADOW');
    });

    it('offers no ON to type before its time in SHADOW is over, and then without another load of the page', async () => {
      await setShadowTime('3600');
      // What changes before the page listens would reach it by its next poll only, which is three minutes later.
      const listens = page.waitForResponse(/\/events$/);
      await page.goto(`${system.url}/live-trades`);
      await listens;
      await page.waitForSelector('#live-switch li[aria-current=step] :text("SHADOW")');
      await page.waitForSelector('#switch-on:has-text("as soon as the time in SHADOW is over")');
      expect(await page.locator('input[name=confirmation]').count()).toBe(0);
      // The operator asks for less in another tab; this page shows it without a reload.
      const other = await page.context().newPage();
      await setShadowTime('0', other);
      await other.close();
      await page.waitForSelector('input[name=confirmation]');
      // Fetched no more, whatever the other parts do: what is typed stays.
      await page.fill('input[name=confirmation]', 'O');
      for (let fetched = 0; fetched < 2; fetched += 1)
        await Promise.all([
          page.waitForResponse(/\/part\/live-switch$/),
          page.evaluate("document.body.dispatchEvent(new CustomEvent('switches'))"),
        ]);
      expect(await page.inputValue('input[name=confirmation]')).toBe('O');
    });

    it('shows every item of the check ready', async () => {
      await page.click('button:has-text("Run the check")');
      await page.waitForSelector('.checks');
      const states = await page.locator('.checks .badge').allTextContents();
      expect(states).toEqual(Array(10).fill('ready'));
      await page.setViewportSize({ width: 360, height: 740 });
      const wide = await wideElements(page);
      await page.setViewportSize({ width: 1280, height: 900 });
      expect(wide).toEqual([]);
    });

    it('places orders once ON is switched from the page, and both portfolios move', async () => {
      await page.goto(`${system.url}/live-trades`);
      await page.fill('input[name=confirmation]', 'ON');
      await page.click('button:has-text("Switch ON")');
      await page.waitForSelector('text=Live ON');
      const paper = await exported('ledger', 'PAPER');
      await leaderBuys(system);
      const fills = await newRows('live-fills', 'LIVE', [], () => true);
      await newRows('ledger', 'PAPER', paper, () => true);
      const { cash, orders, trades } = await trader();
      expect(orders).toBeGreaterThan(0);
      expect(trades).toBeGreaterThan(0);
      expect(Number(cash)).toBeLessThan(1_000);
      expect(fills.map((row) => row.origin)).toContain('APP');
      await page.goto(`${system.url}/real-portfolio`);
      expect(await page.textContent('main')).toContain('Positions at the venue');
    });

    it('places no further order after OFF, while paper goes on copying', async () => {
      await page.click('header button:has-text("Emergency OFF")');
      await page.waitForSelector('text=not one further order leaves');
      const placed = (await trader()).orders;
      const attempts = await exported('attempts', 'PAPER');
      await leaderBuys(system);
      await newRows('attempts', 'PAPER', attempts, (row) => row.decision === 'EXECUTE');
      expect((await trader()).orders).toBe(placed);
      await page.goto(`${system.url}/live-trades`);
      await page.waitForSelector('text=Live OFF');
      expect(complaints).toEqual([]);
    });

    it('leaves key, secret and passphrase in no log, page, export, storage or D1', async () => {
      const secrets = readLiveSecrets(PRACTICE_TRADER);
      if (secrets.kind !== 'ready') throw new Error('the practice secrets are not ready');
      const host = { baseUrl: system.exchangeUrl, fetch, nowMs: () => Date.now() };
      const { apiKey, secret, passphrase } = await deriveCredentials(secrets, host);
      const canaries = [PRACTICE_TRADER.POLYMARKET_PRIVATE_KEY.slice(2), secret, passphrase];
      const isClean = (where: string, text: string, more: readonly string[] = []): void => {
        for (const canary of [...canaries, ...more]) expect(text.includes(canary), where).toBe(false);
      };
      const logs = readdirSync(stateDir).filter((name) => name.endsWith('.log'));
      expect(logs.length).toBeGreaterThan(1);
      for (const name of logs) isClean(name, readFileSync(join(stateDir, name), 'utf8'));
      isClean('the terminal', system.output());
      for (const path of PAGES) {
        await page.goto(`${system.url}${path}`);
        // The API-key id is in every order body; people see it masked only.
        isClean(path, await page.content(), [apiKey]);
      }
      for (const name of EXPORTS) isClean(name, JSON.stringify(await exported(name, 'LIVE')), [apiKey]);
      const stored = filesUnder(join(stateDir, 'app')).map(
        (file) => [file, readFileSync(file, 'latin1')] as const,
      );
      expect(stored.some(([, text]) => text.includes('liveOrder'))).toBe(true);
      for (const [file, text] of stored) isClean(file, text);
    });
  });
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
