/** Gamma: names and closing times of markets of both protocol versions, profiles, and what a person pastes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createGammaApi,
  parseGammaMarket,
  parseMarketsPage,
  parseProfiles,
} from '../../../polymarket/public/gamma-api.ts';
import { parseProfileReference } from '../../../polymarket/public/profile-reference.ts';
import { refusals } from '../../../polymarket/wire/refused.ts';
import { CONDITION, CONDITION_V2, fixture, hostOf, LEADER, TOKEN_1, TOKEN_2 } from '../fixture.ts';

const NONE = { body: '{"markets":[]}' };

describe('markets', () => {
  it('takes token ids from the field that the version names, and quarantines a market without them', () => {
    const { markets, refused } = parseMarketsPage(JSON.parse(fixture('gamma-markets.json')))!;
    expect(markets).toEqual([
      {
        conditionId: CONDITION,
        title: 'Will it rain?',
        slug: 'will-it-rain',
        outcomes: [
          { tokenId: TOKEN_1, outcome: 'Yes' },
          { tokenId: TOKEN_2, outcome: 'No' },
        ],
        closeAtMs: Date.parse('2026-12-31T12:00:00Z'),
        version: 'v1',
        negRisk: false,
        acceptingOrders: true,
        closed: false,
      },
      {
        conditionId: CONDITION_V2,
        title: '<script>alert(1)</script>',
        slug: 'v2',
        outcomes: [
          { tokenId: '18', outcome: 'Up' },
          { tokenId: '19', outcome: 'Down' },
        ],
        closeAtMs: undefined,
        version: 'v2',
        negRisk: true,
        acceptingOrders: true,
        closed: false,
      },
    ]);
    expect(refused.map((entry) => entry.reason)).toEqual(['clobTokenIds: not one token id per outcome']);
  });

  it('asks for open and for closed markets, since the default hides the closed ones', async () => {
    const host = hostOf(NONE);
    await createGammaApi(host).fetchMarketByCondition(CONDITION);
    expect(host.requests.map((url) => url.searchParams.get('closed'))).toEqual(['false', 'true']);
    expect(host.requests[0]!.searchParams.getAll('condition_ids')).toEqual([CONDITION]);
  });

  it('finds a Protocol V2 condition under the shorter form that Gamma uses', async () => {
    const host = hostOf({ body: fixture('gamma-markets.json') }, NONE);
    const market = await createGammaApi(host).fetchMarketByCondition(CONDITION_V2);
    expect(host.requests[0]!.searchParams.getAll('condition_ids')).toEqual([
      CONDITION_V2,
      CONDITION_V2.slice(0, 64),
    ]);
    expect(market?.slug).toBe('v2');
    expect(await createGammaApi(hostOf(NONE)).fetchMarketByCondition(CONDITION)).toBeUndefined();
  });

  it('throws for what is not a page', async () => {
    const api = createGammaApi(hostOf({ body: '{"error":"x"}' }));
    await expect(api.fetchMarketByCondition(CONDITION)).rejects.toMatchObject({ kind: 'bad-payload' });
  });

  it('never throws on any market row', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (conditionId, outcomes, clobTokenIds) => {
        parseGammaMarket({ conditionId, outcomes, clobTokenIds }, refusals('test'));
        parseGammaMarket({ conditionId: CONDITION, outcomes, clobTokenIds: outcomes }, refusals('test'));
        parseProfiles(outcomes);
      }),
    );
  });
});

describe('profiles', () => {
  it('gives the wallet in lower case, and the pseudonym where no name was chosen', async () => {
    const host = hostOf({ body: fixture('public-profile.json') });
    expect(await createGammaApi(host).fetchProfile(LEADER)).toEqual({ address: LEADER, name: 'Quiet-Heron' });
    expect(host.requests[0]!.href).toBe(`https://venue.test/public-profile?address=${LEADER}`);
    expect(await createGammaApi(hostOf({ status: 404 })).fetchProfile(LEADER)).toBeUndefined();
  });

  it('finds profiles by name and leaves out those without a wallet', async () => {
    const host = hostOf({ body: fixture('public-search.json') }, { body: '{"profiles":null}' });
    const api = createGammaApi(host);
    expect(await api.searchProfiles('heron & co')).toEqual([{ address: LEADER, name: 'heron' }]);
    expect(await api.searchProfiles('nobody')).toEqual([]);
    expect(host.requests[0]!.searchParams.get('q')).toBe('heron & co');
  });
});

describe('what a person pastes', () => {
  const upper = `0x${LEADER.slice(2).toUpperCase()}`;

  it.each([
    LEADER,
    `  ${upper} `,
    `https://polymarket.com/profile/${upper}`,
    `https://www.polymarket.com/profile/${LEADER}?tab=activity#x`,
    `polymarket.com/@${LEADER}`,
    `http://polymarket.com/es/profile/${LEADER}/`,
    `https://polymarket.com/profile/%40${LEADER}`,
  ])('reads %j as an address', (text) => {
    expect(parseProfileReference(text)).toEqual({ kind: 'address', address: LEADER });
  });

  it.each([
    ['@heron', 'heron'],
    ['heron', 'heron'],
    [' Quiet-Heron_1.x ', 'Quiet-Heron_1.x'],
    ['élan vital', 'élan vital'],
    ['https://polymarket.com/@Quiet-Heron_1', 'Quiet-Heron_1'],
    ['polymarket.com/@heron?via=x', 'heron'],
    ['https://polymarket.com/de/@heron', 'heron'],
    ['https://polymarket.com/profile/@heron', 'heron'],
    ['https://polymarket.com/@%C3%A9lan', 'élan'],
  ])('reads %j as a name', (text, name) => {
    expect(parseProfileReference(text)).toEqual({ kind: 'name', name });
  });

  it.each([
    '',
    'polymarket.com',
    'heron/x',
    'two  spaces',
    'x'.repeat(81),
    '0x123',
    `${LEADER}0`,
    'https://polymarket.com/event/rain',
    'https://polymarket.com/',
    'https://polymarket.com/profile/',
    'https://polymarket.com.evil.test/@heron',
    'https://evil.test/@heron',
    'https://polymarket.com@evil.test/@heron',
    'https://polymarket.com/@%E0%A4%A',
    'https://polymarket.com/@<script>',
    'javascript://polymarket.com/@heron',
    '@',
    `@${'x'.repeat(301)}`,
  ])('refuses %j with a reason', (text) => {
    const reference = parseProfileReference(text);
    expect(reference.kind).toBe('invalid');
    if (reference.kind === 'invalid') expect(reference.reason).not.toBe('');
  });

  it('never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.webUrl(),
          fc.webUrl().map((url) => `polymarket.com/@${url}`),
        ),
        (text) => void parseProfileReference(text),
      ),
    );
  });
});
