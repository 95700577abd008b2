/**
 * Exits by the rate (A43): sales of a leader whose holding was not wholly known. The next whole reading of their positions says
 * which fraction each sold, and what our exits lack of it is a further exit, once for each mode and token; what they had too much
 * lowers what is owed. Kept as one value: there are few, and only while readings are not whole.
 */
import { assert } from '../../domain/assert.ts';
import { missingShares, type SoldFraction } from '../../domain/decide/exit-correction.ts';
import { groupKey, type TradingMode } from '../../domain/ids.ts';
import { SHARE_STEP_MICROS } from '../../domain/market/market.ts';
import { abs, add, formatMicros, shares, sub } from '../../domain/money.ts';
import { LEADER_DUST_SHARES } from '../../domain/portfolio/converted.ts';
import { MINUTE_MS, SECOND_MS } from '../../domain/time.ts';
import type { CopyResult } from '../copy-answer.ts';
import type { ObjectPorts } from '../platform/ports.ts';
import type { Scheduler } from '../platform/scheduler.ts';
import type { PositionReading, SeedPosition } from '../rpc.ts';
import { type Dispatch, type Group, immediateDispatch, type PendingFill } from './groups.ts';
import { type FollowerKeyValue, JOBS } from './keys.ts';
import type { LeaderPositions } from './leader-positions.ts';
import { partOfAct } from './members/group-parts.ts';
import type { Readings } from './readings.ts';
import { SETTLED_MS } from './recent-moves.ts';
import type { UnsureExit } from './unsure-exit.ts';

/** A reading that is not whole may stay so, and has many pages: it is asked for this often at most. */
const ASK_MS = 5 * MINUTE_MS;
/** A sale that waits in the Wallet is decided within its patience. */
const LOOK_MS = 30 * SECOND_MS;
/** After this long the exit stays as the rate sized it, and the operator sees that. */
const OPEN_MS_MAX = 15 * MINUTE_MS;
/** More at once are shown to the operator instead. */
const OPEN_MAX = 100;

/** A dispatch for the queue of a mode. */
export interface ModeDispatch {
  readonly mode: TradingMode;
  readonly dispatch: Dispatch;
}

export class ExitCorrections {
  constructor(
    private readonly ports: ObjectPorts,
    private readonly kv: FollowerKeyValue,
    private readonly scheduler: Scheduler,
    private readonly positions: LeaderPositions,
    private readonly readings: Readings,
  ) {}

  /** Takes an exit that goes to these modes without a fraction. Call inside the transaction that queues it. */
  begin(group: Group, fills: readonly PendingFill[], modes: readonly TradingMode[]): void {
    const known = fills
      .filter((fill) => fill.inReading)
      .reduce((sum, fill) => add(sum, fill.shareMicros), shares(0n));
    const { netShareMicros } = this.positions.netAt(group.tokenId, group.eventAtMs);
    const exit: UnsureExit = {
      group,
      netBeforeMicros: add(netShareMicros, known),
      openedAtMs: this.ports.nowMs(),
      heldShareMicros: null,
      decided: Object.fromEntries(modes.map((mode) => [mode, null])),
    };
    const open = [...this.open(), exit];
    for (const one of open.slice(0, -OPEN_MAX)) this.list(one);
    this.put(open.slice(-OPEN_MAX));
    this.scheduler.at(JOBS.corrections, this.ports.nowMs());
  }

  /** Takes a Wallet's answer to an exit; returns the correction that it makes known, if any. Call inside a transaction. */
  answered(mode: TradingMode, group: Group, result: CopyResult): readonly ModeDispatch[] {
    const open = this.open();
    if (!open.some((one) => isOf(one, group) && one.decided[mode] === null)) return [];
    if (result.kind === 'decided' && result.decision === 'WAIT') return [];
    const byRate = result.kind === 'decided' ? result.byRate : undefined;
    this.put(
      open.map((one) => {
        if (!isOf(one, group) || one.decided[mode] === undefined) return one;
        return byRate === undefined
          ? without(one, mode)
          : { ...one, decided: { ...one.decided, [mode]: byRate } };
      }),
    );
    return this.due();
  }

  /** A Wallet refused the group, of which it had decided a part: its mode expects the answers to these instead. */
  regrouped(mode: TradingMode, refused: Group, groups: readonly Group[]): void {
    const open = this.open();
    const of = open.find((one) => isOf(one, refused) && one.decided[mode] !== undefined);
    if (of === undefined) return;
    let { netBeforeMicros } = of;
    const parts = groups.map((group): UnsureExit => {
      const part = { ...of, group, netBeforeMicros, decided: { [mode]: null } };
      netBeforeMicros = sub(netBeforeMicros, group.shareMicros);
      return part;
    });
    this.put(open.flatMap((one) => (one === of ? [without(one, mode), ...parts] : [one])));
  }

  /** Takes a reading of the positions, before the holdings take it; returns the corrections that it makes known. */
  take(
    positions: readonly SeedPosition[],
    { complete, unreadTokenIds = [], swept, asOfMs }: PositionReading,
  ): readonly ModeDispatch[] {
    const open = this.open();
    if (open.length === 0 || !complete || !swept) return [];
    const fromMs = asOfMs - (asOfMs % SECOND_MS);
    this.put(
      open.map((one) => {
        if (one.heldShareMicros !== null || one.group.eventAtMs > fromMs - SETTLED_MS) return one;
        const { tokenId } = one.group;
        if (unreadTokenIds.includes(tokenId)) return one;
        const { netShareMicros, isSettled } = this.positions.netAt(tokenId, fromMs);
        if (!isSettled) return one;
        const left = positions.find((position) => position.tokenId === tokenId)?.shareMicros ?? shares(0n);
        return { ...one, heldShareMicros: sub(left, sub(netShareMicros, one.netBeforeMicros)) };
      }),
    );
    return this.due();
  }

