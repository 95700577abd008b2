/**
 * Two commands of the operator against one D1 and one Wallet, one call at a time, in every order. A command is a function of
 * the answers that it gets; D1 and the Wallet are functions of the calls that they get. What each did is kept, so that an order
 * which comes to a known place costs nothing, and none has to be left out.
 */
import type { StatementSync } from 'node:sqlite';
import type { Control } from '../../../domain/settings/control.ts';
import { initialControl, readControl, saveControl } from '../../../ledger/write/control-store.ts';
import { newFollowedUser } from '../../../worker/control/first-control.ts';
import { earlierSettings } from '../../domain/settings/earlier-settings.ts';
import { type FakeD1, openD1 } from '../../ledger/d1-over-sqlite.ts';
import { type Call, Places } from './places.ts';
import { leaderAddress, type Start, SteppedWallet, type Switches } from './stepped-wallet.ts';
import type { Tab } from './tab.ts';

/** All rows of the tables that a switch command writes. */
interface Rows {
  readonly control_versions: readonly Row[];
  readonly audit_log: readonly Row[];
}
type Row = Readonly<Record<string, string | number | null>>;

/** The Wallet after these calls. */
interface Asked {
  readonly start: Start;
  readonly control: Control;
  readonly calls: readonly Call[];
  readonly held: Switches;
  readonly acknowledged: SteppedWallet['acknowledged'];
}

/** What one order of calls led to. */
export interface Ended {
  /** Which tab made each call, as A and B. */
  readonly order: string;
  readonly saved: Switches;
  readonly held: Switches;
  /** What the Wallet acknowledged last; undefined where it acknowledged nothing. */
  readonly acknowledged: SteppedWallet['acknowledged'];
  /** The command that set the newest version. */
  readonly lastCommand: string;
}

/** Where everything stands: the two commands, D1 and the Wallet. */
interface Standing {
  readonly tabs: readonly [number, number];
  readonly d1: number;
  readonly wallet: number;
}

/** One D1 and one Wallet, as they are found by any two commands. */
export class Stepped {
  private readonly fake = openD1();
  private readonly inserts = new Map<string, StatementSync>();
  private readonly savedAt = new Map<number, Switches>();
  private wallet: SteppedWallet | undefined;
  private readonly d1Places = new Places<Rows>({
    standAt: (rows) => this.restore(rows),
    take: (call) => takeD1(this.fake.d1, call),
    place: () => this.d1Place(),
  });
  private readonly walletPlaces = new Places<Asked>({
    standAt: (asked) => this.askAgain(asked),
    take: (call) => takeWallet(this.wallet!, call),
    place: ({ start, control, calls }, call) => this.walletPlace({ start, control, calls: [...calls, call] }),
  });

  constructor(private readonly nowMs: number) {}

