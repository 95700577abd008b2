/** Dated values for charts and breakers: what is written when, the peaks, and each leader's slice. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { LeaderAddress } from '../../../domain/ids.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../domain/time.ts';
import { type Holdings, WalletSnapshots } from '../../../durable-objects/wallet/snapshots.ts';
import { at, LEADER, sh, TOKEN, usd } from '../../domain/decide/example-facts.ts';
import { START_MS } from '../memory-ports.ts';
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

/** Twelve minutes and three seconds past ten. */
const NOW = START_MS + 12 * MINUTE_MS + 3_000;

let stores: WalletStores;
let snapshots: WalletSnapshots;
let holdings: Holdings | undefined;

beforeEach(() => {
  stores = walletStores('PAPER');
  const { book, kv, outbox } = stores;
  holdings = undefined;
  snapshots = new WalletSnapshots('PAPER', book, kv, outbox, () => holdings);
  book.bookEntry(cashEntry('DEPOSIT', '100'), undefined);
  stores.ports.clearOutbox();
});

function buy(
  priceText: string | null,
  part: { readonly leader?: LeaderAddress; readonly ref?: string } = {},
): void {
  const { leader = LEADER, ref = 'copy:1' } = part;
  stores.book.bookEntry(purchase({ refId: ref, leaderAddress: leader }), held('10', '5'));
  if (priceText !== null) stores.book.mark(TOKEN, marking(at(priceText), NOW));
  stores.ports.clearOutbox();
}

/** Takes a snapshot and returns what left: bucket, its time against the hour, owner. */
function taken(nowMs: number): readonly (readonly [string, number, string])[] {
  stores.ports.clearOutbox();
  snapshots.take(nowMs);
  return stores.ports
    .outboxedOf('snapshot')
    .map((one) => [one.bucket, one.bucketAtMs - START_MS, one.leaderAddress]);
}

const MINUTE_ROW = ['MINUTE', 12 * MINUTE_MS, ''];
const HOUR_ROW = ['HOUR', 0, ''];
const DAY_ROW = ['DAY', START_MS - (START_MS % DAY_MS) - START_MS, ''];

describe('the whole Wallet', () => {
  it('is written each minute, and as hour and day every ten minutes', () => {
    expect(taken(NOW)).toEqual([MINUTE_ROW, HOUR_ROW, DAY_ROW]);
    expect(taken(NOW + MINUTE_MS)).toEqual([['MINUTE', 13 * MINUTE_MS, '']]);
    expect(taken(START_MS + 20 * MINUTE_MS - 1)).toEqual([['MINUTE', 19 * MINUTE_MS, '']]);
    expect(taken(START_MS + 20 * MINUTE_MS)).toEqual([['MINUTE', 20 * MINUTE_MS, ''], HOUR_ROW, DAY_ROW]);
    expect(taken(START_MS + 61 * MINUTE_MS)[1]).toEqual(['HOUR', HOUR_MS, '']);
  });

  it('has the values of its ledger', () => {
    buy('0.6');
    snapshots.take(NOW);
    expect(stores.ports.outboxedOf('snapshot')[0]).toEqual({
      kind: 'snapshot',
      mode: 'PAPER',
      portfolioScope: 'EXEC_GLOBAL',
      leaderAddress: '',
      bucket: 'MINUTE',
      bucketAtMs: START_MS + 12 * MINUTE_MS,
      equityMicros: usd('101'),
      cashMicros: usd('95'),
      exposureMicros: usd('6'),
      realisedMicros: 0n,
      unrealisedMicros: usd('1'),
      flowMicros: usd('100'),
      peakExposureMicros: usd('6'),
      // The time: a row of a later moment is the newer one.
      revision: NOW,
    });
    expect(stores.ports.outboxedOf('snapshot').map((one) => one.revision)).toEqual(
      [0, 1, 2, 3, 4].map((later) => NOW + later),
    );
  });

  it('is not written while a position has no mark', () => {
    buy(null);
    expect(taken(NOW)).toEqual([]);
    expect([stores.kv.get('peakPnl'), stores.book.pnlAt(NOW)]).toEqual([undefined, undefined]);
  });

  it('has the values of the venue where that is the authority, and the ledger’s while those are unknown', () => {
    const position = { ...held('10', '4'), markPriceMicros: at('0.9') };
    holdings = { cashMicros: usd('50'), positions: [position] };
    snapshots.take(NOW);
    expect(stores.ports.outboxedOf('snapshot')[0]).toMatchObject({
      equityMicros: usd('59'),
      cashMicros: usd('50'),
      exposureMicros: usd('9'),
      unrealisedMicros: usd('5'),
      flowMicros: usd('100'),
    });
    expect(stores.kv.get('peakPnl')).toBe(usd('0'));
    holdings = { cashMicros: usd('50'), positions: [{ ...position, markPriceMicros: null }] };
    stores.ports.clearOutbox();
    snapshots.take(NOW + MINUTE_MS);
    expect(stores.ports.outboxedOf('snapshot')[0]).toMatchObject({ equityMicros: usd('100') });
  });
});

