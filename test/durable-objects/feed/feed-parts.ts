/** What small tests of LeaderFeed's parts share: a Data API, a FollowedUser and a socket that do as a test says. */
import type { ConditionId, LeaderAddress, TokenId } from '../../../domain/ids.ts';
import type { MarketFacts } from '../../../domain/market/market.ts';
import { price, shares } from '../../../domain/money.ts';
import type { LeaderCondition } from '../../../domain/records/status.ts';
import type { Control } from '../../../domain/settings/control.ts';
import type { FeedKeys } from '../../../durable-objects/feed/keys.ts';
import { RowChecks } from '../../../durable-objects/feed/row-checks.ts';
import { WatchList } from '../../../durable-objects/feed/watch-list.ts';
import { KeyValue } from '../../../durable-objects/platform/key-value.ts';
import { Quarantine } from '../../../durable-objects/platform/quarantine.ts';
import { Scheduler } from '../../../durable-objects/platform/scheduler.ts';
import type {
  FollowedUserPort,
  ObserveRequest,
  PositionReading,
  SeedPosition,
} from '../../../durable-objects/rpc.ts';
import type { DataApi, Page, PageRequest, Positions } from '../../../polymarket/public/data-api.ts';
import type { ActivityRow, LeaderRow } from '../../../polymarket/public/leader-row.ts';
import type { Resolution, Resolutions } from '../../../polymarket/public/resolutions.ts';
import type { RawSocket } from '../../../polymarket/wire/socket.ts';
import { outboxOver } from '../follower/leader-data.ts';
import { MemoryPorts, START_MS } from '../memory-ports.ts';

export function page<Row>(rows: Row[], nextCursor?: string): Page<Row> {
  return { rows, refused: [], nextCursor };
}

/** A Data API of pages that a test lists; records what it was asked. */
export class ScriptedData implements DataApi {
  trades: (request: PageRequest) => Page<LeaderRow> = () => page([]);
  activity: (request: PageRequest) => Page<ActivityRow> = () => page([]);
  positions: () => Positions = () => ({ positions: [], refused: [], complete: true, unreadTokenIds: [] });
  resolution: (conditionId: ConditionId) => Resolution | undefined = () => undefined;
  readonly asked: (PageRequest & { readonly list: 'trades' | 'activity' })[] = [];
  readonly positionsAsked: LeaderAddress[] = [];
  readonly resolutionsAsked: (readonly ConditionId[])[] = [];

  pausedMs: () => number = () => 0;

  async listTrades(request: PageRequest): Promise<Page<LeaderRow>> {
    this.asked.push({ ...request, list: 'trades' });
    return this.trades(request);
  }
  async listActivity(request: PageRequest): Promise<Page<ActivityRow>> {
    this.asked.push({ ...request, list: 'activity' });
    return this.activity(request);
  }
  async listPositions(leader: LeaderAddress): Promise<Positions> {
    this.positionsAsked.push(leader);
    return this.positions();
  }
  async fetchResolutions(conditionIds: readonly ConditionId[]): Promise<Resolutions> {
    this.resolutionsAsked.push(conditionIds);
    const byCondition = new Map<ConditionId, Resolution>();
    for (const conditionId of conditionIds) {
      const found = this.resolution(conditionId);
      if (found !== undefined) byCondition.set(conditionId, found);
    }
    return { byCondition, refused: [] };
  }
}

/** A FollowedUser that records what it is sent, and refuses while `fails` says so. */
export class ScriptedUser implements FollowedUserPort {
  readonly observed: ObserveRequest[] = [];
  readonly seeds: ({ readonly positions: readonly SeedPosition[] } & PositionReading)[] = [];
  readonly controls: Control[] = [];
  fails: () => boolean = () => false;
  /** Runs before a report is acknowledged. */
  beforeAnswer: () => Promise<void> = async () => {};
  calls = 0;

  /** What it answers to a sweep. */
  condition: LeaderCondition | undefined;

  async observe(request: ObserveRequest): Promise<LeaderCondition | undefined> {
    this.calls += 1;
    await this.beforeAnswer();
    if (this.fails()) throw new Error('it restarts');
    this.observed.push(request);
    return this.condition;
  }
  async seed(positions: readonly SeedPosition[], reading: PositionReading): Promise<void> {
    if (this.fails()) throw new Error('it restarts');
    this.seeds.push({ positions, ...reading });
  }
  async applyControl(control: Control): Promise<void> {
    await this.beforeAnswer();
    if (this.fails()) throw new Error('it restarts');
    this.controls.push(control);
  }
}

/** The parts that most of LeaderFeed's parts need. Jobs do nothing here: a test sees when they are due. */
export function feedParts(ports = new MemoryPorts()) {
  const kv = new KeyValue<FeedKeys>(ports.storage);
  const outbox = outboxOver(ports);
  const quarantine = new Quarantine(ports, kv, outbox);
  const scheduler = new Scheduler(ports, {});
  const watch = new WatchList(ports.storage);
  const checks = new RowChecks(ports, quarantine);
  /** The reasons in the quarantine, in order. */
  const quarantined = () => ports.outboxedOf('quarantine').map((row) => `${row.source} ${row.reason}`);
  return { ports, outbox, quarantine, scheduler, watch, checks, quarantined };
}

/** Sockets that a test opens, feeds and closes. */
export class ScriptedSockets {
  readonly opened: ScriptedSocket[] = [];
  readonly open = async (url: string): Promise<RawSocket> => {
    const socket = new ScriptedSocket(url);
    this.opened.push(socket);
    return socket;
  };
}

class ScriptedSocket implements RawSocket {
  readonly sent: string[] = [];
  closed = false;
  say: (text: string) => void = () => {};
  drop: () => void = () => {};

  constructor(readonly url: string) {}

  send(text: string): void {
    this.sent.push(text);
  }
  close(): void {
    this.closed = true;
  }
  onMessage(callback: (data: string | ArrayBuffer) => void): void {
    this.say = callback;
  }
  onClose(callback: () => void): void {
    this.drop = callback;
  }
}

/** Facts of a token as a test needs them. */
export function marketFacts(tokenId: TokenId, part: Partial<MarketFacts> = {}): MarketFacts {
  return {
    tokenId,
    conditionId: `0x${'b'.repeat(64)}` as MarketFacts['conditionId'],
    outcomeTokenIds: [tokenId],
    tickPriceMicros: price(10_000n),
    orderShareMicrosMin: shares(5_000_000n),
    fee: null,
    acceptingOrders: true,
    protocolVersion: 'v1',
    negRisk: false,
    takerDelayMs: 0,
    closeAtMs: null,
    asOfMs: START_MS,
    ...part,
  };
}
