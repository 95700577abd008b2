/** Who is watched, from which bound, and when each is due. */
import { describe, expect, it } from 'vitest';
import { type LeaderAddress, parseLeaderAddress } from '../../../domain/ids.ts';
import { MINUTE_MS } from '../../../domain/time.ts';
import { WatchList } from '../../../durable-objects/feed/watch-list.ts';
import { MemoryPorts, START_MS } from '../memory-ports.ts';

const [A, B, C] = ['a', 'b', 'c'].map((digit) => parseLeaderAddress(`0x${digit.repeat(40)}`)) as [
  LeaderAddress,
  LeaderAddress,
  LeaderAddress,
];
const from = (address: LeaderAddress, fromMs = START_MS) => ({ address, fromMs });

function setUp(ports = new MemoryPorts()) {
  const watch = new WatchList(ports.storage);
  const of = (address: LeaderAddress) => watch.list().find((leader) => leader.address === address);
  /** Those who are due, in the order in which they are swept. */
  const due = (nowMs: number): LeaderAddress[] => {
    const underWay = new Set<LeaderAddress>();
    for (let next = watch.nextDue(nowMs, underWay); next; next = watch.nextDue(nowMs, underWay))
      underWay.add(next.address);
    return [...underWay];
  };
  return { ports, watch, of, due };
}

describe('the watched leaders', () => {
  it('are exactly those who are wanted', () => {
    const { watch } = setUp();
    watch.follow([from(A), from(B)], START_MS);
    watch.follow([from(B), from(C)], START_MS);
    expect(watch.list().map((leader) => leader.address)).toEqual([B, C]);
    expect([watch.has(A), watch.has(B)]).toEqual([false, true]);
  });

  it('begin where they are followed from, never after now and never before zero', () => {
    const { watch, of } = setUp();
    watch.follow([from(A, START_MS - 7.5), from(B, START_MS + 9), from(C, -5)], START_MS);
    expect([A, B, C].map((address) => of(address)?.boundMs)).toEqual([START_MS - 8, START_MS, 0]);
    expect(of(A)).toEqual({
      address: A,
      boundMs: START_MS - 8,
      sweptAtMs: 0,
      dueAtMs: 0,
      lastFillAtMs: 0,
      seededAtMs: 0,
    });
  });

  it('keep their bound while they stay, whatever they are wanted from', () => {
    const { watch, of } = setUp();
    watch.follow([from(A)], START_MS);
    watch.follow([from(A, START_MS + 99)], START_MS + 100);
    expect(of(A)?.boundMs).toBe(START_MS);
  });

  it('go on from the later bound when they come back', () => {
    const { watch, of } = setUp();
    watch.follow([from(A), from(B)], START_MS);
    watch.swept(A, { boundMs: START_MS + 50, sweptAtMs: START_MS + 60 });
    watch.seeded(A, START_MS + 61);
    watch.follow([], START_MS);
    watch.follow([from(A, START_MS), from(B, START_MS + 70)], START_MS + 100);
    expect([of(A)?.boundMs, of(B)?.boundMs]).toEqual([START_MS + 50, START_MS + 70]);
    expect(of(A)).toMatchObject({ seededAtMs: START_MS + 61, dueAtMs: 0, sweptAtMs: 0 });
  });

  it('survive a restart with bound and times, and are due then; those who left do not come back', () => {
    const { ports, watch } = setUp();
    watch.follow([from(A), from(B)], START_MS);
    watch.swept(A, { boundMs: START_MS + 50, sweptAtMs: START_MS + 60 });
    watch.seeded(A, START_MS + 61);
    watch.follow([from(A)], START_MS);
    const next = setUp(ports.restarted());
    expect(next.watch.list()).toEqual([
      {
        address: A,
        boundMs: START_MS + 50,
        sweptAtMs: START_MS + 60,
        dueAtMs: 0,
        lastFillAtMs: 0,
        seededAtMs: START_MS + 61,
      },
    ]);
  });
});

