/** Live books: what keeps one fresh, what drops it, when REST is asked, and which tokens are kept. */
import { describe, expect, it } from 'vitest';
import { type ConditionId, parseTokenId, type TokenId } from '../../../domain/ids.ts';
import type { MarketFacts } from '../../../domain/market/market.ts';
import { price, shares } from '../../../domain/money.ts';
import { LiveBooks, TOKENS_WANTED_MAX } from '../../../durable-objects/feed/live-books.ts';
import type { MarketFactsStore } from '../../../durable-objects/feed/market-facts.ts';
import type { BookSnapshot } from '../../../polymarket/public/book-map.ts';
import type { ClobApi } from '../../../polymarket/public/clob-api.ts';
import { START_MS } from '../memory-ports.ts';
import { feedParts, marketFacts } from './feed-parts.ts';

const CONDITION = `0x${'b'.repeat(64)}` as ConditionId;
const [TOKEN, OTHER] = [parseTokenId('7'), parseTokenId('8')] as [TokenId, TokenId];

type Levels = readonly (readonly [string, string])[];
const sides = (levels: Levels) => levels.map(([at, size]) => ({ price: at, size }));
/** A frame of the channel: the whole book, by default 0.49 to 0.50. */
const bookFrame = (bids: Levels = [['0.49', '10']], asks: Levels = [['0.50', '20']], token = TOKEN) =>
  JSON.stringify({
    event_type: 'book',
    asset_id: token,
    market: CONDITION,
    bids: sides(bids),
    asks: sides(asks),
    timestamp: String(START_MS),
    hash: 'frame',
  });
const changeFrame = (...changes: readonly { side: string; price: string; size: string; token?: string }[]) =>
  JSON.stringify({
    event_type: 'price_change',
    market: CONDITION,
    timestamp: String(START_MS),
    price_changes: changes.map(({ token = TOKEN, ...change }) => ({
      asset_id: token,
      hash: 'change',
      best_bid: '0.49',
      best_ask: '0.50',
      ...change,
    })),
  });
const snapshot = (bid: bigint, ask: bigint, token = TOKEN): BookSnapshot => ({
  tokenId: token,
  conditionId: CONDITION,
  bids: [{ priceMicros: price(bid), shareMicros: shares(1_000_000n) }],
  asks: [{ priceMicros: price(ask), shareMicros: shares(1_000_000n) }],
  hash: 'rest',
  tickPriceMicros: undefined,
  orderShareMicrosMin: undefined,
  venueAtMs: START_MS,
});

function setUp() {
  const parts = feedParts();
  const asked: TokenId[] = [];
  const followed: (readonly TokenId[])[] = [];
  const reconnects: string[] = [];
  const expired: string[] = [];
  const ensured: string[] = [];
  /** Of how many tokens each call for several was. */
  const calls: number[] = [];
  const rest = {
    complete: true,
    book: async (token: TokenId): Promise<BookSnapshot | undefined> => snapshot(490_000n, 500_000n, token),
  };
  let facts: MarketFacts | undefined;
  const announced: string[] = [];
  const booksFound: (readonly [TokenId, boolean])[] = [];
  const clob = {
    fetchBook: (token: TokenId) => {
      asked.push(token);
      return rest.book(token);
    },
    fetchBooks: async (tokens: readonly TokenId[]) => {
      calls.push(tokens.length);
      asked.push(...tokens);
      const books = new Map<TokenId, BookSnapshot>();
      for (const token of tokens) {
        const found = await rest.book(token);
        if (found !== undefined) books.set(token, found);
      }
      return { books, refused: [], complete: rest.complete };
    },
  };
  const store = {
    get: () => facts,
    ensure: async (condition: string) => void ensured.push(condition),
    expire: (condition: string) => void expired.push(condition),
    bookFound: (token: TokenId, found: boolean) => void booksFound.push([token, found]),
  };
  const sockets = {
    follow: (tokens: readonly TokenId[]) => void followed.push(tokens),
    reconnect: (why: string) => void reconnects.push(why),
  };
  // Only these methods of both are called.
  const books = new LiveBooks(
    parts.ports,
    clob as unknown as ClobApi,
    store as unknown as MarketFactsStore,
    sockets,
    parts.quarantine,
    { resolved: (condition) => void announced.push(condition), moved: () => {} },
  );
  const top = (token = TOKEN) => {
    const { book } = books.quoteNow(token);
    return book && [book.bids[0]?.priceMicros, book.asks[0]?.priceMicros];
  };
  /** What a mark of the token is made of, after a read by REST where that is due. */
  const priced = async (token = TOKEN) => {
    await books.refresh([token]);
    return books.priceOf(token);
  };
  const fresh = async () => (await books.freshQuote({ tokenId: TOKEN, conditionId: CONDITION })).book?.hash;
  const setFacts = (given: MarketFacts) => {
    facts = given;
  };
  const heard = { announced, booksFound, asked, calls, followed, reconnects, expired, ensured };
  return { ...parts, ...heard, books, rest, top, priced, fresh, setFacts };
}

