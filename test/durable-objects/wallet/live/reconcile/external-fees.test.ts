/** Fees for fills of others on the account: which fills wait for one, and how often the feed is asked. */
import { beforeEach, describe, expect, it } from 'vitest';
import { timedFeed } from '../../../../../durable-objects/wallet/live/reconcile/timed-feed.ts';
import { exampleFacts, TOKEN } from '../../../../domain/decide/example-facts.ts';
import { EXTERNAL_ID, fillReport, OTHER_TOKEN, storedOrder } from '../../stores.ts';
import { type LiveRoom, liveRoom } from '../live-room.ts';

const FEE = { ratePpm: 70_000n, exponent: 1 };
const OURS = fillReport();
const EXTERNAL = fillReport({ orderId: EXTERNAL_ID });

let room: LiveRoom;

beforeEach(() => {
  room = liveRoom();
  room.orders.add(storedOrder({ state: 'OPEN' }));
});

function marketHas(fee: typeof FEE | null): void {
  room.quotes.set(TOKEN, { book: null, market: exampleFacts({ market: { fee } }).market });
}

describe('a fill can be booked exactly', () => {
  it('when it is ours or its maker’s, and else once the fee of its market is known', async () => {
    expect(room.fees.isExact(OURS)).toBe(true);
    expect(room.fees.isExact({ ...EXTERNAL, role: 'MAKER' })).toBe(true);
    expect(room.fees.isExact(EXTERNAL)).toBe(false);
    marketHas(FEE);
    await room.fees.learn([EXTERNAL]);
    expect(room.fees.isExact(EXTERNAL)).toBe(true);
    expect(room.fees.isExact({ ...EXTERNAL, tokenId: OTHER_TOKEN })).toBe(false);
  });

  it('also where the market charges no fee', async () => {
    marketHas(null);
    expect([...(await room.fees.learn([EXTERNAL]))]).toEqual([[TOKEN, null]]);
    expect(room.fees.isExact(EXTERNAL)).toBe(true);
  });
});

describe('the feed', () => {
  it('is asked once for each market', async () => {
    marketHas(FEE);
    await room.fees.learn([EXTERNAL, EXTERNAL]);
    await room.fees.learn([EXTERNAL]);
    expect(room.asked).toEqual([TOKEN]);
    expect(room.fees.all().get(TOKEN)).toEqual(FEE);
  });

  it('is not asked for fills of ours, which carry their fee', async () => {
    await room.fees.learn([OURS]);
    expect(room.asked).toEqual([]);
  });

  it('that gives no answer is a failure after ten seconds, and no wait without end', async () => {
    room.feed.freshQuote = () => new Promise<never>(() => {});
    const learned = room.fees.learn([EXTERNAL]).then(
      () => 'learned',
      (error: unknown) => String(error),
    );
    await room.ports.advance(10_000);
    expect(await learned).toContain('TimeLimitError: LeaderFeed');
    room.feed.tokenStates = () => new Promise<never>(() => {});
    const states = timedFeed(room.ports.timers, room.feed).tokenStates([]);
    const failed = expect(states).rejects.toThrow('LeaderFeed');
    await room.ports.advance(10_000);
    await failed;
  });

  it('is asked again for a market that it did not know', async () => {
    await room.fees.learn([EXTERNAL]);
    expect(room.fees.all().size).toBe(0);
    await room.fees.learn([EXTERNAL]);
    expect(room.asked).toEqual([TOKEN, TOKEN]);
  });
});
