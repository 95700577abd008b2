/** The job that tries owed exits again: when it looks, what it tries, under which key, and when it ends (A44). */
import { beforeEach, describe, expect, it } from 'vitest';
import type { ConditionId, TokenId } from '../../../../domain/ids.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../../domain/time.ts';
import type { Quote } from '../../../../durable-objects/rpc.ts';
import { exitIntent } from '../../../../durable-objects/wallet/exits/exit-tries.ts';
import { LEADER, NOW, sh, usd } from '../../../domain/decide/example-facts.ts';
import { exampleIntent, held, OTHER_LEADER, OTHER_TOKEN, purchase } from '../stores.ts';
import { type ExitRoom, exitRoom } from './exit-room.ts';

let room: ExitRoom;

beforeEach(() => {
  room = exitRoom();
});

/** Runs the job when the next look is due; returns in how many milliseconds it is to run again. */
async function runWhenDue(): Promise<number | undefined> {
  room.ports.atMs = room.owed.nextLookAtMs()!;
  const nextMs = await room.tries.run();
  return nextMs === undefined ? undefined : nextMs - room.ports.nowMs();
}

describe('the intent of a try', () => {
  it('stands for no fill of the leader, and has a key of its own for each number', async () => {
    const row = await room.oweHalf();
    const [first, second] = [exitIntent(row, 1, NOW), exitIntent(row, 2, NOW)];
    expect([first.fillCount, first.sourceType, first.exit]).toEqual([
      0,
      'EXIT',
      { kind: 'SHARES', shareMicros: sh('50') },
    ]);
    expect(first.idempotencyKey).not.toBe(second.idempotencyKey);
    expect(exitIntent(row, 1, NOW + 1).idempotencyKey).toBe(first.idempotencyKey);
  });
});

describe('a look', () => {
  it('comes when it is due, and not before', async () => {
    await room.oweHalf();
    room.ports.atMs = NOW + 1_999;
    expect(await room.tries.run()).toBe(NOW + 2_000);
    expect([room.feed.asked, room.shares()]).toEqual([[], sh('100')]);
    room.ports.atMs += 1;
    expect(await room.tries.run()).toBeUndefined();
    expect([room.feed.asked.length, room.shares()]).toEqual([1, sh('50')]);
  });

  it('in vain writes no attempt and no number, says why, and the next one comes later and later', async () => {
    await room.oweHalf();
    room.world.bids = '';
    const pauses: (number | undefined)[] = [];
    for (let look = 0; look < 7; look += 1) pauses.push(await runWhenDue());
    expect(pauses).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
    expect(room.row()).toMatchObject({ tries: 0, looks: 7, shareMicros: sh('50'), state: 'OWED' });
    expect(room.row()?.cause).toBe('NO_LIQUIDITY_WITHIN_BOUNDS');
    expect(room.attemptRows()).toEqual([]);
  });

  it('comes every five minutes once the leader sold an hour ago', async () => {
    await room.oweHalf();
    room.world.bids = '';
    room.owed.later(room.row()!, NOW - 500 + HOUR_MS);
    expect(await runWhenDue()).toBe(2_000);
    room.owed.later(room.row()!, NOW - 500 + HOUR_MS + 1);
    expect(await runWhenDue()).toBe(5 * MINUTE_MS);
  });

  it('names the cause of now', async () => {
    await room.oweHalf();
    room.feed.answers = async () => room.quote({ market: { acceptingOrders: false } });
    await runWhenDue();
    expect(room.row()?.cause).toBe('MARKET_NOT_ACCEPTING');
  });

  it('at a remainder below the venue’s minimum leaves it to the next exit', async () => {
    room.world.bids = '0.49x47';
    await room.exit('first');
    expect(room.row()?.shareMicros).toBe(sh('3'));
    room.world.bids = '0.49x1000';
    expect(await runWhenDue()).toBeUndefined();
    expect(room.row()).toMatchObject({ state: 'TOO_SMALL', shareMicros: sh('3'), nextLookAtMs: null });
  });

  it('owes no more than what is left, where shares have gone another way', async () => {
    await room.oweHalf();
    const gone = { refId: 'copy:2', shareDeltaMicros: sh('-80'), cashDeltaMicros: usd('40') };
    room.book.bookEntry(purchase(gone), held('20', '10'));
    room.world.bids = '';
    await runWhenDue();
    expect(room.row()?.shareMicros).toBe(sh('20'));
    const all = { refId: 'copy:3', shareDeltaMicros: sh('-20'), cashDeltaMicros: usd('10') };
    room.book.bookEntry(purchase(all), held('0', '0'));
    expect(await runWhenDue()).toBeUndefined();
    expect([room.row()?.state, room.attemptRows()]).toEqual(['DONE', []]);
  });

  it('when exits are tried no longer lists the row as expired, and is the last one', async () => {
    const { exitAgeMsMax } = room.settings.of(LEADER);
    await room.oweHalf();
    room.world.bids = '';
    room.owed.later(room.row()!, NOW - 500 + exitAgeMsMax);
    await runWhenDue();
    expect(room.row()?.state).toBe('OWED');
    room.world.bids = '0.49x1000';
    room.owed.later(room.row()!, NOW - 500 + exitAgeMsMax + 1);
    expect(await runWhenDue()).toBeUndefined();
    expect(room.row()).toMatchObject({ state: 'EXPIRED', shareMicros: sh('50'), nextLookAtMs: null });
    expect([room.owed.open().length, room.shares()]).toEqual([1, sh('100')]);
    expect(exitAgeMsMax).toBe(DAY_MS);
  });

  it('finds the switch lowered: the row is held, and no book is asked for', async () => {
    await room.oweHalf();
    room.switches.set('OFF');
    expect(await runWhenDue()).toBeUndefined();
    expect([room.row()?.state, room.feed.asked]).toEqual(['HELD', []]);
  });

  it('of a Wallet that has paused itself holds the row', async () => {
    await room.oweHalf();
    room.pause.start('a bug');
    expect(await runWhenDue()).toBeUndefined();
    expect([room.row()?.state, room.attemptRows()]).toEqual(['HELD', []]);
  });
});

