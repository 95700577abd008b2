/** The buffer of small groups: what waits, what makes it leave, in which order, and what leaves. */
import { describe, expect, it } from 'vitest';
import { groupKey } from '../../../domain/ids.ts';
import { cash, price, type ShareMicros, shares } from '../../../domain/money.ts';
import type { ModeSettings } from '../../../domain/settings/settings.ts';
import { type Dispatch, type Group, Groups } from '../../../durable-objects/follower/groups.ts';
import { partOfFill } from '../../../durable-objects/follower/members/group-parts.ts';
import { TradeBuffer } from '../../../durable-objects/follower/trade-buffer.ts';
import { MemoryPorts, START_MS } from '../memory-ports.ts';
import { CONDITION, exitPart, group, OTHER_TOKEN, pendingFill, settingsWith, TOKEN } from './leader-data.ts';

/** Below $5 a group waits; a bucket leaves at $10, after 60 s, or after 30 quiet seconds when it is worth $2. */
const SETTINGS = settingsWith({
  bufferEnabled: true,
  bufferThresholdNotionalMicros: 5_000_000,
  bufferFlushNotionalMicros: 10_000_000,
  bufferExecNotionalMicrosMin: 2_000_000,
  bufferAgeMsMax: 60_000,
  bufferQuietMs: 30_000,
});

/** An exit of this moment. */
const NOW = { settings: SETTINGS, nowMs: START_MS };

/** A newest fill of so long after the start, seen 2 ms later, that its group kept for 25 ms. */
const NEWEST = (ms: number) => ({
  newest: { eventAtMs: START_MS + ms, detectedAtMs: START_MS + ms + 2, ownWaitMs: 25 },
});

function setUp(
  settings: ModeSettings = SETTINGS,
  ports = new MemoryPorts(),
  mode: 'PAPER' | 'LIVE' = 'PAPER',
  orderMin: ShareMicros | null = null,
) {
  const groups = new Groups(ports.storage);
  const buffer = new TradeBuffer(mode, ports.storage, groups, () => orderMin);
  /** Offers our part, in dollars; returns the source types and sides that leave. */
  const offer = (name: string, dollars: number, part: Partial<Group> & { atMs?: number } = {}) => {
    const { atMs = START_MS, ...given } = part;
    const ours = cash(BigInt(Math.round(dollars * 1_000_000)));
    return buffer.offer(group(name, given), ours, { settings, nowMs: atMs });
  };
  return { ports, groups, buffer, offer };
}
const brief = (dispatches: ReturnType<TradeBuffer['offer']>) =>
  dispatches.map(({ group: { side, notionalMicros }, sourceType }) => [
    sourceType,
    side,
    Number(notionalMicros),
  ]);

describe('a group offered to the buffer', () => {
  it('waits when it is smaller than the threshold, and passes at it', () => {
    const { offer, buffer } = setUp();
    expect(offer('small', 4.999_999)).toEqual([]);
    expect(offer('other small', 1, { tokenId: OTHER_TOKEN })).toEqual([]);
    expect(buffer.nextAtMs(SETTINGS)).toBe(START_MS + 30_000);
    const passed = group('large', { tokenId: OTHER_TOKEN });
    expect(offer('large', 5, { tokenId: OTHER_TOKEN }).at(-1)).toEqual({
      group: passed,
      sourceType: 'IMMEDIATE',
      ourNotionalMicros: null,
      leaderExited: false,
      exit: null,
      presetReason: null,
    });
  });

  it('takes the small ones of its bucket out before it, so that acts stay in order', () => {
    const { offer, buffer } = setUp();
    offer('small', 3);
    expect(brief(offer('large', 6))).toEqual([
      ['BUFFER', 'BUY', 3_000_000],
      ['IMMEDIATE', 'BUY', 2_000_000],
    ]);
    expect(buffer.nextAtMs(SETTINGS)).toBeUndefined();
  });

  it('lets what is due by then leave, whichever token it is of', () => {
    const { offer } = setUp();
    offer('early', 3);
    expect(brief(offer('late', 1, { tokenId: OTHER_TOKEN, atMs: START_MS + 30_000 }))).toEqual([
      ['BUFFER', 'BUY', 3_000_000],
    ]);
  });

  it('counts once, however often it is offered', () => {
    const { offer, buffer } = setUp();
    offer('one', 4);
    offer('one', 4);
    offer('one', 4);
    expect(brief(buffer.flushDue(SETTINGS, START_MS + 60_000))).toEqual([['BUFFER', 'BUY', 4_000_000]]);
  });
});

