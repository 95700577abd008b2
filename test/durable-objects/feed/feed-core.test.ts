/** A whole LeaderFeed on ports in memory: what wakes it, what it does each minute, and what it answers. */
import { describe, expect, it } from 'vitest';
import type { LeaderAddress } from '../../../domain/ids.ts';
import type { OutboxRecord } from '../../../domain/records/records.ts';
import type { Control } from '../../../domain/settings/control.ts';
import { MINUTE_MS } from '../../../domain/time.ts';
import { FeedCore } from '../../../durable-objects/feed/feed-core.ts';
import { createClobApi } from '../../../polymarket/public/clob-api.ts';
import type { GammaApi } from '../../../polymarket/public/gamma-api.ts';
import { rtdsSubscribeFrames } from '../../../polymarket/public/rtds-frame.ts';
import { controlWith, dueMs } from '../follower/follower-parts.ts';
import { CONDITION, hashOf, LEADER, leaderRow, TOKEN } from '../follower/leader-data.ts';
import { MemoryPorts, START_MS } from '../memory-ports.ts';
import { page, ScriptedData, ScriptedSockets, ScriptedUser } from './feed-parts.ts';

const RTDS = 'ws://rtds';
const MARKET = 'ws://market';

class Feed {
  readonly raw = new ScriptedSockets();
  readonly data = new ScriptedData();
  readonly user = new ScriptedUser();
  readonly written: OutboxRecord[] = [];
  control: Control | undefined = controlWith();
  held: LeaderAddress[] = [];
  controlsRead = 0;
  heldAsked = 0;
  core: FeedCore;

  constructor(public ports = new MemoryPorts()) {
    this.core = this.start();
  }

  restart(): void {
    this.ports = this.ports.restarted();
    this.core = this.start();
  }

  socket(url: string) {
    return this.raw.opened.filter((one) => one.url === url).at(-1);
  }

  private start(): FeedCore {
    const wallet = {
      heldLeaders: async () => {
        this.heldAsked += 1;
        return this.held;
      },
      applyControl: async () => {},
      bidCame: async () => {},
    };
    // A venue without this market: every read is a 404.
    const host = {
      baseUrl: 'https://venue.test/',
      nowMs: this.ports.nowMs,
      fetch: async () => new Response('', { status: 404 }),
    };
    const core = new FeedCore(this.ports, {
      budget: { status: () => ({ refused: 0, pausedUntilMs: null }) },
      clob: createClobApi(host),
      data: this.data,
      // Only this method is called here.
      gamma: { fetchMarketByCondition: async () => undefined } as unknown as GammaApi,
      openSocket: this.raw.open,
      rtdsUrl: RTDS,
      marketUrl: MARKET,
      random: () => 0,
      user: () => this.user,
      wallets: { PAPER: wallet, LIVE: wallet },
      writeOutbox: async (records) => void this.written.push(...records),
      readControl: async () => {
        this.controlsRead += 1;
        return this.control;
      },
    });
    this.ports.onAlarm = () => core.alarm();
    return core;
  }
}

/** Running, with LEADER watched, and the first round of work done. */
async function running(): Promise<Feed> {
  const feed = new Feed();
  await feed.core.ensureRunning();
  await feed.ports.advance(1_000);
  return feed;
}
const trade = (tx: string) =>
  JSON.stringify({
    topic: 'activity',
    type: 'trades',
    payload: {
      proxyWallet: LEADER,
      transactionHash: hashOf(tx),
      asset: TOKEN,
      conditionId: CONDITION,
      side: 'BUY',
      size: 10,
      price: 0.5,
      timestamp: START_MS / 1_000,
    },
  });

