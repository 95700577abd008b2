// The two Workers, each in one file: built once for the sources of today and kept, since `wrangler dev` on sources builds them
// at every start and then looks for changes all the time, which costs a laptop about 6 % of a core.
import { createHash, randomUUID } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';

export const CONFIGS = { app: 'wrangler.toml', exchange: 'simulator/wrangler.toml' } as const;
export type WorkerName = keyof typeof CONFIGS;

/** What each is built from, apart from its configuration; what npm installed follows the lock file. */
const SOURCES: Record<WorkerName, readonly string[]> = {
  app: ['worker', 'durable-objects', 'domain', 'polymarket', 'ledger', 'views'],
  exchange: ['simulator'],
};
const SHARED_SOURCES: readonly string[] = ['package-lock.json', 'tsconfig.json'];
/** Bundles of each Worker that are kept: those of two branches and of a change or two. */
const KEPT = 4;
const HASH_CHARACTERS = 16;

/**
 * The path of the Worker's bundle; `build` makes one in the folder that it is handed, by wrangler's `--outdir`, where none is
 * kept for these sources. Two starts at once may both build: the first to end is used by both.
 */
export async function bundleOf(
  name: WorkerName,
  { root, build }: { root: string; build: (folder: string) => Promise<void> },
): Promise<string> {
  const all = join(root, '.build/bundles');
  const hash = hashOf(root, [CONFIGS[name], ...SOURCES[name], ...SHARED_SOURCES]);
  const folder = join(all, `${name}-${hash}`);
  if (!existsSync(folder)) {
    const unfinished = join(all, `unfinished-${name}-${randomUUID()}`);
    mkdirSync(unfinished, { recursive: true });
    try {
      await build(unfinished);
      keep(unfinished, folder);
    } finally {
      rmSync(unfinished, { recursive: true, force: true });
    }
    removeOld(all, name);
  }
  const now = new Date();
  utimesSync(folder, now, now);
  return join(folder, scriptIn(folder));
}

/** wrangler's arguments that build a Worker in this folder, as it would be deployed. */
export function dryRun(name: WorkerName, folder: string): readonly string[] {
  return ['deploy', '--dry-run', '-c', CONFIGS[name], '--outdir', folder];
}

function keep(unfinished: string, folder: string): void {
  // One without a script is no bundle.
  scriptIn(unfinished);
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    // Another start has put the same there meanwhile.
    if (!existsSync(folder)) throw error;
  }
}

function scriptIn(folder: string): string {
  const script = readdirSync(folder).find((file) => file.endsWith('.js'));
  if (script === undefined) throw new Error(`wrangler has built no script in ${folder}`);
  return script;
}

/** Removes all but those used last. A running Worker has its own in memory. */
function removeOld(all: string, name: string): void {
  const lastUsed = (folder: string): number => statSync(join(all, folder)).mtimeMs;
  const folders = readdirSync(all).filter((folder) => folder.startsWith(`${name}-`));
  for (const folder of folders.sort((left, right) => lastUsed(right) - lastUsed(left)).slice(KEPT))
    rmSync(join(all, folder), { recursive: true, force: true });
}

/** Of the names and contents of these files and of all files below these folders. */
function hashOf(root: string, sources: readonly string[]): string {
  const hash = createHash('sha256');
  for (const source of sources) {
    for (const file of filesOf(root, source))
      hash
        .update(`${file}\0`)
        .update(readFileSync(join(root, file)))
        .update('\0');
  }
  return hash.digest('hex').slice(0, HASH_CHARACTERS);
}

function filesOf(root: string, source: string): readonly string[] {
  if (!statSync(join(root, source)).isDirectory()) return [source];
  return readdirSync(join(root, source), { recursive: true, encoding: 'utf8', withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath.slice(root.length), entry.name))
    .sort();
}
