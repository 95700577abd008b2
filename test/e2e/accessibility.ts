// axe over a page as it is shown, put in from outside, since the page's own policy takes no foreign script.
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';

const AXE = readFileSync(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');

interface Violation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string }[];
}

/** What axe finds wrong, a line each; empty when nothing is. */
export async function violationsOf(page: Page): Promise<readonly string[]> {
  if ((await page.evaluate('typeof axe')) === 'undefined') await page.evaluate(AXE);
  // As text, since these files are not checked against a browser's own types.
  const run = "axe.run(document, { resultTypes: ['violations'] }).then((found) => found.violations)";
  const violations = (await page.evaluate(run)) as readonly Violation[];
  return violations.map(({ id, help, nodes }) => `${id}: ${help} (${nodes.length}): ${nodes[0]?.html ?? ''}`);
}
