/**
 * Notifies open pages that something has changed, by server-sent events without content: a page then fetches its part again.
 * Lives in LeaderFeed, which is awake in any case. Nothing here is durable: pages also poll.
 */
import { TOPICS, type Topic } from '../../domain/records/topics.ts';
import { SECOND_MS } from '../../domain/time.ts';
import type { Timers } from '../platform/ports.ts';

/** One open page. */
export interface PageSink {
  /** Returns false when the reader accepts no more. */
  readonly send: (text: string) => boolean;
  readonly close: () => void;
}

/** One trade changes several topics one after the other; they are sent together, since each part asks once for all of them. */
const GATHER_MS = SECOND_MS / 2;
/** Then nothing but switches for this long: a part of a page makes at most 360 requests an hour of events. The last change is always sent. */
const WINDOW_MS = 10 * SECOND_MS;
/** Proxies cut connections that are silent for longer; the write also finds readers that have gone. */
const KEEPALIVE_MS = 15 * SECOND_MS;
/** Enough for one operator with a few windows. Beyond it the oldest is closed; its page reconnects by itself. */
export const PAGES_MAX = 24;

export class PageEvents {
  private readonly pages = new Set<PageSink>();
  private readonly pending = new Set<Topic>();
  private windowOpen = false;
  private cancelKeepalive: (() => void) | undefined;
  private lastId = 0;

  constructor(private readonly timers: Timers) {}

  /** Adds a page; returns the function that removes it. One that reconnects gets every topic: it may have missed any. */
  open(page: PageSink, reconnects: boolean): () => void {
    const [oldest] = this.pages;
    if (this.pages.size >= PAGES_MAX && oldest !== undefined) {
      this.pages.delete(oldest);
      oldest.close();
    }
    this.pages.add(page);
    // An id without an event: the browser sends it back when it reconnects.
    this.send(page, `id: ${this.nextId()}\n\n`);
    if (reconnects) for (const topic of TOPICS) this.send(page, this.event(topic));
    this.cancelKeepalive ??= this.timers.after(KEEPALIVE_MS, () => this.keepAlive());
    return () => {
      this.pages.delete(page);
    };
  }

  /** Sends topics that have changed; returns how many pages are open, so that a caller can stop while there are none. */
  publish(topics: readonly Topic[]): number {
    if (this.pages.size === 0) return 0;
    // The operator's own act, and what they look at to know that it was done.
    if (topics.includes('switches')) this.sendAll(['switches']);
    for (const topic of topics) if (topic !== 'switches') this.pending.add(topic);
    if (!this.windowOpen && this.pending.size > 0) {
      this.windowOpen = true;
      this.timers.after(GATHER_MS, () => this.flush());
    }
    return this.pages.size;
  }

  count(): number {
    return this.pages.size;
  }

  private flush(): void {
    this.windowOpen = this.pending.size > 0;
    if (!this.windowOpen) return;
    const topics = [...this.pending];
    this.pending.clear();
    this.sendAll(topics);
    this.timers.after(WINDOW_MS, () => this.flush());
  }

  private sendAll(topics: readonly Topic[]): void {
    for (const topic of topics) for (const page of [...this.pages]) this.send(page, this.event(topic));
  }

  private keepAlive(): void {
    this.cancelKeepalive = undefined;
    for (const page of [...this.pages]) this.send(page, ':\n\n');
    if (this.pages.size > 0) this.cancelKeepalive = this.timers.after(KEEPALIVE_MS, () => this.keepAlive());
  }

  private event(topic: Topic): string {
    return `event: ${topic}\nid: ${this.nextId()}\ndata: \n\n`;
  }

  private nextId(): number {
    this.lastId += 1;
    return this.lastId;
  }

  private send(page: PageSink, text: string): void {
    if (page.send(text)) return;
    this.pages.delete(page);
    page.close();
  }
}

/** Chunks that a reader may leave unread before it counts as gone. */
const UNREAD_MAX = 64;

/** The events as the body of a response. It ends when the reader leaves or falls too far behind. */
export function pageStream(events: PageEvents, reconnects: boolean): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let leave: () => void = () => undefined;
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const send = (text: string): boolean => {
          if ((controller.desiredSize ?? 0) <= 0) return false;
          controller.enqueue(encoder.encode(text));
          return true;
        };
        const close = (): void => {
          try {
            controller.close();
          } catch {
            // Already closed, or cancelled by its reader.
          }
        };
        leave = events.open({ send, close }, reconnects);
      },
      cancel() {
        leave();
      },
    },
    { highWaterMark: UNREAD_MAX },
  );
}
