/**
 * A leader's conversions (A48): what the first reading that can show it lacks is an exit of its own for each token, once. What no
 * reading can show is listed for the operator.
 */
import { describe, expect, it } from 'vitest';
import type { TokenId } from '../../../domain/ids.ts';
import { price, shares } from '../../../domain/money.ts';
import { MINUTE_MS } from '../../../domain/time.ts';
import type { PositionReading, SeedPosition } from '../../../durable-objects/rpc.ts';
import type { ActivityRow } from '../../../polymarket/public/leader-row.ts';
import { START_MS } from '../memory-ports.ts';
import { controlWith, Follower, report } from './follower-parts.ts';
import { CONDITION, hashOf, LEADER, OTHER_CONDITION, OTHER_TOKEN, TOKEN } from './leader-data.ts';

const whole = (count: number) => shares(BigInt(Math.round(count * 1e6)));

/** Shares of each token in the venue's list, in whole shares. */
type Listed = Readonly<Record<string, number>>;

class Scene {
  readonly follower = new Follower(controlWith({ system: { groupQuietMs: 0 } }));

  /** They hold this, read long before. */
  constructor(held: Listed, reading: Partial<PositionReading> = {}) {
    this.read(held, { asOfMs: START_MS, swept: false, ...reading });
  }

  get ports() {
    return this.follower.ports;
  }

  /** A list that was requested now, and confirmed by a sweep. */
  read(held: Listed, reading: Partial<PositionReading> = {}, eventSlug = 'cup'): void {
    const positions = Object.entries(held).map(
      ([token, count]): SeedPosition => ({
        // Each token of the tests is the NO of a market of its own.
        tokenId: token as TokenId,
        conditionId: token === TOKEN ? CONDITION : OTHER_CONDITION,
        shareMicros: whole(count),
        avgPriceMicros: price(500_000n),
        eventSlug,
      }),
    );
    this.follower.core.seed(positions, {
      complete: true,
      asOfMs: this.ports.atMs,
      swept: true,
      ...reading,
    });
  }

  /** They convert so many shares of each of the tokens that the reading will show; now, unless `part` says so. */
  async convert(count: number, part: Partial<ActivityRow> = {}): Promise<void> {
    const row: ActivityRow = {
      type: 'CONVERSION',
      txHash: hashOf(`conversion ${this.ports.atMs}`),
      leaderAddress: LEADER,
      conditionId: CONDITION,
      shareMicros: whole(count),
      cashMicros: 0n as ActivityRow['cashMicros'],
      eventAtMs: this.ports.atMs,
      eventSlug: 'cup',
      ...part,
    };
    await this.follower.core.observe(
      report({ kind: 'sweep', rows: [], activities: [row], detectedAtMs: this.ports.atMs }),
    );
    await this.ports.settle();
  }

  readonly trade = (...given: Parameters<Follower['trade']>) => this.follower.trade(...given);
  readonly pass = (ms: number) => this.follower.pass(ms);

  /** The exits that the paper Wallet was sent: 'ACTIVITY 7: 40 of 100'. */
  async exits(): Promise<string[]> {
    await this.ports.settle();
    return this.follower.wallets.PAPER.requests
      .filter(({ intent }) => intent.side === 'SELL')
      .map(({ intent }) => {
        if (intent.exit?.kind !== 'FRACTION') return `${intent.sourceType} ${intent.tokenId}: by rate`;
        const { soldShareMicros: sold, heldShareMicros: held } = intent.exit;
        const out = intent.leaderExited ? ', out' : '';
        return `${intent.sourceType} ${intent.tokenId}: ${Number(sold) / 1e6} of ${Number(held) / 1e6}${out}`;
      });
  }

  async listed(): Promise<string[]> {
    await this.pass(1_000);
    return this.follower.writtenOf('quarantine').map((row) => row.reason);
  }
}

