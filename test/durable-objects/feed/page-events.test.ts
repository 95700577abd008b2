/** What open pages are sent. On a virtual clock. */
import { describe, expect, it } from 'vitest';
import { TOPICS } from '../../../domain/records/topics.ts';
import { PAGES_MAX, PageEvents, pageStream } from '../../../durable-objects/feed/page-events.ts';

function clock() {
  let nowMs = 0;
  let tasks: { atMs: number; task: () => void }[] = [];
  return {
    timers: {
      after: (ms: number, task: () => void) => {
        const entry = { atMs: nowMs + ms, task };
        tasks.push(entry);
        return () => {
          tasks = tasks.filter((one) => one !== entry);
        };
      },
    },
    /** Lets the time pass, timer by timer. */
    pass(ms: number) {
      const endMs = nowMs + ms;
      for (;;) {
        const next = tasks.filter((one) => one.atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
        if (next === undefined) break;
        nowMs = next.atMs;
        tasks = tasks.filter((one) => one !== next);
        next.task();
      }
      nowMs = endMs;
    },
    waiting: () => tasks.length,
  };
}

function sink(takes = true) {
  const received: string[] = [];
  let closed = false;
  return {
    received,
    isClosed: () => closed,
    topics: () => received.flatMap((text) => /event: (\w+)/.exec(text)?.[1] ?? []),
    send: (text: string) => {
      received.push(text);
      return takes;
    },
    close: () => {
      closed = true;
    },
  };
}

describe('open pages', () => {
  it('get all that one trade changes together, and a burst once more ten seconds later', () => {
    const { timers, pass } = clock();
    const events = new PageEvents(timers);
    const page = sink();
    events.open(page, false);
    events.publish(['trades']);
    events.publish(['paper']);
    pass(499);
    expect(page.topics()).toEqual([]);
    pass(1);
    expect(page.topics()).toEqual(['trades', 'paper']);
    for (let i = 0; i < 20; i += 1) events.publish(['paper']);
    pass(9_999);
    expect(page.topics()).toEqual(['trades', 'paper']);
    pass(1);
    expect(page.topics()).toEqual(['trades', 'paper', 'paper']);
    pass(60_000);
    expect(page.topics()).toEqual(['trades', 'paper', 'paper']);
  });

  it('get a change of the switches at once, also after a trade', () => {
    const { timers, pass } = clock();
    const events = new PageEvents(timers);
    const page = sink();
    events.open(page, false);
    events.publish(['paper']);
    pass(600);
    events.publish(['switches', 'live']);
    expect(page.topics()).toEqual(['paper', 'switches']);
    pass(10_000);
    expect(page.topics()).toEqual(['paper', 'switches', 'live']);
  });

  it('make at most 360 requests an hour of whatever happens', () => {
    const { timers, pass } = clock();
    const events = new PageEvents(timers);
    const page = sink();
    events.open(page, false);
    for (let i = 0; i < 36_000; i += 1) {
      events.publish(['trades', 'paper']);
      pass(100);
    }
    expect(page.topics().filter((topic) => topic === 'trades').length).toBeLessThanOrEqual(360);
  });

  it('get every topic once when they reconnect, since they may have missed any', () => {
    const { timers } = clock();
    const page = sink();
    new PageEvents(timers).open(page, true);
    expect(page.topics()).toEqual([...TOPICS]);
    expect(page.received[0]).toMatch(/^id: \d+\n\n$/);
  });

  it('are kept alive while they are silent, and cost no timer once all have left', () => {
    const { timers, pass, waiting } = clock();
    const events = new PageEvents(timers);
    const page = sink();
    const leave = events.open(page, false);
    pass(31_000);
    expect(page.received.filter((text) => text === ':\n\n')).toHaveLength(2);
    leave();
    pass(20_000);
    expect(waiting()).toBe(0);
    expect(events.count()).toBe(0);
  });

  it('are left when they take nothing any more, and the oldest goes when there are too many', () => {
    const { timers } = clock();
    const events = new PageEvents(timers);
    const stuck = sink(false);
    events.open(stuck, false);
    expect([events.count(), stuck.isClosed()]).toEqual([0, true]);
    const first = sink();
    events.open(first, false);
    for (let i = 0; i < PAGES_MAX; i += 1) events.open(sink(), false);
    expect([events.count(), first.isClosed()]).toEqual([PAGES_MAX, true]);
  });

  it('read them as a stream, and leave by cancelling it', async () => {
    const { timers, pass } = clock();
    const events = new PageEvents(timers);
    const reader = pageStream(events, false).getReader();
    const decoder = new TextDecoder();
    await reader.read();
    events.publish(['live']);
    pass(500);
    expect(decoder.decode((await reader.read()).value)).toContain('event: live\n');
    await reader.cancel();
    expect(events.count()).toBe(0);
  });

  it('that read nothing are cut off before they fill the memory', () => {
    const { timers, pass } = clock();
    const events = new PageEvents(timers);
    pageStream(events, false);
    for (let i = 0; i < 100; i += 1) {
      events.publish(['live']);
      pass(10_000);
    }
    expect(events.count()).toBe(0);
  });
});
