/**
 * Exits by the rate (A43): a sale of a leader whose holding is not wholly known asks for a reading of their positions, and what
 * our exit lacks of the fraction that they sold follows as one correction, in each mode, once.
 */
import { describe, expect, it } from 'vitest';
import { price, shares } from '../../../domain/money.ts';
import { MINUTE_MS, SECOND_MS } from '../../../domain/time.ts';
import type { CopyResult } from '../../../durable-objects/copy-answer.ts';
import type { PositionReading } from '../../../durable-objects/rpc.ts';
import { START_MS } from '../memory-ports.ts';
import { controlWith, decided, Follower } from './follower-parts.ts';
import { CONDITION, TOKEN } from './leader-data.ts';

const whole = (count: number) => shares(BigInt(Math.round(count * 1e6)));

class Scene {
  readonly follower: Follower;
  /** What the Wallets have, and what the rate wants of it. */
  own = 40;
  wanted = 10;
  /** The sale waits in the Wallet. */
  waits = false;

  constructor(settings: Parameters<typeof controlWith>[0] = {}) {
    this.follower = new Follower(controlWith({ system: { groupQuietMs: 0 }, ...settings }));
    for (const mode of ['PAPER', 'LIVE'] as const)
      this.follower.wallets[mode].answer = async ({ intent }) => this.answer(intent.exit === null);
  }

  get ports() {
    return this.follower.ports;
  }

  private answer(isByRate: boolean): CopyResult {
    if (this.waits) return { ...decided(), kind: 'decided', decision: 'WAIT' } as CopyResult;
    if (!isByRate) return decided();
    const byRate = { ownShareMicros: whole(this.own), wantedShareMicros: whole(this.wanted) };
    return { ...decided(), byRate } as CopyResult;
  }

  read(left: number, reading: Partial<PositionReading> = {}): void {
    const position = {
      tokenId: TOKEN,
      conditionId: CONDITION,
      eventSlug: '',
      avgPriceMicros: price(500_000n),
    };
    const positions = left === 0 ? [] : [{ ...position, shareMicros: whole(left) }];
    this.follower.core.seed(positions, { complete: true, swept: true, asOfMs: this.ports.atMs, ...reading });
  }

  readonly trade = (...given: Parameters<Follower['trade']>) => this.follower.trade(...given);
  readonly pass = (ms: number) => this.follower.pass(ms);

  /** The corrections that a Wallet was sent, in whole shares. */
  async corrections(mode: 'PAPER' | 'LIVE' = 'PAPER'): Promise<string[]> {
    await this.ports.settle();
    return this.follower.wallets[mode].requests
      .filter(({ intent }) => intent.sourceType === 'CORRECTION')
      .map(({ intent }) => {
        const size = intent.exit?.kind === 'CORRECTION' ? Number(intent.exit.shareMicros) / 1e6 : 'none';
        return [
          size,
          ...(intent.leaderExited ? ['out'] : []),
          ...((intent.presetReason ?? '') ? [intent.presetReason] : []),
        ].join(' ');
      });
  }

  async listed(): Promise<string[]> {
    await this.pass(1_000);
    return this.follower.writtenOf('quarantine').map((row) => row.reason);
  }
}

