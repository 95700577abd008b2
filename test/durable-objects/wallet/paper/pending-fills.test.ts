/** The job of pending copies, when LeaderFeed hangs, fails or has no book: no copy holds another up, and each ends in time. */
import { beforeEach, describe, expect, it } from 'vitest';
import { InvariantError } from '../../../../domain/assert.ts';
import type { CopyIntent } from '../../../../domain/decide/decision-facts.ts';
import type { Quote } from '../../../../durable-objects/rpc.ts';
import { RecentCopies } from '../../../../durable-objects/wallet/health/recent-copies.ts';
import { PendingEnds, PendingExits } from '../../../../durable-objects/wallet/paper/pending-ends.ts';
import { BOOK_MS_MAX, PendingFills } from '../../../../durable-objects/wallet/paper/pending-fills.ts';
import { Pause } from '../../../../durable-objects/wallet/pause.ts';
import { at, exampleFacts, levels, NOW, sh } from '../../../domain/decide/example-facts.ts';
import { attempt } from '../../../ledger/records.ts';
import { MemoryPorts } from '../../memory-ports.ts';
import { cashEntry, exampleIntent, held, purchase, type WalletStores, walletStores } from '../stores.ts';
import { type PaperParts, paperParts } from './paper-parts.ts';

let stores: WalletStores;
let parts: PaperParts;
let fills: PendingFills;
let asked: { tokenId: string; sinceMs?: number }[];
let answers: (tokenId: string) => Promise<Quote>;
let runs: number[];
let recent: RecentCopies;

beforeEach(() => {
  stores = walletStores('PAPER', new MemoryPorts(NOW));
  parts = paperParts(stores);
  const { ports, book } = stores;
  asked = [];
  runs = [];
  recent = new RecentCopies(stores.kv);
  answers = async () => quote();
  open();
  book.bookEntry(cashEntry('DEPOSIT', '1000'), undefined);
  ports.clearOutbox();
});

/** The job of a new instance. */
function open(): void {
  const { ports, kv } = stores;
  const switches = { state: () => 'ON' as const, loweredAtMs: () => 0 };
  const exits = new PendingExits(parts.owed, switches, parts.funds, parts.waits, recent);
  const ends = new PendingEnds(
    ports,
    parts.pending,
    parts.booking,
    parts.attempts,
    exits,
    new Pause(kv, ports.log),
  );
  const feed = {
    freshQuote: (request: { tokenId: string; sinceMs?: number }) => {
      asked.push(request);
      return answers(request.tokenId);
    },
  };
  fills = new PendingFills(ports, feed, parts.pending, ends, parts.sales, (atMs) => void runs.push(atMs));
}

function quote(change: { readonly book?: null; readonly acceptingOrders?: boolean } = {}): Quote {
  const { book, market } = exampleFacts({
    book: change.book === null ? null : { asks: levels('0.50x1000'), bids: levels('0.48x1000') },
    market: { acceptingOrders: change.acceptingOrders ?? true },
  });
  return { book, market };
}

function pending(key: string, part: Partial<CopyIntent> = {}, dueAtMs = NOW): void {
  const intent = exampleIntent({ ...part, idempotencyKey: key as CopyIntent['idempotencyKey'] });
  const plan = { side: 'BUY' as const, limitPriceMicros: at('0.5'), shareMicros: sh('10') };
  parts.pending.add({ intent, plan, fee: null, decidedAtMs: NOW - 150, dueAtMs });
  parts.attempts.keep(attempt({ idempotencyKey: key, reasons: ['PAPER_PENDING'], filledShareMicros: 0n }));
}

/** All promises that can go on have gone on. */
const answered = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
const reasons = (): string[][] =>
  stores.ports.outboxedOf('attempt').map((row) => [row.idempotencyKey, ...row.reasons]);
const keys = (): string[] => parts.pending.list().map(({ intent }) => intent.idempotencyKey);

it('asks once for the copies of a token, for the latest of their due times', async () => {
  pending('a', {}, NOW - 200);
  pending('b', {}, NOW - 100);
  pending('c', {}, NOW + 100);
  fills.run();
  await answered();
  expect(asked).toMatchObject([{ sinceMs: NOW - 100 }]);
  expect([keys(), reasons()]).toEqual([['c'], [['a'], ['b']]]);
  expect(runs).toContain(NOW + 100);
});

