/**
 * The live Wallet as the app talks to it: switches, the check that places nothing, closing a position. Only the Wallet
 * decides; what it refuses comes back in words.
 */
import type { CheckItem } from '../domain/orders.ts';
import type { LiveOverride, LiveState } from '../domain/switches.ts';
import { WALLET_NAMES } from '../durable-objects/env.ts';
import type { Acknowledgement } from '../views/models.ts';
import type { Env } from './env.ts';

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

/** The one live Wallet. */
export function liveWallet(env: Env): LiveWallet {
  // The stub's own types wrap every answer in what RPC may add to objects; ours is the plain data that crosses.
  return env.WALLET.getByName(WALLET_NAMES.LIVE) as unknown as LiveWallet;
}
