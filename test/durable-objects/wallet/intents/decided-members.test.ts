/** Members of decided intents, as a Wallet keeps them and refuses by them, through the turn that decides. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { CopyIntent } from '../../../../domain/decide/decision-facts.ts';
import { groupKey, idempotencyKey } from '../../../../domain/ids.ts';
import { shares } from '../../../../domain/money.ts';
import { DAY_MS } from '../../../../domain/time.ts';
import type { CopyRequest } from '../../../../durable-objects/rpc.ts';
import { NOW } from '../../../domain/decide/example-facts.ts';
import { exampleIntent } from '../stores.ts';
import { exampleQuote, type TurnRoom, turnRoom } from '../turn-room.ts';

let room: TurnRoom;

beforeEach(() => {
  room = turnRoom('LIVE');
});

/** An intent over these members, each of ten shares unless a size is given. */
function request(
  name: string,
  members: Readonly<Record<string, number>>,
  part: Partial<CopyIntent> = {},
): CopyRequest {
  const intent = exampleIntent(part);
  const key = groupKey([name]);
  return {
    intent: { ...intent, groupKey: key, idempotencyKey: idempotencyKey({ ...intent, groupKey: key }) },
    members: Object.entries(members).map(([id, size]) => ({
      id,
      fromShareMicros: shares(0n),
      shareMicros: shares(BigInt(size) * 1_000_000n),
    })),
    quote: exampleQuote(),
  };
}

const attempts = () => room.ports.outboxedOf('attempt').length;
const refused = (...members: readonly (readonly [string, number, string])[]) => ({
  kind: 'members-decided',
  members: members.map(([id, size, name]) => ({
    id,
    fromShareMicros: 0n,
    shareMicros: BigInt(size) * 1_000_000n,
    groupKey: groupKey([name]),
  })),
});

describe('an intent under a new key', () => {
  it('is refused with the members and shares that are decided, and with what was answered for them', async () => {
    const answer = await room.turn.copy(request('one', { a: 10, b: 20 }));
    const again = await room.turn.copy(request('two', { b: 20, c: 5 }));
    expect(again).toEqual({
      ...refused(['b', 20, 'one']),
      answers: [{ groupKey: groupKey(['one']), answer }],
    });
    expect(attempts()).toBe(1);
    expect(await room.turn.copy(request('three', { c: 5 }))).toMatchObject({ kind: 'decided' });
  });

  it('is refused after a skip, and after one that waits, as after any decision', async () => {
    await room.turn.copy(request('skip', { a: 10 }, { presetReason: 'CARRY_EXPIRED' }));
    room.executor.whenExecuting = () => ({ kind: 'wait' });
    await room.turn.copy(request('wait', { b: 10 }));
    room.switches.set('OFF');
    const answer = await room.turn.copy(request('both', { a: 10, b: 10 }));
    expect(answer).toMatchObject(refused(['a', 10, 'skip'], ['b', 10, 'wait']));
    expect(answer).toMatchObject({
      answers: [{ answer: { decision: 'SKIP' } }, { answer: { decision: 'WAIT' } }],
    });
  });

  it('is refused when the other was decided while its quote was requested', async () => {
    room.feed.answers = async () => {
      await room.turn.copy(request('first', { a: 10 }));
      return exampleQuote();
    };
    const second = { ...request('second', { a: 10 }), quote: { book: null, market: null } };
    expect(await room.turn.copy(second)).toMatchObject(refused(['a', 10, 'first']));
    expect(attempts()).toBe(1);
  });

  it('is decided where the other met a switch that was OFF: nothing was', async () => {
    room.switches.set('OFF');
    expect(await room.turn.copy(request('one', { a: 10 }))).toEqual({ kind: 'inactive' });
    room.switches.set('ON');
    expect(await room.turn.copy(request('two', { a: 10 }))).toMatchObject({ kind: 'decided' });
  });

  it('is decided where the other was rolled back', async () => {
    room.ports.refusesStatement = (query) => query.includes('INTO decided_member');
    await expect(room.turn.copy(request('one', { a: 10 }))).rejects.toThrow('refused');
    room.ports.refusesStatement = undefined;
    expect(await room.turn.copy(request('two', { a: 10 }))).toMatchObject({ kind: 'decided' });
    expect(attempts()).toBe(1);
  });
});

describe('an intent under a known key', () => {
  it('has its stored answer, also with fewer shares than were decided', async () => {
    const answer = await room.turn.copy(request('one', { a: 10 }));
    expect(await room.turn.copy(request('one', { a: 10 }))).toEqual(answer);
    expect(await room.turn.copy(request('one', { a: 4 }))).toEqual(answer);
  });

  it('is refused where a member has grown: the excess is an intent of its own', async () => {
    await room.turn.copy(request('one', { a: 10 }));
    expect(await room.turn.copy(request('one', { a: 15 }))).toMatchObject(refused(['a', 10, 'one']));
    expect(attempts()).toBe(1);
  });

  it('is refused, and not decided again, when its answer is no longer kept', async () => {
    await room.turn.copy(request('one', { a: 10 }));
    room.ports.storage.rows('DELETE FROM attempt');
    expect(await room.turn.copy(request('one', { a: 10 }))).toEqual({
      ...refused(['a', 10, 'one']),
      answers: [],
    });
  });
});

describe('what is decided', () => {
  it.each([
    ['purchases for eight days', 'BUY', 8],
    ['sales for thirty-one', 'SELL', 31],
  ] as const)('is kept, of %s', async (_what, side, days) => {
    await room.turn.copy(request('one', { a: 10 }, { side }));
    const other = () => room.book.members.of(request('two', { a: 10 }).members);
    room.book.prune(NOW + days * DAY_MS);
    expect(other()).toHaveLength(1);
    room.book.prune(NOW + days * DAY_MS + 1);
    expect(other()).toEqual([]);
  });

  it('is read and written by one statement each, by index, however many members there are', async () => {
    const members = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`fill ${at}`, 10]));
    const queries: string[] = [];
    room.ports.refusesStatement = (query) => {
      if (query.includes('decided_member')) queries.push(query);
      return false;
    };
    await room.turn.copy(request('many', members));
    expect(queries.map((query) => query.trim().split(' ')[0])).toEqual(['SELECT', 'INSERT']);
    const plan = room.ports.storage
      .rows(`EXPLAIN QUERY PLAN ${queries[0]}`, '[]')
      .map((row) => String(row.detail));
    expect(plan.join('; ')).toContain('SEARCH m USING PRIMARY KEY (member_id=?');
    expect(plan.join('; ')).not.toContain('SCAN m');
  });
});