describe('profit without flows', () => {
  it('is kept at its highest, with the deepest fall from there', () => {
    buy('0.6');
    snapshots.take(NOW);
    stores.book.mark(TOKEN, marking(at('0.3'), NOW));
    snapshots.take(NOW + MINUTE_MS);
    expect([stores.kv.get('peakPnl'), stores.kv.get('deepestFall')]).toEqual([
      usd('1'),
      { fallMicros: usd('3'), peakEquityMicros: usd('101') },
    ]);
    stores.book.mark(TOKEN, marking(at('0.5'), NOW));
    stores.book.bookEntry(cashEntry('DEPOSIT', '50'), undefined);
    snapshots.take(NOW + 2 * MINUTE_MS);
    expect([stores.kv.get('peakPnl'), stores.kv.get('deepestFall')?.fallMicros]).toEqual([
      usd('1'),
      usd('3'),
    ]);
    stores.book.mark(TOKEN, marking(at('0.9'), NOW));
    snapshots.take(NOW + 3 * MINUTE_MS);
    stores.book.mark(TOKEN, marking(at('0.5'), NOW));
    snapshots.take(NOW + 4 * MINUTE_MS);
    expect([stores.kv.get('peakPnl'), stores.kv.get('deepestFall')]).toEqual([
      usd('4'),
      { fallMicros: usd('4'), peakEquityMicros: usd('154') },
    ]);
  });

  it('makes no peak and no fall from marks that are not good (A49)', () => {
    buy('0.6');
    snapshots.take(NOW);
    const unsure = (priceText: string): void => {
      stores.book.mark(TOKEN, marking(at(priceText), NOW, { rule: 'BID', good: false }));
      snapshots.take(NOW + MINUTE_MS);
    };
    unsure('0.89');
    unsure('0.2');
    expect([stores.kv.get('peakPnl'), stores.kv.get('deepestFall')?.fallMicros]).toEqual([usd('1'), 0n]);
    expect(stores.ports.outboxedOf('snapshot').at(-1)?.equityMicros).toBe(usd('97'));
  });

  it('makes no peak from an ended market that awaits its result, but a fall', () => {
    buy('0.6');
    snapshots.take(NOW);
    stores.book.mark(TOKEN, marking(at('0.97'), NOW, { ended: true }));
    snapshots.take(NOW + MINUTE_MS);
    expect(stores.kv.get('peakPnl')).toBe(usd('1'));
    stores.book.mark(TOKEN, marking(at('0.2'), NOW, { ended: true }));
    snapshots.take(NOW + 2 * MINUTE_MS);
    expect(stores.kv.get('deepestFall')?.fallMicros).toBe(usd('4'));
  });

  it('has no peak before its first good one', () => {
    buy('0.6');
    stores.book.mark(TOKEN, marking(at('0.6'), NOW, { rule: 'STALE', good: false }));
    snapshots.take(NOW);
    expect([stores.kv.get('peakPnl'), stores.kv.get('deepestFall')]).toEqual([undefined, undefined]);
  });

  it('starts a new peak where the operator says so, and only from good marks', () => {
    buy('0.9');
    snapshots.take(NOW);
    stores.book.mark(TOKEN, marking(at('0.3'), NOW));
    snapshots.take(NOW);
    expect(snapshots.resetPeak(NOW)).toEqual({
      kind: 'reset',
      before: usd('4'),
      peakPnlMicros: usd('-2'),
    });
    expect([stores.kv.get('peakPnl'), stores.kv.get('deepestFall')]).toEqual([
      usd('-2'),
      { fallMicros: 0n, peakEquityMicros: usd('98') },
    ]);
    stores.book.mark(TOKEN, marking(at('0.9'), NOW, { ended: true }));
    expect(snapshots.resetPeak(NOW)).toMatchObject({ kind: 'refused' });
    buy(null, { leader: OTHER_LEADER, ref: 'copy:2' });
    expect(snapshots.resetPeak(NOW)).toMatchObject({ reason: 'a held position has no price yet' });
    expect(stores.kv.get('peakPnl')).toBe(usd('-2'));
  });

  it('may begin as a loss, and has then fallen by nothing', () => {
    buy('0.3');
    snapshots.take(NOW);
    expect([stores.kv.get('peakPnl'), stores.kv.get('deepestFall')]).toEqual([
      usd('-2'),
      { fallMicros: 0n, peakEquityMicros: usd('98') },
    ]);
  });

  it('is kept for each hour as it was last measured in it, and as it was first measured at all', () => {
    buy('0.6');
    snapshots.take(NOW);
    stores.book.mark(TOKEN, marking(at('0.3'), NOW));
    snapshots.take(NOW + MINUTE_MS);
    expect(stores.book.pnlAt(START_MS)).toBe(usd('1'));
    expect(stores.book.pnlAt(START_MS + HOUR_MS)).toBe(usd('-2'));
  });
});

