// Counts what an interval of a World would be billed for: the statements of each object, in order, to be run again in workerd
// (replay.ts), and requests, alarms, frames and seconds awake, each with where they come from.
import type { SqlValue } from '../../../durable-objects/platform/ports.ts';
import type { Watcher } from '../../system/world/watcher.ts';

/** An answer, or an alarm that finds little to do, takes no virtual time: each is billed as this long. */
const REQUEST_AWAKE_MS = 5;

export interface Statement {
  readonly object: string;
  readonly query: string;
  readonly bindings: readonly SqlValue[];
  /** Whether it ran within the interval, and not before. */
  readonly counted: boolean;
}

export interface Awake {
  readonly object: string;
  readonly seconds: number;
  /** By reason, the longest first; reasons overlap. */
  readonly why: readonly (readonly [reason: string, seconds: number])[];
}

/** A time during which at least one thing holds. */
class Spell {
  private open = 0;
  private sinceMs = 0;
  private beforeMs = 0;

  begin(nowMs: number): void {
    if (this.open === 0) this.sinceMs = nowMs;
    this.open += 1;
  }

  end(nowMs: number): void {
    this.open -= 1;
    if (this.open === 0) this.beforeMs += nowMs - this.sinceMs;
  }

  totalMs(nowMs: number): number {
    return this.beforeMs + (this.open > 0 ? nowMs - this.sinceMs : 0);
  }

  restart(nowMs: number): void {
    this.beforeMs = 0;
    this.sinceMs = nowMs;
  }
}

export class Meter implements Watcher {
  /** In the order in which they ran; those of transactions that were rolled back are left out. */
  readonly statements: Statement[] = [];
  readonly requests = new Counts();
  readonly alarmsSet = new Counts();
  readonly frames = new Counts();
  private readonly spells = new Map<string, Map<string, Spell>>();
  /** Where each open transaction of an object began in `statements`, the outermost first. */
  private readonly begun = new Map<string, number[]>();
  private counting = false;
  private startedAtMs = 0;

  constructor(private readonly nowMs: () => number) {}

  /** The interval begins. */
  start(): void {
    this.counting = true;
    this.startedAtMs = this.nowMs();
    for (const counts of [this.requests, this.alarmsSet, this.frames]) counts.clear();
    for (const spells of this.spells.values())
      for (const spell of spells.values()) spell.restart(this.startedAtMs);
  }

  statement(object: string, query: string, bindings: readonly SqlValue[]): void {
    this.statements.push({ object, query, bindings, counted: this.counting });
  }

  transaction(object: string, step: 'begin' | 'keep' | 'rollback'): void {
    const open = this.begun.get(object) ?? [];
    this.begun.set(object, open);
    if (step === 'begin') {
      open.push(this.statements.length);
      return;
    }
    const from = open.pop() ?? 0;
    // Transactions are synchronous: whatever came since is of this object.
    if (step === 'rollback') this.statements.length = from;
  }

  request(object: string, what: string): void {
    this.requests.add(object, what);
  }

  alarmSet(object: string): void {
    this.alarmsSet.add(object, 'setAlarm');
  }

  frame(object: string, channel: string): void {
    this.frames.add(object, channel);
  }

  awake(object: string, why: string): () => void {
    const spells = [this.spell(object, ''), this.spell(object, why)];
    for (const spell of spells) spell.begin(this.nowMs());
    let over = false;
    return () => {
      if (over) return;
      over = true;
      for (const spell of spells) spell.end(this.nowMs());
    };
  }

  /** How long each object could not sleep since `start`. */
  awakeTimes(): readonly Awake[] {
    const nowMs = this.nowMs();
    const wholeMs = nowMs - this.startedAtMs;
    return [...this.spells].map(([object, spells]) => {
      const heldMs = spells.get('')?.totalMs(nowMs) ?? 0;
      const answeringMs = this.requests.of(object) * REQUEST_AWAKE_MS;
      return {
        object,
        seconds: Math.min(wholeMs, heldMs + answeringMs) / 1_000,
        why: [...spells]
          .filter(([why]) => why !== '')
          .map(([why, spell]) => [why, spell.totalMs(nowMs) / 1_000] as const)
          .sort(([, left], [, right]) => right - left),
      };
    });
  }

  private spell(object: string, why: string): Spell {
    const spells = this.spells.get(object) ?? new Map<string, Spell>();
    this.spells.set(object, spells);
    const spell = spells.get(why) ?? new Spell();
    spells.set(why, spell);
    return spell;
  }
}

/** How often, by object and kind. */
export class Counts {
  private readonly byKey = new Map<string, { object: string; kind: string; count: number }>();

  add(object: string, kind: string, count = 1): void {
    const key = `${object}|${kind}`;
    const known = this.byKey.get(key) ?? { object, kind, count: 0 };
    known.count += count;
    this.byKey.set(key, known);
  }

  of(object: string): number {
    return this.list().reduce((sum, one) => sum + (one.object === object ? one.count : 0), 0);
  }

  /** The largest first. */
  list(): readonly { readonly object: string; readonly kind: string; readonly count: number }[] {
    return [...this.byKey.values()].sort((left, right) => right.count - left.count);
  }

  clear(): void {
    this.byKey.clear();
  }
}
