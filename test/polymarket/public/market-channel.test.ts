/** Market channel frames: every kind of event, frames as objects and arrays, damage named without losing the rest. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  MARKET_FRAME_CHARS_MAX,
  parseMarketFrame,
  subscribeFrame,
  subscribeMoreFrame,
  unsubscribeFrame,
} from '../../../polymarket/public/market-channel.ts';
import { CONDITION, CONDITION_V2, fixture, TOKEN_1, TOKEN_2, TX_HASH } from '../fixture.ts';

const marketFrame = (text: string) => parseMarketFrame(text, 1_790_000_000_000);

const eventsOf = (name: string) => {
  const { events, refused } = marketFrame(fixture(name));
  expect(refused).toEqual([]);
  return events;
};

describe('market channel events', () => {
  it('reads an array of books, with or without event_type, each best first (W32)', () => {
    expect(eventsOf('books-frame.json')).toEqual([
      {
        kind: 'book',
        snapshot: {
          tokenId: TOKEN_1,
          conditionId: CONDITION,
          bids: [{ priceMicros: 400_000n, shareMicros: 10_000_000n }],
          asks: [{ priceMicros: 420_000n, shareMicros: 5_000_000n }],
          tickPriceMicros: undefined,
          orderShareMicrosMin: undefined,
          hash: 'h1',
          venueAtMs: 1_790_000_000_123,
        },
      },
      {
        kind: 'book',
        snapshot: expect.objectContaining({ tokenId: TOKEN_2, asks: [], tickPriceMicros: 1_000n }),
      },
    ]);
  });

  it('reads changes of both tokens of a market in order, removals too', () => {
    const [event] = eventsOf('price-change.json');
    expect(event).toMatchObject({
      kind: 'priceChange',
      conditionId: CONDITION,
      changes: [
        {
          tokenId: TOKEN_1,
          side: 'BUY',
          priceMicros: 410_000n,
          shareMicros: 25_000_000n,
          bestAskPriceMicros: 420_000n,
        },
        { tokenId: TOKEN_1, side: 'BUY', priceMicros: 400_000n, shareMicros: 0n, hash: 'h4' },
        { tokenId: TOKEN_2, side: 'SELL', bestBidPriceMicros: 0n, bestAskPriceMicros: 1_000_000n },
      ],
    });
  });

  it('reads both older forms of a change', () => {
    expect(eventsOf('price-change-2024.json')).toMatchObject([
      { kind: 'priceChange', changes: [{ tokenId: TOKEN_1, side: 'SELL', shareMicros: 12_500_000n }] },
    ]);
    expect(eventsOf('price-change-list.json')).toMatchObject([
      {
        kind: 'priceChange',
        changes: [
          { tokenId: TOKEN_1, priceMicros: 440_000n },
          { tokenId: TOKEN_1, hash: 'h7' },
        ],
      },
    ]);
  });

  it.each(['timestamp', 'timestamp and case of the side'])('reads an event with another %s', (odd) => {
    const [event] = marketFrame(
      JSON.stringify({
        event_type: 'price_change',
        market: CONDITION,
        ...(odd === 'timestamp' ? { timestamp: null } : {}),
        price_changes: [
          {
            asset_id: TOKEN_1,
            price: '0.4',
            size: '1',
            side: odd === 'timestamp' ? 'SELL' : 'sell',
            hash: '',
          },
        ],
      }),
    ).events;
    expect(event).toMatchObject({ venueAtMs: 1_790_000_000_000, changes: [{ side: 'SELL' }] });
  });

  it('reads a result by its market under either name, whatever else is in it', () => {
    for (const named of [
      { market: CONDITION, winning_asset_id: 7, timestamp: 'x' },
      { condition_id: CONDITION },
    ])
      expect(marketFrame(JSON.stringify({ event_type: 'market_resolved', ...named })).events).toEqual([
        { kind: 'resolved', conditionId: CONDITION },
      ]);
  });

  it('reads ticks, trades, best prices and results', () => {
    expect(eventsOf('tick-size-change.json')).toMatchObject([
      { kind: 'tickSizeChange', tokenId: TOKEN_1, oldTickPriceMicros: 10_000n, newTickPriceMicros: 1_000n },
    ]);
    expect(eventsOf('last-trade-price.json')).toMatchObject([
      {
        kind: 'lastTradePrice',
        side: 'SELL',
        priceMicros: 410_000n,
        shareMicros: 7_250_000n,
        txHash: TX_HASH,
      },
    ]);
    expect(eventsOf('best-bid-ask.json')).toMatchObject([
      { kind: 'bestBidAsk', bestBidPriceMicros: 0n, bestAskPriceMicros: 420_000n },
    ]);
    expect(eventsOf('market-resolved.json')).toMatchObject([{ kind: 'resolved', conditionId: CONDITION_V2 }]);
    expect(marketFrame('{"event_type":"new_market","id":"1"}').events).toEqual([
      { kind: 'ignored', eventType: 'new_market' },
    ]);
  });

  it('reads nothing in plain text', () => {
    for (const text of ['PONG', '', 'NO NEW ASSETS', 'INVALID OPERATION']) {
      expect(marketFrame(text)).toEqual({ events: [], refused: [] });
    }
  });
});

describe('damage', () => {
  it('keeps the other events of a frame, and names the token whose book is lost', () => {
    const books = JSON.parse(fixture('books-frame.json'));
    books[0].bids[0].size = 'many';
    const { events, refused } = marketFrame(JSON.stringify([7, ...books]));
    expect(events).toMatchObject([{ kind: 'book', snapshot: { tokenId: TOKEN_2 } }]);
    expect(refused).toMatchObject([
      { reason: 'event: not an object' },
      { reason: 'book bids.0.size: not a decimal of at least 0', tokenId: TOKEN_1 },
    ]);
  });

  it('keeps the other changes of an event, and names the token whose book has now a hole', () => {
    const change = JSON.parse(fixture('price-change.json'));
    change.price_changes[2].price = '2';
    const { events, refused } = marketFrame(JSON.stringify(change));
    expect(events).toMatchObject([{ changes: [{ hash: 'h3' }, { hash: 'h4' }] }]);
    expect(refused).toMatchObject([
      { reason: 'price_change price: not a price from 0 to 1', tokenId: TOKEN_2 },
    ]);
  });

  it('names every token of an event that is lost as a whole', () => {
    const change = JSON.parse(fixture('price-change.json'));
    const { events, refused } = marketFrame(JSON.stringify({ ...change, timestamp: 'x' }));
    expect(events).toEqual([]);
    expect(refused.map((entry) => entry.tokenId)).toEqual([TOKEN_1, TOKEN_2]);
    expect(marketFrame(JSON.stringify({ ...change, price_changes: 'x' })).refused).toHaveLength(1);
  });

  it.each([
    ['a truncated frame', fixture('book.json').slice(0, 100), 'frame: not JSON'],
    ['a huge frame', `[${' '.repeat(MARKET_FRAME_CHARS_MAX)}]`, 'too large'],
    ['too many events', `[${Array(5_001).fill('{"event_type":"x"}').join(',')}]`, '5001 events are too many'],
    ['a tick of zero', fixture('tick-size-change.json').replace('0.001', '0'), 'new_tick_size: not above 0'],
    [
      'a book without sides',
      `{"event_type":"book","market":"${CONDITION}","asset_id":"1","timestamp":"1790000000000"}`,
      'bids: missing',
    ],
  ])('refuses %s by name', (_what, text, reason) => {
    const { refused } = marketFrame(text);
    expect(refused).toHaveLength(1);
    expect(refused[0]!.reason).toContain(reason);
  });

  it('never throws, for any JSON under any event type and for any text', () => {
    const types = fc.constantFrom(
      'book',
      'price_change',
      'tick_size_change',
      'last_trade_price',
      'best_bid_ask',
      'market_resolved',
    );
    const field = fc.constantFrom(
      'market',
      'asset_id',
      'bids',
      'asks',
      'price_changes',
      'changes',
      'timestamp',
      'price',
      '__proto__',
    );
    const event = fc
      .tuple(types, fc.dictionary(field, fc.jsonValue()))
      .map(([event_type, rest]) => ({ ...rest, event_type }));
    fc.assert(
      fc.property(
        fc.oneof(event, fc.array(event), fc.jsonValue()),
        (json) => void marketFrame(JSON.stringify(json)),
      ),
    );
    fc.assert(fc.property(fc.string(), (text) => void marketFrame(text)));
    const deep = `${'{"bids":['.repeat(50_000)}${']}'.repeat(50_000)}`;
    expect(() => marketFrame(deep)).not.toThrow();
  });

  it('never throws for a frame that was cut or changed at any place', () => {
    const text = fixture('price-change.json');
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(3), fc.string({ maxLength: 3 }), (at, gone, put) => {
        marketFrame(text.slice(0, at) + put + text.slice(at + gone));
      }),
      { numRuns: 500 },
    );
  });
});

it('asks for tokens in the venue’s words', () => {
  expect(JSON.parse(subscribeFrame([TOKEN_1]))).toEqual({
    type: 'market',
    assets_ids: [TOKEN_1],
    custom_feature_enabled: true,
  });
  expect(JSON.parse(subscribeMoreFrame([TOKEN_2]))).toMatchObject({
    operation: 'subscribe',
    assets_ids: [TOKEN_2],
  });
  expect(JSON.parse(unsubscribeFrame([TOKEN_1]))).toEqual({
    operation: 'unsubscribe',
    assets_ids: [TOKEN_1],
  });
});
