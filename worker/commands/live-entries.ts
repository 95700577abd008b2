/** Stopping entries, for all leaders or for one (A61): nothing is bought any more, and exits go on. */
import { type LeaderAddress, parseLeaderAddress } from '../../domain/ids.ts';
import type { Control } from '../../domain/settings/control.ts';
import { type EntryState, lowerEntries } from '../../domain/settings/switches.ts';
import { liveWallet } from '../control/live-wallet-client.ts';
import type { Env } from '../env.ts';
import { withUser } from './change-control.ts';
import {
  type SetSwitch,
  type SwitchResult,
  switchWithWallet,
  type WalletSwitch,
} from './switch-with-wallet.ts';

export interface SetLiveEntries extends SetSwitch<EntryState> {
  /** Null: for all leaders. */
  readonly leaderAddress: string | null;
}

const NOT_FOLLOWED = { kind: 'invalid', errors: { form: 'this leader is not followed' } } as const;
const NOT_IN_D1 =
  'The Wallet buys nothing more, but the database did not answer: pages may still say otherwise.';

/** Sets the switch. For OFF it throws when the Wallet does not answer; then nothing may be claimed. */
export async function setLiveEntries(env: Env, request: SetLiveEntries): Promise<SwitchResult> {
  const { leaderAddress, ...rest } = request;
  if (leaderAddress === null) return switchWithWallet(env, entriesSwitch(env), rest);
  const address = parseLeaderAddress(leaderAddress);
  return address === undefined
    ? NOT_FOLLOWED
    : switchWithWallet(env, leaderEntriesSwitch(env, address), rest);
}

const COMMON = {
  wallet: 'live',
  action: 'setLiveEntries',
  field: 'liveEntries',
  off: 'OFF',
  lower: lowerEntries,
  notInD1: NOT_IN_D1,
} as const;

function entriesSwitch(env: Env): WalletSwitch<EntryState> {
  return {
    ...COMMON,
    subject: 'LIVE',
    saved: (control) => control.liveEntries,
    withState: (control, liveEntries) => ({ ...control, liveEntries }),
    // Only the Wallet reads this switch.
    leaders: () => [],
    ask: (command) => liveWallet(env).setEntries({ ...command, leaderAddress: null }),
  };
}

function leaderEntriesSwitch(env: Env, address: LeaderAddress): WalletSwitch<EntryState> {
  const userOf = (control: Control) => control.followedUsers.find((one) => one.leaderAddress === address);
  return {
    ...COMMON,
    subject: address,
    saved: (control) => userOf(control)?.liveEntries,
    withState: (control, liveEntries) => {
      const user = userOf(control);
      return user === undefined ? control : withUser(control, { ...user, liveEntries });
    },
    leaders: () => [],
    ask: (command) => liveWallet(env).setEntries({ ...command, leaderAddress: address }),
  };
}
