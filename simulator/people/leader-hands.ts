// Commands of tests and the operator: leaders' trades and sets, results, ticks, books, recordings.
// Each takes effect now, is saved, and its frames are sent at once.

import { mergeSets, recordSetActivity, redeemAll, splitSets } from '../model/accounts.ts';
import { convert } from '../model/conversions.ts';
import { ONE, parseMicros } from '../model/decimal.ts';
import { cancelOrders, type OrderOutcome, placeOrder } from '../model/engine.ts';
import { resolveMarket, resolveQuietly, setTick } from '../model/markets.ts';
import { accountOf, type Market, type Tape, tokenOf, type World } from '../model/model.ts';
import type { Side } from '../model/sides.ts';
import { parseTape, TapeError } from '../model/tape-csv.ts';
import { MINTING_MAKER, SELLING_MAKER } from './quoting.ts';
import { addTape } from './tape.ts';

export interface LeaderTrade {
  /** Address of any account, usually a leader's. */
  leader: string;
  tokenId: string;
  side: Side;
  /** Decimal text. */
  shares: string;
  /** Decimal text; without it the order takes at any price. */
  limitPrice?: string;
}

export abstract class LeaderHands {
  abstract world: World;

  /** Does something now, between ticks, saves it and sends its frames at once. */
  protected abstract act<Result>(doing: () => Result): Result;

  /** A leader takes liquidity now (FAK). Throws on an unknown account or token; refusals are returned. */
  leaderTrade(trade: LeaderTrade): OrderOutcome {
    const { market } = tokenOf(this.world, trade.tokenId);
    return this.act(() =>
      placeOrder(this.world, {
        account: trade.leader,
        tokenId: trade.tokenId,
        side: trade.side,
        type: 'FAK',
        price:
          trade.limitPrice === undefined
            ? trade.side === 'BUY'
              ? ONE - market.tick
              : market.tick
            : parseMicros(trade.limitPrice),
        amount: { shares: parseMicros(trade.shares) },
      }),
    );
  }

  split(leader: string, conditionId: string, shares: string): void {
    const amount = parseMicros(shares);
    this.act(() => {
      const market = this.marketOf(conditionId);
      splitSets(this.world, accountOf(this.world, leader), market, amount);
      recordSetActivity(this.world, leader, { kind: 'SPLIT', market, shares: amount, paid: amount });
    });
  }

  merge(leader: string, conditionId: string, shares: string): void {
    const amount = parseMicros(shares);
    this.act(() => {
      const market = this.marketOf(conditionId);
      mergeSets(this.world, accountOf(this.world, leader), market, amount);
      recordSetActivity(this.world, leader, { kind: 'MERGE', market, shares: amount, paid: amount });
    });
  }

  /** NO shares of these markets of one event become YES shares of its other markets, and collateral. */
  convert(leader: string, conditionIds: readonly string[], shares: string): void {
    const amount = parseMicros(shares);
    this.act(() => {
      const markets = [...new Set(conditionIds)].map((conditionId) => this.marketOf(conditionId));
      convert(this.world, accountOf(this.world, leader), { markets, shares: amount });
    });
  }

  redeem(leader: string, conditionId: string): void {
    this.act(() => {
      const market = this.marketOf(conditionId);
      const { paid, shares } = redeemAll(this.world, accountOf(this.world, leader), market);
      recordSetActivity(this.world, leader, { kind: 'REDEEM', market, shares, paid });
    });
  }

  /** Payouts per share of each outcome as decimal text, together 1. */
  resolve(conditionId: string, payouts: [string, string]): void {
    this.act(() =>
      resolveMarket(this.world, this.marketOf(conditionId), [
        parseMicros(payouts[0]),
        parseMicros(payouts[1]),
      ]),
    );
  }

  /** The same, but only Gamma and the results say so: the market is still said to take orders, and no frame reports its end. */
  resolveQuietly(conditionId: string, payouts: [string, string]): void {
    this.act(() =>
      resolveQuietly(this.world, this.marketOf(conditionId), [
        parseMicros(payouts[0]),
        parseMicros(payouts[1]),
      ]),
    );
  }

  setTick(tokenId: string, newTick: string): void {
    this.act(() => setTick(this.world, tokenOf(this.world, tokenId).market, parseMicros(newTick)));
  }

  /** Replaces the makers' quotes of a token by these levels (decimal text). */
  setBook(tokenId: string, levels: { bids: [string, string][]; asks: [string, string][] }): void {
    this.act(() => {
      const { market } = tokenOf(this.world, tokenId);
      cancelOrders(this.world, market.conditionId, SELLING_MAKER);
      cancelOrders(this.world, market.conditionId, MINTING_MAKER);
      const lay = (side: Side, [price, size]: [string, string]): void => {
        const outcome = placeOrder(this.world, {
          account: SELLING_MAKER,
          tokenId,
          side,
          type: 'GTC',
          price: parseMicros(price),
          amount: { shares: parseMicros(size) },
        });
        if (outcome.kind === 'refused') throw new Error(outcome.error);
      };
      for (const level of levels.bids) lay('BUY', level);
      for (const level of levels.asks) lay('SELL', level);
    });
  }

  leaders(): { address: string; name: string; habit: string }[] {
    const { world } = this;
    const recorded = [...world.accounts.values()].filter((account) => account.role === 'recorded');
    return [
      ...recorded.map((account) => ({ address: account.address, name: account.name, habit: 'recorded' })),
      ...[...world.leaders.values()].map((leader) => ({
        address: leader.address,
        name: accountOf(world, leader.address).name,
        habit: leader.habit,
      })),
    ];
  }

  markets(): Market[] {
    return [...this.world.markets.values()];
  }

  /** Adds a recording (CSV text). Throws TapeError with a sentence when it is not one. */
  playTape(tape: { name: string; csv: string; speed?: number; startInMs?: number; kind?: string }): Tape {
    const parsed = parseTape(tape.csv);
    if (tape.kind !== undefined && tape.kind !== parsed.kind) {
      throw new TapeError(`Line 1 is the header of a recording of ${parsed.kind}, not of ${tape.kind}.`);
    }
    return this.act(() =>
      addTape(this.world, parsed, {
        name: tape.name,
        speed: tape.speed ?? 1,
        startInMs: tape.startInMs ?? 0,
      }),
    );
  }

  protected marketOf(conditionId: string): Market {
    const market = this.world.markets.get(conditionId);
    if (market === undefined) throw new Error(`no market ${conditionId}`);
    return market;
  }
}