describe('LeaderFeed', () => {
  it('opens its stream, reads the document, watches, seeds and sweeps once it is woken', async () => {
    const feed = await running();
    expect(feed.socket(RTDS)?.sent).toEqual(rtdsSubscribeFrames());
    expect(feed.socket(MARKET)).toBeUndefined();
    expect(feed.core.status()).toMatchObject({
      kind: 'feed',
      healthy: true,
      controlVersion: 1,
      leadersWatched: 1,
      counts: { sweeps: 1, seedFailures: 0 },
    });
    expect([feed.data.positionsAsked, feed.user.seeds.length]).toEqual([[LEADER], 1]);
    expect(feed.user.controls).toEqual([controlWith()]);
  });

  it('says when each leader was swept, and of one that never was that it was not', async () => {
    const feed = new Feed();
    feed.data.trades = () => {
      throw new Error('503');
    };
    await feed.core.ensureRunning();
    await feed.ports.advance(1_000);
    expect(feed.core.status().sweeps).toEqual([`${LEADER}: not swept yet`]);
    feed.data.trades = () => page([]);
    await feed.ports.advance(15_000);
    expect(feed.core.status().sweeps[0]).toMatch(/: swept \d s ago$/);
  });

  it('is not healthy while a leader’s sweeps fail for eleven minutes, and says since when (A60)', async () => {
    const feed = await running();
    feed.data.trades = () => {
      throw new Error('503');
    };
    await feed.ports.advance(10 * MINUTE_MS);
    expect(feed.core.status().late).toEqual({ sweeps: 0, oldestSweepAtMs: null });
    await feed.ports.advance(2 * MINUTE_MS);
    expect(feed.core.status()).toMatchObject({ healthy: false, late: { sweeps: 1 } });
    expect(feed.core.status().late.oldestSweepAtMs).toBeLessThan(START_MS + MINUTE_MS);
    feed.data.trades = () => page([]);
    await feed.ports.advance(MINUTE_MS);
    expect(feed.core.status().late).toEqual({ sweeps: 0, oldestSweepAtMs: null });
  });

  it('is woken once, however often', async () => {
    const feed = await running();
    await feed.core.ensureRunning();
    await feed.core.alarm();
    expect(feed.raw.opened.filter((one) => one.url === RTDS)).toHaveLength(1);
  });

  it('is woken by its alarm after a crash', async () => {
    const feed = await running();
    feed.restart();
    expect(feed.core.status().rtds.state).toBe('STOPPED');
    feed.ports.atMs = feed.ports.alarmAtMs!;
    const alarm = feed.core.alarm();
    await feed.ports.settle();
    expect([feed.core.status().rtds.state, feed.core.status().leadersWatched]).toEqual(['OPEN', 1]);
    await feed.ports.advance(1_000);
    await alarm;
  });

  it('is woken by its first job after a restart, before any alarm', async () => {
    const feed = await running();
    feed.restart();
    await feed.ports.advance(5_000);
    expect(feed.core.status().rtds.state).toBe('OPEN');
  });

  it('delivers what the stream reports, and keeps the books of its tokens live', async () => {
    const feed = await running();
    feed.socket(RTDS)?.say(trade('one'));
    await feed.ports.settle();
    expect(feed.user.observed).toMatchObject([{ kind: 'stream', source: 'RTDS_TRADES' }]);
    expect(feed.socket(MARKET)?.sent[0]).toContain(TOKEN);
    expect(feed.core.status().counts.rtdsRows).toBe(1);
  });

  it('drops books when the market channel is lost', async () => {
    const feed = await running();
    feed.socket(RTDS)?.say(trade('one'));
    await feed.ports.settle();
    const levels = { bids: [{ price: '0.49', size: '1' }], asks: [{ price: '0.50', size: '1' }] };
    const frame = {
      event_type: 'book',
      asset_id: TOKEN,
      market: CONDITION,
      timestamp: String(START_MS),
      hash: 'h',
    };
    feed.socket(MARKET)?.say(JSON.stringify({ ...frame, ...levels }));
    const glance = async () => (await feed.core.glance([TOKEN], false)).map((book) => book?.hash ?? null);
    const framedAtMs = feed.ports.atMs;
    await feed.ports.advance(300);
    expect(await glance()).toEqual(['h']);
    expect(await feed.core.tokenStates([{ tokenId: TOKEN, conditionId: CONDITION }])).toEqual([
      {
        tokenId: TOKEN,
        top: { bidPriceMicros: 490_000n, askPriceMicros: 500_000n, asOfMs: framedAtMs },
        lastTrade: null,
        ended: false,
        payoutPriceMicros: null,
      },
    ]);
    feed.socket(MARKET)?.drop();
    expect([await glance(), feed.core.status().healthy]).toEqual([[null], false]);
  });

  it('sweeps everyone when the stream is open again, and once more in a round after the index has the gap', async () => {
    const feed = await running();
    await feed.ports.advance(20_000);
    const before = feed.core.status().counts.sweeps;
    feed.socket(RTDS)?.drop();
    feed.data.trades = () => page([leaderRow({ tx: 'missed', eventAtMs: feed.ports.atMs })]);
    await feed.ports.advance(1_100);
    expect(feed.core.status().counts.sweeps).toBe(before + 1);
    await feed.ports.advance(10_000);
    expect(feed.core.status().counts.sweeps).toBe(before + 2);
    expect(feed.user.observed[0]).toMatchObject({ kind: 'sweep', source: 'DATA_API' });
  });

  it('that is lost is missed until its first frame: sweeps stand in for it meanwhile', async () => {
    const feed = await running();
    const standIn = () => feed.core.status().rtds.standIn;
    expect(standIn()).toBeNull();
    feed.socket(RTDS)?.drop();
    feed.socket(RTDS)?.drop();
    expect(standIn()).toEqual({ leaders: 1, late: 0 });
    await feed.ports.advance(3_000);
    expect(feed.core.status().rtds.state).toBe('OPEN');
    expect(standIn()).toEqual({ leaders: 1, late: 0 });
    feed.socket(RTDS)?.say('{"topic":"comments"}');
    expect(standIn()).toBeNull();
  });

  it('pings the stream every five seconds, and opens it again after thirty without data', async () => {
    const feed = await running();
    await feed.ports.advance(5_000);
    expect(feed.socket(RTDS)?.sent).toEqual([...rtdsSubscribeFrames(), 'PING']);
    await feed.ports.advance(24_000);
    expect(feed.core.status().rtds.reconnects).toBe(0);
    await feed.ports.advance(2_000);
    expect(feed.core.status().rtds.reconnects).toBe(1);
  });
});

