// Holds the source to style.md 4.7 in the ordinary test run. A breach names its file; exceptions are visible lists.
import { describe, expect, it } from 'vitest';
import { crowdedClasses } from './collaborators.ts';
import { LONG_FILES, LONG_FUNCTIONS, uncovered } from './exceptions.ts';
import { unusedExports } from './exports.ts';
import { climbingImports, importCircles, zodItself } from './imports.ts';
import { RELEASED_MIGRATIONS } from './released-migrations.ts';
import {
  anyTypes,
  defaultExports,
  editedMigrations,
  emptyNames,
  impureDomain,
  leaks,
  longFile,
  longFunctions,
  missingPurpose,
  strayConsole,
  strayStubs,
  unescapedHtml,
  unusedFixtures,
  wideFolders,
} from './rules.ts';
import { PRODUCT_ROOMS, parseFile, readTree } from './source-tree.ts';
import { oldVoice } from './wording.ts';

const tree = readTree(new URL('../..', import.meta.url).pathname);
const parsed = tree.filter(({ path }) => /^[\w-]+\/.*\.tsx?$/.test(path)).map(parseFile);
const inRooms = (...rooms: readonly string[]) =>
  parsed.filter(({ path }) => rooms.some((room) => path.startsWith(`${room}/`)));
const source = inRooms(...PRODUCT_ROOMS, 'simulator', 'scripts');
/** Where the platform's or a tool's own way is a default export. */
const DEFAULT_EXPORTS_ALLOWED =
  /^(worker\/index\.ts|simulator\/worker\.ts|test\/bench\/(cost\/meter-worker|floor\/floor-worker)\.ts|.*\.config\.ts)$/;

/** Its samples hold the words that it looks for. */
const WORDED_AS_SAMPLES = new Set(['test/tidy/rules.test.ts']);

describe('the source', () => {
  it('is all there to be read', () => {
    for (const room of ['domain', 'polymarket', 'durable-objects', 'simulator', 'scripts']) {
      expect(inRooms(room).length, room).toBeGreaterThan(2);
    }
  });

  it('imports one way between rooms', () => {
    expect(uncovered(source.flatMap(climbingImports))).toEqual([]);
  });

  it('takes zod from one file, with its messages', () => {
    expect(parsed.flatMap(zodItself)).toEqual([]);
  });

  it('has no circle of imports, types included', () => {
    expect(importCircles(source)).toEqual([]);
  });

  it('keeps clock, chance, network, waiting, output and floats out of domain', () => {
    expect(uncovered(inRooms('domain').flatMap(impureDomain))).toEqual([]);
  });

  it('names its files by what they do', () => {
    expect(tree.flatMap(emptyNames)).toEqual([]);
  });

  it('never uses any', () => {
    expect(parsed.flatMap(anyTypes)).toEqual([]);
  });

  it('writes to the console only in the logger', () => {
    expect(uncovered(inRooms(...PRODUCT_ROOMS, 'simulator').flatMap(strayConsole))).toEqual([]);
  });

  it('reaches objects only by the functions that say where they are created', () => {
    expect(inRooms(...PRODUCT_ROOMS).flatMap(strayStubs)).toEqual([]);
  });

  it('escapes everything that reaches a page', () => {
    expect(inRooms('views', 'worker').flatMap(unescapedHtml)).toEqual([]);
  });

  it('keeps files within their length', () => {
    expect(source.flatMap((file) => longFile(file, LONG_FILES))).toEqual([]);
  });

  it('keeps functions within their length', () => {
    expect(source.flatMap((file) => longFunctions(file, LONG_FUNCTIONS))).toEqual([]);
  });

  it('gives no class of the objects or the Worker more than five collaborators', () => {
    expect(crowdedClasses(inRooms('durable-objects', 'worker'))).toEqual([]);
  });

  it('keeps folders within twenty-five files', () => {
    expect(wideFolders(parsed, 25)).toEqual([]);
  });

  it('exports nothing that only tests use, or nothing at all', () => {
    const scripts = tree.filter(({ path }) => /^(?!test\/)[\w-]+\/.*\.mjs$/.test(path)).map(parseFile);
    const whole = [...parsed.filter(({ path }) => !path.startsWith('test/')), ...scripts];
    expect(unusedExports(whole)).toEqual([]);
  });

  it('is worded plainly', () => {
    const tests = inRooms('test').filter(({ path }) => !WORDED_AS_SAMPLES.has(path));
    expect([...source, ...tests].flatMap(oldVoice)).toEqual([]);
  });

  it('begins each file with what it is for', () => {
    expect(source.flatMap(missingPurpose)).toEqual([]);
  });

  it('has named exports only', () => {
    const files = parsed.filter(({ path }) => !DEFAULT_EXPORTS_ALLOWED.test(path));
    expect(files.flatMap(defaultExports)).toEqual([]);
  });
});

describe('the rest of the project', () => {
  it('never edits a released migration', () => {
    expect(editedMigrations(tree, RELEASED_MIGRATIONS)).toEqual([]);
  });

  it('uses every fixture', () => {
    expect(unusedFixtures(tree)).toEqual([]);
  });

  it('names no registry host and holds no secret', () => {
    expect(tree.flatMap(leaks)).toEqual([]);
  });
});
