/** The Worker: pages by fetch, and the outer guard by cron, which wakes the objects and prunes. Exports the object classes. */

import type { Control } from '../domain/settings/control.ts';
import { reasonOf } from '../durable-objects/platform/ports.ts';
import { feedStub, walletStub } from '../durable-objects/platform/stubs.ts';
import { log } from '../durable-objects/platform/workerd.ts';
import { countedD1, noCost } from '../ledger/counted-d1.ts';
import { isRetentionDue, retain } from '../ledger/write/retention.ts';
import { createApp } from './app.tsx';
import { currentControl } from './control/first-control.ts';
import type { Env } from './env.ts';
import { requestUsage } from './request-usage.ts';

export { FollowedUser } from '../durable-objects/followed-user.ts';
export { LeaderFeed } from '../durable-objects/leader-feed.ts';
export { Wallet } from '../durable-objects/wallet.ts';

const app = createApp();

/** Each step on its own: one that fails keeps none of the others from running. */
async function everyMinute(env: Env): Promise<void> {
  const nowMs = Date.now();
  let control: Control | undefined;
  const steps: readonly (readonly [name: string, run: () => Promise<unknown>])[] = [
    [
      'control',
      async () => {
        control = await currentControl(env, nowMs);
      },
    ],
    ['feed', () => feedStub(env).ensureRunning()],
    // The other objects have their own alarms, and LeaderFeed calls them; only orders must not wait for those.
    ['live', () => wakeLive(env, control)],
    ['retention', () => retainRows(env, control, nowMs)],
  ];
  for (const [step, run] of steps) {
    try {
      await run();
    } catch (error) {
      log('error', 'a step of the cron failed', { step, reason: reasonOf(error) });
    }
  }
}

/** An OFF Wallet sleeps; one whose state is not known may have orders open. */
async function wakeLive(env: Env, control: Control | undefined): Promise<void> {
  if (control?.liveTrading !== 'OFF') await walletStub(env, 'LIVE').ensureRunning();
}

/** Nothing is removed while the settings that say what is to be kept are not known. */
async function retainRows(env: Env, control: Control | undefined, nowMs: number): Promise<void> {
  if (control === undefined || !isRetentionDue(nowMs)) return;
  const leaders = control.followedUsers.map((user) => user.leaderAddress);
  await retain(env.DB, { settings: control.system, leaders, nowMs });
}

/** Cron is a request too. */
async function counted(env: Env): Promise<void> {
  const cost = noCost();
  const { DB } = env;
  await everyMinute({ ...env, DB: countedD1(DB, cost) });
  try {
    await requestUsage.count(DB, cost, Date.now());
  } catch (error) {
    log('warn', 'the use of the plan was not noted', { reason: reasonOf(error) });
  }
}

export default {
  fetch: (request, env, context) => app.fetch(request, env, context),
  scheduled: (_controller, env) => counted(env),
} satisfies ExportedHandler<Env>;
