/**
 * The switches of live trading through the Wallet's own front door: what each combination does to one trade of the leader,
 * and that OFF is OFF: from its acknowledgement not one further order leaves, whatever is queued, dies or is down.
 */
import { describe, expect, it } from 'vitest';
import { parseLeaderAddress } from '../../../domain/ids.ts';
import type { LiveOverride, LiveState } from '../../../domain/settings/switches.ts';
import { placeOrder } from '../../../simulator/model/engine.ts';
import { LiveScene } from '../world/live-scene.ts';
import { COPIED_MS } from '../world/scene.ts';

const MINUTE_MS = 60_000;

/** What one purchase of the leader led to. */
function outcomeOf(scene: LiveScene): { paper: number; shadow: number; real: number } {
  return {
    paper: scene.decisions('PAPER').filter((line) => line === 'EXECUTE').length,
    shadow: scene.orders().filter((order) => order.shadow).length,
    real: scene.taken().length,
  };
}

describe('the behaviour matrix', () => {
  it.each([
    ['ON', 'OFF', { paper: 1, shadow: 0, real: 0 }],
    ['ON', 'SHADOW', { paper: 1, shadow: 1, real: 0 }],
    ['ON', 'ON', { paper: 1, shadow: 0, real: 1 }],
    ['OFF', 'OFF', { paper: 0, shadow: 0, real: 0 }],
    ['OFF', 'SHADOW', { paper: 0, shadow: 1, real: 0 }],
    ['OFF', 'ON', { paper: 0, shadow: 0, real: 1 }],
  ] as const)('paper %s and live %s', async (paper, state, expected) => {
    const scene = await LiveScene.open({ state });
    scene.world.paper.setTrading(paper);
    await scene.copied('BUY', '400');
    await scene.world.advance(COPIED_MS);
    expect(outcomeOf(scene)).toEqual(expected);
    expect(scene.posts()).toHaveLength(expected.real);
  });

  const rows: [LiveState, LiveOverride, 'followed' | 'paused', 'nothing' | 'shadow' | 'real'][] = [
    ['OFF', 'INHERIT', 'followed', 'nothing'],
    ['OFF', 'INHERIT', 'paused', 'nothing'],
    ['OFF', 'FORCE_ON', 'followed', 'nothing'],
    ['OFF', 'FORCE_ON', 'paused', 'nothing'],
    ['OFF', 'FORCE_OFF', 'followed', 'nothing'],
    ['OFF', 'FORCE_OFF', 'paused', 'nothing'],
    ['SHADOW', 'INHERIT', 'followed', 'shadow'],
    ['SHADOW', 'INHERIT', 'paused', 'nothing'],
    ['SHADOW', 'FORCE_ON', 'followed', 'shadow'],
    ['SHADOW', 'FORCE_ON', 'paused', 'shadow'],
    ['SHADOW', 'FORCE_OFF', 'followed', 'nothing'],
    ['SHADOW', 'FORCE_OFF', 'paused', 'nothing'],
    ['ON', 'INHERIT', 'followed', 'real'],
    ['ON', 'INHERIT', 'paused', 'nothing'],
    ['ON', 'FORCE_ON', 'followed', 'real'],
    ['ON', 'FORCE_ON', 'paused', 'real'],
    ['ON', 'FORCE_OFF', 'followed', 'nothing'],
    ['ON', 'FORCE_OFF', 'paused', 'nothing'],
  ];
  it.each(rows)('live %s, the leader %s and %s on paper: a purchase becomes %s', async (...row) => {
    const [state, override, follow, expected] = row;
    const scene = await LiveScene.open({ state });
    if (override !== 'INHERIT') await scene.switchLeader(override);
    if (follow === 'paused') await scene.wish({ paperEnabled: false });
    await scene.world.advance(2_000);
    await scene.copied('BUY', '400');
    await scene.world.advance(COPIED_MS);
    const { shadow, real } = outcomeOf(scene);
    expect({ shadow, real }).toEqual({
      shadow: expected === 'shadow' ? 1 : 0,
      real: expected === 'real' ? 1 : 0,
    });
  });

  it('sells for a leader who is paused on paper or removed, and buys nothing more for them', async () => {
    for (const wish of [{ paperEnabled: false }, { removed: true }]) {
      const scene = await LiveScene.open();
      await scene.copied('BUY', '400');
      await scene.world.advance(MINUTE_MS);
      await scene.wish(wish);
      await scene.copied('BUY', '400');
      await scene.copied('SELL', '800');
      await scene.world.advance(MINUTE_MS);
      expect(
        scene.taken().map((order) => order.side),
        JSON.stringify(wish),
      ).toEqual(['BUY', 'SELL']);
      expect(scene.held('LIVE')).toBe(0n);
    }
  });

  it('goes on watching a leader whom live alone wants or still holds, through minutes and a restart', async () => {
    for (const wish of [{ paperEnabled: false, liveOverride: 'FORCE_ON' as const }, { removed: true }]) {
      const scene = await LiveScene.open();
      const { world } = scene;
      world.paper.setTrading('OFF');
      if (wish.liveOverride === 'FORCE_ON') await scene.switchLeader('FORCE_ON');
      await scene.copied('BUY', '400');
      await scene.wish(wish);
      await world.advance(3 * MINUTE_MS);
      world.kill('feed');
      await world.advance(3 * MINUTE_MS);
      await scene.copied('SELL', '400');
      await world.advance(2 * MINUTE_MS);
      expect(scene.decisions('PAPER')).toEqual([]);
      expect(
        scene.taken().map((order) => order.side),
        JSON.stringify(wish),
      ).toEqual(['BUY', 'SELL']);
      expect(scene.held('LIVE')).toBe(0n);
    }
  });

  it('sells nothing while it is OFF, and lists what is held', async () => {
    const scene = await LiveScene.open();
    await scene.copied('BUY', '400');
    await scene.world.advance(MINUTE_MS);
    await scene.switchLive('OFF');
    await scene.copied('SELL', '400');
    await scene.world.advance(MINUTE_MS);
    expect(scene.taken().map((order) => order.side)).toEqual(['BUY']);
    expect(scene.facts()).toMatchObject({ trading: 'OFF', openPositions: 1 });
  });
});

