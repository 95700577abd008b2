/** What the live account holds: the venue's last reading with the ledger's cost, and nothing while the two disagree. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { ReadPosition } from '../../../../durable-objects/wallet/live/reconcile/differences.ts';
import { at, CONDITION, sh, TOKEN, usd } from '../../../domain/decide/example-facts.ts';
import { liveFill } from '../../../ledger/records.ts';
import { START_MS } from '../../memory-ports.ts';
import { fillReport, held, OTHER_LEADER, OTHER_TOKEN, purchase, storedOrder } from '../stores.ts';
import { type LiveRoom, liveRoom } from './live-room.ts';

const POSITION: ReadPosition = {
  tokenId: TOKEN,
  conditionId: CONDITION,
  shareMicros: sh('10'),
  avgPriceMicros: at('0.30'),
  markPriceMicros: at('0.60'),
  redeemable: false,
};
const COLLATERAL = { balanceMicros: usd('900'), allowanceMicros: {} };

let room: LiveRoom;

beforeEach(() => {
  room = liveRoom();
});

function cashDiffers(micros: bigint): void {
  const ledgerMicros = usd('100');
  const difference = { kind: 'difference', subject: 'CASH', tokenId: '', settling: false } as const;
  room.holdings.keepDifferences(
    [{ ...difference, ledgerMicros, venueMicros: ledgerMicros + micros }],
    { collateral: COLLATERAL, positions: [] },
    START_MS,
  );
}

describe('the whole holdings', () => {
  it('are not known before the first reading', () => {
    room = liveRoom({ unopened: true });
    expect(room.holdings.whole()).toBeUndefined();
    expect(room.holdings.isOpened()).toBe(false);
    room.state.setCollateral(COLLATERAL);
    expect(room.holdings.whole()).toBeUndefined();
    room = liveRoom({ unopened: true });
    room.state.setOpened({ startMs: START_MS, funder: 'f', trades: [] });
    expect(room.holdings.whole()).toBeUndefined();
    expect(room.holdings.isOpened()).toBe(true);
  });

  it('are the balance and no position of an account that holds none', () => {
    expect(room.holdings.whole()).toEqual({
      cashMicros: usd('1000'),
      positions: [{ shareMicros: 0n, costMicros: 0n, markPriceMicros: null, realisedMicros: 0n }],
    });
  });

  it('are the positions of the venue at their marks, with cost and realised of the ledger', () => {
    room.book.bookEntry(purchase({ mode: 'LIVE' }), held('10', '5', '2'));
    room.book.bookEntry(
      purchase({ mode: 'LIVE', refId: 'copy:2', tokenId: OTHER_TOKEN }),
      held('10', '4', '1'),
    );
    room.holdings.keep({ collateral: COLLATERAL, positions: [POSITION] }, START_MS);
    expect(room.holdings.whole()).toEqual({
      cashMicros: usd('900'),
      positions: [
        {
          shareMicros: sh('10'),
          costMicros: usd('5'),
          markPriceMicros: at('0.60'),
          realisedMicros: 0n,
        },
        { shareMicros: 0n, costMicros: 0n, markPriceMicros: null, realisedMicros: usd('3') },
      ],
    });
    expect(room.holdings.venueExposure()).toBe(usd('6'));
  });

  it('sum the slices of several leaders', () => {
    room.book.bookEntry(purchase({ mode: 'LIVE' }), held('10', '5'));
    room.book.bookEntry(
      purchase({ mode: 'LIVE', refId: 'copy:2', leaderAddress: OTHER_LEADER }),
      held('10', '7'),
    );
    const positions = [{ ...POSITION, shareMicros: sh('20') }];
    room.holdings.keep({ collateral: COLLATERAL, positions }, START_MS);
    expect(room.holdings.whole()?.positions[0]).toMatchObject({ costMicros: usd('12') });
  });

  it('are not known while a fill is provisional', () => {
    room.orders.add(storedOrder({ state: 'OPEN' }));
    room.reports.onFills([fillReport()]);
    expect(room.orders.provisional()).toHaveLength(1);
    expect(room.holdings.whole()).toBeUndefined();
  });

  it('are not known while more than rounding differs', () => {
    cashDiffers(10_000n);
    expect(room.holdings.whole()).toBeDefined();
    cashDiffers(10_001n);
    expect(room.holdings.whole()).toBeUndefined();
  });
});

describe('a reading', () => {
  it('without positions leaves the known ones', () => {
    room.holdings.keep({ collateral: COLLATERAL, positions: [POSITION] }, START_MS);
    room.holdings.keep({ collateral: { ...COLLATERAL, balanceMicros: usd('1') }, positions: null }, START_MS);
    expect(room.state.collateral()?.balanceMicros).toBe(usd('1'));
    expect(room.differences.venuePositions()).toHaveLength(1);
    room.holdings.keep({ collateral: COLLATERAL, positions: [] }, START_MS);
    expect(room.differences.venuePositions()).toHaveLength(0);
  });

  it('ends a difference of cash always, and one of positions only when those were read', () => {
    const values = { ledgerMicros: sh('1'), venueMicros: sh('2'), settling: false };
    const found = [
      { kind: 'difference', subject: 'CASH', tokenId: '', ...values },
      { kind: 'difference', subject: 'POSITION', tokenId: TOKEN, ...values },
    ] as const;
    room.holdings.keepDifferences(found, { collateral: COLLATERAL, positions: [] }, START_MS);
    expect(room.differences.list()).toMatchObject([
      { firstSeenAtMs: START_MS, readings: 1 },
      { readings: 1 },
    ]);
    room.holdings.keepDifferences([], { collateral: COLLATERAL, positions: null }, START_MS);
    expect(room.differences.list().map((one) => one.subject)).toEqual(['POSITION']);
    room.holdings.keepDifferences([], { collateral: COLLATERAL, positions: [] }, START_MS);
    expect(room.differences.list()).toEqual([]);
  });
});

describe('the shares of a token that are missing at the venue (A47)', () => {
  const differs = (ledger: string, venue: string, tokenId = TOKEN) =>
    room.holdings.keepDifferences(
      [
        {
          kind: 'difference',
          subject: 'POSITION',
          tokenId,
          ledgerMicros: sh(ledger),
          venueMicros: sh(venue),
          settling: false,
        },
      ],
      { collateral: COLLATERAL, positions: [] },
      START_MS,
    );

  it.each([
    ['10', '3', '7'],
    ['10', '9.999999', '0.000001'],
    ['10', '0', '10'],
    ['10', '12', '0'],
  ])('are, of %s in the ledger and %s at the venue, %s', (ledger, venue, missing) => {
    differs(ledger, venue);
    expect(room.holdings.missingShares(TOKEN)).toBe(sh(missing));
  });

  it('are none before a difference was read, of another token, or of cash', () => {
    expect(room.holdings.missingShares(TOKEN)).toBe(0n);
    differs('10', '3', OTHER_TOKEN);
    expect(room.holdings.missingShares(TOKEN)).toBe(0n);
    cashDiffers(-usd('50'));
    expect(room.holdings.missingShares(TOKEN)).toBe(0n);
  });

  it('are none while fills that settle explain them', () => {
    room.orders.putFill({
      record: liveFill({ tokenId: TOKEN, shareMicros: sh('7'), state: 'MATCHED', matchedAtMs: START_MS }),
      parts: [],
    });
    differs('10', '3');
    expect(room.holdings.missingShares(TOKEN)).toBe(0n);
  });
});

it('lists the tokens of a condition that the ledger or the venue holds, each once', () => {
  room.book.bookEntry(purchase({ mode: 'LIVE' }), held('10', '5'));
  expect(room.holdings.tokensOf(CONDITION)).toEqual([TOKEN]);
  const other = { ...POSITION, tokenId: OTHER_TOKEN };
  room.holdings.keep({ collateral: COLLATERAL, positions: [POSITION, other] }, START_MS);
  expect(room.holdings.tokensOf(CONDITION)).toEqual([TOKEN, OTHER_TOKEN]);
  expect(room.holdings.tokensOf('another')).toEqual([]);
  expect(room.holdings.tokensOf(undefined)).toEqual([]);
});

it('marks the venue by the ledger before its own reading', () => {
  room.book.bookEntry(purchase({ mode: 'LIVE' }), held('10', '5'));
  room.holdings.keep({ collateral: COLLATERAL, positions: [POSITION] }, START_MS);
  const { open } = room.book;
  room.book.open = () => open.call(room.book).map((one) => ({ ...one, markPriceMicros: at('0.70') }));
  expect(room.holdings.venueExposure()).toBe(usd('7'));
});
