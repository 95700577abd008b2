/** The store of pending paper copies: what each reserves, when it is due, and that an intent has one at most. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { CopyIntent } from '../../../../domain/decide/decision-facts.ts';
import { PaperFunds } from '../../../../durable-objects/wallet/paper/paper-funds.ts';
import { PendingCopies, type PendingCopy } from '../../../../durable-objects/wallet/paper/pending-copies.ts';
import { at, CONDITION, LEADER, NOW, sh, TOKEN, usd } from '../../../domain/decide/example-facts.ts';
import {
  cashEntry,
  exampleIntent,
  held,
  OTHER_LEADER,
  OTHER_TOKEN,
  purchase,
  type WalletStores,
  walletStores,
} from '../stores.ts';
import { type PaperParts, paperParts } from './paper-parts.ts';

/** The most that ten shares at 50¢ take from the cash: what rounding may add is a micro of cash and five of fee per level. */
const TEN_AT_50 = usd('5.00012');

let stores: WalletStores;
let parts: PaperParts;

beforeEach(() => {
  stores = walletStores('PAPER');
  parts = paperParts(stores);
  stores.book.bookEntry(cashEntry('DEPOSIT', '1000'), undefined);
});

function copy(key: string, part: Partial<CopyIntent> = {}, more: Partial<PendingCopy> = {}): PendingCopy {
  const intent = exampleIntent({ ...part, idempotencyKey: key as CopyIntent['idempotencyKey'] });
  const plan = { side: intent.side, limitPriceMicros: at('0.5'), shareMicros: sh('10') };
  return { intent, plan, fee: null, decidedAtMs: NOW, dueAtMs: NOW + 150, ...more };
}

describe('a pending purchase', () => {
  it('reserves its cash at the limit price with the fee, for its market and its leader', () => {
    const { pending, funds } = parts;
    pending.add(copy('a'));
    pending.add(copy('b', { leaderAddress: OTHER_LEADER }, { fee: { ratePpm: 70_000n, exponent: 1 } }));
    const withFee = usd('5.17512');
    expect(funds.freeCash()).toBe(1_000_000_000n - TEN_AT_50 - withFee);
    expect(funds.reserved(exampleIntent())).toEqual({
      total: TEN_AT_50 + withFee,
      market: TEN_AT_50 + withFee,
      leader: TEN_AT_50,
    });
    const elsewhere = exampleIntent({ conditionId: 'another' as CopyIntent['conditionId'] });
    expect(funds.reserved(elsewhere)).toMatchObject({ market: 0n, leader: TEN_AT_50 });
  });

  it('never makes free cash negative', () => {
    parts.pending.add(
      copy('a', {}, { plan: { side: 'BUY', limitPriceMicros: at('0.5'), shareMicros: sh('9999') } }),
    );
    expect(parts.funds.freeCash()).toBe(0n);
  });

  it('makes a sale of the same wait, and no other', () => {
    const { pending, executor } = parts;
    pending.add(copy('a'));
    expect(executor.awaits(exampleIntent({ side: 'SELL' }))).toBe(true);
    expect(executor.awaits(exampleIntent({ side: 'BUY' }))).toBe(false);
    expect(executor.awaits(exampleIntent({ side: 'SELL', leaderAddress: OTHER_LEADER }))).toBe(false);
    const other = exampleIntent({ side: 'SELL', tokenId: '77' as CopyIntent['tokenId'] });
    expect([executor.awaits(other), executor.isReady(other)]).toEqual([false, true]);
    expect(executor.isReady(exampleIntent())).toBe(false);
  });

  it('counts for a sale only if it is meant', () => {
    parts.pending.add(copy('a'));
    const sale = exampleIntent({ side: 'SELL' });
    const among = (...keys: string[]) => parts.pending.hasPurchase(sale, (key) => keys.includes(key));
    expect([among('a'), among('b'), among()]).toEqual([true, false, false]);
  });
});

describe('a pending sale', () => {
  it('reserves its shares for its leader alone, and no cash', () => {
    const { pending, funds, executor } = parts;
    stores.book.bookEntry(purchase(), held('10', '5'));
    const planOf = (size: string) => ({
      plan: { side: 'SELL' as const, limitPriceMicros: at('0.5'), shareMicros: sh(size) },
    });
    pending.add(copy('a', { side: 'SELL' }, planOf('4')));
    const sale = exampleIntent({ side: 'SELL' });
    expect([funds.sellable(sale), funds.own(sale)]).toEqual([sh('6'), sh('6')]);
    expect(funds.reserved(sale).total).toBe(0n);
    // A second sale need not wait for it; a try of what is owed does.
    expect([executor.awaits(sale), executor.isReady(sale)]).toEqual([false, false]);
    pending.add(copy('b', { side: 'SELL' }, planOf('7')));
    expect(funds.sellable(sale)).toBe(0n);
    for (const other of [{ leaderAddress: OTHER_LEADER }, { tokenId: OTHER_TOKEN }]) {
      stores.book.bookEntry(purchase({ refId: JSON.stringify(other), ...other }), held('10', '5'));
      const another = { ...sale, ...other };
      expect([funds.sellable(another), executor.isReady(another)]).toEqual([sh('10'), true]);
    }
  });
});

describe('the store', () => {
  it('has an intent once, and forgets it when it ends', () => {
    const { pending } = parts;
    pending.add(copy('a'));
    expect(() => pending.add(copy('a'))).toThrow(/UNIQUE/);
    expect(pending.has('a')).toBe(true);
    pending.end('a');
    expect([pending.has('a'), pending.list(), pending.reservedCash()]).toEqual([false, [], 0n]);
  });

  it('lists what is due in the order of the decisions, and says when the next is', () => {
    const { pending } = parts;
    pending.add(copy('a', {}, { dueAtMs: NOW + 200 }));
    pending.add(copy('b', {}, { dueAtMs: NOW + 100 }));
    pending.add(copy('c', {}, { dueAtMs: NOW + 300 }));
    const keys = (copies: readonly PendingCopy[]) => copies.map(({ intent }) => intent.idempotencyKey);
    expect(keys(pending.due(NOW + 200))).toEqual(['a', 'b']);
    expect(keys(pending.list())).toEqual(['a', 'b', 'c']);
    expect([99, 100, 300].map((ms) => pending.nextDueAtMs(NOW + ms))).toEqual([
      NOW + 100,
      NOW + 200,
      undefined,
    ]);
  });

  it('is there for the next instance, as it was added', () => {
    const added = copy('a');
    parts.pending.add(added);
    const again = new PendingCopies(stores.ports.storage);
    expect(again.list()).toEqual([added]);
    expect(new PaperFunds(stores.book, again, parts.owed).freeCash()).toBe(1_000_000_000n - TEN_AT_50);
    expect([LEADER, TOKEN, CONDITION]).toEqual([
      added.intent.leaderAddress,
      added.intent.tokenId,
      added.intent.conditionId,
    ]);
  });
});
