// Cash and shares of the practice exchange's accounts, and the public rows about them.
// Shares are only made from collateral and turned back into it, so cash + collateral in escrow + fees stays constant.

import { formatMicros, mulDivFloor, mulDivNearest, ONE } from './decimal.ts';
import {
  type Account,
  type ActivityRow,
  accountOf,
  type Holding,
  type Market,
  nextSequence,
  touchAccount,
  touchMarket,
  type World,
} from './model.ts';
import { scatterHex } from './random.ts';
import type { Outcome } from './sides.ts';

/** From match to block: the venue settles about two seconds after the match (measured 1.9-2.2 s). */
export const SETTLE_MS = 2_000;
/** From block to Data API: rows of a block appear together, 2-3 s later, in order of time. */
const INDEX_MS = 2_000;

/** Shares of a token an account holds, in micros. */
export function sharesOf(account: Account, tokenId: string): bigint {
  return account.holdings.get(tokenId)?.shares ?? 0n;
}

/** Opens an account with cash from outside. Throws for an address that exists. */
export function openAccount(
  world: World,
  account: Pick<Account, 'address' | 'role' | 'name' | 'cash' | 'unlimited'> & { bio?: string },
): Account {
  const address = account.address.toLowerCase();
  if (world.accounts.has(address)) throw new Error(`account ${address} exists`);
  const opened: Account = {
    bio: '',
    ...account,
    address,
    place: world.accounts.size,
    pseudonym: pseudonymOf(address),
    holdings: new Map(),
  };
  world.accounts.set(address, opened);
  world.meta.deposits += account.cash;
  world.dirty.add('meta');
  touchAccount(world, opened);
  return opened;
}

/** Adds shares bought for `cost`. */
export function addShares(
  world: World,
  account: Account,
  tokenId: string,
  shares: bigint,
  cost: bigint,
): void {
  const holding = holdingOf(account, tokenId);
  holding.shares += shares;
  holding.cost += cost;
  holding.bought += shares;
  touchAccount(world, account);
}

/** Removes shares for `proceeds`; their cost is reduced in proportion, rounded down. Throws when there are too few. */
export function removeShares(
  world: World,
  account: Account,
  tokenId: string,
  shares: bigint,
  proceeds: bigint,
): void {
  const holding = holdingOf(account, tokenId);
  if (holding.shares < shares)
    throw new Error(`${account.address} does not hold ${formatMicros(shares)} of ${tokenId}`);
  const cost = holding.shares === 0n ? 0n : mulDivFloor(holding.cost, shares, holding.shares);
  holding.cost -= cost;
  holding.shares -= shares;
  holding.realized += proceeds - cost;
  if (holding.shares === 0n) account.holdings.delete(tokenId);
  touchAccount(world, account);
}

/** Turns collateral into complete sets. Throws without the cash; unlimited accounts may go below zero. */
export function splitSets(world: World, account: Account, market: Market, shares: bigint): void {
  if (!account.unlimited && account.cash < shares)
    throw new Error(`${account.address} cannot pay for the split`);
  account.cash -= shares;
  market.escrow += shares;
  const half = shares / 2n;
  addShares(world, account, market.tokens[0], shares, half);
  addShares(world, account, market.tokens[1], shares, shares - half);
  touchMarket(world, market.conditionId);
}

/** Turns complete sets back into collateral. Throws when one side has too few shares. */
export function mergeSets(world: World, account: Account, market: Market, shares: bigint): void {
  if (sharesOf(account, market.tokens[0]) < shares || sharesOf(account, market.tokens[1]) < shares) {
    throw new Error(`${account.address} does not hold ${formatMicros(shares)} complete sets`);
  }
  const half = shares / 2n;
  removeShares(world, account, market.tokens[0], shares, half);
  removeShares(world, account, market.tokens[1], shares, shares - half);
  account.cash += shares;
  market.escrow -= shares;
  touchMarket(world, market.conditionId);
}

