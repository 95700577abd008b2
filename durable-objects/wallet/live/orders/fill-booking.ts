/**
 * Books fills of the live Wallet as ledger entries, once per (trade, order): booked at MATCHED, reversed on FAILED (A20). A fill
 * that belongs to no order of ours is EXTERNAL. All inside the caller's transaction.
 */

import { EXTERNAL_LEADER, type SliceOwner } from '../../../../domain/ids.ts';
import { marked } from '../../../../domain/market/mark.ts';
import type { FeeSchedule } from '../../../../domain/market/market.ts';
import {
  add,
  type CashMicros,
  cash,
  max,
  min,
  mulDivFloor,
  negate,
  type ShareMicros,
  shares,
  sub,
} from '../../../../domain/money.ts';
import { fillCash } from '../../../../domain/orders/live-fees.ts';
import type { FillReport, FillState } from '../../../../domain/orders/orders.ts';
import { slicesOf, spreadExternalSale } from '../../../../domain/portfolio/attribution.ts';
import { afterFill, correctedFill, undoneFill } from '../../../../domain/portfolio/live-position.ts';
import { EMPTY_POSITION } from '../../../../domain/portfolio/portfolio.ts';
import type { LiveFillRecord } from '../../../../domain/records/live-records.ts';
import type { LedgerRecord } from '../../../../domain/records/records.ts';
import { NO_INTENT } from '../../../../domain/records/sentinels.ts';
import { ledgerEntry } from '../../ledger-entry.ts';
import type { PortfolioStore } from '../../portfolio-store.ts';
import { averageOf } from './order-record.ts';
import type { FillPart, OrderStore, StoredFill, StoredOrder } from './order-store.ts';

export class FillBooking {
  constructor(
    private readonly book: PortfolioStore,
    private readonly orders: OrderStore,
    private readonly nowMs: () => number,
  ) {}

  /** Books a new fill. `order` is ours that it belongs to; `fee` is the market's, null where it has none. */
  take(report: FillReport, order: StoredOrder | undefined, fee: FeeSchedule | null): void {
    const moved = fillCash(report, fee);
    const record: LiveFillRecord = {
      kind: 'liveFill',
      tradeId: report.tradeId,
      orderId: report.orderId,
      origin: order === undefined ? 'EXTERNAL' : 'APP',
      leaderAddress: order?.intent.leaderAddress ?? EXTERNAL_LEADER,
      idempotencyKey: order?.intent.idempotencyKey ?? NO_INTENT,
      tokenId: report.tokenId,
      conditionId: report.conditionId,
      side: report.side,
      role: report.role,
      shareMicros: report.shareMicros,
      priceMicros: averageOf(report.shareMicros, moved.notionalMicros) ?? report.priceMicros,
      notionalMicros: moved.notionalMicros,
      feeMicros: moved.feeMicros,
      state: report.state,
      txHash: report.txHash,
      matchedAtMs: report.matchedAtMs,
      seenAtMs: this.nowMs(),
      revision: 1,
    };
    const parts = this.split(record, moved.cashDeltaMicros).map((part) => this.bookPart(record, part));
    this.orders.putFill({ record, parts, atAverage: report.atAverage });
  }

  /**
   * Revises notional, price and fee of a known fill by its makers' legs, with one entry for each part whose cash differs (A58).
   * `fee` undefined: the market's schedule is not known, so the fee stays as it was booked.
   */
  correct(report: FillReport, fee: FeeSchedule | null | undefined): void {
    const fill = this.orders.fill(report.tradeId, report.orderId);
    if (fill === undefined) return;
    const notionalMicros = fillCash(report, null).notionalMicros;
    const feeMicros = fee === undefined ? fill.record.feeMicros : fillCash(report, fee).feeMicros;
    const cashDelta =
      report.side === 'BUY' ? negate(add(notionalMicros, feeMicros)) : sub(notionalMicros, feeMicros);
    const record = {
      ...fill.record,
      priceMicros: averageOf(fill.record.shareMicros, notionalMicros) ?? fill.record.priceMicros,
      notionalMicros,
      feeMicros,
      revision: fill.record.revision + 1,
    };
    let left = cashDelta;
    const parts = fill.parts.map((part, index) => {
      const last = index === fill.parts.length - 1;
      const own = last ? left : cash(mulDivFloor(cashDelta, part.shareMicros, record.shareMicros));
      left = sub(left, own);
      return this.correctPart(record, part, own);
    });
    this.orders.putFill({ record, parts, atAverage: false });
  }

