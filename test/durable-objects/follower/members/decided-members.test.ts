/**
 * A FollowedUser that has lost what it stored after its Wallet decided: it sees the same fills again, groups them anew, and must
 * neither decide a share twice nor lose one (design.md 4, "decided members").
 */
import { describe, expect, it } from 'vitest';
import { TRADING_MODES, type TradingMode } from '../../../../domain/ids.ts';
import { cash, shares } from '../../../../domain/money.ts';
import { createRandom, seedState } from '../../../../simulator/model/random.ts';
import { LossyFollower, type Stored } from './lossy-follower.ts';

const QUIET_MS = 25;
const WHOLE = 1e6;
const BUFFER = {
  bufferEnabled: true,
  bufferThresholdNotionalMicros: 1_000_000_000,
  bufferFlushNotionalMicros: 1_000_000_000,
  bufferExecNotionalMicrosMin: 1_000_000,
  bufferQuietMs: 2_000,
  bufferAgeMsMax: 5_000,
};

/** What was decided, as `source side shares`, each key once. */
function decidedOf(follower: LossyFollower): string[] {
  return follower
    .decided()
    .map(
      ({ request: { intent } }) =>
        `${intent.sourceType} ${intent.side} ${Number(intent.leaderShareMicros) / WHOLE}`,
    );
}

/** The leader's dollars that are decided of each side, whichever way they went, by what the Wallet was sent. */
function dollarsDecided(follower: LossyFollower, side: 'BUY' | 'SELL'): number {
  return follower.decided().reduce((sum, { request: { intent } }) => {
    if (intent.side !== side || intent.sourceType === 'CARRY') return sum;
    // A buffer has sized our tenth of it.
    const dollars =
      intent.ourNotionalMicros === null ? intent.leaderNotionalMicros : intent.ourNotionalMicros * 10n;
    return sum + Number(dollars) / WHOLE;
  }, 0);
}

function dollarsTraded(follower: LossyFollower, side: 'BUY' | 'SELL'): number {
  const rows = follower.trades.flatMap((trade) => trade.rows).filter((row) => row.side === side);
  return rows.reduce((sum, row) => sum + Number(row.notionalMicros) / WHOLE, 0);
}

/** Shares that answers gave to be carried, less those that releases took: what must be carried still. */
function carriedBalance(follower: LossyFollower): number {
  return follower.decided().reduce((sum, { request: { intent }, result }) => {
    const given = result.kind === 'decided' ? Number(result.carriedShareMicros) / WHOLE : 0;
    return sum + given - (intent.sourceType === 'CARRY' ? Number(intent.leaderShareMicros) / WHOLE : 0);
  }, 0);
}

function carried(follower: LossyFollower): number {
  const [row] = follower.ports.storage.rows('SELECT coalesce(sum(shares), 0) AS n FROM carry');
  return Number(row?.n) / WHOLE;
}

describe('a group that mixes decided and new fills', () => {
  it('joins the decided ones to their old group, and decides the others alone', async () => {
    const follower = new LossyFollower();
    const before = follower.stored();
    const first = follower.trade('BUY', [200]);
    await follower.streams(...first.rows);
    await follower.passes(QUIET_MS);
    expect(decidedOf(follower)).toEqual(['IMMEDIATE BUY 200']);
    follower.dies(before);
    follower.trade('BUY', [300]);
    follower.trade('BUY', [400]);
    await follower.sweeps();
    await follower.passes(1_000);
    expect(decidedOf(follower)).toEqual(['IMMEDIATE BUY 200', 'AGGREGATOR BUY 700']);
    expect(follower.core.status().intentsWaiting).toBe(0);
    const groups = follower.ports.storage.rows(
      'SELECT group_key, count(*) AS n FROM group_member GROUP BY group_key ORDER BY n',
    );
    expect(groups.map((row) => [row.n, row.group_key])).toEqual([
      [1, follower.decided()[0]?.request.intent.groupKey],
      [2, follower.decided()[1]?.request.intent.groupKey],
    ]);
  });

  it('sells of an exit only the fraction of the fills that are new', async () => {
    const follower = new LossyFollower();
    await follower.streams(...follower.trade('BUY', [1_000]).rows);
    await follower.passes(QUIET_MS);
    const before = follower.stored();
    await follower.streams(...follower.trade('SELL', [200]).rows);
    await follower.passes(QUIET_MS);
    follower.dies(before);
    follower.trade('SELL', [400]);
    await follower.sweeps();
    await follower.passes(1_000);
    const exits = follower.decided().flatMap(({ request: { intent } }) => intent.exit ?? []);
    // 200 of 1,000, then 400 of the 800 that were left.
    expect(exits).toMatchObject([
      { soldShareMicros: 200_000_000n, heldShareMicros: 1_000_000_000n },
      { soldShareMicros: 400_000_000n, heldShareMicros: 800_000_000n },
    ]);
  });
});

