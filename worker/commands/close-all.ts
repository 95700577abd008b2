/**
 * Close everything: each position of a Wallet becomes a sale by hand of its own. A press works through them in batches, so that
 * no request takes too long; each position's command id comes from the press, so that a repeat sells nothing twice.
 */
import { type LeaderAddress, parseLeaderAddress, type TradingMode } from '../../domain/ids.ts';
import { SHARE_STEP_MICROS } from '../../domain/market/market.ts';
import { sliceKey } from '../../domain/portfolio/slice-key.ts';
import type { PositionMark } from '../../domain/records/status.ts';
import { SECOND_MS } from '../../domain/time.ts';
import { reasonOf } from '../../durable-objects/platform/ports.ts';
import { log } from '../../durable-objects/platform/workerd.ts';
import type { CloseResult } from '../../durable-objects/rpc.ts';
import { type PositionsClient, positionsOf } from '../control/positions-client.ts';
import type { Env } from '../env.ts';
import { auditDone } from './audit-done.ts';
import type { FieldErrors, Pressed } from './change-control.ts';
import { auditOf, notSold } from './close-position.ts';

/** Sales in one request, and the time after which it starts no further one. */
const SALES_MAX = 20;
const BATCH_MS_MAX = 20 * SECOND_MS;

export type SellablePosition = PositionMark & { readonly leaderAddress: LeaderAddress };

export interface CloseAll extends Pressed {
  readonly mode: TradingMode;
  /** What the operator typed. */
  readonly confirmation: string;
  /** The position after which the batch goes on, as a press before has returned it; '' for the first. */
  readonly after: string;
}

export interface SaleLine {
  readonly position: SellablePosition;
  /** Undefined: the Wallet has taken the sale. */
  readonly refused: string | undefined;
}

export type CloseAllResult =
  | { readonly kind: 'invalid'; readonly errors: FieldErrors }
  | {
      readonly kind: 'answered';
      readonly lines: readonly SaleLine[];
      /** Positions that are left for the next press. */
      readonly left: number;
      readonly after: string;
    };

/** What must be typed. */
export function closeWord(mode: TradingMode): string {
  return `CLOSE ${mode}`;
}

/** What can be sold by hand: no dust, and nothing that came from outside. In the order in which a press sells them. */
export function sellablePositions(positions: readonly PositionMark[]): readonly SellablePosition[] {
  return positions
    .flatMap((one) => {
      const leaderAddress = parseLeaderAddress(one.leaderAddress);
      return leaderAddress === undefined || one.shareMicros < SHARE_STEP_MICROS
        ? []
        : [{ ...one, leaderAddress }];
    })
    .sort((left, right) => (sliceKey(left) < sliceKey(right) ? -1 : 1));
}

/** Sells the next batch. Throws when the Wallet does not report what it holds; nothing is sold then. */
export async function closeAll(env: Env, request: CloseAll, clockMs: () => number): Promise<CloseAllResult> {
  const { mode, confirmation, after } = request;
  if (confirmation.trim() !== closeWord(mode))
    return { kind: 'invalid', errors: { confirmation: `type ${closeWord(mode)}, in capitals` } };
  const wallet = positionsOf(env, mode);
  const all = sellablePositions((await wallet.portfolio()).positions);
  const waiting = all.filter((one) => sliceKey(one) > after);
  const untilMs = clockMs() + BATCH_MS_MAX;
  const lines: SaleLine[] = [];
  const audit = [];
  for (const position of waiting.slice(0, SALES_MAX)) {
    if (clockMs() > untilMs) break;
    const answer = await sell(wallet, request, position);
    const refused = answer === undefined ? NO_ANSWER : Object.values(notSold(answer) ?? {})[0];
    lines.push({ position, refused });
    audit.push(auditOf(mode, position, answer));
  }
  await auditDone(env, request, audit);
  const last = lines.at(-1);
  return {
    kind: 'answered',
    lines,
    left: waiting.length - lines.length,
    after: last === undefined ? after : sliceKey(last.position),
  };
}

const NO_ANSWER =
  'The Wallet did not answer, so it is not known whether this was sold. Look at the portfolio.';

/** Undefined when the Wallet does not answer: the sale may or may not have begun. */
async function sell(
  wallet: PositionsClient,
  { commandId }: Pressed,
  { leaderAddress, tokenId }: SellablePosition,
): Promise<CloseResult | undefined> {
  const id = `${commandId}:${leaderAddress}:${tokenId}`;
  try {
    return await wallet.closePosition({ commandId: id, leaderAddress, tokenId, shareMicros: null });
  } catch (error) {
    log('warn', 'a sale by hand got no answer', { commandId: id, reason: reasonOf(error) });
    return undefined;
  }
}
