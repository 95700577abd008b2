/** The row of an owed exit as a table: what an exit, a try, a fill, a switch and the operator make of it (A44). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REASON_CODES, type ReasonCode } from '../../../domain/decide/reasons.ts';
import { groupKey, type IdempotencyKey, idempotencyKey } from '../../../domain/ids.ts';
import { shares } from '../../../domain/money.ts';
import {
  held,
  isDust,
  isOpen,
  kept,
  lookAfter,
  lowered,
  notSold,
  OWED_STATES,
  type OwedExit,
  type OwedState,
  owe,
  owedAgain,
  owedCounts,
  progressed,
  released,
  stateFor,
  tried,
} from '../../../domain/portfolio/owed-exit.ts';
import { HOUR_MS, MINUTE_MS } from '../../../domain/time.ts';
import { someShares } from '../arbitraries.ts';
import { A_SALE, at, exampleFacts, NOW, sh } from '../decide/example-facts.ts';

const INTENT = exampleFacts(A_SALE).intent;
const OTHER_KEY: IdempotencyKey = idempotencyKey({ ...INTENT, groupKey: groupKey(['an earlier exit']) });

/** An exit of a minute ago left 10 shares, and a first try has not sold them. */
const ROW: OwedExit = {
  leaderAddress: INTENT.leaderAddress,
  tokenId: INTENT.tokenId,
  conditionId: INTENT.conditionId,
  exitId: OTHER_KEY,
  state: 'OWED',
  shareMicros: sh('10'),
  cause: 'LIVE_NO_FILL',
  leaderExited: true,
  referencePriceMicros: at('0.60'),
  openedAtMs: NOW - 60_000,
  exitAtMs: NOW - 60_500,
  tries: 1,
  keptAtMs: null,
  looks: 3,
  nextLookAtMs: NOW + 777,
};

function row(state: OwedState, change: Partial<OwedExit> = {}): OwedExit {
  const nextLookAtMs = state === 'OWED' ? ROW.nextLookAtMs : null;
  const shareMicros = state === 'KEPT' || state === 'DONE' ? sh('0') : ROW.shareMicros;
  return { ...ROW, state, nextLookAtMs, shareMicros, ...change };
}

interface Left {
  readonly cause?: ReasonCode;
  readonly held?: boolean;
  readonly intent?: Partial<typeof INTENT>;
}

/** A further exit leaves 4 shares. */
function oweFour(before: OwedExit | undefined, { cause, held: isHeld, intent }: Left = {}): OwedExit {
  return owe(before, {
    intent: { ...INTENT, ...intent },
    shareMicros: sh('4'),
    cause: cause ?? 'BOOK_STALE',
    held: isHeld ?? false,
    nowMs: NOW,
  });
}

/** What each cause makes of a row; every other cause passes by itself. */
const BY_CAUSE: Partial<Record<ReasonCode, OwedState>> = {
  BELOW_MIN_ORDER_SIZE: 'TOO_SMALL',
  LIVE_BELOW_MIN_ORDER_SIZE: 'TOO_SMALL',
  ENGINE_PAUSED: 'HELD',
  LIVE_MODE_OFF: 'HELD',
  LIVE_SHADOW_ONLY: 'HELD',
  EVENT_TOO_OLD: 'EXPIRED',
  OWN_WALLET: 'BLOCKED',
  LIVE_ORDER_REJECTED: 'BLOCKED',
  LIVE_ORDER_TYPE_DISABLED: 'BLOCKED',
  LIVE_AMOUNTS_IMPOSSIBLE: 'BLOCKED',
};

/** A cause that makes a row of the state. */
const CAUSE_OF = {
  OWED: 'LIVE_NO_FILL',
  TOO_SMALL: 'BELOW_MIN_ORDER_SIZE',
  HELD: 'LIVE_MODE_OFF',
  BLOCKED: 'LIVE_ORDER_REJECTED',
  EXPIRED: 'EVENT_TOO_OLD',
} as const satisfies Partial<Record<OwedState, ReasonCode>>;

describe('a cause', () => {
  it.each(REASON_CODES.map((cause) => [cause, BY_CAUSE[cause] ?? 'OWED'] as const))(
    '%s makes a row %s',
    (cause, state) => {
      expect(stateFor(cause)).toBe(state);
      expect(oweFour(undefined, { cause }).state).toBe(state);
    },
  );
});

