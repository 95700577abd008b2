/**
 * Slows down guessing: wrong tries are counted per client and over all. The counts are in memory and are lost with it: they make
 * guessing slow; the length of the secret makes it hopeless.
 */

/** Wrong tries per client and minute; a person mistypes less often. */
export const TRIES_PER_MINUTE = 10;
/** Wrong tries of all clients together, since addresses are cheap. Above one client's, so that one cannot lock all out. */
export const TRIES_PER_MINUTE_OF_ALL = 60;
/** Clients remembered at once; the oldest goes, and the count over all remains. */
const CLIENTS_MAX = 1_000;
const MINUTE_MS = 60_000;

interface Count {
  readonly sinceMs: number;
  readonly tries: number;
}

export class Throttle {
  private readonly clients = new Map<string, Count>();
  private all: Count = { sinceMs: 0, tries: 0 };

  /**
   * Counts one try, or says that the client must wait. Counted before the secret is looked at: of many tries at once none
   * slips through while another is still being compared. A right one is taken back with `succeeded`. A client that has shown
   * the secret before (`isKnown`) has a budget that the tries of others do not use up.
   */
  allows(client: string, nowMs: number, isKnown = false): boolean {
    const own = running(this.clients.get(client), nowMs);
    const all = running(this.all, nowMs);
    if (own.tries >= TRIES_PER_MINUTE) return false;
    if (!isKnown && all.tries >= TRIES_PER_MINUTE_OF_ALL) return false;
    if (!isKnown) this.all = { ...all, tries: all.tries + 1 };
    this.clients.delete(client);
    this.clients.set(client, { ...own, tries: own.tries + 1 });
    const oldest = this.clients.keys().next();
    if (this.clients.size > CLIENTS_MAX && !oldest.done) this.clients.delete(oldest.value);
    return true;
  }

  succeeded(client: string, isKnown = false): void {
    this.clients.delete(client);
    if (!isKnown) this.all = { ...this.all, tries: Math.max(0, this.all.tries - 1) };
  }
}

function running(count: Count | undefined, nowMs: number): Count {
  return count !== undefined && nowMs - count.sinceMs < MINUTE_MS ? count : { sinceMs: nowMs, tries: 0 };
}
