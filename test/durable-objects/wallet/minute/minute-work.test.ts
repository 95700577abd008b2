/** What a Wallet does each minute: in which order, and what still happens when a part of it fails. */
import { beforeEach, describe, expect, it } from 'vitest';
import { InvariantError } from '../../../../domain/assert.ts';
import type { FeedPort, TokenState } from '../../../../durable-objects/rpc.ts';
import { WalletMarks } from '../../../../durable-objects/wallet/marks.ts';
import { MarkReading, MinuteWork } from '../../../../durable-objects/wallet/minute/minute-work.ts';
import { Pause } from '../../../../durable-objects/wallet/pause.ts';
import { SnapshotJob } from '../../../../durable-objects/wallet/snapshot-job.ts';
import { WalletSnapshots } from '../../../../durable-objects/wallet/snapshots.ts';
import { at, CONDITION, LEADER, sh, TOKEN, usd } from '../../../domain/decide/example-facts.ts';
import { START_MS } from '../../memory-ports.ts';
import {
  cashEntry,
  held,
  OTHER_LEADER,
  OTHER_TOKEN,
  purchase,
  tokenState,
  type WalletStores,
  walletStores,
} from '../stores.ts';

let stores: WalletStores;
let steps: string[];
let asked: (readonly { readonly tokenId: string; readonly conditionId: string }[])[];
let answer: () => readonly TokenState[];
let pause: Pause;
let marks: MarkReading;
let minute: MinuteWork;

beforeEach(() => {
  stores = walletStores('PAPER');
  const { ports, kv, book, outbox } = stores;
  steps = [];
  asked = [];
  answer = () => [];
  const feed: FeedPort = {
    freshQuote: async () => ({ book: null, market: null }),
    tokenStates: async (tokens) => {
      steps.push('marks');
      asked.push(tokens);
      return answer();
    },
  };
  pause = new Pause(kv, ports.log);
  marks = new MarkReading(ports, feed, book, new WalletMarks('PAPER', book, kv, ports.nowMs, null), pause);
  const snapshots = new WalletSnapshots('PAPER', book, kv, outbox, () => undefined);
  const opened = {
    isOpened: () => {
      steps.push('snapshot');
      return true;
    },
  };
  const snapshot = new SnapshotJob(ports, { at: () => {} }, snapshots, opened);
  const store = (name: string) => ({
    prune: (nowMs: number) => void steps.push(`${name} ${nowMs - START_MS}`),
  });
  minute = new MinuteWork(ports, kv, marks, snapshot, [store('first'), store('second')], {
    publish: (nowMs) => void steps.push(`counts ${nowMs - START_MS}`),
  });
  book.bookEntry(cashEntry('DEPOSIT', '100'), undefined);
});

function hold(): void {
  const { book } = stores;
  book.bookEntry(purchase(), held('10', '5'));
  book.bookEntry(purchase({ refId: 'copy:2', leaderAddress: OTHER_LEADER }), held('10', '5'));
  book.bookEntry(purchase({ refId: 'copy:3', tokenId: OTHER_TOKEN }), held('10', '5'));
}

const MARK = tokenState('0.6');

const markOf = () => stores.book.open().find((one) => one.leaderAddress === LEADER && one.tokenId === TOKEN);

describe('the minute', () => {
  it('reads marks, takes a snapshot, prunes and counts, in this order', async () => {
    hold();
    stores.ports.atMs += 5;
    await minute.run();
    expect(steps).toEqual(['marks', 'snapshot', 'first 5', 'second 5', 'counts 5']);
    expect(stores.kv.get('tickAt')).toBe(START_MS + 5);
  });

  it('values its snapshot at the marks that it has just read', async () => {
    hold();
    answer = () => [MARK, { ...MARK, tokenId: OTHER_TOKEN }];
    await minute.run();
    expect(stores.ports.outboxedOf('snapshot')[0]).toMatchObject({ equityMicros: usd('103') });
  });

  it('goes on without marks', async () => {
    hold();
    answer = () => {
      throw new Error('no answer');
    };
    await minute.run();
    expect(steps).toEqual(['marks', 'snapshot', 'first 0', 'second 0', 'counts 0']);
    expect(stores.kv.get('tickAt')).toBe(START_MS);
  });

  it('leaves its marks when the rest fails, and nothing of the rest', async () => {
    hold();
    answer = () => [MARK];
    stores.ports.refusesStatement = (query) => {
      const writes = steps.includes('second 0') && /^(INSERT|UPDATE|REPLACE)/.test(query);
      return writes;
    };
    await expect(minute.run()).rejects.toThrow('refused');
    stores.ports.refusesStatement = undefined;
    expect(markOf()?.markPriceMicros).toBe(at('0.6'));
    expect(stores.kv.get('tickAt')).toBeUndefined();
    expect(stores.ports.outboxedOf('snapshot')).toEqual([]);
  });
});

describe('the marks', () => {
  it('are read once for every token that is held', async () => {
    hold();
    await marks.run();
    expect(asked).toEqual([
      [
        { tokenId: TOKEN, conditionId: CONDITION },
        { tokenId: OTHER_TOKEN, conditionId: CONDITION },
      ],
    ]);
  });

  it('are not asked for while nothing is held', async () => {
    await marks.run();
    expect(asked).toEqual([]);
    expect(stores.ports.logs).toEqual([]);
  });

  it('are set and sent to D1', async () => {
    hold();
    stores.ports.clearOutbox();
    answer = () => [MARK];
    await marks.run();
    expect(markOf()).toMatchObject({ markPriceMicros: at('0.6'), markedAtMs: START_MS - 1 });
    expect(stores.ports.outboxedOf('position')).toHaveLength(3);
  });

  it('settle a market that has ended', async () => {
    hold();
    answer = () => [{ ...MARK, payoutPriceMicros: at('1') }];
    await marks.run();
    expect(stores.book.open().map((one) => one.tokenId)).toEqual([OTHER_TOKEN]);
    expect(stores.book.cash()).toBe(usd('105'));
  });

  it('of a minute in which the feed fails stay as they were, and that is logged', async () => {
    hold();
    answer = () => {
      throw new Error('no answer');
    };
    await marks.run();
    expect(stores.ports.logs).toEqual([
      { level: 'warn', message: 'no marks this minute', fields: { reason: 'Error: no answer' } },
    ]);
    expect(pause.reason()).toBeUndefined();
    expect(markOf()?.shareMicros).toBe(sh('10'));
  });

  it('that show a bug of ours pause the Wallet, and nothing of them is booked', async () => {
    hold();
    stores.ports.clearOutbox();
    const failing = new WalletMarks('PAPER', stores.book, stores.kv, stores.ports.nowMs, null);
    failing.publish = () => {
      throw new InvariantError('a bug');
    };
    const feed = {
      freshQuote: async () => ({ book: null, market: null }),
      tokenStates: async () => [{ ...MARK, payoutPriceMicros: at('1') }],
    };
    await new MarkReading(stores.ports, feed, stores.book, failing, pause).run();
    expect(pause.reason()).toBe('InvariantError: a bug');
    expect(stores.ports.outboxed()).toEqual([]);
    expect(stores.book.open()).toHaveLength(3);
  });
});
