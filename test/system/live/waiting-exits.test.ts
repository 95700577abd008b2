/**
 * Exits that wait: a sale whose purchase is on its way, not settled or not known waits for it, through a restart too, and for
 * no longer than it must.
 */
import { describe, expect, it } from 'vitest';
import { copyLagMs } from '../../../domain/records/lags.ts';
import { disagreements } from '../world/live-conservation.ts';
import { LiveScene } from '../world/live-scene.ts';

const MINUTE_MS = 60_000;

/** The last state of every order, with its side. */
function states(scene: LiveScene): string[] {
  return scene.orders().map((order) => `${order.side} ${order.state}`);
}

/** A copy whose POST was answered by silence, and which no read and no frame shows. */
async function copiedUnseen(scene: LiveScene): Promise<void> {
  scene.fault({ channel: 'order', kind: 'accept-then-drop' });
  scene.fault({ channel: 'user', kind: 'drop', count: null });
  scene.world.venue.losesCall = (name) => name.startsWith('GET /data/');
  await scene.copied('BUY', '400');
}

/** A copy whose trade stays provisional for so long from now. */
async function settlingFor(scene: LiveScene, ms: number): Promise<void> {
  scene.fault({ channel: 'order', kind: 'retried' });
  await scene.copied('BUY', '400');
  const { trading } = scene.world.exchange.world;
  trading.trades.get(scene.fills().at(-1)!.tradeId)!.ahead = [
    { status: 'CONFIRMED', atMs: scene.world.nowMs + ms },
  ];
}

