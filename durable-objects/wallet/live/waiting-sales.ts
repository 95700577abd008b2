/**
 * What waits: sales until the shares they would sell are final (design.md 5), and whatever has no call or token yet (design.md 4).
 * Kept with its time; `placing/` decides it again.
 */
import type { CopyIntent } from '../../../domain/decide/decision-facts.ts';
import type { ReasonCode } from '../../../domain/decide/reasons.ts';
import { type ShareMicros, shares } from '../../../domain/money.ts';
import type { ModeSettings } from '../../../domain/settings/settings.ts';
import type { WaitingSales } from '../executor.ts';
import type { ExitWaits } from '../exits/exit-waits.ts';
import type { WalletSettings } from '../wallet-settings.ts';
import type { PlacingRoom } from './placing/placing-room.ts';
import type { QueuedPurchases } from './placing/queued-purchases.ts';
import type { LiveSchedule } from './schedule.ts';
import type { UnsettledShares } from './unsettled-shares.ts';

export class LiveWaitingSales implements WaitingSales {
  constructor(
    private readonly nowMs: () => number,
    private readonly waits: ExitWaits,
    private readonly purchases: QueuedPurchases,
    private readonly room: PlacingRoom,
    private readonly schedule: LiveSchedule,
  ) {}

  wait(intent: CopyIntent, settings: ModeSettings, reason?: ReasonCode): void {
    const nowMs = this.nowMs();
    const forCall = reason === 'LIVE_WAITING_FOR_SLOT';
    if (intent.side === 'BUY') this.purchases.add(intent, nowMs);
    else this.waits.add(intent, nowMs, forCall);
    // What it waits behind was decided before it, and is no part of it: it has been lowered by this exit.
    if (intent.side === 'SELL' && intent.exit?.kind === 'FRACTION')
      for (const one of this.room.before(intent)) this.waits.purchased(one.intent, shares(0n));
    if (!forCall) this.schedule.waiting(settings.exitWaitMsMax);
    else this.schedule.exits(this.room.nextTokenAtMs(nowMs) ?? nowMs + settings.copyAgeMsMax);
  }

  exited(intent: CopyIntent): void {
    if (this.room.before(intent).length === 0) return;
    this.purchases.lower(intent);
    this.schedule.exitsNow();
  }

  done(key: string): void {
    this.waits.done(key);
    this.purchases.done(key);
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
