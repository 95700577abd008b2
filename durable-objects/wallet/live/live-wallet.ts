/**
 * What only the live Wallet has, as WalletCore uses it, wired from what every Wallet has. The decision itself is the same as on
 * paper (`../decision-turn.ts`); how the parts depend on one another is in `live-parts.ts`.
 */
import type { Jobs } from '../../platform/scheduler.ts';
import type { AttemptLog } from '../attempt-log.ts';
import type { DecisionTurn } from '../decision-turn.ts';
import type { LiveAccount } from './account/account.ts';
import { Cancels } from './cancels.ts';
import { EntryCommands } from './entry-commands.ts';
import { GateEnds } from './gate-ends.ts';
import { LiveHealth, OpenWork } from './health.ts';
import type { LiveHoldings } from './holdings.ts';
import { LiveExecutor } from './live-executor.ts';
import { LiveFunds } from './live-funds.ts';
import { liveReaders, liveStores, liveVenue, type WalletParts } from './live-parts.ts';
import type { OffOrders } from './off-orders.ts';
import { OrderPlacement } from './order-placement.ts';
import type { Submission } from './orders/submission.ts';
import { Placing } from './placing/placing.ts';
import { WaitEnds } from './placing/wait-ends.ts';
import { WaitingList } from './placing/waiting-list.ts';
import { LivePruning } from './pruning.ts';
import type { LiveJob, LiveSchedule } from './schedule.ts';
import { SwitchCommands } from './switch-commands.ts';
import { UnsettledShares } from './unsettled-shares.ts';
import { LiveWaitingSales, WaitLimits } from './waiting-sales.ts';
import { Watch } from './watch.ts';

export interface LiveWallet {
  readonly executor: LiveExecutor;
  readonly funds: LiveFunds;
  readonly attempts: AttemptLog;
  readonly waiting: LiveWaitingSales;
  readonly holdings: LiveHoldings;
  readonly unsettled: UnsettledShares;
  readonly commands: SwitchCommands;
  readonly entries: EntryCommands;
  readonly off: OffOrders;
  readonly account: LiveAccount;
  readonly submission: Submission;
  readonly schedule: LiveSchedule;
  readonly health: LiveHealth;
  readonly pruning: LivePruning;
  /** The jobs of the live Wallet; what waits is decided again by `turn`. */
  jobs(turn: DecisionTurn): Jobs;
}

export function liveWallet(parts: WalletParts): LiveWallet {
  const { ports, kv, book, orders, switches, settings } = parts;
  const stores = liveStores(parts);
  const venue = liveVenue(parts, stores);
  const { questions, ledger, reconciler } = liveReaders(parts, stores, venue);
  const { attempts, holdings, waits, purchases, schedule, state, off, differences, quarantine, flows } =
    stores;
  const { connection, account, calls, submission, slots, room } = venue;
  const unsettled = new UnsettledShares(orders, waits);
  const funds = new LiveFunds(book, orders, state, holdings, parts.owed);
  const placement = new OrderPlacement(orders, funds, submission, room);
  const openWork = new OpenWork(ports.nowMs, settings, orders, waits, purchases);
  const watch = new Watch(switches, schedule, off, connection, questions);
  const cancels = new Cancels(ports, off, connection, calls, submission, schedule);
  const gateEnds = new GateEnds(parts.owed, account, settings);
  const limits = new WaitLimits(settings, unsettled);
  return {
    executor: new LiveExecutor(account, switches, unsettled, funds, placement),
    funds,
    attempts,
    waiting: new LiveWaitingSales(ports.nowMs, waits, purchases, room, schedule),
    holdings,
    unsettled,
    commands: new SwitchCommands(ports, kv, switches, settings, account, off, schedule),
    entries: new EntryCommands(ports.nowMs, kv, switches, settings, off),
    off,
    account,
    submission,
    schedule,
    health: new LiveHealth(kv, switches, account, openWork, differences, quarantine),
    pruning: new LivePruning(orders, state, attempts, flows),
    jobs: (turn) => {
      const ends = new WaitEnds(ports.nowMs, switches, settings, account);
      const list = new WaitingList(ports.nowMs, waits, purchases, room, limits, ends);
      const placing = new Placing(ports, list, room, account, schedule, turn);
      slots.onFree(() => placing.wake());
      return {
        watch: async () => {
          await watch.run();
          gateEnds.look();
        },
        reconcile: async () => {
          await reconciler.run();
          gateEnds.look();
        },
        look: () => {
          schedule.looking();
          return ledger.look();
        },
        cancel: () => cancels.run(),
        exits: () => placing.run(),
      } satisfies Record<LiveJob, unknown>;
    },
  };
}
