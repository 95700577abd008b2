/**
 * The probe against the practice exchange, where every item is as expected, and against a stand-in that differs in every item, so that
 * each sentence has been seen. Without keys nothing is placed.
 */
import { describe, expect, it } from 'vitest';
import { EXCHANGES } from '../../../polymarket/account/contracts.ts';
import type { ProbePorts } from '../../../polymarket/probe/probe-calls.ts';
import { probeVariables } from '../../../polymarket/probe/probe-from-env.ts';
import type { ProbeItem } from '../../../polymarket/probe/probe-item.ts';
import type { RawSocket } from '../../../polymarket/wire/socket.ts';
import { MemoryPorts } from '../../durable-objects/memory-ports.ts';
import { type Bench, openBench } from '../../simulator/harness.ts';
import { FUNDER, PRACTICE_KEY } from '../../simulator/trader.ts';
import { hostOfExchange } from '../account/account-host.ts';
import { CONDITION, fixture, TOKEN_1, TOKEN_2 } from '../fixture.ts';

const VARIABLES = {
  POLYMARKET_CLOB_URL: 'http://practice.local',
  POLYMARKET_DATA_URL: 'http://practice.local',
  POLYMARKET_GAMMA_URL: 'http://practice.local',
  POLYMARKET_CLOB_WS_URL: 'ws://practice.local',
  POLYMARKET_RTDS_URL: 'ws://practice.local/rtds',
  POLYMARKET_GEOBLOCK_URL: 'http://practice.local/api/geoblock',
};
const KEYS = {
  POLYMARKET_PRIVATE_KEY: PRACTICE_KEY,
  POLYMARKET_FUNDER_ADDRESS: FUNDER,
  POLYMARKET_SIGNATURE_TYPE: '3',
};
const NOTHING = { long: false, limits: false, account: false, order: false, fakDollars: null };
const EVERYTHING = { ...NOTHING, long: true, limits: true, account: true };

type Wishes = Parameters<typeof probeVariables>[1];

/** Runs the probe while its timers, and the exchange, go on. */
async function run(
  given: Omit<ProbePorts, 'setTimer' | 'nowMs'> & { pass?: (ms: number) => void },
  wishes: Wishes,
  variables: Record<string, string> = { ...VARIABLES, ...KEYS },
): Promise<readonly ProbeItem[]> {
  const { pass, ...rest } = given;
  const clock = new MemoryPorts();
  let items: readonly ProbeItem[] | undefined;
  const probing = probeVariables(variables, wishes, {
    ...rest,
    nowMs: clock.nowMs,
    setTimer: (callback, ms) => clock.timers.after(ms, callback),
  }).then((found) => {
    items = found;
  });
  while (items === undefined) {
    await clock.advance(500);
    pass?.(500);
    for (let turn = 0; turn < 5; turn += 1) await clock.settle();
  }
  await probing;
  return items;
}
const outcomes = (items: readonly ProbeItem[]) => items.map((one) => `${one.item} ${one.outcome}`);

function practice(): {
  bench: Bench;
  ports: Omit<ProbePorts, 'setTimer' | 'nowMs'> & { pass: (ms: number) => void };
} {
  const bench = openBench({ live: true, atMs: new MemoryPorts().atMs - 30_000 });
  bench.pass(30_000);
  const openSocket = async (url: string): Promise<RawSocket> => {
    let onMessage: (text: string) => void = () => {};
    let onClose: () => void = () => {};
    const send = (text: string) => onMessage(text);
    const close = () => onClose();
    const { exchange } = bench;
    const socket = url.endsWith('/ws/user')
      ? exchange.openUserSocket(send, close)
      : url.endsWith('/ws/market')
        ? exchange.openMarketSocket(send, close)
        : exchange.openRtdsSocket(send, close);
    return {
      send: (text) => socket.receive(text),
      close: () => socket.close(),
      onMessage: (callback) => {
        onMessage = callback;
      },
      onClose: (callback) => {
        onClose = callback;
      },
    };
  };
  const { fetch } = hostOfExchange(bench.exchange, bench.nowMs);
  return { bench, ports: { fetch, openSocket, pass: bench.pass } };
}

