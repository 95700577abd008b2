// Reads what a person wrote after `npm run bench --`. Every mistake comes back as one sentence.

export const BENCHES = {
  cost: 'rows, requests and seconds awake of three loads, priced by both plans of Cloudflare',
  load: 'leader fills a second through paper and SHADOW, until the lag grows (design.md 12)',
  latency: 'a leader’s trade on the live feed → our order at the exchange (design.md 12)',
  pages: 'rows read and server time of every page on a database of a million attempts, which it makes',
  soak: 'the app for half an hour at 20 fills a second of 100 leaders: memory, storage, outbox and lag',
  year: 'bytes of D1 over 400 days of 500 leader fills, with what the clean-up removes',
} as const;
export type BenchName = keyof typeof BENCHES;

export interface BenchOptions {
  readonly name: BenchName;
  readonly json: boolean;
  /** Leader trades, or answers of each page, that are measured, after those that warm up; year: leader fills a day. */
  readonly count: number;
  /** pages: attempts in the database. */
  readonly rows: number;
  /** pages: whether the database stays for the next run. */
  readonly keep: boolean;
  /** cost: the loads that are run; all where none is named. */
  readonly loads: readonly LoadName[];
  /** soak: how long, half an hour where absent, and where the plot goes; none where absent. */
  readonly minutes?: number;
  readonly plot?: string;
  /** year: days of virtual time, 400 where absent. */
  readonly days?: number;
  /** cost: hours of each load on virtual time; its own where absent. */
  readonly hours?: number;
}

export const LOAD_NAMES = ['idle', 'paper', 'live'] as const;
export type LoadName = (typeof LOAD_NAMES)[number];

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

export type ReadBench =
  | { readonly kind: 'run'; readonly options: BenchOptions }
  | { readonly kind: 'list'; readonly text: string }
  | { readonly kind: 'mistake'; readonly sentence: string };

const COUNT_DEFAULT = { cost: 0, latency: 300, load: 15, pages: 20, year: 500, soak: 0 } as const;
const HOURS_MAX = 48;
const MINUTES_MAX = 24 * 60;
const DAYS_MAX = 2_000;
const COUNT_MAX = 10_000;
const ROWS_DEFAULT = 1_000_000;
const ROWS_MIN = 500;
const ROWS_MAX = 5_000_000;

/** The options in `argv`; without a name the list of benches. */
export function readBenchOptions(argv: readonly string[]): ReadBench {
  const [name, ...words] = argv;
  if (name === undefined || name === '--help' || name === '-h') return { kind: 'list', text: listed() };
  if (!isBench(name)) {
    return mistake(`There is no bench "${name}"; npm run bench lists them.`);
  }
  const options = {
    name,
    json: false,
    count: COUNT_DEFAULT[name] as number,
    rows: ROWS_DEFAULT,
    keep: false,
    loads: [] as LoadName[],
  } as Writable<BenchOptions> & { loads: LoadName[] };
  // Each turn takes at least one word, so this ends with the words.
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === '--json') options.json = true;
    else if (word === '--keep' && name === 'pages') options.keep = true;
    else if (word === '--load' && name === 'cost') {
      const load = LOAD_NAMES.find((one) => one === words[0]);
      if (load === undefined) return mistake(`--load needs one of ${LOAD_NAMES.join(', ')}.`);
      words.shift();
      options.loads.push(load);
    } else if (word === '--hours' && name === 'cost') {
      const hours = numberIn(words.shift(), 1, HOURS_MAX);
      if (hours === undefined) return mistake(`--hours needs a number from 1 to ${HOURS_MAX}.`);
      options.hours = hours;
    } else if (word === '--minutes' && name === 'soak') {
      const minutes = numberIn(words.shift(), 1, MINUTES_MAX);
      if (minutes === undefined) return mistake(`--minutes needs a number from 1 to ${MINUTES_MAX}.`);
      options.minutes = minutes;
    } else if (word === '--plot' && name === 'soak') {
      const plot = words.shift();
      if (plot?.endsWith('.svg') !== true) return mistake('--plot needs the name of an SVG file.');
      options.plot = plot;
    } else if (word === '--days' && name === 'year') {
      const days = numberIn(words.shift(), 1, DAYS_MAX);
      if (days === undefined) return mistake(`--days needs a number from 1 to ${DAYS_MAX}.`);
      options.days = days;
    } else if (word === '--count' && name !== 'cost') {
      const count = numberIn(words.shift(), 1, COUNT_MAX);
      if (count === undefined) return mistake(`--count needs a number from 1 to ${COUNT_MAX}.`);
      options.count = count;
    } else if (word === '--rows' && name === 'pages') {
      const rows = numberIn(words.shift(), ROWS_MIN, ROWS_MAX);
      if (rows === undefined) return mistake(`--rows needs a number from ${ROWS_MIN} to ${ROWS_MAX}.`);
      options.rows = rows;
    } else return mistake(`Unknown option "${word}"; npm run bench lists what there is.`);
  }
  return { kind: 'run', options };
}

function numberIn(text: string | undefined, min: number, max: number): number | undefined {
  const number = /^\d{1,7}$/.test(text ?? '') ? Number(text) : Number.NaN;
  return number >= min && number <= max ? number : undefined;
}

function isBench(name: string): name is BenchName {
  return Object.hasOwn(BENCHES, name);
}

function listed(): string {
  const lines = Object.entries(BENCHES).map(([name, what]) => `  ${name.padEnd(10)} ${what}`);
  return [
    'npm run bench -- cost [--json] [--load idle|paper|live] [--hours N]',
    'npm run bench -- latency [--json] [--count N]',
    'npm run bench -- load [--json] [--count SECONDS]',
    'npm run bench -- pages [--json] [--count N] [--rows N] [--keep]',
    'npm run bench -- soak [--json] [--minutes N] [--plot FILE.svg]',
    'npm run bench -- year [--json] [--count FILLS_A_DAY] [--days N]',
    '',
    ...lines,
    '',
    'Exits with 1 where a budget is missed.',
  ].join('\n');
}

function mistake(sentence: string): ReadBench {
  return { kind: 'mistake', sentence };
}
