/**
 * Tells open pages that something has changed, as server-sent events without content: a page then fetches its own part anew.
 * LeaderFeed holds it, the one object that is awake anyway. Nothing here is durable: a page that hears nothing still polls.
 */
import { TOPICS, type Topic } from '../../domain/records/topics.ts';
import type { Timers } from '../platform/ports.ts';

/** One open page. */
export interface PageSink {
  /** Returns false when the reader takes nothing any more. */
  readonly send: (text: string) => boolean;
  readonly close: () => void;
}

/** A topic is told at most this often; the last change of a burst is always told. */
const WINDOW_MS = 500;
/** Proxies cut what is silent for longer; a reader that is gone is found by it. */
const KEEPALIVE_MS = 15_000;
/** One operator with a few windows; of more, the oldest is cut off and comes back by itself. */
export const PAGES_MAX = 24;

export class PageEvents {
  private readonly pages = new Set<PageSink>();
  private readonly pending = new Set<Topic>();
  private windowOpen = false;
  private cancelKeepalive: (() => void) | undefined;
  private lastId = 0;

  constructor(private readonly timers: Timers) {}

  /** Adds a page; returns how it leaves. One that comes back is told everything, since it may have missed anything. */
  open(page: PageSink, comesBack: boolean): () => void {
    const [oldest] = this.pages;
    if (this.pages.size >= PAGES_MAX && oldest !== undefined) {
      this.pages.delete(oldest);
      oldest.close();
    }
    this.pages.add(page);
    // An id without an event: the reader keeps it and sends it when it comes back.
    this.send(page, `id: ${this.nextId()}\n\n`);
    if (comesBack) for (const topic of TOPICS) this.send(page, this.event(topic));
    this.cancelKeepalive ??= this.timers.after(KEEPALIVE_MS, () => this.keepAlive());
    return () => {
      this.pages.delete(page);
    };
  }

  /** Passes on that something changed; returns how many pages are open, so that who tells may be silent while there is none. */
  tell(topics: readonly Topic[]): number {
    if (this.pages.size === 0) return 0;
    for (const topic of topics) this.pending.add(topic);
    if (!this.windowOpen) this.flush();
    return this.pages.size;
  }

  count(): number {
    return this.pages.size;
  }

  private flush(): void {
    this.windowOpen = this.pending.size > 0;
    if (!this.windowOpen) return;
    const told = [...this.pending];
    this.pending.clear();
    for (const topic of told) for (const page of [...this.pages]) this.send(page, this.event(topic));
    this.timers.after(WINDOW_MS, () => this.flush());
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

/** Chunks that a reader may leave unread before it counts as gone: one a second is told at most. */
const UNREAD_MAX = 64;

/** The events as the body of an answer. It ends when the reader leaves or falls too far behind. */
export function pageStream(events: PageEvents, comesBack: boolean): ReadableStream<Uint8Array> {
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
            // Already closed or cancelled by its reader: then it is what was wanted.
          }
        };
        leave = events.open({ send, close }, comesBack);
      },
      cancel() {
        leave();
      },
    },
    { highWaterMark: UNREAD_MAX },
  );
}
