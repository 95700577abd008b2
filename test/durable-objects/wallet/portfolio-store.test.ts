/** The portfolio of one Wallet: entries booked once, cash and shares together, answers and hourly PnL for as long as needed. */
import { beforeEach, describe, expect, it } from 'vitest';
import { InvariantError } from '../../../domain/assert.ts';
import type { TradingMode } from '../../../domain/ids.ts';
import { cash, SAFE_MICROS_MAX } from '../../../domain/money.ts';
import { EMPTY_POSITION } from '../../../domain/portfolio/portfolio.ts';
import { DAY_MS, HOUR_MS } from '../../../domain/time.ts';
import { at, CONDITION, LEADER, sh, TOKEN, usd } from '../../domain/decide/example-facts.ts';
import { MemoryPorts, START_MS } from '../memory-ports.ts';
import {
  cashEntry,
  held,
  marking,
  OTHER_LEADER,
  OTHER_TOKEN,
  purchase,
  type WalletStores,
  walletStores,
} from './stores.ts';

let stores: WalletStores;

function funded(mode: TradingMode = 'PAPER', amount = '100'): WalletStores {
  const made = walletStores(mode);
  made.book.bookEntry(cashEntry('DEPOSIT', amount), undefined);
  made.ports.clearOutbox();
  return made;
}

beforeEach(() => {
  stores = funded();
});

it('a table of a release before A49 gets the columns of marks, and keeps its rows', () => {
  const ports = new MemoryPorts();
  ports.storage.rows(
    `CREATE TABLE position (
       leader TEXT NOT NULL, token TEXT NOT NULL, condition TEXT NOT NULL, shares INTEGER NOT NULL, cost INTEGER NOT NULL,
       realised INTEGER NOT NULL, mark INTEGER, marked_at INTEGER NOT NULL, revision INTEGER NOT NULL,
       PRIMARY KEY (leader, token)) STRICT, WITHOUT ROWID`,
  );
  ports.storage.rows(
    'INSERT INTO position VALUES (?, ?, ?, 10000000, 5000000, 0, 600000, 5, 3)',
    LEADER,
    TOKEN,
    CONDITION,
  );
  const { book } = walletStores('PAPER', ports);
  expect(book.open()).toMatchObject([{ ...held('10', '5'), mark: { rule: 'STALE' }, revision: 3 }]);
  book.mark(TOKEN, marking(at('0.7'), START_MS));
  const restarted = walletStores('PAPER', ports.restarted());
  expect(restarted.book.position(LEADER, TOKEN)).toMatchObject({ markPriceMicros: at('0.7'), revision: 4 });
});

it('that cannot be read is no empty portfolio: the next reading fails as well, until it can be read', () => {
  stores.book.bookEntry(purchase(), held('10', '5'));
  const { ports } = stores;
  const readable = CONDITION;
  ports.storage.rows('UPDATE position SET condition = ?', 'damaged');
  const { book } = walletStores('PAPER', ports.restarted());
  expect(() => book.open()).toThrow();
  expect(() => book.open()).toThrow();
  ports.storage.rows('UPDATE position SET condition = ?', readable);
  expect(book.open()).toHaveLength(1);
});