  /** The job: asks for a reading, and gives up what none could show. Returns the exits whose answers are to be asked for again. */
  async run(): Promise<readonly ModeDispatch[]> {
    const nowMs = this.ports.nowMs();
    const old = this.open().filter((one) => nowMs - one.openedAtMs >= OPEN_MS_MAX);
    if (old.length > 0) this.put(this.open().filter((one) => !old.includes(one)));
    for (const one of old) this.list(one);
    const open = this.open();
    if (open.length === 0) return [];
    this.scheduler.at(JOBS.corrections, nowMs + LOOK_MS);
    const unread = open.filter((one) => one.heldShareMicros === null);
    // A whole one came too soon after a trade: the next one costs no more pages than it did.
    const everyMs = this.kv.get('seedComplete') === true ? MINUTE_MS : ASK_MS;
    if (unread.length > 0 && nowMs - (this.kv.get('correctionAskedAt') ?? 0) >= everyMs) {
      this.kv.put('correctionAskedAt', nowMs);
      await this.readings.ask(Math.max(...unread.map((one) => one.group.eventAtMs)) + SETTLED_MS + SECOND_MS);
    }
    return open
      .filter((one) => one.heldShareMicros !== null)
      .flatMap((one) =>
        modesOf(one)
          .filter((mode) => one.decided[mode] === null)
          // As it went to the Wallets: the same again is answered and not decided.
          .map((mode) => ({ mode, dispatch: immediateDispatch(one.group) })),
      );
  }

  /** Takes out what is known of every exit of a token in a mode, as one correction. */
  private due(): readonly ModeDispatch[] {
    const known = this.open().filter((one) => one.heldShareMicros !== null);
    const dispatches: ModeDispatch[] = [];
    for (const mode of ['LIVE', 'PAPER'] as const)
      for (const token of new Set(known.map((one) => one.group.tokenId))) {
        const mine = known.filter((one) => one.group.tokenId === token && one.decided[mode] !== undefined);
        if (mine.length === 0 || mine.some((one) => one.decided[mode] === null)) continue;
        this.put(
          this.open().map((one) => (mine.some((same) => isOf(same, one.group)) ? without(one, mode) : one)),
        );
        const dispatch = correctionOf(mine, mode);
        if (dispatch !== undefined) dispatches.push({ mode, dispatch });
      }
    return dispatches;
  }

  private open(): readonly UnsureExit[] {
    return this.kv.get('unsureExits') ?? [];
  }

  private put(open: readonly UnsureExit[]): void {
    this.kv.put(
      'unsureExits',
      open.filter((one) => modesOf(one).length > 0),
    );
  }

  private list({ group }: UnsureExit): void {
    const excerpt = `${formatMicros(group.shareMicros)} shares of token ${group.tokenId}`;
    this.readings.list(
      group.groupKey,
      'an exit by the rate was not corrected: no reading was whole',
      excerpt,
    );
  }
}

function isOf(one: UnsureExit, { groupKey: key }: Group): boolean {
  return one.group.groupKey === key;
}

function modesOf({ decided }: UnsureExit): readonly TradingMode[] {
  return (['LIVE', 'PAPER'] as const).filter((mode) => decided[mode] !== undefined);
}

function without(one: UnsureExit, mode: TradingMode): UnsureExit {
  const { [mode]: _done, ...decided } = one.decided;
  return { ...one, decided };
}

/** The fraction that was sold; all of it where nothing that could be sold is left, or more was sold than held (A43). */
function fractionOf({ group, heldShareMicros }: UnsureExit): SoldFraction {
  const sold = group.shareMicros;
  const held = heldShareMicros ?? shares(0n);
  return { soldShareMicros: sold, heldShareMicros: sub(held, sold) < LEADER_DUST_SHARES ? sold : held };
}

/** One exit for what the exits of a token in a mode lack, in the order in which they were; undefined where that is nothing. */
function correctionOf(exits: readonly UnsureExit[], mode: TradingMode): Dispatch | undefined {
  const last = exits.at(-1);
  const chain = exits.map((one) => {
    const decided = one.decided[mode];
    assert(decided !== null && decided !== undefined, 'a correction of an exit that is not decided');
    return { ...decided, ...fractionOf(one) };
  });
  const missing = missingShares(chain);
  if (last === undefined || abs(missing) < SHARE_STEP_MICROS) return undefined;
  const { soldShareMicros: sold, heldShareMicros: held } = fractionOf(last);
  return {
    ...immediateDispatch(last.group),
    // Made from the exit that it corrects: the same exit is never corrected twice.
    group: {
      ...last.group,
      groupKey: groupKey([`correction:${last.group.groupKey}`]),
      // Each exit is corrected once, whichever others are corrected with it.
      parts: exits.map(({ group }) => partOfAct(`correction:${group.groupKey}`, group)),
      fillCount: 0,
      newest: null,
    },
    sourceType: 'CORRECTION',
    leaderExited: sold === held,
    exit: { kind: 'CORRECTION', shareMicros: missing },
    presetReason: missing < 0n ? 'OWED_LOWERED' : null,
  };
}
