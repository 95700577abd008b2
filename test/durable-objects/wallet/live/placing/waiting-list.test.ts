/** What waits, in which order it is decided, and when that need not be for a call. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { CopyIntent } from '../../../../../domain/decide/decision-facts.ts';
import { groupKey, type IdempotencyKey, idempotencyKey } from '../../../../../domain/ids.ts';
import { QueuedPurchases } from '../../../../../durable-objects/wallet/live/placing/queued-purchases.ts';
import { WaitEnds } from '../../../../../durable-objects/wallet/live/placing/wait-ends.ts';
import { WaitingList } from '../../../../../durable-objects/wallet/live/placing/waiting-list.ts';
import { WaitLimits } from '../../../../../durable-objects/wallet/live/waiting-sales.ts';
import { LEADER, sh, TOKEN, usd } from '../../../../domain/decide/example-facts.ts';
import { START_MS } from '../../../memory-ports.ts';
import { exampleIntent, OTHER_TOKEN, storedOrder } from '../../stores.ts';
import { type LiveRoom, liveRoom } from '../live-room.ts';

let room: LiveRoom;
let list: WaitingList;
const names = new Map<IdempotencyKey, string>();

beforeEach(() => {
  room = liveRoom({ live: { copyAgeMsMax: 15_000, exitWaitMsMax: 60_000 } });
  const { ports, waits, purchases, placingRoom, settings, switches, account, unsettled } = room;
  const ends = new WaitEnds(ports.nowMs, switches, settings, account);
  list = new WaitingList(
    ports.nowMs,
    waits,
    purchases,
    placingRoom,
    new WaitLimits(settings, unsettled),
    ends,
  );
});

function intent(name: string, part: Partial<CopyIntent>): CopyIntent {
  const { side = 'BUY', tokenId = TOKEN } = part;
  const key = groupKey([name]);
  const of = {
    groupKey: key,
    idempotencyKey: idempotencyKey({ leaderAddress: LEADER, tokenId, side, groupKey: key }),
  };
  names.set(of.idempotencyKey, name);
  return exampleIntent({ side, tokenId, leaderEventAtMs: START_MS, detectedAtMs: START_MS, ...of, ...part });
}

const buys = (name: string, sinceMs: number, part: Partial<CopyIntent> = {}): void =>
  room.purchases.add(intent(name, { side: 'BUY', ...part }), START_MS + sinceMs);
const sells = (name: string, sinceMs: number, part: Partial<CopyIntent> = {}, forCall = true): void =>
  room.waits.add(intent(name, { side: 'SELL', ...part }), START_MS + sinceMs, forCall);
/** Names in order; in brackets what needs no call. */
const ready = (): string[] =>
  list
    .ready()
    .map(({ intent: { idempotencyKey: key }, needsCall }) =>
      needsCall ? names.get(key)! : `(${names.get(key)})`,
    );

describe('what waits', () => {
  it('is decided exits first, each after the purchases of the same that came before it', () => {
    buys('other', 0, { tokenId: OTHER_TOKEN });
    buys('first', 1);
    sells('exit', 2);
    buys('later', 3);
    expect(ready()).toEqual(['first', 'exit', 'other', 'later']);
  });

  it('is decided one exit of a leader and token at a time; sales by hand and tries wait for none', () => {
    sells('for shares', 0, {}, false);
    room.orders.add(storedOrder({ state: 'UNKNOWN' }));
    sells('behind it', 1);
    sells('by hand', 2, { sourceType: 'CLOSE' });
    sells('owed', 3, { sourceType: 'EXIT' });
    sells('of another', 4, { tokenId: OTHER_TOKEN });
    expect(ready()).toEqual(['by hand', 'owed', 'of another']);
  });

  it('is nothing while the venue takes no orders, and all of it again then', () => {
    buys('copy', 0);
    sells('exit', 1);
    const untilMs = room.standing.setCondition('RESTARTING', 'not ready', 3_000);
    expect([ready(), list.nextAtMs()]).toEqual([[], untilMs]);
    room.ports.atMs = untilMs;
    expect(ready()).toEqual(['copy', 'exit']);
  });

  it('needs no call when it ends: too old, or stopped by a switch, also by one that is raised again', () => {
    buys('copy', 0);
    sells('exit', 5_000);
    expect(list.nextAtMs()).toBe(START_MS + 15_001);
    room.ports.atMs = START_MS + 15_001;
    expect(ready()).toEqual(['(copy)', 'exit']);
    room.ports.atMs = START_MS + 20_001;
    expect(ready()).toEqual(['(copy)', '(exit)']);
    room.ports.atMs = START_MS + 6_000;
    room.switches.setEntries(null, 'OFF');
    expect(ready()).toEqual(['(copy)', 'exit']);
    room.switches.setEntries(null, 'ON');
    room.switches.set('OFF');
    room.switches.set('ON');
    expect(ready()).toEqual(['(copy)', '(exit)']);
  });
});

describe('purchases that wait', () => {
  const exit = (sold: string, held: string): CopyIntent =>
    intent('exit', {
      side: 'SELL',
      exit: { kind: 'FRACTION', soldShareMicros: sh(sold), heldShareMicros: sh(held) },
    });

  it('are lowered by the fraction that the leader sells of the same, over a restart, and end with all of it', () => {
    const part = {
      leaderNotionalMicros: usd('90'),
      leaderShareMicros: sh('180'),
      ourNotionalMicros: usd('9'),
    };
    buys('copy', 0, part);
    buys('other', 0, { ...part, tokenId: OTHER_TOKEN });
    room.purchases.lower(exit('1', '3'));
    const again = new QueuedPurchases(room.ports.restarted().storage);
    expect(again.list().map(({ intent: one }) => one)).toMatchObject([
      { leaderNotionalMicros: usd('60'), leaderShareMicros: sh('120'), ourNotionalMicros: usd('6') },
      part,
    ]);
    again.lower(exit('3', '3'));
    again.lower(exit('1', '2'));
    expect(again.list().map(({ intent: one }) => one.presetReason)).toEqual([
      'LIVE_SOLD_BEFORE_PLACED',
      null,
    ]);
    expect(again.list()[0]?.intent.leaderShareMicros).toBe(sh('120'));
  });

  it('stay as they are for an exit without a fraction', () => {
    buys('copy', 0);
    const before = room.purchases.list();
    room.purchases.lower(intent('rate', { side: 'SELL', exit: null }));
    expect(room.purchases.list()).toEqual(before);
  });

  it('keep their place when they are added again, are forgotten once decided, and come back with a rollback', () => {
    buys('one', 0);
    buys('two', 1);
    buys('one', 2);
    const [one, two] = room.purchases.list();
    expect([one?.sinceMs, two?.sinceMs]).toEqual([START_MS, START_MS + 1]);
    expect(() =>
      room.ports.storage.transaction(() => {
        room.purchases.done(one!.intent.idempotencyKey);
        throw new Error('undone');
      }),
    ).toThrow('undone');
    expect(room.purchases.list()).toHaveLength(2);
    room.purchases.done(one!.intent.idempotencyKey);
    expect(room.purchases.list()).toEqual([two]);
  });
});
