/** A whole FollowedUser on ports in memory: what it takes, in which order it acts, and what a restart finds. */
import { describe, expect, it } from 'vitest';
import { price, shares } from '../../../domain/money.ts';
import { DAY_MS, HOUR_MS } from '../../../domain/time.ts';
import { KEPT_MS } from '../../../durable-objects/follower/retention.ts';
import { START_MS } from '../memory-ports.ts';
import { controlWith, decided, dueMs, Follower, report } from './follower-parts.ts';
import { CONDITION, exitPart, hashOf, LEADER, leaderRow, TOKEN } from './leader-data.ts';

const QUIET_MS = 25;
const fill = (tx: string, size = 100_000_000n, side: 'BUY' | 'SELL' = 'BUY') =>
  leaderRow({ tx, side, shareMicros: shares(size) });

describe('a reading of the leader’s positions', () => {
  it('keeps a purchase that came after its request and before it, over a crash in between (A43)', async () => {
    const follower = new Follower();
    const since = { eventAtMs: START_MS };
    await follower.core.observe(report({ rows: [leaderRow({ tx: 'buy', ...since })] }));
    follower.restart();
    await follower.ports.advance(900);
    const listed = {
      tokenId: TOKEN,
      conditionId: CONDITION,
      eventSlug: '',
      shareMicros: shares(300_000_000n),
    };
    const read = [{ ...listed, avgPriceMicros: price(500_000n) }];
    follower.core.seed(read, { complete: true, asOfMs: START_MS, swept: false });
    await follower.core.observe(report({ rows: [{ ...fill('sale', 100_000_000n, 'SELL'), ...since }] }));
    await follower.ports.advance(QUIET_MS);
    // 100 of 400: without the purchase it would be a third of what they held.
    expect(follower.wallets.PAPER.requests.at(-1)?.intent.exit).toEqual(exitPart(100n, 400n));
  });
});

