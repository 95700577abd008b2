/** Small trades wait in the buffer until a rule flushes them; nothing leaves it unseen, and nothing small is lost in it. */
import { describe, expect, it } from 'vitest';
import { copyLagMs, detectionLagMs } from '../../../domain/records/lags.ts';
import type { ModeSettings } from '../../../domain/settings/settings.ts';
import { unaccounted } from '../world/conservation.ts';
import { miscounts } from '../world/recount.ts';
import { Scene } from '../world/scene.ts';

const BUFFERED: Partial<ModeSettings> = {
  bufferEnabled: true,
  bufferThresholdNotionalMicros: 5_000_000,
  bufferFlushNotionalMicros: 10_000_000,
  bufferExecNotionalMicrosMin: 4_000_000,
  bufferQuietMs: 600,
  bufferAgeMsMax: 2_500,
  belowMinPolicy: 'SKIP',
};

function open(settings: Partial<ModeSettings> = {}): Promise<Scene> {
  return Scene.open({ settings: { ...BUFFERED, ...settings } });
}

/** Source, decision, reasons and leader fills of each attempt, in order. */
function story(scene: Scene): string[] {
  return scene
    .attempts()
    .map((row) => [row.sourceType, row.side, row.decision, ...row.reasons, row.fillCount].join(' '));
}

