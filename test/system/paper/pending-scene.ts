/** What the tests of pending paper copies say in a word: a scene in which a copy waits, and how its attempt reads. */
import { fromJson } from '../../../domain/json.ts';
import { mostPaid } from '../../../domain/portfolio/paper-fills.ts';
import type { CopyAttemptRecord } from '../../../domain/records/records.ts';
import type { PendingCopy } from '../../../durable-objects/wallet/paper/pending-copies.ts';
import { Scene } from '../world/scene.ts';
import type { WorldOptions } from '../world/world.ts';

/** How long copies wait here, unless a test says otherwise: long enough to do something meanwhile. */
export const WAIT_MS = 2_000;

export async function pendingScene(options: WorldOptions = {}): Promise<Scene> {
  return Scene.open({
    exchangeStepMs: 1_000,
    ...options,
    settings: { paperSubmitMs: WAIT_MS, ...options.settings },
  });
}

/** 'BUY 20 of 20', or 'SELL 0 of 10 NO_LIQUIDITY_WITHIN_BOUNDS'; of a skip the shares that were wanted are left out. */
export function lineOf(row: CopyAttemptRecord): string {
  const shares = (micros: bigint): string => String(Number(micros) / 1e6);
  const size =
    row.decision === 'EXECUTE'
      ? `${shares(row.filledShareMicros)} of ${shares(row.targetShareMicros)}`
      : row.decision;
  return [row.side, size, ...row.reasons].join(' ');
}

export function lines(scene: Scene): readonly string[] {
  return scene.attempts().map(lineOf);
}

/** What the paper Wallet owes: '10 OWED PAPER_NO_BOOK'. */
export function owed(scene: Scene): readonly string[] {
  return scene.world.paper
    .portfolio()
    .owedExits.map((row) => `${Number(row.shareMicros) / 1e6} ${row.state} ${row.cause}`);
}

/** The leader acts, and our copy of it is decided: it waits from then on. */
export async function decided(scene: Scene, side: 'BUY' | 'SELL', shares: string): Promise<void> {
  const before = scene.attempts().length;
  scene.trade(side, shares);
  for (let ms = 0; scene.attempts().length === before; ms += 50) {
    if (ms > 10_000) throw new Error('nothing was decided');
    await scene.world.advance(50);
  }
}

/** A copy of what the leader bought is held: twenty shares of two hundred at their price. */
export async function holding(scene: Scene, shares = '200', waitMs = WAIT_MS): Promise<void> {
  await decided(scene, 'BUY', shares);
  await scene.world.advance(waitMs + 500);
}

/** Dollars that pending copies reserve, by what is stored. */
export function reservedCash(scene: Scene): number {
  return scene.world
    .stored('wallet', 'SELECT doc FROM pending_copy')
    .map((row) => fromJson<PendingCopy>(String(row.doc)))
    .reduce((sum, { plan, fee }) => sum + Number(mostPaid(plan, fee)) / 1e6, 0);
}
