/** What decides on an intent, over ports in memory: real stores, an executor and a feed that do what the test says. */
import type { CopyIntent } from '../../../domain/decide/decision-facts.ts';
import type { ReasonCode } from '../../../domain/decide/reasons.ts';
import type { TradingMode } from '../../../domain/ids.ts';
import { cash, type ShareMicros, shares } from '../../../domain/money.ts';
import type { FilledTotals } from '../../../domain/portfolio/paper-fills.ts';
import type { Control } from '../../../domain/settings/control.ts';
import type { ModeSettings } from '../../../domain/settings/settings.ts';
import type { FeedPort, Quote } from '../../../durable-objects/rpc.ts';
import { AttemptBooking, AttemptRows } from '../../../durable-objects/wallet/attempt-booking.ts';
import { AttemptLog } from '../../../durable-objects/wallet/attempt-log.ts';
import { Decider } from '../../../durable-objects/wallet/decider.ts';
import { DecisionTurn } from '../../../durable-objects/wallet/decision-turn.ts';
import type { Execution, Executor, WaitingSales } from '../../../durable-objects/wallet/executor.ts';
import { ExitBooking } from '../../../durable-objects/wallet/exits/exit-booking.ts';
import { ExitCommands } from '../../../durable-objects/wallet/exits/exit-commands.ts';
import { ExitTries } from '../../../durable-objects/wallet/exits/exit-tries.ts';
import { OwedExits } from '../../../durable-objects/wallet/exits/owed-exits.ts';
import { RecentCopies } from '../../../durable-objects/wallet/health/recent-copies.ts';
import { IntentQuotes } from '../../../durable-objects/wallet/intent-quotes.ts';
import { TakenLiquidity } from '../../../durable-objects/wallet/paper/taken-liquidity.ts';
import { Pause } from '../../../durable-objects/wallet/pause.ts';
import { SnapshotJob } from '../../../durable-objects/wallet/snapshot-job.ts';
import { WalletSnapshots } from '../../../durable-objects/wallet/snapshots.ts';
import { WalletSwitches } from '../../../durable-objects/wallet/switches.ts';
import { WalletSettings } from '../../../durable-objects/wallet/wallet-settings.ts';
import { type Change, exampleFacts, exampleSettings, NOW } from '../../domain/decide/example-facts.ts';
import { earlierSettings } from '../../domain/settings/earlier-settings.ts';
import { MemoryPorts } from '../memory-ports.ts';
import { paperParts } from './paper/paper-parts.ts';
import { cashEntry, exampleControl, followed, walletStores } from './stores.ts';

export const NO_FILL: FilledTotals = {
  shareMicros: shares(0n),
  notionalMicros: cash(0n),
  feeMicros: cash(0n),
};

/** An order that nothing fills: of a sale, no shares. */
export const DONE: Extract<Execution, { kind: 'done' }> = {
  kind: 'done',
  filled: NO_FILL,
  soldShareMicros: shares(0n),
  reasons: [],
  post: null,
};

export class ScriptedExecutor implements Executor {
  readonly waitReason = 'LIVE_WAITING_FOR_SHARES';
  gateReason: ReasonCode | null = null;
  awaitsShares = false;
  later = shares(0n);
  /** No order of the same is open. */
  ready = true;
  readonly executed: Parameters<Executor['execute']>[0][] = [];
  whenExecuting: () => Execution = () => DONE;

  gate(): ReasonCode | null {
    return this.gateReason;
  }

  awaits(): boolean {
    return this.awaitsShares;
  }

  boughtLater(): ShareMicros {
    return this.later;
  }

  isReady(): boolean {
    return this.ready;
  }

  execute(given: Parameters<Executor['execute']>[0]): Execution {
    this.executed.push(given);
    return this.whenExecuting();
  }
}

export class ScriptedFeed implements FeedPort {
  readonly asked: Parameters<FeedPort['freshQuote']>[0][] = [];
  answers: () => Promise<Quote> = async () => exampleQuote();

