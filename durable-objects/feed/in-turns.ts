/** Many reads of the venue, a few at once. */

const AT_ONCE = 4;

/** Runs the work for all; rejects with the first that does. */
export async function inTurns<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const left = [...all];
  const worker = async (): Promise<void> => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) await work(one);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** The same in their order, at most so many together. */
export function batchesOf<T>(all: readonly T[], most: number): readonly (readonly T[])[] {
  const batches: (readonly T[])[] = [];
  for (let from = 0; from < all.length; from += most) batches.push(all.slice(from, from + most));
  return batches;
}
