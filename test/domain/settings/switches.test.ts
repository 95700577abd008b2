/** The behaviour matrix of the spec (live-trading-spec.md 2, R11–R20, A5–A7), one row per combination of the switches. */
import { describe, expect, it } from 'vitest';
import {
  type FollowedUserControl,
  LIVE_OVERRIDES,
  LIVE_STATES,
  paperFollowState,
} from '../../../domain/settings/control.ts';
import {
  type EntryState,
  effectiveLive,
  type LiveOverride,
  type LiveState,
  lowerEntries,
  lowerOverride,
  lowerState,
} from '../../../domain/settings/switches.ts';
import { LEADER } from '../decide/example-facts.ts';

/** `paper` is the global switch; `follow` and `list` are the leader's: paused or not, removed or not. */
const MATRIX = `
  paper | live   | override  | follow  | list    | paper Wallet | live Wallet
  ON    | OFF    | INHERIT   | follows | listed  | copies all   | nothing
  ON    | OFF    | INHERIT   | follows | removed | copies exits | nothing
  ON    | OFF    | INHERIT   | paused  | listed  | copies exits | nothing
  ON    | OFF    | INHERIT   | paused  | removed | copies exits | nothing
  ON    | OFF    | FORCE_ON  | follows | listed  | copies all   | nothing
  ON    | OFF    | FORCE_ON  | follows | removed | copies exits | nothing
  ON    | OFF    | FORCE_ON  | paused  | listed  | copies exits | nothing
  ON    | OFF    | FORCE_ON  | paused  | removed | copies exits | nothing
  ON    | OFF    | FORCE_OFF | follows | listed  | copies all   | nothing
  ON    | OFF    | FORCE_OFF | follows | removed | copies exits | nothing
  ON    | OFF    | FORCE_OFF | paused  | listed  | copies exits | nothing
  ON    | OFF    | FORCE_OFF | paused  | removed | copies exits | nothing
  ON    | SHADOW | INHERIT   | follows | listed  | copies all   | shadows all
  ON    | SHADOW | INHERIT   | follows | removed | copies exits | shadows exits
  ON    | SHADOW | INHERIT   | paused  | listed  | copies exits | shadows exits
  ON    | SHADOW | INHERIT   | paused  | removed | copies exits | shadows exits
  ON    | SHADOW | FORCE_ON  | follows | listed  | copies all   | shadows all
  ON    | SHADOW | FORCE_ON  | follows | removed | copies exits | shadows exits
  ON    | SHADOW | FORCE_ON  | paused  | listed  | copies exits | shadows all
  ON    | SHADOW | FORCE_ON  | paused  | removed | copies exits | shadows exits
  ON    | SHADOW | FORCE_OFF | follows | listed  | copies all   | nothing
  ON    | SHADOW | FORCE_OFF | follows | removed | copies exits | nothing
  ON    | SHADOW | FORCE_OFF | paused  | listed  | copies exits | nothing
  ON    | SHADOW | FORCE_OFF | paused  | removed | copies exits | nothing
  ON    | ON     | INHERIT   | follows | listed  | copies all   | copies all
  ON    | ON     | INHERIT   | follows | removed | copies exits | copies exits
  ON    | ON     | INHERIT   | paused  | listed  | copies exits | copies exits
  ON    | ON     | INHERIT   | paused  | removed | copies exits | copies exits
  ON    | ON     | FORCE_ON  | follows | listed  | copies all   | copies all
  ON    | ON     | FORCE_ON  | follows | removed | copies exits | copies exits
  ON    | ON     | FORCE_ON  | paused  | listed  | copies exits | copies all
  ON    | ON     | FORCE_ON  | paused  | removed | copies exits | copies exits
  ON    | ON     | FORCE_OFF | follows | listed  | copies all   | nothing
  ON    | ON     | FORCE_OFF | follows | removed | copies exits | nothing
  ON    | ON     | FORCE_OFF | paused  | listed  | copies exits | nothing
  ON    | ON     | FORCE_OFF | paused  | removed | copies exits | nothing
  OFF   | OFF    | INHERIT   | follows | listed  | nothing      | nothing
  OFF   | OFF    | INHERIT   | follows | removed | nothing      | nothing
  OFF   | OFF    | INHERIT   | paused  | listed  | nothing      | nothing
  OFF   | OFF    | INHERIT   | paused  | removed | nothing      | nothing
  OFF   | OFF    | FORCE_ON  | follows | listed  | nothing      | nothing
  OFF   | OFF    | FORCE_ON  | follows | removed | nothing      | nothing
  OFF   | OFF    | FORCE_ON  | paused  | listed  | nothing      | nothing
  OFF   | OFF    | FORCE_ON  | paused  | removed | nothing      | nothing
  OFF   | OFF    | FORCE_OFF | follows | listed  | nothing      | nothing
  OFF   | OFF    | FORCE_OFF | follows | removed | nothing      | nothing
  OFF   | OFF    | FORCE_OFF | paused  | listed  | nothing      | nothing
  OFF   | OFF    | FORCE_OFF | paused  | removed | nothing      | nothing
  OFF   | SHADOW | INHERIT   | follows | listed  | nothing      | shadows all
  OFF   | SHADOW | INHERIT   | follows | removed | nothing      | shadows exits
  OFF   | SHADOW | INHERIT   | paused  | listed  | nothing      | shadows exits
  OFF   | SHADOW | INHERIT   | paused  | removed | nothing      | shadows exits
  OFF   | SHADOW | FORCE_ON  | follows | listed  | nothing      | shadows all
  OFF   | SHADOW | FORCE_ON  | follows | removed | nothing      | shadows exits
  OFF   | SHADOW | FORCE_ON  | paused  | listed  | nothing      | shadows all
  OFF   | SHADOW | FORCE_ON  | paused  | removed | nothing      | shadows exits
  OFF   | SHADOW | FORCE_OFF | follows | listed  | nothing      | nothing
  OFF   | SHADOW | FORCE_OFF | follows | removed | nothing      | nothing
  OFF   | SHADOW | FORCE_OFF | paused  | listed  | nothing      | nothing
  OFF   | SHADOW | FORCE_OFF | paused  | removed | nothing      | nothing
  OFF   | ON     | INHERIT   | follows | listed  | nothing      | copies all
  OFF   | ON     | INHERIT   | follows | removed | nothing      | copies exits
  OFF   | ON     | INHERIT   | paused  | listed  | nothing      | copies exits
  OFF   | ON     | INHERIT   | paused  | removed | nothing      | copies exits
  OFF   | ON     | FORCE_ON  | follows | listed  | nothing      | copies all
  OFF   | ON     | FORCE_ON  | follows | removed | nothing      | copies exits
  OFF   | ON     | FORCE_ON  | paused  | listed  | nothing      | copies all
  OFF   | ON     | FORCE_ON  | paused  | removed | nothing      | copies exits
  OFF   | ON     | FORCE_OFF | follows | listed  | nothing      | nothing
  OFF   | ON     | FORCE_OFF | follows | removed | nothing      | nothing
  OFF   | ON     | FORCE_OFF | paused  | listed  | nothing      | nothing
  OFF   | ON     | FORCE_OFF | paused  | removed | nothing      | nothing
`;

