/** How a pending copy ends when something of ours is wrong: never half, never while the switch is OFF, and never twice. */
import { beforeEach, expect, it } from 'vitest';
import type { Quote } from '../../../../durable-objects/rpc.ts';
import type { PendingCopy } from '../../../../durable-objects/wallet/paper/pending-copies.ts';
import { PendingEnds, PendingExits } from '../../../../durable-objects/wallet/paper/pending-ends.ts';
import { Pause } from '../../../../durable-objects/wallet/pause.ts';
import { at, exampleFacts, levels, NOW, sh, usd } from '../../../domain/decide/example-facts.ts';
import { attempt } from '../../../ledger/records.ts';
import { cashEntry, exampleIntent, held, purchase, type WalletStores, walletStores } from '../stores.ts';
import { type PaperParts, paperParts } from './paper-parts.ts';

let stores: WalletStores;
let parts: PaperParts;
let pause: Pause;
let ends: PendingEnds;
let state: 'ON' | 'OFF';
let loweredAtMs: number;
let snapshots: number;

beforeEach(() => {
  stores = walletStores('PAPER');
  snapshots = 0;
  const soon = () => {
    snapshots += 1;
  };
  parts = paperParts(stores, { snapshot: { soon } });
  const { ports, kv, book } = stores;
  state = 'ON';
  loweredAtMs = 0;
  const switches = { state: () => state, loweredAtMs: () => loweredAtMs };
  pause = new Pause(kv, ports.log);
  const exits = new PendingExits(parts.owed, switches, parts.funds, parts.waits, { lost: () => {} });
  ends = new PendingEnds(ports, parts.pending, parts.booking, parts.attempts, exits, pause);
  book.bookEntry(cashEntry('DEPOSIT', '1000'), undefined);
  ports.clearOutbox();
});

function quote(asks: string, bids = '0.48x100'): Quote {
  const { book, market } = exampleFacts({ book: { asks: levels(asks), bids: levels(bids) } });
  return { book, market };
}

function pending(side: 'BUY' | 'SELL' = 'BUY', size = '10'): PendingCopy {
  const intent = exampleIntent({ side });
  const limitPriceMicros = at(side === 'BUY' ? '0.5' : '0.48');
  const plan = { side, limitPriceMicros, shareMicros: sh(size) };
  const copy = { intent, plan, fee: null, decidedAtMs: NOW, dueAtMs: NOW + 150 };
  parts.pending.add(copy);
  return copy;
}

const shares = (): bigint =>
  stores.book.position(exampleIntent().leaderAddress, exampleIntent().tokenId)?.shareMicros ?? 0n;

it('fills, reserves nothing any more, and what it took is taken', () => {
  ends.fill(pending(), quote('0.50x100'));
  expect([shares(), parts.pending.list(), parts.funds.freeCash()]).toEqual([sh('10'), [], usd('995')]);
  const { tokenId } = exampleIntent();
  expect(parts.taken.levels({ tokenId, side: 'BUY', otherTokenId: undefined }, NOW)).toHaveLength(1);
});

it('does not fill while the switch is OFF, whatever came of the OFF', () => {
  state = 'OFF';
  ends.fill(pending(), quote('0.50x100'));
  expect([shares(), parts.pending.list()]).toEqual([0n, []]);
});

it('books nothing after a bug of ours: the Wallet pauses, and the copy is canceled with what it reserved', () => {
  const copy = pending();
  const { idempotencyKey } = copy.intent;
  // Another entry has its reference.
  const entry = cashEntry('DEPOSIT', '7');
  stores.book.bookEntry({ ...entry, refId: `copy:${idempotencyKey}`, entryType: 'TRADE_FILL' }, undefined);
  parts.attempts.keep(attempt({ idempotencyKey, reasons: ['PAPER_PENDING'], filledShareMicros: 0n }));
  ends.fill(copy, quote('0.50x100'));
  expect(pause.reason()).toContain('a ledger reference was used for two different entries');
  expect([shares(), parts.pending.list(), parts.funds.freeCash()]).toEqual([0n, [], usd('1007')]);
  expect(stores.ports.outboxedOf('copyFill')).toEqual([]);
  expect(stores.ports.outboxedOf('attempt').map((row) => row.reasons)).toEqual([['ENGINE_PAUSED']]);
});

it('stays pending while its cancel cannot be stored', () => {
  const copy = pending();
  stores.ports.refusesStatement = (query) => query.startsWith('DELETE FROM pending_copy');
  expect(() => ends.cancel(copy, 'PAPER_NO_BOOK')).toThrow();
  stores.ports.refusesStatement = undefined;
  expect(parts.pending.has(copy.intent.idempotencyKey)).toBe(true);
  ends.cancel(copy, 'PAPER_NO_BOOK');
  expect(parts.pending.list()).toEqual([]);
});

it('of a sale leaves what is unsold owed: held if the switch was lowered since, and never more than is left', () => {
  stores.book.bookEntry(purchase(), held('10', '5'));
  const { leaderAddress, tokenId } = exampleIntent();
  const row = () => parts.owed.get(leaderAddress, tokenId);
  ends.fill(pending('SELL'), quote('0.50x100', '0.48x4'));
  expect([shares(), row()?.shareMicros, row()?.state]).toEqual([sh('6'), sh('6'), 'OWED']);
  parts.owed.limitTo(row()!, sh('0'));
  loweredAtMs = NOW;
  ends.cancel(pending('SELL', '9'), 'ENGINE_PAUSED');
  expect([row()?.shareMicros, row()?.state]).toEqual([sh('6'), 'HELD']);
});

it('owes nothing of a sale whose shares a settlement has taken', () => {
  ends.cancel(pending('SELL'), 'PAPER_NO_BOOK');
  const { leaderAddress, tokenId } = exampleIntent();
  expect([parts.pending.list(), parts.owed.get(leaderAddress, tokenId)]).toEqual([[], undefined]);
});

it('holds what is owed of a sale that was decided as the switch was lowered, whatever ended it (A44)', () => {
  stores.book.bookEntry(purchase(), held('10', '5'));
  const { leaderAddress, tokenId } = exampleIntent();
  loweredAtMs = NOW;
  ends.cancel(pending('SELL'), 'PAPER_NO_BOOK');
  expect(parts.owed.get(leaderAddress, tokenId)).toMatchObject({ state: 'HELD', cause: 'PAPER_NO_BOOK' });
});

it('values the Wallet anew after a fill, and not where nothing filled', () => {
  ends.fill(pending(), quote('0.60x100'));
  expect(snapshots).toBe(0);
  ends.fill(pending(), quote('0.50x100'));
  expect(snapshots).toBe(1);
});
