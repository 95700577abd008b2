/**
 * The way of an intent through one Wallet: a stored answer if there is one, a fresh quote, then one synchronous turn that checks,
 * decides, signs, stores and starts the POST. Nothing awaits between the checks and the POST.
 */
import type { CopyIntent } from '../../domain/decide/decision-facts.ts';
import type { ReasonCode } from '../../domain/decide/reasons.ts';
import type { TradingMode } from '../../domain/ids.ts';
import type { CopyDecision, CopyResult } from '../copy-answer.ts';
import type { ObjectPorts } from '../platform/ports.ts';
import type { CopyRequest, Quote } from '../rpc.ts';
import type { AttemptBooking } from './attempt-booking.ts';
import type { Decider } from './decider.ts';
import type { LateCopy, Post } from './executor.ts';
import type { Deciding, IntentQuotes } from './intent-quotes.ts';
import type { WalletKeyValue } from './keys.ts';
import type { Pause } from './pause.ts';
import type { WalletSwitches } from './switches.ts';

interface Turned {
  readonly result: CopyResult;
  /** Resolves when all of it is written, which is after its POST has left; null when all of it is. */
  readonly written: Promise<void> | null;
}

export class DecisionTurn {
  constructor(
    private readonly mode: TradingMode,
    private readonly ports: ObjectPorts,
    private readonly kv: WalletKeyValue,
    private readonly switches: WalletSwitches,
    private readonly quotes: IntentQuotes,
    private readonly decider: Decider,
    private readonly booking: AttemptBooking,
    private readonly pause: Pause,
  ) {}

  /** The answer to this intent, if it was decided before. */
  stored(intent: Pick<CopyIntent, 'idempotencyKey'>): CopyDecision | undefined {
    return this.booking.stored(intent);
  }

  /** Decides on an intent and executes it; the same key again gives the stored answer (R30, R32). */
  async copy(request: CopyRequest): Promise<CopyResult> {
    const known = this.booking.known(request);
    if (known !== undefined) return known;
    const { result, written } = this.turn(await this.quotes.first(request));
    // Where all objects share one thread, the caller's next commit would come between the order's and its POST.
    if (written !== null) await written;
    return result;
  }

  /** Decides a sale that waited: on the quote given while that is young enough, else on a fresh one. */
  async decideAgain(intent: CopyIntent, quote?: Quote): Promise<void> {
    this.turn(await this.quotes.again(intent, quote));
  }

  /** Decides intents that waited, in this order, each on a fresh quote; in one turn, at the end of which their orders leave. */
  async decideWaiting(
    waiting: readonly { readonly intent: CopyIntent; readonly sinceMs: number }[],
    together: (run: () => void) => void,
  ): Promise<void> {
    const quoted = await Promise.all(
      waiting.map(({ intent, sinceMs }) => this.quotes.again(intent, undefined, sinceMs)),
    );
    together(() => {
      for (const given of quoted) this.turn(given);
    });
  }

  /** After a start: writes what a crash has kept from being written after a POST. Throws where the storage refuses it. */
  resume(placed: Parameters<AttemptBooking['resume']>[0]): void {
    try {
      this.ports.storage.transaction(() => this.booking.resume(placed));
    } catch (error) {
      this.pause.pauseOrThrow(error);
    }
  }

  /** One synchronous turn: gate, facts, decision and order become durable together or not at all; then the POST starts. */
  private turn(given: Deciding): Turned {
    // Another delivery of the same intent, or another of the same members, may have been decided while the quote came.
    const known = given.waited ? undefined : (this.booking.known(given) ?? this.booking.refused(given));
    if (known !== undefined) return { result: known, written: null };
    if (this.isOff(given)) return { result: this.inactive(given), written: null };
    try {
      return this.book(given);
    } catch (error) {
      this.pause.pauseOrThrow(error);
      // Paused now: the same intent ends as a skip that says so.
      return this.book(given);
    }
  }

  /** What waited while the switch was lowered is not placed, though it is ON again: to raise it starts nothing (A44). */
  private isOff({ intent, waited, waitedSinceMs }: Deciding): boolean {
    const { state } = this.switches.effective(intent.leaderAddress);
    const loweredAtMs = this.switches.loweredAtMs(intent.leaderAddress);
    const sinceMs = waitedSinceMs ?? this.ports.nowMs() - intent.waitedMs;
    const wasLowered = waited && loweredAtMs >= sinceMs;
    return state === 'OFF' || (state === 'ON' && wasLowered);
  }

  /** The POST starts in the same turn; what it need not wait for is written after it has left. */
  private book(given: Deciding): Turned {
    const { storage } = this.ports;
    const booked = storage.transaction(() => {
      const decided = this.decider.decide(given);
      return decided === 'waits' ? decided : { decided, copy: this.booking.add(given, decided) };
    });
    // What waited goes on waiting: its attempt says so already.
    if (booked === 'waits')
      return { result: this.stored(given.intent) ?? { kind: 'inactive' }, written: null };
    const { decided, copy } = booked;
    this.booking.committed(copy, decided);
    const { post } = decided;
    if (post === null) return { result: copy.answer, written: null };
    const written = storage.later(() => this.writeLate(copy, post.order, given.quote));
    post.start();
    return { result: copy.answer, written };
  }

  private writeLate(copy: LateCopy, order: Post['order'], { book }: Quote): void {
    try {
      this.ports.storage.transaction(() => this.booking.writeLate(copy, order, book));
    } catch (error) {
      this.pause.pauseOrThrow(error);
    }
  }

  /**
   * OFF: nothing is placed. A buffered or carried paper intent has no other row, so its end is recorded; an exit of shares that
   * are held is recorded as owed, and waits for the operator (A44).
   */
  private inactive(given: Deciding): CopyResult {
    const { intent } = given;
    if (given.waited) return this.endWait(given);
    const isExit = intent.side === 'SELL' && intent.sourceType !== 'CLOSE';
    // While a purchase of the same is unresolved, what the exit would sell is not known yet.
    if (isExit && this.decider.awaits(intent)) return this.bookWait(given);
    const lowers = intent.exit?.kind === 'CORRECTION' && intent.exit.shareMicros < 0n;
    if (isExit && (lowers || this.decider.wanted(given) > 0n)) {
      return this.bookFor(given, this.offReason());
    }
    const held = intent.sourceType === 'BUFFER' || intent.sourceType === 'CARRY';
    if (held && this.mode === 'PAPER') {
      // What was to be carried is not: nothing is bought of it once the Wallet is ON again.
      const found = intent.presetReason === 'CARRIED' ? null : intent.presetReason;
      const presetReason = found ?? 'ENGINE_PAUSED';
      return this.bookFor(given, presetReason);
    }
    this.kv.put('inactive', (this.kv.get('inactive') ?? 0) + 1);
    return { kind: 'inactive' };
  }

  private bookWait(given: Deciding): CopyResult {
    const { storage } = this.ports;
    return storage.transaction(() => this.booking.add(given, this.decider.waiting(given))).answer;
  }

  /** Switched off while the intent waited: its row says so, and nothing is placed. */
  private endWait(given: Deciding): CopyResult {
    return this.bookFor(given, this.offReason());
  }

  /** The end of an intent with a reason of its own. */
  private bookFor(given: Deciding, presetReason: ReasonCode): CopyResult {
    return this.book({ ...given, intent: { ...given.intent, presetReason } }).result;
  }

  private offReason(): 'ENGINE_PAUSED' | 'LIVE_MODE_OFF' {
    return this.mode === 'PAPER' ? 'ENGINE_PAUSED' : 'LIVE_MODE_OFF';
  }
}
