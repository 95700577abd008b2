// Two tabs press a switch at once: every order in which their calls can reach D1 and the Wallet, for every pair of values.
// Each switch has its own test file, so that both cores have one.
import { expect, it } from 'vitest';
import { ENTRY_STATES, LIVE_OVERRIDES, LIVE_STATES } from '../../../domain/settings/control.ts';
import {
  type EntryState,
  type LiveOverride,
  type LiveState,
  lowerEntries,
  lowerOverride,
  lowerState,
} from '../../../domain/settings/switches.ts';
import type { Timers } from '../../../durable-objects/platform/ports.ts';
import type { PaperState } from '../../../durable-objects/rpc.ts';
import { setLiveEntries } from '../../../worker/commands/live-entries.ts';
import { setLiveTrading } from '../../../worker/commands/live-switch.ts';
import { setPaperTrading } from '../../../worker/commands/paper-switch.ts';
import { setUserLive } from '../../../worker/commands/set-user-live.ts';
import { LEADER } from '../../ledger/records.ts';
import { Stepped } from './stepped.ts';
import type { Start, Switches } from './stepped-wallet.ts';
import { type Loses, type Pressed, Tab } from './tab.ts';

const NOW_MS = 1_000;
/** No limit ever strikes: a run that is left in the middle would log it, and a slow machine must not take another way. */
const timers: Timers = { after: () => () => {} };
/** Asked before or after the OFF that the Wallet stores at NOW_MS. */
const BEFORE_MS = 900;
const AFTER_MS = 1_100;

interface Scene<State extends string> {
  readonly values: readonly State[];
  readonly off: State;
  readonly lower: (a: State, b: State) => State;
  readonly start: (state: State, offAtMs: number | undefined) => Start;
  readonly command: (state: State, id: string, askedAtMs: number) => Pressed['run'];
  readonly of: (switches: Switches) => State;
}

function startAt(switches: Partial<Start>, offAtMs: number | undefined): Start {
  const offAt = offAtMs === undefined ? {} : { offAtMs };
  return {
    wallet: 'LIVE',
    paper: 'ON',
    live: 'ON',
    override: 'INHERIT',
    entries: 'ON',
    ...switches,
    ...offAt,
  };
}

/** The paper switch. */
export const PAPER: Scene<PaperState> = {
  values: ['OFF', 'ON'],
  off: 'OFF',
  lower: (a, b) => (a === 'OFF' ? a : b),
  start: (paper, offAtMs) => startAt({ wallet: 'PAPER', paper }, offAtMs),
  command: (state, commandId, nowMs) => (env) =>
    setPaperTrading(env, { commandId, actor: 'test', nowMs, state, timers }),
  of: ({ paper }) => paper,
};

/** The global switch. */
export const GLOBAL: Scene<LiveState> = {
  values: LIVE_STATES,
  off: 'OFF',
  lower: lowerState,
  start: (live, offAtMs) => startAt({ live }, offAtMs),
  command: (state, commandId, nowMs) => (env) =>
    setLiveTrading(env, { commandId, actor: 'test', nowMs, state, timers }),
  of: ({ live }) => live,
};

/** The override of one leader. */
export const OVERRIDE: Scene<LiveOverride> = {
  values: LIVE_OVERRIDES,
  off: 'FORCE_OFF',
  lower: lowerOverride,
  start: (override, offAtMs) => startAt({ override }, offAtMs),
  command: (override, commandId, nowMs) => (env) =>
    setUserLive(env, { commandId, actor: 'test', nowMs, leaderAddress: LEADER, override, timers }),
  of: ({ override }) => override,
};

/** The switch for entries, of all leaders. */
export const ENTRIES: Scene<EntryState> = {
  values: ENTRY_STATES,
  off: 'OFF',
  lower: lowerEntries,
  start: (entries, offAtMs) => startAt({ entries }, offAtMs),
  command: (state, commandId, nowMs) => (env) =>
    setLiveEntries(env, { commandId, actor: 'test', nowMs, leaderAddress: null, state, timers }),
  of: ({ entries }) => entries,
};

/** What one order of calls led to, for the switch of the scene. */
interface End<State> {
  readonly order: string;
  readonly saved: State;
  readonly held: State;
  /** What the Wallet acknowledged last; the start where it acknowledged nothing. */
  readonly acknowledged: State;
  readonly lastCommand: string;
}

const STEPPED = new Stepped(NOW_MS);

