/**
 * Objects die at every single step of the way of one trade: before and after each transaction, each call from one object to
 * another and each write to D1. The rows that people see must be those of the undisturbed run, whatever died when.
 */
import { describe, expect, it } from 'vitest';
import { toJson } from '../../domain/json.ts';
import { World } from './world.ts';

interface Run {
  readonly outcome: string;
  readonly steps: number;
  readonly names: readonly string[];
}

/** One leader buys, then sells half, in a frozen market; times and the order of writing are left out of the outcome. */
async function run(crashAt: number | undefined): Promise<Run> {
  const world = new World({ settings: { copyRateBps: 1_000, copyAgeMsMax: 120_000 }, quietMarket: true });
  await world.start();
  const leader = world.exchange.leaders()[0]!.address;
  const token = world.exchange.markets().find((one) => one.tick === 10_000n)!.tokens[0]!;
  world.exchange.setBook(token, {
    bids: [['0.49', '5000']],
    asks: [['0.50', '5000']],
  });
  await world.follow(leader);
  await world.advance(2_000);
  world.watchSteps();
  if (crashAt !== undefined) world.crashAfter(crashAt);
  const steps = world.steps;
  world.exchange.leaderTrade({ leader, tokenId: token, side: 'BUY', shares: '200', limitPrice: '0.50' });
  await world.advance(8_000);
  world.exchange.leaderTrade({ leader, tokenId: token, side: 'SELL', shares: '100', limitPrice: '0.49' });
  await world.advance(8_000);
  const taken = world.steps - steps;
  const names = world.stepNames.slice();
  // Long enough for every retry, sweep and outbox to have come round.
  await world.advance(100_000);
  const cash = world
    .rows('ledger')
    .map((row) => [row.refId, row.entryType, row.shareDeltaMicros, row.cashDeltaMicros]);
  const attempts = world
    .rows('attempt')
    .map((row) => [
      row.groupKey,
      row.decision,
      row.reasons,
      row.side,
      row.filledShareMicros,
      row.filledNotionalMicros,
    ]);
  const fills = world.rows('copyFill').map((row) => [row.fillKey, row.shareMicros, row.priceMicros]);
  const leaderFills = world
    .rows('leaderFill')
    .map((row) => [row.fillId, row.shareMicros, row.disposition, row.groupKey]);
  const positions = world.rows('position').map((row) => [row.tokenId, row.shareMicros, row.costMicros]);
  const outcome = [cash, attempts, fills, leaderFills, positions].map((rows) => rows.map(toJson).sort());
  return { outcome: JSON.stringify(outcome, null, 1), steps: taken, names };
}

describe('an object that dies', () => {
  it('changes nothing of the outcome of a buy and a sell, at whichever step it dies', async () => {
    const undisturbed = await run(undefined);
    expect(undisturbed.outcome).toContain('EXECUTE');
    expect(undisturbed.outcome.match(/EXECUTE/g)).toHaveLength(2);
    expect(undisturbed.steps).toBeGreaterThan(20);
    for (let step = 1; step <= undisturbed.steps; step += 1) {
      const disturbed = await run(step);
      expect(disturbed.outcome, `died at step ${step}: ${undisturbed.names[step - 1]}`).toBe(
        undisturbed.outcome,
      );
    }
  }, 120_000);
});
