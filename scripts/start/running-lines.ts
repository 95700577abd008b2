// What a start says once everything answers.
import type { PracticeLeader } from './practice-exchange.ts';

export interface Running {
  readonly port: number;
  readonly password: string;
  /** Undefined: the venue is no practice exchange. */
  readonly exchangePort: number | undefined;
  readonly leaders: readonly PracticeLeader[];
  /** The app was given a key to sign with. */
  readonly hasKey: boolean;
  /** The addresses that the environment names. */
  readonly named: readonly string[];
  /** The folder with the logs. */
  readonly dir: string;
}

/** The lines for the terminal: where it runs, how to sign in, which venue, whom it follows. */
export function runningLines(running: Running): readonly string[] {
  const { port, password, named, dir } = running;
  return [
    '',
    'PolymarketSpy is running',
    `  address   http://127.0.0.1:${port}`,
    `  password  ${password}`,
    ...venueLines(running),
    ...(named.length > 0 ? [`  but       ${named.join(', ')} as your environment says`] : []),
    `  logs      ${dir}/*.log`,
    'Ctrl-C ends it.',
  ];
}

function venueLines({ exchangePort, hasKey, leaders }: Running): readonly string[] {
  if (exchangePort === undefined) {
    const reach = hasKey
      ? 'with your key; live stays OFF until you switch it on'
      : 'read only, copied on paper';
    return [`  venue     the real Polymarket, ${reach}`];
  }
  return [
    `  venue     practice exchange, http://127.0.0.1:${exchangePort}/control/status`,
    `  follows   ${leaders.map(({ name }) => name).join(', ')} (on the first start)`,
    ...(hasKey ? ['  live      practice keys; SHADOW on the first start, ON from the page'] : []),
  ];
}
