// Builds both Workers once before the files start, which all start them at the same time.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleOf, CONFIGS, dryRun, type WorkerName } from '../../scripts/start/bundles.ts';
import { quietWrangler, startProgram, WRANGLER } from '../../scripts/start/children.ts';

const ROOT = new URL('../../', import.meta.url).pathname;

/** Called by vitest. Throws with what wrangler said where a Worker cannot be built. */
export async function setup(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'polymarketspy-build-'));
  const build = async (name: WorkerName, folder: string): Promise<void> => {
    const child = startProgram({
      name,
      root: ROOT,
      program: WRANGLER,
      args: dryRun(name, folder),
      logFile: join(dir, `${name}.log`),
      environment: { ...process.env, ...quietWrangler(dir) },
      onError: () => undefined,
    });
    const end = await child.ended;
    if (child.process.exitCode !== 0) throw new Error([end, ...child.lastLines()].join('\n'));
  };
  try {
    const names = Object.keys(CONFIGS) as WorkerName[];
    await Promise.all(
      names.map((name) => bundleOf(name, { root: ROOT, build: (folder) => build(name, folder) })),
    );
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
