/** Differences between ledger and venue: their age, when people are alerted, and the venue's positions as they were read. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { TokenId } from '../../../../../domain/ids.ts';
import type { Difference } from '../../../../../domain/orders/reconcile.ts';
import { MINUTE_MS } from '../../../../../domain/time.ts';
import {
  type LedgerTokens,
  LiveDifferences,
  type ReadPosition,
} from '../../../../../durable-objects/wallet/live/reconcile/differences.ts';
import type { Allowance } from '../../../../../durable-objects/wallet/live/reconcile/settling-allowance.ts';
import { at, CONDITION, sh, TOKEN, usd } from '../../../../domain/decide/example-facts.ts';
import { START_MS } from '../../../memory-ports.ts';
import { OTHER_TOKEN, type WalletStores, walletStores } from '../../stores.ts';

const NONE: Allowance = { low: 0n, high: 0n };

let stores: WalletStores;
let differences: LiveDifferences;

beforeEach(() => {
  stores = walletStores('LIVE');
  differences = new LiveDifferences(stores.ports.storage, stores.outbox);
});

/** The venue has this much more than the ledger's hundred dollars; a negative amount is less. */
function cashBy(amount: string): Difference {
  const ledgerMicros = usd('100');
  const venueMicros = ledgerMicros + usd(amount);
  return { kind: 'difference', subject: 'CASH', tokenId: '', ledgerMicros, venueMicros, settling: false };
}

function sharesBy(amount: string, tokenId: TokenId = TOKEN): Difference {
  const ledgerMicros = sh('10');
  const venueMicros = ledgerMicros + sh(amount);
  return { kind: 'difference', subject: 'POSITION', tokenId, ledgerMicros, venueMicros, settling: false };
}

interface Read {
  readonly afterMs?: number;
  readonly cash?: boolean;
  readonly positions?: boolean;
  readonly cashRoom?: Allowance;
  readonly tokenRoom?: Allowance;
}

function take(found: readonly Difference[], read: Read = {}): void {
  const { cashRoom = NONE, tokenRoom = NONE } = read;
  differences.take(found, {
    cash: read.cash ?? true,
    positions: read.positions ?? true,
    nowMs: START_MS + (read.afterMs ?? 0),
    room: { cash: cashRoom, token: (tokenId) => (tokenId === TOKEN ? tokenRoom : NONE) },
  });
}

