// The web app as one person uses it, in a real browser against the practice exchange: following, watching, asking why,
// changing settings, two tabs, a lost connection, a visitor without the password; and every page looked at in both themes.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violationsOf } from './accessibility.ts';
import { anotherTab, follow, openPage, signIn, wideElements } from './browser.ts';
import { PAGES, pagesOfOne } from './pages.ts';
import type { SharedApp } from './shared-app.ts';
import { eventually, type Started } from './started.ts';

const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 360, height: 740 };
const THEMES = ['light', 'dark'] as const;
/** Pictures of every page, for people, where PICTURES=1 asks for them: they are a fifth of this file's work. */
const PICTURES =
  process.env.PICTURES === '1'
    ? new URL('../../.artifacts/screenshots/', import.meta.url).pathname
    : undefined;

let system: Started;
let browser: Browser;
let page: Page;
let complaints: string[];
const dialogs: string[] = [];

/** In front of the tabs that other tests have opened: one behind them may draw no frames, and clicks wait for frames. */
async function go(path: string): Promise<void> {
  await page.bringToFront();
  await page.goto(`${system.url}${path}`);
}

/** The suite of the web app on an app that others use too, one after the other. */
export function testWebApp(shared: () => SharedApp): void {
  beforeAll(async () => {
    ({ system, browser } = shared());
    ({ page, complaints } = await openPage(browser, DESKTOP));
    page.on('dialog', (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
  });
  afterAll(() => page?.context().close());
  describe('a visitor at the door', () => {
    it('sees that the password is wrong, and comes to the page that was asked for with the right one', async () => {
      await go('/paper-trades?decision=SKIP');
      await page.fill('input[name=password]', 'not the password');
      await page.click('button[type=submit]');
      await page.waitForSelector('text=That is not the password');
      // The wrong try is answered by 401, which is what the browser complains of.
      complaints.length = 0;
      await page.fill('input[name=password]', system.password);
      await page.click('button[type=submit]');
      await page.waitForSelector('h1:has-text("Paper Trades")');
      expect(new URL(page.url()).search).toBe('?decision=SKIP');
    });

    it('cannot press the operator’s buttons from another site', async () => {
      const other = await page.context().newPage();
      // A page of another origin, in the same browser, with the operator's cookie at hand.
      await other.goto(`${system.exchangeUrl.replace('127.0.0.1', 'localhost')}/control/status`);
      const status = other.waitForResponse((answer) => answer.url().includes('/config/trading'));
      await other.evaluate(`(() => {
      const form = document.createElement('form');
      form.method = 'post';
      form.action = '${system.url}/config/trading';
      form.innerHTML = '<input name=state value=OFF>';
      document.body.append(form);
      form.submit();
    })()`);
      expect((await status).status()).toBe(403);
      await other.close();
      await go('/config');
      expect(await page.textContent('main')).toContain('Paper trading is ON');
    });
  });

  describe('watching', () => {
    // These mostly wait, and so wait together, each in a tab of its own.
    it.concurrent('sees copies come by themselves, through the stream of events and not by a reload', async () => {
      const { page: tab, complaints: said } = await anotherTab(page);
      await tab.goto(`${system.url}/trades`);
      await tab.waitForSelector('tbody tr');
      const before = await tab.locator('tbody tr').first().textContent();
      await nextTrades(tab);
      await eventually('another trade at the top', async () =>
        (await tab.locator('tbody tr').first().textContent()) === before ? undefined : true,
      );
      expect(said).toEqual([]);
      await tab.close();
    });

    it.concurrent('receives the events on a page whose first try at the stream was turned away', async () => {
      const { page: tab } = await anotherTab(page);
      await tab.route('**/events', (route) => route.fulfill({ status: 503 }), { times: 1 });
      const turnedAway = tab.waitForResponse((answer) => answer.status() === 503);
      await tab.goto(`${system.url}/trades`);
      await turnedAway;
      await nextTrades(tab);
      await tab.close();
    });

    it.concurrent('sees when the connection is lost, and when it is back', async () => {
      // In a browser of its own: the others keep their connection.
      const { page: tab } = await openPage(browser, DESKTOP);
      await signIn(tab, system);
      await tab.goto(`${system.url}/status`);
      await tab.context().setOffline(true);
      await tab.waitForSelector('#connection:has-text("No connection since")');
      await tab.context().setOffline(false);
      await tab.waitForSelector('#connection', { state: 'hidden' });
      await tab.context().close();
    });

    /** Waits until the page receives the next trades. */
    function nextTrades(tab: Page): Promise<unknown> {
      return tab.evaluate(
        "new Promise((received) => document.body.addEventListener('trades', () => received(true), { once: true }))",
      );
    }

    it('receives the events on a page whose script for them came late', async () => {
      await page.goto('about:blank');
      await page.route(
        '**/hx-sse.min.js',
        async (route) => {
          // By time: a page that waits for a script of its own draws no frames to look between.
          await page.waitForFunction('window.htmx !== undefined', undefined, { polling: 50 });
          // Whatever htmx had put off to the next timer has run after these.
          await page.evaluate('new Promise((done) => setTimeout(() => setTimeout(done)))');
          await route.continue();
        },
        { times: 1 },
      );
      const asked = page.waitForRequest((request) => request.url().endsWith('/events'));
      await go('/trades');
      await asked;
    });

    it('asks for nothing while the tab is hidden, and for all of it once it is shown', async () => {
      const { page: tab } = await anotherTab(page);
      await tab.clock.install();
      await tab.goto(`${system.url}/trades`);
      const asked: string[] = [];
      tab.on('request', (request) => asked.push(new URL(request.url()).pathname));
      await Promise.all([tab.waitForRequest('**/part/state'), tab.clock.runFor(60_000)]);
      await hide(tab, true);
      asked.length = 0;
      await tab.clock.runFor(600_000);
      expect(asked).toEqual([]);
      const paths = ['**/part/state', '**/part/trades*', '**/events'];
      await Promise.all([...paths.map((path) => tab.waitForRequest(path)), hide(tab, false)]);
      await tab.close();
    });

    /** Another tab in front of this one, as far as its page can tell. */
    function hide(tab: Page, isHidden: boolean): Promise<unknown> {
      return tab.evaluate(`
        Object.defineProperty(document, 'hidden', { configurable: true, value: ${isHidden} });
        document.dispatchEvent(new Event('visibilitychange'));
      `);
    }

    it('asks why a copy was skipped, in a drawer that the keyboard opens and closes', async () => {
      await go('/paper-trades?decision=SKIP');
      const link = page.locator('tbody a[hx-get]').first();
      await link.focus();
      await page.keyboard.press('Enter');
      await page.waitForSelector('#drawer[open] >> text=Stopped');
      const text = (await page.textContent('#drawer')) ?? '';
      for (const words of [
        'We did not copy it',
        'Guards',
        'The book that was seen',
        'Replayed from these facts',
      ])
        expect(text).toContain(words);
      await page.keyboard.press('Escape');
      expect(await page.locator('#drawer[open]').count()).toBe(0);
    });

    it('finds every moment in its own zone, with UTC on hover', async () => {
      await go('/trades');
      const time = page.locator('tbody time').first();
      expect(await time.getAttribute('title')).toMatch(/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2} UTC$/);
      expect(await time.textContent()).not.toContain('UTC');
    });
  });

  describe('following', () => {
    it('finds a leader by name, follows them, and has a page for them', async () => {
      await go('/users');
      await page.fill('input[name=reference]', 'a');
      await page.click('button:has-text("Search by name")');
      await page.waitForSelector('#found');
      const button = page.locator('#found button:has-text("Follow")').first();
      if ((await button.count()) > 0) {
        await follow(page, button);
        await page.waitForSelector('h1:has-text("Users")');
      }
      await follow(page, page.locator('article a[href^="/users/0x"]').first());
      await page.waitForSelector('text=How well this leader is copied');
    });

    it('pauses and resumes a leader from the leader’s page', async () => {
      await page.click('button:has-text("Pause")');
      await page.waitForSelector('.badge:has-text("Paused")');
      await page.click('button:has-text("Resume")');
      await page.waitForSelector('.badge:has-text("Active")');
    });
  });

  describe('changing a setting', () => {
    const field = 'copyRateBps';
    const save = 'form[action="/config/settings"] button:not([formaction])';

    it('keeps what was typed and says what is wrong beside the field', async () => {
      await go('/config?mode=PAPER');
      await page.fill(`[name=${field}]`, 'two');
      await page.fill('[name=spreadPriceMicrosMax]', '3.5');
      await follow(page, page.locator(save).first());
      await page.waitForSelector(`.field.wrong:has([name=${field}]) >> text=give a number`);
      expect(await page.inputValue('[name=spreadPriceMicrosMax]')).toBe('3.5');
      complaints.length = 0;
    });

    it('shows what the change would have done to the decisions of the last day, and saves nothing by that', async () => {
      await page.fill(`[name=${field}]`, '50');
      await page.click('button:has-text("Try on the last 24 hours")');
      await page.waitForSelector('text=would');
      await go('/config?mode=PAPER');
      expect(await page.inputValue(`[name=${field}]`)).toBe('1');
    });

    it('shows the second of two tabs that the first has saved, and takes it back from the history', async () => {
      const second = await page.context().newPage();
      await second.goto(`${system.url}/config?mode=PAPER`);
      await page.fill(`[name=${field}]`, '2');
      await follow(page, page.locator(save).first());
      expect(await page.inputValue(`[name=${field}]`)).toBe('2');
      await second.fill('[name=spreadPriceMicrosMax]', '4');
      await follow(second, second.locator(save).first());
      expect(await second.textContent('main')).toContain('Copy this part of a leader');
      // The other's change is not overwritten by accident, and what this tab typed is kept.
      expect(await second.inputValue(`[name=${field}]`)).toBe('2');
      expect(await second.inputValue('[name=spreadPriceMicrosMax]')).toBe('4');
      await second.close();
      await go('/config/history');
      await follow(page, page.locator('button:has-text("Undo")').first());
      await go('/config?mode=PAPER');
      expect(await page.inputValue(`[name=${field}]`)).toBe('1');
    });
  });

  describe('a chart', () => {
    it('sees a chart where there are points, drawn without breaking the policy', async () => {
      await go('/paper-portfolio');
      await page.waitForSelector('figure[data-chart] canvas');
    });
  });

  describe('every page', () => {
    it('passes axe on a desk and on a phone, in both themes, and is no wider than the screen', async () => {
      const { page: first, complaints: said } = await openPage(browser, DESKTOP);
      await signIn(first, system);
      const waiting = [...PAGES, ...(await pagesOfOne(first, system.url))];
      const found: string[] = [];
      // One tab: of two in one window only that in front is sure to draw.
      for (const next of waiting) found.push(...(await flawsOf(first, next)));
      await first.context().close();
      expect([...found, ...said]).toEqual([]);
    });

    /** Loads the page once and looks at it in every size and theme. */
    async function flawsOf(tab: Page, [name, path]: readonly [string, string]): Promise<readonly string[]> {
      const answer = await tab.goto(system.url + path);
      expect(answer?.status(), path).toBe(200);
      const found: string[] = [];
      for (const size of [DESKTOP, PHONE]) {
        await tab.setViewportSize(size);
        for (const theme of THEMES) {
          await tab.emulateMedia({ colorScheme: theme });
          const where = `${path} ${size.width} ${theme}`;
          const rules = theme === THEMES[0] ? 'all' : 'colours';
          for (const violation of await violationsOf(tab, rules)) found.push(`${where}: ${violation}`);
          for (const one of await wideElements(tab)) found.push(`${where}: wider than the screen: ${one}`);
          if (PICTURES === undefined) continue;
          const folder = join(PICTURES, `${theme}-${size.width}`);
          mkdirSync(folder, { recursive: true });
          await tab.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
        }
      }
      return found;
    }
  });

  describe('selling by hand', () => {
    it('sells a paper position after a look at its price', async () => {
      // A sale waits as long as a live order would take: its bid may be gone by then, and another position is tried.
      await eventually('a paper position that was sold', async () => {
        if (!(await sellOne())) return undefined;
        await go('/paper-trades?source=CLOSE');
        await page.waitForSelector('#paper-trades tbody tr:not(:has-text("Pending"))');
        return (await page.locator('#paper-trades tbody tr:has-text("Copied")').count()) > 0
          ? true
          : undefined;
      });
      // Refusals of the sales tried before, which the browser complains of.
      complaints.length = 0;
    });

    /** Sells a position that has a bid; false where there is none. */
    async function sellOne(): Promise<boolean> {
      await go('/paper-portfolio');
      const links = await page.locator('td a[href^="/sell?mode=PAPER"]').all();
      const paths = await Promise.all(links.map((link) => link.getAttribute('href')));
      for (const path of paths) {
        await go(path ?? '/');
        const sell = page.locator('button:has-text("Sell at the bid")');
        if ((await sell.count()) === 0) continue;
        await follow(page, sell);
        if (new URL(page.url()).pathname === '/paper-portfolio') return true;
      }
      return false;
    }

    it('closes everything on paper once the words are typed', async () => {
      await eventually('something to close', async () => {
        await go('/close?mode=PAPER');
        return (await page.locator('input[name=confirmation]').count()) > 0 ? true : undefined;
      });
      await page.fill('input[name=confirmation]', 'CLOSE');
      await page.click('button:has-text("Close everything")');
      await page.waitForSelector('text=type CLOSE PAPER, in capitals');
      complaints.length = 0;
      // Leaders go on trading: what is held when the words are typed may be gone, or without a bid, when they are sent.
      await eventually('a position that was closed', async () => {
        await go('/close?mode=PAPER');
        if ((await page.locator('input[name=confirmation]').count()) === 0) return undefined;
        await page.fill('input[name=confirmation]', 'CLOSE PAPER');
        await follow(page, page.locator('button:has-text("Close everything")'));
        const answer = (await page.textContent('h2')) ?? '';
        expect(answer).toMatch(/^\d+ accepted, \d+ refused$/);
        return answer.startsWith('0 ') ? undefined : true;
      });
      expect(await violationsOf(page)).toEqual([]);
      const rest = page.locator('button:has-text("Go on with the rest")');
      while ((await rest.count()) > 0) {
        await follow(page, rest);
      }
    });
  });

  describe('the browser', () => {
    it('had nothing to complain of, and no market’s title ever ran as a script', () => {
      expect(complaints).toEqual([]);
      expect(dialogs).toEqual([]);
    });
  });
}
