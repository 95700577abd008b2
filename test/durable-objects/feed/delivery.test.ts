/** Reports on their way to FollowedUsers: in order, tried again, and remembered when they are lost. */
import { describe, expect, it } from 'vitest';
import { parseLeaderAddress } from '../../../domain/ids.ts';
import { Delivery } from '../../../durable-objects/feed/delivery.ts';
import { report } from '../follower/follower-parts.ts';
import { LEADER } from '../follower/leader-data.ts';
import { MemoryPorts, START_MS } from '../memory-ports.ts';
import { ScriptedUser } from './feed-parts.ts';

const OTHER = parseLeaderAddress(`0x${'d'.repeat(40)}`)!;

function setUp() {
  const ports = new MemoryPorts();
  const user = new ScriptedUser();
  const other = new ScriptedUser();
  const delivery = new Delivery(ports, (leader) => (leader === LEADER ? user : other));
  const ends: string[] = [];
  /** Delivers a report; its time distinguishes it. */
  const deliver = (detectedAtMs: number, leaderAddress = LEADER) => {
    delivery.deliver(report({ detectedAtMs, leaderAddress })).then(
      () => ends.push(`${detectedAtMs} taken`),
      () => ends.push(`${detectedAtMs} lost`),
    );
  };
  const seen = () => user.observed.map((one) => one.detectedAtMs);
  return { ports, user, other, delivery, deliver, ends, seen };
}

describe('the delivery of reports', () => {
  it('gives a FollowedUser one at a time and in order', async () => {
    const { ports, user, deliver, seen, ends } = setUp();
    let release: () => void = () => {};
    user.beforeAnswer = () => new Promise((resolve) => (release = resolve));
    deliver(1);
    deliver(2);
    await ports.settle();
    expect([user.calls, ends]).toEqual([1, []]);
    release();
    await ports.settle();
    expect([user.calls, seen()]).toEqual([2, [1]]);
    release();
    await ports.settle();
    expect([seen(), ends]).toEqual([
      [1, 2],
      ['1 taken', '2 taken'],
    ]);
  });

  it('never lets one leader wait for another', async () => {
    const { ports, user, other, deliver } = setUp();
    user.beforeAnswer = () => new Promise(() => {});
    deliver(1);
    deliver(2, OTHER);
    await ports.settle();
    expect(other.observed).toHaveLength(1);
  });

  it('tries again after 200, 400 and 600 milliseconds, keeping the order', async () => {
    const { ports, user, deliver, seen, delivery } = setUp();
    user.fails = () => user.calls < 4;
    deliver(1);
    deliver(2);
    await ports.settle();
    const calls: number[] = [];
    for (const ms of [199, 1, 399, 1, 599]) {
      await ports.advance(ms);
      calls.push(user.calls);
    }
    expect(calls).toEqual([1, 2, 2, 3, 3]);
    await ports.advance(1);
    expect(seen()).toEqual([1, 2]);
    expect(delivery.lostAtMs(LEADER)).toBe(0);
  });

  it('gives a report up after four calls, remembers when, and goes on with the next', async () => {
    const { ports, user, deliver, seen, ends, delivery } = setUp();
    user.fails = () => user.calls <= 4;
    deliver(1);
    deliver(2);
    await ports.settle();
    await ports.advance(1_200);
    expect([ends, seen()]).toEqual([['1 lost', '2 taken'], [2]]);
    expect([delivery.lostAtMs(LEADER), delivery.lostAtMs(OTHER)]).toEqual([START_MS + 1_200, 0]);
  });

  it('tries each report once for ten seconds after one was lost, and then fully again', async () => {
    const { ports, user, deliver } = setUp();
    user.fails = () => true;
    deliver(1);
    await ports.settle();
    await ports.advance(1_200);
    expect(user.calls).toBe(4);
    await ports.advance(9_999);
    deliver(2);
    await ports.settle();
    await ports.advance(1_000);
    expect(user.calls).toBe(5);
    // The one just lost counts from now.
    await ports.advance(9_000);
    deliver(3);
    await ports.settle();
    await ports.advance(1_200);
    expect(user.calls).toBe(9);
  });

  it('keeps what a FollowedUser answers while it needs the operator, until it answers that it does not (A60)', async () => {
    const { ports, user, deliver, delivery } = setUp();
    const well = { healthy: true, seenTooLate: 2, outbox: { depth: 2, oldestAtMs: START_MS } };
    const answers = [
      { ...well, healthy: false },
      { ...well, seenTooLate: 3 },
      { ...well, outbox: { depth: 50_000, oldestAtMs: START_MS } },
    ].map((one) => ({ ...one, outbox: { ...one.outbox, error: null, parked: 0 } }));
    for (const condition of answers) {
      user.condition = condition;
      deliver(1);
      await ports.settle();
      expect(delivery.inTrouble()).toEqual([{ leaderAddress: LEADER, receivedAtMs: START_MS, ...condition }]);
      // A report of the stream is answered with nothing, which says nothing.
      user.condition = undefined;
      deliver(2);
      await ports.settle();
      expect(delivery.inTrouble()).toHaveLength(1);
      user.condition = { ...well, outbox: { ...well.outbox, error: null, parked: 0 } };
      deliver(3);
      await ports.settle();
      expect(delivery.inTrouble()).toEqual([]);
    }
  });
});
