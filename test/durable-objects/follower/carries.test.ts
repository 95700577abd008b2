/** What is carried: when it is released, when it is given up, and what a release says. */
import { describe, expect, it } from 'vitest';
import { carryId, groupKey, type TradingMode } from '../../../domain/ids.ts';
import { cash, price, shares } from '../../../domain/money.ts';
import { DAY_MS, MINUTE_MS } from '../../../domain/time.ts';
import { Carries, type ReleaseMinimums } from '../../../durable-objects/follower/carries.ts';
import { type Group, Groups } from '../../../durable-objects/follower/groups.ts';
import { MemoryPorts, START_MS } from '../memory-ports.ts';
import { CONDITION, exitPart, group, OTHER_CONDITION, OTHER_TOKEN, TOKEN } from './leader-data.ts';

/** An exit of this moment. */
const NOW = { untilMs: START_MS, nowMs: START_MS };
/** The venue's usual minimum. */
const FIVE: ReleaseMinimums = { orderShareMicros: shares(5_000_000n), notionalMicros: cash(0n) };

/** A newest fill of so long after the start, seen 2 ms later, that waited 25 ms before it was carried. */
const NEWEST = (ms: number) => ({
  newest: { eventAtMs: START_MS + ms, detectedAtMs: START_MS + ms + 2, ownWaitMs: 25 },
});

function setUp(mode: TradingMode = 'PAPER', ports = new MemoryPorts()) {
  const groups = new Groups(ports.storage);
  const carries = new Carries(mode, ports.storage, groups);
  const carry = (name: string, size: bigint, part: Partial<Group> & { atMs?: number } = {}): string => {
    const { atMs = START_MS, ...given } = part;
    const source = group(name, given);
    carries.add(source, shares(size), atMs);
    return carryId({ mode, sourceGroupKey: source.groupKey });
  };
  return { ports, groups, carries, carry };
}

describe('the balance of what is carried', () => {
  it('is of the token alone', () => {
    const { carries, carry } = setUp();
    carry('one', 4_000_000n);
    carry('two', 1_500_000n);
    carry('other token', 9_000_000n, { tokenId: OTHER_TOKEN });
    expect(carries.balance(TOKEN)).toBe(5_500_000n);
    expect(carries.balance(OTHER_TOKEN)).toBe(9_000_000n);
  });

  it('holds no sale: a sale is a bug, and those of an earlier release are dropped (A43)', () => {
    const { ports, carry } = setUp();
    expect(() => carry('sale', 1_500_000n, { side: 'SELL' })).toThrow('only purchases are carried');
    carry('one', 4_000_000n);
    ports.storage.rows(`UPDATE carry SET shares = -4000000`);
    carry('two', 2_000_000n);
    expect(setUp('PAPER', ports.restarted()).carries.balance(TOKEN)).toBe(2_000_000n);
  });

  it('is zero of a token of which nothing is carried', () => {
    expect(setUp().carries.balance(TOKEN)).toBe(0n);
  });

  it('counts the same group once', () => {
    const { carries, carry } = setUp();
    carry('one', 4_000_000n);
    carry('one', 4_000_000n);
    expect(carries.balance(TOKEN)).toBe(4_000_000n);
  });

  it('is each mode’s own', () => {
    const ports = new MemoryPorts();
    const paper = setUp('PAPER', ports);
    const live = setUp('LIVE', ports);
    paper.carry('one', 4_000_000n);
    live.carry('one', 1_000_000n);
    expect([paper.carries.balance(TOKEN), live.carries.balance(TOKEN)]).toEqual([4_000_000n, 1_000_000n]);
    paper.carries.lower(TOKEN, exitPart(4n, 4n), NOW);
    expect([paper.carries.balance(TOKEN), live.carries.balance(TOKEN)]).toEqual([0n, 1_000_000n]);
  });
});

