/** What must hold of the rows that people see, whatever happened: counted here from the rows alone, by other code than ours. */
import type { LedgerRecord } from '../../../domain/records/records.ts';
import { parseMicros } from '../../../simulator/model/decimal.ts';
import type { World } from './world.ts';

/** Groups of GROUPED leader fills that ended in no attempt and in no group of an attempt; there must be none. */
export function unaccounted(world: World): string[] {
  const decided = new Set(world.rows('attempt').map((row) => `${row.leaderAddress} ${row.groupKey}`));
  const members = new Map(world.rows('groupMember').map((row) => [row.memberId, row.groupKey]));
  return world
    .rows('leaderFill')
    .filter((row) => row.disposition === 'GROUPED')
    .map((row) => [
      `${row.leaderAddress} ${row.groupKey}`,
      `${row.leaderAddress} ${members.get(row.groupKey)}`,
    ])
    .filter((keys) => !keys.some((key) => decided.has(key)))
    .map((keys) => keys[0]!);
}

interface Fold {
  readonly cash: bigint;
  readonly flows: bigint;
  /** By leader and token. */
  readonly shares: ReadonlyMap<string, bigint>;
}

/** Cash, flows and shares as the ledger alone gives them. */
export function fold(ledger: readonly LedgerRecord[]): Fold {
  const shares = new Map<string, bigint>();
  let cash = 0n;
  let flows = 0n;
  for (const row of ledger) {
    cash += row.cashDeltaMicros;
    if (row.entryType === 'DEPOSIT' || row.entryType === 'WITHDRAWAL') flows += row.cashDeltaMicros;
    const key = `${row.leaderAddress} ${row.tokenId}`;
    if (row.tokenId !== '') shares.set(key, (shares.get(key) ?? 0n) + row.shareDeltaMicros);
  }
  return { cash, flows, shares };
}

/** Everything that is wrong with the books of the paper Wallet, in words; empty when they are right. */
export function discrepancies(world: World): string[] {
  const wrong: string[] = [];
  const ledger = world.rows('ledger').filter((row) => row.mode === 'PAPER');
  const { cash, flows, shares } = fold(ledger);
  if (cash < 0n) wrong.push(`cash is ${cash}`);
  for (const [key, size] of shares) if (size < 0n) wrong.push(`${key} is short by ${-size}`);
  for (const row of world.rows('position')) {
    const folded = shares.get(`${row.leaderAddress} ${row.tokenId}`) ?? 0n;
    if (folded !== row.shareMicros)
      wrong.push(`position ${row.tokenId} has ${row.shareMicros}, not ${folded}`);
  }
  // What was paid in is either still cash, or the cost of what is held, or was won or lost: nothing else.
  const cost = world.rows('position').reduce((sum, row) => sum + row.costMicros, 0n);
  const realised = world.rows('position').reduce((sum, row) => sum + row.realisedMicros, 0n);
  if (cash + cost !== flows + realised) wrong.push(`cash ${cash} + cost ${cost} ≠ ${flows} + ${realised}`);
  for (const attempt of world.rows('attempt')) {
    const fills = world
      .rows('copyFill')
      .filter((row) => row.groupKey === attempt.groupKey && row.leaderAddress === attempt.leaderAddress);
    const size = fills.reduce((sum, row) => sum + row.shareMicros, 0n);
    const entry = ledger.find((row) => row.refId === `copy:${attempt.idempotencyKey}`);
    const booked = entry === undefined ? 0n : entry.shareDeltaMicros;
    if (size !== attempt.filledShareMicros) wrong.push(`attempt ${attempt.groupKey} has other fills`);
    if (size !== (booked < 0n ? -booked : booked))
      wrong.push(`attempt ${attempt.groupKey} is booked otherwise`);
    if (attempt.decision === 'EXECUTE' && fills.length === 0)
      wrong.push(`attempt ${attempt.groupKey} has no fill`);
  }
  return [...wrong, ...unaccounted(world).map((key) => `no attempt for ${key}`)];
}

/** Shares per transaction, leader, token and side, as the exchange knows them; of trades that must be known to us by now. */
export function tradedShares(
  world: World,
  between: { fromMs: number; toMs: number },
): ReadonlyMap<string, bigint> {
  const followed = new Set(world.control.followedUsers.map((user) => user.leaderAddress as string));
  const sums = new Map<string, bigint>();
  for (const row of world.exchange.world.activity) {
    if (row.kind !== 'TRADE' || !followed.has(row.wallet)) continue;
    if (row.timestamp * 1_000 < between.fromMs || row.visibleAtMs > between.toMs) continue;
    const key = `${row.transactionHash} ${row.wallet} ${row.tokenId} ${row.side}`;
    sums.set(key, (sums.get(key) ?? 0n) + parseMicros(row.size));
  }
  return sums;
}

/** The same, as our own rows give them. */
export function recordedShares(world: World): ReadonlyMap<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const row of world.rows('leaderFill')) {
    const key = `${row.txHash} ${row.leaderAddress} ${row.tokenId} ${row.side}`;
    sums.set(key, (sums.get(key) ?? 0n) + row.shareMicros);
  }
  return sums;
}
