/** How a leader's fills reach us: every one is recorded once and copied at most once, whatever the venue's channels do. */
import { describe, expect, it } from 'vitest';
import { placeOrder } from '../../../simulator/model/engine.ts';
import { COPIED_MS, Scene } from '../world/scene.ts';

const MINUTE_MS = 60_000;

describe('a burst of fills that the stream never reported', () => {
  it('pages through more than a thousand of them and copies each once', async () => {
    const scene = await Scene.open({ settings: { copyAgeMsMax: 600_000, copyRateBps: 100 } });
    const { world } = scene;
    world.exchange.faults.add({ channel: 'rtds', kind: 'silent', count: null });
    for (let count = 0; count < 1_050; count += 1) scene.trade('BUY', '2');
    await world.advance(3 * MINUTE_MS);
    const fills = world.rows('leaderFill');
    expect(fills).toHaveLength(1_050);
    expect(new Set(fills.map((row) => row.txHash)).size).toBe(1_050);
    expect(fills.every((row) => row.disposition === 'GROUPED')).toBe(true);
    expect(scene.attempts().reduce((sum, row) => sum + row.fillCount, 0)).toBe(1_050);
    expect(
      world.venue.requests.some((path) => path.startsWith('/v2/trades') && path.includes('cursor=')),
    ).toBe(true);
  });
});

describe('fills from before the follow', () => {
  it('are recorded as history and never copied', async () => {
    const scene = await Scene.open({ follow: false, settings: { copyAgeMsMax: 600_000 } });
    scene.trade('BUY', '200');
    await scene.world.advance(10_000);
    await scene.world.follow(scene.leader);
    await scene.world.advance(2 * MINUTE_MS);
    expect(scene.world.rows('leaderFill').map((row) => row.disposition)).toEqual(['HISTORY']);
    expect(scene.attempts()).toHaveLength(0);
  });
});

describe('a fill that is reported too late', () => {
  it('is recorded as EVENT_TOO_OLD and never copied', async () => {
    const scene = await Scene.open({ settings: { copyAgeMsMax: 20_000 } });
    const { world } = scene;
    world.exchange.faults.add({ channel: 'rtds', kind: 'silent', count: null });
    world.exchange.faults.add({
      channel: 'rest',
      kind: 'status',
      status: 503,
      path: '/v2/trades',
      count: null,
    });
    scene.trade('BUY', '200');
    await world.advance(90_000);
    expect(world.rows('leaderFill')).toHaveLength(0);
    world.exchange.faults.clear();
    await world.advance(2 * MINUTE_MS);
    expect(world.rows('leaderFill').map((row) => row.disposition)).toEqual(['EVENT_TOO_OLD']);
    expect(scene.attempts()).toHaveLength(0);
  });
});

describe('one fill reported by several sources', () => {
  it('counts once, whether both streams, one or the sweep alone report it', async () => {
    for (const lost of [0, 1, 2]) {
      const scene = await Scene.open({ settings: { copyAgeMsMax: 600_000 } });
      if (lost > 0) scene.world.exchange.faults.add({ channel: 'rtds', kind: 'drop', count: lost });
      scene.trade('BUY', '200');
      await scene.world.advance(3 * MINUTE_MS);
      expect(scene.world.rows('leaderFill'), `${lost} frames lost`).toHaveLength(1);
      expect(scene.decisions(), `${lost} frames lost`).toEqual(['EXECUTE']);
    }
  });

  it('counts once when frames come twice and in the wrong order', async () => {
    for (const kind of ['duplicate', 'reorder'] as const) {
      const scene = await Scene.open();
      scene.world.exchange.faults.add({ channel: 'rtds', kind, count: null });
      scene.trade('BUY', '200');
      scene.trade('BUY', '100');
      await scene.world.advance(3 * MINUTE_MS);
      expect(scene.world.rows('leaderFill'), kind).toHaveLength(2);
      const filled = scene.attempts().map((row) => row.filledShareMicros);
      expect(
        scene.attempts().reduce((sum, row) => sum + row.fillCount, 0),
        kind,
      ).toBe(2);
      expect(scene.held(), kind).toBe(filled.reduce((sum, size) => sum + size, 0n));
    }
  });

  it('is not copied again by another source when the object died in between', async () => {
    const scene = await Scene.open();
    scene.trade('BUY', '200');
    await scene.world.advance(COPIED_MS);
    scene.world.kill('feed');
    scene.world.kill({ user: scene.leader });
    scene.world.kill('wallet');
    await scene.world.advance(3 * MINUTE_MS);
    expect(scene.decisions()).toEqual(['EXECUTE']);
    expect(scene.world.rows('leaderFill')).toHaveLength(1);
  });
});

