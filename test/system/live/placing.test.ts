/**
 * One live copy from the leader's trade to the exchange: what is stored before the POST leaves, what the order carries, and
 * that every signature type and both protocol versions are taken by an exchange that verifies them on its own.
 */
import { describe, expect, it } from 'vitest';
import { leaderHolds } from '../exits/exit-scene.ts';
import { disagreements } from '../world/live-conservation.ts';
import { LiveScene, SETTLED_MS } from '../world/live-scene.ts';
import { COPIED_MS } from '../world/scene.ts';

const MINUTE_MS = 60_000;

describe('a live copy', () => {
  it('becomes an order, its fills and ledger entries, of which the exchange says the same', async () => {
    const scene = await LiveScene.open();
    await scene.copied('BUY', '400');
    await scene.world.advance(SETTLED_MS);
    await scene.copied('SELL', '150');
    await scene.world.advance(2 * MINUTE_MS);
    expect(scene.decisions('LIVE')).toEqual(['EXECUTE', 'EXECUTE']);
    expect(scene.orders().map((order) => [order.side, order.state])).toEqual([
      ['BUY', 'FILLED'],
      ['SELL', 'FILLED'],
    ]);
    expect(scene.fills().map((fill) => [fill.side, fill.origin, fill.state])).toEqual([
      ['BUY', 'APP', 'CONFIRMED'],
      ['SELL', 'APP', 'CONFIRMED'],
    ]);
    expect(scene.taken()).toHaveLength(2);
    expect(disagreements(scene)).toEqual([]);
  });

  it('shows on the attempt what was filled', async () => {
    const scene = await LiveScene.open();
    await scene.copied('BUY', '400');
    await scene.world.advance(SETTLED_MS);
    const [attempt] = scene.attempts('LIVE');
    const [fill] = scene.fills();
    expect(attempt).toMatchObject({
      decision: 'EXECUTE',
      filledShareMicros: fill!.shareMicros,
      filledNotionalMicros: fill!.notionalMicros,
      feeMicros: fill!.feeMicros,
    });
  });

  it('is stored with its id and its exact bytes before the POST leaves', async () => {
    const scene = await LiveScene.open();
    const { world } = scene;
    let stored = '';
    world.venue.atWalletCall = (name) => {
      if (name === 'POST /order') stored = JSON.stringify(world.stored('live', 'SELECT * FROM live_order'));
    };
    await scene.copied('BUY', '400');
    const [order] = scene.taken();
    expect(stored).toContain(order!.orderId);
    expect(JSON.parse(stored)).toHaveLength(1);
    const body = JSON.parse(scene.posts()[0]!) as { order: { signature: string } };
    expect(stored).toContain(body.order.signature);
    expect(stored).toContain('PREPARED');
  });

  it('carries its idempotency key in the metadata, unless a setting says no', async () => {
    const scene = await LiveScene.open();
    await scene.copied('BUY', '400');
    await scene.liveSettings({ keyInMetadata: false });
    await scene.copied('BUY', '400');
    const [first, second] = scene.taken();
    expect(first!.metadata).toBe(`0x${scene.orders()[0]!.idempotencyKey}`);
    expect(second!.metadata).toBe(`0x${'0'.repeat(64)}`);
  });

  it('is decided once, however often it is delivered', async () => {
    const scene = await LiveScene.open();
    const { world } = scene;
    let lost = 0;
    // The answer of the Wallet is lost on the way back: the leader's object asks again.
    world.homes.afterCall = (name) => {
      if (name !== 'copy' || lost >= 3) return;
      lost += 1;
      throw new Error('the answer was lost');
    };
    await scene.copied('BUY', '400');
    await world.advance(2 * MINUTE_MS);
    expect(lost).toBe(3);
    expect(scene.taken()).toHaveLength(1);
    expect(scene.orders()).toHaveLength(1);
  });

  it('makes no other call between the frame and the POST, once the market is known', async () => {
    const scene = await LiveScene.open({ system: { groupQuietMs: 0, groupAgeMsMax: 0 } });
    const { world } = scene;
    await scene.copied('BUY', '400');
    await scene.moves('0.48', '0.49');
    world.homes.watchSteps();
    await scene.receives('BUY', 400, 0.49);
    await world.advance(10);
    const names = world.homes.stepNames.slice(
      0,
      world.homes.stepNames.indexOf('wallet LIVE before POST /order') + 1,
    );
    expect(scene.posts()).toHaveLength(2);
    expect(names.filter((name) => /D1|GET/.test(name))).toEqual([]);
    expect(
      names
        .filter((name) => / before (?!a transaction|POST)/.test(name))
        .map((name) => name.split(' before ')[1]),
    ).toEqual(expect.arrayContaining(['observe', 'copy']));
    expect(names.some((name) => name.includes('freshQuote'))).toBe(false);
  });

  it('never has more than five calls unanswered, and never more orders than it can have answered', async () => {
    const scene = await LiveScene.open({
      live: { minTradeNotionalMicros: 1_000_000 },
      system: { groupQuietMs: 0, groupAgeMsMax: 0 },
    });
    scene.fault({ channel: 'order', kind: 'answer-late', delayMs: 2_000, count: null });
    for (let trade = 0; trade < 12; trade += 1) scene.trade('BUY', `${100 + trade}`);
    await scene.world.advance(MINUTE_MS);
    expect(scene.world.venue.walletMostAtOnce).toBeLessThanOrEqual(5);
    expect(scene.taken().length).toBeGreaterThan(0);
    const decided = scene.decisions('LIVE');
    expect(decided).toHaveLength(12);
    expect(decided.filter((line) => line === 'EXECUTE')).toHaveLength(scene.taken().length);
  });

  it('spends no cash twice: copies at the same moment together never exceed what is there', async () => {
    const scene = await LiveScene.open({
      trader: { cash: '50' },
      system: { groupQuietMs: 0, groupAgeMsMax: 0 },
    });
    for (let trade = 0; trade < 6; trade += 1) scene.trade('BUY', `${400 + trade}`);
    await scene.world.advance(MINUTE_MS);
    expect(scene.taken().every((order) => order.matched > 0n)).toBe(true);
    expect(scene.account().cash).toBeGreaterThanOrEqual(0n);
    expect(scene.decisions('LIVE').join()).toMatch(/INSUFFICIENT|BELOW_MIN|MAX/);
    expect(disagreements(scene)).toEqual([]);
  });
});

