/**
 * What the live ledger books, and to whom, when the venue's answers lag, come late or come twice: no money counts twice, no
 * trade or flow is lost, each share has its owner, and an alarm has a cause.
 */
import { describe, expect, it } from 'vitest';
import { EXTERNAL_LEADER } from '../../../domain/ids.ts';
import { disagreements } from '../world/live-conservation.ts';
import { LiveScene } from '../world/live-scene.ts';
import { DOLLAR } from '../world/scene.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Somebody trades by hand on the account. */
function byHand(scene: LiveScene, side: 'BUY' | 'SELL', shares: string): void {
  const { world, token } = scene;
  world.exchange.traderTrade({ funder: world.funderAddress, tokenId: token, side, shares });
}

/** What the ledger says that an owner holds of the token, and made with it. */
function sliceOf(scene: LiveScene, owner: string): readonly [shares: bigint, realised: bigint] {
  const found = scene.world
    .rows('position')
    .find((row) => row.mode === 'LIVE' && row.leaderAddress === owner && row.tokenId === scene.token);
  return [found?.shareMicros ?? 0n, found?.realisedMicros ?? 0n];
}

/** Differences that are there now. */
function standing(scene: LiveScene): readonly string[] {
  return scene.world
    .rows('difference')
    .filter((row) => row.endedAtMs === null)
    .map((row) => `${row.subject} ${row.ledgerMicros} ${row.venueMicros}`);
}

describe('a balance that lags behind its trades', () => {
  it('makes no profit of a purchase, and trips no drawdown breaker', async () => {
    const scene = await LiveScene.open({ live: { drawdownBpsMax: 100 }, exchangeStepMs: 500 });
    const { world } = scene;
    await world.advance(2 * MINUTE_MS);
    scene.fault({ channel: 'balance', kind: 'lag', count: null });
    await scene.copied('BUY', '4000');
    for (let minute = 0; minute < 3; minute += 1) {
      await world.advance(MINUTE_MS);
      expect(world.live.portfolio().equityMicros).toBeLessThanOrEqual(1_000n * DOLLAR);
    }
    expect(scene.facts().peakPnlMicros).toBe(0n);
    world.exchange.faults.clear();
    await world.advance(5 * MINUTE_MS);
    await scene.copied('BUY', '400');
    expect(scene.decisions('LIVE')).toEqual(['EXECUTE', 'EXECUTE']);
    const snapshots = world.rows('snapshot').filter((row) => row.mode === 'LIVE' && row.leaderAddress === '');
    expect(snapshots.filter((row) => row.equityMicros > 1_000n * DOLLAR)).toEqual([]);
  });

  it('is refreshed by the venue when asked to read the chain again, and then agrees with the ledger', async () => {
    const scene = await LiveScene.open({ exchangeStepMs: 500 });
    // Only a call of balance-allowance/update ends this one.
    scene.fault({ channel: 'balance', kind: 'lag' });
    await scene.copied('BUY', '400');
    await scene.world.advance(3 * MINUTE_MS);
    expect(scene.facts().collateralMicros).toBe(scene.account().cash);
    expect(standing(scene)).toEqual([]);
    expect(disagreements(scene)).toEqual([]);
  });
});