/** With the book 0.49 to 0.50 from the channel. */
function live() {
  const parts = setUp();
  parts.books.want([TOKEN]);
  parts.books.receive(bookFrame());
  return parts;
}

describe('a book of the channel', () => {
  it('is kept only of tokens that are wanted', () => {
    const { books, top } = setUp();
    books.receive(bookFrame());
    expect([top(), books.size().live]).toEqual([null, 0]);
    books.want([TOKEN]);
    books.receive(bookFrame());
    expect([top(), books.size().live]).toEqual([[490_000n, 500_000n], 1]);
  });

  it('changes by its level changes, and is as old as its last frame', async () => {
    const { books, ports, top } = live();
    await ports.advance(500);
    books.receive(
      changeFrame({ side: 'BUY', price: '0.49', size: '0' }, { side: 'BUY', price: '0.48', size: '5' }),
    );
    expect(top()).toEqual([480_000n, 500_000n]);
    expect(books.quoteNow(TOKEN).book).toMatchObject({ asOfMs: START_MS + 500, hash: 'change' });
  });

  it('takes no change before it is there, nor one of another token', () => {
    const { books, top } = setUp();
    books.want([TOKEN]);
    books.receive(changeFrame({ side: 'BUY', price: '0.48', size: '5' }));
    expect(top()).toBeNull();
    books.receive(bookFrame());
    books.receive(changeFrame({ side: 'BUY', price: '0.499', size: '5', token: OTHER }));
    expect(top()).toEqual([490_000n, 500_000n]);
  });

  it('is dropped when it is crossed, counted, and whole again with the next snapshot', () => {
    const { books, top } = live();
    books.receive(bookFrame([['0.51', '1']], [['0.50', '1']]));
    expect([top(), books.counters.crossed]).toEqual([null, 1]);
    books.receive(bookFrame());
    books.receive(changeFrame({ side: 'BUY', price: '0.51', size: '5' }));
    expect([top(), books.counters.crossed]).toEqual([null, 2]);
    books.receive(bookFrame());
    expect(top()).toEqual([490_000n, 500_000n]);
  });

  it('may be crossed within a frame', () => {
    const { books, top } = live();
    books.receive(
      changeFrame(
        { side: 'BUY', price: '0.50', size: '5' },
        { side: 'SELL', price: '0.50', size: '0' },
        { side: 'SELL', price: '0.52', size: '1' },
      ),
    );
    expect([top(), books.counters.crossed]).toEqual([[500_000n, 520_000n], 0]);
  });

  it('is dropped with the others of its socket when that is lost, and no other', () => {
    const { books, top } = live();
    books.want([OTHER]);
    books.receive(bookFrame(undefined, undefined, OTHER));
    books.disconnected([OTHER]);
    expect([top() === null, top(OTHER)]).toEqual([false, null]);
  });

  it('is what a frame is about, unless it is news of the whole venue', () => {
    const { books } = live();
    expect(books.receive(changeFrame({ side: 'BUY', price: '0.48', size: '5' }))).toBe(true);
    expect(books.receive(bookFrame(undefined, undefined, OTHER))).toBe(false);
    for (const eventType of ['new_market', 'market_resolved'])
      expect(books.receive(JSON.stringify({ event_type: eventType, market: `0x${'77'.repeat(32)}` }))).toBe(
        false,
      );
  });

  it('is quarantined where it is damaged, and counted', () => {
    const { books, quarantined } = live();
    books.receive('{"event_type":');
    expect(quarantined()).toEqual(['MARKET_CHANNEL frame: not JSON']);
    expect(books.counters).toMatchObject({ frames: 2, refused: 1 });
  });

  it('is not trusted any more when one of its changes could not be read', () => {
    const { books, top } = live();
    books.want([OTHER]);
    books.receive(bookFrame(undefined, undefined, OTHER));
    books.receive(changeFrame({ side: 'BUY', price: '2', size: '5' }));
    expect([top(), top(OTHER)]).toEqual([null, [490_000n, 500_000n]]);
  });

  it('has the tick that the channel reports, and its facts are read again then', () => {
    const { books, setFacts, expired } = live();
    setFacts(marketFacts(TOKEN));
    expect(books.quoteNow(TOKEN).market?.tickPriceMicros).toBe(10_000n);
    const tick = {
      event_type: 'tick_size_change',
      asset_id: TOKEN,
      market: CONDITION,
      old_tick_size: '0.01',
      new_tick_size: '0.001',
      timestamp: String(START_MS),
    };
    books.receive(JSON.stringify(tick));
    books.receive(bookFrame());
    expect(books.quoteNow(TOKEN).market?.tickPriceMicros).toBe(1_000n);
    expect([expired, books.counters.tickChanges]).toEqual([[CONDITION], 1]);
  });

  it('of a market that has resolved is passed on', () => {
    const { books, announced } = live();
    books.receive(
      JSON.stringify({
        event_type: 'market_resolved',
        market: CONDITION,
        assets_ids: [TOKEN, OTHER],
        winning_asset_id: TOKEN,
        winning_outcome: 'Yes',
        timestamp: String(START_MS),
      }),
    );
    expect(announced).toEqual([CONDITION]);
  });
});