async function everyOrder<State extends string>(
  scene: Scene<State>,
  from: State,
  start: Start,
  tabs: readonly [Tab, Tab],
): Promise<readonly End<State>[]> {
  const ends = await STEPPED.ends(start, tabs);
  return ends.map(({ order, saved, held, acknowledged, lastCommand }) => ({
    order,
    saved: scene.of(saved),
    held: scene.of(held),
    acknowledged: (acknowledged as State | undefined) ?? from,
    lastCommand,
  }));
}

function expectInOrder<State extends string>(scene: Scene<State>, ends: readonly End<State>[]): void {
  expect(ends.length).toBeGreaterThan(0);
  for (const end of ends) {
    // Both commands have made a call, else nothing was looked at.
    expect(new Set(end.order)).toEqual(new Set('AB'));
    const isAbove = (a: State, b: State) => scene.lower(a, b) === b && a !== b;
    // D1 says no more than the Wallet does, and no more than it said last that it does.
    expect(isAbove(end.saved, end.held), `above what is held: ${JSON.stringify(end)}`).toBe(false);
    expect(isAbove(end.saved, end.acknowledged), `above what was said: ${JSON.stringify(end)}`).toBe(false);
    // Below only because somebody asked for that, never because a raise was taken back that another one has replaced.
    if (isAbove(end.acknowledged, end.saved))
      expect(end.lastCommand, JSON.stringify(end)).not.toMatch(/:back$/);
    // And with every call answered the two agree.
    expect(end.saved, JSON.stringify(end)).toBe(end.held);
  }
}

/** Every pair of values once; who is first is tried in every order anyway. Asking before an OFF matters only to a raise. */
export function testEveryPair<State extends string>(scene: Scene<State>): void {
  const { values, off } = scene;
  const all = values.flatMap((from) => values.flatMap((a) => values.map((b) => [a, b, from] as const)));
  const startOf = (from: State) => scene.start(from, from === off ? NOW_MS : undefined);
  const tabs = new Map<string, Promise<Tab>>();
  const tab = (state: State, id: string, askedAtMs: number, loses: Loses = 'none'): Promise<Tab> => {
    const which = `${state} ${id} ${askedAtMs} ${loses}`;
    const known = tabs.get(which);
    if (known !== undefined) return known;
    const { wallet } = startOf(off);
    const pressed = Tab.press({ run: scene.command(state, id, askedAtMs), wallet, loses });
    tabs.set(which, pressed);
    return pressed;
  };
  const ends = async (from: State, a: Promise<Tab>, b: Promise<Tab>) =>
    everyOrder(scene, from, startOf(from), [await a, await b]);
  it.each(all)('%s in one tab and %s in the other, from %s', async (a, b, from) => {
    const isTwin = values.indexOf(a) > values.indexOf(b);
    const isLate = a !== off && (from === off || b === off);
    for (const askedAtMs of [...(isLate ? [BEFORE_MS] : []), ...(isTwin ? [] : [AFTER_MS])])
      expectInOrder(scene, await ends(from, tab(a, 'a', askedAtMs), tab(b, 'b', AFTER_MS)));
  });
  it.each(values.filter((value) => value !== off))(
    '%s whose answer gets lost, and OFF in another tab, leave D1 no higher than the Wallet',
    async (a) => {
      for (const from of values)
        for (const end of await ends(from, tab(a, 'a', AFTER_MS, 'every'), tab(off, 'b', AFTER_MS)))
          expect(scene.lower(end.saved, end.held), JSON.stringify(end)).toBe(end.saved);
    },
  );
  const raises = values.filter((value) => value !== off);
  it.each(raises)(
    '%s asked for before an OFF that was acknowledged stays OFF, in the Wallet and in D1 (A17)',
    async (a) => {
      for (const end of await ends(off, tab(a, 'a', BEFORE_MS), tab(off, 'b', AFTER_MS)))
        expect([end.held, end.saved], JSON.stringify(end)).toEqual([off, off]);
    },
  );
  it.each(raises.flatMap((a) => raises.map((b) => [a, b] as const)))(
    '%s whose answer gets lost once, and %s in another tab, leave D1 no higher than the Wallet',
    async (a, b) => {
      // From OFF, and the other tab asks before it: that raise the Wallet refuses. Every other pair of raises is tried above.
      for (const end of await ends(off, tab(a, 'a', AFTER_MS, 'first'), tab(b, 'b', BEFORE_MS)))
        expect(scene.lower(end.saved, end.held), JSON.stringify(end)).toBe(end.saved);
    },
  );
}