describe('many looks', () => {
  const SLICES = Array.from({ length: 25 }, (_one, index) => ({
    tokenId: `${index + 100}` as TokenId,
    refId: `copy:of:${index}`,
  }));

  /** Twenty-five rows without bids, all due at the same time. */
  beforeEach(() => {
    room.world.bids = '';
    for (const { tokenId, refId } of SLICES) {
      room.book.bookEntry(purchase({ refId, tokenId }), held('10', '5'));
      room.owed.add(exampleIntent({ side: 'SELL', tokenId }), sh('10'), 'BOOK_STALE');
    }
    room.ports.atMs = room.owed.nextLookAtMs()!;
  });

  const asked = () => room.feed.asked.splice(0).map((one) => one.tokenId);

  it('are ten in one run, and the rest soon', async () => {
    expect(await room.tries.run()).toBe(room.ports.nowMs() + 500);
    expect(asked()).toHaveLength(10);
    room.ports.atMs += 500;
    expect(await room.tries.run()).toBe(room.ports.nowMs() + 500);
    expect(asked()).toHaveLength(10);
    room.ports.atMs += 500;
    // The ten of the first run are due again two seconds after it.
    expect(await room.tries.run()).toBe(room.ports.nowMs() + 1_000);
    expect(asked()).toHaveLength(5);
  });

  it('begin with the rows that were looked at least often', async () => {
    await room.tries.run();
    const first = asked();
    // All are due: those of the first run again, and for longer than the other fifteen.
    for (const row of room.owed.open().filter((one) => one.looks > 0)) room.owed.later(row, NOW);
    await room.tries.run();
    expect(asked().filter((one) => first.includes(one))).toEqual([]);
    await room.tries.run();
    expect(asked().filter((one) => first.includes(one))).toHaveLength(5);
  });
});

