/** The paper executor: fills a plan at once by walking the book as a taker does, and books it (design.md 2). */
import type { CopyIntent } from '../../../domain/decide/decision-facts.ts';
import {
  add,
  type CashMicros,
  cash,
  negate,
  priceOfFloor,
  type ShareMicros,
  shares,
  sub,
} from '../../../domain/money.ts';
import { paperFills, totalOf } from '../../../domain/portfolio/paper-fills.ts';
import { bought, EMPTY_POSITION, sold } from '../../../domain/portfolio/portfolio.ts';
import type { Outbox } from '../../platform/outbox.ts';
import type { Execution, Executor, Funds, ReservedCash } from '../executor.ts';
import type { OwedExits } from '../exits/owed-exits.ts';
import { ledgerEntry } from '../ledger-entry.ts';
import type { PortfolioStore } from '../portfolio-store.ts';
import type { TakenLiquidity } from './taken-liquidity.ts';

const NOTHING_RESERVED: ReservedCash = { total: cash(0n), market: cash(0n), leader: cash(0n) };

export class PaperExecutor implements Executor, Funds {
  constructor(
    private readonly book: PortfolioStore,
    private readonly outbox: Outbox,
    private readonly taken: TakenLiquidity,
    private readonly owedExits: OwedExits,
  ) {}

  gate(): null {
    return null;
  }

  freeCash(): CashMicros {
    return this.book.cash();
  }

  sellable(intent: CopyIntent): ShareMicros {
    return this.book.position(intent.leaderAddress, intent.tokenId)?.shareMicros ?? shares(0n);
  }

  held(intent: CopyIntent): ShareMicros {
    return this.sellable(intent);
  }

  own(intent: CopyIntent): ShareMicros {
    return this.sellable(intent);
  }

  owed(intent: CopyIntent, ownShareMicros: ShareMicros): ShareMicros {
    return this.owedExits.owedShares(intent, ownShareMicros);
  }

  reserved(): ReservedCash {
    return NOTHING_RESERVED;
  }

  venueExposure(): null {
    return null;
  }

  awaits(): boolean {
    return false;
  }

  isReady(): boolean {
    return true;
  }

  execute({ facts, decision }: Parameters<Executor['execute']>[0]): Execution {
    const { intent, nowMs, book } = facts;
    if (book === null) return { kind: 'refused', reason: 'BOOK_UNAVAILABLE' };
    const fills = paperFills(decision.plan, book, facts.market?.fee ?? null);
    const total = totalOf(fills);
    fills.forEach((fill, level) => {
      this.outbox.add({
        kind: 'copyFill',
        mode: 'PAPER',
        fillKey: `${intent.idempotencyKey}:${level}`,
        groupKey: intent.groupKey,
        leaderAddress: intent.leaderAddress,
        tokenId: intent.tokenId,
        side: intent.side,
        shareMicros: fill.shareMicros,
        priceMicros: fill.priceMicros,
        notionalMicros: fill.notionalMicros,
        feeMicros: fill.feeMicros,
        filledAtMs: nowMs,
      });
      this.taken.add(intent.tokenId, intent.side, fill, nowMs);
    });
    const before = this.book.position(intent.leaderAddress, intent.tokenId) ?? EMPTY_POSITION;
    const buy = intent.side === 'BUY';
    const paid = buy
      ? negate(add(total.notionalMicros, total.feeMicros))
      : sub(total.notionalMicros, total.feeMicros);
    const after = buy
      ? bought(before, { size: total.shareMicros, paid: negate(paid) })
      : sold(before, { size: total.shareMicros, received: paid });
    this.book.bookEntry(
      ledgerEntry({
        mode: 'PAPER',
        refId: `copy:${intent.idempotencyKey}`,
        entryType: 'TRADE_FILL',
        cashDeltaMicros: paid,
        moved: {
          leaderAddress: intent.leaderAddress,
          conditionId: intent.conditionId,
          tokenId: intent.tokenId,
          shareDeltaMicros: buy ? total.shareMicros : negate(total.shareMicros),
        },
        priceMicros: priceOfFloor(total.notionalMicros, total.shareMicros),
        bookedAtMs: nowMs,
      }),
      after,
    );
    return {
      kind: 'done',
      filled: total,
      soldShareMicros: buy ? shares(0n) : total.shareMicros,
      reasons: [],
      start: null,
    };
  }
}
