/** How every command works: read the newest control document, change it, save the next version, push it to the objects. */

import type { LeaderAddress } from '../../domain/ids.ts';
import type { Control, FollowedUserControl } from '../../domain/settings/control.ts';
import { wasSaved } from '../../ledger/read/audit.ts';
import { type AuditChange, saveControl } from '../../ledger/write/control-store.ts';
import { pushControl } from '../control/control-push.ts';
import { currentControl } from '../control/first-control.ts';
import type { Env } from '../env.ts';
import { feedStatus } from '../read/status/object-status.ts';

/** One press of a button: the same id is the same press, however often it arrives. */
export interface Pressed {
  readonly commandId: string;
  /** Who pressed it: 'operator' by the password, an e-mail address by Cloudflare Access. */
  readonly actor: string;
  readonly nowMs: number;
}

/** Errors by field; `form` is for those of no single field. */
export type FieldErrors = Readonly<Record<string, string>>;

export type CommandResult =
  | {
      readonly kind: 'done';
      /** The version of the document that this command has saved; undefined when it saved none now. */
      readonly version?: number;
    }
  /** Nothing was saved. `stale`: because the form was made from a version that is not the newest any more. */
  | { readonly kind: 'invalid'; readonly errors: FieldErrors; readonly stale?: true };

export type Change =
  | {
      readonly kind: 'change';
      readonly control: Control;
      readonly audit: readonly AuditChange[];
      /** Leaders whose FollowedUser receives the new document at once. */
      readonly leaders: readonly LeaderAddress[];
    }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'invalid'; readonly errors: FieldErrors };

export interface Command extends Pressed {
  /** The version that the form showed; absent for commands that mean the same on any version. */
  readonly previousVersion?: number;
  readonly change: (control: Control) => Change;
  /** Asked for each document that the change is about to replace; nothing is saved when it says no. */
  readonly onlyWhile?: () => Promise<boolean>;
}

/** A command on any version is tried again when another one came in between. */
const TRIES_MAX = 3;
export const CONFLICT = 'somebody changed the settings in the meantime; nothing was saved, please look again';

const STALE = { kind: 'invalid', errors: { form: CONFLICT }, stale: true } as const;

/** Carries the command out once. Throws only what D1 throws. */
export async function changeControl(env: Env, command: Command): Promise<CommandResult> {
  const { commandId, actor, nowMs } = command;
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const current = await currentControl(env, nowMs);
    const changed = changeOn(current, command);
    if (changed.kind === 'invalid') {
      // The second press of a button finds what the first one has done; that is not an error of the form.
      return (await wasSaved(env.DB, commandId)) ? { kind: 'done' } : changed;
    }
    if (changed.kind === 'nothing') return { kind: 'done' };
    if (command.onlyWhile !== undefined && !(await command.onlyWhile())) return { kind: 'done' };
    const saved = await saveControl(env.DB, {
      previousVersion: await versionBefore(env, current),
      control: changed.control,
      commandId,
      actor,
      audit: changed.audit,
      nowMs,
    });
    if (saved.kind !== 'conflict') {
      // A version that was saved before was pushed before, but the push may have failed. Pushing again is harmless: objects take
      // only a newer version.
      await pushControl(env, saved.control, changed.leaders);
      return { kind: 'done', version: saved.control.version };
    }
    if (command.previousVersion !== undefined) break;
  }
  return STALE;
}

/**
 * The version that the next one follows: the highest of what was read, of one that a later release has saved, and of what the objects
 * work with. That is higher than D1's after D1 went back in time: a version below it would not reach them, so that a limit that
 * is lowered now would not hold.
 */
async function versionBefore(env: Env, { version, laterVersion = 0 }: Control): Promise<number> {
  const feed = await feedStatus(env);
  const held = feed.kind === 'no-answer' ? 0 : (feed.controlVersion ?? 0);
  return Math.max(version, laterVersion, held);
}

/**
 * What a command makes of the document. The version is judged before anything typed: a form that comes back carries the
 * newest version, and saving it again must never undo in silence a change that the operator has not seen.
 */
export function changeOn(
  control: Control,
  { previousVersion, change }: Pick<Command, 'previousVersion' | 'change'>,
): Change | typeof STALE {
  return previousVersion === undefined || previousVersion === control.version ? change(control) : STALE;
}

/** The document with one followed user replaced. */
export function withUser(control: Control, user: FollowedUserControl): Control {
  const followedUsers = control.followedUsers.map((one) =>
    one.leaderAddress === user.leaderAddress ? user : one,
  );
  return { ...control, followedUsers };
}

/** Audit rows for every field that differs, each value as JSON; '' where the field is not there at all. */
export function differences(
  about: { readonly action: string; readonly subject: string },
  before: object,
  after: object,
): AuditChange[] {
  const old = new Map(Object.entries(before));
  const now = new Map(Object.entries(after));
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((field) => {
    const oldValue = storedText(old.get(field));
    const newValue = storedText(now.get(field));
    return oldValue === newValue ? [] : [{ ...about, field, oldValue, newValue }];
  });
}

/** A value as the audit log stores it. A leader's own "off" (null) is not the same as having no value of their own. */
export function storedText(value: unknown): string {
  return value === undefined ? '' : JSON.stringify(value);
}
