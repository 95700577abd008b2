/** The live check: every item in plain words, for accounts in every state, and not one order placed by it. */
import { describe, expect, it } from 'vitest';
import type { CheckItem } from '../../../domain/orders/orders.ts';
import {
  CTF_EXCHANGE,
  EXCHANGE_V3,
  EXCHANGES,
  NEG_RISK_EXCHANGE,
} from '../../../polymarket/account/contracts.ts';
import { readLiveSecrets } from '../../../polymarket/account/credentials.ts';
import { runLiveCheck } from '../../../polymarket/account/live-check.ts';
import { checkVariables, type LiveCheckPorts } from '../../../polymarket/account/live-check-from-env.ts';
import type { Fetch, VenueHost } from '../../../polymarket/wire/http.ts';
import type { PracticeExchange } from '../../../simulator/practice-exchange.ts';
import { type Bench, openBench } from '../../simulator/harness.ts';
import { FUNDER, PRACTICE_KEY } from '../../simulator/trader.ts';
import { CONDITION, TOKEN_1, TOKEN_2 } from '../fixture.ts';
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
    // The channel answers at once, so the time in which it is watched may be short.
    setTimer: (callback) => {
      setImmediate(callback);
      return () => {};
    },
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
    ['no allowance at all', account({ allowances: {} }), { allowances: 'NOT_READY' }],
    ['no collateral', { prepare: (exchange: PracticeExchange) => exchange.withdraw(FUNDER, '1000') }, {}],
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

  it('answers UNKNOWN when nothing answers', async () => {
    const items = await check({ ports: { fetch: () => Promise.reject(new TypeError('fetch failed')) } });
    expect(new Set(Object.values(states(items)).slice(3))).toEqual(new Set(['UNKNOWN']));
  });

  it('distinguishes a channel that is closed from one that answers', async () => {
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

type LiveCheckOptions = Parameters<typeof runLiveCheck>[0];

/** Answers of the venue by path; anything else is a 404. */
function venueOf(
  answers: Readonly<Record<string, { status?: number; body?: unknown; type?: string }>>,
  skewMs = 0,
) {
  const requests: { method: string; path: string; body: string }[] = [];
  const fetch: Fetch = (input, init) => {
    const { pathname } = new URL(input);
    const method = init?.method ?? 'GET';
    requests.push({ method, path: pathname, body: String(init?.body ?? '') });
    const { status = 200, body = {}, type = 'application/json' } = answers[pathname] ?? { status: 404 };
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return Promise.resolve(new Response(text, { status, headers: { 'content-type': type } }));
  };
  const host: VenueHost = { baseUrl: 'https://venue.test/', nowMs: () => NOW_MS + skewMs, fetch };
  return { host, requests };
}

const NOW_MS = 1_795_334_400_500;
const ALLOWANCES = Object.fromEntries(EXCHANGES.map(({ address }) => [address, '1']));
const GOOD = {
  '/auth/derive-api-key': { body: { apiKey: 'k', secret: 'c2VjcmV0', passphrase: 'p' } },
  '/balance-allowance': { body: { balance: '250500000', allowances: ALLOWANCES } },
  '/auth/ban-status/closed-only': { body: { closed_only: false } },
  '/order': { status: 401, body: { error: 'Unauthorized' } },
  '/geo': { body: { country: 'IE' } },
  '/time': { body: '1795334400' },
};

/** The items for a venue that gives these answers, with everything else in order. */
async function itemsFor(
  change: Parameters<typeof venueOf>[0] = {},
  options: Partial<LiveCheckOptions> & { skewMs?: number } = {},
): Promise<Record<string, string>> {
  const { skewMs = 0, ...rest } = options;
  const { host } = venueOf({ ...GOOD, ...change }, skewMs);
  const items = await runLiveCheck({
    secrets: readLiveSecrets(VARIABLES),
    clobHost: host,
    orderHost: host,
    geoblockUrl: 'https://venue.test/geo',
    channelState: () => 'OPEN',
    ...rest,
  });
  return Object.fromEntries(items.map(({ name, state, sentence }) => [name, `${state} ${sentence}`]));
}

describe('each item in words', () => {
  it('when everything is ready', async () => {
    expect(await itemsFor()).toEqual({
      key: 'READY The key belongs to 0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266.',
      funder: `READY The funds are held by ${FUNDER}.`,
      signatureType: 'READY Orders are signed as type 3 (deposit wallet).',
      credentials: 'READY API credentials were derived from the key; they are kept in memory only.',
      balance: 'READY The account holds $250.5 of collateral.',
      allowances: 'READY All three exchange contracts may move the collateral.',
      account: 'READY The venue lets this account open and close positions.',
      userChannel: 'READY The user channel is open.',
      region: 'READY The venue takes orders from here. Seen from IE.',
      clock: "READY Our clock agrees with the venue's.",
    });
  });

  it('when secrets are missing: each that is, and what it is for', async () => {
    const secrets = readLiveSecrets({ POLYMARKET_PRIVATE_KEY: PRACTICE_KEY });
    expect(await itemsFor({}, { secrets })).toMatchObject({
      key: 'UNKNOWN POLYMARKET_PRIVATE_KEY is set; it is checked once all three are set.',
      funder:
        'NOT_READY POLYMARKET_FUNDER_ADDRESS is not set: the address that holds the funds. Set it as a Worker secret.',
      signatureType:
        'NOT_READY POLYMARKET_SIGNATURE_TYPE is not set: the kind of wallet: 0 EOA, 1 proxy wallet, 2 Safe, 3 deposit wallet. Set it as a Worker secret.',
      credentials: 'UNKNOWN Credentials are derived from the key once the three secrets are right.',
      balance: 'UNKNOWN Not checked yet: the secrets come first.',
      allowances: 'UNKNOWN Not checked yet: the secrets come first.',
      account: 'UNKNOWN Not checked yet: the secrets come first.',
      userChannel: 'UNKNOWN Not checked yet: the secrets come first.',
      region: 'READY The venue takes orders from here. Seen from IE.',
    });
  });

  it('when a secret is malformed', async () => {
    const secrets = readLiveSecrets({ ...VARIABLES, POLYMARKET_SIGNATURE_TYPE: '4' });
    expect(await itemsFor({}, { secrets })).toMatchObject({
      key: 'UNKNOWN POLYMARKET_PRIVATE_KEY is set; it is checked once POLYMARKET_SIGNATURE_TYPE is right.',
      signatureType:
        'NOT_READY POLYMARKET_SIGNATURE_TYPE must be 0 (EOA), 1 (proxy wallet), 2 (Safe) or 3 (deposit wallet).',
    });
  });

  it.each([
    [400, 'NOT_READY'],
    [401, 'NOT_READY'],
    [403, 'NOT_READY'],
    [404, 'UNKNOWN'],
    [429, 'UNKNOWN'],
    [500, 'UNKNOWN'],
  ])('when the credentials, the balance and the standing are answered with %i: %s', async (status, state) => {
    const answers = { '/balance-allowance': { status }, '/auth/ban-status/closed-only': { status } };
    const items = await itemsFor(answers);
    // A 404 is an empty answer, so what is wrong with it is its shape.
    if (status !== 404)
      expect(items.balance).toBe(
        `${state} The balance could not be read (GET venue.test/balance-allowance: status ${status}).`,
      );
    expect(items.balance).toContain(state);
    expect(items.allowances).toBe('UNKNOWN Not known: the balance could not be read.');
    expect(items.account).toContain(`${state} The account's standing could not be read (`);
    const path = '/auth/derive-api-key';
    const none = await itemsFor({ [path]: { status }, '/auth/api-key': { status } });
    expect(none.credentials).toContain(`${state} The venue gave no credentials for this key (`);
    expect(none.balance).toBe('UNKNOWN Not checked: there are no credentials.');
    expect(none.userChannel).toBe('UNKNOWN Not checked: there are no credentials.');
  });

  it.each([
    [
      { balance: '0', allowances: ALLOWANCES },
      'balance',
      'READY The account holds no collateral (pUSD): ready, nothing to spend.',
    ],
    [{ balance: '1' }, 'balance', 'READY The account holds $0.000001 of collateral.'],
    [{ balance: '1' }, 'allowances', 'UNKNOWN The venue did not say what its contracts may move.'],
    [
      { balance: '1', allowances: { [EXCHANGE_V3.address]: '0' } },
      'allowances',
      `NOT_READY These contracts may not move the collateral yet: CTF Exchange V2 (${CTF_EXCHANGE.address}), NegRisk CTF Exchange V2 (${NEG_RISK_EXCHANGE.address}), ExchangeV3 (${EXCHANGE_V3.address}). Approve them.`,
    ],
    [
      { balance: '1', allowances: { [NEG_RISK_EXCHANGE.address]: '1', [CTF_EXCHANGE.address]: '1' } },
      'allowances',
      `READY No market that this account holds needs ExchangeV3 (${EXCHANGE_V3.address}), which may not move the collateral: purchases on its markets are skipped until you approve it.`,
    ],
  ])('when the balance is %o: %s', async (body, name, expected) => {
    expect((await itemsFor({ '/balance-allowance': { body } }))[name]).toBe(expected);
  });

  it.each([
    ['a position of Protocol V2', '18', {}, EXCHANGE_V3],
    ['one that shares a negative-risk event', TOKEN_1, { nr: true }, NEG_RISK_EXCHANGE],
    ['any other', TOKEN_1, {}, CTF_EXCHANGE],
  ])(
    'when the contract that it needs may not move the collateral: %s',
    async (_what, token, market, needed) => {
      const allowances = Object.fromEntries(
        EXCHANGES.map(({ address }) => [address, address === needed.address ? '0' : '1']),
      );
      const position = { token_id: token, condition_id: CONDITION, current_size: 3 };
      const t = [token, TOKEN_2].map((id) => ({ t: id, o: 'Yes' }));
      const { host } = venueOf({
        '/v2/positions': { body: { data: [position], pagination: {} } },
        [`/clob-markets/${CONDITION}`]: { body: { c: CONDITION, t, mts: 0.01, mos: 5, ...market } },
      });
      const clobHost = venueOf({
        ...GOOD,
        '/balance-allowance': { body: { balance: '1', allowances } },
        [`/clob-markets/${CONDITION}`]: { body: { c: CONDITION, t, mts: 0.01, mos: 5, ...market } },
      }).host;
      const items = await itemsFor({}, { clobHost, dataHost: host });
      expect(items.allowances).toBe(
        `NOT_READY These contracts may not move the collateral yet: ${needed.name} (${needed.address}). Approve them.`,
      );
    },
  );

  it('when the account may only close positions', async () => {
    const closed = await itemsFor({ '/auth/ban-status/closed-only': { body: { closed_only: true } } });
    expect(closed.account).toBe('NOT_READY The venue lets this account only close positions.');
  });

  it('for a channel that is down, that was not tried, and each result of a probe', async () => {
    const channel = async (options: Partial<LiveCheckOptions>) => (await itemsFor({}, options)).userChannel;
    expect(await channel({ channelState: () => 'WAITING' })).toBe(
      'NOT_READY The user channel is not open (waiting).',
    );
    const none = { channelState: undefined };
    expect(await channel(none as never)).toBe('UNKNOWN The user channel was not tried.');
    const probed = (probe: () => Promise<string>) => channel({ ...none, probeUserChannel: probe } as never);
    expect(await probed(async () => 'STAYED_OPEN')).toBe('READY The user channel answered and stayed open.');
    expect(await probed(async () => 'CLOSED')).toBe(
      'NOT_READY The venue closed the user channel after our subscription: it refuses the credentials.',
    );
    expect(await probed(async () => 'SILENT')).toBe('NOT_READY The user channel opened and did not answer.');
    expect(await probed(() => Promise.reject(new Error('secret')))).toBe(
      'UNKNOWN The user channel could not be opened.',
    );
  });

  it.each([
    [{ status: 400 }, 'READY The venue takes orders from here. Seen from IE.'],
    [{ status: 401 }, 'READY The venue takes orders from here. Seen from IE.'],
    [{ status: 403 }, 'NOT_READY The venue takes no orders from this region. Seen from IE.'],
    [
      { status: 403, type: 'text/html' },
      'NOT_READY Orders are stopped on the way to the venue (403 by its proxy). Seen from IE.',
    ],
    [
      { status: 200 },
      'UNKNOWN The order route answered 200, which says nothing about the region. Seen from IE.',
    ],
    [
      { status: 425 },
      'UNKNOWN The order route answered 425, which says nothing about the region. Seen from IE.',
    ],
  ])('when the order route answers %o', async (answer, expected) => {
    expect((await itemsFor({ '/order': answer })).region).toBe(expected);
  });

  it('without the country when the probe of it fails', async () => {
    for (const geo of [{ status: 500 }, { body: { ip: '1' } }, { body: 'IE' }])
      expect((await itemsFor({ '/geo': geo })).region).toBe('READY The venue takes orders from here.');
  });

  it('without the country where it or the address has more than 60 characters', async () => {
    const seen = async (country: string, ip: string) =>
      (await itemsFor({ '/geo': { body: { country, ip } } })).region;
    const [longest, address] = ['c'.repeat(60), '1'.repeat(60)];
    expect(await seen(longest, address)).toContain(`Seen from ${longest}.`);
    expect(await seen('IE', '1.2.3.4')).toContain('Seen from IE.');
    expect(await seen(`${longest}c`, address)).not.toContain('Seen from');
    expect(await seen('IE', `${address}1`)).not.toContain('Seen from');
  });

  it('releases the answer of the order route unread', async () => {
    let canceled = 0;
    const { host } = venueOf(GOOD);
    const body = new ReadableStream({
      cancel: () => {
        canceled += 1;
      },
    });
    await itemsFor(
      {},
      { orderHost: { ...host, fetch: () => Promise.resolve(new Response(body, { status: 401 })) } },
    );
    expect(canceled).toBeGreaterThan(0);
  });

  it('when the order route cannot be reached', async () => {
    const broken = {
      baseUrl: 'https://relay.test',
      nowMs: () => NOW_MS,
      fetch: () => Promise.reject(new Error('x')),
    };
    expect((await itemsFor({}, { orderHost: broken })).region).toBe(
      'UNKNOWN The order route could not be reached.',
    );
  });

  it('sends an empty object, no credentials, and one slash before the route', async () => {
    const { host, requests } = venueOf(GOOD);
    const headers: unknown[] = [];
    const orderHost: VenueHost = {
      ...host,
      fetch: (input, init) => {
        if (init?.method === 'POST') headers.push([input, init.headers, init.redirect, init.body]);
        return host.fetch(input, init);
      },
    };
    await itemsFor({}, { orderHost });
    expect(headers).toEqual([
      [
        'https://venue.test/order',
        { 'content-type': 'application/json', 'user-agent': 'polymarketspy/0.1' },
        'manual',
        '{}',
      ],
    ]);
    expect(requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  it.each([
    [0, "READY Our clock agrees with the venue's."],
    [5_000, "READY Our clock agrees with the venue's."],
    [-5_000, "READY Our clock agrees with the venue's."],
    [5_001, "NOT_READY Our clock and the venue's differ by 5 seconds: set it right."],
    [-61_400, "NOT_READY Our clock and the venue's differ by 61 seconds: set it right."],
    [2_000_000, "NOT_READY Our clock and the venue's differ by 2000 seconds: set it right."],
  ])('when our clock is %i ms from the middle of the venue’s second', async (skewMs, expected) => {
    expect((await itemsFor({}, { skewMs })).clock).toBe(expected);
  });

  it('when the clock cannot be read', async () => {
    expect((await itemsFor({ '/time': { status: 500 } })).clock).toBe(
      "UNKNOWN The venue's clock could not be read (GET venue.test/time: status 500).",
    );
  });
});
