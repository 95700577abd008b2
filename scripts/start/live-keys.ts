// The account that the app may trade with: a practice one for `npm start -- --live`, the operator's own from their
// environment when the venue is the real one, and none otherwise. Real keys never meet the practice exchange.

/**
 * The practice trader that the exchange opens at every start. The key is the first account of every Hardhat test chain:
 * a public throw-away printed in its manual, not a secret, and worth nothing anywhere. It owns the funder only there.
 */
export const PRACTICE_TRADER = {
  POLYMARKET_PRIVATE_KEY: '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80',
  POLYMARKET_FUNDER_ADDRESS: '0x00000000000000000000000000000000c0ffee03',
  POLYMARKET_SIGNATURE_TYPE: '3',
} as const;

/** What names a trading account, in the environment and among the Worker's secrets. */
export const KEY_NAMES = Object.keys(PRACTICE_TRADER) as readonly (keyof typeof PRACTICE_TRADER)[];

/**
 * The variables that let the app trade, empty when it may not. Of the first control document in practice it is SHADOW
 * that `LIVE_ON_FIRST_START` asks for, never ON. Whether the operator's keys are any good is for the app to say.
 */
export function liveKeys({
  venue,
  live,
  environment,
}: {
  venue: 'practice' | 'polymarket';
  live: boolean;
  environment: Record<string, string | undefined>;
}): Record<string, string> {
  if (venue === 'practice') return live ? { ...PRACTICE_TRADER, LIVE_ON_FIRST_START: 'SHADOW' } : {};
  return variablesOf(environment, KEY_NAMES);
}

/** Those of these variables that are set. */
export function variablesOf(
  environment: Record<string, string | undefined>,
  names: readonly string[],
): Record<string, string> {
  const named = names.map((name) => [name, environment[name] ?? ''] as const);
  return Object.fromEntries(named.filter(([, value]) => value !== ''));
}

/** The environment for what is started: without the key, which only the app receives, in its own file. */
export function withoutKey(
  environment: Record<string, string | undefined>,
): Record<string, string | undefined> {
  const { POLYMARKET_PRIVATE_KEY: _key, ...rest } = environment;
  return rest;
}
