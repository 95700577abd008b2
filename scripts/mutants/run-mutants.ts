// `npm run mutants`: how many small faults the small tests catch, file by file, and which they do not. Not part of `npm test`.
import { fork } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { equivalentFor, readEquivalents, staleEquivalents } from './equivalents.ts';
import { type Mutant, mutantsOf, sampleOf } from './mutate.ts';
import { HELP, readMutantOptions } from './options.ts';
import { relatedTests } from './related-tests.ts';
import type { TryReport, TryRequest } from './try-mutants.ts';

export type MutantsRun = { root: string; argv: readonly string[]; say: (line: string) => void };

/** Of one file or folder. `survived` is what is left: the tests do not notice it, and it is not listed as equivalent. */
export type Tally = { tried: number; caught: number; equivalent: number; survived: number };

/**
 * A fault without an outcome after this long does not end, and counts as caught: a person would notice. The tests of one file
 * take seconds; the limit leaves a busy machine room.
 */
const HANGS_AFTER_MS = 120_000;

/** Tries the faults and prints a table; returns the exit code: 1 on bad options or tests that fail without a fault. */
export async function runMutants({ root, argv, say }: MutantsRun): Promise<number> {
  const options = readMutantOptions(argv);
  if (typeof options === 'string') {
    say(`${options}\n${HELP}`);
    return 1;
  }
  const listed = readEquivalents(root);
  const tests = filesBelow(root, 'test').filter((path) => /\.test\.tsx?$/.test(path));
  const all = new Map<string, readonly Mutant[]>();
  const folders = new Map<string, Tally>();
  for (const path of options.targets.flatMap((target) => sourcesBelow(root, target))) {
    const text = readFileSync(join(root, path), 'utf8');
    const every = mutantsOf({ path, text });
    all.set(path, every);
    const chosen = sampleOf(every, options.most, path);
    const related = relatedTests(root, { path, tests });
    const tally: Tally = { tried: chosen.length, caught: 0, equivalent: 0, survived: 0 };
    const caughtBy =
      related.length === 0
        ? chosen.map(() => null)
        : await tryFile({ root, path, text, tests: related }, chosen, say);
    if (caughtBy === null) return 1;
    chosen.forEach((mutant, index) => {
      if (caughtBy[index] !== null) tally.caught += 1;
      else if (equivalentFor(listed, { path, mutant }) !== undefined) tally.equivalent += 1;
      else {
        tally.survived += 1;
        say(
          `  survived ${path}:${mutant.line} (${mutant.operator})\n  - ${mutant.before}\n  + ${mutant.after}`,
        );
      }
    });
    say(`${path}: ${inWords(tally)}${related.length === 0 ? ', no small test imports it' : ''}`);
    const folder = path.slice(0, path.lastIndexOf('/'));
    folders.set(folder, sum(folders.get(folder), tally));
  }
  for (const one of staleEquivalents(listed, all))
    say(`listed as equivalent, but gone: ${one.path}: ${one.after}`);
  for (const [folder, tally] of folders) say(`${folder}/: ${inWords(tally)}`);
  return 0;
}

function inWords({ tried, caught, equivalent, survived }: Tally): string {
  const real = tried - equivalent;
  const percent = real === 0 ? 100 : Math.floor((caught * 100) / real);
  return `${tried} tried, ${caught} caught, ${equivalent} equivalent, ${survived} survived: ${percent} %`;
}

function sum(one: Tally | undefined, other: Tally): Tally {
  if (one === undefined) return other;
  return {
    tried: one.tried + other.tried,
    caught: one.caught + other.caught,
    equivalent: one.equivalent + other.equivalent,
    survived: one.survived + other.survived,
  };
}

type File = Omit<TryRequest, 'mutants'>;

/** What caught each fault, null for a survivor; null for all when the tests fail without a fault. */
async function tryFile(
  file: File,
  mutants: readonly Mutant[],
  say: (line: string) => void,
): Promise<(string | null)[] | null> {
  const outcomes: (string | null | undefined)[] = mutants.map(() => undefined);
  // Each round ends all faults or one that hangs, so there are at most as many rounds as faults.
  for (let round = 0; round <= mutants.length; round += 1) {
    const left = mutants
      .map((mutant, index) => ({ index, mutant }))
      .filter(({ index }) => outcomes[index] === undefined);
    if (left.length === 0) break;
    const end = await tryInChild({ ...file, mutants: left }, (index, caughtBy) => {
      outcomes[index] = caughtBy;
    });
    if (end.kind === 'broken') {
      say(`${file.path}: ${end.reason}`);
      return null;
    }
    const hanging = mutants.findIndex((_, index) => outcomes[index] === undefined);
    if (end.kind === 'hangs' && hanging !== -1) outcomes[hanging] = 'it never ends';
  }
  return outcomes.map((outcome) => outcome ?? null);
}

type End = { kind: 'done' } | { kind: 'hangs' } | { kind: 'broken'; reason: string };

function tryInChild(
  request: TryRequest,
  tried: (index: number, caughtBy: string | null) => void,
): Promise<End> {
  return new Promise((resolve) => {
    const child = fork(join(import.meta.dirname, 'try-mutants.ts'), [], {
      cwd: request.root,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      execArgv: ['--disable-warning=ExperimentalWarning'],
    });
    let end: End = { kind: 'done' };
    const arm = (): NodeJS.Timeout =>
      setTimeout(() => {
        end = { kind: 'hangs' };
        child.kill('SIGKILL');
      }, HANGS_AFTER_MS);
    let timer = arm();
    child.on('message', (message: TryReport) => {
      clearTimeout(timer);
      timer = arm();
      if (message.kind === 'tried') tried(message.index, message.caughtBy);
      if (message.kind === 'broken') end = message;
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      // A fault can also end the whole process; that is noticed too.
      resolve(end.kind === 'done' && code !== 0 ? { kind: 'hangs' } : end);
    });
    child.send(request);
  });
}

function sourcesBelow(root: string, target: string): string[] {
  const found = statSync(join(root, target)).isDirectory() ? filesBelow(root, target) : [target];
  return found.filter((path) => /\.tsx?$/.test(path) && !path.startsWith('test/')).sort();
}

function filesBelow(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(root, '/').length));
}
