/** Market facts: when they are read, what they say, what is kept, and how a market ends. */
import { describe, expect, it } from 'vitest';
import type { ConditionId, TokenId } from '../../../domain/ids.ts';
import { price } from '../../../domain/money.ts';
import { MarketFactsStore } from '../../../durable-objects/feed/market-facts.ts';
import { createClobApi } from '../../../polymarket/public/clob-api.ts';
import type { GammaApi } from '../../../polymarket/public/gamma-api.ts';
import type { VenueHost } from '../../../polymarket/wire/http.ts';
import { CONDITION, fixture, TOKEN_1, TOKEN_2 } from '../../polymarket/fixture.ts';
import { outboxOver } from '../follower/leader-data.ts';
import { MemoryPorts, START_MS } from '../memory-ports.ts';

const MARKET = { ...JSON.parse(fixture('clob-market.json')), v: 'v1' };
const NAMED = { title: 'Will it rain?', slug: 'rain', closeAtMs: START_MS + 3_600_000 };

/** The CLOB answers with `answer` over the fixture (null: 404), Gamma with `named`; both may fail. */
function setUp(given: Record<string, unknown> | null = {}, ports = new MemoryPorts()) {
  const clob = { answer: given as Record<string, unknown> | null, fails: false };
  const gamma = { named: NAMED as Partial<typeof NAMED & { closed: boolean }> | undefined, fails: false };
  const asked: string[] = [];
  const host: VenueHost = {
    baseUrl: 'https://venue.test/',
    nowMs: ports.nowMs,
    fetch: async (input) => {
      asked.push(new URL(input).pathname);
      if (clob.fails) throw new TypeError('no network');
      if (clob.answer === null) return new Response('', { status: 404 });
      return new Response(JSON.stringify({ ...MARKET, ...clob.answer }));
    },
  };
  const closed = new Set<ConditionId>();
  const closedAsked: (readonly ConditionId[])[] = [];
  // Only these methods are called here.
  const gammaApi = {
    listClosed: async (conditions: readonly ConditionId[]) => {
      closedAsked.push(conditions);
      if (gamma.fails) throw new Error('no answer');
      return conditions.filter((condition) => closed.has(condition));
    },
    fetchMarketByCondition: async () => {
      if (gamma.fails) throw new Error('no names');
      return gamma.named;
    },
  } as unknown as GammaApi;
  const store = new MarketFactsStore(ports, createClobApi(host), gammaApi, outboxOver(ports));
  const ensureAfter = async (ms: number) => {
    await ports.advance(ms);
    await store.ensure(CONDITION);
    return asked.length;
  };
  const warned = () => ports.logs.filter((line) => line.level === 'warn').map((line) => line.message);
  return { ports, store, clob, gamma, closed, closedAsked, asked, ensureAfter, warned };
}

/** A Protocol-V2 position: bits 40 to 103 are zero. */
const position = (outcome: number): TokenId =>
  ((0x0177n << 240n) | (2n << 104n) | (137n << 24n) | BigInt(outcome)).toString() as TokenId;

async function factsOf(answer: Record<string, unknown>, token: TokenId) {
  const { store, warned } = setUp(answer);
  await store.ensure(CONDITION);
  return { facts: store.get(token), warned: warned() };
}

