/** The stores of a Wallet as its constructor makes them, over ports in memory. */

import type { CopyIntent } from '../../../domain/decide/decision-facts.ts';
import { parseLeaderAddress, parseTokenId, type TradingMode } from '../../../domain/ids.ts';
import type { Mark } from '../../../domain/market/mark.ts';
import type { PriceMicros } from '../../../domain/money.ts';
import { type FillReport, type OrderReport, parseOrderId } from '../../../domain/orders/orders.ts';
import type { Position } from '../../../domain/portfolio/portfolio.ts';
import type { LiveOrderRecord, PlacedOrderRecord } from '../../../domain/records/live-records.ts';
import type { LedgerRecord } from '../../../domain/records/records.ts';
import { NO_ORDER } from '../../../domain/records/sentinels.ts';
import type { Control, FollowedUserControl } from '../../../domain/settings/control.ts';
import { DEFAULT_SYSTEM_SETTINGS } from '../../../domain/settings/system-settings.ts';
import { KeyValue } from '../../../durable-objects/platform/key-value.ts';
import { Outbox } from '../../../durable-objects/platform/outbox.ts';
import type { TokenState } from '../../../durable-objects/rpc.ts';
import { AttemptStats } from '../../../durable-objects/wallet/attempt-stats.ts';
import type { WalletKeys, WalletKeyValue } from '../../../durable-objects/wallet/keys.ts';
import { ledgerEntry } from '../../../durable-objects/wallet/ledger-entry.ts';
import {
  OrderStore,
  type ShadowOrder,
  type StoredOrder,
} from '../../../durable-objects/wallet/live/orders/order-store.ts';
import { PortfolioStore } from '../../../durable-objects/wallet/portfolio-store.ts';
import type { Marking } from '../../../durable-objects/wallet/position-rows.ts';
import { at, CONDITION, exampleFacts, LEADER, sh, TOKEN, usd } from '../../domain/decide/example-facts.ts';
import { earlierSettings } from '../../domain/settings/earlier-settings.ts';
import { liveOrder, minted, type Part } from '../../ledger/records.ts';
import { MemoryPorts, START_MS } from '../memory-ports.ts';

export interface WalletStores {
  readonly ports: MemoryPorts;
  readonly kv: WalletKeyValue;
  /** Nothing drains it: read what was added with `ports.outboxed()`. */
  readonly outbox: Outbox;
  readonly stats: AttemptStats;
  readonly book: PortfolioStore;
  readonly orders: OrderStore;
}

/** The same ports again give what the next instance of the Wallet finds. */
export function walletStores(mode: TradingMode, ports = new MemoryPorts()): WalletStores {
  const kv = new KeyValue<WalletKeys>(ports.storage);
  const outbox = new Outbox(
    ports,
    async () => {},
    () => {},
  );
  const stats = new AttemptStats(mode, ports, outbox);
  const book = new PortfolioStore(mode, ports.storage, kv, outbox, stats);
  return { ports, kv, outbox, stats, book, orders: new OrderStore(ports.storage, outbox) };
}

export const OTHER_LEADER = parseLeaderAddress(`0x${'b'.repeat(40)}`)!;
export const OTHER_TOKEN = parseTokenId('2'.repeat(77))!;

/** A position of these shares and cost, as decimal text. */
export function held(size: string, cost: string, realised = '0'): Position {
  return { shareMicros: sh(size), costMicros: usd(cost), realisedMicros: usd(realised) };
}

/** A good mark from a book whose bid is the same, unless the test says otherwise. */
export function marking(priceMicros: PriceMicros, atMs: number, part: Partial<Marking & Mark> = {}): Marking {
  const { rule = 'MID', good = true, bidPriceMicros = priceMicros, ended = false } = part;
  return { mark: { priceMicros, rule, good, atMs }, bidPriceMicros, ended };
}

/** What the feed says of a token that has this bid and no ask: its mark is the bid. */
export function tokenState(bid: string | null, part: Partial<TokenState> = {}): TokenState {
  const bidPriceMicros = bid === null ? null : at(bid);
  const top = { bidPriceMicros, askPriceMicros: null, asOfMs: START_MS - 1 };
  return { tokenId: TOKEN, top, lastTrade: null, ended: false, payoutPriceMicros: null, ...part };
}

/** A purchase of the leader's unless the test says otherwise: ten shares for five dollars. */
export function purchase(part: Partial<LedgerRecord> = {}): LedgerRecord {
  const moved = { leaderAddress: LEADER, conditionId: CONDITION, tokenId: TOKEN, shareDeltaMicros: sh('10') };
  const entry = ledgerEntry({
    mode: 'PAPER',
    refId: 'copy:1',
    entryType: 'TRADE_FILL',
    cashDeltaMicros: usd('-5'),
    moved,
    priceMicros: at('0.50'),
    bookedAtMs: START_MS,
  });
  return { ...entry, ...part };
}

