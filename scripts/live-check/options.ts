// Parses the arguments of `npm run live:check --` and reads the variables for the check. A mistake is returned as one
// sentence, which never contains a value.
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';

export type CheckOptions = {
  json: boolean;
  /** The file with keys and addresses; undefined when there is none. */
  envFile: string | undefined;
};

export type ReadCheckOptions =
  | { kind: 'check'; options: CheckOptions }
  | { kind: 'help' }
  | { kind: 'mistake'; sentence: string };

export const HELP = `npm run live:check -- [options]

Says what is ready for live trading and what is not. Places no order and changes nothing.

  --env FILE   read POLYMARKET_* from this file (default: .dev.vars if it exists); for the practice start
               use .state/app.env
  --json       print the items as JSON
  --help       this text

The environment overrides the file, and the file overrides the addresses of wrangler.toml. The region is that of this
machine: for a deployed Worker run the check on its Status page.
Exit code: 0 nothing is known to be wrong, 1 something is not ready, 2 a mistake in the command.`;

/** The options in `argv`. Relative files are looked up in `folder`; `root` is the project's folder. */
export function readCheckOptions(
  argv: readonly string[],
  { folder, root }: { folder: string; root: string },
): ReadCheckOptions {
  const usual = join(root, '.dev.vars');
  const options: CheckOptions = { json: false, envFile: existsSync(usual) ? usual : undefined };
  const words = [...argv];
  // Each turn removes at least one word, so the loop ends.
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

/** The POLYMARKET_* variables by name: the environment overrides the file, the file overrides wrangler.toml. */
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

/** The texts under [vars]; that table has no other values. */
function varsOf(toml: string): Record<string, string> {
  const table = /^\[vars\]\n([^[]*)/m.exec(toml)?.[1] ?? '';
  return Object.fromEntries(
    [...table.matchAll(/^(\w+) = "([^"\n]*)"$/gm)].map(([, name = '', value = '']) => [name, value]),
  );
}

function mistake(sentence: string): ReadCheckOptions {
  return { kind: 'mistake', sentence };
}
