/** Deposits and withdrawals of paper cash: booked once per press of the button, by the Wallet that owns the cash. */
import { formatMicros, parseMicros } from '../../domain/money.ts';
import { reasonOf } from '../../durable-objects/platform/ports.ts';
import { walletStub } from '../../durable-objects/platform/stubs.ts';
import { log } from '../../durable-objects/platform/workerd.ts';
import { recordAudit } from '../../ledger/write/control-store.ts';
import type { Env } from '../env.ts';
import type { CommandResult, Pressed } from './change-control.ts';

export interface MoveCash extends Pressed {
  readonly kind: 'DEPOSIT' | 'WITHDRAWAL';
  /** Decimal USD, as typed. */
  readonly amount: string;
}

/** Moves paper cash. An error of `amount` names what is wrong with it; nothing is booked then. */
export async function moveCash(env: Env, request: MoveCash): Promise<CommandResult> {
  const { commandId, actor, kind, nowMs } = request;
  const text = request.amount.trim().replace(/^\$/, '');
  // Digits below a cent would be cut off in silence; the operator who typed them meant something else.
  const amountMicros = /^\d{1,9}(\.\d{1,2})?$/.test(text) ? parseMicros(text) : undefined;
  if (amountMicros === undefined) {
    return { kind: 'invalid', errors: { amount: 'give dollars and cents, such as 250 or 99.50' } };
  }
  if (amountMicros === 0n) return { kind: 'invalid', errors: { amount: 'give an amount above zero' } };
  const moved = await walletStub(env, 'PAPER').moveCash({ commandId, kind, amountMicros });
  if (moved.kind === 'refused') return { kind: 'invalid', errors: { amount: moved.reason } };
  if (moved.kind === 'booked') {
    const change = {
      action: kind,
      subject: 'PAPER',
      field: 'cash',
      oldValue: '',
      newValue: formatMicros(amountMicros),
    };
    try {
      await recordAudit(env.DB, { audit: [change], commandId, actor, nowMs });
    } catch (error) {
      // The cash has moved and its ledger entry reaches D1 by the outbox; failing now would invite a second press.
      log('error', 'cash moved without an audit row', { commandId, kind, reason: reasonOf(error) });
    }
  }
  return { kind: 'done' };
}