describe('a try', () => {
  it('sells what is owed as an intent of its own, with a key of its own', async () => {
    const row = await room.oweHalf();
    await runWhenDue();
    expect(room.attemptRows()).toEqual([['EXIT', 'EXECUTE']]);
    const [attempt] = room.ports.outboxedOf('attempt');
    const { idempotencyKey } = exitIntent(row, 1, 0);
    expect(attempt?.idempotencyKey).toBe(idempotencyKey);
    expect(idempotencyKey).not.toBe(row.exitId);
    expect(room.row()).toMatchObject({ state: 'DONE', shareMicros: 0n, tries: 1 });
  });

  it('has another key than every other try, row and exit', () => {
    const row = {
      ...room.exitRequest('any').intent,
      exitId: room.keysOf('one', 'SELL').idempotencyKey,
      shareMicros: sh('5'),
      exitAtMs: NOW,
    } as unknown as Parameters<typeof exitIntent>[0];
    const keyOf = (part: object, number: number) =>
      exitIntent({ ...row, ...part }, number, NOW).idempotencyKey;
    const keys = [
      keyOf({}, 1),
      keyOf({}, 2),
      keyOf({ exitId: room.keysOf('two', 'SELL').idempotencyKey }, 1),
      keyOf({ tokenId: OTHER_TOKEN }, 1),
      keyOf({ leaderAddress: OTHER_LEADER }, 1),
    ];
    expect(new Set(keys).size).toBe(5);
    expect(exitIntent(row, 1, NOW)).toMatchObject({ sourceType: 'EXIT', side: 'SELL', exitOnly: false });
    expect(keyOf({}, 1)).toBe(exitIntent(row, 1, NOW + 60_000).idempotencyKey);
  });

  it('has its number stored before it is decided', async () => {
    room = exitRoom('LIVE');
    room.executor.gateReason = 'LIVE_WS_DOWN';
    await room.exit('first');
    room.executor.gateReason = null;
    room.executor.whenExecuting = () => {
      throw new Error('the object dies');
    };
    await expect(runWhenDue()).rejects.toThrow('the object dies');
    expect(room.row()).toMatchObject({ tries: 1, shareMicros: sh('50'), state: 'OWED' });
  });

  it('is numbered on: neither a sale nor a further exit restarts the number', async () => {
    room = exitRoom('LIVE');
    room.executor.whenExecuting = () => ({ kind: 'refused', reason: 'LIVE_NO_SLOT' });
    await room.exit('first');
    await runWhenDue();
    await runWhenDue();
    expect(room.row()).toMatchObject({ tries: 2, cause: 'LIVE_NO_SLOT', looks: 2 });
    await room.exit('second');
    await runWhenDue();
    expect(room.row()).toMatchObject({
      tries: 3,
      shareMicros: sh('75'),
      exitId: room.keysOf('first', 'SELL').idempotencyKey,
    });
    const keys = room.ports.outboxedOf('attempt').map((one) => one.idempotencyKey);
    expect(new Set(keys).size).toBe(5);
  });

  it('that fills in part leaves the rest owed', async () => {
    await room.oweHalf();
    room.world.bids = '0.49x30';
    expect(await runWhenDue()).toBe(2_000);
    expect([room.shares(), room.row()?.shareMicros, room.row()?.state]).toEqual([sh('70'), sh('20'), 'OWED']);
  });

  it('of which an order is open owes nothing meanwhile', async () => {
    room = exitRoom('LIVE');
    room.executor.gateReason = 'LIVE_WS_DOWN';
    await room.exit('first');
    room.executor.gateReason = null;
    room.executor.whenExecuting = () => ({ ...room.DONE, soldShareMicros: sh('50') });
    expect(await runWhenDue()).toBeUndefined();
    expect(room.row()).toMatchObject({ state: 'DONE', shareMicros: 0n, tries: 1 });
  });

  it('is never too old, however long ago the leader sold', async () => {
    await room.oweHalf();
    room.owed.later(room.row()!, NOW + 23 * HOUR_MS);
    await runWhenDue();
    expect(room.shares()).toBe(sh('50'));
  });
});

describe('while an order of the same is open', () => {
  beforeEach(async () => {
    room = exitRoom('LIVE');
    room.executor.gateReason = 'LIVE_WS_DOWN';
    await room.exit('first');
    room.executor.gateReason = null;
    room.ports.clearOutbox();
  });

  it('nothing is tried and no book asked for; it is looked at again in two seconds', async () => {
    room.executor.ready = false;
    expect(await runWhenDue()).toBe(2_000);
    expect([room.feed.asked, room.attemptRows(), room.executor.executed]).toEqual([[], [], []]);
    expect(room.row()).toMatchObject({ tries: 0, looks: 0, shareMicros: sh('50') });
  });

  it('that was placed while the book was read nothing is tried', async () => {
    room.feed.answers = async () => {
      room.executor.ready = false;
      return room.quote();
    };
    await runWhenDue();
    expect([room.row()?.tries, room.attemptRows(), room.executor.executed]).toEqual([0, [], []]);
  });

  it('nothing is taken for gone', async () => {
    room.executor.ready = false;
    const gone = {
      mode: 'LIVE',
      refId: 'copy:2',
      shareDeltaMicros: sh('-100'),
      cashDeltaMicros: usd('40'),
    } as const;
    room.book.bookEntry(purchase(gone), held('0', '0'));
    room.tries.prune();
    expect(room.row()?.shareMicros).toBe(sh('50'));
    room.executor.ready = true;
    room.tries.prune();
    expect(room.row()).toMatchObject({ state: 'DONE', shareMicros: 0n });
  });
});