describe('a fresh quote', () => {
  it('is from memory while the book is at most a second old, else from REST', async () => {
    const { ports, asked, fresh } = live();
    await ports.advance(1_000);
    expect([await fresh(), asked]).toEqual(['frame', []]);
    await ports.advance(1);
    expect([await fresh(), asked]).toEqual(['rest', [TOKEN]]);
  });

  it('is not older than asked for: from memory where that is so, else by REST (A55)', async () => {
    const { books, ports, rest } = live();
    let reads = 0;
    rest.book = async () => {
      reads += 1;
      return snapshot(480_000n, 500_000n);
    };
    const since = async (sinceMs: number) =>
      (await books.freshQuote({ tokenId: TOKEN, conditionId: CONDITION, sinceMs })).book?.asOfMs;
    ports.atMs += 200;
    expect([await since(START_MS), reads]).toEqual([START_MS, 0]);
    expect([await since(START_MS + 1), reads]).toEqual([START_MS + 200, 1]);
    ports.atMs += 5_000;
    expect([await since(START_MS + 100), reads]).toEqual([START_MS + 200, 1]);
  });

  it('is read once more where the read that was under way began too early', async () => {
    const { books, ports, rest } = live();
    const answers: (() => void)[] = [];
    rest.book = () =>
      new Promise((resolve) => {
        answers.push(() => resolve(snapshot(480_000n, 500_000n)));
      });
    ports.atMs += 2_000;
    const early = books.freshQuote({ tokenId: TOKEN, conditionId: CONDITION });
    ports.atMs += 100;
    const late = books.freshQuote({ tokenId: TOKEN, conditionId: CONDITION, sinceMs: START_MS + 2_050 });
    answers[0]?.();
    expect((await early).book?.asOfMs).toBe(START_MS + 2_000);
    await Promise.resolve();
    for (let turn = 0; answers.length < 2 && turn < 20; turn += 1) await Promise.resolve();
    answers[1]?.();
    expect((await late).book?.asOfMs).toBe(START_MS + 2_100);
    expect(answers).toHaveLength(2);
  });

  it('waits for the facts of its market', async () => {
    const { books, ensured, setFacts } = live();
    setFacts(marketFacts(TOKEN));
    const quote = await books.freshQuote({ tokenId: TOKEN, conditionId: CONDITION });
    expect([ensured, quote.market?.tokenId]).toEqual([[CONDITION], TOKEN]);
  });

  it('makes its token wanted', async () => {
    const { books, fresh, followed } = setUp();
    await fresh();
    expect([books.wantedTokens(), followed]).toEqual([[TOKEN], [[TOKEN]]]);
  });

  it('has no book when REST has none, or fails', async () => {
    const { books, rest, fresh, ports } = setUp();
    rest.book = async () => undefined;
    expect(await fresh()).toBeUndefined();
    rest.book = async () => {
      throw new Error('503');
    };
    expect(await fresh()).toBeUndefined();
    expect(ports.logs).toMatchObject([{ level: 'warn', message: 'no book by REST' }]);
    expect(books.size().coldBooks).toBe(2);
  });

  it('has no book when that of REST is crossed', async () => {
    const { rest, fresh, books } = setUp();
    rest.book = async () => snapshot(600_000n, 500_000n);
    expect([await fresh(), books.counters.crossed]).toEqual([undefined, 1]);
  });

  it('asks REST once for all who wait for the same token, and again later', async () => {
    const { asked, fresh, ports } = setUp();
    expect(await Promise.all([fresh(), fresh()])).toEqual(['rest', 'rest']);
    expect(asked).toEqual([TOKEN]);
    await ports.advance(1_001);
    await fresh();
    expect(asked).toEqual([TOKEN, TOKEN]);
  });

  it('prefers a frame that arrived while REST was asked', async () => {
    const { books, rest, ports, fresh, top } = live();
    await ports.advance(1_001);
    rest.book = async () => {
      books.receive(bookFrame([['0.45', '1']], [['0.46', '1']]));
      return snapshot(490_000n, 500_000n);
    };
    expect([await fresh(), top()]).toEqual(['frame', [450_000n, 460_000n]]);
  });

  it('is as old as the moment when REST was asked', async () => {
    const { books, rest, ports } = setUp();
    rest.book = async () => {
      ports.atMs += 300;
      return snapshot(490_000n, 500_000n);
    };
    const { book } = await books.freshQuote({ tokenId: TOKEN, conditionId: CONDITION });
    expect(book?.asOfMs).toBe(START_MS);
  });
});

