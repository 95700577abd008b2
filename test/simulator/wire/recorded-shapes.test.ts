// What the exchange sends has the fields of what the venue was recorded sending, with values of the same kinds.
// Runs where ../shared/data is present.

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openBench, shapeOf } from '../harness.ts';

type Message = Record<string, unknown>;

const DATA = new URL('../../../../shared/data/', import.meta.url).pathname;
const HAS_DATA = existsSync(`${DATA}rtds`);
if (!HAS_DATA) console.log('test/simulator/wire/recorded-shapes.test.ts: skipped, ../shared/data is absent');

const linesOf = (file: string): unknown[] =>
  readFileSync(`${DATA}${file}`, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);

describe.skipIf(!HAS_DATA)('compared with recordings of the venue', () => {
  it('RTDS frames have the recorded fields', () => {
    const bench = openBench({ live: true });
    const frames: Message[] = [];
    bench.exchange
      .openRtdsSocket((text) => frames.push(JSON.parse(text) as Message))
      .receive('{"action":"subscribe","subscriptions":[{"topic":"activity","type":"trades"}]}');
    bench.pass(10_000);
    const recorded = linesOf('rtds/activity-trades-2026-02-08.jsonl')[0] as Message;
    expect(shapeOf(frames[0])).toEqual(shapeOf(recorded));
    expect(shapeOf(frames[0]!.payload)).toEqual(shapeOf(recorded.payload));
  });

  it('books and price changes have the recorded fields and order', () => {
    const bench = openBench({ live: true });
    const market = bench.exchange.markets().find((one) => one.version === 'v1')!;
    const frames: unknown[] = [];
    bench.exchange
      .openMarketSocket((text) => frames.push(JSON.parse(text)))
      .receive(JSON.stringify({ type: 'market', assets_ids: market.tokens }));
    bench.pass(10_000);
    const [recordedBooks, recordedChange] = linesOf(
      'market-channel/book-pair-price-change-2026-02-08.jsonl',
    ) as [Message[], Message];
    const { tick_size: tick, ...book } = shapeOf((frames[0] as Message[])[0]);
    expect(tick).toBe('string');
    expect(book).toEqual(shapeOf(recordedBooks[0]));
    const change = frames.find((frame) => (frame as Message).event_type === 'price_change') as Message;
    expect(shapeOf(change)).toEqual(shapeOf(recordedChange));
    expect(shapeOf((change.price_changes as Message[])[0])).toEqual(
      shapeOf((recordedChange.price_changes as Message[])[0]),
    );
  });

  it('the long market has the recorded fields', () => {
    const bench = openBench();
    const ours = bench.get(`/markets/${bench.exchange.markets()[0]!.conditionId}`).body;
    const recorded = JSON.parse(readFileSync(`${DATA}clob-rest/recorded/market.json`, 'utf8')) as Message;
    expect(Object.keys(shapeOf(ours)).sort()).toEqual(Object.keys(recorded).sort());
    expect(shapeOf((ours as Message).tokens ? ((ours as Message).tokens as unknown[])[0] : {})).toEqual(
      shapeOf((recorded.tokens as unknown[])[0]),
    );
  });

  it('every field that our Gamma market shares with the recorded one is of the same kind', () => {
    const bench = openBench();
    const market = bench.exchange.markets().find((one) => one.version === 'v1' && one.feeRate > 0n)!;
    const [ours] = bench.get(`/markets?condition_ids=${market.conditionId}`).body as [Message];
    const recorded = JSON.parse(readFileSync(`${DATA}gamma/recorded/gamma_market.json`, 'utf8')) as Message;
    const theirs = shapeOf(recorded);
    const shared = Object.entries(shapeOf(ours)).filter(([name]) => name in theirs);
    expect(shared.length).toBeGreaterThan(25);
    for (const [name, kind] of shared) expect(kind, name).toBe(theirs[name]);
  });
});
