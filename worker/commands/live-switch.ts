/** The global live switch. ON also needs a green live check, made right before, and before anything is saved. */
import { type LiveState, lowerState } from '../../domain/settings/switches.ts';
import { checkObstacle, type LiveCheckAnswer, runLiveCheck } from '../control/live-check.ts';
import { liveWallet } from '../control/live-wallet-client.ts';
import type { Env } from '../env.ts';
import {
  type SetSwitch,
  type SwitchResult,
  switchWithWallet,
  type WalletSwitch,
} from './switch-with-wallet.ts';

const NOT_IN_D1 =
  'The Wallet has obeyed, but the database did not answer: other pages may still say otherwise.';

/** Switches live trading. For OFF it throws when the Wallet does not answer; then nothing may be claimed. */
export async function setLiveTrading(env: Env, request: SetSwitch<LiveState>): Promise<SwitchResult> {
  if (request.state !== 'ON') return switchWithWallet(env, liveSwitch(env), request);
  let checks: LiveCheckAnswer | undefined;
  const result = await switchWithWallet(env, liveSwitch(env), request, async () => {
    checks = await runLiveCheck(env, request.timers);
    return checkObstacle(checks);
  });
  return result.kind === 'done' || checks === undefined ? result : { ...result, checks };
}

function liveSwitch(env: Env): WalletSwitch<LiveState> {
  return {
    wallet: 'live',
    action: 'setLiveTrading',
    subject: 'LIVE',
    field: 'liveTrading',
    off: 'OFF',
    lower: lowerState,
    saved: (control) => control.liveTrading,
    withState: (control, liveTrading) => ({ ...control, liveTrading }),
    leaders: (control) => control.followedUsers.map((user) => user.leaderAddress),
    ask: (command) => liveWallet(env).setLive(command),
    notInD1: NOT_IN_D1,
  };
}
