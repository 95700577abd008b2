/** Calls to the live Wallet that are made before anything of their group is stored: which, and what is stored afterwards. */
import { describe, expect, it } from 'vitest';
import { shares } from '../../../domain/money.ts';
import type { Control } from '../../../domain/settings/control.ts';
import type { CopyResult } from '../../../durable-objects/copy-answer.ts';
import { controlWith, decided, Follower, report } from './follower-parts.ts';
import { leaderRow } from './leader-data.ts';

const AT_ONCE = { groupQuietMs: 0, groupAgeMsMax: 0 };
const row = (tx: string, side: 'BUY' | 'SELL' = 'BUY') =>
  leaderRow({ tx, side, shareMicros: shares(100_000_000n) });

/** A FollowedUser whose live Wallet answers when the test says so. */
function waiting(control: Control = controlWith({ liveTrading: 'ON', system: AT_ONCE })) {
  const follower = new Follower(control);
  const answer = Promise.withResolvers<CopyResult>();
  follower.wallets.LIVE.answer = () => answer.promise;
  const marks = () => follower.ports.stored('SELECT * FROM fill_mark').length;
  return { follower, answer, marks };
}

describe('a purchase that is copied at once', () => {
  it('goes to the live Wallet before anything of it is stored, and is stored ten milliseconds later', async () => {
    const { follower, answer, marks } = waiting();
    const observing = follower.core.observe(report({ rows: [row('one')] }));
    await follower.ports.settle();
    expect([follower.sent('LIVE'), follower.sent('PAPER'), marks()]).toEqual([['IMMEDIATE BUY 100'], [], 0]);
    answer.resolve(decided());
    await follower.ports.advance(10);
    await observing;
    expect(marks()).toBe(1);
    await follower.ports.advance(10);
    expect([follower.sent('LIVE'), follower.sent('PAPER')]).toEqual([
      ['IMMEDIATE BUY 100'],
      ['IMMEDIATE BUY 100'],
    ]);
    expect(follower.core.status().intentsWaiting).toBe(0);
  });

  it('is the intent that is queued, to the last field', async () => {
    const { follower, answer } = waiting();
    void follower.core.observe(report({ rows: [row('one')] }));
    answer.reject(new Error('Durable Object reset'));
    await follower.ports.advance(2_000);
    const [early, queued] = follower.wallets.LIVE.requests;
    expect(queued).toEqual(early);
  });

  it('is stored without an answer too, which is taken when it comes', async () => {
    const { follower, answer, marks } = waiting();
    // What a start has to do is done.
    await follower.ports.advance(100);
    void follower.core.observe(report({ rows: [row('one')] }));
    await follower.ports.settle();
    await follower.ports.advance(9);
    expect(marks()).toBe(0);
    await follower.ports.advance(1);
    expect([marks(), follower.core.status().intentsWaiting]).toEqual([1, 2]);
    answer.resolve(decided());
    await follower.ports.advance(10);
    expect(follower.sent('LIVE')).toHaveLength(1);
    expect(follower.core.status().intentsWaiting).toBe(0);
  });

  it('is stored before whatever comes next, so that it counts once', async () => {
    const { follower, marks } = waiting();
    const rows = [row('one')];
    void follower.core.observe(report({ rows }));
    void follower.core.observe(report({ rows }));
    void follower.core.observe(report({ rows: [row('two')] }));
    await follower.ports.settle();
    expect([follower.sent('LIVE'), marks()]).toEqual([['IMMEDIATE BUY 100'], 2]);
    await follower.ports.advance(100);
    // The second waits for the answer to the first; on paper both are done.
    expect([follower.sent('LIVE'), follower.core.status().intentsWaiting]).toEqual([
      ['IMMEDIATE BUY 100'],
      2,
    ]);
  });

  it('is reported again where it could not be stored, and is the same intent', async () => {
    const { follower, answer } = waiting();
    follower.ports.refusesStatement = (query) => query.includes('INTO fill_mark');
    const observing = follower.core.observe(report({ rows: [row('one')] }));
    answer.resolve(decided());
    const refused = expect(observing).rejects.toThrow('refused');
    await follower.ports.advance(10);
    await refused;
    follower.ports.refusesStatement = undefined;
    void follower.core.observe(report({ rows: [row('one')] }));
    await follower.ports.advance(100);
    const keys = follower.wallets.LIVE.requests.map(({ intent }) => intent.idempotencyKey);
    expect([keys.length, new Set(keys).size]).toEqual([2, 1]);
    expect(follower.core.status().intentsWaiting).toBe(0);
  });
});

describe('a group that has been quiet', () => {
  it('goes to the live Wallet before it is closed', async () => {
    const { follower, answer } = waiting(controlWith({ liveTrading: 'ON' }));
    await follower.core.observe(report({ rows: [row('one')] }));
    await follower.core.observe(report({ rows: [row('two')] }));
    await follower.ports.advance(25);
    const open = () => follower.ports.stored('SELECT * FROM pending_fill').length;
    expect([follower.sent('LIVE'), open()]).toEqual([['AGGREGATOR BUY 200'], 2]);
    answer.resolve(decided());
    await follower.ports.advance(10);
    expect([follower.sent('LIVE').length, open(), follower.core.status().intentsWaiting]).toEqual([1, 0, 1]);
  });
});

describe('what is stored before its call', () => {
  const live = (part: Parameters<typeof controlWith>[0] = {}) =>
    controlWith({ liveTrading: 'ON', system: AT_ONCE, ...part });
  it.each([
    ['a sale', live(), [row('one', 'SELL')]],
    ['a report of two fills', live(), [row('one'), row('two')]],
    ['a purchase that may gather in the buffer', live({ live: { bufferEnabled: true } }), [row('one')]],
    [
      'a purchase that a budget sizes',
      live({
        live: {
          sizingMode: 'budgetedDynamic',
          budgetedDynamicEnabled: true,
          budgetNotionalMicros: 1_000_000,
        },
      }),
      [row('one')],
    ],
  ] as const)('is %s', async (_what, control, rows) => {
    const { follower, marks } = waiting(control);
    follower.wallets.LIVE.answer = () => {
      expect(marks()).toBe(rows.length);
      return Promise.resolve(decided());
    };
    await follower.core.observe(report({ rows: [...rows] }));
    await follower.ports.advance(30);
    expect(follower.wallets.PAPER.requests.length).toBeGreaterThan(0);
  });

  it('is what comes after another in the queue', async () => {
    const { follower } = waiting();
    follower.wallets.LIVE.answer = () => Promise.reject(new Error('Durable Object reset'));
    for (const tx of ['one', 'two']) {
      void follower.core.observe(report({ rows: [row(tx)] }));
      await follower.ports.advance(20);
    }
    const keys = follower.wallets.LIVE.requests.map(({ intent }) => intent.groupKey);
    expect([keys.length > 1, new Set(keys).size]).toEqual([true, 1]);
  });

  it('is one that nobody copies live: no call is made', async () => {
    const { follower } = waiting(controlWith({ liveTrading: 'OFF', system: AT_ONCE }));
    await follower.core.observe(report({ rows: [row('one')] }));
    await follower.ports.advance(10);
    expect([follower.sent('LIVE'), follower.sent('PAPER')]).toEqual([[], ['IMMEDIATE BUY 100']]);
  });

  it('is one that is too old: no call is made', async () => {
    const { follower } = waiting();
    const old = { ...row('one'), eventAtMs: follower.ports.atMs - 3_600_000 };
    await follower.core.observe(report({ rows: [old] }));
    await follower.ports.advance(10);
    expect(follower.sent('LIVE')).toEqual([]);
  });
});
