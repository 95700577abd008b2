/** Sales that wait for their shares to become final: durable, oldest first, one per intent. */
import { expect, it } from 'vitest';
import { groupKey, idempotencyKey } from '../../../../domain/ids.ts';
import { ExitWaits } from '../../../../durable-objects/wallet/exits/exit-waits.ts';
import { LEADER, TOKEN } from '../../../domain/decide/example-facts.ts';
import { MemoryPorts } from '../../memory-ports.ts';
import { exampleIntent } from '../stores.ts';

const sale = (group: string) =>
  exampleIntent({
    side: 'SELL',
    idempotencyKey: idempotencyKey({
      leaderAddress: LEADER,
      tokenId: TOKEN,
      side: 'SELL',
      groupKey: groupKey([group]),
    }),
  });

it('are listed oldest first, whole, and survive a restart', () => {
  const ports = new MemoryPorts();
  const waits = new ExitWaits(ports.storage);
  waits.add(sale('late'), 20);
  waits.add(sale('early'), 10);
  const both = [
    { intent: sale('early'), sinceMs: 10 },
    { intent: sale('late'), sinceMs: 20 },
  ];
  expect(waits.list()).toEqual(both);
  expect(new ExitWaits(ports.restarted().storage).list()).toEqual(both);
});

it('keep the time since which an intent waits when it is added again', () => {
  const waits = new ExitWaits(new MemoryPorts().storage);
  waits.add(sale('a'), 10);
  waits.add(sale('a'), 20);
  expect(waits.list()).toEqual([{ intent: sale('a'), sinceMs: 10 }]);
});

it('end one by one', () => {
  const waits = new ExitWaits(new MemoryPorts().storage);
  waits.add(sale('a'), 10);
  waits.add(sale('b'), 20);
  waits.done(sale('a').idempotencyKey);
  waits.done('unknown');
  expect(waits.list().map((one) => one.sinceMs)).toEqual([20]);
});

it('are as stored after a transaction that was rolled back', () => {
  const { storage } = new MemoryPorts();
  const waits = new ExitWaits(storage);
  waits.add(sale('a'), 10);
  const failing = () =>
    storage.transaction(() => {
      waits.done(sale('a').idempotencyKey);
      waits.add(sale('b'), 20);
      throw new Error('no');
    });
  expect(failing).toThrow('no');
  expect(waits.list().map((one) => one.sinceMs)).toEqual([10]);
});
