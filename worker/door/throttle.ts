/**
 * Slows down guessing: wrong tries are counted per client and over all. The counts are in the memory of one isolate: they
 * are lost with it, and each isolate has its own. They make guessing slow; the length of the secret makes it hopeless. A store
 * shared by all isolates would cost a write for every try of anyone.
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
   * slips through while another is still being compared. A right one is taken back with `succeeded`.
   */
  allows(client: string, nowMs: number): boolean {
    const own = running(this.clients.get(client), nowMs);
    const all = running(this.all, nowMs);
    if (own.tries >= TRIES_PER_MINUTE || all.tries >= TRIES_PER_MINUTE_OF_ALL) return false;
    this.all = { ...all, tries: all.tries + 1 };
    this.clients.delete(client);
    this.clients.set(client, { ...own, tries: own.tries + 1 });
    const oldest = this.clients.keys().next();
    if (this.clients.size > CLIENTS_MAX && !oldest.done) this.clients.delete(oldest.value);
    return true;
  }

  succeeded(client: string): void {
    this.clients.delete(client);
    this.all = { ...this.all, tries: Math.max(0, this.all.tries - 1) };
  }
}

function running(count: Count | undefined, nowMs: number): Count {
  return count !== undefined && nowMs - count.sinceMs < MINUTE_MS ? count : { sinceMs: nowMs, tries: 0 };
}

const ADDRESS_CHARS_MAX = 64;

/**
 * The client, from `cf-connecting-ip`. At Cloudflare only the edge can set it; on a local start any client may send any
 * value, and then only the count over all clients limits it. An IPv6 client owns a whole /64 and counts as one.
 */
export function clientOf(address: string | undefined): string {
  if (address === undefined) return 'local';
  const text = address.slice(0, ADDRESS_CHARS_MAX).toLowerCase();
  if (!text.includes(':')) return text;
  const [head = [], tail = []] = text
    .split('::')
    .map((half) => half.split(':').filter((group) => group !== ''));
  const zeros = text.includes('::') ? Math.max(0, 8 - head.length - tail.length) : 0;
  return [...head, ...Array.from({ length: zeros }, () => '0'), ...tail].slice(0, 4).join(':');
}
