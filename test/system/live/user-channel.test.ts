/**
 * Fills as the user channel reports them, and as it fails to: each trade is booked once and settled once, whatever reports it, how
 * often and in what order; what FAILED is undone; and what a silent channel withheld is read from the venue.
 */
import { describe, expect, it } from 'vitest';
import { disagreements } from '../world/live-conservation.ts';
import { LiveScene, SETTLED_MS } from '../world/live-scene.ts';
import { COPIED_MS } from '../world/scene.ts';

const MINUTE_MS = 60_000;
const RESTING = { orderType: 'GTC', restingOrdersEnabled: true } as const;

/** An order of ours that rests at 0.50 because the asks went away in the moment in which it left. */
async function resting(shares = '400'): Promise<LiveScene> {
  const scene = await LiveScene.open({ live: RESTING });
  const { world } = scene;
  world.venue.atWalletCall = (name) => {
    if (name === 'POST /order') world.exchange.setBook(scene.token, { bids: [['0.40', '10']], asks: [] });
  };
  await scene.copied('BUY', shares);
  world.venue.atWalletCall = undefined;
  expect(scene.orders().map((order) => order.state)).toEqual(['OPEN']);
  return scene;
}

describe('a channel that misbehaves', () => {
  it.each(['drop', 'duplicate', 'reorder', 'truncate', 'malformed', 'silent'] as const)(
    'by %s of every frame changes nothing of what is booked',
    async (kind) => {
      const scene = await LiveScene.open();
      scene.fault({ channel: 'user', kind, count: null });
      await scene.copied('BUY', '400');
      await scene.world.advance(SETTLED_MS);
      await scene.copied('SELL', '150');
      await scene.world.advance(3 * MINUTE_MS);
      expect(scene.fills().map((fill) => [fill.side, fill.state])).toEqual([
        ['BUY', 'CONFIRMED'],
        ['SELL', 'CONFIRMED'],
      ]);
      expect(disagreements(scene)).toEqual([]);
    },
  );

  it('by frames that cannot be understood is refused, kept with its reason, and goes on', async () => {
    const scene = await LiveScene.open();
    const { world } = scene;
    for (const frame of [
      'not json',
      '[]',
      '{"event_type":"trade","id":7}',
      '{"event_type":"order","id":"0x1","status":"X"}',
      `{"event_type":"trade","id":"t","status":"CONFIRMED","size":"1e99","price":"-1","taker_order_id":"0x${'1'.repeat(64)}"}`,
    ])
      await world.say('user', frame);
    await scene.copied('BUY', '400');
    await world.advance(MINUTE_MS);
    expect(world.rows('quarantine').length).toBeGreaterThan(0);
    expect(scene.fills()).toHaveLength(1);
    expect(disagreements(scene)).toEqual([]);
  });

  it('by going down stops placing after the setting, and is read up again after it came back', async () => {
    const scene = await LiveScene.open();
    const { world } = scene;
    await scene.copied('BUY', '400');
    world.venue.refusesSockets = (channel) => channel === 'user';
    world.exchange.disconnect('user');
    await world.advance(15_000);
    await scene.copied('BUY', '300');
    expect(scene.decisions('LIVE')).toEqual(['EXECUTE', 'SKIP LIVE_WS_DOWN']);
    expect(scene.facts().userChannel).not.toBe('OPEN');
    world.venue.refusesSockets = undefined;
    const before = world.venue.walletCalls.length;
    await world.advance(MINUTE_MS + 30_000);
    const read = world.venue.walletCalls.slice(before).map((call) => call.name);
    expect(read).toContain('GET /data/trades');
    expect(scene.facts()).toMatchObject({ userChannel: 'OPEN' });
    expect(scene.facts().userChannelReconnects).toBeGreaterThan(0);
    await scene.copied('BUY', '300');
    expect(scene.decisions('LIVE').at(-1)).toBe('EXECUTE');
  });

  it('by hanging up again and again is called less and less often', async () => {
    const scene = await LiveScene.open();
    const { world } = scene;
    let attempts = 0;
    world.venue.refusesSockets = (channel) => {
      if (channel === 'user') attempts += 1;
      return channel === 'user';
    };
    world.exchange.disconnect('user');
    await world.advance(10 * MINUTE_MS);
    expect(attempts).toBeGreaterThan(3);
    expect(attempts).toBeLessThan(30);
  });
});

describe('what was filled while the channel was down', () => {
  it('is booked once it is back', async () => {
    const scene = await resting();
    const { world } = scene;
    world.venue.refusesSockets = (channel) => channel === 'user';
    world.exchange.disconnect('user');
    const other = world.exchange.leaders()[1]!.address;
    world.exchange.split(other, scene.conditionId, '400');
    scene.trade('SELL', '300', { leader: other });
    await world.advance(3_000);
    world.venue.refusesSockets = undefined;
    await world.advance(2 * MINUTE_MS);
    expect(scene.orders().map((order) => order.state)).toEqual(['FILLED']);
    expect(disagreements(scene)).toEqual([]);
  });

  it('is booked by a Wallet that was dead meanwhile', async () => {
    const scene = await resting();
    const { world } = scene;
    const other = world.exchange.leaders()[1]!.address;
    world.exchange.split(other, scene.conditionId, '400');
    scene.trade('SELL', '300', { leader: other });
    world.kill('live');
    await world.advance(2 * MINUTE_MS);
    expect(scene.orders().map((order) => order.state)).toEqual(['FILLED']);
    expect(disagreements(scene)).toEqual([]);
  });
});

