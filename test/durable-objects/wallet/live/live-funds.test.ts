/** What live copies may spend and sell, and why an order cannot be paid. */
import { beforeEach, describe, expect, it } from 'vitest';
import { EXTERNAL_LEADER, parseLeaderAddress, type SliceOwner } from '../../../../domain/ids.ts';
import type { PlannedOrder } from '../../../../domain/orders/orders.ts';
import type { ModeSettings } from '../../../../domain/settings/settings.ts';
import { LiveFunds } from '../../../../durable-objects/wallet/live/live-funds.ts';
import { exchangeOf } from '../../../../polymarket/account/contracts.ts';
import { at, CONDITION, LEADER, sh, TOKEN, usd } from '../../../domain/decide/example-facts.ts';
import { START_MS } from '../../memory-ports.ts';
import {
  cashEntry,
  exampleIntent,
  held,
  OTHER_LEADER,
  OTHER_TOKEN,
  purchase,
  storedOrder,
} from '../stores.ts';
import { type LiveRoom, liveRoom, type RoomOptions } from './live-room.ts';

const INTENT = exampleIntent();
const THIRD_LEADER = parseLeaderAddress(`0x${'3d'.repeat(20)}`)!;
const BUY: PlannedOrder = {
  tokenId: TOKEN,
  side: 'BUY',
  orderType: 'FAK',
  limitPriceMicros: at('0.50'),
  makerMicros: usd('5'),
  takerMicros: sh('10'),
  expirationS: 0,
  protocolVersion: 'v1',
  negRisk: false,
};

let room: LiveRoom;
let funds: LiveFunds;

beforeEach(() => open());

/** The ledger has $1,000. */
function open(options: RoomOptions = {}): void {
  room = liveRoom(options);
  room.book.bookEntry({ ...cashEntry('DEPOSIT', '1000'), mode: 'LIVE' }, undefined);
  funds = new LiveFunds(room.book, room.orders, room.state, room.holdings, room.owed);
}

function hold(size: string, leaderAddress: SliceOwner = LEADER, tokenId = TOKEN): void {
  const moved = { shareDeltaMicros: sh(size), cashDeltaMicros: usd('-5') };
  const refId = `held:${leaderAddress}:${tokenId}`;
  room.book.bookEntry(purchase({ mode: 'LIVE', refId, leaderAddress, tokenId, ...moved }), held(size, '5'));
}

function settings(sellUnattributed: boolean): ModeSettings {
  return { ...room.settings.of(LEADER), sellUnattributed };
}

