/** The operator's own sale of a position, as an intent: all of it, at the best bid of now, once per command. */
import { expect, it } from 'vitest';
import { idempotencyKey } from '../../../domain/ids.ts';
import type { ShareMicros } from '../../../domain/money.ts';
import type { CloseCommand, FeedPort, Quote } from '../../../durable-objects/rpc.ts';
import { closeKeys, closing } from '../../../durable-objects/wallet/close-intent.ts';
import {
  at,
  CONDITION,
  exampleFacts,
  LEADER,
  levels,
  sh,
  TOKEN,
  usd,
} from '../../domain/decide/example-facts.ts';
import { START_MS } from '../memory-ports.ts';
import { cashEntry, held, OTHER_LEADER, OTHER_TOKEN, purchase, walletStores } from './stores.ts';

const { book: BOOK, market } = exampleFacts();
const COMMAND: CloseCommand = { leaderAddress: LEADER, tokenId: TOKEN, commandId: 'c-1', shareMicros: null };

/** Ten shares are held; the feed answers with these bids, or with no book. */
function closingWith(bids: string | null, command: CloseCommand = COMMAND, left = '10') {
  const { book, ports } = walletStores('LIVE');
  book.bookEntry(cashEntry('DEPOSIT', '100'), undefined);
  book.bookEntry(purchase(), held('10', '5'));
  if (left !== '10') {
    const sale = { refId: 'copy:2', shareDeltaMicros: sh('-10'), cashDeltaMicros: usd('5') };
    book.bookEntry(purchase(sale), held('0', '0'));
  }
  const quote: Quote = { market, book: bids === null ? null : { ...BOOK!, bids: levels(bids) } };
  const asked: unknown[] = [];
  const feed: FeedPort = {
    freshQuote: async (request) => {
      asked.push(request);
      return quote;
    },
    tokenStates: async () => [],
  };
  return closing(command, { book, feed, ports }).then((result) => ({ result, quote, asked }));
}

it('sells all shares at the best bid unless some are named', async () => {
  const { result, quote, asked } = await closingWith('0.48x5 0.47x100');
  expect(asked).toEqual([{ tokenId: TOKEN, conditionId: CONDITION }]);
  expect(result).toEqual({
    kind: 'intent',
    quote,
    intent: {
      ...closeKeys(COMMAND),
      leaderAddress: LEADER,
      tokenId: TOKEN,
      conditionId: CONDITION,
      side: 'SELL',
      sourceType: 'CLOSE',
      fillCount: 0,
      leaderNotionalMicros: usd('4.8'),
      leaderShareMicros: sh('10'),
      referencePriceMicros: at('0.48'),
      leaderEventAtMs: START_MS,
      detectedAtMs: START_MS,
      newest: null,
      ourNotionalMicros: null,
      leaderExposureMicros: null,
      leaderExited: true,
      exit: { kind: 'SHARES', shareMicros: sh('10') },
      exitOnly: false,
      waitedMs: 0,
      presetReason: null,
    },
  });
});

it('sells the shares that are named, and says whether that is all', async () => {
  const sale = async (shareMicros: ShareMicros) => {
    const { result } = await closingWith('0.48x5', { ...COMMAND, shareMicros });
    if (result.kind === 'refused') throw new Error(result.reason);
    const { exit, leaderShareMicros, leaderNotionalMicros, leaderExited } = result.intent;
    return { exit, leaderShareMicros, leaderNotionalMicros, leaderExited };
  };
  const all = {
    exit: { kind: 'SHARES', shareMicros: sh('10') },
    leaderShareMicros: sh('10'),
    leaderNotionalMicros: usd('4.8'),
    leaderExited: true,
  };
  expect(await sale(sh('4'))).toEqual({
    exit: { kind: 'SHARES', shareMicros: sh('4') },
    leaderShareMicros: sh('4'),
    leaderNotionalMicros: usd('1.92'),
    leaderExited: false,
  });
  expect(await sale(sh('10'))).toEqual(all);
});

it.each([sh('10.01'), sh('0'), sh('-1')])('refuses to sell %s micro-shares of ten', async (shareMicros) => {
  const { result, asked } = await closingWith('0.48x5', { ...COMMAND, shareMicros });
  expect(result).toEqual({ kind: 'refused', about: 'shares', reason: 'only 10 are held' });
  expect(asked).toEqual([]);
});

it('is refused when the best bid is below what the operator was shown', async () => {
  const shown = async (bid: string) => {
    const { result } = await closingWith('0.48x5', { ...COMMAND, bidPriceMicrosMin: at(bid) });
    return result.kind === 'refused' ? [result.about, result.reason] : result.kind;
  };
  expect(await shown('0.48')).toBe('intent');
  expect(await shown('0.480001')).toEqual(['price', 'the best bid has fallen to $0.48']);
});

it.each([
  ['there is no such position', { ...COMMAND, leaderAddress: OTHER_LEADER }, '10'],
  ['all of it is sold already', COMMAND, '0'],
])('is refused when %s, without a question to the feed', async (_why, command, left) => {
  const { result, asked } = await closingWith('0.48x5', command, left);
  expect(result).toMatchObject({ kind: 'refused', reason: expect.stringContaining('no such position') });
  expect(asked).toEqual([]);
});

it.each([[''], [null]])('is refused when there is no bid (%j)', async (bids) => {
  const { result } = await closingWith(bids);
  expect(result).toMatchObject({ kind: 'refused', reason: expect.stringContaining('bid') });
});

it('has a key of its own per command and position', () => {
  const keys = [
    COMMAND,
    { ...COMMAND, commandId: 'c-2' },
    { ...COMMAND, tokenId: OTHER_TOKEN },
    { ...COMMAND, leaderAddress: OTHER_LEADER },
  ].map((command) => closeKeys(command).idempotencyKey);
  expect(new Set(keys).size).toBe(4);
  // The key of a sale by this leader, as every other intent is keyed.
  const { groupKey } = closeKeys(COMMAND);
  const sale = idempotencyKey({ leaderAddress: LEADER, tokenId: TOKEN, side: 'SELL', groupKey });
  expect(closeKeys(COMMAND).idempotencyKey).toBe(sale);
});

it('is refused when the feed gives no price in time', async () => {
  const { book, ports } = walletStores('LIVE');
  book.bookEntry(cashEntry('DEPOSIT', '100'), undefined);
  book.bookEntry(purchase(), held('10', '5'));
  const feed: FeedPort = { freshQuote: () => new Promise(() => {}), tokenStates: async () => [] };
  const result = closing(COMMAND, { book, feed, ports });
  await ports.advance(5_000);
  expect(await result).toMatchObject({
    kind: 'refused',
    about: 'price',
    reason: expect.stringContaining('try again'),
  });
});
