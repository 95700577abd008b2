/**
 * Exits as a table of cases (A43–A47), each in both Wallets: what the leader does, what keeps the exit from being executed, and
 * what is sold in the end. An exit is sold, or listed with its cause; it is never dropped.
 */
import { describe, expect, it } from 'vitest';
import { parseLeaderAddress, parseTokenId } from '../../../domain/ids.ts';
import { shares } from '../../../domain/money.ts';
import { disagreements } from '../world/live-conservation.ts';
import { LiveScene, SETTLED_MS } from '../world/live-scene.ts';
import { LEADER_DUST, owedOf, sharesOf } from './exit-scene.ts';

const MINUTE_MS = 60_000;

/** The leader has bought 400 shares, and both Wallets hold their tenth, settled. */
async function holding(live: Parameters<typeof LiveScene.open>[0] = {}): Promise<LiveScene> {
  const scene = await LiveScene.open({ exchangeStepMs: 500, ...live });
  await scene.copied('BUY', '400');
  await scene.world.advance(SETTLED_MS);
  expect(sharesOf(scene)).toEqual({ PAPER: 40, LIVE: 40 });
  return scene;
}

describe('an exit', () => {
  it('sells the fraction that the leader sold, at any rate of copying', async () => {
    const scene = await holding({ settings: { copyRateBps: 1_000 } });
    await scene.settings({ copyRateBps: 100 });
    await scene.liveSettings({ copyRateBps: 100 });
    await scene.copied('SELL', '100');
    await scene.world.advance(SETTLED_MS);
    expect(sharesOf(scene)).toEqual({ PAPER: 30, LIVE: 30 });
    expect(disagreements(scene)).toEqual([]);
  });

  it('sells everything when the leader is left with dust', async () => {
    const scene = await holding();
    await scene.copied('SELL', `${400 - LEADER_DUST}`);
    await scene.world.advance(SETTLED_MS);
    expect(sharesOf(scene)).toEqual({ PAPER: 0, LIVE: 0 });
  });

  it('that finds no bid is owed, and is sold once there is one', async () => {
    const scene = await holding();
    const { world } = scene;
    scene.trade('SELL', '400');
    world.exchange.setBook(scene.token, { bids: [], asks: [['0.50', '1000']] });
    await world.advance(SETTLED_MS);
    expect(sharesOf(scene)).toEqual({ PAPER: 40, LIVE: 40 });
    expect(owedOf(scene)).toEqual({
      PAPER: ['40 OWED NO_LIQUIDITY_WITHIN_BOUNDS'],
      LIVE: ['40 OWED NO_LIQUIDITY_WITHIN_BOUNDS'],
    });
    world.exchange.setBook(scene.token, { bids: [['0.49', '1000']], asks: [['0.50', '1000']] });
    await world.advance(2 * MINUTE_MS);
    expect(sharesOf(scene)).toEqual({ PAPER: 0, LIVE: 0 });
    expect(owedOf(scene)).toEqual({ PAPER: [], LIVE: [] });
    expect(scene.attempts('LIVE').at(-1)).toMatchObject({ sourceType: 'EXIT', decision: 'EXECUTE' });
    expect(disagreements(scene)).toEqual([]);
  });

  it('that fills in part owes the rest', async () => {
    const scene = await holding();
    const { world } = scene;
    scene.trade('SELL', '400');
    world.exchange.setBook(scene.token, { bids: [['0.49', '10']], asks: [['0.50', '1000']] });
    await world.advance(SETTLED_MS);
    // Live's order takes the bid before the paper copy is due, which then finds none.
    expect(sharesOf(scene)).toEqual({ PAPER: 40, LIVE: 30 });
    expect(owedOf(scene)).toEqual({
      PAPER: ['40 OWED NO_LIQUIDITY_WITHIN_BOUNDS'],
      LIVE: ['30 OWED NO_LIQUIDITY_WITHIN_BOUNDS'],
    });
    world.exchange.setBook(scene.token, { bids: [['0.49', '1000']], asks: [['0.50', '1000']] });
    await world.advance(2 * MINUTE_MS);
    expect(sharesOf(scene)).toEqual({ PAPER: 0, LIVE: 0 });
    expect(disagreements(scene)).toEqual([]);
  });

  it('keeps its price bounds for a minute, and then follows the bid down to a floor', async () => {
    const scene = await holding();
    const { world } = scene;
    scene.trade('SELL', '400');
    world.exchange.setBook(scene.token, { bids: [['0.42', '1000']], asks: [['0.50', '1000']] });
    await world.advance(50_000);
    expect(sharesOf(scene)).toEqual({ PAPER: 40, LIVE: 40 });
    await world.advance(2 * MINUTE_MS);
    expect(sharesOf(scene)).toEqual({ PAPER: 0, LIVE: 0 });
  });

  it('does not sell below its floor, however long it waits, and says so', async () => {
    const scene = await holding();
    const { world } = scene;
    scene.trade('SELL', '400');
    world.exchange.setBook(scene.token, { bids: [['0.36', '1000']], asks: [['0.50', '1000']] });
    await world.advance(10 * MINUTE_MS);
    expect(owedOf(scene)).toEqual({
      PAPER: ['40 OWED PRICE_WORSE_THAN_THEIR_FILL'],
      LIVE: ['40 OWED PRICE_WORSE_THAN_THEIR_FILL'],
    });
    expect(scene.posts()).toHaveLength(1);
  });

  it('survives the death of both Wallets', async () => {
    const scene = await holding();
    const { world } = scene;
    scene.trade('SELL', '400');
    world.exchange.setBook(scene.token, { bids: [], asks: [['0.50', '1000']] });
    await world.advance(SETTLED_MS);
    world.kill('live');
    world.kill('wallet');
    world.exchange.setBook(scene.token, { bids: [['0.49', '1000']], asks: [['0.50', '1000']] });
    await world.advance(2 * MINUTE_MS);
    expect(sharesOf(scene)).toEqual({ PAPER: 0, LIVE: 0 });
    expect(disagreements(scene)).toEqual([]);
  });

  it('during OFF is held, and is sold only when the operator confirms it after ON', async () => {
    const scene = await holding();
    const { world } = scene;
    await scene.switchLive('OFF');
    world.paper.setTrading('OFF');
    await scene.copied('SELL', '400');
    expect(owedOf(scene)).toEqual({ PAPER: ['40 HELD ENGINE_PAUSED'], LIVE: ['40 HELD LIVE_MODE_OFF'] });
    await scene.switchLive('ON');
    world.paper.setTrading('ON');
    await world.advance(2 * MINUTE_MS);
    expect(sharesOf(scene)).toEqual({ PAPER: 40, LIVE: 40 });
    for (const wallet of [world.paper, world.live])
      expect(wallet.commandExit({ action: 'RELEASE', exit: null })).toEqual({ kind: 'done', rows: 1 });
    await world.advance(MINUTE_MS);
    expect(sharesOf(scene)).toEqual({ PAPER: 0, LIVE: 0 });
    expect(disagreements(scene)).toEqual([]);
  });

  it('that was owed when the switch fell is held too', async () => {
    const scene = await holding();
    const { world } = scene;
    scene.trade('SELL', '400');
    world.exchange.setBook(scene.token, { bids: [], asks: [['0.50', '1000']] });
    await world.advance(SETTLED_MS);
    await scene.switchLive('OFF');
    await scene.switchLive('ON');
    world.exchange.setBook(scene.token, { bids: [['0.49', '1000']], asks: [['0.50', '1000']] });
    await world.advance(2 * MINUTE_MS);
    expect(sharesOf(scene)).toEqual({ PAPER: 0, LIVE: 40 });
    expect(owedOf(scene).LIVE).toEqual(['40 HELD NO_LIQUIDITY_WITHIN_BOUNDS']);
  });

  it('is cancelled by a purchase as far as that goes', async () => {
    const scene = await holding();
    const { world } = scene;
    scene.trade('SELL', '200');
    world.exchange.setBook(scene.token, { bids: [], asks: [['0.50', '1000']] });
    await world.advance(SETTLED_MS);
    expect(owedOf(scene).LIVE).toEqual(['20 OWED NO_LIQUIDITY_WITHIN_BOUNDS']);
    world.exchange.setBook(scene.token, { bids: [['0.45', '1000']], asks: [['0.50', '1000']] });
    const room = { spreadPriceMicrosMax: 500_000, overMidPriceMicrosMax: 500_000, exitPatienceMs: 600_000 };
    await scene.settings(room);
    await scene.liveSettings(room);
    // Until the marks are read again, buying has stopped: what is held had no bid (A49).
    await world.advance(MINUTE_MS);
    await scene.copied('BUY', '300');
    await world.advance(SETTLED_MS);
    expect(sharesOf(scene)).toEqual({ PAPER: 50, LIVE: 50 });
    expect(owedOf(scene)).toEqual({ PAPER: [], LIVE: [] });
    expect(disagreements(scene)).toEqual([]);
  });

  it('the operator keeps is not sold, and a later exit sells only its own fraction', async () => {
    const scene = await holding();
    const { world } = scene;
    scene.trade('SELL', '200');
    world.exchange.setBook(scene.token, { bids: [], asks: [['0.50', '1000']] });
    await world.advance(SETTLED_MS);
    const [row] = world.live.portfolio().owedExits;
    world.live.commandExit({ action: 'KEEP', exit: row! });
    world.paper.commandExit({ action: 'KEEP', exit: row! });
    world.exchange.setBook(scene.token, { bids: [['0.49', '1000']], asks: [['0.50', '1000']] });
    await world.advance(2 * MINUTE_MS);
    expect(sharesOf(scene)).toEqual({ PAPER: 40, LIVE: 40 });
    await scene.copied('SELL', '100');
    await world.advance(SETTLED_MS);
    expect(sharesOf(scene)).toEqual({ PAPER: 20, LIVE: 20 });
    expect(owedOf(scene)).toEqual({ PAPER: [], LIVE: [] });
  });
});

