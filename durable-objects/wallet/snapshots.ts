/**
 * Dated values of a Wallet for charts: the whole each minute, a leader's slice when its shares or cash changed and else hourly
 * (design.md 12). Also stores the PnL of each hour and the peak that the circuit breakers measure from (A23).
 */
import type { TradingMode } from '../../domain/ids.ts';
import { add, type CashMicros, cash, max, sub } from '../../domain/money.ts';
import { type MarkedPosition, valuate } from '../../domain/portfolio/portfolio.ts';
import { isSure, type Unsure, unsureOf } from '../../domain/portfolio/worth.ts';
import type { SnapshotBucket, SnapshotRecord } from '../../domain/records/records.ts';
import { NO_LEADER } from '../../domain/records/sentinels.ts';
import type { WalletPortfolio } from '../../domain/records/status.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../domain/time.ts';
import type { Outbox } from '../platform/outbox.ts';
import type { PeakReset } from '../rpc.ts';
import type { WalletKeyValue } from './keys.ts';
import { riskNow } from './portfolio-facts.ts';
import type { PortfolioStore, ValuedPosition } from './portfolio-store.ts';

/** Cash and marked positions of the whole Wallet, from its authority. */
export interface Holdings {
  readonly cashMicros: CashMicros;
  readonly positions: readonly MarkedPosition[];
}

/** What a Wallet reports of its worth; owed exits come beside it. */
export type Worth = Omit<WalletPortfolio, 'owedExits' | 'keptExits'>;

export class WalletSnapshots {
  private lastRevision = 0;

  constructor(
    private readonly mode: TradingMode,
    private readonly book: PortfolioStore,
    private readonly kv: WalletKeyValue,
    private readonly outbox: Outbox,
    /** The whole Wallet when the venue is its authority (R75); undefined when the ledger is. */
    private readonly holdings: () => Holdings | undefined,
  ) {}

  /** Writes what is due at this time. Call it inside a transaction. Writes nothing while a position has no mark. */
  take(nowMs: number): void {
    const positions = this.book.valued();
    const ledger = valuate(this.book.cash(), positions);
    if (ledger.equityMicros === null) return;
    const flows = this.book.flows();
    // The breakers measure by the ledger, which is consistent; two readings of the venue may be from different moments.
    const pnl = sub(ledger.equityMicros, flows);
    this.keepPeak(pnl, flows, unsureOf(positions, nowMs));
    this.book.putPnl(nowMs, pnl);
    const held = this.holdings();
    const read = held === undefined ? ledger : valuate(held.cashMicros, held.positions);
    const whole = read.equityMicros === null ? ledger : read;
    if (whole.equityMicros === null) return;
    const values = { ...whole, equityMicros: whole.equityMicros, flowMicros: flows };
    this.add(nowMs, 'MINUTE', nowMs - (nowMs % MINUTE_MS), NO_LEADER, values);
    // The rows of the current hour and day are rewritten every ten minutes, so that a crash loses no bar of a chart.
    const slotMs = nowMs - (nowMs % (10 * MINUTE_MS));
    if (this.kv.get('rollupSlot') !== slotMs) {
      this.kv.put('rollupSlot', slotMs);
      this.add(nowMs, 'HOUR', nowMs - (nowMs % HOUR_MS), NO_LEADER, values);
      this.add(nowMs, 'DAY', nowMs - (nowMs % DAY_MS), NO_LEADER, values);
    }
    this.slices(nowMs, positions);
  }

  /** The value of the Wallet at the marks of this moment, and what its risk is judged by. */
  worth(nowMs: number): Worth {
    const open = this.book.open();
    const whole = this.holdings();
    const value = valuate(whole?.cashMicros ?? this.book.cash(), whole?.positions ?? this.book.valued());
    return {
      ...value,
      atMs: nowMs,
      flowMicros: this.book.flows(),
      risk: riskNow(this.book, this.kv, open, nowMs),
      deepestFall: this.kv.get('deepestFall') ?? null,
      positions: open.map((one) => ({
        leaderAddress: one.leaderAddress,
        tokenId: one.tokenId,
        conditionId: one.conditionId,
        shareMicros: one.shareMicros,
        markPriceMicros: one.markPriceMicros,
        markRule: one.mark?.rule ?? null,
        markedAtMs: one.markedAtMs,
      })),
    };
  }

