// Shows that the checked-in lockfile holds every optional dependency that any package in it names, for every
// platform, so that `npm ci` passes everywhere; and that the finder of absent ones finds them.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  findAbsentOptionals,
  type Lockfile,
  platformFromName,
  withEntries,
} from '../../scripts/lock/absent-optionals.ts';
import { withoutToolEngines } from '../../scripts/lock/tool-engines.ts';

const text = readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8');

describe('the checked-in lockfile', () => {
  it('holds every optional dependency that a package in it names', () => {
    expect(findAbsentOptionals(JSON.parse(text) as Lockfile)).toEqual([]);
  });

  it('holds the runtime for a Mac and for Windows', () => {
    const { packages } = JSON.parse(text) as Lockfile;
    expect(packages['node_modules/@cloudflare/workerd-darwin-arm64']?.os).toEqual(['darwin']);
    expect(packages['node_modules/@cloudflare/workerd-windows-64']?.cpu).toEqual(['x64']);
  });

  it('asks for no other Node than the project brings: npm ci on Node 20 warns of none', () => {
    const { packages } = JSON.parse(text) as Lockfile;
    const asking = Object.entries(packages).filter(([, entry]) => entry.dev && entry.engines !== undefined);
    expect(asking).toEqual([]);
    expect(packages['node_modules/node']?.dev).toBe(true);
  });

  it('names no registry host', () => {
    expect(text).not.toContain('"resolved": "http');
  });
});

it('keeps the engines of what the app itself uses', () => {
  const packages = {
    'node_modules/a': { engines: { node: '>=20' } },
    'node_modules/b': { dev: true, engines: { node: '>=22' } },
  };
  expect(withoutToolEngines({ packages })).toEqual({
    packages: { 'node_modules/a': { engines: { node: '>=20' } }, 'node_modules/b': { dev: true } },
  });
});

describe('findAbsentOptionals', () => {
  const lock: Lockfile = {
    packages: {
      '': {},
      'node_modules/tool': {
        version: '1.0.0',
        dev: true,
        optionalDependencies: { '@tool/linux-x64': '1.0.0', '@tool/darwin-arm64': '1.0.0', nested: '2.0.0' },
      },
      'node_modules/@tool/linux-x64': { version: '1.0.0' },
      'node_modules/tool/node_modules/nested': { version: '2.0.0' },
    },
  };
  const darwin = {
    path: 'node_modules/@tool/darwin-arm64',
    name: '@tool/darwin-arm64',
    version: '1.0.0',
    dev: true,
  };

  it('finds what is named and not held, and nothing that a folder on the way up holds', () => {
    expect(findAbsentOptionals(lock)).toEqual([darwin]);
  });

  it('is satisfied once the entries are added', () => {
    const platform = platformFromName(darwin.name);
    const completed = withEntries(lock, [{ absent: darwin, platform }]);
    expect(findAbsentOptionals(completed)).toEqual([]);
    expect(completed.packages[darwin.path]).toEqual({
      version: '1.0.0',
      dev: true,
      optional: true,
      os: ['darwin'],
      cpu: ['arm64'],
    });
  });

  it('refuses a range, since no one version could be written', () => {
    const ranged: Lockfile = { packages: { 'node_modules/a': { optionalDependencies: { b: '^1.0.0' } } } };
    expect(() => findAbsentOptionals(ranged)).toThrow('b@^1.0.0');
  });
});

describe('platformFromName', () => {
  it.each([
    ['@cloudflare/workerd-darwin-64', { os: ['darwin'], cpu: ['x64'] }],
    ['@cloudflare/workerd-windows-64', { os: ['win32'], cpu: ['x64'] }],
    ['@biomejs/cli-linux-arm64-musl', { os: ['linux'], cpu: ['arm64'], libc: ['musl'] }],
    ['@esbuild/win32-ia32', { os: ['win32'], cpu: ['ia32'] }],
    ['left-pad', {}],
  ])('reads %s', (name, expected) => {
    expect(platformFromName(name)).toEqual(expected);
  });
});
