/** Many exits at once, two leaders in one token, and what ends an exit from outside (A44). */
import { describe, expect, it } from 'vitest';
import type { TradingMode } from '../../../domain/ids.ts';
import type { FaultSpec } from '../../../simulator/faults/faults.ts';
import { fold } from '../world/conservation.ts';
import { leftBehind, stillOwed } from '../world/left-behind.ts';
import { disagreements, doubled } from '../world/live-conservation.ts';
import { LiveScene, SETTLED_MS } from '../world/live-scene.ts';
import { leaderHolds, owedOf, sharesOf } from './exit-scene.ts';

const MINUTE_MS = 60_000;
const EXITS = 20;
const ANSWER_MS = 250;

/** Both tokens of so many markets as give twenty, each with a deep book. */
function manyTokens(scene: LiveScene): readonly string[] {
  const markets = scene.world.exchange
    .markets()
    .filter((market) => market.closeAtMs > scene.world.nowMs + 60 * MINUTE_MS);
  const tokens = markets.flatMap((market) => market.tokens).slice(0, EXITS);
  return tokens;
}

/** The leader holds something of every token, and both Wallets their tenth. */
async function holdingMany(scene: LiveScene, tokens: readonly string[]): Promise<void> {
  for (const token of tokens) {
    scene.world.exchange.setBook(token, { bids: [['0.49', '100000']], asks: [['0.50', '100000']] });
    scene.trade('BUY', '300', { token });
    await scene.world.advance(1_000);
  }
  await scene.world.advance(SETTLED_MS);
}

/** Of how many of the tokens each Wallet holds shares: live as the exchange knows it, paper by its ledger. */
function heldOf(scene: LiveScene, tokens: readonly string[]): Record<TradingMode, number> {
  const { holdings } = scene.account();
  const { shares } = fold(scene.world.rows('ledger').filter((row) => row.mode === 'PAPER'));
  return {
    PAPER: tokens.filter((token) => (shares.get(`${scene.leader} ${token}`) ?? 0n) > 0n).length,
    LIVE: tokens.filter((token) => (holdings.get(token)?.shares ?? 0n) > 0n).length,
  };
}

/** The token of every paper sale that was filled. */
function paperSales(scene: LiveScene): readonly string[] {
  return scene
    .attempts('PAPER')
    .filter((row) => row.side === 'SELL' && row.filledShareMicros > 0n)
    .map((row) => row.tokenId)
    .sort();
}

/** Sales that the venue refused for want of balance, and those that it killed, as people see them. */
function refusals(scene: LiveScene): { readonly rejected: number; readonly killed: number } {
  const sales = scene.orders().filter((order) => order.side === 'SELL');
  return {
    rejected: sales.filter((order) => order.state === 'REJECTED').length,
    killed: sales.filter((order) => order.state === 'CANCELED').length,
  };
}

/** Of each call: what it meets. The others are answered late; a call of several orders has the first of them refused. */
const CALL_FAULTS: Readonly<Record<number, FaultSpec['kind']>> = {
  2: 'no-balance',
  3: 'restart',
  4: 'no-match',
  6: 'no-balance',
  7: 'no-match',
  8: 'restart',
};

/** Gives each call the one fault that it is meant to meet; returns how often each kind was meant. */
function spoilPosts(scene: LiveScene): ReadonlyMap<string, number> {
  const meant = new Map<string, number>();
  let posts = 0;
  scene.world.venue.atWalletCall = (name) => {
    if (!name.startsWith('POST /order')) return;
    posts += 1;
    const kind = CALL_FAULTS[posts] ?? 'answer-late';
    meant.set(kind, (meant.get(kind) ?? 0) + 1);
    scene.fault({ channel: 'order', kind, delayMs: ANSWER_MS, retryAfterS: 3 });
  };
  return meant;
}