describe('market facts', () => {
  it('say which contract signs when the market and its ids agree', async () => {
    const v1 = await factsOf({ v: 'v1', nr: true, sd: 3 }, TOKEN_1);
    expect(v1.facts).toMatchObject({ protocolVersion: 'v1', negRisk: true, takerDelayMs: 3_000 });
    const tokens = [position(0), position(1)].map((t, index) => ({ t, o: `outcome ${index}` }));
    const v2 = await factsOf({ v: 'v2', nr: undefined, t: tokens }, position(1));
    expect(v2.facts).toMatchObject({ protocolVersion: 'v2', negRisk: false, takerDelayMs: 0 });
    expect([v1.warned, v2.warned]).toEqual([[], []]);
  });

  it('name no contract when they disagree or the version is missing, and warn', async () => {
    for (const answer of [{ v: 'v2' }, { v: undefined }]) {
      const { facts, warned } = await factsOf(answer, TOKEN_2);
      expect(facts).toMatchObject({ protocolVersion: null, acceptingOrders: true });
      expect(warned).toEqual(['market whose protocol version is missing or contradicts its token ids']);
    }
  });

  it('are of every token of the market, as old as they were read', async () => {
    const { store, ports } = setUp();
    await store.ensure(CONDITION);
    const of = (tokenId: TokenId) => ({
      tokenId,
      conditionId: CONDITION,
      outcomeTokenIds: [TOKEN_1, TOKEN_2],
      tickPriceMicros: 1_000n,
      orderShareMicrosMin: 5_000_000n,
      fee: { ratePpm: 70_000n, exponent: 1 },
      acceptingOrders: true,
      protocolVersion: 'v1',
      negRisk: true,
      takerDelayMs: 0,
      closeAtMs: NAMED.closeAtMs,
      asOfMs: START_MS,
    });
    expect(store.tokensOf(CONDITION)).toEqual([of(TOKEN_1), of(TOKEN_2)]);
    expect([store.get(TOKEN_2), store.get('9' as TokenId)]).toEqual([of(TOKEN_2), undefined]);
    expect(store.tokensOf('0x0' as ConditionId)).toEqual([]);
    const next = setUp({}, ports.restarted());
    // They come with their market, without a question to the venue.
    expect(next.store.get(TOKEN_1)).toBeUndefined();
    void next.store.ensure(CONDITION);
    expect([next.store.get(TOKEN_1), next.asked]).toEqual([of(TOKEN_1), []]);
  });

  it('of a store written before contracts were asked for are unknown until they are read again', async () => {
    const before = setUp();
    await before.store.ensure(CONDITION);
    forgetNewFields(before.ports, CONDITION);
    const after = setUp({}, before.ports.restarted());
    expect(after.store.tokensOf(CONDITION)).toHaveLength(2);
    expect(after.store.get(TOKEN_1)).toMatchObject({ protocolVersion: null, negRisk: null, takerDelayMs: 0 });
    expect(await after.ensureAfter(121_000)).toBe(1);
    expect(after.store.get(TOKEN_1)).toMatchObject({ protocolVersion: 'v1', negRisk: true });
  });
});

describe('reading market facts', () => {
  it('happens again only when they are more than two minutes old', async () => {
    const { ensureAfter } = setUp();
    expect([await ensureAfter(0), await ensureAfter(120_000), await ensureAfter(1)]).toEqual([1, 1, 2]);
  });

  it('happens at once when they have expired, and once', async () => {
    const { store, ensureAfter } = setUp();
    await ensureAfter(0);
    store.expire(CONDITION);
    expect([await ensureAfter(1), await ensureAfter(1)]).toEqual([2, 2]);
  });

  it('is one call for all who wait', async () => {
    const { store, asked } = setUp();
    await Promise.all([store.ensure(CONDITION), store.ensure(CONDITION)]);
    expect(asked).toHaveLength(1);
  });

  it('of a market that the venue does not know is tried again after five seconds', async () => {
    const { ensureAfter, store, clob } = setUp(null);
    expect([await ensureAfter(0), await ensureAfter(4_999), store.get(TOKEN_1)]).toEqual([1, 1, undefined]);
    clob.answer = {};
    expect(await ensureAfter(1)).toBe(2);
    expect(store.get(TOKEN_1)).toBeDefined();
  });

  it('that fails leaves what was known, with its age', async () => {
    const { ensureAfter, store, clob, warned } = setUp();
    await ensureAfter(0);
    clob.fails = true;
    await ensureAfter(120_001);
    expect(store.get(TOKEN_1)?.asOfMs).toBe(START_MS);
    expect(warned()).toEqual(['no market facts']);
  });

  it('is tried again for the names, and keeps those that are known', async () => {
    const { ensureAfter, store, gamma, warned, ports } = setUp();
    gamma.fails = true;
    expect([await ensureAfter(0), await ensureAfter(4_999)]).toEqual([1, 1]);
    expect([store.get(TOKEN_1)?.closeAtMs, warned()]).toEqual([null, ['no market names from Gamma']]);
    gamma.fails = false;
    await ensureAfter(1);
    expect(store.get(TOKEN_1)?.closeAtMs).toBe(NAMED.closeAtMs);
    gamma.named = undefined;
    await ensureAfter(120_001);
    expect(store.get(TOKEN_1)?.closeAtMs).toBe(NAMED.closeAtMs);
    expect(ports.outboxedOf('market').at(-1)).toMatchObject({ title: NAMED.title, slug: NAMED.slug });
  });
});

