// The lists of live orders and fills, and the Real Portfolio's reads, over a real ledger: whole, in order, and by an index.
import { describe, expect, it } from 'vitest';
import type { LiveFillRecord, LiveOrderRecord } from '../../../domain/records/live-records.ts';
import type { OutboxRecord } from '../../../domain/records/records.ts';
import { type Cursor, SCAN_ROWS } from '../../../ledger/read/keyset.ts';
import {
  type LiveFillFilter,
  type LivePage,
  listLiveFills,
  listOrders,
  type OrderFilter,
  readOrdersOf,
} from '../../../ledger/read/live.ts';
import {
  listLatestDifferences,
  listOpenDifferences,
  listVenuePositions,
  readLeaderHoldings,
} from '../../../ledger/read/live-portfolio.ts';
import { listShortPositions } from '../../../ledger/read/portfolio.ts';
import { type FakeD1, openD1 } from '../d1-over-sqlite.ts';
import {
  AT,
  CONDITION,
  difference,
  LEADER,
  leaderPosition,
  liveFill,
  liveOrder,
  ORDER_ID,
  OTHER_LEADER,
  position,
  shadowOrder,
  TOKEN,
  venuePosition,
} from '../records.ts';
import { writeRows } from '../write-rows.ts';

async function filled(records: readonly OutboxRecord[]): Promise<FakeD1> {
  const fake = openD1();
  await writeRows(fake.d1, records);
  fake.queries.length = 0;
  return fake;
}

const OTHER_CONDITION = `0x${'d'.repeat(64)}`;
const padded = (i: number): string => String(i).padStart(4, '0');
/** Two orders share each millisecond, so that the key must break the tie. */
const ORDERS = Array.from({ length: 900 }, (_, i) =>
  (i % 4 === 0 ? shadowOrder : liveOrder)({
    orderKey: `key:${padded(i)}`,
    orderId: i % 4 === 0 ? '' : `key:${padded(i)}`,
    idempotencyKey: `k${i}`,
    leaderAddress: i % 3 === 0 ? OTHER_LEADER : LEADER,
    conditionId: i % 5 === 0 ? OTHER_CONDITION : CONDITION,
    ...(i % 4 === 0 ? {} : { state: i === 7 ? 'UNKNOWN' : i % 2 === 0 ? 'CANCELED' : 'FILLED' }),
    createdAtMs: AT + Math.floor(i / 2),
  }),
);
const FILLS = Array.from({ length: 900 }, (_, i) =>
  liveFill({
    orderId: `o${padded(i % 450)}`,
    tradeId: `t${padded(i)}`,
    origin: i % 10 === 0 ? 'EXTERNAL' : 'APP',
    leaderAddress: i % 3 === 0 ? OTHER_LEADER : LEADER,
    conditionId: i % 5 === 0 ? OTHER_CONDITION : CONDITION,
    matchedAtMs: AT + Math.floor(i / 2),
  }),
);

const COMMON = [
  {},
  { leaderAddress: OTHER_LEADER },
  { conditionIds: [OTHER_CONDITION] },
  { conditionIds: [CONDITION, OTHER_CONDITION], leaderAddress: LEADER },
  { conditionIds: [] },
  { sinceMs: AT + 100, beforeMs: AT + 200 },
];
const ORDER_FILTERS: readonly OrderFilter[] = [
  ...COMMON,
  { state: 'UNKNOWN' },
  { state: 'FILLED', leaderAddress: LEADER, shadow: false },
  { shadow: true },
];
const FILL_FILTERS: readonly LiveFillFilter[] = [
  ...COMMON,
  { origin: 'EXTERNAL' },
  { origin: 'APP', conditionIds: [CONDITION], sinceMs: AT + 5 },
];

function matches(
  row: LiveOrderRecord | LiveFillRecord,
  filter: OrderFilter & LiveFillFilter,
  atMs: number,
): boolean {
  const { leaderAddress, conditionIds, sinceMs, beforeMs, state, shadow, origin } = filter;
  return (
    (leaderAddress === undefined || row.leaderAddress === leaderAddress) &&
    (conditionIds === undefined || conditionIds.includes(row.conditionId)) &&
    (sinceMs === undefined || atMs >= sinceMs) &&
    (beforeMs === undefined || atMs < beforeMs) &&
    (state === undefined || row.state === state) &&
    (shadow === undefined || ('shadow' in row && row.shadow === shadow)) &&
    (origin === undefined || ('origin' in row && row.origin === origin))
  );
}

/** Every row that the pages show, in the order shown. */
async function allPages<Row>(read: (before: Cursor | undefined) => Promise<LivePage<Row>>): Promise<Row[]> {
  const seen: Row[] = [];
  let before: Cursor | undefined;
  for (let pages = 0; pages < 60; pages += 1) {
    const page = await read(before);
    seen.push(...page.rows);
    before = page.next;
    if (before === undefined) return seen;
  }
  throw new Error('the pages never end');
}

describe('the list of live orders', () => {
  it('finds exactly what each filter asks for, newest first, over as many pages as it takes', async () => {
    const { d1 } = await filled(ORDERS);
    for (const filter of ORDER_FILTERS) {
      const seen = await allPages((before) => listOrders(d1, filter, before));
      const wanted = ORDERS.filter((row) => matches(row, filter, row.createdAtMs));
      expect(
        seen.map((row) => row.orderKey),
        JSON.stringify(filter),
      ).toEqual(wanted.map((row) => row.orderKey).reverse());
    }
  });

  it('says how far back it looked when a state is rare, and offers to go on', async () => {
    const { d1 } = await filled(ORDERS);
    const page = await listOrders(d1, { state: 'UNKNOWN' }, undefined);
    expect(page.rows).toEqual([]);
    expect(page.lookedBackToMs).toBe(AT + Math.floor((ORDERS.length - SCAN_ROWS) / 2));
    expect(page.next).toBeDefined();
  });

  it('gives money and flags back as they were stored', async () => {
    const { d1 } = await filled([liveOrder(), shadowOrder({ createdAtMs: AT })]);
    const { rows } = await listOrders(d1, {}, undefined);
    const { kind: _kind, ...whole } = liveOrder();
    expect(rows[0]).toEqual(whole);
    expect(rows[1]).toMatchObject({ shadow: true, predictedShareMicros: 11_500_000n });
  });
});