describe('the live ledger', () => {
  it('counts a purchase in the cap on all exposure from its fill on', async () => {
    const scene = await LiveScene.open({ live: { totalExposureBpsMax: 250 } });
    for (let trade = 0; trade < 4; trade += 1) {
      scene.trade('BUY', '400');
      await scene.world.advance(3_500);
    }
    await scene.world.advance(5_000);
    const spent = scene.fills().reduce((sum, fill) => sum + fill.notionalMicros, 0n);
    expect(spent).toBeGreaterThan(0n);
    expect(spent).toBeLessThanOrEqual(25n * DOLLAR);
    expect(scene.decisions('LIVE').at(-1)).toContain('RISK_CAP_GLOBAL');
  });

  it('books a sale of shares that no leader explains to EXTERNAL', async () => {
    const scene = await LiveScene.open({ live: { sellUnattributed: true }, exchangeStepMs: 500 });
    const { world } = scene;
    byHand(scene, 'BUY', '100');
    await world.advance(2 * MINUTE_MS);
    world.exchange.split(scene.leader, scene.conditionId, '400');
    await scene.copied('SELL', '400');
    await world.advance(2 * MINUTE_MS);
    expect(scene.taken().map((order) => order.side)).toEqual(['BUY', 'SELL']);
    expect(sliceOf(scene, scene.leader)).toEqual([0n, 0n]);
    const [left, realised] = sliceOf(scene, EXTERNAL_LEADER);
    expect(left).toBe(scene.account().holdings.get(scene.token)?.shares ?? 0n);
    expect(realised).toBeLessThan(0n);
    expect(await world.live.heldLeaders()).toEqual([]);
    expect(disagreements(scene)).toEqual([]);
  });

  it('books a sale beyond a leader’s shares to the leader first and the rest to EXTERNAL', async () => {
    const scene = await LiveScene.open({ live: { sellUnattributed: true }, exchangeStepMs: 500 });
    const { world } = scene;
    byHand(scene, 'BUY', '100');
    await scene.copied('BUY', '400');
    await world.advance(2 * MINUTE_MS);
    world.exchange.split(scene.leader, scene.conditionId, '400');
    await scene.copied('SELL', '800');
    await world.advance(2 * MINUTE_MS);
    expect(scene.taken().at(-1)).toMatchObject({ side: 'SELL', status: 'MATCHED' });
    expect(sliceOf(scene, scene.leader)[0]).toBe(0n);
    expect(sliceOf(scene, EXTERNAL_LEADER)[0]).toBe(scene.account().holdings.get(scene.token)?.shares ?? 0n);
    expect(disagreements(scene)).toEqual([]);
  });

  it('raises no alarm on a faultless exchange while one copy follows another', async () => {
    const scene = await LiveScene.open({ exchangeStepMs: 500 });
    const { world } = scene;
    await world.advance(2 * MINUTE_MS);
    let ill = 0;
    for (let trade = 0; trade < 36; trade += 1) {
      scene.trade(trade % 2 === 0 ? 'BUY' : 'SELL', '200');
      for (let second = 0; second < 5; second += 1) {
        await world.advance(1_000);
        ill += world.live.status().healthy ? 0 : 1;
      }
    }
    expect(scene.taken().length).toBeGreaterThan(20);
    expect(ill).toBe(0);
  });

  it.each([
    ['calm', 0],
    ['one copy after another', 60],
  ])('raises an alarm for money that is really missing, amid %s', async (_how, copies) => {
    const scene = await LiveScene.open({ exchangeStepMs: 500 });
    const { world } = scene;
    await world.advance(2 * MINUTE_MS);
    scene.account().cash -= 7n * DOLLAR;
    // The balance is read anew after a trade of ours.
    await scene.copied('BUY', '200');
    for (let trade = 0; trade < copies; trade += 1) {
      scene.trade(trade % 2 === 0 ? 'SELL' : 'BUY', '200');
      await world.advance(5_000);
    }
    if (copies === 0) await world.advance(5 * MINUTE_MS);
    expect(scene.facts().alertingDifferences).toBe(1);
    expect(world.live.status().healthy).toBe(false);
  });

  it('opens an account amid a trade once its trades are final, without a difference', async () => {
    const scene = await LiveScene.open({
      state: 'OFF',
      trader: { secretsLater: true },
      exchangeStepMs: 500,
    });
    const { world } = scene;
    byHand(scene, 'BUY', '100');
    await world.advance(1_000);
    await world.bringSecrets();
    await world.advance(500);
    expect(scene.facts().accountOpenedAtMs).toBeNull();
    await world.advance(5 * MINUTE_MS);
    expect(scene.facts().accountOpenedAtMs).not.toBeNull();
    expect(sliceOf(scene, EXTERNAL_LEADER)[0]).toBe(100n * DOLLAR);
    expect(world.rows('difference')).toEqual([]);
    // The trade is in the opening and nowhere else.
    expect(scene.fills()).toEqual([]);
    expect(disagreements(scene).filter((line) => !line.startsWith('trade '))).toEqual([]);
  });

  it('books a trade in the very second of the opening', async () => {
    const scene = await LiveScene.open({
      state: 'OFF',
      trader: { secretsLater: true },
      exchangeStepMs: 100,
    });
    const { world } = scene;
    await world.advance(300);
    await world.bringSecrets();
    await world.advance(300);
    expect(scene.facts().accountOpenedAtMs).not.toBeNull();
    byHand(scene, 'BUY', '100');
    await world.advance(3 * MINUTE_MS);
    expect(scene.fills().map((fill) => fill.shareMicros)).toEqual([100n * DOLLAR]);
    expect(disagreements(scene)).toEqual([]);
  });

  it('books money that came while the activity was unreadable for more than a day as a flow', async () => {
    const scene = await LiveScene.open({ state: 'OFF', exchangeStepMs: 1_000 });
    const { world } = scene;
    await world.advance(2 * MINUTE_MS);
    world.venue.losesCall = (name) => name.includes('/activity');
    await world.advance(2 * MINUTE_MS);
    world.exchange.deposit(world.funderAddress, '250');
    await world.advance(2 * MINUTE_MS);
    // The night is over at once: only what is asked afterwards matters.
    world.time.nowMs += DAY_MS + 60 * MINUTE_MS;
    await world.advance(2 * MINUTE_MS);
    world.venue.losesCall = undefined;
    // OFF it reads the account once an hour.
    await world.advance(65 * MINUTE_MS);
    const { equityMicros, flowMicros } = world.live.portfolio();
    expect(flowMicros).toBe(1_250n * DOLLAR);
    expect(equityMicros).toBe(1_250n * DOLLAR);
    expect(standing(scene)).toEqual([]);
    expect(disagreements(scene)).toEqual([]);
  });

  it('books a sale by hand once, though it is reported again after a week', async () => {
    const scene = await LiveScene.open({
      live: { orderType: 'GTC', restingOrdersEnabled: true },
      exchangeStepMs: 1_000,
    });
    const { world } = scene;
    byHand(scene, 'BUY', '100');
    await world.advance(MINUTE_MS);
    await scene.copied('BUY', '4000');
    byHand(scene, 'SELL', '100');
    await world.advance(30_000);
    // An order that rests for longer than fills are kept.
    world.venue.atWalletCall = (name) => {
      if (name === 'POST /order') world.exchange.setBook(scene.token, { bids: [['0.40', '1000']], asks: [] });
    };
    await scene.copied('BUY', '400');
    world.venue.atWalletCall = undefined;
    await world.advance(MINUTE_MS);
    expect(scene.orders().map((order) => order.state)).toEqual(['FILLED', 'OPEN']);
    const before = sliceOf(scene, scene.leader);
    world.time.nowMs += 8 * DAY_MS;
    await world.advance(3 * MINUTE_MS);
    expect(world.stored('live', 'SELECT * FROM live_fill')).toEqual([]);
    expect(sliceOf(scene, scene.leader)).toEqual(before);
    expect(sliceOf(scene, EXTERNAL_LEADER)[0]).toBe(0n);
    expect(standing(scene)).toEqual([]);
    expect(scene.facts().pausedBecause).toBeNull();
  });

  it.each([[2], [26], [100]])(
    'books a trade by hand that fell into a downtime of %d hours',
    async (hours) => {
      const scene = await LiveScene.open({ exchangeStepMs: 1_000 });
      const { world } = scene;
      await scene.copied('BUY', '400');
      await world.advance(2 * MINUTE_MS);
      world.venue.losesCall = () => true;
      scene.fault({ channel: 'user', kind: 'drop', count: null });
      byHand(scene, 'BUY', '100');
      await world.advance(MINUTE_MS);
      world.time.nowMs += hours * 60 * MINUTE_MS;
      world.venue.losesCall = undefined;
      world.exchange.faults.clear();
      world.kill('live');
      await world.live.ensureRunning();
      await world.advance(5 * MINUTE_MS);
      expect(disagreements(scene)).toEqual([]);
      expect(world.live.status().healthy).toBe(true);
    },
  );

  it('books a trade by hand that shows minutes late', async () => {
    const scene = await LiveScene.open({ exchangeStepMs: 1_000 });
    scene.fault({ channel: 'user', kind: 'drop', count: null });
    scene.fault({ channel: 'reads', kind: 'late', delayMs: 4 * MINUTE_MS, count: null });
    byHand(scene, 'BUY', '100');
    await scene.world.advance(12 * MINUTE_MS);
    expect(disagreements(scene)).toEqual([]);
    expect(scene.world.live.status().healthy).toBe(true);
  });

  it('takes a trade back that FAILS only the next day', async () => {
    const scene = await LiveScene.open({ exchangeStepMs: 1_000 });
    const { world } = scene;
    scene.fault({ channel: 'order', kind: 'retried' });
    await scene.copied('BUY', '400');
    const { tradeId } = scene.fills()[0]!;
    world.exchange.world.trading.trades.get(tradeId)!.ahead = [
      { status: 'CONFIRMED', atMs: world.nowMs + 2 * DAY_MS },
    ];
    world.time.nowMs += DAY_MS + 60 * MINUTE_MS;
    await world.advance(MINUTE_MS);
    scene.fault({ channel: 'user', kind: 'drop', count: null });
    world.exchange.setTradeOutcome(tradeId, 'FAILED');
    await world.advance(5 * MINUTE_MS);
    expect(scene.held('LIVE')).toBe(0n);
    expect(disagreements(scene)).toEqual([]);
  });
});

