/** What the venue says of a wallet's trading: read leniently, since it is only shown. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLeaderAddress } from '../../../domain/ids.ts';
import { fetchStanding, parseStanding, UNKNOWN_STANDING } from '../../../polymarket/public/standing.ts';
import { LEADER } from '../../ledger/records.ts';

const address = parseLeaderAddress(LEADER)!;

describe('the standing of a wallet', () => {
  it.each([
    [{ data: { volume: 12.5, pnl: -3.25 } }, { volumeShareMicros: 12_500_000n, pnlMicros: -3_250_000n }],
    [{ data: [{ volume: '7', pnl: 0 }] }, { volumeShareMicros: 7_000_000n, pnlMicros: 0n }],
    [{ data: { volume: null, pnl: 1 } }, { volumeShareMicros: null, pnlMicros: 1_000_000n }],
    [{ data: { volume: -1 } }, UNKNOWN_STANDING],
    [{ data: [] }, UNKNOWN_STANDING],
    [{ data: null }, UNKNOWN_STANDING],
    [undefined, UNKNOWN_STANDING],
  ])('reads %j', (json, expected) => {
    expect(parseStanding(json)).toEqual(expected);
  });

  it('is read from any JSON without an error', () => {
    fc.assert(fc.property(fc.jsonValue(), (data) => void parseStanding({ data })));
  });

  it('is asked for with the whole time and this wallet', async () => {
    const asked: string[] = [];
    const host = {
      baseUrl: 'https://venue.test',
      nowMs: () => 0,
      fetch: async (url: string) => {
        asked.push(url);
        return Response.json({ data: { volume: 1, pnl: 2 } });
      },
    };
    expect(await fetchStanding(host, address)).toEqual({
      volumeShareMicros: 1_000_000n,
      pnlMicros: 2_000_000n,
    });
    const { pathname, searchParams } = new URL(asked[0]!);
    expect([pathname, searchParams.get('user'), searchParams.get('time_period')]).toEqual([
      '/v2/leaderboard',
      address,
      'all',
    ]);
  });
});
