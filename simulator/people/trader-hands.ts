// Commands of tests and the operator for trading: traders and their cash, orders as if made in the web UI, the status of a
// trade; and reads of the true state: every order, every trade, every balance.

import type { Faults } from '../faults/faults.ts';
import { uuidOf } from '../matching/auth.ts';
import { enterWebOrder } from '../matching/order-entry.ts';
import {
  type AccountView,
  moveCash,
  openTrader,
  type TraderSpec,
  touchTrader,
  traderOf,
  viewAccount,
} from '../matching/traders.ts';
import { setTradeOutcome } from '../matching/trades.ts';
import { ONE, parseMicros } from '../model/decimal.ts';
import { nextSequence, tokenOf } from '../model/model.ts';
import { scatterHex } from '../model/random.ts';
import type { OrderType, Side } from '../model/sides.ts';
import type { PlacedOrder, TradePart, Trader, TradeStatus, VenueTrade } from '../model/trading-model.ts';
import { LeaderHands } from './leader-hands.ts';

export interface TraderTrade {
  funder: string;
  tokenId: string;
  side: Side;
  /** Decimal text. */
  shares: string;
  /** Decimal text; without it the order takes at any price. */
  limitPrice?: string;
  /** FAK by default. */
  type?: OrderType;
}

/** One order's part of a trade, in the true state. */
export interface TradeView extends TradePart {
  tradeId: string;
  conditionId: string;
  role: 'TAKER' | 'MAKER';
  status: TradeStatus;
  /** Only takers pay one. */
  fee: bigint;
  matchedAtMs: number;
}

export abstract class TraderHands extends LeaderHands {
  abstract readonly faults: Faults;

  /** Opens a funder wallet with cash and, by default, all allowances. */
  openTrader(spec: TraderSpec): Trader {
    return this.act(() => openTrader(this.world, spec));
  }

  /** Decimal text; appears at once in the wallet and some seconds later as a public row. */
  deposit(funder: string, amount: string): void {
    this.act(() => moveCash(this.world, funder, parseMicros(amount)));
  }

  withdraw(funder: string, amount: string): void {
    this.act(() => moveCash(this.world, funder, -parseMicros(amount)));
  }

  /** Changes what the account service or the chain says about a wallet: bans, closed-only mode, allowances. */
  changeTrader(
    funder: string,
    change: Partial<Pick<Trader, 'banned' | 'closedOnly' | 'allowances' | 'approvals'>>,
  ): void {
    this.act(() => {
      const trader = traderOf(this.world, funder);
      Object.assign(trader, change);
      touchTrader(this.world, trader);
    });
  }

  /** Places an order of the account without an API key of ours. Returns it, or the venue's refusal. */
  traderTrade(trade: TraderTrade): { order: PlacedOrder } | { error: string } {
    return this.act(() => {
      const trader = traderOf(this.world, trade.funder);
      const { market } = tokenOf(this.world, trade.tokenId);
      const anyPrice = trade.side === 'BUY' ? ONE - market.tick : market.tick;
      const number = nextSequence(this.world);
      return enterWebOrder(this.world, this.faults, {
        trader,
        tokenId: trade.tokenId,
        side: trade.side,
        type: trade.type ?? 'FAK',
        price: trade.limitPrice === undefined ? anyPrice : parseMicros(trade.limitPrice),
        shares: parseMicros(trade.shares),
        webKey: uuidOf(scatterHex(`web-key:${trader.owner}`, 32)),
        orderId: `0x${scatterHex(`web-order:${this.world.meta.seed}:${number}`, 64)}`,
      });
    });
  }

  /** Seconds that marketable orders of a market wait (sports); 0 is none. */
  setDelay(conditionId: string, seconds: number): void {
    this.act(() => {
      this.marketOf(conditionId).delayS = seconds;
      this.world.dirty.add(`market/${conditionId}`);
    });
  }

  /** Sets a trade's status now. Throws when the trade is unknown or final. */
  setTradeOutcome(tradeId: string, status: TradeStatus): void {
    this.act(() => setTradeOutcome(this.world, tradeId, status));
  }

  /** Every order the exchange ever took, killed ones too, in order of arrival. */
  placedOrders(funder?: string): readonly PlacedOrder[] {
    const wanted = funder?.toLowerCase();
    return [...this.world.trading.orders.values()].filter(
      (order) => wanted === undefined || order.funder === wanted,
    );
  }

  /** Every part of an account in trades, in order of matching. */
  tradesOf(funder: string): readonly TradeView[] {
    const wanted = funder.toLowerCase();
    return [...this.world.trading.trades.values()].flatMap((trade) =>
      [trade.taker, ...trade.makers]
        .filter((part) => part.account === wanted)
        .map((part) => viewOf(trade, part)),
    );
  }

  /** True cash and holdings, in micros. */
  accountOf(address: string): AccountView {
    return viewAccount(this.world, address);
  }
}

function viewOf(trade: VenueTrade, part: TradePart): TradeView {
  const isTaker = part === trade.taker;
  return {
    ...part,
    tradeId: trade.tradeId,
    conditionId: trade.conditionId,
    role: isTaker ? 'TAKER' : 'MAKER',
    status: trade.status,
    fee: isTaker ? trade.taker.fee : 0n,
    matchedAtMs: trade.matchedAtMs,
  };
}
