/**
 * Sales that wait for a pending purchase of the same (A55): kept, and decided again once every purchase that was decided before
 * them has ended. A later purchase does not hold them up, and is no part of what they sell (A44).
 */
import type { CopyIntent } from '../../../domain/decide/decision-facts.ts';
import type { ShareMicros } from '../../../domain/money.ts';
import { sliceKey } from '../../../domain/portfolio/slice-key.ts';
import { SECOND_MS } from '../../../domain/time.ts';
import type { Quote } from '../../rpc.ts';
import type { DecisionTurn } from '../decision-turn.ts';
import type { WaitingSales } from '../executor.ts';
import type { ExitWait, ExitWaits } from '../exits/exit-waits.ts';
import type { PendingCopies } from './pending-copies.ts';

/** They are decided in the turn of the purchase's end; this catches what a crash has left. */
const GUARD_MS = SECOND_MS;

export class PaperSales implements WaitingSales {
  /** What is being decided, by key: none is decided twice at a time. */
  private readonly deciding = new Map<string, Promise<void>>();
  private turn: Pick<DecisionTurn, 'decideAgain'> | undefined;

  constructor(
    private readonly nowMs: () => number,
    private readonly waits: ExitWaits,
    private readonly pending: PendingCopies,
    /** Makes the job due. */
    private readonly due: (atMs: number) => void,
  ) {}

  /** The turn decides through the executor, so it is made later than this. */
  attach(turn: Pick<DecisionTurn, 'decideAgain'>): void {
    this.turn = turn;
  }

  wait(intent: CopyIntent): void {
    this.waits.add(intent, this.nowMs());
    // Without a purchase whose end starts the job, it waits for an earlier sale of the same.
    if (!this.pending.hasPurchase(intent)) this.soon();
  }

  /** Purchases on paper wait for no call. */
  exited(): void {}

  done(key: string): void {
    this.waits.done(key);
  }

  purchased(intent: CopyIntent, bought: ShareMicros): void {
    this.waits.purchased(intent, bought);
  }

  /** A purchase has ended: sales that waited for it are decided, at the latest soon. */
  soon(): void {
    this.dueAt(this.nowMs() + GUARD_MS);
  }

  /** The same where nothing else decides them. */
  now(): void {
    this.dueAt(this.nowMs());
  }

  private dueAt(atMs: number): void {
    if (this.waits.list().length > 0) this.due(atMs);
  }

  /** The job: decides every sale that has nothing to wait for any more, each on a fresh quote. */
  async run(): Promise<void> {
    for (const wait of this.waits.list()) await this.decide(wait);
    // One that is being decided elsewhere, or came meanwhile, must not be left if that fails.
    if (this.waits.list().some((wait) => !this.isHeldUp(wait))) this.soon();
  }

  /** Decides the sales of the purchase's leader and token that have nothing to wait for any more, on its quote. */
  async decideOf({ side, leaderAddress, tokenId }: CopyIntent, quote: Quote): Promise<void> {
    if (side !== 'BUY') return;
    for (const wait of this.waits.list())
      if (wait.intent.leaderAddress === leaderAddress && wait.intent.tokenId === tokenId)
        await this.decide(wait, quote);
  }

  private async decide(wait: ExitWait, quote?: Quote): Promise<void> {
    const { intent, sinceMs } = wait;
    const key = intent.idempotencyKey;
    const known = this.deciding.get(key);
    if (known !== undefined) return known;
    if (this.isHeldUp(wait) || !this.isFirst(wait)) return;
    const waited = { ...intent, waitedMs: this.nowMs() - sinceMs };
    const decision = Promise.resolve(this.turn?.decideAgain(waited, quote)).finally(() =>
      this.deciding.delete(key),
    );
    this.deciding.set(key, decision);
    await decision;
  }

  private isHeldUp({ intent }: ExitWait): boolean {
    const later = this.waits.later(intent.idempotencyKey);
    return this.pending.hasPurchase(intent, (purchase) => !later.has(purchase));
  }

  /**
   * Whether it waits still, and no other of its leader and token before it (A44). It may have been decided while one that was listed
   * before it was.
   */
  private isFirst({ intent }: ExitWait): boolean {
    const slice = sliceKey(intent);
    const first = this.waits.list().find((other) => sliceKey(other.intent) === slice);
    return first?.intent.idempotencyKey === intent.idempotencyKey;
  }
}
