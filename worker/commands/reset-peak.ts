/** Resetting the peak that the drawdown breaker counts from: by the Wallet that owns it, once the operator has typed RESET. */
import type { TradingMode } from '../../domain/ids.ts';
import { formatMicros } from '../../domain/money.ts';
import { walletStub } from '../../durable-objects/platform/stubs.ts';
import type { PeakReset } from '../../durable-objects/rpc.ts';
import type { Env } from '../env.ts';
import { auditDone } from './audit-done.ts';
import type { CommandResult, Pressed } from './change-control.ts';

export const RESET_WORD = 'RESET';

export interface ResetPeak extends Pressed {
  readonly mode: TradingMode;
  /** What the operator typed. */
  readonly confirmation: string;
}

/** Makes the PnL of this moment the peak. Throws when the Wallet does not answer: pressing again does the same again. */
export async function resetPeak(env: Env, request: ResetPeak): Promise<CommandResult> {
  const { mode } = request;
  if (request.confirmation.trim() !== RESET_WORD)
    return { kind: 'invalid', errors: { confirmation: `type ${RESET_WORD}, in capitals` } };
  // `await` turns what a stub returns, a promise for each case of a union, into one promise.
  const answer: PeakReset = await walletStub(env, mode).resetPeak();
  if (answer.kind === 'refused')
    return { kind: 'invalid', errors: { confirmation: `not reset: ${answer.reason}` } };
  const change = {
    action: 'resetPeak',
    subject: mode,
    field: 'peakPnl',
    oldValue: answer.before === null ? '' : formatMicros(answer.before),
    newValue: formatMicros(answer.peakPnlMicros),
  };
  await auditDone(env, request, [change]);
  return { kind: 'done' };
}
