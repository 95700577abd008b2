/**
 * What a BUY spends (A51): at any price, with the settings that are shipped, within 3 % below its target and never above it, on
 * paper and as the amounts of the live order.
 */
import { describe, expect, it } from 'vitest';
import { decide } from '../../../domain/decide/decide.ts';
import { planOrder } from '../../../domain/decide/order-plan.ts';
import { formatMicros } from '../../../domain/money.ts';
import { paperFills, totalOf } from '../../../domain/portfolio/paper-fills.ts';
import { defaultSettings } from '../../../domain/settings/settings.ts';
import { at, exampleFacts, levels, TOKEN, usd } from './example-facts.ts';

/** The price of the leader and of a deep best ask, and the tick. */
const PLACES = [
  ['0.02', '0.01'],
  ['0.05', '0.01'],
  ['0.10', '0.01'],
  ['0.50', '0.01'],
  ['0.95', '0.01'],
  ['0.02', '0.001'],
  ['0.05', '0.001'],
  ['0.10', '0.001'],
  ['0.333', '0.001'],
  ['0.50', '0.001'],
  ['0.95', '0.001'],
  ['0.987', '0.001'],
] as const;

const CASES = (['PAPER', 'LIVE'] as const).flatMap((mode) =>
  PLACES.flatMap(([price, tick]) =>
    ['10', '10.01', '13.37', '20', '24.99', ...(mode === 'PAPER' ? ['75'] : [])].map(
      (target) => [mode, target, price, tick] as const,
    ),
  ),
);

describe('a buy of a target of $10 or more', () => {
  it.each(CASES)('on %s of $%s at %s with a tick of %s', (mode, target, price, tick) => {
    const step = at(tick);
    const size = 1_000_000n;
    const facts = exampleFacts({
      // The shipped rate is 1 %.
      intent: { leaderNotionalMicros: usd(String(Number(target) * 100)), referencePriceMicros: at(price) },
      market: { tickPriceMicros: step },
      book: {
        bids: levels(`${formatMicros(at(price) - step)}x${size}`),
        asks: levels(`${price}x${size} ${formatMicros(at(price) + step)}x${size}`),
      },
    });
    const settings = defaultSettings(mode);
    const decision = decide(facts, settings);
    if (decision.kind === 'SKIP') throw new Error(decision.reasons.join());
    expect(decision.targetNotionalMicros).toBe(usd(target));
    const isNear = (spend: bigint): boolean => spend <= usd(target) && spend * 100n >= usd(target) * 97n;

    const spend = totalOf(paperFills(decision.plan, facts.book!, null)).notionalMicros;
    expect(isNear(spend), `paper ${spend}`).toBe(true);

    const { market, book, nowMs } = facts;
    const result = planOrder({
      plan: decision.plan,
      targetNotionalMicros: decision.targetNotionalMicros,
      tokenId: TOKEN,
      market: market!,
      book: book!,
      settings,
      nowMs,
    });
    if (result.kind === 'refused') throw new Error(result.reason);
    const { makerMicros, takerMicros } = result.order;
    expect(isNear(makerMicros), `live gives ${makerMicros}`).toBe(true);
    // The same where the venue fills the shares that are asked for, all at the best ask.
    const filled = (takerMicros * at(price)) / 1_000_000n;
    expect(isNear(filled), `live fills ${filled}`).toBe(true);
  });
});
