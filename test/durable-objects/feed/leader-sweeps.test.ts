/** From one leader's sweep to acknowledged rows: what is delivered, and when the bound may move. */
import { describe, expect, it } from 'vitest';
import { price } from '../../../domain/money.ts';
import { Delivery } from '../../../durable-objects/feed/delivery.ts';
import { LeaderSweeps } from '../../../durable-objects/feed/leader-sweeps.ts';
import type { LiveBooks } from '../../../durable-objects/feed/live-books.ts';
import type { MarketFactsStore } from '../../../durable-objects/feed/market-facts.ts';
import { RowQuotes } from '../../../durable-objects/feed/row-quotes.ts';
import type { Quote } from '../../../durable-objects/rpc.ts';
import type { ActivityRow, LeaderRow } from '../../../polymarket/public/leader-row.ts';
import {
  CONDITION,
  hashOf,
  LEADER,
  leaderRow,
  OTHER_CONDITION,
  OTHER_TOKEN,
  TOKEN,
} from '../follower/leader-data.ts';
import { START_MS } from '../memory-ports.ts';
import { feedParts, marketFacts, page, ScriptedData, ScriptedUser } from './feed-parts.ts';

const activity = (part: Partial<ActivityRow> = {}): ActivityRow => ({
  type: 'SPLIT',
  txHash: hashOf('split'),
  leaderAddress: LEADER,
  conditionId: OTHER_CONDITION,
  shareMicros: leaderRow().shareMicros,
  cashMicros: leaderRow().notionalMicros,
  eventAtMs: START_MS - 500,
  eventSlug: '',
  ...part,
});

function setUp() {
  const parts = feedParts();
  const data = new ScriptedData();
  const user = new ScriptedUser();
  const ensured: string[] = [];
  const wanted: string[][] = [];
  const quote = { book: { hash: 'known' }, market: null } as unknown as Quote;
  // Only these methods of both are called.
  const books = {
    want: (tokens: string[]) => void wanted.push(tokens),
    quoteNow: () => quote,
  } as unknown as LiveBooks;
  const facts = {
    ensure: async (condition: string) => void ensured.push(condition),
    tokensOf: (condition: string) =>
      condition === OTHER_CONDITION && ensured.includes(condition) ? [marketFacts(OTHER_TOKEN)] : [],
  } as unknown as MarketFactsStore;
  const quotes = new RowQuotes(books, facts);
  const delivery = new Delivery(parts.ports, () => user);
  const sweeps = new LeaderSweeps(parts.ports, data, parts.checks, quotes, delivery);
  parts.watch.follow([{ address: LEADER, fromMs: START_MS - 1_000 }], START_MS);
  const leader = () => parts.watch.list()[0]!;
  return { ...parts, data, user, quotes, sweeps, leader, ensured, wanted, quote };
}

describe('a sweep', () => {
  it('delivers each chunk with its quotes, and returns the next bound', async () => {
    const { data, user, sweeps, leader, quote, wanted, ensured } = setUp();
    data.trades = () => page([leaderRow({ eventAtMs: START_MS - 700 })]);
    data.activity = () => page([activity()]);
    expect(await sweeps.sweep(leader())).toBe(START_MS - 500);
    const common = { leaderAddress: LEADER, source: 'DATA_API', kind: 'sweep', detectedAtMs: START_MS };
    expect(user.observed).toEqual([
      {
        ...common,
        rows: [leaderRow({ eventAtMs: START_MS - 700 })],
        activities: [],
        quotes: { [TOKEN]: quote },
      },
      {
        ...common,
        rows: [],
        activities: [activity()],
        quotes: { [OTHER_TOKEN]: { book: null, market: marketFacts(OTHER_TOKEN) } },
      },
    ]);
    expect([wanted, ensured]).toEqual([[], [CONDITION, OTHER_CONDITION]]);
  });

  it('rejects when a chunk is not acknowledged, and delivers none after it', async () => {
    const { data, user, sweeps, leader, ports } = setUp();
    const rows = (tx: string): LeaderRow[] => Array.from({ length: 300 }, () => leaderRow({ tx }));
    data.trades = () => page([...rows('one'), ...rows('two')]);
    user.fails = () => user.calls > 1;
    const result = sweeps.sweep(leader()).then(
      () => 'moved',
      () => 'kept',
    );
    await ports.settle();
    await ports.advance(2_000);
    expect([await result, user.observed.length]).toEqual(['kept', 1]);
    expect(sweeps.lostAtMs(leader())).toBe(START_MS + 1_200);
  });

  it('reports a gap when it could not read everything', async () => {
    const { data, sweeps, leader, quarantined } = setUp();
    data.trades = () => page([leaderRow()], 'more');
    await sweeps.sweep(leader());
    const since = new Date(START_MS - 1_000).toISOString();
    expect(quarantined()).toEqual([`DATA_API a gap: older rows of ${LEADER} since ${since} were not read`]);
  });

  it('quarantines what was refused and what is dated in the future, and reports no gap when whole', async () => {
    const { data, user, sweeps, leader, quarantined } = setUp();
    const refused = [{ source: 'DATA_API', reason: 'price: bad', excerpt: '' }];
    const late = leaderRow({ tx: 'late', eventAtMs: START_MS + 60_001 });
    const edge = leaderRow({ tx: 'edge', eventAtMs: START_MS + 60_000 });
    data.trades = () => ({ ...page([late, edge]), refused });
    expect(await sweeps.sweep(leader())).toBe(START_MS + 60_000);
    expect(quarantined()).toEqual(['DATA_API timestamp: in the future', 'DATA_API price: bad']);
    expect(user.observed.map((one) => one.rows)).toEqual([[edge]]);
  });
});

describe('the quotes of a stream', () => {
  it('are from memory, one for each token; the tokens are wanted and their facts looked after', () => {
    const { quotes, quote, wanted, ensured } = setUp();
    const rows = [leaderRow(), leaderRow({ priceMicros: price(1n) }), leaderRow({ tokenId: OTHER_TOKEN })];
    expect(quotes.ofStream(rows)).toEqual({ [TOKEN]: quote, [OTHER_TOKEN]: quote });
    expect(wanted).toEqual([[TOKEN, TOKEN, OTHER_TOKEN]]);
    expect(ensured).toEqual([CONDITION, CONDITION, CONDITION]);
  });
});
