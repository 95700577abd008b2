/** Market facts, kept in SQLite with their age: tick, minimum, fee, whether orders are accepted, close time, names, payouts. */
import type { ConditionId, TokenId } from '../../domain/ids.ts';
import { fromJson, toJson } from '../../domain/json.ts';
import type { FeeSchedule, MarketFacts } from '../../domain/market/market.ts';
import type { PriceMicros } from '../../domain/money.ts';
import { MINUTE_MS, SECOND_MS } from '../../domain/time.ts';
import type { ClobApi } from '../../polymarket/public/clob-api.ts';
import type { DataApi } from '../../polymarket/public/data-api.ts';
import type { GammaApi } from '../../polymarket/public/gamma-api.ts';
import { agreedVersion } from '../../polymarket/public/protocol-version.ts';
import { conditionOf } from '../platform/id-columns.ts';
import type { Outbox } from '../platform/outbox.ts';
import { type ObjectPorts, reasonOf, text } from '../platform/ports.ts';

/** Older facts are read again before they are used: tick and acceptance change while a market runs. */
const FACTS_AGE_MS_MAX = 2 * MINUTE_MS;
/** Pause before a market that the venue did not know is read again: new ones appear late (polymarket-api.md 1.9). */
const ABSENT_RETRY_MS = 5 * SECOND_MS;
/** Pause between two reads of the payout of a market that may have ended. */
const PAYOUT_RETRY_MS = 20 * SECOND_MS;

interface Stored {
  readonly facts: readonly MarketFacts[];
  readonly title: string;
  readonly slug: string;
  readonly outcomes: readonly string[];
  readonly payouts: readonly PriceMicros[] | null;
  readonly revision: number;
}

export class MarketFactsStore {
  private readonly byCondition = new Map<ConditionId, Stored>();
  private readonly conditionOf = new Map<TokenId, ConditionId>();
  private readonly reading = new Map<ConditionId, Promise<void>>();
  private readonly triedAtMs = new Map<ConditionId, number>();
  private readonly payoutTriedAtMs = new Map<ConditionId, number>();
  private readonly expired = new Set<ConditionId>();

  constructor(
    private readonly ports: ObjectPorts,
    private readonly clob: ClobApi,
    private readonly gamma: GammaApi,
    private readonly data: DataApi,
    private readonly outbox: Outbox,
  ) {
    ports.storage.rows(
      'CREATE TABLE IF NOT EXISTS market (condition TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, body TEXT NOT NULL) STRICT, WITHOUT ROWID',
    );
    for (const row of ports.storage.rows('SELECT condition, body FROM market')) {
      const condition = conditionOf(row, 'condition');
      const stored = fromJson<Stored>(text(row, 'body'));
      this.keep(condition, withOrderFacts(stored));
      if (stored.facts.some((facts) => facts.protocolVersion === undefined)) this.expire(condition);
    }
  }

  get(token: TokenId): MarketFacts | undefined {
    const condition = this.conditionOf.get(token);
    return condition === undefined
      ? undefined
      : this.byCondition.get(condition)?.facts.find((facts) => facts.tokenId === token);
  }

  /** Facts of every token of a condition; empty while unknown. */
  tokensOf(condition: ConditionId): readonly MarketFacts[] {
    return this.byCondition.get(condition)?.facts ?? [];
  }

  /** Makes the next use read the facts again. */
  expire(condition: ConditionId): void {
    this.expired.add(condition);
  }

  /** Reads the facts unless young ones are known. Never rejects: what could not be read stays as it was, with its age. */
  ensure(condition: ConditionId): Promise<void> {
    const nowMs = this.ports.nowMs();
    const known = this.byCondition.get(condition);
    const ageMs = nowMs - (known?.facts[0]?.asOfMs ?? 0);
    if (known?.payouts) return Promise.resolve();
    // Names and close time come from another service; until it has answered the facts are incomplete (W18).
    const whole = known !== undefined && known.slug !== '';
    if (whole && ageMs <= FACTS_AGE_MS_MAX && !this.expired.has(condition)) return Promise.resolve();
    const running = this.reading.get(condition);
    if (running !== undefined) return running;
    if (!whole && nowMs - (this.triedAtMs.get(condition) ?? 0) < ABSENT_RETRY_MS) return Promise.resolve();
    this.triedAtMs.set(condition, nowMs);
    const reading = this.read(condition).finally(() => this.reading.delete(condition));
    this.reading.set(condition, reading);
    return reading;
  }