describe('what may be spent and sold', () => {
  it('is the lower cash of ledger and venue, less what open orders hold, and never below zero', () => {
    expect(funds.freeCash()).toBe(usd('1000'));
    room.state.setCollateral({ balanceMicros: usd('400'), allowanceMicros: {} });
    expect(funds.freeCash()).toBe(usd('400'));
    room.orders.add(storedOrder({ state: 'OPEN' }));
    expect(funds.freeCash()).toBe(usd('395'));
    room.state.setCollateral({ balanceMicros: usd('2000'), allowanceMicros: {} });
    expect(funds.freeCash()).toBe(usd('995'));
    room.state.setCollateral({ balanceMicros: usd('1'), allowanceMicros: {} });
    expect(funds.freeCash()).toBe(0n);
  });

  it('is no cash before the account was read', () => {
    open({ unopened: true });
    expect(funds.freeCash()).toBe(0n);
  });

  it('is the leader’s own shares that no open order holds; with the setting also those of no leader', () => {
    hold('10');
    hold('7', OTHER_LEADER);
    hold('4', EXTERNAL_LEADER);
    expect(funds.sellable(INTENT, settings(false))).toBe(sh('10'));
    expect(funds.sellable(INTENT, settings(true))).toBe(sh('14'));
    room.orders.add(storedOrder({ side: 'SELL', state: 'OPEN', shareMicros: sh('10') }));
    expect(funds.sellable(INTENT, settings(false))).toBe(0n);
  });

  it.each([
    ['nothing', '0', '10', '14'],
    ['less than a share step', '0.000001', '10', '13.99'],
    ['what no leader explains', '11', '10', '10'],
    ['a part of the leader’s own', '14.5', '6.5', '6.5'],
    ['all there is', '21', '0', '0'],
  ])('is what the venue has too, where it is short of %s (A47)', (_what, missing, own, all) => {
    hold('10');
    hold('7', OTHER_LEADER);
    hold('4', EXTERNAL_LEADER);
    const ledgerMicros = sh('21');
    const read = { kind: 'difference', subject: 'POSITION', tokenId: TOKEN, settling: false } as const;
    room.holdings.keepDifferences(
      [{ ...read, ledgerMicros, venueMicros: ledgerMicros - sh(missing) }],
      { collateral: { balanceMicros: usd('1000'), allowanceMicros: {} }, positions: [] },
      START_MS,
    );
    expect(funds.sellable(INTENT, settings(false))).toBe(sh(own));
    expect(funds.sellable(INTENT, settings(true))).toBe(sh(all));
  });

  it('is rounded down to the share step (A47)', () => {
    hold('10.009999');
    expect(funds.sellable(INTENT, settings(false))).toBe(sh('10'));
  });

  it('has, as what an exit counts as ours, the shares of no leader where the settings say so (A13, A43)', () => {
    hold('10');
    hold('7', OTHER_LEADER);
    hold('4', EXTERNAL_LEADER);
    expect(funds.own(INTENT, settings(false))).toBe(sh('10'));
    expect(funds.own(INTENT, settings(true))).toBe(sh('14'));
  });

  it('has no share of no leader that an open sale of another leader holds already', () => {
    hold('10');
    hold('7', OTHER_LEADER);
    hold('4', EXTERNAL_LEADER);
    const intent = exampleIntent({ side: 'SELL', leaderAddress: OTHER_LEADER });
    const sale = { intent, reservedShareMicros: sh('9.5') };
    room.orders.add(storedOrder({ side: 'SELL', state: 'OPEN', shareMicros: sh('9.5') }, sale));
    // Two and a half of the four are on their way out.
    expect(funds.own(INTENT, settings(true))).toBe(sh('11.5'));
    expect(funds.sellable(INTENT, settings(true))).toBe(sh('11.5'));
    expect(funds.own(INTENT, settings(false))).toBe(sh('10'));
    expect(funds.own({ ...INTENT, leaderAddress: OTHER_LEADER }, settings(true))).toBe(sh('1.5'));
    room.owed.add(exampleIntent({ side: 'SELL' }), sh('14'), 'BOOK_STALE');
    expect(funds.owed(INTENT, funds.own(INTENT, settings(true)))).toBe(sh('11.5'));
  });

  it('never sells for one leader what is of another, where a third has shares of no leader in an order', () => {
    hold('10');
    hold('7', OTHER_LEADER);
    hold('4', EXTERNAL_LEADER);
    hold('5', THIRD_LEADER);
    const intent = exampleIntent({ side: 'SELL', leaderAddress: OTHER_LEADER });
    room.orders.add(storedOrder({ side: 'SELL', state: 'OPEN' }, { intent, reservedShareMicros: sh('11') }));
    expect(funds.sellable(INTENT, settings(true))).toBe(sh('10'));
  });

  it('holds what is booked, whatever sales reserve; with the setting also what is of no leader', () => {
    hold('10');
    hold('4', EXTERNAL_LEADER);
    room.orders.add(storedOrder({ side: 'SELL', state: 'OPEN', shareMicros: sh('10') }));
    expect([funds.held(INTENT, false), funds.held(INTENT, true)]).toEqual([sh('10'), sh('14')]);
    expect(funds.held({ ...INTENT, leaderAddress: OTHER_LEADER }, false)).toBe(0n);
  });

  it('counts cash of open orders in all, in the market and for the leader', () => {
    room.orders.add(storedOrder({ state: 'OPEN' }));
    const none = usd('0');
    expect(funds.reserved(INTENT)).toEqual({ total: usd('5'), market: usd('5'), leader: usd('5') });
    const elsewhere = { ...INTENT, conditionId: 'other' as typeof INTENT.conditionId };
    expect(funds.reserved(elsewhere)).toEqual({ total: usd('5'), market: none, leader: usd('5') });
    const another = { ...INTENT, leaderAddress: OTHER_LEADER };
    expect(funds.reserved(another)).toEqual({ total: usd('5'), market: usd('5'), leader: none });
  });
});

