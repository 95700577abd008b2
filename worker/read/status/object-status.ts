/** What the objects report about themselves, read from them directly, since D1 may lag behind. Never throws. */

import type { TradingMode } from '../../../domain/ids.ts';
import type { FeedStatus, WalletPortfolio, WalletStatus } from '../../../domain/records/status.ts';
import type { Control } from '../../../domain/settings/control.ts';
import type { EntryState, LiveState } from '../../../domain/settings/switches.ts';
import { reasonOf } from '../../../durable-objects/platform/ports.ts';
import { feedStub, userStub, walletStub } from '../../../durable-objects/platform/stubs.ts';
import { withinTime } from '../../../durable-objects/platform/time-limit.ts';
import { log, workerTimers } from '../../../durable-objects/platform/workerd.ts';
import type { NoAnswer, ObjectsView, StatusOf } from '../../../views/status/objects.ts';
import type { Env } from '../../env.ts';

/** An object that takes longer than this counts as one that does not answer. */
const STATUS_TIMEOUT_MS = 3_000;
/** Leaders asked for their status by one page; the feed's list of sweeps names the rest. */
const LEADERS_ASKED_MAX = 20;

export function feedStatus(env: Env): Promise<FeedStatus | NoAnswer> {
  return answerOf('feed', 'feed', () => feedStub(env).status());
}

export function liveWalletStatus(env: Env): Promise<WalletStatus | NoAnswer> {
  return answerOf('live wallet', 'wallet', () => walletStub(env, 'LIVE').status());
}

export function paperWalletStatus(env: Env): Promise<WalletStatus | NoAnswer> {
  return answerOf('paper wallet', 'wallet', () => walletStub(env, 'PAPER').status());
}

/** A Wallet's worth this moment, from the Wallet itself; undefined when it does not answer. */
export async function walletPortfolio(env: Env, mode: TradingMode): Promise<WalletPortfolio | undefined> {
  try {
    const asked = walletStub(env, mode).portfolio();
    const portfolio = await withinTime(workerTimers, { ms: STATUS_TIMEOUT_MS, what: 'wallet' }, asked);
    // For some minutes after a deploy a Wallet may still run the release before, whose answer has fewer fields.
    if (portfolio.risk === undefined) throw new Error('it runs another release');
    return portfolio;
  } catch (error) {
    log('warn', 'a Wallet did not report its worth', { mode, reason: reasonOf(error) });
    return undefined;
  }
}

/** The state that a Wallet enforces; undefined when it does not answer. */
export function stateOf(status: WalletStatus | NoAnswer): LiveState | undefined {
  return status.kind === 'wallet' ? status.trading : undefined;
}

/** The switch for entries of all leaders, as the live Wallet holds it; undefined when it does not answer. */
export function entriesOf(status: WalletStatus | NoAnswer): EntryState | undefined {
  return status.kind === 'wallet' ? status.live?.entries : undefined;
}

/** The state of the paper Wallet, whose switch has no SHADOW. */
export function paperStateOf(status: WalletStatus | NoAnswer): 'ON' | 'OFF' | undefined {
  const state = stateOf(status);
  return state === 'SHADOW' ? undefined : state;
}

/** The status of the feed, of both Wallets and of these leaders. */
export async function objectStatuses(
  env: Env,
  leaders: Pick<Control, 'followedUsers'>['followedUsers'],
): Promise<ObjectsView> {
  const asked = leaders.slice(0, LEADERS_ASKED_MAX).map(async ({ leaderAddress, label }) => ({
    label,
    status: await answerOf('leader', 'user', () => userStub(env, leaderAddress).status()),
  }));
  const [feed, paper, live, users] = await Promise.all([
    feedStatus(env),
    paperWalletStatus(env),
    liveWalletStatus(env),
    Promise.all(asked),
  ]);
  return { feed, paper, live, leaders: users };
}

/** What one object reports, or that it does not answer in time. */
async function answerOf<Status extends StatusOf>(
  object: string,
  kind: Status['kind'],
  ask: () => Promise<Status>,
): Promise<Status | NoAnswer> {
  try {
    const status = await withinTime(workerTimers, { ms: STATUS_TIMEOUT_MS, what: object }, ask());
    // For some minutes after a deploy an object may still run the release before, whose status has other fields.
    if (status.kind !== kind) throw new Error('it runs another release');
    return status;
  } catch (error) {
    const reason = reasonOf(error);
    log('warn', 'an object gave no status', { object, reason });
    return { kind: 'no-answer', healthy: false, noAnswerBecause: reason };
  }
}
