/** Many jobs on one alarm: on time by the timer, after a crash by the alarm, each at most once at a time. */
import { beforeEach, describe, expect, it } from 'vitest';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../domain/time.ts';
import { type Jobs, Scheduler } from '../../../durable-objects/platform/scheduler.ts';
import { MemoryPorts, START_MS } from '../memory-ports.ts';

let ports: MemoryPorts;
/** Job and time of each run, from the start of the test. */
let ran: (readonly [string, number])[];

beforeEach(() => {
  ports = new MemoryPorts();
  ran = [];
});

const note = (job: string) => (): void => void ran.push([job, ports.atMs - START_MS]);

function scheduler(jobs: Jobs = { a: note('a'), b: note('b') }): Scheduler {
  return new Scheduler(ports, jobs);
}

function due(): unknown {
  const rows = ports.storage.rows('SELECT job, at_ms FROM due ORDER BY job');
  return Object.fromEntries(rows.map((row) => [row.job, Number(row.at_ms) - START_MS]));
}

/** A promise that the test settles. */
function open(): { readonly done: Promise<void>; readonly finish: () => void } {
  let finish: () => void = () => {};
  const done = new Promise<void>((resolve) => {
    finish = resolve;
  });
  return { done, finish };
}

describe('a job', () => {
  it('runs once, at its time', async () => {
    scheduler().at('a', START_MS + 500);
    await ports.advance(499);
    expect(ran).toEqual([]);
    await ports.advance(5_000);
    expect(ran).toEqual([['a', 500]]);
    expect([due(), ports.timersDueMs]).toEqual([{}, []]);
  });

  it('keeps the earlier of two times', async () => {
    const jobs = scheduler();
    jobs.at('a', START_MS + 500);
    jobs.at('a', START_MS + 900);
    expect(due()).toEqual({ a: 500 });
    jobs.at('a', START_MS + 200.9);
    expect(due()).toEqual({ a: 200 });
    await ports.advance(2_000);
    expect(ran).toHaveLength(1);
    expect(ran[0]?.[1]).toBeLessThan(202);
  });

  it('whose time is past runs at once', async () => {
    scheduler().at('a', START_MS - 500);
    await ports.advance(0);
    expect(ran).toEqual([['a', 0]]);
  });

  it('runs beside others, each at its own time', async () => {
    const jobs = scheduler();
    jobs.at('b', START_MS + 300);
    jobs.at('a', START_MS + 100);
    await ports.advance(1_000);
    expect(ran).toEqual([
      ['a', 100],
      ['b', 300],
    ]);
  });

  it('that waits does not hold up the others, and never runs twice at a time', async () => {
    const { done, finish } = open();
    let starts = 0;
    const jobs = scheduler({
      a: () => {
        starts += 1;
        return done;
      },
      b: note('b'),
    });
    jobs.at('a', START_MS);
    await ports.advance(0);
    jobs.at('b', START_MS + 100);
    await ports.advance(10 * SECOND_MS);
    expect([starts, ran]).toEqual([1, [['b', 100]]]);
    finish();
    await ports.settle();
    await ports.advance(10 * SECOND_MS);
    expect(starts).toBe(1);
  });

  it('that asks for itself while it runs has the earliest time that it asked for', async () => {
    const jobs: Scheduler = scheduler({
      a: () => {
        note('a')();
        if (ran.length > 1) return;
        jobs.at('a', ports.atMs + 700);
        jobs.at('a', ports.atMs + 400);
        jobs.at('a', ports.atMs + 900);
      },
    });
    jobs.at('a', START_MS);
    await ports.advance(5_000);
    expect(ran).toEqual([
      ['a', 0],
      ['a', 400],
    ]);
    expect(due()).toEqual({});
  });

  it('that threw runs again after two seconds, then four, then eight, or earlier when it asked for that', async () => {
    const failing = scheduler({
      a: () => {
        note('a')();
        throw new Error('not now');
      },
    });
    failing.at('a', START_MS);
    await ports.advance(14_500);
    expect(ran.map(([, atMs]) => atMs)).toEqual([0, 2_000, 6_000, 14_000]);
    expect(ports.logs.map((line) => [line.level, line.fields.reason])).toContainEqual([
      'warn',
      'Error: not now',
    ]);
    ran = [];
    ports = new MemoryPorts();
    const hasty: Scheduler = scheduler({
      a: () => {
        note('a')();
        hasty.at('a', ports.atMs + 300);
        throw new Error('not now');
      },
    });
    hasty.at('a', START_MS);
    await ports.advance(700);
    expect(ran.map(([, atMs]) => atMs)).toEqual([0, 300, 600]);
  });

  it('that goes on throwing runs at least once a minute, and is reported until it succeeds', async () => {
    let throws = true;
    const jobs = scheduler({
      a: () => {
        note('a')();
        if (throws) throw new Error('not now');
      },
    });
    ports.onAlarm = () => jobs.alarmFired();
    jobs.at('a', START_MS);
    await ports.advance(0);
    expect(jobs.failing()).toEqual({
      lines: ['a: failed 1 times in a row since 2026-11-23T10:00:00.000Z, Error: not now'],
      isTooOften: false,
    });
    await ports.advance(10 * MINUTE_MS);
    expect(jobs.failing().isTooOften).toBe(true);
    const before = ran.length;
    await ports.advance(10 * MINUTE_MS);
    expect(ran.length - before).toBe(10);
    throws = false;
    await ports.advance(MINUTE_MS);
    expect([jobs.failing(), due()]).toEqual([{ lines: [], isTooOften: false }, {}]);
  });

  it('of an unknown name is logged and forgotten', async () => {
    scheduler().at('gone', START_MS);
    await ports.advance(5_000);
    expect([ports.logs.map((line) => line.level), due()]).toEqual([['error'], {}]);
  });
});