describe('the rows for D1', () => {
  it('are one for each token, with the names', async () => {
    const { store, ports } = setUp();
    await store.ensure(CONDITION);
    const of = (tokenId: TokenId, outcome: string) => ({
      kind: 'market',
      tokenId,
      conditionId: CONDITION,
      title: NAMED.title,
      slug: NAMED.slug,
      outcome,
      closeAtMs: NAMED.closeAtMs,
      tickPriceMicros: 1_000n,
      acceptingOrders: true,
      payoutPriceMicros: null,
      revision: 1,
    });
    expect(ports.outboxedOf('market')).toEqual([of(TOKEN_1, 'Yes'), of(TOKEN_2, 'No')]);
  });

  it('are stored again only when more than their age has changed', async () => {
    const { ports, store, clob, ensureAfter } = setUp();
    await store.ensure(CONDITION);
    const writes: string[] = [];
    ports.refusesStatement = (query) => {
      if (query.startsWith('INSERT INTO market')) writes.push(query);
      return false;
    };
    await ensureAfter(121_000);
    expect([writes.length, store.get(TOKEN_1)?.asOfMs]).toEqual([0, ports.atMs]);
    clob.answer = { mts: 0.01 };
    await ensureAfter(121_000);
    expect(writes).toHaveLength(1);
  });

  it('are written again only when something that pages show has changed', async () => {
    const { ensureAfter, ports, clob, gamma } = setUp();
    await ensureAfter(0);
    const rowsAfter = async () => {
      ports.clearOutbox();
      await ensureAfter(120_001);
      return ports.outboxedOf('market').map((row) => row.revision);
    };
    clob.answer = { fd: null, mos: 6 };
    expect(await rowsAfter()).toEqual([]);
    clob.answer = { ao: false };
    expect(await rowsAfter()).toEqual([3, 3]);
    clob.answer = { ao: false, mts: 0.01 };
    expect(await rowsAfter()).toEqual([4, 4]);
    gamma.named = { ...NAMED, title: 'Will it snow?' };
    expect(await rowsAfter()).toEqual([5, 5]);
    gamma.named = { ...NAMED, title: 'Will it snow?', closeAtMs: 1 };
    expect(await rowsAfter()).toEqual([6, 6]);
  });
});

describe('the payout of a market', () => {
  const RESULT = [price(400_000n), price(600_000n)];
  const payouts = ({ store }: ReturnType<typeof setUp>) => [
    store.payoutOf(TOKEN_1, CONDITION),
    store.payoutOf(TOKEN_2, CONDITION),
  ];

  it('is none before a result is known, and of an unknown market or token', async () => {
    const parts = setUp();
    parts.store.resolved(CONDITION, RESULT);
    expect([payouts(parts), parts.store.isResolved(CONDITION)]).toEqual([[null, null], false]);
    await parts.store.ensure(CONDITION);
    expect([payouts(parts), parts.store.unresolved()]).toEqual([[null, null], [CONDITION]]);
    parts.store.resolved(CONDITION, RESULT);
    expect(parts.store.payoutOf('9' as TokenId, CONDITION)).toBeNull();
  });

  it('is each token’s own once the market has resolved, is sent to D1, and stays', async () => {
    const parts = setUp({ ao: false });
    await parts.store.ensure(CONDITION);
    parts.store.resolved(CONDITION, RESULT);
    parts.store.resolved(CONDITION, [price(1n), price(999_999n)]);
    expect([payouts(parts), parts.store.unresolved()]).toEqual([[400_000n, 600_000n], []]);
    expect(parts.ports.outboxedOf('market').slice(2)).toMatchObject([
      { payoutPriceMicros: 400_000n, revision: 2 },
      { payoutPriceMicros: 600_000n, revision: 2 },
    ]);
    const next = setUp({}, parts.ports.restarted());
    await next.store.ensure(CONDITION);
    expect([payouts(next), next.asked]).toEqual([[400_000n, 600_000n], []]);
  });
});

