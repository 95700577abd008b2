// A year of copying as rows: leader fills, the attempts that they led to in both Wallets, our fills, the ledger, live
// orders. Scattered by chance from a seed, with the few rare rows that filters are tried on.
import type { DatabaseSync } from 'node:sqlite';
import type { ReasonCode, SourceType } from '../../../domain/decide/reasons.ts';
import { encodeFacts } from '../../../domain/explain/facts-codec.ts';
import { EXTERNAL_LEADER } from '../../../domain/ids.ts';
import type { OrderState } from '../../../domain/orders/orders.ts';
import type { CopyAttemptRecord } from '../../../domain/records/records.ts';
import { liveFills, liveOrders } from '../../../ledger/schema/live-schema.ts';
import {
  copyAttempts,
  copyFills,
  groupMembers,
  leaderFills,
  ledgerEntries,
} from '../../../ledger/schema/schema.ts';
import { exampleFacts, levels, sh, usd } from '../../domain/decide/example-facts.ts';
import {
  attempt,
  copyFill,
  groupMember,
  leaderFill,
  ledgerEntry,
  liveFill,
  liveOrder,
  type Part,
  shadowOrder,
} from '../../ledger/records.ts';
import { inserter } from './inserter.ts';
import {
  Chance,
  COMMON_REASON,
  FILLS_MS,
  type Market,
  RARE_LEADER_ROWS,
  RARE_REASON,
  RARE_REASON_ROWS,
  type Scale,
  SPAN_MS,
} from './scale.ts';

/** Facts are read one attempt at a time, and of the last day for a preview; each is as large as the rest of its row. */
const FACTS_KEPT_MS = 2 * 86_400_000;
/** As the retention settings keep them. */
const FACTS_KEPT_MS_MAX = 90 * 86_400_000;
/** In a small history so many attempts have them. */
const FACTS_ROWS_MIN = 4_000;
const YEAR_MS = 365 * 86_400_000;
/** One group in so many is copied live too, which makes live a twentieth of all attempts. */
const LIVE_EVERY = 19;
const EXTERNAL_FILLS = 10;
const REASONS: readonly [ReasonCode, ...ReasonCode[]] = [
  COMMON_REASON,
  'BOOK_STALE',
  'PRICE_WORSE_THAN_THEIR_FILL',
  'PRICE_TOO_FAR_OVER_MID',
  'NO_LIQUIDITY_WITHIN_BOUNDS',
  'RISK_CAP_MARKET',
  'MARKET_TOO_CLOSE_TO_CLOSE',
  'NOT_ENOUGH_POSITION_TO_SELL',
];

/** A group of leader fills on its way through the Wallets. */
interface Act {
  readonly at: number;
  readonly leaderAddress: string;
  readonly market: Market;
  readonly tokenId: string;
  readonly groupKey: string;
  readonly idempotencyKey: string;
  readonly sourceType: SourceType;
  readonly side: 'BUY' | 'SELL';
  readonly facts: string;
}

export class TradeRows {
  private readonly put;
  private readonly chance: Chance;
  private readonly facts: readonly [string, ...string[]];
  private readonly scale: Scale;
  private readonly spanMs: number;
  private externals = 0;
  private nextId = 0;

  constructor(sqlite: DatabaseSync, scale: Scale, spanMs = SPAN_MS) {
    this.spanMs = spanMs;
    this.scale = scale;
    this.chance = new Chance(`${scale.seed}:trades`);
    this.facts = someFacts();
    this.put = {
      fill: inserter(sqlite, leaderFills),
      attempt: inserter<CopyAttemptRecord>(sqlite, copyAttempts),
      member: inserter(sqlite, groupMembers),
      copyFill: inserter(sqlite, copyFills),
      entry: inserter(sqlite, ledgerEntries),
      order: inserter(sqlite, liveOrders),
      liveFill: inserter(sqlite, liveFills),
    };
  }

  /** Writes them all, oldest first. */
  write(): void {
    if (this.spanMs === SPAN_MS) this.writeOld();
    const { rows, fromMs } = this.scale;
    const groups = Math.round((rows * LIVE_EVERY) / (LIVE_EVERY + 1));
    const rareEvery = Math.max(1, Math.floor((groups * 0.02) / RARE_REASON_ROWS));
    for (let index = 0; index < groups; index += 1) {
      const part = (index + this.chance.next()) / groups;
      const act = this.act(fromMs + Math.floor(part * this.spanMs), part);
      const isRare = index < RARE_REASON_ROWS * rareEvery && index % rareEvery === 0;
      if (this.isRecent(act)) this.leaderFills(act);
      this.paper(act, isRare ? RARE_REASON : undefined);
      if (index % LIVE_EVERY === 0) this.live(act);
    }
  }

