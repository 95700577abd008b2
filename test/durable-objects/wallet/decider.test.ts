/** One decision: the facts it is made from, and how what the executor says ends the attempt. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { CopyIntent } from '../../../domain/decide/decision-facts.ts';
import type { Decided } from '../../../durable-objects/wallet/decider.ts';
import type { Deciding } from '../../../durable-objects/wallet/intent-quotes.ts';
import { at, type Change, LEADER, levels, NOW, sh, TOKEN, usd } from '../../domain/decide/example-facts.ts';
import { exampleIntent, followed, held, OTHER_TOKEN, purchase, storedOrder } from './stores.ts';
import { exampleQuote, NO_FILL, type TurnRoom, turnRoom } from './turn-room.ts';

let room: TurnRoom;
const NOTHING = { filled: NO_FILL, soldShareMicros: sh('0') };

beforeEach(() => open());

function open(options: Parameters<typeof turnRoom>[1] = {}): void {
  room = turnRoom('LIVE', options);
}

function given(
  intent: Partial<CopyIntent> = {},
  part: Partial<Deciding> = {},
  change: Change = {},
): Deciding {
  return {
    intent: exampleIntent(intent),
    members: [],
    quote: exampleQuote(change),
    settings: room.settings.of(LEADER),
    waited: false,
    ...part,
  };
}

function decided(request: Deciding): Decided {
  const result = room.decider.decide(request);
  if (result === 'waits') throw new Error('it was to be decided');
  return result;
}

describe('the facts of a decision', () => {
  it('are the intent, the quote and the portfolio of this moment', () => {
    const request = given();
    const { facts } = decided(request);
    expect(facts).toMatchObject({ intent: request.intent, market: request.quote.market, nowMs: NOW });
    expect(facts.portfolio).toMatchObject({ cashMicros: usd('10000'), paused: false });
  });

  it('have a book of twenty levels at most, without what paper copies have taken', () => {
    const asks = levels(Array.from({ length: 25 }, (_, level) => `0.${50 + level}x1000`).join(' '));
    const shallow = decided(given({}, {}, { book: { asks } })).facts.book;
    expect(shallow?.asks).toEqual(asks.slice(0, 20));
    room.taken.add(TOKEN, 'BUY', { ...asks[0]!, shareMicros: sh('400') }, NOW);
    expect(decided(given({}, {}, { book: { asks } })).facts.book?.asks[0]?.shareMicros).toBe(sh('600'));
    // The other side's copies took nothing.
    expect(decided(given({ side: 'SELL' })).facts.book?.asks[0]?.shareMicros).toBe(sh('1000'));
  });

  it('have a book without what paper copies have taken of the other outcome, which is the same order (A56)', () => {
    const change = {
      book: { asks: levels('0.50x1000') },
      market: { outcomeTokenIds: [TOKEN, OTHER_TOKEN] },
    };
    room.taken.add(OTHER_TOKEN, 'SELL', { priceMicros: at('0.50'), shareMicros: sh('400') }, NOW);
    expect(decided(given({}, {}, change)).facts.book?.asks).toEqual(levels('0.50x600'));
    expect(decided(given({}, {}, { ...change, market: null })).facts.book?.asks).toEqual(change.book.asks);
  });

  it('have no book where the quote has none', () => {
    const { outcome, facts } = decided(given({}, {}, { book: null }));
    expect(facts.book).toBeNull();
    expect(outcome).toEqual({ word: 'SKIP', reasons: ['BOOK_UNAVAILABLE'], ...NOTHING });
  });

  it('have the reason for which the executor executes nothing, unless one was found before', () => {
    room.executor.gateReason = 'LIVE_WS_DOWN';
    expect(decided(given()).outcome).toMatchObject({ word: 'SKIP', reasons: ['LIVE_WS_DOWN'] });
    const before = decided(given({ presetReason: 'CARRY_EXPIRED' }));
    expect(before.outcome).toMatchObject({ word: 'SKIP', reasons: ['CARRY_EXPIRED'] });
    expect(before.facts.intent.presetReason).toBe('CARRY_EXPIRED');
  });

  it('allow exits only when the intent or the switches say so', () => {
    expect(decided(given()).facts.intent.exitOnly).toBe(false);
    expect(decided(given({ exitOnly: true })).outcome.reasons).toEqual(['USER_DISABLED']);
    open({ control: { followedUsers: [followed({ paperEnabled: false })] } });
    expect(decided(given()).outcome.reasons).toEqual(['USER_DISABLED']);
  });
});

describe('what the executor says', () => {
  it('is asked with everything that was decided, and only to execute', () => {
    const request = given({}, { waited: true });
    const { facts, decision } = decided(request);
    expect(room.executor.executed).toEqual([
      { facts, decision, settings: request.settings, waited: true, waitedForMs: 0 },
    ]);
    decided(given({ presetReason: 'CARRY_EXPIRED' }));
    expect(room.executor.executed).toHaveLength(1);
  });

  it('done: the attempt ends in EXECUTE with what was filled, and has a POST to start', () => {
    const filled = { shareMicros: sh('40'), notionalMicros: usd('20'), feeMicros: usd('0.1') };
    const post = { order: storedOrder().record, store: () => {}, start: () => {} };
    room.executor.whenExecuting = () => ({
      kind: 'done',
      filled,
      soldShareMicros: sh('7'),
      reasons: ['LIVE_NO_FILL'],
      post,
    });
    const { outcome, post: found } = decided(given());
    expect(outcome).toEqual({
      word: 'EXECUTE',
      reasons: ['LIVE_NO_FILL'],
      filled,
      soldShareMicros: sh('7'),
    });
    expect(found).toBe(post);
  });

  it('refused: the attempt ends in SKIP with its reason', () => {
    room.executor.whenExecuting = () => ({ kind: 'refused', reason: 'LIVE_NO_SLOT' });
    const { outcome, post } = decided(given());
    expect(outcome).toEqual({ word: 'SKIP', reasons: ['LIVE_NO_SLOT'], ...NOTHING });
    expect(post).toBeNull();
  });

  it('wait: the attempt waits for its shares', () => {
    room.executor.whenExecuting = () => ({ kind: 'wait' });
    const { outcome, post } = decided(given());
    expect(outcome).toEqual({ word: 'WAIT', reasons: ['LIVE_WAITING_FOR_SHARES'], ...NOTHING });
    expect(post).toBeNull();
  });
});

describe('a sale with nothing to sell', () => {
  const WAITS = { word: 'WAIT', reasons: ['LIVE_WAITING_FOR_SHARES'], ...NOTHING };
  const ENDS = { word: 'SKIP', reasons: ['NOT_ENOUGH_POSITION_TO_SELL'], ...NOTHING };

  beforeEach(() => {
    room.executor.awaitsShares = true;
  });

  it('waits while shares may be on their way', () => {
    expect(decided(given({ side: 'SELL' })).outcome).toEqual(WAITS);
  });

  it('ends when no shares are on their way', () => {
    room.executor.awaitsShares = false;
    expect(decided(given({ side: 'SELL' })).outcome).toEqual(ENDS);
  });

  it('waits where the settings let no sale wait for shares to become final: what is bought is not known yet (A44)', () => {
    const settings = room.settings.of(LEADER);
    const none = { settings: { ...settings, exitWaitMsMax: 0 } };
    expect(decided(given({ side: 'SELL' }, none)).outcome).toEqual(WAITS);
  });

  it('waits whatever stops an exit now, since more may be held when that is over (A44)', () => {
    room.book.bookEntry(purchase({ mode: 'LIVE' }), held('10', '5'));
    room.executor.gateReason = 'LIVE_WS_DOWN';
    expect(decided(given({ side: 'SELL' })).outcome).toEqual(WAITS);
    for (const sourceType of ['CLOSE', 'EXIT'] as const)
      expect(decided(given({ side: 'SELL', sourceType })).outcome.reasons).toEqual(['LIVE_WS_DOWN']);
    expect(decided(given({ side: 'BUY' })).outcome.reasons).toEqual(['LIVE_WS_DOWN']);
  });

  it('ends when it has waited already', () => {
    expect(decided(given({ side: 'SELL' }, { waited: true })).outcome).toEqual(ENDS);
  });

  it('is another matter than a sale that is skipped for another reason, or executed', () => {
    const denied = given({ side: 'SELL', presetReason: 'CARRY_EXPIRED' });
    expect(decided(denied).outcome).toMatchObject({ word: 'SKIP', reasons: ['CARRY_EXPIRED'] });
    room.book.bookEntry(purchase({ mode: 'LIVE' }), held('10', '5'));
    expect(decided(given({ side: 'SELL', leaderExited: true })).outcome.word).toBe('EXECUTE');
  });
});
