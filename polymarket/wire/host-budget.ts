/**
 * One budget of public reads for each host of the venue, shared by all who read: 90 % of each limit, one pause after a refusal, and an
 * order of who goes first. Our address may be shared with others, so after a 429 the budget shrinks and grows back.
 */
import { growingPauseMs, SECOND_MS } from '../../domain/time.ts';
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
  /** How long nobody may ask the host yet; zero while it may be asked. */
  pausedMs(host: string): number;
}

interface BudgetPorts {
  readonly nowMs: () => number;
  readonly after: (ms: number, task: () => void) => () => void;
  /** From 0 to 1, for the jitter. */
  readonly random: () => number;
}

/** At 95 % of a published limit the venue refuses already (polymarket-api.md 1.7). */
const USED_PART = 0.9;
/** The pause after the first refusal where the venue names none; it doubles with each that follows. */
const PAUSE_MS_MIN = 2 * SECOND_MS;
const PAUSE_MS_MAX = 20 * SECOND_MS;
/** Added to a pause at random, so that those who share an address do not come back together. */
const JITTER_PART = 0.2;
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

export class HostBudget implements ReadBudget {
  private readonly hosts = new Map<string, OneHost>();

  constructor(private readonly ports: BudgetPorts) {}

  enter(url: URL): Promise<Pass> {
    return this.of(url.host).enter(routeGroupOf(url.pathname));
  }

  pausedMs(host: string): number {
    return this.hosts.get(host)?.pausedMs() ?? 0;
  }

  /** Refusals since the start, and until when a host is paused; null for none. */
  status(): { readonly refused: number; readonly pausedUntilMs: number | null } {
    const hosts = [...this.hosts.values()];
    const pausedMs = Math.max(0, ...hosts.map((host) => host.pausedMs()));
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
  private readonly total = new RequestWindow();
  private readonly windows = new Map<string, RequestWindow>();
  /** By rank, and in the order in which they came. */
  private waiting: Waiting[] = [];
  private pausedAtMs = 0;
  private pausedUntilMs = 0;
  /** Refusals in a row. While there are any, one request at a time leaves, to find out. */
  private refusals = 0;
  private probing = false;
  private part = 1;
  private grownAtMs = 0;
  private cancelTimer: () => void = () => {};

  constructor(
    private readonly name: string,
    private readonly ports: BudgetPorts,
  ) {}

  pausedMs(): number {
    return Math.max(0, this.pausedUntilMs - this.ports.nowMs());
  }

  enter(group: RouteGroup): Promise<Pass> {
    const pausedMs = this.pausedMs();
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
      const freeAtMs = this.probing ? Number.POSITIVE_INFINITY : this.freeAtMs(one.group, nowMs);
      if (freeAtMs <= nowMs) this.letGo(one, nowMs);
      else if (one.untilMs <= nowMs) one.refuse(this.limited(SECOND_MS));
      else {
        left.push(one);
        nextMs = Math.min(nextMs, freeAtMs, one.untilMs);
      }
    }
    this.waiting = left;
    if (left.length > 0) this.cancelTimer = this.ports.after(Math.max(1, nextMs - nowMs), () => this.go());
  }

  private letGo({ group, leave }: Waiting, nowMs: number): void {
    this.total.add(nowMs);
    this.window(group).add(nowMs);
    const isProbe = this.refusals > 0;
    if (isProbe) this.probing = true;
    let ended = false;
    const end = (): boolean => {
      if (ended) return false;
      ended = true;
      if (isProbe) this.probing = false;
      return true;
    };
    leave({
      answered: (status, retryAfterMs) => {
        if (!end()) return;
        if (status === 429 || status === 503) this.refuse(status, nowMs, retryAfterMs);
        else if (isProbe || this.refusals === 0) this.accepted();
        this.go();
      },
      failed: () => {
        if (end()) this.go();
      },
    });
  }

  /** A request that left before the pause began says nothing new, unless it asks for a longer one. */
  private refuse(status: number, leftAtMs: number, retryAfterMs = 0): void {
    this.refused += 1;
    const nowMs = this.ports.nowMs();
    if (this.pausedUntilMs > 0 && leftAtMs < this.pausedAtMs) {
      this.pausedUntilMs = Math.max(this.pausedUntilMs, nowMs + retryAfterMs);
      return;
    }
    if (status === 429 && this.refusals === 0)
      this.part = Math.max(LEAST_PART, this.usablePart(nowMs) * SHRINK_PART);
    const ownMs = growingPauseMs(this.refusals, { leastMs: PAUSE_MS_MIN, mostMs: PAUSE_MS_MAX });
    const pauseMs = Math.max(ownMs, retryAfterMs) * (1 + JITTER_PART * this.ports.random());
    this.refusals += 1;
    this.pausedAtMs = nowMs;
    this.pausedUntilMs = nowMs + Math.ceil(pauseMs);
    for (const one of this.waiting) one.refuse(this.limited(this.pausedMs()));
    this.waiting = [];
  }

  private accepted(): void {
    if (this.refusals === 0) return;
    this.refusals = 0;
    this.grownAtMs = this.ports.nowMs();
  }

  /** The part of each limit that may be used now: it grows back from the end of the last pause on. */
  private usablePart(nowMs: number): number {
    const steps = this.refusals > 0 ? 0 : Math.floor((nowMs - this.grownAtMs) / GROWTH_MS);
    return Math.min(1, this.part + GROWTH_PART * steps);
  }

  private freeAtMs(group: RouteGroup, nowMs: number): number {
    const part = USED_PART * this.usablePart(nowMs);
    return Math.max(
      this.total.freeAtMs(Math.floor(HOST_LIMIT * part), nowMs),
      this.window(group).freeAtMs(Math.floor(group.limit * part), nowMs),
    );
  }

  private window({ name }: RouteGroup): RequestWindow {
    const known = this.windows.get(name);
    if (known !== undefined) return known;
    const made = new RequestWindow();
    this.windows.set(name, made);
    return made;
  }

  private limited(retryAfterMs: number): VenueError {
    const message = `${this.name}: not asked, its limit of requests is reached`;
    return new VenueError({ kind: 'rate-limited', retryAfterMs, message });
  }
}
