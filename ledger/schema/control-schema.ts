/**
 * D1's tables of the operator: versions of the control document, the log of what was changed, and how far clean-ups have come.
 * Like the other schemas, the migrations add STRICT to what drizzle writes.
 */
import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';

export const controlVersions = sqliteTable(
  'control_versions',
  {
    version: integer('version').primaryKey(),
    commandId: text('command_id').notNull(),
    control: text('control').notNull(),
    savedAtMs: integer('saved_at_ms').notNull(),
    actor: text('actor').notNull().default('operator'),
  },
  (t) => [uniqueIndex('control_versions_command').on(t.commandId)],
);

export const auditLog = sqliteTable(
  'audit_log',
  {
    auditNo: integer('audit_no').primaryKey({ autoIncrement: true }),
    atMs: integer('at_ms').notNull(),
    action: text('action').notNull(),
    subject: text('subject').notNull(),
    field: text('field').notNull(),
    oldValue: text('old_value').notNull(),
    newValue: text('new_value').notNull(),
    commandId: text('command_id').notNull(),
    /** Who did it: 'operator' after the password, else the address that Cloudflare Access vouches for. */
    actor: text('actor').notNull().default('operator'),
  },
  (t) => [index('audit_log_command').on(t.commandId)],
);

/** How far a bounded clean-up has come. */
export const maintenance = sqliteTable('maintenance', {
  name: text('name').primaryKey().notNull(),
  throughMs: integer('through_ms').notNull(),
});
