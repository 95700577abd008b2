/**
 * A leader who converts (A48), in both Wallets: each token is sold by the fraction that they converted, at most once, though the
 * activity names one market and the positions show the rest a minute later.
 */
import { describe, expect, it } from 'vitest';
import type { Market } from '../../../simulator/model/model.ts';
import { fold } from '../world/conservation.ts';
import { leftBehind } from '../world/left-behind.ts';
import { disagreements } from '../world/live-conservation.ts';
import { LiveScene, SETTLED_MS } from '../world/live-scene.ts';
import { leaderHolds, owedOf } from './exit-scene.ts';

const MINUTE_MS = 60_000;

/** Both Wallets hold a tenth of the NO shares that the leader has bought in two markets of one event: 400 and 200. */
async function holding(): Promise<{
  scene: LiveScene;
  markets: readonly Market[];
  tokens: readonly string[];
}> {
  const scene = await LiveScene.open({ exchangeStepMs: 500, market: 'lanternfish-most-seats' });
  const { world } = scene;
  const markets = world.exchange
    .markets()
    .filter((market) => market.event.slug === 'harbour-election')
    .slice(0, 2);
  const tokens = markets.map((market) => market.tokens[1]);
  for (const [at, token] of tokens.entries()) {
    world.exchange.setBook(token, { bids: [['0.49', '100000']], asks: [['0.50', '100000']] });
    scene.trade('BUY', at === 0 ? '400' : '200', { token });
  }
  await world.advance(SETTLED_MS);
  expect(heldOf(scene, tokens)).toEqual({ PAPER: [40, 20], LIVE: [40, 20] });
  return { scene, markets, tokens };
}

/** Whole shares of each token in each Wallet's ledger. */
function heldOf(scene: LiveScene, tokens: readonly string[]) {
  const of = (mode: 'PAPER' | 'LIVE') => {
    const { shares } = fold(scene.world.rows('ledger').filter((row) => row.mode === mode));
    return tokens.map((token) => Number(shares.get(`${scene.leader} ${token}`) ?? 0n) / 1e6);
  };
  return { PAPER: of('PAPER'), LIVE: of('LIVE') };
}

/** What is left of so many shares after a fraction of them is sold, on the share grid. */
function afterExit(ours: number, sold: number, held: number): number {
  const out = Math.floor(((ours * sold) / held) * 100) / 100;
  return Math.round((ours - out) * 100) / 100;
}

describe('a leader who converts', () => {
  it('has left as much of each token as they converted, and both Wallets sell that once', async () => {
    const { scene, markets, tokens } = await holding();
    const { world } = scene;
    const before = tokens.map((token) => Number(leaderHolds(scene, scene.leader, token)));
    const conditions = markets.map((market) => market.conditionId);
    world.exchange.convert(scene.leader, conditions, '100');
    await world.advance(4 * MINUTE_MS);
    const left = before.map((held, at) => afterExit(at === 0 ? 40 : 20, 100, held));
    expect(heldOf(scene, tokens)).toEqual({ PAPER: left, LIVE: left });
    for (const mode of ['PAPER', 'LIVE'] as const) {
      const exits = scene.attempts(mode).filter((row) => row.sourceType === 'ACTIVITY');
      expect(exits.map((row) => [row.side, row.decision])).toEqual([
        ['SELL', 'EXECUTE'],
        ['SELL', 'EXECUTE'],
      ]);
      expect(new Set(exits.map((row) => row.tokenId))).toEqual(new Set(tokens));
    }
    expect(world.rows('leaderActivity').map((row) => row.type)).toEqual(['CONVERSION']);
    await world.advance(65 * MINUTE_MS);
    expect(heldOf(scene, tokens)).toEqual({ PAPER: left, LIVE: left });
    expect(owedOf(scene)).toEqual({ PAPER: [], LIVE: [] });
    expect(world.rows('quarantine')).toEqual([]);
    expect(disagreements(scene)).toEqual([]);
  });

  it('and leaves, with a sale and restarts in between, leaves nothing of ours behind', async () => {
    const { scene, markets, tokens } = await holding();
    const { world } = scene;
    const [first, second] = tokens.map((token) => Number(leaderHolds(scene, scene.leader, token)));
    const both = Math.min(first!, second!);
    world.exchange.convert(
      scene.leader,
      markets.map((market) => market.conditionId),
      String(both),
    );
    await world.advance(20_000);
    const [token] = first! > second! ? tokens : [...tokens].reverse();
    scene.trade('SELL', String(Math.max(first!, second!) - both), { token: token! });
    for (const what of ['feed', { user: scene.leader }, 'wallet', 'live', { user: scene.leader }] as const) {
      await world.advance(15_000);
      world.kill(what);
    }
    await world.advance(5 * MINUTE_MS);
    expect(heldOf(scene, tokens)).toEqual({ PAPER: [0, 0], LIVE: [0, 0] });
    for (const mode of ['PAPER', 'LIVE'] as const) expect(leftBehind(scene, mode)).toEqual([]);
    expect(owedOf(scene)).toEqual({ PAPER: [], LIVE: [] });
    expect(disagreements(scene)).toEqual([]);
  });
});
