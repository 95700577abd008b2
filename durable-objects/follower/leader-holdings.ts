/**
 * What the leader holds and has made: the venue's list of their positions as last read, and what they have done since.
 * Whatever happened before that reading is in it already and moves nothing.
 */
import { isBudgeted } from '../../domain/decide/sizing.ts';
import type { ConditionId, TokenId } from '../../domain/ids.ts';
import { add, type CashMicros, negate, type ShareMicros, shares } from '../../domain/money.ts';
import type { ModeSettings } from '../../domain/settings/settings.ts';
import { MINUTE_MS, SECOND_MS } from '../../domain/time.ts';
import type { ObjectPorts } from '../platform/ports.ts';
import type { Scheduler } from '../platform/scheduler.ts';
import type { PositionReading, SeedPosition } from '../rpc.ts';
import type { PendingFill } from './groups.ts';
import { type FollowerKeyValue, JOBS } from './keys.ts';
import type { LeaderCurve } from './leader-curve.ts';
import type { LeaderPositions, ReadChange } from './leader-positions.ts';
import { READING_MS_MAX } from './recent-moves.ts';

/** The leader's curve gets a new point this soon after a trade, one for a whole burst. */
const CURVE_DELAY_MS = MINUTE_MS;

/** A fill without what was held before it. */
type LeaderFill = Omit<PendingFill, 'heldBeforeMicros' | 'inReading'>;

export interface HeldBefore {
  readonly tokenId: TokenId;
  readonly heldShareMicros: ShareMicros;
}

export class LeaderHoldings {
  constructor(
    private readonly ports: ObjectPorts,
    private readonly kv: FollowerKeyValue,
    private readonly scheduler: Scheduler,
    private readonly positions: LeaderPositions,
    private readonly curve: LeaderCurve,
  ) {}

  /**
   * Takes the venue's list of positions as the truth at the time when it was requested; what the leader did at that time or later
   * moves it on top of that, whether it was seen before the list came or after. Throws when the list took too long to come.
   */
  seed(
    positions: readonly SeedPosition[],
    { complete, unreadTokenIds = [], asOfMs }: Omit<PositionReading, 'swept'>,
  ): void {
    if (this.ports.nowMs() - asOfMs > READING_MS_MAX)
      throw new Error('a reading of the positions is too old');
    const fromMs = wholeSecond(asOfMs);
    this.ports.storage.transaction(() => {
      // Until a whole reading there is nothing that the sum of their acts could start from.
      const keepUnsettled = this.isWhole();
      this.curve.seed(positions, { complete, unreadTokenIds, asOfMs: fromMs, keepUnsettled });
      this.kv.put('seedComplete', complete);
      this.kv.put('seedUnread', unreadTokenIds);
      this.scheduler.at(JOBS.curve, this.ports.nowMs());
      this.kv.put('seededAt', fromMs);
    });
  }

  /**
   * Moves positions and curve by a fill of the leader. Returns what is known of their holding just before it: null if the last
   * reading of their positions was not whole.
   */
  traded(fill: LeaderFill): Pick<PendingFill, 'heldBeforeMicros' | 'inReading'> {
    const known = { heldBeforeMicros: this.heldBefore(fill), inReading: this.includes(fill.eventAtMs) };
    this.move(fill);
    return known;
  }

  /** What a whole reading would make of each token that they hold; changes nothing. */
  changes(positions: readonly SeedPosition[], reading: PositionReading): readonly ReadChange[] {
    return this.positions.changes(positions, { ...reading, asOfMs: wholeSecond(reading.asOfMs) });
  }

  /** Whether the last reading of their positions was whole. */
  isWhole(): boolean {
    return this.kv.get('seedComplete') === true;
  }

  /** Whether that reading shows what they hold of the token, be it nothing. */
  private knows(token: TokenId): boolean {
    return this.isWhole() && !(this.kv.get('seedUnread') ?? []).includes(token);
  }

  private heldBefore(fill: LeaderFill): ShareMicros | null {
    if (!this.knows(fill.tokenId)) return null;
    const held = this.positions.get(fill.tokenId)?.shareMicros ?? shares(0n);
    // A reading that is newer than the fill shows what was left after it.
    if (fill.side === 'BUY') return null;
    return this.includes(fill.eventAtMs) ? add(held, fill.shareMicros) : held;
  }

  private move(fill: LeaderFill): void {
    if (this.includes(fill.eventAtMs)) return;
    this.positions.trade(fill);
    this.curve.traded(fill.side, fill.notionalMicros);
    this.scheduler.at(JOBS.curve, this.ports.nowMs() + CURVE_DELAY_MS);
  }

  /**
   * Moves positions and curve by a split (`SPLIT`), a merge or a redemption, which free collateral. Returns what they held just
   * before of each token that became fewer; nothing for what the last reading has already, or was not whole to tell.
   */
  moved(act: {
    readonly kind: 'SPLIT' | 'MERGE' | 'REDEEM';
    readonly conditionId: ConditionId;
    readonly tokenIds: readonly TokenId[];
    readonly shareMicros: ShareMicros;
    readonly cashMicros: CashMicros;
    readonly eventAtMs: number;
  }): readonly HeldBefore[] {
    if (this.includes(act.eventAtMs)) return [];
    const before = act.tokenIds.flatMap((tokenId): HeldBefore[] => {
      const held = this.positions.get(tokenId)?.shareMicros ?? shares(0n);
      return held > 0n ? [{ tokenId, heldShareMicros: held }] : [];
    });
    const split = act.kind === 'SPLIT';
    const signedShareMicros = split ? act.shareMicros : negate(act.shareMicros);
    const { conditionId, tokenIds, eventAtMs } = act;
    this.positions.act({ conditionId, tokenIds, signedShareMicros, eventAtMs });
    this.curve.moved(split ? negate(act.cashMicros) : act.cashMicros);
    return split ? [] : before.filter(({ tokenId }) => this.knows(tokenId));
  }

  /** Tokens of the condition that the leader holds. */
  tokensOf(conditionId: ConditionId): readonly TokenId[] {
    return this.positions
      .list()
      .filter((one) => one.conditionId === conditionId)
      .map((one) => one.tokenId);
  }

  /** When the positions were last read; undefined before the first reading. */
  seededAtMs(): number | undefined {
    return this.kv.get('seededAt');
  }

  /** Whether nothing of the token is left. Only a complete reading can show that; without one it is false. */
  hasExited(token: TokenId): boolean {
    return this.knows(token) && this.positions.hasLeft(token);
  }

  /** What the leader holds in all; null before the first reading, and where no size depends on it (all rows are read). */
  exposureFor(settings: ModeSettings): CashMicros | null {
    if (!isBudgeted(settings) || this.seededAtMs() === undefined) return null;
    return this.positions.exposure();
  }

  /** Whether the last reading of the positions is newer: what happened then is in it. */
  includes(eventAtMs: number): boolean {
    return eventAtMs < (this.seededAtMs() ?? 0);
  }
}

/** Event times are whole seconds: what happened in the second of a reading counts as after it. */
function wholeSecond(atMs: number): number {
  return atMs - (atMs % SECOND_MS);
}
