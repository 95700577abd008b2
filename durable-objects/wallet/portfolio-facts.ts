/** The portfolio as a decision sees it: free cash and shares, and what is at risk, open orders included. */
import type { CopyIntent, PortfolioFacts } from '../../domain/decide/decision-facts.ts';
import { add, type CashMicros, cash, max, type ShareMicros, shares, sub } from '../../domain/money.ts';
import { profitSince, utcMidnight, type Worth } from '../../domain/portfolio/performance.ts';
import { valuate } from '../../domain/portfolio/portfolio.ts';
import { riskExposure, sellableEquity, unsureOf } from '../../domain/portfolio/worth.ts';
import type { WalletRisk } from '../../domain/records/status.ts';
import type { ModeSettings } from '../../domain/settings/settings.ts';
import { DAY_MS } from '../../domain/time.ts';
import type { Funds } from './executor.ts';
import type { WalletKeyValue } from './keys.ts';
import type { PortfolioStore } from './portfolio-store.ts';
import type { HeldPosition } from './position-rows.ts';

/** Where the facts are read. */
export interface PortfolioSources {
  readonly book: PortfolioStore;
  readonly kv: WalletKeyValue;
  readonly funds: Funds;
}

/** Collected in one synchronous turn. Exposure is positions and the cash that orders hold. */
export function portfolioFacts(
  { book, kv, funds }: PortfolioSources,
  given: {
    readonly intent: CopyIntent;
    readonly settings: ModeSettings;
    /** Shares of purchases that the intent, a sale that waited, is no part of. */
    readonly laterShareMicros: ShareMicros;
    readonly nowMs: number;
  },
): PortfolioFacts {
  const { intent, settings, laterShareMicros, nowMs } = given;
  const open = book.open();
  const { exposureMicros, ...risk } = riskNow(book, kv, open, nowMs);
  const held = funds.reserved(intent);
  const ownShareMicros = max(sub(funds.own(intent, settings), laterShareMicros), shares(0n));
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
    ownShareMicros,
    owedShareMicros: funds.owed(intent, ownShareMicros),
  };
}

/**
 * What the breakers and caps judge a Wallet by at a moment; the pages show the same figures (A50). Cash and positions are of
 * one source: two readings of the venue at different moments count a purchase twice, or not at all.
 */
export function riskNow(
  book: PortfolioStore,
  kv: WalletKeyValue,
  open: readonly HeldPosition[],
  nowMs: number,
): WalletRisk {
  const { equityMicros } = valuate(book.cash(), open);
  const flowMicros = book.flows();
  const pnlMicros = equityMicros === null ? cash(0n) : sub(equityMicros, flowMicros);
  const now: Worth = { bucketAtMs: nowMs, equityMicros: add(pnlMicros, flowMicros), flowMicros };
  const since = (startMs: number): CashMicros => {
    const pnl = book.pnlAt(startMs);
    // Never valued: nothing is known to be lost.
    if (pnl === undefined) return cash(0n);
    const then: Worth = { bucketAtMs: startMs, equityMicros: pnl, flowMicros: 0n };
    return cash(profitSince(now, [then], startMs) ?? 0n);
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