describe('a redemption', () => {
  it('is no exit: nothing is sold or owed, and ours settle with the market', async () => {
    const scene = await holding();
    const { world, leader, conditionId } = scene;
    world.exchange.resolve(conditionId, ['1', '0']);
    await world.advance(1_000);
    world.exchange.redeem(leader, conditionId);
    await world.advance(3 * MINUTE_MS);
    expect(world.rows('leaderActivity').map((row) => row.type)).toEqual(['REDEEM']);
    const sides = [...scene.attempts('PAPER'), ...scene.attempts('LIVE')].map((row) => row.side);
    expect(sides).toEqual(['BUY', 'BUY']);
    expect(owedOf(scene)).toEqual({ PAPER: [], LIVE: [] });
    expect(sharesOf(scene).PAPER).toBe(0);
  });
});

describe('a live exit', () => {
  it.each([
    ['the venue restarts', { kind: 'restart', retryAfterS: 5 }],
    ['the venue answers post-only', { kind: 'post-only' }],
    ['the venue limits the rate', { kind: 'rate-limited' }],
    ['its answer is lost before it arrived', { kind: 'fail-before' }],
    ['its answer is lost after it arrived', { kind: 'fail-after' }],
    ['the balance is refused', { kind: 'balance' }],
    ['it meets nothing', { kind: 'killed' }],
  ] as const)('is sold once, though %s', async (_what, fault) => {
    const scene = await holding();
    const { world } = scene;
    if (fault.kind === 'killed') {
      world.venue.atWalletCall = (name) => {
        if (name !== 'POST /order') return;
        world.venue.atWalletCall = undefined;
        world.exchange.setBook(scene.token, { bids: [], asks: [['0.50', '1000']] });
      };
    } else if (fault.kind === 'balance') scene.fault({ channel: 'balance', kind: 'lag', count: 1 } as never);
    else scene.fault({ channel: 'order', ...fault });
    scene.trade('SELL', '400');
    await world.advance(20_000);
    scene.deepBook();
    await world.advance(3 * MINUTE_MS);
    expect(sharesOf(scene).LIVE).toBe(0);
    expect(owedOf(scene).LIVE).toEqual([]);
    const sold = scene.fills().filter((fill) => fill.side === 'SELL' && fill.state !== 'FAILED');
    expect(sold.reduce((sum, fill) => sum + fill.shareMicros, 0n)).toBe(40_000_000n);
    expect(disagreements(scene)).toEqual([]);
  });

  it('whose trade FAILED is owed again and sold', async () => {
    const scene = await holding();
    const { world } = scene;
    scene.fault({ channel: 'order', kind: 'retried-then-failed' });
    await scene.copied('SELL', '400');
    await world.advance(3 * MINUTE_MS);
    expect(sharesOf(scene).LIVE).toBe(0);
    expect(disagreements(scene)).toEqual([]);
  });
});

