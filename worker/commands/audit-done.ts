/** The audit row of something that a Wallet has done already: when it cannot be written, the answer is still the Wallet's. */
import { reasonOf } from '../../durable-objects/platform/ports.ts';
import { log } from '../../durable-objects/platform/workerd.ts';
import { type AuditChange, recordAudit } from '../../ledger/write/control-store.ts';
import type { Env } from '../env.ts';
import type { Pressed } from './change-control.ts';

/** Never throws: failing now would invite a second press of what is done. */
export async function auditDone(env: Env, pressed: Pressed, audit: readonly AuditChange[]): Promise<void> {
  const { commandId, actor, nowMs } = pressed;
  try {
    await recordAudit(env.DB, { audit, commandId, actor, nowMs });
  } catch (error) {
    const actions = [...new Set(audit.map((one) => one.action))].join(', ');
    log('error', 'a command was carried out without an audit row', {
      commandId,
      actions,
      reason: reasonOf(error),
    });
  }
}
