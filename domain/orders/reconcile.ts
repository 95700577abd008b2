/**
 * Compares our record with the venue's and returns actions (design.md 8). Only evidence moves an order, and absence is none
 * before the grace is over. Once the actions are applied, the same view returns only the differences that remain. The order in
 * which the venue reported things does not matter.
 */
import type { ConditionId, TokenId } from '../ids.ts';
import { add, type CashMicros, type ShareMicros, shares } from '../money.ts';
import { NO_TOKEN } from '../records/sentinels.ts';
import { courseOf, eventsOf } from './order-course.ts';
import { isSettledFill, type OrderEvent } from './order-state.ts';
import type { FillReport, FillState, OrderId, OrderReport } from './orders.ts';
import { corrects, fillKey, type OurFill, type OurOrder } from './our-order.ts';

export interface VenuePosition {
  readonly tokenId: TokenId;
  readonly conditionId: ConditionId;
  readonly shareMicros: ShareMicros;
  readonly redeemable: boolean;
}

/** What one round of reads and frames returned. A read that failed is missing or null, never empty. */
export interface VenueView {
  readonly nowMs: number;
  /** By id. A missing key was not queried or not answered. */
  readonly orders: ReadonlyMap<OrderId, OrderReport | 'ABSENT'>;
  /** Trades since before the oldest unresolved order was sent, read after the orders; null when that read failed. */
  readonly fills: readonly FillReport[] | null;
  readonly collateralMicros: CashMicros | null;
  readonly positions: readonly VenuePosition[] | null;
  readonly ledgerCashMicros: CashMicros;
  readonly ledgerShares: ReadonlyMap<TokenId, ShareMicros>;
  /** There are unresolved orders or fills that may still fail, so differences are expected. */
  readonly settling: boolean;
}

/** Settlement of a fill that is already booked. */
interface FillMove {
  readonly tradeId: string;
  readonly orderId: OrderId;
  readonly state: FillState;
  readonly txHash: string;
}

export interface Difference {
  readonly kind: 'difference';
  readonly subject: 'CASH' | 'POSITION';
  /** NO_TOKEN for cash. */
  readonly tokenId: TokenId | typeof NO_TOKEN;
  readonly ledgerMicros: bigint;
  readonly venueMicros: bigint;
  readonly settling: boolean;
}

export type ReconcileAction =
  /** Books cash and shares. A fill that is first reported as FAILED is booked, and reversed by the next action. */
  | { readonly kind: 'bookFill'; readonly report: FillReport; readonly origin: 'APP' | 'EXTERNAL' }
  /** Revises notional, price and fee of a fill that was booked at an average price, by the makers' legs (A58). */
  | { readonly kind: 'correctFill'; readonly report: FillReport }
  /** Moves the settlement state only. */
  | ({ readonly kind: 'moveFill' } & FillMove)
  /** Undoes a booked fill that FAILED. */
  | ({ readonly kind: 'reverseFill' } & FillMove)
  /** `nextState` of the order, `seenAtVenue` where the event proves arrival, and `endedByAbsenceAfter`. */
  | {
      readonly kind: 'orderEvent';
      readonly orderId: OrderId;
      readonly event: OrderEvent;
      readonly reason: string;
    }
  /** Returned by each round that books nothing, while it lasts: the Wallet keeps its age (A40). */
  | Difference;

export interface Reconciled {
  readonly orders: readonly OurOrder[];
  readonly fills: readonly OurFill[];
  /** When the account was first read: the opening balance includes external trades from before. */
  readonly openedAtMs: number;
  readonly graceMs: number;
  readonly view: VenueView;
}

/** The actions that bring our record in line with the venue's: fills first, then orders, then what still differs. */
export function reconcile({
  orders,
  fills,
  openedAtMs,
  graceMs,
  view,
}: Reconciled): readonly ReconcileAction[] {
  const ours = new Map(orders.map((order) => [order.orderId, order]));
  const known = new Map(fills.map((fill) => [fillKey(fill), fill]));
  const counts = (report: FillReport): boolean =>
    ours.has(report.orderId) || known.has(fillKey(report)) || report.matchedAtMs >= openedAtMs;
  const reports = latestOf((view.fills ?? []).filter(counts));
  const fillActions = reports.flatMap((report) =>
    actionsOfFill(report, known.get(fillKey(report)), ours.has(report.orderId) ? 'APP' : 'EXTERNAL'),
  );
  const orderActions = orders.flatMap((order) =>
    eventsOf(courseOf(order, { known: fills, reports }), {
      report: view.orders.get(order.orderId),
      fillsRead: view.fills !== null,
      isGraceOver: view.nowMs - order.lastSentAtMs >= graceMs,
      isLongAbsent: order.absentSinceMs !== null && view.nowMs - order.absentSinceMs >= graceMs,
    }).map((step): ReconcileAction => ({ kind: 'orderEvent', orderId: order.orderId, ...step })),
  );
  const actions = [...fillActions, ...orderActions];
  // The ledger of this view lacks what was just booked: the next round returns the differences that are left.
  return fillActions.some(({ kind }) => kind !== 'moveFill') ? actions : [...actions, ...differences(view)];
}