describe('a state', () => {
  it('is open unless nothing is owed any more', () => {
    expect(OWED_STATES.filter((state) => isOpen(row(state)))).toEqual([
      'OWED',
      'TOO_SMALL',
      'HELD',
      'BLOCKED',
      'EXPIRED',
    ]);
  });

  it('is dust only where it is too small and the leader is out (A47)', () => {
    expect(OWED_STATES.filter((state) => isDust(row(state)))).toEqual(['TOO_SMALL']);
    expect(OWED_STATES.filter((state) => isDust(row(state, { leaderExited: false })))).toEqual([]);
  });

  it('is in no count that people are shown, nor is a row that ended', () => {
    const none = { owed: 0, held: 0, blocked: 0, expired: 0, waiting: 0 };
    expect(owedCounts([])).toEqual(none);
    expect(owedCounts([row('TOO_SMALL'), row('KEPT'), row('DONE')])).toEqual(none);
    const shown = [row('OWED'), row('OWED'), row('HELD'), row('BLOCKED'), row('EXPIRED')];
    const waiting = row('TOO_SMALL', { leaderExited: false });
    expect(owedCounts([...shown, waiting])).toEqual({ owed: 2, held: 1, blocked: 1, expired: 1, waiting: 1 });
  });
});

describe('an exit that left shares', () => {
  it('opens a row with its own key, age and price, that is looked at soon', () => {
    expect(oweFour(undefined)).toEqual({
      leaderAddress: INTENT.leaderAddress,
      tokenId: INTENT.tokenId,
      conditionId: INTENT.conditionId,
      exitId: INTENT.idempotencyKey,
      state: 'OWED',
      shareMicros: sh('4'),
      cause: 'BOOK_STALE',
      leaderExited: false,
      referencePriceMicros: at('0.50'),
      openedAtMs: NOW,
      exitAtMs: INTENT.leaderEventAtMs,
      tries: 0,
      keptAtMs: null,
      looks: 0,
      nextLookAtMs: NOW + 2_000,
    });
  });

  it('adds to an open row and restarts its age, patience, price and pauses, but neither its id nor its tries', () => {
    expect(oweFour(ROW)).toEqual({
      ...ROW,
      lastExitId: INTENT.idempotencyKey,
      shareMicros: sh('14'),
      cause: 'BOOK_STALE',
      leaderExited: false,
      referencePriceMicros: at('0.50'),
      exitAtMs: INTENT.leaderEventAtMs,
      looks: 0,
      nextLookAtMs: NOW + 2_000,
    });
  });

  it('restarts them also where it is exactly as old as the last one', () => {
    expect(oweFour(ROW, { intent: { leaderEventAtMs: ROW.exitAtMs } })).toMatchObject({
      leaderExited: false,
      referencePriceMicros: at('0.50'),
    });
  });

  it('makes a row no older where it is found late', () => {
    expect(oweFour(ROW, { intent: { leaderEventAtMs: ROW.exitAtMs - 1 } })).toMatchObject({
      shareMicros: sh('14'),
      leaderExited: true,
      referencePriceMicros: ROW.referencePriceMicros,
      exitAtMs: ROW.exitAtMs,
      openedAtMs: ROW.openedAtMs,
    });
  });

  it.each<[before: OwedState, added: keyof typeof CAUSE_OF, after: OwedState]>([
    ['OWED', 'OWED', 'OWED'],
    ['OWED', 'TOO_SMALL', 'OWED'],
    ['OWED', 'HELD', 'HELD'],
    ['OWED', 'BLOCKED', 'BLOCKED'],
    ['OWED', 'EXPIRED', 'OWED'],
    ['TOO_SMALL', 'OWED', 'OWED'],
    ['TOO_SMALL', 'TOO_SMALL', 'OWED'],
    ['TOO_SMALL', 'HELD', 'HELD'],
    ['TOO_SMALL', 'BLOCKED', 'BLOCKED'],
    ['TOO_SMALL', 'EXPIRED', 'TOO_SMALL'],
    ['HELD', 'OWED', 'HELD'],
    ['HELD', 'TOO_SMALL', 'HELD'],
    ['HELD', 'HELD', 'HELD'],
    ['HELD', 'BLOCKED', 'HELD'],
    ['HELD', 'EXPIRED', 'HELD'],
    ['BLOCKED', 'OWED', 'OWED'],
    ['BLOCKED', 'TOO_SMALL', 'BLOCKED'],
    ['BLOCKED', 'HELD', 'HELD'],
    ['BLOCKED', 'BLOCKED', 'BLOCKED'],
    ['BLOCKED', 'EXPIRED', 'BLOCKED'],
    ['EXPIRED', 'OWED', 'OWED'],
    ['EXPIRED', 'TOO_SMALL', 'OWED'],
    ['EXPIRED', 'HELD', 'HELD'],
    ['EXPIRED', 'BLOCKED', 'BLOCKED'],
    ['EXPIRED', 'EXPIRED', 'EXPIRED'],
  ])('makes a row that is %s and gets one that is %s: %s', (before, added, after) => {
    const cause = CAUSE_OF[added];
    expect(oweFour(row(before), { cause })).toMatchObject({
      state: after,
      shareMicros: sh('14'),
      cause,
      nextLookAtMs: after === 'OWED' ? NOW + 2_000 : null,
    });
  });

  it.each(['OWED', 'TOO_SMALL', 'HELD', 'BLOCKED', 'EXPIRED'] as const)(
    'is held with a row that is %s where the switch was lowered since',
    (state) => {
      expect(oweFour(row(state), { held: true })).toMatchObject({ state: 'HELD', nextLookAtMs: null });
    },
  );

  it('is held in a new row where the switch was lowered since', () => {
    expect(oweFour(undefined, { held: true })).toMatchObject({ state: 'HELD', nextLookAtMs: null });
  });

  it.each(['KEPT', 'DONE'] as const)(
    'opens a row anew that is %s: its own shares alone are owed, and the tries go on counting',
    (state) => {
      const keptAtMs = state === 'KEPT' ? NOW - 5_000 : null;
      // A row that is over has no shares; these would have been kept.
      const before = row(state, { keptAtMs, shareMicros: sh('3'), tries: 7 });
      expect(oweFour(before)).toEqual({
        ...oweFour(undefined),
        keptAtMs,
        tries: 7,
      });
    },
  );
});

