// Every page of the app, by the name under which its picture is kept. What depends on data is found on the pages themselves.
import type { Page } from 'playwright-core';
import { eventually } from './started.ts';

export const PAGES: readonly (readonly [name: string, path: string])[] = [
  ['dashboard', '/'],
  ['users', '/users'],
  ['users-search', '/users?reference=quick'],
  ['trades', '/trades'],
  ['paper-trades', '/paper-trades'],
  ['paper-portfolio', '/paper-portfolio'],
  ['live-trades', '/live-trades'],
  ['live-fills', '/live-trades?list=fills'],
  ['live-copies', '/live-trades?list=copies'],
  ['live-positions', '/live-trades?list=positions'],
  ['real-portfolio', '/real-portfolio'],
  ['orphans', '/real-portfolio/orphans'],
  ['exits-paper', '/exits?mode=PAPER'],
  ['exits-live', '/exits?mode=LIVE'],
  ['close-paper', '/close?mode=PAPER'],
  ['markets', '/markets'],
  ['config-paper', '/config?mode=PAPER'],
  ['config-live', '/config?mode=LIVE'],
  ['config-history', '/config/history'],
  ['status', '/status'],
];

/** The paths alone. */
export const PATHS: readonly string[] = PAGES.map(([, path]) => path);

/** Pages of one leader, one market, one attempt and one leader's settings, as links on the pages lead to them. */
export async function pagesOfOne(page: Page, url: string): Promise<readonly (readonly [string, string])[]> {
  // Not every page fetches itself again: one that has no such link yet is loaded anew.
  const linkOn = (path: string, selector: string): Promise<string> =>
    eventually(`a link on ${path}`, async () => {
      await page.goto(url + path);
      const links = page.locator(selector);
      return (await links.count()) === 0 ? undefined : ((await links.first().getAttribute('href')) ?? '');
    });
  const user = await linkOn('/users', 'article a[href^="/users/0x"]');
  return [
    ['user', user],
    ['user-live', `${user}?mode=LIVE`],
    ['market', await linkOn('/markets', 'main a[href^="/markets/0x"]')],
    ['attempt', await linkOn('/paper-trades', 'tbody a[href^="/paper-trades/0x"]')],
    ['sell', await linkOn('/paper-portfolio', 'td a[href^="/sell?mode=PAPER"]')],
    ['config-leader', `/config?mode=PAPER&leader=${user.split('/').at(-1) ?? ''}`],
  ];
}