  /** The peak, and the deepest fall from it, are taken only from marks that are good (A49). */
  private keepPeak(pnl: CashMicros, flows: CashMicros, unsure: Unsure): void {
    const equity = add(pnl, flows);
    const known = this.kv.get('peakPnl');
    const peak = isSure(unsure.forPeakMicros, equity) ? max(known ?? pnl, pnl) : known;
    if (peak === undefined) return;
    this.kv.put('peakPnl', peak);
    if (isSure(unsure.nowMicros, equity))
      this.keepDeepestFall(max(sub(peak, pnl), cash(0n)), add(peak, flows));
  }

  /**
   * Makes the PnL of this moment the peak, and forgets the deepest fall. Call it inside a transaction. Refused while the
   * equity is not known or rests on marks that are not good: such a peak would have to be reset again.
   */
  resetPeak(nowMs: number): PeakReset {
    const positions = this.book.valued();
    const { equityMicros } = valuate(this.book.cash(), positions);
    if (equityMicros === null) return { kind: 'refused', reason: 'a held position has no price yet' };
    if (!isSure(unsureOf(positions, nowMs).forPeakMicros, equityMicros))
      return {
        kind: 'refused',
        reason: 'more than 1 % of the equity has no good price now: try again later',
      };
    const flows = this.book.flows();
    const peakPnlMicros = sub(equityMicros, flows);
    const before = this.kv.get('peakPnl') ?? null;
    this.kv.put('peakPnl', peakPnlMicros);
    this.kv.put('deepestFall', { fallMicros: cash(0n), peakEquityMicros: equityMicros });
    return { kind: 'reset', before, peakPnlMicros };
  }

  /** The deepest fall of PnL from its peak, with the equity at that peak: the maximum drawdown on the pages. */
  private keepDeepestFall(fall: CashMicros, peakEquity: CashMicros): void {
    const known = this.kv.get('deepestFall');
    if (known === undefined || fall > known.fallMicros)
      this.kv.put('deepestFall', { fallMicros: fall, peakEquityMicros: peakEquity });
  }

  private slices(nowMs: number, positions: readonly ValuedPosition[]): void {
    const hourMs = nowMs - (nowMs % HOUR_MS);
    for (const leader of new Set(positions.map((position) => position.leaderAddress))) {
      const own = positions.filter((position) => position.leaderAddress === leader);
      const value = valuate(cash(0n), own);
      if (value.equityMicros === null) continue;
      const signature = own.map((one) => `${one.shareMicros}/${one.costMicros}/${one.realisedMicros}`).join();
      const last = this.kv.get(`slice:${leader}`);
      // Of a leader of whom nothing is held any more, the last slice stays the last.
      const mayMove = own.some((one) => one.shareMicros !== 0n);
      if (last?.signature === signature && (last.hourMs === hourMs || !mayMove)) continue;
      this.kv.put(`slice:${leader}`, { signature, hourMs });
      // A slice has no cash of its own: its equity is the value of its positions.
      const values = { ...value, equityMicros: value.equityMicros, flowMicros: cash(0n) };
      this.add(nowMs, 'MINUTE', nowMs - (nowMs % MINUTE_MS), leader, values);
      if (last?.hourMs !== hourMs) this.add(nowMs, 'HOUR', hourMs, leader, values);
    }
  }

  /** The largest exposure so far of the whole ('') or of a leader, this one included; stored when it is a new peak. */
  private peakExposure(leaderAddress: string, exposure: bigint): CashMicros {
    const key = `peakExposure:${leaderAddress}` as const;
    const known = this.kv.get(key) ?? cash(0n);
    const peak = max(known, cash(exposure));
    if (peak !== known) this.kv.put(key, peak);
    return peak;
  }

  private add(
    nowMs: number,
    bucket: SnapshotBucket,
    bucketAtMs: number,
    leaderAddress: SnapshotRecord['leaderAddress'],
    values: Pick<
      SnapshotRecord,
      'equityMicros' | 'cashMicros' | 'exposureMicros' | 'realisedMicros' | 'unrealisedMicros' | 'flowMicros'
    >,
  ): void {
    // The time, so that it need not be stored: a row of a later moment is the newer one.
    const revision = Math.max(nowMs, this.lastRevision + 1);
    this.lastRevision = revision;
    this.outbox.add({
      kind: 'snapshot',
      mode: this.mode,
      portfolioScope: 'EXEC_GLOBAL',
      leaderAddress,
      bucket,
      bucketAtMs,
      equityMicros: values.equityMicros,
      cashMicros: values.cashMicros,
      exposureMicros: values.exposureMicros,
      realisedMicros: values.realisedMicros,
      unrealisedMicros: values.unrealisedMicros,
      flowMicros: values.flowMicros,
      peakExposureMicros: this.peakExposure(leaderAddress, values.exposureMicros),
      revision,
    });
  }
}