describe('the pause before a next look', () => {
  it.each([
    [0, 2],
    [1, 4],
    [2, 8],
    [3, 16],
    [4, 32],
    [5, 60],
    [6, 60],
    [40, 60],
    [5_000, 60],
  ])('is after %d looks in vain %d s', (looks, seconds) => {
    expect(lookAfter({ looks, exitAtMs: NOW - HOUR_MS }, NOW)).toBe(NOW + seconds * 1_000);
  });

  it.each([0, 40])('is five minutes after an hour, whatever the looks (%d)', (looks) => {
    expect(lookAfter({ looks, exitAtMs: NOW - HOUR_MS - 1 }, NOW)).toBe(NOW + 5 * MINUTE_MS);
  });
});

describe('a try', () => {
  it('has the next number before it is decided, and a next look in case that it never ends', () => {
    expect(tried(ROW, NOW)).toEqual({ ...ROW, tries: 2, nextLookAtMs: NOW + 16_000 });
  });

  it('that sold nothing pauses longer with each look', () => {
    let one: OwedExit = { ...ROW, looks: 0 };
    const pauses = [];
    for (let look = 0; look < 7; look += 1) {
      one = notSold(one, 'BOOK_STALE', NOW);
      pauses.push((one.nextLookAtMs! - NOW) / 1_000);
    }
    expect(pauses).toEqual([2, 4, 8, 16, 32, 60, 60]);
    expect(one).toMatchObject({ state: 'OWED', cause: 'BOOK_STALE', shareMicros: sh('10'), looks: 7 });
  });

  it.each(['TOO_SMALL', 'HELD', 'BLOCKED', 'EXPIRED'] as const)(
    'that ends with a cause for it makes the row %s, which is not looked at again',
    (state) => {
      const cause = CAUSE_OF[state];
      expect(notSold(ROW, cause, NOW)).toEqual({ ...ROW, state, cause, looks: 4, nextLookAtMs: null });
    },
  );

  it('leaves a row held that is held meanwhile', () => {
    expect(notSold(row('HELD'), 'LIVE_NO_FILL', NOW)).toMatchObject({
      state: 'HELD',
      cause: 'LIVE_NO_FILL',
      nextLookAtMs: null,
    });
  });

  it.each(['KEPT', 'DONE'] as const)('leaves a row as it is that is %s meanwhile', (state) => {
    expect(notSold(row(state), 'LIVE_NO_FILL', NOW)).toEqual(row(state));
  });
});