describe('an exit whose tries have ended', () => {
  const named = (scene: LiveScene) => ({
    leaderAddress: parseLeaderAddress(scene.leader)!,
    tokenId: parseTokenId(scene.token)!,
  });
  /** Bids for so many shares, one at each try: what is sold by hand finds no more. */
  const bidsFor = (scene: LiveScene, size: string): void =>
    scene.world.exchange.setBook(scene.token, { bids: [['0.49', size]], asks: [['0.50', '1000']] });

  it('after exitAgeMsMax keeps what a sale by hand leaves, and is tried again when the operator says so', async () => {
    const scene = await holding({ settings: { exitAgeMsMax: MINUTE_MS }, live: { exitAgeMsMax: MINUTE_MS } });
    const { world } = scene;
    scene.trade('SELL', '400');
    world.exchange.setBook(scene.token, { bids: [], asks: [['0.50', '1000']] });
    await world.advance(3 * MINUTE_MS);
    const expired = (left: string) => [`${left} EXPIRED NO_LIQUIDITY_WITHIN_BOUNDS`];
    expect(owedOf(scene)).toEqual({ PAPER: expired('40'), LIVE: expired('40') });
    world.kill('live');
    world.kill('wallet');
    await world.advance(MINUTE_MS);
    for (const wallet of [world.paper, world.live]) {
      bidsFor(scene, '10');
      await world.advance(2_000);
      const sale = { commandId: 'now', ...named(scene), shareMicros: shares(40_000_000n) };
      expect(await wallet.closePosition(sale)).toEqual({ kind: 'accepted' });
      await world.advance(SETTLED_MS);
    }
    expect(owedOf(scene)).toEqual({ PAPER: expired('30'), LIVE: expired('30') });
    bidsFor(scene, '1000');
    await world.advance(3 * MINUTE_MS);
    expect(sharesOf(scene)).toEqual({ PAPER: 30, LIVE: 30 });
    for (const wallet of [world.paper, world.live]) {
      const again = { action: 'TRY_AGAIN', exit: named(scene) } as const;
      expect(wallet.commandExit(again)).toEqual({ kind: 'done', rows: 1 });
      expect(wallet.commandExit(again)).toMatchObject({ kind: 'refused' });
    }
    await world.advance(MINUTE_MS);
    expect([sharesOf(scene), owedOf(scene)]).toEqual([
      { PAPER: 0, LIVE: 0 },
      { PAPER: [], LIVE: [] },
    ]);
    expect(disagreements(scene)).toEqual([]);
  });

  it('by a rejection for its tick is tried on the new tick when the operator says so, after a restart too', async () => {
    const scene = await holding();
    const { world } = scene;
    await scene.moves('0.46', '0.47');
    world.venue.atWalletCall = (name) => {
      if (name !== 'POST /order') return;
      world.exchange.setTick(scene.token, '0.1');
      world.exchange.setBook(scene.token, { bids: [['0.4', '100000']], asks: [['0.5', '100000']] });
    };
    scene.trade('SELL', '400');
    await world.advance(SETTLED_MS);
    world.venue.atWalletCall = undefined;
    expect(owedOf(scene).LIVE).toEqual(['40 BLOCKED LIVE_ORDER_REJECTED']);
    world.kill('live');
    await world.advance(2 * MINUTE_MS);
    expect(sharesOf(scene).LIVE).toBe(40);
    await scene.liveSettings({ sellSpreadPriceMicrosMax: 300_000, sellOverMidPriceMicrosMax: 300_000 });
    expect(world.live.commandExit({ action: 'TRY_AGAIN', exit: named(scene) })).toMatchObject({
      kind: 'done',
    });
    await world.advance(3 * MINUTE_MS);
    expect([sharesOf(scene).LIVE, owedOf(scene).LIVE]).toEqual([0, []]);
    expect(disagreements(scene)).toEqual([]);
  });
});
