/** The LeaderFeed object: a shell around FeedCore. There is one, named `feed`, awake while anyone is followed. */
import { DurableObject } from 'cloudflare:workers';
import type { ConditionId, LeaderAddress, TokenId, TradingMode } from '../domain/ids.ts';
import type { Book } from '../domain/market/book.ts';
import type { FeedStatus } from '../domain/records/status.ts';
import type { Topic } from '../domain/records/topics.ts';
import type { Control } from '../domain/settings/control.ts';
import { readControl } from '../ledger/write/control-store.ts';
import { createClobApi } from '../polymarket/public/clob-api.ts';
import { createDataApi } from '../polymarket/public/data-api.ts';
import { createGammaApi } from '../polymarket/public/gamma-api.ts';
import { fetchWithin } from '../polymarket/wire/fetch-within.ts';
import { HostBudget } from '../polymarket/wire/host-budget.ts';
import type { Fetch } from '../polymarket/wire/http.ts';
import { openWorkerSocket } from '../polymarket/wire/socket.ts';
import type { ObjectEnv } from './env.ts';
import { FeedCore } from './feed/feed-core.ts';
import { pageStream } from './feed/page-events.ts';
import { roleOf } from './platform/role.ts';
import { FEED_ORIGIN, userStub, walletStub } from './platform/stubs.ts';
import { Throttle } from './platform/throttle.ts';
import { UsageMeter } from './platform/usage-meter.ts';
import { workerPorts } from './platform/workerd.ts';
import {
  type ExitBids,
  FEED_NAME,
  type FollowedUserPort,
  type HoldingWalletPort,
  type LeaderFeedRpc,
  type Quote,
  type QuoteRequest,
  type TokenState,
} from './rpc.ts';

export class LeaderFeed extends DurableObject<ObjectEnv> implements LeaderFeedRpc {
  private readonly core: FeedCore;
  private readonly tries = new Throttle();
  private readonly read: Fetch;
  private readonly venueOrigins: readonly string[];

  constructor(context: DurableObjectState, env: ObjectEnv) {
    super(context, env);
    const meter = new UsageMeter('feed', () => Date.now());
    const nowMs = () => Date.now();
    const send = (input: string, init?: RequestInit) => fetch(input, init);
    const ports = workerPorts(context, meter);
    const budget = new HostBudget({ nowMs, after: ports.timers.after, random: () => Math.random() });
    const host = (baseUrl: string) => ({ baseUrl, fetch: send, nowMs, budget });
    this.venueOrigins = [env.POLYMARKET_CLOB_URL, env.POLYMARKET_DATA_URL, env.POLYMARKET_GAMMA_URL].map(
      (address) => new URL(address).origin,
    );
    this.read = fetchWithin(budget, { fetch: send, nowMs });
    const user = (address: LeaderAddress): FollowedUserPort => ({
      observe: (request) => userStub(env, address).observe(request),
      seed: (positions, reading) => userStub(env, address).seed(positions, reading),
      applyControl: (control) => userStub(env, address).applyControl(control),
    });
    const wallet = (mode: TradingMode): HoldingWalletPort => ({
      heldLeaders: () => walletStub(env, mode).heldLeaders(),
      applyControl: (control) => walletStub(env, mode).applyControl(control),
      bidCame: (token) => walletStub(env, mode).bidCame(token),
    });
    roleOf(ports, context.id.name, (name) => (name === FEED_NAME ? name : undefined));
    const core = new FeedCore(ports, {
      budget,
      clob: createClobApi(host(env.POLYMARKET_CLOB_URL)),
      data: createDataApi(host(env.POLYMARKET_DATA_URL)),
      gamma: createGammaApi(host(env.POLYMARKET_GAMMA_URL)),
      openSocket: (url) => meter.heldBy(openWorkerSocket(send, url)),
      rtdsUrl: env.POLYMARKET_RTDS_URL,
      marketUrl: `${env.POLYMARKET_CLOB_WS_URL.replace(/\/$/, '')}/ws/market`,
      random: () => Math.random(),
      user,
      wallets: { PAPER: wallet('PAPER'), LIVE: wallet('LIVE') },
      writeOutbox: (records) => meter.writeOutbox(env.DB, records),
      readControl: () => readControl(env.DB),
    });
    this.core = meter.counted(core);
  }

  override alarm(): Promise<void> {
    return this.core.alarm();
  }
  ensureRunning(): Promise<void> {
    return this.core.ensureRunning();
  }
  async applyControl(control: Control): Promise<void> {
    this.core.applyControl(control);
  }
  freshQuote(request: QuoteRequest): Promise<Quote> {
    return this.core.freshQuote(request);
  }
  tokenStates(
    tokens: readonly { readonly tokenId: TokenId; readonly conditionId: ConditionId }[],
    bids?: ExitBids,
  ): Promise<readonly TokenState[]> {
    return this.core.tokenStates(tokens, bids);
  }
  async askReading(leader: LeaderAddress, sinceMs: number): Promise<void> {
    this.core.askReading(leader, sinceMs);
  }
  glance(tokens: readonly TokenId[], askVenue: boolean): Promise<readonly (Book | null)[]> {
    return this.core.glance(tokens, askVenue);
  }
  async allowsTry(client: string, isKnown: boolean): Promise<boolean> {
    return this.tries.allows(client, Date.now(), isKnown);
  }
  async trySucceeded(client: string, isKnown: boolean): Promise<void> {
    this.tries.succeeded(client, isKnown);
  }
  async announce(topics: readonly Topic[]): Promise<number> {
    return this.core.pages.publish(topics);
  }
  /**
   * The event stream of one open page, of which the Worker has checked that it is the operator's; or a public read of the venue, for
   * pages and Wallets, within the budget that all such reads share.
   */
  override async fetch(request: Request): Promise<Response> {
    const { origin } = new URL(request.url);
    if (this.venueOrigins.includes(origin)) return this.read(request.url, { headers: request.headers });
    if (origin !== FEED_ORIGIN) return new Response(null, { status: 404 });
    const reconnects = request.headers.has('last-event-id');
    const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-store' };
    return new Response(pageStream(this.core.pages, reconnects), { headers });
  }
  async status(): Promise<FeedStatus> {
    return this.core.status();
  }
  async release(): Promise<string> {
    return this.env.RELEASE?.id ?? '';
  }
}
