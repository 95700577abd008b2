/**
 * The owed exits of one Wallet in its own SQLite (A44), one row per leader and token. Call the methods that write inside the
 * transaction of the decision, fill or command that they belong to; a row and its shares never change apart.
 */
import type { Decision } from '../../../domain/decide/decide.ts';
import type { CopyIntent, DecisionFacts } from '../../../domain/decide/decision-facts.ts';
import { wantedShares } from '../../../domain/decide/exit-size.ts';
import type { ReasonCode } from '../../../domain/decide/reasons.ts';
import type { LeaderAddress, TokenId } from '../../../domain/ids.ts';
import { fromJson, toJson } from '../../../domain/json.ts';
import { SHARE_STEP_MICROS } from '../../../domain/market/market.ts';
import { max, min, negate, type ShareMicros, shares, sub } from '../../../domain/money.ts';
import {
  closed,
  held,
  isOpen,
  kept,
  lowered,
  notSold,
  type OwedExit,
  owe,
  owedAgain,
  progressed,
  released,
  tried,
  waitsForReading,
} from '../../../domain/portfolio/owed-exit.ts';
import { sliceKey } from '../../../domain/portfolio/slice-key.ts';
import type { ModeSettings } from '../../../domain/settings/settings.ts';
import { DAY_MS } from '../../../domain/time.ts';
import { type ObjectStorage, text } from '../../platform/ports.ts';
import type { Outcome } from '../decider.ts';

/** In the column `open`: neither open nor ended. */
const KEPT = 2;
/** A row that ended is stored for as long as a late trade may still reopen it. */
const KEPT_MS = 8 * DAY_MS;
const NONE = shares(0n);

export class OwedExits {
  /** The rows that owe something, by slice; undefined until they are first read, and after a transaction that was rolled back. */
  private memory: Map<string, OwedExit> | undefined;

  constructor(
    private readonly storage: ObjectStorage,
    private readonly nowMs: () => number,
    /** The earliest next look has changed. */
    private readonly schedule: (atMs: number) => void,
  ) {
    storage.rows(
      `CREATE TABLE IF NOT EXISTS owed_exit (
         leader TEXT NOT NULL, token TEXT NOT NULL, open INTEGER NOT NULL, next_look_at INTEGER, changed_at INTEGER NOT NULL,
         doc TEXT NOT NULL, PRIMARY KEY (leader, token)) STRICT, WITHOUT ROWID`,
    );
    storage.rows('CREATE INDEX IF NOT EXISTS owed_exit_open ON owed_exit (open) WHERE open = 1');
    storage.rows('CREATE INDEX IF NOT EXISTS owed_exit_changed ON owed_exit (open, changed_at)');
    storage.onRollback(() => {
      this.memory = undefined;
    });
  }

  get(leader: LeaderAddress, token: TokenId): OwedExit | undefined {
    const open = this.read().get(sliceKey({ leaderAddress: leader, tokenId: token }));
    if (open !== undefined) return open;
    const row = this.storage.rows(
      'SELECT doc FROM owed_exit WHERE leader = ? AND token = ?',
      leader,
      token,
    )[0];
    return row === undefined ? undefined : fromJson<OwedExit>(text(row, 'doc'));
  }

  /** Owed and in no open order, at most the leader's own unreserved shares. */
  owedShares(intent: CopyIntent, ownShareMicros: ShareMicros): ShareMicros {
    const row = this.read().get(sliceKey(intent));
    return row === undefined ? NONE : max(min(row.shareMicros, ownShareMicros), NONE);
  }

  /** Rows that owe something, the longest owed first. */
  open(): readonly OwedExit[] {
    return [...this.read().values()].sort((a, b) => a.openedAtMs - b.openedAtMs);
  }

  /** Rows that the operator keeps, which are held on purpose. */
  kept(): readonly OwedExit[] {
    return this.storage
      .rows('SELECT doc FROM owed_exit WHERE open = ?', KEPT)
      .map((row) => fromJson<OwedExit>(text(row, 'doc')));
  }

  /** Rows to be looked at now: those with the fewest looks in vain first, and of these the one that is due longest. */
  due(): readonly OwedExit[] {
    const nowMs = this.nowMs();
    return [...this.read().values()]
      .filter((row) => row.nextLookAtMs !== null && row.nextLookAtMs <= nowMs)
      .sort((a, b) => a.looks - b.looks || Number(a.nextLookAtMs) - Number(b.nextLookAtMs));
  }

