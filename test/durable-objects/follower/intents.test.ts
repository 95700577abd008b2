/** From a closed group to the intents of both modes: who gets one, through the buffer or not, and when it is looked at again. */
import { describe, expect, it } from 'vitest';
import type { Control } from '../../../domain/settings/control.ts';
import type { Group } from '../../../durable-objects/follower/groups.ts';
import { START_MS } from '../memory-ports.ts';
import { controlWith, decided, followerParts } from './follower-parts.ts';
import { group, pendingFill, TOKEN } from './leader-data.ts';

/** A tenth of the leader's; below $5 of ours it waits in the buffer. */
const BUFFERED = {
  bufferEnabled: true,
  copyRateBps: 1_000,
  bufferThresholdNotionalMicros: 5_000_000,
  bufferFlushNotionalMicros: 10_000_000,
  bufferExecNotionalMicrosMin: 0,
  bufferAgeMsMax: 60_000,
  bufferQuietMs: 30_000,
};

function setUp(control: Control = controlWith()) {
  const parts = followerParts(control);
  const add = (name: string, part: Partial<Group> = {}) => {
    const closed = group(name, part);
    parts.intents.add(closed, [pendingFill(name)], parts.ports.atMs);
    return closed;
  };
  const next = (mode: 'PAPER' | 'LIVE' = 'PAPER') => parts.intents.next(mode)?.dispatch;
  return { ...parts, add, next };
}

describe('a closed group', () => {
  it('becomes an intent of every active mode, with its fills as members', () => {
    const { add, next, groups } = setUp(controlWith({ liveTrading: 'ON' }));
    const closed = add('one');
    expect([next('PAPER')?.group, next('LIVE')?.group]).toEqual([closed, closed]);
    for (const mode of ['PAPER', 'LIVE'] as const) {
      expect(groups.members(mode, closed.groupKey)).toEqual(['one']);
    }
  });

  it('becomes none of a mode that is off', () => {
    const { add, next, groups } = setUp();
    const closed = add('one');
    expect(next('LIVE')).toBeUndefined();
    expect(groups.members('LIVE', closed.groupKey)).toEqual([]);
  });

  it('waits in the buffer when our part of it is small, and is looked at when it may leave', () => {
    const { add, next, dueMs } = setUp(controlWith({ paper: BUFFERED }));
    add('small');
    expect([next(), dueMs('buffers')]).toEqual([undefined, START_MS + 30_000]);
  });

  it('is buffered by each mode’s own settings', () => {
    const { add, next } = setUp(controlWith({ liveTrading: 'ON', paper: BUFFERED }));
    add('small');
    expect([next('PAPER'), next('LIVE')?.sourceType]).toEqual([undefined, 'IMMEDIATE']);
  });

  it('passes the buffer when it is below the leader minimum, which the decision then reports', () => {
    const limit = (leaderTradeNotionalMicrosMin: number) => {
      const { add, next } = setUp(controlWith({ paper: { ...BUFFERED, leaderTradeNotionalMicrosMin } }));
      add('small');
      return next()?.sourceType;
    };
    expect([limit(2_000_000), limit(2_000_001)]).toEqual([undefined, 'IMMEDIATE']);
  });

  it('passes the buffer when our part of it cannot be sized', () => {
    const budgeted = {
      ...BUFFERED,
      budgetedDynamicEnabled: true,
      sizingMode: 'budgetedDynamic',
      budgetNotionalMicros: 1_000_000,
    } as const;
    const unknown = setUp(controlWith({ paper: budgeted }));
    unknown.add('small', { fillCount: 2 });
    expect(unknown.next()?.sourceType).toBe('AGGREGATOR');
    const known = setUp(controlWith({ paper: budgeted }));
    known.holdings.seed([], { complete: true, asOfMs: START_MS });
    known.add('small');
    expect(known.next()).toBeUndefined();
  });

  it('is an exit when it is a sale and nothing of the token is left by a complete reading', () => {
    const exited = (side: 'BUY' | 'SELL', complete: boolean) => {
      const { add, next, holdings } = setUp();
      holdings.seed([], { complete, asOfMs: START_MS });
      add('one', { side });
      return next()?.leaderExited;
    };
    expect([exited('SELL', true), exited('BUY', true), exited('SELL', false)]).toEqual([true, false, false]);
  });

  it('passes the buffer as an exit, however small', () => {
    const { add, next, holdings } = setUp(controlWith({ paper: BUFFERED }));
    holdings.seed([], { complete: true, asOfMs: START_MS });
    add('exit', { side: 'SELL' });
    expect(next()).toMatchObject({ sourceType: 'IMMEDIATE', leaderExited: true });
  });
});

describe('the look at buffers and carries', () => {
  it('queues what is due of both modes, asks for the next look, and hands over', () => {
    const { add, next, intents, ports, dueMs } = setUp(
      controlWith({ liveTrading: 'ON', paper: BUFFERED, live: { ...BUFFERED, bufferQuietMs: 50_000 } }),
    );
    add('small');
    ports.storage.rows('DELETE FROM due');
    ports.atMs = START_MS + 30_000;
    intents.flush();
    expect([next('PAPER')?.sourceType, next('LIVE')]).toEqual(['BUFFER', undefined]);
    expect([dueMs('dispatch'), dueMs('buffers')]).toEqual([START_MS + 30_000, START_MS + 50_000]);
  });

  it('keeps all of a mode’s flush or none of it', () => {
    const { add, next, intents, ports } = setUp(controlWith({ paper: BUFFERED }));
    add('small');
    ports.atMs = START_MS + 30_000;
    ports.refusesStatement = (query) => query.startsWith('INSERT INTO outbox');
    expect(() => intents.flush()).toThrow('refused');
    ports.refusesStatement = undefined;
    expect(next()).toBeUndefined();
    intents.flush();
    expect(next()?.sourceType).toBe('BUFFER');
  });
});

describe('the answer of a Wallet', () => {
  const answer = (part: Partial<Group>, carried: bigint, complete = true) => {
    const parts = setUp(controlWith({ paper: { carryAgeMsMax: 60_000 } }));
    parts.holdings.seed([], { complete, asOfMs: START_MS });
    parts.add('one', part);
    parts.ports.storage.rows('DELETE FROM due');
    parts.intents.answered('PAPER', parts.intents.next('PAPER')!, decided(carried));
    return parts;
  };

  it('that carries shares asks for a look when they will be too old', () => {
    const { intents, dueMs } = answer({ eventAtMs: START_MS - 2_000 }, 3_000_000n);
    expect([intents.carried('PAPER', TOKEN), intents.carried('LIVE', TOKEN)]).toEqual([3_000_000n, 0n]);
    expect(dueMs('buffers')).toBe(START_MS + 58_001);
  });

  it('that carries nothing asks for none', () => {
    const { dueMs, next } = answer({}, 0n);
    expect([dueMs('buffers'), next()]).toEqual([undefined, undefined]);
  });

  it('to an exit gives up what is carried of the token, and to no other act', () => {
    const exit = answer({ side: 'SELL' }, 3_000_000n);
    expect(exit.next()).toMatchObject({ sourceType: 'CARRY', presetReason: 'CARRY_EXPIRED' });
    expect(exit.intents.carried('PAPER', TOKEN)).toBe(0n);
    const partial = answer({ side: 'SELL' }, 3_000_000n, false);
    expect([partial.next(), partial.intents.carried('PAPER', TOKEN)]).toEqual([undefined, -3_000_000n]);
  });
});
