// A headless Chromium for the end-to-end tests, and what a page complained of while it was looked at.
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { findChromium } from '../../scripts/test/run-groups.ts';
import { PATIENCE_MS } from './started.ts';

/** The flags that keep Chromium off the network and working without a sandbox of its own, as root in CI. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

/** Opens the machine's Chromium; throws when there is none, which the runner of the tests has excluded. */
export function openBrowser(): Promise<Browser> {
  const executablePath = findChromium(process.env);
  if (executablePath === undefined) throw new Error('no Chromium: see scripts/test/run-groups.ts');
  return chromium.launch({ executablePath, args: FLAGS, timeout: PATIENCE_MS });
}

/** A page of this size whose complaints (errors, refused styles and scripts, failed requests) are collected. */
export async function openPage(
  browser: Browser,
  { width, height }: { width: number; height: number },
): Promise<{ page: Page; complaints: string[] }> {
  const context = await browser.newContext({ viewport: { width, height } });
  context.setDefaultTimeout(PATIENCE_MS);
  return listenedTo(await context.newPage());
}

/** A second tab of the same browser's user, whose complaints are collected too. */
export async function anotherTab(page: Page): Promise<{ page: Page; complaints: string[] }> {
  return listenedTo(await page.context().newPage());
}

function listenedTo(page: Page): { page: Page; complaints: string[] } {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('console', (message) => {
    // Browsers request it by themselves; the app has none.
    if (message.location().url.endsWith('/favicon.ico')) return;
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('response', (response) => {
    const unbidden = response.url().endsWith('/favicon.ico');
    if (response.status() >= 400 && !unbidden) complaints.push(`${response.status()} ${response.url()}`);
  });
  return { page, complaints };
}

/** Signs in on the page that any visitor is sent to. */
export async function signIn(
  page: Page,
  { url, password }: { url: string; password: string },
): Promise<void> {
  await page.goto(url);
  await page.fill('input[name=password]', password);
  await page.click('button[type=submit]');
  // The menu is folded away on a phone; the header is there at every width.
  await page.waitForSelector('header');
}

/**
 * Presses what leads to another page or sends a form, and returns once the answer is shown. A click alone may return
 * before the browser has left the old page, and whatever is read or opened next would then come too early.
 */
export async function follow(page: Page, target: Locator): Promise<void> {
  await Promise.all([page.waitForEvent('domcontentloaded'), target.click()]);
}

/**
 * What sticks out of the screen on the right, with its text; empty when the page is no wider than the screen. Looked at once the
 * size that was just set is drawn, and again where something is found, since the pages change by themselves.
 */
export async function wideElements(page: Page): Promise<readonly string[]> {
  // As text, since these files are not checked against a browser's own types.
  const look = `new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    const wide = [...document.querySelectorAll('body *')].filter((one) => one.getBoundingClientRect().right > clientWidth);
    const text = (one) => one.tagName + '.' + one.className + ' ' + (one.textContent ?? '').trim().slice(0, 80);
    done(scrollWidth > clientWidth ? [scrollWidth + ' px', ...wide.map(text)] : []);
  })))`;
  const first = (await page.evaluate(look)) as readonly string[];
  return first.length === 0 ? first : ((await page.evaluate(look)) as readonly string[]);
}
