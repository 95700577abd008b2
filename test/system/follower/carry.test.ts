/** CARRY: a purchase too small to place is kept until the venue takes it, the leader sells, or it grows too old. */
import { describe, expect, it } from 'vitest';
import type { ModeSettings } from '../../../domain/settings/settings.ts';
import { Scene } from '../world/scene.ts';

const MINUTE_MS = 60_000;

function open(settings: Partial<ModeSettings> = {}): Promise<Scene> {
  return Scene.open({ settings: { belowMinPolicy: 'CARRY', minTradeNotionalMicros: 0, ...settings } });
}

function story(scene: Scene): string[] {
  return scene.attempts().map((row) => [row.sourceType, row.side, row.decision, ...row.reasons].join(' '));
}

/** The leader trades so often, each too small for us to copy alone. */
async function crumbs(scene: Scene, side: 'BUY' | 'SELL', count: number, shares = 20): Promise<void> {
  for (let at = 0; at < count; at += 1) {
    await scene.receives(side, shares, side === 'BUY' ? 0.5 : 0.49);
    await scene.world.advance(1_000);
  }
}

describe('carrying', () => {
  it('keeps small buys until together they reach the venue’s minimum, then buys them as one', async () => {
    const scene = await open();
    await crumbs(scene, 'BUY', 2);
    expect(story(scene)).toEqual(['IMMEDIATE BUY SKIP CARRIED', 'IMMEDIATE BUY SKIP CARRIED']);
    expect(scene.held()).toBe(0n);
    await crumbs(scene, 'BUY', 1);
    expect(story(scene).slice(2)).toEqual(['IMMEDIATE BUY SKIP CARRIED', 'CARRY BUY EXECUTE']);
    const release = scene.attempts()[3]!;
    expect(release.fillCount).toBe(3);
    expect(scene.held()).toBeGreaterThanOrEqual(5_000_000n);
    expect(scene.held()).toBeLessThanOrEqual(6_000_000n);
  });

  it('releases over carry ids, never over fill ids, and each carry once', async () => {
    const scene = await open();
    await crumbs(scene, 'BUY', 6);
    const releases = scene.attempts().filter((row) => row.sourceType === 'CARRY');
    const members = scene.world.rows('groupMember').filter((row) => row.mode === 'PAPER');
    expect(releases).toHaveLength(2);
    expect(members).toHaveLength(6);
    expect(new Set(members.map((row) => row.groupKey))).toEqual(new Set(releases.map((row) => row.groupKey)));
    const fills = new Set<string>(
      scene.world.rows('leaderFill').flatMap((row) => [row.fillId, row.groupKey]),
    );
    expect(members.filter((row) => fills.has(row.memberId))).toEqual([]);
  });

  it('decides a release on a fresh book', async () => {
    const scene = await open({ maxWorseningPriceMicros: 10_000 });
    await crumbs(scene, 'BUY', 2);
    scene.world.exchange.setBook(scene.token, { bids: [['0.59', '9000']], asks: [['0.60', '9000']] });
    await crumbs(scene, 'BUY', 1);
    expect(scene.held()).toBe(0n);
    expect(story(scene).at(-1)).toContain('SKIP PRICE_WORSE_THAN_THEIR_FILL');
  });

  it('ends in a row when it grows too old, and is bought no more', async () => {
    const scene = await open({ carryAgeMsMax: MINUTE_MS });
    await crumbs(scene, 'BUY', 2);
    await scene.world.advance(2 * MINUTE_MS);
    expect(story(scene).slice(2)).toEqual(['CARRY BUY SKIP CARRY_EXPIRED', 'CARRY BUY SKIP CARRY_EXPIRED']);
    expect(scene.world.rows('groupMember')).toHaveLength(2);
    await crumbs(scene, 'BUY', 2);
    expect(scene.held()).toBe(0n);
  });

  it('is lowered by the fraction that the leader sells meanwhile (A43)', async () => {
    const scene = await open();
    await crumbs(scene, 'BUY', 2);
    // Half of the 40 that they hold: half of our 4 stays carried.
    await crumbs(scene, 'SELL', 1);
    await crumbs(scene, 'BUY', 1);
    expect(scene.held()).toBe(0n);
    await crumbs(scene, 'BUY', 1);
    expect(story(scene).at(-1)).toBe('CARRY BUY EXECUTE');
    expect(scene.held()).toBeGreaterThanOrEqual(5_000_000n);
    expect(scene.held()).toBeLessThanOrEqual(6_000_000n);
  });

  it('gives up what it holds of a token when the leader is out of it', async () => {
    const scene = await open();
    await crumbs(scene, 'BUY', 2);
    await crumbs(scene, 'SELL', 1, 40);
    expect(story(scene).at(-1)).toBe('CARRY BUY SKIP CARRY_SOLD');
    await scene.world.advance(MINUTE_MS);
    await crumbs(scene, 'BUY', 2);
    expect(scene.held()).toBe(0n);
  });

  it('carries no sale: small exits are owed, and sold together once they are enough (A43, A44)', async () => {
    const scene = await open();
    await scene.receives('BUY', 1_000);
    await scene.world.advance(1_000);
    const before = scene.held();
    await crumbs(scene, 'SELL', 2);
    await scene.world.advance(MINUTE_MS);
    expect(scene.held()).toBe(before);
    await crumbs(scene, 'SELL', 1);
    await scene.world.advance(10_000);
    expect(story(scene).at(-1)).toBe('EXIT SELL EXECUTE');
    expect(before - scene.held()).toBeGreaterThanOrEqual(5_800_000n);
    expect(before - scene.held()).toBeLessThanOrEqual(6_000_000n);
  });

  it('carries for each leader apart', async () => {
    const scene = await open();
    await crumbs(scene, 'BUY', 2);
    const second = scene.world.exchange.leaders()[1]!.address;
    await scene.world.follow(second);
    await scene.world.advance(2_000);
    scene.trade('BUY', '20', { leader: second });
    await scene.world.advance(5_000);
    expect(story(scene)).toHaveLength(3);
    expect(scene.held()).toBe(0n);
  });
});
