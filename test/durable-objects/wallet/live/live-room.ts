/**
 * The live Wallet's parts over ports in memory, for small tests: connected to a venue of which the test scripts every answer,
 * and opened with $1,000 unless the test says otherwise.
 */
import type { OrderId, SubmitAnswer } from '../../../../domain/orders/orders.ts';
import type { Control } from '../../../../domain/settings/control.ts';
import type { ModeSettings } from '../../../../domain/settings/settings.ts';
import { Scheduler } from '../../../../durable-objects/platform/scheduler.ts';
import type { FeedPort, Quote } from '../../../../durable-objects/rpc.ts';
import { OwedExits } from '../../../../durable-objects/wallet/exits/owed-exits.ts';
import { LiveAccount } from '../../../../durable-objects/wallet/live/account/account.ts';
import { CallSlots } from '../../../../durable-objects/wallet/live/account/call-slots.ts';
import {
  type Connected,
  LiveConnection,
} from '../../../../durable-objects/wallet/live/account/connection.ts';
import { LiveCheck } from '../../../../durable-objects/wallet/live/account/live-check.ts';
import type { LiveDeps } from '../../../../durable-objects/wallet/live/account/live-deps.ts';
import { VenueCalls } from '../../../../durable-objects/wallet/live/account/venue-calls.ts';
import { ChannelReports } from '../../../../durable-objects/wallet/live/channel-reports.ts';
import {
  liveReaders,
  liveStores,
  type WalletParts,
} from '../../../../durable-objects/wallet/live/live-parts.ts';
import { Submission } from '../../../../durable-objects/wallet/live/orders/submission.ts';
import { PlacingRoom } from '../../../../durable-objects/wallet/live/placing/placing-room.ts';
import { UnsettledShares } from '../../../../durable-objects/wallet/live/unsettled-shares.ts';
import { Pause } from '../../../../durable-objects/wallet/pause.ts';
import { WalletSwitches } from '../../../../durable-objects/wallet/switches.ts';
import { WalletSettings } from '../../../../durable-objects/wallet/wallet-settings.ts';
import type { TradingApi } from '../../../../polymarket/account/trading-types.ts';
import { usd } from '../../../domain/decide/example-facts.ts';
import { PRACTICE_FUNDER, secretsOf } from '../../../system/world/practice-account.ts';
import { type MemoryPorts, START_MS } from '../../memory-ports.ts';
import { exampleControl, followed, walletStores } from '../stores.ts';

/** An answer that a test gives later. */
export interface Pending {
  readonly orderId: OrderId;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly answer: (answer: SubmitAnswer) => void;
  readonly fail: (error: Error) => void;
}

/** A trading API that answers with nothing, unless the test replaces a method; POSTs wait for the test. */
export class ScriptedApi implements TradingApi {
  readonly posts: Pending[] = [];
  readonly canceled: (readonly OrderId[])[] = [];
  submitHeaders: TradingApi['submitHeaders'] = (order) => ({ signed: order.body });
  submit: TradingApi['submit'] = ({ orderId, body }, headers, { timeoutMs }) =>
    new Promise((answer, fail) => {
      this.posts.push({ orderId, body, headers, timeoutMs, answer, fail });
    });
  /** Calls with several orders, each answered by the test. */
  readonly batches: {
    readonly orders: readonly { readonly orderId: OrderId; readonly body: string }[];
    readonly timeoutMs: number;
    readonly answer: (answers: readonly SubmitAnswer[]) => void;
  }[] = [];
  submitAll: TradingApi['submitAll'] = (orders, { timeoutMs }) =>
    new Promise((answer) => void this.batches.push({ orders, timeoutMs, answer }));
  cancel: TradingApi['cancel'] = async (ids) => {
    this.canceled.push(ids);
    return { canceled: ids, notCanceled: {} };
  };
  fetchOrder: TradingApi['fetchOrder'] = async () => undefined;
  listOpenOrders: TradingApi['listOpenOrders'] = async () => [];
  listTrades: TradingApi['listTrades'] = async () => [];
  fetchTrade: TradingApi['fetchTrade'] = async () => [];
  listMarketTrades: TradingApi['listMarketTrades'] = async () => [];
  fetchCollateral: TradingApi['fetchCollateral'] = async () => ({
    balanceMicros: usd('1000'),
    allowanceMicros: {},
  });
  fetchShares: TradingApi['fetchShares'] = async () => ({ balanceMicros: usd('0'), allowanceMicros: {} });
  refreshCollateral: TradingApi['refreshCollateral'] = async () => {};
  fetchClosedOnly: TradingApi['fetchClosedOnly'] = async () => false;
  fetchTimeMs: TradingApi['fetchTimeMs'] = async () => START_MS;
  rate: TradingApi['rate'] = () => ({ remaining: null, resetAtMs: null, tier: '', warning: '' });
}

/** A connection without network: it is connected when the test says so. */
class ScriptedConnection extends LiveConnection {
  readonly api = new ScriptedApi();
  isConnected = true;
  downMs = 0;
  connects = 0;

  override ready(): Connected | null {
    if (!this.isConnected || this.secrets.kind !== 'ready') return null;
    const credentials = { apiKey: 'abcd-efgh-ijkl', secret: 'c2VjcmV0', passphrase: 'pass' };
    return { signer: this.secrets.signer, credentials, api: this.api };
  }
  override async connect(): Promise<void> {
    this.connects += 1;
  }
  override disconnect(): void {
    this.isConnected = false;
  }
  override channelDownMs(): number {
    return this.downMs;
  }
}

