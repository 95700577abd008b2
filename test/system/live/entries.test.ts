/**
 * Entries stopped through the Wallet's own front door (A61): from the acknowledgement on no purchase leaves for whom it concerns,
 * whatever is queued, dies or is down, and every way out stays open.
 */
import { describe, expect, it } from 'vitest';
import { parseLeaderAddress, parseTokenId } from '../../../domain/ids.ts';
import { LiveScene } from '../world/live-scene.ts';
import { COPIED_MS } from '../world/scene.ts';

const MINUTE_MS = 60_000;

function sides(scene: LiveScene): readonly string[] {
  return scene.taken().map((order) => order.side);
}

describe('with entries stopped', () => {
  it('no purchase leaves, at whatever moment of a burst it is acknowledged', async () => {
    const scene = await LiveScene.open();
    const { world } = scene;
    let stopped = 0;
    for (let offsetMs = 1_800; offsetMs <= 3_000; offsetMs += 100) {
      for (let trade = 0; trade < 4; trade += 1) scene.trade('BUY', `${100 + trade}`);
      await world.advance(offsetMs);
      const before = scene.posts().length;
      await scene.switchEntries('OFF');
      await world.advance(10_000);
      expect(scene.posts().length, `stopped after ${offsetMs} ms`).toBe(before);
      stopped += before === 0 ? 1 : 0;
      await scene.switchEntries('ON');
      await world.advance(5_000);
    }
    expect(stopped).toBeGreaterThan(0);
    expect(scene.posts().length).toBeGreaterThan(0);
  });

  it('a purchase is skipped and says why, and exits go on to the last share', async () => {
    const scene = await LiveScene.open();
    const { world } = scene;
    await scene.copied('BUY', '400');
    await world.advance(MINUTE_MS);
    await scene.switchEntries('OFF');
    await scene.copied('BUY', '400');
    await world.advance(MINUTE_MS);
    expect(scene.attempts('LIVE').at(-1)).toMatchObject({ decision: 'SKIP', reasons: ['LIVE_ENTRIES_OFF'] });
    expect(scene.decisions('PAPER')).toEqual(['EXECUTE', 'EXECUTE']);
    await scene.copied('SELL', '800');
    await world.advance(MINUTE_MS);
    expect(sides(scene)).toEqual(['BUY', 'SELL']);
    expect(scene.held('LIVE')).toBe(0n);
    expect(scene.facts()).toMatchObject({ trading: 'ON', entries: 'OFF', healthy: true });
  });

  it('an exit that is owed is tried until it is done', async () => {
    const scene = await LiveScene.open();
    const { world } = scene;
    await scene.copied('BUY', '400');
    await world.advance(MINUTE_MS);
    await scene.switchEntries('OFF');
    scene.trade('SELL', '400');
    world.exchange.setBook(scene.token, { bids: [], asks: [['0.50', '1000']] });
    await world.advance(30_000);
    expect(scene.held('LIVE')).toBeGreaterThan(0n);
    expect(world.live.status().owedExits.owed).toBe(1);
    world.exchange.setBook(scene.token, { bids: [['0.49', '1000']], asks: [['0.50', '1000']] });
    await world.advance(2 * MINUTE_MS);
    expect(scene.held('LIVE')).toBe(0n);
    expect(world.live.status().owedExits.owed).toBe(0);
  });

  it('a position can be sold by hand', async () => {
    const scene = await LiveScene.open();
    const { world } = scene;
    await scene.copied('BUY', '400');
    await world.advance(MINUTE_MS);
    await scene.switchEntries('OFF');
    const closed = await world.live.closePosition({
      commandId: 'by-hand',
      shareMicros: null,
      leaderAddress: parseLeaderAddress(scene.leader)!,
      tokenId: parseTokenId(scene.token)!,
    });
    await world.advance(MINUTE_MS);
    expect(closed).toEqual({ kind: 'accepted' });
    expect(scene.held('LIVE')).toBe(0n);
  });

  it('one leader buys nothing more, and another one does', async () => {
    const scene = await LiveScene.open();
    const second = scene.world.exchange.leaders()[1]!.address;
    await scene.world.follow(second);
    await scene.world.advance(2_000);
    await scene.switchEntries('OFF', 'leader');
    scene.trade('BUY', '400');
    scene.trade('BUY', '300', { leader: second });
    await scene.world.advance(COPIED_MS);
    expect(scene.orders().map((row) => row.leaderAddress)).toEqual([second]);
  });

  it('SHADOW records no purchase either', async () => {
    const scene = await LiveScene.open({ state: 'SHADOW' });
    await scene.switchEntries('OFF');
    await scene.copied('BUY', '400');
    expect(scene.orders()).toEqual([]);
  });
});