  nextLookAtMs(): number | undefined {
    const due = [...this.read().values()].flatMap((row) => row.nextLookAtMs ?? []);
    return due.length === 0 ? undefined : due.reduce((first, atMs) => Math.min(first, atMs));
  }

  private read(): Map<string, OwedExit> {
    this.memory ??= new Map(
      this.storage
        .rows('SELECT doc FROM owed_exit WHERE open = 1 ORDER BY token, leader')
        .map((row) => fromJson<OwedExit>(text(row, 'doc')))
        .map((row) => [sliceKey(row), row]),
    );
    return this.memory;
  }

  /** What the outcome of a sale makes of what is owed: of an exit, of a try of one, or of a sale by hand. */
  decided(facts: DecisionFacts, settings: ModeSettings, outcome: Outcome): void {
    const { intent } = facts;
    // It is decided again by itself.
    if (outcome.word === 'WAIT') return;
    if (intent.sourceType === 'CLOSE') {
      // What fills later, of a live order or a pending paper copy, lowers what is owed then.
      this.close(intent, outcome.filled.shareMicros);
      return;
    }
    if (intent.exit?.kind === 'CORRECTION' && intent.exit.shareMicros < 0n) {
      this.lower(intent, negate(intent.exit.shareMicros));
      return;
    }
    const cause = outcome.reasons[0] ?? 'NO_LIQUIDITY_WITHIN_BOUNDS';
    const { soldShareMicros } = outcome;
    if (intent.sourceType === 'EXIT') {
      const row = this.get(intent.leaderAddress, intent.tokenId);
      if (row === undefined) return;
      const sold = lowered(row, soldShareMicros);
      const left = outcome.filled.shareMicros > 0n ? progressed(sold) : sold;
      this.put(left.state === 'DONE' || soldShareMicros > 0n ? left : notSold(left, cause, this.nowMs()));
      return;
    }
    const missing = sub(wantedShares(facts, settings), soldShareMicros);
    if (missing >= SHARE_STEP_MICROS) this.add(intent, missing, cause);
  }

  /** Shares that should have been sold for the intent and were not. */
  add(intent: CopyIntent, shareMicros: ShareMicros, cause: ReasonCode, held = false): void {
    const row = this.get(intent.leaderAddress, intent.tokenId);
    this.put(owe(row, { intent, shareMicros, cause, held, nowMs: this.nowMs() }));
  }

  /** What the end of an order, or a later trade of it, changes. */
  orderMoved(intent: CopyIntent, { unsold, sold, cause, held }: OrderMove): void {
    const known = this.get(intent.leaderAddress, intent.tokenId);
    const isProgress = intent.sourceType === 'EXIT' && sold > 0n && known !== undefined;
    const row = isProgress ? progressed(known) : known;
    if (isProgress) this.put(progressed(known));
    if (intent.sourceType === 'CLOSE') this.closeMoved(intent, { sold, cause, held });
    else if (unsold < 0n) this.lower(intent, shares(-unsold));
    else if (unsold > 0n && intent.sourceType === 'EXIT' && row !== undefined)
      this.put(owedAgain(row, { shareMicros: unsold, cause, held, nowMs: this.nowMs() }));
    // An exit from before the operator decided to keep the shares does not reopen the row.
    else if (unsold > 0n && intent.leaderEventAtMs > (row?.keptAtMs ?? -1))
      this.add(intent, unsold, cause, held);
  }

  /** A sale by hand: its fills lower what is owed first, and a trade of it that FAILED raises that again (A44). */
  private closeMoved(intent: CopyIntent, { sold, cause, held }: Omit<OrderMove, 'unsold'>): void {
    if (sold >= 0n) {
      this.close(intent, sold);
      return;
    }
    const row = this.get(intent.leaderAddress, intent.tokenId);
    const taken = row?.closedShareMicros ?? NONE;
    const back = min(shares(-sold), taken);
    if (row === undefined || back <= 0n) return;
    const again = owedAgain(row, { shareMicros: back, cause, held, nowMs: this.nowMs() });
    this.put({ ...again, closedShareMicros: sub(taken, back) });
  }

  private close(intent: CopyIntent, by: ShareMicros): void {
    const row = this.get(intent.leaderAddress, intent.tokenId);
    if (row !== undefined && isOpen(row) && by > 0n) this.put(closed(row, by));
  }

