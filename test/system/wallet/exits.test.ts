/** Sales: of final shares alone, waiting for those that are provisional, and of what a leader left behind. */
import { describe, expect, it } from 'vitest';
import { parseLeaderAddress, parseTokenId } from '../../../domain/ids.ts';
import { disagreements } from '../world/live-conservation.ts';
import { LiveScene, SETTLED_MS } from '../world/live-scene.ts';
import { COPIED_MS } from '../world/scene.ts';

const MINUTE_MS = 60_000;

/** Buys, and stops the trade from settling: its shares are provisional until the test says otherwise. */
async function provisional(scene: LiveScene): Promise<string> {
  scene.fault({ channel: 'order', kind: 'retried' });
  await scene.copied('BUY', '400');
  const [fill] = scene.fills();
  const trade = scene.world.exchange.world.trading.trades.get(fill!.tradeId)!;
  trade.ahead = [{ status: 'CONFIRMED', atMs: scene.world.nowMs + 10 * MINUTE_MS }];
  return fill!.tradeId;
}

describe('a sale of shares that are not final yet', () => {
  it('waits, says so, and sells as soon as they are', async () => {
    const scene = await LiveScene.open({ live: { exitWaitMsMax: 300_000, copyAgeMsMax: 600_000 } });
    const { world } = scene;
    const tradeId = await provisional(scene);
    await scene.copied('SELL', '400');
    expect(scene.decisions('LIVE')).toEqual(['EXECUTE', 'WAIT LIVE_WAITING_FOR_SHARES']);
    expect(scene.posts()).toHaveLength(1);
    world.exchange.setTradeOutcome(tradeId, 'CONFIRMED');
    await world.advance(MINUTE_MS);
    expect(scene.decisions('LIVE').at(-1)).toBe('EXECUTE');
    await world.advance(MINUTE_MS);
    expect(scene.held('LIVE')).toBe(0n);
    expect(disagreements(scene)).toEqual([]);
  });

  it('waits across a death of the Wallet', async () => {
    const scene = await LiveScene.open({ live: { exitWaitMsMax: 300_000, copyAgeMsMax: 600_000 } });
    const { world } = scene;
    const tradeId = await provisional(scene);
    await scene.copied('SELL', '400');
    world.kill('live');
    await world.advance(5_000);
    world.exchange.setTradeOutcome(tradeId, 'CONFIRMED');
    await world.advance(2 * MINUTE_MS);
    expect(scene.held('LIVE')).toBe(0n);
    expect(scene.taken()).toHaveLength(2);
    expect(disagreements(scene)).toEqual([]);
  });

  it('waits no longer than the setting', async () => {
    const scene = await LiveScene.open({ live: { exitWaitMsMax: 15_000 } });
    const { world } = scene;
    await provisional(scene);
    await scene.copied('SELL', '400');
    await world.advance(2 * MINUTE_MS);
    expect(scene.decisions('LIVE').at(-1)).not.toContain('WAIT');
    expect(scene.posts().length).toBeLessThanOrEqual(2);
    await world.advance(12 * MINUTE_MS);
    expect(disagreements(scene)).toEqual([]);
  });

  it('sells nothing when they FAIL', async () => {
    const scene = await LiveScene.open({ live: { exitWaitMsMax: 300_000, copyAgeMsMax: 600_000 } });
    const { world } = scene;
    const tradeId = await provisional(scene);
    await scene.copied('SELL', '400');
    world.exchange.setTradeOutcome(tradeId, 'FAILED');
    await world.advance(2 * MINUTE_MS);
    expect(scene.decisions('LIVE').at(-1)).toBe('SKIP NOT_ENOUGH_POSITION_TO_SELL');
    expect(scene.posts()).toHaveLength(1);
    expect(disagreements(scene)).toEqual([]);
  });

  it('is not made while live is OFF, though it had waited', async () => {
    const scene = await LiveScene.open({ live: { exitWaitMsMax: 300_000, copyAgeMsMax: 600_000 } });
    const { world } = scene;
    const tradeId = await provisional(scene);
    await scene.copied('SELL', '400');
    await scene.switchLive('OFF');
    world.exchange.setTradeOutcome(tradeId, 'CONFIRMED');
    await world.advance(2 * MINUTE_MS);
    expect(scene.posts()).toHaveLength(1);
  });
});

describe('a sale', () => {
  it('never sells the same shares twice, though the intents come at the same moment', async () => {
    const scene = await LiveScene.open();
    const { world } = scene;
    await scene.copied('BUY', '400');
    await world.advance(SETTLED_MS);
    scene.fault({ channel: 'order', kind: 'answer-late', delayMs: 3_000, count: null });
    scene.trade('SELL', '250');
    await world.advance(300);
    scene.trade('SELL', '150');
    await world.advance(2 * MINUTE_MS);
    expect(scene.held('LIVE')).toBe(0n);
    const sold = scene
      .taken()
      .filter((order) => order.side === 'SELL')
      .reduce((sum, order) => sum + order.makerAmount, 0n);
    expect(sold).toBe(scene.fills()[0]!.shareMicros);
    expect(disagreements(scene)).toEqual([]);
  });

  it('may be worse than a purchase by its own settings', async () => {
    const scene = await LiveScene.open({
      live: {
        spreadPriceMicrosMax: 20_000,
        sellSpreadPriceMicrosMax: 200_000,
        sellMaxWorseningPriceMicros: 200_000,
        sellOverMidPriceMicrosMax: 200_000,
      },
    });
    await scene.copied('BUY', '400');
    await scene.world.advance(SETTLED_MS);
    await scene.moves('0.45', '0.55');
    await scene.copied('SELL', '400');
    expect(scene.decisions('LIVE')).toEqual(['EXECUTE', 'EXECUTE']);
    expect(scene.decisions('PAPER').at(-1)).not.toBe('EXECUTE');
  });
});

describe('a position that a leader left behind', () => {
  it('is closed by one command, once, through the same decision', async () => {
    const scene = await LiveScene.open();
    const { world } = scene;
    await scene.copied('BUY', '400');
    await world.advance(SETTLED_MS);
    const command = {
      commandId: 'close-1',
      shareMicros: null,
      leaderAddress: parseLeaderAddress(scene.leader)!,
      tokenId: parseTokenId(scene.token)!,
    };
    expect(await world.live.closePosition(command)).toEqual({ kind: 'accepted' });
    await world.settle();
    await world.live.closePosition(command);
    await world.advance(COPIED_MS);
    await world.advance(MINUTE_MS);
    expect(scene.taken().map((order) => order.side)).toEqual(['BUY', 'SELL']);
    expect(scene.held('LIVE')).toBe(0n);
    expect(scene.attempts('LIVE').at(-1)).toMatchObject({ sourceType: 'CLOSE', decision: 'EXECUTE' });
    expect(disagreements(scene)).toEqual([]);
  });

  it('is not closed while live is OFF', async () => {
    const scene = await LiveScene.open();
    await scene.copied('BUY', '400');
    await scene.world.advance(SETTLED_MS);
    await scene.switchLive('OFF');
    const answer = await scene.world.live.closePosition({
      commandId: 'close-1',
      shareMicros: null,
      leaderAddress: parseLeaderAddress(scene.leader)!,
      tokenId: parseTokenId(scene.token)!,
    });
    expect(answer.kind).toBe('refused');
    expect(scene.posts()).toHaveLength(1);
  });
});
