/** The order of the minute's reading, and up to when the account counts as read. */
import { beforeEach, expect, it } from 'vitest';
import { DAY_MS, SECOND_MS } from '../../../../../domain/time.ts';
import { TOKEN, usd } from '../../../../domain/decide/example-facts.ts';
import { PRACTICE_FUNDER } from '../../../../system/world/practice-account.ts';
import { START_MS } from '../../../memory-ports.ts';
import { EXTERNAL_ID, fillReport } from '../../stores.ts';
import { type LiveRoom, liveRoom } from '../live-room.ts';

const DEPOSIT = {
  type: 'DEPOSIT',
  transaction_hash: `0x${'5'.repeat(64)}`,
  usdc_size: '1000',
  timestamp: START_MS / SECOND_MS,
};

let room: LiveRoom;

beforeEach(() => {
  room = liveRoom();
});

it('books flows before it compares the balance, so that a deposit is no difference', async () => {
  room.pages.activity = [DEPOSIT];
  await room.reconciler.run();
  expect(room.book.cash()).toBe(usd('1000'));
  expect(room.differences.list()).toEqual([]);
});

it('compares balance and positions at the end', async () => {
  await room.reconciler.run();
  expect(room.differences.list().map((one) => one.subject)).toEqual(['CASH']);
});

it('counts as read up to its beginning, since a trade may be made while it reads', async () => {
  room.api.listTrades = async () => {
    room.ports.atMs += 4_000;
    return [];
  };
  await room.reconciler.run();
  expect(room.state.readThroughMs()).toBe(START_MS);
});

it('asks by id for trades whose settlement is open and that are older than the list', async () => {
  room.state.setOpened({ startMs: START_MS - 9 * DAY_MS, funder: PRACTICE_FUNDER, trades: [] });
  room.state.setReadThrough(START_MS);
  const fills = [
    fillReport({ orderId: EXTERNAL_ID, tradeId: 'old', matchedAtMs: START_MS - 2 * DAY_MS }),
    fillReport({ orderId: EXTERNAL_ID, tradeId: 'listed', matchedAtMs: START_MS }),
  ];
  room.evidence.take({ ...room.evidence.nothing(), fills, fees: new Map([[TOKEN, null]]) });
  const asked: string[] = [];
  room.api.fetchTrade = async (tradeId) => {
    asked.push(tradeId);
    return [];
  };
  await room.reconciler.run();
  expect(asked).toEqual(['old']);
});

it('does not count as read when its balance could not be', async () => {
  const before = room.state.readThroughMs();
  room.ports.atMs += 1_000;
  room.api.fetchCollateral = () => Promise.reject(new Error('silence'));
  await room.reconciler.run();
  expect(room.state.readThroughMs()).toBe(before);
});
