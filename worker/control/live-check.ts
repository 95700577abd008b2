/** The check whether live trading is ready, as the app asks the live Wallet for it. It places nothing. */
import { type CheckItem, isGreen } from '../../domain/orders/orders.ts';
import { reasonOf, type Timers } from '../../durable-objects/platform/ports.ts';
import { withinTime } from '../../durable-objects/platform/time-limit.ts';
import { log, workerTimers } from '../../durable-objects/platform/workerd.ts';
import type { Env } from '../env.ts';
import { liveWallet } from './live-wallet-client.ts';

/** What was found, or in a sentence why nothing was. */
export type LiveCheckAnswer = readonly CheckItem[] | string;

/** A few questions to the venue one after the other, each with its own limit; beyond this there is no answer. */
const CHECK_MS_MAX = 40_000;
const NO_ANSWER = 'The live Wallet did not answer, so nothing is known. Try again.';

/** Runs the check. Never throws. */
export async function runLiveCheck(env: Env, timers: Timers = workerTimers): Promise<LiveCheckAnswer> {
  try {
    const limit = { ms: CHECK_MS_MAX, what: 'live:check' };
    return await withinTime(timers, limit, liveWallet(env).liveCheck());
  } catch (error) {
    log('error', 'the live check did not run', { reason: reasonOf(error) });
    return NO_ANSWER;
  }
}

/** Why live may not go ON by this answer, as a sentence that names the items; undefined when all of them are ready. */
export function checkObstacle(answer: LiveCheckAnswer): string | undefined {
  if (typeof answer === 'string') return `live:check gave no answer, so nothing was switched on. ${answer}`;
  if (isGreen(answer)) return undefined;
  const names = answer.filter((item) => item.state !== 'READY').map((item) => item.name);
  return `live:check is not green, so nothing was switched on: ${names.join(', ') || 'it found nothing at all'}`;
}