describe('the probe at the practice exchange', () => {
  it('finds what it can ask without keys as expected, and places nothing', async () => {
    const { bench, ports } = practice();
    const samples: string[] = [];
    const items = await run(
      { ...ports, record: (name, text) => void samples.push(`${name} ${text}`) },
      NOTHING,
      VARIABLES,
    );
    expect(items.filter((one) => one.outcome === 'DIFFERS')).toEqual([]);
    expect(outcomes(items)).toEqual([
      '1 AS_EXPECTED',
      // The recorded market does not exist here.
      '2 COULD_NOT_ASK',
      '3a AS_EXPECTED',
      '3b AS_EXPECTED',
      // Nobody holds dust here.
      '4 COULD_NOT_ASK',
      '5 AS_EXPECTED',
      '8 AS_EXPECTED',
      '10 AS_EXPECTED',
      '11 AS_EXPECTED',
      '15a AS_EXPECTED',
      '15b COULD_NOT_ASK',
    ]);
    expect(bench.exchange.placedOrders()).toEqual([]);
    expect(samples.length).toBeGreaterThan(20);
    for (const { address } of bench.exchange.leaders()) expect(samples.join()).not.toContain(address);
  });

  it('reads with the keys, and places and cancels the two orders that are asked for by name', async () => {
    const { bench, ports } = practice();
    const items = await run(ports, { ...NOTHING, account: true, order: true, fakDollars: 1 });
    expect(outcomes(items).filter((one) => /^(9|12|13.|14) /.test(one))).toEqual([
      '9 AS_EXPECTED',
      '12 AS_EXPECTED',
      '13a AS_EXPECTED',
      '13b AS_EXPECTED',
      '14 AS_EXPECTED',
    ]);
    expect(bench.exchange.placedOrders()).toHaveLength(2);
    expect(JSON.stringify(items)).not.toContain(PRACTICE_KEY.slice(2));
  });
});

/** Answers of a venue that differs in every item, by path; a function gets the query. */
const ANSWERS: Readonly<
  Record<
    string,
    (query: URLSearchParams) => { status?: number; body?: unknown; headers?: Record<string, string> }
  >
> = {
  '/sampling-markets': () => ({
    body: { data: [{ condition_id: CONDITION, tokens: [{ token_id: TOKEN_1 }, { token_id: TOKEN_2 }] }] },
  }),
  [`/clob-markets/${CONDITION}`]: () => ({
    body: { ...JSON.parse(fixture('clob-market.json')), fd: { r: 'free' } },
  }),
  '/v2/resolutions': () => ({ body: { data: [{ status: 'posed' }] } }),
  '/v2/trades': (query) => ({
    ...(query.get('limit') === '1' ? { status: 429, headers: { 'retry-after': '9' } } : {}),
    body: { data: [{ proxy_wallet: FUNDER }] },
    headers: { 'cf-cache-status': 'HIT', 'retry-after': '9' },
  }),
  '/v2/activity': (query) =>
    query.get('type') === 'TIP' ? { status: 400 } : { body: { data: [{ type: 'TRADE' }] } },
  '/v2/positions': () => ({ body: { data: [{ token_id: TOKEN_1, current_size: 'x' }], pagination: {} } }),
  '/markets/keyset': (query) => ({
    body: {
      markets: query.has('condition_ids') ? [] : [{ conditionId: `0x${'1'.repeat(62)}`, version: 'v2' }],
    },
  }),
  '/api/geoblock': () => ({ body: { country: 'GB' } }),
  '/order': () => ({ status: 403, body: { error: 'Trading restricted in your region' } }),
  '/time': () => ({ body: 1_700_000_000 }),
  '/auth/derive-api-key': () => ({ body: { apiKey: 'k', secret: 'c2VjcmV0', passphrase: 'p' } }),
  '/balance-allowance': () => ({
    body: { balance: '1', allowances: { [EXCHANGES[0]!.address.replace('E', 'F')]: '1' } },
  }),
  '/data/trades': () => ({ body: { data: [{ status: 'SETTLED' }], next_cursor: '' } }),
};

