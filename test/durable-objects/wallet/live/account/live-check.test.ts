/** The live check of the Wallet: its slots, what it stores of the region, and what its end opens. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { CheckItem } from '../../../../../domain/orders/orders.ts';
import { LiveCheck } from '../../../../../durable-objects/wallet/live/account/live-check.ts';
import { START_MS } from '../../../memory-ports.ts';
import { type LiveRoom, liveRoom, type RoomOptions } from '../live-room.ts';

const MOVES_MAX = 2_000;

let room: LiveRoom;
let check: LiveCheck;
let calls: string[];
let orderStatus: number;

beforeEach(() => open());

function open(options: RoomOptions = {}): void {
  room = liveRoom(options);
  calls = [];
  orderStatus = 400;
  const fetch = async (input: string): Promise<Response> => {
    calls.push(input);
    const { host, pathname } = new URL(input);
    if (host === 'relay' && pathname === '/order') return Response.json({}, { status: orderStatus });
    if (host === 'clob' && pathname === '/time') return Response.json(START_MS / 1_000);
    if (host === 'geo' && pathname === '/where') return Response.json({ country: 'NL' });
    return new Response('', { status: 503 });
  };
  const deps = { ...room.deps, fetch, orderUrl: 'http://relay', geoblockUrl: 'http://geo/where' };
  check = new LiveCheck(room.ports, room.kv, deps, room.secrets, room.slots, room.standing);
}

/**
 * Lets the work go on until it is over. The clock moves only while a call waits for a slot, and not without end; signing takes
 * as long as the machine needs.
 */
async function until(isOver: () => boolean): Promise<void> {
  let moves = 0;
  while (!isOver()) {
    await room.ports.settle();
    if (room.ports.timersDueMs.length === 0) continue;
    if (moves === MOVES_MAX) throw new Error('it does not end');
    moves += 1;
    await room.ports.advance(50);
  }
}

async function ended<T>(work: Promise<T>): Promise<T> {
  let over = false;
  const noted = work.finally(() => {
    over = true;
  });
  noted.catch(() => {});
  await until(() => over);
  return noted;
}

/** Until the check in the background has ended. */
const asked = (): Promise<void> => until(() => check.isRegionAsked());

const itemOf = (items: readonly CheckItem[], name: CheckItem['name']) =>
  items.find((item) => item.name === name);
const problems = () => room.standing.problems().map(({ problem, message }) => [problem, message]);

describe('the live check', () => {
  it('asks the CLOB, the order route and the region each at its own address', async () => {
    const items = await ended(check.run(() => 'OPEN'));
    expect(calls.toSorted()).toEqual([
      'http://clob/auth/derive-api-key',
      'http://clob/time',
      'http://geo/where',
      'http://relay/order',
    ]);
    expect(itemOf(items, 'clock')?.state).toBe('READY');
    expect(itemOf(items, 'key')?.state).toBe('READY');
  });

  it('names the state of the channel at that moment', async () => {
    const answers: Record<string, (path: string) => unknown> = {
      '/auth/derive-api-key': () => ({ apiKey: 'k', secret: 'c2VjcmV0', passphrase: 'p' }),
    };
    const fetch = async (input: string): Promise<Response> => {
      const { pathname } = new URL(input);
      const answer = answers[pathname];
      return answer === undefined ? new Response('', { status: 503 }) : Response.json(answer(pathname));
    };
    const { ports, kv, secrets, slots, standing } = room;
    check = new LiveCheck(ports, kv, { ...room.deps, fetch }, secrets, slots, standing);
    expect(itemOf(await ended(check.run(() => 'OPEN')), 'userChannel')?.state).toBe('READY');
    expect(itemOf(await ended(check.run(() => 'WAITING')), 'userChannel')?.state).toBe('NOT_READY');
  });

  it('waits with its calls for a slot of the reads, and returns it', async () => {
    const taken = [room.slots.take('read'), room.slots.take('read'), room.slots.take('read')];
    const running = check.run(() => 'OPEN');
    await room.ports.advance(1_000);
    expect(calls).toEqual([]);
    for (const release of taken) release?.();
    await ended(running);
    expect(calls).toHaveLength(4);
    for (let read = 0; read < 3; read += 1) expect(room.slots.take('read')).toBeDefined();
  });

  it('stores what was found of the region, with its time', async () => {
    expect(check.regionSentence()).toBeUndefined();
    await ended(check.run(() => 'OPEN'));
    const sentence = 'The venue takes orders from here. Seen from NL.';
    expect(check.regionSentence()).toBe(sentence);
    expect(room.kv.get('region')).toEqual({ state: 'READY', sentence, atMs: room.kv.get('region')?.atMs });
    expect(room.kv.get('region')?.atMs).toBeGreaterThanOrEqual(START_MS);
    expect(problems()).toEqual([]);
  });

  it('stops trading when the venue takes no orders from the region', async () => {
    orderStatus = 403;
    await ended(check.run(() => 'OPEN'));
    expect(room.kv.get('region')?.state).toBe('NOT_READY');
    expect(problems()).toEqual([['REGION_BLOCKED', check.regionSentence()]]);
  });

  it('stops nothing when the region is not known', async () => {
    orderStatus = 503;
    await ended(check.run(() => 'OPEN'));
    expect([room.kv.get('region')?.state, problems()]).toEqual(['UNKNOWN', []]);
  });

  it('asks the region also without secrets, and derives nothing', async () => {
    open({ secrets: {} });
    const items = await ended(check.run(() => 'STOPPED'));
    expect(calls).not.toContain('http://clob/auth/derive-api-key');
    expect(itemOf(items, 'region')?.state).toBe('READY');
    expect(itemOf(items, 'key')?.state).toBe('NOT_READY');
  });
});

describe('fresh credentials', () => {
  it('end the refusal of older ones and no other problem', async () => {
    room.standing.setProblem('API_KEY_REFUSED', 'old');
    room.standing.setProblem('BANNED', 'x');
    check.connected(() => 'OPEN');
    expect(problems()).toEqual([['BANNED', 'x']]);
    await asked();
  });

  it('have the region asked before the gate opens', async () => {
    check.connected(() => 'OPEN');
    expect(check.isRegionAsked()).toBe(false);
    await asked();
    expect(calls).toContain('http://relay/order');
    expect(room.ports.logs.filter((line) => line.message === 'the live check failed')).toEqual([]);
  });

  it('open the gate also when the check fails, which is logged', async () => {
    room.ports.refusesStatement = () => true;
    room.ports.logs.length = 0;
    // Nothing is stored here, so that only the check's own statement is refused.
    room.standing.clearProblem = () => {};
    check.connected(() => 'OPEN');
    await asked();
    expect(room.ports.logs).toMatchObject([
      {
        level: 'warn',
        message: 'the live check failed',
        fields: { reason: expect.stringContaining('refused') },
      },
    ]);
  });
});
