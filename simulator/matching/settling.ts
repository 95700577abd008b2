// Settles a match: moves cash and shares, mints or merges sets, publishes rows, and reports the match.
// Rounding never creates or destroys value: when two accounts mint a set, the maker pays what the taker does not.

import { addShares, averagePrice, recordActivity, removeShares, stockUp } from '../model/accounts.ts';
import { formatMicros, mulDivFloor, ONE } from '../model/decimal.ts';
import {
  type Account,
  type ActivityRow,
  accountOf,
  type Market,
  touchAccount,
  touchMarket,
  type World,
} from '../model/model.ts';
import { type Outcome, type Side, tokenPrice } from '../model/sides.ts';
import type { Match } from '../model/trading-model.ts';
import { type Fill, feeOf } from './order-rules.ts';

export interface Settlement {
  market: Market;
  account: Account;
  outcome: Outcome;
  side: Side;
  sequence: number;
  plan: readonly Fill[];
  matched: { shares: bigint; cash: bigint };
  fee: bigint;
  transactionHash: string;
}

/** Executes a plan; returns the taker's public row. */
export function settle(world: World, deal: Settlement): ActivityRow {
  const { market, account, outcome, side, plan, matched, fee, transactionHash } = deal;
  const book = world.books.get(market.conditionId)!;
  const legs = plan.map((fill) => settleFill(world, deal, fill));
  book.bids = book.bids.filter((order) => order.remaining > 0n);
  book.asks = book.asks.filter((order) => order.remaining > 0n);
  account.cash -= fee;
  world.meta.fees += fee;
  market.lastTradePrice = plan.at(-1)!.bookPrice;
  market.volume += matched.shares;
  touchMarket(world, market.conditionId);
  touchAccount(world, account);
  world.prints.push({
    conditionId: market.conditionId,
    outcome,
    side,
    price: averagePrice(matched.cash, matched.shares),
    size: matched.shares,
    transactionHash,
  });
  const involved = [account.address, ...legs.map((leg) => leg.account)];
  if (involved.some((address) => world.trading.traders.has(address))) {
    world.trading.matches.push({
      conditionId: market.conditionId,
      taker: { sequence: deal.sequence, account: account.address, outcome, side },
      legs,
      transactionHash,
    });
  }
  return recordFill(world, {
    wallet: account.address,
    market,
    outcome,
    side,
    shares: matched.shares,
    cash: matched.cash,
    role: 'taker',
    transactionHash,
  });
}

function settleFill(world: World, deal: Settlement, fill: Fill): Match['legs'][number] {
  const { market, account, outcome, side } = deal;
  const { size } = fill;
  const resting = fill.maker;
  const maker = accountOf(world, resting.account);
  const crossed = resting.outcome !== outcome;
  const takerPrice = tokenPrice(outcome, fill.bookPrice);
  const takerCash = mulDivFloor(size, takerPrice, ONE);
  const cash = crossed ? size - takerCash : takerCash;
  if (resting.side === 'SELL') stockUp(world, maker, market, resting.outcome, size);
  if (side === 'SELL') stockUp(world, account, market, outcome, size);
  exchangeShares(world, {
    market,
    account: maker,
    outcome: resting.outcome,
    side: resting.side,
    size,
    cash,
  });
  exchangeShares(world, { market, account, outcome, side, size, cash: takerCash });
  // Two buyers of opposite outcomes mint a set from their collateral; two sellers merge one.
  if (crossed) market.escrow += side === 'BUY' ? size : -size;
  resting.remaining -= size;
  recordFill(world, {
    wallet: maker.address,
    market,
    outcome: resting.outcome,
    side: resting.side,
    shares: size,
    cash,
    role: 'maker',
    transactionHash: deal.transactionHash,
  });
  return {
    sequence: resting.sequence,
    account: maker.address,
    outcome: resting.outcome,
    side: resting.side,
    shares: size,
    price: tokenPrice(resting.outcome, fill.bookPrice),
    cash,
    takerPrice,
    takerCash,
    fee: feeOf(market, [fill]),
  };
}

function exchangeShares(
  world: World,
  part: { market: Market; account: Account; outcome: Outcome; side: Side; size: bigint; cash: bigint },
): void {
  const tokenId = part.market.tokens[part.outcome];
  if (part.side === 'BUY') {
    part.account.cash -= part.cash;
    addShares(world, part.account, tokenId, part.size, part.cash);
  } else {
    removeShares(world, part.account, tokenId, part.size, part.cash);
    part.account.cash += part.cash;
  }
}

function recordFill(
  world: World,
  fill: {
    wallet: string;
    market: Market;
    outcome: Outcome;
    side: Side;
    shares: bigint;
    cash: bigint;
    role: 'taker' | 'maker';
    transactionHash: string;
  },
): ActivityRow {
  return recordActivity(world, {
    kind: 'TRADE',
    wallet: fill.wallet,
    conditionId: fill.market.conditionId,
    tokenId: fill.market.tokens[fill.outcome],
    side: fill.side,
    size: formatMicros(fill.shares),
    price: formatMicros(averagePrice(fill.cash, fill.shares)),
    usdcSize: formatMicros(fill.cash),
    role: fill.role,
    transactionHash: fill.transactionHash,
  });
}
