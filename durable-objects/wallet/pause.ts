/**
 * The pause after a bug of ours (style.md 4.3): every InvariantError that reaches a Wallet ends here. While paused the Wallet
 * skips every intent and sends nothing, until the operator switches trading on again.
 */
import { InvariantError } from '../../domain/assert.ts';
import { type Log, reasonOf } from '../platform/ports.ts';
import type { WalletKeyValue } from './keys.ts';

export class Pause {
  constructor(
    private readonly kv: WalletKeyValue,
    private readonly log: Log,
    /** Rows that are also kept in memory; null on paper, which keeps none. */
    private readonly cache: { reload(): void } | null,
  ) {}

  /** Why the Wallet is paused; undefined while it is not. */
  reason(): string | undefined {
    return this.kv.get('paused');
  }

  start(reason: string): void {
    this.kv.put('paused', reason);
    this.log('error', 'the Wallet pauses on an invariant', { reason });
  }

  end(): void {
    this.kv.delete('paused');
  }

  /** Pauses when the error is a bug of ours; any other error is left to the caller. */
  startOnBug(error: unknown): void {
    if (!(error instanceof InvariantError)) return;
    this.cache?.reload();
    this.start(reasonOf(error));
  }

  /** After a transaction was rolled back: memory may hold what it wrote. Throws every error that is not a bug of ours. */
  rolledBack(error: unknown): void {
    this.cache?.reload();
    if (!(error instanceof InvariantError)) throw error;
    this.start(reasonOf(error));
  }
}
