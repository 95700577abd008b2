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
import { LivePruning } from './pruning.ts';
import type { LiveJob, LiveSchedule } from './schedule.ts';
import { SwitchCommands } from './switch-commands.ts';
import { UnsettledShares } from './unsettled-shares.ts';
import { Exits, LiveWaitingSales, WaitLimits } from './waiting-sales.ts';
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
  /** The jobs of the live Wallet; waiting sales are decided again by `turn`. */
  jobs(turn: DecisionTurn): Jobs;
}

export function liveWallet(parts: WalletParts): LiveWallet {
  const { ports, kv, book, orders, switches, settings } = parts;
  const stores = liveStores(parts);
  const venue = liveVenue(parts, stores);
  const { questions, ledger, reconciler } = liveReaders(parts, stores, venue);
  const { attempts, holdings, waits, schedule, state, off, differences, quarantine, flows } = stores;
  const { connection, account, calls, submission } = venue;
  const unsettled = new UnsettledShares(orders, waits);
  const funds = new LiveFunds(book, orders, state, holdings, parts.owed);
  const placement = new OrderPlacement(orders, funds, submission);
  const openWork = new OpenWork(ports.nowMs, settings, orders, waits);
  const watch = new Watch(switches, schedule, off, connection, questions);
  const cancels = new Cancels(ports, off, connection, calls, submission, schedule);
  const gateEnds = new GateEnds(parts.owed, account, settings);
  const limits = new WaitLimits(settings, unsettled);
  return {
    executor: new LiveExecutor(account, switches, unsettled, funds, placement),
    funds,
    attempts,
    waiting: new LiveWaitingSales(ports.nowMs, waits, schedule),
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
      const exits = new Exits(ports.nowMs, waits, account, limits, schedule, turn);
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
        exits: () => exits.run(),
      } satisfies Record<LiveJob, unknown>;
    },
  };
}