describe('shares of another token', () => {
  it('are never sold instead', () => {
    hold('10');
    hold('50', LEADER, OTHER_TOKEN);
    hold('50', EXTERNAL_LEADER, OTHER_TOKEN);
    expect(funds.sellable(INTENT, settings(true))).toBe(sh('10'));
    room.orders.add(storedOrder({ side: 'SELL', state: 'OPEN', tokenId: OTHER_TOKEN }));
    expect(funds.sellable(INTENT, settings(true))).toBe(sh('10'));
  });
});

describe('shares of which the leader and another sell', () => {
  it('are held back for the leader whose order it is', () => {
    hold('10');
    hold('7', OTHER_LEADER);
    const intent = exampleIntent({ side: 'SELL', leaderAddress: OTHER_LEADER });
    room.orders.add(storedOrder({ side: 'SELL', state: 'OPEN' }, { intent, reservedShareMicros: sh('7') }));
    expect(funds.sellable(INTENT, settings(false))).toBe(sh('10'));
    expect(funds.sellable({ ...INTENT, leaderAddress: OTHER_LEADER }, settings(false))).toBe(0n);
  });
});

describe('an order cannot be paid', () => {
  const contract = exchangeOf(BUY).address.toLowerCase();

  function allow(micros: bigint, balance = usd('1000')): void {
    room.state.setCollateral({ balanceMicros: balance, allowanceMicros: { [contract]: micros } });
  }

  it('when its cash is more than what is free', () => {
    expect(funds.shortfall(BUY, usd('1000'))).toBeNull();
    expect(funds.shortfall(BUY, usd('1000.000001'))).toBe('LIVE_INSUFFICIENT_FUNDS');
  });

  it('when its exchange contract may take less', () => {
    allow(usd('5'));
    expect(funds.shortfall(BUY, usd('5'))).toBeNull();
    expect(funds.shortfall(BUY, usd('5.000001'))).toBe('LIVE_ALLOWANCE_TOO_LOW');
    allow(0n);
    expect(funds.shortfall(BUY, usd('5'))).toBe('LIVE_ALLOWANCE_TOO_LOW');
  });

  it('not because the venue reported no allowance', () => {
    room.state.setCollateral({ balanceMicros: usd('1000'), allowanceMicros: {} });
    expect(funds.shortfall(BUY, usd('5'))).toBeNull();
  });

  it('never when it is a sale, which takes no cash', () => {
    allow(0n, usd('0'));
    expect(funds.shortfall({ ...BUY, side: 'SELL' }, usd('5'))).toBeNull();
  });
});

it('counts what the venue’s positions are worth', () => {
  const position = { tokenId: TOKEN, conditionId: CONDITION, shareMicros: sh('4'), redeemable: false };
  const prices = { avgPriceMicros: at('0.25'), markPriceMicros: at('0.75') };
  const collateral = { balanceMicros: usd('1000'), allowanceMicros: {} };
  room.holdings.keep({ collateral, positions: [{ ...position, ...prices }] }, START_MS);
  expect(funds.venueExposure()).toBe(usd('3'));
});
