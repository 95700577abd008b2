/**
 * One budget of public reads for each host of the venue, shared by all who read: 90 % of each limit, one pause after a refusal, and an
 * order of who goes first. Our address may be shared with others, so after a 429 the budget shrinks and grows back.
 */
import { SECOND_MS } from '../../domain/time.ts';
import { ReadPause } from './read-pause.ts';
import { RequestWindow } from './request-window.ts';
import { type RouteGroup, routeGroupOf } from './route-groups.ts';
import { VenueError } from './venue-error.ts';

/** Of one request that left: how it ended. Only the first call counts. */
export interface Pass {
  answered(status: number, retryAfterMs: number | undefined): void;
  failed(): void;
}

export interface ReadBudget {
  /** Resolves once the request may leave. Rejects with a rate-limited VenueError where it would wait for long. */
  enter(url: URL): Promise<Pass>;
  /** How long nobody may ask there yet; zero while it may be asked. */
  pausedMs(url: URL): number;
}

interface BudgetPorts {
  readonly nowMs: () => number;
  readonly after: (ms: number, task: () => void) => () => void;
  /** From 0 to 1, for the jitter. */
  readonly random: () => number;
}

/** At 95 % of a published limit the venue refuses already (polymarket-api.md 1.7). */
const USED_PART = 0.9;
/** Each 429 halves what may be asked, down to a quarter; it grows back by a tenth each five seconds. */
const SHRINK_PART = 0.5;
const LEAST_PART = 0.25;
const GROWTH_PART = 0.1;
const GROWTH_MS = 5 * SECOND_MS;
/** Who would wait for longer is refused instead: a page, or a book that a decision needs. */
const WAIT_MS_MAX = 10 * SECOND_MS;
/** In all: the Data API's limit. The CLOB takes nine times as many, which nothing here needs. */
const HOST_LIMIT = 1_000;

interface Waiting {
  readonly group: RouteGroup;
  readonly untilMs: number;
  readonly leave: (pass: Pass) => void;
  readonly refuse: (error: VenueError) => void;
}

/** What requests have left, and the pause after a refusal. */
interface Limits {
  readonly window: RequestWindow;
  readonly pause: ReadPause;
}

export class HostBudget implements ReadBudget {
  private readonly hosts = new Map<string, OneHost>();

  constructor(private readonly ports: BudgetPorts) {}

  enter(url: URL): Promise<Pass> {
    return this.of(url.host).enter(routeGroupOf(url.pathname));
  }

  pausedMs(url: URL): number {
    return this.hosts.get(url.host)?.pausedMs(routeGroupOf(url.pathname)) ?? 0;
  }

  /** Refusals since the start, and until when a host is paused; null for none. */
  status(): { readonly refused: number; readonly pausedUntilMs: number | null } {
    const hosts = [...this.hosts.values()];
    const pausedMs = Math.max(0, ...hosts.map((host) => host.longestPauseMs()));
    return {
      refused: hosts.reduce((sum, host) => sum + host.refused, 0),
      pausedUntilMs: pausedMs === 0 ? null : this.ports.nowMs() + pausedMs,
    };
  }

  private of(name: string): OneHost {
    const known = this.hosts.get(name);
    if (known !== undefined) return known;
    const made = new OneHost(name, this.ports);
    this.hosts.set(name, made);
    return made;
  }
}

class OneHost {
  refused = 0;
  /** A 429 is about all that we ask. */
  private readonly all: Limits;
  /** A 503 is about one service of the host. */
  private readonly groups = new Map<string, Limits>();
  /** By rank, and in the order in which they came. */
  private waiting: Waiting[] = [];
  private part = 1;
  /** Since when the part grows back; infinity during a pause. */
  private growsFromMs = 0;
  private cancelTimer: () => void = () => {};

  constructor(
    private readonly name: string,
    private readonly ports: BudgetPorts,
  ) {
    this.all = { window: new RequestWindow(), pause: new ReadPause(ports) };
  }

  pausedMs(group: RouteGroup): number {
    return Math.max(this.all.pause.leftMs(), this.of(group).pause.leftMs());
  }

  longestPauseMs(): number {
    return Math.max(this.all.pause.leftMs(), ...[...this.groups.values()].map(({ pause }) => pause.leftMs()));
  }