describe('OFF', () => {
  it('lets not one further order leave, at whatever moment of a burst it is acknowledged', async () => {
    const scene = await LiveScene.open();
    const { world } = scene;
    let stopped = 0;
    for (let offsetMs = 1_800; offsetMs <= 3_000; offsetMs += 50) {
      for (let trade = 0; trade < 4; trade += 1) scene.trade('BUY', `${100 + trade}`);
      await world.advance(offsetMs);
      const before = scene.posts().length;
      await scene.switchLive('OFF');
      await world.advance(10_000);
      expect(scene.posts().length, `OFF after ${offsetMs} ms`).toBe(before);
      stopped += scene.posts().length === 0 ? 1 : 0;
      await scene.switchLive('ON');
      await world.advance(5_000);
    }
    expect(stopped).toBeGreaterThan(0);
    expect(scene.posts().length).toBeGreaterThan(0);
  });

  const interruptions: [string, (scene: LiveScene) => void][] = [
    ['OFF', (scene: LiveScene) => void scene.world.live.setLive('OFF')],
    ['SHADOW', (scene: LiveScene) => void scene.world.live.setLive('SHADOW')],
    [
      'FORCE_OFF',
      (scene: LiveScene) => void scene.world.live.setUserLive(parseLeaderAddress(scene.leader)!, 'FORCE_OFF'),
    ],
    [
      'a document of D1 that says OFF',
      ({ world }: LiveScene) =>
        world.live.applyControl({
          ...world.control,
          version: world.control.version + 1,
          liveTrading: 'OFF',
        }),
    ],
    [
      'a document of D1 that pauses the leader',
      ({ world }: LiveScene) =>
        world.live.applyControl({
          ...world.control,
          version: world.control.version + 1,
          followedUsers: world.control.followedUsers.map((user) => ({ ...user, paperEnabled: false })),
        }),
    ],
    ['its death', ({ world }: LiveScene) => world.kill('live')],
  ];
  it.each(interruptions)('is in force once the book of a copy has come: %s', async (what, act) => {
    // The one wait of a copy is for a younger book: between its answer and the POST nothing awaits.
    const scene = await LiveScene.open({ live: { bookAgeMsMax: 100 } });
    const { world } = scene;
    let asked = 0;
    world.homes.afterCall = (name) => {
      if (name !== 'freshQuote') return;
      asked += 1;
      if (asked === 1) act(scene);
    };
    await scene.copied('BUY', '400');
    expect(asked).toBeGreaterThan(0);
    expect(scene.decisions('PAPER')).toEqual(['EXECUTE']);
    await world.advance(MINUTE_MS);
    // A death alone forbids nothing: the intent is delivered again.
    expect(scene.posts()).toHaveLength(what === 'its death' ? 1 : 0);
    expect(scene.taken()).toHaveLength(what === 'its death' ? 1 : 0);
  });

  it('survives the death of the Wallet and a D1 that never received it', async () => {
    const scene = await LiveScene.open();
    const { world } = scene;
    world.ledger.manner = 'down';
    await scene.switchLive('OFF');
    world.kill('live');
    await world.live.ensureRunning();
    world.ledger.manner = 'up';
    expect(world.control.liveTrading).toBe('ON');
    await scene.liveSettings({ copyRateBps: 2_000 });
    await world.advance(2 * MINUTE_MS);
    await scene.copied('BUY', '400');
    await world.advance(MINUTE_MS);
    expect(scene.facts().trading).toBe('OFF');
    expect(scene.posts()).toHaveLength(0);
    await scene.switchLive('ON');
    await scene.copied('BUY', '400');
    expect(scene.posts()).toHaveLength(1);
  });

  it('names the orders in flight, and goes on tracking them to their end', async () => {
    const scene = await LiveScene.open();
    const { world } = scene;
    scene.fault({ channel: 'order', kind: 'arrive-late', delayMs: 20_000 });
    await scene.copied('BUY', '400');
    expect(scene.posts()).toHaveLength(1);
    const answer = await scene.switchLive('OFF');
    const [order] = scene.orders();
    expect(answer).toMatchObject({ kind: 'done', state: 'OFF', inFlightOrderIds: [order!.orderId] });
    await world.advance(2 * MINUTE_MS);
    expect(scene.orders().map((row) => row.state)).toEqual(['FILLED']);
    expect(scene.held('LIVE')).toBeGreaterThan(0n);
    expect(scene.posts()).toHaveLength(1);
  });

  it('cancels our own resting orders by id, and leaves those of others on the account alone', async () => {
    const scene = await LiveScene.open({ live: { orderType: 'GTC', restingOrdersEnabled: true } });
    const { world } = scene;
    // In the moment in which ours leaves, the asks go: it rests.
    world.venue.atWalletCall = (name) => {
      if (name === 'POST /order') world.exchange.setBook(scene.token, { bids: [['0.40', '10']], asks: [] });
    };
    await scene.copied('BUY', '400');
    world.venue.atWalletCall = undefined;
    expect(scene.orders().map((row) => row.state)).toEqual(['OPEN']);
    const foreign = placeOrder(world.exchange.world, {
      account: world.funderAddress,
      tokenId: scene.token,
      side: 'BUY',
      type: 'GTC',
      price: 300_000n,
      amount: { shares: 10_000_000n },
    });
    expect(foreign.kind).not.toBe('refused');
    const answer = await scene.switchLive('OFF');
    await world.advance(COPIED_MS);
    expect(answer).toMatchObject({ kind: 'done', cancelingOrderIds: [scene.orders()[0]!.orderId] });
    expect(scene.orders().map((row) => row.state)).toEqual(['CANCELED']);
    expect(
      world.venue.walletCalls.filter((call) => call.name.startsWith('DELETE')).map((call) => call.name),
    ).toEqual(['DELETE /orders']);
    const book = world.exchange.world.books.get(scene.conditionId)!;
    const left = [...book.bids, ...book.asks].filter((order) => order.account === world.funderAddress);
    expect(left.map((order) => order.price)).toEqual([300_000n]);
  });
});

