// Shows that each tidy rule bites on a bad sample and lets a good one pass, so that none can silently pass.
import { describe, expect, it } from 'vitest';
import { crowdedClasses } from './collaborators.ts';
import { uncovered } from './exceptions.ts';
import { unusedExports } from './exports.ts';
import { climbingImports, importCircles, zodItself } from './imports.ts';
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
  sha256,
  strayConsole,
  strayStubs,
  unescapedHtml,
  unusedFixtures,
  wideFolders,
} from './rules.ts';
import { parseFile } from './source-tree.ts';
import { oldVoice } from './wording.ts';

const file = (path: string, text: string) => parseFile({ path, text });

describe('the arrows between rooms', () => {
  it.each([
    ['domain/a.ts', `import { x } from '../polymarket/b.ts';`],
    ['domain/a.ts', `import type { X } from '../ledger/b.ts';`],
    ['domain/a.ts', `import { x } from 'node:fs';`],
    ['polymarket/a.ts', `export { x } from '../ledger/b.ts';`],
    ['ledger/a.ts', `export * from '../views/b.ts';`],
    ['views/pages/a.tsx', `import { x } from '../../worker/b.ts';`],
    ['durable-objects/a.ts', `const x = await import('../worker/b.ts');`],
    ['durable-objects/a.ts', `let x: import('../worker/b.ts').X;`],
    ['simulator/a.ts', `import { x } from '../domain/money.ts';`],
    ['worker/a.ts', `import { x } from '../simulator/b.ts';`],
    ['worker/a.ts', `import { x } from '../test/b.ts';`],
  ])('refuse %s with %s', (path, text) => {
    expect(climbingImports(file(path, text))).toHaveLength(1);
  });

  it.each([
    ['polymarket/a.ts', `import { x } from '../domain/money.ts'; import { z } from 'zod';`],
    ['worker/a.ts', `import { x } from '../durable-objects/b.ts'; import { y } from './c.ts';`],
    ['simulator/a.ts', `import { DurableObject } from 'cloudflare:workers';`],
    ['test/a.ts', `import { x } from '../simulator/b.ts'; import { y } from '../domain/c.ts';`],
  ])('allow %s with %s', (path, text) => {
    expect(climbingImports(file(path, text))).toEqual([]);
  });
});

describe('zod', () => {
  it.each([`import * as z from 'zod';`, `import type { ZodMiniType } from 'zod/mini';`])(
    'is refused in any file but its own: %s',
    (text) => {
      expect(zodItself(file('polymarket/a.ts', text))).toHaveLength(1);
      expect(zodItself(file('domain/zod.ts', text))).toEqual([]);
    },
  );

  it('may be taken from its file', () => {
    expect(zodItself(file('polymarket/a.ts', `import * as z from '../domain/zod.ts';`))).toEqual([]);
  });
});

describe('circles', () => {
  it('are found over several files, through types too; a diamond is none', () => {
    const a = file('domain/a.ts', `import { b } from './b.ts';`);
    const b = file('domain/b.ts', `import { c } from './c.ts';`);
    expect(importCircles([a, b, file('domain/c.ts', `import { a } from './a.ts';`)])).toEqual([
      'domain/a.ts → domain/b.ts → domain/c.ts → domain/a.ts',
    ]);
    const onlyTypes = file('domain/c.ts', `import type { A } from './a.ts';`);
    expect(importCircles([a, b, onlyTypes])).toHaveLength(1);
    const top = file('domain/top.ts', `import './left.ts'; import './right.ts';`);
    const sides = ['left', 'right'].map((side) => file(`domain/${side}.ts`, `import './end.ts';`));
    expect(importCircles([top, ...sides, file('domain/end.ts', '')])).toEqual([]);
  });
});

describe('domain', () => {
  it.each([
    ['Date', 'export const now = () => Date.now();'],
    ['Date', 'export const later = (at: Date) => at;'],
    ['Date', 'export const now = () => new Date();'],
    ['Math.random', 'export const x = Math.random();'],
    ['fetch', `export const x = fetch('a');`],
    ['async', 'export async function f() {}'],
    ['async', 'export const f = async () => 1;'],
    ['console', `console.log('a');`],
    ['parseFloat', `export const x = parseFloat('1');`],
    ['Number(', `export const x = Number('1');`],
  ])('may not use %s: %s', (what, text) => {
    expect(impureDomain(file('domain/a.ts', text)).join()).toContain(`uses ${what} in domain`);
  });

  it('may say those words in comments, text and names of its own', () => {
    const text = `// async fetch of a Date\nexport const row = { Date: 'console', updatedDate: Number.isSafeInteger(1) };\nrow.Date;`;
    expect(impureDomain(file('domain/a.ts', text))).toEqual([]);
  });
});

