/** What the live account holds: which source decides, at which mark, and when a list says nothing. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { BalanceReport } from '../../../../../domain/orders/orders.ts';
import {
  AccountReader,
  costOf,
} from '../../../../../durable-objects/wallet/live/reconcile/account-reader.ts';
import type { ReadPosition } from '../../../../../durable-objects/wallet/live/reconcile/differences.ts';
import { at, CONDITION, exampleFacts, sh, TOKEN, usd } from '../../../../domain/decide/example-facts.ts';
import { PRACTICE_FUNDER } from '../../../../system/world/practice-account.ts';
import { START_MS } from '../../../memory-ports.ts';
import { held, OTHER_TOKEN, purchase, tokenState } from '../../stores.ts';
import { type LiveRoom, liveRoom } from '../live-room.ts';

const LISTED = { token_id: TOKEN, condition_id: CONDITION, size: '4', avg_price: '0.25' };
const OTHER = { token_id: OTHER_TOKEN, condition_id: CONDITION, size: '2' };
const READ: ReadPosition = {
  tokenId: TOKEN,
  conditionId: CONDITION,
  shareMicros: sh('4'),
  avgPriceMicros: at('0.25'),
  markPriceMicros: null,
  redeemable: false,
};

let room: LiveRoom;
let reader: AccountReader;
/** What the venue was asked about single tokens. */
let sharesAsked: unknown[];
let atVenue: BalanceReport['balanceMicros'];

beforeEach(() => {
  room = liveRoom();
  const { account, calls, book, feed, deps } = room;
  const host = { baseUrl: deps.dataUrl, fetch: deps.fetch, nowMs: room.ports.nowMs };
  reader = new AccountReader(account, calls, book, feed, host);
  sharesAsked = [];
  atVenue = usd('0');
  room.api.fetchShares = async (tokenId, version) => {
    sharesAsked.push([tokenId, version]);
    return { balanceMicros: atVenue, allowanceMicros: {} };
  };
});

/** Ten shares of the token in the ledger, and its market known to the feed. */
function holdTen(): void {
  room.book.bookEntry(purchase({ mode: 'LIVE' }), held('10', '5'));
  room.quotes.set(TOKEN, { book: null, market: exampleFacts().market });
}

const positions = async () => (await reader.holdings()).positions;

describe('positions', () => {
  it('are those of the list where the ledger has the same, without another question', async () => {
    holdTen();
    room.pages.positions = [{ ...LISTED, size: '10' }, OTHER];
    expect(await positions()).toEqual([
      { ...READ, shareMicros: sh('10') },
      { ...READ, tokenId: OTHER_TOKEN, shareMicros: sh('2'), avgPriceMicros: null },
    ]);
    expect(sharesAsked).toEqual([]);
  });

  it('are the CLOB’s own balance where the list differs, at the list’s average price', async () => {
    holdTen();
    room.pages.positions = [LISTED];
    atVenue = usd('7');
    expect(await positions()).toEqual([{ ...READ, shareMicros: sh('7') }]);
    expect(sharesAsked).toEqual([[TOKEN, 'v1']]);
  });

  it('are none where the CLOB’s own balance is zero, and have no average price where the list has none', async () => {
    holdTen();
    expect(await positions()).toEqual([]);
    atVenue = usd('3');
    expect(await positions()).toEqual([{ ...READ, shareMicros: sh('3'), avgPriceMicros: null }]);
  });

  it('are the ledger’s where the contract that holds the token is not known', async () => {
    holdTen();
    room.quotes.set(TOKEN, {
      book: null,
      market: exampleFacts({ market: { protocolVersion: null } }).market,
    });
    expect(await positions()).toMatchObject([{ shareMicros: sh('10') }]);
    expect(sharesAsked).toEqual([]);
  });

  it('are not known when a row cannot be parsed, when the list does not end, or without credentials', async () => {
    room.pages.positions = [LISTED, { token_id: 'x' }];
    expect(await positions()).toBeNull();
    room.pages.positions = [LISTED];
    expect(await positions()).toHaveLength(1);
    room.pages.nextCursor = 'again';
    expect(await positions()).toBeNull();
    delete room.pages.nextCursor;
    room.api.fetchCollateral = async () => {
      room.connection.disconnect();
      return { balanceMicros: usd('1'), allowanceMicros: {} };
    };
    expect(await reader.holdings()).toMatchObject({ positions: null });
  });

  it('are listed for the address that holds the funds', async () => {
    await positions();
    expect(room.requests.at(-1)?.searchParams.get('user')).toBe(PRACTICE_FUNDER);
  });
});

describe('the mark of a position', () => {
  const known = tokenState('0.40');

  beforeEach(() => {
    room.pages.positions = [LISTED, OTHER];
  });

  it('is the feed’s, for the token that it is of', async () => {
    room.feed.tokenStates = async () => [known];
    expect((await positions())?.map((one) => one.markPriceMicros)).toEqual([at('0.40'), null]);
  });

  it('is the payout once the market has resolved, which can be redeemed unless it is zero', async () => {
    room.feed.tokenStates = async () => [
      { ...known, payoutPriceMicros: at('0.000001') },
      { ...known, tokenId: OTHER_TOKEN, payoutPriceMicros: at('0') },
    ];
    expect((await positions())?.map((one) => [one.markPriceMicros, one.redeemable])).toEqual([
      [at('0.000001'), true],
      [0n, false],
    ]);
  });

  it('is not asked for while nothing is held', async () => {
    let asked = 0;
    room.feed.tokenStates = async () => {
      asked += 1;
      return [];
    };
    await positions();
    room.pages.positions = [];
    await positions();
    expect(asked).toBe(1);
  });
});

describe('activity', () => {
  it('is read for the address that holds the funds, and not at all without credentials', async () => {
    expect(await reader.activity(START_MS)).toEqual({ rows: [], refused: [] });
    expect(room.requests.at(-1)?.searchParams.get('user')).toBe(PRACTICE_FUNDER);
    room.connection.disconnect();
    room.requests.length = 0;
    expect(await reader.activity(START_MS)).toBeUndefined();
    expect(room.requests).toEqual([]);
  });
});

describe('the cost of a position', () => {
  it('is the average price, then the mark, then zero', () => {
    expect(costOf({ ...READ, markPriceMicros: at('0.9') })).toBe(usd('1'));
    expect(costOf({ ...READ, avgPriceMicros: null, markPriceMicros: at('0.5') })).toBe(usd('2'));
    expect(costOf({ ...READ, avgPriceMicros: null })).toBe(0n);
  });

  it('is rounded down to a micro', () => {
    expect(costOf({ ...READ, shareMicros: sh('0.000003'), avgPriceMicros: at('0.5') })).toBe(1n);
  });
});
