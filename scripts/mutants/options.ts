// The words of `npm run mutants`: the files or folders to try, and how many faults of each.

export type MutantOptions = { targets: string[]; most: number };

export const HELP = `npm run mutants -- [--most N | --all] FILE_OR_FOLDER...
  puts small faults into each file, one at a time, and runs the small tests of its room against each.
  --most N   at most N faults of each file, always the same ones while their lines stay (default 40)
  --all      every fault`;

/** Reads the arguments; a string is what is wrong with them. */
export function readMutantOptions(argv: readonly string[]): MutantOptions | string {
  const targets: string[] = [];
  let most = 40;
  for (let at = 0; at < argv.length; at += 1) {
    const word = argv[at] ?? '';
    if (word === '--all') most = Number.POSITIVE_INFINITY;
    else if (word === '--most') {
      at += 1;
      most = Number(argv[at]);
      if (!Number.isInteger(most) || most < 1) return '--most takes a whole number from 1';
    } else if (word.startsWith('-')) return `unknown option ${word}`;
    else targets.push(word.replace(/^\.\//, '').replace(/\/$/, ''));
  }
  return targets.length === 0 ? 'name at least one file or folder' : { targets, most };
}
