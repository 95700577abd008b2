/**
 * What only the paper Wallet has, as WalletCore uses it, wired from what every Wallet has. The decision itself is the same as live
 * (`../decision-turn.ts`).
 */
import type { AnswerTimes, PaperWait } from '../../../domain/settings/paper-wait.ts';
import type { Jobs } from '../../platform/scheduler.ts';
import type { AttemptLog } from '../attempt-log.ts';
import type { DecisionTurn } from '../decision-turn.ts';
import { ExitWaits } from '../exits/exit-waits.ts';
import type { RecentCopies } from '../health/recent-copies.ts';
import type { Prunable } from '../minute/minute-work.ts';
import type { SharedParts } from '../shared-parts.ts';
import type { SnapshotJob } from '../snapshot-job.ts';
import { paperAttempts } from './paper-attempts.ts';
import { PaperBooking } from './paper-booking.ts';
import { PaperExecutor } from './paper-executor.ts';
import { PaperFunds } from './paper-funds.ts';
import { PaperSales } from './paper-sales.ts';
import { PaperSwitch } from './paper-switch.ts';
import { PendingCopies } from './pending-copies.ts';
import { PendingEnds, PendingExits } from './pending-ends.ts';
import { PendingFills } from './pending-fills.ts';
import { SubmitTimes } from './submit-times.ts';
import type { TakenLiquidity } from './taken-liquidity.ts';

/** Pending copies are filled. */
const PENDING_JOB = 'pending';
/** Sales that waited for one are decided again. */
const SALES_JOB = 'sales';

/** What the paper Wallet is made of. */
export interface PaperParts extends SharedParts {
  readonly snapshot: SnapshotJob;
  readonly taken: TakenLiquidity;
  readonly recent: RecentCopies;
  readonly answerTimes: () => Promise<AnswerTimes | null>;
}

export interface PaperWallet {
  readonly executor: PaperExecutor;
  readonly funds: PaperFunds;
  readonly attempts: AttemptLog;
  readonly waiting: PaperSales;
  readonly pending: PendingCopies;
  readonly switch: PaperSwitch;
  readonly pruning: Prunable;
  /** Cancels what is pending while the switch is not ON. */
  obeySwitch(): void;
  /** Reads how long live orders take, where copies wait as long. */
  measure(): Promise<void>;
  /** How long a copy waits now, besides the market's own delay. */
  wait(): PaperWait;
  jobs(turn: DecisionTurn): Jobs;
}

export function paperWallet(parts: PaperParts): PaperWallet {
  const { ports, kv, outbox, scheduler, settings, stats, book, switches, pause, feed, owed } = parts;
  const { storage, nowMs } = ports;
  const pending = new PendingCopies(storage);
  const funds = new PaperFunds(book, pending, owed);
  const attempts = paperAttempts(storage, outbox, stats);
  const times = new SubmitTimes(ports, kv, parts.answerTimes);
  const booking = new PaperBooking(book, outbox, parts.taken, funds, parts.snapshot);
  const dueAt = (job: string) => (atMs: number) => scheduler.at(job, atMs);
  const waits = new ExitWaits(storage);
  const waiting = new PaperSales(nowMs, waits, pending, dueAt(SALES_JOB));
  const exits = new PendingExits(owed, switches, funds, waits, parts.recent);
  const ends = new PendingEnds(ports, pending, booking, attempts, exits, pause);
  const fills = new PendingFills(ports, feed, pending, ends, waiting, dueAt(PENDING_JOB));
  const obeySwitch = (): void => {
    if (switches.state() !== 'ON') storage.transaction(() => fills.cancelAll());
  };
  return {
    executor: new PaperExecutor(booking, pending, waits, times, dueAt(PENDING_JOB)),
    funds,
    attempts,
    waiting,
    pending,
    switch: new PaperSwitch(nowMs, kv, switches, settings, pause, obeySwitch),
    pruning: attempts,
    obeySwitch,
    measure: () => (settings.global().paperSubmitMs === null ? times.refresh() : Promise.resolve()),
    wait: () => times.now(settings.global()),
    jobs: (turn) => {
      waiting.attach(turn);
      return { [PENDING_JOB]: () => fills.run(), [SALES_JOB]: () => waiting.run() };
    },
  };
}
