/** The job of pending copies, when LeaderFeed hangs, fails or has no book: no copy holds another up, and each ends in time. */
import { beforeEach, expect, it } from 'vitest';
import type { CopyIntent } from '../../../../domain/decide/decision-facts.ts';
import type { Quote } from '../../../../durable-objects/rpc.ts';
import { PendingEnds, PendingExits } from '../../../../durable-objects/wallet/paper/pending-ends.ts';
import { BOOK_MS_MAX, PendingFills } from '../../../../durable-objects/wallet/paper/pending-fills.ts';
import { Pause } from '../../../../durable-objects/wallet/pause.ts';
import { at, exampleFacts, levels, NOW, sh } from '../../../domain/decide/example-facts.ts';
import { attempt } from '../../../ledger/records.ts';
import { MemoryPorts } from '../../memory-ports.ts';
import { cashEntry, exampleIntent, type WalletStores, walletStores } from '../stores.ts';
import { type PaperParts, paperParts } from './paper-parts.ts';

let stores: WalletStores;
let parts: PaperParts;
let fills: PendingFills;
let asked: { tokenId: string; sinceMs?: number }[];
let answers: (tokenId: string) => Promise<Quote>;
let runs: number[];

beforeEach(() => {
  stores = walletStores('PAPER', new MemoryPorts(NOW));
  parts = paperParts(stores);
  const { ports, book } = stores;
  asked = [];
  runs = [];
  answers = async () => quote();
  open();
  book.bookEntry(cashEntry('DEPOSIT', '1000'), undefined);
  ports.clearOutbox();
});

/** The job of a new instance. */
function open(): void {
  const { ports, kv } = stores;
  const switches = { state: () => 'ON' as const, loweredAtMs: () => 0 };
  const exits = new PendingExits(parts.owed, switches, parts.funds, parts.waits);
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
const reasons = (): unknown[] =>
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

it('says of what an earlier instance left too long ago that it was found late', () => {
  pending('a', {}, NOW - BOOK_MS_MAX - 1);
  open();
  fills.run();
  expect([reasons(), asked]).toEqual([[['a', 'PAPER_FOUND_LATE']], []]);
});
