/**
 * The law of what live may sell (A47): never more than the leader's own shares, nor than the venue's last reading of the token
 * plus the fills that were booked since, each less what open sales hold.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EXTERNAL_LEADER, type SliceOwner } from '../../../../domain/ids.ts';
import { cash, type ShareMicros, shares } from '../../../../domain/money.ts';
import { parseOrderId } from '../../../../domain/orders/orders.ts';
import { LiveFunds } from '../../../../durable-objects/wallet/live/live-funds.ts';
import { LEADER, TOKEN, usd } from '../../../domain/decide/example-facts.ts';
import { exampleIntent, OTHER_LEADER, purchase, storedOrder } from '../stores.ts';
import { liveRoom } from './live-room.ts';

const OWNERS: readonly SliceOwner[] = [LEADER, OTHER_LEADER, EXTERNAL_LEADER];
const STEP = 10_000n;

type Step =
  /** Shares come or go: a fill of ours, or the operator's own trade. */
  | { readonly kind: 'fill'; readonly owner: SliceOwner; readonly micros: number }
  /** A sale is posted for what may be sold, or a part of it. */
  | { readonly kind: 'post'; readonly leader: typeof LEADER; readonly part: number }
  | { readonly kind: 'end' }
  /** The venue is read: it has so much more or less than the ledger. */
  | { readonly kind: 'reading'; readonly off: number };

const leader = fc.constantFrom(LEADER, OTHER_LEADER);
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('fill' as const),
    owner: fc.constantFrom(...OWNERS),
    micros: fc.integer({ min: -30_000_000, max: 60_000_000 }),
  }),
  fc.record({ kind: fc.constant('post' as const), leader, part: fc.integer({ min: 1, max: 100 }) }),
  fc.record({ kind: fc.constant('end' as const) }),
  fc.record({
    kind: fc.constant('reading' as const),
    off: fc.oneof(fc.constant(0), fc.integer({ min: -80_000_000, max: 20_000_000 })),
  }),
);

describe('what live may sell', () => {
  it('never exceeds the holding, nor the venue’s reading with the fills since, over any sequence', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { minLength: 1, maxLength: 30 }), fc.boolean(), (steps, all) => {
        const room = liveRoom();
        const funds = new LiveFunds(room.book, room.orders, room.state, room.holdings, room.owed);
        const settings = { ...room.settings.of(LEADER), sellUnattributed: all };
        const ledger = (): bigint => room.book.open().reduce((sum, one) => sum + one.shareMicros, 0n);
        const sliceOf = (owner: SliceOwner): bigint => room.book.position(owner, TOKEN)?.shareMicros ?? 0n;
        const sellable = (of: typeof LEADER): ShareMicros =>
          funds.sellable(exampleIntent({ leaderAddress: of, side: 'SELL' }), settings);
        let venue = 0n;
        for (const [number, step] of steps.entries()) {
          if (step.kind === 'fill') {
            const before = sliceOf(step.owner);
            const delta = BigInt(step.micros) < -before ? -before : BigInt(step.micros);
            if (delta === 0n) continue;
            room.book.bookEntry(
              purchase({
                mode: 'LIVE',
                refId: `fill-${number}`,
                leaderAddress: step.owner,
                shareDeltaMicros: shares(delta),
                cashDeltaMicros: cash(0n),
              }),
              { shareMicros: shares(before + delta), costMicros: usd('5'), realisedMicros: cash(0n) },
            );
            venue += delta;
          } else if (step.kind === 'post') {
            const size = shares(((sellable(step.leader) * BigInt(step.part)) / 100n / STEP) * STEP);
            if (size === 0n) continue;
            const orderId = parseOrderId(`0x${number.toString(16).padStart(64, '0')}`)!;
            const intent = exampleIntent({ leaderAddress: step.leader, side: 'SELL' });
            const idempotencyKey = `${number}` as typeof intent.idempotencyKey;
            room.orders.add(
              storedOrder(
                {
                  orderId,
                  orderKey: orderId,
                  side: 'SELL',
                  state: 'OPEN',
                  shareMicros: size,
                  idempotencyKey,
                },
                { intent: { ...intent, idempotencyKey }, reservedShareMicros: size },
              ),
            );
          } else if (step.kind === 'end') {
            const [order] = room.orders.open();
            if (order !== undefined) room.changes.change(order.record.orderId, ['SEEN_CANCELED'], {});
          } else if (room.orders.open().length === 0) {
            // While an order is open, what it may have done already explains a difference; the rule is about what nothing explains.
            const ledgerMicros = ledger();
            venue = ledgerMicros + BigInt(step.off) < 0n ? 0n : ledgerMicros + BigInt(step.off);
            const found = {
              kind: 'difference',
              subject: 'POSITION',
              tokenId: TOKEN,
              settling: false,
            } as const;
            room.holdings.keepDifferences(
              venue === ledgerMicros ? [] : [{ ...found, ledgerMicros, venueMicros: venue }],
              { collateral: { balanceMicros: usd('1000'), allowanceMicros: {} }, positions: [] },
              room.ports.nowMs(),
            );
          }
          const reserved = room.orders.reservedShares(TOKEN);
          for (const of of [LEADER, OTHER_LEADER]) {
            const may = sellable(of);
            const own = sliceOf(of) + (all ? sliceOf(EXTERNAL_LEADER) : 0n);
            const shown = JSON.stringify(steps.slice(0, number + 1));
            expect(may % STEP, shown).toBe(0n);
            expect(may >= 0n, shown).toBe(true);
            if (may === 0n) continue;
            expect(may <= own, `beyond the holding: ${shown}`).toBe(true);
            expect(may + reserved <= venue, `beyond the venue: ${shown}`).toBe(true);
            expect(may + reserved <= ledger(), `beyond the ledger: ${shown}`).toBe(true);
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});