/** Cash that comes in or goes out. */
export function cashEntry(
  entryType: LedgerRecord['entryType'],
  amount: string,
  refId = `cash:${entryType}:${amount}`,
): LedgerRecord {
  return ledgerEntry({
    mode: 'PAPER',
    refId,
    entryType,
    cashDeltaMicros: usd(amount),
    bookedAtMs: START_MS,
  });
}

export const ORDER_ID = parseOrderId(`0x${'d'.repeat(64)}`)!;
/** An order of the account that is none of ours. */
export const EXTERNAL_ID = parseOrderId(`0x${'9'.repeat(64)}`)!;

/** An intent of the leader's, of which a test names only what it is about. */
export function exampleIntent(part: Partial<CopyIntent> = {}): CopyIntent {
  return exampleFacts({ intent: part }).intent;
}

/** An open order for ten shares at up to $0.50, as it is right after its POST. */
export function storedOrder(
  record: Part<PlacedOrderRecord> = {},
  part: Partial<Omit<StoredOrder, 'record'>> = {},
): StoredOrder {
  const side = record.side ?? 'BUY';
  const size = sh('10');
  const spend = usd('5');
  const intent = part.intent ?? exampleIntent({ side });
  return {
    record: minted<PlacedOrderRecord>({
      ...liveOrder(),
      shadow: false,
      orderKey: record.orderId ?? ORDER_ID,
      orderId: ORDER_ID,
      state: 'SUBMITTED',
      leaderAddress: intent.leaderAddress,
      idempotencyKey: intent.idempotencyKey,
      tokenId: TOKEN,
      conditionId: CONDITION,
      side,
      shareMicros: size,
      makerMicros: side === 'BUY' ? spend : size,
      takerMicros: side === 'BUY' ? size : spend,
      filledShareMicros: 0n,
      filledNotionalMicros: 0n,
      feeMicros: 0n,
      createdAtMs: START_MS,
      finalAtMs: null,
      ...record,
    }),
    body: '{}',
    fee: null,
    reservedCashMicros: side === 'BUY' ? spend : usd('0'),
    reservedShareMicros: side === 'BUY' ? sh('0') : size,
    tradeIds: [],
    seenAtVenue: false,
    absentSinceMs: null,
    endedByAbsence: false,
    timeoutMs: 5_000,
    sentAtMs: START_MS,
    waitClass: false,
    asks: 0,
    nextAskAtMs: START_MS,
    ...part,
    intent,
  };
}

/** An order that SHADOW recorded instead of placing it. */
export function storedShadow(record: Part<LiveOrderRecord> = {}): ShadowOrder {
  const order = storedOrder();
  const never = { shadow: true, orderId: NO_ORDER, state: 'SHADOW_ONLY' } as const;
  return { ...order, record: { ...liveOrder({ ...order.record, ...never, ...record }), shadow: true } };
}

/** A trade that the venue reports: ten shares at $0.50 for the order. */
export function fillReport(part: Partial<FillReport> = {}): FillReport {
  const shareMicros = part.shareMicros ?? sh('10');
  const priceMicros = part.priceMicros ?? at('0.50');
  return {
    tradeId: 'trade-1',
    orderId: ORDER_ID,
    role: 'TAKER',
    tokenId: TOKEN,
    conditionId: CONDITION,
    side: 'BUY',
    shareMicros,
    priceMicros,
    legs: [{ shareMicros, priceMicros }],
    atAverage: false,
    state: 'MATCHED',
    txHash: '',
    matchedAtMs: START_MS,
    ...part,
  };
}

/** The order as the venue reports it: open, and nothing of it matched. */
export function orderReport(part: Partial<OrderReport> = {}): OrderReport {
  return {
    orderId: ORDER_ID,
    tokenId: TOKEN,
    side: 'BUY',
    status: 'LIVE',
    rawStatus: 'LIVE',
    matchedShareMicros: sh('0'),
    tradeIds: [],
    ...part,
  };
}

/** The control document with both switches ON, the defaults of every setting, and these leaders. */
export function exampleControl(part: Partial<Control> = {}): Control {
  return {
    version: 1,
    paperTrading: 'ON',
    liveTrading: 'ON',
    liveEntries: 'ON',
    system: DEFAULT_SYSTEM_SETTINGS,
    settings: { PAPER: earlierSettings('PAPER'), LIVE: earlierSettings('LIVE') },
    followedUsers: [],
    ...part,
  };
}

export function followed(part: Partial<FollowedUserControl> = {}): FollowedUserControl {
  return {
    leaderAddress: LEADER,
    label: 'a leader',
    paperEnabled: true,
    liveOverride: 'INHERIT',
    liveEntries: 'ON',
    followFromMs: START_MS,
    removed: false,
    overrides: { PAPER: {}, LIVE: {} },
    ...part,
  };
}
