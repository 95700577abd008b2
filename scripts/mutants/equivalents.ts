// The faults that change nothing: listed by hand with the reason, so that a survivor is either a gap in the tests or here.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Mutant } from './mutate.ts';

/** Where the lists are: one text file for each folder of source, so that two people rarely edit the same one. */
export const EQUIVALENTS_FOLDER = 'test/mutants/equivalents';

/** One listed fault: the file, the source line before and after, and why no test can tell them apart. */
export type Equivalent = { path: string; before: string; after: string; reason: string };

/**
 * Reads one list. An entry is four lines (`file`, `- before`, `+ after`, `= reason`) with a blank line between entries;
 * lines that begin with # are comments. Throws on anything else, naming the line.
 */
export function parseEquivalents(text: string, source: string): Equivalent[] {
  const blocks = text
    .split(/\n\s*\n/)
    .map((block) => block.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#')))
    .filter((lines) => lines.length > 0);
  return blocks.map((lines) => {
    const [path = '', before = '', after = '', reason = '', ...more] = lines;
    const isWhole = before.startsWith('- ') && after.startsWith('+ ') && reason.startsWith('= ');
    if (!isWhole || more.length > 0)
      throw new Error(`${source}: at "${path}": an entry is a file, then lines beginning with -, + and =`);
    return { path: path.trim(), before: before.slice(2), after: after.slice(2), reason: reason.slice(2) };
  });
}

export function readEquivalents(root: string): Equivalent[] {
  const folder = join(root, EQUIVALENTS_FOLDER);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.txt'))
    .flatMap((name) => parseEquivalents(readFileSync(join(folder, name), 'utf8'), name));
}

/** The entry for a mutant, if one is listed. */
export function equivalentFor(
  list: readonly Equivalent[],
  { path, mutant }: { path: string; mutant: Pick<Mutant, 'before' | 'after'> },
): Equivalent | undefined {
  return list.find((one) => one.path === path && one.before === mutant.before && one.after === mutant.after);
}

/** Entries of these files that name no fault any more: their line has changed. */
export function staleEquivalents(
  list: readonly Equivalent[],
  mutants: ReadonlyMap<string, readonly Pick<Mutant, 'before' | 'after'>[]>,
): Equivalent[] {
  return list.filter((one) => {
    const known = mutants.get(one.path);
    return known !== undefined && !known.some((m) => m.before === one.before && m.after === one.after);
  });
}
