/** What is stored of balance and positions, and how they differ from the ledger. */
import { beforeEach, describe, expect, it } from 'vitest';
import { at, CONDITION, exampleFacts, sh, TOKEN, usd } from '../../../../domain/decide/example-facts.ts';
import { START_MS } from '../../../memory-ports.ts';
import { cashEntry, fillReport, held, purchase, storedOrder, tokenState } from '../../stores.ts';
import { type LiveRoom, liveRoom, type RoomOptions } from '../live-room.ts';

let room: LiveRoom;

beforeEach(() => open());

function open(options: RoomOptions = {}): void {
  room = liveRoom(options);
}

describe('the comparison with the ledger', () => {
  const position = { token_id: TOKEN, condition_id: CONDITION, size: '4', avg_price: '0.25' };

  it('stores balance and positions, and a difference of each', async () => {
    room.pages.positions = [position];
    await room.ledger.look();
    expect(room.state.collateral()).toEqual({ balanceMicros: usd('1000'), atMs: START_MS });
    expect(room.differences.list().map((one) => [one.subject, one.ledgerMicros, one.venueMicros])).toEqual([
      ['CASH', 0n, usd('1000')],
      ['POSITION', 0n, sh('4')],
    ]);
    expect(room.holdings.venueExposure()).toBe(usd('1'));
    expect(room.holdings.tokensOf(CONDITION)).toEqual([TOKEN]);
    expect(room.holdings.tokensOf('another')).toEqual([]);
  });

  it('asks the venue to read the chain again only when cash differs', async () => {
    let asked = 0;
    room.api.refreshCollateral = async () => {
      asked += 1;
      throw new Error('silence');
    };
    await room.ledger.look();
    expect(asked).toBe(1);
    expect(room.ports.logs).toMatchObject([{ message: 'the balance could not be refreshed' }]);
    room.book.bookEntry({ ...cashEntry('DEPOSIT', '1000'), mode: 'LIVE' }, undefined);
    await room.ledger.look();
    expect(asked).toBe(1);
  });

  it('is not made without credentials, of another account, or before the opening', async () => {
    let reads = 0;
    for (const change of [
      () => room.connection.disconnect(),
      () => room.state.setOpened({ startMs: START_MS, funder: 'another', trades: [] }),
      () => open({ unopened: true }),
    ]) {
      open();
      change();
      room.api.fetchCollateral = async () => {
        reads += 1;
        return { balanceMicros: usd('0'), allowanceMicros: {} };
      };
      await room.ledger.look();
    }
    expect(reads).toBe(0);
  });

  it('that fails is logged', async () => {
    room.api.fetchCollateral = () => Promise.reject(new Error('silence'));
    await room.ledger.look();
    expect(room.ports.logs).toMatchObject([{ message: 'the balance and positions could not be read' }]);
  });

  it('keeps the positions of before when the list was not read whole', async () => {
    room.pages.positions = [position];
    await room.ledger.look();
    room.pages.positions = [{ token_id: 'x' }];
    await room.ledger.look();
    expect(room.differences.venuePositions()).toHaveLength(1);
    expect(room.differences.list().map((one) => one.subject)).toContain('POSITION');
  });

  it('takes the CLOB’s own balance where the list differs from the ledger', async () => {
    room.book.bookEntry(purchase({ mode: 'LIVE' }), held('10', '5'));
    room.quotes.set(TOKEN, { book: null, market: exampleFacts().market });
    const asked: unknown[] = [];
    room.api.fetchShares = async (tokenId, version) => {
      asked.push([tokenId, version]);
      return { balanceMicros: usd('10'), allowanceMicros: {} };
    };
    await room.ledger.look();
    expect(asked).toEqual([[TOKEN, 'v1']]);
    expect(room.differences.list().map((one) => one.subject)).toEqual(['CASH']);
    room.pages.positions = [{ ...position, size: '10' }];
    await room.ledger.look();
    expect(asked).toHaveLength(1);
  });

  it('takes the ledger’s shares where the contract that holds them is not known', async () => {
    room.book.bookEntry(purchase({ mode: 'LIVE' }), held('10', '5'));
    await room.ledger.look();
    expect(room.differences.venuePositions()).toMatchObject([{ shareMicros: sh('10') }]);
  });

  it('takes marks from the feed, and a payout before a mark', async () => {
    room.pages.positions = [position];
    const state = tokenState('0.40');
    room.feed.tokenStates = async () => [state];
    await room.ledger.look();
    expect(room.differences.venuePositions()).toMatchObject([
      { markPriceMicros: at('0.40'), redeemable: false },
    ]);
    room.feed.tokenStates = async () => [{ ...state, payoutPriceMicros: at('1') }];
    await room.ledger.look();
    expect(room.differences.venuePositions()).toMatchObject([{ markPriceMicros: at('1'), redeemable: true }]);
    room.feed.tokenStates = async () => [{ ...state, payoutPriceMicros: at('0') }];
    await room.ledger.look();
    expect(room.differences.venuePositions()).toMatchObject([{ markPriceMicros: 0n, redeemable: false }]);
  });

  it('is no difference when the venue still lists worthless shares whose loss is booked (A52)', async () => {
    room.book.bookEntry({ ...cashEntry('DEPOSIT', '1000'), mode: 'LIVE' }, undefined);
    room.pages.positions = [position];
    room.feed.tokenStates = async () => [{ ...tokenState('0.40'), payoutPriceMicros: at('0') }];
    await room.ledger.look();
    expect(room.differences.list()).toEqual([]);
    expect(room.holdings.whole()?.positions.filter((one) => one.shareMicros !== 0n)).toEqual([]);
    room.quotes.set(TOKEN, { book: null, market: exampleFacts().market });
    room.api.fetchShares = async () => ({ balanceMicros: usd('4'), allowanceMicros: {} });
    room.book.bookEntry(purchase({ mode: 'LIVE', cashDeltaMicros: usd('0') }), held('10', '5'));
    await room.ledger.look();
    expect(room.differences.list()).toMatchObject([{ subject: 'POSITION' }]);
  });

  it('gives the pages the venue’s numbers only while nothing settles or differs', async () => {
    room.book.bookEntry({ ...cashEntry('DEPOSIT', '1000'), mode: 'LIVE' }, undefined);
    await room.ledger.look();
    expect(room.holdings.whole()).toMatchObject({ cashMicros: usd('1000') });
    room.api.fetchCollateral = async () => ({ balanceMicros: usd('900'), allowanceMicros: {} });
    await room.ledger.look();
    expect(room.holdings.whole()).toBeUndefined();
    open();
    room.orders.add(storedOrder({ state: 'OPEN' }, { seenAtVenue: true }));
    room.evidence.take({ ...room.evidence.nothing(), fills: [fillReport()] });
    expect(room.holdings.whole()).toBeUndefined();
    open({ unopened: true });
    expect(room.holdings.whole()).toBeUndefined();
    expect(room.holdings.isOpened()).toBe(false);
  });
});
