/** The portfolio as a decision sees it: free cash and shares, and what is at risk, open orders included. */
import type { CopyIntent, PortfolioFacts } from '../../domain/decide/decision-facts.ts';
import { add, cash, max, sub } from '../../domain/money.ts';
import { valuate } from '../../domain/portfolio/portfolio.ts';
import { riskExposure, sellableEquity, unsureOf } from '../../domain/portfolio/worth.ts';
import type { ModeSettings } from '../../domain/settings/settings.ts';
import { DAY_MS } from '../../domain/time.ts';
import type { Funds } from './executor.ts';
import type { WalletKeyValue } from './keys.ts';
import type { PortfolioStore } from './portfolio-store.ts';

/** Where the facts are read. */
export interface PortfolioSources {
  readonly book: PortfolioStore;
  readonly kv: WalletKeyValue;
  readonly funds: Funds;
}

/** Collected in one synchronous turn. Exposure is positions and the cash that orders hold. */
export function portfolioFacts(
  { book, kv, funds }: PortfolioSources,
  given: { readonly intent: CopyIntent; readonly settings: ModeSettings; readonly nowMs: number },
): PortfolioFacts {
  const { intent, settings, nowMs } = given;
  const open = book.open();
  // Cash and positions from one source: two readings of the venue at different moments count a purchase twice, or not at all.
  const value = valuate(book.cash(), open);
  const flows = book.flows();
  const pnl = value.equityMicros === null ? cash(0n) : sub(value.equityMicros, flows);
  const held = funds.reserved(intent);
  const market = open.filter((one) => one.conditionId === intent.conditionId);
  const leader = open.filter((one) => one.leaderAddress === intent.leaderAddress);
  const midnightMs = nowMs - (nowMs % DAY_MS);
  return {
    paused: kv.get('paused') !== undefined,
    cashMicros: funds.freeCash(),
    equityMicros: sellableEquity(book.cash(), open),
    unsureMicros: unsureOf(open, nowMs).nowMicros,
    totalExposureMicros: add(max(riskExposure(open), funds.venueExposure() ?? cash(0n)), held.total),
    marketExposureMicros: add(riskExposure(market), held.market),
    leaderExposureMicros: add(riskExposure(leader), held.leader),
    holdingShareMicros: funds.sellable(intent, settings),
    ownShareMicros: funds.own(intent),
    owedShareMicros: funds.owed(intent),
    dayPnlMicros: sub(pnl, book.pnlSince(midnightMs) ?? pnl),
    weekPnlMicros: sub(pnl, book.pnlSince(nowMs - 7 * DAY_MS) ?? pnl),
    pnlMicros: pnl,
    peakPnlMicros: max(kv.get('peakPnl') ?? cash(0n), pnl),
    flowMicros: flows,
  };
}
