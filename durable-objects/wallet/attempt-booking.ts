/**
 * Writes down what was decided: the attempt's row for D1, its counts, the answer that a repeated call receives, and what has to
 * happen next (a snapshot, a waiting sale). Inside the turn's transaction, but for what an order's POST need not wait for.
 */
import type { CopyIntent } from '../../domain/decide/decision-facts.ts';
import type { RateExit } from '../../domain/decide/exit-correction.ts';
import { wantedShares } from '../../domain/decide/exit-size.ts';
import { type DecidedMember, isAllDecided } from '../../domain/decide/members.ts';
import { type GroupKey, idempotencyKey } from '../../domain/ids.ts';
import { fromJson, toJson } from '../../domain/json.ts';
import type { Book } from '../../domain/market/book.ts';
import { max, type ShareMicros, shares, sub } from '../../domain/money.ts';
import { timesOf } from '../../domain/records/lags.ts';
import type { PlacedOrderRecord } from '../../domain/records/live-records.ts';
import type { CopyAttemptRecord } from '../../domain/records/records.ts';
import type { CopyDecision, MembersDecided } from '../copy-answer.ts';
import type { Outbox } from '../platform/outbox.ts';
import type { CopyRequest } from '../rpc.ts';
import type { AttemptLog } from './attempt-log.ts';
import { attemptRecord } from './attempt-record.ts';
import type { AttemptStats } from './attempt-stats.ts';
import { markBy } from './copy-marks.ts';
import type { Decided } from './decider.ts';
import type { LateCopy } from './executor.ts';
import type { ExitBooking } from './exits/exit-booking.ts';
import type { RecentCopies } from './health/recent-copies.ts';
import type { Deciding } from './intent-quotes.ts';
import type { PortfolioStore } from './portfolio-store.ts';
import type { SnapshotJob } from './snapshot-job.ts';
import type { WalletSettings } from './wallet-settings.ts';

type Asked = Pick<CopyRequest, 'intent' | 'members'>;

export class AttemptBooking {
  /** Answers that are not written yet, by key. */
  private readonly late = new Map<string, CopyDecision>();

  constructor(
    private readonly settings: WalletSettings,
    private readonly book: PortfolioStore,
    private readonly rows: AttemptRows,
    private readonly snapshot: SnapshotJob,
    private readonly exits: ExitBooking,
  ) {}

  /** The answer to an intent that was decided before; undefined for a new one. */
  stored(intent: Pick<CopyIntent, 'idempotencyKey'>): CopyDecision | undefined {
    const late = this.late.get(intent.idempotencyKey);
    if (late !== undefined) return late;
    const known = this.book.attemptResult(intent.idempotencyKey);
    return known === undefined ? undefined : fromJson<CopyDecision>(known);
  }

  /**
   * The answer to a request that was decided before; a refusal where its members have more shares by now than were decided, so that
   * the excess becomes an intent of its own. Undefined for a new one.
   */
  known({ intent, members }: Asked): CopyDecision | MembersDecided | undefined {
    const stored = this.stored(intent);
    if (stored === undefined) return undefined;
    const decided = this.book.members.of(members);
    // Of what an earlier release decided nothing is noted.
    if (decided.length === 0 || isAllDecided(members, decided)) return stored;
    return this.refusal(intent, decided);
  }

  /** The refusal of a new intent of which something is decided already; undefined when nothing is. */
  refused({ intent, members }: Asked): MembersDecided | undefined {
    const decided = this.book.members.of(members);
    return decided.length === 0 ? undefined : this.refusal(intent, decided);
  }

  private refusal(intent: CopyIntent, members: readonly DecidedMember[]): MembersDecided {
    const groups = new Set<GroupKey>(members.map(({ groupKey }) => groupKey));
    const answers = [...groups].flatMap((groupKey) => {
      const answer = this.stored({ idempotencyKey: idempotencyKey({ ...intent, groupKey }) });
      return answer === undefined ? [] : [{ groupKey, answer }];
    });
    return { kind: 'members-decided', members, answers };
  }