describe('writes that SQLite refuses', () => {
  const refuses = (query: string): boolean => /^(INSERT|UPDATE|DELETE)/.test(query);

  it('stop no job for longer than they last: each runs again, and the fault is reported', async () => {
    const jobs: Scheduler = scheduler({
      a: () => {
        jobs.at('a', ports.atMs + 5_000);
        note('a')();
      },
    });
    jobs.at('a', START_MS);
    await ports.advance(1_000);
    ports.refusesStatement = refuses;
    await ports.advance(20_000);
    expect(jobs.failing()).toMatchObject({ lines: [expect.stringContaining('refused')], isTooOften: true });
    ports.refusesStatement = undefined;
    ran = [];
    await ports.advance(60_000);
    expect(ran.length).toBeGreaterThanOrEqual(9);
    expect(jobs.failing().lines).toEqual([]);
  });

  it('lose no job that only had to be forgotten: a restart finds it due', async () => {
    const jobs = scheduler();
    jobs.at('a', START_MS);
    ports.refusesStatement = refuses;
    await ports.advance(0);
    expect([ran.length, due()]).toEqual([1, { a: 0 }]);
    ports = ports.restarted();
    scheduler().resume();
    await ports.advance(0);
    expect([ran.length, due()]).toEqual([2, {}]);
  });

  it('keep no job from running earlier when it is asked for afterwards', async () => {
    const jobs = scheduler();
    jobs.at('a', START_MS);
    ports.refusesStatement = refuses;
    await ports.advance(0);
    ports.refusesStatement = undefined;
    jobs.at('a', ports.atMs + 100);
    await ports.advance(100);
    expect(ran).toEqual([
      ['a', 0],
      ['a', 100],
    ]);
  });
});

describe('a job without a row', () => {
  it('runs at its time, has an alarm that outlives the object, and writes nothing', async () => {
    const jobs: Scheduler = new Scheduler(
      ports,
      {
        a: () => {
          note('a')();
          if (ran.length < 3) jobs.at('a', ports.atMs + 5_000);
        },
      },
      ['a'],
    );
    const writes: string[] = [];
    ports.refusesStatement = (query) => {
      if (!query.startsWith('SELECT')) writes.push(query);
      return false;
    };
    jobs.at('a', START_MS + 100);
    expect(ports.alarmAtMs).toBe(START_MS + 5_100);
    await ports.advance(MINUTE_MS);
    expect([ran.map(([, atMs]) => atMs), writes]).toEqual([[100, 5_100, 10_100], []]);
  });

  it('loses the row that an earlier release wrote', async () => {
    scheduler().at('a', START_MS);
    ports = ports.restarted();
    const jobs = new Scheduler(ports, { a: note('a') }, ['a']);
    jobs.resume();
    await ports.advance(0);
    expect([ran.length, due()]).toEqual([1, {}]);
  });

  it('that throws runs again like any other', async () => {
    const jobs = new Scheduler(
      ports,
      {
        a: () => {
          note('a')();
          throw new Error('not now');
        },
      },
      ['a'],
    );
    jobs.at('a', START_MS);
    await ports.advance(7_000);
    expect([ran.map(([, atMs]) => atMs), due()]).toEqual([[0, 2_000, 6_000], {}]);
  });
});