  enter(group: RouteGroup): Promise<Pass> {
    const pausedMs = this.pausedMs(group);
    if (pausedMs > 0) return Promise.reject(this.limited(pausedMs));
    return new Promise((leave, refuse) => {
      const mine = { group, untilMs: this.ports.nowMs() + WAIT_MS_MAX, leave, refuse };
      const at = this.waiting.findIndex((one) => one.group.rank > group.rank);
      this.waiting.splice(at < 0 ? this.waiting.length : at, 0, mine);
      this.go();
    });
  }

  /** Lets those go who may, and looks again when the next one may. */
  private go(): void {
    this.cancelTimer();
    const nowMs = this.ports.nowMs();
    let nextMs = Number.POSITIVE_INFINITY;
    const left: Waiting[] = [];
    for (const one of this.waiting) {
      const pausedMs = this.pausedMs(one.group);
      const freeAtMs = this.freeAtMs(one.group, nowMs);
      if (pausedMs > 0) one.refuse(this.limited(pausedMs));
      else if (freeAtMs <= nowMs) this.letGo(one, nowMs);
      else if (one.untilMs <= nowMs) one.refuse(this.limited(SECOND_MS));
      else {
        left.push(one);
        nextMs = Math.min(nextMs, freeAtMs, one.untilMs);
      }
    }
    this.waiting = left;
    if (left.length > 0) this.cancelTimer = this.ports.after(Math.max(1, nextMs - nowMs), () => this.go());
  }

  private letGo({ group, leave }: Waiting, leftAtMs: number): void {
    const limits = [this.all, this.of(group)];
    for (const { window } of limits) window.add(leftAtMs);
    const probes = limits.filter(({ pause }) => pause.leave()).map(({ pause }) => pause);
    let hasEnded = false;
    const end = (then: () => void): void => {
      if (hasEnded) return;
      hasEnded = true;
      for (const pause of probes) pause.probed();
      then();
      this.go();
    };
    leave({
      answered: (status, retryAfterMs = 0) =>
        end(() => {
          if (status === 429) this.limitedAll(leftAtMs, retryAfterMs);
          else if (status === 503) this.unavailable(group, leftAtMs, retryAfterMs);
          else for (const pause of probes) this.accepted(pause);
        }),
      failed: () => end(() => {}),
    });
  }

  private limitedAll(leftAtMs: number, retryAfterMs: number): void {
    this.refused += 1;
    const part = this.usablePart();
    if (!this.all.pause.refused(leftAtMs, retryAfterMs)) return;
    this.part = Math.max(LEAST_PART, part * SHRINK_PART);
    this.growsFromMs = Number.POSITIVE_INFINITY;
  }

  private unavailable(group: RouteGroup, leftAtMs: number, retryAfterMs: number): void {
    this.refused += 1;
    this.of(group).pause.refused(leftAtMs, retryAfterMs);
  }

  private accepted(pause: ReadPause): void {
    if (pause.accepted() && pause === this.all.pause) this.growsFromMs = this.ports.nowMs();
  }

  /** The part of each limit that may be used now: it grows back from the end of the last pause on. */
  private usablePart(): number {
    const steps = Math.max(0, Math.floor((this.ports.nowMs() - this.growsFromMs) / GROWTH_MS));
    return Math.min(1, this.part + GROWTH_PART * steps);
  }

  private freeAtMs(group: RouteGroup, nowMs: number): number {
    const mine = this.of(group);
    if (this.all.pause.isProbed() || mine.pause.isProbed()) return Number.POSITIVE_INFINITY;
    const part = USED_PART * this.usablePart();
    return Math.max(
      this.all.window.freeAtMs(Math.floor(HOST_LIMIT * part), nowMs),
      mine.window.freeAtMs(Math.floor(group.limit * part), nowMs),
    );
  }

  private of({ name }: RouteGroup): Limits {
    const known = this.groups.get(name);
    if (known !== undefined) return known;
    const made = { window: new RequestWindow(), pause: new ReadPause(this.ports) };
    this.groups.set(name, made);
    return made;
  }

  private limited(retryAfterMs: number): VenueError {
    const message = `${this.name}: not asked, its limit of requests is reached`;
    return new VenueError({ kind: 'rate-limited', retryAfterMs, message });
  }
}
