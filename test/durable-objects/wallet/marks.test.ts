/** Marks of what is held, and the end of markets: what is booked, on which Wallet, and what leaves for D1 when. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { TradingMode } from '../../../domain/ids.ts';
import type { LiveFillRecord } from '../../../domain/records/live-records.ts';
import { NO_LEADER } from '../../../domain/records/sentinels.ts';
import { MINUTE_MS } from '../../../domain/time.ts';
import type { TokenState } from '../../../durable-objects/rpc.ts';
import { ExitWaits } from '../../../durable-objects/wallet/exits/exit-waits.ts';
import { UnsettledShares } from '../../../durable-objects/wallet/live/unsettled-shares.ts';
import { WalletMarks } from '../../../durable-objects/wallet/marks.ts';
import { at, CONDITION, LEADER, sh, TOKEN, usd } from '../../domain/decide/example-facts.ts';
import { liveFill } from '../../ledger/records.ts';
import { START_MS } from '../memory-ports.ts';
import {
  cashEntry,
  held,
  ORDER_ID,
  OTHER_LEADER,
  OTHER_TOKEN,
  purchase,
  storedOrder,
  tokenState,
  type WalletStores,
  walletStores,
} from './stores.ts';

let stores: WalletStores;
let marks: WalletMarks;

function begin(mode: TradingMode): void {
  stores = walletStores(mode);
  const { book, kv, ports, orders } = stores;
  const unsettled = new UnsettledShares(orders, new ExitWaits(ports.storage));
  marks = new WalletMarks(mode, book, kv, ports.nowMs, mode === 'LIVE' ? unsettled : null);
  book.bookEntry(cashEntry('DEPOSIT', '100'), undefined);
  book.bookEntry(purchase(), held('10', '5'));
  book.bookEntry(purchase({ refId: 'copy:2', leaderAddress: OTHER_LEADER }), held('10', '5'));
  ports.clearOutbox();
}

beforeEach(() => begin('PAPER'));

const state = (part: Partial<TokenState> = {}): TokenState => tokenState('0.6', part);
const bidOf = (bid: string): TokenState => tokenState(bid);

const shown = (): unknown[] =>
  stores.book.valued().map((one) => [one.shareMicros, one.markPriceMicros, one.realisedMicros]);

describe('a mark from the feed', () => {
  it('is set with its time on every position of the token', () => {
    marks.take([state(), state({ tokenId: OTHER_TOKEN })]);
    expect(stores.book.open().map((one) => [one.markPriceMicros, one.markedAtMs])).toEqual([
      [at('0.6'), START_MS - 1],
      [at('0.6'), START_MS - 1],
    ]);
    expect(stores.ports.outboxed()).toEqual([]);
  });

  it('that is not known leaves the last one', () => {
    marks.take([state()]);
    marks.take([state({ top: null })]);
    expect(stores.book.open().map((one) => one.markPriceMicros)).toEqual([at('0.6'), at('0.6')]);
  });
});

describe('the rule of a mark (A49)', () => {
  const stored = () => {
    const { mark, bidPriceMicros, ended } = stores.book.position(LEADER, TOKEN)!;
    return [mark?.priceMicros, mark?.rule, mark?.good, mark?.atMs, bidPriceMicros, ended];
  };
  const top = (bid: string | null, ask: string | null, asOfMs = START_MS - 1) => ({
    bidPriceMicros: bid === null ? null : at(bid),
    askPriceMicros: ask === null ? null : at(ask),
    asOfMs,
  });

  it('is stored with it, and the bid beside it', () => {
    marks.take([state({ top: top('0.48', '0.52'), ended: true })]);
    expect(stored()).toEqual([at('0.5'), 'MID', true, START_MS - 1, at('0.48'), true]);
    const lastTrade = { priceMicros: at('0.6'), atMs: START_MS - MINUTE_MS };
    marks.take([state({ top: top('0.3', '0.7'), lastTrade })]);
    expect(stored()).toEqual([at('0.6'), 'LAST_TRADE', true, START_MS - 1, at('0.3'), false]);
  });

  it('values a lone ask of 99 cents at the last good mark, whose age stays', () => {
    marks.take([state({ top: top('0.01', '0.02', START_MS - 9) })]);
    marks.take([state({ top: top('0.001', '0.999') })]);
    expect(stored().slice(0, 3)).toEqual([at('0.001'), 'BID', false]);
    marks.take([state({ top: top(null, '0.99') })]);
    expect(stored()).toEqual([at('0.015'), 'STALE', false, START_MS - 9, 0n, false]);
  });

  it('values what nobody bids for and never had a good mark at nothing', () => {
    marks.take([state({ top: top(null, '0.99') })]);
    expect(stored()).toEqual([0n, 'NO_BID', false, START_MS - 1, 0n, false]);
  });

  it('of an unchanged price is confirmed without a new revision', () => {
    marks.take([state({ top: top('0.48', '0.52') })]);
    const before = stores.book.position(LEADER, TOKEN)!.revision;
    marks.take([state({ top: top('0.48', '0.52', START_MS + 5) })]);
    const { mark, revision } = stores.book.position(LEADER, TOKEN)!;
    expect([mark?.atMs, revision]).toEqual([START_MS + 5, before]);
  });
});

describe('a payout', () => {
  it('burns the shares of every holder on paper and books the cash with them, whatever mark comes beside it', () => {
    marks.take([state({ payoutPriceMicros: at('1') })]);
    expect(shown()).toEqual([
      [0n, null, usd('5')],
      [0n, null, usd('5')],
    ]);
    expect(stores.book.cash()).toBe(usd('110'));
    const [entry] = stores.ports.outboxedOf('ledger');
    expect(entry).toEqual({
      kind: 'ledger',
      mode: 'PAPER',
      portfolioScope: 'EXEC_GLOBAL',
      refId: `settle:${LEADER}:${TOKEN}:n1`,
      entryType: 'SETTLEMENT',
      leaderAddress: LEADER,
      conditionId: CONDITION,
      tokenId: TOKEN,
      shareDeltaMicros: sh('-10'),
      cashDeltaMicros: usd('10'),
      priceMicros: at('1'),
      bookedAtMs: START_MS,
    });
    expect(stores.ports.outboxedOf('position').map((one) => [one.leaderAddress, one.shareMicros])).toEqual([
      [LEADER, 0n],
      [OTHER_LEADER, 0n],
    ]);
  });

  it('of nothing books the loss', () => {
    marks.take([state({ payoutPriceMicros: at('0'), top: null })]);
    expect([shown()[0], stores.book.cash()]).toEqual([[0n, null, usd('-5')], usd('90')]);
  });

  it('that comes again changes nothing', () => {
    marks.take([state({ payoutPriceMicros: at('1') })]);
    stores.ports.clearOutbox();
    marks.take([state({ payoutPriceMicros: at('1') })]);
    expect([stores.ports.outboxed(), stores.book.cash()]).toEqual([[], usd('110')]);
  });

  it('settles a position that was opened again afterwards once more', () => {
    marks.take([state({ payoutPriceMicros: at('1') })]);
    stores.book.bookEntry(purchase({ refId: 'copy:3' }), held('10', '5', '5'));
    marks.take([state({ payoutPriceMicros: at('1') })]);
    expect(stores.book.open()).toEqual([]);
    expect(stores.ports.outboxedOf('ledger').at(-1)?.refId).toBe(`settle:${LEADER}:${TOKEN}:n2`);
  });

  it('leaves other tokens alone', () => {
    stores.book.bookEntry(purchase({ refId: 'copy:3', tokenId: OTHER_TOKEN }), held('10', '5'));
    marks.take([state({ payoutPriceMicros: at('1') })]);
    expect(stores.book.open().map((one) => one.tokenId)).toEqual([OTHER_TOKEN]);
  });

  it('is the mark of live shares, which stay until they are redeemed', () => {
    begin('LIVE');
    marks.take([state({ payoutPriceMicros: at('1') })]);
    expect(shown()).toEqual([
      [sh('10'), at('1'), 0n],
      [sh('10'), at('1'), 0n],
    ]);
    expect([stores.ports.outboxed(), stores.book.cash()]).toEqual([[], usd('90')]);
  });
});

describe('worthless shares of the live Wallet (A52)', () => {
  beforeEach(() => begin('LIVE'));
  const lost = () => marks.take([state({ payoutPriceMicros: at('0') })]);

  it('are booked as a loss without cash, which the win rate counts', () => {
    lost();
    expect([shown(), stores.book.cash()]).toEqual([
      [
        [0n, null, usd('-5')],
        [0n, null, usd('-5')],
      ],
      usd('90'),
    ]);
    expect(stores.ports.outboxedOf('ledger')[0]).toMatchObject({
      mode: 'LIVE',
      entryType: 'SETTLEMENT',
      shareDeltaMicros: sh('-10'),
      cashDeltaMicros: 0n,
      priceMicros: 0n,
    });
    stores.stats.publish(START_MS);
    const whole = stores.ports.outboxedOf('copyStats').find((one) => one.leaderAddress === NO_LEADER);
    expect(whole).toMatchObject({ wins: 0, losses: 2 });
    stores.ports.clearOutbox();
    lost();
    expect(stores.ports.outboxed()).toEqual([]);
  });

  it('stay while an order or a fill may still change how many there are, valued at nothing', () => {
    stores.orders.add(storedOrder());
    lost();
    expect(shown()[0]).toEqual([sh('10'), 0n, 0n]);
    stores.orders.put(
      { ...stores.orders.open()[0]!, record: { ...storedOrder().record, state: 'CANCELED' } },
      false,
    );
    const fill = { ...liveFill(), tokenId: TOKEN, orderId: ORDER_ID } as LiveFillRecord;
    stores.orders.putFill({ record: { ...fill, state: 'MATCHED' }, parts: [] });
    lost();
    expect(shown()[0]).toEqual([sh('10'), 0n, 0n]);
    stores.orders.putFill({ record: { ...fill, state: 'CONFIRMED' }, parts: [] });
    lost();
    expect(shown()[0]).toEqual([0n, null, usd('-5')]);
  });

  it('are no sale of shares that the ledger is short of', () => {
    const sale = { shareDeltaMicros: sh('-12'), cashDeltaMicros: usd('6') };
    stores.book.bookEntry(purchase({ ...sale, refId: 'copy:3' }), held('-2', '0', '1'));
    lost();
    expect(shown()[0]).toEqual([sh('-2'), null, usd('1')]);
  });
});

describe('marks leave for D1', () => {
  const sent = (): unknown[] => {
    const rows = stores.ports.outboxedOf('position').map((one) => [one.leaderAddress, one.markPriceMicros]);
    stores.ports.clearOutbox();
    return rows;
  };
  const both = (priceText: string): unknown[] => [
    [LEADER, at(priceText)],
    [OTHER_LEADER, at(priceText)],
  ];

  it('every five minutes when they moved', () => {
    marks.take([state()]);
    marks.publish();
    expect(sent()).toEqual(both('0.6'));
    marks.take([bidOf('0.7')]);
    stores.ports.atMs += 5 * MINUTE_MS - 1;
    marks.publish();
    expect(sent()).toEqual([]);
    stores.ports.atMs += 1;
    marks.publish();
    expect(sent()).toEqual(both('0.7'));
    stores.ports.atMs += 5 * MINUTE_MS;
    marks.publish();
    expect(sent()).toEqual([]);
  });

  it('that moved in five minutes at whose start nothing had moved wait for the next five', () => {
    marks.take([state()]);
    marks.publish();
    stores.ports.atMs += 5 * MINUTE_MS;
    marks.publish();
    sent();
    marks.take([bidOf('0.7')]);
    stores.ports.atMs += MINUTE_MS;
    marks.publish();
    expect(sent()).toEqual([]);
    stores.ports.atMs += 4 * MINUTE_MS;
    marks.publish();
    expect(sent()).toEqual(both('0.7'));
  });

  it('that moved while only another position was sent at once are still due after five minutes', () => {
    marks.take([state()]);
    marks.publish();
    sent();
    stores.book.bookEntry(purchase({ refId: 'copy:3', tokenId: OTHER_TOKEN }), held('10', '5'));
    marks.take([bidOf('0.7'), tokenState('0.3', { tokenId: OTHER_TOKEN })]);
    stores.ports.atMs += MINUTE_MS;
    marks.publish();
    expect(sent()).toEqual([[LEADER, at('0.3')]]);
    stores.ports.atMs += 5 * MINUTE_MS;
    marks.publish();
    expect(sent()).toEqual(both('0.7'));
  });

  it('at once for a position whose mark D1 has never had, and once', () => {
    marks.take([state()]);
    marks.publish();
    sent();
    stores.book.bookEntry(purchase({ refId: 'copy:3', tokenId: OTHER_TOKEN }), held('10', '5'));
    marks.publish();
    expect(sent()).toEqual([]);
    marks.take([tokenState('0.3', { tokenId: OTHER_TOKEN })]);
    stores.ports.atMs += MINUTE_MS;
    marks.publish();
    expect(sent()).toEqual([[LEADER, at('0.3')]]);
    marks.publish();
    expect(sent()).toEqual([]);
  });

  it('after five minutes also for a position without a mark', () => {
    marks.publish();
    expect(sent()).toEqual([
      [LEADER, null],
      [OTHER_LEADER, null],
    ]);
  });

  it('at once for a position that was closed and opened again', () => {
    marks.take([state()]);
    marks.publish();
    const sale = { shareDeltaMicros: sh('-10'), cashDeltaMicros: usd('6') };
    stores.book.bookEntry(purchase({ ...sale, refId: 'copy:3' }), held('0', '0', '1'));
    stores.ports.atMs += 5 * MINUTE_MS;
    marks.publish();
    stores.book.bookEntry(purchase({ refId: 'copy:4' }), held('10', '5', '1'));
    sent();
    marks.publish();
    expect(sent()).toEqual([[LEADER, at('0.6')]]);
  });
});
