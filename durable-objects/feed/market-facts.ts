/**
 * Market facts, kept in SQLite with their age: tick, minimum, fee, whether orders are accepted, close time, names, payouts. In
 * memory are those that were used last, and of every market without a result whether it may have ended.
 */
import type { ConditionId, TokenId } from '../../domain/ids.ts';
import { toJson } from '../../domain/json.ts';
import type { MarketFacts } from '../../domain/market/market.ts';
import type { PriceMicros } from '../../domain/money.ts';
import { MINUTE_MS, SECOND_MS } from '../../domain/time.ts';
import type { ClobApi } from '../../polymarket/public/clob-api.ts';
import { CLOSED_MAX, type GammaApi } from '../../polymarket/public/gamma-api.ts';
import { agreedVersion } from '../../polymarket/public/protocol-version.ts';
import type { Outbox } from '../platform/outbox.ts';
import { type ObjectPorts, reasonOf } from '../platform/ports.ts';
import { batchesOf, inTurns } from './in-turns.ts';
import { MarketStore, openMarket, type StoredMarket } from './market-store.ts';

/** Older facts are read again before they are used: tick and acceptance change while a market runs. */
const FACTS_AGE_MS_MAX = 2 * MINUTE_MS;
/** Pause before a market that the venue did not know is read again: new ones appear late (polymarket-api.md 1.9). */
const ABSENT_RETRY_MS = 5 * SECOND_MS;

export class MarketFactsStore {
  private readonly store: MarketStore;
  private readonly reading = new Map<ConditionId, Promise<void>>();
  private readonly triedAtMs = new Map<ConditionId, number>();
  /** Markets whose end the venue has announced, or that have lost their book. */
  private readonly signs = new Set<ConditionId>();
  private readonly expired = new Set<ConditionId>();
  /** When Gamma was last asked whether a held market has closed. */
  private readonly closedAskedAtMs = new Map<ConditionId, number>();

  constructor(
    private readonly ports: ObjectPorts,
    private readonly clob: ClobApi,
    private readonly gamma: GammaApi,
    private readonly outbox: Outbox,
  ) {
    this.store = new MarketStore(ports.storage);
  }

  /** From memory; a market that is not there comes with `ensure`. */
  get(token: TokenId): MarketFacts | undefined {
    const condition = this.store.conditionOf(token);
    return condition === undefined
      ? undefined
      : this.store.of(condition)?.facts.find((facts) => facts.tokenId === token);
  }

  /** Facts of every token of a condition; empty while unknown. */
  tokensOf(condition: ConditionId): readonly MarketFacts[] {
    return this.store.of(condition)?.facts ?? [];
  }

  /** Makes the next use read the facts again. */
  expire(condition: ConditionId): void {
    this.expired.add(condition);
  }

