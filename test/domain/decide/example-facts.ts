/** Example facts of one decision, of which a test names only what it is about; as they stand they end in EXECUTE. */

import { type Decision, decide } from '../../../domain/decide/decide.ts';
import type { CopyIntent, DecisionFacts } from '../../../domain/decide/decision-facts.ts';
import type { Clamp } from '../../../domain/decide/reasons.ts';
import {
  type ConditionId,
  groupKey,
  idempotencyKey,
  parseConditionId,
  parseLeaderAddress,
  parseTokenId,
  type TokenId,
} from '../../../domain/ids.ts';
import type { Book, Level } from '../../../domain/market/book.ts';
import type { MarketFacts } from '../../../domain/market/market.ts';
import {
  type CashMicros,
  cash,
  formatMicros,
  type PriceMicros,
  parseMicros,
  price,
  type ShareMicros,
  shares,
} from '../../../domain/money.ts';
import { PRESETS } from '../../../domain/settings/presets.ts';
import { defaultSettings, type ModeSettings } from '../../../domain/settings/settings.ts';

export const NOW = Date.UTC(2026, 10, 20, 12);
export const LEADER = parseLeaderAddress(`0x${'a'.repeat(40)}`)!;
export const TOKEN: TokenId = parseTokenId('1'.repeat(77))!;
export const CONDITION: ConditionId = parseConditionId(`0x${'c'.repeat(64)}`)!;

function micros(text: string): bigint {
  const parsed = parseMicros(text);
  if (parsed === undefined) throw new Error(`not a decimal: ${text}`);
  return parsed;
}
export function usd(text: string): CashMicros {
  return cash(micros(text));
}
export function sh(text: string): ShareMicros {
  return shares(micros(text));
}
export function at(text: string): PriceMicros {
  return price(micros(text));
}
/** Levels from text, best first: '0.50x100 0.51x20' is 100 shares at 0.50 and 20 at 0.51. */
export function levels(text: string): Level[] {
  return text
    .split(' ')
    .filter((part) => part !== '')
    .map((part) => {
      const [priceText = '', size = ''] = part.split('x');
      return { priceMicros: at(priceText), shareMicros: sh(size) };
    });
}

export interface Change {
  readonly intent?: Partial<CopyIntent>;
  readonly market?: Partial<MarketFacts> | null;
  readonly book?: Partial<Book> | null;
  readonly portfolio?: Partial<DecisionFacts['portfolio']>;
  readonly settings?: Partial<ModeSettings>;
}

const GROUP_KEY = groupKey(['fill-1']);

/** A leader buys 400 shares at 0.50 for $200; nothing is known against copying it. */
const INTENT: CopyIntent = {
  leaderAddress: LEADER,
  tokenId: TOKEN,
  conditionId: CONDITION,
  side: 'BUY',
  sourceType: 'IMMEDIATE',
  groupKey: GROUP_KEY,
  idempotencyKey: idempotencyKey({ leaderAddress: LEADER, tokenId: TOKEN, side: 'BUY', groupKey: GROUP_KEY }),
  fillCount: 1,
  leaderNotionalMicros: usd('200'),
  leaderShareMicros: sh('400'),
  referencePriceMicros: at('0.50'),
  leaderEventAtMs: NOW - 500,
  detectedAtMs: NOW - 100,
  newest: { eventAtMs: NOW - 500, detectedAtMs: NOW - 100, ownWaitMs: 0 },
  ourNotionalMicros: null,
  leaderExposureMicros: usd('4000'),
  leaderExited: false,
  exit: null,
  exitOnly: false,
  waitedMs: 0,
  presetReason: null,
};

const MARKET: MarketFacts = {
  tokenId: TOKEN,
  conditionId: CONDITION,
  outcomeTokenIds: [TOKEN],
  tickPriceMicros: at('0.01'),
  orderShareMicrosMin: sh('5'),
  fee: null,
  acceptingOrders: true,
  protocolVersion: 'v1',
  negRisk: false,
  takerDelayMs: 0,
  closeAtMs: NOW + 86_400_000,
  asOfMs: NOW - 1_000,
};

