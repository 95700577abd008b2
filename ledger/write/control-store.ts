/**
 * The operator's control document in D1, one row per version, with an audit row for every value that changed. A version
 * is written once: of two tabs that started from the same one, the second gets a conflict.
 */
import { desc, eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { type Control, controlSchema } from '../../domain/settings/control.ts';
import { defaultSettings } from '../../domain/settings/settings.ts';
import { readStoredControl } from '../../domain/settings/stored-control.ts';
import { DEFAULT_SYSTEM_SETTINGS } from '../../domain/settings/system-settings.ts';
import { auditLog, controlVersions } from '../schema/control-schema.ts';

export interface AuditChange {
  readonly action: string;
  /** A leader's address, a mode, or '' for the whole. */
  readonly subject: string;
  readonly field: string;
  readonly oldValue: string;
  readonly newValue: string;
}

export interface AuditEntry extends AuditChange {
  readonly atMs: number;
  /** Who did it: hostile text. */
  readonly actor: string;
}

export interface SaveControl {
  /** The version that the change was made from; 0 for the very first. */
  readonly previousVersion: number;
  /** The document to save; its version is set here. */
  readonly control: Control;
  /** Of one press of a button: the same id saves once. */
  readonly commandId: string;
  /** Who pressed it, as every row will say. */
  readonly actor: string;
  readonly audit: readonly AuditChange[];
  readonly nowMs: number;
}

export type SaveControlResult =
  | { readonly kind: 'saved' | 'already-saved'; readonly control: Control }
  /** Somebody else saved in between; nothing was written. */
  | { readonly kind: 'conflict' };

/** One command changes at most this many values; more would be a mistake, and a batch has its limit. */
const AUDIT_ROWS_MAX = 90;

/** The document before anyone changed anything: paper on, live off, no leader followed. */
export function initialControl(): Control {
  return {
    version: 1,
    paperTrading: 'ON',
    liveTrading: 'OFF',
    liveEntries: 'ON',
    system: DEFAULT_SYSTEM_SETTINGS,
    settings: { PAPER: defaultSettings('PAPER'), LIVE: defaultSettings('LIVE') },
    followedUsers: [],
  };
}

/** How far back a document is looked for that this release can read. */
const LOOKED_BACK_MAX = 50;

/**
 * The newest document that this release can read, or undefined before the first. Where a newer one is of a later release and cannot be
 * read, `laterVersion` is its version. Throws when none of the last fifty can be read.
 */
export async function readControl(d1: D1Database): Promise<Control | undefined> {
  const [newest] = await newestDocuments(d1, 1);
  if (newest === undefined) return undefined;
  if (newest.control !== undefined) return newest.control;
  const earlier = await newestDocuments(d1, LOOKED_BACK_MAX);
  const readable = earlier.find(({ control }) => control !== undefined)?.control;
  if (readable === undefined) throw new Error('no control document of the database can be read here');
  return { ...readable, laterVersion: newest.version };
}

async function newestDocuments(
  d1: D1Database,
  limit: number,
): Promise<readonly { readonly version: number; readonly control: Control | undefined }[]> {
  const rows = await drizzle(d1)
    .select({ version: controlVersions.version, control: controlVersions.control })
    .from(controlVersions)
    .orderBy(desc(controlVersions.version))
    .limit(limit);
  return rows.map(({ version, control }) => ({ version, control: documentIn(control) }));
}

/** Undefined for what this release cannot read, damaged text included. */
function documentIn(text: string): Control | undefined {
  try {
    return readStoredControl(JSON.parse(text));
  } catch {
    // Not JSON: no release can read it.
    return undefined;
  }
}

/** The document of one version; `unreadable` where this release cannot read what is stored. */
export async function readControlVersion(
  d1: D1Database,
  version: number,
): Promise<Control | 'missing' | 'unreadable'> {
  const rows = await drizzle(d1)
    .select({ control: controlVersions.control })
    .from(controlVersions)
    .where(eq(controlVersions.version, version))
    .limit(1);
  return rows[0] === undefined ? 'missing' : (documentIn(rows[0].control) ?? 'unreadable');
}

/** Saves the next version with its audit rows, as one transaction. */
export async function saveControl(d1: D1Database, request: SaveControl): Promise<SaveControlResult> {
  const { previousVersion, commandId, actor, nowMs } = request;
  if (request.audit.length > AUDIT_ROWS_MAX) throw new RangeError('too many changes in one command');
  const { laterVersion: _notSaved, ...own } = request.control;
  const control: Control = controlSchema.parse({ ...own, version: previousVersion + 1 });
  const db = drizzle(d1);
  const version = db.insert(controlVersions).values({
    version: control.version,
    commandId,
    actor,
    control: JSON.stringify(control),
    savedAtMs: nowMs,
  });
  const audit = request.audit.map((change) =>
    db.insert(auditLog).values({ ...change, atMs: nowMs, commandId, actor }),
  );
  try {
    await db.batch([version, ...audit]);
    return { kind: 'saved', control };
  } catch (error) {
    // Expected: the version or the command id is taken. Anything else is D1's and goes on up.
    const same = await db
      .select()
      .from(controlVersions)
      .where(eq(controlVersions.commandId, commandId))
      .limit(1);
    if (same[0] !== undefined) {
      return { kind: 'already-saved', control: controlSchema.parse(JSON.parse(same[0].control)) };
    }
    const newest = await readControl(d1);
    if (newest !== undefined && newest.version > previousVersion) return { kind: 'conflict' };
    throw error;
  }
}

/** The latest changes, newest first. */
export async function listAudit(d1: D1Database, limit: number): Promise<AuditEntry[]> {
  return drizzle(d1).select().from(auditLog).orderBy(desc(auditLog.auditNo)).limit(limit);
}

/** Records changes that are not of the control document, such as moved cash. */
export async function recordAudit(
  d1: D1Database,
  request: Pick<SaveControl, 'audit' | 'commandId' | 'actor' | 'nowMs'>,
): Promise<void> {
  const { audit, commandId, actor, nowMs } = request;
  const db = drizzle(d1);
  // A statement each: D1 binds 100 values at most, and twelve rows would be 96.
  const [first, ...rest] = audit.map((change) =>
    db.insert(auditLog).values({ ...change, atMs: nowMs, commandId, actor }),
  );
  if (first !== undefined) await db.batch([first, ...rest]);
}