/** A check that has ended when the test says so. */
class ScriptedCheck extends LiveCheck {
  isAsked = true;
  override isRegionAsked(): boolean {
    return this.isAsked;
  }
}

export interface RoomOptions {
  readonly ports?: MemoryPorts;
  readonly live?: Partial<ModeSettings>;
  readonly control?: Partial<Control>;
  readonly secrets?: LiveDeps['secrets'];
  /** The account was never read. */
  readonly unopened?: boolean;
}

export type LiveRoom = ReturnType<typeof liveRoom>;

/** Everything that `liveWallet` wires, with a scripted connection; live is ON and the leader followed. */
export function liveRoom(options: RoomOptions = {}) {
  const stores = walletStores('LIVE', options.ports);
  const { ports, kv, book, orders, outbox, stats } = stores;
  let control = exampleControl({ followedUsers: [followed()], ...options.control });
  control = {
    ...control,
    settings: { ...control.settings, LIVE: { ...control.settings.LIVE, ...options.live } },
  };
  const document = { get: (): Control | undefined => control };
  const settings = new WalletSettings('LIVE', document);
  const switches = new WalletSwitches('LIVE', kv, () => control, ports.nowMs);
  switches.set('ON');
  const pause = new Pause(kv, ports.log);
  const scheduler = new Scheduler(ports, {});
  const quotes = new Map<string, Quote>();
  const asked: string[] = [];
  const feed: { -readonly [Key in keyof FeedPort]: FeedPort[Key] } = {
    freshQuote: async ({ tokenId }) => {
      asked.push(tokenId);
      return quotes.get(tokenId) ?? { book: null, market: null };
    },
    tokenStates: async () => [],
  };
  /** The addresses that were asked for over HTTP. */
  const requests: URL[] = [];
  /** What the Data API lists for the funder. */
  const pages: {
    positions: readonly unknown[];
    activity: readonly unknown[];
    /** Every page says that this one follows, so that the list never ends. */
    nextCursor?: string;
  } = { positions: [], activity: [] };
  const answer: LiveDeps['fetch'] = async (input) => {
    requests.push(new URL(String(input)));
    const path = /positions|activity/.exec(String(input))?.[0];
    return path === undefined
      ? new Response('', { status: 503 })
      : Response.json({
          data: pages[path as 'positions' | 'activity'],
          pagination: { next_cursor: pages.nextCursor },
        });
  };
  const deps: LiveDeps = {
    secrets: options.secrets ?? { ...secretsOf(undefined) },
    fetch: answer,
    publicFetch: answer,
    openSocket: () => Promise.reject(new Error('no network in a small test')),
    random: () => 0.5,
    clobUrl: 'http://clob',
    orderUrl: 'http://clob',
    userChannelUrl: 'http://channel',
    geoblockUrl: 'http://geo',
    dataUrl: 'http://data',
  };
  const owed = new OwedExits(ports.storage, ports.nowMs, (atMs) => scheduler.at('owed', atMs));
  const shared = { ports, kv, outbox, scheduler, settings, stats, book, orders, switches, pause, owed };
  const parts: WalletParts = { ...shared, feed, deps };
  const own = liveStores(parts);
  const slots = new CallSlots(ports.nowMs, () => settings.global().authCallsPerSecondMax);
  const check = new ScriptedCheck(ports, kv, deps, own.secrets, slots, own.standing);
  const reports = new ChannelReports(ports, own.evidence, own.fees, own.refused, own.schedule, pause);
  const connection = new ScriptedConnection(ports, deps, own.secrets, slots, check, reports);
  const account = new LiveAccount(ports, kv, connection, own.state, own.standing, check);
  const calls = new VenueCalls(ports, slots, account);
  const submission = new Submission(ports, orders, own.changes, calls, own.schedule);
  const placingRoom = new PlacingRoom(slots, own.purchases, own.waits, submission);
  const venue = { connection, account, calls, submission, slots, room: placingRoom };
  const readers = liveReaders(parts, own, venue);
  if (options.unopened !== true) {
    own.state.setOpened({ startMs: START_MS - 3_600_000, funder: PRACTICE_FUNDER, trades: [] });
    own.state.setCollateral({ balanceMicros: usd('1000'), allowanceMicros: {} });
  }
  ports.clearOutbox();
  return {
    ...{
      ...parts,
      ...own,
      ...readers,
      connection,
      account,
      calls,
      submission,
      slots,
      placingRoom,
      check,
      reports,
    },
    ...{
      ports,
      feed,
      pages,
      requests,
      quotes,
      asked,
      api: connection.api,
      unsettled: new UnsettledShares(orders, own.waits),
    },
    /** When the job is due, in milliseconds from now; undefined when it is not. */
    dueIn(job: string): number | undefined {
      const row = ports.storage.rows('SELECT at_ms FROM due WHERE job = ?', job)[0];
      return row === undefined ? undefined : Number(row.at_ms) - ports.nowMs();
    },
    /** Forgets which jobs are due. */
    clearDue(): void {
      ports.clearDue();
    },
    setControl(next: Partial<Control>): void {
      control = { ...control, ...next };
    },
  };
}
