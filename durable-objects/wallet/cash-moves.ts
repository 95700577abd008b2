/** Deposits and withdrawals of a Wallet, each booked once, and the opening deposit of the paper portfolio. */
import type { TradingMode } from '../../domain/ids.ts';
import { add, type CashMicros, cash, negate } from '../../domain/money.ts';
import type { LedgerRecord } from '../../domain/records/records.ts';
import type { Control } from '../../domain/settings/control.ts';
import type { ObjectPorts } from '../platform/ports.ts';
import type { CashMove, CashMoveResult } from '../rpc.ts';
import type { WalletKeyValue } from './keys.ts';
import { ledgerEntry } from './ledger-entry.ts';
import type { PortfolioStore } from './portfolio-store.ts';
import type { WalletSnapshots } from './snapshots.ts';

/** $1,000,000: more in one command is taken for a slip of the finger. */
const MOVE_MICROS_MAX = 1_000_000_000_000n;

export class CashMoves {
  constructor(
    private readonly mode: TradingMode,
    private readonly ports: ObjectPorts,
    private readonly kv: WalletKeyValue,
    private readonly book: PortfolioStore,
    private readonly snapshots: WalletSnapshots,
    /** Cash that pending paper copies may still spend; null live, where no cash is moved. */
    private readonly pending: { reservedCash(): CashMicros } | null,
  ) {}

  /** Books a deposit or a withdrawal once per command id. Withdrawals are limited to the cash that is there. */
  move({ commandId, kind, amountMicros }: CashMove): CashMoveResult {
    if (amountMicros <= 0n) return { kind: 'refused', reason: 'the amount must be above zero' };
    if (amountMicros > MOVE_MICROS_MAX) return { kind: 'refused', reason: 'the amount is above $1,000,000' };
    const delta = kind === 'DEPOSIT' ? cash(amountMicros) : negate(cash(amountMicros));
    const key = `command:${commandId}` as const;
    return this.ports.storage.transaction(() => {
      if (this.kv.get(key) !== undefined) return { kind: 'already-booked' };
      if (add(this.book.cash(), delta) < (this.pending?.reservedCash() ?? 0n))
        return { kind: 'refused', reason: 'there is not that much cash' };
      this.kv.put(key, kind);
      this.book.bookEntry(this.entry(kind, key, delta), undefined);
      this.snapshots.take(this.ports.nowMs());
      return { kind: 'booked' };
    });
  }

  /** The deposit with which the paper portfolio begins, as the first control document says. */
  openPaper(control: Control): void {
    const amount = cash(BigInt(control.system.paperOpeningDepositMicros));
    if (amount === 0n) return;
    this.ports.storage.transaction(() => {
      this.book.bookEntry(this.entry('DEPOSIT', 'opening', amount), undefined);
      this.snapshots.take(this.ports.nowMs());
    });
  }

  private entry(entryType: 'DEPOSIT' | 'WITHDRAWAL', refId: string, delta: CashMicros): LedgerRecord {
    const { mode } = this;
    return ledgerEntry({ mode, refId, entryType, cashDeltaMicros: delta, bookedAtMs: this.ports.nowMs() });
  }
}
