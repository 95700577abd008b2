// Both ends of one attempt: found through every way that leads from a fill to it, by index alone.
import { describe, expect, it } from 'vitest';
import { carryId, groupKey } from '../../../domain/ids.ts';
import type { OutboxRecord } from '../../../domain/records/records.ts';
import { listCopyFillsOf, listLeaderFillsOf } from '../../../ledger/read/attempt-fills.ts';
import { initialControl, readControlVersion, saveControl } from '../../../ledger/write/control-store.ts';
import { type FakeD1, openD1 } from '../d1-over-sqlite.ts';
import { AT, copyFill, groupMember, LEADER, leaderFill, OTHER_LEADER, TOKEN } from '../records.ts';
import { writeRows } from '../write-rows.ts';

async function filled(records: readonly OutboxRecord[]): Promise<FakeD1> {
  const fake = openD1();
  await writeRows(fake.d1, records);
  fake.queries.length = 0;
  return fake;
}

function plans({ sqlite, queries }: FakeD1): string[] {
  return queries.flatMap((query) =>
    sqlite
      .prepare(`EXPLAIN QUERY PLAN ${query}`)
      .all()
      .map((row) => String(row.detail)),
  );
}

const GROUP = {
  mode: 'PAPER',
  leaderAddress: LEADER,
  groupKey: 'group-1',
  tokenId: TOKEN,
  sourceType: 'IMMEDIATE',
  leaderEventAtMs: AT,
} as const;

const idsOf = async (fake: FakeD1, group: Parameters<typeof listLeaderFillsOf>[1]) =>
  (await listLeaderFillsOf(fake.d1, group)).map((fill) => fill.fillId);

describe('the leader’s fills behind an attempt', () => {
  it('are those of its group, oldest first, and of no other leader, token or group', async () => {
    const fake = await filled([
      leaderFill({ fillId: 'second', eventAtMs: AT + 20 }),
      leaderFill({ fillId: 'first', eventAtMs: AT }),
      leaderFill({ fillId: 'other group', groupKey: 'group-2' }),
      leaderFill({ fillId: 'other token', tokenId: '22' }),
      leaderFill({ fillId: 'other leader', leaderAddress: OTHER_LEADER }),
      leaderFill({ fillId: 'only recorded', groupKey: '' }),
    ]);
    expect(await idsOf(fake, GROUP)).toEqual(['first', 'second']);
  });

  it('of a buffered copy are those of every group that it gathered', async () => {
    const fake = await filled([
      leaderFill({ fillId: 'a', groupKey: 'small-1', eventAtMs: AT - 300_000 }),
      leaderFill({ fillId: 'b', groupKey: 'small-2' }),
      leaderFill({ fillId: 'c', groupKey: 'small-3' }),
      groupMember({ memberId: 'small-1', groupKey: 'group-1' }),
      groupMember({ memberId: 'small-2', groupKey: 'group-1' }),
      groupMember({ memberId: 'small-3', groupKey: 'group-9' }),
      groupMember({ mode: 'LIVE', memberId: 'small-3', groupKey: 'group-1' }),
    ]);
    expect(await idsOf(fake, { ...GROUP, sourceType: 'BUFFER' })).toEqual(['a', 'b']);
  });

  it('of a released carry are those of every group that was too small', async () => {
    const small = groupKey(['small']);
    const carry = carryId({ mode: 'PAPER', sourceGroupKey: small });
    const fake = await filled([
      leaderFill({ fillId: 'a', groupKey: small, eventAtMs: AT - 3_600_000 }),
      leaderFill({ fillId: 'b', groupKey: 'placed by itself' }),
      groupMember({ memberId: carry, groupKey: 'group-1' }),
    ]);
    expect(await idsOf(fake, { ...GROUP, sourceType: 'CARRY' })).toEqual(['a']);
  });

  it('are looked for among 150 at most, by the leader’s index', async () => {
    const many = Array.from({ length: 300 }, (_, i) =>
      leaderFill({ fillId: `f${String(i).padStart(3, '0')}`, eventAtMs: AT + i }),
    );
    const fake = await filled(many);
    expect(await idsOf(fake, GROUP)).toHaveLength(150);
    await idsOf(fake, { ...GROUP, sourceType: 'BUFFER' });
    for (const plan of plans(fake))
      expect(plan).toMatch(/^SEARCH .*USING (INDEX leader_fills_leader|PRIMARY KEY)/);
  });

  it('are none where the operator closed, and of a correction', async () => {
    const fake = await filled([leaderFill()]);
    for (const sourceType of ['CLOSE', 'CORRECTION'] as const)
      expect(await idsOf(fake, { ...GROUP, sourceType })).toEqual([]);
  });
});

describe('our own fills of a paper attempt', () => {
  it('are those of its key, level by level, by the primary key', async () => {
    const fake = await filled([
      ...[10, 2, 0].map((level) => copyFill({ fillKey: `key-1:${level}` })),
      copyFill({ fillKey: 'key-10:0' }),
      copyFill({ fillKey: 'key-0:0' }),
      copyFill({ fillKey: 'key-2:0' }),
      copyFill({ mode: 'LIVE', fillKey: 'key-1:3' }),
    ]);
    const fills = await listCopyFillsOf(fake.d1, 'PAPER', 'key-1');
    expect(fills.map((fill) => fill.fillKey)).toEqual(['key-1:0', 'key-1:2', 'key-1:10']);
    expect(plans(fake)).toEqual([expect.stringMatching(/^SEARCH copy_fills USING PRIMARY KEY/)]);
  });
});

describe('one version of the control document', () => {
  it('is the document as it was then, and absent where there is none', async () => {
    const { d1 } = openD1();
    const first = initialControl();
    const save = { commandId: 'a', actor: 'operator', audit: [], nowMs: AT } as const;
    await saveControl(d1, { ...save, previousVersion: 0, control: first });
    const off = { ...first, paperTrading: 'OFF' as const };
    await saveControl(d1, { ...save, previousVersion: 1, control: off, commandId: 'b' });
    expect(await readControlVersion(d1, 1)).toMatchObject({ version: 1, paperTrading: 'ON' });
    expect(await readControlVersion(d1, 2)).toMatchObject({ version: 2, paperTrading: 'OFF' });
    expect(await readControlVersion(d1, 3)).toBe('missing');
  });
});
