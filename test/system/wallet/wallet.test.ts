/** The paper Wallet over time: switches, pauses, cash, breakers, settlement, and what it does when we have a bug. */
import { describe, expect, it } from 'vitest';
import type { ModeSettings } from '../../../domain/settings/settings.ts';
import { COPIED_MS, DOLLAR, Scene } from '../world/scene.ts';

const MINUTE_MS = 60_000;

describe('a leader who is paused or removed', () => {
  it('is only sold for, never bought for, while their shares are held', async () => {
    for (const wish of [{ paperEnabled: false }, { removed: true }]) {
      const scene = await Scene.open();
      await scene.copied('BUY', '400');
      await scene.wish(wish);
      await scene.copied('BUY', '400');
      await scene.copied('SELL', '400');
      expect(scene.decisions(), JSON.stringify(wish)).toEqual(['EXECUTE', 'SKIP USER_DISABLED', 'EXECUTE']);
      expect(scene.attempts()[2]?.side).toBe('SELL');
    }
  });

  it('is watched until nothing of theirs is left, and no longer', async () => {
    const scene = await Scene.open();
    const { world } = scene;
    await scene.copied('BUY', '400');
    await scene.wish({ removed: true });
    await world.advance(3 * MINUTE_MS);
    expect(world.leaderFeed.status().leadersWatched).toBe(1);
    world.kill('feed');
    await world.advance(3 * MINUTE_MS);
    expect(world.leaderFeed.status().leadersWatched).toBe(1);
    await scene.copied('SELL', '400');
    expect(scene.held()).toBe(0n);
    await world.advance(2 * MINUTE_MS);
    expect(world.leaderFeed.status().leadersWatched).toBe(0);
  });

  it('is paused within a minute though the push of the change was lost: the feed passes it on', async () => {
    const scene = await Scene.open();
    const { world } = scene;
    const paused = world.control.followedUsers.map((user) => ({ ...user, paperEnabled: false }));
    // The operator's change is in D1, but no object has received it.
    world.control = { ...world.control, version: world.control.version + 1, followedUsers: paused };
    await scene.copied('BUY', '200');
    expect(scene.decisions()).toEqual(['EXECUTE']);
    await world.advance(70_000);
    scene.trade('BUY', '200');
    await world.advance(20_000);
    expect(scene.decisions()).toEqual(['EXECUTE', 'SKIP USER_DISABLED']);
  });

  it('is copied again once no longer paused, without the trades in between', async () => {
    const scene = await Scene.open();
    await scene.wish({ paperEnabled: false });
    await scene.world.advance(2 * MINUTE_MS);
    await scene.copied('BUY', '400');
    await scene.world.advance(2 * MINUTE_MS);
    await scene.wish({ paperEnabled: true });
    await scene.world.advance(2 * MINUTE_MS);
    expect(scene.decisions()).not.toContain('EXECUTE');
    await scene.copied('BUY', '400');
    expect(scene.decisions().at(-1)).toBe('EXECUTE');
  });
});

describe('the paper switch', () => {
  it('writes nothing while it is off, and counts what it let pass', async () => {
    const scene = await Scene.open();
    scene.world.paper.setTrading('OFF');
    await scene.copied('BUY', '400');
    await scene.copied('SELL', '400');
    await scene.world.advance(MINUTE_MS);
    expect(scene.attempts()).toHaveLength(0);
    expect(scene.held()).toBe(0n);
    expect(scene.world.paper.status()).toMatchObject({ trading: 'OFF', inactiveIntents: 2 });
  });

  it('stays off through death and D1 that never received it, until the command to raise it comes', async () => {
    const scene = await Scene.open();
    const { world } = scene;
    world.ledger.manner = 'down';
    world.paper.setTrading('OFF');
    world.kill('wallet');
    world.ledger.manner = 'up';
    await scene.settings({ copyRateBps: 2_000 });
    await world.advance(2 * MINUTE_MS);
    expect(world.control.paperTrading).toBe('ON');
    await scene.copied('BUY', '400');
    expect(scene.attempts()).toHaveLength(0);
    world.paper.setTrading('ON');
    await scene.copied('BUY', '400');
    expect(scene.decisions()).toEqual(['EXECUTE']);
  });

  it('is lowered by D1 but never raised by it', async () => {
    const scene = await Scene.open();
    await scene.world.change((control) => ({ ...control, paperTrading: 'OFF' }));
    expect(scene.world.paper.status().trading).toBe('OFF');
    await scene.world.change((control) => ({ ...control, paperTrading: 'ON' }));
    expect(scene.world.paper.status().trading).toBe('OFF');
  });

  it('that was thrown before the Wallet ever saw a document is not raised by the first one', async () => {
    const scene = await Scene.open({ follow: false });
    const { world } = scene;
    world.tamper('wallet', "DELETE FROM kv WHERE key IN ('control', 'trading')");
    world.kill('wallet');
    world.paper.setTrading('OFF');
    await world.follow(scene.leader);
    expect(world.paper.status().trading).toBe('OFF');
  });
});

