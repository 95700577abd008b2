/**
 * Which exchange contracts may move the account's collateral, and which it needs: an account that trades one protocol alone has no
 * allowance for the contract of the other (polymarket-api.md 0-).
 */
import type { BalanceReport, CheckItem } from '../../domain/orders/orders.ts';
import { createClobApi } from '../public/clob-api.ts';
import { createDataApi } from '../public/data-api.ts';
import { isPositionId } from '../public/protocol-version.ts';
import type { VenueHost } from '../wire/http.ts';
import { notReady, ready, unsure } from './check-items.ts';
import { EXCHANGES, type ExchangeContract, exchangeOf } from './contracts.ts';
import type { LiveSecrets } from './credentials.ts';

/** Held markets whose contract is asked for. */
const MARKETS_ASKED_MAX = 20;

/** A contract that is closed matters only where it is needed, or no other is open. */
export function allowanceItem(report: BalanceReport, needed: readonly ExchangeContract[]): CheckItem {
  if (Object.keys(report.allowanceMicros).length === 0)
    return unsure('allowances', 'The venue did not say what its contracts may move.');
  const closed = EXCHANGES.filter(
    (exchange) => (report.allowanceMicros[exchange.address.toLowerCase()] ?? 0n) === 0n,
  );
  if (closed.length === 0)
    return ready('allowances', 'All three exchange contracts may move the collateral.');
  const missing = closed.length === EXCHANGES.length ? closed : closed.filter((one) => needed.includes(one));
  if (missing.length > 0)
    return notReady(
      'allowances',
      `These contracts may not move the collateral yet: ${namesOf(missing)}. Approve them.`,
    );
  return ready(
    'allowances',
    `No market that this account holds needs ${namesOf(closed)}, which may not move the collateral: purchases on its markets are skipped until you approve it.`,
  );
}

function namesOf(exchanges: readonly ExchangeContract[]): string {
  return exchanges.map((exchange) => `${exchange.name} (${exchange.address})`).join(', ');
}

/** The contracts of the markets that the account holds; none where they cannot be read, which is no reason to ask for more. */
export async function neededExchanges({
  secrets,
  dataHost,
  clobHost,
}: {
  readonly secrets: LiveSecrets;
  readonly dataHost?: VenueHost;
  readonly clobHost: VenueHost;
}): Promise<readonly ExchangeContract[]> {
  if (dataHost === undefined || secrets.kind !== 'ready') return [];
  try {
    const { positions } = await createDataApi(dataHost).listPositions(secrets.signer.funderAddress);
    const held = new Map(positions.map((one) => [one.conditionId, isPositionId(one.tokenId)]));
    const clob = createClobApi(clobHost);
    const needed = await Promise.all(
      [...held].slice(0, MARKETS_ASKED_MAX).map(async ([conditionId, isV2]) => {
        const market = isV2 ? undefined : await clob.fetchMarket(conditionId);
        return exchangeOf({ protocolVersion: isV2 ? 'v2' : 'v1', negRisk: market?.negRisk ?? false });
      }),
    );
    return [...new Set(needed)];
  } catch {
    return [];
  }
}
