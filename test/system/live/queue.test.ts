/**
 * More intents than calls and tokens to place them with: they wait in the Wallet, in order, and none is skipped for want of a call
 * (design.md 4 "Live placement", A44).
 */
import { describe, expect, it } from 'vitest';
import type { Side } from '../../../domain/ids.ts';
import { disagreements, doubled } from '../world/live-conservation.ts';
import { LiveScene } from '../world/live-scene.ts';

/** The venue's limit of orders (polymarket-api.md 1.7). */
const PER_SECOND = 40;
const BURST = 60;
const TOKENS = 4;
/** So many calls may be unanswered. */
const CALLS = 5;

/** A live Wallet that is ON, a leader, and deep books of some tokens; groups of one fill each. */
class Rush {
  private trades = 0;

  private constructor(
    readonly scene: LiveScene,
    readonly tokens: readonly { readonly tokenId: string; readonly conditionId: string }[],
  ) {}

  static async open(live: Parameters<typeof LiveScene.open>[0] = {}, count = TOKENS): Promise<Rush> {
    const scene = await LiveScene.open({ system: { groupQuietMs: 0, groupAgeMsMax: 0 }, ...live });
    const { exchange, nowMs } = scene.world;
    const markets = exchange.markets().filter((one) => one.closeAtMs > nowMs + 3_600_000);
    const tokens = markets
      .flatMap(({ tokens: both, conditionId }) => both.map((tokenId) => ({ tokenId, conditionId })))
      .slice(0, count);
    for (const { tokenId } of tokens)
      exchange.setBook(tokenId, { bids: [['0.49', '100000']], asks: [['0.50', '100000']] });
    const rush = new Rush(scene, tokens);
    // Their books are watched from the first trade on.
    for (const { tokenId } of tokens) {
      scene.trade('BUY', '400', { token: tokenId });
      await scene.world.advance(1_000);
    }
    await scene.world.advance(20_000);
    return rush;
  }

  /** A fill of the leader's as the stream brings it: 100 shares, of which we copy ten. */
  async trade(side: Side, tokenId: string, shares = 100): Promise<void> {
    const { world, leader } = this.scene;
    this.trades += 1;
    const payload = {
      proxyWallet: leader,
      transactionHash: `0x${this.trades.toString(16).padStart(64, '0')}`,
      asset: tokenId,
      conditionId: this.tokens.find((one) => one.tokenId === tokenId)!.conditionId,
      side,
      size: shares,
      price: side === 'BUY' ? 0.5 : 0.49,
      timestamp: Math.floor(world.nowMs / 1_000),
    };
    await world.say('rtds', JSON.stringify({ topic: 'activity', type: 'trades', payload }));
  }

  /** So many purchases a second, over the first tokens in turn. */
  async buys(perSecond: number, count: number, over = TOKENS): Promise<void> {
    for (let at = 0; at < count; at += 1) {
      await this.trade('BUY', this.tokens[at % over]!.tokenId);
      await this.scene.world.advance(Math.floor(1_000 / perSecond));
    }
  }

  /** Every order is answered after this long from now on. */
  set answerMs(ms: number) {
    this.scene.world.exchange.faults.clear();
    this.scene.fault({ channel: 'order', kind: 'answer-late', delayMs: ms, count: null });
  }

  /** The orders as they left, with what they are made of. */
  posts() {
    return this.scene.world.venue.walletCalls
      .filter(({ name }) => name.startsWith('POST /order'))
      .flatMap(({ body, atMs }) => [JSON.parse(body)].flat().map(({ order }) => ({ ...order, atMs })))
      .map((order) => ({
        atMs: Number(order.atMs),
        tokenId: String(order.tokenId),
        side: String(order.side) as Side,
        salt: String(order.salt),
        // When the leader's trade was seen.
        seenAtMs: Number(order.timestamp),
      }));
  }