describe('a release', () => {
  it('comes when the carries together reach the venue’s minimum, and not one micro before', () => {
    const { carries, carry } = setUp();
    carry('one', 4_000_000n);
    carry('two', 999_999n);
    expect(carries.releaseDue(TOKEN, FIVE, START_MS)).toBeUndefined();
    expect(carries.balance(TOKEN)).toBe(4_999_999n);
    carry('three', 1n);
    expect(carries.releaseDue(TOKEN, FIVE, START_MS)?.group.shareMicros).toBe(5_000_000n);
  });

  it('is worth more than a dollar, since the venue refuses less', () => {
    const { carries, carry } = setUp();
    const cheap = { referencePriceMicros: price(100_000n) };
    carry('one', 10_000_000n, cheap);
    expect(carries.releaseDue(TOKEN, FIVE, START_MS)).toBeUndefined();
    carry('two', 10n, cheap);
    expect(carries.releaseDue(TOKEN, FIVE, START_MS)?.group.notionalMicros).toBe(1_000_001n);
  });

  it('is worth at least what the buffer of the mode places (A57)', () => {
    const { carries, carry } = setUp();
    const three = { ...FIVE, notionalMicros: cash(3_000_000n) };
    carry('one', 5_999_999n);
    expect(carries.releaseDue(TOKEN, three, START_MS)).toBeUndefined();
    carry('two', 1n);
    expect(carries.releaseDue(TOKEN, three, START_MS)?.group.notionalMicros).toBe(3_000_000n);
  });

  it('takes all carries of the token and leaves those of others', () => {
    const { carries, carry } = setUp();
    carry('one', 3_000_000n);
    carry('two', 3_000_000n);
    carry('other', 8_000_000n, { tokenId: OTHER_TOKEN });
    expect(carries.releaseDue(TOKEN, FIVE, START_MS)?.group.shareMicros).toBe(6_000_000n);
    expect([carries.balance(TOKEN), carries.balance(OTHER_TOKEN)]).toEqual([0n, 8_000_000n]);
    expect(carries.releaseDue(TOKEN, FIVE, START_MS)).toBeUndefined();
  });

  it('does not count carries of another token towards the minimum', () => {
    const { carries, carry } = setUp();
    carry('one', 3_000_000n);
    carry('other', 8_000_000n, { tokenId: OTHER_TOKEN });
    expect(carries.releaseDue(TOKEN, FIVE, START_MS)).toBeUndefined();
  });

  it('is a group over the carry ids, with all their fills, the newest event and the weighted price', () => {
    const { carries, carry, groups } = setUp();
    const first = carry('one', 3_000_000n, {
      fillCount: 2,
      eventAtMs: START_MS - 5_000,
      ...NEWEST(-5_000),
      referencePriceMicros: price(500_000n),
    });
    const second = carry('two', 4_000_000n, {
      fillCount: 3,
      eventAtMs: START_MS - 2_000,
      ...NEWEST(-2_000),
      referencePriceMicros: price(400_001n),
    });
    const key = groupKey([first, second]);
    const carried = (id: string, shareMicros: bigint, notionalMicros: bigint, eventMs: number) => ({
      ...{ id, fromShareMicros: 0n, shareMicros, notionalMicros, fill: null },
      ...{ eventAtMs: START_MS + eventMs, detectedAtMs: START_MS },
    });
    expect(carries.releaseDue(TOKEN, FIVE, START_MS)).toEqual({
      group: {
        groupKey: key,
        tokenId: TOKEN,
        conditionId: CONDITION,
        side: 'BUY',
        parts: [
          carried(first, 3_000_000n, 1_500_000n, -5_000),
          carried(second, 4_000_000n, 1_600_004n, -2_000),
        ],
        fillCount: 5,
        shareMicros: 7_000_000n,
        // (3 × 0.5 + 4 × 0.400001) / 7 = 0.442857714…
        referencePriceMicros: 442_857n,
        notionalMicros: 3_099_999n,
        eventAtMs: START_MS - 2_000,
        detectedAtMs: START_MS,
        ...NEWEST(-2_000),
      },
      sourceType: 'CARRY',
      ourNotionalMicros: 3_099_999n,
      leaderExited: false,
      exit: null,
      presetReason: null,
    });
    expect([...groups.members('PAPER', key)].sort()).toEqual([first, second].sort());
  });

  it('has its newest fill, with how long that was carried as a wait by our own rule (A57)', () => {
    const { carries, carry } = setUp();
    carry('older', 3_000_000n, NEWEST(-5_000));
    carry('newer', 3_000_000n, { ...NEWEST(-2_000), atMs: START_MS + 1_000 });
    const { newest } = carries.releaseDue(TOKEN, FIVE, START_MS + 61_000)!.group;
    expect(newest).toEqual({ ...NEWEST(-2_000).newest, ownWaitMs: 60_025 });
  });

  it('of carries of an earlier release has no newest fill; beside a newer one it has that one’s', () => {
    const old = () => {
      const ports = new MemoryPorts();
      ports.storage.rows(
        `CREATE TABLE carry (
           mode TEXT NOT NULL, carry_id TEXT NOT NULL, token TEXT NOT NULL, condition TEXT NOT NULL, shares INTEGER NOT NULL,
           price INTEGER NOT NULL, fills INTEGER NOT NULL, event_at INTEGER NOT NULL,
           PRIMARY KEY (mode, carry_id)) STRICT, WITHOUT ROWID`,
      );
      ports.storage.rows(
        "INSERT INTO carry VALUES ('PAPER', 'old', ?, ?, 6000000, 500000, 1, ?)",
        TOKEN,
        CONDITION,
        START_MS - 9_000,
      );
      return setUp('PAPER', ports);
    };
    const alone = old().carries.releaseDue(TOKEN, FIVE, START_MS)?.group;
    expect(alone).toMatchObject({ shareMicros: 6_000_000n, newest: null });
    const { ports, carry } = old();
    carry('new', 1_000_000n, NEWEST(-2_000));
    const { carries } = setUp('PAPER', ports.restarted());
    const both = carries.releaseDue(TOKEN, FIVE, START_MS + 1_000)?.group;
    expect(both).toMatchObject({ shareMicros: 7_000_000n, newest: { ownWaitMs: 1_025 } });
  });

  it('has the price of the shares that are left after an exit (A57)', () => {
    const { carries, carry } = setUp();
    carry('before', 8_000_000n, { referencePriceMicros: price(600_000n), eventAtMs: NOW.untilMs });
    carry('after', 2_000_000n, { referencePriceMicros: price(300_000n), eventAtMs: NOW.untilMs + 1 });
    carries.lower(TOKEN, exitPart(1n, 2n), NOW);
    // Four at 0.6 and two at 0.3.
    expect(carries.releaseDue(TOKEN, FIVE, START_MS)?.group).toMatchObject({
      side: 'BUY',
      shareMicros: 6_000_000n,
      referencePriceMicros: 500_000n,
      notionalMicros: 3_000_000n,
    });
  });

  it('waits when nothing is carried', () => {
    expect(
      setUp().carries.releaseDue(TOKEN, { ...FIVE, orderShareMicros: shares(0n) }, START_MS),
    ).toBeUndefined();
  });

  it('never puts a carry into a second group', () => {
    const { carries, carry } = setUp();
    carry('one', 6_000_000n);
    carries.releaseDue(TOKEN, FIVE, START_MS);
    // The same group answered again: its carry is known to have left, so another release of it is a bug.
    carry('one', 6_000_000n);
    carry('two', 6_000_000n);
    expect(() => carries.releaseDue(TOKEN, FIVE, START_MS)).toThrow('a member is already in another group');
  });
});