describe('the settings of live', () => {
  it('are its own, of the mode and of a leader, and each attempt says which version it was', async () => {
    const scene = await LiveScene.open();
    await scene.copied('BUY', '400');
    await scene.liveSettings({ copyRateBps: 500 });
    await scene.copied('BUY', '400');
    await scene.wish({ overrides: { PAPER: {}, LIVE: { copyRateBps: 2_000 } } });
    await scene.copied('BUY', '400');
    const rates = (mode: 'PAPER' | 'LIVE'): unknown =>
      scene.attempts(mode).map((row) => row.effectiveRateBps);
    expect(rates('LIVE')).toEqual([1_000n, 500n, 2_000n]);
    expect(rates('PAPER')).toEqual([1_000n, 1_000n, 1_000n]);
    const versions = scene.attempts('LIVE').map((row) => row.settingsVersion);
    expect(versions).toEqual([...versions].sort((left, right) => left - right));
    expect(new Set(versions).size).toBe(3);
  });

  it('carry what is too small until it is one order', async () => {
    const scene = await LiveScene.open({ live: { belowMinPolicy: 'CARRY', minTradeNotionalMicros: 0 } });
    for (let trade = 0; trade < 3; trade += 1) await scene.copied('BUY', '25');
    await scene.world.advance(SETTLED_MS);
    const lines = scene.decisions('LIVE').map((line) => line.split(' ')[0]);
    expect(lines.filter((line) => line === 'EXECUTE')).toHaveLength(1);
    expect(scene.taken()).toHaveLength(1);
    expect(disagreements(scene)).toEqual([]);
  });

  it('gather small trades in a buffer and place what comes out of it, unless live was switched off meanwhile', async () => {
    for (const state of ['ON', 'OFF'] as const) {
      const scene = await LiveScene.open({
        live: {
          bufferEnabled: true,
          bufferThresholdNotionalMicros: 20_000_000,
          bufferFlushNotionalMicros: 40_000_000,
          bufferExecNotionalMicrosMin: 4_000_000,
          bufferQuietMs: 8_000,
          bufferAgeMsMax: 10_000,
        },
      });
      await scene.copied('BUY', '130');
      await scene.copied('BUY', '130');
      if (state === 'OFF') await scene.switchLive('OFF');
      await scene.world.advance(SETTLED_MS);
      expect(scene.taken().length, state).toBe(state === 'ON' ? 1 : 0);
      if (state === 'ON')
        expect(scene.attempts('LIVE')[0]).toMatchObject({ sourceType: 'BUFFER', fillCount: 2 });
    }
  });
});

describe('an order that the book no longer has', () => {
  it('is CANCELED without a fill, not rejected', async () => {
    const scene = await LiveScene.open();
    const { world } = scene;
    world.venue.atWalletCall = (name) => {
      if (name === 'POST /order')
        world.exchange.setBook(scene.token, { bids: [['0.49', '100']], asks: [['0.80', '100']] });
    };
    await scene.copied('BUY', '400');
    await world.advance(MINUTE_MS);
    expect(scene.orders().map((order) => [order.state, order.filledShareMicros])).toEqual([['CANCELED', 0n]]);
    expect(scene.decisions('LIVE')).toEqual(['EXECUTE LIVE_NO_FILL']);
    expect(disagreements(scene)).toEqual([]);
  });

  it('is CANCELED with what it did get, when only a part was there', async () => {
    const scene = await LiveScene.open();
    const { world } = scene;
    world.venue.atWalletCall = (name) => {
      if (name === 'POST /order')
        world.exchange.setBook(scene.token, { bids: [['0.49', '100']], asks: [['0.50', '10']] });
    };
    await scene.copied('BUY', '400');
    await world.advance(MINUTE_MS);
    expect(scene.orders().map((order) => [order.state, order.filledShareMicros])).toEqual([
      ['CANCELED', 10_000_000n],
    ]);
    expect(scene.held('LIVE')).toBe(10_000_000n);
    expect(disagreements(scene)).toEqual([]);
  });

  it('as FOK is filled whole or not at all', async () => {
    const scene = await LiveScene.open({ live: { orderType: 'FOK' } });
    const { world } = scene;
    world.venue.atWalletCall = (name) => {
      if (name === 'POST /order')
        world.exchange.setBook(scene.token, { bids: [['0.49', '100']], asks: [['0.50', '10']] });
    };
    await scene.copied('BUY', '400');
    await world.advance(MINUTE_MS);
    expect(scene.orders().map((order) => [order.state, order.filledShareMicros])).toEqual([['CANCELED', 0n]]);
    expect(disagreements(scene)).toEqual([]);
  });
});

