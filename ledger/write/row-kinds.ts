/**
 * What D1 removes when it is old, a kind of rows each: where its rows are, by which time they are found through an index, what
 * is added up of them before they go, and which of them are still needed. Texts here are parts of statements, all our own.
 */
import type { TradingMode } from '../../domain/ids.ts';
import { TRADING_MODES } from '../../domain/ids.ts';
import type { SystemSettings } from '../../domain/settings/system-settings.ts';
import { DAY_MS, HOUR_MS } from '../../domain/time.ts';

/** The settings that say how long rows are kept. */
export type KeptDays = 'factsDaysMax' | 'minuteDaysMax' | 'hourDaysMax' | 'skipDaysMax' | 'tradeDaysMax';

export interface RowKind {
  /** Of its place in `maintenance`. */
  readonly name: string;
  readonly table: string;
  readonly time: string;
  /** Always so: with the time it is a range of an index. */
  readonly fixed: string;
  readonly kept: KeptDays;
  /** Never removed while this is true. */
  readonly needed: string;
  /** Whether what is needed now may be needed no more: then the rows that were left are looked at again. */
  readonly isRevisited: boolean;
  /** Rows written for each that is removed: itself, its entries in indices, and what goes with it. */
  readonly writtenEach: number;
  /** What is added up; undefined where rows that stay say it. */
  readonly sums?: {
    readonly mode: string;
    readonly leader: string;
    readonly word: string;
    readonly notional: string;
    readonly fee: string;
  };
  /** Blanked instead of removed. */
  readonly blank?: 'facts';
  /** Modes in which the groups of these rows have members, which go with them. */
  readonly members?: readonly TradingMode[];
}

const NOTHING = '0';

/** A position of the row's leader and token that is not closed, in one of the modes. */
function heldIn(modes: readonly TradingMode[], table: string): string {
  const words = modes.map((mode) => `'${mode}'`).join(', ');
  return `EXISTS (SELECT 1 FROM positions p WHERE p.mode IN (${words}) AND p.leader_address = ${table}.leader_address
    AND p.token_id = ${table}.token_id AND p.share_micros <> 0)`;
}

function attemptKinds(mode: TradingMode): readonly RowKind[] {
  const attempts = {
    table: 'copy_attempts',
    time: 'decided_at_ms',
    needed: heldIn([mode], 'copy_attempts'),
    isRevisited: true,
    writtenEach: 7,
    sums: {
      mode: 'mode',
      leader: 'leader_address',
      word: 'decision',
      notional: 'filled_notional_micros',
      fee: 'fee_micros',
    },
    members: [mode],
  };
  const fixed = `mode = '${mode}'`;
  return [
    {
      ...{
        name: `facts:${mode}`,
        table: 'copy_attempts',
        time: 'decided_at_ms',
        fixed,
        kept: 'factsDaysMax',
      },
      ...{ needed: NOTHING, isRevisited: false, writtenEach: 1, blank: 'facts' },
    },
    { ...attempts, name: `skips:${mode}`, fixed: `${fixed} AND decision = 'SKIP'`, kept: 'skipDaysMax' },
    { ...attempts, name: `attempts:${mode}`, fixed, kept: 'tradeDaysMax' },
    {
      ...{ name: `fills:${mode}`, table: 'copy_fills', time: 'filled_at_ms', fixed, kept: 'tradeDaysMax' },
      ...{ needed: heldIn([mode], 'copy_fills'), isRevisited: true, writtenEach: 3 },
      sums: { ...attempts.sums, word: 'side', notional: 'notional_micros' },
    },
    {
      ...{
        name: `ledger:${mode}`,
        table: 'ledger_entries',
        time: 'booked_at_ms',
        fixed,
        kept: 'tradeDaysMax',
      },
      ...{ needed: heldIn([mode], 'ledger_entries'), isRevisited: true, writtenEach: 3 },
      sums: { ...attempts.sums, word: 'entry_type', notional: 'cash_delta_micros', fee: '0' },
    },
  ];
}

