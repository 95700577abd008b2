/**
 * The live Wallet as the app talks to it: switches, the check that places nothing, closing a position. Only the Wallet
 * decides; what it refuses comes back in words.
 */
import type { CheckItem } from '../../domain/orders/orders.ts';
import type { LiveOverride, LiveState } from '../../domain/settings/switches.ts';
import { WALLET_NAMES } from '../../durable-objects/env.ts';
import { withinTime } from '../../durable-objects/platform/time-limit.ts';
import { workerTimers } from '../../durable-objects/platform/workerd.ts';
import type { Acknowledgement } from '../../views/models.ts';
import type { Env } from '../env.ts';

/** An OFF without an answer by then counts as not acknowledged, and the person is told so while he can still act. */
const OFF_MS_MAX = 10_000;
/** What the Wallet has done already is shown after this long, whatever D1 does. */
const FOLLOW_UP_MS_MAX = 5_000;

export interface LiveRefusal {
  readonly kind: 'refused';
  readonly reason: string;
}

export interface LiveWallet {
  setLive(command: {
    readonly commandId: string;
    readonly state: LiveState;
    readonly askedAtMs: number;
  }): Promise<({ readonly kind: 'done'; readonly state: LiveState } & Acknowledgement) | LiveRefusal>;
  setUserLive(command: {
    readonly commandId: string;
    readonly leaderAddress: string;
    readonly override: LiveOverride;
    readonly askedAtMs: number;
  }): Promise<({ readonly kind: 'done' } & Acknowledgement) | LiveRefusal>;
  liveCheck(): Promise<readonly CheckItem[]>;
  closePosition(command: {
    readonly commandId: string;
    readonly leaderAddress: string;
    readonly tokenId: string;
  }): Promise<{ readonly kind: 'accepted' } | LiveRefusal>;
}

/** The Wallet's answer to an OFF; throws when it does not come in time. It may still arrive, but nothing may be claimed. */
export function answerToOff<T>(answer: Promise<T>): Promise<T> {
  return withinTime(workerTimers, { ms: OFF_MS_MAX, what: 'the live Wallet' }, answer);
}

/** What D1 does after the Wallet has obeyed; throws when it takes too long, as a D1 that is down may. */
export function followUp<T>(work: () => Promise<T>): Promise<T> {
  return withinTime(workerTimers, { ms: FOLLOW_UP_MS_MAX, what: 'D1' }, work());
}

/** The one live Wallet. */
export function liveWallet(env: Env): LiveWallet {
  // The stub's own types wrap every answer in what RPC may add to objects; ours is the plain data that crosses.
  return env.WALLET.getByName(WALLET_NAMES.LIVE) as unknown as LiveWallet;
}