describe('an exception', () => {
  it('covers its own file and its own matter only', () => {
    expect(uncovered(['domain/ids.ts imports node:crypto: domain has no effects'])).toEqual([]);
    expect(uncovered(['domain/ids.ts imports node:fs: domain has no effects'])).toHaveLength(1);
    expect(uncovered(['domain/money.ts imports node:crypto: domain has no effects'])).toHaveLength(1);
  });
});

describe('one bad sample each', () => {
  it.each([['domain/utils.ts'], ['views/helpers.tsx'], ['worker/common.ts'], ['scripts/misc.mjs']])(
    'an empty name: %s',
    (path) => {
      expect(emptyNames({ path, text: '' })).toHaveLength(1);
    },
  );

  it('any, also inside a generic, and not as a word', () => {
    expect(anyTypes(file('worker/a.ts', 'const x: Array<any> = []; const y = 1 as any;'))).toHaveLength(2);
    expect(anyTypes(file('worker/a.ts', `const any = 'any'; // any`))).toEqual([]);
  });

  it('the console outside the logger', () => {
    expect(strayConsole(file('worker/a.ts', `console.error('x');`))).toHaveLength(1);
    expect(strayConsole(file('worker/log.ts', `console.error('x');`))).toEqual([]);
  });

  it('an object reached without saying where it is created', () => {
    expect(strayStubs(file('worker/a.ts', `env.WALLET.getByName('live').status();`))).toHaveLength(1);
    expect(strayStubs(file('durable-objects/a.ts', `ns.get(ns.idFromName('live'));`))).toHaveLength(1);
    expect(strayStubs(file('worker/a.ts', `walletStub(env, 'LIVE').status(); const getByName = 1;`))).toEqual(
      [],
    );
  });

  it('unescaped text', () => {
    expect(unescapedHtml(file('views/a.tsx', `const x = raw(title);`))).toHaveLength(1);
    expect(
      unescapedHtml(file('views/a.tsx', `const x = <b dangerouslySetInnerHTML={{ __html: t }} />;`)),
    ).toHaveLength(1);
    expect(unescapedHtml(file('views/a.tsx', `const x = <b>{title}</b>; const raw = 1;`))).toEqual([]);
  });

  it('a long file, unless it is recorded as that long', () => {
    const long = file('worker/a.ts', 'export {};\n'.repeat(301));
    expect(longFile(long, {})).toHaveLength(1);
    expect(longFile(long, { 'worker/a.ts': 300 })).toHaveLength(1);
    expect(longFile(long, { 'worker/a.ts': 301 })).toEqual([]);
  });

  it('a long function or method, by its name, unless it is recorded as that long', () => {
    const body = '{\n'.concat('  1;\n'.repeat(70), '}');
    expect(longFunctions(file('worker/a.ts', `function f() ${body}`), {})[0]).toContain(
      'worker/a.ts f has 72',
    );
    expect(longFunctions(file('worker/a.ts', `class A { m() ${body} }`), {})[0]).toContain(
      'worker/a.ts m has 72',
    );
    expect(longFunctions(file('worker/a.ts', `const g = () => ${body};`), { 'worker/a.ts g': 72 })).toEqual(
      [],
    );
    expect(
      longFunctions(file('worker/a.ts', `const g = () => ${body};`), { 'worker/a.ts g': 71 }),
    ).toHaveLength(1);
  });

  it('a released migration that was edited or removed', () => {
    const files = [{ path: 'migrations/1.sql', text: 'CREATE' }];
    expect(editedMigrations(files, { 'migrations/1.sql': sha256('CREATE') })).toEqual([]);
    expect(editedMigrations(files, { 'migrations/1.sql': sha256('OTHER') })).toHaveLength(1);
    expect(editedMigrations([], { 'migrations/1.sql': sha256('CREATE') })).toHaveLength(1);
  });

  it('a fixture that no test says', () => {
    const fixture = { path: 'test/a/fixtures/book-page.json', text: '{}' };
    const says = (text: string) => unusedFixtures([fixture, { path: 'test/a/a.test.ts', text }]);
    expect(says(`read('other')`)).toHaveLength(1);
    expect(says(`read('book-page')`)).toEqual([]);
    expect(says(`read('book-page.json')`)).toEqual([]);
  });

  it('a registry host or a secret', () => {
    expect(leaks({ path: 'a.md', text: `https://${['registry', 'npmjs', 'org'].join('.')}/x` })).toHaveLength(
      1,
    );
    expect(leaks({ path: 'a.md', text: `-----BEGIN ${'PRIVATE'} KEY-----` })).toHaveLength(1);
    expect(leaks({ path: 'a.md', text: 'a book of 0x66415d23dfaf9135c38974b28a7f312d1941e9d4' })).toEqual([]);
  });

  it('a file that does not say what it is for', () => {
    expect(missingPurpose({ path: 'a.ts', text: `import x from 'y';` })).toHaveLength(1);
    expect(missingPurpose({ path: 'a.ts', text: '// What it is for.\n' })).toEqual([]);
  });

  it('a default export', () => {
    expect(defaultExports(file('worker/a.ts', 'export default 1;'))).toHaveLength(1);
  });
});