describe('a leader is due', () => {
  it('at first, the longest overdue before the others', () => {
    const { watch, due } = setUp();
    watch.follow([from(A), from(B)], START_MS);
    watch.failed(A, START_MS);
    expect(due(START_MS)).toEqual([B]);
    watch.failed(B, START_MS - 5);
    expect(due(START_MS + 10_000)).toEqual([B, A]);
  });

  it('before others who are due when they traded in the last ten minutes', () => {
    const { watch, due } = setUp();
    watch.follow([from(A, 0), from(B, 0), from(C, 0)], START_MS);
    watch.touched(C, START_MS);
    expect(due(START_MS)).toEqual([C, A, B]);
  });

  it('a minute after a sweep when they traded in the last ten, else after five', () => {
    const { watch, due } = setUp();
    watch.follow([from(A), from(B)], START_MS);
    watch.swept(A, { boundMs: START_MS - 10 * MINUTE_MS + 1, sweptAtMs: START_MS });
    watch.swept(B, { boundMs: START_MS - 10 * MINUTE_MS, sweptAtMs: START_MS });
    expect(due(START_MS + MINUTE_MS - 1)).toEqual([]);
    expect(due(START_MS + MINUTE_MS)).toEqual([A]);
    expect(due(START_MS + 5 * MINUTE_MS - 1)).toEqual([A]);
    expect(due(START_MS + 5 * MINUTE_MS)).toEqual([A, B]);
  });

  it('every 20 seconds while the stream is silent, when they traded in the last hour', () => {
    const { watch, due } = setUp();
    watch.follow([from(A), from(B)], START_MS);
    const quietMs = START_MS - 60 * MINUTE_MS;
    watch.swept(A, { boundMs: quietMs + 1, sweptAtMs: START_MS });
    watch.swept(B, { boundMs: quietMs, sweptAtMs: START_MS });
    expect([due(START_MS + 20_000), watch.standIn(START_MS)]).toEqual([[], null]);
    watch.streamSilent(true, START_MS);
    expect([due(START_MS + 19_999), due(START_MS + 20_000)]).toEqual([[], [A]]);
    watch.touched(A, START_MS);
    watch.swept(A, { boundMs: quietMs + 1, sweptAtMs: START_MS + 20_000 });
    expect([due(START_MS + 39_999), due(START_MS + 40_000)]).toEqual([[], [A]]);
    expect(watch.standIn(START_MS + 60_000)).toEqual({ leaders: 1, late: 0 });
    expect(watch.standIn(START_MS + 60_001)).toEqual({ leaders: 1, late: 1 });
    watch.streamSilent(false, START_MS + 60_001);
    expect(watch.standIn(START_MS + 60_001)).toBeNull();
    watch.swept(A, { boundMs: quietMs + 1, sweptAtMs: START_MS + 61_000 });
    expect([due(START_MS + 120_999), due(START_MS + 121_000)]).toEqual([[], [A]]);
  });

  it('a minute after a sweep when the stream has just brought a fill', () => {
    const { watch, due } = setUp();
    watch.follow([from(A)], START_MS);
    watch.touched(A, START_MS);
    watch.swept(A, { boundMs: 0, sweptAtMs: START_MS });
    expect(due(START_MS + MINUTE_MS)).toEqual([A]);
  });

  it('ten seconds after a sweep that failed', () => {
    const { watch, due } = setUp();
    watch.follow([from(A)], START_MS);
    watch.failed(A, START_MS);
    expect([due(START_MS + 9_999), due(START_MS + 10_000)]).toEqual([[], [A]]);
  });

  it('at once when a report was lost, and when the stream opens again', () => {
    const { watch, due } = setUp();
    watch.follow([from(A), from(B)], START_MS);
    for (const one of [A, B]) watch.swept(one, { boundMs: START_MS, sweptAtMs: START_MS });
    watch.due(B);
    expect(due(START_MS)).toEqual([B]);
    expect(watch.streamOpenedAtMs).toBe(0);
    watch.streamOpened(START_MS + 1);
    expect(due(START_MS + 1)).toEqual([A, B]);
    expect(watch.streamOpenedAtMs).toBe(START_MS + 1);
  });

  it('by a time at the latest, and earlier when they were due earlier', () => {
    const { watch, due } = setUp();
    watch.follow([from(A)], START_MS);
    watch.swept(A, { boundMs: START_MS, sweptAtMs: START_MS });
    watch.dueBy(A, START_MS + 6_000);
    watch.dueBy(A, START_MS + 7_000);
    expect([due(START_MS + 5_999), due(START_MS + 6_000)]).toEqual([[], [A]]);
  });

  it('never when they are not watched', () => {
    const { watch } = setUp();
    watch.touched(A, START_MS);
    watch.due(A);
    watch.dueBy(A, START_MS);
    watch.failed(A, START_MS);
    watch.swept(A, { boundMs: START_MS, sweptAtMs: START_MS });
    expect(watch.list()).toEqual([]);
  });
});

describe('a sweep is late', () => {
  const LATE_MS = 11 * MINUTE_MS;

  it('once two of a quiet leader are missing, until the next one (A60)', () => {
    const { watch } = setUp();
    watch.follow([from(A), from(B)], START_MS);
    watch.swept(A, { boundMs: START_MS, sweptAtMs: START_MS });
    watch.swept(B, { boundMs: START_MS, sweptAtMs: START_MS + 1 });
    expect(watch.lateSweeps(START_MS + LATE_MS)).toEqual([]);
    expect(watch.lateSweeps(START_MS + LATE_MS + 1)).toEqual([START_MS]);
    expect(watch.lateSweeps(START_MS + LATE_MS + 2)).toEqual([START_MS, START_MS + 1]);
    watch.failed(A, START_MS + LATE_MS);
    expect(watch.lateSweeps(START_MS + LATE_MS + 1)).toEqual([START_MS]);
    watch.swept(A, { boundMs: START_MS, sweptAtMs: START_MS + LATE_MS });
    expect(watch.lateSweeps(START_MS + LATE_MS + 1)).toEqual([]);
  });

  it('of a leader who was never swept from when they are watched, not from when fills count', () => {
    const { watch, ports } = setUp();
    watch.follow([from(A, START_MS - 60 * MINUTE_MS)], START_MS);
    expect(watch.lateSweeps(START_MS + LATE_MS)).toEqual([]);
    expect(watch.lateSweeps(START_MS + LATE_MS + 1)).toEqual([START_MS]);
    expect(setUp(ports).watch.lateSweeps(START_MS)).toEqual([START_MS - 60 * MINUTE_MS]);
  });
});