  /** The payout per share once the market has resolved; null before. A payout may be any fraction of a dollar (W25). */
  async payout(token: TokenId, condition: ConditionId): Promise<PriceMicros | null> {
    await this.ensure(condition);
    const known = this.byCondition.get(condition);
    if (known === undefined) return null;
    const index = known.facts.findIndex((facts) => facts.tokenId === token);
    if (known.payouts !== null) return known.payouts[index] ?? null;
    const facts = known.facts[index];
    const nowMs = this.ports.nowMs();
    const mayHaveEnded =
      facts !== undefined &&
      (!facts.acceptingOrders || (facts.closeAtMs !== null && nowMs >= facts.closeAtMs));
    if (!mayHaveEnded || nowMs - (this.payoutTriedAtMs.get(condition) ?? 0) < PAYOUT_RETRY_MS) return null;
    this.payoutTriedAtMs.set(condition, nowMs);
    const payouts = await this.readPayouts(condition);
    if (payouts === null) return null;
    this.put(condition, { ...known, payouts, revision: known.revision + 1 });
    return payouts[index] ?? null;
  }

  private async read(condition: ConditionId): Promise<void> {
    try {
      const [market, named] = await Promise.all([
        this.clob.fetchMarket(condition),
        this.gamma.fetchMarketByCondition(condition).catch((error: unknown) => {
          this.ports.log('warn', 'no market names from Gamma', { condition, reason: reasonOf(error) });
          return undefined;
        }),
      ]);
      if (market === undefined) return;
      const before = this.byCondition.get(condition);
      const fee: FeeSchedule | null = market.fee;
      const tokenIds = market.tokens.map((token) => token.tokenId);
      const version = agreedVersion({ version: market.version, tokenIds });
      if (version === null) {
        this.ports.log('warn', 'market whose protocol version is missing or contradicts its token ids', {
          condition,
        });
      }
      const next: Stored = {
        facts: tokenIds.map((tokenId) => ({
          tokenId,
          conditionId: condition,
          outcomeTokenIds: tokenIds,
          tickPriceMicros: market.tickPriceMicros,
          orderShareMicrosMin: market.orderShareMicrosMin,
          fee,
          acceptingOrders: market.acceptingOrders,
          protocolVersion: version,
          negRisk: market.negRisk,
          takerDelayMs: market.takerDelayMs,
          closeAtMs: named?.closeAtMs ?? before?.facts[0]?.closeAtMs ?? null,
          asOfMs: this.ports.nowMs(),
        })),
        title: named?.title ?? before?.title ?? '',
        slug: named?.slug ?? before?.slug ?? '',
        outcomes: market.tokens.map((token) => token.outcome),
        payouts: before?.payouts ?? null,
        revision: (before?.revision ?? 0) + 1,
      };
      this.expired.delete(condition);
      this.put(condition, next);
    } catch (error) {
      this.ports.log('warn', 'no market facts', { condition, reason: reasonOf(error) });
    }
  }

  private async readPayouts(condition: ConditionId): Promise<readonly PriceMicros[] | null> {
    try {
      const resolution = await this.data.fetchResolution(condition);
      return resolution?.status === 'resolved' ? resolution.payoutPriceMicros : null;
    } catch (error) {
      this.ports.log('warn', 'no resolution', { condition, reason: reasonOf(error) });
      return null;
    }
  }

  private keep(condition: ConditionId, stored: Stored): void {
    this.byCondition.set(condition, stored);
    for (const facts of stored.facts) this.conditionOf.set(facts.tokenId, condition);
  }

  /** Keeps the facts. A row goes to D1 only when something that pages show has changed. */
  private put(condition: ConditionId, stored: Stored): void {
    const before = this.byCondition.get(condition);
    this.keep(condition, stored);
    this.ports.storage.transaction(() => {
      this.ports.storage.rows(
        'INSERT INTO market (condition, at_ms, body) VALUES (?, ?, ?) ON CONFLICT (condition) DO UPDATE SET at_ms = excluded.at_ms, body = excluded.body',
        condition,
        this.ports.nowMs(),
        toJson(stored),
      );
      if (before !== undefined && shown(before) === shown(stored)) return;
      stored.facts.forEach((facts, index) => {
        this.outbox.add({
          kind: 'market',
          tokenId: facts.tokenId,
          conditionId: condition,
          title: stored.title,
          slug: stored.slug,
          outcome: stored.outcomes[index] ?? '',
          closeAtMs: facts.closeAtMs,
          tickPriceMicros: facts.tickPriceMicros,
          acceptingOrders: facts.acceptingOrders,
          payoutPriceMicros: stored.payouts?.[index] ?? null,
          revision: stored.revision,
        });
      });
    });
  }
}

/** Fills in fields that older rows lack: no live order is placed on such facts, and they are read again. */
function withOrderFacts(stored: Stored): Stored {
  const unknown = { protocolVersion: null, negRisk: null, takerDelayMs: 0 };
  return { ...stored, facts: stored.facts.map((facts) => ({ ...unknown, ...facts })) };
}

/** What pages show of a market, as one text to compare. */
function shown(stored: Stored): string {
  const [first] = stored.facts;
  return toJson([
    stored.title,
    stored.slug,
    stored.outcomes,
    stored.payouts,
    first?.closeAtMs,
    first?.acceptingOrders,
    first?.tickPriceMicros,
  ]);
}
