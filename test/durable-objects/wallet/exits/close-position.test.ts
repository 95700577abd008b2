/** A sale by hand: of a part or all, through the same decision as any copy, once per command. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { ShareMicros } from '../../../../domain/money.ts';
import { closePosition } from '../../../../durable-objects/wallet/exits/close-position.ts';
import { LEADER, sh, TOKEN } from '../../../domain/decide/example-facts.ts';
import { type ExitRoom, exitRoom } from './exit-room.ts';

let room: ExitRoom;

beforeEach(() => {
  room = exitRoom();
});

function close(commandId: string, shareMicros: ShareMicros | null = null) {
  const { book, feed, ports, turn, switches } = room;
  return closePosition(
    { commandId, leaderAddress: LEADER, tokenId: TOKEN, shareMicros },
    { book, feed, ports, turn, switches },
  );
}

describe('a sale by hand', () => {
  it('sells all of the position, or the part that is asked for', async () => {
    expect(await close('part', sh('30'))).toEqual({ kind: 'accepted' });
    expect(room.shares()).toBe(sh('70'));
    expect(await close('all')).toEqual({ kind: 'accepted' });
    expect(room.shares()).toBe(0n);
    expect(room.attemptRows()).toEqual([
      ['CLOSE', 'EXECUTE'],
      ['CLOSE', 'EXECUTE'],
    ]);
  });

  it('sells once per command, and answers a repeat without a new quote', async () => {
    expect(await close('once', sh('30'))).toEqual({ kind: 'accepted' });
    const asked = room.feed.asked.length;
    expect(await close('once', sh('30'))).toEqual({ kind: 'accepted' });
    expect([room.shares(), room.feed.asked.length]).toEqual([sh('70'), asked]);
  });

  it('is refused without a position or a bid, and says which', async () => {
    room.world.bids = '';
    expect(await close('no-bid')).toEqual({
      kind: 'refused',
      about: 'price',
      reason: 'there is no bid for these shares now',
    });
    await room.oweHalf();
    room.world.bids = '0.49x1000';
    await close('all');
    expect(await close('nothing')).toMatchObject({ kind: 'refused', reason: 'there is no such position' });
  });

  it('that the engine skips names its reasons', async () => {
    expect(await close('small', sh('1'))).toEqual({
      kind: 'skipped',
      reasons: ['BELOW_MIN_ORDER_SIZE'],
      orderShareMicrosMin: sh('5'),
    });
    expect(room.shares()).toBe(sh('100'));
  });

  it('in SHADOW says that nothing was sold', async () => {
    room = exitRoom('LIVE');
    room.switches.set('SHADOW');
    room.executor.whenExecuting = () => ({ ...room.DONE, reasons: ['LIVE_SHADOW_ONLY'] });
    expect(await close('shadow')).toEqual({ kind: 'shadow' });
  });

  it('is refused while trading is off, and owes nothing', async () => {
    room.switches.set('OFF');
    expect(await close('off')).toMatchObject({ kind: 'refused', reason: 'trading is off for this leader' });
    expect([room.shares(), room.row()]).toEqual([sh('100'), undefined]);
  });
});