describe('a report', () => {
  it('becomes an intent once its group has been quiet', async () => {
    const follower = new Follower();
    await follower.core.observe(report({ rows: [fill('one')] }));
    await follower.ports.advance(QUIET_MS - 1);
    expect(follower.sent()).toEqual([]);
    await follower.ports.advance(1);
    expect(follower.sent()).toEqual(['IMMEDIATE BUY 100']);
    expect(follower.core.status()).toMatchObject({ intentsWaiting: 0, lastFillAtMs: START_MS });
  });

  it('of three fills over four seconds counts its lag from the third (A57)', async () => {
    const follower = new Follower(controlWith({ system: { groupQuietMs: 3_000, groupAgeMsMax: 9_000 } }));
    for (const at of [0, 2_000, 4_000]) {
      await follower.ports.advance(START_MS + at - follower.ports.atMs);
      const row = leaderRow({ tx: `${at}`, eventAtMs: START_MS + at - 1_000 });
      // Seen a tenth of a second before it comes here.
      await follower.core.observe(report({ rows: [row], detectedAtMs: START_MS + at - 100 }));
    }
    await follower.ports.advance(3_000);
    expect(follower.wallets.PAPER.requests.map(({ intent }) => intent)).toMatchObject([
      {
        leaderEventAtMs: START_MS - 1_000,
        detectedAtMs: START_MS - 100,
        newest: { eventAtMs: START_MS + 3_000, detectedAtMs: START_MS + 3_900, ownWaitMs: 3_000 },
      },
    ]);
  });

  it('keeps apart what it waited in its group, in the buffer and as a carry (A57)', async () => {
    const follower = new Follower(
      controlWith({
        paper: {
          bufferEnabled: true,
          bufferThresholdNotionalMicros: 5_000_000,
          bufferFlushNotionalMicros: 100_000_000,
          bufferExecNotionalMicrosMin: 2_000_000,
          bufferAgeMsMax: 10_000,
          bufferQuietMs: 10_000,
        },
      }),
    );
    const { requests } = follower.wallets.PAPER;
    // Each bucket is too small for the Wallet; both together are enough.
    follower.wallets.PAPER.answer = async ({ intent }) =>
      intent.sourceType === 'BUFFER' ? decided(3_000_000n) : decided();
    await follower.core.observe(report({ rows: [fill('one', 30_000_000n)] }));
    await follower.ports.advance(20_000);
    const row = leaderRow({ tx: 'two', shareMicros: shares(30_000_000n), eventAtMs: START_MS + 19_000 });
    await follower.core.observe(report({ rows: [row], detectedAtMs: START_MS + 20_000 }));
    await follower.ports.advance(20_000);
    expect(requests.map(({ intent }) => [intent.sourceType, intent.newest])).toEqual([
      ['BUFFER', { eventAtMs: START_MS - 1_000, detectedAtMs: START_MS, ownWaitMs: 10_025 }],
      ['BUFFER', { eventAtMs: START_MS + 19_000, detectedAtMs: START_MS + 20_000, ownWaitMs: 10_025 }],
      ['CARRY', { eventAtMs: START_MS + 19_000, detectedAtMs: START_MS + 20_000, ownWaitMs: 10_025 }],
    ]);
  });

  it('that an earlier release had queued is still delivered, without a newest fill', async () => {
    const follower = new Follower();
    follower.wallets.PAPER.answer = () => new Promise(() => {});
    await follower.core.observe(report());
    await follower.ports.advance(QUIET_MS);
    const { storage } = follower.ports;
    const body = JSON.parse(String(storage.rows('SELECT body FROM dispatch')[0]?.body));
    delete body.group.newest;
    storage.rows('UPDATE dispatch SET body = ?', JSON.stringify(body));
    follower.restart();
    follower.wallets.PAPER.answer = async () => decided(1_000_000n);
    await follower.ports.advance(30_000);
    const { intent } = follower.wallets.PAPER.requests.at(-1)!;
    expect(intent).toMatchObject({ newest: null, leaderEventAtMs: START_MS - 1_000 });
    expect(follower.core.status().intentsWaiting).toBe(0);
    expect(follower.ports.storage.rows('SELECT newest FROM carry')).toEqual([{ newest: '' }]);
  });

  it('becomes one at once when the quiet time is zero', async () => {
    const follower = new Follower(controlWith({ system: { groupQuietMs: 0 } }));
    await follower.core.observe(report({ rows: [fill('one')] }));
    await follower.ports.settle();
    expect(follower.sent()).toEqual(['IMMEDIATE BUY 100']);
  });

  it('closes the groups of both sides in the order in which they began', async () => {
    const follower = new Follower();
    await follower.core.observe(report({ rows: [fill('one'), fill('two', 40_000_000n, 'SELL')] }));
    await follower.ports.advance(1);
    await follower.core.observe(report({ rows: [fill('three')] }));
    await follower.ports.advance(QUIET_MS + 5);
    expect(follower.sent()).toEqual(['IMMEDIATE SELL 40', 'AGGREGATOR BUY 200']);
  });

  it('is written to D1 with the group that each fill went into', async () => {
    const follower = new Follower();
    await follower.core.observe(report({ rows: [fill('one'), fill('two')] }));
    await follower.ports.advance(1_000);
    const groupKey = follower.wallets.PAPER.requests[0]?.intent.groupKey;
    const rows = follower.writtenOf('leaderFill');
    expect(rows.map((row) => row.txHash).sort()).toEqual([hashOf('one'), hashOf('two')].sort());
    expect(rows.map((row) => row.groupKey)).toEqual([groupKey, groupKey]);
    expect(follower.writtenOf('leaderPosition').at(-1)?.shareMicros).toBe(200_000_000n);
  });

  it('that is seen too late to be copied is counted for an hour, a sale is not (A60)', async () => {
    const follower = new Follower();
    follower.ports.atMs += HOUR_MS;
    await follower.core.observe(
      report({ rows: [fill('one'), fill('two'), fill('three', 40_000_000n, 'SELL')] }),
    );
    expect(follower.core.status().seenTooLate).toBe(2);
    await follower.core.observe(report({ rows: [fill('one')] }));
    expect(follower.core.status().seenTooLate).toBe(2);
    follower.ports.atMs += HOUR_MS;
    expect(follower.core.status().seenTooLate).toBe(0);
  });

  it('is taken whole or not at all', async () => {
    const follower = new Follower();
    follower.ports.refusesStatement = (query) => query.startsWith('INSERT OR IGNORE INTO pending_fill');
    await expect(follower.core.observe(report())).rejects.toThrow('refused');
    follower.ports.refusesStatement = undefined;
    await follower.core.observe(report());
    await follower.ports.advance(1_000);
    expect(follower.sent()).toEqual(['IMMEDIATE BUY 100']);
    expect(follower.writtenOf('leaderPosition').map((one) => one.shareMicros)).toEqual([100_000_000n]);
  });

  it('of something known is no fill: the time of the last fill stays', async () => {
    const follower = new Follower();
    await follower.core.observe(report());
    await follower.ports.advance(5_000);
    await follower.core.observe(report({ source: 'RTDS_MATCHED' }));
    expect(follower.core.status().lastFillAtMs).toBe(START_MS);
  });

  it('brings the quote that its intents are sent with', async () => {
    const follower = new Follower();
    // Only passed along here.
    const quote = { book: null, market: { tokenId: TOKEN } } as never;
    await follower.core.observe(report({ quotes: { [TOKEN]: quote } }));
    await follower.ports.advance(QUIET_MS);
    expect(follower.wallets.PAPER.requests[0]?.quote).toEqual(quote);
  });

  it('takes the splits and merges that a sweep lists', async () => {
    const follower = new Follower();
    const split = {
      type: 'SPLIT',
      txHash: hashOf('split'),
      leaderAddress: LEADER,
      conditionId: leaderRow().conditionId,
      shareMicros: shares(1_000_000n),
      cashMicros: 1_000_000n as never,
      eventAtMs: START_MS,
      eventSlug: '',
    } as const;
    await follower.core.observe(report({ kind: 'sweep', rows: [], activities: [split] }));
    await follower.ports.advance(1_000);
    expect(follower.writtenOf('leaderActivity')).toHaveLength(1);
    expect(follower.core.status().lastFillAtMs).toBeNull();
  });
});

