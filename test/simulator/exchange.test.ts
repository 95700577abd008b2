// The exchange as a whole: the same seed gives the same frames, a restart changes nothing, people trade early and variously.

import { describe, expect, it } from 'vitest';
import { openBench, START_MS, shapeOf, totalValue } from './harness.ts';

type Message = Record<string, unknown>;

function listen(bench: ReturnType<typeof openBench>): { frames: string[]; ping: () => void } {
  const frames: string[] = [];
  const rtds = bench.exchange.openRtdsSocket((text) => frames.push(text));
  rtds.receive('{"action":"subscribe","subscriptions":[{"topic":"activity","type":"trades"}]}');
  const market = bench.exchange.openMarketSocket((text) => frames.push(text));
  const assets = bench.exchange.markets().flatMap((one) => one.tokens);
  market.receive(JSON.stringify({ type: 'market', assets_ids: assets, custom_feature_enabled: true }));
  return { frames, ping: () => rtds.receive('PING') };
}

describe('the practice exchange', () => {
  it('gives the same frames for the same seed, and others for another', () => {
    const run = (seed: string): string[] => {
      const bench = openBench({ live: true, seed });
      const { frames } = listen(bench);
      bench.pass(30_000);
      return frames;
    };
    const first = run('1');
    expect(first.length).toBeGreaterThan(100);
    expect(run('1')).toEqual(first);
    expect(run('2')).not.toEqual(first);
  });

  it('goes on from its saved rows exactly as it would have without the restart', () => {
    const undisturbed = openBench({ live: true, saved: true });
    undisturbed.pass(45_000);
    const restarted = openBench({
      live: true,
      rows: new Map(undisturbed.saved()),
      atMs: undisturbed.nowMs(),
    });
    const [one, other] = [listen(undisturbed), listen(restarted)];
    undisturbed.pass(30_000);
    restarted.pass(30_000);
    expect(other.frames.map(withoutConnection)).toEqual(one.frames.map(withoutConnection));
    expect(restarted.saved()).toEqual(undisturbed.saved());
  });

  it('jumps over the hours it was off instead of living through them', () => {
    const bench = openBench({ live: true, saved: true });
    bench.pass(5_000);
    const steps = bench.exchange.world.meta.steps;
    const later = openBench({ live: true, rows: bench.saved(), atMs: bench.nowMs() + 7_200_000 });
    later.pass(1_000);
    expect(later.exchange.world.meta.steps).toBeLessThan(steps + 20);
    expect(
      later.exchange.markets().some((market) => market.slug === 'ferry-on-time' && market.status !== 'open'),
    ).toBe(true);
    expect(
      later.exchange.markets().filter((market) => market.series !== null && market.status === 'open').length,
    ).toBeGreaterThan(2);
  });

  it('lets every habit trade within fifteen seconds, the first within five, buying and selling over time', () => {
    const bench = openBench({ live: true, seed: '1' });
    bench.pass(15_000);
    const leaders = bench.exchange.leaders();
    const rowsOf = (address: string) => bench.exchange.world.activityByWallet.get(address) ?? [];
    for (const leader of leaders) expect(rowsOf(leader.address), leader.habit).not.toHaveLength(0);
    expect(Math.min(...leaders.map((leader) => rowsOf(leader.address)[0]!.matchedAtMs))).toBeLessThan(
      START_MS + 5_000,
    );
    bench.pass(420_000);
    for (const leader of leaders) {
      const sides = new Set(rowsOf(leader.address).map((row) => row.side));
      expect(sides, leader.habit).toContain('BUY');
      expect(sides, leader.habit).toContain('SELL');
    }
    const kinds = new Set(bench.exchange.world.activity.map((row) => row.kind));
    expect([...kinds].sort()).toEqual(['MERGE', 'REDEEM', 'SPLIT', 'TRADE']);
    expect(totalValue(bench.exchange.world)).toBe(bench.exchange.world.meta.deposits);
  });

  it('opens short markets, closes them, resolves them, and one kind resolves half to each side', () => {
    const bench = openBench({ live: true });
    bench.pass(1_300_000);
    const ended = bench.exchange
      .markets()
      .filter((market) => market.series !== null && market.status === 'resolved');
    const payouts = new Set(ended.map((market) => String(market.payouts)));
    expect(payouts.has('500000,500000')).toBe(true);
    expect(payouts.has('1000000,0') || payouts.has('0,1000000')).toBe(true);
    expect(
      bench.exchange.markets().some((market) => market.series !== null && market.status === 'open'),
    ).toBe(true);
  });

  it('offers both protocol versions, whose position ids keep the reserved bits at zero', () => {
    const { exchange } = openBench();
    const isPosition = (token: string): boolean => ((BigInt(token) >> 40n) & ((1n << 64n) - 1n)) === 0n;
    for (const market of exchange.markets()) {
      for (const token of market.tokens) expect(isPosition(token)).toBe(market.version === 'v2');
      expect(market.conditionId).toMatch(/^0x[0-9a-f]{64}$/);
    }
    expect(new Set(exchange.markets().map((market) => market.version))).toEqual(new Set(['v1', 'v2']));
    expect(exchange.markets().some((market) => market.question.includes('<script>'))).toBe(true);
  });

  it('keeps price grid, minimum and mirror in every book it shows', () => {
    const bench = openBench({ live: true });
    bench.pass(20_000);
    for (const market of bench.exchange.markets().filter((one) => one.status === 'open')) {
      const [yes, no] = market.tokens.map((token) => bench.get(`/book?token_id=${token}`).body as Book);
      const mirror = (level: Level): Level => ({
        price: String(Number((1 - Number(level.price)).toFixed(4))),
        size: level.size,
      });
      expect(no!.bids).toEqual(yes!.asks.map(mirror));
      expect(no!.asks).toEqual(yes!.bids.map(mirror));
      expect(Number(yes!.bids.at(-1)!.price)).toBeLessThan(Number(yes!.asks.at(-1)!.price));
      for (const level of [...yes!.bids, ...yes!.asks]) {
        expect(Number(level.price) / Number(yes!.tick_size)).toBeCloseTo(
          Math.round(Number(level.price) / Number(yes!.tick_size)),
          6,
        );
      }
    }
  });
});

interface Level {
  price: string;
  size: string;
}
interface Book {
  bids: Level[];
  asks: Level[];
  tick_size: string;
}

function withoutConnection(text: string): unknown {
  const message = JSON.parse(text) as Message;
  return Array.isArray(message) ? message : { ...message, connection_id: shapeOf(message).connection_id };
}
