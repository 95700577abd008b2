/** The control document as every request needs it: the newest one, or the first one, made on the spot. */

import { parseLeaderAddress } from '../../domain/ids.ts';
import type { Control, FollowedUserControl } from '../../domain/settings/control.ts';
import {
  type AuditChange,
  initialControl,
  readControl,
  saveControl,
} from '../../ledger/write/control-store.ts';
import type { Env } from '../env.ts';
import { pushControl } from './control-push.ts';

/** Leaders that may be named in FOLLOW_ON_FIRST_START. */
const FIRST_LEADERS_MAX = 50;
/** A practice start begins in SHADOW: ON may follow after a minute there, since only practice money is at stake. */
const PRACTICE_SHADOW_MS = 60_000;

/** The newest control document; on an empty database the first, as FOLLOW_ON_FIRST_START and LIVE_ON_FIRST_START say. */
export async function currentControl(env: Env, nowMs: number): Promise<Control> {
  const known = await readControl(env.DB);
  if (known !== undefined) return known;
  const followedUsers = firstLeaders(env.FOLLOW_ON_FIRST_START ?? '', nowMs);
  const first = firstLive(env);
  const followed = followedUsers.map(({ leaderAddress, label }) => ({
    action: 'followOnFirstStart',
    subject: leaderAddress,
    field: 'label',
    oldValue: '',
    newValue: label,
  }));
  const saved = await saveControl(env.DB, {
    previousVersion: 0,
    control: { ...first.control, followedUsers },
    commandId: 'first-start',
    actor: 'first start',
    audit: [...followed, ...first.audit],
    nowMs,
  });
  // Two first requests at once: both use the same command id, so that one saves and the other finds it saved.
  const control = saved.kind === 'conflict' ? await readControl(env.DB) : saved.control;
  if (control === undefined) throw new Error('no control document although one was saved');
  const leaders = control.followedUsers.map((user) => user.leaderAddress);
  await pushControl(env, control, leaders);
  return control;
}

/** An exchange on this very machine: practice money. */
function isPractice(env: Env): boolean {
  const { POLYMARKET_CLOB_URL: url } = env;
  return URL.canParse(url) && ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname);
}

/** SHADOW when asked for, on practice money with its short time; else OFF. Only the operator switches on real money. */
function firstLive(env: Env): {
  readonly control: Control;
  readonly audit: readonly AuditChange[];
} {
  const control = initialControl();
  const wanted = env.LIVE_ON_FIRST_START;
  if (wanted !== 'SHADOW') return { control, audit: [] };
  const { PAPER, LIVE } = control.settings;
  const began = { action: 'liveOnFirstStart', subject: 'LIVE', field: 'liveTrading' } as const;
  const row = { ...began, oldValue: control.liveTrading, newValue: wanted };
  if (!isPractice(env)) return { control: { ...control, liveTrading: wanted }, audit: [row] };
  const settings = { PAPER, LIVE: { ...LIVE, shadowMsMin: PRACTICE_SHADOW_MS } };
  const by = { action: 'liveOnFirstStart', subject: 'LIVE' } as const;
  return {
    control: { ...control, liveTrading: wanted, settings },
    audit: [
      row,
      {
        ...by,
        field: 'shadowMsMin',
        oldValue: String(LIVE.shadowMsMin),
        newValue: String(PRACTICE_SHADOW_MS),
      },
    ],
  };
}

/** `address=label,...`; what is not an address, or comes twice, is left out. */
export function firstLeaders(text: string, nowMs: number): FollowedUserControl[] {
  const users = new Map<string, FollowedUserControl>();
  for (const part of text.split(',').slice(0, FIRST_LEADERS_MAX)) {
    const [address = '', label = ''] = part.split('=');
    const leaderAddress = parseLeaderAddress(address);
    if (leaderAddress !== undefined)
      users.set(leaderAddress, newFollowedUser({ leaderAddress, label, nowMs }));
  }
  return [...users.values()];
}

/** A leader followed from now on: active on paper, inheriting live and every setting. */
export function newFollowedUser(from: {
  readonly leaderAddress: FollowedUserControl['leaderAddress'];
  /** Hostile text; blank takes the address. */
  readonly label: string;
  readonly nowMs: number;
}): FollowedUserControl {
  const label = from.label.trim().slice(0, 80);
  return {
    leaderAddress: from.leaderAddress,
    label: label === '' ? from.leaderAddress : label,
    paperEnabled: true,
    liveOverride: 'INHERIT',
    liveEntries: 'ON',
    followFromMs: from.nowMs,
    removed: false,
    overrides: { PAPER: {}, LIVE: {} },
  };
}