describe('a merge', () => {
  it('takes its part of a purchase that still waits for its group: the purchase goes first (A48)', async () => {
    const follower = new Follower();
    const held = { tokenId: TOKEN, conditionId: CONDITION, eventSlug: '', avgPriceMicros: price(500_000n) };
    const positions = [{ ...held, shareMicros: shares(100_000_000n) }];
    follower.core.seed(positions, { complete: true, asOfMs: START_MS, swept: false });
    const eventAtMs = START_MS + 1_000;
    const merge = {
      type: 'MERGE',
      txHash: hashOf('merge'),
      leaderAddress: LEADER,
      conditionId: CONDITION,
      shareMicros: shares(50_000_000n),
      cashMicros: 50_000_000n as never,
      eventAtMs,
      eventSlug: '',
    } as const;
    await follower.core.observe(report({ rows: [{ ...fill('buy'), eventAtMs }] }));
    await follower.core.observe(report({ kind: 'sweep', rows: [], activities: [merge] }));
    await follower.ports.advance(1_000);
    expect(follower.sent()).toEqual(['IMMEDIATE BUY 100', 'ACTIVITY SELL 50']);
    expect(follower.wallets.PAPER.requests.at(-1)?.intent.exit).toEqual(exitPart(50n, 200n));
  });
});

describe('the control document', () => {
  it('is read from D1 when none is known, before the first report is taken', async () => {
    const follower = new Follower(null);
    follower.d1Control = async () => controlWith();
    await follower.core.observe(report());
    await follower.ports.advance(QUIET_MS);
    expect(follower.sent()).toEqual(['IMMEDIATE BUY 100']);
    expect(follower.core.status().controlVersion).toBe(1);
  });

  it('is not read again once one is known', async () => {
    const follower = new Follower();
    follower.d1Control = async () => {
      throw new Error('must not be asked');
    };
    await follower.core.observe(report());
    expect(follower.ports.logs).toEqual([]);
  });

  it('copies nothing while there is none: fills are recorded as history', async () => {
    const follower = new Follower(null);
    await follower.core.observe(report());
    await follower.ports.advance(1_000);
    expect(follower.sent()).toEqual([]);
    expect(follower.writtenOf('leaderFill').map((one) => one.disposition)).toEqual(['HISTORY']);
    expect(follower.core.status().controlVersion).toBeNull();
  });

  it('with the buffer switched off empties it', async () => {
    const paper = {
      bufferEnabled: true,
      bufferThresholdNotionalMicros: 5_000_000,
      bufferFlushNotionalMicros: 10_000_000,
      bufferExecNotionalMicrosMin: 0,
      bufferAgeMsMax: 60_000,
      bufferQuietMs: 30_000,
    };
    const follower = new Follower(controlWith({ paper }));
    await follower.core.observe(report());
    await follower.ports.advance(1_000);
    expect(follower.sent()).toEqual([]);
    follower.core.applyControl(controlWith({ version: 2 }));
    await follower.ports.advance(0);
    expect(follower.sent()).toEqual(['BUFFER BUY 1']);
  });
});

