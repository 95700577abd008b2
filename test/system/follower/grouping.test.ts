/** Fills that are one act become one group: quiet for 25 ms, or 250 ms old, whichever comes first; and never two groups. */
import { describe, expect, it } from 'vitest';
import { COPIED_MS, Scene } from '../world/scene.ts';

/** Fills arrive, so many milliseconds apart; the fills per group that come of it. */
async function groupsOf(
  gapsMs: readonly number[],
  system: { groupQuietMs?: number; groupAgeMsMax?: number } = {},
): Promise<number[]> {
  const scene = await Scene.open({ system });
  await scene.receives('BUY', 100);
  for (const gapMs of gapsMs) {
    await scene.world.advance(gapMs);
    await scene.receives('BUY', 100);
  }
  await scene.world.advance(COPIED_MS);
  return scene.attempts().map((row) => row.fillCount);
}

describe('grouping', () => {
  it('takes fills less than 25 ms apart as one act', async () => {
    expect(await groupsOf([24, 24, 24])).toEqual([4]);
  });

  it('closes a group that has been quiet for 25 ms', async () => {
    expect(await groupsOf([24, 26, 24])).toEqual([2, 2]);
  });

  it('closes a group 250 ms after its first fill, however busy it is', async () => {
    const groups = await groupsOf(Array.from({ length: 20 }, () => 20));
    expect(groups.reduce((sum, fills) => sum + fills, 0)).toBe(21);
    expect(groups).toEqual([13, 8]);
  });

  it('groups nothing when the operator sets the quiet time to zero', async () => {
    expect(await groupsOf([1, 1], { groupQuietMs: 0, groupAgeMsMax: 0 })).toEqual([1, 1, 1]);
  });

  it('keeps the sides of a token apart', async () => {
    const scene = await Scene.open();
    await scene.copied('BUY', '400');
    scene.trade('BUY', '100');
    scene.trade('SELL', '100');
    await scene.world.advance(COPIED_MS);
    expect(scene.attempts().map((row) => [row.side, row.fillCount])).toEqual([
      ['BUY', 1],
      ['BUY', 1],
      ['SELL', 1],
    ]);
  });

  it('gives the attempt the share-weighted price, rounded down, and all fills of the group', async () => {
    const scene = await Scene.open();
    scene.world.exchange.setBook(scene.token, {
      bids: [['0.49', '9000']],
      asks: [
        ['0.50', '100'],
        ['0.51', '9000'],
      ],
    });
    scene.trade('BUY', '100');
    scene.trade('BUY', '200');
    await scene.world.advance(COPIED_MS);
    const [attempt] = scene.attempts();
    expect(attempt).toMatchObject({
      fillCount: 2,
      leaderNotionalMicros: 152_000_000n,
      referencePriceMicros: 506_666n,
    });
    const keys = scene.world.rows('leaderFill').map((row) => row.groupKey);
    expect(keys).toEqual([attempt?.groupKey, attempt?.groupKey]);
  });

  it('gives the same group the same key in another run, and another group another', async () => {
    const keys = async (shares: string): Promise<string> => {
      const scene = await Scene.open();
      await scene.copied('BUY', shares);
      return `${scene.attempts()[0]?.groupKey} ${scene.attempts()[0]?.idempotencyKey}`;
    };
    const first = await keys('200');
    expect(await keys('200')).toBe(first);
    const scene = await Scene.open();
    await scene.copied('BUY', '200');
    await scene.copied('BUY', '200');
    expect(new Set(scene.attempts().map((row) => row.groupKey)).size).toBe(2);
  });
});
