/**
 * What a Wallet still does while it can store nothing: it buys nothing, tries exits (an order that cannot be stored does not
 * leave), and takes OFF, which then holds in memory and is stored as soon as that is possible.
 */
import type { CopyIntent } from '../../../domain/decide/decision-facts.ts';
import { limitIn, type PlatformLimit } from '../../../domain/records/platform-limits.ts';
import type { LiveState } from '../../../domain/settings/switches.ts';
import { reasonOf } from '../../platform/ports.ts';
import type { StorageLimits } from '../../platform/storage-limits.ts';
import type { LiveAcknowledgement } from '../../rpc.ts';
import type { ExitCommands } from '../exits/exit-commands.ts';
import type { MinuteSchedule } from '../minute/minute-schedule.ts';
import type { WalletSwitches } from '../switches.ts';

/** Its message names the limit, as the platform's own would: it crosses to the caller as text. */
class StorageLimitError extends Error {
  override name = 'StorageLimitError';

  constructor(limit: PlatformLimit) {
    super(`nothing is bought while nothing can be stored (${limit})`);
  }
}

export class StorageGate {
  constructor(
    private readonly limits: Pick<StorageLimits, 'refuses' | 'reached'>,
    private readonly switches: WalletSwitches,
    private readonly minutes: Pick<MinuteSchedule, 'soon'>,
    private readonly exits: Pick<ExitCommands, 'afterSwitch'>,
  ) {}

  /** Throws for a purchase while nothing can be stored: it stays with its FollowedUser, and is too old when that has ended. */
  admit({ side }: Pick<CopyIntent, 'side'>): void {
    const reached = this.limits.reached();
    if (side === 'BUY' && reached !== null && this.limits.refuses())
      throw new StorageLimitError(reached.limit);
  }

  /** Runs a command; OFF is obeyed also where it cannot be stored. Throws what the command throws otherwise. */
  switched<State>(state: LiveState, command: () => LiveAcknowledgement<State>): LiveAcknowledgement<State> {
    try {
      return this.exits.afterSwitch(command());
    } catch (error) {
      const reason = reasonOf(error);
      if (state !== 'OFF' || limitIn(reason) === undefined) throw error;
      this.switches.offUnstored();
      // The minute's work stores it.
      this.minutes.soon();
      return { kind: 'done', state: 'OFF', inFlightOrderIds: [], cancelingOrderIds: [], notStored: reason };
    }
  }

  /** Stores an OFF that holds in memory alone. Throws while that is still not possible. */
  store(): void {
    this.switches.storeOff();
  }
}
