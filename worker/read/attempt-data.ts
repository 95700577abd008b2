/** Everything that the panel of one copy attempt shows, read from D1 and replayed by `decide`. Bounded reads only. */
import { explain } from '../../domain/explain/explain.ts';
import { replayOf } from '../../domain/explain/replay.ts';
import { parseStoredFacts } from '../../domain/explain/stored-facts.ts';
import type { Control } from '../../domain/settings/control.ts';
import { defaultSettings, type ModeSettings, settingsFor } from '../../domain/settings/settings.ts';
import { reasonOf } from '../../durable-objects/platform/ports.ts';
import { log } from '../../durable-objects/platform/workerd.ts';
import { listCopyFillsOf, listLeaderFillsOf } from '../../ledger/read/attempt-fills.ts';
import { type AttemptName, type AttemptRow, readAttempts, readFacts } from '../../ledger/read/attempts.ts';
import { readOrdersOf } from '../../ledger/read/live.ts';
import { readControlVersion } from '../../ledger/write/control-store.ts';
import type { AttemptPanelView, Explanation } from '../../views/attempt/attempt-panel.tsx';
import type { Env } from '../env.ts';
import { namesFor } from './page-data.ts';

/** The panel's data; undefined without such an attempt. */
export async function attemptPanel(
  env: Env,
  control: Control,
  name: AttemptName,
): Promise<AttemptPanelView | undefined> {
  const [attempt] = await readAttempts(env.DB, [name]);
  if (attempt === undefined) return undefined;
  const live = attempt.mode === 'LIVE';
  const [names, storedFacts, settings, { orders, fills }, copyFills, leaderFills] = await Promise.all([
    namesFor(env, control, [attempt]),
    readFacts(env.DB, name),
    settingsInForce(env, attempt),
    live ? readOrdersOf(env.DB, attempt.idempotencyKey) : { orders: [], fills: [] },
    live ? [] : listCopyFillsOf(env.DB, attempt.mode, attempt.idempotencyKey),
    listLeaderFillsOf(env.DB, attempt),
  ]);
  return {
    attempt,
    names,
    explanation: explanationOf(attempt, storedFacts ?? '', settings),
    storedFacts: storedFacts ?? '',
    orders,
    liveFills: fills,
    copyFills,
    leaderFills,
  };
}

type SettingsThen = ModeSettings | 'missing' | 'unreadable';

/** The settings of the version that the attempt names, with the leader's own on top. */
async function settingsInForce(env: Env, attempt: AttemptRow): Promise<SettingsThen> {
  const { mode, settingsVersion, leaderAddress } = attempt;
  // A Wallet that had seen no document yet decided on the defaults.
  if (settingsVersion === 0) return defaultSettings(mode);
  const control = await readControlVersion(env.DB, settingsVersion);
  if (typeof control === 'string') return control;
  const user = control.followedUsers.find((one) => one.leaderAddress === leaderAddress);
  return settingsFor(control.settings[mode], user?.overrides[mode]);
}

function explanationOf(attempt: AttemptRow, storedFacts: string, settings: SettingsThen): Explanation {
  if (storedFacts === '') return { kind: 'pruned' };
  const facts = parseStoredFacts(storedFacts, attempt);
  if (facts === undefined) return { kind: 'damaged' };
  if (typeof settings === 'string')
    return { kind: 'noSettings', unreadable: settings === 'unreadable', facts };
  try {
    const { decision, guardrails } = explain(facts, settings);
    return { kind: 'explained', facts, decision, replay: replayOf(attempt, decision), guardrails };
  } catch (error) {
    // Well-formed amounts that no Wallet can have seen may break an invariant: the row is damaged, but the page still shows.
    log('warn', 'an attempt was not replayed', { group: attempt.groupKey, reason: reasonOf(error) });
    return { kind: 'damaged' };
  }
}
