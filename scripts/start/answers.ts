// Waits until a server that was just started answers.
import { pause } from './children.ts';

const RETRY_MS = 100;
/** One try; a Worker that has just started may take a while for its first answer. */
const TRY_TIMEOUT_MS = 60_000;

/** Whether the address answers, whatever it says, before so many milliseconds are over or `isOver` says that nobody waits any more. */
export async function answersWithin(
  timeoutMs: number,
  { url, isOver }: { url: string; isOver: () => boolean },
): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline && !isOver()) {
    try {
      const answer = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(TRY_TIMEOUT_MS) });
      await answer.arrayBuffer();
      return true;
    } catch {
      // Not listening yet, or still starting: try again until the deadline.
      await pause(RETRY_MS);
    }
  }
  return false;
}
