/** Our orders and fills as reconciliation takes them: of what is stored, the part that evidence can change. */
import type { IdempotencyKey, TokenId } from '../ids.ts';
import type { CashMicros, ShareMicros } from '../money.ts';
import type { OrderAmounts } from './order-state.ts';
import type { FillReport, FillState, OrderId, OrderState } from './orders.ts';

/** An order of ours, real ones only. Give every order that an unbooked fill may name, ended ones too. */
export interface OurOrder extends OrderAmounts {
  readonly orderId: OrderId;
  readonly idempotencyKey: IdempotencyKey;
  readonly state: OrderState;
  readonly tokenId: TokenId;
  /** Of fills that have not FAILED, fees left out. */
  readonly filledShareMicros: ShareMicros;
  readonly filledNotionalMicros: CashMicros;
  readonly lastSentAtMs: number;
  /** Evidence showed that the venue has had it (`provesArrival`): absence then means that it ended, not that it never arrived. */
  readonly seenAtVenue: boolean;
  /** First of the reads in a row that said ABSENT (`absentSinceAfter`); null when the last evidence was of its presence. */
  readonly absentSinceMs: number | null;
  /** CANCELED from absence alone (`endedByAbsenceAfter`): later evidence reopens it. */
  readonly endedByAbsence: boolean;
  /** Trades that the venue named for it: the answer to the POST, order reports. */
  readonly tradeIdsExpected: readonly string[];
  /** Trades that are booked for it, FAILED ones too. */
  readonly tradeIdsBooked: readonly string[];
}

/** A fill is one order's part of one trade: (tradeId, orderId) as one text, the same for reports and for what we store. */
export function fillKey({
  tradeId,
  orderId,
}: {
  readonly tradeId: string;
  readonly orderId: string;
}): string {
  return `${tradeId} ${orderId}`;
}

export interface OurFill {
  readonly tradeId: string;
  readonly orderId: OrderId;
  readonly state: FillState;
  /** What was booked at an average price; legs that add up to these shares correct it (A58). Absent once nothing can. */
  readonly average?: { readonly shareMicros: ShareMicros; readonly notionalMicros: CashMicros };
}

/** Whether the report is better evidence of what the fill moved: the makers' legs of a fill booked at an average price (A58). */
export function corrects(report: FillReport, fill: OurFill | undefined): boolean {
  return !report.atAverage && fill?.average?.shareMicros === report.shareMicros;
}
