/** Errors of the programmer: a failed assertion is our own bug, never a state of the market. The Wallet pauses on it. */

/** Our own bug. Only the top of an object catches it: the Wallet stops copying, and the screen says so. */
export class InvariantError extends Error {
  override name = 'InvariantError';
}

/** Throws InvariantError, with the given facts in its message, if the condition is false. */
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

/** Ends a switch over a union: it does not compile while a case is missing. */
export function assertNever(value: never): never {
  throw new InvariantError(`unexpected variant ${String(value)}`);
}