describe('a ledger entry', () => {
  it('moves cash and shares together, and leaves for D1', () => {
    expect(stores.book.bookEntry(purchase(), held('10', '5'))).toBe(true);
    expect(stores.book.cash()).toBe(usd('95'));
    expect(stores.book.position(LEADER, TOKEN)).toEqual({
      leaderAddress: LEADER,
      tokenId: TOKEN,
      conditionId: CONDITION,
      ...held('10', '5'),
      markPriceMicros: null,
      mark: null,
      bidPriceMicros: null,
      ended: false,
      markedAtMs: 0,
      revision: 1,
    });
    expect(stores.ports.outboxed()).toEqual([purchase()]);
  });

  it('that comes again changes nothing', () => {
    stores.book.bookEntry(purchase(), held('10', '5'));
    expect(stores.book.bookEntry(purchase(), held('10', '5'))).toBe(false);
    expect(stores.book.cash()).toBe(usd('95'));
    expect(stores.book.position(LEADER, TOKEN)).toMatchObject({ ...held('10', '5'), revision: 1 });
    expect(stores.ports.outboxed()).toHaveLength(1);
  });

  it.each([
    ['other shares', { shareDeltaMicros: sh('11') }],
    ['other cash', { cashDeltaMicros: usd('-4') }],
  ])('that comes again with %s is a bug of ours', (_what, change) => {
    stores.book.bookEntry(purchase(), held('10', '5'));
    expect(() => stores.book.bookEntry(purchase(change), held('10', '5'))).toThrow(InvariantError);
  });

  it('of another type may have the same reference', () => {
    stores.book.bookEntry(purchase(), held('10', '5'));
    const undo = purchase({ entryType: 'REVERSAL', shareDeltaMicros: sh('-10'), cashDeltaMicros: usd('5') });
    expect(stores.book.bookEntry(undo, EMPTY_POSITION)).toBe(true);
    expect(stores.book.cash()).toBe(usd('100'));
  });

  it('may spend the last cent on paper, and no more', () => {
    const all = purchase({ cashDeltaMicros: usd('-100') });
    const more = purchase({ refId: 'copy:2', cashDeltaMicros: usd('-100.000001') });
    expect(() => stores.book.bookEntry(more, held('10', '100'))).toThrow(InvariantError);
    expect([stores.book.cash(), stores.ports.outboxed()]).toEqual([usd('100'), []]);
    expect(stores.book.bookEntry(all, held('10', '100'))).toBe(true);
    expect(stores.book.cash()).toBe(0n);
  });

  it('may leave less than nothing live, where the venue has already done it', () => {
    stores = funded('LIVE');
    expect(stores.book.bookEntry(purchase({ cashDeltaMicros: usd('-101') }), held('10', '101'))).toBe(true);
    expect(stores.book.cash()).toBe(usd('-1'));
  });

  it('must move the position by exactly its shares', () => {
    stores.book.bookEntry(purchase(), held('10', '5'));
    const second = purchase({ refId: 'copy:2' });
    expect(() => stores.book.bookEntry(second, held('10', '5'))).toThrow(InvariantError);
  });

  it('leaves nothing behind when its transaction is rolled back', () => {
    stores.ports.refusesStatement = (query) => query.startsWith('INSERT INTO outbox');
    const { storage } = stores.ports;
    expect(() => storage.transaction(() => stores.book.bookEntry(purchase(), held('10', '5')))).toThrow();
    stores.ports.refusesStatement = undefined;
    expect(stores.book.cash()).toBe(usd('100'));
    expect(stores.book.valued()).toEqual([]);
    expect(stores.book.bookEntry(purchase(), held('10', '5'))).toBe(true);
  });

  it('is refused when it is larger than what SQLite keeps exactly', () => {
    stores = funded('LIVE');
    const edge = cashEntry('DEPOSIT', '1', 'edge');
    stores.book.bookEntry({ ...edge, cashDeltaMicros: cash(SAFE_MICROS_MAX) }, undefined);
    stores.book.bookEntry({ ...edge, refId: 'low', cashDeltaMicros: cash(-SAFE_MICROS_MAX) }, undefined);
    for (const cashDeltaMicros of [SAFE_MICROS_MAX + 1n, -SAFE_MICROS_MAX - 1n].map(cash))
      expect(() => stores.book.bookEntry({ ...edge, refId: 'far', cashDeltaMicros }, undefined)).toThrow(
        InvariantError,
      );
  });

  it('counts its win on the day that the caller names, else on its own', () => {
    const sale = { shareDeltaMicros: sh('-10'), cashDeltaMicros: usd('6') };
    stores.book.bookEntry(purchase(), held('10', '5'));
    stores.book.bookEntry(purchase({ ...sale, refId: 'copy:2' }), held('0', '0', '1'));
    stores.book.bookEntry(purchase({ refId: 'copy:3' }), held('10', '5', '1'));
    const late = purchase({ ...sale, refId: 'copy:4' });
    stores.book.bookEntry(late, held('0', '0', '2'), START_MS - DAY_MS);
    stores.stats.publish(START_MS);
    const wins = stores.ports
      .outboxedOf('copyStats')
      .filter((row) => row.leaderAddress === LEADER && row.dayAtMs !== 0)
      .map((row) => [START_MS - row.dayAtMs < DAY_MS ? 'today' : 'the day before', row.wins]);
    expect(wins).toEqual([
      ['today', 1],
      ['the day before', 1],
    ]);
  });
});

