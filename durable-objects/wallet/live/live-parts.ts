/**
 * The parts of the live Wallet, made in the order in which they need one another: first what is stored, then the connection to
 * the venue, then what reads the account. No part knows one that is made after it.
 */
import { readLiveSecrets } from '../../../polymarket/account/credentials.ts';
import { Quarantine } from '../../platform/quarantine.ts';
import { AttemptLog } from '../attempt-log.ts';
import { ExitWaits } from '../exits/exit-waits.ts';
import type { SharedParts } from '../shared-parts.ts';
import { LiveAccount } from './account/account.ts';
import { AccountState } from './account/account-state.ts';
import { CallSlots } from './account/call-slots.ts';
import { LiveConnection } from './account/connection.ts';
import { LiveCheck } from './account/live-check.ts';
import type { LiveDeps } from './account/live-deps.ts';
import { RefusedRows } from './account/refused-rows.ts';
import { VenueCalls } from './account/venue-calls.ts';
import { VenueStanding } from './account/venue-standing.ts';
import { ChannelReports } from './channel-reports.ts';
import { LiveHoldings } from './holdings.ts';
import { OffOrders } from './off-orders.ts';
import { AbsentOrders, ResendCheck } from './orders/absent-orders.ts';
import { LiveEvidence } from './orders/evidence.ts';
import { FillBooking } from './orders/fill-booking.ts';
import { OrderChanges } from './orders/order-changes.ts';
import type { OrderStore } from './orders/order-store.ts';
import { OurRecords } from './orders/our-records.ts';
import { Submission } from './orders/submission.ts';
import { PlacingRoom } from './placing/placing-room.ts';
import { QueuedPurchases } from './placing/queued-purchases.ts';
import { AccountReader } from './reconcile/account-reader.ts';
import { LiveDifferences } from './reconcile/differences.ts';
import { ExternalFees } from './reconcile/external-fees.ts';
import { FlowBooking } from './reconcile/flow-booking.ts';
import { FlowReading } from './reconcile/flow-reading.ts';
import { FullReading } from './reconcile/full-reading.ts';
import { LedgerCheck } from './reconcile/ledger-check.ts';
import { Opening, OpeningReading } from './reconcile/opening.ts';
import { OrderQuestions } from './reconcile/order-questions.ts';
import { ReadWindow } from './reconcile/read-window.ts';
import { Readings } from './reconcile/readings.ts';
import { ReconcileRound, Reconciler } from './reconcile/reconciler.ts';
import { timedFeed } from './reconcile/timed-feed.ts';
import { TradeReading } from './reconcile/trade-reading.ts';
import { LiveSchedule } from './schedule.ts';

/** What the live Wallet is made of, and what only the runtime can give it. */
export interface WalletParts extends SharedParts {
  readonly orders: OrderStore;
  readonly deps: LiveDeps;
}

type LiveStores = ReturnType<typeof liveStores>;
type LiveVenue = ReturnType<typeof liveVenue>;

/** What is stored, and what changes it. */
export function liveStores(parts: WalletParts) {
  const { ports, kv, outbox, scheduler, settings, stats, book, orders, switches, feed, deps } = parts;
  const { storage, nowMs } = ports;
  const secrets = readLiveSecrets(deps.secrets);
  const waits = new ExitWaits(storage);
  const purchases = new QueuedPurchases(storage);
  const isWaiting = () => waits.list().length > 0 || !purchases.isEmpty();
  const schedule = new LiveSchedule(nowMs, scheduler, switches, orders, isWaiting, secrets.kind === 'ready');
  const off = new OffOrders(orders, switches, schedule);
  const attempts = new AttemptLog(storage, outbox, stats);
  const changes = new OrderChanges(ports, kv, orders, attempts, off, schedule, parts.owed);
  const state = new AccountState(kv, nowMs);
  const fills = new FillBooking(book, orders, nowMs);
  const evidence = new LiveEvidence(ports, orders, new OurRecords(orders, settings), fills, changes, state);
  const differences = new LiveDifferences(storage, outbox);
  const holdings = new LiveHoldings(book, orders, state, differences);
  const quarantine = new Quarantine(ports, kv, outbox);
  const standing = new VenueStanding(ports, kv);
  const refused = new RefusedRows(quarantine, standing);
  const fees = new ExternalFees(orders, timedFeed(ports.timers, feed));
  const flows = new FlowBooking(storage, book, nowMs);
  return {
    ...{
      secrets,
      waits,
      purchases,
      schedule,
      off,
      attempts,
      changes,
      state,
      evidence,
      differences,
      holdings,
    },
    ...{ quarantine, standing, refused, fees, flows },
  };
}

/** The account at the venue, and the calls to it. */
export function liveVenue(parts: WalletParts, stores: LiveStores) {
  const { ports, kv, settings, orders, pause, deps } = parts;
  const { secrets, standing, state, evidence, fees, refused, schedule, changes } = stores;
  const slots = new CallSlots(ports.nowMs, () => settings.global().authCallsPerSecondMax);
  const check = new LiveCheck(ports, kv, deps, secrets, slots, standing);
  const reports = new ChannelReports(ports, evidence, fees, refused, schedule, pause);
  const connection = new LiveConnection(ports, deps, secrets, slots, check, reports);
  const account = new LiveAccount(ports, kv, connection, state, standing, check);
  const calls = new VenueCalls(ports, slots, account);
  const submission = new Submission(ports, orders, changes, calls, schedule);
  const room = new PlacingRoom(slots, stores.purchases, stores.waits, submission);
  return { connection, account, calls, submission, slots, room };
}

/** What reads the account. */
export function liveReaders(parts: WalletParts, stores: LiveStores, venue: LiveVenue) {
  const { ports, kv, settings, book, orders, switches, pause, feed, deps } = parts;
  const { schedule, changes, state, evidence, differences, holdings, quarantine, refused, fees, flows } =
    stores;
  const { account, calls, submission } = venue;
  const resend = new ResendCheck(switches, settings, pause, account, submission);
  const absent = new AbsentOrders(ports, orders, changes, submission, resend);
  const readings = new Readings(ports, evidence, absent, refused, pause);
  const questions = new OrderQuestions(orders, calls, submission, readings, fees);
  const dataHost = { baseUrl: deps.dataUrl, fetch: deps.publicFetch, nowMs: ports.nowMs };
  const reader = new AccountReader(account, calls, book, timedFeed(ports.timers, feed), dataHost);
  const ledger = new LedgerCheck(ports, account, book, reader, readings, holdings);
  const window = new ReadWindow(orders, state, differences, refused);
  const trades = new TradeReading(orders, calls, readings, fees, window);
  const flowReading = new FlowReading(ports, state, reader, flows, holdings, quarantine);
  const fullReading = new FullReading(ports, trades, questions, flowReading, ledger, window);
  const openingReading = new OpeningReading(ports, calls, reader, readings);
  const opening = new Opening(ports, state, openingReading, flows, holdings);
  const round = new ReconcileRound(ports, kv, account, calls, readings, opening, fullReading);
  const reconciler = new Reconciler(account, schedule, round);
  return { questions, ledger, reconciler };
}
