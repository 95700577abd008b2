/** The pause after a bug of ours: what starts it, and what ends it. */
import { beforeEach, describe, expect, it } from 'vitest';
import { InvariantError } from '../../../domain/assert.ts';
import { Pause } from '../../../durable-objects/wallet/pause.ts';
import { type WalletStores, walletStores } from './stores.ts';

const BUG = new InvariantError('cash fell below zero');
const REASON = 'InvariantError: cash fell below zero';
const NO_BUG = new Error('no answer');

let stores: WalletStores;
let pause: Pause;

beforeEach(() => {
  stores = walletStores('LIVE');
  pause = new Pause(stores.kv, stores.ports.log);
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
    const next = new Pause(kv, ports.log);
    expect(next.reason()).toBe(REASON);
    next.end();
    expect(next.reason()).toBeUndefined();
  });
});

describe('an error', () => {
  it('that is a bug of ours pauses', () => {
    pause.startOnBug(BUG);
    expect(pause.reason()).toBe(REASON);
    expect(stores.ports.logs).toEqual([LOGGED]);
  });

  it('of any other kind is left to the caller', () => {
    pause.startOnBug(NO_BUG);
    expect(pause.reason()).toBeUndefined();
    expect(stores.ports.logs).toEqual([]);
  });
});

describe('a rolled-back transaction', () => {
  it('pauses on a bug of ours', () => {
    pause.pauseOrThrow(BUG);
    expect(pause.reason()).toBe(REASON);
    expect(stores.ports.logs).toEqual([LOGGED]);
  });

  it('throws any other error again', () => {
    expect(() => pause.pauseOrThrow(NO_BUG)).toThrow(NO_BUG);
    expect(pause.reason()).toBeUndefined();
  });
});
