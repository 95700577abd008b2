// `npm run live:check` except the check itself, which is a parameter: options, variables, one line per item, the exit code.
// The private key is removed from everything that is printed.
import { join } from 'node:path';
import { hiding } from './hiding.ts';
import { HELP, readCheckOptions, readVariables } from './options.ts';

/** The same as in domain/orders/orders.ts; scripts import nothing of the product. */
export type CheckItem = {
  readonly name: string;
  readonly state: 'READY' | 'NOT_READY' | 'UNKNOWN';
  readonly sentence: string;
};

const MARKS = { READY: 'ready', NOT_READY: 'NOT READY', UNKNOWN: 'unknown' } as const;
const WIDTH = 10;

/** Returns the exit code: 0 when nothing is known to be wrong, 1 when something is not ready, 2 for a mistake. */
export async function runLiveCheck({
  root,
  argv,
  environment,
  check,
  say,
  complain,
}: {
  root: string;
  argv: readonly string[];
  environment: Record<string, string | undefined>;
  /** Runs the check with these variables; places no order. */
  check: (variables: Readonly<Record<string, string>>) => Promise<readonly CheckItem[]>;
  say: (line: string) => void;
  complain: (line: string) => void;
}): Promise<number> {
  const read = readCheckOptions(argv, { folder: environment.INIT_CWD ?? process.cwd(), root });
  if (read.kind === 'help') {
    say(HELP);
    return 0;
  }
  if (read.kind === 'mistake') {
    complain(read.sentence);
    return 2;
  }
  const { envFile, json } = read.options;
  const variables = readVariables({ wranglerToml: join(root, 'wrangler.toml'), envFile, environment });
  const hide = hiding(variables.POLYMARKET_PRIVATE_KEY ?? '');
  try {
    const items = (await check(variables)).map((item) => ({ ...item, sentence: hide(item.sentence) }));
    const ready = items.every(({ state }) => state !== 'NOT_READY');
    if (json) say(JSON.stringify({ ready, items }, null, 2));
    else for (const line of linesOf(items, { ready })) say(line);
    return ready ? 0 : 1;
  } catch (error) {
    complain(hide(`The check itself failed: ${error instanceof Error ? error.message : String(error)}`));
    return 1;
  }
}

function linesOf(items: readonly CheckItem[], { ready }: { ready: boolean }): string[] {
  const unknown = items.filter(({ state }) => state === 'UNKNOWN').length;
  const end = !ready
    ? 'Not ready for live trading.'
    : unknown > 0
      ? `Nothing is known to be wrong, but ${unknown} could not be checked.`
      : 'Ready for live trading. It is switched on from the page, SHADOW first.';
  return [
    ...items.map(
      ({ name, state, sentence }) => `${MARKS[state].padEnd(WIDTH)} ${wordOf(name).padEnd(15)} ${sentence}`,
    ),
    end,
  ];
}

/** `userChannel` → `user channel`. */
function wordOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
