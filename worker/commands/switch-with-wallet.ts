/**
 * The one way to set a switch that both D1 and a Wallet hold. OFF reaches the Wallet first and D1 when D1 can, so that
 * it holds even while D1 is down. Every other state is saved first and then sent to the Wallet, which may refuse; then D1
 * goes back to what the Wallet holds. Two commands at once:
 *
 * - A state is saved only over the one that the command has read; if another came in between, nothing is changed.
 * - The Wallet receives the version that carries the state, and refuses when it knows a later one that says otherwise.
 * - Only the newest command on a switch may take its state back: an older one would undo what the newer was answered.
 */
import type { LeaderAddress } from '../../domain/ids.ts';
import { limitIn } from '../../domain/records/platform-limits.ts';
import type { Control } from '../../domain/settings/control.ts';
import { reasonOf, type Timers } from '../../durable-objects/platform/ports.ts';
import { log } from '../../durable-objects/platform/workerd.ts';
import type { LiveAcknowledgement, SwitchCommand } from '../../durable-objects/rpc.ts';
import { lastCommandOn } from '../../ledger/read/audit.ts';
import { recordAudit } from '../../ledger/write/control-store.ts';
import type { Acknowledgement } from '../../views/models.ts';
import { limitInWords } from '../../views/words/limit-words.ts';
import { currentControl } from '../control/first-control.ts';
import type { LiveCheckAnswer } from '../control/live-check.ts';
import { answerToOff, followUp } from '../control/live-wallet-client.ts';
import type { Env } from '../env.ts';
import {
  type Change,
  type CommandResult,
  changeControl,
  type FieldErrors,
  type Pressed,
} from './change-control.ts';

/** One switch: where it is in the control document, what the audit log calls it, and the call to the Wallet. */
export interface WalletSwitch<State extends string> {
  readonly wallet: 'paper' | 'live';
  readonly action: string;
  /** 'PAPER', 'LIVE', or a leader's address. */
  readonly subject: string;
  readonly field: string;
  readonly off: State;
  readonly lower: (a: State, b: State) => State;
  /** Undefined when the document has no such switch. */
  readonly saved: (control: Control) => State | undefined;
  readonly withState: (control: Control, state: State) => Control;
  /** Leaders whose FollowedUser receives the new document at once. */
  readonly leaders: (control: Control) => readonly LeaderAddress[];
  readonly ask: (command: SwitchCommand<State>) => Promise<LiveAcknowledgement<State>>;
  /** Shown when the Wallet is off and D1 could not be written. */
  readonly notInD1: string;
}

export interface SetSwitch<State> extends Pressed {
  readonly state: State;
  /** For the limits on answers; the runtime's unless given. */
  readonly timers?: Timers;
}

export type SwitchResult =
  | {
      readonly kind: 'done';
      readonly acknowledged: Acknowledgement;
      /** What was not saved although the Wallet obeyed, as a sentence. */
      readonly warning?: string;
    }
  /** Nothing was switched. */
  | {
      readonly kind: 'invalid';
      readonly errors: FieldErrors;
      /** What the live check found, where it was made. */
      readonly checks?: LiveCheckAnswer;
    };

const NOT_THERE = { kind: 'invalid', errors: { form: 'this leader is not followed' } } as const;
const MOVED = {
  kind: 'invalid',
  errors: {
    form: 'this switch was set by somebody else in the meantime; nothing was changed, please look again',
  },
} as const;
const ASKS_MAX = 2;

/**
 * Sets the switch. For its off state it throws when the Wallet does not answer; then nothing may be claimed. `obstacle` runs
 * before anything is saved; a sentence from it refuses the command.
 */
export async function switchWithWallet<State extends string>(
  env: Env,
  target: WalletSwitch<State>,
  request: SetSwitch<State>,
  obstacle?: () => Promise<string | undefined>,
): Promise<SwitchResult> {
  if (request.state === target.off) return switchOff(env, target, request);
  const before = target.saved(await currentControl(env, request.nowMs));
  if (before === undefined) return NOT_THERE;
  const reason = await obstacle?.();
  if (reason !== undefined) return refused(env, target, request, reason);
  return saveThenAsk(env, target, request, before);
}

