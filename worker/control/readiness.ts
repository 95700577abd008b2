/** Whether this release works as a whole: every object runs it, D1 answers, and someone can sign in. Never throws. */
import { reasonOf } from '../../durable-objects/platform/ports.ts';
import { feedStub, walletStub } from '../../durable-objects/platform/stubs.ts';
import { withinTime } from '../../durable-objects/platform/time-limit.ts';
import { workerTimers } from '../../durable-objects/platform/workerd.ts';
import { readControl } from '../../ledger/write/control-store.ts';
import { doorOf } from '../door/door.ts';
import type { Env } from '../env.ts';
import { feedStatus, liveWalletStatus, paperWalletStatus, stateOf } from '../read/status/object-status.ts';

const ANSWER_MS_MAX = 3_000;

/** One thing that a release needs, and what is wrong with it; null where it is in order. */
export interface ReadyItem {
  readonly name: string;
  readonly problem: string | null;
}

export interface Readiness {
  readonly ready: boolean;
  /** The id of the Worker's release; '' where the platform names none. */
  readonly release: string;
  readonly items: readonly ReadyItem[];
  /** The state that the live Wallet enforces; null when it does not answer. */
  readonly live: string | null;
  /** Records of the Wallets and of LeaderFeed that D1 has not stored yet; null when one of them does not answer. */
  readonly outboxDepth: number | null;
}

export async function readiness(env: Env): Promise<Readiness> {
  const release = env.RELEASE?.id ?? '';
  const door = doorOf(env);
  const [feed, paper, live, ...items] = await Promise.all([
    feedStatus(env),
    paperWalletStatus(env),
    liveWalletStatus(env),
    runs('LeaderFeed', release, () => feedStub(env).release()),
    runs('the paper Wallet', release, () => walletStub(env, 'PAPER').release()),
    runs('the live Wallet', release, () => walletStub(env, 'LIVE').release()),
    asked('the database', async () => {
      await readControl(env.DB);
      return null;
    }),
  ]);
  const all = [...items, { name: 'the sign-in', problem: door.kind === 'closed' ? door.problem : null }];
  const depths = [feed, paper, live].map((one) => (one.kind === 'no-answer' ? null : one.outbox.depth));
  return {
    ready: all.every(({ problem }) => problem === null),
    release,
    items: all,
    live: stateOf(live) ?? null,
    outboxDepth: depths.reduce((sum, depth) => (sum === null || depth === null ? null : sum + depth), 0),
  };
}

/** Whether the object runs the Worker's release. One of an earlier release may not know the question. */
function runs(name: string, release: string, ask: () => Promise<string>): Promise<ReadyItem> {
  return asked(name, async () => {
    const own = await ask();
    return own === release ? null : `it runs release ${own === '' ? 'without a name' : own}`;
  });
}

async function asked(name: string, ask: () => Promise<string | null>): Promise<ReadyItem> {
  try {
    return { name, problem: await withinTime(workerTimers, { ms: ANSWER_MS_MAX, what: name }, ask()) };
  } catch (error) {
    return { name, problem: reasonOf(error) };
  }
}