describe('an exit', () => {
  it.each([
    ['until the purchase is known', 10_000],
    ['also while the purchase stays unknown beyond its grace', 60_000],
  ])('of shares that are not held yet waits %s, and then sells them', async (_when, unseenMs) => {
    const scene = await LiveScene.open({ exchangeStepMs: 500 });
    const { world } = scene;
    await copiedUnseen(scene);
    await scene.copied('SELL', '400');
    await world.advance(unseenMs);
    expect(states(scene)).toEqual(['BUY UNKNOWN']);
    expect(scene.decisions('LIVE').filter((line) => line.startsWith('SKIP'))).toEqual([]);
    world.venue.losesCall = undefined;
    world.exchange.faults.clear();
    await world.advance(2 * MINUTE_MS);
    expect(states(scene)).toEqual(['BUY FILLED', 'SELL FILLED']);
    expect(scene.held('LIVE')).toBe(0n);
    expect(disagreements(scene)).toEqual([]);
  });

  it.each([
    ['all', '400', 60_000_000n],
    ['half', '200', 80_000_000n],
  ])(
    'of %s sells of the purchases decided before it, and nothing of a later one (A44)',
    async (_what, sold, left) => {
      const scene = await LiveScene.open({ exchangeStepMs: 500 });
      const { world } = scene;
      await copiedUnseen(scene);
      await scene.copied('SELL', sold);
      await scene.copied('BUY', '600');
      world.venue.losesCall = undefined;
      world.exchange.faults.clear();
      await world.advance(2 * MINUTE_MS);
      expect(states(scene)).toEqual(['BUY FILLED', 'BUY FILLED', 'SELL FILLED']);
      expect([scene.held('LIVE'), world.live.portfolio().owedExits]).toEqual([left, []]);
      expect(disagreements(scene)).toEqual([]);
    },
  );

  it('does not wait for a purchase that comes after it (A44)', async () => {
    const scene = await LiveScene.open({ exchangeStepMs: 500 });
    const { world } = scene;
    await settlingFor(scene, 10_000);
    await scene.copied('SELL', '200');
    await copiedUnseen(scene);
    world.venue.losesCall = (name) => name.startsWith('GET /data/order');
    await world.advance(20_000);
    expect(states(scene).slice(0, 2)).toEqual(['BUY FILLED', 'BUY UNKNOWN']);
    expect(scene.orders()[2]).toMatchObject({ side: 'SELL', shareMicros: 20_000_000n });
  });

  it('goes before a later one of the same that need not wait itself (A44)', async () => {
    const scene = await LiveScene.open({ live: { exitWaitMsMax: 300_000 }, exchangeStepMs: 500 });
    const { world } = scene;
    await scene.copied('BUY', '300');
    await settlingFor(scene, 100 * MINUTE_MS);
    const settling = scene.fills().at(-1);
    await scene.copied('SELL', '630');
    await scene.copied('BUY', '300');
    await scene.copied('SELL', '185');
    expect(scene.decisions('LIVE').map((line) => line.split(' ')[0])).toEqual([
      'EXECUTE',
      'EXECUTE',
      'WAIT',
      'EXECUTE',
      'WAIT',
    ]);
    world.exchange.setTradeOutcome(settling!.tradeId, 'CONFIRMED');
    await world.advance(2 * MINUTE_MS);
    const sales = scene.orders().filter(({ side }) => side === 'SELL');
    // Nine tenths of 70, then half of the 37 that are left of it with the 30 bought after it.
    expect(sales.map(({ shareMicros }) => shareMicros)).toEqual([63_000_000n, 18_500_000n]);
    expect(disagreements(scene)).toEqual([]);
  });

  it('that comes while live is OFF and the purchase is unknown is held once that is known (A44)', async () => {
    const scene = await LiveScene.open({ exchangeStepMs: 500 });
    const { world } = scene;
    await copiedUnseen(scene);
    await scene.switchLive('OFF');
    await scene.copied('SELL', '400');
    expect(scene.facts().waitingExits).toBe(1);
    world.venue.losesCall = undefined;
    world.exchange.faults.clear();
    await world.advance(2 * MINUTE_MS);
    expect(states(scene)).toEqual(['BUY FILLED']);
    expect(world.live.portfolio().owedExits).toMatchObject([{ state: 'HELD', shareMicros: 40_000_000n }]);
    await scene.switchLive('ON');
    world.live.commandExit({ action: 'RELEASE', exit: null });
    await world.advance(MINUTE_MS);
    expect(states(scene)).toEqual(['BUY FILLED', 'SELL FILLED']);
    expect(disagreements(scene)).toEqual([]);
  });

  it('of a purchase that never arrived has nothing to sell once that is proven, and says so', async () => {
    const scene = await LiveScene.open({ exchangeStepMs: 500 });
    const { world } = scene;
    world.venue.losesCall = (name) => name === 'POST /order';
    await scene.copied('BUY', '400');
    await scene.copied('SELL', '400');
    await world.advance(3 * MINUTE_MS);
    expect(states(scene)).toEqual(['BUY REJECTED']);
    expect(scene.decisions('LIVE').at(-1)).toBe('SKIP NOT_ENOUGH_POSITION_TO_SELL');
    expect(scene.facts().waitingExits).toBe(0);
  });

  it('ends its wait in SHADOW without a command, and nothing of it leaves when ON is pressed', async () => {
    const scene = await LiveScene.open({ live: { copyAgeMsMax: 600_000 }, exchangeStepMs: 500 });
    const { world } = scene;
    await settlingFor(scene, 100 * MINUTE_MS);
    await scene.switchLive('SHADOW');
    await world.advance(30_000);
    await scene.copied('SELL', '400');
    expect(scene.facts().waitingExits).toBe(1);
    await world.advance(20_000);
    expect(scene.facts().waitingExits).toBe(0);
    expect(scene.decisions('LIVE')).toEqual(['EXECUTE', 'EXECUTE LIVE_SHADOW_ONLY']);
    await scene.switchLive('ON');
    await world.advance(MINUTE_MS);
    expect(scene.posts()).toHaveLength(1);
  });

  it.each([[10_000], [28_000]])(
    'of a purchase that was on its way for %d ms sells all of it',
    async (delayMs) => {
      const scene = await LiveScene.open({ exchangeStepMs: 500 });
      scene.fault({ channel: 'order', kind: 'arrive-late', delayMs });
      await scene.copied('BUY', '400');
      await scene.copied('SELL', '400');
      await scene.world.advance(2 * MINUTE_MS);
      expect(states(scene)).toEqual(['BUY FILLED', 'SELL FILLED']);
      expect(scene.held('LIVE')).toBe(0n);
      expect(disagreements(scene)).toEqual([]);
    },
  );

  it('that has waited leaves once the venue takes orders, however old it is', async () => {
    const scene = await LiveScene.open({ live: { exitWaitMsMax: 300_000 }, exchangeStepMs: 500 });
    const { world } = scene;
    await settlingFor(scene, 100 * MINUTE_MS);
    const [bought] = scene.fills();
    await scene.copied('SELL', '400');
    await world.advance(20_000);
    scene.fault({ channel: 'order', kind: 'restart', retryAfterS: 2 });
    world.exchange.setTradeOutcome(bought!.tradeId, 'CONFIRMED');
    await world.advance(2 * MINUTE_MS);
    expect(states(scene)).toEqual(['BUY FILLED', 'SELL FILLED']);
    expect(scene.orders()[1]!.submits).toBe(2);
    expect(scene.held('LIVE')).toBe(0n);
    // What it waited for its shares is a wait of its own, not lag (A57).
    const sale = scene.attempts('LIVE').at(-1)!;
    expect([sale.side, sale.decision]).toEqual(['SELL', 'EXECUTE']);
    expect(sale.ownWaitMs).toBeGreaterThan(20_000);
    expect(copyLagMs(sale)).toBeLessThan(5_000);
    expect(disagreements(scene)).toEqual([]);
  });

  it('that waited while the Wallet was dead is sold once the account has been read', async () => {
    const scene = await LiveScene.open({ live: { copyAgeMsMax: 60_000 }, exchangeStepMs: 500 });
    const { world } = scene;
    await settlingFor(scene, 18_000);
    await scene.copied('SELL', '400');
    expect(scene.facts().waitingExits).toBe(1);
    world.time.nowMs += 20_000;
    world.kill('live');
    await world.advance(2 * MINUTE_MS);
    expect(states(scene)).toEqual(['BUY FILLED', 'SELL FILLED']);
    expect(scene.held('LIVE')).toBe(0n);
    expect(disagreements(scene)).toEqual([]);
  });

  it('that waited through hours without the Wallet is sold once the account has been read (A43)', async () => {
    const scene = await LiveScene.open({ exchangeStepMs: 500 });
    const { world } = scene;
    await settlingFor(scene, 18_000);
    await scene.copied('SELL', '400');
    world.time.nowMs += 180 * MINUTE_MS;
    world.kill('live');
    await world.advance(5 * MINUTE_MS);
    expect(scene.facts().waitingExits).toBe(0);
    expect(scene.held('LIVE')).toBe(0n);
    expect(disagreements(scene)).toEqual([]);
  });

  it('that waited for more than a day is listed, and not sold by itself (A44)', async () => {
    const scene = await LiveScene.open({ exchangeStepMs: 500 });
    const { world } = scene;
    await settlingFor(scene, 18_000);
    await scene.copied('SELL', '400');
    world.time.nowMs += 1_500 * MINUTE_MS;
    world.kill('live');
    await world.advance(5 * MINUTE_MS);
    expect(scene.decisions('LIVE').at(-1)).toContain('EVENT_TOO_OLD');
    expect(scene.posts()).toHaveLength(1);
    expect(world.live.portfolio().owedExits).toMatchObject([{ state: 'EXPIRED', shareMicros: 40_000_000n }]);
  });

  it('does not wait for a purchase that rests: it goes after its own wait', async () => {
    const scene = await LiveScene.open({
      live: {
        orderType: 'GTC',
        restingOrdersEnabled: true,
        sellSpreadPriceMicrosMax: 300_000,
        sellOverMidPriceMicrosMax: 300_000,
      },
      exchangeStepMs: 500,
    });
    const { world } = scene;
    await scene.copied('BUY', '400');
    await world.advance(20_000);
    world.venue.atWalletCall = (name) => {
      if (name === 'POST /order')
        world.exchange.setBook(scene.token, { bids: [['0.49', '100000']], asks: [['0.60', '1000']] });
    };
    await scene.copied('BUY', '400');
    world.venue.atWalletCall = undefined;
    expect(states(scene)).toEqual(['BUY FILLED', 'BUY OPEN']);
    // Only reported, so that the leader does not sell to our own order.
    await scene.receives('SELL', 400);
    await world.advance(30_000);
    expect(scene.orders().at(-1)).toMatchObject({ side: 'SELL', state: 'FILLED' });
    expect(scene.facts().waitingExits).toBe(0);
  });
});
