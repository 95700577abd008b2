/**
 * Two commands of the operator against one D1 and one Wallet, one call at a time: every call of either waits until the
 * test lets it through. So a test can try every order in which the calls of two tabs may arrive.
 */
import { DatabaseSync } from 'node:sqlite';
import { parseLeaderAddress, type TradingMode } from '../../../domain/ids.ts';
import type { EntryState, LiveOverride, LiveState } from '../../../domain/settings/switches.ts';
import { ControlCache } from '../../../durable-objects/platform/control-cache.ts';
import { KeyValue } from '../../../durable-objects/platform/key-value.ts';
import {
  type EntriesCommand,
  type LiveSwitchCommand,
  type PaperState,
  type PaperSwitchCommand,
  type UserLiveCommand,
  WALLET_NAMES,
} from '../../../durable-objects/rpc.ts';
import type { WalletKeys } from '../../../durable-objects/wallet/keys.ts';
import { EntryCommands } from '../../../durable-objects/wallet/live/entry-commands.ts';
import { SwitchCommands } from '../../../durable-objects/wallet/live/switch-commands.ts';
import { PaperSwitch } from '../../../durable-objects/wallet/paper/paper-switch.ts';
import { WalletSwitches } from '../../../durable-objects/wallet/switches.ts';
import { WalletSettings } from '../../../durable-objects/wallet/wallet-settings.ts';
import { initialControl, readControl, saveControl } from '../../../ledger/write/control-store.ts';
import { newFollowedUser } from '../../../worker/control/first-control.ts';
import type { Env } from '../../../worker/env.ts';
import { earlierSettings } from '../../domain/settings/earlier-settings.ts';
import { MemoryPorts } from '../../durable-objects/memory-ports.ts';
import { type FakeD1, openD1 } from '../../ledger/d1-over-sqlite.ts';
import { LEADER } from '../../ledger/records.ts';

const leaderAddress = parseLeaderAddress(LEADER)!;

/** The switches. */
export interface Switches {
  readonly paper: PaperState;
  readonly live: LiveState;
  readonly override: LiveOverride;
  readonly entries: EntryState;
}

/** The switches before the two commands, and when OFF was pressed last; all of it in D1 and in the Wallet. */
export interface Start extends Switches {
  /** The Wallet whose calls are stepped; the other one takes every call at once. */
  readonly wallet: TradingMode;
  readonly offAtMs?: number;
}

/** The switch commands of a Wallet as they are, on storage in memory; its account is ready and it has no orders. */
class SteppedWallet {
  readonly switches: WalletSwitches;
  readonly acknowledged: (LiveState | LiveOverride | EntryState)[] = [];
  private readonly paper: PaperSwitch;
  private readonly control: ControlCache;
  private readonly commands: SwitchCommands;
  private readonly entries: EntryCommands;