describe('the tokens that are wanted', () => {
  const tokens = (count: number, from = 0) =>
    Array.from({ length: count }, (_, index) => String(1_000 + from + index) as TokenId);

  it('are followed by the sockets whenever they change, and only then', () => {
    const { books, followed } = setUp();
    books.want([TOKEN]);
    books.want([TOKEN]);
    books.want([]);
    books.want([OTHER, TOKEN]);
    expect(followed).toEqual([[TOKEN], [OTHER, TOKEN]]);
  });

  it('are four hundred at most; those used longest ago go, and their books with them', () => {
    const { books, followed, top } = live();
    books.want(tokens(TOKENS_WANTED_MAX - 1));
    expect(top()).not.toBeNull();
    books.want([TOKEN]);
    books.want(tokens(TOKENS_WANTED_MAX - 1, 500));
    expect(top()).not.toBeNull();
    books.want(tokens(TOKENS_WANTED_MAX, 1_000));
    expect([top(), books.size().live, books.wantedTokens().length]).toEqual([null, 0, TOKENS_WANTED_MAX]);
    expect(followed.at(-1)).toEqual(tokens(TOKENS_WANTED_MAX, 1_000));
  });
});

describe('a glance', () => {
  it('is from memory whatever its age, and wants nothing', async () => {
    const { books, ports, asked, followed } = live();
    await ports.advance(60_000);
    const seen = await books.glance([TOKEN, OTHER], false);
    expect(seen.map((book) => book?.hash ?? null)).toEqual(['frame', null]);
    expect([asked, followed.length]).toEqual([[], 1]);
  });

  it('asks REST for what is not there when it may', async () => {
    const { books, asked } = live();
    const seen = await books.glance([TOKEN, OTHER], true);
    expect([seen.map((book) => book?.hash), asked]).toEqual([['frame', 'rest'], [OTHER]]);
  });
});