describe('a conversion', () => {
  it('asks for a reading from a minute after it on, and again each minute', async () => {
    const scene = new Scene({ [TOKEN]: 100 });
    await scene.convert(40);
    await scene.pass(2 * MINUTE_MS);
    expect(scene.follower.asked).toEqual([MINUTE_MS, MINUTE_MS, MINUTE_MS].map((ms) => START_MS + ms));
  });

  it('is an exit of each token that the reading lacks, each by its own fraction', async () => {
    const scene = new Scene({ [TOKEN]: 100, [OTHER_TOKEN]: 40, 9: 70 });
    await scene.convert(40);
    await scene.pass(MINUTE_MS);
    scene.read({ [TOKEN]: 60, 9: 70, 10: 40 });
    expect(await scene.exits()).toEqual([
      `ACTIVITY ${TOKEN}: 40 of 100`,
      `ACTIVITY ${OTHER_TOKEN}: 40 of 40, out`,
    ]);
    const keys = scene.follower.wallets.PAPER.requests.map(({ intent }) => intent.idempotencyKey);
    expect(new Set(keys).size).toBe(2);
    expect(await scene.listed()).toEqual([]);
  });

  it('goes to the live Wallet alike', async () => {
    const scene = new Scene({ [TOKEN]: 100 });
    scene.follower.core.applyControl(controlWith({ version: 2, liveTrading: 'ON' }));
    await scene.convert(40);
    await scene.pass(MINUTE_MS);
    scene.read({ [TOKEN]: 60 });
    await scene.ports.settle();
    expect(scene.follower.sent('LIVE')).toEqual(['ACTIVITY SELL 40']);
  });

  it('is decided once, whatever is read or reported again', async () => {
    const scene = new Scene({ [TOKEN]: 100 });
    const at = { txHash: hashOf('one'), eventAtMs: START_MS };
    await scene.convert(40, at);
    await scene.pass(MINUTE_MS);
    scene.read({ [TOKEN]: 60 });
    await scene.convert(40, at);
    scene.read({ [TOKEN]: 20 });
    await scene.pass(20 * MINUTE_MS);
    expect(await scene.exits()).toEqual([`ACTIVITY ${TOKEN}: 40 of 100`]);
    expect(await scene.listed()).toEqual([]);
  });

  it('waits for a reading that is whole, late enough and confirmed by a sweep', async () => {
    const scene = new Scene({ [TOKEN]: 100 });
    await scene.convert(40);
    scene.read({ [TOKEN]: 60 });
    await scene.pass(MINUTE_MS);
    scene.read({ [TOKEN]: 60 }, { complete: false });
    scene.read({ [TOKEN]: 60 }, { swept: false });
    scene.read({ [TOKEN]: 60 }, { asOfMs: START_MS + MINUTE_MS - 1 });
    expect(await scene.exits()).toEqual([]);
    scene.read({ [TOKEN]: 60 });
    expect(await scene.exits()).toEqual([`ACTIVITY ${TOKEN}: 40 of 100`]);
  });

  it('survives a crash and an eviction, before the reading and after it', async () => {
    const scene = new Scene({ [TOKEN]: 100 });
    await scene.convert(40);
    scene.follower.restart();
    await scene.pass(MINUTE_MS);
    expect(scene.follower.asked.length).toBeGreaterThan(1);
    scene.follower.wallets.PAPER.answer = () => Promise.reject(new Error('it restarts'));
    scene.read({ [TOKEN]: 60 });
    scene.follower.restart();
    await scene.pass(5_000);
    const keys = scene.follower.wallets.PAPER.requests.map(({ intent }) => intent.idempotencyKey);
    expect([new Set(keys).size, keys.length > 1]).toEqual([1, true]);
  });

  it('is asked about again when LeaderFeed does not answer', async () => {
    const scene = new Scene({ [TOKEN]: 100 });
    scene.follower.feedDown = true;
    await scene.convert(40);
    await scene.pass(90_000);
    scene.follower.feedDown = false;
    await scene.pass(MINUTE_MS);
    expect(scene.follower.asked).toHaveLength(1);
  });
});

describe('between a conversion and its reading', () => {
  it('a sale sells its part of what they were known to hold; both together are what they have left', async () => {
    const scene = new Scene({ [TOKEN]: 100 });
    await scene.convert(40);
    await scene.trade('SELL', 30);
    await scene.pass(MINUTE_MS);
    scene.read({ [TOKEN]: 30 });
    // 0.7 × 3/7: the three tenths that they have left.
    expect(await scene.exits()).toEqual([`IMMEDIATE ${TOKEN}: 30 of 100`, `ACTIVITY ${TOKEN}: 40 of 70`]);
  });

  it('a second conversion waits for its own reading, which shows both', async () => {
    const scene = new Scene({ [TOKEN]: 100, [OTHER_TOKEN]: 50 });
    await scene.convert(40);
    await scene.pass(30_000);
    await scene.convert(20);
    await scene.pass(30_000);
    scene.read({ [TOKEN]: 60, [OTHER_TOKEN]: 30 });
    expect(await scene.exits()).toEqual([]);
    await scene.pass(30_000);
    scene.read({ [TOKEN]: 40, [OTHER_TOKEN]: 30 });
    expect(await scene.exits()).toEqual([
      `ACTIVITY ${TOKEN}: 60 of 100`,
      `ACTIVITY ${OTHER_TOKEN}: 20 of 50`,
    ]);
  });

  it('a merge is an exit of its own', async () => {
    const scene = new Scene({ [TOKEN]: 100 });
    await scene.convert(40);
    await scene.convert(10, { type: 'MERGE', txHash: hashOf('merge') });
    await scene.pass(MINUTE_MS);
    scene.read({ [TOKEN]: 50 });
    expect(await scene.exits()).toEqual([`ACTIVITY ${TOKEN}: 10 of 100`, `ACTIVITY ${TOKEN}: 40 of 90`]);
  });

  it('what they trade just before the reading lets the next one show it', async () => {
    const scene = new Scene({ [TOKEN]: 100 });
    await scene.convert(40);
    await scene.pass(55_000);
    await scene.trade('BUY', 20);
    await scene.pass(5_000);
    // The list lacks the purchase.
    scene.read({ [TOKEN]: 60 });
    expect(await scene.exits()).toEqual([]);
    await scene.pass(MINUTE_MS);
    scene.read({ [TOKEN]: 80 });
    expect(await scene.exits()).toEqual([`ACTIVITY ${TOKEN}: 40 of 120`]);
  });

  it('what they sold just before the reading hides nothing, and other tokens do not wait for it', async () => {
    const scene = new Scene({ [TOKEN]: 100, [OTHER_TOKEN]: 50 });
    await scene.convert(40);
    await scene.pass(55_000);
    await scene.trade('SELL', 50);
    await scene.pass(5_000);
    // The list lacks the sale, so it shows more than is known to be held: the conversion is hidden behind it.
    scene.read({ [TOKEN]: 60, [OTHER_TOKEN]: 10 });
    expect(await scene.exits()).toEqual([
      `IMMEDIATE ${TOKEN}: 50 of 100`,
      `ACTIVITY ${OTHER_TOKEN}: 40 of 50`,
    ]);
    scene.follower.restart();
    await scene.pass(MINUTE_MS);
    // What it has shown of a token is over, whatever else is missing of that by now.
    scene.read({ [TOKEN]: 10 });
    expect(await scene.exits()).toEqual([
      `IMMEDIATE ${TOKEN}: 50 of 100`,
      `ACTIVITY ${OTHER_TOKEN}: 40 of 50`,
      `ACTIVITY ${TOKEN}: 40 of 50`,
    ]);
    expect(await scene.listed()).toEqual([]);
  });

  it('what they trade after the request counts on top of the reading', async () => {
    const scene = new Scene({ [TOKEN]: 100 });
    await scene.convert(40);
    await scene.pass(MINUTE_MS);
    const asOfMs = scene.ports.atMs;
    await scene.pass(5_000);
    await scene.trade('SELL', 30);
    await scene.pass(15_000);
    scene.read({ [TOKEN]: 60 }, { asOfMs });
    expect(await scene.exits()).toEqual([`IMMEDIATE ${TOKEN}: 30 of 100`, `ACTIVITY ${TOKEN}: 40 of 70`]);
    await scene.trade('SELL', 15);
    expect((await scene.exits()).at(-1)).toBe(`IMMEDIATE ${TOKEN}: 15 of 30`);
  });
});