describe('settings', () => {
  it('hold from the next decision on, and each attempt says which version it was', async () => {
    const scene = await Scene.open();
    await scene.copied('BUY', '400');
    await scene.settings({ copyRateBps: 500 });
    await scene.copied('BUY', '400');
    const [first, second] = scene.attempts();
    expect([first?.effectiveRateBps, second?.effectiveRateBps]).toEqual([1_000n, 500n]);
    expect(second!.settingsVersion).toBe(first!.settingsVersion + 1);
  });

  it('of a leader override those of the mode, for that leader alone', async () => {
    const scene = await Scene.open();
    const second = scene.world.exchange.leaders()[1]!.address;
    await scene.world.follow(second);
    await scene.wish({ overrides: { PAPER: { copyRateBps: 300 }, LIVE: {} } });
    await scene.world.advance(2_000);
    scene.trade('BUY', '400');
    scene.trade('BUY', '400', { leader: second });
    await scene.world.advance(COPIED_MS);
    const rates = new Map<string, bigint>(
      scene.attempts().map((row) => [row.leaderAddress, row.effectiveRateBps]),
    );
    expect(rates.get(scene.leader)).toBe(300n);
    expect(rates.get(second)).toBe(1_000n);
  });

  it('forbid a market from the next decision on, and only to buy in it', async () => {
    const scene = await Scene.open();
    await scene.copied('BUY', '400');
    await scene.settings({ marketBlacklist: [scene.conditionId] });
    await scene.copied('BUY', '400');
    await scene.copied('SELL', '100');
    expect(scene.decisions()).toEqual(['EXECUTE', 'SKIP MARKET_BLACKLISTED', 'EXECUTE']);
  });

  it('that are bad are refused whole, and the last good ones stay in force', async () => {
    const scene = await Scene.open();
    const { control } = scene.world;
    const bad = { ...control.settings.PAPER, copyRateBps: -1 };
    const document = {
      ...control,
      version: control.version + 1,
      settings: { ...control.settings, PAPER: bad },
    };
    expect(() => scene.world.paper.applyControl(document)).toThrow('copyRateBps');
    await scene.copied('BUY', '400');
    expect(scene.attempts()[0]?.effectiveRateBps).toBe(1_000n);
  });

  it('of a lower version are never taken', async () => {
    const scene = await Scene.open();
    await scene.settings({ copyRateBps: 500 });
    const older = { ...scene.world.control, version: 1, followedUsers: [] };
    scene.world.paper.applyControl(older);
    scene.world.user(scene.leader).applyControl(older);
    scene.world.leaderFeed.applyControl(older);
    await scene.copied('BUY', '400');
    expect(scene.attempts()[0]?.effectiveRateBps).toBe(500n);
  });
});

describe('deposits and withdrawals', () => {
  it('are booked once per command, however often it arrives, and never overdraw', async () => {
    const scene = await Scene.open();
    const { world } = scene;
    const deposit = { commandId: 'd1', kind: 'DEPOSIT', amountMicros: 100n * DOLLAR } as const;
    expect(world.paper.moveCash(deposit)).toEqual({ kind: 'booked' });
    world.kill('wallet');
    expect(world.paper.moveCash(deposit)).toEqual({ kind: 'already-booked' });
    const withdrawal = { commandId: 'w1', kind: 'WITHDRAWAL', amountMicros: 10_100n * DOLLAR } as const;
    expect(world.paper.moveCash(withdrawal)).toEqual({ kind: 'booked' });
    expect(world.paper.moveCash({ ...withdrawal, commandId: 'w2', amountMicros: 1n }).kind).toBe('refused');
    await world.advance(MINUTE_MS);
    expect(world.rows('ledger').map((row) => row.cashDeltaMicros)).toEqual([
      10_000n * DOLLAR,
      100n * DOLLAR,
      -10_100n * DOLLAR,
    ]);
  });

  it('are no gain and no loss', async () => {
    const scene = await Scene.open();
    const { world } = scene;
    world.paper.moveCash({ commandId: 'd1', kind: 'DEPOSIT', amountMicros: 5_000n * DOLLAR });
    await world.advance(MINUTE_MS);
    world.paper.moveCash({ commandId: 'w1', kind: 'WITHDRAWAL', amountMicros: 9_000n * DOLLAR });
    await world.advance(2 * MINUTE_MS);
    await scene.copied('BUY', '400');
    expect(scene.decisions()).toEqual(['EXECUTE']);
    for (const row of world.rows('snapshot')) {
      if (row.leaderAddress !== '' || row.exposureMicros > 0n) continue;
      expect(row.equityMicros - row.flowMicros).toBe(0n);
    }
  });
});

