/** When a leader's positions are read, and what is handed on. */
import { describe, expect, it } from 'vitest';
import { price, shares } from '../../../domain/money.ts';
import { HOUR_MS, MINUTE_MS } from '../../../domain/time.ts';
import { PositionSeeds } from '../../../durable-objects/feed/position-seeds.ts';
import type { WatchedLeader } from '../../../durable-objects/feed/watch-list.ts';
import type { LeaderPosition } from '../../../polymarket/public/data-api.ts';
import { CONDITION, LEADER, OTHER_TOKEN, TOKEN } from '../follower/leader-data.ts';
import { START_MS } from '../memory-ports.ts';
import { feedParts, ScriptedData, ScriptedUser } from './feed-parts.ts';

const position = (part: Partial<LeaderPosition> = {}): LeaderPosition => ({
  tokenId: TOKEN,
  conditionId: CONDITION,
  shareMicros: shares(7n),
  avgPriceMicros: price(5n),
  title: '',
  slug: '',
  outcome: '',
  eventSlug: 'cup',
  ...part,
});

function setUp() {
  const parts = feedParts();
  const data = new ScriptedData();
  const user = new ScriptedUser();
  parts.watch.follow([{ address: LEADER, fromMs: START_MS }], START_MS);
  const seeds = new PositionSeeds(parts.ports, data, parts.watch, parts.checks, () => user);
  const leader = () => parts.watch.list()[0]!;
  const read = async (part: Partial<WatchedLeader> = {}) => {
    const before = data.positionsAsked.length;
    await seeds.readWhenDue({ ...leader(), ...part });
    return data.positionsAsked.length > before;
  };
  /** A sweep that is late enough has been acknowledged. */
  const handOver = () => seeds.handOver(LEADER, parts.ports.atMs + 15_000);
  return { ...parts, data, user, seeds, leader, read, handOver };
}

