/**
 * A preview of other settings over the last 24 hours, a bounded chunk per request and without a state of its own: how far it
 * has come is sent with the answer and comes back with the next request. It reads and never writes.
 */
import type { DecisionFacts } from '../../domain/decide/decision-facts.ts';
import { REASON_CODES } from '../../domain/decide/reasons.ts';
import {
  addComparison,
  type Comparison,
  compareDecision,
  EFFECTS,
  EMPTY_SUMS,
  EXAMPLES_MAX,
  isDecidersOwn,
  type PreviewSums,
} from '../../domain/explain/preview.ts';
import { parseStoredFacts } from '../../domain/explain/stored-facts.ts';
import {
  type GroupKey,
  type LeaderAddress,
  SIDES,
  type TokenId,
  type TradingMode,
} from '../../domain/ids.ts';
import { fromJson, toJson } from '../../domain/json.ts';
import { cash, SAFE_MICROS_MAX } from '../../domain/money.ts';
import type { Control } from '../../domain/settings/control.ts';
import { type ModeSettings, settingsFor } from '../../domain/settings/settings.ts';
import * as z from '../../domain/zod.ts';
import { readControlVersions } from '../../ledger/read/audit.ts';
import { type DecidedRow, listDecided } from '../../ledger/read/decided.ts';
import { type Cursor, formatCursor, parseCursor } from '../../ledger/read/keyset.ts';
import type { Env } from '../env.ts';
import type { Texts } from '../form-data.ts';

export const PREVIEW_SPAN_MS = 86_400_000;
/** Each costs two rows read and one decision; a request stays far below what the platform allows of either. */
const CHUNK_ROWS = 250;
/** A run that was left for longer starts again: its day is no longer the last one. */
const RUN_MS_MAX = 3_600_000;

/** How far a run has come between two requests. */
export interface PreviewState {
  /** The end of the 24 hours. */
  readonly startedAtMs: number;
  /** Undefined before the first chunk. */
  readonly before: Cursor | undefined;
  readonly sums: PreviewSums;
}

/** The last millisecond that a date can name. */
const MOMENT_MS_MAX = 8_640_000_000_000_000;

const count = z.int().check(z.minimum(0), z.maximum(1_000_000_000));
const amount = z.mapped(z.bigint().check(z.minimum(-SAFE_MICROS_MAX), z.maximum(SAFE_MICROS_MAX)), cash);
const moment = z.int().check(z.minimum(1), z.maximum(MOMENT_MS_MAX));
const targets = z.strictObject({ thenMicros: amount, nowMicros: amount });
/** An id that a page got from us and sends back. Its form is enough: what comes of it is shown and linked, and nothing is stored. */
const idLike = <Id extends string>(form: RegExp) =>
  z.custom<Id>((given) => typeof given === 'string' && form.test(given));
const sumsSchema = z.strictObject({
  effects: z.strictObject({ SAME: count, NOW_COPIED: count, NOW_SKIPPED: count, RESIZED: count }),
  unreadable: count,
  targets: z.strictObject({ BUY: targets, SELL: targets }),
  reasons: z
    .array(z.strictObject({ reason: z.enum(REASON_CODES), appears: count, vanishes: count }))
    .check(z.maxLength(REASON_CODES.length)),
  examples: z
    .array(
      z.strictObject({
        leaderAddress: idLike<LeaderAddress>(/^0x[0-9a-f]{40}$/),
        groupKey: idLike<GroupKey>(/^[\w:.-]{1,200}$/),
        tokenId: idLike<TokenId>(/^\d{1,78}$/),
        side: z.enum(SIDES),
        decidedAtMs: moment,
        effect: z.enum(EFFECTS),
        thenNotionalMicros: amount,
        nowNotionalMicros: amount,
      }),
    )
    .check(z.maxLength(EXAMPLES_MAX)),
});

/** The hidden fields of a run. */
export function formatState({ startedAtMs, before, sums }: PreviewState): Texts {
  return {
    previewStartedAtMs: String(startedAtMs),
    previewBefore: before === undefined ? '' : formatCursor(before),
    previewSums: toJson(sums),
  };
}