  private lower(intent: CopyIntent, by: ShareMicros): void {
    const row = this.get(intent.leaderAddress, intent.tokenId);
    if (row !== undefined && isOpen(row) && by > 0n) this.put(lowered(row, by));
  }

  /** Stores the number of the next try, and returns the row with it. */
  beginTry(row: OwedExit): OwedExit {
    const next = tried(row, this.nowMs());
    this.put(next);
    return next;
  }

  /** A look found that nothing would be sold now. */
  looked(row: OwedExit, cause: ReasonCode): void {
    this.put(notSold(row, cause, this.nowMs()));
  }

  /**
   * Shares may not be held any more for another reason than a sale of ours: nothing is owed, or kept, beyond what is left. Call
   * it only while no order of the same is open.
   */
  limitTo(row: OwedExit, heldShareMicros: ShareMicros): OwedExit {
    const over = sub(row.shareMicros, max(heldShareMicros, NONE));
    const gone = heldShareMicros <= 0n && row.state === 'KEPT';
    if (over <= 0n && !gone) return row;
    const next: OwedExit = gone ? { ...row, state: 'DONE' } : lowered(row, over);
    this.put(next);
    return next;
  }

  /** Rows of leaders whose switch is not ON wait for the operator from now on. */
  hold(isOn: (leader: LeaderAddress) => boolean): void {
    for (const row of this.open()) {
      if (isOn(row.leaderAddress)) continue;
      const next = held(row);
      if (next !== row) this.put(next);
    }
  }

  /** The operator's confirmation: tried again from now on. */
  release(row: OwedExit): void {
    this.put(released(row, this.nowMs()));
  }

  /** The operator keeps the shares. */
  keep(row: OwedExit): void {
    this.put(kept(row, this.nowMs()));
  }

  expire(row: OwedExit): void {
    this.put({ ...row, state: 'EXPIRED', nextLookAtMs: null });
  }

  /** A bid that exits of the token wait for: one whose shares the venue did not see still waits for a reading of them. */
  bidCame(token: TokenId): void {
    this.bringForward((row) => row.tokenId === token && !waitsForReading(row.cause));
  }

  /** The cause of these has ended: those that are tried by themselves are looked at now, not after their pause (A44). */
  bringForward(isMeant: (row: OwedExit) => boolean): void {
    const nowMs = this.nowMs();
    const early = this.open().filter(
      (row) => row.nextLookAtMs !== null && row.nextLookAtMs > nowMs && isMeant(row),
    );
    if (early.length > 0) this.storage.transaction(() => early.forEach((row) => this.later(row, nowMs)));
  }

  later(row: OwedExit, atMs: number): void {
    this.put({ ...row, nextLookAtMs: atMs });
  }

  prune(nowMs: number): void {
    this.storage.rows('DELETE FROM owed_exit WHERE open = 0 AND changed_at < ?', nowMs - KEPT_MS);
  }

  /** A purchase kept shares that were owed. */
  boughtBack(intent: CopyIntent, decision: Decision, outcome: Outcome): void {
    const step = decision.clamps.find((one) => one.clamp === 'OWED_EXIT');
    if (step?.unit !== 'shares') return;
    if (outcome.word !== 'EXECUTE' && !outcome.reasons.includes('BOUGHT_BACK')) return;
    this.lower(intent, sub(step.before, step.after));
  }

  private put(row: OwedExit): void {
    this.storage.rows(
      `INSERT INTO owed_exit (leader, token, open, next_look_at, changed_at, doc) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (leader, token) DO UPDATE SET open = excluded.open, next_look_at = excluded.next_look_at,
         changed_at = excluded.changed_at, doc = excluded.doc`,
      row.leaderAddress,
      row.tokenId,
      isOpen(row) ? 1 : row.state === 'KEPT' ? KEPT : 0,
      row.nextLookAtMs,
      this.nowMs(),
      toJson(row),
    );
    if (isOpen(row)) this.read().set(sliceKey(row), row);
    else this.read().delete(sliceKey(row));
    if (row.nextLookAtMs !== null) this.schedule(row.nextLookAtMs);
  }
}

interface OrderMove {
  /** How many more of its shares than before are proven unsold; negative when a late fill sold them after all. */
  readonly unsold: ShareMicros;
  /** How many more than before are sold. */
  readonly sold: ShareMicros;
  readonly cause: ReasonCode;
  /** The switch was lowered after the order was placed: what is owed of it waits for the operator. */
  readonly held: boolean;
}