it('asks at once for a copy that became due while the book was read', async () => {
  const slow = Promise.withResolvers<Quote>();
  answers = () => slow.promise;
  pending('a');
  pending('b', {}, NOW + 20);
  fills.run();
  await stores.ports.advance(60);
  slow.resolve(quote());
  await answered();
  expect([keys(), runs.at(-1)]).toEqual([['b'], NOW + 60]);
});

it('asks once while the book of a token is on its way, and at once for what became due beside one without a book', async () => {
  const slow = Promise.withResolvers<Quote>();
  answers = () => slow.promise;
  pending('a');
  fills.run();
  fills.run();
  expect(asked).toHaveLength(1);
  pending('b', {}, NOW + 20);
  await stores.ports.advance(60);
  slow.resolve(quote({ book: null }));
  await answered();
  expect([keys(), runs.at(-1)]).toEqual([['a', 'b'], NOW + 60]);
});

it('asks again shortly where there was no book, and ends the copy after its time', async () => {
  answers = async () => quote({ book: null });
  pending('a');
  fills.run();
  await answered();
  expect([keys(), runs.at(-1)]).toEqual([['a'], NOW + 500]);
  await stores.ports.advance(BOOK_MS_MAX);
  fills.run();
  expect(keys()).toEqual(['a']);
  await stores.ports.advance(1);
  fills.run();
  expect([keys(), reasons()]).toEqual([[], [['a', 'PAPER_NO_BOOK']]]);
});

it('does the same where LeaderFeed fails, or never answers, and asks anew for the next copy', async () => {
  for (const [key, answer] of [
    ['fails', () => Promise.reject(new Error('no answer'))],
    ['hangs', () => new Promise<never>(() => {})],
  ] as const) {
    answers = answer;
    pending(key, {}, stores.ports.nowMs());
    fills.run();
    await stores.ports.advance(BOOK_MS_MAX + 1);
    fills.run();
    expect(keys()).toEqual([]);
  }
  expect(reasons()).toEqual([
    ['fails', 'PAPER_NO_BOOK'],
    ['hangs', 'PAPER_NO_BOOK'],
  ]);
  answers = async () => quote();
  pending('next', {}, stores.ports.nowMs());
  fills.run();
  await answered();
  expect(reasons().at(-1)).toEqual(['next']);
});

it('ends the copy at once where the market takes no orders any more', async () => {
  answers = async () => quote({ acceptingOrders: false });
  pending('a');
  fills.run();
  await answered();
  expect(reasons()).toEqual([['a', 'MARKET_NOT_ACCEPTING']]);
});

it('counts what ended without a book, or was found late, as not copied for a reason of ours (A60)', async () => {
  answers = async () => quote({ book: null });
  pending('late', {}, NOW - BOOK_MS_MAX - 1);
  pending('bookless');
  pending('by hand', { side: 'SELL', sourceType: 'CLOSE' });
  fills.run();
  await answered();
  await stores.ports.advance(BOOK_MS_MAX + 1);
  fills.run();
  expect(keys()).toEqual([]);
  expect(recent.status(stores.ports.nowMs())).toMatchObject({
    skippedByUs: 2,
    commonestReason: 'PAPER_NO_BOOK',
  });
  // The operator's switch and the market are no reasons of ours.
  pending('off', {}, stores.ports.nowMs());
  fills.cancelAll();
  answers = async () => quote({ acceptingOrders: false });
  pending('closed', {}, stores.ports.nowMs());
  fills.run();
  await answered();
  expect([keys(), recent.status(stores.ports.nowMs()).skippedByUs]).toEqual([[], 2]);
});

it('says of what an earlier instance left too long ago that it was found late', () => {
  pending('a', {}, NOW - BOOK_MS_MAX - 1);
  open();
  fills.run();
  expect([reasons(), asked]).toEqual([[['a', 'PAPER_FOUND_LATE']], []]);
});