/** The inverse; anything else (the sums are only shown) begins a new run now. */
export function parseState(texts: Texts, nowMs: number): PreviewState {
  const fresh = { startedAtMs: nowMs, before: undefined, sums: EMPTY_SUMS };
  const startedAtMs = /^\d{1,16}$/.test(texts.previewStartedAtMs ?? '')
    ? Number(texts.previewStartedAtMs)
    : 0;
  const before = parseCursor(texts.previewBefore);
  if (before === undefined || startedAtMs > nowMs || startedAtMs < nowMs - RUN_MS_MAX) return fresh;
  try {
    const parsed = sumsSchema.safeParse(fromJson<unknown>(texts.previewSums ?? ''));
    return parsed.success ? { startedAtMs, before, sums: parsed.data } : fresh;
  } catch {
    // Not JSON: written by hand.
    return fresh;
  }
}

export interface PreviewRun {
  readonly mode: TradingMode;
  /** '' for all leaders. */
  readonly leaderAddress: string;
  /** What is saved, and what the form would make of it. */
  readonly control: Control;
  readonly changed: Control;
}

/** One chunk further. `done` when the last attempt of the 24 hours has been looked at. */
export async function previewChunk(
  env: Env,
  run: PreviewRun,
  state: PreviewState,
): Promise<{ readonly state: PreviewState; readonly done: boolean }> {
  const { startedAtMs } = state;
  const rows = await listDecided(env.DB, {
    mode: run.mode,
    leaderAddress: run.leaderAddress === '' ? undefined : run.leaderAddress,
    sinceMs: startedAtMs - PREVIEW_SPAN_MS,
    untilMs: startedAtMs,
    before: state.before,
    rows: CHUNK_ROWS,
  });
  const attempts = rows.map((row) => ({ row, facts: parseStoredFacts(row.facts, row) }));
  const then = await settingsOfThen(env, run, attempts);
  const now = settingsByLeader(run.changed, run.mode);
  const sums = attempts.reduce(
    (total, { row, facts }) =>
      addComparison(
        total,
        row,
        compared(() =>
          facts === undefined
            ? undefined
            : compareDecision({
                recorded: row,
                facts,
                settingsThen: then(row.settingsVersion, row.leaderAddress),
                settingsNow: now(row.leaderAddress),
              }),
        ),
      ),
    state.sums,
  );
  const last = rows.at(-1);
  const before = last === undefined ? state.before : { atMs: last.decidedAtMs, key: last.groupKey };
  return { state: { startedAtMs, before, sums }, done: rows.length < CHUNK_ROWS };
}

interface Attempt {
  readonly row: DecidedRow;
  readonly facts: DecisionFacts | undefined;
}

/** Facts that are whole in shape and yet absurd make `decide` assert: they count as not readable. */
function compared(compare: () => Comparison | undefined): Comparison | undefined {
  try {
    return compare();
  } catch {
    return undefined;
  }
}

type SettingsOf = (version: number, leaderAddress: string) => ModeSettings;

/** The settings in force at a version, read once per version and only where they are needed; else those of today. */
async function settingsOfThen(env: Env, run: PreviewRun, attempts: readonly Attempt[]): Promise<SettingsOf> {
  const needed = attempts.flatMap(({ row, facts }) =>
    facts === undefined || isDecidersOwn(row, facts) ? [] : [row.settingsVersion],
  );
  const documents = await readControlVersions(env.DB, needed);
  const byVersion = new Map(
    [...documents].map(([version, control]) => [version, settingsByLeader(control, run.mode)]),
  );
  const today = settingsByLeader(run.control, run.mode);
  return (version, leaderAddress) => (byVersion.get(version) ?? today)(leaderAddress);
}

function settingsByLeader(control: Control, mode: TradingMode): (leaderAddress: string) => ModeSettings {
  const overrides = new Map<string, Control['followedUsers'][number]['overrides']>(
    control.followedUsers.map((user): [LeaderAddress, typeof user.overrides] => [
      user.leaderAddress,
      user.overrides,
    ]),
  );
  const known = new Map<string, ModeSettings>();
  return (leaderAddress) => {
    const settings =
      known.get(leaderAddress) ?? settingsFor(control.settings[mode], overrides.get(leaderAddress)?.[mode]);
    known.set(leaderAddress, settings);
    return settings;
  };
}
