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
    this.start(reasonOf(error));
  }

  /** Pauses when the error is a bug of ours, and throws every other one again. */
  pauseOrThrow(error: unknown): void {
    if (!(error instanceof InvariantError)) throw error;
    this.start(reasonOf(error));
  }
}
