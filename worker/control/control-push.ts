/**
 * Hands a new control document to the objects at once. One that does not answer re-reads D1 within a minute, so a
 * failure here delays a change and never loses it.
 */

import { type LeaderAddress, TRADING_MODES } from '../../domain/ids.ts';
import type { Control } from '../../domain/settings/control.ts';
import { reasonOf } from '../../durable-objects/platform/ports.ts';
import { feedStub, userStub, walletStub } from '../../durable-objects/platform/stubs.ts';
import { log } from '../../durable-objects/platform/workerd.ts';
import { WALLET_NAMES } from '../../durable-objects/rpc.ts';
import type { Env } from '../env.ts';

/** Pushes to the feed, both Wallets and the followed users named. Never throws; returns the names that did not answer. */
export async function pushControl(
  env: Env,
  control: Control,
  leaders: readonly LeaderAddress[],
): Promise<readonly string[]> {
  const targets: readonly (readonly [name: string, push: () => Promise<unknown>])[] = [
    ['feed', () => feedStub(env).applyControl(control)],
    ...TRADING_MODES.map(
      (mode) => [WALLET_NAMES[mode], () => walletStub(env, mode).applyControl(control)] as const,
    ),
    ...leaders.map((address) => [address, () => userStub(env, address).applyControl(control)] as const),
  ];
  const outcomes = await Promise.all(
    targets.map(async ([name, push]) => {
      try {
        await push();
        return [];
      } catch (error) {
        log('warn', 'an object did not take the control document', { name, reason: reasonOf(error) });
        return [name];
      }
    }),
  );
  return outcomes.flat();
}
