/** From rows to groups: which fills wait, which are only recorded, and that each is recorded once. */
import { describe, expect, it } from 'vitest';
import { groupKey } from '../../../domain/ids.ts';
import { cash, shares } from '../../../domain/money.ts';
import type { Control } from '../../../domain/settings/control.ts';
import { DAY_MS } from '../../../domain/time.ts';
import type { ObserveRequest } from '../../../durable-objects/rpc.ts';
import { START_MS } from '../memory-ports.ts';
import { controlWith, followerParts, report } from './follower-parts.ts';
import { CONDITION, hashOf, LEADER, leaderRow, TOKEN } from './leader-data.ts';

const WINDOW = { quietMs: 0, ageMsMax: 0 };

function setUp(control: Control | null = controlWith()) {
  const parts = followerParts(control);
  const take = (part: Partial<ObserveRequest> = {}, nowMs = START_MS) =>
    parts.intake.take(report(part), nowMs);
  const recorded = () => parts.ports.outboxedOf('leaderFill').map((one) => [one.disposition, one.groupKey]);
  const waiting = () => parts.groups.slots(WINDOW).length;
  return { ...parts, take, recorded, waiting };
}

describe('a new fill', () => {
  it('waits for its group and moves the holdings; its row is written when the group closes', () => {
    const { take, recorded, waiting, positions, groups, intake, ports } = setUp();
    expect(take()).toBe(true);
    expect([recorded(), waiting()]).toEqual([[], 1]);
    expect(positions.get(TOKEN)?.shareMicros).toBe(100_000_000n);
    const { group, fills } = intake.close(groups.slots(WINDOW)[0]!);
    expect(group.groupKey).toBe(groupKey([fills[0]!.fillId]));
    expect(ports.outboxedOf('leaderFill')).toEqual([
      {
        kind: 'leaderFill',
        fillId: fills[0]!.fillId,
        leaderAddress: LEADER,
        txHash: hashOf('one'),
        tokenId: TOKEN,
        conditionId: CONDITION,
        side: 'BUY',
        shareMicros: 100_000_000n,
        priceMicros: 500_000n,
        notionalMicros: 50_000_000n,
        eventAtMs: START_MS - 1_000,
        detectedAtMs: START_MS,
        source: 'RTDS_TRADES',
        disposition: 'GROUPED',
        groupKey: group.groupKey,
      },
    ]);
  });

  it('keeps the venue’s amount when it is new as a whole, and is priced when only part of it is', () => {
    const { take, groups, intake } = setUp();
    take({ rows: [leaderRow({ shareMicros: shares(40_000_000n), notionalMicros: cash(20_000_001n) })] });
    const more = leaderRow({ shareMicros: shares(100_000_001n), notionalMicros: cash(50_000_005n) });
    take({ kind: 'sweep', source: 'DATA_API', rows: [more] });
    const { fills } = intake.close(groups.slots(WINDOW)[0]!);
    expect(fills.map((fill) => [fill.shareMicros, fill.notionalMicros]).sort()).toEqual([
      [40_000_000n, 20_000_001n],
      [60_000_001n, 30_000_000n],
    ]);
  });

  it('is counted as a row of a sweep or of a stream, as it was reported', () => {
    const twins = [leaderRow(), leaderRow()];
    const swept = setUp();
    swept.take({ kind: 'sweep', rows: twins });
    expect(swept.positions.get(TOKEN)?.shareMicros).toBe(200_000_000n);
    const streamed = setUp();
    streamed.take({ kind: 'stream', rows: twins });
    expect(streamed.positions.get(TOKEN)?.shareMicros).toBe(100_000_000n);
  });

  it('is none the second time', () => {
    const { take, waiting, positions } = setUp();
    take();
    expect(take({ source: 'RTDS_MATCHED' })).toBe(false);
    expect(waiting()).toBe(1);
    expect(positions.get(TOKEN)?.shareMicros).toBe(100_000_000n);
  });

  it('is not a difference between two sources: that is recorded, moves nothing and waits for no group', () => {
    const { take, recorded, positions, groups, intake } = setUp();
    take();
    intake.close(groups.slots(WINDOW)[0]!);
    const more = leaderRow({ shareMicros: shares(101_000_000n) });
    expect(take({ kind: 'sweep', source: 'DATA_API', rows: [more] })).toBe(false);
    expect(recorded().at(-1)).toEqual(['DIFFERENCE', '']);
    expect(positions.get(TOKEN)?.shareMicros).toBe(100_000_000n);
    expect(groups.slots(WINDOW)).toEqual([]);
  });
});

describe('a fill that is not copied', () => {
  const from = (followFromMs: number) => setUp(controlWith({ user: { followFromMs } }));
  const at = (eventAtMs: number) => ({ rows: [leaderRow({ eventAtMs })] });

  it('is history when it is from before the follow; in the second of the follow it is copied', () => {
    const before = from(START_MS + 999);
    before.take(at(START_MS - 1));
    expect([before.recorded(), before.waiting()]).toEqual([[['HISTORY', '']], 0]);
    const within = from(START_MS + 999);
    within.take(at(START_MS));
    expect([within.recorded(), within.waiting()]).toEqual([[], 1]);
  });

  it('is history when the leader is not followed', () => {
    const { take, recorded, positions } = setUp(controlWith({ user: null }));
    take();
    expect(recorded()).toEqual([['HISTORY', '']]);
    expect(positions.get(TOKEN)?.shareMicros).toBe(100_000_000n);
  });

  it('is too old when it is older than both modes copy, and not at that age', () => {
    const ages = { paper: { copyAgeMsMax: 5_000 }, live: { copyAgeMsMax: 8_000 } };
    const { take, recorded, waiting } = setUp(controlWith(ages));
    take(at(START_MS), START_MS + 8_000);
    expect([recorded(), waiting()]).toEqual([[], 1]);
    take({ rows: [leaderRow({ tx: 'two', eventAtMs: START_MS })] }, START_MS + 8_001);
    expect(recorded()).toEqual([['EVENT_TOO_OLD', '']]);
  });

  it('is a purchase: a sale is never too old here, however late it comes (A43)', () => {
    const { take, recorded, waiting } = setUp(controlWith({ paper: { copyAgeMsMax: 5_000 } }));
    take({ rows: [leaderRow({ side: 'SELL', eventAtMs: START_MS })] }, START_MS + 3 * DAY_MS);
    expect([recorded(), waiting()]).toEqual([[], 1]);
  });
});
