/**
 * The live Wallet as the app talks to it: switches and the check that places nothing. Only the Wallet
 * decides; what it refuses comes back in words.
 */

import type { Timers } from '../../durable-objects/platform/ports.ts';
import { walletStub } from '../../durable-objects/platform/stubs.ts';
import { withinTime } from '../../durable-objects/platform/time-limit.ts';
import { workerTimers } from '../../durable-objects/platform/workerd.ts';
import type { WalletRpc } from '../../durable-objects/rpc.ts';
import type { Env } from '../env.ts';

/** An OFF without an answer by then counts as not acknowledged, and the page says so while the operator can still act. */
const OFF_MS_MAX = 10_000;
/** The Wallet has answered already; its answer is shown after this long at most, whatever D1 does. */
const FOLLOW_UP_MS_MAX = 2_000;

/** The Wallet's answer to an OFF; throws when it does not come in time. It may still arrive, but nothing may be claimed. */
export function answerToOff<T>(answer: Promise<T>, timers: Timers = workerTimers): Promise<T> {
  return withinTime(timers, { ms: OFF_MS_MAX, what: 'the Wallet' }, answer);
}

/** Work in D1 after the Wallet has obeyed; throws when it takes too long, as it may while D1 is down. */
export function followUp<T>(work: () => Promise<T>, timers: Timers = workerTimers): Promise<T> {
  return withinTime(timers, { ms: FOLLOW_UP_MS_MAX, what: 'D1' }, work());
}

/** The live Wallet's commands, each answered with plain data. */
export type LiveWalletClient = Pick<WalletRpc, 'setLive' | 'setUserLive' | 'setEntries' | 'liveCheck'>;

/** The one live Wallet. `await` turns what a stub returns, a promise for each case of a union, into one promise. */
export function liveWallet(env: Env): LiveWalletClient {
  const stub = walletStub(env, 'LIVE');
  return {
    setLive: async (command) => await stub.setLive(command),
    setUserLive: async (command) => await stub.setUserLive(command),
    setEntries: async (command) => await stub.setEntries(command),
    liveCheck: async () => await stub.liveCheck(),
  };
}
