/**
 * The one decision engine, shared by paper and live: a pure function of the intent, the market, the book, the portfolio,
 * the settings in force and the time. It ends in EXECUTE with a plan, or SKIP with at least one reason (design.md 2).
 */

import { bestPrices, levelsWithin, midPrice, notionalOf, walk } from '../market/book.ts';
import { min, notionalCeil, type ShareMicros, sharesForCashFloor } from '../money.ts';
import type { ModeSettings } from '../settings/settings.ts';
import type { CopyIntent, DecisionFacts, Plan } from './decision-facts.ts';
import { gateReasons, marketReasons } from './gates.ts';
import { buyGuardrails } from './guardrails.ts';
import {
  buyShares,
  canRaise,
  depthLimited,
  meetsVenueMinimum,
  type OrderSize,
  type Priced,
  raiseReasons,
  sellShares,
  venueMinimumShares,
} from './order-size.ts';
import { priceBounds, priceReasons, toleranceOf } from './price-bounds.ts';
import type { ReasonCode } from './reasons.ts';
import { NOTHING, type Sized, targetFor } from './target.ts';

export type Decision =
  | (Sized & { readonly kind: 'EXECUTE'; readonly plan: Plan })
  | (Sized & { readonly kind: 'SKIP'; readonly reasons: readonly [ReasonCode, ...ReasonCode[]] });

function skip(sized: Sized, reasons: readonly ReasonCode[]): Decision {
  const [first, ...rest] = new Set(reasons);
  return { ...sized, kind: 'SKIP', reasons: [first ?? 'ENGINE_PAUSED', ...rest] };
}

/** How the size of an order came about, step by step. */
export interface SizeSteps {
  /** What the target buys or our part sells, within cash and holding. */
  readonly first: OrderSize;
  readonly depth: ReturnType<typeof depthLimited>;
  /** What raising to the venue's minimum would take, and what stands against it; null where nothing was to be raised. */
  readonly raise: { readonly shareMicros: ShareMicros; readonly obstacles: readonly ReasonCode[] } | null;
  readonly shareMicros: ShareMicros;
  /** With every clamp, the target as raised. */
  readonly sized: Sized;
  readonly meetsMinimum: boolean;
  /** What to call a size below the venue's minimum; null where it is met, or another reason says it already. */
  readonly belowMinimum: ReasonCode | null;
}

/** The size of the order and the way there; no guard on risk has been asked yet. */
export function sizeSteps(
  facts: DecisionFacts,
  settings: ModeSettings,
  { priced, sized }: { readonly priced: Priced; readonly sized: Sized },
): SizeSteps {
  let target = sized.targetNotionalMicros;
  const first =
    facts.intent.side === 'BUY' ? buyShares(target, facts, priced) : sellShares(target, facts, settings);
  const clamps = [...sized.clamps, ...first.clamps];
  const depth = depthLimited(first.size, priced, settings);
  if (depth.trimmed) clamps.push('DEPTH');
  let wanted = depth.size;
  let raise: SizeSteps['raise'] = null;
  if (!meetsVenueMinimum(priced.market, wanted, priced.limit) && canRaise(facts, settings)) {
    const raised = venueMinimumShares(priced.market, priced.limit);
    const obstacles = raiseReasons(raised, { facts, settings, priced });
    raise = { shareMicros: raised, obstacles };
    if (obstacles.length === 0) {
      wanted = raised;
      target = notionalCeil(raised, priced.limit);
      clamps.push('RAISED_TO_VENUE_MIN');
    }
  }
  const meetsMinimum = meetsVenueMinimum(priced.market, wanted, priced.limit);
  const saidAlready = !depth.enough || (raise !== null && raise.obstacles.length > 0);
  let below: ReasonCode | null = null;
  if (!meetsMinimum) {
    if (clamps.includes('CASH')) below = 'INSUFFICIENT_CASH';
    else if (depth.trimmed) below = 'INSUFFICIENT_DEPTH';
    else if (!saidAlready) below = belowMinimum(wanted, settings);
  }
  return {
    first,
    depth,
    raise,
    shareMicros: wanted,
    sized: { ...sized, clamps, targetNotionalMicros: target, targetShareMicros: wanted },
    meetsMinimum,
    belowMinimum: below,
  };
}

