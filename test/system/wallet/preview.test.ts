/** A preview measures by what the Wallets really write: with the settings of then, no attempt of either mode changes. */
import { describe, expect, it } from 'vitest';
import { compareDecision } from '../../../domain/explain/preview.ts';
import { parseStoredFacts } from '../../../domain/explain/stored-facts.ts';
import { TRADING_MODES } from '../../../domain/ids.ts';
import { settingsFor } from '../../../domain/settings/settings.ts';
import { LiveScene, SETTLED_MS } from '../world/live-scene.ts';

/** Each attempt of a mode tried again with the settings as they are, but for a change. */
function tried(scene: LiveScene, mode: (typeof TRADING_MODES)[number], change = {}) {
  const control = scene.world.control;
  return scene.world
    .rows('attempt')
    .filter((row) => row.mode === mode)
    .map((row) => {
      const user = control.followedUsers.find((one) => one.leaderAddress === row.leaderAddress);
      const settings = settingsFor(control.settings[mode], user?.overrides[mode]);
      // The row as D1 gives it back: the brands are those of the Wallet that wrote it.
      const recorded = row as unknown as Parameters<typeof compareDecision>[0]['recorded'];
      const facts = parseStoredFacts(row.facts, row);
      if (facts === undefined) return 'UNREADABLE';
      const settingsNow = { ...settings, ...change };
      const compared = compareDecision({ recorded, facts, settingsThen: settings, settingsNow });
      return [compared.effect, ...compared.appearing, ...compared.vanishing].join(' ');
    });
}

describe('a preview of what both Wallets decided', () => {
  it('shows no effect of the settings of then, whether copied, skipped, waiting or unfilled', async () => {
    const scene = await LiveScene.open({ live: { exitWaitMsMax: 300_000, copyAgeMsMax: 600_000 } });
    const { world } = scene;
    await scene.copied('BUY', '200');
    await scene.copied('BUY', '3');
    await scene.moves('0.30', '0.60');
    await scene.copied('BUY', '200');
    await scene.moves('0.49', '0.50');
    await world.advance(SETTLED_MS);
    await scene.copied('SELL', '100');
    // The next purchase does not become final, so that the sale after it waits.
    await world.advance(SETTLED_MS);
    scene.fault({ channel: 'order', kind: 'retried' });
    await scene.copied('BUY', '400');
    for (const trade of world.exchange.world.trading.trades.values())
      if (trade.ahead.length > 0) trade.ahead = [{ status: 'CONFIRMED', atMs: world.nowMs + 600_000 }];
    await scene.copied('SELL', '500');
    world.venue.atWalletCall = (name) => {
      if (name === 'POST /order')
        world.exchange.setBook(scene.token, { bids: [['0.49', '100']], asks: [['0.80', '100']] });
    };
    await scene.copied('BUY', '400');
    await world.advance(SETTLED_MS);
    const live = scene.decisions('LIVE');
    for (const word of ['EXECUTE', 'SKIP BELOW_MIN_ORDER_SIZE', 'EXECUTE LIVE_NO_FILL'])
      expect(live).toContain(word);
    expect(live).toContain('WAIT LIVE_WAITING_FOR_SHARES');
    expect(live).toContain('SKIP SPREAD_TOO_WIDE PRICE_TOO_FAR_OVER_MID');
    for (const mode of TRADING_MODES) {
      expect(new Set(tried(scene, mode))).toEqual(new Set(['SAME']));
      expect(tried(scene, mode, { copyRateBps: 500 })).toContain('RESIZED');
    }
  });
});
