/**
 * An object's news for open pages, on its way to LeaderFeed: gathered, at most a few calls a second, and hardly any while no
 * page is open. News may be lost: pages poll as well.
 */
import type { Topic } from '../../domain/records/topics.ts';
import { SECOND_MS } from '../../domain/time.ts';
import type { ObjectEnv } from '../env.ts';
import { FEED_NAME } from '../rpc.ts';
import { type Log, reasonOf, type Timers } from './ports.ts';
import { log, workerTimers } from './workerd.ts';

/** Told together; what is told within this time is one call. */
const GATHER_MS = 250;
/** While nobody looks, LeaderFeed is asked again only after this long, and what happens meanwhile is told to nobody. */
const NOBODY_MS = 5 * SECOND_MS;

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
    /** Hands topics to LeaderFeed; returns how many pages are open. */
    private readonly announce: (topics: readonly Topic[]) => Promise<number>,
  ) {}

  /** Never throws and never waits. A function of its own, so that it can be handed out. */
  readonly tell = (topics: readonly Topic[]): void => {
    if (this.ports.nowMs() < this.quietUntilMs) return;
    for (const topic of topics) this.pending.add(topic);
    if (!this.waiting && this.pending.size > 0) void this.send();
  };

  private async send(): Promise<void> {
    const { timers, nowMs, log } = this.ports;
    this.waiting = true;
    const told = [...this.pending];
    this.pending.clear();
    let pages = 0;
    try {
      pages = await this.announce(told);
    } catch (error) {
      log('warn', 'open pages were not told of a change; they poll', { reason: reasonOf(error) });
    }
    if (pages > 0) {
      timers.after(GATHER_MS, () => {
        this.waiting = false;
        if (this.pending.size > 0) void this.send();
      });
      return;
    }
    // No timer while nobody looks: one that is pending keeps an object awake, and that is billed.
    this.waiting = false;
    this.pending.clear();
    this.quietUntilMs = nowMs() + NOBODY_MS;
  }
}

/** News to the one LeaderFeed. */
export function pageNews(env: ObjectEnv): PageNews {
  const ports = { timers: workerTimers, nowMs: () => Date.now(), log };
  return new PageNews(ports, (topics) => env.LEADER_FEED.getByName(FEED_NAME).announce(topics));
}
