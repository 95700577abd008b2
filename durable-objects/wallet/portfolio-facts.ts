/** The portfolio as a decision sees it: free cash and shares, and what is at risk, open orders included. */
import type { CopyIntent, PortfolioFacts } from '../../domain/decide/decision-facts.ts';
import { add, cash, max } from '../../domain/money.ts';
import { riskExposure } from '../../domain/portfolio/worth.ts';
import type { ModeSettings } from '../../domain/settings/settings.ts';
import type { Funds } from './executor.ts';
import type { WalletKeyValue } from './keys.ts';
import type { PortfolioStore } from './portfolio-store.ts';
import { riskNow } from './risk-now.ts';

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
  const { exposureMicros, ...risk } = riskNow(book, kv, open, nowMs);
  const held = funds.reserved(intent);
  const market = open.filter((one) => one.conditionId === intent.conditionId);
  const leader = open.filter((one) => one.leaderAddress === intent.leaderAddress);
  return {
    ...risk,
    paused: kv.get('paused') !== undefined,
    cashMicros: funds.freeCash(),
    totalExposureMicros: add(max(exposureMicros, funds.venueExposure() ?? cash(0n)), held.total),
    marketExposureMicros: add(riskExposure(market), held.market),
    leaderExposureMicros: add(riskExposure(leader), held.leader),
    holdingShareMicros: funds.sellable(intent, settings),
    ownShareMicros: funds.own(intent),
    owedShareMicros: funds.owed(intent),
  };
}
