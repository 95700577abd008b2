/** Asks the items of polymarket-api.md 0a, by default those that need no keys and take less than a minute. Places no order unless one is wished for. */
import type { LiveSecrets } from '../account/credentials.ts';
import { accountItems } from './account-items.ts';
import { LONG_MS, marketChannelItem, rtdsItems } from './channel-items.ts';
import { dataItems, limitItem } from './data-items.ts';
import { egressItems } from './egress-items.ts';
import { marketItems } from './market-items.ts';
import { type OrderWishes, orderItems } from './order-items.ts';
import { type ProbeAddresses, ProbeCalls, type ProbePorts } from './probe-calls.ts';
import type { ProbeItem } from './probe-item.ts';

export interface ProbeWishes {
  /** Also the items of 15 minutes. */
  readonly long: boolean;
  /** Also what uses up the limit of this address. */
  readonly limits: boolean;
  /** Also authenticated reads with these keys; null for none. */
  readonly account: LiveSecrets | null;
  /** The orders to place; null for none. */
  readonly orders: OrderWishes | null;
}

/** In the order of the reference. Never rejects. */
export async function runProbe(
  addresses: ProbeAddresses,
  ports: ProbePorts,
  wishes: ProbeWishes,
): Promise<readonly ProbeItem[]> {
  const calls = new ProbeCalls(addresses, ports);
  const items = await Promise.all([
    ...marketItems(calls),
    ...dataItems(calls),
    marketChannelItem(calls, ...(wishes.long ? [LONG_MS] : [])),
    ...(wishes.long ? rtdsItems(calls) : []),
    ...egressItems(calls),
    ...(wishes.account === null ? [] : accountItems(calls, wishes.account)),
  ]);
  const placed: ProbeItem[] = [];
  if (wishes.account !== null && wishes.orders !== null)
    for (const place of orderItems(calls, wishes.account, wishes.orders)) placed.push(await place());
  // Last, since it is refused for a while afterwards.
  const limits = wishes.limits ? [await limitItem(calls)] : [];
  return [...items, ...placed, ...limits].sort(
    (left, right) =>
      Number.parseInt(left.item, 10) - Number.parseInt(right.item, 10) || (left.item < right.item ? -1 : 1),
  );
}
