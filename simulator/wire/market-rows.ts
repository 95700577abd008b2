// Markets in the shapes of the CLOB's REST routes.

import { holdsTakers } from '../matching/order-rules.ts';
import { jsonNumber, ONE } from '../model/decimal.ts';
import { saysItTakesOrders } from '../model/markets.ts';
import type { Market, World } from '../model/model.ts';
import { winnerOf } from './market-messages.ts';
import { levelsOf } from './wire.ts';

/** A market as `/clob-markets` has it: false flags are left out, and a market without fees has no `fd`, an empty one or null. */
export function compactMarket(market: Market): unknown {
  return {
    c: market.conditionId,
    t: market.tokens.map((token, outcome) => ({ t: token, o: market.outcomes[outcome] })),
    mts: jsonNumber(market.tick),
    mos: jsonNumber(market.minSize),
    ...(market.negRisk ? { nr: true } : {}),
    ...feeDetails(market),
    v: market.version,
    ...(saysItTakesOrders(market) ? { ao: true } : {}),
    aot: new Date(market.createdAtMs).toISOString(),
    mbf: market.feeRate === 0n ? 0 : 1000,
    tbf: market.feeRate === 0n ? 0 : 1000,
    ...(holdsTakers(market) ? { itode: true } : {}),
    ...((market.delayS ?? 0) > 0 ? { sd: market.delayS } : {}),
    gst: null,
    r: { mi: 50, ma: 4.5 },
  };
}

/** A market as `/markets` has it. */
export function longMarket(world: World, market: Market): Record<string, unknown> {
  const winner = winnerOf(market);
  const levels = levelsOf(world.books.get(market.conditionId)!, 0);
  const mid =
    levels.bids[0] !== undefined && levels.asks[0] !== undefined
      ? (levels.bids[0].price + levels.asks[0].price) / 2n
      : (market.lastTradePrice ?? ONE / 2n);
  const prices = market.payouts ?? [mid, ONE - mid];
  return {
    enable_order_book: market.status === 'open',
    active: true,
    closed: market.status === 'resolved',
    archived: false,
    accepting_orders: saysItTakesOrders(market),
    accepting_order_timestamp: new Date(market.createdAtMs).toISOString(),
    minimum_order_size: jsonNumber(market.minSize),
    minimum_tick_size: jsonNumber(market.tick),
    condition_id: market.conditionId,
    question_id: market.conditionId,
    question: market.question,
    description: 'A market of the practice exchange.',
    market_slug: market.slug,
    end_date_iso: new Date(market.closeAtMs).toISOString(),
    game_start_time: null,
    seconds_delay: market.delayS ?? 0,
    fpmm: '',
    maker_base_fee: 0,
    taker_base_fee: 0,
    notifications_enabled: false,
    neg_risk: market.negRisk,
    neg_risk_market_id: '',
    neg_risk_request_id: '',
    icon: market.icon,
    image: market.icon,
    rewards: { rates: null, min_size: 50, max_spread: 4.5 },
    is_50_50_outcome: market.payouts?.[0] === ONE / 2n,
    tokens: market.tokens.map((token, outcome) => ({
      token_id: token,
      outcome: market.outcomes[outcome],
      price: jsonNumber(prices[outcome]!),
      winner: winner === outcome,
    })),
    tags: [market.category, 'All'],
  };
}

/** What the venue may send of a market without fees, taken in turn by the last digit of the condition (polymarket-api.md 0-). */
const WITHOUT_FEES: readonly Record<string, unknown>[] = [{}, { fd: {} }, { fd: null }, { fd: { to: true } }];

function feeDetails(market: Market): Record<string, unknown> {
  if (market.feeRate > 0n) return { fd: { r: Number(market.feeRate) / 10_000, e: 1, to: true } };
  const digit = Number.parseInt(market.conditionId.at(-1) ?? '0', 16);
  return WITHOUT_FEES[digit % WITHOUT_FEES.length]!;
}

/** A market as `/simplified-markets` has it. */
export function simpleMarket(world: World, market: Market): unknown {
  const { condition_id, rewards, tokens, active, closed, archived, accepting_orders } = longMarket(
    world,
    market,
  );
  return { condition_id, rewards, tokens, active, closed, archived, accepting_orders };
}
