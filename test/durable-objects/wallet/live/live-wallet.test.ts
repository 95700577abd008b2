/** The live Wallet as WalletCore uses it: each command reaches the part that does it, and each job runs its own. */
import { beforeEach, describe, expect, it } from 'vitest';
import { decide } from '../../../../domain/decide/decide.ts';
import { idempotencyKey } from '../../../../domain/ids.ts';
import { parseOrderId } from '../../../../domain/orders/orders.ts';
import { DAY_MS, MINUTE_MS } from '../../../../domain/time.ts';
import type { DecisionTurn } from '../../../../durable-objects/wallet/decision-turn.ts';
import type { LateCopy } from '../../../../durable-objects/wallet/executor.ts';
import { type LiveWallet, liveWallet } from '../../../../durable-objects/wallet/live/live-wallet.ts';
import { exampleFacts, LEADER, usd } from '../../../domain/decide/example-facts.ts';
import { START_MS } from '../../memory-ports.ts';
import { cashEntry, exampleIntent, ORDER_ID, storedOrder } from '../stores.ts';
import { type LiveRoom, liveRoom, type RoomOptions } from './live-room.ts';

const SALE = exampleIntent({ side: 'SELL' });
/** The waiting sales that were decided again. */
let decided: unknown[];
let room: LiveRoom;
let wallet: LiveWallet;

beforeEach(() => open());

/** The wallet over the room's parts; its own connection finds no venue. */
function open(options: RoomOptions = {}): void {
  room = liveRoom(options);
  wallet = liveWallet(room);
  decided = [];
}

function run(job: string): unknown {
  const turn = {
    decideWaiting: async (waiting: readonly { intent: unknown }[]) =>
      void decided.push(...waiting.map(({ intent }) => intent)),
  };
  // The job uses nothing else of the turn.
  return wallet.jobs(turn as unknown as DecisionTurn)[job]!();
}

describe('a command', () => {
  it('that changes the state is done, and wakes the Wallet', () => {
    expect(wallet.commands.setState('SHADOW')).toMatchObject({ kind: 'done', state: 'SHADOW' });
    expect(room.switches.state()).toBe('SHADOW');
    expect([room.dueIn('watch'), room.dueIn('reconcile')]).toEqual([0, 0]);
  });

  it('that is refused wakes nothing', () => {
    expect(wallet.commands.setState('ON')).toMatchObject({ kind: 'refused' });
    expect([room.dueIn('watch'), room.dueIn('reconcile')]).toEqual([undefined, undefined]);
  });

  it('takes the time at which it was asked, and the version that was saved', () => {
    expect(wallet.commands.setState('OFF').kind).toBe('done');
    expect(wallet.commands.setState('SHADOW', START_MS).kind).toBe('refused');
    expect(wallet.commands.setState('SHADOW', START_MS + 1, 5).kind).toBe('done');
    expect(wallet.commands.setState('SHADOW', START_MS + 2, 4).kind).toBe('refused');
  });

  it('sets the override of a leader', () => {
    expect(wallet.commands.setOverride(LEADER, 'FORCE_OFF').kind).toBe('done');
    expect(room.switches.override(LEADER)).toBe('FORCE_OFF');
    expect(wallet.commands.setOverride(LEADER, 'INHERIT', START_MS).kind).toBe('refused');
    expect(wallet.commands.setOverride(LEADER, 'INHERIT', START_MS + 1, 5).kind).toBe('done');
    expect(wallet.commands.setOverride(LEADER, 'INHERIT', START_MS + 2, 4).kind).toBe('refused');
  });

  it('cancels the orders of leaders that are off, when there are some', () => {
    room.orders.add(storedOrder({ state: 'OPEN' }));
    room.clearDue();
    wallet.off.cancelSoon();
    expect(room.dueIn('cancel')).toBeUndefined();
    room.switches.set('OFF');
    wallet.off.cancelSoon();
    expect(room.dueIn('cancel')).toBe(0);
  });

  it('to check lists what was checked', async () => {
    open({ secrets: {} });
    expect(await wallet.account.runCheck()).not.toEqual([]);
  });
});

it('takes posted orders for unresolved after a start, and wakes', () => {
  room.orders.add(storedOrder({ state: 'SUBMITTED' }));
  room.clearDue();
  wallet.submission.resume();
  wallet.schedule.wake();
  expect(room.orders.byId(ORDER_ID)?.record.state).toBe('UNKNOWN');
  expect(room.dueIn('reconcile')).toBe(0);
});

it('resumes all orders or none', () => {
  const second = parseOrderId(`0x${'e'.repeat(64)}`)!;
  const intent = exampleIntent({ idempotencyKey: idempotencyKey({ ...SALE, side: 'SELL' }) });
  room.orders.add(storedOrder({ state: 'SUBMITTED' }));
  room.orders.add(storedOrder({ state: 'SUBMITTED', orderId: second, orderKey: second }, { intent }));
  let writes = 0;
  room.ports.refusesStatement = (query) => {
    if (/^\s*(INSERT INTO|UPDATE) live_order/.test(query)) writes += 1;
    return writes === 2;
  };
  expect(() => wallet.submission.resume()).toThrow('refused');
  room.ports.refusesStatement = undefined;
  expect(room.orders.open().map((order) => order.record.state)).toEqual(['SUBMITTED', 'SUBMITTED']);
});

