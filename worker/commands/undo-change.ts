/**
 * Undo of a settings change: its fields go back to what they were, if they still are what that change made them. Switches,
 * follows and cash have no undo: they take effect at a moment (a Wallet has obeyed, fills have passed, money is booked), and
 * each is reversed on its own page, with its own checks; a button that turns live trading back on must not exist here.
 */

import { TRADING_MODES, type TradingMode } from '../../domain/ids.ts';
import type { Control } from '../../domain/settings/control.ts';
import { leaderOverrideSchema } from '../../domain/settings/settings.ts';
import { type AuditRow, type ChangeRows, readChange } from '../../ledger/read/audit.ts';
import { fieldLabel } from '../../views/words/change-words.ts';
import type { Env } from '../env.ts';
import {
  type Change,
  type CommandResult,
  changeControl,
  type Pressed,
  storedText,
} from './change-control.ts';
import { followed, modeChange, overrideChange, systemChange } from './settings-change.ts';

/** The audit field that names the undone change by its number. */
export const UNDONE = 'undoneChange';

/** The part of the document that a change of settings was about. */
export type Target =
  | { readonly kind: 'mode'; readonly mode: TradingMode }
  | { readonly kind: 'leader'; readonly mode: TradingMode; readonly leaderAddress: string }
  | { readonly kind: 'system' };

/** Undefined for what has no undo. */
export function targetOf({ action, subject }: Pick<AuditRow, 'action' | 'subject'>): Target | undefined {
  const [word = '', named, ...more] = action.split(' ');
  if (
    more.length > 0 ||
    !['saveSettings', 'copyFromPaper', 'saveGrouping', 'saveStorage', 'undo'].includes(word)
  )
    return undefined;
  const modeNamed = TRADING_MODES.find((mode) => mode === named);
  if (modeNamed !== undefined) return { kind: 'leader', mode: modeNamed, leaderAddress: subject };
  if (named !== undefined) return undefined;
  const mode = TRADING_MODES.find((one) => one === subject);
  if (mode !== undefined) return { kind: 'mode', mode };
  return subject === '' ? { kind: 'system' } : undefined;
}

export type Undoing =
  | { readonly kind: 'change'; readonly change: Change }
  /** Fields that are no longer what the change made them. */
  | { readonly kind: 'moved'; readonly fields: readonly string[] }
  | { readonly kind: 'impossible'; readonly reason: string };

/** What undoing a change would make of the document. */
export function undoing(control: Control, { rows }: ChangeRows): Undoing {
  const fields = rows.filter((row) => row.field !== UNDONE && targetOf(row) !== undefined);
  const target = targetOf(rows[0]);
  if (target === undefined || fields.length === 0)
    return { kind: 'impossible', reason: 'only changes of settings can be undone' };
  const part = partOf(control, target);
  if (part === undefined) return { kind: 'impossible', reason: 'this leader is not followed' };
  const values = new Map(Object.entries(part));
  const moved = fields.filter((row) => !isStill(row, target, values.get(row.field)));
  if (moved.length > 0) return { kind: 'moved', fields: moved.map((row) => row.field) };
  for (const row of fields) {
    const old = oldValue(row, target);
    if (old === undefined) values.delete(row.field);
    else values.set(row.field, old.value);
  }
  const change = changeOf(control, target, Object.fromEntries(values));
  if (change.kind !== 'change') return { kind: 'change', change };
  const { action, subject } = change.audit[0] ?? rows[0];
  const undone = { action, subject, field: UNDONE, oldValue: '', newValue: String(rows[0].auditNo) };
  return { kind: 'change', change: { ...change, audit: [...change.audit, undone] } };
}

function partOf(control: Control, target: Target): object | undefined {
  switch (target.kind) {
    case 'mode':
      return control.settings[target.mode];
    case 'leader':
      return followed(control, target.leaderAddress)?.overrides[target.mode];
    case 'system':
      return control.system;
  }
}

/** Checked as any change of settings: a contradiction to today's other settings is refused, with the field named. */
function changeOf(control: Control, target: Target, part: object): Change {
  switch (target.kind) {
    case 'mode':
      return modeChange(control, { action: 'undo', mode: target.mode, settings: part });
    case 'leader': {
      const user = followed(control, target.leaderAddress);
      if (user === undefined) return { kind: 'invalid', errors: { form: 'this leader is not followed' } };
      return overrideChange(control, { action: 'undo', mode: target.mode, user, override: part });
    }
    case 'system':
      return systemChange(control, { action: 'undo', system: part });
  }
}

function isStill({ field, newValue }: AuditRow, target: Target, value: unknown): boolean {
  const now = storedText(value);
  // Older rows say 'null', not '', where the leader was left without a value of their own.
  return now === newValue || (now === '' && newValue === 'null' && !mayBeOff(field, target));
}

/** The value to go back to; undefined where the leader had none of their own. Text that is not JSON is refused by the schema. */
function oldValue(
  { field, oldValue: text }: AuditRow,
  target: Target,
): { readonly value: unknown } | undefined {
  if (text === '' || (text === 'null' && target.kind === 'leader' && !mayBeOff(field, target)))
    return undefined;
  try {
    return { value: JSON.parse(text) };
  } catch {
    return { value: text };
  }
}

/** Whether null is a value of the field ("off") and not only the lack of one. */
function mayBeOff(field: string, target: Target): boolean {
  return target.kind !== 'leader' || leaderOverrideSchema.safeParse({ [field]: null }).success;
}

/** Undoes a change of settings. Errors go to `form`; nothing is saved then. */
export async function undoChange(
  env: Env,
  request: Pressed & { readonly undoneCommandId: string },
): Promise<CommandResult> {
  const { undoneCommandId, ...pressed } = request;
  const undone = await readChange(env.DB, undoneCommandId);
  if (undone === undefined) return { kind: 'invalid', errors: { form: 'there is no such change' } };
  return changeControl(env, {
    ...pressed,
    change: (control) => {
      const plan = undoing(control, undone);
      if (plan.kind === 'impossible')
        return { kind: 'invalid', errors: { form: `Not undone: ${plan.reason}.` } };
      if (plan.kind === 'moved') return { kind: 'invalid', errors: { form: movedSince(plan.fields) } };
      if (plan.change.kind !== 'invalid') return plan.change;
      const found = Object.entries(plan.change.errors).map(
        ([field, error]) => `${fieldLabel(field)}: ${error}`,
      );
      return { kind: 'invalid', errors: { form: `Not undone: ${found.join('; ')}.` } };
    },
  });
}

function movedSince(fields: readonly string[]): string {
  const names = fields.map((field) => `“${fieldLabel(field)}”`).join(', ');
  return `Not undone, nothing was changed: ${names} ${fields.length === 1 ? 'has' : 'have'} been changed again since.`;
}
