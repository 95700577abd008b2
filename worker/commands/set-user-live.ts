/**
 * A leader's live override. FORCE_OFF reaches the Wallet first and D1 when D1 can; the others are saved first and then
 * raised in the Wallet, and taken back from D1 when it refuses. The order of writes is that of the global switch.
 */
import { type LeaderAddress, parseLeaderAddress } from '../../domain/ids.ts';
import { type LiveOverride, lowerOverride } from '../../domain/settings/switches.ts';
import { reasonOf } from '../../durable-objects/platform/ports.ts';
import { log } from '../../durable-objects/platform/workerd.ts';
import { type AuditChange, recordAudit } from '../../ledger/write/control-store.ts';
import type { Acknowledgement } from '../../views/models.ts';
import { currentControl } from '../control/first-control.ts';
import { answerToOff, followUp, liveWallet } from '../control/live-wallet-client.ts';
import type { Env } from '../env.ts';
import { type Change, type CommandResult, changeControl, type Pressed, withUser } from './change-control.ts';
import { asked, type LiveCommandResult } from './live-switch.ts';

export interface SetUserLive extends Pressed {
  readonly leaderAddress: string;
  readonly override: LiveOverride;
}

const NOT_FOLLOWED = { kind: 'invalid', errors: { form: 'this leader is not followed' } } as const;
const NOT_IN_D1 =
  'The Wallet copies this leader no longer, but the database did not answer: pages may say otherwise.';

/** Sets the override of one leader. For FORCE_OFF it throws when the Wallet does not answer; nothing is claimed then. */
export async function setUserLive(env: Env, request: SetUserLive): Promise<LiveCommandResult> {
  const address = parseLeaderAddress(request.leaderAddress);
  if (address === undefined) return NOT_FOLLOWED;
  return request.override === 'FORCE_OFF' ? forceOff(env, address, request) : raise(env, address, request);
}

async function forceOff(env: Env, address: LeaderAddress, request: SetUserLive): Promise<LiveCommandResult> {
  const { commandId, actor, override, nowMs } = request;
  const command = { leaderAddress: address, override, askedAtMs: nowMs };
  const answer = await answerToOff(liveWallet(env).setUserLive(command));
  if (answer.kind === 'refused') return { kind: 'invalid', errors: { form: answer.reason } };
  const { inFlightOrderIds, cancelingOrderIds } = answer;
  const acknowledged = { inFlightOrderIds, cancelingOrderIds };
  try {
    const saved = await followUp(async () => {
      const result = await save(env, address, request);
      await recordAudit(env.DB, {
        audit: [acknowledgementRow(address, acknowledged)],
        commandId,
        actor,
        nowMs,
      });
      return result;
    });
    if (saved.kind === 'done') return { kind: 'done', acknowledged };
    return { kind: 'done', acknowledged, warning: Object.values(saved.errors).join(' ') };
  } catch (error) {
    log('error', 'a leader is off in the live Wallet, but D1 did not take it', { reason: reasonOf(error) });
    return { kind: 'done', acknowledged, warning: NOT_IN_D1 };
  }
}

async function raise(env: Env, address: LeaderAddress, request: SetUserLive): Promise<LiveCommandResult> {
  const { commandId, actor, override, nowMs } = request;
  const control = await currentControl(env, nowMs);
  const before = control.followedUsers.find((user) => user.leaderAddress === address)?.liveOverride;
  if (before === undefined) return NOT_FOLLOWED;
  const saved = await save(env, address, request);
  if (saved.kind === 'invalid') return saved;
  const command = { leaderAddress: address, override, askedAtMs: nowMs };
  const answer = await asked(() => liveWallet(env).setUserLive(command));
  if (answer.kind === 'done') {
    const { inFlightOrderIds, cancelingOrderIds } = answer;
    return { kind: 'done', acknowledged: { inFlightOrderIds, cancelingOrderIds } };
  }
  // A lowering stands although the Wallet did not say so: it takes it from D1. Only a raise is taken back.
  if (lowerOverride(before, override) === before && before !== override) {
    await save(env, address, { ...request, commandId: `${commandId}:back`, override: before }, override);
  }
  const refused = { action: 'setUserLive', subject: address, field: 'refused', oldValue: override };
  await recordAudit(env.DB, { audit: [{ ...refused, newValue: answer.reason }], commandId, actor, nowMs });
  return { kind: 'invalid', errors: { form: answer.reason } };
}

function save(
  env: Env,
  address: LeaderAddress,
  { commandId, actor, override, nowMs }: SetUserLive,
  only?: LiveOverride,
): Promise<CommandResult> {
  return changeControl(env, {
    commandId,
    actor,
    nowMs,
    change: (control): Change => {
      const user = control.followedUsers.find((one) => one.leaderAddress === address);
      if (user === undefined) return NOT_FOLLOWED;
      const moved = only !== undefined && user.liveOverride !== only;
      if (user.liveOverride === override || moved) return { kind: 'nothing' };
      const [oldValue, newValue] = [user.liveOverride, override];
      return {
        kind: 'change',
        control: withUser(control, { ...user, liveOverride: override }),
        audit: [{ action: 'setUserLive', subject: address, field: 'liveOverride', oldValue, newValue }],
        leaders: [address],
      };
    },
  });
}

function acknowledgementRow(
  subject: string,
  { inFlightOrderIds, cancelingOrderIds }: Acknowledgement,
): AuditChange {
  const newValue = JSON.stringify({ inFlight: inFlightOrderIds, canceling: cancelingOrderIds });
  return { action: 'setUserLive', subject, field: 'offAcknowledged', oldValue: '', newValue };
}
