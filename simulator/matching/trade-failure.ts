// Undoes a trade whose transaction failed on the chain: both sides get back what they gave, and its rows are withdrawn.

import { addShares, removeShares, sharesOf } from '../model/accounts.ts';
import { type Account, accountOf, touchAccount, touchMarket, type World } from '../model/model.ts';
import type { TradePart, VenueTrade } from '../model/trading-model.ts';

/** Whether both sides still have what they received. */
export function canUndo(world: World, trade: VenueTrade): boolean {
  return [trade.taker, ...trade.makers].every((part) => {
    const account = accountOf(world, part.account);
    if (part.side === 'BUY') return sharesOf(account, part.tokenId) >= part.shares;
    return account.unlimited || account.cash >= part.cash;
  });
}

/** Returns cash, shares and fee; minted sets are merged again. */
export function undo(world: World, trade: VenueTrade): void {
  const market = world.markets.get(trade.conditionId)!;
  const { taker } = trade;
  const account = accountOf(world, taker.account);
  giveBack(world, account, taker);
  account.cash += taker.fee;
  world.meta.fees -= taker.fee;
  world.dirty.add('meta');
  for (const maker of trade.makers) {
    giveBack(world, accountOf(world, maker.account), maker);
    if (maker.outcome !== taker.outcome) market.escrow += taker.side === 'BUY' ? -maker.shares : maker.shares;
  }
  touchMarket(world, market.conditionId);
}

function giveBack(world: World, account: Account, part: TradePart): void {
  if (part.side === 'BUY') {
    removeShares(world, account, part.tokenId, part.shares, part.cash);
    account.cash += part.cash;
  } else {
    addShares(world, account, part.tokenId, part.shares, part.cash);
    account.cash -= part.cash;
  }
  const holding = account.holdings.get(part.tokenId);
  if (holding !== undefined) holding.bought -= part.shares;
  touchAccount(world, account);
}

/** Withdraws the public rows of a transaction that was not mined. */
export function withdrawRows(world: World, transactionHash: string): void {
  const gone = world.activity.filter((row) => row.transactionHash === transactionHash);
  if (gone.length === 0) return;
  for (const row of gone) {
    row.withdrawn = true;
    world.dirty.add(`activity/${String(row.sequence).padStart(12, '0')}`);
    const own = world.activityByWallet.get(row.wallet);
    own?.splice(own.indexOf(row), 1);
  }
  world.activity = world.activity.filter((row) => row.withdrawn !== true);
}
