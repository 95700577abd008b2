/** Pending fills, groups, memberships and the queue of intents: each durable, each once. */
import { describe, expect, it } from 'vitest';
import { groupKey } from '../../../domain/ids.ts';
import { cash, price, shares } from '../../../domain/money.ts';
import { DAY_MS } from '../../../domain/time.ts';
import { type Dispatch, Groups } from '../../../durable-objects/follower/groups.ts';
import { partOfFill } from '../../../durable-objects/follower/members/group-parts.ts';
import { MemoryPorts, START_MS } from '../memory-ports.ts';
import { CONDITION, group, OTHER_TOKEN, pendingFill, TOKEN } from './leader-data.ts';

const WINDOW = { quietMs: 25, ageMsMax: 250 };
const setUp = (ports = new MemoryPorts()): Groups => new Groups(ports.storage);

function dispatch(name: string, part: Partial<Dispatch> = {}): Dispatch {
  return {
    group: group(name),
    sourceType: 'IMMEDIATE',
    ourNotionalMicros: null,
    leaderExited: false,
    exit: null,
    presetReason: null,
    ...part,
  };
}

describe('a slot of pending fills', () => {
  it('closes when it has been quiet, counted from its last fill', () => {
    const groups = setUp();
    groups.addPending(pendingFill('a'), START_MS);
    groups.addPending(pendingFill('b'), START_MS + 20);
    expect(groups.slots(WINDOW).map((slot) => slot.closeAtMs)).toEqual([START_MS + 45]);
  });

  it('closes at the longest age, counted from its first fill, however busy it is', () => {
    const groups = setUp();
    for (let at = 0; at <= 240; at += 20) groups.addPending(pendingFill(`${at}`), START_MS + at);
    expect(groups.slots(WINDOW).map((slot) => slot.closeAtMs)).toEqual([START_MS + 250]);
  });

  it('is one for each token and side, the oldest first', () => {
    const groups = setUp();
    groups.addPending(pendingFill('sell', { side: 'SELL' }), START_MS + 2);
    groups.addPending(pendingFill('other', { tokenId: OTHER_TOKEN }), START_MS + 1);
    groups.addPending(pendingFill('buy'), START_MS + 3);
    const closeAtMs = groups.slots(WINDOW).map((slot) => slot.closeAtMs);
    expect(closeAtMs).toEqual([START_MS + 26, START_MS + 27, START_MS + 28]);
    const sides = groups.slots(WINDOW).map((slot) => {
      const closed = groups.close(slot);
      return [closed.group.tokenId, closed.group.side, closed.fills.length];
    });
    expect(sides).toEqual([
      [OTHER_TOKEN, 'BUY', 1],
      [TOKEN, 'SELL', 1],
      [TOKEN, 'BUY', 1],
    ]);
    expect(groups.slots(WINDOW)).toEqual([]);
  });

  it('holds a fill once, at the time when it was first added', () => {
    const groups = setUp();
    groups.addPending(pendingFill('a'), START_MS);
    groups.addPending(pendingFill('a'), START_MS + 10);
    const [slot] = groups.slots(WINDOW);
    expect(slot?.closeAtMs).toBe(START_MS + 25);
    expect(groups.close(slot!).fills).toEqual([pendingFill('a')]);
  });

  it('survives a restart', () => {
    const ports = new MemoryPorts();
    setUp(ports).addPending(pendingFill('a'), START_MS);
    expect(setUp(ports.restarted()).slots(WINDOW)).toHaveLength(1);
  });
});