describe('a larger fill under a decided id', () => {
  it('leaves its excess as a new fill, though its group has the same key', async () => {
    const follower = new LossyFollower();
    const before = follower.stored();
    const { rows } = follower.trade('BUY', [200, 300]);
    await follower.streams(rows[0]!);
    await follower.passes(QUIET_MS);
    follower.dies(before);
    // The sweep lists the transaction as two rows; one source may as well have it as one.
    await follower.streams({
      ...rows[0]!,
      shareMicros: shares(500_000_000n),
      notionalMicros: cash(250_000_000n),
    });
    await follower.passes(1_000);
    expect(decidedOf(follower)).toEqual(['IMMEDIATE BUY 200', 'IMMEDIATE BUY 300']);
    await follower.sweeps();
    await follower.passes(1_000);
    expect(decidedOf(follower)).toHaveLength(2);
  });

  it('leaves nothing where it is only rounded differently', async () => {
    const follower = new LossyFollower();
    const before = follower.stored();
    const { rows } = follower.trade('BUY', [200]);
    await follower.streams(...rows);
    await follower.passes(QUIET_MS);
    follower.dies(before);
    const rounded = shares(200_010_000n);
    await follower.streams({ ...rows[0]!, shareMicros: rounded });
    await follower.passes(1_000);
    expect(decidedOf(follower)).toEqual(['IMMEDIATE BUY 200']);
    expect(follower.core.status().intentsWaiting).toBe(0);
  });

  it('that comes back smaller, and then its rest under another id, is decided already', async () => {
    const follower = new LossyFollower();
    const before = follower.stored();
    const { rows } = follower.trade('BUY', [200, 300]);
    await follower.streams(...rows);
    await follower.passes(QUIET_MS);
    follower.dies(before);
    await follower.streams(rows[0]!);
    await follower.passes(1_000);
    await follower.streams(rows[1]!);
    await follower.passes(1_000);
    expect(dollarsDecided(follower, 'BUY')).toBe(250);
    expect(follower.core.status().intentsWaiting).toBe(0);
  });
});

describe('a buffer', () => {
  it('releases only what was not decided before it was switched on', async () => {
    const follower = new LossyFollower();
    const before = follower.stored();
    await follower.streams(...follower.trade('BUY', [200]).rows);
    await follower.passes(QUIET_MS);
    follower.dies(before);
    follower.change(BUFFER);
    follower.trade('BUY', [600]);
    await follower.sweeps();
    await follower.passes(10_000);
    // Of 600 shares at 50 cents we buy a tenth.
    expect(decidedOf(follower)).toEqual(['IMMEDIATE BUY 200', 'BUFFER BUY 60']);
    expect(dollarsDecided(follower, 'BUY')).toBe(400);
  });

  it('that is lost after its release is not released again', async () => {
    const follower = new LossyFollower(BUFFER);
    const before = follower.stored();
    await follower.streams(...follower.trade('BUY', [600]).rows);
    await follower.passes(10_000);
    follower.dies(before);
    follower.trade('BUY', [400]);
    await follower.sweeps();
    await follower.passes(10_000);
    expect(dollarsDecided(follower, 'BUY')).toBe(500);
  });
});

describe('a carry', () => {
  const CARRY = { belowMinPolicy: 'CARRY', minTradeNotionalMicros: 0 } as const;

  it('of a lost answer is taken from the refusal, once, and released with the next', async () => {
    const follower = new LossyFollower(CARRY);
    const before = follower.stored();
    await follower.streams(...follower.trade('BUY', [30]).rows);
    await follower.passes(QUIET_MS);
    expect(carried(follower)).toBe(2.94);
    follower.dies(before);
    expect(carried(follower)).toBe(0);
    follower.trade('BUY', [40]);
    await follower.sweeps();
    await follower.passes(1_000);
    expect(decidedOf(follower)).toEqual(['IMMEDIATE BUY 30', 'IMMEDIATE BUY 40', 'CARRY BUY 6.86']);
    expect(carried(follower)).toBe(0);
  });
});

