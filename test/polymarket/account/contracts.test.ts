/** The exchange contracts against the official client's own table, and which market is signed for which of them. */
import { getContractConfig } from '@polymarket/clob-client-v2';
import { describe, expect, it } from 'vitest';
import {
  CHAIN_ID,
  CTF_EXCHANGE,
  EXCHANGE_DOMAIN_NAME,
  EXCHANGE_V3,
  EXCHANGES,
  exchangeOf,
  NEG_RISK_EXCHANGE,
} from '../../../polymarket/account/contracts.ts';

describe('the contracts', () => {
  it("are the official client's, on its chain", () => {
    const config = getContractConfig(CHAIN_ID);
    expect([CTF_EXCHANGE.address, NEG_RISK_EXCHANGE.address, EXCHANGE_V3.address]).toEqual([
      config.exchangeV2,
      config.negRiskExchangeV2,
      config.exchangeV3,
    ]);
    expect(CHAIN_ID).toBe(137);
  });

  it('have the domain versions of polymarket-api.md 1.2', () => {
    expect(EXCHANGES.map(({ name, domainVersion }) => [name, domainVersion])).toEqual([
      ['CTF Exchange V2', '2'],
      ['NegRisk CTF Exchange V2', '2'],
      ['ExchangeV3', '3'],
    ]);
    expect(EXCHANGE_DOMAIN_NAME).toBe('Polymarket CTF Exchange');
  });

  it.each([
    ['v1', false, CTF_EXCHANGE],
    ['v1', true, NEG_RISK_EXCHANGE],
    ['v2', false, EXCHANGE_V3],
    ['v2', true, EXCHANGE_V3],
  ] as const)('for a market of %s with negative risk %s', (protocolVersion, negRisk, expected) => {
    expect(exchangeOf({ protocolVersion, negRisk })).toBe(expected);
  });
});
