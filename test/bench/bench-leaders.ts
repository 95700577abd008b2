// Who trades in the benches that run the app, in which markets, and what the app is started with for it.
import { PRACTICE_TRADER } from '../../scripts/start/live-keys.ts';
import { addressOf, type FrameMarket } from './leader-frames.ts';
import type { LoopbackExchange } from './loopback-exchange.ts';
import { formFields, type StartedApp } from './started-app.ts';

const MARKETS = 4;
export const PRICE = '0.51';
/** At the default rate of 1 % a copy of some ten dollars. */
export const LEADER_SHARES = '2000';
const BOOK: { bids: [string, string][]; asks: [string, string][] } = {
  bids: [
    ['0.50', '200000'],
    ['0.49', '200000'],
  ],
  asks: [
    [PRICE, '200000'],
    ['0.52', '200000'],
  ],
};

/** Fresh, deep books on the markets of the bench, which it gives. */
export function layBooks({ exchange }: LoopbackExchange): FrameMarket[] {
  const markets = exchange
    .markets()
    .filter((market) => market.status === 'open' && market.tick === 10_000n && market.series === null)
    .slice(0, MARKETS)
    .map(({ conditionId, tokens }) => ({ conditionId, tokenId: tokens[0] }));
  for (const { tokenId } of markets) exchange.setBook(tokenId, BOOK);
  return markets;
}

/** An account with money, live in SHADOW, and so many leaders. */
export function leaderVariables({ exchange }: LoopbackExchange, leaders: number): Record<string, string> {
  exchange.deposit(PRACTICE_TRADER.POLYMARKET_FUNDER_ADDRESS, '1000000');
  const followed = Array.from({ length: leaders }, (_, index) => `${leaderAt(index)}=leader ${index + 1}`);
  return { ...PRACTICE_TRADER, LIVE_ON_FIRST_START: 'SHADOW', FOLLOW_ON_FIRST_START: followed.join(',') };
}

export function leaderAt(index: number): string {
  return addressOf(`leader:${index}`);
}

/** No grouping delay: what an operator would do on the page of settings. */
export async function groupNothing(app: StartedApp): Promise<void> {
  const { previousVersion = '' } = formFields(await app.page('/config'), '/config/groups');
  await app.post('/config/groups', { previousVersion, groupQuietMs: '0', groupAgeMsMax: '0' });
}
