/** An exit that went to the Wallets without a fraction, as it is kept until a whole reading of the positions corrects it (A43). */
import type { RateExit } from '../../domain/decide/exit-correction.ts';
import type { TradingMode } from '../../domain/ids.ts';
import type { ShareMicros } from '../../domain/money.ts';
import type { Group } from './groups.ts';

export interface UnsureExit {
  readonly group: Group;
  /** By the leader's moves up to the first of its sales, and what a reading before had of them already. */
  readonly netBeforeMicros: ShareMicros;
  readonly openedAtMs: number;
  /** What they held before it; null until a whole reading says so. */
  readonly heldShareMicros: ShareMicros | null;
  /** Modes that it was sent to and that are not corrected yet; null while the Wallet has not decided. */
  readonly decided: Readonly<Partial<Record<TradingMode, RateExit | null>>>;
}
