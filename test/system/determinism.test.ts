/** Ten busy minutes with three leaders: the same seed gives the same rows, the books add up, and no fill goes missing. */
import { describe, expect, it } from 'vitest';
import { toJson } from '../../domain/json.ts';
import { createRandom, seedState } from '../../simulator/model/random.ts';
import { discrepancies, recordedShares, tradedShares } from './world/conservation.ts';
import { miscounts } from './world/recount.ts';
import { World } from './world/world.ts';

const MINUTE_MS = 60_000;
/** So much of the long run is run a second time, to compare: with fills, copies, snapshots and three ticks of every Wallet. */
const REPEATED_S = 200;

async function busy(
  seed: string,
  seconds: number,
  eachSecond: (world: World, second: number) => void,
  peaceMs = 20_000,
): Promise<World> {
  const world = new World({
    seed,
    busy: true,
    exchangeStepMs: 1_000,
    settings: { copyRateBps: 1_000, belowMinPolicy: 'CARRY', minTradeNotionalMicros: 0 },
  });
  await world.start();
  await world.follow(
    ...world.exchange
      .leaders()
      .slice(0, 3)
      .map((one) => one.address),
  );
  for (let second = 0; second < seconds; second += 1) {
    eachSecond(world, second);
    await world.advance(1_000);
  }
  world.exchange.faults.clear();
  world.ledger.manner = 'up';
  await world.advance(peaceMs);
  return world;
}

describe('busy minutes', () => {
  it('are the same to the last row when they are run again from the same seed, and add up', async () => {
    const early: (readonly string[])[] = [];
    const keepEarly = (world: World, second: number): void => {
      if (second === REPEATED_S) early.push([...world.ledger.byKey.values()].map(toJson));
    };
    const first = await busy('7', 600, keepEarly);
    await busy('7', REPEATED_S + 1, keepEarly, 0);
    expect(early[0]?.length).toBeGreaterThan(100);
    expect(early[1]).toEqual(early[0]);
    expect(first.rows('attempt').filter((row) => row.decision === 'EXECUTE').length).toBeGreaterThan(5);
    expect(new Set(first.rows('leaderFill').map((row) => row.leaderAddress)).size).toBe(3);
    expect(discrepancies(first)).toEqual([]);
  });

  it('add up and lose no fill while objects die, frames break, reads fail and D1 comes and goes', async () => {
    const random = createRandom(seedState('chaos'));
    const world = await busy(
      '11',
      200,
      (now, second) => {
        const roll = random.below(100) / 100;
        if (roll < 0.05) now.kill('feed');
        else if (roll < 0.1) now.kill('wallet');
        else if (roll < 0.15) now.kill({ user: now.exchange.leaders()[second % 3]!.address });
        else if (roll < 0.2) now.exchange.disconnect(second % 2 === 0 ? 'rtds' : 'market');
        else if (roll < 0.25) now.crashAfter(1 + (second % 40));
        else if (roll < 0.3) now.ledger.manner = second % 2 === 0 ? 'down' : 'lands-late';
        else if (roll < 0.35)
          now.exchange.faults.add({ channel: 'rest', kind: 'status', status: 503, count: 5 });
        else if (roll < 0.45) {
          const kinds = ['drop', 'duplicate', 'reorder', 'malformed', 'truncate'] as const;
          now.exchange.faults.add({
            channel: second % 2 === 0 ? 'rtds' : 'market',
            kind: kinds[second % 5]!,
            count: 3,
          });
        } else if (roll < 0.6) now.ledger.manner = 'up';
      },
      3 * MINUTE_MS,
    );
    const fromMs = world.control.followedUsers[0]!.followFromMs;
    const traded = tradedShares(world, { fromMs, toMs: world.nowMs - 2 * MINUTE_MS });
    const recorded = recordedShares(world);
    expect(traded.size).toBeGreaterThan(20);
    expect(new Map([...traded.keys()].map((key) => [key, recorded.get(key)]))).toEqual(traded);
    expect(world.rows('attempt').filter((row) => row.decision === 'EXECUTE').length).toBeGreaterThan(0);
    expect(discrepancies(world)).toEqual([]);
    // No leader is followed any more, so nothing is decided; the counts of the last minute reach D1 at its end.
    await world.change((control) => ({ ...control, followedUsers: [] }));
    await world.advance(MINUTE_MS + 5_000);
    expect(miscounts(world)).toEqual([]);
  });
});