describe('the circuit breakers', () => {
  const open: Partial<ModeSettings> = {
    dailyLossBpsMax: 10_000,
    weeklyLossBpsMax: 10_000,
    drawdownBpsMax: 10_000,
  };
  it.each([
    ['CIRCUIT_BREAKER_DAILY_LOSS', { ...open, dailyLossBpsMax: 100 }],
    ['CIRCUIT_BREAKER_WEEKLY_LOSS', { ...open, weeklyLossBpsMax: 100 }],
    ['CIRCUIT_BREAKER_DRAWDOWN', { ...open, drawdownBpsMax: 100 }],
  ] as const)('%s trips from marks alone, and lets exits pass', async (reason, settings) => {
    const scene = await Scene.open({ settings });
    await scene.copied('BUY', '10000');
    await scene.world.advance(2 * MINUTE_MS);
    await scene.moves('0.30', '0.31');
    await scene.world.advance(2 * MINUTE_MS);
    await scene.copied('BUY', '400');
    expect(scene.decisions()).toEqual(['EXECUTE', `SKIP ${reason}`]);
    await scene.copied('SELL', '10400');
    expect(scene.decisions().at(-1)).toBe('EXECUTE');
  });

  it('do not trip by a deposit or a withdrawal', async () => {
    const scene = await Scene.open({
      settings: { dailyLossBpsMax: 100, weeklyLossBpsMax: 100, drawdownBpsMax: 100 },
    });
    scene.world.paper.moveCash({ commandId: 'w', kind: 'WITHDRAWAL', amountMicros: 5_000n * DOLLAR });
    await scene.world.advance(2 * MINUTE_MS);
    await scene.copied('BUY', '400');
    expect(scene.decisions()).toEqual(['EXECUTE']);
  });
});

describe('the shares of several leaders', () => {
  it('are sold only for the leader for whom they were bought', async () => {
    const scene = await Scene.open();
    const second = scene.world.exchange.leaders()[1]!.address;
    await scene.world.follow(second);
    await scene.world.advance(2_000);
    await scene.copied('BUY', '400');
    scene.world.exchange.split(second, scene.conditionId, '400');
    scene.trade('SELL', '400', { leader: second });
    await scene.world.advance(COPIED_MS);
    expect(scene.decisions()).toEqual(['EXECUTE', 'SKIP NOT_ENOUGH_POSITION_TO_SELL']);
  });

  it('never exceed a cap together, though the intents come at the same moment', async () => {
    const scene = await Scene.open({ settings: { totalExposureBpsMax: 150 } });
    const leaders = scene.world.exchange.leaders().map((one) => one.address);
    await scene.world.follow(...leaders.slice(1));
    await scene.world.advance(2_000);
    for (const leader of leaders) scene.trade('BUY', '2000', { leader });
    await scene.world.advance(COPIED_MS);
    const spent = scene.world.rows('copyFill').reduce((sum, row) => sum + row.notionalMicros, 0n);
    expect(scene.decisions().filter((line) => line === 'EXECUTE')).toHaveLength(1);
    expect(scene.decisions()).toContain('SKIP RISK_CAP_GLOBAL');
    expect(spent).toBeLessThanOrEqual(150n * DOLLAR);
  });
});

