/** Closing a position that no leader will close: one sale by the operator, decided and placed by the live Wallet. */
import { REASON_CODES } from '../../domain/decide/reasons.ts';
import { reasonOf } from '../../durable-objects/platform/ports.ts';
import { log } from '../../durable-objects/platform/workerd.ts';
import { recordAudit } from '../../ledger/write/control-store.ts';
import { REASON_LABELS } from '../../views/words/labels.ts';
import { liveWallet } from '../control/live-wallet-client.ts';
import type { Env } from '../env.ts';
import type { CommandResult, Pressed } from './change-control.ts';

export interface ClosePosition extends Pressed {
  readonly leaderAddress: string;
  readonly tokenId: string;
}

const TOKEN_ID = /^\d{1,78}$/;

/** Asks the Wallet to sell all of it. Throws when the Wallet does not answer; the same command id is the same sale. */
export async function closePosition(env: Env, request: ClosePosition): Promise<CommandResult> {
  const { commandId, actor, leaderAddress, tokenId, nowMs } = request;
  if (!TOKEN_ID.test(tokenId)) return { kind: 'invalid', errors: { form: 'there is no such position' } };
  const answer = await liveWallet(env).closePosition({ commandId, leaderAddress, tokenId });
  const change = {
    action: 'closePosition',
    subject: leaderAddress,
    field: tokenId,
    oldValue: '',
    newValue: answer.kind === 'accepted' ? 'accepted' : `refused: ${answer.reason}`,
  };
  try {
    await recordAudit(env.DB, { audit: [change], commandId, actor, nowMs });
  } catch (error) {
    // The Wallet has it and its attempt reaches D1 by the outbox; failing now would invite a second press.
    log('error', 'a position is being closed without an audit row', { commandId, reason: reasonOf(error) });
  }
  if (answer.kind === 'accepted') return { kind: 'done' };
  return { kind: 'invalid', errors: { form: `It was not sold: ${inWords(answer.reason)}.` } };
}

/** A refusal by the decision is a list of reason codes; any other is a sentence already. */
function inWords(reason: string): string {
  const codes = reason.split(', ').flatMap((part) => REASON_CODES.find((code) => code === part) ?? []);
  const isCodes = codes.length > 0 && codes.join(', ') === reason;
  return isCodes ? codes.map((code) => REASON_LABELS[code]).join('; ') : reason.replace(/\.$/, '');
}
