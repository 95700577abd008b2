/**
 * States of the venue and of the account: each is shown to the operator by its name, keeps orders from leaving while it lasts,
 * is never taken for a rejection, and ends without help or when a person has mended it.
 */
import { describe, expect, it } from 'vitest';
import { disagreements } from '../world/live-conservation.ts';
import { LiveScene } from '../world/live-scene.ts';
import { COPIED_MS } from '../world/scene.ts';

const MINUTE_MS = 60_000;
const PATIENT = { copyAgeMsMax: 180_000 };

describe('a state of the venue', () => {
  it.each([
    ['restart', 'RESTARTING', 'LIVE_VENUE_RESTARTING'],
    ['post-only', 'POST_ONLY', 'LIVE_VENUE_POST_ONLY'],
    ['cancel-only', 'CANCEL_ONLY', 'LIVE_VENUE_CANCEL_ONLY'],
    ['disabled', 'TRADING_DISABLED', 'LIVE_VENUE_DISABLED'],
    ['rate-limited', 'RATE_LIMITED', 'LIVE_RATE_LIMITED'],
  ] as const)(
    '%s is shown as %s, stops the next order, and rejects none',
    async (kind, condition, reason) => {
      const scene = await LiveScene.open();
      scene.fault({ channel: 'order', kind, count: null, retryAfterS: 60 });
      await scene.copied('BUY', '400');
      expect(scene.facts().venueCondition).toBe(condition);
      expect(scene.decisions('LIVE')[0]).not.toContain('LIVE_ORDER_REJECTED');
      scene.trade('BUY', '300');
      await scene.world.advance(2_400);
      expect(scene.decisions('LIVE').slice(1)).toEqual([`SKIP ${reason}`]);
      expect(new Set(scene.posts()).size).toBe(1);
      scene.world.exchange.faults.clear();
      await scene.world.advance(3 * MINUTE_MS);
      expect(scene.facts().venueCondition).toBeNull();
      expect(scene.orders().map((order) => [order.state, order.filledShareMicros])).toEqual([
        ['CANCELED', 0n],
      ]);
      expect(scene.decisions('LIVE')[0]).toBe(`EXECUTE ${reason}`);
      expect(disagreements(scene)).toEqual([]);
      await scene.copied('BUY', '350');
      expect(scene.decisions('LIVE').at(-1)).toBe('EXECUTE');
      expect(scene.orders().at(-1)!.state).toBe('FILLED');
    },
  );

  it.each(['restart', 'rate-limited'] as const)(
    '%s ends in one order of the same bytes when the intent is still fresh',
    async (kind) => {
      const scene = await LiveScene.open({ live: PATIENT });
      scene.fault({ channel: 'order', kind });
      await scene.copied('BUY', '400');
      await scene.world.advance(3 * MINUTE_MS);
      expect(new Set(scene.posts()).size).toBe(1);
      expect(scene.taken()).toHaveLength(1);
      expect(scene.orders().map((order) => order.state)).toEqual(['FILLED']);
      expect(disagreements(scene)).toEqual([]);
    },
  );

  it('does not keep an order of ours from being cancelled in cancel-only and post-only', async () => {
    const scene = await LiveScene.open({ live: { orderType: 'GTC', restingOrdersEnabled: true } });
    const { world } = scene;
    world.venue.atWalletCall = (name) => {
      if (name === 'POST /order') world.exchange.setBook(scene.token, { bids: [['0.40', '10']], asks: [] });
    };
    await scene.copied('BUY', '400');
    scene.fault({ channel: 'order', kind: 'cancel-only', count: null });
    await scene.switchLive('OFF');
    await world.advance(COPIED_MS);
    expect(scene.orders().map((order) => order.state)).toEqual(['CANCELED']);
  });
});

