/**
 * Looks at owed exits again once that has ended which kept every order from leaving: the account was not read yet, the region or
 * the user channel was down, the venue restarted or took no such orders (A44). Called by jobs that run anyway.
 */
import type { ReasonCode } from '../../../domain/decide/reasons.ts';
import { CONDITION_REASON } from '../../../domain/orders/turned-away.ts';
import type { OwedExit } from '../../../domain/portfolio/owed-exit.ts';
import type { OwedExits } from '../exits/owed-exits.ts';
import type { WalletSettings } from '../wallet-settings.ts';
import type { LiveAccount } from './account/account.ts';

const GATE_REASONS: ReadonlySet<ReasonCode> = new Set([
  'LIVE_AUTH_MISSING',
  'LIVE_AUTH_FAILED',
  'LIVE_ACCOUNT_PROBLEM',
  'LIVE_ACCOUNT_UNREAD',
  'LIVE_REGION_BLOCKED',
  'LIVE_CLOCK_SKEW',
  'LIVE_WS_DOWN',
  ...Object.values(CONDITION_REASON),
] satisfies readonly ReasonCode[]);

export class GateEnds {
  constructor(
    private readonly owed: OwedExits,
    private readonly account: LiveAccount,
    private readonly settings: WalletSettings,
  ) {}

  look(): void {
    this.owed.bringForward((row) => GATE_REASONS.has(row.cause) && this.isOpenFor(row));
  }

  private isOpenFor({ leaderAddress }: OwedExit): boolean {
    return this.account.gate('SELL', this.settings.of(leaderAddress)) === null;
  }
}
