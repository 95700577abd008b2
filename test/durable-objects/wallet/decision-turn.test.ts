/** The way of an intent through a Wallet: decided once, booked together with its order, and posted in the same turn. */
import { beforeEach, describe, expect, it } from 'vitest';
import { InvariantError } from '../../../domain/assert.ts';
import type { CopyIntent } from '../../../domain/decide/decision-facts.ts';
import type { TradingMode } from '../../../domain/ids.ts';
import type { CopyResult } from '../../../durable-objects/copy-answer.ts';
import type { CopyRequest, Quote } from '../../../durable-objects/rpc.ts';
import type { LateCopy } from '../../../durable-objects/wallet/executor.ts';
import { LEADER, sh, TOKEN } from '../../domain/decide/example-facts.ts';
import { exampleIntent, storedOrder } from './stores.ts';
import { DONE, exampleQuote, type TurnRoom, turnRoom } from './turn-room.ts';

let room: TurnRoom;

beforeEach(() => open('LIVE'));

function open(mode: TradingMode): void {
  room = turnRoom(mode);
}

function request(intent: Partial<CopyIntent> = {}, quote: Quote = exampleQuote()): CopyRequest {
  return { intent: exampleIntent(intent), members: [], quote };
}

/** The request without a quote: the feed is asked. */
function unquoted(intent: Partial<CopyIntent> = {}): CopyRequest {
  return request(intent, { book: null, market: null });
}

/** What was booked: revision, decision and reasons of each row. */
function rows() {
  return room.ports.outboxedOf('attempt').map((row) => [row.revision, row.decision, ...row.reasons]);
}

const skipped = (reason: string) => ({ kind: 'decided', decision: 'SKIP', reasons: [reason] });

describe('an intent', () => {
  it('is executed on paper, and its answer is stored', async () => {
    open('PAPER');
    const answer = await room.turn.copy(request());
    expect(answer).toMatchObject({ kind: 'decided', decision: 'EXECUTE' });
    expect(room.turn.stored(exampleIntent())).toEqual(answer);
    expect(room.book.position(LEADER, TOKEN)?.shareMicros).toBeGreaterThan(sh('1'));
  });

  it('with a key that is known gets the stored answer, and nothing is asked, decided or booked', async () => {
    const answer = await room.turn.copy(request());
    room.switches.set('OFF');
    expect(await room.turn.copy(unquoted())).toEqual(answer);
    room.switches.set('ON');
    expect(await room.turn.copy(unquoted())).toEqual(answer);
    expect(room.feed.asked).toEqual([]);
    expect(room.executor.executed).toHaveLength(1);
    expect(rows()).toEqual([[1, 'EXECUTE']]);
  });

  it('delivered twice at once is decided once', async () => {
    const quote = Promise.withResolvers<Quote>();
    room.feed.answers = () => quote.promise;
    const both = [room.turn.copy(unquoted()), room.turn.copy(unquoted())];
    await room.ports.settle();
    quote.resolve(exampleQuote());
    const [first, second] = await Promise.all(both);
    expect(second).toEqual(first);
    expect(room.executor.executed).toHaveLength(1);
    expect(rows()).toHaveLength(1);
  });

  it('that was decided while its quote was requested is not decided again', async () => {
    const quote = Promise.withResolvers<Quote>();
    room.feed.answers = () => quote.promise;
    const slow = room.turn.copy(unquoted());
    const answer = await room.turn.copy(request());
    quote.resolve(exampleQuote());
    expect(await slow).toEqual(answer);
    expect(room.executor.executed).toHaveLength(1);
  });
});

describe('OFF', () => {
  it('answers that it is inactive, counts it and books nothing', async () => {
    room.switches.set('OFF');
    for (const sourceType of ['IMMEDIATE', 'BUFFER', 'CARRY'] as const)
      expect(await room.turn.copy(request({ sourceType }))).toEqual({ kind: 'inactive' });
    expect(room.kv.get('inactive')).toBe(3);
    expect(rows()).toEqual([]);
    expect(room.executor.executed).toEqual([]);
  });

  it('ends a buffered or carried paper intent in a row, and counts only the others', async () => {
    open('PAPER');
    room.switches.set('OFF');
    expect(await room.turn.copy(request())).toEqual({ kind: 'inactive' });
    expect(rows()).toEqual([]);
    expect(await room.turn.copy(request({ sourceType: 'BUFFER' }))).toMatchObject(skipped('ENGINE_PAUSED'));
    expect(rows()).toEqual([[1, 'SKIP', 'ENGINE_PAUSED']]);
    expect(room.kv.get('inactive')).toBe(1);
  });

  it('leaves a carried paper intent the reason that it has', async () => {
    open('PAPER');
    room.switches.set('OFF');
    const carried = request({ sourceType: 'CARRY', presetReason: 'CARRY_EXPIRED' });
    expect(await room.turn.copy(carried)).toMatchObject(skipped('CARRY_EXPIRED'));
    expect(rows()).toEqual([[1, 'SKIP', 'CARRY_EXPIRED']]);
  });
});

