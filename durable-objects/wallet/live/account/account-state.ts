/** What is stored about the live account: whose it is, since when the ledger describes it, its balance and allowances. */
import type { CashMicros } from '../../../../domain/money.ts';
import type { BalanceReport } from '../../../../domain/orders/orders.ts';
import { MINUTE_MS, SECOND_MS } from '../../../../domain/time.ts';
import type { WalletKeyValue } from '../../keys.ts';

/** Three readings missed: balance and positions are not known any more. */
const ACCOUNT_AGE_MS_MAX = 3 * MINUTE_MS + 10 * SECOND_MS;

export class AccountState {
  constructor(
    private readonly kv: WalletKeyValue,
    private readonly nowMs: () => number,
  ) {}

  /** When the account was first read, to the second; the ledger starts there. Undefined before that. */
  openedAtMs(): number | undefined {
    return this.kv.get('accountOpenedAt');
  }

  /** The funder address that the ledger belongs to. */
  openedFunder(): string | undefined {
    return this.kv.get('accountFunder');
  }

  /** Keys of fills that the opening balance already contains. */
  openingTrades(): readonly string[] {
    return this.kv.get('openingTrades') ?? [];
  }

  /** Notes that the ledger now describes this account as read at `startMs`; call it in the opening's transaction. */
  setOpened(given: {
    readonly startMs: number;
    readonly funder: string;
    readonly trades: readonly string[];
  }): void {
    // The venue reports match times in whole seconds; trades of that second are known by their keys.
    this.kv.put('accountOpenedAt', given.startMs - (given.startMs % SECOND_MS));
    this.kv.put('openingTrades', given.trades);
    this.kv.put('accountFunder', given.funder);
    this.setReadThrough(given.startMs);
  }

  collateral(): { readonly balanceMicros: CashMicros; readonly atMs: number } | undefined {
    return this.kv.get('collateral');
  }

  /** The balance as it was when it was asked for, and how much of it each exchange contract may move. */
  setCollateral(report: BalanceReport, askedAtMs = this.nowMs()): void {
    this.kv.put('collateral', { balanceMicros: report.balanceMicros, atMs: askedAtMs });
    this.kv.put('allowances', report.allowanceMicros);
    this.kv.put('authProbedAt', this.nowMs());
  }

  /** Whether the last reading of the balance is too old to spend by. */
  isStale(): boolean {
    return this.nowMs() - (this.collateral()?.atMs ?? 0) > ACCOUNT_AGE_MS_MAX;
  }

  /** What one exchange contract may move; zero means that the operator has to approve it. Undefined when not reported. */
  allowance(contract: string): bigint | undefined {
    return this.kv.get('allowances')?.[contract.toLowerCase()];
  }

  /** Our trades were read whole up to this time; undefined before the first reading. */
  readThroughMs(): number | undefined {
    return this.kv.get('readThrough');
  }

  setReadThrough(atMs: number): void {
    this.kv.put('readThrough', atMs);
  }

  /** Deposits, withdrawals and redemptions were read whole up to this time. */
  flowsThroughMs(): number | undefined {
    return this.kv.get('flowsThrough');
  }

  setFlowsThrough(atMs: number): void {
    this.kv.put('flowsThrough', atMs);
  }
}
