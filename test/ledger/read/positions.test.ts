import { expect, it } from 'vitest';
import { readPositions } from '../../../ledger/read/portfolio.ts';
import { openD1 } from '../d1-over-sqlite.ts';
import { LEADER, OTHER_LEADER, position } from '../records.ts';
import { writeRows } from '../write-rows.ts';

it('finds the positions of a leader in these tokens by their key, and reads no other', async () => {
  const fake = openD1();
  await writeRows(fake.d1, [
    position({ tokenId: '111' }),
    position({ tokenId: '222' }),
    position({ tokenId: '111', leaderAddress: OTHER_LEADER }),
    position({ tokenId: '111', mode: 'LIVE' }),
  ]);
  const { leaderAddress, mode } = position();
  const found = await readPositions(fake.d1, { leaderAddress, mode }, [
    '111',
    '333',
    "'; DROP TABLE positions",
  ]);
  expect(found.map((one) => [one.mode, one.leaderAddress, one.tokenId])).toEqual([['PAPER', LEADER, '111']]);
  const plan = fake.sqlite.prepare(`EXPLAIN QUERY PLAN ${fake.queries.at(-1)}`).all();
  expect(plan.map(({ detail }) => String(detail)).join()).toContain('SEARCH positions USING PRIMARY KEY');
});