  outcomes(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const line of this.scene.decisions('LIVE')) counts[line] = (counts[line] ?? 0) + 1;
    return counts;
  }

  /** More orders than the bucket allows, as the two posts between which they left. */
  beyondBucket(): readonly string[] {
    const times = this.posts().map(({ atMs }) => atMs);
    const most = (ms: number): number => BURST + (PER_SECOND * ms) / 1_000;
    return times.flatMap((from, first) =>
      times
        .slice(first)
        .flatMap((to, count) =>
          count + 1 > most(to - from) + 0.001 ? [`${count + 1} in ${to - from} ms`] : [],
        ),
    );
  }

  /** Pairs of orders of one token that left in another order than their trades were seen in. */
  overtaken(): number {
    const last = new Map<string, number>();
    return this.posts().filter(({ tokenId, seenAtMs }) => {
      const before = last.get(tokenId) ?? 0;
      last.set(tokenId, seenAtMs);
      return seenAtMs < before;
    }).length;
  }
}

describe('copies', () => {
  it.each([
    [26, 60],
    [26, 250],
    [50, 60],
    [50, 250],
  ])(
    'at %i fills a second and answers of %i ms are all placed, in order and within the limits',
    async (perSecond, answerMs) => {
      const rush = await Rush.open();
      const { world } = rush.scene;
      rush.answerMs = answerMs;
      await rush.buys(perSecond, perSecond * 3);
      await world.advance(10_000);
      expect(rush.outcomes()).toEqual({ EXECUTE: perSecond * 3 + TOKENS });
      expect(world.venue.walletMostAtOnce).toBeLessThanOrEqual(5);
      expect(rush.beyondBucket()).toEqual([]);
      expect(rush.overtaken()).toBe(0);
      expect(world.live.status().live?.queued).toEqual({ intents: 0, oldestAtMs: null });
      expect(doubled(rush.scene)).toEqual([]);
    },
  );
});

/** A venue that answers so late that every call of the Wallet is taken: what comes next has to wait. */
async function jam(rush: Rush): Promise<void> {
  rush.answerMs = 3_000;
  for (let call = 0; call < CALLS; call += 1) await rush.trade('BUY', rush.tokens.at(-1)!.tokenId);
  await rush.scene.world.advance(100);
}

const queued = ({ scene }: Rush): number => scene.world.live.status().live!.queued.intents;

