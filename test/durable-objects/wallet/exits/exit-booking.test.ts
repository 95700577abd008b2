/** What a decision leaves to be done about exits, inside its transaction. */
import { beforeEach, describe, expect, it } from 'vitest';
import { sh } from '../../../domain/decide/example-facts.ts';
import { DONE, NO_FILL } from '../turn-room.ts';
import { type ExitRoom, exitRoom } from './exit-room.ts';

let room: ExitRoom;

beforeEach(() => {
  room = exitRoom('LIVE');
});

describe('a sale', () => {
  it('that waits is kept with its settings, and owes nothing', async () => {
    room.executor.whenExecuting = () => ({ kind: 'wait' });
    await room.exit('first');
    expect(room.waits.waiting).toMatchObject([
      { intent: room.keysOf('first', 'SELL'), settings: { exitSizing: 'MIRROR_FRACTION' } },
    ]);
    expect([room.waits.ended, room.row()]).toEqual([[], undefined]);
  });

  it('that is decided waits no more, and owes what it did not sell', async () => {
    room.executor.whenExecuting = () => ({ ...DONE, soldShareMicros: sh('20') });
    await room.exit('first');
    expect(room.waits.ended).toEqual([room.keysOf('first', 'SELL').idempotencyKey]);
    expect(room.row()?.shareMicros).toBe(sh('30'));
  });

  it('and what it owes are stored together or not at all', async () => {
    room.executor.gateReason = 'LIVE_WS_DOWN';
    room.ports.refusesStatement = (query) => query.includes('INTO owed_exit');
    await expect(room.exit('first')).rejects.toThrow('refused');
    expect([room.attemptRows(), room.turn.stored(room.keysOf('first', 'SELL'))]).toEqual([[], undefined]);
    room.ports.refusesStatement = undefined;
    await room.exit('first');
    expect([room.attemptRows().length, room.row()?.shareMicros]).toEqual([1, sh('50')]);
  });
});

describe('a purchase', () => {
  it('comes after the sales that wait, with what it has bought already', async () => {
    room.executor.whenExecuting = () => ({ ...DONE, filled: { ...NO_FILL, shareMicros: sh('3') } });
    await room.buy('first');
    room.executor.whenExecuting = () => ({ kind: 'refused', reason: 'LIVE_NO_SLOT' });
    await room.buy('refused');
    expect(room.waits.later).toEqual([[room.keysOf('first', 'BUY').idempotencyKey, sh('3')]]);
  });
});

describe('on paper', () => {
  it('no sale waits, and what is not sold is owed', async () => {
    room = exitRoom('PAPER');
    await room.oweHalf();
    expect([room.waits.waiting, room.waits.ended, room.row()?.shareMicros]).toEqual([[], [], sh('50')]);
  });
});
