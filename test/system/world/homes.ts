/**
 * Objects that live, die and come back over one storage, as Durable Objects do: an instance dies at any step of its way,
 * and the next one starts from what was stored and from the alarm.
 */
import { DatabaseSync } from 'node:sqlite';
import { withLateWrites } from '../../../durable-objects/platform/late-writes.ts';
import { type ObjectPorts, type SqlRow, withRollbacks } from '../../../durable-objects/platform/ports.ts';
import { StorageLimits } from '../../../durable-objects/platform/storage-limits.ts';
import { preparedFor } from '../../durable-objects/memory-ports.ts';
import type { VirtualTime } from './virtual-time.ts';
import type { Watcher } from './watcher.ts';

export class Crash extends Error {
  override name = 'Crash';
}

/** Of one instance: what a dead one still does has no effect. */
export interface Life {
  alive: boolean;
  /** Run when it dies: whoever waits for an answer of it learns of it. */
  readonly ends?: Set<() => void>;
}

/** The instance that makes a call. */
export interface Caller<Core> {
  readonly home: () => Home<Core>;
  readonly life: Life;
}

/** One object: its storage and alarm outlive its instance. */
export interface Home<Core> {
  readonly name: string;
  readonly database: DatabaseSync;
  readonly build: (ports: ObjectPorts, life: Life) => Core;
  alarmAtMs: number | undefined;
  life: Life;
  /** Make the instance read again what it keeps of its storage in memory. */
  forgets: (() => void)[];
  core: Core;
}

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export class Homes {
  readonly logs: LogLine[] = [];
  /** Steps taken so far: the places where an instance may die. */
  steps = 0;
  readonly stepNames: string[] = [];
  /** Every object that was made. */
  readonly made: Pick<Home<unknown>, 'name' | 'database'>[] = [];
  /** Runs for every call between objects before it leaves; a throw is a call that was lost. */
  beforeCall: ((name: string) => void) | undefined;
  /** Runs for every call that was answered before the answer arrives; a throw is an answer that was lost. */
  afterCall: ((name: string) => void) | undefined;
  /** Sees every SQL statement that an object runs. */
  onStatement: ((object: string, query: string) => void) | undefined;
  /** Sees how many rows each of them gave. */
  onRows: ((object: string, rows: number) => void) | undefined;
  /** Statements for which this is true are refused, as by a full or failing disk. */
  refuses: ((object: string, query: string) => boolean) | undefined;
  refusal = 'SQLITE_IOERR: refused by the test';
  /** Counts what would be billed. */
  watcher: Watcher | undefined;
  /** Runs when an instance has died, before the next one is made. */
  onDeath: () => void = () => {};
  private crashAtStep: number | undefined;

  constructor(private readonly time: VirtualTime) {}

  /** A new object with an empty storage. */
  make<Core>(name: string, build: (ports: ObjectPorts, life: Life) => Core): Home<Core> {
    const home = {
      name,
      database: new DatabaseSync(':memory:'),
      build,
      alarmAtMs: undefined,
      life: newLife(),
      forgets: [],
    };
    // The core is made last, over the ports of its own home.
    const whole: Home<Core> = Object.assign(home, { core: undefined as unknown as Core });
    whole.core = build(this.ports(whole), whole.life);
    this.made.push(whole);
    return whole;
  }

  /** Ends the instance and makes the next one: memory is lost, storage and alarm stay. */
  rebuild<Core>(home: Home<Core>): void {
    end(home.life);
    home.life = newLife();
    home.forgets = [];
    this.onDeath();
    home.core = home.build(this.ports(home), home.life);
  }

  /** Forgets the names of the steps so far. */
  watchSteps(): void {
    this.stepNames.length = 0;
  }

  /** Kills whichever object takes the n-th step from now. */
  crashAfter(steps: number): void {
    this.crashAtStep = this.steps + steps;
  }

  /** One step of the way: the place where a crash may strike. */
  step<Core>(home: Home<Core>, name: string): void {
    if (!home.life.alive) throw new Crash('already dead');
    this.steps += 1;
    this.stepNames.push(`${home.name} ${name}`);
    if (this.crashAtStep === undefined || this.steps !== this.crashAtStep) return;
    this.crashAtStep = undefined;
    end(home.life);
    // The instance is gone at once; the next one is made when the platform notices.
    this.time.after(1, () => this.rebuild(home));
    throw new Crash(name);
  }

  /** A call from one object to another: it may be lost before it arrives, or its answer after. */
  async call<From, To, Result>(
    from: Caller<From>,
    to: () => Home<To>,
    name: string,
    run: (core: To) => Result | Promise<Result>,
  ): Promise<Result> {
    const { life } = from;
    if (!life.alive) throw new Crash('already dead');
    const caller = from.home();
    this.step(caller, `before ${name}`);
    await Promise.resolve();
    this.beforeCall?.(name);
    const target = to();
    if (!target.life.alive) throw new Error('Durable Object reset');
    this.watcher?.request(target.name, name);
    const ends = [this.hold(target, name), this.hold(caller, `waits for ${name}`)];
    let result: Result;
    try {
      result = await answerOf(target.life, run(target.core));
    } catch (error) {
      throw error instanceof Crash ? new Error('Durable Object reset') : error;
    } finally {
      for (const end of ends) end();
    }
    if (!life.alive) return new Promise<never>(() => {});
    this.step(caller, `after ${name}`);
    this.afterCall?.(name);
    return result;
  }

  /** The object cannot sleep until the returned function is called. */
  hold(home: Pick<Home<unknown>, 'name'>, why: string): () => void {
    return this.watcher?.awake(home.name, why) ?? (() => {});
  }

  /** Starts the alarms that are due now; returns how many there were. */
  fireAlarms(homes: readonly Home<{ alarm(): Promise<void> }>[]): number {
    let started = 0;
    for (const home of homes) {
      if (!home.life.alive || home.alarmAtMs === undefined || home.alarmAtMs > this.time.nowMs) continue;
      home.alarmAtMs = undefined;
      this.watcher?.request(home.name, 'alarm');
      home.core.alarm().catch(onlyCrash).finally(this.hold(home, 'alarm'));
      started += 1;
    }
    return started;
  }

  private ports<Core>(home: Home<Core>): ObjectPorts {
    const { life } = home;
    const limits = new StorageLimits(() => this.time.nowMs);
    const alive = (): void => {
      if (!life.alive) throw new Crash('already dead');
    };
    const log: ObjectPorts['log'] = (level, message, fields = {}) => {
      if (life.alive) this.logs.push({ level, message, fields });
    };
    const timers: ObjectPorts['timers'] = {
      after: (ms, task) => {
        const end = this.hold(home, 'a timer');
        const cancel = this.time.after(ms, () => {
          end();
          if (life.alive) task();
        });
        return () => {
          end();
          cancel();
        };
      },
    };
    return {
      nowMs: () => this.time.nowMs,
      log,
      alarm: {
        set: (atMs) => {
          alive();
          this.watcher?.alarmSet(home.name, atMs);
          home.alarmAtMs = atMs;
        },
      },
      timers,
      limits,
      storage: withLateWrites(limits.over(this.storage(home, alive)), { timers, log }),
    };
  }

  private storage<Core>(home: Home<Core>, alive: () => void): Omit<ObjectPorts['storage'], 'later'> {
    const { database, forgets } = home;
    const prepared = preparedFor(database);
    let depth = 0;
    return withRollbacks(
      {
        rows: (query, ...bindings) => {
          alive();
          this.onStatement?.(home.name, query);
          if (this.refuses?.(home.name, query) === true) throw new Error(this.refusal);
          this.watcher?.statement(home.name, query, bindings);
          // node:sqlite types its rows more widely than what these tables hold.
          const rows = prepared(query).all(...bindings) as SqlRow[];
          this.onRows?.(home.name, rows.length);
          return rows;
        },
        transaction: (work) => {
          alive();
          if (depth === 0) this.step(home, 'before a transaction');
          const savepoint = `level_${depth}`;
          prepared(`SAVEPOINT ${savepoint}`).run();
          this.watcher?.transaction(home.name, 'begin');
          depth += 1;
          try {
            const result = work();
            prepared(`RELEASE ${savepoint}`).run();
            this.watcher?.transaction(home.name, 'keep');
            return result;
          } catch (error) {
            this.watcher?.transaction(home.name, 'rollback');
            prepared(`ROLLBACK TO ${savepoint}`).run();
            prepared(`RELEASE ${savepoint}`).run();
            throw error;
          } finally {
            depth -= 1;
            if (depth === 0) this.step(home, 'after a transaction');
          }
        },
      },
      forgets,
    );
  }
}

function newLife(): Life {
  return { alive: true, ends: new Set() };
}

function end(life: Life): void {
  life.alive = false;
  for (const tell of life.ends ?? []) tell();
}

/** The answer of an instance; as the platform does, a rejection when it dies before it gave one. */
async function answerOf<Result>(life: Life, answer: Result | Promise<Result>): Promise<Result> {
  const died = Promise.withResolvers<never>();
  const tell = (): void => died.reject(new Error('Durable Object reset'));
  life.ends?.add(tell);
  try {
    return await Promise.race([answer, died.promise]);
  } finally {
    life.ends?.delete(tell);
  }
}

/** Lets the end of an instance pass, and throws everything else. */
export function onlyCrash(error: unknown): void {
  if (!(error instanceof Crash)) throw error;
}