describe('a sale that waited', () => {
  beforeEach(async () => {
    room.executor.awaitsShares = true;
    expect(await room.turn.copy(request({ side: 'SELL' }))).toMatchObject({ decision: 'WAIT' });
  });

  it('is decided again with a fresh book, and its answer is replaced', async () => {
    await room.turn.decideAgain(exampleIntent({ side: 'SELL' }));
    expect(room.feed.asked).toHaveLength(1);
    expect(rows()).toEqual([
      [1, 'WAIT', 'LIVE_WAITING_FOR_SHARES'],
      [2, 'SKIP', 'NOT_ENOUGH_POSITION_TO_SELL'],
    ]);
    expect(room.turn.stored(exampleIntent())).toMatchObject(skipped('NOT_ENOUGH_POSITION_TO_SELL'));
  });

  it('ends in LIVE_MODE_OFF when it was switched off meanwhile', async () => {
    room.switches.set('OFF');
    await room.turn.decideAgain(exampleIntent({ side: 'SELL' }));
    expect(rows()[1]).toEqual([2, 'SKIP', 'LIVE_MODE_OFF']);
    expect(room.turn.stored(exampleIntent())).toMatchObject(skipped('LIVE_MODE_OFF'));
    expect(room.waits.ended).toEqual([exampleIntent().idempotencyKey]);
    expect(room.kv.get('inactive')).toBeUndefined();
  });
});

describe('a fault', () => {
  /** The executor writes something, then throws. */
  function failing(error: Error): void {
    room.executor.whenExecuting = () => {
      room.kv.put('tickAt', 1);
      throw error;
    };
  }

  it('of ours rolls everything back and pauses, and the intent ends as a skip that says so', async () => {
    failing(new InvariantError('shares appeared'));
    expect(await room.turn.copy(request())).toMatchObject(skipped('ENGINE_PAUSED'));
    expect(room.pause.reason()).toContain('shares appeared');
    expect(room.kv.get('tickAt')).toBeUndefined();
    expect(rows()).toEqual([[1, 'SKIP', 'ENGINE_PAUSED']]);
  });

  it('of another kind is thrown: nothing is booked, and the Wallet goes on', async () => {
    failing(new Error('the disk is full'));
    await expect(room.turn.copy(request())).rejects.toThrow('the disk is full');
    expect(room.pause.reason()).toBeUndefined();
    expect(room.kv.get('tickAt')).toBeUndefined();
    expect(rows()).toEqual([]);
  });
});

