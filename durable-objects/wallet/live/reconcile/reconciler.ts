/**
 * The job that reconciles the live account once a minute (design.md 8): it opens the ledger at the first reading and compares
 * it with the venue at every later one. What follows from a reading is decided in domain/orders/reconcile.
 */
import { type ObjectPorts, reasonOf } from '../../../platform/ports.ts';
import type { WalletKeyValue } from '../../keys.ts';
import type { LiveAccount } from '../account/account.ts';
import type { VenueCalls } from '../account/venue-calls.ts';
import type { LiveSchedule } from '../schedule.ts';
import type { FullReading } from './full-reading.ts';
import type { Opening } from './opening.ts';
import type { Readings } from './readings.ts';

/** A longer error is cut. */
const ERROR_LENGTH_MAX = 200;

/** What is read once a minute: the standing of the account, and then its ledger opened or compared. */
export class ReconcileRound {
  constructor(
    private readonly ports: ObjectPorts,
    private readonly kv: WalletKeyValue,
    private readonly account: LiveAccount,
    private readonly calls: VenueCalls,
    private readonly readings: Readings,
    private readonly opening: Opening,
    private readonly fullReading: FullReading,
  ) {}

  /** Never throws; what failed is read again in a minute. */
  async run(): Promise<void> {
    const { account, kv, ports, readings } = this;
    // The ledger describes one account: another's readings would corrupt it.
    if (account.ready() === null || account.isOther()) return;
    try {
      await this.calls.read(() => account.probe());
    } catch (error) {
      readings.failed('the clock and the standing of the account could not be read', error);
    }
    try {
      if (account.state.openedAtMs() === undefined) await this.opening.run();
      else await this.fullReading.run();
      kv.put('lastReconcileAt', ports.nowMs());
      kv.delete('reconcileError');
    } catch (error) {
      kv.put('reconcileError', reasonOf(error).slice(0, ERROR_LENGTH_MAX));
      readings.failed('the account could not be reconciled', error);
    }
  }
}

/** The job. At rest it runs once an hour, and opens no channel. */
export class Reconciler {
  constructor(
    private readonly account: LiveAccount,
    private readonly schedule: LiveSchedule,
    private readonly round: ReconcileRound,
  ) {}

  async run(): Promise<void> {
    const { connection } = this.account;
    if (connection.secrets.kind !== 'ready') return;
    this.schedule.reconcileAgain();
    await connection.connect(!this.schedule.isAtRest());
    await this.round.run();
    this.schedule.watchOpen();
    if (this.schedule.isAtRest()) connection.closeChannel();
  }
}
