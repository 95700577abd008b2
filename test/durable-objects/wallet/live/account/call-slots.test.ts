/** The limits on calls to the venue: slots for unanswered calls, tokens for calls a second, and pauses. */
import { beforeEach, describe, expect, it } from 'vitest';
import { type CallKind, CallSlots } from '../../../../../durable-objects/wallet/live/account/call-slots.ts';
import { MemoryPorts } from '../../../memory-ports.ts';

/** At one read a second a full bucket of reads holds three. */
const PER_SECOND = 1;

let ports: MemoryPorts;
let slots: CallSlots;

beforeEach(() => {
  ports = new MemoryPorts();
  slots = new CallSlots(ports.nowMs, () => PER_SECOND);
});

/** Takes slots of the kind and returns each at once, until none is free; how many calls were that. */
function callsUntilEmpty(kind: CallKind): number {
  let calls = 0;
  for (let release = slots.take(kind); release !== undefined; release = slots.take(kind)) {
    release();
    calls += 1;
    if (calls > 200) return Number.POSITIVE_INFINITY;
  }
  return calls;
}

function takeAll(kind: CallKind): (() => void)[] {
  const taken: (() => void)[] = [];
  for (let release = slots.take(kind); release !== undefined; release = slots.take(kind)) taken.push(release);
  return taken;
}

describe('slots', () => {
  it('let three reads be unanswered, and keep two more for orders and cancels', () => {
    expect(takeAll('read')).toHaveLength(3);
    expect([slots.free('read'), slots.free('order'), slots.free('cancel')]).toEqual([false, true, true]);
    expect(slots.take('order')).toBeDefined();
    expect(slots.take('cancel')).toBeDefined();
    expect([slots.free('order'), slots.free('cancel')]).toEqual([false, false]);
    expect([slots.take('order'), slots.take('cancel')]).toEqual([undefined, undefined]);
  });

  it('let five orders be unanswered', () => {
    expect([slots.ordersFree(), slots.callsFree()]).toEqual([60, 5]);
    for (let order = 0; order < 5; order += 1) expect(slots.take('order')).toBeDefined();
    expect(slots.take('order')).toBeUndefined();
    expect([slots.take('read'), slots.ordersFree()]).toEqual([undefined, 0]);
  });

  it('carry up to fifteen orders in one call, which cost a token each', () => {
    expect(slots.take('order', 16)).toBeUndefined();
    for (let call = 0; call < 4; call += 1) expect(slots.take('order', 15)).toBeDefined();
    expect([slots.ordersFree(), slots.callsFree(), slots.take('order', 1)]).toEqual([0, 1, undefined]);
    ports.atMs += 100;
    expect([slots.ordersFree(), slots.take('order', 5)]).toEqual([4, undefined]);
  });

  it('are returned once, however often a call gives its slot back', () => {
    const [first] = takeAll('cancel');
    let freed = 0;
    slots.onFree(() => {
      freed += 1;
    });
    first?.();
    first?.();
    expect([takeAll('cancel').length, freed]).toEqual([1, 1]);
  });
});

describe('tokens', () => {
  it('of orders are the venue’s own limit, apart from those of reads; cancels never wait for one', () => {
    expect(callsUntilEmpty('read')).toBe(3);
    expect(callsUntilEmpty('order')).toBe(60);
    expect(callsUntilEmpty('cancel')).toBe(Number.POSITIVE_INFINITY);
    ports.atMs += 1_000;
    expect([callsUntilEmpty('order'), callsUntilEmpty('read')]).toEqual([40, 1]);
  });

  it('come back one by one with time, up to a full bucket', () => {
    callsUntilEmpty('order');
    expect(slots.nextOrderAtMs()).toBe(ports.atMs + 25);
    ports.atMs += 24;
    expect(slots.free('order')).toBe(false);
    ports.atMs += 1;
    expect([slots.free('order'), slots.nextOrderAtMs()]).toEqual([true, ports.atMs]);
    expect(callsUntilEmpty('order')).toBe(1);
    ports.atMs += 3_600_000;
    expect(callsUntilEmpty('order')).toBe(60);
  });

  it('of orders follow the tier and the rest that the venue names', () => {
    slots.limited({ tier: 'Copper', remaining: null, resetAtMs: null, warning: '' });
    expect(callsUntilEmpty('order')).toBe(90);
    ports.atMs += 1_000;
    slots.limited({ tier: 'a tier of tomorrow', remaining: 7, resetAtMs: null, warning: 'slow down' });
    expect(callsUntilEmpty('order')).toBe(7);
    slots.limited({ tier: '', remaining: 100, resetAtMs: null, warning: '' });
    expect(callsUntilEmpty('order')).toBe(0);
  });

  it('are neither lost nor gained when the clock is set back', () => {
    callsUntilEmpty('read');
    ports.atMs -= 60_000;
    expect([callsUntilEmpty('read'), callsUntilEmpty('order')]).toEqual([0, 60]);
  });
});

describe('a pause', () => {
  it('holds reads and orders until its end, and no cancel', () => {
    slots.pauseUntil(ports.atMs + 1_000);
    ports.atMs += 999;
    expect([slots.free('read'), slots.free('order'), slots.free('cancel')]).toEqual([false, false, true]);
    ports.atMs += 1;
    expect([slots.free('read'), slots.free('order')]).toEqual([true, true]);
  });

  it('is not cut short by a shorter one', () => {
    slots.pauseUntil(ports.atMs + 1_000);
    slots.pauseUntil(ports.atMs + 10);
    ports.atMs += 500;
    expect(slots.free('order')).toBe(false);
  });
});

describe('a call', () => {
  it('leaves at once when a slot is free, and returns it when it is answered or fails', async () => {
    const answers = [1, 2, 3, 4].map((answer) => slots.run('cancel', ports.timers, async () => answer));
    expect(await Promise.all(answers)).toEqual([1, 2, 3, 4]);
    const failing = slots.run('cancel', ports.timers, async () => {
      throw new Error('the venue hung up');
    });
    await expect(failing).rejects.toThrow('the venue hung up');
    expect(takeAll('cancel')).toHaveLength(5);
  });

  it('holds its slot until it is answered', async () => {
    let answer: (value: string) => void = () => {};
    const call = slots.run(
      'cancel',
      ports.timers,
      () => new Promise<string>((resolve) => (answer = resolve)),
    );
    expect(takeAll('cancel')).toHaveLength(4);
    answer('done');
    expect(await call).toBe('done');
    expect(takeAll('cancel')).toHaveLength(1);
  });

  it('waits for a slot for ten seconds, looking twenty times a second, and is given up then', async () => {
    const taken = takeAll('cancel');
    let left = 0;
    const leave = async (): Promise<void> => {
      left += 1;
    };
    const served = slots.run('cancel', ports.timers, leave);
    await ports.advance(9_960);
    expect(left).toBe(0);
    taken.pop()?.();
    await ports.advance(40);
    await served;
    expect(left).toBe(1);
    slots.take('cancel');
    const refused = slots.run('cancel', ports.timers, leave).catch((error: Error) => error.message);
    await ports.advance(9_999);
    expect(ports.timersDueMs).toHaveLength(1);
    await ports.advance(1);
    expect(await refused).toContain('call to the venue');
    expect(left).toBe(1);
  });
});
