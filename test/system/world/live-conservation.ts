/** What must hold of the live Wallet whatever happened: our rows against what the exchange itself knows, by other code than ours. */
import type { LiveFillRecord } from '../../../domain/records/live-records.ts';
import type { TradePart, VenueTrade } from '../../../simulator/model/trading-model.ts';
import { fold } from './conservation.ts';
import type { LiveScene } from './live-scene.ts';

const FINAL_ORDERS = new Set(['FILLED', 'CANCELED', 'REJECTED', 'SHADOW_ONLY']);

/** Our account's parts of all trades, as the exchange knows them. */
function venueParts(
  scene: LiveScene,
): { readonly trade: VenueTrade; readonly part: TradePart; readonly fee: bigint }[] {
  const funder = scene.world.funderAddress;
  return [...scene.world.exchange.world.trading.trades.values()].flatMap((trade) => [
    ...(trade.taker.account === funder ? [{ trade, part: trade.taker, fee: trade.taker.fee }] : []),
    ...trade.makers.filter((maker) => maker.account === funder).map((part) => ({ trade, part, fee: 0n })),
  ]);
}

/** Orders that the exchange holds under one idempotency key, where there is more than one. */
export function doubled(scene: LiveScene): string[] {
  const counts = new Map<string, number>();
  for (const order of scene.taken().filter((one) => one.origin === 'api'))
    counts.set(order.metadata, (counts.get(order.metadata) ?? 0) + 1);
  return [...counts].filter(([, count]) => count > 1).map(([key, count]) => `${count} orders for ${key}`);
}

function fillDifferences(scene: LiveScene): string[] {
  const wrong: string[] = [];
  const ours = new Map<string, LiveFillRecord>();
  for (const fill of scene.fills()) ours.set(`${fill.tradeId} ${fill.orderId}`, fill);
  for (const { trade, part, fee } of venueParts(scene)) {
    const key = `${trade.tradeId} ${part.orderId}`;
    const fill = ours.get(key);
    ours.delete(key);
    if (fill === undefined) wrong.push(`trade ${key} is not booked`);
    else if (fill.shareMicros !== part.shares)
      wrong.push(`${key}: ${fill.shareMicros} shares, not ${part.shares}`);
    else if (fill.notionalMicros !== part.cash)
      wrong.push(`${key}: ${fill.notionalMicros} paid, not ${part.cash}`);
    else if (fill.feeMicros !== fee) wrong.push(`${key}: a fee of ${fill.feeMicros}, not ${fee}`);
    else if (fill.state !== trade.status) wrong.push(`${key} is ${fill.state}, not ${trade.status}`);
    else if (fill.side !== part.side || fill.tokenId !== part.tokenId)
      wrong.push(`${key} has another side or token`);
  }
  return [...wrong, ...[...ours.keys()].map((key) => `the exchange knows no trade ${key}`)];
}

function isWorthless(scene: LiveScene, token: string): boolean {
  const { tokens, markets } = scene.world.exchange.world;
  const place = tokens.get(token);
  return place !== undefined && markets.get(place.conditionId)?.payouts?.[place.outcome] === 0n;
}

function balanceDifferences(scene: LiveScene): string[] {
  const wrong: string[] = [];
  const { cash, shares } = fold(scene.world.rows('ledger').filter((row) => row.mode === 'LIVE'));
  const account = scene.account();
  if (cash !== account.cash) wrong.push(`the ledger has ${cash} in cash, the exchange ${account.cash}`);
  const ours = new Map<string, bigint>();
  for (const [key, size] of shares) {
    const token = key.split(' ')[1]!;
    ours.set(token, (ours.get(token) ?? 0n) + size);
  }
  for (const [token, holding] of account.holdings) {
    // The exchange keeps worthless shares until they are burnt; the ledger has booked their loss (A52).
    if (isWorthless(scene, token) && (ours.get(token) ?? 0n) === 0n) continue;
    if ((ours.get(token) ?? 0n) !== holding.shares)
      wrong.push(
        `of ${token.slice(0, 8)} the ledger has ${ours.get(token) ?? 0n}, the exchange ${holding.shares}`,
      );
    ours.delete(token);
  }
  for (const [token, size] of ours)
    if (size !== 0n) wrong.push(`the exchange holds nothing of ${token.slice(0, 8)}`);
  return wrong;
}

/** Orders without an end although nothing is under way any more. */
export function unresolved(scene: LiveScene): string[] {
  return scene
    .orders()
    .filter((order) => !FINAL_ORDERS.has(order.state))
    .map((order) => `order ${order.orderKey.slice(0, 10)} is ${order.state}: ${order.lastError}`);
}

/** True once no order of ours is open or on its way, and no trade of the exchange waits for its end. */
export function isSettled(scene: LiveScene): boolean {
  const { trades, arrivals } = scene.world.exchange.world.trading;
  const isFinal = (trade: VenueTrade): boolean => trade.status === 'CONFIRMED' || trade.status === 'FAILED';
  return arrivals.size === 0 && [...trades.values()].every(isFinal) && unresolved(scene).length === 0;
}

/** Everything that is wrong, in words; empty when all is right and all has settled. */
export function disagreements(scene: LiveScene): string[] {
  return [...doubled(scene), ...fillDifferences(scene), ...balanceDifferences(scene), ...unresolved(scene)];
}