const BOOK: Book = {
  tokenId: TOKEN,
  bids: levels('0.49x1000 0.48x1000'),
  asks: levels('0.50x1000 0.51x1000'),
  asOfMs: NOW - 50,
  hash: 'f'.repeat(40),
};

/** $10,000 in all, a tenth of it in positions. */
const PORTFOLIO: DecisionFacts['portfolio'] = {
  paused: false,
  cashMicros: usd('9000'),
  equityMicros: usd('10000'),
  unsureMicros: usd('0'),
  totalExposureMicros: usd('1000'),
  marketExposureMicros: usd('0'),
  leaderExposureMicros: usd('0'),
  holdingShareMicros: sh('0'),
  ownShareMicros: sh('0'),
  owedShareMicros: sh('0'),
  dayPnlMicros: usd('0'),
  weekPnlMicros: usd('0'),
  pnlMicros: usd('0'),
  peakPnlMicros: usd('0'),
  flowMicros: usd('10000'),
};

/**
 * The earlier paper rules (A54) at a copy rate of 10 %, so that the example's target is $20. The rate sizes exits too, and slippage
 * bounds no price: what is about exits or slippage names them (aFraction).
 */
const SETTINGS: ModeSettings = {
  ...defaultSettings('PAPER'),
  ...PRESETS.earlierPaper.settings,
  copyRateBps: 1_000,
};

/** Where a change names only what can be sold, as much is the leader's own. */
function portfolioOf(change: Change['portfolio']): DecisionFacts['portfolio'] {
  const { holdingShareMicros = PORTFOLIO.holdingShareMicros } = change ?? {};
  return { ...PORTFOLIO, ownShareMicros: holdingShareMicros, ...change };
}

export function exampleFacts(change: Change = {}): DecisionFacts {
  return {
    intent: { ...INTENT, ...change.intent },
    market: change.market === null ? null : { ...MARKET, ...change.market },
    book: change.book === null ? null : { ...BOOK, ...change.book },
    portfolio: portfolioOf(change.portfolio),
    nowMs: NOW,
  };
}

export function exampleSettings(change: Change = {}): ModeSettings {
  return { ...SETTINGS, ...change.settings };
}

/** One change laid over another, section by section. */
export function both(first: Change, second: Change): Change {
  return {
    intent: { ...first.intent, ...second.intent },
    market: second.market === null || first.market === null ? null : { ...first.market, ...second.market },
    book: second.book === null || first.book === null ? null : { ...first.book, ...second.book },
    portfolio: { ...first.portfolio, ...second.portfolio },
    settings: { ...first.settings, ...second.settings },
  };
}

/** The leader sells 400 shares at 0.50 for $200; we hold 100 of theirs, and 10 % of $200 are 40 of them. */
export const A_SALE: Change = {
  intent: { side: 'SELL' },
  portfolio: { holdingShareMicros: sh('100'), ownShareMicros: sh('100') },
};

/** The leader sells so many of the shares that they held; sized by that fraction, with the slippage that is shipped (A43). */
export function aFraction(sold: string, held: string): Change {
  const { exitSizing, slippageBpsBuy, slippageBpsSell } = defaultSettings('LIVE');
  return both(A_SALE, {
    intent: { exit: { kind: 'FRACTION', soldShareMicros: sh(sold), heldShareMicros: sh(held) } },
    settings: { exitSizing, slippageBpsBuy, slippageBpsSell },
  });
}

export function decideExample(change: Change = {}): Decision {
  return decide(exampleFacts(change), exampleSettings(change));
}

export function clampNames(decision: Decision): readonly Clamp[] {
  return decision.clamps.map((step) => step.clamp);
}

/** A decision as one line: 'BUY 39.21 @ 0.51 (BANKROLL)' or 'SKIP BOOK_STALE, MARKET_UNKNOWN'. */
export function outcome(decision: Decision): string {
  if (decision.kind === 'SKIP') return `SKIP ${decision.reasons.join(', ')}`;
  const { side, shareMicros, limitPriceMicros } = decision.plan;
  const clamps = decision.clamps.length === 0 ? '' : ` (${clampNames(decision).join(', ')})`;
  return `${side} ${formatMicros(shareMicros)} @ ${formatMicros(limitPriceMicros)}${clamps}`;
}
