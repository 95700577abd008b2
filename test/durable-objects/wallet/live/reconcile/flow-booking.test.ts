/** What moves the account without a trade: flows, conversions, redemptions, each booked once. */
import { beforeEach, describe, expect, it } from 'vitest';
import { EXTERNAL_LEADER, type SliceOwner, type TokenId } from '../../../../../domain/ids.ts';
import { DAY_MS } from '../../../../../domain/time.ts';
import {
  FlowBooking,
  ledgerShares,
} from '../../../../../durable-objects/wallet/live/reconcile/flow-booking.ts';
import type { AccountActivity } from '../../../../../polymarket/account/account-activity.ts';
import { at, CONDITION, LEADER, sh, TOKEN, usd } from '../../../../domain/decide/example-facts.ts';
import { START_MS } from '../../../memory-ports.ts';
import {
  held,
  marking,
  OTHER_LEADER,
  OTHER_TOKEN,
  purchase,
  type WalletStores,
  walletStores,
} from '../../stores.ts';

const TOKENS = [TOKEN, OTHER_TOKEN];

let stores: WalletStores;
let flows: FlowBooking;

beforeEach(() => {
  stores = walletStores('LIVE');
  flows = new FlowBooking(stores.ports.storage, stores.book, stores.ports.nowMs);
  flows.open({ cashMicros: usd('100'), positions: [] });
  stores.ports.clearOutbox();
});

function act(part: Partial<AccountActivity>): AccountActivity {
  return {
    type: 'DEPOSIT',
    txHash: '0x1',
    conditionId: CONDITION,
    tokenId: undefined,
    shareMicros: undefined,
    cashMicros: usd('7'),
    eventAtMs: START_MS,
    key: 'act-1',
    ...part,
  };
}

function hold(
  leaderAddress: SliceOwner,
  given: { readonly size: string; readonly cost: string; readonly token?: TokenId; readonly mark?: string },
): void {
  const { size, cost, token = TOKEN, mark } = given;
  const refId = `held:${leaderAddress}:${token}`;
  const entry = purchase({ mode: 'LIVE', refId, leaderAddress, tokenId: token, shareDeltaMicros: sh(size) });
  stores.book.bookEntry({ ...entry, cashDeltaMicros: usd('0') }, held(size, cost));
  if (mark !== undefined) stores.book.mark(token, marking(at(mark), START_MS));
  stores.ports.clearOutbox();
}

function entries(): unknown[] {
  return stores.ports
    .outboxedOf('ledger')
    .map((one) => [one.entryType, one.leaderAddress, one.shareDeltaMicros, one.cashDeltaMicros]);
}

function sharesOf(leader: SliceOwner, token: TokenId): bigint | undefined {
  return stores.book.position(leader, token)?.shareMicros;
}

/** Keys of acts that are remembered. */
function remembered(): unknown[] {
  return stores.ports.storage.rows('SELECT act_key FROM live_act ORDER BY act_key').map((row) => row.act_key);
}

describe('an account that is read for the first time', () => {
  it('opens with its cash and with its positions as EXTERNAL, at their cost and without profit', () => {
    stores = walletStores('LIVE');
    flows = new FlowBooking(stores.ports.storage, stores.book, stores.ports.nowMs);
    const position = { tokenId: TOKEN, conditionId: CONDITION, shareMicros: sh('10'), costMicros: usd('4') };
    flows.open({ cashMicros: usd('50'), positions: [position] });
    expect([stores.book.cash(), stores.book.flows()]).toEqual([usd('50'), usd('54')]);
    expect(stores.book.position(EXTERNAL_LEADER, TOKEN)).toMatchObject({
      ...held('10', '4'),
      conditionId: CONDITION,
    });
    expect(stores.ports.outboxed()).toMatchObject([
      { entryType: 'OPENING', refId: 'opening', cashDeltaMicros: usd('50'), tokenId: '', leaderAddress: '' },
      { entryType: 'OPENING', refId: `opening:${TOKEN}`, shareDeltaMicros: sh('10'), bookedAtMs: START_MS },
      { kind: 'position', leaderAddress: EXTERNAL_LEADER, tokenId: TOKEN },
    ]);
  });
});

