// Reads what a person wrote after `npm start --`. Every mistake comes back as one sentence, nothing is guessed.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

export type StartOptions = {
  port: number;
  reset: boolean;
  venue: 'practice' | 'polymarket';
  /** Hand the practice trader's keys to the app. */
  live: boolean;
  tapes: readonly string[];
  /** How many times faster than recorded a tape plays. */
  speed: number;
  stateDir: string;
  /** How long the practice exchange takes to answer: `recorded`, or milliseconds. */
  latency: string;
};

export type ReadOptions =
  | { kind: 'start'; options: StartOptions }
  | { kind: 'help' }
  | { kind: 'mistake'; sentence: string };

/** The practice exchange takes the next port, so the last one has no room for it. */
const PORT_MAX = 65_534;
const DEFAULT_PORT = 8787;
const SPEED_MAX = 1_000;

export const HELP = `npm start -- [options]

  --port N             the app's port on 127.0.0.1 (${DEFAULT_PORT}); the practice exchange takes N+1
  --reset              wipe the state of the app and of the practice exchange first
  --live               trade live on the practice exchange with practice keys; SHADOW on the first start
  --venue polymarket   use the real public addresses instead of the practice exchange
  --tape FILE...       play recordings (.csv or .csv.gz): Data API activity or market channel
  --speed N            how many times faster the tapes play (1)
  --latency N          milliseconds that the practice exchange takes to answer (as recorded at the venue)
  --state DIR          where state, logs and the generated password are kept (.state)
  --help               this text

Environment: POLYMARKET_CLOB_URL, POLYMARKET_ORDER_URL, POLYMARKET_CLOB_WS_URL, POLYMARKET_RTDS_URL,
POLYMARKET_DATA_URL, POLYMARKET_GAMMA_URL and POLYMARKET_GEOBLOCK_URL win over every other address; EXPORT_TOKEN
lets a program read /export with "Authorization: Bearer". POLYMARKET_PRIVATE_KEY, POLYMARKET_FUNDER_ADDRESS and
POLYMARKET_SIGNATURE_TYPE are used with --venue polymarket only.`;

/** The options in `argv`; `folder` is where relative files are looked up, `root` the project's own folder. */
export function readOptions(
  argv: readonly string[],
  { folder, root }: { folder: string; root: string },
): ReadOptions {
  const options = {
    port: DEFAULT_PORT,
    reset: false,
    venue: 'practice' as StartOptions['venue'],
    live: false,
    tapes: [] as string[],
    speed: 1,
    stateDir: resolve(root, '.state'),
    latency: 'recorded',
  };
  const words = [...argv];
  // Each turn takes at least one word, so this ends with the words.
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    switch (word) {
      case '--help':
      case '-h':
        return { kind: 'help' };
      case '--reset':
        options.reset = true;
        break;
      case '--live':
        options.live = true;
        break;
      case '--port': {
        const port = wholeNumber(words.shift());
        if (port === undefined || port < 1 || port > PORT_MAX)
          return mistake(`--port needs a number from 1 to ${PORT_MAX}.`);
        options.port = port;
        break;
      }
      case '--venue': {
        const venue = words.shift();
        if (venue !== 'practice' && venue !== 'polymarket')
          return mistake('--venue needs "practice" or "polymarket".');
        options.venue = venue;
        break;
      }
      case '--tape': {
        const taken = takeTapes(words, folder);
        if (typeof taken === 'string') return mistake(taken);
        options.tapes.push(...taken);
        break;
      }
      case '--speed': {
        const speed = decimal(words.shift());
        if (speed === undefined || speed <= 0 || speed > SPEED_MAX)
          return mistake(`--speed needs a number above 0, at most ${SPEED_MAX}.`);
        options.speed = speed;
        break;
      }
      case '--latency':
        options.latency = words.shift() ?? '';
        break;
      case '--state': {
        const dir = words.shift();
        if (dir === undefined || dir.startsWith('-')) return mistake('--state needs a folder.');
        options.stateDir = resolve(folder, dir);
        break;
      }
      default:
        return mistake(`Unknown option "${word}"; npm start -- --help lists them.`);
    }
  }
  const sentence = contradiction(options, { speedGiven: argv.includes('--speed') });
  return sentence === undefined ? { kind: 'start', options } : mistake(sentence);
}

/** What does not go together, in one sentence. */
function contradiction(
  { venue, tapes, live, latency }: StartOptions,
  { speedGiven }: { speedGiven: boolean },
): string | undefined {
  if (latency !== 'recorded' && wholeNumber(latency) === undefined)
    return '--latency needs "recorded" or a number of milliseconds.';
  if (venue === 'polymarket' && tapes.length > 0)
    return '--tape plays on the practice exchange and cannot go with --venue polymarket.';
  if (venue === 'polymarket' && live)
    return (
      '--live brings practice keys; with --venue polymarket your own come from the environment: ' +
      'POLYMARKET_PRIVATE_KEY, POLYMARKET_FUNDER_ADDRESS and POLYMARKET_SIGNATURE_TYPE.'
    );
  if (speedGiven && tapes.length === 0) return '--speed goes with --tape.';
  return undefined;
}

/** The recordings named next, or what is wrong with them. */
function takeTapes(words: string[], folder: string): readonly string[] | string {
  const taken = takeFiles(words).map((file) => resolve(folder, file));
  if (taken.length === 0) return '--tape needs at least one file.';
  const wrong = taken.find((file) => !/\.csv(\.gz)?$/.test(file) || !existsSync(file));
  return wrong === undefined ? taken : `--tape: ${wrong} is not an existing .csv or .csv.gz file.`;
}

function takeFiles(words: string[]): string[] {
  const end = words.findIndex((word) => word.startsWith('-'));
  return words.splice(0, end === -1 ? words.length : end);
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) : undefined;
}

function decimal(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,6}(\.\d{1,6})?$/.test(text) ? Number(text) : undefined;
}

function mistake(sentence: string): ReadOptions {
  return { kind: 'mistake', sentence };
}
