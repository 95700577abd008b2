/** The parts of a live Wallet that decide on exits and try them again, over a venue that the test reports for. */
import { groupKey, idempotencyKey } from '../../../../domain/ids.ts';
import type { ModeSettings } from '../../../../domain/settings/settings.ts';
import { AttemptBooking, AttemptRows } from '../../../../durable-objects/wallet/attempt-booking.ts';
import { Decider } from '../../../../durable-objects/wallet/decider.ts';
import { DecisionTurn } from '../../../../durable-objects/wallet/decision-turn.ts';
import { ExitBooking } from '../../../../durable-objects/wallet/exits/exit-booking.ts';
import { ExitTries } from '../../../../durable-objects/wallet/exits/exit-tries.ts';
import { RecentCopies } from '../../../../durable-objects/wallet/health/recent-copies.ts';
import { IntentQuotes } from '../../../../durable-objects/wallet/intent-quotes.ts';
import { LiveExecutor } from '../../../../durable-objects/wallet/live/live-executor.ts';
import { LiveFunds } from '../../../../durable-objects/wallet/live/live-funds.ts';
import { OrderPlacement } from '../../../../durable-objects/wallet/live/order-placement.ts';
import { LiveWaitingSales } from '../../../../durable-objects/wallet/live/waiting-sales.ts';
import { TakenLiquidity } from '../../../../durable-objects/wallet/paper/taken-liquidity.ts';
import { SnapshotJob } from '../../../../durable-objects/wallet/snapshot-job.ts';
import { WalletSnapshots } from '../../../../durable-objects/wallet/snapshots.ts';
import { LEADER, TOKEN } from '../../../domain/decide/example-facts.ts';
import { liveRoom } from '../live/live-room.ts';

export function liveTurnRoom(live: Partial<ModeSettings>) {
  const room = liveRoom({ live });
  const { ports, kv, book, orders, outbox, owed, switches, settings, stats, feed, pause, waits } = room;
  // Every order is taken; what becomes of it the test reports.
  room.api.submit = async () => ({ kind: 'accepted', status: 'MATCHED', tradeIds: [] });
  const funds = new LiveFunds(book, orders, room.state, room.holdings, owed);
  const placement = new OrderPlacement(orders, funds, room.submission, room.placingRoom);
  const executor = new LiveExecutor(room.account, switches, room.unsettled, funds, placement);
  const decider = new Decider(
    ports.nowMs,
    kv,
    switches,
    new TakenLiquidity(ports.storage),
    book,
    funds,
    executor,
  );
  const rows = new AttemptRows(outbox, stats, room.attempts, new RecentCopies(kv));
  const snapshots = new WalletSnapshots('LIVE', book, kv, outbox, () => undefined);
  const snapshot = new SnapshotJob(ports, { at: () => {} }, snapshots, null);
  const waiting = new LiveWaitingSales(ports.nowMs, waits, room.purchases, room.placingRoom, room.schedule);
  const exits = new ExitBooking(owed, switches, waiting);
  const booking = new AttemptBooking(settings, book, rows, snapshot, exits);
  const quotes = new IntentQuotes(ports, feed, settings, switches);
  const turn = new DecisionTurn('LIVE', ports, kv, switches, quotes, decider, booking, pause);
  return {
    ...room,
    turn,
    tries: new ExitTries(ports, owed, switches, quotes, decider, turn),
    keysOf: (name: string) => {
      const key = groupKey([name]);
      const of = { leaderAddress: LEADER, tokenId: TOKEN, side: 'SELL', groupKey: key } as const;
      return { groupKey: key, idempotencyKey: idempotencyKey(of) };
    },
  };
}
