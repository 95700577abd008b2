/** The paper executor: walks the book as a taker, one fill a level, and books them as one entry. */
import { beforeEach, describe, expect, it } from 'vitest';
import { defaultSettings } from '../../../../domain/settings/settings.ts';
import type { Execution } from '../../../../durable-objects/wallet/executor.ts';
import { OwedExits } from '../../../../durable-objects/wallet/exits/owed-exits.ts';
import { PaperExecutor } from '../../../../durable-objects/wallet/paper/paper-executor.ts';
import { TakenLiquidity } from '../../../../durable-objects/wallet/paper/taken-liquidity.ts';
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
import {
  cashEntry,
  exampleIntent,
  held,
  OTHER_LEADER,
  purchase,
  type WalletStores,
  walletStores,
} from '../stores.ts';

const INTENT = exampleIntent();
/** Seven percent of p × (1 − p). */
const FEE = { ratePpm: 70_000n, exponent: 1 };
/** Ten shares at $0.50, thirty at $0.52. */
const TWO_LEVELS: Change = { book: { asks: levels('0.50x10 0.52x30') } };

let stores: WalletStores;
let taken: TakenLiquidity;
let executor: PaperExecutor;
let owed: OwedExits;

beforeEach(() => {
  stores = walletStores('PAPER');
  taken = new TakenLiquidity(stores.ports.storage);
  owed = new OwedExits(stores.ports.storage, stores.ports.nowMs, () => {});
  executor = new PaperExecutor(stores.book, stores.outbox, taken, owed);
  stores.book.bookEntry(cashEntry('DEPOSIT', '1000'), undefined);
  stores.ports.clearOutbox();
});

/** Executes a plan for these shares up to this price; only the plan of the decision counts. */
function execute(size: string, limit: string, change: Change = {}): Execution {
  const facts = exampleFacts(change);
  const decided = decideExample();
  if (decided.kind !== 'EXECUTE') throw new Error('the example is executed');
  const plan = { side: facts.intent.side, limitPriceMicros: at(limit), shareMicros: sh(size) };
  const decision = { ...decided, plan };
  return executor.execute({
    facts,
    decision,
    settings: defaultSettings('PAPER'),
    prepared: null,
    waited: false,
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
      start: null,
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
    expect(taken.levels({ tokenId: TOKEN, side: 'BUY', otherTokenId: undefined }, NOW)).toEqual([
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

describe('on paper', () => {
  it('all cash and all shares of the leader are free, and nothing waits', () => {
    stores.book.bookEntry(purchase(), held('10', '5'));
    expect([executor.freeCash(), executor.sellable(INTENT)]).toEqual([usd('995'), sh('10')]);
    expect(executor.sellable(exampleIntent({ leaderAddress: OTHER_LEADER }))).toBe(0n);
    expect([executor.own(INTENT), executor.owed(INTENT, sh('10')), executor.isReady()]).toEqual([
      sh('10'),
      0n,
      true,
    ]);
    owed.add(exampleIntent({ side: 'SELL' }), sh('4'), 'BOOK_STALE');
    expect([executor.own(INTENT), executor.owed(INTENT, sh('10'))]).toEqual([sh('10'), sh('4')]);
    expect(executor.reserved()).toEqual({ total: 0n, market: 0n, leader: 0n });
    expect([executor.gate(), executor.venueExposure(), executor.awaits(), 'prepare' in executor]).toEqual([
      null,
      null,
      false,
      false,
    ]);
  });
});
