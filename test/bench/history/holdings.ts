// What a history has beside the trades: markets with their search index, positions, snapshots by minute, hour and day, counts for
// rates and histograms, and what the operator and the venue have left behind.
import type { DatabaseSync } from 'node:sqlite';
import { type Control, controlSchema } from '../../../domain/settings/control.ts';
import { auditLog, controlVersions } from '../../../ledger/schema/control-schema.ts';
import { differences, venuePositions } from '../../../ledger/schema/live-schema.ts';
import {
  leaderActivities,
  leaderPositions,
  markets,
  positions,
  quarantine,
} from '../../../ledger/schema/schema.ts';
import { initialControl } from '../../../ledger/write/control-store.ts';
import {
  activity,
  difference,
  leaderPosition,
  market,
  position,
  quarantined,
  venuePosition,
} from '../../ledger/records.ts';
import { inserter } from './inserter.ts';
import type { Scale } from './scale.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const MODES = ['PAPER', 'LIVE'] as const;
/** Leaders whose live slice there is. */
const LIVE_LEADERS = 60;
/** Hours of slices that are kept by the hour; older ones, of a day each. */
const SLICE_DAYS = 10;
/** As the retention settings keep the whole Wallet by the minute. */
const MINUTE_DAYS = 30;
const CONTROL_VERSIONS = 40;
const AUDIT_ROWS = 2_000;
const QUARANTINE_ROWS = 500;
const ACTIVITY_ROWS = 2_000;

export function writeMarkets(sqlite: DatabaseSync, { markets: all, untilMs }: Scale): void {
  const put = inserter(sqlite, markets, ['marketNo']);
  for (const [index, { conditionId, tokens, title }] of all.entries()) {
    const age = all.length - index;
    const resolved = age > all.length / 20;
    for (const [number, tokenId] of tokens.entries()) {
      const payoutPriceMicros = resolved ? BigInt(number) * 1_000_000n : null;
      put(
        market({
          ...{ tokenId, conditionId, title, slug: `market-${index}`, payoutPriceMicros },
          ...{ outcome: number === 0 ? 'Yes' : 'No', acceptingOrders: !resolved },
          closeAtMs: untilMs + (resolved ? -age : 1 + index) * HOUR_MS,
        }),
      );
    }
  }
}

export function writePositions(sqlite: DatabaseSync, scale: Scale): void {
  const { markets: all, leaders, openPositions, untilMs } = scale;
  const put = inserter(sqlite, positions);
  const putLeader = inserter(sqlite, leaderPositions);
  const putVenue = inserter(sqlite, venuePositions);
  for (const [index, one] of all.entries()) {
    const age = all.length - 1 - index;
    const leaderAddress = leaders[index % leaders.length] ?? '';
    const { conditionId, tokens } = one;
    for (const [number, tokenId] of tokens.entries()) {
      const open = number === 0 && age < openPositions;
      const place = { tokenId, conditionId };
      const amounts = open ? {} : { shareMicros: 0n, costMicros: 0n };
      for (const mode of MODES) {
        put(position({ ...place, ...amounts, mode, leaderAddress, markedAtMs: untilMs }));
      }
      putLeader(leaderPosition({ ...place, leaderAddress, shareMicros: open ? 100_000_000n : 0n }));
      putVenue(venuePosition({ ...place, ...(open ? {} : { shareMicros: 0n }), readAtMs: untilMs }));
      // The busiest leader is in hundreds of markets.
      if (age < openPositions && leaderAddress !== leaders[0]) {
        putLeader(leaderPosition({ ...place, leaderAddress: leaders[0] ?? '' }));
      }
    }
  }
  for (const one of all.slice(-2)) {
    const short = { leaderAddress: leaders[1] ?? '', tokenId: one.tokens[1], conditionId: one.conditionId };
    // Its own leader may have been given this very slice, closed: then it is this one.
    sqlite
      .prepare('DELETE FROM positions WHERE mode = ? AND leader_address = ? AND token_id = ?')
      .run('LIVE', short.leaderAddress, short.tokenId);
    put(position({ ...short, mode: 'LIVE', shareMicros: -5_000_000n, markedAtMs: untilMs }));
  }
}

