/** The opening of the ledger: what it books, and each thing that it waits for because it could make the first balance wrong. */
import { beforeEach, describe, expect, it } from 'vitest';
import { EXTERNAL_LEADER } from '../../../../../domain/ids.ts';
import { MINUTE_MS } from '../../../../../domain/time.ts';
import { at, CONDITION, sh, TOKEN, usd } from '../../../../domain/decide/example-facts.ts';
import { PRACTICE_FUNDER } from '../../../../system/world/practice-account.ts';
import { START_MS } from '../../../memory-ports.ts';
import { fillReport, ORDER_ID, tokenState } from '../../stores.ts';
import { type LiveRoom, liveRoom } from '../live-room.ts';

const POSITION = { token_id: TOKEN, condition_id: CONDITION, size: '4', avg_price: '0.25' };

let room: LiveRoom;
let collateralReads: number;

beforeEach(() => {
  room = liveRoom({ unopened: true });
  collateralReads = 0;
  room.api.fetchCollateral = async () => {
    collateralReads += 1;
    return { balanceMicros: usd('1000'), allowanceMicros: {} };
  };
});

/** A row that could not be parsed is left out of the read under way. */
function unreadable(): void {
  room.reports.onUnread({ reason: 'trade size', excerpt: '{}' });
}

it.each([
  ['whose token cannot be read', { token_id: 'x' }],
  ['whose size cannot be read', { current_size: 'x' }],
])('is opened though there is a position %s, which is quarantined', async (_what, odd) => {
  room.pages.positions = [POSITION, { ...POSITION, token_id: '77', ...odd }];
  await room.reconciler.run();
  expect(collateralReads).toBe(1);
  expect(room.state.openedAtMs()).toBe(START_MS);
  expect(room.book.open().map((one) => one.tokenId)).toEqual([POSITION.token_id]);
  expect(room.ports.outboxedOf('quarantine')).toHaveLength(1);
});

it('knows the balance as of the time when it was asked for, however long the positions took', async () => {
  room.pages.positions = [POSITION];
  room.feed.tokenStates = async () => {
    room.ports.atMs += 180_000;
    return [];
  };
  await room.reconciler.run();
  expect(room.state.collateral()?.atMs).toBe(START_MS);
});

it('is not opened once the credentials are gone, since the address could not be stored', async () => {
  room.pages.positions = [POSITION];
  room.feed.tokenStates = async () => {
    room.connection.disconnect();
    return [];
  };
  await room.reconciler.run();
  expect(room.state.openedAtMs()).toBeUndefined();
  expect(room.kv.get('reconcileError')).toContain('no credentials');
});

it('is opened by the try into which no trade fell', async () => {
  let lists = 0;
  room.api.listTrades = async () => {
    lists += 1;
    return lists === 1 ? [] : [fillReport({ state: 'CONFIRMED' })];
  };
  await room.reconciler.run();
  expect(collateralReads).toBe(2);
  expect(room.state.openedAtMs()).toBe(START_MS);
  expect(room.state.openingTrades()).toHaveLength(1);
});

it('is opened by the same trades in another order', async () => {
  const trades = ['a', 'b'].map((tradeId) => fillReport({ tradeId, state: 'CONFIRMED' }));
  room.api.listTrades = async () => trades.reverse().slice();
  await room.reconciler.run();
  expect(collateralReads).toBe(1);
  expect(room.state.openedAtMs()).toBe(START_MS);
});

it('counts from before its balance was read, and compares the trades of a minute', async () => {
  const after: number[] = [];
  room.ports.atMs += 999;
  room.api.listTrades = async ({ afterS }) => {
    after.push(afterS);
    return [];
  };
  room.feed.tokenStates = async () => {
    room.ports.atMs += 20_000;
    return [];
  };
  room.pages.positions = [POSITION];
  await room.reconciler.run();
  // Whole seconds, as the venue's times are.
  expect(room.state.openedAtMs()).toBe(START_MS);
  expect(after).toEqual([START_MS / 1_000 - 60, START_MS / 1_000 - 60]);
});

it('books nothing when a part of it cannot be stored', async () => {
  room.ports.refusesStatement = (query) => query.startsWith('INSERT INTO venue_position');
  room.pages.positions = [POSITION];
  await room.reconciler.run();
  room.ports.refusesStatement = undefined;
  expect(room.state.openedAtMs()).toBeUndefined();
  expect(room.ports.outboxedOf('ledger')).toEqual([]);
});

describe('the opening', () => {
  it('books the balance, and names the account and the trades that it contains', async () => {
    const settled = fillReport({ state: 'CONFIRMED' });
    room.api.listTrades = async () => [settled];
    room.pages.positions = [POSITION];
    await room.reconciler.run();
    expect(room.book.open()).toMatchObject([
      { leaderAddress: EXTERNAL_LEADER, shareMicros: sh('4'), costMicros: usd('1') },
    ]);
    expect(room.differences.venuePositions()).toHaveLength(1);
    expect(room.state.openedAtMs()).toBe(START_MS);
    expect(room.state.openedFunder()).toBe(PRACTICE_FUNDER);
    expect(room.state.openingTrades()).toEqual([`trade-1 ${ORDER_ID}`]);
    expect(room.book.cash()).toBe(usd('1000'));
    expect(room.state.collateral()?.balanceMicros).toBe(usd('1000'));
    expect(room.kv.get('lastReconcileAt')).toBe(START_MS);
  });

  it('waits while a trade has not settled', async () => {
    room.api.listTrades = async () => [fillReport({ state: 'MATCHED' })];
    await room.reconciler.run();
    expect(room.state.openedAtMs()).toBeUndefined();
    expect(room.ports.logs).toMatchObject([
      { level: 'warn', message: expect.stringContaining('not opened yet') },
    ]);
  });

  it('waits while a row was left out of its read', async () => {
    let reads = 0;
    room.api.listTrades = async () => {
      reads += 1;
      unreadable();
      return [];
    };
    await room.reconciler.run();
    expect(reads).toBe(1);
    expect(room.state.openedAtMs()).toBeUndefined();
  });

  it('tries three times when trades fall into it, and then not before the next minute', async () => {
    let reads = 0;
    room.api.listTrades = async () => {
      reads += 1;
      return [fillReport({ tradeId: `t${reads}`, state: 'CONFIRMED' })];
    };
    await room.reconciler.run();
    expect(room.state.openedAtMs()).toBeUndefined();
    expect(reads).toBe(6);
    expect(room.dueIn('reconcile')).toBe(MINUTE_MS);
  });
});

it('leaves out worthless shares, which were lost before it', async () => {
  room.pages.positions = [POSITION];
  room.feed.tokenStates = async () => [{ ...tokenState('0.40'), payoutPriceMicros: at('0') }];
  await room.reconciler.run();
  expect(room.state.openedAtMs()).toBe(START_MS);
  expect(room.book.open()).toEqual([]);
});
