/** When an intent that waits for a call need not, or may not, wait any longer: then it is decided without one. */
import type { CopyIntent } from '../../../../domain/decide/decision-facts.ts';
import type { ReasonCode } from '../../../../domain/decide/reasons.ts';
import { CONDITION_REASON } from '../../../../domain/orders/turned-away.ts';
import type { WalletSwitches } from '../../switches.ts';
import type { WalletSettings } from '../../wallet-settings.ts';
import type { LiveAccount } from '../account/account.ts';

const CONDITIONS: ReadonlySet<ReasonCode> = new Set(Object.values(CONDITION_REASON));

export class WaitEnds {
  constructor(
    private readonly nowMs: () => number,
    private readonly switches: WalletSwitches,
    private readonly settings: WalletSettings,
    private readonly account: LiveAccount,
  ) {}

  /**
   * OVER: it ends, or is recorded, without an order. HELD: the venue takes no orders for the moment. ORDER: it is to become an
   * order.
   */
  of(intent: CopyIntent, sinceMs: number): 'OVER' | 'HELD' | 'ORDER' {
    const { leaderAddress, side } = intent;
    const settings = this.settings.of(leaderAddress);
    const isLowered = this.switches.loweredAtMs(leaderAddress) >= sinceMs;
    if (this.switches.effective(leaderAddress).state !== 'ON' || isLowered) return 'OVER';
    if (side === 'BUY' && this.switches.entries(leaderAddress) === 'OFF') return 'OVER';
    if (intent.presetReason !== null || this.nowMs() >= this.atMs(intent, sinceMs)) return 'OVER';
    const closed = this.account.gate(side, settings);
    if (closed === null) return 'ORDER';
    return CONDITIONS.has(closed) ? 'HELD' : 'OVER';
  }

  /** When it has waited too long: a purchase is too old then, a sale is owed. */
  atMs(intent: CopyIntent, sinceMs: number): number {
    const { copyAgeMsMax } = this.settings.of(intent.leaderAddress);
    return (intent.side === 'BUY' ? intent.leaderEventAtMs : sinceMs) + copyAgeMsMax + 1;
  }

  /** When the venue may take orders again; undefined while it takes them. */
  heldUntilMs(): number | undefined {
    const untilMs = this.account.standing.condition()?.untilMs ?? 0;
    return untilMs > this.nowMs() ? untilMs : undefined;
  }
}
