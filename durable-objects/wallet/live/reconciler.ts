/**
 * Reads of the live account: orders whose question is due, and once a minute everything (design.md 8). It only gathers; what
 * follows from it is domain/reconcile's to say and the lifecycle's to do. Reads give way to orders and cancels.
 */
import type { TokenId } from '../../../domain/ids.ts';
import type { FeeSchedule } from '../../../domain/market/market.ts';
import { cash } from '../../../domain/money.ts';
import { isSettledFill } from '../../../domain/orders/order-state.ts';
import type { FillReport, OrderId, OrderReport } from '../../../domain/orders/orders.ts';
import { fillKey } from '../../../domain/orders/our-order.ts';
import type { VenuePosition } from '../../../domain/orders/reconcile.ts';
import { listAccountActivity } from '../../../polymarket/account/account-activity.ts';
import type { VenueHost } from '../../../polymarket/wire/http.ts';
import { type ObjectPorts, reasonOf } from '../../platform/ports.ts';
import type { Quarantine } from '../../platform/quarantine.ts';
import type { FeedPort } from '../../rpc.ts';
import type { WalletKeyValue } from '../keys.ts';
import type { Pause } from '../pause.ts';
import type { PortfolioStore } from '../portfolio-store.ts';
import type { LiveAccount } from './account.ts';
import { type AccountReader, costOf } from './account-reader.ts';
import type { LiveDifferences, ReadPosition } from './differences.ts';
import type { LiveEvidence, Told } from './evidence.ts';
import { type FlowBooking, ledgerShares } from './flow-booking.ts';
import { NEVER_ARRIVED } from './order-changes.ts';
import type { OrderStore, StoredOrder } from './order-store.ts';
import { settlingAllowance } from './settling-allowance.ts';
import type { Submission } from './submission.ts';

export interface ReconcilerParts {
  readonly ports: ObjectPorts;
  readonly kv: WalletKeyValue;
  readonly book: PortfolioStore;
  readonly orders: OrderStore;
  readonly account: LiveAccount;
  readonly reader: AccountReader;
  readonly lifecycle: Submission;
  readonly evidence: LiveEvidence;
  readonly flows: FlowBooking;
  readonly differences: LiveDifferences;
  readonly quarantine: Quarantine;
  readonly pause: Pause;
  readonly feed: FeedPort;
  /** The Data API: positions and activity of the funder. */
  readonly dataHost: VenueHost;
}

/** Orders asked about in one run; the rest in the next. */
const ASKED_MAX = 20;
/** What is read again before the last reading, since the venue's lists lag behind its matches. */
const OVERLAP_MS = 60_000;
/** Trades may become visible minutes after they were made (polymarket-api.md 3.5): so much is read again, this often. */
const DEEP_MS = 24 * 60 * 60_000;
const DEEP_EVERY_MS = 10 * 60_000;
/** The opening must be read with no trade falling into it; after this many tries the next minute tries again. */
const OPENING_TRIES_MAX = 3;

export class Reconciler {
  /** Fees of tokens that others than our orders traded; asked from the feed once. */
  private readonly fees = new Map<TokenId, FeeSchedule | null>();

  /** Rows of our own that nobody understood so far: a read in which there was one proves no absence. */
  unread = 0;
  /** When a whole day was last read; a new instance begins with it. */
  private deepAtMs = 0;

  constructor(private readonly parts: ReconcilerParts) {}

  /** Asks about every order whose question is due. Never throws. */
  async askDue(): Promise<void> {
    const { orders, ports, lifecycle } = this.parts;
    const due = orders.open().filter((order) => order.nextAskAtMs <= ports.nowMs());
    for (const order of due.slice(0, ASKED_MAX)) {
      const orderId = order.record.orderId as OrderId;
      const posted = order.record.state === 'PREPARED' || order.record.state === 'SUBMITTED';
      if (posted) lifecycle.lost(orderId, 'the venue did not answer in time');
      // First, so that whatever the answer leads to may set another time.
      lifecycle.asked(orderId);
      try {
        await this.apply(await this.askOrder(order));
      } catch (error) {
        this.failed('an order could not be asked for', error);
      }
    }
  }

