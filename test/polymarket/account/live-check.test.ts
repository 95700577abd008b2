/** The live check: every item in plain words, for accounts in every state, and not one order placed by it. */
import { describe, expect, it } from 'vitest';
import type { CheckItem } from '../../../domain/orders/orders.ts';
import { checkVariables, type LiveCheckPorts } from '../../../polymarket/account/live-check-from-env.ts';
import type { PracticeExchange } from '../../../simulator/practice-exchange.ts';
import { type Bench, openBench } from '../../simulator/harness.ts';
import { FUNDER, PRACTICE_KEY } from '../../simulator/trader.ts';
import { hostOfExchange } from './account-host.ts';

const VARIABLES = {
  POLYMARKET_PRIVATE_KEY: PRACTICE_KEY,
  POLYMARKET_FUNDER_ADDRESS: FUNDER,
  POLYMARKET_SIGNATURE_TYPE: '3',
  POLYMARKET_CLOB_URL: 'http://practice.local',
  POLYMARKET_CLOB_WS_URL: 'ws://practice.local',
  POLYMARKET_GEOBLOCK_URL: 'http://practice.local/api/geoblock',
};

function portsOf(bench: Bench): LiveCheckPorts {
  return {
    fetch: hostOfExchange(bench.exchange, bench.nowMs).fetch,
    nowMs: bench.nowMs,
    setTimer: () => () => {},
    openSocket: () => {
      let onMessage: (text: string) => void = () => {};
      let onClose: () => void = () => {};
      const socket = bench.exchange.openUserSocket(
        (text) => onMessage(text),
        () => onClose(),
      );
      return Promise.resolve({
        send: (text) => socket.receive(text),
        close: () => socket.close(),
        onMessage: (callback) => {
          onMessage = callback;
        },
        onClose: (callback) => {
          onClose = callback;
        },
      });
    },
  };
}

async function check(
  given: {
    change?: Partial<Record<keyof typeof VARIABLES, string | undefined>>;
    prepare?: (exchange: PracticeExchange) => void;
    ports?: Partial<LiveCheckPorts>;
  } = {},
): Promise<Record<string, CheckItem>> {
  const bench = openBench();
  given.prepare?.(bench.exchange);
  const ports = { ...portsOf(bench), ...given.ports };
  const items = await checkVariables({ ...VARIABLES, ...given.change }, ports);
  expect(JSON.stringify(items)).not.toContain(PRACTICE_KEY.slice(2));
  expect(bench.exchange.placedOrders()).toEqual([]);
  for (const { sentence } of items) expect(sentence).toMatch(/^[A-Z].*\.\)?\.?$/s);
  return Object.fromEntries(items.map((item) => [item.name, item]));
}
const states = (items: Record<string, CheckItem>) =>
  Object.fromEntries(Object.values(items).map(({ name, state }) => [name, state]));

const READY = {
  key: 'READY',
  funder: 'READY',
  signatureType: 'READY',
  credentials: 'READY',
  balance: 'READY',
  allowances: 'READY',
  account: 'READY',
  userChannel: 'READY',
  region: 'READY',
  clock: 'READY',
};

describe('the live check', () => {
  it('finds everything ready, places nothing, and says where it is seen from', async () => {
    const items = await check();
    expect(states(items)).toEqual(READY);
    expect(items.region?.sentence).toContain('IE');
    expect(items.balance?.sentence).toContain('$1000');
    expect(items.funder?.sentence).toContain(FUNDER);
  });

  it('names the secrets that are not set, and still looks at region and clock', async () => {
    const items = await check({
      change: { POLYMARKET_PRIVATE_KEY: undefined, POLYMARKET_SIGNATURE_TYPE: '' },
    });
    expect(states(items)).toEqual({
      ...Object.fromEntries(Object.keys(READY).map((name) => [name, 'UNKNOWN'])),
      key: 'NOT_READY',
      signatureType: 'NOT_READY',
      region: 'READY',
      clock: 'READY',
    });
    expect(items.key?.sentence).toContain('POLYMARKET_PRIVATE_KEY is not set');
  });

  it('says which secret is malformed', async () => {
    const items = await check({ change: { POLYMARKET_FUNDER_ADDRESS: '0x12' } });
    expect(states(items)).toMatchObject({ key: 'UNKNOWN', funder: 'NOT_READY', credentials: 'UNKNOWN' });
  });

  const account = (change: Parameters<PracticeExchange['changeTrader']>[1]) => ({
    prepare: (exchange: PracticeExchange) => exchange.changeTrader(FUNDER, change),
  });
  it.each([
    ['an account that may only close', account({ closedOnly: true }), { account: 'NOT_READY' }],
    ['an allowance of zero', account({ allowances: {} }), { allowances: 'NOT_READY' }],
    [
      'no collateral',
      { prepare: (exchange: PracticeExchange) => exchange.withdraw(FUNDER, '1000') },
      { balance: 'NOT_READY' },
    ],
    [
      'a region that may not trade',
      {
        prepare: (exchange: PracticeExchange) =>
          exchange.faults.add({ channel: 'order', kind: 'region', count: 1 }),
      },
      { region: 'NOT_READY' },
    ],
    [
      'a proxy that lets no order through',
      {
        prepare: (exchange: PracticeExchange) =>
          exchange.faults.add({ channel: 'order', kind: 'egress', count: 1 }),
      },
      { region: 'NOT_READY' },
    ],
    [
      'a restart of the engine',
      {
        prepare: (exchange: PracticeExchange) =>
          exchange.faults.add({ channel: 'order', kind: 'restart', count: 1 }),
      },
      { region: 'UNKNOWN' },
    ],
  ])('finds %s, and all else ready', async (_what, given, expected) => {
    expect(states(await check(given))).toEqual({ ...READY, ...expected });
  });

  it('finds a clock that is off, on which the venue refuses the key as well', async () => {
    const bench = openBench();
    const items = await check({ ports: { ...portsOf(bench), nowMs: () => bench.nowMs() + 120_000 } });
    expect(states(items)).toMatchObject({ clock: 'NOT_READY', credentials: 'NOT_READY', balance: 'UNKNOWN' });
    expect(items.clock?.sentence).toMatch(/1(19|20) seconds/);
  });

  it('says that it could not tell, when nothing answers', async () => {
    const items = await check({ ports: { fetch: () => Promise.reject(new TypeError('fetch failed')) } });
    expect(new Set(Object.values(states(items)).slice(3))).toEqual(new Set(['UNKNOWN']));
  });

  it('tells a channel that hangs up from one that answers', async () => {
    const mute = {
      send: () => {},
      close: () => {},
      onMessage: () => {},
      onClose: (end: () => void) => end(),
    };
    const items = await check({ ports: { openSocket: () => Promise.resolve(mute) } });
    expect(items.userChannel).toMatchObject({ state: 'NOT_READY' });
    const failed = await check({ ports: { openSocket: () => Promise.reject(new Error('no')) } });
    expect(failed.userChannel).toMatchObject({ state: 'UNKNOWN' });
  });

  it('does without an address only by saying which', async () => {
    await expect(check({ change: { POLYMARKET_CLOB_URL: 'venue' } })).rejects.toThrow(/POLYMARKET_CLOB_URL/);
  });
});