describe('what a mark is made of', () => {
  const top = (bid: bigint | null, ask: bigint | null, asOfMs: number) => ({
    bidPriceMicros: bid,
    askPriceMicros: ask,
    asOfMs,
  });

  it('is a book that is at most 45 seconds old, else one from REST', async () => {
    const { priced, ports, rest } = live();
    rest.book = async () => snapshot(200_000n, 300_000n);
    await ports.advance(45_000);
    expect((await priced()).top).toEqual(top(490_000n, 500_000n, START_MS));
    await ports.advance(1);
    expect((await priced()).top).toEqual(top(200_000n, 300_000n, START_MS + 45_001));
  });

  it('has no prices where the venue says that there is no book, and says when it has one again', async () => {
    const { priced, ports, rest, booksFound } = setUp();
    rest.book = async () => undefined;
    expect(await priced()).toEqual({ top: top(null, null, START_MS), lastTrade: null });
    rest.book = async () => ({ ...snapshot(1n, 2n), bids: [], asks: [] });
    await ports.advance(1);
    expect((await priced()).top).toEqual(top(null, null, START_MS + 1));
    expect(booksFound).toEqual([
      [TOKEN, false],
      [TOKEN, true],
    ]);
  });

  it('is not known while the venue does not answer', async () => {
    const { priced, rest } = setUp();
    rest.book = async () => {
      throw new Error('503');
    };
    expect((await priced()).top).toBeNull();
  });

  it('has the last trade of the token, and of the other outcome as its complement', async () => {
    const { books, priced, setFacts } = live();
    books.want([OTHER]);
    setFacts(marketFacts(TOKEN, { outcomeTokenIds: [TOKEN, OTHER] }));
    const trade = (price: string, timestamp: number) =>
      books.receive(
        JSON.stringify({
          ...{ event_type: 'last_trade_price', asset_id: TOKEN, market: CONDITION, side: 'BUY' },
          ...{ price, size: '3', fee_rate_bps: '0', timestamp: String(timestamp) },
        }),
      );
    trade('0.6', START_MS - 5);
    trade('0.1', START_MS - 6);
    expect((await priced()).lastTrade).toEqual({ priceMicros: 600_000n, atMs: START_MS - 5 });
    expect((await priced(OTHER)).lastTrade).toEqual({ priceMicros: 400_000n, atMs: START_MS - 5 });
    expect(books.quoteNow(TOKEN).book?.lastTrade?.priceMicros).toBe(600_000n);
    trade('0.7', START_MS + 60_000);
    expect((await priced()).lastTrade).toEqual({ priceMicros: 700_000n, atMs: START_MS });
  });

  it('is read of many tokens in few calls, each token once', async () => {
    const { books, calls, asked } = setUp();
    const tokens = Array.from({ length: 250 }, (_, index) => String(1_000 + index) as TokenId);
    await Promise.all([books.refresh(tokens), books.refresh(tokens.slice(0, 7))]);
    expect([calls, new Set(asked).size]).toEqual([[100, 100, 50], 250]);
    expect(tokens.every((token) => books.priceOf(token).top !== null)).toBe(true);
  });

  it('is not said to be gone while a book of the same answer cannot be read', async () => {
    const { books, rest, booksFound } = setUp();
    rest.complete = false;
    rest.book = async (token) => (token === OTHER ? snapshot(1n, 2n, OTHER) : undefined);
    await books.refresh([TOKEN, OTHER]);
    expect([books.priceOf(TOKEN).top, booksFound]).toEqual([null, []]);
  });
});

describe('the check of silent tokens', () => {
  it('asks REST about those without a frame for more than 45 seconds', async () => {
    const { books, ports, asked, reconnects } = live();
    books.want([OTHER]);
    books.receive(bookFrame(undefined, undefined, OTHER));
    await ports.advance(45_000);
    await books.checkSilent();
    expect(asked).toEqual([]);
    books.receive(bookFrame(undefined, undefined, OTHER));
    await ports.advance(1);
    await books.checkSilent();
    expect([asked, reconnects]).toEqual([[TOKEN], []]);
  });

  it('reconnects when the top of a book has moved without a frame, on either side', async () => {
    for (const moved of [snapshot(480_000n, 500_000n), snapshot(490_000n, 510_000n)]) {
      const { books, ports, rest, reconnects } = live();
      rest.book = async () => moved;
      await ports.advance(45_001);
      await books.checkSilent();
      expect([reconnects, books.counters.disagreements]).toEqual([['a book moved without a frame'], 1]);
    }
  });

  it('does not when there was no book, or REST has none', async () => {
    const { books, ports, rest, reconnects, asked } = live();
    books.want([OTHER]);
    rest.book = async (token) => (token === OTHER ? snapshot(100_000n, 900_000n, OTHER) : undefined);
    await ports.advance(45_001);
    await books.checkSilent();
    expect([reconnects, [...asked].sort()]).toEqual([[], [TOKEN, OTHER].sort()]);
  });

  it('asks about twenty in one round, those used last, in one call', async () => {
    const { books, asked, calls } = setUp();
    const tokens = Array.from({ length: 22 }, (_, index) => String(11 + index) as TokenId);
    books.want(tokens);
    await books.checkSilent();
    expect([asked, calls]).toEqual([tokens.slice(2), [20]]);
  });
});