  /** Moves a booked fill to a later settlement state; FAILED reverses its entries. An empty `txHash` keeps the known one. */
  move(fill: StoredFill, state: FillState, txHash: string): void {
    const record = {
      ...fill.record,
      state,
      txHash: txHash === '' ? fill.record.txHash : txHash,
      revision: fill.record.revision + 1,
    };
    if (state !== 'FAILED') {
      this.orders.putFill({ ...fill, record });
      return;
    }
    for (const part of fill.parts) this.undoPart(record, part);
    this.orders.putFill({ record, parts: [] });
  }

  /** Whose shares a fill moves. A sale from outside takes EXTERNAL shares first, then those of the leader with the most. */
  private split(record: LiveFillRecord, cashDelta: CashMicros): readonly Omit<FillPart, 'costOutMicros'>[] {
    const whole: Omit<FillPart, 'costOutMicros'> = {
      leaderAddress: record.leaderAddress,
      shareMicros: record.shareMicros,
      cashDeltaMicros: cashDelta,
    };
    if (record.side === 'BUY') return [whole];
    if (record.origin === 'APP') return this.splitOwn(record, whole);
    const held = this.book.open().filter((one) => one.tokenId === record.tokenId);
    const spread = spreadExternalSale(slicesOf(held), whole.shareMicros);
    const parts = spread.parts.map(({ owner, shareMicros }) => ({ leaderAddress: owner, shareMicros }));
    // More was sold than the ledger knew of: EXTERNAL is short of the rest, which shows as a difference until it is explained.
    if (spread.uncoveredShareMicros > 0n) addTo(parts, spread.uncoveredShareMicros);
    let left = cashDelta;
    return parts.map(({ leaderAddress, shareMicros }, index) => {
      const last = index === parts.length - 1;
      const part = last ? left : cash(mulDivFloor(cashDelta, shareMicros, whole.shareMicros));
      left = sub(left, part);
      return { leaderAddress, shareMicros, cashDeltaMicros: part };
    });
  }

  /** A sale of ours takes the leader's own shares first, then EXTERNAL ones, which a setting may allow. */
  private splitOwn(
    record: LiveFillRecord,
    whole: Omit<FillPart, 'costOutMicros'>,
  ): readonly Omit<FillPart, 'costOutMicros'>[] {
    const held = (leader: SliceOwner): ShareMicros =>
      max(this.book.position(leader, record.tokenId)?.shareMicros ?? shares(0n), shares(0n));
    const beyond = sub(whole.shareMicros, min(whole.shareMicros, held(whole.leaderAddress)));
    const external = min(beyond, held(EXTERNAL_LEADER));
    if (external === 0n) return [whole];
    const cashOut = cash(mulDivFloor(whole.cashDeltaMicros, external, whole.shareMicros));
    const rest = {
      ...whole,
      shareMicros: sub(whole.shareMicros, external),
      cashDeltaMicros: sub(whole.cashDeltaMicros, cashOut),
    };
    const foreign: Omit<FillPart, 'costOutMicros'> = {
      leaderAddress: EXTERNAL_LEADER,
      shareMicros: external,
      cashDeltaMicros: cashOut,
    };
    return rest.shareMicros === 0n ? [foreign] : [rest, foreign];
  }

