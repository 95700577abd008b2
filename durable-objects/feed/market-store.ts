/**
 * The market facts of LeaderFeed as they are stored: in memory those that were used last, and of every market without a result
 * whether it may have ended, so that nothing here grows with the markets that there ever were.
 */
import type { ConditionId, TokenId } from '../../domain/ids.ts';
import { fromJson, toJson } from '../../domain/json.ts';
import type { MarketFacts } from '../../domain/market/market.ts';
import type { PriceMicros } from '../../domain/money.ts';
import { DAY_MS } from '../../domain/time.ts';
import { conditionOf } from '../platform/id-columns.ts';
import { type ObjectStorage, text } from '../platform/ports.ts';
import { makeMarketTable } from './market-table.ts';

/** Markets whose facts are in memory; the one that was used longest ago goes first. Far more than are traded in an hour. */
const MARKETS_KEPT = 2_000;
/** A market with a result is deleted this long after its last change: D1 has it, and the venue reports it again. */
const RESOLVED_KEPT_MS = 30 * DAY_MS;

/** What is known in memory of every market without a result. */
interface OpenMarket {
  readonly closeAtMs: number | null;
  /** Takes no orders, or Gamma says that it is closed. */
  readonly ended: boolean;
}

export interface StoredMarket {
  readonly facts: readonly MarketFacts[];
  readonly title: string;
  readonly slug: string;
  readonly outcomes: readonly string[];
  readonly payouts: readonly PriceMicros[] | null;
  /** Gamma says that the market is closed. Rows of older releases lack it. */
  readonly closed?: boolean;
  readonly revision: number;
}

export class MarketStore {
  /** Markets without a result. */
  readonly open: Map<ConditionId, OpenMarket>;
  /** The one that was used longest ago first. */
  private readonly byCondition = new Map<ConditionId, StoredMarket>();
  private readonly byToken = new Map<TokenId, ConditionId>();

  constructor(private readonly storage: ObjectStorage) {
    makeMarketTable(storage);
    this.open = new Map(
      storage
        .rows('SELECT condition, close_at, ended FROM market WHERE open = 1')
        .map((row) => [
          conditionOf(row, 'condition'),
          { closeAtMs: typeof row.close_at === 'number' ? row.close_at : null, ended: row.ended === 1 },
        ]),
    );
  }

  /** The market of a token whose facts are in memory. */
  conditionOf(token: TokenId): ConditionId | undefined {
    return this.byToken.get(token);
  }

  /** The facts as they are stored; a market that was not used for long is read again. */
  of(condition: ConditionId): StoredMarket | undefined {
    const inMemory = this.byCondition.get(condition);
    if (inMemory !== undefined) {
      // Moved to the end, among those that were used last.
      this.byCondition.delete(condition);
      this.byCondition.set(condition, inMemory);
      return inMemory;
    }
    const row = this.storage.rows('SELECT body FROM market WHERE condition = ?', condition)[0];
    if (row === undefined) return undefined;
    const stored = fromJson<StoredMarket>(text(row, 'body'));
    const whole = withOrderFacts(stored);
    this.keep(condition, whole);
    return whole;
  }

  /** Keeps the facts in memory. */
  keep(condition: ConditionId, stored: StoredMarket): void {
    this.byCondition.delete(condition);
    this.byCondition.set(condition, stored);
    for (const facts of stored.facts) this.byToken.set(facts.tokenId, condition);
    if (stored.payouts === null) this.open.set(condition, openMarket(stored));
    else this.open.delete(condition);
    for (const [oldest, { facts }] of this.byCondition) {
      if (this.byCondition.size <= MARKETS_KEPT) return;
      this.byCondition.delete(oldest);
      for (const { tokenId } of facts) this.byToken.delete(tokenId);
    }
  }

  write(condition: ConditionId, stored: StoredMarket, atMs: number): void {
    const { closeAtMs, ended } = openMarket(stored);
    this.storage.rows(
      `INSERT INTO market (condition, at_ms, body, open, close_at, ended) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (condition) DO UPDATE SET at_ms = excluded.at_ms, body = excluded.body, open = excluded.open,
         close_at = excluded.close_at, ended = excluded.ended`,
      condition,
      atMs,
      toJson(stored),
      stored.payouts === null ? 1 : 0,
      closeAtMs,
      ended ? 1 : 0,
    );
  }

  /** Deletes markets that have had a result for long. */
  prune(nowMs: number): void {
    this.storage.rows('DELETE FROM market WHERE open = 0 AND at_ms < ?', nowMs - RESOLVED_KEPT_MS);
  }
}

/** Whether trading is over, as far as the facts say. */
export function openMarket({ facts, closed }: StoredMarket): OpenMarket {
  const [first] = facts;
  return { closeAtMs: first?.closeAtMs ?? null, ended: closed === true || first?.acceptingOrders === false };
}

/** Fills in fields that older rows lack: no live order is placed on such facts, and they are read again. */
function withOrderFacts(stored: StoredMarket): StoredMarket {
  const unknown = { protocolVersion: null, negRisk: null, takerDelayMs: 0 };
  return { ...stored, facts: stored.facts.map((facts) => ({ ...unknown, ...facts })) };
}