interface Row {
  readonly paper: 'ON' | 'OFF';
  readonly live: LiveState;
  readonly override: LiveOverride;
  readonly paperEnabled: boolean;
  readonly removed: boolean;
  readonly expectedPaper: string;
  readonly expectedLive: string;
}

const ROWS: readonly Row[] = MATRIX.trim()
  .split('\n')
  .slice(1)
  .map((line) => {
    const [paper, live, override, follow, list, expectedPaper = '', expectedLive = ''] = line
      .split('|')
      .map((cell) => cell.trim());
    return {
      paper: paper === 'ON' ? 'ON' : 'OFF',
      live: LIVE_STATES.find((state) => state === live)!,
      override: LIVE_OVERRIDES.find((one) => one === override)!,
      paperEnabled: follow === 'follows',
      removed: list === 'removed',
      expectedPaper,
      expectedLive,
    };
  });

function userOf(row: Row): FollowedUserControl {
  return {
    leaderAddress: LEADER,
    label: 'leader',
    paperEnabled: row.paperEnabled,
    liveOverride: row.override,
    liveEntries: 'ON',
    followFromMs: 0,
    removed: row.removed,
    overrides: { PAPER: {}, LIVE: {} },
  };
}

function paperDoes(row: Row): string {
  if (row.paper === 'OFF') return 'nothing';
  return paperFollowState(userOf(row)) === 'FOLLOWED' ? 'copies all' : 'copies exits';
}