describe('a crash between a call and the commit', () => {
  /** Dies after the n-th decision, before its answer, and loses the last `lost` transactions besides; then goes on. */
  async function run(mode: TradingMode, dieAfter: number, lost: number): Promise<LossyFollower> {
    const follower = new LossyFollower({ belowMinPolicy: 'CARRY', minTradeNotionalMicros: 0 }, mode);
    const points: Stored[] = [];
    const record = (): void => {
      const { storage } = follower.ports;
      const { transaction } = storage;
      let depth = 0;
      storage.transaction = (work) => {
        if (depth === 0) points.push(follower.stored());
        depth += 1;
        try {
          return transaction(work);
        } finally {
          depth -= 1;
        }
      };
    };
    record();
    let decisions = 0;
    follower.onDecided = () => {
      decisions += 1;
      if (decisions !== dieAfter) return;
      follower.dies(lost === 0 ? undefined : (points.at(-lost) ?? points[0]));
    };
    for (const [side, sizes] of [
      ['BUY', [30]],
      ['BUY', [300, 200]],
      ['SELL', [100]],
      ['BUY', [40]],
    ] as const) {
      const { rows } = follower.trade(side, sizes);
      await follower.streams(rows[0]!);
      await follower.passes(15);
      await follower.streams(...rows.slice(1));
      await follower.passes(200);
    }
    await follower.sweeps();
    await follower.passes(5_000);
    return follower;
  }

  it.each(TRADING_MODES)(
    '%s: at whichever decision, and with however much of the way lost, decides every share once',
    async (mode) => {
      const whole = await run(mode, 0, 0);
      expect(decidedOf(whole).length).toBeGreaterThanOrEqual(4);
      for (let decision = 1; decision <= whole.answers.length; decision += 1) {
        for (const lost of [0, 1, 2, 4]) {
          const follower = await run(mode, decision, lost);
          const what = `died after decision ${decision} and lost ${lost} transactions`;
          for (const side of ['BUY', 'SELL'] as const)
            expect(dollarsDecided(follower, side), `${what}: ${side}`).toBeCloseTo(
              dollarsTraded(follower, side),
              3,
            );
          // Sales lower what is carried; an answer that was taken twice would raise it.
          expect(carried(follower), what).toBeLessThan(carriedBalance(follower) + 0.001);
          expect(follower.core.status().intentsWaiting, what).toBe(0);
        }
      }
    },
  );
});

describe('no sequence of crash, sweep and regrouping', () => {
  const ACTS = [
    'trade',
    'trade',
    'stream',
    'sweep',
    'wait',
    'wait',
    'crash',
    'lose',
    'lose',
    'lose',
  ] as const;

  /** With sales, or with a buffer that comes and goes: a sale lowers what is in the buffer. */
  async function acts(mode: TradingMode, seed: string, hasBuffer: boolean): Promise<LossyFollower> {
    const { between, chance, pick } = createRandom(seedState(seed));
    const follower = new LossyFollower({}, mode);
    const points: Stored[] = [];
    // The act in which the Wallet decided last: what is lost begins before it.
    let decidedIn = 0;
    follower.onDecided = () => {
      decidedIn = points.length - 1;
    };
    for (let act = 0; act < 25; act += 1) {
      points.push(follower.stored());
      switch (pick(hasBuffer ? ([...ACTS, 'buffer'] as const) : ACTS)) {
        case 'trade': {
          // Far apart: what a source has more by a few percent is a difference, and not copied.
          const sizes = Array.from({ length: between(1, 3) }, () => 50 * between(2, 6));
          const { rows } = follower.trade(hasBuffer || chance(70) ? 'BUY' : 'SELL', sizes);
          await follower.streams(...rows.filter(() => chance(60)));
          break;
        }
        case 'stream':
          if (follower.trades.length > 0) await follower.streams(pick(pick(follower.trades).rows));
          break;
        case 'sweep':
          await follower.sweeps();
          break;
        case 'wait':
          await follower.passes(pick([10, 30, 300, 6_000]));
          break;
        case 'crash':
          follower.dies();
          break;
        case 'lose':
          follower.dies(points[Math.max(0, decidedIn - between(0, 2))]);
          break;
        case 'buffer':
          follower.change(chance(50) ? BUFFER : { bufferEnabled: false });
      }
    }
    await follower.sweeps();
    await follower.passes(20_000);
    return follower;
  }

  it('decides a share of the leader twice, or loses one', async () => {
    let refused = 0;
    for (let run = 0; run < 16; run += 1) {
      const follower = await acts(run % 4 < 2 ? 'LIVE' : 'PAPER', `members ${run}`, run % 2 === 1);
      refused += follower.answers.filter(({ result }) => result.kind === 'members-decided').length;
      for (const side of ['BUY', 'SELL'] as const)
        expect(dollarsDecided(follower, side), `seed ${run}: ${side}`).toBeCloseTo(
          dollarsTraded(follower, side),
          1,
        );
      expect(carried(follower), `seed ${run}`).toBeCloseTo(carriedBalance(follower), 2);
      expect(follower.core.status().intentsWaiting, `seed ${run}`).toBe(0);
    }
    // The runs must meet what they are about.
    expect(refused).toBeGreaterThan(10);
  });
});
