/**
 * The venue's exchange contracts on Polygon, and which of them an order must be signed for (polymarket-api.md 1.2, 2.4).
 * A test compares them with the official client's table.
 */
import type { ProtocolVersion } from '../../domain/market/market.ts';

export const CHAIN_ID = 137;
export const EXCHANGE_DOMAIN_NAME = 'Polymarket CTF Exchange';

export interface ExchangeContract {
  readonly name: string;
  readonly address: string;
  /** Of the EIP-712 domain. */
  readonly domainVersion: '2' | '3';
}

/** v1 markets of two outcomes. */
export const CTF_EXCHANGE: ExchangeContract = {
  name: 'CTF Exchange V2',
  address: '0xE111180000d2663C0091e4f400237545B87B996B',
  domainVersion: '2',
};
/** v1 markets that share a negative-risk event. */
export const NEG_RISK_EXCHANGE: ExchangeContract = {
  name: 'NegRisk CTF Exchange V2',
  address: '0xe2222d279d744050d28e00520010520000310F59',
  domainVersion: '2',
};
/** All markets of Protocol V2. */
export const EXCHANGE_V3: ExchangeContract = {
  name: 'ExchangeV3',
  address: '0xe3333700cA9d93003F00f0F71f8515005F6c00Aa',
  domainVersion: '3',
};
/** Each needs an allowance for our collateral before anything can be bought on its markets. */
export const EXCHANGES: readonly ExchangeContract[] = [CTF_EXCHANGE, NEG_RISK_EXCHANGE, EXCHANGE_V3];

export function exchangeOf(market: {
  readonly protocolVersion: ProtocolVersion;
  readonly negRisk: boolean;
}): ExchangeContract {
  if (market.protocolVersion === 'v2') return EXCHANGE_V3;
  return market.negRisk ? NEG_RISK_EXCHANGE : CTF_EXCHANGE;
}