describe('a sale that waited for a purchase', () => {
  /** What is pending when each waiting sale is decided. */
  let decided: (readonly [sale: string, pending: readonly string[]])[];

  function waiting(key: string, ...later: readonly string[]): void {
    const named = (one: string) => one as CopyIntent['idempotencyKey'];
    parts.waits.add(exampleIntent({ side: 'SELL', idempotencyKey: named(key) }), NOW - 100);
    for (const one of later) parts.waits.purchased(exampleIntent({ idempotencyKey: named(one) }), sh('0'));
  }

  beforeEach(() => {
    decided = [];
    parts.sales.attach({
      decideAgain: async ({ idempotencyKey }) => {
        decided.push([idempotencyKey, keys()]);
        await Promise.resolve();
        parts.waits.done(idempotencyKey);
      },
    });
  });

  it('that is canceled late is decided before a later purchase of the same fills, and at once without one', async () => {
    pending('late', {}, NOW - BOOK_MS_MAX - 1);
    waiting('sale', 'next');
    pending('next');
    fills.run();
    expect(parts.due).toContainEqual(['sales', NOW]);
    await answered();
    expect([decided, keys()]).toEqual([[['sale', ['next']]], []]);
  });

  it('is decided before a later purchase fills also while the job of sales is at it', async () => {
    const slow = Promise.withResolvers<void>();
    parts.sales.attach({
      decideAgain: async ({ idempotencyKey }) => {
        await slow.promise;
        decided.push([idempotencyKey, keys()]);
        parts.waits.done(idempotencyKey);
      },
    });
    waiting('sale', 'next');
    pending('next');
    const job = parts.sales.run();
    fills.run();
    await answered();
    expect(keys()).toEqual(['next']);
    slow.resolve();
    await job;
    await answered();
    expect([decided, keys()]).toEqual([[['sale', ['next']]], []]);
  });
});

describe('a copy that cannot be canceled for a bug of ours', () => {
  /** Runs the job as often as it asks for in this time; how often the Wallet paused itself. */
  async function pausesIn(ms: number): Promise<number> {
    const endMs = stores.ports.nowMs() + ms;
    const before = stores.ports.logs.length;
    for (fills.run(); ; fills.run()) {
      await answered();
      const next = Math.max(stores.ports.nowMs() + 1, Math.min(...runs));
      if (next > endMs) break;
      runs.length = 0;
      stores.ports.atMs = next;
    }
    return stores.ports.logs.slice(before).filter(({ message }) => message.includes('pauses')).length;
  }

  beforeEach(() => {
    stores.book.bookEntry(purchase(), held('10', '5'));
    parts.owed.orderMoved = () => {
      throw new InvariantError('a bug');
    };
    pending('bad', { side: 'SELL' }, NOW - BOOK_MS_MAX - 1);
  });

  it('is tried again after a growing pause, and ends with its own reason once it can', async () => {
    fills.run();
    expect([keys(), runs.at(-1)]).toEqual([['bad'], NOW + 500]);
    expect(await pausesIn(60_000)).toBeLessThan(8);
    open();
    Reflect.deleteProperty(parts.owed, 'orderMoved');
    fills.run();
    expect([keys(), reasons()]).toEqual([[], [['bad', 'PAPER_FOUND_LATE']]]);
  });

  it('is not tried again once all is canceled', () => {
    fills.run();
    Reflect.deleteProperty(parts.owed, 'orderMoved');
    fills.cancelAll();
    runs.length = 0;
    fills.run();
    expect([keys(), runs]).toEqual([[], []]);
  });

  it('holds no other copy up', async () => {
    fills.run();
    pending('good');
    fills.run();
    await answered();
    expect([keys(), reasons()]).toEqual([['bad'], [['good']]]);
  });
});

it('forgets what it asked for once all is canceled', async () => {
  answers = async () => quote({ book: null });
  pending('a');
  fills.run();
  await answered();
  fills.cancelAll();
  pending('a', {}, NOW - BOOK_MS_MAX - 1);
  fills.run();
  expect(reasons().map(([, reason]) => reason)).toEqual(['ENGINE_PAUSED', 'PAPER_FOUND_LATE']);
});