describe('the end of a market (A52)', () => {
  const signs = ({ store }: ReturnType<typeof setUp>) => [
    store.hasEnded(CONDITION),
    store.mayHaveEnded(CONDITION),
  ];
  async function known(answer: Record<string, unknown>, closed?: boolean) {
    const parts = setUp(answer);
    if (closed !== undefined) parts.gamma.named = { ...NAMED, closed };
    await parts.store.ensure(CONDITION);
    return parts;
  }

  it('is not suspected of a market that takes orders before its close', async () => {
    expect(signs(await known({}, false))).toEqual([false, false]);
    expect(signs(setUp())).toEqual([false, false]);
  });

  it('is known of one that takes no orders', async () => {
    expect(signs(await known({ ao: false }))).toEqual([true, true]);
  });

  it('is known of one that Gamma calls closed, though it takes orders: and then it takes none for us', async () => {
    const parts = await known({ ao: true }, true);
    expect(signs(parts)).toEqual([true, true]);
    expect(parts.store.get(TOKEN_1)?.acceptingOrders).toBe(false);
    const next = setUp({}, parts.ports.restarted());
    expect(signs(next)).toEqual([true, true]);
  });

  it('is known when the CLOB no longer knows a market that Gamma calls closed', async () => {
    const parts = await known({}, false);
    parts.clob.answer = null;
    parts.gamma.named = { ...NAMED, closed: true };
    await parts.ensureAfter(121_000);
    expect(signs(parts)).toEqual([true, true]);
  });

  it('is known once it was announced, and its facts are read again', async () => {
    const parts = await known({});
    parts.store.announced(CONDITION);
    expect(signs(parts)).toEqual([true, true]);
    expect(await parts.ensureAfter(1)).toBe(2);
  });

  it('is known while a token has no book', async () => {
    const parts = await known({});
    parts.store.bookFound('9' as TokenId, false);
    expect(signs(parts)).toEqual([false, false]);
    parts.store.bookFound(TOKEN_2, false);
    expect(signs(parts)).toEqual([true, true]);
    parts.store.bookFound(TOKEN_2, true);
    expect(signs(parts)).toEqual([false, false]);
  });

  it('may have come from the planned close on, which alone ends nothing', async () => {
    const parts = await known({});
    await parts.ports.advance(3_599_999);
    expect(signs(parts)).toEqual([false, false]);
    await parts.ports.advance(1);
    expect(signs(parts)).toEqual([false, true]);
  });
});

/** Leaves the row as it was before the fields existed. */
function forgetNewFields(ports: MemoryPorts, condition: ConditionId): void {
  const row = ports.storage.rows('SELECT body FROM market WHERE condition = ?', condition)[0];
  const stored = JSON.parse(String(row?.body));
  for (const facts of stored.facts) {
    delete facts.protocolVersion;
    delete facts.negRisk;
    delete facts.takerDelayMs;
  }
  ports.storage.rows('UPDATE market SET body = ? WHERE condition = ?', JSON.stringify(stored), condition);
}

describe('facts of what is held', () => {
  it('are read where they are not known; of the others Gamma is asked which have closed, every two minutes', async () => {
    const { ports, store, asked, closed, closedAsked } = setUp();
    await store.ensureNamed([CONDITION]);
    expect([asked.length, closedAsked]).toEqual([1, []]);
    await ports.advance(120_001);
    await store.ensureNamed([CONDITION]);
    await store.ensureNamed([CONDITION]);
    expect([asked.length, closedAsked, store.hasEnded(CONDITION)]).toEqual([1, [[CONDITION]], false]);
    await ports.advance(120_001);
    closed.add(CONDITION);
    await store.ensureNamed([CONDITION]);
    expect([store.hasEnded(CONDITION), store.get(TOKEN_1)?.acceptingOrders]).toEqual([true, false]);
    await ports.advance(120_001);
    await store.ensureNamed([CONDITION]);
    expect(closedAsked).toHaveLength(2);
  });

  it('stay as they are while Gamma does not answer', async () => {
    const { ports, store, gamma, warned } = setUp();
    await store.ensureNamed([CONDITION]);
    await ports.advance(120_001);
    gamma.fails = true;
    await store.ensureNamed([CONDITION]);
    expect([store.hasEnded(CONDITION), warned()]).toEqual([
      false,
      ['Gamma did not say which markets have closed'],
    ]);
  });
});
