/**
 * An object's news for open pages, on its way to LeaderFeed: gathered, at most a few calls a second, and hardly any while no
 * page is open. News may be lost: pages poll as well.
 */
import type { Topic } from '../domain/topics.ts';
import { FEED_NAME, type ObjectEnv } from './env.ts';
import { type Log, reasonOf, type Timers } from './ports.ts';
import { log, workerTimers } from './worker-ports.ts';

/** Told together; what is told within this time is one call. */
const GATHER_MS = 250;
/** While nobody looks, LeaderFeed is asked again only this often. */
const NOBODY_MS = 5_000;

export class PageNews {
  private readonly pending = new Set<Topic>();
  private waiting = false;

  constructor(
    private readonly timers: Timers,
    private readonly log: Log,
    /** Hands topics to LeaderFeed; returns how many pages are open. */
    private readonly announce: (topics: readonly Topic[]) => Promise<number>,
  ) {}

  /** Never throws and never waits. A function of its own, so that it can be handed out. */
  readonly tell = (topics: readonly Topic[]): void => {
    for (const topic of topics) this.pending.add(topic);
    if (!this.waiting && this.pending.size > 0) void this.send();
  };

  private async send(): Promise<void> {
    this.waiting = true;
    const told = [...this.pending];
    this.pending.clear();
    let pages = 0;
    try {
      pages = await this.announce(told);
    } catch (error) {
      this.log('warn', 'open pages were not told of a change; they poll', { reason: reasonOf(error) });
    }
    this.timers.after(pages > 0 ? GATHER_MS : NOBODY_MS, () => {
      this.waiting = false;
      if (this.pending.size > 0) void this.send();
    });
  }
}

/** News to the one LeaderFeed. */
export function pageNews(env: ObjectEnv): PageNews {
  return new PageNews(workerTimers, log, (topics) => env.LEADER_FEED.getByName(FEED_NAME).announce(topics));
}
