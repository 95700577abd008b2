/** Sales that wait for a pending purchase (A55): when each is decided again, in which order, and never twice. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { CopyIntent } from '../../../../domain/decide/decision-facts.ts';
import type { Quote } from '../../../../durable-objects/rpc.ts';
import { at, NOW, sh } from '../../../domain/decide/example-facts.ts';
import { MemoryPorts } from '../../memory-ports.ts';
import { exampleIntent, OTHER_LEADER, OTHER_TOKEN, type WalletStores, walletStores } from '../stores.ts';
import { exampleQuote } from '../turn-room.ts';
import { type PaperParts, paperParts } from './paper-parts.ts';

let stores: WalletStores;
let parts: PaperParts;
/** What was decided again, with how long it waited and the quote that was handed along. */
let decided: (readonly [key: string, waitedMs: number, quote: Quote | undefined])[];
/** What a decision waits for, by key. */
let holds: Map<string, Promise<void>>;

beforeEach(() => {
  stores = walletStores('PAPER', new MemoryPorts(NOW));
  parts = paperParts(stores);
  decided = [];
  holds = new Map();
  parts.sales.attach({
    decideAgain: async ({ idempotencyKey, waitedMs }, quote) => {
      decided.push([idempotencyKey, waitedMs, quote]);
      await holds.get(idempotencyKey);
      parts.sales.done(idempotencyKey);
    },
  });
});

const QUOTE = exampleQuote();

function named(key: string, part: Partial<CopyIntent> = {}): CopyIntent {
  return exampleIntent({ ...part, idempotencyKey: key as CopyIntent['idempotencyKey'] });
}

const sale = (key: string, part: Partial<CopyIntent> = {}) => named(key, { side: 'SELL', ...part });

function bought(key: string, part: Partial<CopyIntent> = {}): CopyIntent {
  const intent = named(key, part);
  const plan = { side: 'BUY' as const, limitPriceMicros: at('0.5'), shareMicros: sh('10') };
  parts.pending.add({ intent, plan, fee: null, decidedAtMs: NOW, dueAtMs: NOW + 150 });
  parts.sales.purchased(intent, sh('0'));
  return intent;
}

const keys = (): string[] => decided.map(([key]) => key);
const jobs = (): unknown[] => parts.due.filter(([job]) => job === 'sales');

describe('a sale', () => {
  it('is decided once the purchases before it have ended, with how long it waited and the quote of the last', async () => {
    const purchase = bought('one');
    parts.sales.wait(sale('sale'));
    bought('later');
    await parts.sales.run();
    expect(keys()).toEqual([]);
    stores.ports.atMs += 70;
    parts.pending.end('one');
    await parts.sales.decideOf(purchase, QUOTE);
    expect(decided).toEqual([['sale', 70, QUOTE]]);
  });

  it('of another leader or token is not decided with it, but by the job, each on a quote of its own', async () => {
    parts.sales.wait(sale('leader', { leaderAddress: OTHER_LEADER }));
    parts.sales.wait(sale('token', { tokenId: OTHER_TOKEN }));
    await parts.sales.decideOf(named('buy'), QUOTE);
    expect(keys()).toEqual([]);
    await parts.sales.run();
    expect(decided).toEqual([
      ['leader', 0, undefined],
      ['token', 0, undefined],
    ]);
  });

  it('is not decided at the end of a sale', async () => {
    parts.sales.wait(sale('waits'));
    await parts.sales.decideOf(sale('ended'), QUOTE);
    expect(keys()).toEqual([]);
  });

  it('is decided after the one before it, though both need wait no more (A44)', async () => {
    const first = Promise.withResolvers<void>();
    holds.set('first', first.promise);
    parts.sales.wait(sale('first'));
    parts.sales.wait(sale('second'));
    const runs = [parts.sales.run(), parts.sales.decideOf(named('buy'), QUOTE), parts.sales.run()];
    await stores.ports.settle();
    expect(keys()).toEqual(['first']);
    first.resolve();
    await Promise.all(runs);
    expect(keys()).toEqual(['first', 'second']);
  });

  it('is decided once where the job reaches it after the end of its purchase has decided it', async () => {
    const slow = Promise.withResolvers<void>();
    holds.set('elsewhere', slow.promise);
    parts.sales.wait(sale('elsewhere', { tokenId: OTHER_TOKEN }));
    stores.ports.atMs += 1;
    parts.sales.wait(sale('sale'));
    const job = parts.sales.run();
    await parts.sales.decideOf(named('buy'), QUOTE);
    slow.resolve();
    await job;
    expect(keys()).toEqual(['elsewhere', 'sale']);
  });
});

describe('the job', () => {
  it('is due soon for a sale that waits for no purchase, and for one whose purchase has ended', () => {
    bought('one');
    parts.sales.soon();
    parts.sales.wait(sale('sale'));
    expect(jobs()).toEqual([]);
    parts.sales.soon();
    parts.sales.now();
    parts.sales.wait(sale('other', { tokenId: OTHER_TOKEN }));
    const soon = ['sales', NOW + 1_000];
    expect(jobs()).toEqual([soon, ['sales', NOW], soon]);
  });

  it('comes again while a sale is left that need not wait, and not for one whose purchase is pending', async () => {
    parts.sales.attach({ decideAgain: async () => {} });
    bought('one');
    parts.sales.wait(sale('held up'));
    await parts.sales.run();
    expect(jobs()).toEqual([]);
    parts.pending.end('one');
    await parts.sales.run();
    expect(jobs()).toEqual([['sales', NOW + 1_000]]);
  });
});