describe('a row that changes while the book is read', () => {
  const meanwhile = (act: () => void) => {
    room.feed.answers = async () => {
      act();
      return room.quote();
    };
  };

  it('because the operator keeps it, is not tried', async () => {
    await room.oweHalf();
    meanwhile(() => room.owed.keep(room.row()!));
    await runWhenDue();
    expect([room.row()?.state, room.shares(), room.attemptRows()]).toEqual(['KEPT', sh('100'), []]);
  });

  it('because shares were bought back, is tried with what is left', async () => {
    await room.oweHalf();
    meanwhile(() => room.owed.limitTo(room.row()!, sh('30')));
    await runWhenDue();
    expect(room.shares()).toBe(sh('70'));
  });

  it('because the switch was lowered, is held', async () => {
    await room.oweHalf();
    meanwhile(() => room.switches.set('OFF'));
    await runWhenDue();
    expect([room.row()?.state, room.row()?.shareMicros, room.shares()]).toEqual([
      'HELD',
      sh('50'),
      sh('100'),
    ]);
  });
});

describe('many owed exits', () => {
  /** So many tokens of which ten shares are held and owed, each due a millisecond after the other. */
  function oweMany(count: number): void {
    for (let index = 0; index < count; index += 1) {
      const tokenId = String(index + 100) as TokenId;
      const conditionId = `0x${String(index).padStart(64, '0')}` as ConditionId;
      const bought = { refId: `many:${index}`, tokenId, conditionId };
      room.book.bookEntry(purchase(bought), held('10', '5'));
      room.owed.add(exampleIntent({ side: 'SELL', tokenId, conditionId }), sh('10'), 'BOOK_STALE');
      const row = room.owed.get(LEADER, tokenId)!;
      room.owed.later(row, NOW + index);
    }
    room.ports.clearOutbox();
    room.feed.answers = async (): Promise<Quote> => room.quote();
  }

  it('are tried three in a run, the longest due first, and the rest half a second later', async () => {
    oweMany(7);
    room.ports.atMs = NOW + 10;
    const sold = () => room.ports.outboxedOf('attempt').map((one) => one.tokenId);
    expect(await room.tries.run()).toBe(NOW + 510);
    expect(sold()).toEqual(['100', '101', '102']);
    expect(await room.tries.run()).toBe(NOW + 510);
    expect(await room.tries.run()).toBeUndefined();
    expect(sold()).toHaveLength(7);
  });

  it('are all looked at in one run where none can be sold', async () => {
    oweMany(7);
    room.world.bids = '';
    room.ports.atMs = NOW + 10;
    expect(await room.tries.run()).toBe(NOW + 10 + 2_000);
    expect([room.feed.asked.length, room.attemptRows()]).toEqual([7, []]);
  });
});

describe('what is not held any more', () => {
  const goneBy = (size: string, left: string) =>
    room.book.bookEntry(
      purchase({ refId: `gone:${left}`, shareDeltaMicros: sh(`-${size}`), cashDeltaMicros: usd('1') }),
      held(left, '1'),
    );

  it('ends what is owed, whatever its state', async () => {
    await room.oweHalf();
    room.switches.set('OFF');
    room.commands.holdWhatIsOff();
    goneBy('70', '30');
    room.tries.prune();
    expect(room.row()).toMatchObject({ state: 'HELD', shareMicros: sh('30') });
    goneBy('30', '0');
    room.tries.prune();
    expect(room.row()).toMatchObject({ state: 'DONE', shareMicros: 0n });
  });

  it('is not kept either', async () => {
    room.owed.keep(await room.oweHalf());
    goneBy('70', '30');
    room.tries.prune();
    expect(room.row()?.state).toBe('KEPT');
    goneBy('30', '0');
    room.tries.prune();
    expect([room.row()?.state, room.owed.kept()]).toEqual(['DONE', []]);
  });

  it('leaves what is held as it is', async () => {
    const row = await room.oweHalf();
    room.tries.prune();
    expect(room.row()).toEqual(row);
  });
});
