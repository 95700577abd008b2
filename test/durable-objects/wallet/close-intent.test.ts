/** The operator's own sale of a position, as an intent: all of it, at the best bid of now, once per command. */
import { expect, it } from 'vitest';
import { idempotencyKey } from '../../../domain/ids.ts';
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
const COMMAND: CloseCommand = { leaderAddress: LEADER, tokenId: TOKEN, commandId: 'c-1' };

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

it('sells all shares at the best bid', async () => {
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
      ourNotionalMicros: usd('4.8'),
      leaderExposureMicros: null,
      carriedShareMicros: 0n,
      leaderExited: true,
      exitOnly: false,
      waitedMs: 0,
      presetReason: null,
    },
  });
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