/** How far a fill has settled: a report that is no further changes nothing. CONFIRMED and FAILED are final. */
const SETTLEMENT_RANK = {
  MATCHED: 0,
  RETRYING: 1,
  MINED: 2,
  FAILED: 3,
  CONFIRMED: 4,
} as const satisfies Record<FillState, number>;

/** One report per fill, the furthest settled, with the makers' legs of any of them, in the order in which they were matched. */
function latestOf(reports: readonly FillReport[]): readonly FillReport[] {
  const latest = new Map<string, FillReport>();
  for (const report of reports) {
    const before = latest.get(fillKey(report));
    if (before === undefined) {
      latest.set(fillKey(report), report);
      continue;
    }
    const isFurther = SETTLEMENT_RANK[report.state] > SETTLEMENT_RANK[before.state];
    const [further, other] = isFurther ? [report, before] : [before, report];
    latest.set(fillKey(report), withLegs(further, other));
  }
  return [...latest.values()].sort(
    (a, b) => a.matchedAtMs - b.matchedAtMs || (fillKey(a) < fillKey(b) ? -1 : 1),
  );
}

/** The report with the makers' legs of the other one, where only that one names them. */
function withLegs(report: FillReport, other: FillReport): FillReport {
  const isBetter = report.atAverage && !other.atAverage && report.shareMicros === other.shareMicros;
  return isBetter ? { ...report, legs: other.legs, atAverage: false } : report;
}

function actionsOfFill(
  report: FillReport,
  known: OurFill | undefined,
  origin: 'APP' | 'EXTERNAL',
): ReconcileAction[] {
  const { tradeId, orderId, state, txHash } = report;
  const before = known?.state;
  const reverse: ReconcileAction = { kind: 'reverseFill', tradeId, orderId, state, txHash };
  if (before === undefined) {
    return state === 'FAILED'
      ? [{ kind: 'bookFill', report: { ...report, state: 'MATCHED' }, origin }, reverse]
      : [{ kind: 'bookFill', report, origin }];
  }
  const corrected: ReconcileAction[] = corrects(report, known) ? [{ kind: 'correctFill', report }] : [];
  if (isSettledFill(before) || SETTLEMENT_RANK[state] <= SETTLEMENT_RANK[before]) return corrected;
  return [...corrected, state === 'FAILED' ? reverse : { kind: 'moveFill', tradeId, orderId, state, txHash }];
}

/** Every difference between ledger and venue (R76, A40), by token; none where the venue could not be read. */
export function differences(view: VenueView): readonly Difference[] {
  const { ledgerCashMicros, ledgerShares, collateralMicros, positions, settling } = view;
  const found: Difference[] = [];
  if (collateralMicros !== null && collateralMicros !== ledgerCashMicros) {
    found.push({
      kind: 'difference',
      subject: 'CASH',
      tokenId: NO_TOKEN,
      ledgerMicros: ledgerCashMicros,
      venueMicros: collateralMicros,
      settling,
    });
  }
  if (positions === null) return found;
  const atVenue = new Map<TokenId, ShareMicros>();
  for (const { tokenId, shareMicros } of positions) {
    atVenue.set(tokenId, add(atVenue.get(tokenId) ?? shares(0n), shareMicros));
  }
  for (const tokenId of [...new Set([...ledgerShares.keys(), ...atVenue.keys()])].sort()) {
    const ledgerMicros = ledgerShares.get(tokenId) ?? shares(0n);
    const venueMicros = atVenue.get(tokenId) ?? shares(0n);
    if (ledgerMicros === venueMicros) continue;
    found.push({ kind: 'difference', subject: 'POSITION', tokenId, ledgerMicros, venueMicros, settling });
  }
  return found;
}
