/** The Worker: pages by fetch, and the outer guard by cron, which wakes the objects and prunes. Exports the object classes. */

import { reasonOf } from '../durable-objects/platform/ports.ts';
import { feedStub, walletStub } from '../durable-objects/platform/stubs.ts';
import { log } from '../durable-objects/platform/workerd.ts';
import { pruneFacts } from '../ledger/write/prune.ts';
import { createApp } from './app.tsx';
import { currentControl } from './control/first-control.ts';
import type { Env } from './env.ts';

export { FollowedUser } from '../durable-objects/followed-user.ts';
export { LeaderFeed } from '../durable-objects/leader-feed.ts';
export { Wallet } from '../durable-objects/wallet.ts';

const app = createApp();

/** Each step on its own: one that fails keeps none of the others from running. */
async function everyMinute(env: Env): Promise<void> {
  const nowMs = Date.now();
  let liveIsOff = false;
  const steps: readonly (readonly [name: string, run: () => Promise<unknown>])[] = [
    [
      'control',
      async () => {
        liveIsOff = (await currentControl(env, nowMs)).liveTrading === 'OFF';
      },
    ],
    ['feed', () => feedStub(env).ensureRunning()],
    // The other objects have their own alarms, and LeaderFeed calls them; only orders must not wait for those.
    ['live', async () => (liveIsOff ? undefined : walletStub(env, 'LIVE').ensureRunning())],
    ['prune', () => pruneFacts(env.DB, nowMs)],
  ];
  for (const [step, run] of steps) {
    try {
      await run();
    } catch (error) {
      log('error', 'a step of the cron failed', { step, reason: reasonOf(error) });
    }
  }
}

export default {
  fetch: (request, env, context) => app.fetch(request, env, context),
  scheduled: (_controller, env) => everyMinute(env),
} satisfies ExportedHandler<Env>;