describe('a closed group', () => {
  it('sums its fills, at the share-weighted price rounded down, and dates from its oldest fill', () => {
    const groups = setUp();
    const fills = [
      pendingFill('b', { eventAtMs: START_MS - 7, detectedAtMs: START_MS - 2 }),
      pendingFill('a', {
        shareMicros: shares(50_000_000n),
        priceMicros: price(400_001n),
        notionalMicros: cash(20_000_050n),
        eventAtMs: START_MS - 9,
        detectedAtMs: START_MS - 1,
      }),
    ];
    fills.forEach((fill, index) => groups.addPending(fill, START_MS + index));
    const closed = groups.close(groups.slots(WINDOW)[0]!);
    expect(closed.fills).toEqual(fills);
    expect(closed.group).toEqual({
      groupKey: groupKey(['a', 'b']),
      tokenId: TOKEN,
      conditionId: CONDITION,
      side: 'BUY',
      parts: fills.map(partOfFill),
      fillCount: 2,
      shareMicros: 150_000_000n,
      notionalMicros: 70_000_050n,
      // 70.00005 / 150 = 0.466667
      referencePriceMicros: 466_667n,
      eventAtMs: START_MS - 9,
      detectedAtMs: START_MS - 2,
      // Of fill b, which was added first: 26 ms until the slot closed.
      newest: { eventAtMs: START_MS - 7, detectedAtMs: START_MS - 2, ownWaitMs: 26 },
    });
  });

  it('has its newest fill, which waited until the slot was to close, however late that was (A57)', () => {
    const groups = setUp();
    const fill = (id: string, eventMs: number, seenMs: number) =>
      pendingFill(id, { eventAtMs: START_MS + eventMs, detectedAtMs: START_MS + seenMs });
    groups.addPending(fill('first', -2_000, 0), START_MS + 5);
    groups.addPending(fill('newest', -1_000, 15), START_MS + 20);
    // Of the same second, but seen before it, and an older one that was seen last.
    groups.addPending(fill('earlier', -1_000, 10), START_MS + 21);
    groups.addPending(fill('older', -1_500, 30), START_MS + 40);
    const slot = groups.slots(WINDOW)[0]!;
    expect(slot.closeAtMs).toBe(START_MS + 65);
    expect(groups.close(slot).group.newest).toEqual({
      eventAtMs: START_MS - 1_000,
      detectedAtMs: START_MS + 15,
      ownWaitMs: 45,
    });
  });

  it('did not wait by our rule for a fill that came when the slot should have been closed', () => {
    const groups = setUp();
    groups.addPending(pendingFill('a'), START_MS);
    groups.addPending(pendingFill('b', { eventAtMs: START_MS }), START_MS + 400);
    expect(groups.close(groups.slots(WINDOW)[0]!).group.newest).toMatchObject({ ownWaitMs: 0 });
  });

  it('orders fills of the same moment by their id', () => {
    const groups = setUp();
    for (const id of ['c', 'a', 'b']) groups.addPending(pendingFill(id), START_MS);
    const closed = groups.close(groups.slots(WINDOW)[0]!);
    expect(closed.fills.map((fill) => fill.fillId)).toEqual(['a', 'b', 'c']);
  });

  it('is never empty: there is no group without a fill', () => {
    expect(() => setUp().close({ slot: 'nothing', closeAtMs: START_MS })).toThrow('a group needs a fill');
  });
});

describe('membership', () => {
  const [one, two] = [groupKey(['one']), groupKey(['two'])];

  it('is in one group of a mode at most; the same again changes nothing', () => {
    const groups = setUp();
    groups.join('PAPER', 'fill', one, START_MS);
    groups.join('PAPER', 'fill', one, START_MS + 1);
    expect(() => groups.join('PAPER', 'fill', two, START_MS)).toThrow('a member is already in another group');
    groups.join('LIVE', 'fill', two, START_MS);
    expect(groups.members('PAPER', one)).toEqual(['fill']);
    expect(groups.members('LIVE', two)).toEqual(['fill']);
    expect(groups.members('PAPER', two)).toEqual([]);
    expect(groups.members('LIVE', one)).toEqual([]);
  });

  it('is forgotten after eight days, and not before', () => {
    const groups = setUp();
    groups.join('PAPER', 'older', one, START_MS - 1);
    groups.join('PAPER', 'old', one, START_MS);
    groups.prune(START_MS + 8 * DAY_MS);
    expect(groups.members('PAPER', one)).toEqual(['old']);
  });
});

describe('the queue of intents', () => {
  it('gives each mode its own in the order in which they were queued, until they are done', () => {
    const groups = setUp();
    groups.enqueue('PAPER', dispatch('b'));
    groups.enqueue('LIVE', dispatch('c'));
    groups.enqueue('PAPER', dispatch('a'));
    expect(groups.waiting()).toBe(3);
    const first = groups.next('PAPER')!;
    expect(first.dispatch).toEqual(dispatch('b'));
    expect(groups.next('PAPER')).toEqual(first);
    groups.done(first.id);
    expect(groups.next('PAPER')?.dispatch.group.groupKey).toBe(groupKey(['a']));
    expect(groups.next('LIVE')?.dispatch.group.groupKey).toBe(groupKey(['c']));
    groups.done(groups.next('PAPER')!.id);
    expect([groups.next('PAPER'), groups.waiting()]).toEqual([undefined, 1]);
  });

  it('holds a group once, as it was first queued', () => {
    const groups = setUp();
    groups.enqueue('PAPER', dispatch('a'));
    groups.enqueue('PAPER', dispatch('a', { leaderExited: true }));
    expect(groups.waiting()).toBe(1);
    expect(groups.next('PAPER')?.dispatch.leaderExited).toBe(false);
  });

  it('is empty at first', () => {
    expect([setUp().waiting(), setUp().next('LIVE')]).toEqual([0, undefined]);
  });
});
