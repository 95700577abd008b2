/**
 * Ledger entries for what changed the account without a trade (A21, A22): deposits and withdrawals are flows and no profit;
 * splits, merges, redemptions and rewards are conversions. Each activity once, by its key, inside the caller's transaction.
 */

import { type ConditionId, EXTERNAL_LEADER, type TokenId } from '../../../../domain/ids.ts';
import {
  add,
  type CashMicros,
  cash,
  negate,
  notionalFloor,
  type ShareMicros,
  shares,
  sub,
} from '../../../../domain/money.ts';
import { slicesOf, spreadExternalSale } from '../../../../domain/portfolio/attribution.ts';
import { afterFill } from '../../../../domain/portfolio/live-position.ts';
import { EMPTY_POSITION, type Position } from '../../../../domain/portfolio/portfolio.ts';
import type { LedgerRecord } from '../../../../domain/records/records.ts';
import { DAY_MS } from '../../../../domain/time.ts';
import type { AccountActivity } from '../../../../polymarket/account/account-activity.ts';
import type { ObjectStorage } from '../../../platform/ports.ts';
import { ledgerEntry, type SharesMoved } from '../../ledger-entry.ts';
import type { PortfolioStore } from '../../portfolio-store.ts';
import type { HeldPosition } from '../../position-rows.ts';

/** Account activity is read a day back, so older keys can be forgotten; a week is slack. */
const ACTS_KEPT_MS = 7 * DAY_MS;

/** Shares of a slice that a redemption removes. */
interface Burnt {
  readonly slice: HeldPosition;
  readonly size: ShareMicros;
}

export class FlowBooking {
  constructor(
    private readonly storage: ObjectStorage,
    private readonly book: PortfolioStore,
    private readonly nowMs: () => number,
  ) {
    storage.rows(
      'CREATE TABLE IF NOT EXISTS live_act (act_key TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID',
    );
    storage.rows('CREATE INDEX IF NOT EXISTS live_act_at ON live_act (at_ms)');
  }

  /** Books what the account held when it was first read: its cash, and its positions as EXTERNAL. */
  open(given: {
    readonly cashMicros: CashMicros;
    readonly positions: readonly {
      readonly tokenId: TokenId;
      readonly conditionId: ConditionId;
      readonly shareMicros: ShareMicros;
      readonly costMicros: CashMicros;
    }[];
  }): void {
    this.book.bookEntry(this.entry('opening', 'OPENING', { cashDeltaMicros: given.cashMicros }), undefined);
    for (const { tokenId, conditionId, shareMicros, costMicros } of given.positions) {
      const entry = this.entry(`opening:${tokenId}`, 'OPENING', {
        moved: { leaderAddress: EXTERNAL_LEADER, conditionId, tokenId, shareDeltaMicros: shareMicros },
      });
      this.book.bookEntry(entry, { ...EMPTY_POSITION, shareMicros, costMicros });
      this.book.publishPosition(EXTERNAL_LEADER, tokenId);
    }
  }

  /**
   * Books one activity; the same one again changes nothing. `tokens` are the known outcome tokens of its condition, outcome 0
   * first; a split or merge whose tokens are not both known waits for the next reading.
   */
  take(act: AccountActivity, tokens: readonly TokenId[]): void {
    if (this.storage.rows('SELECT 1 AS known FROM live_act WHERE act_key = ?', act.key).length > 0) return;
    const waits = (act.type === 'SPLIT' || act.type === 'MERGE') && tokens.length < 2;
    if (waits) return;
    this.storage.rows('INSERT INTO live_act (act_key, at_ms) VALUES (?, ?)', act.key, act.eventAtMs);
    this.bookAct(act, tokens);
  }

  prune(nowMs: number): void {
    this.storage.rows('DELETE FROM live_act WHERE at_ms < ?', nowMs - ACTS_KEPT_MS);
  }

  private bookAct(act: AccountActivity, tokens: readonly TokenId[]): void {
    const ref = `flow:${act.key}`;
    switch (act.type) {
      case 'DEPOSIT':
        this.book.bookEntry(this.entry(ref, 'EXTERNAL_FLOW', { cashDeltaMicros: act.cashMicros }), undefined);
        return;
      case 'WITHDRAWAL':
        this.book.bookEntry(
          this.entry(ref, 'EXTERNAL_FLOW', { cashDeltaMicros: negate(act.cashMicros) }),
          undefined,
        );
        return;
      case 'REDEEM':
        this.redeemed(act, ref);
        return;
      case 'SPLIT':
      case 'MERGE':
        this.converted(act, { ref, tokens });
        return;
      case 'CONVERSION':
      case 'MIGRATION':
      case 'TIP':
        // The venue does not report what was converted into what, what moved, or who tipped whom: its balance and positions show
        // it as a difference.
        return;
      default:
        this.book.bookEntry(
          this.entry(ref, 'EXTERNAL_CONVERSION', { cashDeltaMicros: act.cashMicros }),
          undefined,
        );
    }
  }