describe('our part of a trade', () => {
  it('as maker is each of our orders in it, under the one trade id', async () => {
    const scene = await LiveScene.open({ live: RESTING });
    const { world } = scene;
    world.venue.atWalletCall = (name) => {
      if (name === 'POST /order') world.exchange.setBook(scene.token, { bids: [['0.40', '10']], asks: [] });
    };
    await scene.copied('BUY', '200');
    await scene.moves('0.49', '0.51');
    await scene.copied('BUY', '300');
    world.venue.atWalletCall = undefined;
    expect(scene.orders().map((order) => order.state)).toEqual(['OPEN', 'OPEN']);
    const other = world.exchange.leaders()[1]!.address;
    world.exchange.split(other, scene.conditionId, '400');
    scene.trade('SELL', '300', { leader: other });
    await world.advance(SETTLED_MS);
    const fills = scene.fills();
    expect(fills.map((fill) => fill.role)).toEqual(['MAKER', 'MAKER']);
    expect(new Set(fills.map((fill) => fill.tradeId)).size).toBe(1);
    expect(new Set(fills.map((fill) => fill.orderId)).size).toBe(2);
    expect(disagreements(scene)).toEqual([]);
  });

  it('against the other outcome is a purchase of ours all the same', async () => {
    const scene = await resting();
    const { world } = scene;
    const other = world.exchange.leaders()[1]!.address;
    scene.trade('BUY', '300', { leader: other, token: scene.other });
    await world.advance(SETTLED_MS);
    expect(scene.fills().map((fill) => [fill.role, fill.side, fill.tokenId])).toEqual([
      ['MAKER', 'BUY', scene.token],
    ]);
    expect(disagreements(scene)).toEqual([]);
  });

  it('may come in many pieces, each at its price', async () => {
    const scene = await LiveScene.open();
    const { world } = scene;
    // A better price has come up in the meantime, in several pieces.
    world.venue.atWalletCall = (name) => {
      if (name === 'POST /order')
        world.exchange.setBook(scene.token, {
          bids: [['0.40', '100']],
          asks: [
            ['0.45', '5.33'],
            ['0.47', '6.07'],
            ['0.50', '100000'],
          ],
        });
    };
    await scene.copied('BUY', '390');
    await world.advance(SETTLED_MS);
    expect(scene.orders()[0]!.filledShareMicros).toBeGreaterThan(39_000_000n);
    expect(disagreements(scene)).toEqual([]);
  });
});

describe('a trade that does not settle', () => {
  it.each([
    ['matched-then-failed', 'FAILED'],
    ['retried-then-failed', 'FAILED'],
    ['retried', 'CONFIRMED'],
  ] as const)('%s: the books say %s, and so does the exchange', async (kind, state) => {
    const scene = await LiveScene.open();
    const { world } = scene;
    scene.fault({ channel: 'order', kind });
    await scene.copied('BUY', '400');
    await world.advance(3 * MINUTE_MS);
    expect(scene.fills().map((fill) => fill.state)).toEqual([state]);
    expect(scene.held('LIVE') === 0n).toBe(state === 'FAILED');
    const ends = state === 'FAILED' ? ['CANCELED', 'EXECUTE LIVE_TRADE_FAILED'] : ['FILLED', 'EXECUTE'];
    expect([scene.orders()[0]!.state, scene.decisions('LIVE')[0]]).toEqual(ends);
    const reversals = world.rows('ledger').filter((row) => row.entryType === 'REVERSAL');
    expect(reversals).toHaveLength(state === 'FAILED' ? 1 : 0);
    expect(disagreements(scene)).toEqual([]);
    const fees = world.rows('ledger').filter((row) => row.mode === 'LIVE' && row.cashDeltaMicros !== 0n);
    const cash = fees.reduce((sum, row) => sum + row.cashDeltaMicros, 0n);
    if (state === 'FAILED') expect(cash).toBe(1_000_000_000n);
  });

  it('is reported FAILED twice and once more after a restart: undone once', async () => {
    const scene = await LiveScene.open();
    const { world } = scene;
    scene.fault({ channel: 'order', kind: 'matched-then-failed' });
    scene.fault({ channel: 'user', kind: 'duplicate', count: null });
    await scene.copied('BUY', '400');
    await world.advance(MINUTE_MS);
    world.kill('live');
    await world.advance(3 * MINUTE_MS);
    expect(world.rows('ledger').filter((row) => row.entryType === 'REVERSAL')).toHaveLength(1);
    expect(disagreements(scene)).toEqual([]);
  });

  it('leaves no shares to be sold for the leader', async () => {
    const scene = await LiveScene.open();
    scene.fault({ channel: 'order', kind: 'matched-then-failed' });
    await scene.copied('BUY', '400');
    await scene.world.advance(2 * MINUTE_MS);
    await scene.copied('SELL', '400');
    await scene.world.advance(COPIED_MS);
    expect(scene.decisions('LIVE').at(-1)).toBe('SKIP NOT_ENOUGH_POSITION_TO_SELL');
  });
});