describe('a difference', () => {
  it('is stored when it is first read', () => {
    take([cashBy('-1'), sharesBy('2')]);
    const first = {
      firstSeenAtMs: START_MS,
      lastSeenAtMs: START_MS,
      readings: 1,
      endedAtMs: null,
      revision: 1,
    };
    expect(differences.list()).toEqual([
      {
        kind: 'difference',
        subject: 'CASH',
        tokenId: '',
        ledgerMicros: usd('100'),
        venueMicros: usd('99'),
        ...first,
      },
      {
        kind: 'difference',
        subject: 'POSITION',
        tokenId: TOKEN,
        ledgerMicros: sh('10'),
        venueMicros: sh('12'),
        ...first,
      },
    ]);
    expect(stores.ports.outboxed()).toEqual(differences.list());
  });

  it('keeps its first time and counts its readings while it lasts', () => {
    take([cashBy('-1')]);
    take([{ ...cashBy('-2'), ledgerMicros: usd('101') }], { afterMs: 500 });
    expect(differences.list()).toMatchObject([
      {
        ledgerMicros: usd('101'),
        venueMicros: usd('98'),
        readings: 2,
        firstSeenAtMs: START_MS,
        lastSeenAtMs: START_MS + 500,
        revision: 2,
      },
    ]);
    expect(stores.ports.outboxed()).toHaveLength(2);
  });

  it('ends when a reading that covers it does not find it, and begins anew afterwards', () => {
    take([cashBy('-1'), sharesBy('2')]);
    stores.ports.clearOutbox();
    take([sharesBy('2')], { afterMs: 500 });
    expect(differences.list().map((one) => one.subject)).toEqual(['POSITION']);
    expect(stores.ports.outboxed()[0]).toMatchObject({
      subject: 'CASH',
      venueMicros: usd('99'),
      endedAtMs: START_MS + 500,
      revision: 2,
    });
    take([cashBy('-1')], { afterMs: 900, positions: false });
    expect(differences.list()).toMatchObject([
      { subject: 'CASH', firstSeenAtMs: START_MS + 900, readings: 1, revision: 1 },
      { subject: 'POSITION' },
    ]);
  });

  it('stays as it is while what it concerns is not read', () => {
    take([cashBy('-1'), sharesBy('2')]);
    const before = differences.list();
    stores.ports.clearOutbox();
    take([], { afterMs: 500, cash: false, positions: false });
    expect([differences.list(), stores.ports.outboxed()]).toEqual([before, []]);
    take([], { afterMs: 600, cash: false });
    expect(differences.list().map((one) => one.subject)).toEqual(['CASH']);
    take([], { afterMs: 700, positions: false });
    expect(differences.list()).toEqual([]);
  });

  it.each([
    ['a cent less', '-0.01', false],
    ['a cent more', '0.01', false],
    ['a micro beyond a cent less', '-0.010001', true],
    ['a micro beyond a cent more', '0.010001', true],
  ])('of %s is significant: %s %s', (_what, amount, expected) => {
    take([cashBy(amount)]);
    expect(differences.significant()).toHaveLength(expected ? 1 : 0);
  });

  it('alerts from the second reading on, when it is a minute old', () => {
    take([cashBy('-1')]);
    take([cashBy('-1')], { afterMs: MINUTE_MS - 1 });
    expect(differences.alerting()).toEqual([]);
    take([cashBy('-1')], { afterMs: MINUTE_MS });
    expect(differences.alerting()).toHaveLength(1);
    take([cashBy('-0.01')], { afterMs: MINUTE_MS + 1 });
    expect(differences.alerting()).toEqual([]);
  });

  it('of one reading does not alert, however old it is', () => {
    take([cashBy('-1')], { cashRoom: { low: -usd('5'), high: 0n } });
    take([cashBy('-1')], { afterMs: 2 * MINUTE_MS });
    expect(differences.list()).toMatchObject([{ readings: 1 }]);
    expect(differences.alerting()).toEqual([]);
    take([cashBy('-1')], { afterMs: 3 * MINUTE_MS });
    expect(differences.alerting()).toHaveLength(1);
  });
});

describe('while fills settle', () => {
  const readings = (): number | undefined => differences.list()[0]?.readings;

  it.each([
    ['as much less as allowed', '-5.01', { low: -usd('5'), high: 0n }, 0],
    ['more than allowed below', '-5.010001', { low: -usd('5'), high: 0n }, 1],
    ['as much more as allowed', '5.01', { low: 0n, high: usd('5') }, 0],
    ['more than allowed above', '5.010001', { low: 0n, high: usd('5') }, 1],
    ['on the side on which nothing is allowed', '-1', { low: 0n, high: usd('5') }, 1],
    ['a cent, where nothing settles', '0.01', NONE, 1],
  ])('cash that differs by %s counts or not', (_what, amount, cashRoom, expected) => {
    take([cashBy(amount)], { cashRoom, tokenRoom: { low: -usd('50'), high: usd('50') } });
    expect(readings()).toBe(expected);
    take([cashBy(amount)], { afterMs: 1, cashRoom, tokenRoom: { low: -usd('50'), high: usd('50') } });
    expect(readings()).toBe(2 * expected);
  });

  it('shares are measured by the allowance of their own token', () => {
    const tokenRoom = { low: 0n, high: sh('5') };
    take([sharesBy('4'), sharesBy('4', OTHER_TOKEN)], { tokenRoom });
    const counted = differences.list().map((one) => [one.tokenId, one.readings]);
    expect(Object.fromEntries(counted)).toEqual({ [TOKEN]: 0, [OTHER_TOKEN]: 1 });
  });
});