describe('the most at risk', () => {
  it('is kept for the whole and for each leader', () => {
    buy('0.6');
    buy('0.6', { leader: OTHER_LEADER, ref: 'copy:2' });
    snapshots.take(NOW);
    stores.book.mark(TOKEN, marking(at('0.2'), NOW));
    stores.ports.clearOutbox();
    snapshots.take(NOW + HOUR_MS);
    const peaks = stores.ports
      .outboxedOf('snapshot')
      .filter((one) => one.bucket === 'MINUTE')
      .map((one) => [one.leaderAddress, one.exposureMicros, one.peakExposureMicros]);
    expect(peaks).toEqual([
      ['', usd('4'), usd('12')],
      [LEADER, usd('2'), usd('6')],
      [OTHER_LEADER, usd('2'), usd('6')],
    ]);
  });
});

describe('a leader’s slice', () => {
  const ofLeader = (nowMs: number): readonly string[] =>
    taken(nowMs)
      .filter(([, , leader]) => leader === LEADER)
      .map(([bucket, atMs]) => `${bucket} ${atMs / MINUTE_MS}`);

  it('is written at its first, at each new hour, and when its shares or cash changed', () => {
    buy('0.6');
    expect(ofLeader(NOW)).toEqual(['MINUTE 12', 'HOUR 0']);
    stores.book.mark(TOKEN, marking(at('0.7'), NOW));
    expect(ofLeader(NOW + MINUTE_MS)).toEqual([]);
    stores.book.bookEntry(purchase({ refId: 'copy:2' }), held('20', '10'));
    expect(ofLeader(NOW + 2 * MINUTE_MS)).toEqual(['MINUTE 14']);
    expect(ofLeader(NOW + HOUR_MS)).toEqual(['MINUTE 72', 'HOUR 60']);
  });

  it('has no cash: its equity is what it holds now', () => {
    buy('0.6');
    buy(null, { leader: OTHER_LEADER, ref: 'copy:2' });
    const sale = { shareDeltaMicros: sh('-4'), cashDeltaMicros: usd('3') };
    stores.book.bookEntry(purchase({ ...sale, refId: 'copy:3' }), held('6', '3', '1'));
    stores.book.mark(TOKEN, marking(at('0.5'), NOW));
    snapshots.take(NOW);
    const slice = stores.ports.outboxedOf('snapshot').find((one) => one.leaderAddress === LEADER);
    expect(slice).toMatchObject({
      equityMicros: usd('3'),
      cashMicros: 0n,
      exposureMicros: usd('3'),
      realisedMicros: usd('1'),
      unrealisedMicros: 0n,
      flowMicros: 0n,
    });
  });

  it('goes on when its last position is closed, so that its profit stays on the chart', () => {
    buy('0.6');
    snapshots.take(NOW);
    const sale = { shareDeltaMicros: sh('-10'), cashDeltaMicros: usd('7') };
    stores.book.bookEntry(purchase({ ...sale, refId: 'copy:2' }), held('0', '0', '2'));
    expect(ofLeader(NOW + MINUTE_MS)).toEqual(['MINUTE 13']);
    stores.book.bookEntry(purchase({ refId: 'copy:3', tokenId: OTHER_TOKEN }), held('10', '5'));
    stores.book.mark(OTHER_TOKEN, marking(at('0.5'), NOW));
    expect(ofLeader(NOW + 2 * MINUTE_MS)).toEqual(['MINUTE 14']);
  });
});