describe('a purchase that is under way when entries are stopped', () => {
  it.each(['OFF by hand', 'a document of D1'] as const)(
    'does not leave once its book has come: %s',
    async (how) => {
      // The one wait of a copy is for a younger book.
      const scene = await LiveScene.open({ live: { bookAgeMsMax: 100 } });
      const { world } = scene;
      let asked = 0;
      world.homes.afterCall = (name) => {
        if (name !== 'freshQuote') return;
        asked += 1;
        if (how === 'OFF by hand')
          world.live.setEntries({ leaderAddress: null, state: 'OFF', askedAtMs: world.nowMs });
        else
          world.live.applyControl({
            ...world.control,
            version: world.control.version + 1,
            liveEntries: 'OFF',
          });
      };
      await scene.copied('BUY', '400');
      expect(asked).toBeGreaterThan(0);
      await world.advance(MINUTE_MS);
      expect(scene.posts()).toHaveLength(0);
    },
  );

  it('and rests is named and canceled, by a command, by D1 and by the leader’s own switch', async () => {
    for (const how of ['command', 'D1', 'leader'] as const) {
      const scene = await LiveScene.open({ live: { orderType: 'GTC', restingOrdersEnabled: true } });
      const { world } = scene;
      world.venue.atWalletCall = (name) => {
        if (name === 'POST /order') world.exchange.setBook(scene.token, { bids: [['0.40', '10']], asks: [] });
      };
      await scene.copied('BUY', '400');
      world.venue.atWalletCall = undefined;
      const [order] = scene.orders();
      expect(order?.state).toBe('OPEN');
      if (how === 'D1') await world.change((control) => ({ ...control, liveEntries: 'OFF' }));
      else
        expect(await scene.switchEntries('OFF', how === 'leader' ? 'leader' : 'all')).toMatchObject({
          kind: 'done',
          cancelingOrderIds: [order!.orderId],
        });
      await world.advance(MINUTE_MS);
      expect(
        scene.orders().map((row) => row.state),
        how,
      ).toEqual(['CANCELED']);
    }
  });

  it('and never arrived is not sent again, though its intent is fresh', async () => {
    const scene = await LiveScene.open({ live: { copyAgeMsMax: 600_000 } });
    const { world } = scene;
    world.venue.losesCall = (name) => name === 'POST /order';
    await scene.copied('BUY', '400');
    world.venue.losesCall = undefined;
    await scene.switchEntries('OFF');
    await world.advance(3 * MINUTE_MS);
    expect(scene.posts()).toHaveLength(1);
    expect(scene.orders().map((row) => row.state)).toEqual(['REJECTED']);
  });
});

describe('the switch for entries', () => {
  it.each(['all', 'leader'] as const)(
    'survives the death of the Wallet and a D1 that never received it: %s',
    async (whom) => {
      const scene = await LiveScene.open();
      const { world } = scene;
      world.ledger.manner = 'down';
      await scene.switchEntries('OFF', whom);
      world.kill('live');
      await world.live.ensureRunning();
      world.ledger.manner = 'up';
      await scene.liveSettings({ copyRateBps: 2_000 });
      await world.advance(2 * MINUTE_MS);
      await scene.copied('BUY', '400');
      await world.advance(MINUTE_MS);
      expect(scene.posts()).toHaveLength(0);
      await scene.switchEntries('ON', whom);
      await scene.copied('BUY', '400');
      expect(scene.posts()).toHaveLength(1);
    },
  );

  it('is lowered by D1, and never raised by it', async () => {
    const scene = await LiveScene.open();
    await scene.world.change((control) => ({ ...control, liveEntries: 'OFF' }));
    await scene.world.change((control) => ({ ...control, liveEntries: 'ON' }));
    await scene.copied('BUY', '400');
    expect(scene.facts().entries).toBe('OFF');
    expect(scene.posts()).toHaveLength(0);
  });
});
