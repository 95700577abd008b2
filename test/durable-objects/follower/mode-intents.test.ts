/** The groups of one mode on their way to its Wallet, and what its answers change. */
import { describe, expect, it } from 'vitest';
import { carryId, groupKey } from '../../../domain/ids.ts';
import { cash } from '../../../domain/money.ts';
import { DAY_MS } from '../../../domain/time.ts';
import type { CopyResult } from '../../../durable-objects/copy-answer.ts';
import type { Group } from '../../../durable-objects/follower/groups.ts';
import { START_MS } from '../memory-ports.ts';
import { decided, followerParts } from './follower-parts.ts';
import { exitPart, group, pendingFill, settingsWith, TOKEN } from './leader-data.ts';

const SETTINGS = settingsWith({
  bufferEnabled: true,
  bufferThresholdNotionalMicros: 5_000_000,
  bufferFlushNotionalMicros: 10_000_000,
  bufferExecNotionalMicrosMin: 2_000_000,
  bufferAgeMsMax: 60_000,
  bufferQuietMs: 30_000,
});

const HALF = exitPart(2n, 4n);
const given = { settings: SETTINGS, nowMs: START_MS };

function setUp() {
  const parts = followerParts();
  const { intents, carries, buffer } = parts.modes.PAPER;
  const queued = () =>
    parts.ports.storage
      .rows('SELECT body FROM dispatch ORDER BY id')
      .map((row) => JSON.parse(String(row.body)));
  /** Queues a group and gives it this answer. */
  const answer = (name: string, result: CopyResult, part: Partial<Group> = {}) => {
    intents.addDirect(group(name, part));
    return intents.answered(intents.next()!, result, given);
  };
  const members = () => parts.ports.outboxedOf('groupMember');
  return { ...parts, intents, carries, buffer, queued, answer, members };
}

describe('a group that is not buffered', () => {
  it('is queued as it is, named by whether it is one fill or several', () => {
    const { intents, groups } = setUp();
    const several = group('several', { fillCount: 2 });
    intents.addDirect(several, { leaderExited: true, exit: HALF });
    const first = intents.next()!;
    expect(first.dispatch).toEqual({
      group: several,
      sourceType: 'AGGREGATOR',
      ourNotionalMicros: null,
      leaderExited: true,
      exit: HALF,
      presetReason: null,
    });
    groups.done(first.id);
    intents.addDirect(group('one'));
    expect(intents.next()?.dispatch).toMatchObject({
      sourceType: 'IMMEDIATE',
      leaderExited: false,
      exit: null,
    });
  });

  it('has its fills as members of the mode', () => {
    const { intents, groups } = setUp();
    intents.join([pendingFill('a'), pendingFill('b')], groupKey(['a', 'b']), START_MS);
    expect(groups.members('PAPER', groupKey(['a', 'b']))).toEqual(['a', 'b']);
    expect(groups.members('LIVE', groupKey(['a', 'b']))).toEqual([]);
  });
});

describe('what leaves the buffer', () => {
  it('is queued with rows that name its members; a group that passes has no such rows', () => {
    const { intents, queued, members } = setUp();
    intents.addBuffered(group('small'), cash(3_000_000n), given);
    expect(queued()).toEqual([]);
    intents.addBuffered(group('large'), cash(9_000_000n), given);
    expect(queued().map((one) => one.sourceType)).toEqual(['BUFFER', 'IMMEDIATE']);
    const key = groupKey([groupKey(['small'])]);
    expect(members()).toEqual([
      { kind: 'groupMember', mode: 'PAPER', memberId: groupKey(['small']), groupKey: key },
    ]);
  });

  it('is queued by a flush, as are carries that are too old', () => {
    const { intents, carries, queued, members } = setUp();
    intents.addBuffered(group('small'), cash(3_000_000n), given);
    const old = group('old', { eventAtMs: START_MS - DAY_MS });
    carries.add(old, old.shareMicros, START_MS);
    const settings = { ...SETTINGS, carryAgeMsMax: DAY_MS };
    expect(intents.flushTimes(settings)).toEqual([START_MS + settings.bufferQuietMs, START_MS + 1]);
    intents.flush(settings, START_MS);
    expect(queued()).toEqual([]);
    intents.flush(settings, START_MS + settings.bufferAgeMsMax);
    expect(queued().map((one) => [one.sourceType, one.presetReason])).toEqual([
      ['BUFFER', null],
      ['CARRY', 'CARRY_EXPIRED'],
    ]);
    expect(members()).toHaveLength(2);
    expect(intents.flushTimes(settings)).toEqual([]);
  });
});