interface Series {
  readonly mode: string;
  readonly scope: 'EXEC_GLOBAL' | 'SHADOW_USER';
  readonly leader: string;
  readonly bucket: 'MINUTE' | 'HOUR' | 'DAY';
  readonly fromMs: number;
  readonly stepMs: number;
}

/** Snapshots up to `untilMs`, which may be later than the trades: a kept history is brought up to now by it. */
export function writeSnapshots(sqlite: DatabaseSync, scale: Scale, untilMs: number): void {
  const statement = sqlite.prepare(
    `WITH RECURSIVE time(at) AS (SELECT :from UNION ALL SELECT at + :step FROM time WHERE at + :step <= :until)
     INSERT OR IGNORE INTO portfolio_snapshots
     SELECT :mode, :scope, :leader, :bucket, at, 10000000000 + at / 60000 % 7919 * 100000, 9000000000,
       1000000000 + at / 60000 % 7919 * 100000, 23000000, at / 60000 % 7919 * 100000, 10000000000, 1, 2000000000 FROM time`,
  );
  const write = ({ mode, scope, leader, bucket, fromMs, stepMs }: Series): void => {
    // The unit of a step is whole, so that every moment is the beginning of one.
    const from = Math.ceil(fromMs / stepMs) * stepMs;
    const names = { ':mode': mode, ':scope': scope, ':leader': leader, ':bucket': bucket };
    statement.run({ ...names, ':from': from, ':step': stepMs, ':until': Math.max(from, untilMs) });
  };
  const daysAgo = (days: number): number => Math.max(scale.snapshotFromMs, scale.untilMs - days * DAY_MS);
  for (const mode of MODES) {
    const whole = { mode, scope: 'EXEC_GLOBAL', leader: '' } as const;
    write({ ...whole, bucket: 'MINUTE', fromMs: scale.snapshotFromMs, stepMs: HOUR_MS });
    write({ ...whole, bucket: 'MINUTE', fromMs: daysAgo(MINUTE_DAYS), stepMs: MINUTE_MS });
    write({ ...whole, bucket: 'HOUR', fromMs: scale.snapshotFromMs, stepMs: HOUR_MS });
    write({ ...whole, bucket: 'DAY', fromMs: scale.fromMs, stepMs: DAY_MS });
    for (const leader of mode === 'PAPER' ? scale.leaders : scale.leaders.slice(0, LIVE_LEADERS)) {
      const slice = { mode, scope: 'EXEC_GLOBAL', leader } as const;
      const shadow = { ...slice, scope: 'SHADOW_USER', bucket: 'HOUR' } as const;
      for (const bucket of ['MINUTE', 'HOUR'] as const) {
        write({ ...slice, bucket, fromMs: daysAgo(365), stepMs: DAY_MS });
        write({ ...slice, bucket, fromMs: daysAgo(SLICE_DAYS), stepMs: HOUR_MS });
      }
      if (mode === 'PAPER') {
        write({ ...shadow, fromMs: daysAgo(365), stepMs: DAY_MS });
        write({ ...shadow, fromMs: daysAgo(SLICE_DAYS), stepMs: HOUR_MS });
      }
    }
  }
}

/** Per leader and day, for the whole Wallet, and for all days. */
export function writeStats(sqlite: DatabaseSync, scale: Scale): void {
  const slippage = JSON.stringify([3, 9, 27, 41, 60, 33, 12, 4]);
  const lag = JSON.stringify([3, 9, 27, 41, 60, 33]);
  const reasons = JSON.stringify({ SPREAD_TOO_WIDE: 40, BOOK_STALE: 31, RISK_CAP_MARKET: 12 });
  const statement = sqlite.prepare(
    `WITH RECURSIVE time(at) AS (SELECT :from UNION ALL SELECT at + ${DAY_MS} FROM time WHERE at + ${DAY_MS} <= :until)
     INSERT INTO copy_stats SELECT :mode, :leader, at, 200, 100, 100, 5, 2, 240, 50, 40,
       :slippage, :lag, :lag, :reasons, 1 FROM (SELECT at FROM time UNION ALL SELECT 0)`,
  );
  const from = Math.ceil(scale.fromMs / DAY_MS) * DAY_MS;
  for (const mode of MODES) {
    const named = mode === 'PAPER' ? scale.leaders : scale.leaders.slice(0, LIVE_LEADERS);
    for (const leader of ['', ...named]) {
      const lists = { ':slippage': slippage, ':lag': lag, ':reasons': reasons };
      statement.run({ ':mode': mode, ':leader': leader, ':from': from, ':until': scale.untilMs, ...lists });
    }
  }
}

