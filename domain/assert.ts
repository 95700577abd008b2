/** Programmer errors: an assertion that fails is our own bug, never a state of the market. The Wallet pauses on it. */

/** Our own bug. Nobody below the top of an object catches it; the Wallet stops copying and the screen says so. */
export class InvariantError extends Error {
  override name = 'InvariantError';
}

/** Throws InvariantError with the facts that matter when the condition does not hold. */
export function assert(
  condition: boolean,
  message: string,
  facts: Readonly<Record<string, string | number | bigint | boolean | undefined>> = {},
): asserts condition {
  if (condition) return;
  const detail = Object.entries(facts)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
  throw new InvariantError(detail === '' ? message : `${message} (${detail})`);
}

/** The end of every switch over a union: does not compile while a case is missing. */
export function assertNever(value: never): never {
  throw new InvariantError(`unexpected variant ${String(value)}`);
}
