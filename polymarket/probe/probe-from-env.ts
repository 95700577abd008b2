/** The probe from environment variables, for `npm run venue:probe`. */
import { readLiveSecrets } from '../account/credentials.ts';
import type { ProbePorts } from './probe-calls.ts';
import type { ProbeItem } from './probe-item.ts';
import { runProbe } from './run-probe.ts';

export interface CommandWishes {
  readonly long: boolean;
  readonly limits: boolean;
  readonly account: boolean;
  readonly order: boolean;
  /** The most that `--order-fak` may spend, in whole dollars. */
  readonly fakDollars: number | null;
}

/** Throws TypeError naming the variable that is not set to an address. */
export function probeVariables(
  variables: Readonly<Record<string, string | undefined>>,
  { long, limits, account, order, fakDollars }: CommandWishes,
  ports: ProbePorts,
): Promise<readonly ProbeItem[]> {
  const address = (name: string): string => {
    const value = variables[name] ?? '';
    if (!URL.canParse(value)) throw new TypeError(`${name} is not set to an address`);
    return value.replace(/\/+$/, '');
  };
  const clobUrl = address('POLYMARKET_CLOB_URL');
  const socketUrl = address('POLYMARKET_CLOB_WS_URL');
  const addresses = {
    clobUrl,
    dataUrl: address('POLYMARKET_DATA_URL'),
    gammaUrl: address('POLYMARKET_GAMMA_URL'),
    orderUrl: variables.POLYMARKET_ORDER_URL ? address('POLYMARKET_ORDER_URL') : clobUrl,
    geoblockUrl: address('POLYMARKET_GEOBLOCK_URL'),
    marketUrl: `${socketUrl}/ws/market`,
    userUrl: `${socketUrl}/ws/user`,
    rtdsUrl: address('POLYMARKET_RTDS_URL'),
  };
  const places = order || fakDollars !== null;
  return runProbe(addresses, ports, {
    long,
    limits,
    account: account || places ? readLiveSecrets(variables) : null,
    orders: places ? { postOnly: order, fakDollars: fakDollars === null ? null : BigInt(fakDollars) } : null,
  });
}