export function writeControl(sqlite: DatabaseSync, scale: Scale): void {
  const { leaders, fromMs, untilMs } = scale;
  const first = initialControl();
  const followedUsers = leaders.map((leaderAddress, index) => ({
    ...{ leaderAddress, label: `leader ${index + 1}`, paperEnabled: index % 10 !== 9 },
    ...{ liveOverride: index % 7 === 6 ? 'FORCE_OFF' : 'INHERIT', followFromMs: fromMs },
    removed: index % 50 === 49,
    overrides: { PAPER: index % 4 === 3 ? { copyRateBps: 150 + index } : {}, LIVE: {} },
  }));
  const put = inserter(sqlite, controlVersions);
  for (let version = 1; version <= CONTROL_VERSIONS; version += 1) {
    const settings = { ...first.settings.PAPER, copyRateBps: 100 + version };
    const control: Control = controlSchema.parse({
      ...{ ...first, version, liveTrading: 'SHADOW', followedUsers },
      settings: { ...first.settings, PAPER: settings },
    });
    const savedAtMs = untilMs - (CONTROL_VERSIONS - version) * DAY_MS;
    const commandId = `command-${version}`;
    put({ version, commandId, control: JSON.stringify(control), savedAtMs, actor: 'operator' });
  }
  const putAudit = inserter(sqlite, auditLog, ['auditNo']);
  for (let number = 0; number < AUDIT_ROWS; number += 1) {
    const version = 1 + Math.floor((number * CONTROL_VERSIONS) / AUDIT_ROWS);
    putAudit({
      ...{ atMs: untilMs - (CONTROL_VERSIONS - version) * DAY_MS, action: 'saveSettings', subject: 'PAPER' },
      ...{ field: 'copyRateBps', oldValue: String(99 + version), newValue: String(100 + version) },
      ...{ commandId: `command-${version}`, actor: 'operator' },
    });
  }
}

export function writeLeftovers(sqlite: DatabaseSync, scale: Scale): void {
  const { leaders, markets: all, untilMs } = scale;
  const putRefused = inserter(sqlite, quarantine);
  for (let number = 0; number < QUARANTINE_ROWS; number += 1) {
    putRefused(quarantined({ quarantineId: `q-${number}`, seenAtMs: untilMs - (1 + number) * HOUR_MS }));
  }
  const putActivity = inserter(sqlite, leaderActivities);
  for (let number = 0; number < ACTIVITY_ROWS; number += 1) {
    const leaderAddress = leaders[number % leaders.length] ?? '';
    const eventAtMs = untilMs - number * HOUR_MS;
    putActivity(activity({ activityId: `activity-${number}`, leaderAddress, eventAtMs }));
  }
  const putDifference = inserter(sqlite, differences);
  for (const [index, { tokens }] of all.slice(-220).entries()) {
    const firstSeenAtMs = untilMs - (1 + index) * HOUR_MS;
    const endedAtMs = index < 5 ? null : firstSeenAtMs + MINUTE_MS;
    putDifference(difference({ tokenId: tokens[0], firstSeenAtMs, lastSeenAtMs: firstSeenAtMs, endedAtMs }));
  }
  sqlite
    .prepare("INSERT INTO maintenance (name, through_ms) VALUES ('facts:PAPER', :at), ('facts:LIVE', :at)")
    .run({ ':at': untilMs - 90 * DAY_MS });
}