function size(facts: DecisionFacts, settings: ModeSettings, priced: Priced, sized: Sized): Decision {
  const { intent } = facts;
  const steps = sizeSteps(facts, settings, { priced, sized });
  const { depth, shareMicros: wanted, sized: done } = steps;
  const reasons: ReasonCode[] = [...(steps.raise?.obstacles ?? [])];
  if (!depth.enough) reasons.push('INSUFFICIENT_DEPTH');
  if (steps.belowMinimum !== null) reasons.push(steps.belowMinimum);
  if (steps.meetsMinimum && intent.side === 'BUY') {
    reasons.push(...belowMinTrade(sized, intent, settings));
    reasons.push(...buyGuardrails(facts, settings, { ...priced, shareMicros: wanted }));
  }
  if (reasons.length > 0) return skip(done, reasons);
  const taken = walk(levelsWithin(priced.book, intent.side, priced.limit), wanted);
  if (taken.length === 0) return skip(done, ['NO_LIQUIDITY_WITHIN_BOUNDS']);
  return {
    ...done,
    kind: 'EXECUTE',
    plan: { side: intent.side, limitPriceMicros: priced.limit, shareMicros: wanted },
  };
}

/** What to call a size below the venue's minimum; an act that was skipped for another reason is never carried. */
function belowMinimum(wanted: ShareMicros, settings: ModeSettings): ReasonCode {
  return settings.belowMinPolicy === 'CARRY' && wanted > 0n ? 'CARRIED' : 'BELOW_MIN_ORDER_SIZE';
}

/** Under SKIP the operator's own smallest trade holds too; CARRY releases at the venue's minimum. */
export function belowMinTrade(sized: Sized, intent: CopyIntent, settings: ModeSettings): ReasonCode[] {
  const small = sized.targetNotionalMicros < BigInt(settings.minTradeNotionalMicros);
  return small && settings.belowMinPolicy === 'SKIP' && intent.ourNotionalMicros === null
    ? ['BELOW_MIN_ORDER_SIZE']
    : [];
}

/** A sale against buys that are still carried, with nothing held: it only lowers the carry, so no market or book is asked. */
function netWithCarry(facts: DecisionFacts, settings: ModeSettings): Decision {
  const target = targetFor(facts, settings);
  if ('reason' in target) return skip(NOTHING, [target.reason]);
  const { leaderExited, carriedShareMicros: carried, referencePriceMicros } = facts.intent;
  const all = leaderExited && settings.fullExitPolicy === 'SELL_ALL';
  const part = sharesForCashFloor(target.targetNotionalMicros, referencePriceMicros);
  const netted = all ? carried : min(part, carried);
  const sized: Sized = { ...target, targetShareMicros: netted };
  return skip(sized, [netted > 0n ? 'CARRIED' : 'BELOW_MIN_ORDER_SIZE']);
}

/**
 * Decides on one intent. Gate reasons are reported alone; then all reasons about the market; then all about price,
 * spread, size and risk together. Nothing here reads a clock or a book deeper than 20 levels.
 */
export function decide(facts: DecisionFacts, settings: ModeSettings): Decision {
  const { intent, market, book, portfolio } = facts;
  const gates = gateReasons(facts, settings);
  if (gates.length > 0) return skip(NOTHING, gates);
  if (intent.side === 'SELL' && portfolio.holdingShareMicros <= 0n) return netWithCarry(facts, settings);
  const unfit = marketReasons(facts, settings);
  if (unfit.length > 0 || market === null || book === null) return skip(NOTHING, unfit);

  const mid = midPrice(book);
  const target = targetFor(facts, settings);
  if ('reason' in target) return skip({ ...NOTHING, midPriceMicros: mid }, [target.reason]);
  const sized: Sized = { ...target, midPriceMicros: mid };

  const reasons: ReasonCode[] = [];
  const { bid, ask } = bestPrices(book);
  if (ask - bid > toleranceOf(intent.side, settings).spread) reasons.push('SPREAD_TOO_WIDE');
  const bounds = priceBounds(intent, { mid, tick: market.tickPriceMicros, settings });
  reasons.push(...priceReasons(intent.side, book, bounds));
  if (reasons.length > 0) return skip(sized, reasons);

  const availableMicros = notionalOf(levelsWithin(book, intent.side, bounds.limit));
  return size(facts, settings, { book, market, limit: bounds.limit, availableMicros }, sized);
}
