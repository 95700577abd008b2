/** Closing a position that no leader will close: one sale by the operator, decided and placed by the live Wallet. */
import { parseLeaderAddress, parseTokenId } from '../../domain/ids.ts';
import { reasonOf } from '../../durable-objects/platform/ports.ts';
import { log } from '../../durable-objects/platform/workerd.ts';
import type { CloseResult } from '../../durable-objects/rpc.ts';
import { recordAudit } from '../../ledger/write/control-store.ts';
import { REASON_LABELS } from '../../views/words/labels.ts';
import { liveWallet } from '../control/live-wallet-client.ts';
import type { Env } from '../env.ts';
import type { CommandResult, Pressed } from './change-control.ts';

export interface ClosePosition extends Pressed {
  readonly leaderAddress: string;
  readonly tokenId: string;
}

/** Asks the Wallet to sell all of it. Throws when the Wallet does not answer; the same command id is the same sale. */
export async function closePosition(env: Env, request: ClosePosition): Promise<CommandResult> {
  const { commandId, actor, nowMs } = request;
  const leaderAddress = parseLeaderAddress(request.leaderAddress);
  const tokenId = parseTokenId(request.tokenId);
  if (leaderAddress === undefined || tokenId === undefined)
    return { kind: 'invalid', errors: { form: 'there is no such position' } };
  const answer = await liveWallet(env).closePosition({
    commandId,
    leaderAddress,
    tokenId,
    shareMicros: null,
  });
  const change = {
    action: 'closePosition',
    subject: leaderAddress,
    field: tokenId,
    oldValue: '',
    newValue: answer.kind === 'accepted' ? 'accepted' : `refused: ${outcomeText(answer)}`,
  };
  try {
    await recordAudit(env.DB, { audit: [change], commandId, actor, nowMs });
  } catch (error) {
    // The Wallet has it and its attempt reaches D1 by the outbox; failing now would invite a second press.
    log('error', 'a position is being closed without an audit row', { commandId, reason: reasonOf(error) });
  }
  if (answer.kind === 'accepted') return { kind: 'done' };
  return { kind: 'invalid', errors: { form: `It was not sold: ${inWords(answer)}.` } };
}

/** The refusal as the audit log keeps it: the codes of a decision, or the Wallet's own sentence. */
function outcomeText(answer: Exclude<CloseResult, { kind: 'accepted' }>): string {
  if (answer.kind === 'shadow') return 'SHADOW';
  return answer.kind === 'skipped' ? answer.reasons.join(', ') : answer.reason;
}

/** The refusal as the operator reads it. */
function inWords(answer: Exclude<CloseResult, { kind: 'accepted' }>): string {
  if (answer.kind === 'shadow') return REASON_LABELS.LIVE_SHADOW_ONLY;
  return answer.kind === 'skipped'
    ? answer.reasons.map((code) => REASON_LABELS[code]).join('; ')
    : answer.reason;
}
