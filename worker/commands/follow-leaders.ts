/** Following: add a leader, pause, resume, remove. A removed leader stays in the document, so that their exits are copied. */

import { type LeaderAddress, parseLeaderAddress } from '../../domain/ids.ts';
import type { FollowedUserControl } from '../../domain/settings/control.ts';
import { lowerEntries, lowerOverride } from '../../domain/settings/switches.ts';
import { newFollowedUser } from '../control/first-control.ts';
import type { Env } from '../env.ts';
import type { AppPorts, ProfileAnswer } from '../ports.ts';
import { liveWalletStatus, paperWalletStatus } from '../read/status/object-status.ts';
import {
  type Change,
  type CommandResult,
  changeControl,
  differences,
  type Pressed,
  withUser,
} from './change-control.ts';

/** As many as the control document takes. */
const FOLLOWED_MAX = 1_000;
const LABEL_CHARS_MAX = 80;
const OWN_WALLET = 'this is your own wallet: following it would copy your own orders again';

export interface AddLeader extends Pressed {
  /** An address, a profile link or a name, as typed. */
  readonly reference: string;
  /** Blank takes the profile's name. */
  readonly label: string;
}

/** `several`: none was followed; the name means one of these, or one like it. */
export type AddLeaderResult = CommandResult | Extract<ProfileAnswer, { readonly kind: 'several' }>;

/** Follows a leader from now on. Errors are by field: `reference`, `label` or `form`. */
export async function addLeader(env: Env, ports: AppPorts, request: AddLeader): Promise<AddLeaderResult> {
  if (request.label.length > LABEL_CHARS_MAX) {
    return { kind: 'invalid', errors: { label: `at most ${LABEL_CHARS_MAX} characters` } };
  }
  const profile = await ports.findProfile(env, request.reference);
  if (profile.kind === 'several') return profile;
  if (profile.kind === 'refused') return { kind: 'invalid', errors: { reference: profile.reason } };
  if (await isOwn(env, profile.address)) return { kind: 'invalid', errors: { reference: OWN_WALLET } };
  const label = request.label.trim() === '' ? profile.name : request.label;
  const { commandId, actor, nowMs } = request;
  const user = newFollowedUser({ leaderAddress: profile.address, label, nowMs });
  return changeControl(env, {
    commandId,
    actor,
    nowMs,
    change: (control): Change => {
      const known = control.followedUsers.find((one) => one.leaderAddress === user.leaderAddress);
      if (known !== undefined && !known.removed) {
        return { kind: 'invalid', errors: { reference: `already followed as ${known.label}` } };
      }
      if (known === undefined && control.followedUsers.length >= FOLLOWED_MAX) {
        return { kind: 'invalid', errors: { form: `at most ${FOLLOWED_MAX} leaders can be followed` } };
      }
      const again = known === undefined ? user : followedAgain(user, known);
      const followedUsers = [
        ...control.followedUsers.filter((one) => one.leaderAddress !== user.leaderAddress),
        again,
      ];
      const about = { action: 'addLeader', subject: user.leaderAddress };
      return {
        kind: 'change',
        control: { ...control, followedUsers },
        audit: differences(about, known ?? {}, again),
        leaders: [user.leaderAddress],
      };
    },
  });
}

/** A Wallet that does not answer refuses nothing here: it copies nothing of such a leader in any case. */
async function isOwn(env: Env, address: LeaderAddress): Promise<boolean> {
  const wallets = await Promise.all([liveWalletStatus(env), paperWalletStatus(env)]);
  return wallets.some((one) => one.kind === 'wallet' && one.ownAddresses.includes(address));
}

/**
 * A removed leader followed again, with their own settings of before. FORCE_ON ends; FORCE_OFF and stopped entries stay, since
 * the live Wallet still holds them and only the switch itself, which asks the Wallet, may raise it.
 */
function followedAgain(user: FollowedUserControl, known: FollowedUserControl): FollowedUserControl {
  const liveOverride = lowerOverride(user.liveOverride, known.liveOverride);
  const liveEntries = lowerEntries(user.liveEntries, known.liveEntries);
  return { ...user, overrides: known.overrides, liveOverride, liveEntries };
}

export type LeaderAction = 'pause' | 'resume' | 'remove';

/** Pauses, resumes or removes a followed leader. Doing it twice is doing it once. */
export async function changeLeader(
  env: Env,
  request: Pressed & { readonly leaderAddress: string; readonly action: LeaderAction },
): Promise<CommandResult> {
  const address: LeaderAddress | undefined = parseLeaderAddress(request.leaderAddress);
  const { commandId, actor, nowMs } = request;
  return changeControl(env, {
    commandId,
    actor,
    nowMs,
    change: (control): Change => {
      const before = control.followedUsers.find((one) => one.leaderAddress === address);
      if (before === undefined) return { kind: 'invalid', errors: { form: 'this leader is not followed' } };
      const after = changed(before, request.action, nowMs);
      const about = { action: request.action, subject: before.leaderAddress };
      const audit = differences(about, before, after);
      if (audit.length === 0) return { kind: 'nothing' };
      return { kind: 'change', control: withUser(control, after), audit, leaders: [before.leaderAddress] };
    },
  });
}

function changed(user: FollowedUserControl, action: LeaderAction, nowMs: number): FollowedUserControl {
  switch (action) {
    case 'pause':
      return { ...user, paperEnabled: false };
    case 'resume':
      // Followed again after a pause or a removal: trades in between are history (W2, W7).
      return {
        ...user,
        paperEnabled: true,
        removed: false,
        followFromMs: user.removed || !user.paperEnabled ? nowMs : user.followFromMs,
      };
    case 'remove':
      return { ...user, paperEnabled: false, removed: true };
  }
}
