/** One buy, one sale in part and one exit, copied by both Wallets with the settings of a first start (A54). */
import { expect, it } from 'vitest';
import { defaultSettings } from '../../../domain/settings/settings.ts';
import { disagreements } from '../world/live-conservation.ts';
import { LiveScene, SETTLED_MS } from '../world/live-scene.ts';
import { owedOf, sharesOf } from './exit-scene.ts';

const MINUTE_MS = 60_000;

it('with default settings both Wallets copy the same purchase, sell the same fraction, and end with nothing held or owed', async () => {
  const scene = await LiveScene.open({
    exchangeStepMs: 500,
    settings: defaultSettings('PAPER'),
    // The operator has waited out the time in SHADOW.
    live: { ...defaultSettings('LIVE'), shadowMsMin: 0 },
  });
  const { world } = scene;
  await scene.copied('BUY', '1000');
  await world.advance(SETTLED_MS);
  // A hundredth of $500 in both, within 3 % below: less than the least of both caps on a trade (A51).
  const bought = sharesOf(scene);
  for (const shares of [bought.PAPER, bought.LIVE]) {
    expect(shares).toBeGreaterThanOrEqual(9.7);
    expect(shares).toBeLessThanOrEqual(10);
  }
  await scene.copied('SELL', '500');
  await world.advance(SETTLED_MS);
  const left = sharesOf(scene);
  expect(left.PAPER).toBeCloseTo(bought.PAPER / 2, 1);
  expect(left.LIVE).toBeCloseTo(bought.LIVE / 2, 1);
  await scene.copied('SELL', '500');
  await world.advance(2 * MINUTE_MS);
  expect([sharesOf(scene), owedOf(scene)]).toEqual([
    { PAPER: 0, LIVE: 0 },
    { PAPER: [], LIVE: [] },
  ]);
  for (const mode of ['PAPER', 'LIVE'] as const)
    expect(scene.decisions(mode)).toEqual(['EXECUTE', 'EXECUTE', 'EXECUTE']);
  expect(disagreements(scene)).toEqual([]);
});
