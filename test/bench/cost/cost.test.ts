// Shows the parts of the cost bench that run nothing: what is counted, how it is priced, and when a budget counts as met.
import { describe, expect, it } from 'vitest';
import { costReport, costText, type LoadCost } from './cost-report.ts';
import { Counts, Meter } from './meter.ts';
import { type Day, dollarsOf, METERS, paidDollars } from './prices.ts';
import { labelOf } from './replay.ts';

const DAY_SECONDS = 86_400;

function day(part: Partial<Day> = {}): Day {
  return { ...(Object.fromEntries(METERS.map((meter) => [meter, 0])) as unknown as Day), ...part };
}

function cost(part: Partial<LoadCost>): LoadCost {
  return {
    name: 'paper',
    title: 'a test',
    plan: 'free',
    hours: 1,
    fills: 0,
    attempts: {},
    day: day(),
    requestsWithFrames: 0,
    d1BytesPerDay: 0,
    objectBytes: 0,
    sources: { requests: [], seconds: [], rowsWritten: [], rowsRead: [], d1: [] },
    ...part,
  };
}

describe('the meter', () => {
  it('counts an object as awake while at least one thing holds it, and each request for a moment', () => {
    let nowMs = 0;
    const meter = new Meter(() => nowMs);
    const timer = meter.awake('feed', 'a timer');
    nowMs = 1_000;
    meter.start();
    const socket = meter.awake('feed', 'socket rtds');
    nowMs = 5_000;
    timer();
    timer();
    nowMs = 7_000;
    socket();
    meter.request('feed', 'cron');
    nowMs = 20_000;
    expect(meter.awakeTimes()).toEqual([
      {
        object: 'feed',
        seconds: 6.005,
        why: [
          ['socket rtds', 6],
          ['a timer', 4],
        ],
      },
    ]);
  });

  it('leaves out what was rolled back, and marks what ran before the interval', () => {
    const meter = new Meter(() => 0);
    const ran = (): string[] => meter.statements.map(({ query, counted }) => `${query} ${counted}`);
    meter.statement('feed', 'before', []);
    meter.start();
    meter.transaction('feed', 'begin');
    meter.statement('feed', 'kept', []);
    meter.transaction('feed', 'begin');
    meter.statement('feed', 'lost', []);
    meter.transaction('feed', 'rollback');
    meter.transaction('feed', 'keep');
    meter.statement('feed', 'after', []);
    expect(ran()).toEqual(['before false', 'kept true', 'after true']);
  });

  it('adds up what happened before the interval nowhere', () => {
    const counts = new Counts();
    counts.add('feed', 'alarm');
    counts.clear();
    counts.add('feed', 'alarm', 2);
    expect(counts.of('feed')).toBe(2);
  });
});

describe('what a statement is for', () => {
  it.each([
    ['INSERT INTO due (job, at_ms) VALUES (?, ?)', ['tick', 1], 'INSERT due tick'],
    ['SELECT value FROM kv WHERE key = ?', ['slice:0xaa'], 'SELECT kv slice'],
    ['INSERT INTO outbox (at_ms, record) VALUES (?, ?)', [1, '{"kind":"attempt"}'], 'INSERT outbox attempt'],
    ['UPDATE position SET mark = ? WHERE token = ?', [1, 'a'], 'UPDATE position'],
    ['DELETE FROM attempt WHERE decided_at < ?', [1], 'DELETE attempt'],
    ['INSERT OR IGNORE INTO activity (activity_id) VALUES (?)', ['a'], 'INSERT activity'],
    ['CREATE TABLE IF NOT EXISTS kv (key TEXT)', [], 'CREATE kv'],
  ] as const)('is read from %s', (query, bindings, label) => {
    expect(labelOf({ query, bindings })).toBe(label);
  });
});

describe('the price', () => {
  it('is the plan’s fee for one object that is always awake, and $3.29 more for two', () => {
    const objects = (count: number) => day({ objectGbSeconds: count * DAY_SECONDS * 0.128 });
    expect(paidDollars(objects(1))).toBe(5);
    expect(paidDollars(objects(2))).toBeCloseTo(8.29, 2);
  });

  it('counts rows written above 50 million a month at a dollar a million', () => {
    expect(dollarsOf(day({ objectRowsWritten: 2_000_000 })).objectRowsWritten).toBe(10);
  });
});

describe('the budget', () => {
  it.each<[string, Partial<LoadCost>, boolean]>([
    ['LeaderFeed alone on Free', { day: day({ objectGbSeconds: 11_059 }) }, true],
    ['a second object for two hours of the day', { day: day({ objectGbSeconds: 12_000 }) }, false],
    ['81 % of the rows of Free', { day: day({ objectRowsWritten: 81_000 }) }, false],
    ['80 % of the rows of Free', { day: day({ d1RowsWritten: 80_000 }) }, true],
    ['the same on Paid', { plan: 'paid', day: day({ objectRowsWritten: 81_000 }) }, true],
    ['more than $15 on Paid', { plan: 'paid', day: day({ objectRowsWritten: 2_100_000 }) }, false],
  ])('is met or not: %s', (_name, part, met) => {
    const report = costReport('a machine', [cost(part)]);
    expect(report.met).toBe(met);
    expect(costText(report)).toContain(met ? 'Every load is within budget.' : 'OVER: ');
  });

  it('is missed by the whole when one load misses it', () => {
    const over = cost({ day: day({ objectRequests: 90_000 }) });
    expect(costReport('a machine', [cost({}), over]).met).toBe(false);
  });
});