  private bookPart(record: LiveFillRecord, part: Omit<FillPart, 'costOutMicros'>): FillPart {
    const tokenId = record.tokenId;
    const before = this.book.position(part.leaderAddress, tokenId) ?? EMPTY_POSITION;
    const { after, costOutMicros } = afterFill(before, { side: record.side, ...part });
    const entryType = record.origin === 'APP' ? 'TRADE_FILL' : 'EXTERNAL_FILL';
    this.book.bookEntry(this.entry(record, part, { entryType, sign: 1n }), after);
    // Until the feed has a mark, this trade is the last known one.
    const known = this.book.position(part.leaderAddress, tokenId)?.mark ?? null;
    if (known === null) {
      const { priceMicros, matchedAtMs: atMs } = record;
      const mark = marked(priceMicros, 'LAST_TRADE', atMs);
      this.book.mark(tokenId, { mark, bidPriceMicros: null, ended: false });
    }
    this.book.publishPosition(part.leaderAddress, tokenId);
    return { ...part, costOutMicros };
  }

  /** The part with the cash that it really moved; what differs is an entry without shares. */
  private correctPart(record: LiveFillRecord, part: FillPart, cashDeltaMicros: CashMicros): FillPart {
    const { leaderAddress } = part;
    const change = sub(cashDeltaMicros, part.cashDeltaMicros);
    if (change === 0n) return part;
    const before = this.book.position(leaderAddress, record.tokenId) ?? EMPTY_POSITION;
    const correction = { leaderAddress, shareMicros: shares(0n), cashDeltaMicros: change };
    const entryType = record.origin === 'APP' ? 'TRADE_FILL' : 'EXTERNAL_FILL';
    const entry = this.entry(record, correction, { entryType, sign: 1n });
    const after = correctedFill(before, {
      side: record.side,
      shareMicros: part.shareMicros,
      cashDeltaMicros: change,
    });
    this.book.bookEntry({ ...entry, refId: `${entry.refId}:legs` }, after);
    this.book.publishPosition(leaderAddress, record.tokenId);
    return { ...part, cashDeltaMicros };
  }

  private undoPart(record: LiveFillRecord, part: FillPart): void {
    const tokenId = record.tokenId;
    const before = this.book.position(part.leaderAddress, tokenId) ?? EMPTY_POSITION;
    const after = undoneFill(before, { side: record.side, ...part });
    // A win or loss is taken back on the day on which it was counted: that of the booking.
    const entry = this.entry(record, part, { entryType: 'REVERSAL', sign: -1n });
    this.book.bookEntry(entry, after, record.seenAtMs);
    this.book.publishPosition(part.leaderAddress, tokenId);
  }

  private entry(
    record: LiveFillRecord,
    part: Omit<FillPart, 'costOutMicros'>,
    given: { readonly entryType: LedgerRecord['entryType']; readonly sign: 1n | -1n },
  ): LedgerRecord {
    const moved: ShareMicros = record.side === 'BUY' ? part.shareMicros : negate(part.shareMicros);
    return ledgerEntry({
      mode: 'LIVE',
      refId: `fill:${record.tradeId}:${record.orderId}:${part.leaderAddress}`,
      entryType: given.entryType,
      moved: {
        leaderAddress: part.leaderAddress,
        conditionId: record.conditionId,
        tokenId: record.tokenId,
        shareDeltaMicros: given.sign < 0n ? negate(moved) : moved,
      },
      cashDeltaMicros: given.sign < 0n ? negate(part.cashDeltaMicros) : part.cashDeltaMicros,
      priceMicros: record.priceMicros,
      bookedAtMs: this.nowMs(),
    });
  }
}

function addTo(
  parts: { leaderAddress: SliceOwner; shareMicros: ShareMicros }[],
  shareMicros: ShareMicros,
): void {
  const known = parts.find((part) => part.leaderAddress === EXTERNAL_LEADER);
  if (known === undefined) parts.push({ leaderAddress: EXTERNAL_LEADER, shareMicros });
  else known.shareMicros = add(known.shareMicros, shareMicros);
}
