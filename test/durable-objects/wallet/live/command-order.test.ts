/** Commands on one switch in the order in which they were saved. */
import { expect, it } from 'vitest';
import { CommandOrder } from '../../../../durable-objects/wallet/live/command-order.ts';

it('finds a command overtaken once a later one on the same switch was answered, and the same one again not', () => {
  const order = new CommandOrder();
  expect(order.isOvertaken('a', 5)).toBe(false);
  expect(order.isOvertaken('a', 5)).toBe(false);
  expect(order.isOvertaken('a', 4)).toBe(true);
  expect(order.isOvertaken('b', 4)).toBe(false);
  expect(order.isOvertaken('a', 6)).toBe(false);
  expect(order.isOvertaken('a', 5)).toBe(true);
});
