// What a copy costs in statements, rows and commits, counted on a World: exact, and the same on every machine.
import type { CopyCost } from '../system/world/copy-cost.ts';

/** Counts a purchase of a leader who was copied before, without a time to group in, as the bench trades. */
export async function countSteps(): Promise<CopyCost> {
  await import('./cost/whole-typescript.ts');
  const { copyCost } = await import('../system/world/copy-cost.ts');
  const { LiveScene } = await import('../system/world/live-scene.ts');
  let letGo = (): void => {};
  try {
    const scene = await LiveScene.open({
      system: { groupQuietMs: 0, groupAgeMsMax: 0 },
      whenOver: (undo) => {
        letGo = undo;
      },
    });
    await scene.copied('BUY', '1000');
    return await copyCost(scene, 'BUY');
  } finally {
    letGo();
  }
}