/** The leader offers to buy these; another account sells into all of them in one transaction. */
async function hitOffers(
  scene: Scene,
  offers: readonly (readonly [price: bigint, shares: bigint])[],
): Promise<void> {
  const { world, token, leader } = scene;
  const seller = world.exchange.leaders()[1]!.address;
  world.exchange.setBook(token, { bids: [['0.40', '1000']], asks: [['0.60', '1000']] });
  world.exchange.split(seller, scene.conditionId, '2000');
  for (const [price, shares] of offers) {
    const amount = { shares: shares * 1_000_000n };
    const order = { account: leader, tokenId: token, side: 'BUY', type: 'GTC', price, amount } as const;
    expect(placeOrder(world.exchange.world, order).kind).not.toBe('refused');
  }
  const total = offers.reduce((sum, [, shares]) => sum + shares, 0n);
  scene.trade('SELL', String(total), { leader: seller });
  await world.advance(3 * MINUTE_MS);
}

describe('one transaction with several parts', () => {
  it('gives two fills for two equal parts that one sweep lists', async () => {
    const scene = await Scene.open({ settings: { copyAgeMsMax: 600_000 } });
    await hitOffers(scene, [
      [490_000n, 100n],
      [490_000n, 100n],
    ]);
    const fills = scene.world.rows('leaderFill');
    expect(new Set(fills.map((row) => row.txHash)).size).toBe(1);
    expect(fills.map((row) => row.shareMicros)).toEqual([100_000_000n, 100_000_000n]);
  });

  it('counts a small part beside a large one of the same source', async () => {
    const scene = await Scene.open({ settings: { copyAgeMsMax: 600_000 } });
    await hitOffers(scene, [
      [490_000n, 1_000n],
      [480_000n, 5n],
    ]);
    const fills = scene.world.rows('leaderFill');
    expect(new Set(fills.map((row) => row.txHash)).size).toBe(1);
    expect(fills.map((row) => row.shareMicros).sort()).toEqual([1_000_000_000n, 5_000_000n]);
  });
});