describe('pruning', () => {
  it('keeps an order that ended until a week before the last whole reading', () => {
    room.orders.add(storedOrder({ state: 'OPEN' }));
    room.changes.change(ORDER_ID, ['SEEN_CANCELED'], {});
    expect(room.orders.byId(ORDER_ID)?.record.state).toBe('CANCELED');
    const count = () => room.ports.storage.rows('SELECT 1 FROM live_order').length;
    wallet.pruning.prune(START_MS + 8 * DAY_MS);
    expect(count()).toBe(1);
    room.state.setReadThrough(START_MS + 8 * DAY_MS);
    wallet.pruning.prune(START_MS + DAY_MS);
    expect(count()).toBe(1);
    wallet.pruning.prune(START_MS + 8 * DAY_MS);
    expect(count()).toBe(0);
  });

  it('goes by the time where nothing was read', () => {
    open({ unopened: true });
    room.orders.add(storedOrder({ state: 'OPEN' }));
    room.changes.change(ORDER_ID, ['SEEN_CANCELED'], {});
    wallet.pruning.prune(START_MS + 8 * DAY_MS);
    expect(room.ports.storage.rows('SELECT 1 FROM live_order')).toHaveLength(0);
  });

  it('forgets attempts and acts of the account', () => {
    const pruned: string[] = [];
    room.ports.refusesStatement = (query) => {
      if (query.startsWith('DELETE')) pruned.push(query.split(' ')[2] ?? '');
      return false;
    };
    wallet.pruning.prune(START_MS);
    expect(pruned).toEqual(expect.arrayContaining(['live_attempt', 'live_act']));
  });
});

describe('the job', () => {
  it('watch goes on watching', async () => {
    await run('watch');
    expect(room.dueIn('watch')).toBe(5_000);
  });

  it('reconcile comes again in a minute', async () => {
    room.clearDue();
    await run('reconcile');
    expect(room.dueIn('reconcile')).toBe(MINUTE_MS);
  });

  it('look keeps the next look eleven seconds away', async () => {
    await run('look');
    room.ports.atMs += 1_000;
    place();
    expect(room.dueIn('look')).toBe(10_000);
  });

  it('cancel cancels again in two seconds', async () => {
    room.orders.add(storedOrder({ state: 'OPEN' }));
    room.switches.set('OFF');
    room.clearDue();
    await run('cancel');
    expect(room.dueIn('cancel')).toBe(2_000);
  });

  it('exits decides waiting sales again', async () => {
    open({ secrets: {} });
    room.waits.add(SALE, START_MS);
    await run('exits');
    expect(decided).toEqual([{ ...SALE, waitedMs: 0 }]);
  });
});

/** Executes a purchase; its connection is lost before its POST, so that charts and the Real Portfolio follow. */
function place(): void {
  room.book.bookEntry({ ...cashEntry('DEPOSIT', '1000'), mode: 'LIVE' }, undefined);
  const facts = exampleFacts();
  const settings = { ...room.settings.of(LEADER), copyRateBps: 1_000 };
  const decision = decide(facts, settings);
  if (decision.kind !== 'EXECUTE') throw new Error('the example is skipped');
  const { connection } = wallet.account;
  connection.ready = () => room.connection.ready();
  const execution = wallet.executor.execute({ facts, decision, settings, waited: false });
  if (execution.kind !== 'done') throw new Error(execution.kind);
  // Nothing here reads what follows the order.
  execution.post?.store({} as LateCopy);
  connection.ready = () => null;
  execution.post?.start();
}

it('ends an order as never sent where its POST could not start', () => {
  place();
  expect(room.ports.outboxedOf('liveOrder').map(({ state }) => state)).toEqual(['REJECTED']);
  expect([room.dueIn('snapshot'), room.dueIn('look')]).toEqual([5_000, 3_000]);
});

it('has the holdings of the account', () => {
  expect(wallet.holdings.isOpened()).toBe(true);
  expect(wallet.holdings.whole()?.cashMicros).toBe(usd('1000'));
});

it('keeps a sale that waits', () => {
  wallet.waiting.wait(SALE, room.settings.of(LEADER));
  expect(room.waits.list()).toMatchObject([{ intent: SALE, sinceMs: START_MS }]);
});

describe('its health', () => {
  it('is good while OFF without an account, and bad while ON', () => {
    expect(wallet.health.isHealthy()).toBe(false);
    room.switches.set('OFF');
    expect(wallet.health.isHealthy()).toBe(true);
  });

  it('counts an order as overdue from the age of the settings on', () => {
    room.orders.add(storedOrder({ state: 'UNKNOWN' }));
    room.ports.atMs = START_MS + room.settings.global().unresolvedAgeMsMax;
    expect(wallet.health.status().orders).toMatchObject({ open: 1, overdue: 0 });
    room.ports.atMs += 1;
    expect(wallet.health.status().orders.overdue).toBe(1);
  });
});
