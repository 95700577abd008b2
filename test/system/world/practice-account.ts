/** The account behind the live Wallet of a World: a throwaway key, and the Worker's secrets as text. */

export interface TraderOptions {
  readonly signatureType?: 0 | 1 | 2 | 3;
  /** Decimal text; $1,000 unless said. */
  readonly cash?: string;
  /** A wallet that was never set up for trading. */
  readonly withoutAllowances?: boolean;
  /** Replaces the right values of the Worker's secrets. */
  readonly secrets?: Partial<Secrets>;
  /** The secrets are not set until the test brings them. */
  readonly secretsLater?: boolean;
}

/** The Worker's secrets, as text. */
export interface Secrets {
  readonly POLYMARKET_PRIVATE_KEY: string;
  readonly POLYMARKET_FUNDER_ADDRESS: string;
  readonly POLYMARKET_SIGNATURE_TYPE: string;
}

/**
 * The second key of hardhat and anvil, known to the whole world: a throwaway for practice, never to hold money. Not the
 * first, which owns the exchange's own practice trader.
 */
export const PRACTICE_KEY = '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d';
export const PRACTICE_OWNER = '0x70997970c51812dc3a010c7d01b50e0d17dc79c8';
export const PRACTICE_FUNDER = '0x00000000000000000000000000000000c0ffee77';

/** The address that holds the money: the key's own for a plain wallet, else a contract's. */
export function funderOf(trader: TraderOptions | undefined): string {
  return trader?.signatureType === 0 ? PRACTICE_OWNER : PRACTICE_FUNDER;
}

/** The secrets as the operator has set them. */
export function secretsOf(trader: TraderOptions | undefined): Secrets {
  return {
    POLYMARKET_PRIVATE_KEY: PRACTICE_KEY,
    POLYMARKET_FUNDER_ADDRESS: funderOf(trader),
    POLYMARKET_SIGNATURE_TYPE: String(trader?.signatureType ?? 3),
    ...trader?.secrets,
  };
}