  /**
   * A redemption of v1 removes every share of the condition; one of Protocol V2 a number of shares of one outcome. Each slice
   * gets what its shares are worth at their mark, which is the payout by then, and the last slice gets the rest.
   */
  private redeemed(act: AccountActivity, ref: string): void {
    const burnt = act.tokenId === undefined ? this.wholeCondition(act) : this.ofToken(act, act.tokenId);
    let left = act.cashMicros;
    burnt.forEach(({ slice, size }, index) => {
      const last = index === burnt.length - 1;
      const worth = slice.markPriceMicros === null ? cash(0n) : notionalFloor(size, slice.markPriceMicros);
      const part = last || worth > left ? left : worth;
      left = sub(left, part);
      this.move(slice, {
        ref: `${ref}:${slice.leaderAddress}:${slice.tokenId}`,
        shareDelta: negate(size),
        cashDelta: part,
      });
    });
    if (burnt.length === 0)
      this.book.bookEntry(
        this.entry(ref, 'EXTERNAL_CONVERSION', { cashDeltaMicros: act.cashMicros }),
        undefined,
      );
  }

  private wholeCondition(act: AccountActivity): readonly Burnt[] {
    return this.book
      .open()
      .filter((one) => one.conditionId === act.conditionId)
      .map((slice) => ({ slice, size: slice.shareMicros }));
  }

  /** EXTERNAL shares first, then those of the leader with the most, as for a sale from outside. */
  private ofToken(act: AccountActivity, tokenId: TokenId): readonly Burnt[] {
    const slices = this.book.open().filter((one) => one.tokenId === tokenId);
    const spread = spreadExternalSale(
      slicesOf(slices),
      act.shareMicros ?? slices.reduce((sum, one) => add(sum, one.shareMicros), shares(0n)),
    );
    return spread.parts.flatMap(({ owner, shareMicros: size }) => {
      const slice = slices.find((one) => one.leaderAddress === owner);
      return slice === undefined ? [] : [{ slice, size }];
    });
  }

  /** A split turns cash into one share of each outcome for EXTERNAL; a merge turns EXTERNAL shares back into cash. */
  private converted(
    act: AccountActivity,
    given: { readonly ref: string; readonly tokens: readonly TokenId[] },
  ): void {
    const size = act.shareMicros ?? shares(act.cashMicros);
    const { conditionId } = act;
    const [first, second] = given.tokens;
    if (conditionId === undefined || first === undefined || second === undefined) return;
    const half = cash(act.cashMicros / 2n);
    [first, second].forEach((tokenId, index) => {
      const part = index === 0 ? half : sub(act.cashMicros, half);
      const position = this.book.position(EXTERNAL_LEADER, tokenId);
      this.move(position ?? { ...EMPTY_POSITION, leaderAddress: EXTERNAL_LEADER, tokenId, conditionId }, {
        ref: `${given.ref}:${tokenId}`,
        shareDelta: act.type === 'SPLIT' ? size : negate(size),
        cashDelta: act.type === 'SPLIT' ? negate(part) : part,
      });
    });
  }

  private move(
    slice: Position & Pick<HeldPosition, 'leaderAddress' | 'tokenId' | 'conditionId'>,
    moved: { readonly ref: string; readonly shareDelta: ShareMicros; readonly cashDelta: CashMicros },
  ): void {
    const buy = moved.shareDelta > 0n;
    const { after } = afterFill(slice, {
      side: buy ? 'BUY' : 'SELL',
      shareMicros: buy ? moved.shareDelta : negate(moved.shareDelta),
      cashDeltaMicros: moved.cashDelta,
    });
    const { leaderAddress, tokenId, conditionId } = slice;
    const entry = this.entry(moved.ref, 'EXTERNAL_CONVERSION', {
      cashDeltaMicros: moved.cashDelta,
      moved: { leaderAddress, conditionId, tokenId, shareDeltaMicros: moved.shareDelta },
    });
    this.book.bookEntry(entry, after);
    this.book.publishPosition(leaderAddress, tokenId);
  }

  private entry(
    refId: string,
    entryType: LedgerRecord['entryType'],
    what: { readonly cashDeltaMicros?: CashMicros; readonly moved?: SharesMoved },
  ): LedgerRecord {
    return ledgerEntry({ mode: 'LIVE', refId, entryType, ...what, bookedAtMs: this.nowMs() });
  }
}

/** Shares by token in the ledger: the sum of all slices. */
export function ledgerShares(book: PortfolioStore): ReadonlyMap<TokenId, ShareMicros> {
  const sums = new Map<TokenId, ShareMicros>();
  for (const one of book.open())
    sums.set(one.tokenId, add(sums.get(one.tokenId) ?? shares(0n), one.shareMicros));
  return sums;
}