/** Rows of trades, those of the leaders and ours. */
export const TRADE_KINDS: readonly RowKind[] = [
  ...TRADING_MODES.flatMap(attemptKinds),
  {
    ...{ name: 'leader-fills', table: 'leader_fills', time: 'event_at_ms', fixed: '1', kept: 'tradeDaysMax' },
    ...{ needed: heldIn(TRADING_MODES, 'leader_fills'), isRevisited: true, writtenEach: 7 },
    sums: {
      mode: "''",
      leader: 'leader_address',
      word: 'side',
      notional: 'notional_micros',
      fee: '0',
    },
    members: TRADING_MODES,
  },
  {
    ...{
      name: 'activities',
      table: 'leader_activities',
      time: 'event_at_ms',
      fixed: '1',
      kept: 'tradeDaysMax',
    },
    ...{ needed: NOTHING, isRevisited: false, writtenEach: 3 },
    sums: { mode: "''", leader: 'leader_address', word: 'type', notional: 'cash_micros', fee: '0' },
  },
  {
    ...{ name: 'live-orders', table: 'live_orders', time: 'created_at_ms', fixed: '1', kept: 'tradeDaysMax' },
    needed: `final_at_ms IS NULL OR ${heldIn(['LIVE'], 'live_orders')}`,
    ...{ isRevisited: true, writtenEach: 4 },
    sums: {
      mode: "'LIVE'",
      leader: 'leader_address',
      word: 'state',
      notional: 'filled_notional_micros',
      fee: 'fee_micros',
    },
  },
  {
    ...{ name: 'live-fills', table: 'live_fills', time: 'matched_at_ms', fixed: '1', kept: 'tradeDaysMax' },
    needed: `state NOT IN ('CONFIRMED', 'FAILED') OR ${heldIn(['LIVE'], 'live_fills')}`,
    ...{ isRevisited: true, writtenEach: 3 },
    sums: {
      mode: "'LIVE'",
      leader: 'leader_address',
      word: 'side',
      notional: 'notional_micros',
      fee: 'fee_micros',
    },
  },
  {
    ...{ name: 'quarantine', table: 'quarantine', time: 'seen_at_ms', fixed: '1', kept: 'factsDaysMax' },
    ...{ needed: NOTHING, isRevisited: false, writtenEach: 3 },
    sums: { mode: "''", leader: "''", word: 'source', notional: '0', fee: '0' },
  },
];

/** One line of snapshots. The address is one that the control document holds, or ''. */
export interface SnapshotLine {
  readonly mode: TradingMode;
  readonly scope: 'EXEC_GLOBAL' | 'SHADOW_USER';
  readonly leaderAddress: string;
}

/** Snapshots that are thinned: the last of an hour stays, and later the last of a day, so that every chart goes on. */
export function snapshotKinds({ mode, scope, leaderAddress }: SnapshotLine): readonly RowKind[] {
  const line = `mode = '${mode}' AND portfolio_scope = '${scope}' AND leader_address = '${leaderAddress}'`;
  const kind = (bucket: 'MINUTE' | 'HOUR', stepMs: number, kept: KeptDays): RowKind => ({
    name: `${bucket}:${stepMs}:${mode}:${scope}:${leaderAddress}`,
    table: 'portfolio_snapshots',
    time: 'bucket_at_ms',
    fixed: `${line} AND bucket = '${bucket}'`,
    kept,
    needed: `NOT EXISTS (SELECT 1 FROM portfolio_snapshots l WHERE l.${line.replaceAll(' AND ', ' AND l.')}
      AND l.bucket = '${bucket}' AND l.bucket_at_ms > portfolio_snapshots.bucket_at_ms
      AND l.bucket_at_ms < portfolio_snapshots.bucket_at_ms - portfolio_snapshots.bucket_at_ms % ${stepMs} + ${stepMs})`,
    isRevisited: false,
    writtenEach: 1,
  });
  return [
    kind('MINUTE', HOUR_MS, 'minuteDaysMax'),
    kind('MINUTE', DAY_MS, 'hourDaysMax'),
    kind('HOUR', DAY_MS, 'hourDaysMax'),
  ];
}

/** How long rows of the kind are kept. */
export function keptMs(kind: RowKind, settings: Pick<SystemSettings, KeptDays>): number {
  return settings[kind.kept] * DAY_MS;
}