describe('the POST', () => {
  let events: (string | CopyResult | undefined)[];
  let refuses: boolean;

  beforeEach(() => {
    events = [];
    refuses = false;
    const { record: order } = storedOrder();
    room.executor.whenExecuting = () => {
      queueMicrotask(() => void events.push('the next turn'));
      const store = (): void => {
        if (refuses) throw new Error('refused');
        events.push('stored');
      };
      const start = () => void events.push('the POST', room.turn.stored(exampleIntent()));
      return { ...DONE, post: { order, store, start } };
    };
  });

  /** The answer, and whether it was there before anything else was written. */
  async function answered() {
    let answer: CopyResult | undefined;
    const answering = room.turn.copy(request()).then((result) => {
      answer = result;
    });
    await room.ports.settle();
    const early = answer;
    await room.ports.advance(10);
    await answering;
    return { early, answer };
  }

  /** What the order of a copy keeps. */
  async function placedCopy(): Promise<LateCopy> {
    let kept: LateCopy | undefined;
    const { record: order } = storedOrder();
    const store = (copy: LateCopy): void => {
      kept = copy;
    };
    room.executor.whenExecuting = () => ({ ...DONE, post: { order, store, start: () => {} } });
    await answered();
    if (kept === undefined) throw new Error('no order was stored');
    return kept;
  }

  it('starts once, after its order is stored and in the same turn', async () => {
    const { answer } = await answered();
    expect(events).toEqual(['stored', 'the POST', answer, 'the next turn']);
  });

  it('has left before attempt, counts and answer are written, and before the caller is answered', async () => {
    const answering = room.turn.copy(request());
    await room.ports.settle();
    expect(room.ports.stored('SELECT * FROM outbox')).toEqual([]);
    expect(room.ports.stored('SELECT * FROM attempt')).toEqual([]);
    await room.ports.advance(10);
    expect(await answering).toMatchObject({ decision: 'EXECUTE' });
    expect(rows()).toEqual([[1, 'EXECUTE']]);
    expect(room.ports.outboxedOf('liveOrder')).toHaveLength(1);
    room.stats.publish(room.ports.nowMs());
    expect(room.ports.outboxedOf('copyStats')[0]).toMatchObject({ attempts: 1, executed: 1 });
  });

  it('answers a second delivery before anything else is written', async () => {
    const both = [room.turn.copy(request()), room.turn.copy(request())];
    await room.ports.settle();
    const third = await room.turn.copy(request());
    await room.ports.advance(10);
    expect(await Promise.all(both)).toEqual([third, third]);
    expect(room.executor.executed).toHaveLength(1);
    expect(rows()).toHaveLength(1);
  });

  it('never starts when the transaction fails', async () => {
    refuses = true;
    await expect(room.turn.copy(request())).rejects.toThrow('refused');
    expect(events).toEqual(['the next turn']);
    expect(rows()).toEqual([]);
  });

  it('that has left pauses the Wallet where the rest cannot be booked for a bug of ours', async () => {
    room.ports.refusesStatement = (query) => {
      if (query.includes('INTO attempt ')) throw new InvariantError('ours');
      return false;
    };
    const { answer } = await answered();
    expect(room.pause.reason()).toContain('ours');
    expect(room.turn.stored(exampleIntent())).toEqual(answer);
    expect(rows()).toEqual([]);
  });

  it('whose rest a start cannot book for a bug of ours pauses the Wallet, and does not keep it from starting', async () => {
    const { attempt, answer } = await placedCopy();
    const other = turnRoom('LIVE');
    other.ports.refusesStatement = (query) => {
      if (query.includes('INTO attempt ')) throw new InvariantError('ours');
      return false;
    };
    other.turn.resume([{ order: storedOrder().record, copy: { attempt, answer, waited: false } }]);
    expect(other.pause.reason()).toContain('ours');
    other.ports.refusesStatement = (query) => query.includes('INTO attempt ');
    const again = () =>
      other.turn.resume([{ order: storedOrder().record, copy: { attempt, answer, waited: false } }]);
    expect(again).toThrow('refused');
  });

  it('that has left is booked later where the disk refuses the rest', async () => {
    room.ports.refusesStatement = (query) => query.includes('INTO attempt ');
    const answering = room.turn.copy(request());
    await room.ports.settle();
    await room.ports.advance(500);
    expect(room.turn.stored(exampleIntent())).toMatchObject({ decision: 'EXECUTE' });
    room.ports.refusesStatement = undefined;
    await room.ports.advance(1_000);
    expect(await answering).toMatchObject({ decision: 'EXECUTE' });
    expect(rows()).toEqual([[1, 'EXECUTE']]);
    expect(room.pause.reason()).toBeUndefined();
  });
});

describe('the count of the last hour', () => {
  it('has a decision once, though its transaction was rolled back and made again', async () => {
    let failed = false;
    room.ports.refusesStatement = (query) => {
      if (failed || !query.includes('INTO attempt ')) return false;
      failed = true;
      throw new InvariantError('ours');
    };
    await room.turn.copy(request());
    expect(room.recent.status(room.ports.nowMs()).decisions).toBe(1);
  });

  it('has no decision whose transaction failed', async () => {
    room.ports.refusesStatement = (query) => query.includes('INTO attempt ');
    await expect(room.turn.copy(request())).rejects.toThrow('refused');
    expect(room.recent.status(room.ports.nowMs()).decisions).toBe(0);
  });
});