describe('every kind of account and market', () => {
  const markets = [
    ['v1', 'hostile-title-trends'],
    ['v1 neg-risk', 'lanternfish-most-seats'],
    ['v1 on a fine tick', 'lunar-pole-landing'],
    ['v2', 'bitcoin-above-120k-friday'],
    ['v2 neg-risk', 'central-bank-cut-december'],
  ] as const;
  const types = [0, 1, 2, 3] as const;
  const rows = markets.flatMap(([kind, market]) => types.map((type) => [kind, type, market] as const));
  it.each(rows)('a %s market and signature type %i: bought and sold again', async (_kind, type, market) => {
    const scene = await LiveScene.open({ market, trader: { signatureType: type } });
    await scene.copied('BUY', '400');
    await scene.world.advance(SETTLED_MS);
    await scene.copied('SELL', leaderHolds(scene, scene.leader, scene.token));
    await scene.world.advance(2 * MINUTE_MS);
    expect(scene.orders().map((order) => [order.side, order.state])).toEqual([
      ['BUY', 'FILLED'],
      ['SELL', 'FILLED'],
    ]);
    // An exit sells hundredths of a share: less than one of them may be left.
    expect(scene.held('LIVE')).toBeLessThan(10_000n);
    expect(disagreements(scene)).toEqual([]);
  });
});

describe('an order that the venue holds for a while', () => {
  it('is DELAYED, keeps its cash reserved, and then is filled and booked', async () => {
    const scene = await LiveScene.open({ trader: { cash: '30' } });
    const { world } = scene;
    world.exchange.setDelay(scene.conditionId, 6);
    await scene.copied('BUY', '400');
    expect(scene.orders().map((order) => order.state)).toEqual(['DELAYED']);
    scene.trade('BUY', '300');
    await world.advance(2_600);
    const asked = scene.orders().reduce((sum, order) => sum + order.makerMicros, 0n);
    expect(asked).toBeLessThanOrEqual(30_000_000n);
    await world.advance(MINUTE_MS);
    expect(scene.orders()[0]!.state).toBe('FILLED');
    expect(disagreements(scene)).toEqual([]);
  });

  it('and that is killed at the end of it, because the book has moved, is CANCELED', async () => {
    const scene = await LiveScene.open();
    const { world } = scene;
    world.exchange.setDelay(scene.conditionId, 6);
    await scene.copied('BUY', '400');
    world.exchange.setBook(scene.token, { bids: [['0.40', '100']], asks: [['0.90', '100']] });
    await world.advance(MINUTE_MS);
    expect(scene.orders().map((order) => [order.state, order.filledShareMicros])).toEqual([['CANCELED', 0n]]);
    expect(disagreements(scene)).toEqual([]);
  });
});

describe('an order that may rest', () => {
  it('as GTC stays OPEN, fills as a maker, and is explained to the cent', async () => {
    const scene = await LiveScene.open({ live: { orderType: 'GTC', restingOrdersEnabled: true } });
    const { world } = scene;
    world.venue.atWalletCall = (name) => {
      if (name === 'POST /order') world.exchange.setBook(scene.token, { bids: [['0.40', '10']], asks: [] });
    };
    await scene.copied('BUY', '400');
    world.venue.atWalletCall = undefined;
    expect(scene.orders().map((order) => order.state)).toEqual(['OPEN']);
    const other = world.exchange.leaders()[1]!.address;
    world.exchange.split(other, scene.conditionId, '400');
    scene.trade('SELL', '15', { leader: other });
    await world.advance(COPIED_MS);
    expect(scene.orders().map((order) => [order.state, order.filledShareMicros])).toEqual([
      ['PARTIAL', 15_000_000n],
    ]);
    scene.trade('SELL', '300', { leader: other });
    await world.advance(SETTLED_MS);
    expect(scene.orders().map((order) => order.state)).toEqual(['FILLED']);
    expect(scene.fills().every((fill) => fill.role === 'MAKER' && fill.feeMicros === 0n)).toBe(true);
    expect(disagreements(scene)).toEqual([]);
  });
});