/** An order of ours that rests, because the asks went away in the moment in which it left. */
async function resting(leader?: string): Promise<LiveScene> {
  const scene = await LiveScene.open({ live: { orderType: 'GTC', restingOrdersEnabled: true } });
  const { world } = scene;
  if (leader !== undefined) await world.follow(leader);
  world.venue.atWalletCall = (name) => {
    if (name === 'POST /order') world.exchange.setBook(scene.token, { bids: [['0.40', '10']], asks: [] });
  };
  await scene.copied('BUY', '400');
  world.venue.atWalletCall = undefined;
  expect(scene.orders().map((row) => row.state)).toEqual(['OPEN']);
  return scene;
}

describe('an order that rests when OFF comes', () => {
  it('is cancelled again and again until the venue has received it', async () => {
    const scene = await resting();
    const { world } = scene;
    let lost = 0;
    world.venue.losesCall = (name) => {
      if (!name.startsWith('DELETE') || lost >= 2) return false;
      lost += 1;
      return true;
    };
    await scene.switchLive('OFF');
    await world.advance(MINUTE_MS);
    expect(lost).toBe(2);
    expect(scene.orders().map((row) => row.state)).toEqual(['CANCELED']);
  });

  it('is cancelled though the Wallet dies in that very moment', async () => {
    const scene = await resting();
    const { world } = scene;
    world.live.setLive('OFF');
    world.kill('live');
    await world.advance(MINUTE_MS);
    expect(scene.orders().map((row) => row.state)).toEqual(['CANCELED']);
  });

  it('is cancelled when it is D1 that says OFF, or when it is the leader who is', async () => {
    for (const how of ['D1', 'leader'] as const) {
      const scene = await resting();
      if (how === 'leader') await scene.switchLeader('FORCE_OFF');
      else await scene.world.change((control) => ({ ...control, liveTrading: 'OFF' }));
      await scene.world.advance(MINUTE_MS);
      expect(
        scene.orders().map((row) => row.state),
        how,
      ).toEqual(['CANCELED']);
    }
  });

  it('is left alone when it is another leader who is switched off', async () => {
    const scene = await resting();
    const { world } = scene;
    const second = world.exchange.leaders()[1]!.address;
    await world.follow(second);
    world.live.setUserLive(parseLeaderAddress(second)!, 'FORCE_OFF');
    await world.advance(MINUTE_MS);
    expect(scene.orders().map((row) => row.state)).toEqual(['OPEN']);
  });

  it('though not known to rest, is cancelled as soon as it is found', async () => {
    const scene = await LiveScene.open({ live: { orderType: 'GTC', restingOrdersEnabled: true } });
    const { world } = scene;
    scene.fault({ channel: 'order', kind: 'arrive-late', delayMs: 20_000 });
    await scene.copied('BUY', '400');
    await scene.switchLive('OFF');
    world.exchange.setBook(scene.token, { bids: [['0.40', '10']], asks: [] });
    await world.advance(3 * MINUTE_MS);
    expect(scene.orders().map((row) => row.state)).toEqual(['CANCELED']);
    expect(scene.taken().map((order) => order.status)).toEqual(['CANCELED']);
  });
});