async function switchOff<State extends string>(
  env: Env,
  target: WalletSwitch<State>,
  request: SetSwitch<State>,
): Promise<SwitchResult> {
  const { commandId, actor, state, nowMs, timers } = request;
  const answer = await answerToOff(target.ask({ state, askedAtMs: nowMs }), timers);
  if (answer.kind === 'refused') return { kind: 'invalid', errors: { form: answer.reason } };
  const { inFlightOrderIds, cancelingOrderIds, notStored } = answer;
  const acknowledged = { inFlightOrderIds, cancelingOrderIds };
  const { action, subject } = target;
  const newValue = JSON.stringify({ inFlight: inFlightOrderIds, canceling: cancelingOrderIds });
  const row = { action, subject, field: 'offAcknowledged', oldValue: '', newValue };
  try {
    const saved = await followUp(async () => {
      const change = (control: Control) =>
        target.saved(control) === state ? ({ kind: 'nothing' } as const) : changeTo(target, control, state);
      const result = await changeControl(env, { commandId, actor, nowMs, change });
      // Even where it was off already: who pressed OFF, and what the live Wallet answered, is part of the record.
      if (target.wallet === 'live') await recordAudit(env.DB, { audit: [row], commandId, actor, nowMs });
      return result;
    }, timers);
    const errors = saved.kind === 'done' ? [] : Object.values(saved.errors);
    const warning = [...unstored(notStored), ...errors].join(' ');
    return { kind: 'done', acknowledged, ...(warning === '' ? {} : { warning }) };
  } catch (error) {
    log('error', 'a switch is off in the Wallet, but D1 was not written', {
      subject,
      reason: reasonOf(error),
    });
    return { kind: 'done', acknowledged, warning: [...unstored(notStored), target.notInD1].join(' ') };
  }
}

/** OFF that the Wallet holds in its memory alone: it stores it as soon as it can, but a restart before that forgets it. */
function unstored(reason: string | undefined): readonly string[] {
  if (reason === undefined) return [];
  const limit = limitIn(reason);
  return [
    `OFF is in force, but the Wallet cannot store it now, nor look at its open orders. ${limit === undefined ? reason : limitInWords(limit)} Press OFF again then.`,
  ];
}

async function saveThenAsk<State extends string>(
  env: Env,
  target: WalletSwitch<State>,
  request: SetSwitch<State>,
  before: State,
): Promise<SwitchResult> {
  const { commandId, actor, state, nowMs } = request;
  // Saved even where D1 says so already: the row shows every other command on this switch that this one is the newest.
  const change = (control: Control) =>
    target.saved(control) === before ? changeTo(target, control, state) : MOVED;
  const saved = await changeControl(env, { commandId, actor, nowMs, change });
  if (saved.kind === 'invalid') return saved;
  // A press that arrives again after another command has no version of its own, so any other state refuses it.
  const command = { state, askedAtMs: nowMs, savedVersion: saved.version ?? 0 };
  const answer = await answerOf(target.wallet, () => target.ask(command));
  if (answer.kind === 'done') {
    const { inFlightOrderIds, cancelingOrderIds } = answer;
    return { kind: 'done', acknowledged: { inFlightOrderIds, cancelingOrderIds } };
  }
  // Without any answer nothing says what the Wallet holds: a raise goes back to what D1 said before, and a lowering stays, since
  // the Wallet takes it from D1. What D1 said before may be a raise of another tab that the Wallet refuses; then D1 stays above
  // the Wallet, which never takes a raise from it, and the Dashboard says so.
  const back = target.lower(state, answer.held ?? before);
  if (back !== state) await takeBack(env, target, request, back);
  return refused(env, target, request, answer.reason);
}

/** Puts `back` in the place of what this command has saved, unless another command has set the switch since. */
function takeBack<State extends string>(
  env: Env,
  target: WalletSwitch<State>,
  { commandId, actor, nowMs }: Pressed,
  back: State,
): Promise<CommandResult> {
  return changeControl(env, {
    commandId: `${commandId}:back`,
    actor,
    nowMs,
    onlyWhile: async () => (await lastCommandOn(env.DB, target)) === commandId,
    change: (control) => changeTo(target, control, back),
  });
}

function changeTo<State extends string>(target: WalletSwitch<State>, control: Control, state: State): Change {
  const { action, subject, field } = target;
  const oldValue = target.saved(control);
  if (oldValue === undefined) return NOT_THERE;
  return {
    kind: 'change',
    control: target.withState(control, state),
    audit: [{ action, subject, field, oldValue, newValue: state }],
    leaders: target.leaders(control),
  };
}

/** The refusal in words, and on record. */
async function refused<State extends string>(
  env: Env,
  { action, subject }: WalletSwitch<State>,
  { commandId, actor, state, nowMs }: SetSwitch<State>,
  reason: string,
): Promise<SwitchResult> {
  const row = { action, subject, field: 'refused', oldValue: state, newValue: reason };
  await recordAudit(env.DB, { audit: [row], commandId, actor, nowMs });
  return { kind: 'invalid', errors: { form: reason } };
}

/**
 * The answer of the Wallet; none at all is a refusal in words. A lost answer is asked for once more: the Wallet takes the same
 * command again only while no OFF and no later command came in between, and says what it holds when it refuses.
 */
async function answerOf<State>(
  wallet: string,
  ask: () => Promise<LiveAcknowledgement<State>>,
): Promise<LiveAcknowledgement<State>> {
  for (let tries = 1; tries <= ASKS_MAX; tries += 1) {
    try {
      return await ask();
    } catch (error) {
      log('error', 'a Wallet did not answer a switch', { wallet, tries, reason: reasonOf(error) });
    }
  }
  return {
    kind: 'refused',
    reason: `The ${wallet} Wallet did not answer, so nothing was switched on. Try again.`,
  };
}
