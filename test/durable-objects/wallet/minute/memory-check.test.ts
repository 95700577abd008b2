/** Once an hour memory is compared with what is stored; where they differ, storage counts and the Wallet pauses. */
import { beforeEach, describe, expect, it } from 'vitest';
import { HOUR_MS, MINUTE_MS } from '../../../../domain/time.ts';
import { MemoryCheck } from '../../../../durable-objects/wallet/minute/memory-check.ts';
import { at, LEADER, sh, TOKEN } from '../../../domain/decide/example-facts.ts';
import { type LiveRoom, liveRoom } from '../live/live-room.ts';
import { exampleIntent, held, marking, purchase, storedOrder } from '../stores.ts';

let room: LiveRoom;
let check: MemoryCheck;

beforeEach(() => {
  room = liveRoom();
  const { ports, pause, book, switches, owed, orders } = room;
  check = new MemoryCheck(ports, pause, book, switches, owed, orders);
  book.bookEntry(purchase({ mode: 'LIVE' }), held('10', '5'));
  book.mark(TOKEN, marking(at('0.40'), ports.nowMs()));
  orders.add(storedOrder());
  owed.add(exampleIntent({ side: 'SELL' }), sh('5'), 'BOOK_STALE');
});

/** Changes what is stored, and not what is remembered. */
function behind(statement: string): void {
  room.ports.stored(statement);
}

describe('memory that is what is stored', () => {
  it('is as before the check, and nothing is paused', () => {
    room.ports.atMs += HOUR_MS;
    const before = [room.book.open(), room.orders.open(), room.owed.open(), room.switches.state()];
    check.run();
    expect([room.book.open(), room.orders.open(), room.owed.open(), room.switches.state()]).toEqual(before);
    expect(room.pause.reason()).toBeUndefined();
  });
});

describe('memory that is other than what is stored', () => {
  it.each([
    ['cash', 'UPDATE kv SET value = \'{"$n":"7"}\' WHERE key = \'cash\''],
    ['positions', 'UPDATE live_position SET shares = 3'],
    ['switches', "UPDATE kv SET value = '\"SHADOW\"' WHERE key = 'trading'"],
    ['owed exits', 'DELETE FROM owed_exit'],
    ['orders', 'UPDATE live_order SET open = 0'],
  ])('in %s gives way to storage within the hour, and pauses the Wallet with its name', (part, statement) => {
    behind(statement);
    room.ports.atMs += HOUR_MS - MINUTE_MS;
    check.run();
    expect(room.pause.reason()).toBeUndefined();
    room.ports.atMs += MINUTE_MS;
    check.run();
    expect(room.pause.reason()).toBe(`memory and storage differed in ${part}: storage counts`);
    expect(room.ports.logs.at(-1)?.level).toBe('error');
  });

  it('is not used any more once it was found', () => {
    behind('UPDATE live_position SET shares = 3000000');
    expect(room.book.position(LEADER, TOKEN)?.shareMicros).toBe(sh('10'));
    room.ports.atMs += HOUR_MS;
    check.run();
    expect(room.book.position(LEADER, TOKEN)?.shareMicros).toBe(sh('3'));
  });
});