describe('a sale above a holding that is not wholly known', () => {
  it('asks for a reading from 15 seconds after it on, and seldom while readings are not whole', async () => {
    const scene = new Scene();
    await scene.trade('SELL', 50);
    await scene.pass(6 * MINUTE_MS);
    expect(scene.follower.asked).toEqual([START_MS + 16 * SECOND_MS, START_MS + 16 * SECOND_MS]);
  });

  it('is corrected to the fraction that they sold, once, whatever is read again', async () => {
    const scene = new Scene();
    await scene.trade('SELL', 50);
    await scene.pass(20_000);
    // 50 of 100 were half of it; a quarter of our 40 was sold.
    scene.read(50);
    expect(await scene.corrections()).toEqual(['10']);
    const { intent } = scene.follower.wallets.PAPER.requests.at(-1)!;
    expect(intent).toMatchObject({
      side: 'SELL',
      fillCount: 0,
      newest: null,
      referencePriceMicros: 500_000n,
    });
    scene.read(50);
    await scene.pass(20 * MINUTE_MS);
    expect(await scene.corrections()).toEqual(['10']);
    expect(await scene.listed()).toEqual([]);
  });

  it('is not corrected by a reading in which the row of its token cannot be read', async () => {
    const scene = new Scene();
    await scene.trade('SELL', 50);
    await scene.pass(20_000);
    scene.read(0, { unreadTokenIds: [TOKEN] });
    expect(await scene.corrections()).toEqual([]);
    scene.read(50);
    expect(await scene.corrections()).toEqual(['10']);
  });

  it('goes to the live Wallet alike, under a key of its own that both share', async () => {
    const scene = new Scene({ liveTrading: 'ON' });
    await scene.trade('SELL', 50);
    await scene.pass(20_000);
    scene.read(50);
    await scene.pass(1_000);
    expect([await scene.corrections('PAPER'), await scene.corrections('LIVE')]).toEqual([['10'], ['10']]);
    const keys = Object.values(scene.follower.wallets).map((wallet) =>
      wallet.requests.map(({ intent }) => intent.idempotencyKey),
    );
    expect(keys[0]).toEqual(keys[1]);
    expect(new Set(keys[0]).size).toBe(2);
  });

  it('is all of it when nothing is left, and less than was sold lowers what is owed', async () => {
    const out = new Scene();
    await out.trade('SELL', 50);
    await out.pass(20_000);
    out.read(0);
    expect(await out.corrections()).toEqual(['30 out']);
    const much = new Scene();
    much.wanted = 30;
    await much.trade('SELL', 50);
    await much.pass(20_000);
    much.read(50);
    expect(await much.corrections()).toEqual(['-10 OWED_LOWERED']);
  });

  it('needs nothing when the rate was right', async () => {
    const scene = new Scene();
    scene.wanted = 20;
    await scene.trade('SELL', 50);
    await scene.pass(20_000);
    scene.read(50);
    expect(await scene.corrections()).toEqual([]);
  });

  it('counts what they did between the sale and the reading', async () => {
    const scene = new Scene();
    await scene.trade('SELL', 50);
    await scene.pass(5_000);
    scene.own = 30;
    scene.wanted = 5;
    await scene.trade('SELL', 25);
    await scene.pass(5_000);
    await scene.trade('BUY', 15);
    await scene.pass(20_000);
    // They held 100, then 50, then 25, then 40.
    scene.read(40);
    // 40 × ½ × ½ = 10 of the first 40 were to stay; 25 of them do.
    expect(await scene.corrections()).toEqual(['15']);
  });

  it('waits for a reading that is whole, confirmed by a sweep, and 15 seconds after their last act', async () => {
    const scene = new Scene();
    await scene.trade('SELL', 50);
    await scene.pass(14_000);
    scene.read(50, { complete: false });
    scene.read(50, { swept: false });
    expect(await scene.corrections()).toEqual([]);
    scene.read(50);
    expect(await scene.corrections()).toEqual([]);
    await scene.pass(2 * MINUTE_MS);
    expect(scene.follower.asked.length).toBeGreaterThan(1);
    scene.read(50);
    expect(await scene.corrections()).toEqual(['10']);
  });

  it('survives a crash at each step', async () => {
    const scene = new Scene();
    await scene.trade('SELL', 50);
    scene.follower.restart();
    await scene.pass(20_000);
    scene.follower.wallets.PAPER.answer = () => Promise.reject(new Error('it restarts'));
    scene.read(50);
    scene.follower.restart();
    await scene.pass(10_000);
    expect(new Set(await scene.corrections())).toEqual(new Set(['10']));
    const keys = scene.follower.wallets.PAPER.requests
      .filter(({ intent }) => intent.sourceType === 'CORRECTION')
      .map(({ intent }) => intent.idempotencyKey);
    expect([keys.length > 1, new Set(keys).size]).toEqual([true, 1]);
  });

  it('that waits in the Wallet is asked about again, under its own key, until it is decided', async () => {
    const scene = new Scene();
    scene.waits = true;
    await scene.trade('SELL', 50);
    await scene.pass(20_000);
    scene.read(50);
    await scene.pass(MINUTE_MS);
    expect(await scene.corrections()).toEqual([]);
    scene.waits = false;
    await scene.pass(MINUTE_MS);
    expect(await scene.corrections()).toEqual(['10']);
    const { requests } = scene.follower.wallets.PAPER;
    expect(new Set(requests.map(({ intent }) => intent.idempotencyKey)).size).toBe(2);
  });

  it('is not corrected where the operator wants the rate, or where nothing was decided', async () => {
    const byRate = new Scene({ paper: { exitSizing: 'RATE' } });
    await byRate.trade('SELL', 50);
    const off = new Scene();
    off.follower.wallets.PAPER.answer = async () => ({ kind: 'inactive' });
    await off.trade('SELL', 50);
    for (const scene of [byRate, off]) {
      await scene.pass(20_000);
      scene.read(50);
      expect(await scene.corrections()).toEqual([]);
      expect(scene.follower.asked.length).toBeLessThanOrEqual(1);
    }
  });

  it('is listed when no reading was whole within a quarter of an hour', async () => {
    const scene = new Scene();
    await scene.trade('SELL', 50);
    await scene.pass(16 * MINUTE_MS);
    expect(await scene.listed()).toEqual(['an exit by the rate was not corrected: no reading was whole']);
    scene.read(50);
    expect(await scene.corrections()).toEqual([]);
  });
});