  /** Every end of the two commands, over every order of their calls. */
  async ends(start: Start, tabs: readonly [Tab, Tab]): Promise<readonly Ended[]> {
    const begin: Standing = { tabs: [0, 0], ...(await this.begin(start)) };
    const orders = new Map([[keyOf(begin), '']]);
    const ends: Ended[] = [];
    const open = [begin];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      const order = orders.get(keyOf(at))!;
      const waiting = ([0, 1] as const).filter((which) => tabs[which].at(at.tabs[which]).call !== undefined);
      if (waiting.length === 0) ends.push(await this.ended(at, order));
      for (const which of waiting) {
        const next = await this.step(at, which, tabs[which]);
        const key = keyOf(next);
        if (orders.has(key)) continue;
        orders.set(key, `${order}${'AB'[which]}`);
        open.push(next);
      }
    }
    return ends;
  }

  /** Lets the next call of a tab through, until it makes another one or has ended. */
  private async step(at: Standing, which: 0 | 1, tab: Tab): Promise<Standing> {
    const { call, callNumber } = tab.at(at.tabs[which]);
    const to = call!.to;
    const places = to === 'd1' ? this.d1Places : this.walletPlaces;
    const known = places.known(at[to], callNumber);
    const { answer, after } = known ?? (await places.call(at[to], callNumber, call!));
    const place = at.tabs[which];
    const gone = tab.known(place, answer) ?? (await tab.answered(place, answer));
    const both = which === 0 ? ([gone, at.tabs[1]] as const) : ([at.tabs[0], gone] as const);
    return { ...at, [to]: after, tabs: both };
  }

  private async begin(start: Start): Promise<Pick<Standing, 'd1' | 'wallet'>> {
    const { fake } = this;
    this.restore({ control_versions: [], audit_log: [] });
    this.d1Places.moved();
    await saveStart(fake, start);
    const d1 = this.d1Places.numberOf(this.d1Place());
    const control = (await readControl(fake.d1))!;
    const asked = { start, control, calls: [] };
    this.askAgain(asked);
    this.walletPlaces.moved();
    return { d1, wallet: this.walletPlaces.numberOf(this.walletPlace(asked)) };
  }

  private async ended(at: Standing, order: string): Promise<Ended> {
    const { held, acknowledged } = this.walletPlaces.at(at.wallet);
    const { control_versions: versions } = this.d1Places.at(at.d1);
    const saved = this.savedAt.get(at.d1) ?? (await this.readSaved(at.d1));
    return { order, saved, held, acknowledged, lastCommand: String(versions.at(-1)!.command_id) };
  }

  private async readSaved(d1: number): Promise<Switches> {
    this.restore(this.d1Places.at(d1));
    this.d1Places.moved();
    const { paperTrading, liveTrading, liveEntries, followedUsers } = (await readControl(this.fake.d1))!;
    const override = followedUsers[0]!.liveOverride;
    const saved = { paper: paperTrading, live: liveTrading, override, entries: liveEntries };
    this.savedAt.set(d1, saved);
    return saved;
  }

  private restore({ control_versions: versions, audit_log: audit }: Rows): void {
    const { sqlite } = this.fake;
    // Its numbers begin anew, too.
    sqlite.exec('DELETE FROM control_versions; DELETE FROM audit_log; DELETE FROM sqlite_sequence');
    for (const row of versions) this.insert('control_versions', row);
    for (const row of audit) this.insert('audit_log', row);
  }

  private insert(table: keyof Rows, row: Row): void {
    const names = Object.keys(row);
    const query = `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`;
    const prepared = this.inserts.get(query) ?? this.fake.sqlite.prepare(query);
    this.inserts.set(query, prepared);
    prepared.run(...Object.values(row));
  }

  private d1Place(): { readonly text: string; readonly place: Rows } {
    const all = (query: string) => this.fake.sqlite.prepare(query).all() as Row[];
    const place = {
      control_versions: all('SELECT * FROM control_versions ORDER BY version'),
      audit_log: all('SELECT * FROM audit_log ORDER BY audit_no'),
    };
    return { text: JSON.stringify(place), place };
  }

  private askAgain({ start, control, calls }: Pick<Asked, 'start' | 'control' | 'calls'>): void {
    const wallet = new SteppedWallet(this.nowMs, start);
    wallet.applyControl(control);
    for (const call of calls) {
      try {
        takeWallet(wallet, call);
      } catch {
        // As the first time: the answer with the error is kept already.
      }
    }
    this.wallet = wallet;
  }

  private walletPlace(asked: Pick<Asked, 'start' | 'control' | 'calls'>) {
    const { acknowledged } = this.wallet!;
    return { text: this.wallet!.memory(), place: { ...asked, held: this.wallet!.held(), acknowledged } };
  }
}

function keyOf({ tabs: [a, b], d1, wallet }: Standing): string {
  return `${a} ${b} ${d1} ${wallet}`;
}

async function saveStart(fake: FakeD1, { paper, live, override, entries }: Start): Promise<void> {
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
}

function takeD1(d1: D1Database, call: Call): Promise<unknown> {
  if (call.to !== 'd1') throw new Error('not a call to D1');
  const statements = call.statements.map(({ query, values }) => d1.prepare(query).bind(...values));
  const one = statements[0]!;
  switch (call.how) {
    case 'batch':
      return d1.batch(statements);
    case 'all':
      return one.all();
    case 'run':
      return one.run();
    case 'raw':
      return one.raw();
    case 'first':
      return one.first();
  }
}

function takeWallet(wallet: SteppedWallet, call: Call): unknown {
  if (call.to !== 'wallet') throw new Error('not a call to the Wallet');
  return wallet[call.how](call.command as never); // the command that the tab sent under this name
}