  /** Reads how the trades stand that a sale waits for; the user channel may be silent. Never throws. */
  async askProvisional(before = Number.POSITIVE_INFINITY): Promise<void> {
    const { orders } = this.parts;
    const asked = orders.provisional().filter(({ record }) => record.matchedAtMs < before);
    const tradeIds = new Set(asked.map(({ record }) => record.tradeId));
    for (const tradeId of [...tradeIds].slice(0, ASKED_MAX)) {
      try {
        const fills = await this.parts.reader.call((api) => api.fetchTrade(tradeId));
        await this.apply({ ...this.view(), fills, fees: this.fees });
      } catch (error) {
        this.failed('a trade could not be asked for', error);
      }
    }
  }

  /** Balance and positions alone, for people who look at the Real Portfolio right after a copy. Never throws. */
  async look(): Promise<void> {
    const { account } = this.parts;
    if (account.ready() === null || account.isOther() || account.openedAtMs() === undefined) return;
    try {
      await this.readHoldings();
    } catch (error) {
      this.failed('the account could not be looked at', error);
    }
  }

  /** Everything: clock and standing, orders, trades, balance, positions, flows. Never throws; what failed is read again. */
  async round(): Promise<void> {
    const { account, kv, ports } = this.parts;
    // The books are one account's: another's readings would only spoil them.
    if (account.ready() === null || account.isOther()) return;
    try {
      await this.parts.reader.call(() => account.probe());
    } catch (error) {
      this.failed('the account could not be probed', error);
    }
    try {
      if (account.openedAtMs() === undefined) await this.open();
      else await this.compare();
      kv.put('lastReconcileAt', ports.nowMs());
      kv.delete('reconcileError');
    } catch (error) {
      kv.put('reconcileError', reasonOf(error).slice(0, 200));
      this.failed('the account could not be reconciled', error);
    }
  }

  /** Ours carry their fee; a maker pays none; another's purchase waits until the market's fee is known. */
  private isExact(fill: FillReport): boolean {
    const ours = this.parts.orders.byId(fill.orderId) !== undefined;
    return ours || fill.role === 'MAKER' || this.fees.has(fill.tokenId);
  }

  private async feesOf(fills: readonly FillReport[]): Promise<ReadonlyMap<TokenId, FeeSchedule | null>> {
    try {
      return await this.learnFees(fills);
    } catch (error) {
      this.failed('the fees of external fills are not known yet', error);
      return this.fees;
    }
  }

  /** Fees that external fills need before they can be booked exactly. */
  async learnFees(reports: readonly FillReport[]): Promise<ReadonlyMap<TokenId, FeeSchedule | null>> {
    for (const { tokenId, conditionId, orderId } of reports) {
      if (this.fees.has(tokenId) || this.parts.orders.byId(orderId) !== undefined) continue;
      const { market } = await this.parts.feed.freshQuote({ tokenId, conditionId });
      if (market !== null) this.fees.set(tokenId, market.fee);
    }
    return this.fees;
  }

  /** Seeds the ledger with cash and positions as they are, with no trade in between (A21). */
  private async open(): Promise<void> {
    const { account, flows, kv, ports, differences } = this.parts;
    for (let tries = 0; tries < OPENING_TRIES_MAX; tries += 1) {
      const startMs = ports.nowMs();
      const unreadBefore = this.unread;
      const before = await this.recentTrades(startMs);
      if (this.unread !== unreadBefore) break;
      // What is not settled is in the list and perhaps not in the balance: it is opened once all of it is final.
      if (before.some(({ state }) => !isSettledFill(state))) break;
      const collateral = await this.parts.reader.call((api) => api.fetchCollateral());
      const positions = await this.parts.reader.positions();
      // Without the account's address the books could not say whose they are; after a 401 it is missing until the next connect.
      const funder = account.ready()?.signer.funderAddress;
      if (
        positions === null ||
        funder === undefined ||
        keysOf(await this.recentTrades(startMs)) !== keysOf(before)
      )
        continue;
      ports.storage.transaction(() => {
        account.setCollateral(collateral);
        flows.open({
          cashMicros: collateral.balanceMicros,
          positions: positions.map((one) => ({ ...one, costMicros: costOf(one) })),
        });
        differences.takePositions(positions, ports.nowMs());
        // The venue tells match times in whole seconds; what was read in this one is known by name.
        kv.put('accountOpenedAt', startMs - (startMs % 1_000));
        kv.put('openingTrades', before.map(fillKey));
        kv.put('accountFunder', funder);
        kv.put('readThrough', startMs);
      });
      return;
    }
    ports.log('warn', 'the account is not opened yet: it trades, or a trade of it has not settled');
  }

