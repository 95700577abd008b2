/** What must hold of exits at rest (A44): nothing is held of a token that its leader has left, unless it is listed with a cause. */
import type { TradingMode } from '../../../domain/ids.ts';
import { formatMicros } from '../../../domain/money.ts';
import { isDust } from '../../../domain/portfolio/owed-exit.ts';
import { accountOf } from '../../../simulator/model/model.ts';
import { fold } from './conservation.ts';
import type { LiveScene } from './live-scene.ts';

/** The venue's lists leave out less than this, and it cannot be sold. */
const LEADER_DUST = 100_000n;
const STEP = 10_000n;

/** Shares held of tokens that their leader has left, beyond what the Wallet lists as owed; a line each. */
export function leftBehind(scene: LiveScene, mode: TradingMode): string[] {
  const wallet = mode === 'LIVE' ? scene.world.live : scene.world.paper;
  const owed = new Map(
    wallet.portfolio().owedExits.map((row) => [`${row.leaderAddress} ${row.tokenId}`, row.shareMicros]),
  );
  const { shares } = fold(scene.world.rows('ledger').filter((row) => row.mode === mode));
  const lines: string[] = [];
  for (const [key, held] of shares) {
    const [leader = '', token = ''] = key.split(' ');
    if (!leader.startsWith('0x') || held < STEP) continue;
    const theirs = accountOf(scene.world.exchange.world, leader).holdings.get(token)?.shares ?? 0n;
    const unlisted = held - (owed.get(key) ?? 0n);
    if (theirs < LEADER_DUST && unlisted >= STEP)
      lines.push(`${mode} ${formatMicros(unlisted)} of ${token.slice(0, 8)} after ${leader.slice(0, 8)}`);
  }
  return lines;
}

/** What is still owed although it could be sold: every row but dust and what needs a person. */
export function stillOwed(scene: LiveScene, mode: TradingMode): string[] {
  const wallet = mode === 'LIVE' ? scene.world.live : scene.world.paper;
  return wallet
    .portfolio()
    .owedExits.filter((row) => !isDust(row) && row.state === 'OWED')
    .map(
      (row) =>
        `${formatMicros(row.shareMicros)} ${row.cause} of ${row.tokenId.slice(0, 8)}, ${row.tries} tries`,
    );
}