describe('a bucket', () => {
  it('leaves when it reaches the amount', () => {
    const { offer } = setUp();
    offer('one', 4.9);
    expect(offer('two', 4.9)).toEqual([]);
    expect(brief(offer('three', 0.2))).toEqual([['BUFFER', 'BUY', 10_000_000]]);
  });

  it('leaves at its age, counted from its first group, and is looked at then', () => {
    const { offer, buffer } = setUp();
    offer('one', 0.5);
    offer('two', 0.5, { atMs: START_MS + 59_000 });
    expect(buffer.nextAtMs(SETTINGS)).toBe(START_MS + 60_000);
    expect(buffer.flushDue(SETTINGS, START_MS + 59_999)).toEqual([]);
    expect(buffer.flushDue(SETTINGS, START_MS + 60_000)).toHaveLength(1);
  });

  it('is looked at at the earliest time of all buckets', () => {
    const { offer, buffer } = setUp();
    offer('worth it', 3, { atMs: START_MS + 5_000 });
    offer('not yet', 1, { tokenId: OTHER_TOKEN });
    expect(buffer.nextAtMs(SETTINGS)).toBe(START_MS + 35_000);
  });

  it('is each token’s own', () => {
    const { offer } = setUp();
    offer('one', 4.9);
    expect(offer('two', 4.9, { tokenId: OTHER_TOKEN })).toEqual([]);
    expect(offer('three', 4.9, { tokenId: OTHER_TOKEN })).toEqual([]);
  });

  it('leaves whatever is in it when the buffer is switched off', () => {
    const { offer, buffer } = setUp();
    offer('one', 0.5);
    expect(buffer.flushDue({ ...SETTINGS, bufferEnabled: false }, START_MS)).toHaveLength(1);
    expect(buffer.nextAtMs(SETTINGS)).toBeUndefined();
  });

  it('is each mode’s own', () => {
    const ports = new MemoryPorts();
    const [paper, live] = [setUp(SETTINGS, ports), setUp(SETTINGS, ports, 'LIVE')];
    paper.offer('one', 3);
    live.offer('one', 4);
    expect(brief(live.offer('large', 6))).toEqual([
      ['BUFFER', 'BUY', 4_000_000],
      ['IMMEDIATE', 'BUY', 2_000_000],
    ]);
    expect(brief(paper.buffer.flushDue(SETTINGS, START_MS + 60_000))).toEqual([['BUFFER', 'BUY', 3_000_000]]);
  });

  it('survives a restart', () => {
    const { ports, offer } = setUp();
    offer('one', 3);
    expect(setUp(SETTINGS, ports.restarted()).buffer.nextAtMs(SETTINGS)).toBe(START_MS + 30_000);
  });

  it('holds no sale that an earlier release had buffered (A43)', () => {
    const { ports, offer } = setUp();
    offer('sale', 3);
    ports.storage.rows(`UPDATE buffered SET side = 'SELL'`);
    expect(setUp(SETTINGS, ports.restarted()).buffer.nextAtMs(SETTINGS)).toBeUndefined();
  });
});