  constructor(ports: MemoryPorts, start: Start) {
    const kv = new KeyValue<WalletKeys>(ports.storage);
    const gone = ['control', 'offAt', `offAt:${leaderAddress}`, 'entriesOffAt'] as const;
    for (const key of gone) kv.delete(key);
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
    this.paper = new PaperSwitch(ports.nowMs, kv, this.switches, settings, { end: () => {} });
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

  applyControl(control: Parameters<ControlCache['apply']>[0]): void {
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

  private answered<Answer extends { readonly kind: string }>(
    wanted: LiveState | LiveOverride | EntryState,
    answer: Answer,
  ): Answer {
    if (answer.kind === 'done') this.acknowledged.push(wanted);
    return answer;
  }
}

export interface Tab {
  readonly run: (env: Env) => Promise<unknown>;
  /** The answer of the Wallet to its switch gets lost on the way: only the first one, or every one. */
  readonly losesAnswer?: 'first' | 'every';
}

/** What a call touches: it reads D1, writes D1, or asks the Wallet, which always changes what it remembers. */
type Touch = 'read' | 'write' | 'wallet';

/** One command on its way. */
interface Running {
  next: Touch;
  /** Lets its next call through; undefined while it makes none. */
  waiting: (() => void) | undefined;
  done: boolean;
  calls: number;
  /** How often it has asked the Wallet for its switch. */
  asked: number;
  /** What its calls have found so far, so that two runs can be compared. */
  found: string;
}

/** D1 and the storage of the Wallet, made once for many runs; each run begins them anew. */
export class Databases {
  readonly d1 = openD1();
  private readonly wallet = new DatabaseSync(':memory:');

  walletAt(nowMs: number): MemoryPorts {
    return new MemoryPorts(nowMs, this.wallet);
  }
}

/** D1 and the Wallet shared by two tabs. */
export class TwoTabs {
  readonly wallet: SteppedWallet;
  private readonly stepped: TradingMode;
  private readonly fake: FakeD1;
  private readonly running: [Running, Running] = [fresh(), fresh()];
  private newestCommand = 'start';

  private constructor(databases: Databases, nowMs: number, start: Start) {
    this.fake = databases.d1;
    this.stepped = start.wallet;
    this.wallet = new SteppedWallet(databases.walletAt(nowMs), start);
  }

  static async begin(
    databases: Databases,
    given: { readonly nowMs: number; readonly start: Start; readonly tabs: readonly [Tab, Tab] },
  ): Promise<TwoTabs> {
    const fake = databases.d1;
    fake.sqlite.exec('DELETE FROM control_versions; DELETE FROM audit_log');
    const { paper, live, override, entries } = given.start;
    const first = initialControl();
    const user = {
      ...newFollowedUser({ leaderAddress, label: 'a leader', nowMs: 0 }),
      liveOverride: override,
    };
    await saveControl(fake.d1, {
      previousVersion: 0,
      control: {
        ...first,
        paperTrading: paper,
        liveTrading: live,
        liveEntries: entries,
        settings: { ...first.settings, LIVE: { ...earlierSettings('LIVE'), shadowMsMin: 0 } },
        followedUsers: [user],
      },
      commandId: 'start',
      actor: 'test',
      audit: [],
      nowMs: 0,
    });
    const self = new TwoTabs(databases, given.nowMs, given.start);
    self.wallet.applyControl((await readControl(fake.d1))!);
    given.tabs.forEach((tab, at) => {
      const running = self.running[at]!;
      const ended = () => {
        running.done = true;
      };
      tab.run(self.envOf(running, tab)).then(ended, ended);
    });
    await self.settled(0);
    await self.settled(1);
    return self;
  }

  /** The tabs whose next call waits to be let through. */
  waiting(): readonly (0 | 1)[] {
    return ([0, 1] as const).filter((at) => this.running[at].waiting !== undefined);
  }

  /** Whether the next calls of the two tabs come to the same in either order. */
  areIndependent(): boolean {
    const [a, b] = this.running.map((one) => one.next);
    return (a === 'wallet') !== (b === 'wallet') || (a === 'read' && b === 'read');
  }

  /** Lets the next call of a tab through, until it makes another one or has ended. */
  async step(at: 0 | 1): Promise<void> {
    const running = this.running[at];
    const go = running.waiting!;
    running.waiting = undefined;
    go();
    await this.settled(at);
  }

  /** What decides everything that can still happen: what each command has found, D1 and the Wallet. */
  key(): string {
    const rows = this.fake.sqlite
      .prepare('SELECT command_id, field, new_value FROM audit_log ORDER BY audit_no')
      .all();
    const [a, b] = this.running;
    return JSON.stringify([a.calls, a.found, b.calls, b.found, rows, this.held()]);
  }

  held(): Switches {
    const { switches } = this.wallet;
    const live = switches.state();
    const override = switches.override(leaderAddress);
    return { paper: live === 'ON' ? 'ON' : 'OFF', live, override, entries: switches.heldEntries(null) };
  }

  async saved(): Promise<Switches> {
    const { paperTrading, liveTrading, liveEntries, followedUsers } = (await readControl(this.fake.d1))!;
    const override = followedUsers[0]!.liveOverride;
    return { paper: paperTrading, live: liveTrading, override, entries: liveEntries };
  }

  /** The command that set the newest version. */
  lastCommand(): string {
    return this.newestCommand;
  }

  private async settled(at: 0 | 1): Promise<void> {
    const running = this.running[at];
    while (!running.done && running.waiting === undefined)
      await new Promise<void>((resolve) => void setImmediate(resolve));
  }

  private envOf(running: Running, tab: Tab): Env {
    const step = async <T>(touch: Touch, call: () => T | Promise<T>): Promise<T> => {
      running.calls += 1;
      running.next = touch;
      await new Promise<void>((resolve) => {
        running.waiting = resolve;
      });
      const found = touch === 'wallet' ? [this.held(), wallet.acknowledged.length] : this.lastCommand();
      running.found += JSON.stringify(found);
      return call();
    };
    const { fake, wallet } = this;
    const statement = (inner: D1PreparedStatement, isStepped: boolean): D1PreparedStatement => {
      const through = <T>(call: () => Promise<T>) => (isStepped ? step('read', call) : call());
      return {
        inner,
        bind: (...values: unknown[]) => statement(inner.bind(...values), isStepped),
        all: () => through(() => inner.all()),
        run: () => through(() => inner.run()),
        raw: () => through(() => inner.raw()),
        first: () => through(() => inner.first()),
      } as never; // what the commands use of a statement
    };
    const innerOf = (one: D1PreparedStatement) => (one as never as { inner: D1PreparedStatement }).inner;
    const stub = {
      applyControl: (control: never) => step('wallet', () => wallet.applyControl(control)),
      setTrading: (command: PaperSwitchCommand) =>
        asked(tab, running, () => step('wallet', () => wallet.setTrading(command))),
      setLive: (command: LiveSwitchCommand) =>
        asked(tab, running, () => step('wallet', () => wallet.setLive(command))),
      setUserLive: (command: UserLiveCommand) =>
        asked(tab, running, () => step('wallet', () => wallet.setUserLive(command))),
      setEntries: (command: EntriesCommand) =>
        asked(tab, running, () => step('wallet', () => wallet.setEntries(command))),
      liveCheck: async () => [{ name: 'key', state: 'READY', sentence: '' }],
    };
    const silent = { applyControl: async () => {} };
    return {
      DB: {
        // The audit log alone decides nothing, but who set a switch last is read from it.
        prepare: (query: string) =>
          statement(fake.d1.prepare(query), !/^insert into "audit_log"/i.test(query)),
        batch: (statements: readonly D1PreparedStatement[]) =>
          step('write', async () => {
            await fake.d1.batch(statements.map(innerOf));
            const newest = 'SELECT command_id AS id FROM control_versions ORDER BY version DESC LIMIT 1';
            this.newestCommand = String(fake.sqlite.prepare(newest).get()?.id);
          }),
      },
      WALLET: { getByName: (name: string) => (name === WALLET_NAMES[this.stepped] ? stub : silent) },
      LEADER_FEED: { getByName: () => silent },
      FOLLOWED_USER: { getByName: () => silent },
    } as unknown as Env; // only what a switch command uses
  }
}

function fresh(): Running {
  return { next: 'read', waiting: undefined, done: false, calls: 0, asked: 0, found: '' };
}

async function asked<T>({ losesAnswer }: Tab, running: Running, call: () => Promise<T>): Promise<T> {
  const answer = await call();
  running.asked += 1;
  if (losesAnswer === 'every' || (losesAnswer === 'first' && running.asked === 1))
    throw new Error('the answer got lost');
  return answer;
}
