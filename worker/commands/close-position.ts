/** A sale by hand: one position of either Wallet, part or whole, decided and executed by the Wallet like any copy. */
import type { LeaderAddress, TokenId, TradingMode } from '../../domain/ids.ts';
import { parseMicros, price, type ShareMicros, shares } from '../../domain/money.ts';
import type { CloseResult } from '../../durable-objects/rpc.ts';
import { formatShares } from '../../views/words/format.ts';
import { REASON_LABELS } from '../../views/words/labels.ts';
import { positionsOf } from '../control/positions-client.ts';
import type { Env } from '../env.ts';
import { auditDone } from './audit-done.ts';
import type { CommandResult, FieldErrors, Pressed } from './change-control.ts';

export interface ClosePosition extends Pressed {
  readonly mode: TradingMode;
  readonly leaderAddress: LeaderAddress;
  readonly tokenId: TokenId;
  /** Decimal shares, as typed. */
  readonly shares: string;
  /** The lowest best bid that the operator agreed to, in decimal USD; '' where the page could show no bid. */
  readonly bidMin: string;
}

/** Asks the Wallet to sell. Throws when the Wallet does not answer; the same command id is the same sale. */
export async function closePosition(env: Env, request: ClosePosition): Promise<CommandResult> {
  const { mode, leaderAddress, tokenId, commandId } = request;
  const shareMicros = sharesOf(request.shares);
  if (typeof shareMicros === 'string') return { kind: 'invalid', errors: { shares: shareMicros } };
  const bidMicros = parseMicros(request.bidMin.trim());
  if (bidMicros === undefined || bidMicros <= 0n)
    return { kind: 'invalid', errors: { price: 'there was no bid to sell at; look again' } };
  const bidPriceMicrosMin = price(bidMicros);
  let answer: CloseResult | undefined;
  try {
    const command = { commandId, leaderAddress, tokenId, shareMicros, bidPriceMicrosMin };
    answer = await positionsOf(env, mode).closePosition(command);
  } finally {
    // Without an answer it may be sold all the same: who asked for it is recorded in any case.
    await auditDone(env, request, [auditOf(mode, { leaderAddress, tokenId }, answer)]);
  }
  const errors = notSold(answer);
  return errors === undefined ? { kind: 'done' } : { kind: 'invalid', errors };
}

/** Shares as typed, or what is wrong with them. */
function sharesOf(typed: string): ShareMicros | string {
  const text = typed.trim();
  const micros = /^\d{1,12}(\.\d{1,6})?$/.test(text) ? parseMicros(text) : undefined;
  if (micros === undefined) return 'give a number of shares, such as 25 or 12.5';
  return micros === 0n ? 'give more than zero shares' : shares(micros);
}

/** The audit row of one sale by hand; `answer` is undefined when the Wallet did not give one. */
export function auditOf(
  mode: TradingMode,
  position: { readonly leaderAddress: string; readonly tokenId: string },
  answer: CloseResult | undefined,
) {
  return {
    action: `closePosition ${mode}`,
    subject: position.leaderAddress,
    field: position.tokenId,
    oldValue: '',
    newValue: resultText(answer),
  };
}

function resultText(answer: CloseResult | undefined): string {
  if (answer === undefined) return 'no answer';
  return answer.kind === 'accepted' ? 'accepted' : `refused: ${outcomeText(answer)}`;
}

/** The refusal as the audit log keeps it: the codes of a decision, or the Wallet's own sentence. */
function outcomeText(answer: Exclude<CloseResult, { kind: 'accepted' }>): string {
  if (answer.kind === 'shadow') return 'SHADOW';
  return answer.kind === 'skipped' ? answer.reasons.join(', ') : answer.reason;
}

const TOO_SMALL = [
  'BELOW_MIN_ORDER_SIZE',
  'LIVE_BELOW_MIN_ORDER_SIZE',
  'NOT_ENOUGH_POSITION_TO_SELL',
] as const;

/** Why it was not sold, at the field that it is about; undefined once the Wallet has taken the sale. */
export function notSold(answer: CloseResult): FieldErrors | undefined {
  switch (answer.kind) {
    case 'accepted':
      return undefined;
    case 'shadow':
      return { form: `Nothing was sold. ${REASON_LABELS.LIVE_SHADOW_ONLY}.` };
    case 'refused':
      return { [answer.about === 'other' ? 'form' : answer.about]: `It was not sold: ${answer.reason}.` };
    case 'skipped': {
      const { reasons, orderShareMicrosMin } = answer;
      const words = `It was not sold: ${reasons.map((code) => REASON_LABELS[code]).join('; ')}.`;
      if (!TOO_SMALL.some((code) => reasons.includes(code))) return { form: words };
      const least =
        orderShareMicrosMin === null ? '' : ` It takes ${formatShares(orderShareMicrosMin)} shares and $1.`;
      return { shares: `${words}${least}` };
    }
  }
}