describe('an act', () => {
  it('of money that came in or went out is a flow', () => {
    flows.take(act({}), []);
    flows.take(act({ type: 'WITHDRAWAL', cashMicros: usd('3'), key: 'act-2' }), []);
    expect([stores.book.cash(), stores.book.flows()]).toEqual([usd('104'), usd('104')]);
    expect(stores.ports.outboxed()).toMatchObject([
      { entryType: 'EXTERNAL_FLOW', refId: 'flow:act-1', cashDeltaMicros: usd('7'), mode: 'LIVE' },
      { entryType: 'EXTERNAL_FLOW', refId: 'flow:act-2', cashDeltaMicros: usd('-3') },
    ]);
  });

  it.each(['REWARD', 'YIELD', 'MAKER_REBATE', 'TAKER_REBATE', 'REFERRAL_REWARD'] as const)(
    'of type %s is a gain and no flow',
    (type) => {
      flows.take(act({ type }), []);
      expect([stores.book.cash(), stores.book.flows()]).toEqual([usd('107'), usd('100')]);
      expect(entries()).toEqual([['EXTERNAL_CONVERSION', '', 0n, usd('7')]]);
    },
  );

  it('is booked once by its key', () => {
    flows.take(act({}), []);
    flows.take(act({}), []);
    flows.take(act({ key: 'act-2' }), []);
    expect(stores.book.cash()).toBe(usd('114'));
  });

  it('is booked once also when its key has been forgotten', () => {
    flows.take(act({}), []);
    flows.prune(START_MS + 8 * DAY_MS);
    flows.take(act({}), []);
    expect(stores.book.cash()).toBe(usd('107'));
  });

  it('of type CONVERSION books nothing, since what it became is not reported', () => {
    flows.take(act({ type: 'CONVERSION' }), TOKENS);
    expect([stores.ports.outboxed(), remembered()]).toEqual([[], ['act-1']]);
  });

  it('has its key kept for seven days', () => {
    flows.take(act({ eventAtMs: START_MS - 7 * DAY_MS - 1 }), []);
    flows.take(act({ eventAtMs: START_MS - 7 * DAY_MS, key: 'act-2' }), []);
    flows.prune(START_MS);
    expect(remembered()).toEqual(['act-2']);
  });
});

describe('a split', () => {
  const split = act({ type: 'SPLIT', shareMicros: sh('7'), cashMicros: usd('7.000001') });

  it('turns cash into one share of each outcome for EXTERNAL, half of the cost each', () => {
    flows.take(split, TOKENS);
    expect(entries()).toEqual([
      ['EXTERNAL_CONVERSION', EXTERNAL_LEADER, sh('7'), -3_500_000n],
      ['EXTERNAL_CONVERSION', EXTERNAL_LEADER, sh('7'), -3_500_001n],
    ]);
    expect(stores.ports.outboxedOf('ledger').map((one) => [one.refId, one.conditionId])).toEqual([
      [`flow:act-1:${TOKEN}`, CONDITION],
      [`flow:act-1:${OTHER_TOKEN}`, CONDITION],
    ]);
    expect(stores.ports.outboxedOf('position')).toHaveLength(2);
    expect(stores.book.flows()).toBe(usd('100'));
  });

  it('waits for the next reading while its tokens are not all known', () => {
    flows.take(split, [TOKEN]);
    expect([stores.ports.outboxed(), remembered()]).toEqual([[], []]);
    flows.take(split, TOKENS);
    expect(sharesOf(EXTERNAL_LEADER, OTHER_TOKEN)).toBe(sh('7'));
  });

  it('makes as many shares as it took dollars when the venue names none', () => {
    flows.take(act({ type: 'SPLIT' }), TOKENS);
    expect([sharesOf(EXTERNAL_LEADER, TOKEN), sharesOf(EXTERNAL_LEADER, OTHER_TOKEN)]).toEqual([
      sh('7'),
      sh('7'),
    ]);
  });

  it('of an unknown condition books nothing', () => {
    flows.take(act({ type: 'SPLIT', conditionId: undefined }), TOKENS);
    expect(stores.ports.outboxed()).toEqual([]);
  });

  it('is undone by a merge', () => {
    flows.take(split, TOKENS);
    flows.take({ ...split, type: 'MERGE', key: 'act-2' }, [TOKEN]);
    expect(sharesOf(EXTERNAL_LEADER, TOKEN)).toBe(sh('7'));
    flows.take({ ...split, type: 'MERGE', key: 'act-2' }, TOKENS);
    expect([sharesOf(EXTERNAL_LEADER, TOKEN), sharesOf(EXTERNAL_LEADER, OTHER_TOKEN)]).toEqual([0n, 0n]);
    expect(stores.book.cash()).toBe(usd('100'));
    expect(stores.book.position(EXTERNAL_LEADER, TOKEN)).toMatchObject({
      costMicros: 0n,
      realisedMicros: 0n,
    });
  });
});

