/** The live override of one leader: INHERIT, FORCE_ON or FORCE_OFF. */
import { type LeaderAddress, parseLeaderAddress } from '../../domain/ids.ts';
import type { Control } from '../../domain/settings/control.ts';
import { type LiveOverride, lowerOverride } from '../../domain/settings/switches.ts';
import type { Timers } from '../../durable-objects/platform/ports.ts';
import { liveWallet } from '../control/live-wallet-client.ts';
import type { Env } from '../env.ts';
import { type Pressed, withUser } from './change-control.ts';
import { type SwitchResult, switchWithWallet, type WalletSwitch } from './switch-with-wallet.ts';

export interface SetUserLive extends Pressed {
  readonly leaderAddress: string;
  readonly override: LiveOverride;
  /** For the limits on answers; the runtime's unless given. */
  readonly timers?: Timers;
}

const NOT_FOLLOWED = { kind: 'invalid', errors: { form: 'this leader is not followed' } } as const;
const NOT_IN_D1 =
  'The Wallet copies this leader no longer, but the database did not answer: pages may say otherwise.';

/** Sets the override. For FORCE_OFF it throws when the Wallet does not answer; then nothing may be claimed. */
export async function setUserLive(env: Env, request: SetUserLive): Promise<SwitchResult> {
  const { leaderAddress, override, ...pressed } = request;
  const address = parseLeaderAddress(leaderAddress);
  if (address === undefined) return NOT_FOLLOWED;
  return switchWithWallet(env, overrideSwitch(env, address), { ...pressed, state: override });
}

function overrideSwitch(env: Env, address: LeaderAddress): WalletSwitch<LiveOverride> {
  const userOf = (control: Control) => control.followedUsers.find((one) => one.leaderAddress === address);
  return {
    wallet: 'live',
    action: 'setUserLive',
    subject: address,
    field: 'liveOverride',
    off: 'FORCE_OFF',
    lower: lowerOverride,
    saved: (control) => userOf(control)?.liveOverride,
    withState: (control, liveOverride) => {
      const user = userOf(control);
      return user === undefined ? control : withUser(control, { ...user, liveOverride });
    },
    leaders: () => [address],
    ask: ({ state, ...command }) =>
      liveWallet(env).setUserLive({ ...command, leaderAddress: address, override: state }),
    notInD1: NOT_IN_D1,
  };
}
