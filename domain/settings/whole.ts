/** A setting that is a whole number. */
import * as z from '../zod.ts';

/** From the least to the most, both included. */
export function whole(least: number, most: number) {
  return z.int().check(z.minimum(least), z.maximum(most));
}