describe('an intent without a call', () => {
  it('waits, is shown as waiting with its reason, and is placed when a call has ended', async () => {
    const rush = await Rush.open();
    await jam(rush);
    const last = rush.tokens[1]!.tokenId;
    await rush.trade('BUY', last);
    await rush.scene.world.advance(100);
    expect(rush.scene.decisions('LIVE').at(-1)).toBe('WAIT LIVE_WAITING_FOR_SLOT');
    expect(queued(rush)).toBe(1);
    const before = rush.posts().length;
    await rush.scene.world.advance(3_000);
    expect(rush.posts().slice(before)).toMatchObject([{ tokenId: last, side: 'BUY' }]);
    await rush.scene.world.advance(10_000);
    const { decidedAtMs, detectedAtMs, ownWaitMs } = rush.scene.attempts('LIVE').at(-1)!;
    // It was late by the time that it waited.
    expect([decidedAtMs - detectedAtMs > 2_500, ownWaitMs]).toEqual([true, 0]);
    expect(rush.outcomes()).toEqual({ EXECUTE: TOKENS + CALLS + 1 });
    expect(queued(rush)).toBe(0);
  });

  it('gives way to exits of other tokens, and not to one of its own that came later', async () => {
    const rush = await Rush.open();
    const [first, second, third] = rush.tokens.map((one) => one.tokenId);
    await jam(rush);
    await rush.trade('BUY', first!, 200);
    await rush.trade('BUY', second!, 200);
    await rush.trade('SELL', second!, 200);
    await rush.trade('SELL', third!, 200);
    await rush.scene.world.advance(100);
    expect(queued(rush)).toBe(4);
    const before = rush.posts().length;
    await rush.scene.world.advance(8_000);
    const order = rush
      .posts()
      .slice(before)
      .map(({ tokenId, side }) => `${side} ${tokenId === first ? 1 : tokenId === second ? 2 : 3}`);
    expect(order).toEqual(['BUY 2', 'SELL 2', 'SELL 3', 'BUY 1']);
  });

  it('buys less by the fraction that the leader sells meanwhile, and nothing after they have sold all (A44)', async () => {
    const rush = await Rush.open();
    const { world } = rush.scene;
    const [first, second] = rush.tokens.map((one) => one.tokenId);
    const heldOf = (token: string): bigint => rush.scene.account().holdings.get(token)?.shares ?? 0n;
    const held = heldOf(first!);
    await jam(rush);
    await rush.trade('BUY', first!, 200);
    await rush.trade('BUY', second!, 200);
    // They hold 600 of each by now.
    await rush.trade('SELL', first!, 300);
    await rush.trade('SELL', second!, 600);
    await world.advance(20_000);
    const bought = rush.scene
      .attempts('LIVE')
      .filter((row) => row.side === 'BUY')
      .slice(-2);
    expect(bought.map((row) => [row.decision, ...row.reasons].join(' ')).sort()).toEqual([
      'EXECUTE',
      'SKIP LIVE_SOLD_BEFORE_PLACED',
    ]);
    expect(bought.find((row) => row.tokenId === first)?.filledShareMicros).toBe(9_000_000n);
    // Half of what was held, and the half that was bought of what waited.
    expect([heldOf(first!), heldOf(second!)]).toEqual([held / 2n + 9_000_000n, 0n]);
    expect(disagreements(rush.scene)).toEqual([]);
  });

  it('is never placed after OFF: a purchase ends, a sale is owed and held, also when it is ON again at once', async () => {
    const rush = await Rush.open();
    const { scene } = rush;
    await jam(rush);
    await rush.trade('BUY', rush.tokens[1]!.tokenId);
    await rush.trade('SELL', rush.tokens[1]!.tokenId, 200);
    await rush.trade('SELL', rush.tokens[0]!.tokenId, 200);
    await scene.world.advance(50);
    expect(queued(rush)).toBe(3);
    const before = rush.posts().length;
    await scene.press('OFF');
    await scene.world.advance(1);
    expect(queued(rush)).toBe(0);
    await scene.switchLive('ON');
    await scene.world.advance(20_000);
    expect(rush.posts().slice(before)).toEqual([]);
    const ends = scene
      .attempts('LIVE')
      .slice(-3)
      .map((row) => [row.side, row.decision, ...row.reasons].join(' '))
      .sort();
    expect(ends).toEqual(['BUY SKIP LIVE_MODE_OFF', 'SELL SKIP LIVE_MODE_OFF', 'SELL SKIP LIVE_MODE_OFF']);
    expect(scene.world.live.portfolio().owedExits.map(({ state }) => state)).toEqual(['HELD', 'HELD']);
  });

  it('ends when entries are stopped if it is a purchase, and goes on if it is an exit (A61)', async () => {
    const rush = await Rush.open();
    const { scene } = rush;
    await jam(rush);
    await rush.trade('BUY', rush.tokens[1]!.tokenId);
    await rush.trade('SELL', rush.tokens[0]!.tokenId, 200);
    await scene.world.advance(50);
    await scene.switchEntries('OFF');
    await scene.world.advance(1);
    expect(queued(rush)).toBe(1);
    await scene.world.advance(20_000);
    expect(rush.posts().at(-1)).toMatchObject({ side: 'SELL', tokenId: rush.tokens[0]!.tokenId });
    expect(rush.outcomes()['SKIP LIVE_ENTRIES_OFF']).toBe(1);
  });

  it('is too old if it is a purchase that waited beyond the age of a copy; an exit is owed then, and sold', async () => {
    const rush = await Rush.open({ live: { copyAgeMsMax: 2_000 } });
    const { scene } = rush;
    rush.answerMs = 4_000;
    for (let call = 0; call < CALLS; call += 1) await rush.trade('BUY', rush.tokens.at(-1)!.tokenId);
    await rush.trade('BUY', rush.tokens[1]!.tokenId);
    await rush.trade('SELL', rush.tokens[1]!.tokenId, 200);
    await scene.world.advance(3_500);
    expect(scene.decisions('LIVE').slice(-2).sort()).toEqual(['SKIP EVENT_TOO_OLD', 'SKIP LIVE_NO_SLOT']);
    expect(scene.world.live.portfolio().owedExits).toMatchObject([{ state: 'OWED', cause: 'LIVE_NO_SLOT' }]);
    rush.answerMs = 1;
    await scene.world.advance(60_000);
    expect(scene.world.live.portfolio().owedExits).toEqual([]);
    expect(disagreements(scene)).toEqual([]);
  });

  it('survives a restart in its place', async () => {
    const rush = await Rush.open();
    const { world } = rush.scene;
    await jam(rush);
    const fresh = rush.tokens.slice(0, -1);
    for (const { tokenId } of fresh) await rush.trade('BUY', tokenId, 200);
    await rush.trade('SELL', rush.tokens[2]!.tokenId, 200);
    await world.advance(50);
    const before = rush.posts().length;
    world.kill('live');
    rush.answerMs = 1;
    await world.advance(10_000);
    expect(queued(rush)).toBe(0);
    const placed = rush.posts().slice(before);
    expect(
      placed
        .filter(({ side }) => side === 'BUY')
        .map(({ tokenId }) => tokenId)
        .sort(),
    ).toEqual(fresh.map(({ tokenId }) => tokenId).sort());
    expect(rush.overtaken()).toBe(0);
    expect(doubled(rush.scene)).toEqual([]);
    expect(disagreements(rush.scene)).toEqual([]);
  });
});

