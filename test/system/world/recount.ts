/** The counts of copy_stats made again from the rows that people see, by other code than ours: they must be the same. */
import type { CopyAttemptRecord, CopyStatsRecord, LedgerRecord } from '../../../domain/records/records.ts';
import type { World } from './world.ts';

const DAY_MS = 86_400_000;
const SECONDS = [1, 3, 5, 10, 20];
const CENTS = [-2, -1, -0.5, 0, 0.5, 1, 2];

/** By name of what is counted: `executed`, `reason CARRIED`, `slippage 3`. */
type Tally = Map<string, number>;
/** By mode, leader and day, as in the key of the table. */
type Tallies = Map<string, Tally>;

/** One more (or less) of something, in the leader's day and all the leader's days, and in those of the whole Wallet. */
function count(
  tallies: Tallies,
  of: { mode: string; leader: string; atMs: number },
  what: string,
  by = 1,
): void {
  const dayAtMs = Math.floor(of.atMs / DAY_MS) * DAY_MS;
  for (const leader of of.leader === 'external' ? [of.leader] : [of.leader, ''])
    for (const day of [dayAtMs, 0]) {
      const key = `${of.mode} ${leader} ${day}`;
      const tally = tallies.get(key) ?? new Map<string, number>();
      tally.set(what, (tally.get(what) ?? 0) + by);
      tallies.set(key, tally);
    }
}

function bucketOf(value: number, starts: readonly number[]): number {
  let bucket = 0;
  while (bucket < starts.length && value >= starts[bucket]!) bucket += 1;
  return bucket;
}

function countAttempt(tallies: Tallies, row: CopyAttemptRecord): void {
  const add = (what: string, by = 1): void =>
    count(tallies, { mode: row.mode, leader: row.leaderAddress, atMs: row.decidedAtMs }, what, by);
  const executed = row.decision === 'EXECUTE';
  add('attempts');
  add('leaderFills', row.fillCount);
  if (executed) add('executed');
  if (row.decision === 'SKIP') add('skipped');
  const filled = Number(row.filledShareMicros) / Number(row.targetShareMicros || 1n);
  if (executed && filled === 0) add('unfilled');
  if (executed && filled > 0 && filled < 0.99) add('partial');
  for (const reason of row.reasons) add(`reason ${reason}`);
  if (row.sourceType === 'CLOSE') return;
  if (row.sourceType !== 'EXIT') {
    const tradedAtMs = row.newestEventAtMs ?? row.leaderEventAtMs;
    const lag = (ms: number): number => bucketOf((ms - tradedAtMs) / 1_000, SECONDS);
    add(`detectionLag ${lag(row.newestDetectedAtMs ?? row.detectedAtMs)}`);
    if (executed) add(`copyLag ${lag(row.decidedAtMs - (row.ownWaitMs ?? 0))}`);
  }
  if (!executed || row.filledShareMicros === 0n) return;
  const cents = Number(row.vwapPriceMicros! - row.referencePriceMicros) / 10_000;
  add(`slippage ${bucketOf(row.side === 'BUY' ? cents : -cents, CENTS)}`);
}

/** What each ledger entry made, at average cost; entries in the order in which they were booked. */
function countLedger(tallies: Tallies, ledger: readonly LedgerRecord[]): void {
  const held = new Map<string, { shares: bigint; cost: bigint }>();
  const booked = new Map<string, { costOut: bigint; atMs: number }>();
  for (const row of ledger) {
    if (row.tokenId === '') continue;
    const key = `${row.mode} ${row.leaderAddress} ${row.tokenId}`;
    const { shares, cost } = held.get(key) ?? { shares: 0n, cost: 0n };
    const known = booked.get(`${row.mode} ${row.refId}`);
    const size = -row.shareDeltaMicros;
    const of = { mode: row.mode, leader: row.leaderAddress, atMs: row.bookedAtMs };
    const record = (made: bigint, by: number, atMs: number): void => {
      if (made !== 0n) count(tallies, { ...of, atMs }, made > 0n ? 'wins' : 'losses', by);
    };
    let costOut: bigint = row.cashDeltaMicros;
    if (row.entryType === 'REVERSAL') {
      const sale = size < 0n;
      costOut = sale ? -known!.costOut : row.cashDeltaMicros;
      if (sale) record(-row.cashDeltaMicros - known!.costOut, -1, known!.atMs);
    } else if (size > 0n) {
      costOut = size >= shares || shares <= 0n ? cost : (cost * size) / shares;
      record(row.cashDeltaMicros - costOut, 1, row.bookedAtMs);
    }
    booked.set(`${row.mode} ${row.refId}`, { costOut, atMs: row.bookedAtMs });
    held.set(key, { shares: shares - size, cost: cost - costOut });
  }
}

function tallyOf(row: CopyStatsRecord): Tally {
  const lists = (['slippage', 'detectionLag', 'copyLag'] as const).flatMap((name) =>
    row[name].map((value, bucket) => [`${name} ${bucket}`, value] as const),
  );
  const numbers = (
    ['attempts', 'executed', 'skipped', 'partial', 'unfilled', 'leaderFills', 'wins', 'losses'] as const
  ).map((name) => [name, row[name]] as const);
  const reasons = Object.entries(row.reasons).map(([reason, value]) => [`reason ${reason}`, value] as const);
  return new Map([...numbers, ...lists, ...reasons]);
}

const words = (tally: Tally | undefined): string =>
  [...(tally ?? [])]
    .filter(([, value]) => value !== 0)
    .map(([what, value]) => `${what}: ${value}`)
    .sort()
    .join(', ');

/** The same counts from the attempts and the ledger, as text by mode, leader and day. */
export function recounted(world: World): ReadonlyMap<string, string> {
  const tallies: Tallies = new Map();
  for (const row of world.rows('attempt')) countAttempt(tallies, row);
  countLedger(tallies, world.rows('ledger'));
  return new Map([...tallies].map(([key, tally]) => [key, words(tally)]));
}

/** Every row of copy_stats that says other than a recount does; empty when all are right. */
export function miscounts(world: World): string[] {
  const ours = new Map(
    world
      .rows('copyStats')
      .map((row) => [`${row.mode} ${row.leaderAddress} ${row.dayAtMs}`, words(tallyOf(row))]),
  );
  const theirs = recounted(world);
  return [...new Set([...ours.keys(), ...theirs.keys()])]
    .filter((key) => (ours.get(key) ?? '') !== (theirs.get(key) ?? ''))
    .map((key) => `${key} says ${ours.get(key)}; a recount says ${theirs.get(key)}`);
}
