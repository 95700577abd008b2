/** How often a countdown is fetched again: the less is left the more often, some thirty times in all, however long it is. */
import { SECOND_MS } from '../../domain/time.ts';

/** The end of a countdown is seen within this. */
const SECONDS_MIN = 2;
/** A fifth of what is left, seldom enough that an open tab costs little (600 requests an hour at most). */
const PARTS = 5;

/** For `Live`: switches come by the stream; `restSeconds` is for while nothing is counted down. */
export function counting(leftMs: number | undefined, restSeconds: number) {
  const isCounting = leftMs !== undefined && leftMs > 0;
  const part = isCounting ? Math.max(SECONDS_MIN, Math.floor(leftMs / SECOND_MS / PARTS)) : restSeconds;
  return { on: ['switches'], everySeconds: Math.min(restSeconds, part) } as const;
}
