// Rows of the Data API v2 in the venue's fields: trades, positions as of the index's delay, resolutions.

import { averagePrice } from '../model/accounts.ts';
import { jsonNumber, mulDivFloor, ONE, parseMicros } from '../model/decimal.ts';
import type { Account, ActivityRow, Holding, Market, World } from '../model/model.ts';
import { scatterHex } from '../model/random.ts';
import { levelsOf } from './wire.ts';

/** The types that the venue documents; most of them never happen here. */
export const ACTIVITY_TYPES: readonly string[] = [
  'TRADE',
  'SPLIT',
  'MERGE',
  'REDEEM',
  'REWARD',
  'CONVERSION',
  'DEPOSIT',
  'WITHDRAWAL',
  'YIELD',
  'MAKER_REBATE',
  'TAKER_REBATE',
  'REFERRAL_REWARD',
  'MIGRATION',
  'TIP',
];

/** A row of /v2/trades; /v2/activity adds its type. */
export function tradeRow(world: World, row: ActivityRow): Record<string, unknown> {
  const market = world.markets.get(row.conditionId);
  const account = world.accounts.get(row.wallet);
  const outcome = world.tokens.get(row.tokenId)?.outcome;
  return {
    proxy_wallet: row.wallet,
    side: row.side,
    token_id: row.tokenId,
    condition_id: row.conditionId,
    size: Number(row.size),
    price: Number(row.price),
    timestamp: row.timestamp,
    title: market?.question ?? '',
    slug: market?.slug ?? '',
    icon: market?.icon ?? '',
    event_slug: market?.event.slug ?? '',
    outcome: market === undefined || outcome === undefined ? '' : market.outcomes[outcome],
    outcome_index: outcome ?? 999,
    name: account?.name ?? '',
    pseudonym: account?.pseudonym ?? '',
    bio: account?.bio ?? '',
    profile_image: '',
    profile_image_optimized: '',
    transaction_hash: row.transactionHash,
  };
}

export interface Position {
  account: Account;
  market: Market;
  tokenId: string;
  outcome: 0 | 1;
  shares: bigint;
  holding: Holding;
  price: bigint;
  status: 'OPEN' | 'REDEEMABLE' | 'REDEEMABLE_LOST' | 'MERGEABLE';
  mergeable: boolean;
}

/** An account's holdings as the delayed index shows them: without the rows that are not visible yet. */
export function positionsOf(world: World, account: Account, nowMs: number): Position[] {
  const shares = new Map<string, bigint>();
  for (const [tokenId, holding] of account.holdings) shares.set(tokenId, holding.shares);
  const rows = world.activityByWallet.get(account.address) ?? [];
  for (let at = rows.length - 1; at >= 0 && rows[at]!.visibleAtMs > nowMs; at -= 1)
    takeBack(world, shares, rows[at]!);
  const found: Position[] = [];
  for (const [tokenId, held] of shares) {
    const place = world.tokens.get(tokenId);
    const market = place === undefined ? undefined : world.markets.get(place.conditionId);
    if (place === undefined || market === undefined || held <= 0n) continue;
    const price = market.payouts?.[place.outcome] ?? midPrice(world, market, place.outcome);
    const mergeable = (shares.get(market.tokens[place.outcome === 0 ? 1 : 0]) ?? 0n) > 0n;
    const holding = account.holdings.get(tokenId) ?? { shares: held, cost: 0n, bought: held, realized: 0n };
    const resolved = market.status === 'resolved';
    const status = resolved
      ? price > 0n
        ? 'REDEEMABLE'
        : 'REDEEMABLE_LOST'
      : mergeable
        ? 'MERGEABLE'
        : 'OPEN';
    found.push({
      account,
      market,
      tokenId,
      outcome: place.outcome,
      shares: held,
      holding,
      price,
      status,
      mergeable,
    });
  }
  return found;
}