describe('orders that waited together', () => {
  /** Six purchases of different tokens that wait, then a call ends. */
  async function released(rush: Rush): Promise<void> {
    await jam(rush);
    for (let round = 0; round < 2; round += 1)
      for (const { tokenId } of rush.tokens.slice(0, -1)) await rush.trade('BUY', tokenId, 200);
    await rush.scene.world.advance(100);
    expect(queued(rush)).toBe(6);
    rush.answerMs = 1;
    await rush.scene.world.advance(5_000);
  }
  const batches = ({ scene }: Rush): readonly number[] =>
    scene.world.venue.walletCalls
      .filter(({ name }) => name === 'POST /orders')
      .map(({ body }) => JSON.parse(body).length);

  it('leave in one call, each with its own key and answer', async () => {
    const rush = await Rush.open();
    await released(rush);
    expect(batches(rush).length).toBeGreaterThan(0);
    await rush.scene.world.advance(20_000);
    expect(rush.outcomes()).toEqual({ EXECUTE: TOKENS + CALLS + 6 });
    expect(new Set(rush.posts().map(({ salt }) => salt)).size).toBe(rush.posts().length);
    expect(rush.overtaken()).toBe(0);
    expect(doubled(rush.scene)).toEqual([]);
    expect(disagreements(rush.scene)).toEqual([]);
  });

  it.each([
    ['of which only the first was answered', (body: string) => JSON.stringify(JSON.parse(body).slice(0, 1))],
    ['of which the answer cannot be read', () => '<html>bad gateway</html>'],
  ])('%s are asked about, and none is placed twice', async (_what, rewrite) => {
    const rush = await Rush.open();
    const { world } = rush.scene;
    world.venue.rewrites = (path, body) =>
      path === '/orders' && body.startsWith('[') ? rewrite(body) : body;
    await released(rush);
    expect(batches(rush).length).toBeGreaterThan(0);
    await world.advance(40_000);
    expect(rush.outcomes()).toEqual({ EXECUTE: TOKENS + CALLS + 6 });
    expect(world.live.status().live?.orders.unresolved).toBe(0);
    expect(doubled(rush.scene)).toEqual([]);
    expect(disagreements(rush.scene)).toEqual([]);
  });
});

