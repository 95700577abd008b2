/** The paper switch. */
import { lowerState } from '../../domain/settings/switches.ts';
import { walletStub } from '../../durable-objects/platform/stubs.ts';
import type { PaperState } from '../../durable-objects/rpc.ts';
import type { Env } from '../env.ts';
import {
  type SetSwitch,
  type SwitchResult,
  switchWithWallet,
  type WalletSwitch,
} from './switch-with-wallet.ts';

const NOT_IN_D1 = 'Paper trading IS off, but the database did not answer: other pages may still say on.';

/** Switches paper trading. For OFF it throws when the Wallet does not answer; then nothing may be claimed. */
export function setPaperTrading(env: Env, request: SetSwitch<PaperState>): Promise<SwitchResult> {
  return switchWithWallet(env, paperSwitch(env), request);
}

function paperSwitch(env: Env): WalletSwitch<PaperState> {
  return {
    wallet: 'paper',
    action: 'setPaperTrading',
    subject: 'PAPER',
    field: 'paperTrading',
    off: 'OFF',
    lower: (a, b) => (lowerState(a, b) === 'ON' ? 'ON' : 'OFF'),
    saved: (control) => control.paperTrading,
    withState: (control, paperTrading) => ({ ...control, paperTrading }),
    leaders: (control) => control.followedUsers.map((user) => user.leaderAddress),
    ask: async (command) => await walletStub(env, 'PAPER').setTrading(command),
    notInD1: NOT_IN_D1,
  };
}
