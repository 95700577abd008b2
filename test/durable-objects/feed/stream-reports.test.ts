/** Frames of the RTDS stream on their way to FollowedUsers. */
import { describe, expect, it } from 'vitest';
import { type LeaderAddress, parseLeaderAddress } from '../../../domain/ids.ts';
import type { Delivery } from '../../../durable-objects/feed/delivery.ts';
import type { RowQuotes } from '../../../durable-objects/feed/row-quotes.ts';
import { StreamReports } from '../../../durable-objects/feed/stream-reports.ts';
import type { ObserveRequest } from '../../../durable-objects/rpc.ts';
import { CONDITION, hashOf, TOKEN } from '../follower/leader-data.ts';
import { START_MS } from '../memory-ports.ts';
import { feedParts } from './feed-parts.ts';

const [A, B, STRANGER] = ['a', 'b', '9'].map((digit) => parseLeaderAddress(`0x${digit.repeat(40)}`)) as [
  LeaderAddress,
  LeaderAddress,
  LeaderAddress,
];
const payload = (wallet: string, tx: string, part: Record<string, unknown> = {}) => ({
  proxyWallet: wallet,
  transactionHash: hashOf(tx),
  asset: TOKEN,
  conditionId: CONDITION,
  side: 'BUY',
  size: 10,
  price: 0.5,
  timestamp: START_MS / 1_000,
  ...part,
});
const frame = (payloads: readonly unknown[], type = 'trades') =>
  JSON.stringify({ topic: 'activity', type, payload: payloads });

function setUp() {
  const parts = feedParts();
  const delivered: ObserveRequest[] = [];
  let fails = false;
  // Only these methods of both are called.
  const delivery = {
    deliver: async (request: ObserveRequest) => {
      delivered.push(request);
      if (fails) throw new Error('it restarts');
    },
  } as unknown as Delivery;
  const quotes = { ofStream: () => ({ [TOKEN]: { book: null, market: null } }) } as unknown as RowQuotes;
  const stream = new StreamReports(parts.ports, parts.watch, parts.checks, quotes, delivery);
  parts.watch.follow(
    [A, B].map((address) => ({ address, fromMs: 0 })),
    START_MS,
  );
  for (const one of [A, B]) parts.watch.swept(one, { boundMs: 0, sweptAtMs: START_MS });
  const failing = () => {
    fails = true;
  };
  return { ...parts, stream, delivered, failing };
}

describe('a frame of the stream', () => {
  it('becomes one report for each watched leader, with quotes; rows of others are dropped', () => {
    const { stream, delivered, quarantined } = setUp();
    stream.receive(
      frame([payload(A, 'one'), payload(STRANGER, 'two'), payload(B, 'three'), payload(A, 'four')]),
    );
    const brief = delivered.map(({ leaderAddress, rows }) => [leaderAddress, rows.map((row) => row.txHash)]);
    expect(brief).toEqual([
      [A, [hashOf('one'), hashOf('four')]],
      [B, [hashOf('three')]],
    ]);
    expect(delivered[0]).toMatchObject({
      source: 'RTDS_TRADES',
      kind: 'stream',
      activities: [],
      quotes: { [TOKEN]: { book: null, market: null } },
      detectedAtMs: START_MS,
    });
    expect([stream.counters.rtdsRows, quarantined()]).toEqual([3, []]);
  });

  it('keeps its source', () => {
    const { stream, delivered } = setUp();
    stream.receive(frame([payload(A, 'one')], 'orders_matched'));
    expect(delivered[0]?.source).toBe('RTDS_MATCHED');
  });

  it('makes its leaders active', () => {
    const { stream, watch } = setUp();
    stream.receive(frame([payload(A, 'one')]));
    expect(watch.list().map((leader) => leader.lastFillAtMs)).toEqual([START_MS, 0]);
  });

  it('without trades changes nothing', () => {
    const { stream, delivered, quarantined } = setUp();
    for (const text of ['PONG', '', '{"topic":"comments","type":"x","payload":{}}']) stream.receive(text);
    expect([delivered, quarantined()]).toEqual([[], []]);
  });

  it('is quarantined where it is damaged or dated in the future, and the rest is reported', () => {
    const { stream, delivered, quarantined } = setUp();
    stream.receive(
      frame([
        payload(A, 'bad', { price: 7 }),
        payload(A, 'future', { timestamp: START_MS / 1_000 + 61 }),
        payload(A, 'good', { timestamp: START_MS / 1_000 + 60 }),
      ]),
    );
    expect(delivered.map((one) => one.rows.map((row) => row.txHash))).toEqual([[hashOf('good')]]);
    expect(quarantined()).toEqual(['RTDS price: not a price from 0 to 1', 'RTDS timestamp: in the future']);
  });

  it('that could not be delivered makes its leader due for a sweep, and is counted', async () => {
    const { stream, watch, failing, ports } = setUp();
    failing();
    expect(watch.nextDue(START_MS, new Set())).toBeUndefined();
    stream.receive(frame([payload(A, 'one')]));
    await ports.settle();
    expect(watch.nextDue(START_MS, new Set())?.address).toBe(A);
    expect(stream.counters.deliveryFailures).toBe(1);
    expect(ports.logs).toMatchObject([
      { message: 'a fill could not be handed over; the next sweep brings it' },
    ]);
  });
});