describe('a trade whose makers are named late', () => {
  it('is booked at its average price, and corrected to what the exchange moved (A58)', async () => {
    const scene = await LiveScene.open({ exchangeStepMs: 1_000 });
    const { world } = scene;
    scene.fault({ channel: 'user', kind: 'drop', count: null });
    world.venue.atWalletCall = (name) => {
      if (name !== 'POST /order') return;
      const asks: [string, string][] = [
        ['0.45', '7'],
        ['0.46', '1000'],
      ];
      world.exchange.setBook(scene.token, { bids: [['0.44', '1000']], asks });
    };
    const shown: bigint[] = [];
    world.venue.rewrites = (path, body) => {
      if (path !== '/data/trades' || shown.length > 0) return body;
      return body
        .replaceAll(/"maker_orders":\[[^\]]*\]/g, '"maker_orders":[]')
        .replaceAll(/"status":"[A-Z_]+"/g, '"status":"MATCHED"');
    };
    await scene.copied('BUY', '400');
    await world.advance(5_000);
    shown.push(...scene.fills().map((fill) => fill.notionalMicros));
    expect(shown).toHaveLength(1);
    world.venue.rewrites = undefined;
    await world.advance(3 * MINUTE_MS);
    const corrections = world.rows('ledger').filter((row) => row.refId.endsWith(':legs'));
    expect(corrections.map((row) => [row.entryType, row.shareDeltaMicros])).toEqual([['TRADE_FILL', 0n]]);
    expect(scene.fills()[0]!.notionalMicros).not.toBe(shown[0]);
    expect(disagreements(scene)).toEqual([]);
  });
});
