/** What the breakers and caps judge a Wallet by at a moment. The pages show the same figures, from the same code (A50). */
import { add, type CashMicros, cash, max, sub } from '../../domain/money.ts';
import { profitSince, utcMidnight, type Worth } from '../../domain/portfolio/performance.ts';
import { valuate } from '../../domain/portfolio/portfolio.ts';
import { riskExposure, sellableEquity, unsureOf } from '../../domain/portfolio/worth.ts';
import { DAY_MS } from '../../domain/time.ts';
import type { WalletKeyValue } from './keys.ts';
import type { PortfolioStore } from './portfolio-store.ts';
import type { HeldPosition } from './position-rows.ts';

export interface RiskNow {
  /** Cash and positions at the lower of mark and bid; null while a held position has no mark. */
  readonly equityMicros: CashMicros | null;
  /** The value of positions whose mark is not good. */
  readonly unsureMicros: CashMicros;
  /** Positions at the higher of cost and mark, without what orders hold. */
  readonly exposureMicros: CashMicros;
  readonly dayPnlMicros: CashMicros;
  readonly weekPnlMicros: CashMicros;
  readonly pnlMicros: CashMicros;
  readonly peakPnlMicros: CashMicros;
  readonly flowMicros: CashMicros;
}

/** Cash and positions from one source: two readings of the venue at different moments count a purchase twice, or not at all. */
export function riskNow(
  book: PortfolioStore,
  kv: WalletKeyValue,
  open: readonly HeldPosition[],
  nowMs: number,
): RiskNow {
  const { equityMicros } = valuate(book.cash(), open);
  const flowMicros = book.flows();
  const pnlMicros = equityMicros === null ? cash(0n) : sub(equityMicros, flowMicros);
  const now: Worth = { bucketAtMs: nowMs, equityMicros: add(pnlMicros, flowMicros), flowMicros };
  const since = (startMs: number): CashMicros => {
    const pnl = book.pnlAt(startMs);
    // Never valued: nothing is known to be lost.
    if (pnl === undefined) return cash(0n);
    return cash(
      profitSince(now, [{ bucketAtMs: startMs, equityMicros: pnl, flowMicros: 0n }], startMs) ?? 0n,
    );
  };
  return {
    equityMicros: sellableEquity(book.cash(), open),
    unsureMicros: unsureOf(open, nowMs).nowMicros,
    exposureMicros: riskExposure(open),
    dayPnlMicros: since(utcMidnight(nowMs)),
    weekPnlMicros: since(nowMs - 7 * DAY_MS),
    pnlMicros,
    peakPnlMicros: max(kv.get('peakPnl') ?? cash(0n), pnlMicros),
    flowMicros,
  };
}