describe('exports', () => {
  const dead = (...files: [string, string][]) => unusedExports(files.map(([path, text]) => file(path, text)));

  it.each([
    'export function a() {}',
    'export const a = 1;',
    'export class a {}',
    'export interface a {}',
    'export type a = 1;',
    'const a = 1; export { a as b };',
  ])('that no other file imports and its own does not use are found: %s', (text) => {
    expect(dead(['domain/a.ts', text])).toHaveLength(1);
  });

  it('count as used through an import, a namespace, a re-export or a dynamic import, and within their own file', () => {
    const source: [string, string] = ['domain/a.ts', 'export const a = 1;'];
    for (const user of [
      `import { a } from './a.ts';`,
      `import { type a as b } from './a.ts';`,
      `import * as all from './a.ts';`,
      `let x: import('./a.ts').a;`,
      `const { a } = await import('./a.ts');`,
    ])
      expect(dead(source, ['domain/b.ts', user]), user).toEqual([]);
    expect(dead(source, ['worker/index.ts', `export { a } from '../domain/a.ts';`])).toEqual([]);
    expect(dead(['domain/a.ts', 'export const a = 1; export const b = a; b;'])).toEqual([]);
  });
});

describe('a class', () => {
  const crowded = (...texts: string[]) =>
    crowdedClasses(texts.map((text, at) => file(`durable-objects/${at}.ts`, text)));
  const taking = (...names: string[]) => `class X { constructor(${names.join(', ')}) {} }`;

  it('with six collaborators is found, however they are written', () => {
    const six = ['private readonly a: A', 'b: B', 'c = 1', 'readonly d: D', 'e: E | null', 'f: () => F'];
    expect(crowded(taking(...six))).toEqual([
      'durable-objects/0.ts:1 X takes 6 collaborators, 5 allowed: cut it by job',
    ]);
    const unnamed = `const X = class { constructor(${six.join(', ')}) {} }`;
    expect(crowded(unnamed)).toHaveLength(1);
  });

  it('may have five, besides the runtime, the stored values, the mode and the clock', () => {
    const rest = ['ports: P', 'private readonly kv: K', 'mode: M', 'readonly nowMs: () => number'];
    expect(crowded(taking('a: A', 'b: B', 'c: C', 'd: D', 'e: E', ...rest), 'class Y {}')).toEqual([]);
  });

  it.each(['steps: { a: A; b: B }', 'private readonly steps: { a: A }', '{ a, b }: Steps'])(
    'that hides them in an object is found: %s',
    (parameter) => {
      expect(crowded(taking(parameter))).toHaveLength(1);
    },
  );

  it.each(['interface Parts { a: A; readonly b: B; c: string }', 'type Parts = { a: A; b: B };'])(
    'that takes a bag of classes is found: %s',
    (bag) => {
      const classes = 'class A {} class B {}';
      expect(crowded(taking('parts: Parts'), bag, classes)).toEqual([
        'durable-objects/0.ts:1 X hides collaborators in the object parts',
      ]);
      // What comes from the runtime has no class of ours; one class with options is no bag.
      expect(crowded(taking('parts: Parts'), bag)).toEqual([]);
      expect(crowded(taking('parts: Parts'), bag, 'class A {}')).toEqual([]);
    },
  );
});

describe('words of the earlier voice', () => {
  it.each([
    '// The feed is told of it.',
    '/** His trades. */',
    `const x = 'it waits for ever here';`,
    'const x = `it is what nobody knows`;',
    `it('is sent when the venue tells of it');`,
    '// Nobody heard of it.',
    'const x = <p>He sold it.</p>;',
  ])('are found in %s', (text) => {
    expect(oldVoice(file('views/a.tsx', text))).toHaveLength(1);
  });

  it('are allowed as names, and inside of other words', () => {
    expect(oldVoice(file('views/a.tsx', `const told = his.him; // this history hits the shelf`))).toEqual([]);
  });
});

it('a folder that holds too many files', () => {
  const files = ['a', 'b', 'c'].map((name) => ({ path: `domain/x/${name}.ts`, text: '' }));
  expect(wideFolders(files, 3)).toEqual([]);
  expect(wideFolders(files, 2)).toEqual([expect.stringContaining('domain/x holds 3 files')]);
});
