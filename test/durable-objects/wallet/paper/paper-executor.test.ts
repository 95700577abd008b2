/** The paper executor: walks the book as a taker, one fill a level, and books them as one entry. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Execution } from '../../../../durable-objects/wallet/executor.ts';
import {
  at,
  type Change,
  CONDITION,
  decideExample,
  exampleFacts,
  LEADER,
  levels,
  NOW,
  sh,
  TOKEN,
  usd,
} from '../../../domain/decide/example-facts.ts';
import { earlierSettings } from '../../../domain/settings/earlier-settings.ts';
import {
  cashEntry,
  exampleIntent,
  held,
  OTHER_LEADER,
  purchase,
  type WalletStores,
  walletStores,
} from '../stores.ts';
import { type PaperParts, paperParts } from './paper-parts.ts';

const INTENT = exampleIntent();
/** Seven percent of p × (1 − p). */
const FEE = { ratePpm: 70_000n, exponent: 1 };
/** Ten shares at $0.50, thirty at $0.52. */
const TWO_LEVELS: Change = { book: { asks: levels('0.50x10 0.52x30') } };

let stores: WalletStores;
let parts: PaperParts;

beforeEach(() => {
  stores = walletStores('PAPER');
  parts = paperParts(stores);
  stores.book.bookEntry(cashEntry('DEPOSIT', '1000'), undefined);
  stores.ports.clearOutbox();
});

/** Executes a plan for these shares up to this price; only the plan of the decision counts. Nothing is waited for unless said. */
function execute(
  size: string,
  limit: string,
  change: Change = {},
  more: { readonly paperSubmitMs?: number | null; readonly waited?: boolean } = {},
): Execution {
  const facts = exampleFacts(change);
  const decided = decideExample();
  if (decided.kind !== 'EXECUTE') throw new Error('the example is executed');
  const plan = { side: facts.intent.side, limitPriceMicros: at(limit), shareMicros: sh(size) };
  const decision = { ...decided, plan };
  return parts.executor.execute({
    facts,
    decision,
    settings: { ...earlierSettings('PAPER'), paperSubmitMs: more.paperSubmitMs ?? 0 },
    waited: more.waited ?? false,
  });
}

describe('a purchase on paper', () => {
  it('takes each level up to its limit and its size, and books the sum as one entry', () => {
    const done = execute('25', '0.52', TWO_LEVELS);
    expect(done).toEqual({
      kind: 'done',
      filled: { shareMicros: sh('25'), notionalMicros: usd('12.8'), feeMicros: 0n },
      soldShareMicros: 0n,
      reasons: [],
      post: null,
    });
    expect(stores.book.position(LEADER, TOKEN)).toMatchObject(held('25', '12.8'));
    expect(stores.book.cash()).toBe(usd('987.2'));
    const [first, second, entry] = stores.ports.outboxed();
    expect(first).toEqual({
      kind: 'copyFill',
      mode: 'PAPER',
      fillKey: `${INTENT.idempotencyKey}:0`,
      groupKey: INTENT.groupKey,
      leaderAddress: LEADER,
      tokenId: TOKEN,
      side: 'BUY',
      shareMicros: sh('10'),
      priceMicros: at('0.50'),
      notionalMicros: usd('5'),
      feeMicros: 0n,
      filledAtMs: NOW,
    });
    expect(second).toMatchObject({ fillKey: `${INTENT.idempotencyKey}:1`, shareMicros: sh('15') });
    expect(entry).toEqual({
      kind: 'ledger',
      mode: 'PAPER',
      portfolioScope: 'EXEC_GLOBAL',
      refId: `copy:${INTENT.idempotencyKey}`,
      entryType: 'TRADE_FILL',
      leaderAddress: LEADER,
      conditionId: CONDITION,
      tokenId: TOKEN,
      shareDeltaMicros: sh('25'),
      cashDeltaMicros: usd('-12.8'),
      priceMicros: at('0.512'),
      bookedAtMs: NOW,
    });
  });

  it('never goes beyond its limit', () => {
    expect(execute('25', '0.51', TWO_LEVELS)).toMatchObject({ filled: { shareMicros: sh('10') } });
  });

  it('pays the fee on top', () => {
    const done = execute('10', '0.50', { ...TWO_LEVELS, market: { fee: FEE } });
    expect(done).toMatchObject({ filled: { notionalMicros: usd('5'), feeMicros: usd('0.175') } });
    expect(stores.book.position(LEADER, TOKEN)).toMatchObject(held('10', '5.175'));
    expect(stores.book.cash()).toBe(usd('994.825'));
  });

  it('adds to what is held', () => {
    stores.book.bookEntry(purchase(), held('10', '5'));
    execute('10', '0.50', TWO_LEVELS);
    expect(stores.book.position(LEADER, TOKEN)).toMatchObject(held('20', '10'));
  });

  it('takes its levels out of the book for the next copy', () => {
    execute('25', '0.52', TWO_LEVELS);
    expect(parts.taken.levels({ tokenId: TOKEN, side: 'BUY', otherTokenId: undefined }, NOW)).toEqual([
      { priceMicros: at('0.50'), shareMicros: sh('10') },
      { priceMicros: at('0.52'), shareMicros: sh('15') },
    ]);
  });

  it('is refused without a book', () => {
    expect(execute('10', '0.50', { book: null })).toEqual({ kind: 'refused', reason: 'BOOK_UNAVAILABLE' });
    expect(stores.ports.outboxed()).toEqual([]);
  });

  it('knows no fee where the market is not known', () => {
    expect(execute('10', '0.50', { market: null })).toMatchObject({ filled: { feeMicros: 0n } });
  });
});

