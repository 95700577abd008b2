/** What an object reports to open pages: soon while one is open, hardly anything while none is, and never in its way. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Topic } from '../../../domain/records/topics.ts';
import { PageNews } from '../../../durable-objects/platform/page-news.ts';
import { MemoryPorts } from '../memory-ports.ts';

let ports: MemoryPorts;
let calls: (readonly Topic[])[];
/** How many pages LeaderFeed says are open; an error is a feed that does not answer. */
let pages: number | Error;
let news: PageNews;

beforeEach(() => {
  ports = new MemoryPorts();
  calls = [];
  pages = 1;
  news = new PageNews(ports, async (topics) => {
    calls.push(topics);
    if (pages instanceof Error) throw pages;
    return pages;
  });
});

async function report(...topics: Topic[]): Promise<void> {
  news.report(topics);
  await ports.settle();
}

describe('the news of an object', () => {
  it('is reported at once, and gathered for a quarter of a second after that', async () => {
    await report('paper');
    await report('trades');
    await report('trades', 'paper');
    expect(calls).toEqual([['paper']]);
    await ports.advance(249);
    expect(calls).toHaveLength(1);
    await ports.advance(1);
    expect(calls).toEqual([['paper'], ['trades', 'paper']]);
    await ports.advance(250);
    await report('live');
    expect(calls).toHaveLength(3);
  });

  it('is gathered while the feed has not answered yet', async () => {
    let answer: (count: number) => void = () => {};
    const slow = new PageNews(ports, (topics) => {
      calls.push(topics);
      return new Promise((resolve) => {
        answer = resolve;
      });
    });
    slow.report(['paper']);
    slow.report(['live']);
    await ports.settle();
    expect(calls).toEqual([['paper']]);
    answer(1);
    await ports.settle();
    await ports.advance(250);
    expect(calls).toEqual([['paper'], ['live']]);
  });

  it('makes no call when nothing changed', async () => {
    await report();
    expect([calls, ports.timersDueMs]).toEqual([[], []]);
    await report('paper');
    await ports.advance(1_000);
    expect([calls.length, ports.timersDueMs]).toEqual([1, []]);
  });

  it('is dropped for five seconds while no page is open, and keeps no timer that would keep the object awake', async () => {
    pages = 0;
    await report('paper');
    expect(ports.timersDueMs).toEqual([]);
    await ports.advance(4_999);
    await report('live');
    expect(calls).toEqual([['paper']]);
    await ports.advance(1);
    await report('trades');
    expect(calls).toEqual([['paper'], ['trades']]);
  });

  it('is logged once and dropped likewise when the feed does not answer, and goes on afterwards', async () => {
    pages = new Error('no answer');
    await report('live');
    expect(ports.logs.map((line) => [line.level, line.fields.reason])).toEqual([
      ['warn', 'Error: no answer'],
    ]);
    pages = 1;
    await report('paper');
    await ports.advance(5_000);
    await report('trades');
    expect(calls).toEqual([['live'], ['trades']]);
    expect(ports.logs).toHaveLength(1);
  });

  it('of a switch goes out also right after no page was open: one may have opened since', async () => {
    pages = 0;
    await report('paper');
    await report('paper');
    expect(calls).toEqual([['paper']]);
    pages = 1;
    await report('switches');
    expect(calls).toEqual([['paper'], ['switches']]);
  });

  it('of a switch is not lost while the feed answers that no page is open', async () => {
    let answer: (count: number) => void = () => {};
    const slow = new PageNews(ports, (topics) => {
      calls.push(topics);
      return new Promise((resolve) => {
        answer = resolve;
      });
    });
    slow.report(['paper']);
    slow.report(['switches', 'live']);
    answer(0);
    await ports.settle();
    expect(calls).toEqual([['paper'], ['switches']]);
    answer(0);
    await ports.settle();
    expect(calls).toHaveLength(2);
  });
});