describe('what a conversion cannot explain', () => {
  it('is left alone in another event, and taken into account where no event is named', async () => {
    for (const eventSlug of ['election', '']) {
      const scene = new Scene({});
      scene.read({ [TOKEN]: 100 }, { swept: false }, eventSlug);
      await scene.convert(40);
      await scene.pass(MINUTE_MS);
      scene.read({ [TOKEN]: 60 }, {}, eventSlug);
      expect(await scene.exits()).toEqual(eventSlug === '' ? [`ACTIVITY ${TOKEN}: 40 of 100`] : []);
    }
  });

  it('is listed: fewer shares than were converted, and what exceeds them', async () => {
    const scene = new Scene({ [TOKEN]: 100, [OTHER_TOKEN]: 100 });
    await scene.convert(40);
    await scene.pass(MINUTE_MS);
    scene.read({ [TOKEN]: 90, [OTHER_TOKEN]: 30 });
    expect(await scene.exits()).toEqual([`ACTIVITY ${OTHER_TOKEN}: 40 of 100`]);
    expect(await scene.listed()).toEqual([
      expect.stringContaining(`10 shares of token ${TOKEN} are missing`),
      expect.stringContaining(`30 shares of token ${OTHER_TOKEN} are missing`),
    ]);
  });

  it('is listed as a whole when no reading could show it within ten minutes, and later readings count again', async () => {
    const scene = new Scene({ [TOKEN]: 100 });
    await scene.convert(40);
    await scene.pass(10 * MINUTE_MS);
    expect(await scene.listed()).toEqual([expect.stringContaining('within ten minutes')]);
    scene.read({ [TOKEN]: 60 });
    await scene.trade('SELL', 30);
    expect(await scene.exits()).toEqual([`IMMEDIATE ${TOKEN}: 30 of 60`]);
  });

  it('is listed when their positions were not known, or were read after it', async () => {
    const unknown = new Scene({ [TOKEN]: 100 }, { complete: false });
    await unknown.convert(40);
    expect(await unknown.listed()).toEqual([expect.stringContaining('were not known')]);
    const late = new Scene({ [TOKEN]: 60 });
    await late.convert(40, { eventAtMs: START_MS - 1_000 });
    expect(await late.listed()).toEqual([expect.stringContaining('only after')]);
  });

  it('is listed like it when they merge what was not known', async () => {
    const unknown = new Scene({ [TOKEN]: 100 }, { complete: false });
    await unknown.convert(40, { type: 'MERGE' });
    expect(await unknown.listed()).toEqual([
      'a merge was not copied as a whole: their positions were not known',
    ]);
    expect(await unknown.exits()).toEqual([]);
  });

  it('is not listed when it happened before they were followed', async () => {
    const scene = new Scene({ [TOKEN]: 60 });
    await scene.convert(40, { eventAtMs: START_MS - 61_000 });
    expect(await scene.listed()).toEqual([]);
  });
});
