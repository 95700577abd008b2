/** Rows kept in memory for a while: the newest thousand. */
import { expect, it } from 'vitest';
import { RecentRows } from '../../../../../durable-objects/wallet/live/orders/recent-rows.ts';

it('a row is read once, until a thousand others came after it', () => {
  const rows = new RecentRows<number>();
  let reads = 0;
  const read = (): number => {
    reads += 1;
    return 7;
  };
  expect([rows.get('first', read), rows.get('first', read), reads]).toEqual([7, 7, 1]);
  for (let index = 1; index < 1_000; index += 1) rows.set(`${index}`, index);
  expect([rows.get('first', read), reads]).toEqual([7, 1]);
  // One that is set again takes no room of another.
  rows.set('999', 0);
  expect([rows.get('first', read), reads]).toEqual([7, 1]);
  rows.set('1000', 1_000);
  expect([rows.get('first', read), reads]).toEqual([7, 2]);
});

it('a row that does not exist is asked for again', () => {
  const rows = new RecentRows<number>();
  expect([rows.get('later', () => undefined), rows.get('later', () => 1)]).toEqual([undefined, 1]);
});
