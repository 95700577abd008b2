/**
 * A leader buys, sells, merges and converts NO shares of an event at random from a seed, while reads fail and objects die. In the
 * end both Wallets hold the same part of every token as at first, to a hundredth of a share for each exit: no act was copied twice
 * and none was lost, whichever way the leader left (A43, A48).
 */
import { expect, it } from 'vitest';
import type { TradingMode } from '../../../domain/ids.ts';
import type { Market } from '../../../simulator/model/model.ts';
import { createRandom, type Random, seedState } from '../../../simulator/model/random.ts';
import { fold } from '../world/conservation.ts';
import { leftBehind, stillOwed } from '../world/left-behind.ts';
import { disagreements } from '../world/live-conservation.ts';
import { LiveScene } from '../world/live-scene.ts';
import { leaderHolds } from './exit-scene.ts';

const MINUTE_MS = 60_000;
const ACTS = 40;

interface Run {
  readonly scene: LiveScene;
  readonly random: Random;
  readonly markets: readonly Market[];
  readonly done: Map<string, number>;
}

async function begin(seed: string): Promise<Run> {
  const scene = await LiveScene.open({
    exchangeStepMs: 500,
    market: 'lanternfish-most-seats',
    seed,
    // A purchase that a breaker stops would be missing of our part.
    live: { dailyLossBpsMax: 10_000, weeklyLossBpsMax: 10_000, drawdownBpsMax: 10_000 },
  });
  const markets = scene.world.exchange
    .markets()
    .filter((market) => market.event.slug === 'harbour-election')
    .slice(0, 2);
  const run = { scene, random: createRandom(seedState(seed)), markets, done: new Map<string, number>() };
  for (const market of markets) {
    scene.world.exchange.setBook(market.tokens[1], {
      bids: [['0.49', '1000000']],
      asks: [['0.50', '1000000']],
    });
    // What they hold already is sold, so that ours is a tenth of theirs from the first purchase on.
    const held = leaderHolds(scene, scene.leader, market.tokens[1]);
    if (Number(held) > 0) scene.trade('SELL', held, { token: market.tokens[1] });
  }
  await scene.world.advance(MINUTE_MS);
  return run;
}

function holds({ scene }: Run, market: Market): number {
  return Math.floor(Number(leaderHolds(scene, scene.leader, market.tokens[1])));
}

/** One act of the leader, of those that they can do now. */
function act(run: Run): void {
  const { scene, random, markets } = run;
  const { exchange } = scene.world;
  const market = random.pick([...markets]);
  const token = market.tokens[1];
  const some = (of: number): string =>
    String(Math.max(50, random.between(1, 100) === 1 ? of : Math.floor((of * random.between(20, 70)) / 100)));
  const can = markets.every((one) => holds(run, one) >= 200);
  const least = Math.min(...markets.map((one) => holds(run, one)));
  const acts: Record<string, () => void> = {
    buy: () => scene.trade('BUY', String(random.between(200, 800)), { token }),
  };
  if (holds(run, market) >= 200) {
    acts.sell = () => scene.trade('SELL', some(holds(run, market)), { token });
    acts['convert one'] = () =>
      exchange.convert(scene.leader, [market.conditionId], some(holds(run, market)));
    acts.merge = () => {
      // The YES shares are bought in the moment of the merge: a split gives both, so that the NO shares of before remain.
      const size = some(holds(run, market));
      exchange.leaderTrade({ leader: scene.leader, tokenId: market.tokens[0], side: 'BUY', shares: size });
      exchange.merge(scene.leader, market.conditionId, size);
    };
  }
  if (can)
    acts['convert both'] = () =>
      exchange.convert(
        scene.leader,
        markets.map((one) => one.conditionId),
        some(least),
      );
  const what = random.pick(Object.keys(acts));
  run.done.set(what, (run.done.get(what) ?? 0) + 1);
  acts[what]!();
}

/** What a Wallet owes of a token: too small to sell by itself. */
function owedOf({ world }: LiveScene, mode: TradingMode, token: string): number {
  const { owedExits } = (mode === 'LIVE' ? world.live : world.paper).portfolio();
  return owedExits.reduce((sum, row) => sum + (row.tokenId === token ? Number(row.shareMicros) : 0), 0);
}

function disturb({ scene, random }: Run): void {
  const { world } = scene;
  const what = random.pick(['read', 'read', 'user', 'feed', 'wallet', 'live'] as const);
  if (what === 'read')
    scene.fault({
      channel: 'rest',
      kind: random.pick(['status', 'malformed']),
      path: random.pick(['/v2/positions', '/v2/activity', '/v2/trades']),
      count: random.between(1, 2),
    });
  else world.kill(what === 'user' ? { user: scene.leader } : what);
}

it.each(['two', 'four', 'six'])(
  'leaves both Wallets with their part of what the leader holds (seed %s)',
  async (seed) => {
    const run = await begin(seed);
    const { scene, random, markets, done } = run;
    const { world } = scene;
    for (let count = 0; count < ACTS; count += 1) {
      act(run);
      if (random.chance(30)) disturb(run);
      await world.advance(random.between(5, 90) * 1_000);
    }
    world.exchange.faults.clear();
    await world.advance(6 * MINUTE_MS);
    const acts = JSON.stringify([...done]);
    expect(world.rows('quarantine'), acts).toEqual([]);
    for (const mode of ['PAPER', 'LIVE'] as const) {
      const { shares } = fold(world.rows('ledger').filter((row) => row.mode === mode));
      for (const market of markets) {
        const token = market.tokens[1];
        const owed = owedOf(scene, mode, token);
        const ours = (Number(shares.get(`${scene.leader} ${token}`) ?? 0n) - owed) / 1e6;
        const theirs = Number(leaderHolds(scene, scene.leader, token));
        expect(Math.abs(ours - theirs / 10), `${mode} ${ours} of ${theirs}; ${acts}`).toBeLessThan(
          0.01 * ACTS,
        );
      }
      expect(leftBehind(scene, mode)).toEqual([]);
      expect(stillOwed(scene, mode)).toEqual([]);
    }
    expect(disagreements(scene)).toEqual([]);
    for (const what of ['buy', 'sell', 'merge', 'convert one', 'convert both'])
      expect(done.get(what) ?? 0, what).toBeGreaterThan(0);
  },
);
