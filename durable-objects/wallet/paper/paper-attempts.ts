/** The attempts of the paper Wallet that are kept: those whose outcome is still open. */
import type { CopyAttemptRecord } from '../../../domain/records/records.ts';
import type { Outbox } from '../../platform/outbox.ts';
import type { ObjectStorage } from '../../platform/ports.ts';
import { AttemptLog } from '../attempt-log.ts';
import type { AttemptStats } from '../attempt-stats.ts';

export function paperAttempts(storage: ObjectStorage, outbox: Outbox, stats: AttemptStats): AttemptLog {
  return new AttemptLog(storage, outbox, stats, mayChange);
}

/** A sale that waits is decided again, and a pending copy is filled or canceled; any other attempt has ended with its decision. */
function mayChange({ decision, reasons }: CopyAttemptRecord): boolean {
  return decision === 'WAIT' || reasons.includes('PAPER_PENDING');
}
