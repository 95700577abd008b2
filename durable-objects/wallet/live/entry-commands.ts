/**
 * Stopping entries as a command (A61): "no new risk, but let us out". OFF is stored before anything else in the same turn; ON is
 * refused when an OFF or a later command came in between, as with the switch of live trading itself.
 */
import type { LeaderAddress } from '../../../domain/ids.ts';
import type { EntryState } from '../../../domain/settings/switches.ts';
import type { EntriesCommand, LiveAcknowledgement } from '../../rpc.ts';
import type { WalletKeyValue } from '../keys.ts';
import type { WalletSwitches } from '../switches.ts';
import type { WalletSettings } from '../wallet-settings.ts';
import { CommandOrder } from './command-order.ts';
import type { OffOrders } from './off-orders.ts';

export class EntryCommands {
  private readonly order = new CommandOrder();

  constructor(
    private readonly nowMs: () => number,
    private readonly kv: WalletKeyValue,
    private readonly switches: WalletSwitches,
    private readonly settings: Pick<WalletSettings, 'control'>,
    private readonly off: OffOrders,
  ) {}

  /** From the answer to OFF on no purchase leaves for whom it concerns; the answer names those that left before. */
  set(command: EntriesCommand): LiveAcknowledgement<EntryState> {
    const { leaderAddress, state } = command;
    const { kv, switches } = this;
    if (state === 'OFF') kv.put(offKey(leaderAddress), this.nowMs());
    else {
      const reason = this.obstacle(command);
      if (reason !== undefined) return { kind: 'refused', reason, held: switches.heldEntries(leaderAddress) };
    }
    switches.setEntries(leaderAddress, state);
    return this.off.acknowledge();
  }

  private obstacle({ leaderAddress, askedAtMs, savedVersion }: EntriesCommand): string | undefined {
    const isLate = savedVersion !== undefined && this.order.isOvertaken(leaderAddress ?? '', savedVersion);
    if (isLate || this.saved(leaderAddress) === 'OFF')
      return 'meanwhile entries were stopped or allowed again';
    if (askedAtMs <= (this.kv.get(offKey(leaderAddress)) ?? -1))
      return 'entries were stopped after this was asked for';
    return undefined;
  }

  private saved(leader: LeaderAddress | null): EntryState | undefined {
    const control = this.settings.control();
    if (leader === null) return control?.liveEntries;
    return control?.followedUsers.find((user) => user.leaderAddress === leader)?.liveEntries;
  }
}

function offKey(leader: LeaderAddress | null) {
  return leader === null ? ('entriesOffAt' as const) : (`entriesOffAt:${leader}` as const);
}