function liveDoes(row: Row): string {
  const { state, exitOnly } = effectiveLive({
    global: row.live,
    override: row.override,
    paperFollowed: row.paperEnabled,
    removed: row.removed,
  });
  if (state === 'OFF') return 'nothing';
  return `${state === 'ON' ? 'copies' : 'shadows'} ${exitOnly ? 'exits' : 'all'}`;
}

describe('the switches', () => {
  it.each(ROWS)('paper $paper, live $live, $override, enabled $paperEnabled, removed $removed', (row) => {
    expect([paperDoes(row), liveDoes(row)]).toEqual([row.expectedPaper, row.expectedLive]);
  });

  it('have a row for every combination, each once', () => {
    const keys = ROWS.map(({ expectedPaper: _p, expectedLive: _l, ...given }) => JSON.stringify(given));
    expect(new Set(keys).size).toBe(2 * 3 * 3 * 2 * 2);
    expect(keys).toHaveLength(2 * 3 * 3 * 2 * 2);
  });

  it('of paper never matter to the live Wallet, nor those of live to paper (R11, R12, R20)', () => {
    for (const row of ROWS) {
      expect(liveDoes({ ...row, paper: row.paper === 'ON' ? 'OFF' : 'ON' })).toBe(row.expectedLive);
      for (const live of LIVE_STATES) expect(paperDoes({ ...row, live })).toBe(row.expectedPaper);
    }
  });
});

describe('the live Wallet', () => {
  it.each([
    ['OFF', 'FORCE_ON'],
    ['OFF', 'INHERIT'],
    ['ON', 'FORCE_OFF'],
  ] as const)('stops exits too when the switch is %s and the leader %s', (global, override) => {
    expect(effectiveLive({ global, override, paperFollowed: false, removed: true })).toEqual({
      state: 'OFF',
      exitOnly: false,
    });
  });
});

describe('the lower of two', () => {
  it.each([
    ['OFF', 'ON', 'OFF'],
    ['OFF', 'SHADOW', 'OFF'],
    ['SHADOW', 'ON', 'SHADOW'],
    ['ON', 'ON', 'ON'],
  ] as const)('states %s and %s is %s, in either order', (a, b, lower) => {
    expect([lowerState(a, b), lowerState(b, a)]).toEqual([lower, lower]);
  });

  it.each([
    ['FORCE_OFF', 'FORCE_ON', 'FORCE_OFF'],
    ['FORCE_OFF', 'INHERIT', 'FORCE_OFF'],
    ['INHERIT', 'FORCE_ON', 'INHERIT'],
    ['FORCE_ON', 'FORCE_ON', 'FORCE_ON'],
  ] as const)('overrides %s and %s is %s, in either order', (a, b, lower) => {
    expect([lowerOverride(a, b), lowerOverride(b, a)]).toEqual([lower, lower]);
  });
});

describe('the switches for entries (A61)', () => {
  it.each([
    ['ON', 'ON', 'ON'],
    ['ON', 'OFF', 'OFF'],
    ['OFF', 'ON', 'OFF'],
    ['OFF', 'OFF', 'OFF'],
  ] satisfies [EntryState, EntryState, EntryState][])(
    'global %s and the leader’s own %s let purchases %s',
    (global, own, expected) => {
      expect(lowerEntries(global, own)).toBe(expected);
    },
  );
});