describe('the alarm', () => {
  it('is set five seconds after the earliest job that has a timer', () => {
    const jobs = scheduler();
    jobs.at('a', START_MS + 5_000);
    expect(ports.alarmAtMs).toBe(START_MS + 10_000);
    jobs.at('b', START_MS + 9_000);
    expect(ports.alarmAtMs).toBe(START_MS + 10_000);
    jobs.at('b', START_MS - 9_000);
    expect(ports.alarmAtMs).toBe(START_MS + 5_000);
  });

  it('is all that a job has which is due in more than ten seconds: a timer would keep the object awake', async () => {
    const jobs = scheduler();
    ports.onAlarm = () => jobs.alarmFired();
    jobs.at('a', START_MS + 10_001);
    expect([ports.timersDueMs, ports.alarmAtMs]).toEqual([[], START_MS + 10_001]);
    await ports.advance(10_000);
    expect(ran).toEqual([]);
    await ports.advance(1);
    expect(ran).toEqual([['a', 10_001]]);
  });

  it('is not set again when nothing is due, and no timer is left', async () => {
    const jobs = scheduler();
    ports.onAlarm = () => jobs.alarmFired();
    jobs.at('a', START_MS + 100);
    jobs.at('b', START_MS + 20_000);
    await ports.advance(MINUTE_MS);
    expect([ran.length, ports.timersDueMs, ports.alarmAtMs]).toEqual([2, [], undefined]);
  });

  it('is set a few times a minute, however often a job runs', async () => {
    let alarms = 0;
    const jobs: Scheduler = scheduler({ a: () => jobs.at('a', ports.atMs + 1_000) });
    ports.onAlarm = () => {
      alarms += 1;
      return jobs.alarmFired();
    };
    jobs.at('a', START_MS);
    await ports.advance(MINUTE_MS);
    expect(alarms).toBeLessThanOrEqual(12);
    expect(ports.alarmsSet).toBeLessThanOrEqual(alarms + 2);
  });

  it('is set anew when the transaction that set it was rolled back', () => {
    const jobs = scheduler();
    expect(() =>
      ports.storage.transaction(() => {
        jobs.at('a', START_MS + 100);
        throw new Error('no');
      }),
    ).toThrow('no');
    ports.alarmAtMs = undefined;
    jobs.at('a', START_MS + 20_000);
    expect(ports.alarmAtMs).toBe(START_MS + 20_000);
  });

  it('is set anew when it did not come', async () => {
    const jobs = scheduler();
    jobs.at('a', START_MS + 20_000);
    ports.alarmAtMs = undefined;
    await ports.advance(3 * MINUTE_MS);
    jobs.at('b', ports.atMs + HOUR_MS);
    expect(ports.alarmAtMs).toBe(ports.atMs + HOUR_MS);
  });

  it('runs what a crash left due, and is set again before it does', async () => {
    scheduler().at('a', START_MS + 100);
    ports = ports.restarted();
    ports.atMs += 5_100;
    ports.alarmAtMs = undefined;
    const { done, finish } = open();
    const fired = scheduler({ a: () => done }).alarmFired();
    expect(ports.alarmAtMs).toBeLessThanOrEqual(ports.atMs + 10_000);
    expect(ports.alarmAtMs).toBeGreaterThan(ports.atMs);
    finish();
    await fired;
    expect(due()).toEqual({});
  });

  it('finds a job that the object died in due again', async () => {
    scheduler({ a: () => new Promise<void>(() => {}) }).at('a', START_MS);
    await ports.advance(0);
    expect(due()).toEqual({ a: 0 });
    ports = ports.restarted();
    ports.atMs += 2_000;
    await scheduler().alarmFired();
    expect(ran).toEqual([['a', 2_000]]);
  });

  it('waits for every job that it started', async () => {
    const { done, finish } = open();
    const jobs = scheduler({ a: () => done });
    jobs.at('a', START_MS);
    let over = false;
    const fired = jobs.alarmFired().then(() => {
      over = true;
    });
    await ports.settle();
    expect(over).toBe(false);
    finish();
    await fired;
  });

  it('leaves what is not due yet', async () => {
    const jobs = scheduler();
    jobs.at('a', START_MS + 50_000);
    await jobs.alarmFired();
    expect([ran, due(), ports.alarmAtMs]).toEqual([[], { a: 50_000 }, START_MS + 50_000]);
  });
});

it('an object that starts sets timer and alarm for what is due', async () => {
  scheduler().at('a', START_MS + 100);
  ports = ports.restarted();
  ports.alarmAtMs = undefined;
  scheduler().resume();
  expect([ports.timersDueMs, ports.alarmAtMs]).toEqual([[START_MS + 100], START_MS + 5_100]);
  await ports.advance(100);
  expect(ran).toEqual([['a', 100]]);
});