  freshQuote(request: Parameters<FeedPort['freshQuote']>[0]): Promise<Quote> {
    this.asked.push(request);
    return this.answers();
  }

  async tokenStates(): Promise<never[]> {
    return [];
  }
}

export class RecordedWaits implements WaitingSales {
  readonly waiting: { readonly intent: CopyIntent; readonly settings: ModeSettings }[] = [];
  readonly ended: string[] = [];
  /** Purchases that come after what waits. */
  readonly later: [key: string, bought: ShareMicros][] = [];

  wait(intent: CopyIntent, settings: ModeSettings): void {
    this.waiting.push({ intent, settings });
  }

  exited(): void {}

  done(key: string): void {
    this.ended.push(key);
  }

  purchased(intent: CopyIntent, bought: ShareMicros): void {
    this.later.push([intent.idempotencyKey, bought]);
  }
}

/** A young quote of the example's market. */
export function exampleQuote(change: Change = {}): Quote {
  const { book, market } = exampleFacts(change);
  return { book, market };
}

export type TurnRoom = ReturnType<typeof turnRoom>;

/** A Wallet with $10,000 that is ON and copies one leader. On paper it fills orders itself, live the test says what happens. */
export function turnRoom(
  mode: TradingMode,
  options: { readonly control?: Partial<Control>; readonly settings?: Partial<ModeSettings> } = {},
) {
  const stores = walletStores(mode, new MemoryPorts(NOW));
  const { ports, kv, book, outbox, stats } = stores;
  const control = exampleControl({
    version: 7,
    followedUsers: [followed()],
    settings: {
      PAPER: exampleSettings({ settings: { paperSubmitMs: 0, ...options.settings } }),
      LIVE: { ...earlierSettings('LIVE'), copyRateBps: 1_000, ...options.settings },
    },
    ...options.control,
  });
  const settings = new WalletSettings(mode, { get: () => control });
  const switches = new WalletSwitches(mode, kv, () => control, ports.nowMs);
  switches.set('ON');
  const taken = new TakenLiquidity(ports.storage);
  const looks: number[] = [];
  const owed = new OwedExits(ports.storage, ports.nowMs, (atMs) => void looks.push(atMs));
  const paper = paperParts(stores, { taken, owed });
  const executor = new ScriptedExecutor();
  const feed = new ScriptedFeed();
  const waits = new RecordedWaits();
  const pause = new Pause(kv, ports.log);
  const scheduled: (readonly [string, number])[] = [];
  const snapshot = new SnapshotJob(
    ports,
    { at: (job, atMs) => void scheduled.push([job, atMs]) },
    new WalletSnapshots(mode, book, kv, outbox, () => undefined),
    null,
  );
  const live = mode === 'LIVE';
  const attempts = new AttemptLog(ports.storage, outbox, stats);
  const recent = new RecentCopies(kv);
  const rows = new AttemptRows(outbox, stats, live ? attempts : paper.attempts, recent);
  const booking = new AttemptBooking(
    settings,
    book,
    rows,
    snapshot,
    new ExitBooking(owed, switches, live ? waits : paper.sales),
  );
  const quotes = new IntentQuotes(ports, feed, settings, switches);
  const decider = new Decider(
    ports.nowMs,
    kv,
    switches,
    taken,
    book,
    paper.funds,
    live ? executor : paper.executor,
  );
  const turn = new DecisionTurn(mode, ports, kv, switches, quotes, decider, booking, pause);
  const tries = new ExitTries(ports, owed, switches, quotes, decider, turn);
  const commands = new ExitCommands(ports.storage, owed, switches);
  book.bookEntry({ ...cashEntry('DEPOSIT', '10000'), mode }, undefined);
  ports.clearOutbox();
  return {
    ...stores,
    settings,
    switches,
    taken,
    /** Its executor and funds decide on paper. */
    paper,
    executor,
    feed,
    waits,
    pause,
    scheduled,
    attempts,
    recent,
    booking,
    quotes,
    decider,
    turn,
    owed,
    /** The times for which looks at owed exits were asked. */
    looks,
    tries,
    commands,
  };
}
