/** Sales that wait for their shares to become final: durable, oldest first, one per intent. */
import { describe, expect, it } from 'vitest';
import type { CopyIntent } from '../../../../domain/decide/decision-facts.ts';
import { groupKey, idempotencyKey } from '../../../../domain/ids.ts';
import { ExitWaits } from '../../../../durable-objects/wallet/exits/exit-waits.ts';
import { LEADER, sh, TOKEN } from '../../../domain/decide/example-facts.ts';
import { MemoryPorts } from '../../memory-ports.ts';
import { exampleIntent, OTHER_LEADER, OTHER_TOKEN } from '../stores.ts';

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
  waits.add(sale('late'), 20, true);
  waits.add(sale('early'), 10);
  const both = [
    { intent: sale('early'), sinceMs: 10, later: new Map(), forCall: false },
    { intent: sale('late'), sinceMs: 20, later: new Map(), forCall: true },
  ];
  expect(waits.list()).toEqual(both);
  expect(new ExitWaits(ports.restarted().storage).list()).toEqual(both);
});

it('keep the time since which an intent waits when it is added again', () => {
  const waits = new ExitWaits(new MemoryPorts().storage);
  waits.add(sale('a'), 10);
  waits.add(sale('a'), 20);
  expect(waits.list()).toMatchObject([{ intent: sale('a'), sinceMs: 10 }]);
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

describe('a purchase that was decided after a sale', () => {
  const purchaseOf = (key: string, part: Partial<CopyIntent> = {}) =>
    exampleIntent({ ...part, idempotencyKey: key as CopyIntent['idempotencyKey'] });
  const key = sale('a').idempotencyKey;

  it('is known with what it has bought, also after a restart, until the sale is decided', () => {
    const ports = new MemoryPorts();
    const waits = new ExitWaits(ports.storage);
    waits.add(sale('a'), 10);
    waits.purchased(purchaseOf('one'), sh('2'));
    waits.purchased(purchaseOf('two'), sh('0'));
    waits.bought(purchaseOf('two'), sh('3'));
    waits.bought(purchaseOf('two'), sh('4'));
    const later = [
      ['one', sh('2')],
      ['two', sh('7')],
    ];
    expect([...waits.later(key)]).toEqual(later);
    const again = new ExitWaits(ports.restarted().storage);
    expect([...again.later(key)]).toEqual(later);
    again.done(key);
    again.add(sale('a'), 20);
    expect([...again.later(key), ...new ExitWaits(ports.restarted().storage).later(key)]).toEqual([]);
  });

  it('is one of its own leader and token, and not one from before it', () => {
    const waits = new ExitWaits(new MemoryPorts().storage);
    waits.purchased(purchaseOf('before'), sh('0'));
    waits.add(sale('a'), 10);
    waits.bought(purchaseOf('before'), sh('5'));
    waits.purchased(purchaseOf('b', { leaderAddress: OTHER_LEADER }), sh('1'));
    waits.purchased(purchaseOf('c', { tokenId: OTHER_TOKEN }), sh('1'));
    expect([...waits.later(key)]).toEqual([]);
  });
});

it('know whether an exit comes after another of the same', () => {
  const waits = new ExitWaits(new MemoryPorts().storage);
  waits.add(sale('a'), 10);
  expect(waits.isAfterOther(sale('a'))).toBe(false);
  expect(waits.isAfterOther(sale('b'))).toBe(true);
  expect(waits.isAfterOther({ ...sale('b'), leaderAddress: OTHER_LEADER })).toBe(false);
  expect(waits.isAfterOther({ ...sale('b'), tokenId: OTHER_TOKEN })).toBe(false);
  for (const part of [{ side: 'BUY' }, { sourceType: 'CLOSE' }, { sourceType: 'EXIT' }] as const)
    expect(waits.isAfterOther({ ...sale('b'), ...part })).toBe(false);
});