  /** A leader and a market without a trade for years. */
  private writeOld(): void {
    const { fromMs, leaders, markets } = this.scale;
    const [oldest, other] = markets;
    if (oldest === undefined || other === undefined) throw new Error('a history needs markets');
    for (let number = 0; number < RARE_LEADER_ROWS; number += 1) {
      const at = fromMs - 2 * YEAR_MS + number * 1_000;
      const rare = { ...this.act(at, 0), leaderAddress: leaders.at(-1) ?? '', market: other };
      const old = { ...this.act(at + 500, 0), market: oldest };
      for (const act of [rare, old]) {
        const whole = { ...act, tokenId: act.market.tokens[0] };
        this.leaderFills(whole);
        this.paper(whole, undefined);
        this.live({ ...whole, at: whole.at + 100 });
      }
    }
  }

  /** A cube of chance makes a few leaders very busy; markets are traded for a while each, some evergreen ones always. */
  private act(at: number, part: number): Act {
    const { chance } = this;
    const { leaders, markets, untilMs } = this.scale;
    const traded =
      chance.next() < 0.05
        ? 1 + chance.below(20)
        : Math.floor((part * 0.97 + chance.next() * 0.03) * markets.length);
    const market = markets[Math.max(1, Math.min(markets.length - 1, traded))];
    const leaderAddress = leaders[Math.floor(chance.next() ** 3 * (leaders.length - 1))];
    if (market === undefined || leaderAddress === undefined) throw new Error('a history needs leaders');
    const kind = chance.next();
    return {
      at,
      leaderAddress,
      market,
      tokenId: market.tokens[chance.below(2)] ?? market.tokens[0],
      groupKey: chance.orderedId(this.nextId),
      idempotencyKey: chance.orderedId(this.nextId++),
      sourceType: kind < 0.65 ? 'IMMEDIATE' : kind < 0.9 ? 'AGGREGATOR' : kind < 0.995 ? 'BUFFER' : 'CARRY',
      side: chance.next() < 0.6 ? 'BUY' : 'SELL',
      facts: untilMs - at < this.factsKeptMs() ? chance.pick(this.facts) : '',
    };
  }

  private factsKeptMs(): number {
    return Math.max(FACTS_KEPT_MS, Math.min(FACTS_KEPT_MS_MAX, (YEAR_MS * FACTS_ROWS_MIN) / this.scale.rows));
  }

  private leaderFills(act: Act): void {
    const { chance, put } = this;
    const { leaderAddress, tokenId, side, sourceType } = act;
    // A buffer holds two groups, which end in one attempt; of the others one in ten has a second fill.
    const buffered = sourceType === 'BUFFER' || sourceType === 'CARRY';
    const count = buffered || chance.next() < 0.11 ? 2 : 1;
    for (let number = 0; number < count; number += 1) {
      const groupKey = buffered ? chance.orderedId(this.nextId++) : act.groupKey;
      const eventAtMs = act.at - 900 + number;
      put.fill(
        leaderFill({
          ...{ fillId: chance.orderedId(this.nextId++), leaderAddress, tokenId, side, groupKey },
          ...{ txHash: `0x${chance.id()}`, conditionId: act.market.conditionId },
          ...{ eventAtMs, detectedAtMs: eventAtMs + 100 + chance.below(800) },
        }),
      );
      if (buffered) {
        put.member(groupMember({ memberId: groupKey, groupKey: act.groupKey }));
      }
    }
  }

  /** Rows of years ago have their fills too: filters are tried on them. */
  private isRecent({ at }: Act): boolean {
    const { fromMs, untilMs } = this.scale;
    return untilMs - at < FILLS_MS || at < fromMs;
  }

  private common(act: Act) {
    const { leaderAddress, groupKey, idempotencyKey, tokenId, side, sourceType, facts, at } = act;
    return {
      ...{ leaderAddress, groupKey, idempotencyKey, tokenId, side, sourceType, facts },
      conditionId: act.market.conditionId,
      ...{ leaderEventAtMs: at - 900, detectedAtMs: at - 40, decidedAtMs: at },
    };
  }

