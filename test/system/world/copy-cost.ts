/**
 * What a copy costs each object on its way from the frame to the POST: statements, rows and commits (design.md 12). Counted on
 * the World, where nothing else happens, so that the figures are exact and the same each time.
 */
import type { Side } from '../../../domain/ids.ts';
import type { LiveScene } from './live-scene.ts';

/** By the beginning of the object's name in the World, in the order of the way. */
const OBJECTS = [
  ['feed', 'LeaderFeed'],
  ['user', 'FollowedUser'],
  ['wallet LIVE', 'live Wallet'],
] as const;

export interface StepCost {
  readonly object: string;
  readonly reads: number;
  readonly writes: number;
  /** Rows written, those of indices not counted. */
  readonly rows: number;
  /** Groups of writes without a call or an answer in between: each becomes durable at once. */
  readonly commits: number;
}

export interface CopyCost {
  /** Until the POST leaves: what the copy waits for. */
  readonly beforePost: readonly StepCost[];
  /** From the frame until the copy is settled and sent to D1. */
  readonly whole: readonly StepCost[];
}

/** Counts one trade of the scene's leader, from the call that hands it to the FollowedUser on. */
export async function copyCost(
  scene: LiveScene,
  side: Side,
  onStatement: (object: string, query: string) => void = () => {},
): Promise<CopyCost> {
  const { homes, venue } = scene.world;
  const counter = new Counter(scene);
  let beforePost: readonly StepCost[] | undefined;
  homes.beforeCall = (name) => {
    if (name === 'observe') counter.start();
    counter.turn += 1;
  };
  homes.afterCall = () => {
    counter.turn += 1;
  };
  venue.atWalletCall = (name) => {
    if (name === 'POST /order') beforePost ??= counter.found();
  };
  homes.onStatement = (object, query) => {
    if (beforePost === undefined && counter.isStarted()) onStatement(object, query);
    counter.add(object, query);
  };
  await scene.copied(side, '100');
  homes.beforeCall = undefined;
  homes.afterCall = undefined;
  homes.onStatement = undefined;
  venue.atWalletCall = undefined;
  if (beforePost === undefined) throw new Error('the trade led to no order');
  return { beforePost, whole: counter.found() };
}

/** Statements and commits of all objects together. */
export function sumOf(steps: readonly StepCost[]): { readonly statements: number; readonly commits: number } {
  return {
    statements: steps.reduce((sum, { reads, writes }) => sum + reads + writes, 0),
    commits: steps.reduce((sum, { commits }) => sum + commits, 0),
  };
}

interface Count {
  reads: number;
  writes: number;
  commits: number;
  /** The turn of the last write. */
  turn: number;
}

class Counter {
  /** Moves with each call and each answer. */
  turn = 0;
  private readonly counts = new Map<string, Count>();
  private before: ReadonlyMap<string, number> | undefined;
  private readonly scene: LiveScene;

  constructor(scene: LiveScene) {
    this.scene = scene;
  }

  /** The first call counts; later ones are of the same trade. */
  start(): void {
    this.before ??= this.changedRows();
  }

  isStarted(): boolean {
    return this.before !== undefined;
  }

  add(object: string, query: string): void {
    const name = nameOf(object);
    if (name === undefined || !this.isStarted()) return;
    const count = this.counts.get(name) ?? { reads: 0, writes: 0, commits: 0, turn: -1 };
    this.counts.set(name, count);
    if (/^\s*SELECT/.test(query)) {
      count.reads += 1;
      return;
    }
    count.writes += 1;
    if (count.turn !== this.turn) count.commits += 1;
    count.turn = this.turn;
  }

  found(): readonly StepCost[] {
    const changed = this.changedRows();
    return OBJECTS.map(([name, object]) => {
      const { reads, writes, commits } = this.counts.get(name) ?? { reads: 0, writes: 0, commits: 0 };
      const rows = (changed.get(name) ?? 0) - (this.before?.get(name) ?? 0);
      return { object, reads, writes, rows, commits };
    });
  }

  /** Rows that each object has written since its storage was made. */
  private changedRows(): ReadonlyMap<string, number> {
    const changed = new Map<string, number>();
    for (const { name, database } of this.scene.world.homes.made) {
      const of = nameOf(name);
      if (of === undefined) continue;
      const row = database.prepare('SELECT total_changes() AS n').get();
      changed.set(of, (changed.get(of) ?? 0) + Number(row?.n));
    }
    return changed;
  }
}

function nameOf(object: string): string | undefined {
  return OBJECTS.find(([name]) => object.startsWith(name))?.[0];
}
