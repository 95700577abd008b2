/**
 * Who may be awake (design.md 2). A pending timer, an open socket and an unanswered call keep an object from sleeping, and are
 * billed: at rest only LeaderFeed has any.
 */
import { describe, expect, it } from 'vitest';
import { HOUR_MS, MINUTE_MS } from '../../../domain/time.ts';
import { LiveScene } from '../world/live-scene.ts';
import { Scene } from '../world/scene.ts';
import type { Watcher } from '../world/watcher.ts';
import type { World } from '../world/world.ts';

/** Counts what keeps each object awake, and the requests that wake it. */
class Wakefulness implements Watcher {
  private readonly reasons = new Map<string, string[]>();
  readonly requests: string[] = [];
  /** When the alarm of each object is set to fire. */
  readonly alarms = new Map<string, number>();

  awake(object: string, why: string): () => void {
    const reasons = this.reasons.get(object) ?? [];
    this.reasons.set(object, reasons);
    reasons.push(why);
    let over = false;
    return () => {
      if (!over) reasons.splice(reasons.indexOf(why), 1);
      over = true;
    };
  }
  alarmSet(object: string, atMs: number): void {
    this.alarms.set(object, atMs);
  }
  request(object: string, what: string): void {
    if (what === 'alarm') this.alarms.delete(object);
    this.requests.push(`${object} ${what}`);
  }
  statement(): void {}
  transaction(): void {}
  frame(): void {}

  /** What keeps the object awake now. */
  of(object: string): readonly string[] {
    return this.reasons.get(object) ?? [];
  }
}

const FOLLOWED_USER = (world: World): string =>
  `user ${world.control.followedUsers[0]!.leaderAddress.slice(0, 6)}`;

describe('at rest', () => {
  it('a FollowedUser, the paper Wallet and a live Wallet without keys have no timer and no alarm', async () => {
    const wakefulness = new Wakefulness();
    const scene = await Scene.open({ watcher: () => wakefulness });
    const { world } = scene;
    await world.advance(20 * MINUTE_MS);
    for (const object of [FOLLOWED_USER(world), 'wallet PAPER', 'wallet LIVE'])
      expect([object, wakefulness.of(object), wakefulness.alarms.get(object)]).toEqual([
        object,
        [],
        undefined,
      ]);
    expect(wakefulness.of('feed')).toContain('a timer');
  });

  it('a leader who does nothing costs no request but the reading of their positions', async () => {
    const wakefulness = new Wakefulness();
    const scene = await Scene.open({ watcher: () => wakefulness });
    const { world } = scene;
    await world.advance(20 * MINUTE_MS);
    wakefulness.requests.length = 0;
    await world.advance(50 * MINUTE_MS);
    const own = wakefulness.requests.filter((one) => one.startsWith(FOLLOWED_USER(world)));
    expect(own.filter((one) => !one.endsWith(' seed') && !one.endsWith(' alarm'))).toEqual([]);
    expect(own.length).toBeLessThanOrEqual(4);
  });

  it('a paper Wallet that holds something is woken each minute, and sleeps in between', async () => {
    const wakefulness = new Wakefulness();
    const scene = await Scene.open({ watcher: () => wakefulness });
    const { world } = scene;
    await scene.copied('BUY', '400');
    await world.advance(20 * MINUTE_MS + 30_000);
    expect([wakefulness.of('wallet PAPER'), wakefulness.of(FOLLOWED_USER(world))]).toEqual([[], []]);
    expect(wakefulness.alarms.get('wallet PAPER')! - world.nowMs).toBeLessThanOrEqual(MINUTE_MS);
    expect(world.nowMs - world.paper.status().lastTickAtMs!).toBeLessThanOrEqual(MINUTE_MS);
  });

  it('a live Wallet that is OFF with keys closes its socket after ten minutes, and looks once an hour', async () => {
    const wakefulness = new Wakefulness();
    const scene = await LiveScene.open({ watcher: () => wakefulness, state: 'OFF' });
    const { world } = scene;
    await world.advance(5 * MINUTE_MS);
    expect(wakefulness.of('wallet LIVE')).toContain('socket user');
    await world.advance(10 * MINUTE_MS);
    expect(wakefulness.of('wallet LIVE')).toEqual([]);
    expect(wakefulness.alarms.get('wallet LIVE')! - world.nowMs).toBeGreaterThan(MINUTE_MS);
    const readAtMs = world.live.status().live!.reconciliation.lastAtMs!;
    await world.advance(HOUR_MS + 3 * MINUTE_MS);
    expect(world.live.status().live!.reconciliation.lastAtMs).toBeGreaterThan(readAtMs);
    expect(wakefulness.of('wallet LIVE')).toEqual([]);
    // The operator finds it ready all the same.
    await scene.switchLive('SHADOW');
    await world.advance(5_000);
    expect([scene.facts().trading, scene.facts().userChannel]).toEqual(['SHADOW', 'OPEN']);
  });

  it('a live Wallet that is ON stays awake', async () => {
    const wakefulness = new Wakefulness();
    const { world } = await LiveScene.open({ watcher: () => wakefulness });
    await world.advance(20 * MINUTE_MS);
    expect(wakefulness.of('wallet LIVE')).toContain('socket user');
  });
});