describe('the venue’s positions', () => {
  const read = (part: Partial<ReadPosition> = {}): ReadPosition => ({
    tokenId: TOKEN,
    conditionId: CONDITION,
    shareMicros: sh('10'),
    avgPriceMicros: at('0.4'),
    markPriceMicros: at('0.5'),
    redeemable: false,
    ...part,
  });

  it('are stored, and leave for D1, when more than the time of the reading has changed', () => {
    differences.takePositions([read()], START_MS);
    differences.takePositions([read()], START_MS + 1);
    expect(differences.venuePositions()).toEqual([
      { ...read(), kind: 'venuePosition', readAtMs: START_MS, revision: START_MS },
    ]);
    expect(stores.ports.outboxed()).toEqual([
      { ...read(), kind: 'venuePosition', readAtMs: START_MS, revision: START_MS },
    ]);
    differences.takePositions([read({ shareMicros: sh('11') })], START_MS + 2);
    expect(stores.ports.outboxedOf('venuePosition').map((one) => one.revision)).toEqual([
      START_MS,
      START_MS + 2,
    ]);
  });

  it('that are not among those of a reading are gone, and newer when they come back', () => {
    differences.takePositions([read({ redeemable: true }), read({ tokenId: OTHER_TOKEN })], START_MS);
    stores.ports.clearOutbox();
    differences.takePositions([read({ tokenId: OTHER_TOKEN })], START_MS + 1);
    expect(differences.venuePositions().map((one) => one.tokenId)).toEqual([OTHER_TOKEN]);
    expect(stores.ports.outboxed()).toMatchObject([
      { tokenId: TOKEN, shareMicros: 0n, redeemable: false, readAtMs: START_MS + 1, revision: START_MS + 1 },
    ]);
    differences.takePositions([read(), read({ tokenId: OTHER_TOKEN })], START_MS + 2);
    expect(stores.ports.outboxedOf('venuePosition').at(-1)?.revision).toBe(START_MS + 2);
  });

  const ledger = (shareText: string, mark: string | null): LedgerTokens =>
    new Map([
      [
        TOKEN,
        {
          shareMicros: sh(shareText),
          costMicros: usd('3'),
          markPriceMicros: mark === null ? null : at(mark),
        },
      ],
    ]);

  it('are valued at the cost and mark of the ledger where it knows of exactly these shares', () => {
    differences.takePositions([read()], START_MS);
    expect(differences.marked(ledger('10', '0.7'))).toEqual([
      { shareMicros: sh('10'), costMicros: usd('3'), realisedMicros: 0n, markPriceMicros: at('0.7') },
    ]);
    expect(differences.marked(ledger('9', '0.7'))[0]).toMatchObject({
      costMicros: usd('4'),
      markPriceMicros: at('0.7'),
    });
  });

  it.each([
    ['its average price', read(), '4', at('0.5')],
    ['its mark', read({ avgPriceMicros: null }), '5', at('0.5')],
    ['nothing, without either', read({ avgPriceMicros: null, markPriceMicros: null }), '0', null],
  ])('that the ledger does not know cost %s', (_what, position, cost, mark) => {
    differences.takePositions([position], START_MS);
    expect(differences.marked(new Map())).toEqual([
      { shareMicros: sh('10'), costMicros: usd(cost), realisedMicros: 0n, markPriceMicros: mark },
    ]);
    expect(differences.marked(ledger('1', null))[0]?.markPriceMicros).toBe(mark);
  });

  it('without shares are not valued', () => {
    differences.takePositions([read({ shareMicros: sh('0') })], START_MS);
    expect(differences.marked(new Map())).toEqual([]);
  });
});
