/** What people read for each guard, its verdict and its bound. A new guard without a label does not compile. */
import type { Bound, Guardrail, Verdict } from '../../domain/decide/guards.ts';
import type { ReplayedField } from '../../domain/explain/replay.ts';

export const GUARDRAIL_LABELS = {
  foundBefore: 'A reason found before the engine was asked',
  paused: 'Trading paused',
  exitOnly: 'Only exits of this leader are copied',
  age: 'Age of the leader’s trade',
  leaderMinimum: 'Size of the leader’s trade',
  exitAge: 'Age of the leader’s exit',
  holding: 'Something to sell',
  marketKnown: 'The market is known',
  accepting: 'The market takes orders',
  feeKnown: 'The market’s fee is known',
  bookThere: 'There is an order book',
  bookAge: 'Age of the order book',
  crossed: 'The order book is crossed',
  blacklist: 'The market is on the blacklist',
  closeTime: 'Time until the market closes',
  leaderExposureKnown: 'The leader’s own exposure is known',
  equityKnown: 'Our equity is known',
  budget: 'Target against what is left of the budget',
  spread: 'Spread',
  priceAgainstLeader: 'Best price against the leader’s',
  priceAgainstMid: 'Best price against the mid',
  liquidity: 'Best price against our limit price',
  cash: 'Cost with the fee against free cash',
  saleWithinHolding: 'Our part of the exit against what can be sold',
  depth: 'Depth of the book within the bounds',
  raiseTrade: 'Raised to the venue’s minimum: largest trade',
  raiseBudget: 'Raised to the venue’s minimum: budget',
  raiseCash: 'Raised to the venue’s minimum: cash',
  raiseDepth: 'Raised to the venue’s minimum: depth',
  venueMinimum: 'Size against the venue’s minimum',
  smallestTrade: 'Target against our smallest trade',
  priceCap: 'Price per share',
  marks: 'Value without a good price',
  equityPositive: 'Equity',
  dailyLoss: 'Profit since midnight UTC',
  weeklyLoss: 'Profit over seven days',
  drawdown: 'Fall from the highest profit',
  totalExposure: 'Total exposure with this copy',
  marketExposure: 'Exposure in this market with this copy',
  leaderExposure: 'Exposure after this leader with this copy',
  buyingBack: 'Against shares that an exit still owes',
} as const satisfies Record<Guardrail, string>;

export const VERDICT_LABELS = {
  stopped: 'Stopped',
  passed: 'Passed',
  trimmed: 'Cut the size',
  raised: 'Raised the size',
  notReached: 'Not reached',
  doesNotApply: 'Does not apply',
} as const satisfies Record<Verdict, string>;

export const BOUND_LABELS = {
  atMost: 'at most',
  atLeast: 'at least',
  below: 'below',
  above: 'above',
} as const satisfies Record<Bound, string>;

export const REPLAYED_LABELS = {
  decision: 'the decision',
  reasons: 'the reasons',
  clamps: 'the clamps',
  targetNotionalMicros: 'the target',
  targetShareMicros: 'the shares',
  effectiveRateBps: 'the rate',
  midPriceMicros: 'the mid price',
  limitPriceMicros: 'the limit price',
} as const satisfies Record<ReplayedField, string>;