describe('every minute', () => {
  it('the document is read again, and what it changes takes effect', async () => {
    const feed = await running();
    feed.control = controlWith({ version: 2, user: null });
    await feed.ports.advance(60_000);
    expect(feed.core.status()).toMatchObject({ controlVersion: 2, leadersWatched: 0 });
    feed.control = controlWith({ version: 3 });
    // Nobody is followed, and the object sleeps until the cron calls.
    await feed.core.ensureRunning();
    await feed.ports.advance(1);
    expect(feed.core.status()).toMatchObject({ controlVersion: 3, leadersWatched: 1 });
  });

  it('with nobody followed no socket is open, and cron wakes no Wallet but every ten minutes; following opens them', async () => {
    const feed = new Feed();
    feed.control = controlWith({ version: 1, user: null });
    await feed.core.ensureRunning();
    await feed.ports.advance(1_000);
    expect(feed.raw.opened).toEqual([]);
    expect(feed.core.status()).toMatchObject({ healthy: true, rtds: { unused: 'NOBODY_FOLLOWED' } });
    const asked = feed.heldAsked;
    for (let minute = 0; minute < 10; minute += 1) {
      feed.restart();
      await feed.core.ensureRunning();
      await feed.ports.advance(MINUTE_MS);
    }
    expect([feed.raw.opened, feed.heldAsked]).toEqual([[], asked]);
    await feed.core.ensureRunning();
    await feed.ports.advance(MINUTE_MS);
    expect(feed.heldAsked).toBeGreaterThan(asked);
    feed.core.applyControl(controlWith({ version: 2 }));
    await feed.ports.advance(1_000);
    expect(feed.socket(RTDS)).toBeDefined();
    const opened = feed.raw.opened.length;
    feed.restart();
    await feed.ports.advance(1_000);
    expect(feed.raw.opened.length).toBeGreaterThan(opened);
    feed.core.applyControl(controlWith({ version: 3, user: null }));
    await feed.ports.advance(MINUTE_MS);
    expect(feed.core.status().rtds.state).toBe('STOPPED');
  });

  it('a stream that the setting turns off is closed, every leader is swept each few seconds, and Status says so', async () => {
    const feed = await running();
    const off = controlWith({ version: 2 });
    feed.core.applyControl({ ...off, system: { ...off.system, rtdsEnabled: false } });
    await feed.ports.advance(20_000);
    const sweeps = () => feed.core.status().counts.sweeps;
    const before = sweeps();
    expect(feed.core.status()).toMatchObject({
      healthy: true,
      rtds: { state: 'STOPPED', unused: 'SETTING' },
    });
    await feed.ports.advance(20_000);
    expect(sweeps() - before).toBeGreaterThanOrEqual(3);
    feed.core.applyControl(controlWith({ version: 3 }));
    await feed.ports.advance(1_000);
    expect(feed.core.status().rtds).toMatchObject({ state: 'OPEN', unused: null });
  });

  it('leaders whose shares are held stay watched', async () => {
    const feed = await running();
    feed.held = [LEADER];
    feed.control = controlWith({ version: 2, user: null });
    await feed.ports.advance(60_000);
    expect(feed.core.status().leadersWatched).toBe(1);
  });
});

describe('a pushed document', () => {
  it('takes effect at once when its version is higher, and wakes the feed', async () => {
    const feed = new Feed();
    feed.core.applyControl(controlWith());
    await feed.ports.settle();
    expect(feed.core.status()).toMatchObject({
      controlVersion: 1,
      leadersWatched: 1,
      rtds: { state: 'OPEN' },
    });
    // At once: without a row, since its own first sweep follows every start.
    expect(feed.ports.timersDueMs[0]).toBe(START_MS);
    expect([dueMs(feed.ports, 'minute'), dueMs(feed.ports, 'sweep')]).toEqual([undefined, undefined]);
  });

  it('has a leader whom it adds swept at once', async () => {
    const feed = await running();
    feed.core.applyControl(controlWith({ version: 2, user: null }));
    await feed.ports.advance(60_000);
    expect(feed.core.status().leadersWatched).toBe(0);
    const before = feed.core.status().counts.sweeps;
    feed.core.applyControl(controlWith({ version: 3 }));
    await feed.ports.advance(0);
    expect(feed.core.status().counts.sweeps).toBe(before + 1);
  });

  it('changes nothing when its version is not higher', async () => {
    const feed = new Feed();
    feed.core.applyControl(controlWith({ version: 2 }));
    feed.core.applyControl(controlWith({ version: 2, user: null }));
    expect(feed.core.status().leadersWatched).toBe(1);
  });

  it('is not read from D1 when one is known already', async () => {
    const feed = new Feed();
    feed.core.applyControl(controlWith());
    await feed.core.ensureRunning();
    expect(feed.controlsRead).toBe(0);
  });
});
