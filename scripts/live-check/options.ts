// Reads what a person wrote after `npm run live:check --`, and the variables that the check is made with. Every mistake
// comes back as one sentence, which never holds a value.
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';

export type CheckOptions = {
  json: boolean;
  /** The file that names keys and addresses; undefined when there is none. */
  envFile: string | undefined;
};

export type ReadCheckOptions =
  | { kind: 'check'; options: CheckOptions }
  | { kind: 'help' }
  | { kind: 'mistake'; sentence: string };

export const HELP = `npm run live:check -- [options]

Says what is ready for live trading and what is not. Places nothing, changes nothing.

  --env FILE   read POLYMARKET_* from this file (.dev.vars, where it is there); for the practice start
               that is .state/app.env
  --json       print the items as JSON
  --help       this text

The environment wins over the file, and the file over the addresses of wrangler.toml. The region is that of this
machine: for a deployed Worker run the check on its Status page.
Exit code: 0 nothing is in the way, 1 something is not ready, 2 a mistake in the command.`;

/** The options in `argv`; `folder` is where a relative file is looked up, `root` the project's own folder. */
export function readCheckOptions(
  argv: readonly string[],
  { folder, root }: { folder: string; root: string },
): ReadCheckOptions {
  const usual = join(root, '.dev.vars');
  const options: CheckOptions = { json: false, envFile: existsSync(usual) ? usual : undefined };
  const words = [...argv];
  // Each turn takes at least one word, so this ends with the words.
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === '--help' || word === '-h') return { kind: 'help' };
    if (word === '--json') options.json = true;
    else if (word === '--env') {
      const file = words.shift();
      if (file === undefined || file.startsWith('-')) return mistake('--env needs a file.');
      options.envFile = resolve(folder, file);
      if (!existsSync(options.envFile)) return mistake(`--env: there is no file ${options.envFile}.`);
    } else return mistake(`Unknown option "${word}"; npm run live:check -- --help lists them.`);
  }
  return { kind: 'check', options };
}

/** The variables by name: wrangler.toml's, above them the file's, above them those of the environment. */
export function readVariables({
  wranglerToml,
  envFile,
  environment,
}: {
  wranglerToml: string;
  envFile: string | undefined;
  environment: Record<string, string | undefined>;
}): Record<string, string> {
  const inFile = envFile === undefined ? {} : parseEnv(readFileSync(envFile, 'utf8'));
  const all = { ...varsOf(readFileSync(wranglerToml, 'utf8')), ...inFile, ...environment };
  return Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) =>
      name.startsWith('POLYMARKET_') && value !== undefined && value !== '' ? [[name, value]] : [],
    ),
  );
}

/** The plain texts under [vars]; that table holds nothing else. */
function varsOf(toml: string): Record<string, string> {
  const table = /^\[vars\]\n([^[]*)/m.exec(toml)?.[1] ?? '';
  return Object.fromEntries(
    [...table.matchAll(/^(\w+) = "([^"\n]*)"$/gm)].map(([, name = '', value = '']) => [name, value]),
  );
}

function mistake(sentence: string): ReadCheckOptions {
  return { kind: 'mistake', sentence };
}