describe('what leaves', () => {
  it('is one group over the groups in it, with their fills, the newest event and the average price', () => {
    const { offer, buffer, groups } = setUp();
    const parts = (...names: string[]) => names.map((name) => partOfFill(pendingFill(name)));
    offer('one', 3, {
      fillCount: 2,
      parts: parts('a', 'b'),
      eventAtMs: START_MS - 9,
      ...NEWEST(-9),
      atMs: START_MS,
    });
    offer('two', 1.5, {
      fillCount: 3,
      parts: parts('c'),
      eventAtMs: START_MS - 4,
      ...NEWEST(-4),
      referencePriceMicros: price(400_000n),
      atMs: START_MS + 5,
    });
    const key = groupKey([groupKey(['one']), groupKey(['two'])]);
    expect(buffer.flushDue(SETTINGS, START_MS + 60_000)).toEqual([
      {
        group: {
          groupKey: key,
          tokenId: TOKEN,
          conditionId: CONDITION,
          side: 'BUY',
          parts: [...parts('a', 'b'), ...parts('c')],
          fillCount: 5,
          // 3 / 0.5 and 1.5 / 0.4 shares; 4.5 / 9.75 = 0.461538…
          shareMicros: 9_750_000n,
          referencePriceMicros: 461_538n,
          notionalMicros: 4_499_995n,
          eventAtMs: START_MS - 4,
          detectedAtMs: START_MS,
          // In its group 25 ms, then here until the bucket had been quiet for 30 s.
          newest: { ...NEWEST(-4).newest, ownWaitMs: 30_025 },
        },
        sourceType: 'BUFFER',
        ourNotionalMicros: 4_499_995n,
        leaderExited: false,
        exit: null,
        presetReason: null,
      },
    ]);
    expect([...groups.members('PAPER', key)].sort()).toEqual([groupKey(['one']), groupKey(['two'])].sort());
  });

  it('has its newest fill, with what it waited here until it was to leave, and not how late that was (A57)', () => {
    const waited = (leaves: (room: ReturnType<typeof setUp>) => readonly Dispatch[]) => {
      const room = setUp();
      room.offer('older', 1, NEWEST(-9_000));
      room.offer('newer', 2, { ...NEWEST(-1_000), atMs: START_MS + 5_000 });
      const { newest } = leaves(room)[0]!.group;
      expect(newest).toMatchObject({ eventAtMs: START_MS - 1_000, detectedAtMs: START_MS - 998 });
      return newest!.ownWaitMs;
    };
    const at = (ms: number) => ({ settings: SETTINGS, nowMs: START_MS + ms });
    const off = { ...SETTINGS, bufferEnabled: false };
    expect(waited(({ buffer }) => buffer.flushDue(SETTINGS, START_MS + 35_000))).toBe(30_025);
    expect(waited(({ buffer }) => buffer.flushDue(SETTINGS, START_MS + 47_000))).toBe(30_025);
    expect(waited(({ buffer }) => buffer.flushDue(off, START_MS + 6_000))).toBe(1_025);
    expect(waited(({ buffer }) => buffer.lower(TOKEN, exitPart(4n, 4n), at(7_000)))).toBe(2_025);
    expect(waited(({ offer }) => offer('large', 6, { atMs: START_MS + 8_000 }))).toBe(3_025);
  });

  it('of an earlier release has no newest fill, alone; beside a newer group it has that one’s', () => {
    const old = () => {
      const ports = new MemoryPorts();
      ports.storage.rows(
        `CREATE TABLE buffered (
           mode TEXT NOT NULL, group_key TEXT NOT NULL, token TEXT NOT NULL, condition TEXT NOT NULL, side TEXT NOT NULL,
           notional INTEGER NOT NULL, shares INTEGER NOT NULL, fills INTEGER NOT NULL, event_at INTEGER NOT NULL,
           added_at INTEGER NOT NULL, PRIMARY KEY (mode, group_key)) STRICT, WITHOUT ROWID`,
      );
      ports.storage.rows(
        "INSERT INTO buffered VALUES ('PAPER', 'old', ?, ?, 'BUY', 3000000, 6000000, 1, ?, ?)",
        TOKEN,
        CONDITION,
        START_MS - 1_000,
        START_MS,
      );
      return setUp(SETTINGS, ports);
    };
    const alone = old().buffer.flushDue(SETTINGS, START_MS + 30_000)[0]?.group;
    expect(alone).toMatchObject({ shareMicros: 6_000_000n, newest: null });
    const { ports, offer } = old();
    offer('new', 1, { ...NEWEST(500), atMs: START_MS + 1_000 });
    const { buffer } = setUp(SETTINGS, ports.restarted());
    const both = buffer.flushDue(SETTINGS, START_MS + 31_000)[0]?.group;
    expect(both).toMatchObject({ shareMicros: 8_000_000n, newest: { ownWaitMs: 30_025 } });
  });

  it.each([
    { why: 'less than the smallest execution', dollars: 1.999_998, least: 2_000_000, orderMin: null },
    { why: 'less than the venue’s $1', dollars: 0.999_998, least: 0, orderMin: null },
    { why: 'less than the venue’s smallest order', dollars: 2.499_998, least: 0, orderMin: 5_000_000n },
  ])('is carried when it is worth $why at its age (A57)', ({ dollars, least, orderMin }) => {
    const settings = { ...SETTINGS, bufferExecNotionalMicrosMin: least };
    const reasonOf = (ours: number) => {
      const room = setUp(settings, new MemoryPorts(), 'PAPER', orderMin === null ? null : shares(orderMin));
      room.offer('one', ours);
      return room.buffer.flushDue(settings, START_MS + 60_000)[0]?.presetReason;
    };
    expect([reasonOf(dollars), reasonOf(dollars + 0.000_002)]).toEqual(['CARRIED', null]);
  });

  it('is carried too when the buffer is switched off before it is large enough', () => {
    const { offer, buffer } = setUp();
    offer('one', 0.5);
    expect(buffer.flushDue({ ...SETTINGS, bufferEnabled: false }, START_MS)[0]?.presetReason).toBe('CARRIED');
  });

  it('is nothing when a larger trade passes and the venue would not take it: it waits on (A57)', () => {
    const { offer, buffer } = setUp();
    offer('small', 1);
    expect(brief(offer('large', 6))).toEqual([['IMMEDIATE', 'BUY', 2_000_000]]);
    expect(brief(buffer.flushDue(SETTINGS, START_MS + 60_000))).toEqual([['BUFFER', 'BUY', 1_000_000]]);
  });
});

