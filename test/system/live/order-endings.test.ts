/**
 * How live orders end when the venue shows them late or not at all: none is called ended or absent too soon, OFF cancels each
 * that appears, and none is sent when it must not be.
 */
import { describe, expect, it } from 'vitest';
import type { ModeSettings } from '../../../domain/settings/settings.ts';
import { disagreements } from '../world/live-conservation.ts';
import { LiveScene } from '../world/live-scene.ts';

const MINUTE_MS = 60_000;
const RESTING: Partial<ModeSettings> = { orderType: 'GTC', restingOrdersEnabled: true };

/** The last state of every order, with its side. */
function states(scene: LiveScene): string[] {
  return scene.orders().map((order) => `${order.side} ${order.state}`);
}

/** Nothing is for sale any more, and somebody bids. */
function soldOut(scene: LiveScene): void {
  scene.world.exchange.setBook(scene.token, { bids: [['0.40', '1000']], asks: [] });
}

describe('a live order', () => {
  it('has its trades booked though they show minutes late, and the exit sells them', async () => {
    const scene = await LiveScene.open({ exchangeStepMs: 1_000 });
    const { world } = scene;
    scene.fault({ channel: 'order', kind: 'accept-then-drop' });
    scene.fault({ channel: 'user', kind: 'drop', count: null });
    scene.fault({ channel: 'reads', kind: 'late', delayMs: 4 * MINUTE_MS, count: null });
    await scene.copied('BUY', '400');
    await world.advance(16 * MINUTE_MS);
    expect(states(scene)).toEqual(['BUY FILLED']);
    expect(disagreements(scene)).toEqual([]);
    world.exchange.faults.clear();
    // After so long a silence the sale is learned from the leader's list, not from the stream.
    await scene.liveSettings({ copyAgeMsMax: 60_000 });
    await scene.copied('SELL', '400');
    await world.advance(MINUTE_MS);
    expect(scene.held('LIVE')).toBe(0n);
    expect(disagreements(scene)).toEqual([]);
  });

  it('is cancelled when it arrives after it was proven absent and OFF was acknowledged', async () => {
    const scene = await LiveScene.open({ live: RESTING, exchangeStepMs: 500 });
    const { world } = scene;
    scene.fault({ channel: 'order', kind: 'arrive-late', delayMs: 90_000 });
    await scene.copied('BUY', '400');
    await scene.switchLive('OFF');
    await world.advance(MINUTE_MS);
    expect(states(scene)).toEqual(['BUY REJECTED']);
    soldOut(scene);
    await world.advance(2 * MINUTE_MS);
    expect(scene.taken().map((order) => order.status)).toEqual(['CANCELED']);
    expect(states(scene)).toEqual(['BUY CANCELED']);
    expect(disagreements(scene)).toEqual([]);
  });

  it('is cancelled when it arrives late for a leader who was forced OFF', async () => {
    const scene = await LiveScene.open({ live: RESTING, exchangeStepMs: 500 });
    const { world } = scene;
    scene.fault({ channel: 'order', kind: 'arrive-late', delayMs: 90_000 });
    await scene.copied('BUY', '400');
    await scene.switchLeader('FORCE_OFF');
    await world.advance(MINUTE_MS);
    soldOut(scene);
    await world.advance(2 * MINUTE_MS);
    expect(scene.taken().map((order) => order.status)).toEqual(['CANCELED']);
    expect(disagreements(scene)).toEqual([]);
  });

  it('that rests stays open after one empty read, and OFF cancels it at the venue', async () => {
    const scene = await LiveScene.open({ live: RESTING, exchangeStepMs: 500 });
    const { world } = scene;
    world.venue.atWalletCall = (name) => {
      if (name === 'POST /order') soldOut(scene);
    };
    await scene.copied('BUY', '400');
    world.venue.atWalletCall = undefined;
    await world.advance(2 * MINUTE_MS);
    expect(states(scene)).toEqual(['BUY OPEN']);
    let empty = 2;
    world.venue.rewrites = (path, body) => {
      if (!path.startsWith('/data/order') || empty === 0) return body;
      empty -= 1;
      return path === '/data/orders' ? '{"data":[],"next_cursor":"LTE="}' : 'null';
    };
    await world.advance(3 * MINUTE_MS);
    expect(empty).toBe(0);
    expect(states(scene)).toEqual(['BUY OPEN']);
    await scene.switchLive('OFF');
    await world.advance(MINUTE_MS);
    expect(scene.taken().map((order) => order.status)).toEqual(['CANCELED']);
    expect(states(scene)).toEqual(['BUY CANCELED']);
  });

  it('that could not be seen for minutes is open when it is seen again, and OFF cancels it', async () => {
    const scene = await LiveScene.open({ live: RESTING, exchangeStepMs: 500 });
    const { world } = scene;
    world.venue.atWalletCall = (name) => {
      if (name === 'POST /order') soldOut(scene);
    };
    await scene.copied('BUY', '400');
    world.venue.rewrites = (path, body) => {
      if (!path.startsWith('/data/order')) return body;
      return path === '/data/orders' ? '{"data":[],"next_cursor":"LTE="}' : 'null';
    };
    await world.advance(5 * MINUTE_MS);
    expect(states(scene)).toEqual(['BUY CANCELED']);
    world.venue.rewrites = undefined;
    await world.advance(12 * MINUTE_MS);
    expect(states(scene)).toEqual(['BUY OPEN']);
    await scene.switchLive('OFF');
    await world.advance(MINUTE_MS);
    expect(scene.taken().map((order) => order.status)).toEqual(['CANCELED']);
    expect(disagreements(scene)).toEqual([]);
  });

  it('in flight is not called lost by OFF before its time is over, and is cancelled once it is there', async () => {
    const scene = await LiveScene.open({
      live: { ...RESTING, submitTimeoutMs: 30_000, unresolvedGraceMs: 5_000 },
      exchangeStepMs: 500,
    });
    const { world } = scene;
    scene.fault({ channel: 'order', kind: 'arrive-late', delayMs: 20_000 });
    await scene.copied('BUY', '400');
    soldOut(scene);
    const acknowledged = await scene.switchLive('OFF');
    expect(acknowledged).toMatchObject({ kind: 'done', inFlightOrderIds: [scene.orders()[0]!.orderId] });
    await world.advance(11_000);
    expect(['PREPARED', 'SUBMITTED']).toContain(scene.orders()[0]!.state);
    expect(scene.orders()[0]!.lastError).toBe('');
    await world.advance(2 * MINUTE_MS);
    expect(scene.taken().map((order) => order.status)).toEqual(['CANCELED']);
    expect(states(scene)).toEqual(['BUY CANCELED']);
    expect(disagreements(scene)).toEqual([]);
  });

  it.each(['FAK', 'GTC'] as const)(
    'of type %s whose trades do not come is shown as a problem until they come',
    async (type) => {
      const scene = await LiveScene.open({
        live: { orderType: type, restingOrdersEnabled: true },
        exchangeStepMs: 500,
      });
      const { world } = scene;
      scene.fault({ channel: 'user', kind: 'drop', count: null });
      world.venue.rewrites = (path, body) =>
        path === '/data/trades' ? '{"data":[],"next_cursor":"LTE="}' : body;
      await scene.copied('BUY', '400');
      await world.advance(4 * MINUTE_MS);
      expect(states(scene)).toEqual(['BUY PARTIAL']);
      expect(scene.facts().overdueOrders).toBe(1);
      expect(world.live.status().healthy).toBe(false);
      world.venue.rewrites = undefined;
      await world.advance(2 * MINUTE_MS);
      expect(states(scene)).toEqual(['BUY FILLED']);
      expect(world.live.status().healthy).toBe(true);
      expect(disagreements(scene)).toEqual([]);
    },
  );

  it('that the venue turned away ends CANCELED with that reason while the Wallet is paused, and is not sent again (A59)', async () => {
    const scene = await LiveScene.open({ live: { copyAgeMsMax: 180_000 }, exchangeStepMs: 500 });
    const { world } = scene;
    scene.fault({ channel: 'order', kind: 'restart', retryAfterS: 40 });
    await scene.copied('BUY', '400');
    world.tamper('live', `INSERT INTO kv (key, value) VALUES ('paused', '"a bug of ours"')`);
    await world.advance(3 * MINUTE_MS);
    expect(scene.posts()).toHaveLength(1);
    expect(states(scene)).toEqual(['BUY CANCELED']);
    expect(scene.decisions('LIVE')).toEqual(['EXECUTE LIVE_VENUE_RESTARTING']);
  });

  it('that cannot be read in the list keeps neither trades nor money nor the balance from being read', async () => {
    const scene = await LiveScene.open({ exchangeStepMs: 500 });
    const { world } = scene;
    scene.fault({ channel: 'user', kind: 'drop', count: null });
    await scene.copied('BUY', '400');
    world.venue.losesCall = (name) => name === 'GET /data/orders';
    world.exchange.deposit(world.funderAddress, '25');
    await world.advance(5 * MINUTE_MS);
    expect(scene.fills().map((fill) => fill.state)).toEqual(['CONFIRMED']);
    expect(scene.facts().collateralMicros).toBe(scene.account().cash);
    expect(disagreements(scene)).toEqual([]);
  });
});