/** A socket that closes at once, or only says what it is given. */
function socketOf(says: readonly string[], closes: boolean): RawSocket {
  return {
    send: () => {},
    close: () => {},
    onMessage: (callback) => {
      for (const text of says) callback(text);
    },
    onClose: (callback) => {
      if (closes) callback();
    },
  };
}

const standIn = (
  change: typeof ANSWERS = {},
  socket: (url: string) => RawSocket = () => socketOf([], false),
): Omit<ProbePorts, 'setTimer' | 'nowMs'> => ({
  fetch: async (input) => {
    const url = new URL(input);
    const {
      status = 200,
      body = {},
      headers = {},
    } = { ...ANSWERS, ...change }[url.pathname]?.(url.searchParams) ?? { status: 404 };
    return new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers });
  },
  openSocket: async (url) => socket(url),
});

describe('the probe at a venue that differs in every item', () => {
  it('says of each what was seen and what it means', async () => {
    const items = await run(standIn(), { ...EVERYTHING, order: true, fakDollars: 1 });
    expect(outcomes(items)).toEqual(
      [
        '1',
        '2',
        '3a',
        '3b',
        '4',
        '5',
        '6',
        '7a',
        '7b',
        '8',
        '9',
        '10',
        '11',
        '12',
        '13a',
        '13b',
        '14',
        '15a',
        '15b',
      ].map((item) => `${item} DIFFERS`),
    );
    // Each sentence has two parts: what was seen, and what it means.
    for (const { sentence } of items) expect(sentence).toMatch(/^[A-Z0-9].*[.:] .*\.$/s);
  });

  it.each([
    [
      'a market without a version',
      '1',
      {
        [`/clob-markets/${CONDITION}`]: () => ({
          body: { ...JSON.parse(fixture('clob-market.json')), v: null },
        }),
      },
      'No live order is signed',
    ],
    [
      'a proxy that stops orders',
      '10',
      { '/order': () => ({ status: 403, body: '<html>' }) },
      'POLYMARKET_ORDER_URL',
    ],
  ])('says it of %s', async (_what, item, change, part) => {
    const items = await run(standIn(change), NOTHING, VARIABLES);
    expect(items.find((one) => one.item === item)).toMatchObject({
      outcome: 'DIFFERS',
      sentence: expect.stringContaining(part),
    });
  });

  it('says it of a market channel that is damaged, and of one that closes', async () => {
    const book = (token: string) =>
      JSON.stringify({ ...JSON.parse(fixture('book.json')), asset_id: token, event_type: 'book' });
    const sentenceOf = async (socket: RawSocket) =>
      (
        await run(
          standIn({}, () => socket),
          NOTHING,
          VARIABLES,
        )
      ).find((one) => one.item === '8')?.sentence;
    expect(await sentenceOf(socketOf(['{"event_type":"book"'], false))).toContain('Not understood');
    expect(await sentenceOf(socketOf([book(TOKEN_1), book(TOKEN_2)], true))).toContain('closes the socket');
  });

  it('could not ask where nothing answers, and says so of every item', async () => {
    const dead = {
      fetch: () => Promise.reject(new TypeError('no network')),
      openSocket: () => Promise.reject(new Error('no')),
    };
    const items = await run(dead, { ...EVERYTHING, order: true, fakDollars: 1 });
    expect(new Set(items.map((one) => one.outcome))).toEqual(new Set(['COULD_NOT_ASK']));
    expect(items).toHaveLength(19);
  });

  it('names the variable that is not an address', () => {
    expect(() =>
      probeVariables({ ...VARIABLES, POLYMARKET_DATA_URL: 'venue' }, NOTHING, {} as never),
    ).toThrow('POLYMARKET_DATA_URL is not set to an address');
  });
});
