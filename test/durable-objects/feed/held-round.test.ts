/** What a Wallet's minute costs with many holdings: their prices, ends and results, while each call of the venue takes its time. */
import { describe, expect, it } from 'vitest';
import { type ConditionId, parseConditionId, type TokenId } from '../../../domain/ids.ts';
import { MINUTE_MS, SECOND_MS } from '../../../domain/time.ts';
import { FeedCore } from '../../../durable-objects/feed/feed-core.ts';
import { createClobApi } from '../../../polymarket/public/clob-api.ts';
import { createDataApi } from '../../../polymarket/public/data-api.ts';
import { createGammaApi } from '../../../polymarket/public/gamma-api.ts';
import { HostBudget } from '../../../polymarket/wire/host-budget.ts';
import { controlWith } from '../follower/follower-parts.ts';
import { MemoryPorts } from '../memory-ports.ts';
import { ScriptedSockets, ScriptedUser } from './feed-parts.ts';

const ANSWER_MS = 200;
const HELD = Array.from({ length: 300 }, (_, index) => ({
  tokenId: String(1_000 + 2 * index) as TokenId,
  conditionId: parseConditionId(`0x${(index + 1).toString(16).padStart(64, '0')}`) as ConditionId,
}));
const tokenOf = new Map<string, TokenId>(HELD.map((one) => [one.conditionId, one.tokenId]));

function bookOf(tokenId: string) {
  const sides = { bids: [{ price: '0.4', size: '9' }], asks: [{ price: '0.42', size: '9' }] };
  return { asset_id: tokenId, market: HELD[0]!.conditionId, timestamp: '1790000000000', hash: 'h', ...sides };
}

/** A venue that knows every held market, and has no frame for any of them. */
function answerTo(url: URL, body: string): unknown {
  const condition = url.pathname.split('/').at(-1) ?? '';
  if (url.pathname.startsWith('/clob-markets/')) {
    const token = Number(tokenOf.get(condition));
    const t = [token, token + 1].map((id) => ({ t: String(id), o: 'Yes' }));
    return { c: condition, t, mts: 0.01, mos: 5, ao: true };
  }
  if (url.pathname === '/books')
    return JSON.parse(body).map((one: { token_id: string }) => bookOf(one.token_id));
  if (url.pathname === '/v2/resolutions') return { data: [] };
  if (url.searchParams.get('closed') === 'true') return { markets: [] };
  const markets = url.searchParams.getAll('condition_ids').flatMap((conditionId) => {
    const token = tokenOf.get(conditionId);
    const clobTokenIds = [token, String(Number(token) + 1)];
    const names = { question: 'Will it?', slug: 'will-it', endDate: '2027-01-01', outcomes: ['Yes', 'No'] };
    return token === undefined ? [] : [{ conditionId, ...names, clobTokenIds, acceptingOrders: true }];
  });
  return { markets };
}

describe('three hundred holdings at 200 ms a call', () => {
  it('are priced within five seconds, in a few dozen calls', async () => {
    const ports = new MemoryPorts();
    let calls = 0;
    const budget = new HostBudget({ nowMs: ports.nowMs, after: ports.timers.after, random: () => 1 });
    const fetch = async (input: string, init?: RequestInit): Promise<Response> => {
      calls += 1;
      await new Promise<void>((resolve) => void ports.timers.after(ANSWER_MS, resolve));
      return Response.json(answerTo(new URL(input), String(init?.body ?? '')));
    };
    const hostOf = (name: string) => ({ baseUrl: `https://${name}.test`, fetch, nowMs: ports.nowMs, budget });
    const wallet = { heldLeaders: async () => [], applyControl: async () => {}, bidCame: async () => {} };
    const core = new FeedCore(ports, {
      budget,
      clob: createClobApi(hostOf('clob')),
      data: createDataApi(hostOf('data')),
      gamma: createGammaApi(hostOf('gamma')),
      openSocket: new ScriptedSockets().open,
      rtdsUrl: 'ws://rtds',
      marketUrl: 'ws://market',
      random: () => 0,
      user: () => new ScriptedUser(),
      wallets: { PAPER: wallet, LIVE: wallet },
      writeOutbox: async () => {},
      readControl: async () => controlWith({ user: null }),
    });
    /** The states, and how long they took. */
    const round = async () => {
      const fromMs = ports.atMs;
      calls = 0;
      let endMs = 0;
      const states = core.tokenStates(HELD).finally(() => {
        endMs = ports.atMs;
      });
      // In steps: an answer is read in several turns, and asks the next question in the last.
      while (endMs === 0) await ports.advance(50);
      return { states: await states, tookMs: endMs - fromMs, calls };
    };
    // The first round reads the facts of every market.
    await round();
    await ports.advance(10 * MINUTE_MS);
    const { states, tookMs, calls: asked } = await round();
    expect(states.filter((one) => one.top?.bidPriceMicros === 400_000n)).toHaveLength(300);
    expect(tookMs).toBeLessThanOrEqual(5 * SECOND_MS);
    expect(asked).toBeLessThan(40);
  });
});
