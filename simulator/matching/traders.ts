// Traders: accounts that trade through the API with their own keys: funder wallets, allowances, and the cache of balances.
// The order book checks the cached balance of a wallet, which is the true one unless a fault freezes the cache.

import { newTransactionHash, openAccount, recordActivity, sharesOf } from '../model/accounts.ts';
import { formatMicros, parseMicros } from '../model/decimal.ts';
import { accountOf, type Market, touchAccount, type World } from '../model/model.ts';
import type { SignatureType, Trader } from '../model/trading-model.ts';
import { EXCHANGES, exchangeOf } from './order-hash.ts';
import { reservedIn } from './order-rules.ts';

const TRADERS_MAX = 50;
const UNLIMITED_ALLOWANCE = 2n ** 256n - 1n;
const ADDRESS = /^0x[0-9a-f]{40}$/;

/**
 * The practice account of `npm start -- --live`. Its owner is the first key of hardhat and anvil
 * (0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80), which is public: it must never hold anything of
 * value.
 */
export const PRACTICE_TRADER: TraderSpec = {
  ownerAddress: '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266',
  funderAddress: '0x00000000000000000000000000000000c0ffee03',
  signatureType: 3,
  cash: '1000',
};

export interface TraderSpec {
  ownerAddress: string;
  funderAddress: string;
  signatureType: SignatureType;
  /** Decimal text. */
  cash: string;
  /** Opened without any allowance, like a wallet that was never set up. */
  withoutAllowances?: boolean;
}

/** Opens a trader with cash from outside. Throws with a sentence on wrong input. */
export function openTrader(world: World, spec: TraderSpec): Trader {
  const funder = spec.funderAddress.toLowerCase();
  const owner = spec.ownerAddress.toLowerCase();
  if (!ADDRESS.test(funder) || !ADDRESS.test(owner)) throw new Error('addresses are 0x and 40 hex digits');
  if (![0, 1, 2, 3].includes(spec.signatureType)) throw new Error('signatureType is 0, 1, 2 or 3');
  if ((spec.signatureType === 0) !== (funder === owner))
    throw new Error('signature type 0, and only it, trades from the owner address itself');
  if (world.trading.traders.size >= TRADERS_MAX) throw new Error(`at most ${TRADERS_MAX} traders`);
  const cash = parseMicros(spec.cash);
  openAccount(world, { address: funder, role: 'trader', name: 'practice-trader', cash, unlimited: false });
  const open = spec.withoutAllowances !== true;
  const trader: Trader = {
    funder,
    owner,
    place: world.trading.traders.size,
    signatureType: spec.signatureType,
    allowances: Object.fromEntries(
      Object.values(EXCHANGES).map((contract) => [contract, open ? UNLIMITED_ALLOWANCE : 0n]),
    ),
    approvals: open ? Object.values(EXCHANGES) : [],
    closedOnly: false,
    banned: false,
    seen: { cash, shares: {} },
  };
  world.trading.traders.set(funder, trader);
  touchTrader(world, trader);
  return trader;
}

/** Opens the practice trader if it is missing: in a new exchange, and in one saved before there were traders. */
export function openPracticeTrader(world: World): void {
  if (!world.accounts.has(PRACTICE_TRADER.funderAddress)) openTrader(world, PRACTICE_TRADER);
}

/** The trader of a funder address. Throws when there is none. */
export function traderOf(world: World, funder: string): Trader {
  const trader = world.trading.traders.get(funder.toLowerCase());
  if (trader === undefined) throw new Error(`no trader ${funder}`);
  return trader;
}

export function touchTrader(world: World, trader: Trader): void {
  world.dirty.add(`trader/${trader.funder}`);
}

/** Deposits cash, or withdraws it for a negative amount; both are public rows of the wallet. */
export function moveCash(world: World, funder: string, amount: bigint): void {
  const trader = traderOf(world, funder);
  const account = accountOf(world, trader.funder);
  if (account.cash + amount < 0n) throw new Error(`${funder} has only ${formatMicros(account.cash)}`);
  account.cash += amount;
  world.meta.deposits += amount;
  world.dirty.add('meta');
  touchAccount(world, account);
  const size = formatMicros(amount < 0n ? -amount : amount);
  recordActivity(world, {
    kind: amount < 0n ? 'WITHDRAWAL' : 'DEPOSIT',
    wallet: account.address,
    conditionId: '',
    tokenId: '',
    side: '',
    size,
    price: '0',
    usdcSize: size,
    role: '',
    transactionHash: newTransactionHash(world),
  });
}