describe('carries that grow old', () => {
  const at = (ageMs: number) => ({ eventAtMs: START_MS - ageMs });

  it('leave when they are older than the limit, as one attempt that says so; younger ones stay', () => {
    const { carries, carry } = setUp();
    const old = [carry('old', 1_000_000n, at(DAY_MS + 1)), carry('older', 1_000_000n, at(DAY_MS + 5))];
    carry('at the limit', 2_000_000n, at(DAY_MS));
    const [expired, ...more] = carries.expire(DAY_MS, START_MS);
    expect(expired).toMatchObject({
      group: { groupKey: groupKey(old), shareMicros: 2_000_000n },
      presetReason: 'CARRY_EXPIRED',
    });
    expect(more).toEqual([]);
    expect(carries.balance(TOKEN)).toBe(2_000_000n);
    expect(carries.expire(DAY_MS, START_MS)).toEqual([]);
  });

  it('leave token by token', () => {
    const { carries, carry } = setUp();
    carry('one', 1_000_000n, at(DAY_MS + 9));
    carry('other', 2_000_000n, {
      tokenId: OTHER_TOKEN,
      conditionId: OTHER_CONDITION,
      ...at(DAY_MS + 1),
    });
    expect(carries.expire(DAY_MS, START_MS).map((one) => one.group)).toMatchObject([
      { tokenId: TOKEN, conditionId: CONDITION, side: 'BUY', shareMicros: 1_000_000n },
      { tokenId: OTHER_TOKEN, conditionId: OTHER_CONDITION, side: 'BUY', shareMicros: 2_000_000n },
    ]);
  });

  it('are due for a look one millisecond after the oldest reaches the limit', () => {
    const { carries, carry } = setUp();
    expect(carries.nextExpiryAtMs(MINUTE_MS)).toBeUndefined();
    carry('young', 1_000_000n, at(0));
    carry('old', 1_000_000n, at(5_000));
    const nextMs = carries.nextExpiryAtMs(MINUTE_MS)!;
    expect(nextMs).toBe(START_MS - 5_000 + MINUTE_MS + 1);
    expect(carries.expire(MINUTE_MS, nextMs - 1)).toEqual([]);
    expect(carries.expire(MINUTE_MS, nextMs)).toHaveLength(1);
  });
});

