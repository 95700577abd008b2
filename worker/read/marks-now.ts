/** Open positions of D1 at the marks that their Wallet reports now: D1 gets a moved mark only every five minutes. */
import type { LeaderAddress, TradingMode } from '../../domain/ids.ts';
import { cash } from '../../domain/money.ts';
import { sliceKey } from '../../domain/portfolio/slice-key.ts';
import type { WalletPortfolio } from '../../domain/records/status.ts';
import {
  listOpenPositions,
  type OpenPosition,
  POSITIONS_MAX,
  readPositions,
  type Snapshot,
} from '../../ledger/read/portfolio.ts';
import type { MarkedPositionView } from '../../views/models.ts';
import { markedValue } from '../../views/portfolio/positions.tsx';
import type { Env } from '../env.ts';
import { walletPortfolio } from './status/object-status.ts';

export type MarkedPosition = OpenPosition & MarkedPositionView;

/** The positions of D1 with the marks that the Wallet reports now, so that they are of one moment with its figures. */
export function withMarks(
  positions: readonly OpenPosition[],
  now: WalletPortfolio | undefined,
  nowMs: number,
): readonly MarkedPosition[] {
  const marks = new Map((now?.positions ?? []).map((mark) => [sliceKey(mark), mark]));
  return positions.map((one) => {
    const { markPriceMicros, markRule, markedAtMs } = marks.get(sliceKey(one)) ?? one;
    const markAgeMs = markPriceMicros === null ? null : Math.max(0, nowMs - markedAtMs);
    return { ...one, markPriceMicros, markRule, markedAtMs, markAgeMs };
  });
}

export interface HeldNow {
  readonly positions: readonly MarkedPosition[];
  /** Undefined when the Wallet does not answer: the positions then have the marks of D1. */
  readonly now: WalletPortfolio | undefined;
}

/** The open positions of a Wallet, at its marks of now. */
export async function heldNow(env: Env, mode: TradingMode, nowMs: number): Promise<HeldNow> {
  const [open, now] = await Promise.all([listOpenPositions(env.DB, mode), walletPortfolio(env, mode)]);
  return { positions: withMarks(open, now, nowMs), now };
}

/** The same of one leader: their tokens are those that the Wallet names, so that no other position is read. */
export async function heldOf(
  env: Env,
  {
    mode,
    leaderAddress,
    nowMs,
  }: { readonly mode: TradingMode; readonly leaderAddress: LeaderAddress; readonly nowMs: number },
): Promise<HeldNow> {
  const now = await walletPortfolio(env, mode);
  if (now === undefined) {
    const open = await listOpenPositions(env.DB, mode);
    return {
      positions: withMarks(
        open.filter((one) => one.leaderAddress === leaderAddress),
        now,
        nowMs,
      ),
      now,
    };
  }
  const own = now.positions.filter((one) => one.leaderAddress === leaderAddress);
  const tokens = own.map((one) => one.tokenId);
  return {
    positions: withMarks(await readPositions(env.DB, { mode, leaderAddress }, tokens), now, nowMs),
    now,
  };
}

/**
 * A leader's slice at the marks of now: D1 has a new one only after each change of shares or cash, and each hour. As it is
 * where the Wallet does not answer, a position has no mark, or the list of positions was cut.
 */
export function sliceNow(
  slice: Snapshot | undefined,
  leaderAddress: string,
  held: HeldNow,
): Snapshot | undefined {
  const { positions, now } = held;
  if (slice === undefined || now === undefined || positions.length >= POSITIONS_MAX) return slice;
  let exposureMicros = cash(0n);
  let unrealisedMicros = cash(0n);
  for (const position of positions) {
    if (position.leaderAddress !== leaderAddress) continue;
    const value = markedValue(position);
    if (value === null) return slice;
    exposureMicros = cash(exposureMicros + value);
    unrealisedMicros = cash(unrealisedMicros + value - position.costMicros);
  }
  return { ...slice, bucketAtMs: now.atMs, equityMicros: exposureMicros, exposureMicros, unrealisedMicros };
}
