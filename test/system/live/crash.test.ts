/**
 * Objects die at every single step of the way of one live copy: before and after each commit, each call and its answer, the POST
 * and its answer, each late write and each write to D1. One order is placed for each trade of the leader, and what people see in the
 * end is what they see of the undisturbed run.
 */
import { expect, it } from 'vitest';
import { disagreements, doubled } from '../world/live-conservation.ts';
import { LiveScene } from '../world/live-scene.ts';
import { miscounts } from '../world/recount.ts';
import { rest } from '../world/rest.ts';

/** Long enough for a restart, the question about the order and the sweep that follows. */
const APART_MS = 20_000;
/** Nothing is too old to be copied after a restart. */
const PATIENT = { copyAgeMsMax: 120_000 };

interface Run {
  readonly outcome: string;
  readonly names: readonly string[];
}

async function run(quietMs: number, crashAt: number | undefined): Promise<Run> {
  const scene = await LiveScene.open({
    exchangeStepMs: 1_000,
    settings: PATIENT,
    live: PATIENT,
    system: { groupQuietMs: quietMs, groupAgeMsMax: 10 * quietMs },
  });
  const { world } = scene;
  world.homes.watchSteps();
  if (crashAt !== undefined) world.crashAfter(crashAt);
  scene.trade('BUY', '200');
  await world.advance(APART_MS);
  const names = world.homes.stepNames.slice();
  scene.trade('SELL', '100');
  await rest(world);
  const where = `died at step ${crashAt}: ${names[(crashAt ?? 0) - 1]}`;
  expect(doubled(scene), where).toEqual([]);
  expect(disagreements(scene), where).toEqual([]);
  expect(miscounts(world), where).toEqual([]);
  return { outcome: outcomeOf(scene), names };
}

/** What people see in the end; times, prices of marks and the order of writing are left out. */
function outcomeOf(scene: LiveScene): string {
  const { world } = scene;
  const attempts = scene
    .attempts('LIVE')
    .map((row) => [row.side, row.decision, row.reasons, row.filledShareMicros, row.filledNotionalMicros]);
  const orders = scene.orders().map((row) => [row.side, row.state, row.shareMicros, row.filledShareMicros]);
  const fills = scene.fills().map((row) => [row.side, row.state, row.shareMicros]);
  const ledger = world
    .rows('ledger')
    .filter(({ mode }) => mode === 'LIVE')
    .map((row) => [row.entryType, row.shareDeltaMicros, row.cashDeltaMicros]);
  const tables = [attempts, orders, fills, ledger, [scene.taken().length, world.live.portfolio().owedExits]];
  return tables.map((rows) => rows.map(String).sort().join('\n')).join('\n\n');
}

it.each([
  ['that is copied before it is stored', 0],
  ['that waits for its group', 25],
])(
  'an object that dies changes nothing of a live purchase %s, and the sale after it, at whichever step it dies',
  async (_what, quietMs) => {
    const undisturbed = await run(quietMs, undefined);
    expect(undisturbed.outcome.match(/EXECUTE/g)).toHaveLength(2);
    expect(undisturbed.outcome.match(/FILLED/g)).toHaveLength(2);
    // The way of the copy: what D1, marks and the paper Wallet do besides is shown by other runs.
    const steps = undisturbed.names.flatMap((name, at) => (isOnTheWay(name) ? [at + 1] : []));
    expect(steps.length).toBeGreaterThan(20);
    for (const step of steps) {
      const disturbed = await run(quietMs, step);
      expect(disturbed.outcome, `died at step ${step}: ${undisturbed.names[step - 1]}`).toBe(
        undisturbed.outcome,
      );
    }
  },
);

function isOnTheWay(name: string): boolean {
  return /^(user|wallet LIVE) /.test(name);
}