describe('a sale on paper', () => {
  it('receives its price less the fee, and realises its gain', () => {
    stores.book.bookEntry(purchase(), held('10', '4'));
    stores.ports.clearOutbox();
    const sale: Change = {
      intent: { side: 'SELL' },
      book: { bids: levels('0.50x100') },
      market: { fee: FEE },
    };
    expect(execute('5', '0.50', sale)).toMatchObject({ soldShareMicros: sh('5') });
    expect(stores.book.position(LEADER, TOKEN)).toMatchObject(held('5', '2', '0.4125'));
    expect(stores.book.cash()).toBe(usd('997.4125'));
    expect(stores.ports.outboxedOf('ledger')[0]).toMatchObject({
      shareDeltaMicros: sh('-5'),
      cashDeltaMicros: usd('2.4125'),
      priceMicros: at('0.50'),
    });
  });
});

describe('a copy that waits', () => {
  it.each([
    [150, 0, 150],
    [0, 3_000, 3_000],
    [40, 250, 290],
  ])(
    'for %d ms in a market that delays by %d is due after %d, and books nothing yet',
    (ms, delayMs, waitMs) => {
      const change = { ...TWO_LEVELS, market: { fee: FEE, takerDelayMs: delayMs } };
      expect(execute('25', '0.52', change, { paperSubmitMs: ms })).toEqual({
        kind: 'done',
        filled: { shareMicros: 0n, notionalMicros: 0n, feeMicros: 0n },
        soldShareMicros: 0n,
        reasons: ['PAPER_PENDING'],
        dueAtMs: NOW + waitMs,
        post: null,
      });
      expect(parts.due).toEqual([['pending', NOW + waitMs]]);
      expect(parts.pending.list()).toMatchObject([{ fee: FEE, decidedAtMs: NOW, dueAtMs: NOW + waitMs }]);
      expect([stores.ports.outboxed(), stores.book.cash()]).toEqual([[], usd('1000')]);
    },
  );

  it('of a sale reserves its shares', () => {
    stores.book.bookEntry(purchase(), held('10', '4'));
    const sale: Change = { intent: { side: 'SELL' }, book: { bids: levels('0.50x100') } };
    expect(execute('6', '0.50', sale, { paperSubmitMs: 150 })).toMatchObject({ soldShareMicros: sh('6') });
    expect(parts.funds.sellable(INTENT)).toBe(sh('4'));
  });

  it('makes a sale of the same wait for it, once', () => {
    execute('10', '0.50', TWO_LEVELS, { paperSubmitMs: 150 });
    stores.book.bookEntry(purchase(), held('10', '4'));
    const idempotencyKey = 'sale' as typeof INTENT.idempotencyKey;
    const sale: Change = { intent: { side: 'SELL', idempotencyKey }, book: { bids: levels('0.50x100') } };
    expect(execute('6', '0.50', sale)).toEqual({ kind: 'wait' });
    expect(execute('6', '0.50', sale, { waited: true })).toMatchObject({
      kind: 'done',
      soldShareMicros: sh('6'),
    });
  });
});

it('makes an exit wait for an earlier one of the same that waits, and sells nothing of what was bought between (A44)', () => {
  stores.book.bookEntry(purchase(), held('10', '4'));
  const keyed = (key: string, change: Change = {}): Change => ({
    ...change,
    intent: { side: 'SELL', idempotencyKey: key as typeof INTENT.idempotencyKey, ...change.intent },
    book: { bids: levels('0.50x100') },
  });
  const earlier = exampleIntent({ side: 'SELL', idempotencyKey: 'earlier' as typeof INTENT.idempotencyKey });
  parts.waits.add(earlier, NOW);
  parts.waits.purchased(INTENT, sh('3'));
  expect(execute('6', '0.50', keyed('later'))).toEqual({ kind: 'wait' });
  expect(execute('6', '0.50', keyed('by hand', { intent: { sourceType: 'CLOSE' } })).kind).toBe('done');
  expect([parts.executor.boughtLater(earlier), parts.executor.boughtLater(INTENT)]).toEqual([sh('3'), 0n]);
});

describe('on paper', () => {
  it('all cash and all shares of the leader are free, and nothing waits', () => {
    stores.book.bookEntry(purchase(), held('10', '5'));
    const { executor, funds, owed } = parts;
    expect([funds.freeCash(), funds.sellable(INTENT)]).toEqual([usd('995'), sh('10')]);
    expect(funds.sellable(exampleIntent({ leaderAddress: OTHER_LEADER }))).toBe(0n);
    expect([funds.own(INTENT), funds.owed(INTENT, sh('10')), executor.isReady(INTENT)]).toEqual([
      sh('10'),
      0n,
      true,
    ]);
    owed.add(exampleIntent({ side: 'SELL' }), sh('4'), 'BOOK_STALE');
    expect([funds.own(INTENT), funds.owed(INTENT, sh('10'))]).toEqual([sh('10'), sh('4')]);
    expect(funds.reserved(INTENT)).toEqual({ total: 0n, market: 0n, leader: 0n });
    expect([executor.gate(), funds.venueExposure(), executor.awaits(INTENT), 'prepare' in executor]).toEqual([
      null,
      null,
      false,
      false,
    ]);
  });
});
