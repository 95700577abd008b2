// Holds docs/architecture.md to the source: every file and folder that it names exists, and no way passes a file twice.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const ROOT = new URL('../../', import.meta.url).pathname;
const text = readFileSync(`${ROOT}docs/architecture.md`, 'utf8');

/** Paths in backticks: a file with its ending, or a folder with a slash at the end. */
function pathsIn(part: string): string[] {
  return [...part.matchAll(/`([\w.-]+\/(?:[\w./-]+\/)?(?:[\w.-]+\.(?:tsx?|mjs|md|sql|toml))?)`/g)].map(
    ([, path = '']) => path,
  );
}

/** The numbered lists, by the heading that they stand under. */
const ways = new Map(
  text
    .split(/^## /m)
    .slice(1)
    .map(
      (section) =>
        [section.split('\n')[0] ?? '', section.split('\n').filter((line) => /^\d+\. /.test(line))] as const,
    )
    .filter(([, steps]) => steps.length > 0),
);

describe('docs/architecture.md', () => {
  it('names only files and folders that exist', () => {
    const paths = pathsIn(text);
    expect(paths.length).toBeGreaterThan(60);
    expect(paths.filter((path) => !existsSync(ROOT + path))).toEqual([]);
  });

  it('shows the way of a trade, an order, a paper copy, an owed exit, a conversion, a setting and a page request', () => {
    expect([...ways.keys()]).toEqual([
      'One leader trade, from the frame to the Wallets',
      'One live order, from decision to CONFIRMED',
      'One paper copy',
      'One exit that cannot be sold now',
      'One conversion of a leader',
      'One setting, from the form to the decision',
      'One page request',
    ]);
  });

  it('passes no file twice on one way', () => {
    for (const [way, steps] of ways) {
      const files = steps.flatMap(pathsIn);
      expect(
        files.filter((file, index) => files.indexOf(file) !== index),
        way,
      ).toEqual([]);
    }
  });

  it('needs fewer files for an order than the twenty-six before', () => {
    const order = ways.get('One live order, from decision to CONFIRMED') ?? [];
    expect(order.flatMap(pathsIn).length).toBeLessThan(26);
  });
});
