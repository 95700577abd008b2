/** The rate that was reached: our filled buys over the leaders' buys, of a bounded number of rows (A54). */
import { expect, it } from 'vitest';
import type { OutboxRecord } from '../../../domain/records/records.ts';
import { FILLS_READ_MAX, readCopiedRate } from '../../../ledger/read/copied-rate.ts';
import { openD1 } from '../d1-over-sqlite.ts';
import { attempt, groupMember, LEADER, leaderFill, OTHER_LEADER } from '../records.ts';
import { writeRows } from '../write-rows.ts';

const AT = Date.UTC(2026, 10, 23);
const ALL = { mode: 'PAPER', leaderAddress: undefined } as const;

let named = 0;
function fill(dollars: number, part: Parameters<typeof leaderFill>[0] = {}): OutboxRecord {
  named += 1;
  const notionalMicros = BigInt(dollars) * 1_000_000n;
  return leaderFill({ fillId: `fill-${named}`, eventAtMs: AT, notionalMicros, ...part });
}
function copy(dollars: number, part: Parameters<typeof attempt>[0] = {}): OutboxRecord {
  named += 1;
  const filledNotionalMicros = BigInt(dollars) * 1_000_000n;
  const names = { groupKey: `group-${named}`, idempotencyKey: `key-${named}` };
  return attempt({ ...names, decidedAtMs: AT + 1, filledNotionalMicros, ...part });
}

async function rate(records: readonly OutboxRecord[], request: Parameters<typeof readCopiedRate>[1] = ALL) {
  const { d1 } = openD1();
  await writeRows(d1, records);
  return readCopiedRate(d1, request);
}

const rateOf = (copied: number, leader: number, sinceMs = AT) => ({
  copiedMicros: BigInt(copied) * 1_000_000n,
  leaderMicros: BigInt(leader) * 1_000_000n,
  sinceMs,
});

it('is what was filled of all that the leaders bought, with what was skipped, late or carried', async () => {
  const bought = [fill(100), fill(200), fill(50, { disposition: 'EVENT_TOO_OLD' })];
  const ours = [copy(1), copy(0, { decision: 'SKIP' }), copy(2, { sourceType: 'CARRY' })];
  expect(await rate([...bought, ...ours])).toEqual(rateOf(3, 350));
});

it('leaves out sales, what was before the follow, float noise, the other mode and earlier copies', async () => {
  const others = [
    fill(7, { side: 'SELL' }),
    fill(7, { disposition: 'HISTORY' }),
    fill(7, { disposition: 'DIFFERENCE' }),
    copy(7, { side: 'SELL' }),
    copy(7, { mode: 'LIVE' }),
    copy(7, { decidedAtMs: AT - 1 }),
  ];
  expect(await rate([fill(100), copy(1), ...others])).toEqual(rateOf(1, 100));
});

it('is of one leader, and null while they bought nothing', async () => {
  const records = [fill(100), copy(1), fill(900, { leaderAddress: OTHER_LEADER })];
  expect(await rate(records, { mode: 'PAPER', leaderAddress: LEADER })).toEqual(rateOf(1, 100));
  expect(await rate(records, { mode: 'PAPER', leaderAddress: OTHER_LEADER })).toEqual(rateOf(0, 900));
  expect(await rate([fill(1, { side: 'SELL' })])).toBeNull();
});

it('reads the newest fills only, and counts no copy that is older', async () => {
  const newest = Array.from({ length: FILLS_READ_MAX }, (_, at) => fill(1, { eventAtMs: AT + at }));
  const records = [...newest, fill(5_000, { eventAtMs: AT - 9 }), copy(40, { decidedAtMs: AT - 5 }), copy(3)];
  expect(await rate(records)).toEqual(rateOf(3, FILLS_READ_MAX));
});

it('counts for live only what its Wallet was given: not the buys from while it was OFF', async () => {
  const late = { disposition: 'EVENT_TOO_OLD', groupKey: '' } as const;
  const records = [
    fill(1_000, { groupKey: 'while-off', eventAtMs: AT }),
    fill(2_000, { ...late, eventAtMs: AT + 1 }),
    fill(100, { groupKey: 'decided', eventAtMs: AT + 2 }),
    fill(30, { ...late, eventAtMs: AT + 3 }),
    fill(20, { groupKey: 'gathered', eventAtMs: AT + 4 }),
    fill(4_000, { groupKey: 'off-again', eventAtMs: AT + 5 }),
    groupMember({ mode: 'LIVE', memberId: 'gathered', groupKey: 'buffer' }),
    copy(5, { mode: 'LIVE', groupKey: 'decided', decidedAtMs: AT + 9 }),
  ];
  expect(await rate(records, { mode: 'LIVE', leaderAddress: LEADER })).toEqual(rateOf(5, 150, AT + 2));
  expect(await rate(records.slice(0, 2), { mode: 'LIVE', leaderAddress: undefined })).toBeNull();
});
