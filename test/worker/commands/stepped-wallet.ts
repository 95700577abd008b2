/** The switch commands of a Wallet as they are, on storage in memory, for two tabs that share it. */
import { DatabaseSync } from 'node:sqlite';
import { inspect } from 'node:util';
import { parseLeaderAddress, type TradingMode } from '../../../domain/ids.ts';
import type { Control } from '../../../domain/settings/control.ts';
import type { EntryState, LiveOverride, LiveState } from '../../../domain/settings/switches.ts';
import { ControlCache } from '../../../durable-objects/platform/control-cache.ts';
import { KeyValue } from '../../../durable-objects/platform/key-value.ts';
import type {
  EntriesCommand,
  LiveSwitchCommand,
  PaperState,
  PaperSwitchCommand,
  UserLiveCommand,
} from '../../../durable-objects/rpc.ts';
import type { WalletKeys } from '../../../durable-objects/wallet/keys.ts';
import { EntryCommands } from '../../../durable-objects/wallet/live/entry-commands.ts';
import { SwitchCommands } from '../../../durable-objects/wallet/live/switch-commands.ts';
import { PaperSwitch } from '../../../durable-objects/wallet/paper/paper-switch.ts';
import { WalletSwitches } from '../../../durable-objects/wallet/switches.ts';
import { WalletSettings } from '../../../durable-objects/wallet/wallet-settings.ts';
import { MemoryPorts } from '../../durable-objects/memory-ports.ts';
import { LEADER } from '../../ledger/records.ts';

export const leaderAddress = parseLeaderAddress(LEADER)!;

/** The switches. */
export interface Switches {
  readonly paper: PaperState;
  readonly live: LiveState;
  readonly override: LiveOverride;
  readonly entries: EntryState;
}

/** The switches before the two commands, and when OFF was pressed last; all of it in D1 and in the Wallet. */
export interface Start extends Switches {
  /** The Wallet that both tabs ask; the other one takes every call at once. */
  readonly wallet: TradingMode;
  readonly offAtMs?: number;
}

type Switched = LiveState | LiveOverride | EntryState;

const database = new DatabaseSync(':memory:');

/** Its account is ready and it has no orders. Only the one made last is alive: it has the storage of all before it. */
export class SteppedWallet {
  /** What it acknowledged last; undefined before the first time. */
  acknowledged: Switched | undefined;
  private readonly ports: MemoryPorts;
  private readonly switches: WalletSwitches;
  private readonly paper: PaperSwitch;
  private readonly control: ControlCache;
  private readonly commands: SwitchCommands;
  private readonly entries: EntryCommands;

  constructor(nowMs: number, start: Start) {
    this.ports = new MemoryPorts(nowMs, database);
    const { ports } = this;
    const kv = new KeyValue<WalletKeys>(ports.storage);
    ports.storage.rows('DELETE FROM kv');
    kv.put('trading', start.wallet === 'LIVE' ? start.live : start.paper);
    kv.put('shadowSinceMs', 0);
    kv.put('overrides', { [LEADER]: start.override });
    kv.put('entries', start.entries);
    if (start.offAtMs !== undefined) {
      kv.put('offAt', start.offAtMs);
      kv.put(`offAt:${leaderAddress}`, start.offAtMs);
      kv.put('entriesOffAt', start.offAtMs);
    }
    this.control = new ControlCache(kv);
    this.switches = new WalletSwitches(start.wallet, kv, () => this.control.get(), ports.nowMs);
    const settings = new WalletSettings(start.wallet, this.control);
    this.paper = new PaperSwitch(ports.nowMs, kv, this.switches, settings, { end: () => {} }, () => {});
    const ready = {
      connection: { secrets: { kind: 'ready' } },
      ready: () => ({}),
      state: { openedAtMs: () => 0 },
      standing: { clearProblem: () => {} },
    };
    const noOrders = {
      acknowledge: () => ({
        ...{ kind: 'done', state: this.switches.state() },
        ...{ inFlightOrderIds: [], cancelingOrderIds: [] },
      }),
    };
    this.entries = new EntryCommands(ports.nowMs, kv, this.switches, settings, noOrders as never); // the same
    this.commands = new SwitchCommands(
      ports,
      kv,
      this.switches,
      settings,
      ready as never, // the commands ask no more of an account than this
      noOrders as never, // nor of open orders
      { wake: () => {} } as never, // nor of the jobs
    );
  }

  applyControl(control: Control): void {
    if (this.control.apply(control)) this.switches.lower(control);
  }

  setTrading({ state, askedAtMs, savedVersion }: PaperSwitchCommand) {
    return this.answered(state, this.paper.set(state, askedAtMs, savedVersion));
  }

  setLive({ state, askedAtMs, savedVersion }: LiveSwitchCommand) {
    return this.answered(state, this.commands.setState(state, askedAtMs, savedVersion));
  }

  setUserLive({ override, askedAtMs, savedVersion }: UserLiveCommand) {
    return this.answered(
      override,
      this.commands.setOverride(leaderAddress, override, askedAtMs, savedVersion),
    );
  }

  setEntries(command: EntriesCommand) {
    return this.answered(command.state, this.entries.set(command));
  }

  held(): Switches {
    const { switches } = this;
    const live = switches.state();
    const override = switches.override(leaderAddress);
    return { paper: live === 'ON' ? 'ON' : 'OFF', live, override, entries: switches.heldEntries(null) };
  }

  /** All that it remembers, in its storage and in its objects: of two that say the same, no call can tell which it asked. */
  memory(): string {
    const stored = this.ports.storage.rows('SELECT key, value FROM kv ORDER BY key');
    const objects = inspect(this, { depth: Infinity, maxArrayLength: Infinity, maxStringLength: Infinity });
    return `${JSON.stringify(stored)} ${objects}`;
  }

  private answered<Answer extends { readonly kind: string }>(wanted: Switched, answer: Answer): Answer {
    if (answer.kind === 'done') this.acknowledged = wanted;
    return answer;
  }
}
