/**
 * How often a password may be tried: counted in LeaderFeed's memory, since each isolate of the Worker has counts of its own only. A
 * browser that has signed in before has its own budget, so that no stranger can shut the operator out.
 */
import { reasonOf } from '../../durable-objects/platform/ports.ts';
import { feedStub } from '../../durable-objects/platform/stubs.ts';
import { Throttle } from '../../durable-objects/platform/throttle.ts';
import { withinTime } from '../../durable-objects/platform/time-limit.ts';
import { log, workerTimers } from '../../durable-objects/platform/workerd.ts';
import type { Env } from '../env.ts';

/** An OFF may be what the operator signs in for: LeaderFeed is not waited for longer. */
const FEED_MS_MAX = 1_000;

export interface Tryer {
  /** The address, or the device. */
  readonly client: string;
  /** A device that has signed in before. */
  readonly isKnown: boolean;
}

export class SignInTries {
  /** Of this isolate. It spares LeaderFeed what is refused anyway, and stands in for it when it does not answer. */
  private readonly own = new Throttle();

  async allows(env: Env, { client, isKnown }: Tryer, nowMs: number): Promise<boolean> {
    if (!this.own.allows(client, nowMs, isKnown)) return false;
    return (await ask(() => feedStub(env).allowsTry(client, isKnown))) ?? true;
  }

  async succeeded(env: Env, { client, isKnown }: Tryer): Promise<void> {
    this.own.succeeded(client, isKnown);
    await ask(() => feedStub(env).trySucceeded(client, isKnown));
  }
}

/** Undefined when LeaderFeed does not answer in time. */
async function ask<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await withinTime(workerTimers, { ms: FEED_MS_MAX, what: 'LeaderFeed' }, call());
  } catch (error) {
    log('warn', 'tries of the password are counted in one isolate only', { reason: reasonOf(error) });
    return undefined;
  }
}
