// The bundles that `npm start` runs: built once for the same sources.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bundleOf } from '../../scripts/start/bundles.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'start-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('the bundle of a Worker', () => {
  const built = async (folder: string): Promise<void> => {
    writeFileSync(join(folder, 'index.js'), 'the bundle');
  };
  const project = (): string => {
    const root = join(dir, 'project/');
    for (const folder of ['simulator', 'simulator/model', '.build'])
      mkdirSync(join(root, folder), { recursive: true });
    for (const file of [
      'package-lock.json',
      'tsconfig.json',
      'simulator/wrangler.toml',
      'simulator/model/book.ts',
    ])
      writeFileSync(join(root, file), file);
    return root;
  };

  it('is built once for the same sources, and again for any other', async () => {
    const root = project();
    let builds = 0;
    const bundle = () =>
      bundleOf('exchange', {
        root,
        build: (folder) => {
          builds += 1;
          return built(folder);
        },
      });
    const first = await bundle();
    expect(readFileSync(first, 'utf8')).toBe('the bundle');
    expect([await bundle(), builds]).toEqual([first, 1]);
    for (const file of ['package-lock.json', 'simulator/model/book.ts']) {
      writeFileSync(join(root, file), 'changed');
      await bundle();
    }
    expect(builds).toBe(3);
    writeFileSync(join(root, 'simulator/model/book.ts'), 'simulator/model/book.ts');
    writeFileSync(join(root, 'package-lock.json'), 'package-lock.json');
    expect([await bundle(), builds]).toEqual([first, 3]);
  });

  it('is the same one for two starts at once, and leaves nothing unfinished', async () => {
    const root = project();
    const started: (() => void)[] = [];
    const both = new Promise<void>((resolve) => {
      started.push(resolve);
    });
    let builds = 0;
    const bundle = () =>
      bundleOf('exchange', {
        root,
        build: async (folder) => {
          builds += 1;
          if (builds === 2) started[0]?.();
          await both;
          await built(folder);
        },
      });
    const [one, other] = await Promise.all([bundle(), bundle()]);
    expect([one, builds]).toEqual([other, 2]);
    expect(readdirSync(join(root, '.build/bundles'))).toHaveLength(1);
  });

  it('is not kept where its build failed or made no script', async () => {
    const root = project();
    const failing = () => Promise.reject(new Error('a mistake in the source'));
    await expect(bundleOf('exchange', { root, build: failing })).rejects.toThrow('a mistake in the source');
    await expect(bundleOf('exchange', { root, build: () => Promise.resolve() })).rejects.toThrow('no script');
    expect(readdirSync(join(root, '.build/bundles'))).toEqual([]);
  });
});