describe('a redemption', () => {
  it('of a whole condition burns every slice of it, each paid what its mark says', () => {
    hold(LEADER, { size: '6', cost: '3', mark: '1' });
    hold(OTHER_LEADER, { size: '4', cost: '1', mark: '1' });
    hold(LEADER, { size: '5', cost: '2', token: OTHER_TOKEN, mark: '0' });
    flows.take(act({ type: 'REDEEM', cashMicros: usd('10') }), []);
    expect(entries()).toEqual([
      ['EXTERNAL_CONVERSION', LEADER, sh('-6'), usd('6')],
      ['EXTERNAL_CONVERSION', LEADER, sh('-5'), usd('0')],
      ['EXTERNAL_CONVERSION', OTHER_LEADER, sh('-4'), usd('4')],
    ]);
    expect(stores.ports.outboxedOf('ledger')[0]?.refId).toBe(`flow:act-1:${LEADER}:${TOKEN}`);
    expect(stores.ports.outboxedOf('position')).toHaveLength(3);
    expect([stores.book.open(), stores.book.cash()]).toEqual([[], usd('110')]);
  });

  it('leaves other conditions alone', () => {
    hold(LEADER, { size: '6', cost: '3', mark: '1' });
    flows.take(act({ type: 'REDEEM', conditionId: `${CONDITION.slice(0, -1)}d` as typeof CONDITION }), []);
    expect(entries()).toEqual([['EXTERNAL_CONVERSION', '', 0n, usd('7')]]);
    expect(sharesOf(LEADER, TOKEN)).toBe(sh('6'));
  });

  it('pays no slice more than there is, none without a mark, and the last one the rest', () => {
    hold(LEADER, { size: '6', cost: '3' });
    hold(LEADER, { size: '6', cost: '3', token: OTHER_TOKEN, mark: '1' });
    hold(OTHER_LEADER, { size: '4', cost: '1', token: OTHER_TOKEN, mark: '1' });
    flows.take(act({ type: 'REDEEM', cashMicros: usd('5') }), []);
    expect(entries().map((one) => (one as unknown[])[3])).toEqual([usd('0'), usd('5'), usd('0')]);
    stores = walletStores('LIVE');
    flows = new FlowBooking(stores.ports.storage, stores.book, stores.ports.nowMs);
    hold(LEADER, { size: '6', cost: '3' });
    flows.take(act({ type: 'REDEEM', cashMicros: usd('5') }), []);
    expect(entries().map((one) => (one as unknown[])[3])).toEqual([usd('5')]);
  });

  it('of one outcome burns its shares alone: EXTERNAL ones first, then the largest slice', () => {
    hold(EXTERNAL_LEADER, { size: '3', cost: '1', mark: '1' });
    hold(LEADER, { size: '6', cost: '3' });
    hold(OTHER_LEADER, { size: '4', cost: '1' });
    stores.book.mark(TOKEN, marking(at('1'), START_MS));
    hold(LEADER, { size: '5', cost: '2', token: OTHER_TOKEN, mark: '0' });
    flows.take(act({ type: 'REDEEM', tokenId: TOKEN, shareMicros: sh('8'), cashMicros: usd('8') }), []);
    expect(entries()).toEqual([
      ['EXTERNAL_CONVERSION', EXTERNAL_LEADER, sh('-3'), usd('3')],
      ['EXTERNAL_CONVERSION', LEADER, sh('-5'), usd('5')],
    ]);
    expect([sharesOf(LEADER, TOKEN), sharesOf(OTHER_LEADER, TOKEN), sharesOf(LEADER, OTHER_TOKEN)]).toEqual([
      sh('1'),
      sh('4'),
      sh('5'),
    ]);
  });

  it('of one outcome burns all of it when the venue names no size', () => {
    hold(LEADER, { size: '6', cost: '3', mark: '1' });
    hold(EXTERNAL_LEADER, { size: '2', cost: '1' });
    flows.take(act({ type: 'REDEEM', tokenId: TOKEN, cashMicros: usd('8') }), []);
    expect([sharesOf(LEADER, TOKEN), sharesOf(EXTERNAL_LEADER, TOKEN)]).toEqual([0n, 0n]);
  });
});

it('the shares of a token are those of all its slices', () => {
  hold(LEADER, { size: '6', cost: '3' });
  hold(OTHER_LEADER, { size: '4', cost: '1' });
  hold(EXTERNAL_LEADER, { size: '1', cost: '1', token: OTHER_TOKEN });
  expect(Object.fromEntries(ledgerShares(stores.book))).toEqual({
    [TOKEN]: sh('10'),
    [OTHER_TOKEN]: sh('1'),
  });
});