/** Updates the cache of every wallet. */
export function refreshSeen(world: World): void {
  for (const trader of world.trading.traders.values()) refreshTrader(world, trader);
}

/** Updates the cache of one wallet. */
export function refreshTrader(world: World, trader: Trader): void {
  const account = accountOf(world, trader.funder);
  const { seen } = trader;
  let same = seen.cash === account.cash && Object.keys(seen.shares).length === account.holdings.size;
  for (const [token, holding] of account.holdings) same &&= seen.shares[token] === holding.shares;
  if (same) return;
  trader.seen = {
    cash: account.cash,
    shares: Object.fromEntries([...account.holdings].map(([token, holding]) => [token, holding.shares])),
  };
  touchTrader(world, trader);
}

/** Null when the cached balance covers an order, else the venue's refusal. */
export function refuseFunds(
  world: World,
  trader: Trader,
  offer: { market: Market; tokenId: string; side: 'BUY' | 'SELL'; outcome: 0 | 1; amount: bigint },
): string | null {
  const { market, amount } = offer;
  const { contract } = exchangeOf(market);
  const words = (have: bigint, what: string): string =>
    `not enough balance / allowance: the ${what} is not enough -> ${what}: ${have}, order amount: ${amount}`;
  if (offer.side === 'BUY') {
    const allowance = trader.allowances[contract] ?? 0n;
    if (allowance < amount) return words(allowance, 'allowance');
    let reserved = 0n;
    for (const book of world.books.values()) reserved += reservedIn(book, trader.funder).cash;
    return trader.seen.cash - reserved < amount ? words(trader.seen.cash, 'balance') : null;
  }
  if (!trader.approvals.includes(contract)) return words(0n, 'allowance');
  const held = trader.seen.shares[offer.tokenId] ?? 0n;
  const reserved = reservedIn(world.books.get(market.conditionId)!, trader.funder).shares[offer.outcome];
  return held - reserved < amount ? words(held, 'balance') : null;
}

export interface AccountView {
  cash: bigint;
  /** Shares by token id, in micros. */
  holdings: Record<string, bigint>;
}

/** An account's true balances. */
export function viewAccount(world: World, address: string): AccountView {
  const account = accountOf(world, address);
  return {
    cash: account.cash,
    holdings: Object.fromEntries(
      [...account.holdings.keys()].map((token) => [token, sharesOf(account, token)]),
    ),
  };
}

/** The answer of GET /balance-allowance, or null when the asset type does not fit the token. */
export function balanceAnswer(
  world: World,
  trader: Trader | undefined,
  ask: { assetType: string; tokenId: string },
): { balance: string; allowances: Record<string, string> } | null {
  const contracts = Object.values(EXCHANGES);
  if (ask.assetType === 'COLLATERAL') {
    return {
      balance: String(trader?.seen.cash ?? 0n),
      allowances: Object.fromEntries(
        contracts.map((contract) => [contract, String(trader?.allowances[contract] ?? 0n)]),
      ),
    };
  }
  const place = world.tokens.get(ask.tokenId);
  const market = place === undefined ? undefined : world.markets.get(place.conditionId);
  const wanted = market?.version === 'v2' ? 'CONDITIONAL-V2' : 'CONDITIONAL';
  if (ask.assetType !== 'CONDITIONAL' && ask.assetType !== 'CONDITIONAL-V2') return null;
  if (market !== undefined && ask.assetType !== wanted) return null;
  return {
    balance: String(trader?.seen.shares[ask.tokenId] ?? 0n),
    allowances: Object.fromEntries(
      contracts.map((contract) => [
        contract,
        String(trader?.approvals.includes(contract) === true ? UNLIMITED_ALLOWANCE : 0n),
      ]),
    ),
  };
}

/** A line of /control/status for each trader. */
export function traderLines(world: World): Record<string, unknown>[] {
  return [...world.trading.traders.values()].map((trader) => {
    const orders = [...world.trading.orders.values()].filter((order) => order.funder === trader.funder);
    return {
      owner: trader.owner,
      funder: trader.funder,
      signatureType: trader.signatureType,
      cash: formatMicros(accountOf(world, trader.funder).cash),
      positions: accountOf(world, trader.funder).holdings.size,
      orders: orders.length,
      openOrders: orders.filter((order) => world.trading.open.has(order.orderId)).length,
      trades: new Set(orders.flatMap((order) => order.tradeIds)).size,
    };
  });
}