function takeBack(world: World, shares: Map<string, bigint>, row: ActivityRow): void {
  const size = parseMicros(row.size);
  const add = (tokenId: string, amount: bigint): void =>
    void shares.set(tokenId, (shares.get(tokenId) ?? 0n) + amount);
  const tokens = world.markets.get(row.conditionId)?.tokens ?? [];
  if (row.kind === 'TRADE') add(row.tokenId, row.side === 'BUY' ? -size : size);
  else if (row.kind === 'SPLIT') for (const token of tokens) add(token, -size);
  else if (row.kind === 'MERGE') for (const token of tokens) add(token, size);
  else if (row.converted !== undefined) {
    for (const token of row.converted.burnt) add(token, size);
    for (const token of row.converted.received) add(token, -size);
  }
}

function midPrice(world: World, market: Market, outcome: 0 | 1): bigint {
  const levels = levelsOf(world.books.get(market.conditionId)!, outcome);
  const bid = levels.bids[0]?.price;
  const ask = levels.asks[0]?.price;
  if (bid !== undefined && ask !== undefined) return (bid + ask) / 2n;
  const last = market.lastTradePrice ?? market.fair;
  return outcome === 0 ? last : ONE - last;
}

/** A row of /v2/positions. */
export function positionRow(row: Position): Record<string, unknown> {
  const { account, market, holding, shares, outcome } = row;
  const average = averagePrice(holding.cost, holding.shares);
  const cost = mulDivFloor(shares, average, ONE);
  const worth = mulDivFloor(shares, row.price, ONE);
  const other = outcome === 0 ? 1 : 0;
  return {
    proxy_wallet: account.address,
    token_id: row.tokenId,
    condition_id: market.conditionId,
    current_size: jsonNumber(shares),
    avg_price: jsonNumber(average),
    entry_cost_usdc: jsonNumber(cost),
    entry_fees_usdc: 0,
    total_cost_usdc: jsonNumber(cost),
    current_price: jsonNumber(row.price),
    current_value: jsonNumber(worth),
    total_size: jsonNumber(holding.bought),
    realized_pnl: jsonNumber(holding.realized),
    unrealized_pnl: jsonNumber(worth - cost),
    total_pnl: jsonNumber(worth - cost + holding.realized),
    percent_pnl: cost === 0n ? null : jsonNumber(((worth - cost) * 100n * ONE) / cost),
    percent_realized_pnl: null,
    status: row.status === 'MERGEABLE' ? 'OPEN' : row.status,
    redeemable: row.status === 'REDEEMABLE' || row.status === 'REDEEMABLE_LOST',
    mergeable: row.mergeable,
    negative_risk: market.negRisk,
    archived: false,
    title: market.question,
    slug: market.slug,
    icon: market.icon,
    event_id: market.event.id,
    event_slug: market.event.slug,
    outcome: market.outcomes[outcome],
    outcome_index: outcome,
    opposite_outcome: market.outcomes[other],
    opposite_token_id: market.tokens[other],
    end_date: new Date(market.closeAtMs).toISOString(),
    last_event_at: null,
    name: account.name,
    profile_image: '',
    verified: false,
  };
}

/** A row of /v2/resolutions. */
export function resolutionRow(market: Market): Record<string, unknown> {
  return {
    condition_id: market.conditionId,
    question_id: market.conditionId,
    event_id: market.event.id,
    status: market.status === 'resolved' ? 'resolved' : market.status === 'closed' ? 'proposed' : 'active',
    payouts: market.payouts === null ? null : market.payouts.map(Number),
    resolved_at: market.resolvedAtMs === null ? null : Math.floor(market.resolvedAtMs / 1_000),
    reporter: market.series === null ? 'UMA_OO' : 'CHAINLINK',
    market_type: market.negRisk ? 'NEG_RISK' : 'BINARY',
    resolution_source: '',
    transaction_hash:
      market.resolvedAtMs === null ? null : `0x${scatterHex(`resolution:${market.conditionId}`, 64)}`,
    log_index: market.resolvedAtMs === null ? null : 0,
  };
}