describe('an order that never arrived when OFF comes', () => {
  it('is not sent again, though its intent is fresh', async () => {
    const scene = await LiveScene.open({ live: { copyAgeMsMax: 600_000 } });
    const { world } = scene;
    world.venue.losesCall = (name) => name === 'POST /order';
    await scene.copied('BUY', '400');
    world.venue.losesCall = undefined;
    await scene.switchLive('OFF');
    await world.advance(3 * MINUTE_MS);
    expect(scene.posts()).toHaveLength(1);
    expect(scene.orders().map((row) => row.state)).toEqual(['REJECTED']);
  });
});

describe('what D1 says of live', () => {
  it('lowers, and never raises', async () => {
    const scene = await LiveScene.open();
    const say = (liveTrading: LiveState): Promise<void> =>
      scene.world.change((control) => ({ ...control, liveTrading }));
    await say('SHADOW');
    expect(scene.facts().trading).toBe('SHADOW');
    await say('ON');
    expect(scene.facts().trading).toBe('SHADOW');
    await say('OFF');
    await say('ON');
    expect(scene.facts().trading).toBe('OFF');
  });

  it('lowers a leader, and never raises them', async () => {
    const scene = await LiveScene.open();
    await scene.wish({ liveOverride: 'FORCE_OFF' });
    await scene.wish({ liveOverride: 'FORCE_ON' });
    await scene.copied('BUY', '400');
    expect(scene.posts()).toHaveLength(0);
    await scene.switchLeader('INHERIT');
    await scene.copied('BUY', '400');
    expect(scene.posts()).toHaveLength(1);
  });
});

describe('FORCE_OFF', () => {
  it('stops one leader and no other', async () => {
    const scene = await LiveScene.open();
    const second = scene.world.exchange.leaders()[1]!.address;
    await scene.world.follow(second);
    await scene.world.advance(2_000);
    await scene.switchLeader('FORCE_OFF');
    scene.trade('BUY', '400');
    scene.trade('BUY', '300', { leader: second });
    await scene.world.advance(COPIED_MS);
    expect(scene.orders().map((row) => row.leaderAddress)).toEqual([second]);
  });

  it('survives the death of the Wallet and a D1 that never received it', async () => {
    const scene = await LiveScene.open();
    const { world } = scene;
    world.ledger.manner = 'down';
    await scene.switchLeader('FORCE_OFF');
    world.kill('live');
    await world.live.ensureRunning();
    world.ledger.manner = 'up';
    await world.advance(2 * MINUTE_MS);
    await scene.copied('BUY', '400');
    expect(scene.posts()).toHaveLength(0);
  });
});

describe('paper', () => {
  it('is decided at the same moment though the venue answers live nothing at all', async () => {
    const decidedAt = async (silent: boolean): Promise<unknown> => {
      const scene = await LiveScene.open();
      if (silent) scene.world.venue.losesCall = () => true;
      await scene.copied('BUY', '400');
      return scene.attempts('PAPER').map((row) => [row.decision, row.decidedAtMs]);
    };
    expect(await decidedAt(true)).toEqual(await decidedAt(false));
  });

  it('decides and books the same whether live is OFF or ON', async () => {
    const outcome = async (state: LiveState): Promise<unknown> => {
      const scene = await LiveScene.open({ state });
      await scene.copied('BUY', '400');
      await scene.copied('SELL', '150');
      await scene.world.advance(MINUTE_MS);
      return scene.world
        .rows('ledger')
        .filter((row) => row.mode === 'PAPER')
        .map((row) => [row.entryType, row.shareDeltaMicros, row.cashDeltaMicros].join(' '))
        .sort();
    };
    expect(await outcome('ON')).toEqual(await outcome('OFF'));
  });
});