describe('the positions of a leader', () => {
  it('are handed on as the venue lists them, at the time of the request; without a price they cost nothing', async () => {
    const { data, user, read, leader, ports } = setUp();
    data.positions = () => {
      ports.atMs += 400;
      const positions = [position(), position({ tokenId: OTHER_TOKEN, avgPriceMicros: undefined })];
      return { positions, refused: [], complete: true, unreadTokenIds: [] };
    };
    expect(await read()).toBe(true);
    const common = { conditionId: CONDITION, shareMicros: 7n, eventSlug: 'cup' };
    expect(user.seeds).toEqual([
      {
        positions: [
          { ...common, tokenId: TOKEN, avgPriceMicros: 5n },
          { ...common, tokenId: OTHER_TOKEN, avgPriceMicros: 0n },
        ],
        complete: true,
        unreadTokenIds: [],
        asOfMs: START_MS,
        swept: false,
      },
    ]);
    expect(leader().seededAtMs).toBe(START_MS + 400);
  });

  it('are read again when they are more than an hour old', async () => {
    const { read } = setUp();
    expect(await read({ seededAtMs: START_MS - HOUR_MS })).toBe(false);
    expect(await read({ seededAtMs: START_MS - HOUR_MS - 1 })).toBe(true);
  });

  it('are read again after five minutes when the list was not whole (A43)', async () => {
    const { data, user, read, ports } = setUp();
    data.positions = () => ({ positions: [position()], refused: [], complete: false, unreadTokenIds: [] });
    expect(await read()).toBe(true);
    expect(user.seeds.map((one) => one.complete)).toEqual([false]);
    ports.atMs += 5 * MINUTE_MS;
    expect(await read()).toBe(false);
    ports.atMs += 1;
    expect(await read()).toBe(true);
  });

  it('are read again after five minutes when the leader traded shortly before, or meanwhile (A43)', async () => {
    const { data, watch, read, ports, handOver } = setUp();
    for (const tradedAgoMs of [14_999, 0]) {
      data.positions = () => {
        watch.touched(LEADER, ports.atMs - tradedAgoMs);
        return { positions: [position()], refused: [], complete: true, unreadTokenIds: [] };
      };
      expect(await read()).toBe(true);
      await handOver();
      ports.atMs += 5 * MINUTE_MS;
      expect(await read()).toBe(false);
      ports.atMs += 1;
    }
    data.positions = () => ({ positions: [position()], refused: [], complete: true, unreadTokenIds: [] });
    expect(await read()).toBe(true);
    await handOver();
    ports.atMs += 5 * MINUTE_MS + 1;
    expect(await read()).toBe(false);
  });

  it('wait while the leader trades, except at first', async () => {
    const old = { seededAtMs: 1 };
    const ask = (part: Partial<WatchedLeader>) => setUp().read(part);
    expect(await ask({ ...old, lastFillAtMs: START_MS - 14_999 })).toBe(false);
    expect(await ask({ ...old, lastFillAtMs: START_MS - 15_000 })).toBe(true);
    expect(await ask({ seededAtMs: 0, lastFillAtMs: START_MS })).toBe(true);
  });

  it('are handed on, except at first, after a sweep that began 15 seconds later', async () => {
    const { user, seeds, read, leader, watch, ports } = setUp();
    await read();
    ports.atMs += HOUR_MS + 1;
    const asOfMs = ports.atMs;
    await read();
    watch.swept(LEADER, { boundMs: START_MS, sweptAtMs: asOfMs + 14_999 });
    await seeds.handOver(LEADER, asOfMs + 14_999);
    expect([user.seeds.length, leader().dueAtMs]).toEqual([1, asOfMs + 15_000]);
    expect(await read()).toBe(false);
    await seeds.handOver(LEADER, asOfMs + 15_000);
    await seeds.handOver(LEADER, asOfMs + 15_000);
    expect(user.seeds.map(({ asOfMs, swept }) => [asOfMs - START_MS, swept])).toEqual([
      [0, false],
      [HOUR_MS + 1, true],
    ]);
    expect(await read()).toBe(false);
  });

  it('are read when their FollowedUser asks, not before the time it names, and though the leader trades', async () => {
    const { user, seeds, read, leader, watch, ports, handOver } = setUp();
    await read();
    watch.swept(LEADER, { boundMs: START_MS, sweptAtMs: START_MS });
    seeds.ask(LEADER, START_MS + MINUTE_MS);
    expect(leader().dueAtMs).toBe(START_MS + MINUTE_MS);
    ports.atMs += MINUTE_MS - 1;
    expect(await read()).toBe(false);
    ports.atMs += 1;
    watch.touched(LEADER, ports.atMs);
    expect(await read()).toBe(true);
    // The same question again: the reading that waits serves.
    seeds.ask(LEADER, START_MS + MINUTE_MS);
    expect(await read()).toBe(false);
    await handOver();
    expect(user.seeds.at(-1)).toMatchObject({ asOfMs: START_MS + MINUTE_MS, swept: true });
    expect(await read()).toBe(false);
  });

  it('are read once more for a FollowedUser that asks for a later time than those that wait', async () => {
    const { user, seeds, read, ports, handOver } = setUp();
    await read();
    ports.atMs += HOUR_MS + 1;
    expect(await read()).toBe(true);
    seeds.ask(LEADER, ports.atMs + 1);
    ports.atMs += 1;
    expect(await read()).toBe(true);
    await handOver();
    expect(user.seeds.map((one) => one.asOfMs - START_MS)).toEqual([0, HOUR_MS + 2]);
  });

  it('that could not be read, or were not taken, are counted, and read again next time', async () => {
    const { data, user, seeds, leader, read, ports } = setUp();
    data.positions = () => {
      throw new Error('503');
    };
    await read();
    data.positions = () => ({ positions: [], refused: [], complete: true, unreadTokenIds: [] });
    user.fails = () => true;
    await read();
    expect([seeds.counters.seedFailures, leader().seededAtMs]).toEqual([2, 0]);
    expect(ports.logs.map((line) => line.message)).toEqual([
      'positions could not be read',
      'positions could not be read',
    ]);
    user.fails = () => false;
    expect(await read()).toBe(true);
  });

  it('that the parser refused are quarantined', async () => {
    const { data, read, quarantined } = setUp();
    const refused = [{ source: 'DATA_API', reason: 'size: bad', excerpt: '' }];
    data.positions = () => ({ positions: [], refused, complete: true, unreadTokenIds: [] });
    await read();
    expect(quarantined()).toEqual(['DATA_API size: bad']);
  });
});
