/** Deposits, withdrawals and the like: from when on they are read, and that none is lost or booked twice. */
import { beforeEach, describe, expect, it } from 'vitest';
import { DAY_MS, SECOND_MS } from '../../../../../domain/time.ts';
import { usd } from '../../../../domain/decide/example-facts.ts';
import { PRACTICE_FUNDER } from '../../../../system/world/practice-account.ts';
import { START_MS } from '../../../memory-ports.ts';
import { type LiveRoom, liveRoom } from '../live-room.ts';

let room: LiveRoom;

beforeEach(() => {
  room = liveRoom();
});

function openedAt(startMs: number): void {
  room.state.setOpened({ startMs, funder: PRACTICE_FUNDER, trades: [] });
}

/** From when on the account's activity was asked for, as milliseconds before the start. */
function readBackMs(): number {
  const asked = room.requests.findLast((url) => url.pathname.includes('activity'));
  return START_MS - Number(asked?.searchParams.get('start')) * SECOND_MS;
}

const deposit = (atMs: number) => ({
  type: 'DEPOSIT',
  transaction_hash: `0x${'5'.repeat(64)}`,
  usdc_size: '7',
  timestamp: atMs / SECOND_MS,
});

describe('activity is read', () => {
  it('from the opening on', async () => {
    openedAt(START_MS - 5 * SECOND_MS);
    await room.reconciler.run();
    expect(readBackMs()).toBe(5 * SECOND_MS);
  });

  it('a day back at the first reading, and a day before the last one after that', async () => {
    openedAt(START_MS - 10 * DAY_MS);
    await room.reconciler.run();
    expect(readBackMs()).toBe(DAY_MS);
    room.state.setFlowsThrough(START_MS - 3 * DAY_MS);
    await room.reconciler.run();
    expect(readBackMs()).toBe(4 * DAY_MS);
    await room.reconciler.run();
    expect(readBackMs()).toBe(DAY_MS);
  });
});

describe('an act of the account', () => {
  it('in the second of the opening is not booked, one a second later is', async () => {
    openedAt(START_MS - 10 * SECOND_MS);
    room.pages.activity = [deposit(START_MS - 10 * SECOND_MS)];
    await room.reconciler.run();
    expect(room.book.cash()).toBe(0n);
    room.pages.activity = [deposit(START_MS - 9 * SECOND_MS)];
    await room.reconciler.run();
    expect(room.book.cash()).toBe(usd('7'));
  });

  it('that cannot be stored is read again: nothing counts as read', async () => {
    room.pages.activity = [deposit(START_MS)];
    room.ports.refusesStatement = (query) => query.startsWith('INSERT INTO live_act');
    await room.reconciler.run();
    expect(room.state.flowsThroughMs()).toBeUndefined();
    room.ports.refusesStatement = undefined;
    await room.reconciler.run();
    expect(room.book.cash()).toBe(usd('7'));
  });

  it('that cannot be parsed is kept for the operator, and the others are booked', async () => {
    room.pages.activity = [{ type: 'DEPOSIT' }, deposit(START_MS)];
    await room.reconciler.run();
    expect(room.quarantine.total()).toBe(1);
    expect(room.book.cash()).toBe(usd('7'));
  });
});

describe('the reading of flows', () => {
  const act = (type: string, seconds: number): unknown => ({
    type,
    transaction_hash: `0x${'5'.repeat(64)}`,
    usdc_size: '7',
    timestamp: START_MS / 1_000 + seconds,
  });

  it('books deposits and withdrawals after the opening, each once', async () => {
    room.pages.activity = [
      act('DEPOSIT', -60),
      act('WITHDRAWAL', -30),
      act('DEPOSIT', -3_600),
      act('DEPOSIT', -7_200),
    ];
    await room.reconciler.run();
    await room.reconciler.run();
    const flows = room.ports.outboxedOf('ledger').map((row) => row.cashDeltaMicros);
    expect(flows).toEqual([usd('7'), usd('-7')]);
    expect(room.state.flowsThroughMs()).toBe(START_MS);
  });
});
