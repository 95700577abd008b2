/** When leaders are swept: in rounds, four at once, again after a failure and after a gap in the stream. */
import { describe, expect, it } from 'vitest';
import { type LeaderAddress, parseLeaderAddress } from '../../../domain/ids.ts';
import type { LeaderSweeps } from '../../../durable-objects/feed/leader-sweeps.ts';
import type { PositionSeeds } from '../../../durable-objects/feed/position-seeds.ts';
import { SweepRounds } from '../../../durable-objects/feed/sweep-rounds.ts';
import type { WatchedLeader } from '../../../durable-objects/feed/watch-list.ts';
import { dueMs } from '../follower/follower-parts.ts';
import { START_MS } from '../memory-ports.ts';
import { feedParts } from './feed-parts.ts';

const leaders = ['1', '2', '3', '4', '5', '6'].map(
  (digit) => parseLeaderAddress(`0x${digit.repeat(40)}`) as LeaderAddress,
);

function setUp(count = 1) {
  const parts = feedParts();
  const steps: string[] = [];
  const scripted = {
    sweep: async (leader: WatchedLeader): Promise<number> => leader.boundMs + 1_000,
    lostAtMs: 0,
    pausedMs: 0,
  };
  const seeds = {
    readWhenDue: async () => void steps.push('seed'),
    handOver: async (_leader: LeaderAddress, sweptFromMs: number) =>
      void steps.push(`handed ${sweptFromMs - START_MS}`),
  };
  const sweeps = {
    sweep: (leader: WatchedLeader) => {
      steps.push('sweep');
      return scripted.sweep(leader);
    },
    lostAtMs: () => scripted.lostAtMs,
    pausedMs: () => scripted.pausedMs,
  };
  // Only these methods of both are called.
  const rounds = new SweepRounds(
    parts.ports,
    parts.scheduler,
    parts.watch,
    seeds as unknown as PositionSeeds,
    sweeps as unknown as LeaderSweeps,
  );
  parts.watch.follow(
    leaders.slice(0, count).map((address) => ({ address, fromMs: START_MS - 5_000 })),
    START_MS,
  );
  const first = () => parts.watch.list()[0]!;
  const nextRoundMs = () => dueMs(parts.ports, 'sweep')! - START_MS;
  return { ...parts, rounds, scripted, steps, first, nextRoundMs };
}

describe('a round of sweeps', () => {
  it('reads positions first, then sweeps, moves the bound, and comes again in five seconds', async () => {
    const { rounds, steps, first, nextRoundMs } = setUp();
    await rounds.run();
    expect(steps).toEqual(['seed', 'sweep', 'handed 0']);
    expect(first()).toMatchObject({ boundMs: START_MS - 4_000, sweptAtMs: START_MS });
    expect([nextRoundMs(), rounds.counters]).toEqual([5_000, { sweeps: 1, sweepFailures: 0 }]);
  });

  it('sweeps only leaders who are due', async () => {
    const { rounds, steps, ports } = setUp();
    await rounds.run();
    await ports.advance(5_000);
    await rounds.run();
    expect(steps).toHaveLength(3);
  });

  it('sweeps four at once, the next as soon as one has ended', async () => {
    const { rounds, nextRoundMs, scripted, ports } = setUp(6);
    const ends: (() => void)[] = [];
    scripted.sweep = async (leader) => {
      await new Promise<void>((resolve) => void ends.push(resolve));
      return leader.boundMs;
    };
    const round = rounds.run();
    await ports.settle();
    expect(ends).toHaveLength(4);
    ends[2]!();
    await ports.settle();
    expect(ends).toHaveLength(5);
    for (let at = 0; at < 6; at += 1) {
      ends[at]!();
      await ports.settle();
    }
    await round;
    expect([rounds.counters.sweeps, nextRoundMs()]).toEqual([6, 5_000]);
  });

  it('sweeps nobody while the venue has to be left alone, and comes again when it is over', async () => {
    const { rounds, steps, scripted, nextRoundMs } = setUp(6);
    scripted.pausedMs = 1_700;
    await rounds.run();
    expect([steps, nextRoundMs()]).toEqual([[], 1_700]);
  });

  it('ends when the venue refuses in the middle of it', async () => {
    const { rounds, scripted } = setUp(6);
    scripted.sweep = async (leader) => {
      scripted.pausedMs = 9_000;
      return leader.boundMs;
    };
    await rounds.run();
    expect(rounds.counters.sweeps).toBe(4);
  });

  it('keeps the bound of a sweep that failed, counts it, and tries it again in ten seconds', async () => {
    const { rounds, scripted, first, ports, steps } = setUp();
    scripted.sweep = async () => {
      throw new Error('503');
    };
    await rounds.run();
    expect(steps).toEqual(['seed', 'sweep']);
    expect(first()).toMatchObject({ boundMs: START_MS - 5_000, sweptAtMs: 0, dueAtMs: START_MS + 10_000 });
    expect(rounds.counters).toEqual({ sweeps: 0, sweepFailures: 1 });
    expect(ports.logs).toMatchObject([{ level: 'warn', message: 'a sweep failed; the cursor stays' }]);
  });

  it('counts the time of a sweep from its start', async () => {
    const { rounds, scripted, first, ports } = setUp();
    scripted.sweep = async (leader) => {
      ports.atMs += 3_000;
      return leader.boundMs;
    };
    await rounds.run();
    expect(first().sweptAtMs).toBe(START_MS);
  });
});

describe('after a gap in the stream', () => {
  it('a leader is swept again once the index has what passed in it', async () => {
    const { rounds, watch, first, nextRoundMs, ports } = setUp();
    watch.streamOpened(START_MS - 2_000);
    await rounds.run();
    expect([first().dueAtMs - START_MS, nextRoundMs()]).toEqual([4_000, 4_000]);
    await ports.advance(4_000);
    await rounds.run();
    expect(rounds.counters.sweeps).toBe(2);
    expect(first().dueAtMs).toBeGreaterThan(START_MS + 60_000);
  });

  it('a leader is swept again on time when a round runs in between', async () => {
    const { rounds, watch, nextRoundMs, ports } = setUp();
    watch.streamOpened(START_MS);
    await rounds.run();
    ports.atMs += 5_000;
    ports.clearDue();
    await rounds.run();
    expect(nextRoundMs()).toBe(6_000);
    ports.atMs += 1_000;
    ports.clearDue();
    await rounds.run();
    expect([rounds.counters.sweeps, nextRoundMs()]).toEqual([2, 11_000]);
  });

  it('none is when the index has it already', async () => {
    const { rounds, watch, first, nextRoundMs } = setUp();
    watch.streamOpened(START_MS - 6_000);
    await rounds.run();
    expect([first().dueAtMs - START_MS, nextRoundMs()]).toEqual([60_000, 5_000]);
  });

  it('and after a lost report, whichever was later', async () => {
    const { rounds, watch, first, scripted } = setUp();
    watch.streamOpened(START_MS - 3_000);
    scripted.lostAtMs = START_MS - 1_000;
    await rounds.run();
    expect(first().dueAtMs - START_MS).toBe(5_000);
  });
});
