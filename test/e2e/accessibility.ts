// axe over a page as it is shown, put in from outside, since the page's own policy takes no foreign script.
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';

const AXE = readFileSync(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');

interface Violation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/**
 * The rules of axe that look at colours. The themes differ by colours alone (test/views/theme.test.ts), so that a page that
 * passes every rule in one of them needs only these in the other.
 */
const COLOUR_RULES = ['color-contrast', 'link-in-text-block'];

/**
 * What axe finds wrong by all its rules, or by those that look at colours: a line each; empty when nothing is. The pages
 * change by themselves, and axe takes its time: on a busy machine it once took the colours of both themes for one page's.
 * What it finds only in one of two looks at the same page is no flaw of that page.
 */
export async function violationsOf(page: Page, rules: 'all' | 'colours' = 'all'): Promise<readonly string[]> {
  const first = await look(page, rules);
  if (first.length === 0) return [];
  const again = new Set((await look(page, rules)).map(({ id }) => id));
  return first
    .filter(({ id }) => again.has(id))
    .map(({ id, help, nodes }) => {
      const { html = '', failureSummary = '' } = nodes[0] ?? {};
      return `${id}: ${help} (${nodes.length}): ${html}: ${failureSummary.replace(/\s+/g, ' ')}`;
    });
}

async function look(page: Page, rules: 'all' | 'colours'): Promise<readonly Violation[]> {
  if ((await page.evaluate('typeof axe')) === 'undefined') await page.evaluate(AXE);
  // A size or a theme that was just set is drawn after two frames at the latest. A tab that draws none, since another is in front
  // of it, has none to wait for.
  await page.evaluate(
    'new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(done)); setTimeout(done, 1000); })',
  );
  // As text, since these files are not checked against a browser's own types.
  // Without `preload` it leaves out its one rule on style sheets, which it loads again for every look: a style for one
  // orientation of the screen. There is none (test/views/theme.test.ts).
  const options = {
    resultTypes: ['violations'],
    preload: false,
    ...(rules === 'all' ? {} : { runOnly: COLOUR_RULES }),
  };
  const run = `axe.run(document, ${JSON.stringify(options)}).then((found) => found.violations)`;
  return (await page.evaluate(run)) as readonly Violation[];
}
