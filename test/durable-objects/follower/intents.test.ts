/** From a closed group to the intents of both modes: who gets one, through the buffer or not, and when it is looked at again. */
import { describe, expect, it } from 'vitest';
import { price, shares } from '../../../domain/money.ts';
import type { Control } from '../../../domain/settings/control.ts';
import type { CopyResult } from '../../../durable-objects/copy-answer.ts';
import type { Group } from '../../../durable-objects/follower/groups.ts';
import { START_MS } from '../memory-ports.ts';
import { controlWith, decided, followerParts, report } from './follower-parts.ts';
import { CONDITION, group, leaderRow, pendingFill, settingsWith, TOKEN } from './leader-data.ts';

/** As much as the leader; below $5 of ours it waits in the buffer. */
const BUFFERED = {
  bufferEnabled: true,
  copyRateBps: 10_000,
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
    parts.intents.add(closed, [pendingFill(name, { side: closed.side })], parts.ports.atMs);
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

  it('that no mode buffers reads neither buffers nor carries before it is handed over (design.md 12)', () => {
    const { add, next, ports } = setUp(controlWith({ liveTrading: 'ON' }));
    ports.refusesStatement = (query) => /FROM (buffered|carry)/.test(query);
    add('one');
    expect([next('PAPER')?.sourceType, next('LIVE')?.sourceType]).toEqual(['IMMEDIATE', 'IMMEDIATE']);
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
});

describe('the look at buffers and carries', () => {
  it('queues what is due of both modes, asks for the next look, and hands over', () => {
    const { add, next, intents, ports, dueMs } = setUp(
      controlWith({ liveTrading: 'ON', paper: BUFFERED, live: { ...BUFFERED, bufferQuietMs: 50_000 } }),
    );
    add('small');
    ports.clearDue();
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
    parts.ports.clearDue();
    parts.intents.answered('PAPER', parts.intents.next('PAPER')!, decided(carried));
    return parts;
  };

  it('that carries shares asks for a look when they will be too old', () => {
    const { modes, dueMs } = answer({ eventAtMs: START_MS - 2_000 }, 3_000_000n);
    expect([modes.PAPER.carries.balance(TOKEN), modes.LIVE.carries.balance(TOKEN)]).toEqual([3_000_000n, 0n]);
    expect(dueMs('buffers')).toBe(START_MS + 58_001);
  });

  it('that carries nothing asks for none', () => {
    const { dueMs, next } = answer({}, 0n);
    expect([dueMs('buffers'), next()]).toEqual([undefined, undefined]);
  });

  it('to an exit of all they hold gives up what is carried of the token; without a fraction it stays (A43)', () => {
    const exit = (exited: boolean) => {
      const parts = answer({}, 3_000_000n);
      parts.holdings.seed([], { complete: exited, asOfMs: START_MS });
      const held = exited ? shares(4_000_000n) : null;
      parts.intents.add(
        group('exit', { side: 'SELL' }),
        [pendingFill('exit', { side: 'SELL', heldBeforeMicros: held })],
        START_MS,
      );
      parts.intents.answered('PAPER', parts.intents.next('PAPER')!, decided());
      return [parts.next()?.presetReason, parts.modes.PAPER.carries.balance(TOKEN)];
    };
    expect([exit(true), exit(false)]).toEqual([
      ['CARRY_SOLD', 0n],
      [undefined, 3_000_000n],
    ]);
  });

  it.each([
    [
      'as they were sold',
      [
        [30, 100, 0],
        [20, 70, 1],
      ],
      [50, 100],
    ],
    [
      'whatever they bought in between',
      [
        [30, 100, 0],
        [20, 120, 1],
      ],
      [50, 100],
    ],
    [
      'in one second, in any order',
      [
        [20, 70, 0],
        [30, 100, 0],
      ],
      [50, 100],
    ],
    [
      'also when a reading has all of them already',
      [
        [30, 80, 0, true],
        [20, 70, 0, true],
      ],
      [50, 100],
    ],
  ] as const)(
    'to several sales of one group takes their part of what was held before the first, %s (A43)',
    (_how, sales, part) => {
      const micros = (amount: number) => shares(BigInt(amount) * 1_000_000n);
      const parts = setUp(controlWith({}));
      parts.holdings.seed([], { complete: false, asOfMs: START_MS });
      const fills = sales.map(([sold, held, second, inReading = false], at) =>
        pendingFill(`sale-${at}`, {
          side: 'SELL',
          shareMicros: micros(sold),
          heldBeforeMicros: micros(held),
          eventAtMs: START_MS + second * 1_000,
          inReading,
        }),
      );
      parts.intents.add(group('sold', { side: 'SELL', shareMicros: micros(50) }), fills, START_MS);
      const [sold, held] = part;
      expect(parts.next()?.exit).toEqual({
        kind: 'FRACTION',
        soldShareMicros: micros(sold),
        heldShareMicros: micros(held),
      });
    },
  );

  it('that a live purchase may bring shares lets exits go to the live Wallet when it is OFF too (A44)', () => {
    const receivers = (result: CopyResult) => {
      const parts = setUp(controlWith({ liveTrading: 'ON' }));
      parts.add('bought');
      parts.intents.answered('LIVE', parts.intents.next('LIVE')!, result);
      parts.cache.apply(controlWith({ version: 2, liveTrading: 'OFF' }));
      parts.add('sold', { side: 'SELL' });
      parts.add('more');
      return parts.ports.storage
        .rows("SELECT body FROM dispatch WHERE mode = 'LIVE' ORDER BY id")
        .map((row) => JSON.parse(String(row.body)).group.side);
    };
    const waits: CopyResult = { ...decided(), decision: 'WAIT' } as CopyResult;
    expect(receivers(decided())).toEqual(['SELL']);
    expect(receivers(waits)).toEqual(['SELL']);
    expect(receivers(decided(1n))).toEqual([]);
    expect(receivers({ kind: 'inactive' })).toEqual([]);
  });
});

describe('the fraction of an exit', () => {
  const whole = (count: number) => shares(BigInt(Math.round(count * 1_000_000)));
  /** Takes sales of these sizes in through the front door and closes them as one group; `held` was read before. */
  function sold(sizes: readonly number[], { held, complete = true }: { held: number; complete?: boolean }) {
    const parts = setUp();
    const position = {
      tokenId: TOKEN,
      conditionId: CONDITION,
      eventSlug: '',
      avgPriceMicros: price(400_000n),
    };
    parts.holdings.seed([{ ...position, shareMicros: whole(held) }], {
      complete,
      asOfMs: START_MS - 2_000,
    });
    sizes.forEach((size, at) => {
      const row = leaderRow({ tx: `sale ${at}`, side: 'SELL', shareMicros: whole(size) });
      parts.intake.take(report({ rows: [row] }), START_MS + at);
    });
    return { ...parts, ...closed(parts) };
  }
  function closed({ groups, intake, intents, next }: ReturnType<typeof setUp>) {
    const slot = groups.slots({ quietMs: 0, ageMsMax: 0 }).find((one) => one.slot.endsWith('SELL'))!;
    const { group: exit, fills } = intake.close(slot);
    intents.add(exit, fills, START_MS);
    const { exit: part, leaderExited } = next()!;
    return { part, leaderExited };
  }
  const fraction = (soldShareMicros: bigint, heldShareMicros: bigint) => ({
    kind: 'FRACTION',
    soldShareMicros,
    heldShareMicros,
  });

  it('is what the whole group sold of what they held before its first fill (A43)', () => {
    const { part, leaderExited } = sold([10, 15], { held: 100 });
    expect([part, leaderExited]).toEqual([fraction(25_000_000n, 100_000_000n), false]);
  });

  it('is fixed when the group closes: what they do later does not change it (A43)', () => {
    const parts = sold([25], { held: 100 });
    const row = leaderRow({ tx: 'later', side: 'SELL', shareMicros: whole(50) });
    parts.intake.take(report({ rows: [row] }), START_MS + 1_000);
    expect(parts.next()?.exit).toEqual(fraction(25_000_000n, 100_000_000n));
  });

  it('of a second group counts from what the first one left (A43)', () => {
    const parts = sold([50], { held: 100 });
    parts.groups.done(parts.intents.next('PAPER')!.id);
    const row = leaderRow({ tx: 'second', side: 'SELL', shareMicros: whole(25) });
    parts.intake.take(report({ rows: [row] }), START_MS + 1_000);
    expect(closed(parts).part).toEqual(fraction(25_000_000n, 50_000_000n));
  });

  it('is all when less than a tenth of a share is left, and not at a tenth (A43)', () => {
    const all = sold([99.900_001], { held: 100 });
    expect([all.part, all.leaderExited]).toEqual([fraction(100_000_000n, 100_000_000n), true]);
    const part = sold([99.9], { held: 100 });
    expect([part.part, part.leaderExited]).toEqual([fraction(99_900_000n, 100_000_000n), false]);
  });

  it('is all when they sold more than a whole reading says they hold (A43)', () => {
    const { part, leaderExited } = sold([120], { held: 100 });
    expect([part, leaderExited]).toEqual([fraction(120_000_000n, 120_000_000n), true]);
    expect(sold([4], { held: 0 }).part).toEqual(fraction(4_000_000n, 4_000_000n));
  });

  it('is unknown without a whole reading of what they hold (A43)', () => {
    const { part, leaderExited } = sold([25], { held: 100, complete: false });
    expect([part, leaderExited]).toEqual([null, false]);
  });

  it('is unknown where one fill of the group came before the whole reading (A43)', () => {
    const parts = setUp();
    const take = (tx: string) =>
      parts.intake.take(
        report({ rows: [leaderRow({ tx, side: 'SELL', shareMicros: whole(10) })] }),
        START_MS,
      );
    take('before the reading');
    const position = {
      tokenId: TOKEN,
      conditionId: CONDITION,
      eventSlug: '',
      avgPriceMicros: price(400_000n),
    };
    parts.holdings.seed([{ ...position, shareMicros: whole(100) }], { complete: true, asOfMs: START_MS });
    take('after it');
    expect(closed(parts).part).toBeNull();
  });

  it('counts a sale that a newer reading has already among what they held before (A43)', () => {
    const parts = setUp();
    const position = {
      tokenId: TOKEN,
      conditionId: CONDITION,
      eventSlug: '',
      avgPriceMicros: price(400_000n),
    };
    parts.holdings.seed([{ ...position, shareMicros: whole(75) }], { complete: true, asOfMs: START_MS });
    // It happened a second before the reading.
    const row = leaderRow({ tx: 'known', side: 'SELL', shareMicros: whole(25) });
    parts.intake.take(report({ rows: [row] }), START_MS);
    expect(closed(parts).part).toEqual(fraction(25_000_000n, 100_000_000n));
  });
});

describe('a sale and the buffer', () => {
  it('passes it however small, with or without a fraction (A43)', () => {
    const source = (complete: boolean) => {
      const { add, next, holdings } = setUp(controlWith({ paper: BUFFERED }));
      holdings.seed([], { complete, asOfMs: START_MS });
      add('exit', { side: 'SELL' });
      return [next()?.sourceType, next()?.leaderExited];
    };
    expect([source(true), source(false)]).toEqual([
      ['IMMEDIATE', true],
      ['IMMEDIATE', false],
    ]);
  });

  it('lowers in each mode what waits there of purchases (A43)', () => {
    const { add, intents, modes, ports } = setUp(
      controlWith({ liveTrading: 'ON', paper: BUFFERED, live: BUFFERED }),
    );
    add('bought');
    const fill = pendingFill('exit', { side: 'SELL', heldBeforeMicros: shares(8_000_000n) });
    intents.add(group('exit', { side: 'SELL' }), [fill], START_MS);
    ports.atMs = START_MS + 60_000;
    const waited = (mode: 'PAPER' | 'LIVE') =>
      modes[mode].buffer.flushDue(settingsWith(BUFFERED), ports.atMs)[0]?.ourNotionalMicros;
    // $2, less the half that they have sold.
    expect([waited('PAPER'), waited('LIVE')]).toEqual([1_000_000n, 1_000_000n]);
  });
});
