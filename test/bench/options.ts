// Reads what a person wrote after `npm run bench --`. Every mistake comes back as one sentence.

export const BENCHES = {
  latency: 'a leader’s trade on the live feed → our order at the exchange (design.md 12)',
} as const;
export type BenchName = keyof typeof BENCHES;

export interface BenchOptions {
  readonly name: BenchName;
  readonly json: boolean;
  /** Leader trades that are measured, after those that warm up. */
  readonly count: number;
}

export type ReadBench =
  | { readonly kind: 'run'; readonly options: BenchOptions }
  | { readonly kind: 'list'; readonly text: string }
  | { readonly kind: 'mistake'; readonly sentence: string };

const COUNT_DEFAULT = 300;
const COUNT_MAX = 10_000;

/** The options in `argv`; without a name the list of benches. */
export function readBenchOptions(argv: readonly string[]): ReadBench {
  const [name, ...words] = argv;
  if (name === undefined || name === '--help' || name === '-h') return { kind: 'list', text: listed() };
  if (!isBench(name)) {
    return mistake(`There is no bench "${name}"; npm run bench lists them.`);
  }
  let json = false;
  let count = COUNT_DEFAULT;
  // Each turn takes at least one word, so this ends with the words.
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === '--json') json = true;
    else if (word === '--count') {
      const given = words.shift() ?? '';
      if (!/^\d{1,5}$/.test(given) || Number(given) < 1 || Number(given) > COUNT_MAX)
        return mistake(`--count needs a number from 1 to ${COUNT_MAX}.`);
      count = Number(given);
    } else return mistake(`Unknown option "${word}"; npm run bench lists what there is.`);
  }
  return { kind: 'run', options: { name, json, count } };
}

function isBench(name: string): name is BenchName {
  return Object.hasOwn(BENCHES, name);
}

function listed(): string {
  const lines = Object.entries(BENCHES).map(([name, what]) => `  ${name.padEnd(10)} ${what}`);
  return [
    'npm run bench -- NAME [--json] [--count N]',
    '',
    ...lines,
    '',
    'Exits with 1 where a budget is missed.',
  ].join('\n');
}

function mistake(sentence: string): ReadBench {
  return { kind: 'mistake', sentence };
}