describe('a leader who sells twenty tokens within a second', () => {
  it.each([
    ['while answers take a quarter of a second', false],
    ['while also four exits are refused once and the venue restarts twice', true],
  ])('ends with twenty sales, each at most once, %s', async (_what, isSpoiled) => {
    const scene = await LiveScene.open({
      exchangeStepMs: 250,
      live: { maxTradeNotionalMicros: 250_000_000 },
    });
    const { world } = scene;
    const tokens = manyTokens(scene);
    expect(tokens).toHaveLength(EXITS);
    await holdingMany(scene, tokens);
    expect(heldOf(scene, tokens)).toEqual({ PAPER: EXITS, LIVE: EXITS });
    const { faults } = world.exchange;
    const meant = isSpoiled ? spoilPosts(scene) : undefined;
    if (!isSpoiled) scene.fault({ channel: 'order', kind: 'answer-late', delayMs: ANSWER_MS, count: null });
    for (const token of tokens) scene.trade('SELL', leaderHolds(scene, scene.leader, token), { token });
    await world.advance(2 * MINUTE_MS);
    if (meant !== undefined) {
      const { 'answer-late': late = 0, ...others } = Object.fromEntries(meant);
      expect(others).toEqual({ 'no-balance': 2, 'no-match': 2, restart: 2 });
      expect(late).toBeGreaterThanOrEqual(3);
      // A fault that has struck is dropped when the next is added: all but the last are gone, and that has struck too.
      expect(faults.list().map(({ struck }) => struck)).toEqual([1]);
      expect(refusals(scene)).toEqual({ rejected: 2, killed: 2 });
    }
    expect(heldOf(scene, tokens)).toEqual({ PAPER: 0, LIVE: 0 });
    expect(owedOf(scene)).toEqual({ PAPER: [], LIVE: [] });
    for (const mode of ['PAPER', 'LIVE'] as const) {
      expect(leftBehind(scene, mode)).toEqual([]);
      expect(stillOwed(scene, mode)).toEqual([]);
    }
    const sales = scene.taken().filter((order) => order.side === 'SELL' && order.matched > 0n);
    expect(sales.map((order) => order.tokenId).sort()).toEqual([...tokens].sort());
    expect(paperSales(scene)).toEqual([...tokens].sort());
    expect(doubled(scene)).toEqual([]);
    expect(disagreements(scene)).toEqual([]);
  });
});

describe('two leaders in one token', () => {
  it('leave with their own shares, each by their own fraction', async () => {
    const scene = await LiveScene.open({ exchangeStepMs: 500 });
    const { world } = scene;
    const other = world.exchange.leaders()[1]!.address;
    await world.follow(other);
    await scene.copied('BUY', '400');
    scene.trade('BUY', '200', { leader: other });
    await world.advance(SETTLED_MS);
    expect(sharesOf(scene)).toEqual({ PAPER: 60, LIVE: 60 });
    const half = Number(leaderHolds(scene, other, scene.token)) / 2;
    scene.trade('SELL', '400');
    scene.trade('SELL', String(half), { leader: other });
    world.exchange.setBook(scene.token, { bids: [], asks: [['0.50', '1000']] });
    await world.advance(SETTLED_MS);
    expect(
      owedOf(scene)
        .LIVE.map((line) => line.split(' ')[0])
        .sort(),
    ).toEqual(['10', '40']);
    scene.deepBook();
    await world.advance(2 * MINUTE_MS);
    expect(sharesOf(scene)).toEqual({ PAPER: 10, LIVE: 10 });
    expect(disagreements(scene)).toEqual([]);
  });
});

describe('a leader who merges', () => {
  it('has left as much as they merged, of each token by its own fraction (A48)', async () => {
    const scene = await LiveScene.open({ exchangeStepMs: 500 });
    const { world } = scene;
    world.exchange.setBook(scene.other, { bids: [['0.49', '100000']], asks: [['0.50', '100000']] });
    await scene.copied('BUY', '400');
    scene.trade('BUY', '200', { token: scene.other });
    await world.advance(SETTLED_MS);
    expect(sharesOf(scene)).toEqual({ PAPER: 40, LIVE: 40 });
    const held = Number(leaderHolds(scene, scene.leader, scene.token));
    world.exchange.merge(scene.leader, scene.conditionId, '100');
    await world.advance(3 * MINUTE_MS);
    const left = Math.ceil(40 * (1 - 100 / held) * 100) / 100;
    expect(sharesOf(scene)).toEqual({ PAPER: left, LIVE: left });
    const exits = scene.attempts('LIVE').filter((row) => row.sourceType === 'ACTIVITY');
    expect(exits.map((row) => [row.side, row.decision])).toEqual([
      ['SELL', 'EXECUTE'],
      ['SELL', 'EXECUTE'],
    ]);
    expect(new Set(exits.map((row) => row.tokenId)).size).toBe(2);
    expect(owedOf(scene)).toEqual({ PAPER: [], LIVE: [] });
    expect(disagreements(scene)).toEqual([]);
  });
});

