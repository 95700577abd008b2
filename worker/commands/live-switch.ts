/**
 * The live switch. OFF reaches the Wallet first and D1 when D1 can, so that it holds even while D1 is down. SHADOW and ON
 * are saved first and then raised in the Wallet, which may refuse; a raise that it did not take is taken back from D1. ON
 * needs a green live:check too, made right before, and before anything is saved.
 */
import type { Control } from '../../domain/settings/control.ts';
import { type LiveState, lowerState } from '../../domain/settings/switches.ts';
import { reasonOf } from '../../durable-objects/platform/ports.ts';
import { log } from '../../durable-objects/platform/workerd.ts';
import type { Refusal } from '../../durable-objects/rpc.ts';
import { type AuditChange, recordAudit } from '../../ledger/write/control-store.ts';
import type { Acknowledgement } from '../../views/models.ts';
import { currentControl } from '../control/first-control.ts';
import { checkObstacle, type LiveCheckAnswer, runLiveCheck } from '../control/live-check.ts';
import { answerToOff, followUp, liveWallet } from '../control/live-wallet-client.ts';
import type { Env } from '../env.ts';
import { type Change, type CommandResult, changeControl, type FieldErrors } from './change-control.ts';

export interface SwitchLive {
  readonly commandId: string;
  readonly actor: string;
  readonly state: LiveState;
  readonly nowMs: number;
}

export type LiveCommandResult =
  | {
      readonly kind: 'done';
      readonly acknowledged: Acknowledgement;
      /** What did not follow although the Wallet obeyed, in words. */
      readonly warning?: string;
    }
  /** The switch stands as it stood. */
  | {
      readonly kind: 'invalid';
      readonly errors: FieldErrors;
      /** What the check found, where it was made. */
      readonly checks?: LiveCheckAnswer;
    };

const NOT_IN_D1 =
  'The Wallet has obeyed, but the database did not answer: other pages may still say otherwise.';

/** Switches live trading. For OFF it throws when the Wallet does not answer; nothing is claimed then. */
export async function setLiveTrading(env: Env, request: SwitchLive): Promise<LiveCommandResult> {
  return request.state === 'OFF' ? switchOff(env, request) : raise(env, { ...request, state: request.state });
}

async function switchOff(env: Env, request: SwitchLive): Promise<LiveCommandResult> {
  const { commandId, actor, nowMs } = request;
  const command = { state: 'OFF', askedAtMs: nowMs } as const;
  const answer = await answerToOff(liveWallet(env).setLive(command));
  if (answer.kind === 'refused') return { kind: 'invalid', errors: { form: answer.reason } };
  const { inFlightOrderIds, cancelingOrderIds } = answer;
  const acknowledged = { inFlightOrderIds, cancelingOrderIds };
  try {
    const saved = await followUp(async () => {
      const result = await save(env, request);
      // Even where it was off already: that the button was pressed, and what the Wallet answered, is part of the record.
      await recordAudit(env.DB, { audit: [acknowledgementRow(acknowledged)], commandId, actor, nowMs });
      return result;
    });
    if (saved.kind === 'invalid') return { kind: 'done', acknowledged, warning: wordsOf(saved.errors) };
    return { kind: 'done', acknowledged };
  } catch (error) {
    log('error', 'live trading is off in the Wallet, but D1 did not take it', { reason: reasonOf(error) });
    return { kind: 'done', acknowledged, warning: NOT_IN_D1 };
  }
}

async function raise(env: Env, request: SwitchLive): Promise<LiveCommandResult> {
  const { state, nowMs, commandId } = request;
  const before = (await currentControl(env, nowMs)).liveTrading;
  const checks = state === 'ON' ? await runLiveCheck(env) : undefined;
  const found = checks === undefined ? {} : { checks };
  const obstacle = checks === undefined ? undefined : checkObstacle(checks);
  if (obstacle !== undefined) return { ...(await refused(env, request, obstacle)), ...found };
  // What was pressed while the check was made stands: then nothing is saved here, and the Wallet refuses.
  const saved = await save(env, request, before);
  if (saved.kind === 'invalid') return saved;
  const answer = await asked(() => liveWallet(env).setLive({ state, askedAtMs: nowMs }));
  if (answer.kind === 'done') {
    const { inFlightOrderIds, cancelingOrderIds } = answer;
    return { kind: 'done', acknowledged: { inFlightOrderIds, cancelingOrderIds } };
  }
  // A lowering stands although the Wallet did not say so: it takes it from D1. Only a raise is taken back.
  if (lowerState(before, state) === before && before !== state) {
    await save(env, { ...request, commandId: `${commandId}:back`, state: before }, state);
  }
  return { ...(await refused(env, request, answer.reason)), ...found };
}

/** The refusal in words, and on record. */
async function refused(env: Env, { commandId, actor, state, nowMs }: SwitchLive, reason: string) {
  const row = { action: 'setLiveTrading', subject: 'LIVE', field: 'refused', oldValue: state };
  await recordAudit(env.DB, { audit: [{ ...row, newValue: reason }], commandId, actor, nowMs });
  return { kind: 'invalid', errors: { form: reason } } as const;
}

/** The answer of the Wallet; none at all is a refusal in words. */
export async function asked<T>(ask: () => Promise<T>): Promise<T | Refusal> {
  try {
    return await ask();
  } catch (error) {
    log('error', 'the live Wallet did not answer a switch', { reason: reasonOf(error) });
    return {
      kind: 'refused',
      reason: 'The live Wallet did not answer, so nothing was switched on. Try again.',
    };
  }
}

/** Saves the state. With `only` it is saved only while the document still says that. */
function save(
  env: Env,
  { commandId, actor, state, nowMs }: SwitchLive,
  only?: LiveState,
): Promise<CommandResult> {
  return changeControl(env, {
    commandId,
    actor,
    nowMs,
    change: (control: Control): Change => {
      const moved = only !== undefined && control.liveTrading !== only;
      if (control.liveTrading === state || moved) return { kind: 'nothing' };
      const [oldValue, newValue] = [control.liveTrading, state];
      return {
        kind: 'change',
        control: { ...control, liveTrading: state },
        audit: [{ action: 'setLiveTrading', subject: 'LIVE', field: 'liveTrading', oldValue, newValue }],
        leaders: control.followedUsers.map((user) => user.leaderAddress),
      };
    },
  });
}

function acknowledgementRow({ inFlightOrderIds, cancelingOrderIds }: Acknowledgement): AuditChange {
  const newValue = JSON.stringify({ inFlight: inFlightOrderIds, canceling: cancelingOrderIds });
  return { action: 'setLiveTrading', subject: 'LIVE', field: 'offAcknowledged', oldValue: '', newValue };
}

function wordsOf(errors: FieldErrors): string {
  return Object.values(errors).join(' ');
}
