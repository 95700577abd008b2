/**
 * Writes down what was decided, inside the turn's transaction: the attempt's row for D1, its counts, the answer that a
 * repeated call receives, and what has to happen next (a snapshot, a waiting sale).
 */
import type { CopyIntent } from '../../domain/decide/decision-facts.ts';
import { fromJson, toJson } from '../../domain/json.ts';
import type { Book } from '../../domain/market/book.ts';
import { bidOf, markOf, topOf } from '../../domain/market/mark.ts';
import { type ShareMicros, shares } from '../../domain/money.ts';
import type { CopyAttemptRecord } from '../../domain/records/records.ts';
import type { Outbox } from '../platform/outbox.ts';
import type { CopyResult } from '../rpc.ts';
import type { AttemptLog } from './attempt-log.ts';
import { attemptRecord } from './attempt-record.ts';
import type { AttemptStats } from './attempt-stats.ts';
import type { Decided } from './decider.ts';
import type { ExitBooking } from './exits/exit-booking.ts';
import type { RecentCopies } from './health/recent-copies.ts';
import type { Deciding } from './intent-quotes.ts';
import type { PortfolioStore } from './portfolio-store.ts';
import type { SnapshotJob } from './snapshot-job.ts';
import type { WalletSettings } from './wallet-settings.ts';

export class AttemptBooking {
  constructor(
    private readonly settings: WalletSettings,
    private readonly book: PortfolioStore,
    private readonly rows: AttemptRows,
    private readonly snapshot: SnapshotJob,
    private readonly exits: ExitBooking,
  ) {}

  /** The answer to an intent that was decided before; undefined for a new one. */
  stored(intent: Pick<CopyIntent, 'idempotencyKey'>): CopyResult | undefined {
    const known = this.book.attemptResult(intent.idempotencyKey);
    return known === undefined ? undefined : fromJson<CopyResult>(known);
  }

  /** Returns the answer to the copy call. */
  add(given: Deciding, decided: Decided): CopyResult {
    const { facts, decision, outcome } = decided;
    const { quote, waited } = given;
    const { intent, nowMs } = facts;
    if (outcome.word === 'EXECUTE') this.mark(quote.book, nowMs);
    this.rows.add(
      attemptRecord({
        mode: this.settings.mode,
        facts,
        decision,
        word: outcome.word,
        reasons: outcome.reasons,
        filled: outcome.filled,
        settingsVersion: this.settings.version(),
        revision: waited ? 2 : 1,
      }),
      waited,
    );
    if (outcome.filled.shareMicros > 0n) {
      this.book.publishPosition(intent.leaderAddress, intent.tokenId);
      this.snapshot.soon();
    }
    const result: CopyResult = {
      kind: 'decided',
      decision: outcome.word,
      reasons: outcome.word === 'EXECUTE' ? [] : outcome.reasons,
      carriedShareMicros: carriedShares(decided),
      orderShareMicrosMin: quote.market?.orderShareMicrosMin ?? null,
    };
    if (waited) this.book.replaceAttempt(intent.idempotencyKey, toJson(result));
    else this.book.putAttempt(intent.idempotencyKey, nowMs, toJson(result));
    this.exits.decided(given, decided);
    return result;
  }

  /** For the turn to call once the transaction of `add` is committed. */
  committed({ waited }: Deciding, { facts, outcome }: Decided): void {
    const { sourceType, leaderEventAtMs } = facts.intent;
    const { word: decision, reasons } = outcome;
    this.rows.committed({ decision, reasons, sourceType, leaderEventAtMs, decidedAtMs: facts.nowMs }, waited);
  }

  /** The shares that this copy bought are worth what the book of the decision says (A49), until the minute's next mark. */
  private mark(book: Book | null, nowMs: number): void {
    if (book === null) return;
    const { tokenId, lastTrade = null } = book;
    const top = topOf(book);
    const lastGood = this.book.lastGoodMark(tokenId);
    const mark = markOf({ top, lastTrade, lastGood, nowMs });
    this.book.mark(tokenId, { mark, bidPriceMicros: bidOf(top), ended: false });
  }
}

/** The shares that the follower is to carry. What it found too small itself it has sized: a buffer's shares are ours. */
function carriedShares({ facts, decision, outcome }: Decided): ShareMicros {
  if (outcome.word !== 'SKIP' || !outcome.reasons.includes('CARRIED')) return shares(0n);
  const { presetReason, leaderShareMicros } = facts.intent;
  return presetReason === 'CARRIED' ? leaderShareMicros : decision.targetShareMicros;
}

/** The row of an attempt on its way to D1, counted, and kept where later fills may still change it. */
export class AttemptRows {
  constructor(
    private readonly outbox: Outbox,
    private readonly stats: AttemptStats,
    /** Null on paper: an attempt there ends with its decision. */
    private readonly kept: AttemptLog | null,
    private readonly recent: Pick<RecentCopies, 'decided'>,
  ) {}

  add(record: CopyAttemptRecord, waited: boolean): void {
    this.outbox.add(record);
    this.stats.attempted(record, waited ? this.kept?.get(record.idempotencyKey) : undefined);
    this.kept?.keep(record);
  }

  /** Counts it in memory; once the transaction is committed, since a rollback does not take this back. */
  committed(...attempt: Parameters<RecentCopies['decided']>): void {
    this.recent.decided(...attempt);
  }
}