describe('an owed exit', () => {
  /** A leader who has sold all that both modes had copied, while nobody bids. */
  async function owing(): Promise<LiveScene> {
    const scene = await LiveScene.open({ exchangeStepMs: 500 });
    const { world } = scene;
    await scene.copied('BUY', '400');
    await world.advance(SETTLED_MS);
    scene.trade('SELL', '400');
    world.exchange.setBook(scene.token, { bids: [], asks: [['0.50', '1000']] });
    await world.advance(SETTLED_MS);
    return scene;
  }

  it('of a market that resolves ends with it on paper', async () => {
    const scene = await owing();
    const { world } = scene;
    expect(owedOf(scene).PAPER).toHaveLength(1);
    world.exchange.resolve(scene.conditionId, ['1', '0']);
    world.exchange.redeem(world.funderAddress, scene.conditionId);
    await world.advance(5 * MINUTE_MS);
    expect(owedOf(scene)).toEqual({ PAPER: [], LIVE: [] });
    expect(disagreements(scene)).toEqual([]);
  });

  it('of a market that resolves with a winner ends live before anybody redeems, and the shares stay, worth their payout', async () => {
    const scene = await owing();
    const { world } = scene;
    expect(owedOf(scene).LIVE).toHaveLength(1);
    world.exchange.resolve(scene.conditionId, ['1', '0']);
    await world.advance(5 * MINUTE_MS);
    expect(owedOf(scene)).toEqual({ PAPER: [], LIVE: [] });
    expect(world.live.status().owedExits).toEqual({ owed: 0, held: 0, blocked: 0, expired: 0, waiting: 0 });
    expect(sharesOf(scene).LIVE).toBe(40);
    // Each share pays a dollar; a page that lists orphaned positions leaves this one to what waits for redemption.
    const held = world.rows('position').find((row) => row.mode === 'LIVE' && row.tokenId === scene.token);
    expect([held?.markRule, held?.markPriceMicros]).toEqual(['PAYOUT', 1_000_000n]);
    const venue = world.rows('venuePosition').find((row) => row.tokenId === scene.token);
    expect([venue?.redeemable, venue?.shareMicros]).toEqual([true, 40_000_000n]);
    expect(world.live.portfolio().keptExits.map((one) => one.tokenId)).toEqual([scene.token]);
    expect(disagreements(scene)).toEqual([]);
  });

  it('of a leader who was paused or removed goes on', async () => {
    const scene = await owing();
    const { world } = scene;
    await scene.wish({ paperEnabled: false });
    scene.deepBook();
    await world.advance(2 * MINUTE_MS);
    expect(sharesOf(scene)).toEqual({ PAPER: 0, LIVE: 0 });
  });

  it('below the venue’s minimum waits for the next exit, and they are sold together', async () => {
    const scene = await LiveScene.open({ exchangeStepMs: 500 });
    const { world } = scene;
    await scene.copied('BUY', '400');
    await world.advance(SETTLED_MS);
    await scene.copied('SELL', '30');
    await world.advance(MINUTE_MS);
    expect(owedOf(scene).LIVE).toEqual(['3 TOO_SMALL BELOW_MIN_ORDER_SIZE']);
    await scene.copied('SELL', '30');
    await world.advance(MINUTE_MS);
    expect(sharesOf(scene)).toEqual({ PAPER: 34, LIVE: 34 });
    expect(owedOf(scene)).toEqual({ PAPER: [], LIVE: [] });
    expect(disagreements(scene)).toEqual([]);
  });

  it('during FORCE_OFF of its leader alone is held', async () => {
    const scene = await LiveScene.open({ exchangeStepMs: 500 });
    await scene.copied('BUY', '400');
    await scene.world.advance(SETTLED_MS);
    await scene.switchLeader('FORCE_OFF');
    await scene.copied('SELL', '400');
    await scene.world.advance(SETTLED_MS);
    expect(owedOf(scene)).toEqual({ PAPER: [], LIVE: ['40 HELD LIVE_MODE_OFF'] });
    expect(sharesOf(scene)).toEqual({ PAPER: 0, LIVE: 40 });
  });
});
