/**
 * Objects die at every single step of the way of one trade: before and after each transaction, each call from one object to
 * another and each write to D1. The rows that people see must be those of the undisturbed run, whatever died when.
 */
import { describe, expect, it } from 'vitest';
import { toJson } from '../../domain/json.ts';
import type { ModeSettings } from '../../domain/settings/settings.ts';
import { miscounts } from './world/recount.ts';
import { rest } from './world/rest.ts';
import { Scene } from './world/scene.ts';

interface Plot {
  readonly settings: Partial<ModeSettings>;
  /** What the leader does; every step on the way of it is one at which an object dies. */
  readonly act: (scene: Scene) => Promise<void>;
  /** Only at steps of this object; of every one unless said. */
  readonly of?: string;
}

interface Run {
  readonly outcome: string;
  readonly steps: number;
  readonly names: readonly string[];
}

/** What people see in the end; times and the order of writing are left out. */
function outcomeOf(scene: Scene): string {
  const { world } = scene;
  const ledger = world
    .rows('ledger')
    .map((row) => [row.refId, row.entryType, row.shareDeltaMicros, row.cashDeltaMicros]);
  const attempts = world.rows('attempt').map((row) => [
    [row.groupKey, row.sourceType, row.decision, row.reasons, row.side, row.fillCount],
    [row.targetNotionalMicros, row.filledShareMicros, row.filledNotionalMicros],
  ]);
  const fills = world.rows('copyFill').map((row) => [row.fillKey, row.shareMicros, row.priceMicros]);
  const leaderFills = world
    .rows('leaderFill')
    .map((row) => [row.fillId, row.shareMicros, row.disposition, row.groupKey]);
  const members = world.rows('groupMember').map((row) => [row.mode, row.memberId, row.groupKey]);
  const positions = world.rows('position').map((row) => [row.tokenId, row.shareMicros, row.costMicros]);
  const leaderPositions = world.rows('leaderPosition').map((row) => [row.tokenId, row.shareMicros]);
  const stats = world.rows('copyStats').map((row) => [
    [row.leaderAddress, row.dayAtMs, row.attempts, row.executed, row.skipped, row.partial, row.unfilled],
    [row.leaderFills, row.wins, row.losses, row.slippage, Object.entries(row.reasons).sort()],
  ]);
  const tables = [ledger, attempts, fills, leaderFills, members, positions, leaderPositions, stats];
  return JSON.stringify(
    tables.map((rows) => rows.map(toJson).sort()),
    null,
    1,
  );
}

async function run(plot: Plot, crashAt: number | undefined): Promise<Run> {
  const settings = { copyAgeMsMax: 120_000, ...plot.settings };
  const scene = await Scene.open({ settings, exchangeStepMs: 1_000 });
  const { world } = scene;
  world.homes.watchSteps();
  if (crashAt !== undefined) world.crashAfter(crashAt);
  const before = world.homes.steps;
  await plot.act(scene);
  const steps = world.homes.steps - before;
  const names = world.homes.stepNames.slice();
  await rest(world);
  expect(miscounts(world), `died at step ${crashAt}`).toEqual([]);
  return { outcome: outcomeOf(scene), steps, names };
}

async function survives(plot: Plot, expected: { readonly executed: number }): Promise<string> {
  const undisturbed = await run(plot, undefined);
  expect(undisturbed.outcome.match(/EXECUTE/g)).toHaveLength(expected.executed);
  expect(undisturbed.steps).toBeGreaterThan(20);
  for (let step = 1; step <= undisturbed.steps; step += 1) {
    if (plot.of !== undefined && !undisturbed.names[step - 1]?.startsWith(plot.of)) continue;
    const disturbed = await run(plot, step);
    expect(disturbed.outcome, `died at step ${step}: ${undisturbed.names[step - 1]}`).toBe(
      undisturbed.outcome,
    );
  }
  return undisturbed.outcome;
}

/** Far enough apart for a restart and the sweep that follows it, so that a death cannot change the order of reports. */
async function trades(scene: Scene, list: readonly (readonly ['BUY' | 'SELL', string])[]): Promise<void> {
  for (const [side, shares] of list) {
    scene.trade(side, shares);
    await scene.world.advance(14_000);
  }
}

describe('an object that dies', () => {
  it('changes nothing of the outcome of a buy and a sell, at whichever step it dies', async () => {
    const act = (scene: Scene): Promise<void> =>
      trades(scene, [
        ['BUY', '200'],
        ['SELL', '100'],
      ]);
    await survives({ settings: {}, act }, { executed: 2 });
  });

  it('changes nothing of what the buffer gathers and releases', async () => {
    const settings: Partial<ModeSettings> = {
      bufferEnabled: true,
      bufferThresholdNotionalMicros: 8_000_000,
      bufferFlushNotionalMicros: 12_000_000,
      bufferExecNotionalMicrosMin: 4_000_000,
      bufferQuietMs: 30_000,
      bufferAgeMsMax: 45_000,
    };
    const act = (scene: Scene): Promise<void> =>
      trades(scene, [
        ['BUY', '130'],
        ['BUY', '130'],
        ['SELL', '100'],
      ]);
    await survives({ settings, act }, { executed: 2 });
  });

  it('changes nothing of what is carried, released and left over', async () => {
    const settings: Partial<ModeSettings> = { belowMinPolicy: 'CARRY', minTradeNotionalMicros: 0 };
    const act = (scene: Scene): Promise<void> =>
      trades(scene, [
        ['BUY', '30'],
        ['BUY', '30'],
        ['BUY', '30'],
      ]);
    await survives({ settings, act }, { executed: 1 });
  });

  it('changes nothing of what copies on paper wait for (A55)', async () => {
    const act = (scene: Scene): Promise<void> =>
      trades(scene, [
        ['BUY', '200'],
        ['SELL', '100'],
      ]);
    const plot = { settings: { paperSubmitMs: 500 }, act, of: 'wallet PAPER' };
    const outcome = await survives(plot, { executed: 2 });
    expect(outcome.match(/TRADE_FILL/g)).toHaveLength(2);
  });

  it('changes nothing of a sale on paper that waits for its purchase', async () => {
    const act = async (scene: Scene): Promise<void> => {
      scene.trade('BUY', '200');
      await scene.world.advance(6_000);
      scene.trade('SELL', '100');
      await scene.world.advance(40_000);
    };
    const plot = { settings: { paperSubmitMs: 12_000 }, act, of: 'wallet PAPER' };
    const outcome = await survives(plot, { executed: 2 });
    expect(outcome.match(/TRADE_FILL/g)).toHaveLength(2);
  });

  it('neither loses nor doubles the payout of a market that has ended', async () => {
    const act = async (scene: Scene): Promise<void> => {
      await trades(scene, [['BUY', '200']]);
      scene.world.exchange.resolve(scene.conditionId, ['0.5', '0.5']);
      await scene.world.advance(130_000);
    };
    const settled = await survives({ settings: {}, act, of: 'wallet PAPER' }, { executed: 1 });
    expect(settled.match(/SETTLEMENT/g)).toHaveLength(1);
  });
});
