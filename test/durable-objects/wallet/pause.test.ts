/** The pause after a bug of ours: what starts it, what ends it, and that memory is read from storage again. */
import { beforeEach, describe, expect, it } from 'vitest';
import { InvariantError } from '../../../domain/assert.ts';
import { Pause } from '../../../durable-objects/wallet/pause.ts';
import { type WalletStores, walletStores } from './stores.ts';

const BUG = new InvariantError('cash fell below zero');
const REASON = 'InvariantError: cash fell below zero';
const NO_BUG = new Error('no answer');

let stores: WalletStores;
let reloads: number;
let pause: Pause;

beforeEach(() => {
  stores = walletStores('LIVE');
  reloads = 0;
  pause = new Pause(stores.kv, stores.ports.log, {
    reload: () => {
      reloads += 1;
    },
  });
});

const LOGGED = {
  level: 'error',
  message: 'the Wallet pauses on an invariant',
  fields: { reason: REASON },
};

describe('a pause', () => {
  it('is logged, outlives the instance and ends when it is ended', () => {
    expect(pause.reason()).toBeUndefined();
    pause.start(REASON);
    expect(stores.ports.logs).toEqual([LOGGED]);
    const { kv, ports } = walletStores('LIVE', stores.ports.restarted());
    const next = new Pause(kv, ports.log, null);
    expect(next.reason()).toBe(REASON);
    next.end();
    expect(next.reason()).toBeUndefined();
  });
});

describe('an error', () => {
  it('that is a bug of ours pauses, after memory was read from storage', () => {
    pause.startOnBug(BUG);
    expect([pause.reason(), reloads]).toEqual([REASON, 1]);
    expect(stores.ports.logs).toEqual([LOGGED]);
  });

  it('of any other kind is left to the caller', () => {
    pause.startOnBug(NO_BUG);
    expect([pause.reason(), reloads]).toEqual([undefined, 0]);
    expect(stores.ports.logs).toEqual([]);
  });
});

describe('a rolled-back transaction', () => {
  it('pauses on a bug of ours, after memory was read from storage', () => {
    pause.rolledBack(BUG);
    expect([pause.reason(), reloads]).toEqual([REASON, 1]);
    expect(stores.ports.logs).toEqual([LOGGED]);
  });

  it('throws any other error again, and still reads memory from storage', () => {
    expect(() => pause.rolledBack(NO_BUG)).toThrow(NO_BUG);
    expect([pause.reason(), reloads]).toEqual([undefined, 1]);
  });

  it('pauses on paper, where no rows are kept in memory', () => {
    const paper = new Pause(stores.kv, stores.ports.log, null);
    paper.rolledBack(BUG);
    expect(paper.reason()).toBe(REASON);
    paper.end();
    paper.startOnBug(BUG);
    expect(paper.reason()).toBe(REASON);
  });
});