  /** Reads the facts unless young ones are known. Never rejects: what could not be read stays as it was, with its age. */
  ensure(condition: ConditionId): Promise<void> {
    const nowMs = this.ports.nowMs();
    const known = this.store.of(condition);
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

  /**
   * Reads the facts of markets that are not known, and asks Gamma which of the others have closed, many at once: a mark needs no
   * more of them. Never rejects, as `ensure`.
   */
  async ensureNamed(conditions: readonly ConditionId[]): Promise<void> {
    const known = conditions.filter((condition) => (this.store.of(condition)?.slug ?? '') !== '');
    const unknown = conditions.filter((condition) => !known.includes(condition));
    await Promise.all([
      inTurns(unknown, (condition) => this.ensure(condition)),
      inTurns(batchesOf(this.dueForClosed(known), CLOSED_MAX), (batch) => this.askClosed(batch)),
    ]);
  }

  /** Markets that may have closed since they were read or asked about. */
  private dueForClosed(known: readonly ConditionId[]): readonly ConditionId[] {
    const nowMs = this.ports.nowMs();
    return known.filter((condition) => {
      const market = this.store.of(condition);
      if (market === undefined || market.payouts !== null || market.closed === true) return false;
      const asOfMs = Math.max(market.facts[0]?.asOfMs ?? 0, this.closedAskedAtMs.get(condition) ?? 0);
      return nowMs - asOfMs > FACTS_AGE_MS_MAX;
    });
  }

  private async askClosed(batch: readonly ConditionId[]): Promise<void> {
    for (const condition of batch) this.closedAskedAtMs.set(condition, this.ports.nowMs());
    try {
      for (const condition of await this.gamma.listClosed(batch)) {
        this.closedAskedAtMs.delete(condition);
        const before = this.store.of(condition);
        if (before === undefined || before.payouts !== null) continue;
        const facts = before.facts.map((one) => ({ ...one, acceptingOrders: false }));
        this.put(condition, { ...before, facts, closed: true, revision: before.revision + 1 });
      }
    } catch (error) {
      this.ports.log('warn', 'Gamma did not say which markets have closed', { reason: reasonOf(error) });
    }
  }

  /** The payout per share once the market has resolved; null before. A payout may be any fraction of a dollar (W25). */
  payoutOf(token: TokenId, condition: ConditionId): PriceMicros | null {
    const known = this.store.of(condition);
    const index = known?.facts.findIndex((facts) => facts.tokenId === token) ?? -1;
    return known?.payouts?.[index] ?? null;
  }

  isResolved(condition: ConditionId): boolean {
    return !this.store.open.has(condition) && (this.store.of(condition)?.payouts ?? null) !== null;
  }

  /** Keeps the result of a market, payouts in the order of its outcomes. A market that is not known has nothing to keep. */
  resolved(condition: ConditionId, payouts: readonly PriceMicros[]): void {
    const known = this.store.of(condition);
    if (known === undefined || known.payouts !== null) return;
    this.signs.delete(condition);
    this.closedAskedAtMs.delete(condition);
    this.put(condition, { ...known, payouts, revision: known.revision + 1 });
  }

  /** Every known market without a result. */
  unresolved(): readonly ConditionId[] {
    return [...this.store.open.keys()];
  }

  /**
   * Whether the venue says in any way that trading is over: it takes no orders, is closed in Gamma, has lost its book or was
   * named by `market_resolved` (A52).
   */
  hasEnded(condition: ConditionId): boolean {
    if (this.signs.has(condition)) return true;
    const open = this.store.open.get(condition);
    if (open !== undefined) return open.ended;
    const known = this.store.of(condition);
    return known !== undefined && openMarket(known).ended;
  }

  /** Whether to ask for a result: trading is over, or its planned close time has passed, which alone ends nothing. */
  mayHaveEnded(condition: ConditionId): boolean {
    const closeAtMs = this.store.open.get(condition)?.closeAtMs ?? null;
    return this.hasEnded(condition) || (closeAtMs !== null && this.ports.nowMs() >= closeAtMs);
  }

  /** The venue has announced a result; it announces those of all its markets. Returns whether this one is known and open. */
  announced(condition: ConditionId): boolean {
    if (!this.store.open.has(condition)) return false;
    this.signs.add(condition);
    this.expire(condition);
    return true;
  }

  /** The venue has no book of the token, or has one again. New markets lack theirs for some minutes. */
  bookFound(token: TokenId, found: boolean): void {
    const condition = this.store.conditionOf(token);
    if (condition === undefined) return;
    if (found) this.signs.delete(condition);
    else this.signs.add(condition);
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
      const before = this.store.of(condition);
      if (market === undefined) {
        if (before !== undefined && named?.closed) this.put(condition, { ...before, closed: true });
        return;
      }
      const closed = named?.closed ?? before?.closed ?? false;
      const tokenIds = market.tokens.map((token) => token.tokenId);
      const version = agreedVersion({ version: market.version, tokenIds });
      if (version === null) {
        this.ports.log('warn', 'market whose protocol version is missing or contradicts its token ids', {
          condition,
        });
      }
      const next: StoredMarket = {
        facts: tokenIds.map((tokenId) => ({
          tokenId,
          conditionId: condition,
          outcomeTokenIds: tokenIds,
          tickPriceMicros: market.tickPriceMicros,
          orderShareMicrosMin: market.orderShareMicrosMin,
          fee: market.fee,
          ...(market.isFeeUnknown === true ? { isFeeUnknown: true } : {}),
          // A closed market can report for months that it takes orders.
          acceptingOrders: market.acceptingOrders && !closed,
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
        closed,
        revision: (before?.revision ?? 0) + 1,
      };
      this.expired.delete(condition);
      this.put(condition, next);
    } catch (error) {
      this.ports.log('warn', 'no market facts', { condition, reason: reasonOf(error) });
    }
  }

  /** Deletes markets that have had a result for long. */
  prune(): void {
    this.store.prune(this.ports.nowMs());
  }

  /**
   * Keeps the facts. A row is written only when more than their age has changed, and goes to D1 only when something that pages
   * show has: after a restart facts are older than they are, and are read again before they are used.
   */
  private put(condition: ConditionId, next: StoredMarket): void {
    const before = this.store.of(condition);
    const isSame = before !== undefined && ageless(before) === ageless(next);
    const stored = isSame ? { ...next, revision: before.revision } : next;
    this.store.keep(condition, stored);
    if (isSame) return;
    this.ports.storage.transaction(() => {
      this.store.write(condition, stored, this.ports.nowMs());
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

/** Everything but the age, as one text to compare. */
function ageless(stored: StoredMarket): string {
  const facts = stored.facts.map((one) => ({ ...one, asOfMs: 0 }));
  return toJson({ ...stored, facts, revision: 0 });
}

/** What pages show of a market, as one text to compare. */
function shown(stored: StoredMarket): string {
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