describe('the buffer', () => {
  it('waits for more below every rule, and flushes when the bucket reaches the amount', async () => {
    const scene = await open();
    for (let count = 0; count < 3; count += 1) {
      await scene.receives('BUY', 60);
      await scene.world.advance(300);
    }
    expect(story(scene)).toEqual([]);
    await scene.receives('BUY', 60);
    await scene.world.advance(300);
    expect(story(scene)).toEqual(['BUFFER BUY EXECUTE 4']);
    expect(unaccounted(scene.world)).toEqual([]);
  });

  it('flushes a bucket worth executing once it has been quiet', async () => {
    const scene = await open();
    await scene.receives('BUY', 90);
    await scene.world.advance(500);
    expect(story(scene)).toEqual([]);
    await scene.world.advance(300);
    expect(story(scene)).toEqual(['BUFFER BUY EXECUTE 1']);
  });

  it('counts no lag of what it kept waiting: that is a wait of its own (A57)', async () => {
    const scene = await open();
    for (let count = 0; count < 2; count += 1) {
      await scene.receives('BUY', 60);
      await scene.world.advance(500);
    }
    const newestAtMs = scene.world.nowMs - 500;
    // Counts are added up within a minute of the copy.
    await scene.world.advance(62_000);
    const [copy] = scene.attempts();
    expect(story(scene)).toEqual(['BUFFER BUY EXECUTE 2']);
    // The second fill came by the stream at once, and waited for its group, then for a quiet bucket.
    expect(copy).toMatchObject({
      newestEventAtMs: newestAtMs - (newestAtMs % 1_000),
      newestDetectedAtMs: newestAtMs,
      ownWaitMs: 625,
    });
    expect(copyLagMs(copy!) - detectionLagMs(copy!)).toBeLessThan(100);
    expect(scene.world.paper.status().copying).toMatchObject({ decisions: 1, lagMsP95: 500 });
    expect(miscounts(scene.world)).toEqual([]);
  });

  it('carries a bucket that never became worth executing, in a row that says so, never in silence (A57)', async () => {
    const scene = await open();
    await scene.receives('BUY', 40);
    await scene.world.advance(2_000);
    expect(story(scene)).toEqual([]);
    await scene.world.advance(1_000);
    expect(story(scene)).toEqual(['BUFFER BUY SKIP CARRIED 1']);
    expect(unaccounted(scene.world)).toEqual([]);
    await scene.receives('BUY', 50);
    await scene.world.advance(3_000);
    // $2 and $2.5 together are worth executing.
    expect(story(scene).slice(1)).toEqual(['BUFFER BUY SKIP CARRIED 1', 'CARRY BUY EXECUTE 2']);
    expect(unaccounted(scene.world)).toEqual([]);
  });

  it('carries nothing of it while paper is OFF', async () => {
    const scene = await open();
    await scene.receives('BUY', 40);
    await scene.world.advance(1_000);
    scene.world.paper.setTrading('OFF');
    await scene.world.advance(3_000);
    scene.world.paper.setTrading('ON');
    await scene.receives('BUY', 50);
    await scene.world.advance(3_000);
    expect(story(scene)).toEqual(['BUFFER BUY SKIP ENGINE_PAUSED 1', 'BUFFER BUY SKIP CARRIED 1']);
  });

  it('lowers what waits by the fraction that the leader sells meanwhile (A43)', async () => {
    const scene = await open();
    await scene.receives('BUY', 600);
    await scene.world.advance(1_000);
    await scene.receives('BUY', 90);
    await scene.world.advance(100);
    await scene.receives('BUY', 90);
    await scene.world.advance(300);
    // Half of the 780 that they hold.
    await scene.receives('SELL', 390, 0.49);
    await scene.world.advance(3_000);
    expect(story(scene)).toEqual([
      'IMMEDIATE BUY EXECUTE 1',
      'IMMEDIATE SELL EXECUTE 1',
      'BUFFER BUY EXECUTE 2',
    ]);
    expect(scene.attempts().at(-1)?.targetNotionalMicros).toBe(4_500_000n);
    expect(unaccounted(scene.world)).toEqual([]);
  });

  it('gives up what waits when the leader sells all, in a row that says so', async () => {
    const scene = await open();
    await scene.receives('BUY', 90);
    await scene.world.advance(300);
    await scene.receives('SELL', 90, 0.49);
    await scene.world.advance(3_000);
    expect(story(scene)).toEqual([
      'BUFFER BUY SKIP BUFFER_NETTED_TO_ZERO 1',
      'IMMEDIATE SELL SKIP NOT_ENOUGH_POSITION_TO_SELL 1',
    ]);
    expect(unaccounted(scene.world)).toEqual([]);
  });

  it('lets a large trade pass after the small ones that waited, all visible', async () => {
    const scene = await open();
    await scene.receives('BUY', 90);
    await scene.world.advance(300);
    await scene.receives('BUY', 600);
    await scene.world.advance(3_000);
    expect(story(scene)).toEqual(['BUFFER BUY EXECUTE 1', 'IMMEDIATE BUY EXECUTE 1']);
    const bought = scene.attempts().map((row) => row.targetNotionalMicros);
    expect(bought).toEqual([4_500_000n, 30_000_000n]);
  });

  it('is emptied into attempts when the operator switches it off', async () => {
    const scene = await open({ bufferAgeMsMax: 600_000, bufferQuietMs: 600_000 });
    await scene.receives('BUY', 90);
    await scene.world.advance(10_000);
    expect(story(scene)).toEqual([]);
    await scene.world.change((control) => ({
      ...control,
      settings: { ...control.settings, PAPER: { ...control.settings.PAPER, bufferEnabled: false } },
    }));
    await scene.world.advance(1_000);
    expect(story(scene)).toEqual(['BUFFER BUY EXECUTE 1']);
  });

  it('never raises what it releases to the smallest trade', async () => {
    const scene = await open({
      belowMinPolicy: 'RAISE',
      minTradeNotionalMicros: 50_000_000,
      bufferThresholdNotionalMicros: 6_000_000,
    });
    await scene.receives('BUY', 90);
    await scene.world.advance(3_000);
    expect(story(scene)).toEqual(['BUFFER BUY EXECUTE 1']);
    expect(scene.attempts()[0]?.targetNotionalMicros).toBe(4_500_000n);
  });

  it('holds the smallest leader trade against buffered trades too', async () => {
    const scene = await open({ leaderTradeNotionalMicrosMin: 100_000_000 });
    await scene.receives('BUY', 90);
    await scene.world.advance(3_000);
    expect(story(scene)).toEqual(['IMMEDIATE BUY SKIP LEADER_TRADE_BELOW_MIN_NOTIONAL 1']);
  });

  it('keeps what waits through the death of its object', async () => {
    const scene = await open();
    await scene.receives('BUY', 60);
    await scene.world.advance(300);
    scene.world.kill({ user: scene.leader });
    await scene.receives('BUY', 60);
    await scene.world.advance(5_000);
    expect(story(scene)).toEqual(['BUFFER BUY EXECUTE 2']);
    expect(unaccounted(scene.world)).toEqual([]);
  });

  it('ends groups that come to nothing in a row, and goes on with the leader’s next fill', async () => {
    const scene = await Scene.open({ settings: { copyRateBps: 0, bufferEnabled: true } });
    scene.trade('BUY', '20');
    await scene.world.advance(20_000);
    expect(scene.attempts().map((row) => row.reasons)).toEqual([['BUFFER_NETTED_TO_ZERO']]);
    scene.trade('BUY', '30');
    await scene.world.advance(20_000);
    expect(scene.world.rows('leaderFill').filter((row) => row.disposition === 'GROUPED')).toHaveLength(2);
  });
});