describe('an exit of the leader', () => {
  it('of a fraction lowers what is carried of the token by it, each rounded down, and nothing leaves (A43)', () => {
    const { carries, carry } = setUp();
    carry('one', 1_000_001n);
    carry('two', 2_000_000n);
    carry('other', 2_000_000n, { tokenId: OTHER_TOKEN });
    expect(carries.lower(TOKEN, exitPart(1n, 4n), NOW)).toEqual([]);
    expect([carries.balance(TOKEN), carries.balance(OTHER_TOKEN)]).toEqual([2_250_000n, 2_000_000n]);
  });

  it('of all they hold gives up what is carried, old or not, as one attempt; other tokens stay (A43)', () => {
    const { carries, carry } = setUp();
    const ids = [carry('one', 1_000_000n), carry('two', 2_000_000n)];
    carry('other', 2_000_000n, { tokenId: OTHER_TOKEN });
    const given = carries.lower(TOKEN, exitPart(4n, 4n), NOW);
    expect(given).toMatchObject([
      {
        group: { groupKey: groupKey(ids), side: 'BUY', shareMicros: 3_000_000n },
        sourceType: 'CARRY',
        presetReason: 'CARRY_SOLD',
      },
    ]);
    expect([carries.balance(TOKEN), carries.balance(OTHER_TOKEN)]).toEqual([0n, 2_000_000n]);
  });

  it('leaves what was carried of purchases after it, in part and at all', () => {
    const { carries, carry } = setUp();
    carry('before', 4_000_000n, { eventAtMs: NOW.untilMs });
    carry('after', 1_000_000n, { eventAtMs: NOW.untilMs + 1 });
    carries.lower(TOKEN, exitPart(1n, 2n), NOW);
    expect(carries.balance(TOKEN)).toBe(3_000_000n);
    carries.lower(TOKEN, exitPart(2n, 2n), NOW);
    expect(carries.balance(TOKEN)).toBe(1_000_000n);
  });

  it('without a fraction, or with nothing carried, changes nothing', () => {
    const { carries, carry } = setUp();
    expect(carries.lower(TOKEN, exitPart(4n, 4n), NOW)).toEqual([]);
    carry('one', 1_000_000n);
    expect(carries.lower(TOKEN, null, NOW)).toEqual([]);
    expect(carries.balance(TOKEN)).toBe(1_000_000n);
  });
});