  /** Writes all of it, or with an order that leaves what must be durable before; the rest is for `writeLate`. */
  add(given: Deciding, decided: Decided): LateCopy {
    const { facts, decision, outcome, post } = decided;
    const { quote, waited } = given;
    const { intent, nowMs } = facts;
    // Before the position is sent to D1, with its mark.
    if (post === null && outcome.word === 'EXECUTE') markBy(this.book, quote.book, nowMs);
    const attempt = attemptRecord({
      mode: this.settings.mode,
      facts,
      decision,
      word: outcome.word,
      reasons: outcome.reasons,
      filled: outcome.filled,
      dueAtMs: outcome.dueAtMs ?? null,
      settingsVersion: this.settings.version(),
      revision: waited ? 2 : 1,
    });
    if (outcome.filled.shareMicros > 0n) {
      this.book.publishPosition(intent.leaderAddress, intent.tokenId);
      this.snapshot.soon();
    }
    const answer: CopyDecision = {
      kind: 'decided',
      decision: outcome.word,
      reasons: outcome.word === 'EXECUTE' ? [] : outcome.reasons,
      carriedShareMicros: carriedShares(decided),
      orderShareMicrosMin: quote.market?.orderShareMicrosMin ?? null,
      ...byRate(given, decided),
    };
    const copy = { attempt, answer, waited };
    if (post === null) this.write(copy);
    else post.store(copy);
    if (!waited) this.book.members.add(given.members, intent, nowMs);
    this.exits.decided(given, decided);
    return copy;
  }

  /** What is left of a copy whose order has left: by its order, which has not changed since, and the book it was decided on. */
  writeLate(copy: LateCopy, order: PlacedOrderRecord, book: Book | null): void {
    if (book !== null) markBy(this.book, book, copy.attempt.decidedAtMs);
    this.rows.placed(order);
    this.write(copy);
    this.late.delete(copy.attempt.idempotencyKey);
  }

  /** After a start: what a crash has kept from being written after a POST. */
  resume(placed: readonly { readonly order: PlacedOrderRecord; readonly copy: LateCopy }[]): void {
    for (const { order, copy } of placed) if (!this.rows.has(copy.attempt)) this.writeLate(copy, order, null);
  }

  private write({ attempt, answer, waited }: LateCopy): void {
    this.rows.add(attempt, waited);
    const { idempotencyKey: key, decidedAtMs } = attempt;
    if (waited) this.book.replaceAttempt(key, toJson(answer));
    else this.book.putAttempt(key, decidedAtMs, toJson(answer));
  }

  /** For the turn to call once the transaction of `add` is committed. */
  committed(copy: LateCopy, { facts, outcome, post }: Decided): void {
    const { intent, nowMs } = facts;
    const { waited } = copy;
    if (post !== null) this.late.set(intent.idempotencyKey, copy.answer);
    const { word: decision, reasons } = outcome;
    const { sourceType } = intent;
    this.rows.committed({ decision, reasons, sourceType, ...timesOf(intent, nowMs) }, waited);
  }
}

/** The shares that the follower is to carry. What it found too small itself it has sized: a buffer's shares are ours. */
function carriedShares({ facts, decision, outcome }: Decided): ShareMicros {
  if (outcome.word !== 'SKIP' || !outcome.reasons.includes('CARRIED')) return shares(0n);
  const { presetReason, leaderShareMicros } = facts.intent;
  return presetReason === 'CARRIED' ? leaderShareMicros : decision.targetShareMicros;
}

/** What an exit by the rate wanted of what we had, where a fraction was to be mirrored: it is corrected later (A43). */
function byRate({ settings }: Deciding, { facts, outcome }: Decided): { readonly byRate?: RateExit } {
  const { intent, portfolio } = facts;
  const isExit = intent.side === 'SELL' && intent.exit === null;
  if (!isExit || outcome.word === 'WAIT' || settings.exitSizing !== 'MIRROR_FRACTION') return {};
  const ownShareMicros = max(sub(portfolio.ownShareMicros, portfolio.owedShareMicros), shares(0n));
  return { byRate: { ownShareMicros, wantedShareMicros: wantedShares(facts, settings) } };
}

/** The row of an attempt on its way to D1, counted, and kept where later fills may still change it. */
export class AttemptRows {
  constructor(
    private readonly outbox: Outbox,
    private readonly stats: AttemptStats,
    private readonly kept: Pick<AttemptLog, 'get' | 'keep'>,
    private readonly recent: Pick<RecentCopies, 'decided'>,
  ) {}

  /** Sends an order to D1 that was stored before its attempt. */
  placed(order: PlacedOrderRecord): void {
    this.outbox.add(order);
  }

  /** Whether the attempt was written, or a later revision of it. */
  has({ idempotencyKey, revision }: CopyAttemptRecord): boolean {
    return (this.kept.get(idempotencyKey)?.revision ?? 0) >= revision;
  }

  add(record: CopyAttemptRecord, waited: boolean): void {
    this.outbox.add(record);
    this.stats.attempted(record, waited ? this.kept.get(record.idempotencyKey) : undefined);
    this.kept.keep(record, waited);
  }

  /** Counts it in memory; once the transaction is committed, since a rollback does not take this back. */
  committed(...attempt: Parameters<RecentCopies['decided']>): void {
    this.recent.decided(...attempt);
  }
}