describe('what the venue may send', () => {
  it('never crashes the feed, never copies twice, and is healed by the sweep', async () => {
    for (const kind of ['drop', 'malformed', 'truncate', 'huge', 'silent'] as const) {
      const scene = await Scene.open({ settings: { copyAgeMsMax: 600_000 } });
      const { world } = scene;
      world.exchange.faults.add({ channel: 'rtds', kind, count: null });
      scene.trade('BUY', '200');
      await world.advance(3 * MINUTE_MS);
      expect(world.rows('leaderFill'), kind).toHaveLength(1);
      expect(scene.decisions(), kind).toEqual(['EXECUTE']);
      if (kind === 'drop' || kind === 'silent') continue;
      expect(world.leaderFeed.status().quarantined, kind).toBeGreaterThan(0);
      expect(world.rows('quarantine').length, kind).toBeGreaterThan(0);
    }
  });

  it('is refused, counted and shown when it is hostile, and the next honest trade is copied', async () => {
    const scene = await Scene.open();
    const { world, leader, token, conditionId } = scene;
    const row = (part: Record<string, unknown>): string =>
      JSON.stringify({
        topic: 'activity',
        type: 'trades',
        payload: {
          proxyWallet: leader,
          transactionHash: `0x${'ab'.repeat(32)}`,
          asset: token,
          conditionId,
          side: 'BUY',
          size: 10,
          price: 0.5,
          timestamp: Math.floor(world.nowMs / 1_000),
          ...part,
        },
      });
    const hostile = [
      '{"topic":"activity"',
      'null',
      '[]',
      '[[[[[[[]]]]]]]',
      '{'.repeat(10_000),
      `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
      '{"__proto__":{"polluted":1},"topic":"activity","type":"trades","payload":{"__proto__":{"size":5}}}',
      row({ size: -5 }),
      row({ size: '1e400' }),
      row({ size: null }),
      row({ price: 1.5 }),
      row({ price: 'NaN' }),
      row({ side: "BUY'; DROP TABLE pending_fill; --" }),
      row({ transactionHash: '0x12' }),
      row({ asset: '9'.repeat(500) }),
      row({ timestamp: -1 }),
    ];
    for (const frame of hostile) await world.say('rtds', frame);
    for (const frame of hostile) await world.say('market', frame);
    await world.advance(5_000);
    expect(world.rows('leaderFill')).toHaveLength(0);
    expect(scene.attempts()).toHaveLength(0);
    expect(world.leaderFeed.status().quarantined).toBeGreaterThanOrEqual(10);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    await scene.copied('BUY', '200');
    expect(scene.decisions()).toEqual(['EXECUTE']);
  });

  it('is not copied as new when its timestamp lies in the far future', async () => {
    const scene = await Scene.open();
    const { world, leader, token, conditionId } = scene;
    const payload = {
      proxyWallet: leader,
      transactionHash: `0x${'cd'.repeat(32)}`,
      asset: token,
      conditionId,
      side: 'BUY',
      size: 1_000,
      price: 0.5,
      timestamp: Math.floor(world.nowMs / 1_000) + 86_400,
    };
    await world.say('rtds', JSON.stringify({ topic: 'activity', type: 'trades', payload }));
    await world.advance(COPIED_MS);
    expect(scene.decisions()).not.toContain('EXECUTE');
  });
});

describe('a sweep that fails', () => {
  it('moves no cursor, whatever the venue answers, and the next one brings everything', async () => {
    const faults = [
      { kind: 'status', status: 500 },
      { kind: 'status', status: 429 },
      { kind: 'html' },
      { kind: 'truncate' },
      { kind: 'malformed' },
      { kind: 'delay', delayMs: 60_000 },
    ] as const;
    for (const fault of faults) {
      const scene = await Scene.open({ settings: { copyAgeMsMax: 600_000 } });
      const { world } = scene;
      world.exchange.faults.add({ channel: 'rtds', kind: 'silent', count: null });
      world.exchange.faults.add({ channel: 'rest', path: '/v2/trades', count: 20, ...fault });
      scene.trade('BUY', '200');
      await world.advance(2 * MINUTE_MS);
      expect(world.leaderFeed.status().counts.sweepFailures, JSON.stringify(fault)).toBeGreaterThan(0);
      world.exchange.faults.clear();
      await world.advance(3 * MINUTE_MS);
      expect(scene.decisions(), JSON.stringify(fault)).toEqual(['EXECUTE']);
    }
  });

  it('moves no cursor past rows that the FollowedUser has not acknowledged', async () => {
    const scene = await Scene.open({ settings: { copyAgeMsMax: 600_000 } });
    const { world } = scene;
    world.homes.beforeCall = (name) => {
      if (name === 'observe') throw new Error('the object is overloaded');
    };
    scene.trade('BUY', '200');
    await world.advance(4 * MINUTE_MS);
    expect(world.rows('leaderFill')).toHaveLength(0);
    world.homes.beforeCall = undefined;
    await world.advance(2 * MINUTE_MS);
    expect(scene.decisions()).toEqual(['EXECUTE']);
  });
});

describe('what a leader does beside trading', () => {
  it('moves the leader’s positions by splits, merges and redemptions, each once', async () => {
    const scene = await Scene.open();
    const { world, leader, conditionId, token, other } = scene;
    const position = (of: string): bigint | undefined =>
      world.rows('leaderPosition').find((row) => row.tokenId === of)?.shareMicros;
    world.exchange.split(leader, conditionId, '50');
    await world.advance(2 * MINUTE_MS);
    expect([position(token), position(other)]).toEqual([50_000_000n, 50_000_000n]);
    world.exchange.merge(leader, conditionId, '20');
    await world.advance(2 * MINUTE_MS);
    expect([position(token), position(other)]).toEqual([30_000_000n, 30_000_000n]);
    world.exchange.resolve(conditionId, ['1', '0']);
    await world.advance(1_000);
    world.exchange.redeem(leader, conditionId);
    await world.advance(2 * MINUTE_MS);
    expect([position(token), position(other)]).toEqual([0n, 0n]);
    expect(world.rows('leaderActivity').map((row) => row.type)).toEqual(['SPLIT', 'MERGE', 'REDEEM']);
    // The merge is an exit of both tokens, of which nothing is held (A48); the rest is nothing to copy.
    expect(scene.attempts().map((row) => [row.sourceType, ...row.reasons])).toEqual([
      ['ACTIVITY', 'NOT_ENOUGH_POSITION_TO_SELL'],
      ['ACTIVITY', 'NOT_ENOUGH_POSITION_TO_SELL'],
    ]);
  });

  it('has the result of its market in D1, though nothing of it is held (A52)', async () => {
    const scene = await Scene.open();
    const { world, leader, conditionId, token } = scene;
    const payout = () => world.rows('market').find((row) => row.tokenId === token)?.payoutPriceMicros;
    world.exchange.split(leader, conditionId, '50');
    await world.advance(3 * MINUTE_MS);
    world.exchange.resolveQuietly(conditionId, ['0', '1']);
    await world.advance(61 * MINUTE_MS);
    expect(payout()).toBe(0n);
  });
});
