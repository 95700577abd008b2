/**
 * Reports to open pages what changed, by way of LeaderFeed: at most a few calls a second, and one in five seconds while no
 * page is open. A report may be lost: pages also poll.
 */
import type { Topic } from '../../domain/records/topics.ts';
import { SECOND_MS } from '../../domain/time.ts';
import type { ObjectEnv } from '../env.ts';
import { type Log, reasonOf, type Timers } from './ports.ts';
import { feedStub } from './stubs.ts';
import { log, workerTimers } from './workerd.ts';

/** Topics reported within this time are one call. */
const GATHER_MS = 250;
/** While no page is open, changes are dropped for this long before LeaderFeed is called again. */
const NO_PAGE_MS = 5 * SECOND_MS;

export class PageNews {
  private readonly pending = new Set<Topic>();
  private waiting = false;
  private quietUntilMs = 0;

  constructor(
    private readonly ports: {
      readonly timers: Timers;
      readonly nowMs: () => number;
      readonly log: Log;
    },
    /** Sends topics to LeaderFeed; returns how many pages are open. */
    private readonly announce: (topics: readonly Topic[]) => Promise<number>,
  ) {}

  /** Never throws and never waits. A bound function, so that it can be passed on. */
  readonly report = (topics: readonly Topic[]): void => {
    // A switch is always reported: it is rare, and a page that opens meanwhile would show the old one until it polls.
    if (this.ports.nowMs() < this.quietUntilMs && !topics.includes('switches')) return;
    for (const topic of topics) this.pending.add(topic);
    if (!this.waiting && this.pending.size > 0) void this.send();
  };

  private async send(): Promise<void> {
    const { timers, nowMs, log } = this.ports;
    this.waiting = true;
    const topics = [...this.pending];
    this.pending.clear();
    let pages = 0;
    try {
      pages = await this.announce(topics);
    } catch (error) {
      log('warn', 'a change was not reported to open pages; they poll', { reason: reasonOf(error) });
    }
    if (pages > 0) {
      timers.after(GATHER_MS, () => {
        this.waiting = false;
        if (this.pending.size > 0) void this.send();
      });
      return;
    }
    // No timer while no page is open: a pending one keeps the object awake, which is billed.
    this.waiting = false;
    const isSwitched = this.pending.has('switches');
    this.pending.clear();
    this.quietUntilMs = nowMs() + NO_PAGE_MS;
    // Switched while the call was on its way: a page may have opened since.
    if (isSwitched) this.report(['switches']);
  }
}

/** Reports to the one LeaderFeed. */
export function pageNews(env: ObjectEnv): PageNews {
  const ports = { timers: workerTimers, nowMs: () => Date.now(), log };
  return new PageNews(ports, (topics) => feedStub(env).announce(topics));
}
