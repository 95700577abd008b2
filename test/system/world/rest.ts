/** The end of a run: an event, not a time. Rests until nothing is under way, and then for one more round of every minute's work. */
import { MINUTE_MS, SECOND_MS } from '../../../domain/time.ts';
import type { World } from './world.ts';

/** Each sweep, reconciliation and count of a minute comes round once: what would be done twice shows. */
const ROUND_MS = MINUTE_MS + 5 * SECOND_MS;
/** Far above what any retry takes. */
const SECONDS_MAX = 1_200;

/** Lets time pass until the objects have nothing left to do and, where it matters, until something else is over. */
export async function rest(world: World, isOver: () => boolean = () => true): Promise<void> {
  await untilOver(world, isOver);
  await world.advance(ROUND_MS);
  // The round may have found something.
  await untilOver(world, isOver);
}

async function untilOver(world: World, isOver: () => boolean): Promise<void> {
  for (let seconds = 0; ; seconds += 1) {
    const underWay = world.underWay();
    if (underWay.length === 0 && isOver()) return;
    if (seconds === SECONDS_MAX)
      throw new Error(`no rest after ${SECONDS_MAX} s: ${underWay.join(', ') || 'the test waits'}`);
    await world.advance(SECOND_MS);
  }
}
