/**
 * Why a decision came out as it did: every guard with the value it saw, its limit and its verdict, and every clamp with what
 * it made of the size. The verdicts are those of the functions that `decide` itself is made of; a property test holds the
 * reasons of the stopped rows equal to the reasons of the decision.
 */
import { decide } from '../decide/decide.ts';
import type { DecisionFacts } from '../decide/decision-facts.ts';
import {
  calm,
  GUARDRAILS,
  type Guardrail,
  type GuardrailRow,
  shareMeasure,
  stopped,
} from '../decide/guards.ts';
import { hasHardBudget, isBudgeted } from '../decide/sizing.ts';
import { targetFor } from '../decide/target.ts';
import type { ModeSettings } from '../settings/settings.ts';
import { gateRows, marketRows } from './gate-rows.ts';
import { priceRows, sizeRows, targetRows } from './order-rows.ts';

/** One row for every guard of the list, in its order. */
export function explainGuardrails(facts: DecisionFacts, settings: ModeSettings): readonly GuardrailRow[] {
  const rows = new Map(lookedAt(facts, settings).map((row) => [row.guardrail, row]));
  return GUARDRAILS.map(
    (guardrail) =>
      rows.get(guardrail) ??
      calm(guardrail, null, applies(guardrail, facts, settings) ? 'notReached' : 'doesNotApply'),
  );
}

/** The rows of the guards that were looked at, stage by stage as `decide` goes: the first stage with a reason is the last. */
function lookedAt(facts: DecisionFacts, settings: ModeSettings): readonly GuardrailRow[] {
  const { market, book } = facts;
  const rows = [...gateRows(facts, settings)];
  const hasStopped = (): boolean => rows.some((row) => row.verdict === 'stopped');
  if (hasStopped()) return rows;
  if (isNetting(facts)) return [...rows, ...targetRows(facts, settings), ...nettingRows(facts, settings)];
  rows.push(...marketRows(facts, settings));
  if (hasStopped() || market === null || book === null) return rows;
  rows.push(...targetRows(facts, settings));
  const sized = targetFor(facts, settings);
  if ('reason' in sized) return rows;
  rows.push(...priceRows(facts, settings, { market, book }));
  return hasStopped() ? rows : [...rows, ...sizeRows(facts, settings, { market, book, sized })];
}

/** A sale with nothing held, against buys that are carried: no market and no book is asked. */
function isNetting({ intent, portfolio }: DecisionFacts): boolean {
  return intent.side === 'SELL' && portfolio.holdingShareMicros <= 0n && intent.carriedShareMicros > 0n;
}

function nettingRows(facts: DecisionFacts, settings: ModeSettings): readonly GuardrailRow[] {
  const decision = decide(facts, settings);
  if (decision.kind === 'EXECUTE' || 'reason' in targetFor(facts, settings)) return [];
  const measure = shareMeasure('atMost', decision.targetShareMicros, facts.intent.carriedShareMicros);
  return [stopped('netting', measure, decision.reasons[0])];
}

const ALWAYS: readonly Guardrail[] = ['foundBefore', 'paused'];
const OF_NETTING: readonly Guardrail[] = [
  'age',
  'leaderMinimum',
  'holding',
  'leaderExposureKnown',
  'netting',
];
const OF_SALES: readonly Guardrail[] = ['holding', 'netting', 'saleWithinHolding'];
const OF_BUYS: readonly Guardrail[] = [
  'exitOnly',
  'blacklist',
  'closeTime',
  'equityKnown',
  'budget',
  'cash',
  'raiseTrade',
  'raiseBudget',
  'raiseCash',
  'raiseDepth',
  'smallestTrade',
  'priceCap',
  'equityPositive',
  'dailyLoss',
  'weeklyLoss',
  'drawdown',
  'totalExposure',
  'marketExposure',
  'leaderExposure',
];

/** Whether a guard that was not looked at would have been, had nothing stopped before it. */
function applies(guardrail: Guardrail, facts: DecisionFacts, settings: ModeSettings): boolean {
  const { intent } = facts;
  if (ALWAYS.includes(guardrail)) return true;
  if ((intent.side === 'BUY' ? OF_SALES : OF_BUYS).includes(guardrail)) return false;
  if (isNetting(facts) && !OF_NETTING.includes(guardrail)) return false;
  const sizedHere = intent.ourNotionalMicros === null;
  switch (guardrail) {
    case 'age':
      return intent.sourceType !== 'CARRY';
    case 'leaderMinimum':
      return sizedHere;
    case 'netting':
      return isNetting(facts);
    case 'closeTime':
      return settings.noOpensBeforeCloseMinutes > 0;
    case 'leaderExposureKnown':
      return isBudgeted(settings) && sizedHere;
    case 'budget':
      return hasHardBudget(settings);
    case 'raiseTrade':
    case 'raiseCash':
    case 'raiseDepth':
      return settings.belowMinPolicy === 'RAISE' && sizedHere;
    case 'raiseBudget':
      return settings.belowMinPolicy === 'RAISE' && sizedHere && hasHardBudget(settings);
    case 'smallestTrade':
      return settings.belowMinPolicy === 'SKIP' && sizedHere;
    case 'priceCap':
      return settings.buyPriceMicrosMax !== null;
    default:
      return true;
  }
}
