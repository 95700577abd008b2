// The database of the page bench: the real migrations by wrangler, then a made history written into the local D1's own file
// while nothing runs. It may be kept, and is then made again only when it would come out otherwise.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fillHistory, type HistoryNames } from './history/history.ts';
import { writeSnapshots } from './history/holdings.ts';
import { scaleOf } from './history/scale.ts';

const ROOT = new URL('../..', import.meta.url).pathname;
/** Any other seed scatters the rows otherwise; the budget holds for all. */
const SEED = 'pages';
/** The objects' own storage is made anew for every run; D1's stays. */
const OBJECTS = 'v3/do';
const D1_FILES = 'v3/d1/miniflare-D1DatabaseObject';

interface Kept {
  readonly rows: number;
  readonly made: string;
  readonly atMs: number;
  readonly names: HistoryNames;
}

/** Fills the D1 file under this folder of wrangler's, or finds it filled; returns what the pages request of it. */
export function preparePageDatabase({
  persist,
  rows,
  nowMs,
  say,
}: {
  persist: string;
  rows: number;
  nowMs: number;
  say: (line: string) => void;
}): HistoryNames {
  const note = join(persist, 'history.json');
  const made = fingerprint();
  const kept = readKept(note);
  rmSync(join(persist, OBJECTS), { recursive: true, force: true });
  const sqlite = new DatabaseSync(d1File(persist));
  try {
    if (kept !== undefined && kept.rows === rows && kept.made === made) {
      say(`Taking the kept database of ${rows} attempts, made ${new Date(kept.atMs).toISOString()}…`);
      // The newest snapshot is a minute old, as it is beside a wallet that runs.
      sqlite.exec('PRAGMA synchronous = OFF; BEGIN');
      writeSnapshots(sqlite, scaleOf({ seed: SEED, rows, nowMs: kept.atMs }), nowMs);
      sqlite.exec('COMMIT');
      return kept.names;
    }
    say(`Making a database of ${rows} attempts…`);
    const names = fillHistory(sqlite, scaleOf({ seed: SEED, rows, nowMs }));
    writeFileSync(note, JSON.stringify({ rows, made, atMs: nowMs, names } satisfies Kept));
    return names;
  } finally {
    sqlite.close();
  }
}

/** Whether a kept database in this folder may be taken; else the folder is to be emptied before it is filled. */
export function isKept(persist: string, rows: number): boolean {
  const kept = readKept(join(persist, 'history.json'));
  return kept !== undefined && kept.rows === rows && kept.made === fingerprint();
}

/** The one database that wrangler has made under the folder; its name is a hash that is wrangler's own business. */
export function d1File(persist: string): string {
  const dir = join(persist, D1_FILES);
  const files = existsSync(dir)
    ? readdirSync(dir).filter((file) => file.endsWith('.sqlite') && file !== 'metadata.sqlite')
    : [];
  const [file] = files;
  if (file === undefined || files.length > 1) {
    throw new Error(`${files.length} databases in ${dir}, where the migrations should have made one`);
  }
  return join(dir, file);
}

/** Of everything that decides how the database comes out: the migrations, and the code that fills it. */
function fingerprint(): string {
  const hash = createHash('sha256').update(SEED);
  for (const folder of ['migrations', 'test/bench/history']) {
    const dir = join(ROOT, folder);
    for (const file of readdirSync(dir)
      .filter((name) => /\.(sql|ts)$/.test(name))
      .sort()) {
      hash.update(`${file}\n`).update(readFileSync(join(dir, file)));
    }
  }
  return hash.digest('hex');
}

function readKept(note: string): Kept | undefined {
  try {
    return JSON.parse(readFileSync(note, 'utf8')) as Kept;
  } catch {
    // Absent, or cut short by a run that was ended: both mean that nothing was kept.
    return undefined;
  }
}
