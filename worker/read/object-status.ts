/** What the Wallets say of themselves: their own word counts where D1's may be old. Never throws. */

import type { ObjectStatus } from '../../domain/records/status.ts';
import { LIVE_STATES } from '../../domain/settings/control.ts';
import type { LiveState } from '../../domain/settings/switches.ts';
import { WALLET_NAMES } from '../../durable-objects/rpc.ts';
import type { Env } from '../env.ts';
import { answerOf, LIVE_TITLE, PAPER_TITLE } from './page-data.ts';

/** A status that is not healthy when the Wallet does not answer. */
export function liveWalletStatus(env: Env): Promise<ObjectStatus> {
  return answerOf(LIVE_TITLE, () => env.WALLET.getByName(WALLET_NAMES.LIVE).status());
}

/** The same of the paper Wallet. */
export function paperWalletStatus(env: Env): Promise<ObjectStatus> {
  return answerOf(PAPER_TITLE, () => env.WALLET.getByName(WALLET_NAMES.PAPER).status());
}

/** The live state that the Wallet itself holds; undefined when it does not tell. */
export function stateOf({ facts }: ObjectStatus): LiveState | undefined {
  return LIVE_STATES.find((state) => state === facts.trading);
}
