/**
 * Sales that wait until the shares they would sell are final (design.md 5): kept with their time, and decided again once the
 * shares are final or the time is over.
 */
import type { CopyIntent } from '../../../domain/decide/decision-facts.ts';
import type { ShareMicros } from '../../../domain/money.ts';
import { sliceKey } from '../../../domain/portfolio/slice-key.ts';
import type { ModeSettings } from '../../../domain/settings/settings.ts';
import type { DecisionTurn } from '../decision-turn.ts';
import type { WaitingSales } from '../executor.ts';
import type { ExitWaits } from '../exits/exit-waits.ts';
import type { WalletSettings } from '../wallet-settings.ts';
import type { LiveAccount } from './account/account.ts';
import type { LiveSchedule } from './schedule.ts';
import type { UnsettledShares } from './unsettled-shares.ts';

export class LiveWaitingSales implements WaitingSales {
  constructor(
    private readonly nowMs: () => number,
    private readonly waits: ExitWaits,
    private readonly schedule: LiveSchedule,
  ) {}

  wait(intent: CopyIntent, settings: ModeSettings): void {
    this.waits.add(intent, this.nowMs());
    this.schedule.waiting(settings.exitWaitMsMax);
  }

  done(key: string): void {
    this.waits.done(key);
  }

  purchased(intent: CopyIntent, bought: ShareMicros): void {
    this.waits.purchased(intent, bought);
  }
}

/** How long a sale may wait for shares to become final. */
export class WaitLimits {
  constructor(
    private readonly settings: WalletSettings,
    private readonly unsettled: UnsettledShares,
  ) {}

  /** Whether its shares are final, and how long it may wait in ms: as things are, and at the most. */
  of(intent: CopyIntent): {
    readonly isSettled: boolean;
    readonly allowedMs: number;
    readonly longestMs: number;
  } {
    const { exitWaitMsMax, exitAgeMsMax } = this.settings.of(intent.leaderAddress);
    // Until it is known how many shares an unresolved purchase brought, it is not known what to sell (A44).
    const longestMs = Math.max(exitWaitMsMax, exitAgeMsMax);
    const allowedMs = this.unsettled.isPurchaseUnresolved(intent) ? longestMs : exitWaitMsMax;
    return { isSettled: this.unsettled.isSettled(intent), allowedMs, longestMs };
  }
}

/** The job that decides them again. */
export class Exits {
  constructor(
    private readonly nowMs: () => number,
    private readonly waits: ExitWaits,
    private readonly account: LiveAccount,
    private readonly limits: WaitLimits,
    private readonly schedule: LiveSchedule,
    private readonly turn: DecisionTurn,
  ) {}

  async run(): Promise<void> {
    if (!this.schedule.isWaiting()) return;
    await this.account.connection.connect();
    if (this.account.isStarting()) {
      // Deciding before the account is read would end the sale with a reason that is over in a moment.
      this.schedule.exitsAfterStart();
      return;
    }
    const waiting = new Set<string>();
    for (const { intent, sinceMs } of this.waits.list()) {
      const slice = sliceKey(intent);
      // Within one leader and token the order is kept (A44).
      if (waiting.has(slice)) continue;
      const waitedMs = this.nowMs() - sinceMs;
      const { isSettled, allowedMs, longestMs } = this.limits.of(intent);
      if (isSettled || waitedMs >= allowedMs)
        await this.turn.decideAgain({ ...intent, waitedMs: Math.min(waitedMs, longestMs) });
      else {
        waiting.add(slice);
        this.schedule.exits(sinceMs + allowedMs);
      }
    }
  }
}