describe('a crash', () => {
  it('loses no fill that was taken: the next instance closes its group', async () => {
    const follower = new Follower();
    await follower.core.observe(report());
    follower.restart();
    await follower.ports.advance(QUIET_MS);
    expect(follower.sent()).toEqual(['IMMEDIATE BUY 100']);
  });

  it('loses no intent that was not answered: the next instance hands it over at once, under the same key', async () => {
    const follower = new Follower();
    follower.wallets.PAPER.answer = () => new Promise(() => {});
    await follower.core.observe(report());
    await follower.ports.advance(QUIET_MS);
    follower.wallets.PAPER.answer = async () => decided();
    follower.restart();
    await follower.ports.advance(0);
    const keys = follower.wallets.PAPER.requests.map((request) => request.intent.idempotencyKey);
    expect([keys.length, new Set(keys).size]).toEqual([2, 1]);
    expect(follower.core.status().intentsWaiting).toBe(0);
  });

  it('is survived by the alarm alone, when no timer of the new instance has run', async () => {
    const follower = new Follower();
    await follower.core.observe(report());
    follower.restart();
    follower.ports.atMs = follower.ports.alarmAtMs!;
    await follower.core.alarm();
    await follower.ports.settle();
    expect(follower.sent()).toEqual(['IMMEDIATE BUY 100']);
  });

  it('without anything that waits makes nothing due', () => {
    const follower = new Follower(null);
    expect([dueMs(follower.ports, 'dispatch'), follower.ports.alarmAtMs]).toEqual([undefined, undefined]);
  });
});

describe('what happens later', () => {
  it('brings a point of the leader’s curve a minute after a trade', async () => {
    const follower = new Follower();
    await follower.core.observe(report());
    await follower.ports.advance(59_999);
    expect(follower.writtenOf('snapshot')).toEqual([]);
    await follower.ports.advance(1_000);
    expect(follower.writtenOf('snapshot')).toMatchObject([{ exposureMicros: 50_000_000n }]);
  });

  it('brings one at once after a reading of the positions', async () => {
    const follower = new Follower();
    follower.core.seed([], { complete: true, asOfMs: START_MS, swept: false });
    await follower.ports.advance(1_000);
    expect(follower.writtenOf('snapshot')).toHaveLength(1);
    expect(follower.core.status().seededAtMs).toBe(START_MS);
  });

  it('forgets old rows once a day', async () => {
    const follower = new Follower();
    await follower.core.observe(report());
    expect(dueMs(follower.ports, 'daily')).toBeUndefined();
    await follower.ports.advance(1_000);
    const kept = () =>
      ['fill_mark', 'source_sum', 'group_member', 'activity'].map(
        (table) => follower.ports.storage.rows(`SELECT * FROM ${table}`).length,
      );
    follower.ports.storage.rows("INSERT INTO activity (activity_id, at_ms) VALUES ('old', 0)");
    expect(kept()).toEqual([1, 1, 1, 1]);
    await follower.ports.advance(DAY_MS - 2_000);
    await follower.core.observe(report());
    expect(kept()).toEqual([1, 1, 1, 1]);
    await follower.ports.advance(2_000);
    await follower.core.observe(report());
    expect(kept()).toEqual([1, 1, 1, 0]);
    // A row that an earlier release left.
    follower.ports.storage.rows('INSERT INTO due (job, at_ms) VALUES (?, ?)', 'daily', follower.ports.atMs);
    follower.ports.forget();
    follower.ports.atMs = START_MS + KEPT_MS + DAY_MS;
    await follower.core.alarm();
    expect(kept()).toEqual([0, 0, 0, 0]);
  });

  it('shows in the status what keeps it from being well', async () => {
    const follower = new Follower();
    expect(follower.core.status()).toMatchObject({ leaderAddress: LEADER, healthy: true });
    follower.d1Down = true;
    await follower.core.observe(report());
    await follower.ports.advance(1_000);
    expect(follower.core.status()).toMatchObject({ healthy: false, outbox: { error: 'Error: D1 is down' } });
  });
});