describe('a sale or a purchase', () => {
  it.each([
    ['0', '10', 'OWED'],
    ['0.01', '9.99', 'OWED'],
    ['0.000001', '9.99', 'OWED'],
    ['9.99', '0.01', 'OWED'],
    ['9.990001', '0', 'DONE'],
    ['10', '0', 'DONE'],
    ['11', '0', 'DONE'],
  ] as const)('of %s leaves %s owed, and the row %s', (by, left, state) => {
    expect(lowered(ROW, sh(by))).toEqual({
      ...ROW,
      shareMicros: sh(left),
      state,
      nextLookAtMs: state === 'DONE' ? null : ROW.nextLookAtMs,
    });
  });

  it.each(OWED_STATES)('of a part leaves the state %s as it is', (state) => {
    expect(lowered(row(state, { shareMicros: sh('10') }), sh('4'))).toMatchObject({
      state,
      shareMicros: sh('6'),
    });
  });

  it.each(OWED_STATES)('of all of a row that is %s leaves nothing to look at', (state) => {
    expect(lowered(row(state, { shareMicros: sh('10') }), sh('10'))).toMatchObject({
      state: state === 'KEPT' ? 'KEPT' : 'DONE',
      shareMicros: sh('0'),
      nextLookAtMs: null,
    });
  });

  it('never leaves less than nothing, nor a part of a hundredth', () => {
    fc.assert(
      fc.property(someShares, someShares, (owed, by) => {
        const { shareMicros, state } = lowered({ ...ROW, shareMicros: owed }, by);
        expect(shareMicros >= 0n && shareMicros % 10_000n === 0n).toBe(true);
        expect(shareMicros <= owed).toBe(true);
        expect(state).toBe(shareMicros === 0n ? 'DONE' : 'OWED');
      }),
    );
  });
});

describe('the order of a try that did not sell all', () => {
  const again = (before: OwedExit, cause: ReasonCode = 'LIVE_NO_FILL', isHeld = false): OwedExit =>
    owedAgain(before, { shareMicros: sh('4'), cause, held: isHeld, nowMs: NOW });

  it('makes the pauses grow, as a look in vain does', () => {
    const pauses: number[] = [];
    let one: OwedExit = { ...ROW, looks: 0 };
    for (let orders = 0; orders < 7; orders += 1) {
      one = again(one);
      pauses.push((one.nextLookAtMs ?? 0) - NOW);
    }
    expect(pauses).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
    expect(again(progressed(one)).nextLookAtMs).toBe(NOW + 2_000);
  });

  it('gives the shares back to the row, which is looked at after its pause', () => {
    expect(again(ROW, 'LIVE_RATE_LIMITED')).toEqual({
      ...ROW,
      shareMicros: sh('14'),
      cause: 'LIVE_RATE_LIMITED',
      looks: ROW.looks + 1,
      nextLookAtMs: NOW + 16_000,
    });
  });

  it('waits for a fresh reading of the balance where the venue did not see the shares', () => {
    expect(again(ROW, 'LIVE_SHARES_NOT_THERE_YET').nextLookAtMs).toBe(NOW + 12_000);
  });

  it('reopens a row that had sold or bought back everything, with its age and its tries', () => {
    expect(again(row('DONE'))).toEqual({
      ...row('DONE'),
      state: 'OWED',
      shareMicros: sh('4'),
      looks: ROW.looks + 1,
      nextLookAtMs: NOW + 16_000,
    });
  });

  it('does not reopen a row that the operator keeps', () => {
    expect(again(row('KEPT'))).toEqual(row('KEPT'));
  });

  it.each(['HELD', 'BLOCKED'] as const)('leaves a row %s, which a person has to look at', (state) => {
    const { looks } = row(state);
    expect(again(row(state))).toEqual({ ...row(state), shareMicros: sh('14'), looks: looks + 1 });
  });

  it.each(['OWED', 'TOO_SMALL', 'DONE', 'EXPIRED'] as const)(
    'is held with a row that is %s where the switch was lowered since',
    (state) => {
      expect(again(row(state), 'LIVE_NO_FILL', true)).toMatchObject({ state: 'HELD', nextLookAtMs: null });
    },
  );

  it.each(['TOO_SMALL', 'BLOCKED', 'EXPIRED', 'HELD'] as const)(
    'makes a row %s where that is its cause, and it is not looked at again',
    (state) => {
      expect(again(ROW, CAUSE_OF[state])).toMatchObject({ state, nextLookAtMs: null });
    },
  );
});

describe('a switch that is lowered', () => {
  it.each(OWED_STATES)('holds a row that is %s if it would be tried by itself', (state) => {
    const isTried = state === 'OWED' || state === 'TOO_SMALL';
    const after = isTried ? { ...row(state), state: 'HELD', nextLookAtMs: null } : row(state);
    expect(held(row(state))).toEqual(after);
  });
});

describe('the operator', () => {
  it.each(OWED_STATES)('confirms a row that is %s: it is tried from now on, unless it is over', (state) => {
    const isOver = state === 'KEPT' || state === 'DONE';
    const after = { ...row(state), state: 'OWED', exitAtMs: NOW, looks: 0, nextLookAtMs: NOW };
    expect(released(row(state), NOW)).toEqual(isOver ? row(state) : after);
  });

  it.each(OWED_STATES)('keeps the shares of a row that is %s', (state) => {
    expect(kept(row(state), NOW)).toEqual({
      ...row(state),
      state: 'KEPT',
      shareMicros: shares(0n),
      keptAtMs: NOW,
      nextLookAtMs: null,
    });
  });
});