describe('a fault of the account or of where we call from', () => {
  it.each([
    ['region', 'REGION_BLOCKED', 'LIVE_REGION_BLOCKED'],
    ['egress', 'EGRESS_BLOCKED', 'LIVE_REGION_BLOCKED'],
  ] as const)('%s is shown as %s and shuts trading until a person switches on again', async (...row) => {
    const [kind, problem, reason] = row;
    const scene = await LiveScene.open();
    scene.fault({ channel: 'order', kind });
    await scene.copied('BUY', '400');
    expect(String(scene.facts().accountProblem)).toContain(problem);
    expect(scene.orders().map((order) => [order.state, order.filledShareMicros])).toEqual([['CANCELED', 0n]]);
    expect(scene.decisions('LIVE')).toEqual([`EXECUTE ${reason}`]);
    await scene.copied('BUY', '300');
    expect(scene.decisions('LIVE').at(-1)).toBe(`SKIP ${reason}`);
    expect(scene.posts()).toHaveLength(1);
    scene.world.kill('live');
    await scene.world.live.ensureRunning();
    await scene.world.advance(3 * MINUTE_MS);
    await scene.copied('BUY', '300');
    expect(scene.posts()).toHaveLength(1);
    await scene.switchLive('ON');
    await scene.copied('BUY', '350');
    expect(scene.posts()).toHaveLength(2);
    await scene.world.advance(MINUTE_MS);
    expect(disagreements(scene)).toEqual([]);
  });

  it('credentials that the venue knows no more are derived anew, and what was on its way is tracked to its end', async () => {
    const scene = await LiveScene.open();
    const { world } = scene;
    scene.fault({ channel: 'order', kind: 'accept-then-drop' });
    await scene.copied('BUY', '400');
    world.exchange.world.trading.keys.clear();
    world.exchange.disconnect('user');
    await world.advance(3 * MINUTE_MS);
    expect(scene.facts()).toMatchObject({ auth: 'OK', accountProblem: null, userChannel: 'OPEN' });
    expect(scene.orders().map((order) => order.state)).toEqual(['FILLED']);
    await scene.copied('BUY', '300');
    await world.advance(MINUTE_MS);
    expect(scene.orders().at(-1)!.state).toBe('FILLED');
    expect(disagreements(scene)).toEqual([]);
  });

  it('a clock that is wrong is shown, and nothing is placed until it is right', async () => {
    const scene = await LiveScene.open();
    scene.world.venueSkewMs = 30_000;
    await scene.world.advance(2 * MINUTE_MS);
    expect(String(scene.facts().accountProblem)).toContain('CLOCK_SKEW');
    await scene.copied('BUY', '400');
    await scene.world.advance(MINUTE_MS);
    expect(scene.decisions('LIVE')).toEqual(['SKIP LIVE_CLOCK_SKEW']);
    scene.world.venueSkewMs = 0;
    await scene.world.advance(2 * MINUTE_MS);
    await scene.copied('BUY', '400');
    await scene.world.advance(MINUTE_MS);
    expect(scene.decisions('LIVE').at(-1)).toBe('EXECUTE');
  });

  it('an account that may only close positions buys nothing', async () => {
    const scene = await LiveScene.open();
    const { world } = scene;
    world.exchange.world.trading.traders.get(world.funderAddress)!.closedOnly = true;
    await world.advance(2 * MINUTE_MS);
    await scene.copied('BUY', '400');
    await world.advance(MINUTE_MS);
    expect(String(scene.facts().accountProblem)).toContain('CLOSED_ONLY');
    expect(scene.decisions('LIVE')).toEqual(['SKIP LIVE_ACCOUNT_PROBLEM']);
  });
});

describe('a rule of the market that changes while an order is on its way', () => {
  it('is a rejection with its cause: nothing is sent again, and the next copy keeps to the new tick', async () => {
    const scene = await LiveScene.open();
    const { world } = scene;
    await scene.moves('0.46', '0.47');
    world.venue.atWalletCall = (name) => {
      if (name !== 'POST /order') return;
      world.exchange.setTick(scene.token, '0.1');
      world.exchange.setBook(scene.token, { bids: [['0.4', '100000']], asks: [['0.5', '100000']] });
    };
    await scene.copied('BUY', '400');
    world.venue.atWalletCall = undefined;
    await world.advance(MINUTE_MS);
    expect(scene.orders().map((order) => [order.state, order.submits])).toEqual([['REJECTED', 1]]);
    expect(scene.orders()[0]!.lastError).toMatch(/^TICK/);
    expect(scene.decisions('LIVE')).toEqual(['EXECUTE LIVE_ORDER_REJECTED']);
    await scene.liveSettings({ spreadPriceMicrosMax: 200_000, overMidPriceMicrosMax: 200_000 });
    await scene.copied('BUY', '400');
    await world.advance(MINUTE_MS);
    expect(scene.orders()[1]).toMatchObject({ state: 'FILLED', tickPriceMicros: 100_000n });
    expect(disagreements(scene)).toEqual([]);
  });

  it('a market that closes in flight is a rejection, and not one cent is held back after it', async () => {
    const scene = await LiveScene.open();
    const { world } = scene;
    world.venue.atWalletCall = (name) => {
      if (name === 'POST /order') world.exchange.resolve(scene.conditionId, ['1', '0']);
    };
    await scene.copied('BUY', '400');
    await world.advance(MINUTE_MS);
    expect(['REJECTED', 'CANCELED']).toContain(scene.orders()[0]!.state);
    expect(scene.held('LIVE')).toBe(0n);
    expect(disagreements(scene)).toEqual([]);
  });
});

describe('reads that fail', () => {
  it('leave the orders as they are, and are made up for later', async () => {
    const scene = await LiveScene.open();
    const { world } = scene;
    world.venue.losesCall = (name) => name.startsWith('GET ');
    await scene.copied('BUY', '400');
    await world.advance(MINUTE_MS);
    world.venue.losesCall = undefined;
    await world.advance(3 * MINUTE_MS);
    expect(scene.orders().map((order) => order.state)).toEqual(['FILLED']);
    expect(disagreements(scene)).toEqual([]);
  });

  it('pause the reading, not the selling and cancelling, when the venue says too many requests', async () => {
    const scene = await LiveScene.open();
    const { world } = scene;
    scene.fault({ channel: 'rest', kind: 'status', status: 429, path: '/data/', count: 20 });
    const before = world.venue.walletCalls.length;
    await world.advance(MINUTE_MS);
    expect(world.venue.walletCalls.length - before).toBeLessThan(60);
    await scene.copied('BUY', '400');
    await world.advance(3 * MINUTE_MS);
    expect(scene.orders().map((order) => order.state)).toEqual(['FILLED']);
    expect(disagreements(scene)).toEqual([]);
  });
});
