/** What a Wallet owes, from its own report: one moment with the figures beside it. */
import type { TradingMode } from '../../domain/ids.ts';
import { isDust } from '../../domain/portfolio/owed-exit.ts';
import { sliceKey } from '../../domain/portfolio/slice-key.ts';
import type { WalletPortfolio } from '../../domain/records/status.ts';
import type { OwedExitsView } from '../../views/exits/owed-exits.tsx';

/** Each row costs two rows of D1 for its names; a confirmation lists as many at most. */
const ROWS_MAX = 60;

/** The rows of a Wallet, dust last; none are known while it does not answer. */
export function owedExitsView(
  mode: TradingMode,
  now: WalletPortfolio | undefined,
  nowMs: number,
): OwedExitsView {
  if (now === undefined) return { mode, nowMs, rows: undefined, others: 0 };
  const marks = new Map(now.positions.map((one) => [sliceKey(one), one]));
  const sorted = [
    ...now.owedExits.filter((row) => !isDust(row)),
    ...now.owedExits.filter((row) => isDust(row)),
  ];
  const rows = sorted.slice(0, ROWS_MAX).map((exit) => {
    const mark = marks.get(sliceKey(exit));
    return { exit, markPriceMicros: mark?.markPriceMicros ?? null, markedAtMs: mark?.markedAtMs ?? 0 };
  });
  return { mode, nowMs: now.atMs, rows, others: sorted.length - rows.length };
}

/** The positions that a list of owed exits needs names for. */
export function namedIn({ rows }: OwedExitsView): readonly { readonly tokenId: string }[] {
  return (rows ?? []).map(({ exit }) => exit);
}
