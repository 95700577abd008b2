/** Which book an intent is decided with: the one that came with it, or a fresh one of the feed. */
import { beforeEach, describe, expect, it } from 'vitest';
import { at, CONDITION, LEADER, NOW, TOKEN } from '../../domain/decide/example-facts.ts';
import { exampleIntent } from './stores.ts';
import { exampleQuote, type TurnRoom, turnRoom } from './turn-room.ts';

const INTENT = exampleIntent();
/** The feed's answer, unlike the quotes of the requests. */
const FRESH = exampleQuote({ market: { tickPriceMicros: at('0.001') } });

let room: TurnRoom;

beforeEach(() => {
  room = turnRoom('LIVE', { settings: { bookAgeMsMax: 1_000 } });
  room.feed.answers = async () => FRESH;
});

/** A quote with a book of this age. */
function aged(ms: number) {
  return exampleQuote({ book: { asOfMs: NOW - ms } });
}

describe('the quote of a new intent', () => {
  it('is kept while its book is young enough for the settings', async () => {
    const quote = aged(1_000);
    expect(await room.quotes.first({ intent: INTENT, members: [], quote })).toEqual({
      intent: INTENT,
      members: [],
      quote,
      settings: room.settings.of(LEADER),
      waited: false,
    });
    expect(room.feed.asked).toEqual([]);
  });

  it.each([
    ['is too old', aged(1_001)],
    ['has no book', { ...aged(0), book: null }],
    ['has no market', { ...aged(0), market: null }],
  ])('is requested from the feed when it %s', async (_, quote) => {
    expect((await room.quotes.first({ intent: INTENT, members: [], quote })).quote).toEqual(FRESH);
    expect(room.feed.asked).toEqual([{ tokenId: TOKEN, conditionId: CONDITION }]);
  });

  it('is kept as it is when nothing will be placed: a reason was found before, or the mode is OFF', async () => {
    const quote = aged(60_000);
    const preset = exampleIntent({ presetReason: 'CARRY_EXPIRED' });
    expect((await room.quotes.first({ intent: preset, members: [], quote })).quote).toBe(quote);
    room.switches.set('OFF');
    expect((await room.quotes.first({ intent: INTENT, members: [], quote })).quote).toBe(quote);
    expect(room.feed.asked).toEqual([]);
  });

  it('is kept when the feed does not answer in time', async () => {
    const quote = aged(60_000);
    room.feed.answers = () => new Promise<never>(() => {});
    const kept = room.quotes.first({ intent: INTENT, members: [], quote });
    await room.ports.advance(5_000);
    expect((await kept).quote).toBe(quote);
    expect(room.ports.logs[0]?.fields.reason).toContain('no answer in 5000 ms');
  });

  it('is kept when the feed fails, and the log says why', async () => {
    const quote = aged(60_000);
    room.feed.answers = async () => {
      throw new Error('the feed is away');
    };
    expect((await room.quotes.first({ intent: INTENT, members: [], quote })).quote).toBe(quote);
    expect(room.ports.logs).toEqual([
      {
        level: 'warn',
        message: 'no fresh book from the feed',
        fields: { token: TOKEN, reason: 'Error: the feed is away' },
      },
    ]);
  });
});

describe('the quote of a sale that waited', () => {
  it('always comes from the feed', async () => {
    expect(await room.quotes.again(INTENT)).toEqual({
      intent: INTENT,
      members: [],
      quote: FRESH,
      settings: room.settings.of(LEADER),
      waited: true,
    });
  });

  it('is empty when the feed fails', async () => {
    room.feed.answers = async () => {
      throw new Error('the feed is away');
    };
    expect((await room.quotes.again(INTENT)).quote).toEqual({ book: null, market: null });
  });
});