describe('an exit of the leader', () => {
  const HALF = exitPart(2n, 4n);
  const ALL = exitPart(4n, 4n);

  it('of a fraction lowers the purchases of the token that wait by it, rounded down, and nothing leaves (A43)', () => {
    const { offer, buffer } = setUp();
    offer('one', 3.000_001);
    offer('two', 4);
    offer('other token', 3, { tokenId: OTHER_TOKEN });
    expect(buffer.lower(TOKEN, exitPart(1n, 3n), NOW)).toEqual([]);
    const [left, other] = buffer.flushDue(SETTINGS, START_MS + 60_000);
    // Two thirds of 6.000002 and of 8 shares; the other token is untouched.
    expect(left?.group).toMatchObject({ tokenId: TOKEN, shareMicros: 4_000_001n + 5_333_333n });
    expect(other?.group).toMatchObject({ tokenId: OTHER_TOKEN, shareMicros: 6_000_000n });
  });

  it('of all they hold takes the purchases out as one attempt that is only recorded (A43)', () => {
    const { offer, buffer, groups } = setUp();
    offer('one', 3);
    offer('two', 1);
    offer('other token', 3, { tokenId: OTHER_TOKEN });
    const key = groupKey([groupKey(['one']), groupKey(['two'])]);
    const [given, ...more] = buffer.lower(TOKEN, ALL, NOW);
    expect(given).toMatchObject({
      group: { groupKey: key, tokenId: TOKEN, side: 'BUY' },
      sourceType: 'BUFFER',
      presetReason: 'BUFFER_NETTED_TO_ZERO',
    });
    expect(more).toEqual([]);
    expect(groups.members('PAPER', key)).toHaveLength(2);
    expect(brief(buffer.flushDue(SETTINGS, START_MS + 60_000))).toEqual([['BUFFER', 'BUY', 3_000_000]]);
  });

  it('without a fraction, or with nothing waiting, changes nothing', () => {
    const { offer, buffer } = setUp();
    expect(buffer.lower(TOKEN, ALL, NOW)).toEqual([]);
    offer('one', 3);
    expect(buffer.lower(TOKEN, null, NOW)).toEqual([]);
    expect(brief(buffer.flushDue(SETTINGS, START_MS + 60_000))).toEqual([['BUFFER', 'BUY', 3_000_000]]);
  });

  it('lowers its own mode’s purchases only', () => {
    const ports = new MemoryPorts();
    const [paper, live] = [setUp(SETTINGS, ports), setUp(SETTINGS, ports, 'LIVE')];
    paper.offer('one', 3);
    live.offer('one', 3);
    paper.buffer.lower(TOKEN, HALF, NOW);
    const flushed = (room: typeof paper) => brief(room.buffer.flushDue(SETTINGS, START_MS + 60_000));
    expect([flushed(paper), flushed(live)]).toEqual([
      [['BUFFER', 'BUY', 1_500_000]],
      [['BUFFER', 'BUY', 3_000_000]],
    ]);
  });
});