describe('what came from outside', () => {
  it.each([
    ['DEPOSIT', '7', '107'],
    ['WITHDRAWAL', '-7', '93'],
    ['EXTERNAL_FLOW', '7', '107'],
    ['OPENING', '7', '107'],
    ['EXTERNAL_CONVERSION', '7', '100'],
    ['SETTLEMENT', '7', '100'],
  ] as const)('%s of %s leaves flows of %s', (entryType, amount, flows) => {
    stores.book.bookEntry(cashEntry(entryType, amount), undefined);
    expect(stores.book.flows()).toBe(usd(flows));
  });

  it('holds the positions that an account opened with at their cost', () => {
    const opening = purchase({ entryType: 'OPENING', cashDeltaMicros: cash(0n) });
    stores.book.bookEntry(opening, held('10', '4'));
    expect([stores.book.flows(), stores.book.cash()]).toEqual([usd('104'), usd('100')]);
  });

  it('is nothing in a Wallet that has not begun', () => {
    const { book } = walletStores('PAPER');
    expect([book.cash(), book.flows()]).toEqual([0n, 0n]);
  });
});

describe('positions', () => {
  it('are open while they hold shares, and remembered afterwards', () => {
    stores.book.bookEntry(purchase(), held('10', '5'));
    stores.book.bookEntry(purchase({ refId: 'copy:2', tokenId: OTHER_TOKEN }), held('10', '5'));
    const sale = purchase({ refId: 'copy:3', shareDeltaMicros: sh('-10'), cashDeltaMicros: usd('6') });
    stores.book.bookEntry(sale, held('0', '0', '1'));
    expect(stores.book.open().map((one) => one.tokenId)).toEqual([OTHER_TOKEN]);
    expect(stores.book.position(LEADER, TOKEN)).toMatchObject({ revision: 2, realisedMicros: usd('1') });
    expect(stores.book.valued().map((one) => [one.shareMicros, one.realisedMicros])).toEqual([
      [sh('10'), 0n],
      [0n, usd('1')],
    ]);
  });

  it('that closed count once in what the leader realised: also reopened, rolled back, and from a release without the sums', () => {
    const { storage } = stores.ports;
    const closed = () => stores.book.valued().filter((one) => one.shareMicros === 0n);
    const deal = (ref: string, shares: string, after: ReturnType<typeof held>) =>
      stores.book.bookEntry(
        purchase({ refId: ref, shareDeltaMicros: sh(shares), cashDeltaMicros: usd('0') }),
        after,
      );
    deal('buy', '10', held('10', '5'));
    deal('sell', '-10', held('0', '0', '3'));
    expect(closed()).toMatchObject([{ leaderAddress: LEADER, realisedMicros: usd('3') }]);
    deal('again', '10', held('10', '5', '3'));
    expect(closed()).toMatchObject([{ realisedMicros: usd('0') }]);
    expect(() =>
      storage.transaction(() => {
        deal('sell again', '-10', held('0', '0', '4'));
        throw new Error('undone');
      }),
    ).toThrow('undone');
    expect(closed()).toMatchObject([{ realisedMicros: usd('0') }]);
    deal('sell again', '-10', held('0', '0', '4'));
    storage.rows('DROP TABLE closed_sum');
    stores = walletStores('PAPER', stores.ports);
    expect(closed()).toMatchObject([{ leaderAddress: LEADER, realisedMicros: usd('4') }]);
  });

  it('are never short on paper, and may be live', () => {
    const sale = purchase({ shareDeltaMicros: sh('-1'), cashDeltaMicros: usd('1') });
    expect(() => stores.book.bookEntry(sale, held('-1', '0'))).toThrow('CHECK');
    stores = funded('LIVE');
    stores.book.bookEntry(sale, held('-1', '0'));
    expect(stores.book.open().map((one) => one.shareMicros)).toEqual([sh('-1')]);
  });

  it('leave for D1 as they are now, and not when there is none', () => {
    stores.book.bookEntry(purchase(), held('10', '5'));
    stores.book.mark(TOKEN, marking(at('0.6'), START_MS + 1));
    stores.ports.clearOutbox();
    stores.book.publishPosition(LEADER, TOKEN);
    stores.book.publishPosition(LEADER, OTHER_TOKEN);
    expect(stores.ports.outboxed()).toEqual([
      {
        kind: 'position',
        mode: 'PAPER',
        leaderAddress: LEADER,
        tokenId: TOKEN,
        conditionId: CONDITION,
        ...held('10', '5'),
        markPriceMicros: at('0.6'),
        markRule: 'MID',
        markedAtMs: START_MS + 1,
        revision: 2,
      },
    ]);
  });
});

