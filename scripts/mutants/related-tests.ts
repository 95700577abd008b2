// Which small tests can notice a fault in a file: those of the mirrored folder that import it, directly or not. Whole-system
// runs, browsers and the Workers runtime are left out: a fault that only they notice is one that the small tests miss.
import { existsSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';

const IMPORT = /(?:from|import)\s*\(?\s*['"](\.[^'"]+)['"]/g;

/** Test files of the mirrored folder that import the source file, the one of its own name first. */
export function relatedTests(
  root: string,
  { path, tests }: { path: string; tests: readonly string[] },
): string[] {
  const isNamesake = (test: string): boolean =>
    test.replace(/\.test\.tsx?$/, '') === `test/${path.replace(/\.tsx?$/, '')}`;
  return tests
    .filter((test) => posix.dirname(test) === `test/${posix.dirname(path)}`)
    .filter((test) => reaches(root, test, path))
    .sort((a, b) => Number(isNamesake(b)) - Number(isNamesake(a)) || (a < b ? -1 : 1));
}

const imports = new Map<string, string[]>();

function reaches(root: string, from: string, to: string): boolean {
  const seen = new Set<string>();
  const waiting = [from];
  // Bounded by the number of files: each is looked at once.
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next === to) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    waiting.push(...importsOf(root, next));
  }
  return false;
}

function importsOf(root: string, path: string): string[] {
  const known = imports.get(path);
  if (known !== undefined) return known;
  const full = posix.join(root, path);
  const text = existsSync(full) ? readFileSync(full, 'utf8') : '';
  const found = [...text.matchAll(IMPORT)].map((match) => posix.join(posix.dirname(path), match[1] ?? ''));
  imports.set(path, found);
  return found;
}
