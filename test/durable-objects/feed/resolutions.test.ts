/** A52: which markets are asked for their result, when, and how many at once. */
import { describe, expect, it } from 'vitest';
import type { ConditionId } from '../../../domain/ids.ts';
import { price } from '../../../domain/money.ts';
import { MINUTE_MS } from '../../../domain/time.ts';
import type { MarketFactsStore } from '../../../durable-objects/feed/market-facts.ts';
import { Resolutions } from '../../../durable-objects/feed/resolutions.ts';
import { VenueError } from '../../../polymarket/wire/venue-error.ts';
import { feedParts, ScriptedData } from './feed-parts.ts';

const WON = [price(1_000_000n), price(0n)] as const;
const markets = (count: number, from = 0): ConditionId[] =>
  Array.from({ length: count }, (_, at) => `0x${String(from + at).padStart(64, '0')}` as ConditionId);

function setUp() {
  const parts = feedParts();
  const data = new ScriptedData();
  const results = new Map<ConditionId, unknown>();
  const ended = new Set<ConditionId>();
  let known: readonly ConditionId[] = [];
  // Only these methods are called.
  const facts = {
    isResolved: (condition: ConditionId) => results.has(condition),
    mayHaveEnded: (condition: ConditionId) => ended.has(condition),
    unresolved: () => known.filter((condition) => !results.has(condition)),
    resolved: (condition: ConditionId, payouts: unknown) => void results.set(condition, payouts),
  } as unknown as MarketFactsStore;
  const resolutions = new Resolutions(parts.ports, data, facts, parts.quarantine);
  const know = (conditions: readonly ConditionId[]) => {
    known = conditions;
  };
  /** How many conditions each call since the last look named. */
  const asked = () => data.resolutionsAsked.splice(0).map((batch) => batch.length);
  return { ...parts, data, results, ended, resolutions, know, asked };
}

describe('held markets', () => {
  it('are asked about together, at most twenty in a call, and then every ten minutes', async () => {
    const { ports, resolutions, asked } = setUp();
    const held = markets(45);
    await resolutions.askHeld([...held, ...held]);
    expect(asked()).toEqual([20, 20, 5]);
    await ports.advance(10 * MINUTE_MS - 1);
    await resolutions.askHeld(held);
    expect(asked()).toEqual([]);
    await ports.advance(1);
    await resolutions.askHeld(held);
    expect(asked()).toEqual([20, 20, 5]);
  });

  it('are asked about every twenty seconds once they may have ended', async () => {
    const { ports, resolutions, ended, asked } = setUp();
    const [condition] = markets(1) as [ConditionId];
    await resolutions.askHeld([condition]);
    ended.add(condition);
    await ports.advance(19_999);
    await resolutions.askHeld([condition]);
    expect(asked()).toEqual([1]);
    await ports.advance(1);
    await resolutions.askHeld([condition]);
    expect(asked()).toEqual([1]);
  });

  it('are asked about at once after an announcement, however recently they were', async () => {
    const { resolutions, asked } = setUp();
    const [condition] = markets(1) as [ConditionId];
    await resolutions.askHeld([condition]);
    resolutions.announced(condition);
    await resolutions.askHeld([condition]);
    expect(asked()).toEqual([1, 1]);
  });

  it('wait for the answer to a question that is under way, and ask no second one', async () => {
    const { data, results, resolutions, know, asked } = setUp();
    const [condition] = markets(1) as [ConditionId];
    know([condition]);
    let answer = (): void => {};
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const fetch = data.fetchResolutions.bind(data);
    data.fetchResolutions = async (conditions) => {
      await answered;
      return fetch(conditions);
    };
    data.resolution = () => ({ status: 'resolved', payoutPriceMicros: WON });
    const followed = resolutions.askFollowed();
    const held = resolutions.askHeld([condition]).then(() => results.size);
    answer();
    expect([await held, asked()]).toEqual([1, [1]]);
    await followed;
  });

  it('keep their result and are asked about no more', async () => {
    const { ports, data, results, resolutions, asked } = setUp();
    const [won, open] = markets(2) as [ConditionId, ConditionId];
    data.resolution = (condition) =>
      condition === won
        ? { status: 'resolved', payoutPriceMicros: WON }
        : { status: 'proposed', payoutPriceMicros: undefined };
    await resolutions.askHeld([won, open]);
    expect([...results]).toEqual([[won, WON]]);
    await ports.advance(10 * MINUTE_MS);
    await resolutions.askHeld([won, open]);
    expect(asked()).toEqual([2, 1]);
  });

  it('are asked about one by one when the venue refuses their list, and again later when it fails', async () => {
    const { ports, data, results, resolutions, asked, logs } = { ...setUp(), logs: [] };
    const [good, bad] = markets(2) as [ConditionId, ConditionId];
    data.resolution = (condition) => {
      if (condition === bad) throw new VenueError({ kind: 'status', status: 400, message: 'no' });
      return { status: 'resolved', payoutPriceMicros: WON };
    };
    await resolutions.askHeld([bad, good]);
    expect([asked(), [...results.keys()], logs]).toEqual([[2, 1, 1], [good], []]);
    data.resolution = () => {
      throw new VenueError({ kind: 'status', status: 503, message: 'busy' });
    };
    await ports.advance(10 * MINUTE_MS);
    await resolutions.askHeld(markets(2, 7));
    expect(asked()).toEqual([2]);
    expect(ports.logs.map((line) => line.message)).toEqual([
      'no resolutions',
      'no resolutions',
      'no resolutions',
    ]);
  });
});

describe('followed markets', () => {
  it('are asked about every ten minutes once they may have ended, and else every hour', async () => {
    const { ports, data, resolutions, ended, know, asked } = setUp();
    const [over, open] = markets(2) as [ConditionId, ConditionId];
    know([over, open]);
    ended.add(over);
    const askedAfter = async (ms: number) => {
      await ports.advance(ms);
      await resolutions.askFollowed();
      return data.resolutionsAsked.splice(0).flat();
    };
    expect(await askedAfter(0)).toEqual([over, open]);
    expect(await askedAfter(10 * MINUTE_MS - 1)).toEqual([]);
    expect(await askedAfter(1)).toEqual([over]);
    expect(await askedAfter(50 * MINUTE_MS - 1)).toEqual([over]);
    expect(await askedAfter(1)).toEqual([open]);
    expect(asked()).toEqual([]);
  });

  it('are asked about two hundred in a round, the longest unasked first', async () => {
    const { ports, data, resolutions, know, asked } = setUp();
    const known = markets(210);
    know(known);
    await resolutions.askFollowed();
    expect(asked()).toEqual(Array.from({ length: 10 }, () => 20));
    await ports.advance(MINUTE_MS);
    await resolutions.askFollowed();
    expect(data.resolutionsAsked.splice(0)).toEqual([known.slice(200)]);
    await ports.advance(60 * MINUTE_MS);
    await resolutions.askFollowed();
    expect(data.resolutionsAsked.flat()).toEqual(known.slice(0, 200));
  });
});