describe('the list of live fills', () => {
  it('finds exactly what each filter asks for, newest first, over as many pages as it takes', async () => {
    const { d1 } = await filled(FILLS);
    const place = (row: { matchedAtMs: number; orderId: string; tradeId: string }): string =>
      `${row.matchedAtMs} ${row.orderId} ${row.tradeId}`;
    for (const filter of FILL_FILTERS) {
      const seen = await allPages((before) => listLiveFills(d1, filter, before));
      const wanted = FILLS.filter((row) => matches(row, filter, row.matchedAtMs));
      expect(seen.map(place), JSON.stringify(filter)).toEqual(wanted.map(place).sort().reverse());
    }
  });
});

describe('the orders of one intent', () => {
  it('are the shadow one and the real one, with the fills of the real one alone', async () => {
    const { d1 } = await filled([
      liveOrder(),
      shadowOrder({ createdAtMs: AT }),
      liveOrder({ orderKey: 'other', orderId: 'other', idempotencyKey: 'key-2' }),
      liveFill(),
      liveFill({ tradeId: 'trade-0' }),
      liveFill({ orderId: 'other' }),
    ]);
    const { orders, fills } = await readOrdersOf(d1, 'key-1');
    expect(orders.map((order) => order.orderKey)).toEqual(['shadow:key-1', ORDER_ID]);
    expect(fills.map((fill) => fill.tradeId)).toEqual(['trade-0', 'trade-1']);
    expect(await readOrdersOf(d1, 'none')).toEqual({ orders: [], fills: [] });
  });
});

describe('the reads of the Real Portfolio', () => {
  it('leave out what is closed and what has ended, where only the present is asked for', async () => {
    const { d1 } = await filled([
      venuePosition(),
      venuePosition({ tokenId: '2', shareMicros: 0n }),
      difference(),
      difference({ subject: 'CASH', tokenId: '', firstSeenAtMs: AT, endedAtMs: AT + 60_000 }),
    ]);
    expect((await listVenuePositions(d1)).map((row) => row.tokenId)).toEqual([TOKEN]);
    expect((await listOpenDifferences(d1)).map((row) => row.subject)).toEqual(['POSITION']);
    expect((await listLatestDifferences(d1)).map((row) => row.subject)).toEqual(['POSITION', 'CASH']);
  });

  it('say what a leader holds, and leave out what was never reported', async () => {
    const { d1 } = await filled([leaderPosition(), leaderPosition({ tokenId: '2', shareMicros: 0n })]);
    const wanted = ['2', TOKEN, '3'].map((tokenId) => ({ leaderAddress: LEADER, tokenId }));
    const holdings = await readLeaderHoldings(d1, [
      ...wanted,
      { leaderAddress: OTHER_LEADER, tokenId: TOKEN },
    ]);
    expect([...holdings].sort()).toEqual([
      [`${LEADER}:${TOKEN}`, 100_000_000n],
      [`${LEADER}:2`, 0n],
    ]);
  });

  it('show slices below zero of the mode asked for', async () => {
    const { d1 } = await filled([
      position({ mode: 'LIVE', shareMicros: -5n }),
      position({ mode: 'LIVE', tokenId: '2' }),
    ]);
    expect((await listShortPositions(d1, 'LIVE')).map((row) => row.shareMicros)).toEqual([-5n]);
    expect(await listShortPositions(d1, 'PAPER')).toEqual([]);
  });
});

describe('every read of the live pages', () => {
  it('goes by an index and sorts nothing', async () => {
    const fake = await filled([liveOrder(), liveFill(), venuePosition(), difference(), leaderPosition()]);
    const { d1 } = fake;
    for (const filter of ORDER_FILTERS) await listOrders(d1, filter, { atMs: AT * 2, key: 'k' });
    for (const filter of FILL_FILTERS) await listLiveFills(d1, filter, { atMs: AT * 2, key: 'o~t' });
    await readOrdersOf(d1, 'key-1');
    await listVenuePositions(d1);
    await listOpenDifferences(d1);
    await listLatestDifferences(d1);
    await listShortPositions(d1, 'LIVE');
    await readLeaderHoldings(d1, [{ leaderAddress: LEADER, tokenId: TOKEN }]);
    const costly = fake.queries.flatMap((query) =>
      fake.sqlite
        .prepare(`EXPLAIN QUERY PLAN ${query}`)
        .all()
        .map((row) => String(row.detail))
        // The list of names that we hand in is scanned; a scan in the order of an index or of the key stops at the limit.
        // A list of values is as long as what we hand in.
        .filter((detail) => /^(SCAN|USE TEMP B-TREE)/.test(detail))
        .filter((detail) => !/VIRTUAL TABLE|CONSTANT ROW|^SCAN held$/.test(detail))
        .filter((detail) => !/^SCAN \w+ USING (COVERING )?INDEX/.test(detail))
        .map((detail) => `${detail} in ${query}`),
    );
    expect(costly).toEqual([]);
  });
});