  private recentTrades(nowMs: number): Promise<readonly FillReport[]> {
    const afterS = Math.floor((nowMs - OVERLAP_MS) / 1_000);
    return this.parts.reader.call((api) => api.listTrades({ afterS }));
  }

  private async compare(): Promise<void> {
    const { orders, account, kv, ports } = this.parts;
    const startMs = ports.nowMs();
    const unreadBefore = this.unread;
    const reports = new Map<OrderId, OrderReport | 'ABSENT'>();
    for (const order of orders.open().slice(0, ASKED_MAX)) {
      const orderId = order.record.orderId as OrderId;
      try {
        reports.set(orderId, (await this.parts.reader.call((api) => api.fetchOrder(orderId))) ?? 'ABSENT');
      } catch (error) {
        // One order that cannot be read keeps nothing else from being reconciled; it is asked for again by itself.
        this.failed('an order could not be asked for', error);
      }
    }
    for (const report of await this.listedOrders()) reports.set(report.orderId, report);
    const afterS = this.readFromS(startMs);
    const fills = await this.parts.reader.call((api) => api.listTrades({ afterS }));
    const whole = this.unread === unreadBefore;
    if (!whole) for (const [orderId, report] of reports) if (report === 'ABSENT') reports.delete(orderId);
    const fees = await this.feesOf(fills);
    const known = fills.filter((fill) => this.isExact(fill));
    await this.apply({ ...this.view(), orders: reports, fills: known, fees });
    // Older ones are in no list that we read any more.
    await this.askProvisional(afterS * 1_000);
    await this.takeFlows();
    await this.readHoldings();
    ports.storage.transaction(() => {
      if (!whole) return;
      // What was not understood is read again, and trading stays shut until it is.
      kv.put('readThrough', startMs);
      account.standing.clearProblem('UNREADABLE_RECORDS');
    });
  }

  /** Orders of ours in the venue's list of open ones: one that we took for ended may rest there all the same. */
  private async listedOrders(): Promise<readonly OrderReport[]> {
    try {
      const listed = await this.parts.reader.call((api) => api.listOpenOrders());
      return listed.filter(({ orderId }) => this.parts.orders.byId(orderId) !== undefined);
    } catch (error) {
      // Not being in a list proves nothing, so neither does a list that was not read.
      this.failed('the open orders could not be listed', error);
      return [];
    }
  }

  /** Balance and positions as the venue tells them now, and how the ledger differs. */
  private async readHoldings(): Promise<void> {
    const { account, ports, book, differences, reader } = this.parts;
    const collateral = await reader.call((api) => api.fetchCollateral());
    const positions = await reader.positions();
    const told = this.parts.evidence.take({
      ...this.view(),
      fills: [],
      collateralMicros: collateral.balanceMicros,
      positions: positions === null ? null : positions.map(venueOf),
      ledgerCashMicros: book.cash(),
      ledgerShares: ledgerShares(book),
    });
    ports.storage.transaction(() => {
      const nowMs = ports.nowMs();
      account.setCollateral(collateral);
      if (positions !== null) differences.takePositions(positions, nowMs);
      const room = settlingAllowance(this.parts.orders, nowMs);
      differences.take(told.differences, { cash: true, positions: positions !== null, nowMs, room });
    });
    if (told.differences.some((one) => one.subject === 'CASH')) await this.refresh();
  }

  /** The venue keeps balances for a while; asked to read the chain again, its next answer is the truth. */
  private async refresh(): Promise<void> {
    try {
      await this.parts.reader.call((api) => api.refreshCollateral());
    } catch (error) {
      this.failed('the balance could not be refreshed', error);
    }
  }

  /** A little before the last reading; and a whole day back from time to time, and while something is not explained. */
  private readFromS(nowMs: number): number {
    const { orders, kv, account, differences } = this.parts;
    const deep = nowMs - this.deepAtMs >= DEEP_EVERY_MS || differences.alerting().length > 0;
    if (deep) this.deepAtMs = nowMs;
    // What our own orders and fills concern is asked for by id, however old; the list needs to reach a day back for them.
    const ours = [
      ...orders.provisional().map(({ record }) => record.matchedAtMs),
      ...orders.open().map(({ record }) => record.createdAtMs),
    ];
    const recentMs = Math.max(Math.min(nowMs, ...ours), nowMs - DEEP_MS);
    // What nobody has read yet is read, however long we were away.
    const unreadMs = kv.get('readThrough') ?? 0;
    const backMs = Math.min(unreadMs, recentMs, deep ? nowMs - DEEP_MS : nowMs) - OVERLAP_MS;
    const fromMs = Math.max(backMs, (account.openedAtMs() ?? 0) - 1_000);
    return Math.floor(fromMs / 1_000);
  }