/** Pays out everything an account holds of a resolved market; returns the collateral paid, rounded down per outcome. */
export function redeemAll(world: World, account: Account, market: Market): { paid: bigint; shares: bigint } {
  if (market.payouts === null) throw new Error(`${market.slug} is not resolved`);
  let paid = 0n;
  let shares = 0n;
  for (const outcome of [0, 1] as const) {
    const held = sharesOf(account, market.tokens[outcome]);
    if (held === 0n) continue;
    const worth = mulDivFloor(held, market.payouts[outcome], ONE);
    removeShares(world, account, market.tokens[outcome], held, worth);
    paid += worth;
    if (worth > 0n) shares += held;
  }
  account.cash += paid;
  market.escrow -= paid;
  touchAccount(world, account);
  touchMarket(world, market.conditionId);
  return { paid, shares };
}

/** Gives an unlimited account the shares that it needs to deliver. */
export function stockUp(
  world: World,
  account: Account,
  market: Market,
  outcome: Outcome,
  shares: bigint,
): void {
  const held = sharesOf(account, market.tokens[outcome]);
  if (account.unlimited && held < shares) splitSets(world, account, market, shares - held);
}

export type NewActivity = Omit<ActivityRow, 'sequence' | 'timestamp' | 'visibleAtMs' | 'matchedAtMs'>;

/** Publishes a row: on RTDS about two seconds after the match, on the Data API two to three seconds later. */
export function recordActivity(world: World, row: NewActivity): ActivityRow {
  const timestamp = Math.floor((world.nowMs + SETTLE_MS) / 1_000);
  const recorded: ActivityRow = {
    ...row,
    sequence: nextSequence(world),
    matchedAtMs: world.nowMs,
    timestamp,
    visibleAtMs: timestamp * 1_000 + INDEX_MS + (timestamp % 7) * 100,
  };
  world.activity.push(recorded);
  const own = world.activityByWallet.get(row.wallet);
  if (own === undefined) world.activityByWallet.set(row.wallet, [recorded]);
  else own.push(recorded);
  world.dirty.add(activityKey(recorded.sequence));
  return recorded;
}

export function activityKey(sequence: number): string {
  return `activity/${String(sequence).padStart(12, '0')}`;
}

/** A fresh transaction hash: unique within a seed, and the same in every run of that seed. */
export function newTransactionHash(world: World): string {
  return `0x${scatterHex(`transaction:${world.meta.seed}:${nextSequence(world)}`, 64)}`;
}

/** Average price of several fills, to six decimals, halves up: the venue sends averages, which need not be on the tick. */
export function averagePrice(cash: bigint, shares: bigint): bigint {
  return shares === 0n ? 0n : mulDivNearest(cash, ONE, shares);
}

/** A split, merge or redemption as the venue shows it: no token, outcome 999. */
export function recordSetActivity(
  world: World,
  address: string,
  set: { kind: 'SPLIT' | 'MERGE' | 'REDEEM'; market: Market; shares: bigint; paid: bigint },
): ActivityRow {
  return recordActivity(world, {
    kind: set.kind,
    wallet: accountOf(world, address).address,
    conditionId: set.market.conditionId,
    tokenId: '',
    side: '',
    size: formatMicros(set.shares),
    price: '0',
    usdcSize: formatMicros(set.paid),
    role: '',
    transactionHash: newTransactionHash(world),
  });
}

function holdingOf(account: Account, tokenId: string): Holding {
  let holding = account.holdings.get(tokenId);
  if (holding === undefined) {
    holding = { shares: 0n, cost: 0n, bought: 0n, realized: 0n };
    account.holdings.set(tokenId, holding);
  }
  return holding;
}

const MANNERS = ['Creepy', 'Beneficial', 'Wiggly', 'Grown', 'Patient', 'Frugal', 'Brisk', 'Quiet'] as const;
const THINGS = ['Stone', 'Fish', 'Muffin', 'Cantaloupe', 'Lantern', 'Sewer', 'Teapot', 'Harbour'] as const;

function pseudonymOf(address: string): string {
  const at = Number.parseInt(address.slice(2, 6), 16);
  return `${MANNERS[at % MANNERS.length]}-${THINGS[Math.floor(at / 16) % THINGS.length]}`;
}
