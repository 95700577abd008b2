// Parses the arguments of `npm run venue:probe --`. A mistake is returned as one sentence, which never contains a value.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

export type ProbeWishes = {
  long: boolean;
  limits: boolean;
  account: boolean;
  order: boolean;
  fakDollars: number | null;
};

export type ProbeOptions = {
  wishes: ProbeWishes;
  json: boolean;
  /** Where samples are written; undefined for none. */
  recordDir: string | undefined;
  /** The file with keys and addresses; undefined when there is none. */
  envFile: string | undefined;
};

export type ReadProbeOptions =
  | { kind: 'probe'; options: ProbeOptions }
  | { kind: 'help' }
  | { kind: 'mistake'; sentence: string };

const FAK_DOLLARS_MAX = 20;

export const HELP = `npm run venue:probe -- [options]

Asks the venue what only a live call settles (reference/polymarket-api.md 0a) and says per item: as expected, differs (what was
seen and what it means for you), or could not be asked. By default without keys, in less than a minute, and nothing that trades.

  --long           also the items of 15 minutes: the live stream, new markets an hour
  --limits         also 210 reads in ten seconds: this address is refused for a while afterwards
  --account        also reads with the account's keys
  --order          also one post-only order of five shares at the lowest tick, read back and cancelled
  --order-fak N    also one FAK at the lowest tick, for at most N dollars (1 to ${FAK_DOLLARS_MAX})
  --record DIR     write each answer there, with pseudonyms for the addresses of wallets
  --env FILE       read POLYMARKET_* from this file (default: .dev.vars if it exists)
  --json           print the items as JSON
  --help           this text

Exit code: 0 nothing differs, 1 something differs, 2 a mistake in the command.`;

/** The options in `argv`. Relative files are looked up in `folder`; `root` is the project's folder. */
export function readProbeOptions(
  argv: readonly string[],
  { folder, root }: { folder: string; root: string },
): ReadProbeOptions {
  const usual = join(root, '.dev.vars');
  const wishes: ProbeWishes = { long: false, limits: false, account: false, order: false, fakDollars: null };
  const options: ProbeOptions = {
    wishes,
    json: false,
    recordDir: undefined,
    envFile: existsSync(usual) ? usual : undefined,
  };
  const words = [...argv];
  // Each turn removes at least one word, so the loop ends.
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    switch (word) {
      case '--help':
      case '-h':
        return { kind: 'help' };
      case '--json':
        options.json = true;
        break;
      case '--long':
      case '--limits':
      case '--account':
      case '--order':
        wishes[word.slice(2) as 'long' | 'limits' | 'account' | 'order'] = true;
        break;
      case '--order-fak': {
        const dollars = words.shift() ?? '';
        if (!/^\d{1,2}$/.test(dollars) || Number(dollars) < 1 || Number(dollars) > FAK_DOLLARS_MAX)
          return mistake(`--order-fak needs whole dollars from 1 to ${FAK_DOLLARS_MAX}.`);
        wishes.fakDollars = Number(dollars);
        break;
      }
      case '--record':
      case '--env': {
        const path = words.shift();
        if (path === undefined || path.startsWith('-')) return mistake(`${word} needs a path.`);
        if (word === '--record') options.recordDir = resolve(folder, path);
        else options.envFile = resolve(folder, path);
        if (word === '--env' && !existsSync(resolve(folder, path)))
          return mistake('--env: there is no such file.');
        break;
      }
      default:
        return mistake(`Unknown option "${word}"; npm run venue:probe -- --help lists them.`);
    }
  }
  return { kind: 'probe', options };
}

function mistake(sentence: string): ReadProbeOptions {
  return { kind: 'mistake', sentence };
}