  private async askOrder(order: StoredOrder): Promise<Told> {
    const orderId = order.record.orderId as OrderId;
    const report = await this.parts.reader.call((api) => api.fetchOrder(orderId));
    const missing = this.parts.evidence.missingTrades({
      ...order,
      tradeIds: [...new Set([...order.tradeIds, ...(report?.tradeIds ?? [])])],
    });
    const orders = new Map<OrderId, OrderReport | 'ABSENT'>([[orderId, report ?? 'ABSENT']]);
    const unreadBefore = this.unread;
    if (missing.length > 0) {
      const fills: FillReport[] = [];
      for (const tradeId of missing.slice(0, ASKED_MAX))
        fills.push(...(await this.parts.reader.call((api) => api.fetchTrade(tradeId))));
      return { ...this.view(), orders, fills };
    }
    if (report !== undefined && order.record.state !== 'UNKNOWN')
      return { ...this.view(), orders, fills: [] };
    const afterS = Math.floor((order.record.createdAtMs - OVERLAP_MS) / 1_000);
    const { conditionId } = order.intent;
    const fills = await this.parts.reader.call((api) => api.listMarketTrades({ conditionId, afterS }));
    if (this.unread !== unreadBefore && report === undefined) orders.delete(orderId);
    return { ...this.view(), orders, fills: fills.filter((fill) => fill.orderId === orderId) };
  }

  private async apply(told: Told): Promise<void> {
    const { lifecycle, evidence } = this.parts;
    for (const orderId of evidence.take(told).absent) await lifecycle.absent(orderId, NEVER_ARRIVED);
  }

  /** Nothing read of the account: such a view tells of orders and fills only. */
  private view(): Omit<Told, 'orders' | 'fills'> & { readonly orders: Told['orders'] } {
    return {
      orders: new Map(),
      collateralMicros: null,
      positions: null,
      ledgerCashMicros: cash(0n),
      ledgerShares: new Map(),
      settling: this.parts.orders.open().length > 0 || this.parts.orders.provisional().length > 0,
    };
  }

  private async takeFlows(): Promise<void> {
    const { account, flows, ports, dataHost, book, kv } = this.parts;
    const ready = account.ready();
    const openedAtMs = account.openedAtMs();
    if (ready === null || openedAtMs === undefined) return;
    const nowMs = ports.nowMs();
    const startMs = Math.max(openedAtMs, (kv.get('flowsThrough') ?? nowMs) - DEEP_MS);
    const { funderAddress } = ready.signer;
    const acts = await this.parts.reader.inSlot(() =>
      listAccountActivity(dataHost, { funderAddress, startMs }),
    );
    if (acts.refused.length > 0) this.parts.quarantine.add(acts.refused);
    // What happened in the second of the opening may be in the opening; it shows as a difference if it is not.
    const after = acts.rows.filter((act) => act.eventAtMs > openedAtMs);
    ports.storage.transaction(() => {
      kv.put('flowsThrough', nowMs);
      for (const act of after) {
        const known = book.open().filter((one) => one.conditionId === act.conditionId);
        flows.take(
          act,
          this.tokensOf(
            act.conditionId,
            known.map((one) => one.tokenId),
          ),
        );
      }
    });
  }

  private tokensOf(conditionId: string | undefined, known: readonly TokenId[]): readonly TokenId[] {
    const told = this.parts.differences
      .venuePositions()
      .filter((one) => one.conditionId === conditionId)
      .map((one) => one.tokenId as TokenId);
    return [...new Set([...known, ...told])];
  }

  private failed(what: string, error: unknown): void {
    this.parts.pause.startOnBug(error);
    this.parts.ports.log('warn', what, { reason: reasonOf(error) });
  }
}

function venueOf({ tokenId, conditionId, shareMicros, redeemable }: ReadPosition): VenuePosition {
  return { tokenId, conditionId, shareMicros, redeemable };
}

function keysOf(fills: readonly FillReport[]): string {
  return fills.map(fillKey).sort().join();
}
