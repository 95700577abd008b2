/**
 * Two minutes in which the venue refuses every request for their number, with many followed leaders: LeaderFeed is quiet meanwhile,
 * and has swept everyone within two minutes after, also where refused requests count. On a virtual clock.
 */
import { describe, expect, it } from 'vitest';
import { type LeaderAddress, parseLeaderAddress } from '../../../domain/ids.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../domain/time.ts';
import { FeedCore } from '../../../durable-objects/feed/feed-core.ts';
import { createClobApi } from '../../../polymarket/public/clob-api.ts';
import { createDataApi } from '../../../polymarket/public/data-api.ts';
import { createGammaApi } from '../../../polymarket/public/gamma-api.ts';
import { HostBudget } from '../../../polymarket/wire/host-budget.ts';
import { controlWith } from '../follower/follower-parts.ts';
import { MemoryPorts } from '../memory-ports.ts';
import { ScriptedSockets, ScriptedUser } from './feed-parts.ts';

const ANSWER_MS = 200;
/** What the venue takes of one route in ten seconds, refused requests included. */
const LIMIT = 200;

class Storm {
  readonly ports = new MemoryPorts();
  private readonly sockets = new ScriptedSockets();
  /** When each leader was first swept, since the test last cleared it. */
  readonly sweptAtMs = new Map<string, number>();
  /** When each request came, by route. */
  private readonly came = new Map<string, number[]>();
  requests = 0;
  refusesAll = false;
  private readonly core: FeedCore;

  constructor(leaders: readonly LeaderAddress[]) {
    const { ports } = this;
    const budget = new HostBudget({ nowMs: ports.nowMs, after: ports.timers.after, random: () => 1 });
    const fetch = (input: string) => this.answer(new URL(input));
    const host = { baseUrl: 'https://data.test', fetch, nowMs: ports.nowMs, budget };
    const wallet = { heldLeaders: async () => [], applyControl: async () => {}, bidCame: async () => {} };
    const user = new ScriptedUser();
    const control = controlWith();
    this.core = new FeedCore(ports, {
      budget,
      clob: createClobApi(host),
      data: createDataApi(host),
      gamma: createGammaApi(host),
      openSocket: this.sockets.open,
      rtdsUrl: 'ws://rtds',
      marketUrl: 'ws://market',
      random: () => 0,
      user: () => user,
      wallets: { PAPER: wallet, LIVE: wallet },
      writeOutbox: async () => {},
      readControl: async () => ({
        ...control,
        // Followed from so late on that they count as active: each is swept every minute.
        followedUsers: leaders.map((leaderAddress) => ({
          ...control.followedUsers[0]!,
          leaderAddress,
          followFromMs: ports.nowMs() + HOUR_MS,
        })),
      }),
    });
    ports.onAlarm = () => this.core.alarm();
  }

  start(): Promise<void> {
    this.talk();
    return this.core.ensureRunning();
  }

  /** The stream of trades lives on, without a trade of ours: a silent one would be opened again, and every leader be due. */
  private talk(): void {
    for (const socket of this.sockets.opened) if (!socket.closed) socket.say('{"topic":"comments"}');
    this.ports.timers.after(20 * SECOND_MS, () => this.talk());
  }

  private async answer({ pathname, searchParams }: URL): Promise<Response> {
    this.requests += 1;
    const nowMs = this.ports.nowMs();
    const came = (this.came.get(pathname) ?? []).filter((atMs) => nowMs - atMs < 10 * SECOND_MS);
    came.push(nowMs);
    this.came.set(pathname, came);
    await new Promise<void>((resolve) => void this.ports.timers.after(ANSWER_MS, resolve));
    if (this.refusesAll || came.length > LIMIT)
      return new Response('', { status: 429, headers: { 'retry-after': '0' } });
    const user = searchParams.get('user') ?? '';
    if (pathname === '/v2/trades' && !this.sweptAtMs.has(user)) this.sweptAtMs.set(user, nowMs);
    return Response.json({ data: [], pagination: { next_cursor: null } });
  }
}

describe.each([300, 1_000])('with %i leaders, after two minutes of nothing but 429', (count) => {
  it('everyone is swept within two minutes, and in between the venue is left alone', async () => {
    const leaders = Array.from(
      { length: count },
      (_, index) => parseLeaderAddress(`0x${(index + 1).toString(16).padStart(40, '0')}`)!,
    );
    const storm = new Storm(leaders);
    await storm.start();
    await storm.ports.advance(2 * MINUTE_MS);
    expect(storm.sweptAtMs.size).toBe(count);

    storm.refusesAll = true;
    storm.requests = 0;
    await storm.ports.advance(2 * MINUTE_MS);
    const quiet = storm.requests;
    storm.refusesAll = false;
    storm.sweptAtMs.clear();
    await storm.ports.advance(2 * MINUTE_MS);
    // Probes of one host, and what was under way when the storm began.
    expect(quiet).toBeLessThan(40);
    expect(storm.sweptAtMs.size).toBe(count);
  });
});
