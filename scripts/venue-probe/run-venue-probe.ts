// `npm run venue:probe` except the probe itself, which is a parameter: options, variables, samples, one line per item, the exit code.
// The private key is removed from everything that is printed.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hiding } from '../live-check/hiding.ts';
import { readVariables } from '../live-check/options.ts';
import { HELP, type ProbeWishes, readProbeOptions } from './options.ts';

/** The same as in polymarket/probe/probe-item.ts; scripts import nothing of the product. */
export type ProbeItem = {
  readonly item: string;
  readonly title: string;
  readonly request: string;
  readonly outcome: 'AS_EXPECTED' | 'DIFFERS' | 'COULD_NOT_ASK';
  readonly sentence: string;
};

const MARKS = { AS_EXPECTED: 'as expected', DIFFERS: 'DIFFERS', COULD_NOT_ASK: 'could not ask' } as const;
const MARK_WIDTH = 13;

/** Returns the exit code: 0 when nothing differs, 1 when something does, 2 for a mistake. */
export async function runVenueProbe({
  root,
  argv,
  environment,
  probe,
  say,
  complain,
}: {
  root: string;
  argv: readonly string[];
  environment: Record<string, string | undefined>;
  probe: (
    variables: Readonly<Record<string, string>>,
    wishes: ProbeWishes,
    record: ((name: string, text: string) => void) | undefined,
  ) => Promise<readonly ProbeItem[]>;
  say: (line: string) => void;
  complain: (line: string) => void;
}): Promise<number> {
  const read = readProbeOptions(argv, { folder: environment.INIT_CWD ?? process.cwd(), root });
  if (read.kind === 'help') {
    say(HELP);
    return 0;
  }
  if (read.kind === 'mistake') {
    complain(read.sentence);
    return 2;
  }
  const { envFile, json, recordDir, wishes } = read.options;
  const variables = readVariables({ wranglerToml: join(root, 'wrangler.toml'), envFile, environment });
  const hide = hiding(variables.POLYMARKET_PRIVATE_KEY ?? '');
  try {
    const items = (await probe(variables, wishes, recorderOf(recordDir))).map((item) => ({
      ...item,
      sentence: hide(item.sentence),
    }));
    const differing = items.filter(({ outcome }) => outcome === 'DIFFERS').length;
    if (json) say(JSON.stringify({ differing, items }, null, 2));
    else for (const line of linesOf(items, differing)) say(line);
    return differing === 0 ? 0 : 1;
  } catch (error) {
    complain(hide(`The probe itself failed: ${error instanceof Error ? error.message : String(error)}`));
    return 1;
  }
}

function recorderOf(dir: string | undefined): ((name: string, text: string) => void) | undefined {
  if (dir === undefined) return undefined;
  mkdirSync(dir, { recursive: true });
  return (name, text) => writeFileSync(join(dir, name), text);
}

function linesOf(items: readonly ProbeItem[], differing: number): string[] {
  const notAsked = items.filter(({ outcome }) => outcome === 'COULD_NOT_ASK').length;
  return [
    ...items.map(
      ({ item, title, outcome, sentence }) =>
        `${item.padEnd(4)}${MARKS[outcome].padEnd(MARK_WIDTH)} ${title}: ${sentence}`,
    ),
    `${items.length} items: ${differing} differ, ${notAsked} could not be asked.`,
  ];
}