describe('settlement', () => {
  it.each([
    ['a win', ['1', '0'], 1_000_000n],
    ['a loss', ['0', '1'], 0n],
    ['half to each side', ['0.5', '0.5'], 500_000n],
  ] as const)('pays %s once, in one entry that burns the shares', async (_name, payouts, price) => {
    const scene = await Scene.open();
    const { world } = scene;
    await scene.copied('BUY', '400');
    const held = scene.held();
    world.exchange.resolve(scene.conditionId, [...payouts]);
    await world.advance(3 * MINUTE_MS);
    world.kill('wallet');
    await world.advance(5 * MINUTE_MS);
    const settled = world.rows('ledger').filter((row) => row.entryType === 'SETTLEMENT');
    expect(settled.map((row) => [row.shareDeltaMicros, row.cashDeltaMicros])).toEqual([
      [-held, (held * price) / 1_000_000n],
    ]);
    expect(scene.held()).toBe(0n);
    expect(world.rows('position').map((row) => [row.shareMicros, row.costMicros])).toEqual([[0n, 0n]]);
  });

  it('pays a market that says for months that it takes orders, though no frame reports its end (A52)', async () => {
    const scene = await Scene.open();
    const { world } = scene;
    await scene.copied('BUY', '400');
    const held = scene.held();
    // Every held market is asked about once at first; what counts is that it is asked about again.
    await world.advance(2 * MINUTE_MS);
    world.exchange.resolveQuietly(scene.conditionId, ['0', '1']);
    await world.advance(11 * MINUTE_MS);
    const settled = world.rows('ledger').filter((row) => row.entryType === 'SETTLEMENT');
    expect(settled.map((row) => [row.shareDeltaMicros, row.cashDeltaMicros])).toEqual([[-held, 0n]]);
    const [stats] = world.rows('copyStats').filter((row) => row.leaderAddress === '');
    expect(stats).toMatchObject({ wins: 0, losses: 1 });
  });

  it('pays within the minute after the venue has announced the result', async () => {
    const scene = await Scene.open();
    const { world } = scene;
    await scene.copied('BUY', '400');
    // Asked about and read while it was open: nothing else would make the next minute ask again.
    await world.advance(2 * MINUTE_MS + 10_000);
    world.exchange.resolve(scene.conditionId, ['1', '0']);
    await world.advance(70_000);
    expect(world.rows('ledger').filter((row) => row.entryType === 'SETTLEMENT')).toHaveLength(1);
  });

  it('settles a position again that was opened again after it', async () => {
    const scene = await Scene.open();
    const { world } = scene;
    await scene.copied('BUY', '400');
    const facts = JSON.parse(scene.attempts()[0]!.facts) as { market: unknown };
    expect(facts.market).not.toBeNull();
    world.exchange.resolve(scene.conditionId, ['1', '0']);
    await world.advance(3 * MINUTE_MS);
    // A late copy that was decided on what the market was before its end.
    world.tamper('wallet', 'UPDATE position SET shares = 7000000, cost = 3500000, revision = revision + 1');
    // It slept, holding nothing.
    await world.paper.ensureRunning();
    await world.advance(3 * MINUTE_MS);
    const settled = world.rows('ledger').filter((row) => row.entryType === 'SETTLEMENT');
    expect(settled).toHaveLength(2);
    expect(settled[1]).toMatchObject({ shareDeltaMicros: -7_000_000n, cashDeltaMicros: 7_000_000n });
  });
});

describe('a bug of our own', () => {
  it('pauses the Wallet, shows why, books nothing, and survives a restart', async () => {
    const honest = await Scene.open();
    await honest.copied('BUY', '400');
    const refId = honest.world.rows('ledger').find((row) => row.entryType === 'TRADE_FILL')!.refId;
    const scene = await Scene.open();
    const { world } = scene;
    world.tamper('wallet', "INSERT INTO ledger_ref VALUES (?, 'TRADE_FILL', 1, 1)", refId);
    await scene.copied('BUY', '400');
    expect(scene.decisions()).toEqual(['SKIP ENGINE_PAUSED']);
    expect(scene.held()).toBe(0n);
    expect(world.paper.status().healthy).toBe(false);
    expect(String(world.paper.status().pausedBecause)).toContain('two different entries');
    world.kill('wallet');
    await scene.copied('BUY', '400');
    expect(scene.decisions()).toEqual(['SKIP ENGINE_PAUSED', 'SKIP ENGINE_PAUSED']);
    world.paper.setTrading('ON');
    await scene.copied('BUY', '400');
    expect(scene.decisions().at(-1)).toBe('EXECUTE');
  });
});
