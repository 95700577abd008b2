/** Short words for tests of exits: what is held and what is owed in each Wallet. */
import type { TradingMode } from '../../../domain/ids.ts';
import { formatMicros } from '../../../domain/money.ts';
import { accountOf } from '../../../simulator/model/model.ts';
import type { LiveScene } from '../world/live-scene.ts';

/** Whole shares; less than the least that a leader is counted to hold. */
export const LEADER_DUST = 0.05;

/** All that a leader holds of a token, as the exchange knows it: decimal text. */
export function leaderHolds(scene: LiveScene, leader: string, token: string): string {
  return formatMicros(accountOf(scene.world.exchange.world, leader).holdings.get(token)?.shares ?? 0n);
}

/** Shares of the scene's token that each Wallet's ledger holds. */
export function sharesOf(scene: LiveScene): Record<TradingMode, number> {
  return { PAPER: Number(scene.held('PAPER')) / 1e6, LIVE: Number(scene.held('LIVE')) / 1e6 };
}

/** What each Wallet owes, a line per row: '40 OWED NO_LIQUIDITY_WITHIN_BOUNDS'. */
export function owedOf(scene: LiveScene): Record<TradingMode, readonly string[]> {
  const of = (wallet: LiveScene['world']['live']): readonly string[] =>
    wallet.portfolio().owedExits.map((row) => `${formatMicros(row.shareMicros)} ${row.state} ${row.cause}`);
  return { PAPER: of(scene.world.paper), LIVE: of(scene.world.live) };
}
