/** No decision on a dead book: what the market channel does to a book, and what the Wallet then sees. */
import { describe, expect, it } from 'vitest';
import { Scene } from '../world/scene.ts';

interface Shown {
  readonly book: { readonly asOfMs: number; readonly asks: string; readonly bids: string } | null;
  readonly market: { readonly tickPriceMicros: number } | null;
}

/** What the last decision saw. */
function lastFacts(scene: Scene): Shown {
  return JSON.parse(scene.attempts().at(-1)!.facts) as Shown;
}

describe('a book that may be dead', () => {
  it('is confirmed by REST before a decision when the market channel has hung up', async () => {
    const scene = await Scene.open();
    const { world, token } = scene;
    await scene.copied('BUY', '200');
    world.exchange.faults.add({ channel: 'market', kind: 'silent', count: null });
    world.exchange.disconnect('market');
    world.exchange.setBook(token, { bids: [['0.48', '100000']], asks: [['0.51', '100000']] });
    await world.advance(30_000);
    const asked = world.venue.requests.length;
    await scene.copied('BUY', '200');
    expect(world.venue.requests.slice(asked).some((path) => path.startsWith('/book'))).toBe(true);
    expect(lastFacts(scene).book?.asks).toContain('510000:');
  });

  it('is not decided on when neither the channel nor REST can vouch for it', async () => {
    const scene = await Scene.open();
    const { world } = scene;
    await scene.copied('BUY', '200');
    world.exchange.faults.add({ channel: 'market', kind: 'silent', count: null });
    world.exchange.faults.add({ channel: 'rest', kind: 'status', status: 503, path: '/book', count: null });
    world.exchange.disconnect('market');
    await world.advance(30_000);
    await scene.copied('BUY', '200');
    expect(scene.decisions()).toEqual(['EXECUTE', 'SKIP BOOK_UNAVAILABLE']);
  });

  it('is not decided on when the channel is frozen and REST does not answer', async () => {
    const scene = await Scene.open();
    const { world } = scene;
    await scene.copied('BUY', '200');
    world.exchange.faults.add({ channel: 'market', kind: 'silent', count: null });
    world.exchange.faults.add({
      channel: 'rest',
      kind: 'delay',
      delayMs: 60_000,
      path: '/book',
      count: null,
    });
    await world.advance(30_000);
    scene.trade('BUY', '200');
    await world.advance(30_000);
    expect(scene.decisions()[1]).toMatch(/^SKIP (BOOK_STALE|BOOK_UNAVAILABLE)$/);
  });

  it('is dropped when it is crossed, and read anew', async () => {
    const scene = await Scene.open();
    const { world, token, conditionId } = scene;
    await scene.copied('BUY', '200');
    const change = {
      event_type: 'price_change',
      market: conditionId,
      timestamp: String(world.nowMs),
      price_changes: [
        {
          asset_id: token,
          price: '0.55',
          size: '500',
          side: 'BUY',
          hash: 'x',
          best_bid: '0.55',
          best_ask: '0.50',
        },
      ],
    };
    await world.say('market', JSON.stringify(change));
    expect(world.leaderFeed.status().books.crossed).toBe(1);
    await scene.copied('BUY', '200');
    expect(scene.decisions()).toEqual(['EXECUTE', 'EXECUTE']);
    expect(lastFacts(scene).book?.bids).not.toContain('550000:');
  });

  it('keeps no level of the book that a new snapshot replaced', async () => {
    const scene = await Scene.open();
    await scene.copied('BUY', '200');
    scene.world.exchange.setBook(scene.token, { bids: [['0.48', '100000']], asks: [['0.51', '100000']] });
    await scene.world.advance(1_000);
    await scene.copied('BUY', '200');
    expect(lastFacts(scene).book?.asks.split(' ')).toHaveLength(1);
    expect(lastFacts(scene).book?.asks).toMatch(/^510000:/);
  });

  it('is the same book after frames were lost, doubled, broken or swapped', async () => {
    for (const kind of ['drop', 'duplicate', 'reorder', 'malformed', 'truncate', 'huge'] as const) {
      const scene = await Scene.open();
      const { world, token } = scene;
      await scene.copied('BUY', '200');
      world.exchange.faults.add({ channel: 'market', kind, count: 3 });
      world.exchange.setBook(token, { bids: [['0.48', '100000']], asks: [['0.51', '100000']] });
      await world.advance(60_000);
      world.exchange.setBook(token, { bids: [['0.47', '100000']], asks: [['0.50', '100000']] });
      await world.advance(60_000);
      await scene.copied('BUY', '200');
      expect(lastFacts(scene).book?.asks, kind).toMatch(/^500000:/);
      expect(lastFacts(scene).book?.bids, kind).toMatch(/^470000:/);
    }
  });

  it('has the new tick in the very next decision after a tick change', async () => {
    const scene = await Scene.open();
    await scene.copied('BUY', '200');
    scene.world.exchange.setTick(scene.token, '0.001');
    await scene.world.advance(500);
    await scene.copied('BUY', '200');
    expect(lastFacts(scene).market?.tickPriceMicros).toBe(1_000);
  });
});

describe('displayed liquidity', () => {
  it('is not taken twice by consecutive copies', async () => {
    const scene = await Scene.open({ settings: { depthMultiplierBps: 10_000 } });
    const { world, token } = scene;
    world.exchange.setBook(token, { bids: [['0.49', '5000']], asks: [['0.50', '2030']] });
    await world.advance(1_000);
    // The leader leaves 30, then 20: our first copy takes what a second cannot have again.
    await scene.copied('BUY', '2000');
    await scene.copied('BUY', '10');
    const taken = scene.attempts().reduce((sum, row) => sum + row.filledShareMicros, 0n);
    expect(scene.attempts()).toHaveLength(2);
    expect(taken).toBeLessThanOrEqual(30_000_000n);
    expect(taken).toBeGreaterThan(0n);
  });
});
