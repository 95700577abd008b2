// Conversions in an event of several markets of which one wins: NO shares of some become YES shares of all others, and
// collateral for each NO beyond the first. As at the venue an adapter holds what stands behind them: it keeps the NO shares of
// every market, and splits collateral for the YES shares that it hands out. So every market stays covered by itself.

import {
  addShares,
  newTransactionHash,
  openAccount,
  recordActivity,
  removeShares,
  sharesOf,
  splitSets,
} from './accounts.ts';
import { formatMicros } from './decimal.ts';
import { type Account, accountOf, type Market, touchAccount, type World } from './model.ts';

/** The account of the adapter. */
const ADAPTER = '0xada9000000000000000000000000000000000a04';

/** Throws, before any change, when the markets are not of one such event, or the account holds too few NO shares. */
export function convert(
  world: World,
  account: Account,
  { markets, shares }: { markets: readonly Market[]; shares: bigint },
): void {
  const [first] = markets;
  if (first === undefined || shares <= 0n) throw new Error('nothing is to be converted');
  const event = [...world.markets.values()].filter(
    (market) => market.negRisk && market.event.slug === first.event.slug && market.status === 'open',
  );
  for (const market of markets) {
    if (!event.includes(market)) throw new Error(`${market.slug} cannot be converted with ${first.slug}`);
    if (sharesOf(account, market.tokens[1]) < shares)
      throw new Error(`${account.address} does not hold ${formatMicros(shares)} NO of ${market.slug}`);
  }
  const adapter = adapterOf(world);
  const paid = shares * BigInt(markets.length - 1);
  for (const { tokens } of markets) {
    removeShares(world, account, tokens[1], shares, paid / BigInt(markets.length));
    addShares(world, adapter, tokens[1], shares, 0n);
  }
  const others = event.filter((market) => !markets.includes(market));
  for (const market of others) {
    splitSets(world, adapter, market, shares);
    removeShares(world, adapter, market.tokens[0], shares, 0n);
    addShares(world, account, market.tokens[0], shares, 0n);
  }
  adapter.cash -= paid;
  account.cash += paid;
  touchAccount(world, adapter);
  touchAccount(world, account);
  recordActivity(world, {
    kind: 'CONVERSION',
    wallet: account.address,
    // The venue names one market of the event, whichever were converted.
    conditionId: first.conditionId,
    tokenId: '',
    side: '',
    size: formatMicros(shares),
    price: '0',
    usdcSize: formatMicros(paid),
    role: '',
    transactionHash: newTransactionHash(world),
    converted: {
      burnt: markets.map((market) => market.tokens[1]),
      received: others.map((market) => market.tokens[0]),
    },
  });
}

function adapterOf(world: World): Account {
  if (!world.accounts.has(ADAPTER))
    openAccount(world, { address: ADAPTER, role: 'tape', name: '', cash: 0n, unlimited: true });
  return accountOf(world, ADAPTER);
}
