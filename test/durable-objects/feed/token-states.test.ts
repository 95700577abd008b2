/** What a Wallet learns of its tokens: what their marks are made of, whether their market has ended, and payouts (A49, A52). */
import { describe, expect, it } from 'vitest';
import type { ConditionId, TokenId } from '../../../domain/ids.ts';
import { price } from '../../../domain/money.ts';
import { MINUTE_MS } from '../../../domain/time.ts';
import type { LiveBooks } from '../../../durable-objects/feed/live-books.ts';
import { MarketFactsStore } from '../../../durable-objects/feed/market-facts.ts';
import { Resolutions } from '../../../durable-objects/feed/resolutions.ts';
import { TokenStates } from '../../../durable-objects/feed/token-states.ts';
import { createClobApi } from '../../../polymarket/public/clob-api.ts';
import { createGammaApi } from '../../../polymarket/public/gamma-api.ts';
import type { VenueHost } from '../../../polymarket/wire/http.ts';
import { fixture } from '../../polymarket/fixture.ts';
import { feedParts, ScriptedData } from './feed-parts.ts';

/** A market that was closed for months while it was still "accepting orders", with an end date far away. */
const RECORDED = JSON.parse(fixture('gamma-closed-accepting.json'));
const CONDITION = RECORDED.conditionId as ConditionId;
const [YES, NO] = JSON.parse(RECORDED.clobTokenIds) as [TokenId, TokenId];
const HELD = [
  { tokenId: YES, conditionId: CONDITION },
  { tokenId: NO, conditionId: CONDITION },
];

/** The recorded market at Gamma, closed or not yet; at the CLOB it takes orders all the time. */
function setUp(closed: boolean) {
  const parts = feedParts();
  const { ports } = parts;
  const venue = { closed };
  const host: VenueHost = {
    baseUrl: 'https://venue.test/',
    nowMs: ports.nowMs,
    fetch: async (input) => {
      const url = new URL(input);
      if (url.pathname.startsWith('/clob-markets/')) {
        const tokens = [YES, NO].map((t, at) => ({ t, o: at === 0 ? 'Yes' : 'No' }));
        return new Response(
          JSON.stringify({ c: CONDITION, t: tokens, mts: 0.01, mos: 5, v: 'v1', ao: true }),
        );
      }
      const markets =
        url.searchParams.get('closed') === String(venue.closed)
          ? [{ ...RECORDED, closed: venue.closed }]
          : [];
      return new Response(JSON.stringify({ markets }));
    },
  };
  const facts = new MarketFactsStore(ports, createClobApi(host), createGammaApi(host), parts.outbox);
  const data = new ScriptedData();
  const resolutions = new Resolutions(ports, data, facts, parts.quarantine);
  const top = { bidPriceMicros: price(400_000n), askPriceMicros: null, asOfMs: ports.nowMs() };
  const wanted: TokenId[] = [];
  const priced: TokenId[] = [];
  // Only these methods are called.
  const books = {
    want: (tokens: readonly TokenId[]) => void wanted.push(...tokens),
    refresh: async (tokens: readonly TokenId[]) => void priced.push(...tokens),
    priceOf: () => ({ top, lastTrade: null }),
  } as unknown as LiveBooks;
  const states = new TokenStates(books, facts, resolutions);
  const resolve = () => {
    data.resolution = () => ({ status: 'resolved', payoutPriceMicros: [price(1_000_000n), price(0n)] });
  };
  return { ...parts, venue, data, states, resolve, top, wanted, priced };
}

describe('the states of held tokens', () => {
  it('have the best prices, in the order asked, and no payout before there is a result', async () => {
    const { states, top, wanted, data } = setUp(false);
    const open = { top, lastTrade: null, ended: false, payoutPriceMicros: null };
    expect(await states.of(HELD)).toEqual([
      { tokenId: YES, ...open },
      { tokenId: NO, ...open },
    ]);
    expect([wanted, data.resolutionsAsked]).toEqual([[YES, NO], [[CONDITION]]]);
  });

  it('pay out a market that Gamma calls closed, whatever its orders and its end date say', async () => {
    const { ports, states, resolve, data } = setUp(true);
    const [before] = await states.of(HELD);
    expect([before?.ended, before?.payoutPriceMicros]).toEqual([true, null]);
    resolve();
    await ports.advance(20_000);
    expect((await states.of(HELD)).map((one) => [one.ended, one.payoutPriceMicros])).toEqual([
      [false, 1_000_000n],
      [false, 0n],
    ]);
    expect(data.resolutionsAsked).toEqual([[CONDITION], [CONDITION]]);
  });

  it('find a result within ten minutes though no sign of an end was seen', async () => {
    const { ports, states, resolve } = setUp(false);
    await states.of(HELD);
    resolve();
    await ports.advance(10 * MINUTE_MS);
    expect((await states.of(HELD)).map((one) => [one.ended, one.payoutPriceMicros])).toEqual([
      [false, 1_000_000n],
      [false, 0n],
    ]);
  });

  it('read no book of a market with a result', async () => {
    const { ports, states, resolve, priced } = setUp(true);
    resolve();
    await states.of(HELD);
    priced.length = 0;
    await ports.advance(20_000);
    expect(await states.of(HELD)).toMatchObject([{ top: null }, { top: null }]);
    expect(priced).toEqual([]);
  });
});