  private paper(act: Act, preset: ReasonCode | undefined): void {
    const { chance, put } = this;
    const common = this.common(act);
    if (preset !== undefined || chance.next() < 0.5) {
      put.attempt(skipped(common, 'PAPER', preset ?? chance.pick(REASONS)));
      return;
    }
    put.attempt(attempt(common));
    if (!this.isRecent(act)) return;
    const { leaderAddress, groupKey, tokenId, side } = common;
    const own = { leaderAddress, tokenId };
    put.copyFill(
      copyFill({ ...own, groupKey, side, fillKey: `${common.idempotencyKey}:0`, filledAtMs: act.at + 1 }),
    );
    const booked = { ...own, conditionId: common.conditionId, bookedAtMs: act.at + 1 };
    put.entry(ledgerEntry({ ...booked, refId: `copy:${common.idempotencyKey}` }));
  }

  private live(act: Act): void {
    const { chance, put } = this;
    const common = this.common(act);
    const kind = chance.next();
    if (kind < 0.01) {
      const reasons: ReasonCode[] = ['LIVE_WAITING_FOR_SHARES'];
      put.attempt({ ...skipped(common, 'LIVE', 'LIVE_WAITING_FOR_SHARES'), decision: 'WAIT', reasons });
      return;
    }
    if (kind < 0.5)
      put.attempt(skipped(common, 'LIVE', kind < 0.1 ? 'LIVE_SHADOW_ONLY' : chance.pick(REASONS)));
    else put.attempt(attempt({ ...common, mode: 'LIVE' }));
    if (kind < 0.1 || kind >= 0.5) this.order(act, kind < 0.1);
  }

  private order(act: Act, shadow: boolean): void {
    const { chance, put } = this;
    const { leaderAddress, groupKey, idempotencyKey, tokenId, side, conditionId } = this.common(act);
    const common = { leaderAddress, idempotencyKey, tokenId, side, conditionId };
    const createdAtMs = act.at + 2;
    if (shadow) {
      put.order(shadowOrder({ ...common, groupKey, orderKey: `shadow:${idempotencyKey}`, createdAtMs }));
      return;
    }
    const orderId = `0x${chance.id()}`;
    const fate = chance.next();
    const state: OrderState = fate < 0.8 ? 'FILLED' : fate < 0.99 ? 'CANCELED' : 'REJECTED';
    put.order(liveOrder({ ...common, groupKey, orderKey: orderId, orderId, state, createdAtMs }));
    if (state !== 'FILLED') return;
    const trade = { matchedAtMs: createdAtMs + 90, seenAtMs: createdAtMs + 100, state: 'CONFIRMED' } as const;
    put.liveFill(
      liveFill({ ...common, ...trade, tradeId: chance.id(), orderId, txHash: `0x${chance.id()}` }),
    );
    put.entry(
      ledgerEntry({
        ...{ mode: 'LIVE', refId: `fill:${orderId}`, leaderAddress, tokenId, conditionId },
        bookedAtMs: createdAtMs + 100,
      }),
    );
    if (this.externals >= EXTERNAL_FILLS) return;
    this.externals += 1;
    const external = { origin: 'EXTERNAL', leaderAddress: EXTERNAL_LEADER, idempotencyKey: '' } as const;
    put.liveFill(
      liveFill({ ...common, ...trade, ...external, tradeId: chance.id(), orderId: `0x${chance.id()}` }),
    );
  }
}

function skipped(
  common: Part<CopyAttemptRecord>,
  mode: 'PAPER' | 'LIVE',
  reason: ReasonCode,
): CopyAttemptRecord {
  const nothing = { filledShareMicros: 0n, filledNotionalMicros: 0n, feeMicros: 0n, vwapPriceMicros: null };
  return attempt({ ...common, ...nothing, mode, decision: 'SKIP', reasons: [reason], clamps: [] });
}

/** A few distinct ones of the size that a real book makes them. */
function someFacts(): readonly [string, ...string[]] {
  const facts = (cents: number): string => {
    const side = (step: number) =>
      Array.from({ length: 12 }, (_, level) => `0.${cents + step * (level + 1)}x${120 + level * 37}.5`).join(
        ' ',
      );
    return encodeFacts(
      exampleFacts({
        book: { bids: levels(side(-1)), asks: levels(side(1)), hash: 'ab'.repeat(20) },
        portfolio: { cashMicros: usd(`${9_000 + cents}`), holdingShareMicros: sh(`${cents}.25`) },
      }),
    );
  };
  return [facts(31), facts(42), facts(53), facts(64)];
}