describe('the answer of a Wallet', () => {
  it('takes the intent out of the queue, whatever it is', () => {
    const { answer, intents, carries } = setUp();
    expect(answer('one', decided())).toBe(false);
    expect(answer('two', { kind: 'inactive' })).toBe(false);
    expect([intents.next(), carries.balance(TOKEN)]).toEqual([undefined, 0n]);
  });

  it('carries the shares that were too small', () => {
    const { answer, carries, intents } = setUp();
    expect(answer('one', decided(3_000_000n))).toBe(true);
    expect([intents.next(), carries.balance(TOKEN)]).toEqual([undefined, 3_000_000n]);
  });

  it('carries them once when the same answer comes again', () => {
    const { answer, carries } = setUp();
    answer('one', decided(3_000_000n));
    answer('one', decided(3_000_000n));
    expect(carries.balance(TOKEN)).toBe(3_000_000n);
  });

  it('releases the carries once they reach the minimum that the Wallet saw', () => {
    const { answer, carries, intents, members } = setUp();
    answer('one', decided(3_000_000n, 6_000_000n));
    answer('two', decided(2_000_000n, 6_000_000n));
    expect(intents.next()).toBeUndefined();
    answer('three', decided(1_000_000n, 6_000_000n));
    expect(intents.next()?.dispatch).toMatchObject({
      sourceType: 'CARRY',
      group: { shareMicros: 6_000_000n },
    });
    expect(carries.balance(TOKEN)).toBe(0n);
    const ids = ['one', 'two', 'three'].map((name) =>
      carryId({ mode: 'PAPER', sourceGroupKey: groupKey([name]) }),
    );
    expect(
      members()
        .map((one) => one.memberId)
        .sort(),
    ).toEqual(ids.sort());
  });

  it('releases nothing below the least that the buffer of the mode places (A57)', () => {
    const { intents, answer, carries } = setUp();
    const wide = { ...SETTINGS, bufferExecNotionalMicrosMin: 4_000_000 };
    intents.addDirect(group('one'));
    // Six at 50 cents are worth $3.
    intents.answered(intents.next()!, decided(6_000_000n), { settings: wide, nowMs: START_MS });
    expect([intents.next(), carries.balance(TOKEN)]).toEqual([undefined, 6_000_000n]);
    intents.addDirect(group('two'));
    const off = { ...wide, bufferEnabled: false };
    intents.answered(intents.next()!, decided(1n), { settings: off, nowMs: START_MS });
    expect(intents.next()?.dispatch.group.shareMicros).toBe(6_000_001n);
    expect(answer('three', decided())).toBe(false);
  });

  it('releases nothing while the Wallet knows no minimum', () => {
    const { answer, carries, intents } = setUp();
    expect(answer('one', decided(30_000_000n, null))).toBe(true);
    expect([intents.next(), carries.balance(TOKEN)]).toEqual([undefined, 30_000_000n]);
  });

  it('keeps a release that was again too small until the leader’s next act', () => {
    const { answer, carries, intents } = setUp();
    answer('one', decided(6_000_000n));
    const release = intents.next()!;
    expect(release.dispatch.sourceType).toBe('CARRY');
    expect(intents.answered(release, decided(6_000_000n), given)).toBe(true);
    expect([intents.next(), carries.balance(TOKEN)]).toEqual([undefined, 6_000_000n]);
    answer('two', decided(1n));
    expect(intents.next()?.dispatch.group.shareMicros).toBe(6_000_001n);
  });
});

describe('an exit of the leader', () => {
  const sale = group('exit', { side: 'SELL' });

  it('lowers the purchases that wait in the buffer by the fraction, and is queued itself (A43)', () => {
    const { intents, buffer, queued } = setUp();
    intents.addBuffered(group('small'), cash(3_000_000n), { settings: SETTINGS, nowMs: START_MS });
    intents.addExit(sale, { leaderExited: false, exit: HALF }, given);
    expect(queued()).toMatchObject([
      { sourceType: 'IMMEDIATE', group: { side: 'SELL' }, leaderExited: false },
    ]);
    expect(buffer.flushDue(SETTINGS, START_MS + 60_000)).toMatchObject([{ ourNotionalMicros: 1_500_000n }]);
  });

  it('of all they hold takes these purchases out first, in a row with its members (A43)', () => {
    const { intents, queued, members } = setUp();
    intents.addBuffered(group('small'), cash(3_000_000n), { settings: SETTINGS, nowMs: START_MS });
    intents.addExit(sale, { leaderExited: true, exit: exitPart(4n, 4n) }, given);
    expect(queued().map((one) => [one.sourceType, one.presetReason, one.leaderExited])).toEqual([
      ['BUFFER', 'BUFFER_NETTED_TO_ZERO', false],
      ['IMMEDIATE', null, true],
    ]);
    expect(members()).toHaveLength(1);
  });

  it('that was decided lowers what is carried of purchases before it (A43)', () => {
    const { answer, intents, carries, queued } = setUp();
    answer('before', decided(3_000_000n));
    answer('after', decided(1_000_000n), { eventAtMs: sale.eventAtMs + 1 });
    intents.addDirect(sale, { leaderExited: false, exit: HALF });
    intents.lowerCarries(intents.next()!.dispatch, START_MS);
    expect(carries.balance(TOKEN)).toBe(2_500_000n);
    intents.lowerCarries({ ...intents.next()!.dispatch, exit: exitPart(4n, 4n) }, START_MS);
    expect(carries.balance(TOKEN)).toBe(1_000_000n);
    expect(queued().at(-1)).toMatchObject({ sourceType: 'CARRY', presetReason: 'CARRY_SOLD' });
  });
});
