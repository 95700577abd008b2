/** Who changed what and when, newest first: the history page, what came in between two versions, and one command for its undo. */
import { and, asc, desc, eq, gt, inArray, lt } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { Control } from '../../domain/settings/control.ts';
import { readStoredControl } from '../../domain/settings/stored-control.ts';
import { auditLog, controlVersions } from '../schema/control-schema.ts';

export type AuditRow = typeof auditLog.$inferSelect;

/** The rows of one command, in the order written. */
export interface ChangeRows {
  readonly commandId: string;
  readonly rows: readonly [AuditRow, ...AuditRow[]];
}

export interface ChangePage {
  readonly changes: readonly ChangeRows[];
  /** The number to go on below; undefined at the beginning of the history. */
  readonly next: number | undefined;
}

/** More than the rows of the largest command, so that a page always holds at least one whole. */
const PAGE_AUDIT_ROWS = 200;
/** Versions looked at for what came in between; after so many a person reads the history instead. */
const VERSIONS_BETWEEN_MAX = 20;
/** One command writes at most 90 rows for its document and a few for what the Wallet answered. */
const COMMAND_ROWS_MAX = 120;
/** Documents hold every followed user: a few at once are enough. */
export const VERSIONS_READ_MAX = 20;

/** One page of changes before the row with this number. */
export async function listChanges(d1: D1Database, before: number | undefined): Promise<ChangePage> {
  const rows = await drizzle(d1)
    .select()
    .from(auditLog)
    .where(before === undefined ? undefined : lt(auditLog.auditNo, before))
    .orderBy(desc(auditLog.auditNo))
    .limit(PAGE_AUDIT_ROWS);
  const changes = byCommand(rows);
  if (rows.length < PAGE_AUDIT_ROWS) return { changes, next: undefined };
  // The page may have cut the oldest command in two: it is shown whole on the next one.
  const whole = changes.length > 1 ? changes.slice(0, -1) : changes;
  const shown = Math.min(...whole.flatMap((change) => change.rows.map((row) => row.auditNo)));
  return { changes: whole, next: shown };
}

/** The rows of one command; undefined when there is none. */
export async function readChange(d1: D1Database, commandId: string): Promise<ChangeRows | undefined> {
  const rows = await drizzle(d1)
    .select()
    .from(auditLog)
    .where(eq(auditLog.commandId, commandId))
    .orderBy(desc(auditLog.auditNo))
    .limit(COMMAND_ROWS_MAX);
  return byCommand(rows)[0];
}

/** The changes of the document after a version, newest first, and whether there were more than are returned. */
export async function listChangesSince(
  d1: D1Database,
  version: number,
): Promise<{ readonly changes: readonly ChangeRows[]; readonly more: boolean }> {
  const db = drizzle(d1);
  const versions = await db
    .select({ commandId: controlVersions.commandId })
    .from(controlVersions)
    .where(gt(controlVersions.version, version))
    .orderBy(desc(controlVersions.version))
    .limit(VERSIONS_BETWEEN_MAX + 1);
  const ids = versions.slice(0, VERSIONS_BETWEEN_MAX).map((one) => one.commandId);
  if (ids.length === 0) return { changes: [], more: false };
  const rows = await db
    .select()
    .from(auditLog)
    .where(inArray(auditLog.commandId, ids))
    .orderBy(desc(auditLog.auditNo))
    .limit(2 * PAGE_AUDIT_ROWS);
  const more = versions.length > ids.length || rows.length === 2 * PAGE_AUDIT_ROWS;
  return { changes: byCommand(rows), more };
}

/** Newest first, each command's rows together in the order written. */
function byCommand(rows: readonly AuditRow[]): readonly ChangeRows[] {
  const groups = new Map<string, [AuditRow, ...AuditRow[]]>();
  for (const row of rows) {
    const group = groups.get(row.commandId);
    if (group === undefined) groups.set(row.commandId, [row]);
    else group.unshift(row);
  }
  return [...groups].map(([commandId, group]) => ({ commandId, rows: group }));
}

/**
 * The documents of these versions, at most 20 of them, the lowest first. One that is absent, or that is no document of
 * ours any more, is left out.
 */
export async function readControlVersions(
  d1: D1Database,
  versions: readonly number[],
): Promise<ReadonlyMap<number, Control>> {
  const wanted = [...new Set(versions)].slice(0, VERSIONS_READ_MAX);
  if (wanted.length === 0) return new Map();
  const rows = await drizzle(d1)
    .select({ version: controlVersions.version, control: controlVersions.control })
    .from(controlVersions)
    .where(inArray(controlVersions.version, wanted))
    .orderBy(asc(controlVersions.version));
  return new Map(
    rows.flatMap(({ version, control }) => {
      const read = readStoredControl(parseJson(control));
      return read === undefined ? [] : [[version, read]];
    }),
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Damaged text is no document: the caller leaves the version out.
    return undefined;
  }
}

/** The command that set this field last; undefined when none has. */
export async function lastCommandOn(
  d1: D1Database,
  { subject, field }: Pick<AuditRow, 'subject' | 'field'>,
): Promise<string | undefined> {
  const rows = await drizzle(d1)
    .select({ commandId: auditLog.commandId })
    .from(auditLog)
    .where(and(eq(auditLog.subject, subject), eq(auditLog.field, field)))
    .orderBy(desc(auditLog.auditNo))
    .limit(1);
  return rows[0]?.commandId;
}

/** Whether a command has saved a version. */
export async function wasSaved(d1: D1Database, commandId: string): Promise<boolean> {
  const rows = await drizzle(d1)
    .select({ version: controlVersions.version })
    .from(controlVersions)
    .where(eq(controlVersions.commandId, commandId))
    .limit(1);
  return rows[0] !== undefined;
}