describe('a Wallet that dies while intents wait', () => {
  /** Everything of the way that only the live Wallet takes, from the jam until all is over. */
  async function run(
    crashAt: number | undefined,
  ): Promise<{ readonly steps: readonly string[]; readonly rush: Rush }> {
    const rush = await Rush.open({ exchangeStepMs: 1_000 }, 3);
    const { world } = rush.scene;
    world.homes.watchSteps();
    if (crashAt !== undefined) world.crashAfter(crashAt);
    rush.answerMs = 1_000;
    for (let call = 0; call < CALLS; call += 1) await rush.trade('BUY', rush.tokens[2]!.tokenId);
    await rush.trade('BUY', rush.tokens[0]!.tokenId, 200);
    await rush.trade('SELL', rush.tokens[0]!.tokenId, 200);
    await rush.trade('BUY', rush.tokens[1]!.tokenId, 200);
    await world.advance(3_000);
    const steps = world.homes.stepNames.slice();
    await world.advance(60_000);
    return { steps, rush };
  }

  it('at whichever step, places each once and leaves nothing that waits', async () => {
    const { steps } = await run(undefined);
    const own = steps.flatMap((name, at) => (name.startsWith('wallet LIVE') ? [at + 1] : []));
    expect(own.length).toBeGreaterThan(40);
    // Every seventh is enough of them: the steps of one order are alike.
    for (const at of own.filter((_, index) => index % 7 === 0)) {
      const { rush } = await run(at);
      const what = `died at step ${at}: ${steps[at - 1]}`;
      expect(doubled(rush.scene), what).toEqual([]);
      expect(disagreements(rush.scene), what).toEqual([]);
      expect(queued(rush), what).toBe(0);
      expect(
        rush.scene.decisions('LIVE').filter((line) => line.startsWith('WAIT')),
        what,
      ).toEqual([]);
    }
  });
});

/** What nobody bids for is worth nothing for the moment. */
const NO_BREAKERS = { dailyLossBpsMax: 10_000, weeklyLossBpsMax: 10_000, drawdownBpsMax: 10_000 };

describe('twenty owed exits', () => {
  it('are sold, and starve no new copy', async () => {
    const rush = await Rush.open({ exchangeStepMs: 250, live: NO_BREAKERS }, 22);
    const { scene, tokens } = rush;
    const { world } = scene;
    const owed = tokens.slice(2);
    for (const { tokenId } of owed) {
      world.exchange.setBook(tokenId, { bids: [], asks: [] });
      await rush.trade('SELL', tokenId, 400);
    }
    await world.advance(5_000);
    expect(world.live.portfolio().owedExits).toHaveLength(20);
    rush.answerMs = 250;
    for (const { tokenId } of owed)
      world.exchange.setBook(tokenId, { bids: [['0.49', '100000']], asks: [['0.50', '100000']] });
    const before = scene.attempts('LIVE').length;
    await rush.buys(20, 100, 2);
    const copies = scene
      .attempts('LIVE')
      .slice(before)
      .filter((row) => row.side === 'BUY');
    await world.advance(5_000);
    expect(copies).toHaveLength(100);
    const ends = scene
      .attempts('LIVE')
      .filter((row) => row.side === 'BUY')
      .slice(-100);
    expect(new Set(ends.map((row) => [row.decision, ...row.reasons].join(' ')))).toEqual(
      new Set(['EXECUTE']),
    );
    await world.advance(60_000);
    expect(world.live.portfolio().owedExits).toEqual([]);
    expect(rush.beyondBucket()).toEqual([]);
    expect(world.venue.walletMostAtOnce).toBeLessThanOrEqual(5);
    expect(disagreements(scene)).toEqual([]);
  });
});
