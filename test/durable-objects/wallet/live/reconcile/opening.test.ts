/** When the ledger is not opened: each thing that could put a wrong first balance into it. */
import { beforeEach, expect, it } from 'vitest';
import { CONDITION, TOKEN, usd } from '../../../../domain/decide/example-facts.ts';
import { START_MS } from '../../../memory-ports.ts';
import { fillReport } from '../../stores.ts';
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

it('is not opened while a position cannot be parsed; it tries three times', async () => {
  room.pages.positions = [POSITION, { token_id: 'x' }];
  await room.reconciler.run();
  expect(collateralReads).toBe(3);
  expect(room.state.openedAtMs()).toBeUndefined();
  expect(room.book.cash()).toBe(0n);
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