describe('a mark', () => {
  const marks = (): unknown[] =>
    stores.book.open().map((one) => [one.markPriceMicros, one.markedAtMs, one.revision]);

  beforeEach(() => {
    stores.book.bookEntry(purchase(), held('10', '5'));
    stores.book.bookEntry(purchase({ refId: 'copy:2', leaderAddress: OTHER_LEADER }), held('10', '5'));
  });

  it('is set for every leader who holds the token, and for no other token', () => {
    stores.book.bookEntry(purchase({ refId: 'copy:3', tokenId: OTHER_TOKEN }), held('10', '5'));
    stores.book.mark(TOKEN, marking(at('0.6'), START_MS));
    expect(marks()).toEqual([
      [at('0.6'), START_MS, 2],
      [null, 0, 1],
      [at('0.6'), START_MS, 2],
    ]);
  });

  it('that did not move is confirmed: its time moves, its revision does not', () => {
    stores.book.mark(TOKEN, marking(at('0.6'), START_MS));
    stores.book.mark(TOKEN, marking(at('0.6'), START_MS + 1));
    expect(marks()[0]).toEqual([at('0.6'), START_MS + 1, 2]);
    stores.book.mark(TOKEN, marking(at('0.7'), START_MS + 2));
    expect(marks()[0]).toEqual([at('0.7'), START_MS + 2, 3]);
  });

  it('of a minute writes one row, however many positions there are, and is found again after a restart', () => {
    const writes: string[] = [];
    stores.ports.refusesStatement = (query) => {
      if (/^(INSERT|UPDATE)/.test(query)) writes.push(query);
      return false;
    };
    const minute = (priceText: string, atMs: number): void =>
      stores.book.markAll([[TOKEN, marking(at(priceText), atMs)]]);
    for (const [priceText, atMs] of [
      ['0.6', START_MS],
      ['0.7', START_MS + 1],
      ['0.7', START_MS + 2],
    ] as const)
      minute(priceText, atMs);
    expect(writes).toHaveLength(3);
    const before = marks();
    expect(before).toEqual([
      [at('0.7'), START_MS + 2, 3],
      [at('0.7'), START_MS + 2, 3],
    ]);
    stores = walletStores('PAPER', stores.ports.restarted());
    expect(marks()).toEqual(before);
    expect(stores.book.lastGoodMark(TOKEN)).toEqual({ priceMicros: at('0.7'), atMs: START_MS + 2 });
  });

  it('of a copy writes only the positions in its token whose price, rule or bid has moved', () => {
    stores.book.bookEntry(purchase({ refId: 'copy:3', tokenId: OTHER_TOKEN }), held('10', '5'));
    stores.book.mark(TOKEN, marking(at('0.6'), START_MS));
    const writes: string[] = [];
    stores.ports.refusesStatement = (query) => {
      if (query.startsWith('UPDATE')) writes.push(query);
      return false;
    };
    stores.book.mark(TOKEN, marking(at('0.6'), START_MS + 1));
    expect(writes).toHaveLength(0);
    stores.book.mark(TOKEN, marking(at('0.7'), START_MS + 2));
    expect(writes).toHaveLength(2);
  });

  it('of a minute is not overtaken by an older one that stands in the row, and a later one in the row counts', () => {
    stores.book.mark(TOKEN, marking(at('0.6'), START_MS));
    stores.book.markAll([[TOKEN, marking(at('0.7'), START_MS + 1)]]);
    stores.book.mark(TOKEN, marking(at('0.8'), START_MS + 2));
    stores = walletStores('PAPER', stores.ports.restarted());
    expect(marks()[0]).toEqual([at('0.8'), START_MS + 2, 4]);
    stores.book.markAll([[TOKEN, marking(at('0.9'), START_MS + 3)]]);
    // The row of a purchase takes the mark along.
    stores.book.bookEntry(purchase({ refId: 'copy:4' }), held('20', '10'));
    stores = walletStores('PAPER', stores.ports.restarted());
    expect(marks()[0]).toEqual([at('0.9'), START_MS + 3, 6]);
  });

  it('of a minute is taken back with its transaction', () => {
    stores.book.mark(TOKEN, marking(at('0.6'), START_MS));
    expect(() =>
      stores.ports.storage.transaction(() => {
        stores.book.markAll([[TOKEN, marking(at('0.7'), START_MS + 1)]]);
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(marks()[0]).toEqual([at('0.6'), START_MS, 2]);
  });

  it('is not set where nothing is held any more', () => {
    const sale = { shareDeltaMicros: sh('-10'), cashDeltaMicros: usd('6') };
    stores.book.bookEntry(purchase({ ...sale, refId: 'copy:3' }), held('0', '0', '1'));
    stores.book.mark(TOKEN, marking(at('0.6'), START_MS));
    const { markPriceMicros, markedAtMs, revision } = stores.book.position(LEADER, TOKEN)!;
    expect([markPriceMicros, markedAtMs, revision]).toEqual([null, 0, 2]);
  });

  it('stays when more is bought', () => {
    stores.book.mark(TOKEN, marking(at('0.6'), START_MS));
    stores.book.bookEntry(purchase({ refId: 'copy:3' }), held('20', '10'));
    expect(stores.book.position(LEADER, TOKEN)).toMatchObject({
      ...held('20', '10'),
      markPriceMicros: at('0.6'),
      revision: 3,
    });
  });
});

describe('the answer of an attempt', () => {
  it('is found again by its key, and by no other', () => {
    stores.book.putAttempt('key', START_MS, '{"a":1}');
    expect([stores.book.attemptResult('key'), stores.book.attemptResult('other')]).toEqual([
      '{"a":1}',
      undefined,
    ]);
  });

  it('is stored once, and replaced only where an attempt is decided again', () => {
    stores.book.putAttempt('key', START_MS, '1');
    expect(() => stores.book.putAttempt('key', START_MS, '2')).toThrow('UNIQUE');
    stores.book.putAttempt('other', START_MS, '3');
    stores.book.replaceAttempt('key', '4');
    expect([stores.book.attemptResult('key'), stores.book.attemptResult('other')]).toEqual(['4', '3']);
  });

  it('is kept for seven days', () => {
    stores.book.putAttempt('older', START_MS - 7 * DAY_MS - 1, '1');
    stores.book.putAttempt('kept', START_MS - 7 * DAY_MS, '2');
    stores.book.prune(START_MS);
    expect([stores.book.attemptResult('older'), stores.book.attemptResult('kept')]).toEqual([undefined, '2']);
  });
});

describe('the PnL at a time (A50)', () => {
  const put = (atMs: number, pnl: string): void => stores.book.putPnl(atMs, usd(pnl));
  const known = (atMs: number): bigint | undefined => stores.book.pnlAt(atMs);

  it('is that of the last valuation at or before it', () => {
    put(START_MS - 2 * HOUR_MS, '9');
    put(START_MS - 1, '1');
    put(START_MS, '2');
    put(START_MS + 1, '3');
    put(START_MS + 2, '4');
    expect([known(START_MS - HOUR_MS), known(START_MS), known(START_MS + HOUR_MS)]).toEqual([
      usd('9'),
      usd('2'),
      usd('4'),
    ]);
    expect(known(START_MS + HOUR_MS - 1)).toBe(usd('2'));
  });

  it('is the first of a younger Wallet, and unknown before there is one', () => {
    expect(known(START_MS)).toBeUndefined();
    put(START_MS + 5, '-1');
    put(START_MS + 6, '-2');
    expect([known(START_MS - DAY_MS), known(START_MS), known(START_MS + HOUR_MS)]).toEqual([
      usd('-1'),
      usd('-1'),
      usd('-2'),
    ]);
  });

  it('is kept for nine days, and the last one before that however old it is', () => {
    put(START_MS - 30 * DAY_MS, '1');
    put(START_MS - 20 * DAY_MS, '2');
    put(START_MS, '3');
    expect([known(START_MS - 25 * DAY_MS), known(START_MS - HOUR_MS)]).toEqual([usd('2'), usd('2')]);
    put(START_MS + 9 * DAY_MS, '4');
    expect([known(0), known(START_MS + DAY_MS)]).toEqual([usd('3'), usd('3')]);
  });
});
