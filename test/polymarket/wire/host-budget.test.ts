/** The budget that all public reads of a host share: how many may leave, who goes first, and what a refusal changes. */
import { beforeEach, describe, expect, it } from 'vitest';
import { fetchWithin } from '../../../polymarket/wire/fetch-within.ts';
import { HostBudget, type Pass } from '../../../polymarket/wire/host-budget.ts';
import { MemoryPorts } from '../../durable-objects/memory-ports.ts';

const TRADES = 'https://data.test/v2/trades?user=a';
const BOOKS = 'https://data.test/books';

let ports: MemoryPorts;
let budget: HostBudget;
/** The requests that left, in order; each with what says how it ended. */
let left: { readonly path: string; readonly pass: Pass }[];
let refused: string[];

beforeEach(() => {
  ports = new MemoryPorts();
  budget = new HostBudget({ nowMs: ports.nowMs, after: ports.timers.after, random: () => 0.5 });
  left = [];
  refused = [];
});

function ask(address = TRADES, count = 1): void {
  const url = new URL(address);
  for (let made = 0; made < count; made += 1)
    budget.enter(url).then(
      (pass) => void left.push({ path: url.pathname, pass }),
      (error: Error) => void refused.push(error.message),
    );
}

/** The request of that number has ended. */
async function answered(at: number, status = 200, retryAfterMs?: number): Promise<void> {
  left[at]!.pass.answered(status, retryAfterMs);
  await ports.settle();
}

describe('a host', () => {
  it('is asked for 90 % of what a route takes in ten seconds', async () => {
    ask(TRADES, 300);
    await ports.settle();
    expect(left).toHaveLength(180);
    await ports.advance(9_999);
    expect(left).toHaveLength(180);
    await ports.advance(1);
    expect([left.length, refused]).toEqual([300, []]);
  });

  it('is asked by those who go first once there is room, in the order in which they came', async () => {
    ask('https://data.test/other', 900);
    ask(TRADES);
    ask('https://data.test/v2/resolutions');
    ask(BOOKS);
    ask('https://data.test/v2/positions');
    ask(BOOKS);
    await ports.settle();
    expect(left).toHaveLength(900);
    await ports.advance(10_000);
    expect(left.slice(900).map((one) => one.path)).toEqual([
      '/books',
      '/books',
      '/v2/resolutions',
      '/v2/trades',
      '/v2/positions',
    ]);
  });

  it('refuses who would wait for longer than ten seconds', async () => {
    ask(TRADES, 500);
    await ports.advance(10_000);
    expect([left.length, refused.length]).toEqual([360, 140]);
    expect(refused[0]).toBe('data.test: not asked, its limit of requests is reached');
  });

  it('does not count towards another one', async () => {
    ask(TRADES, 180);
    ask('https://other.test/v2/trades', 180);
    await ports.settle();
    expect(left).toHaveLength(360);
  });
});

describe('a refusal', () => {
  it('of one service, a 503, lets nobody ask that, and all else as before', async () => {
    ask(TRADES, 2);
    await ports.settle();
    await answered(0, 503);
    ask(TRADES);
    ask(BOOKS);
    await ports.settle();
    expect([left.length, refused.length]).toEqual([3, 1]);
    await ports.advance(2_200);
    ask(TRADES, 2);
    ask(BOOKS);
    await ports.settle();
    expect(left).toHaveLength(5);
    await answered(3);
    expect(left).toHaveLength(6);
  });

  it.each([
    [429, undefined, 2_200],
    [429, 30_000, 33_000],
    [429, 500, 2_200],
  ])('%s with a wait of %s lets nobody ask for %s ms', async (status, retryAfterMs, pauseMs) => {
    ask(TRADES, 2);
    await ports.settle();
    await answered(0, status, retryAfterMs);
    ask(BOOKS);
    await ports.settle();
    expect([budget.pausedMs(new URL(TRADES)), left.length, refused.length]).toEqual([pauseMs, 2, 1]);
    await ports.advance(pauseMs);
    ask(BOOKS);
    await ports.settle();
    expect(left).toHaveLength(3);
  });

  it('of a request that left before the pause prolongs it only where it says so', async () => {
    ask(TRADES, 3);
    await ports.settle();
    await ports.advance(10);
    await answered(0, 429);
    await answered(1, 429);
    expect(budget.pausedMs(new URL(TRADES))).toBe(2_200);
    await answered(2, 429, 60_000);
    expect(budget.pausedMs(new URL(TRADES))).toBe(60_000);
  });

  it('is followed by one request at a time until one is answered, and by longer pauses', async () => {
    ask();
    await ports.settle();
    const pauses: number[] = [];
    for (let at = 0; at < 6; at += 1) {
      await answered(at, 429);
      pauses.push(budget.pausedMs(new URL(TRADES)));
      await ports.advance(pauses.at(-1)!);
      ask(TRADES, 2);
      await ports.settle();
      expect(left).toHaveLength(at + 2);
    }
    expect(pauses).toEqual([2_200, 4_400, 8_800, 17_600, 22_000, 22_000]);
    await answered(6);
    expect(left).toHaveLength(8);
  });

  it('goes on with the next where the one request fails on the way', async () => {
    ask();
    await ports.settle();
    await answered(0, 429);
    await ports.advance(2_200);
    ask(TRADES, 2);
    await ports.settle();
    left[1]!.pass.failed();
    await ports.settle();
    expect(left).toHaveLength(3);
  });

  it('halves what may be asked, which grows back by a tenth each five seconds', async () => {
    ask();
    await ports.settle();
    await answered(0, 429);
    await ports.advance(20_000);
    ask();
    await ports.settle();
    await answered(1);
    ask(TRADES, 300);
    await ports.settle();
    expect(left).toHaveLength(2 + 89);
    await ports.advance(10_000);
    expect(left).toHaveLength(2 + 89 + 126);
    await ports.advance(60_000);
    left = [];
    ask(TRADES, 300);
    await ports.settle();
    expect(left).toHaveLength(180);
  });

  it('is counted, with the end of the pause', async () => {
    expect(budget.status()).toEqual({ refused: 0, pausedUntilMs: null });
    ask();
    await ports.settle();
    await answered(0, 429);
    expect(budget.status()).toEqual({ refused: 1, pausedUntilMs: ports.atMs + 2_200 });
  });
});

describe('a read for others', () => {
  it('is sent on within the budget, which answers itself while the venue has to be left alone', async () => {
    const answers = [new Response('', { status: 429, headers: { 'retry-after': '7' } })];
    const read = fetchWithin(budget, {
      fetch: async () => answers.shift() ?? Response.json('fine'),
      nowMs: ports.nowMs,
    });
    expect((await read(TRADES)).status).toBe(429);
    const mine = await read(TRADES);
    expect([mine.status, mine.headers.get('retry-after')]).toEqual([429, '8']);
    await ports.advance(8_000);
    expect(await (await read(TRADES)).json()).toBe('fine');
  });
});
