/**
 * Hands a leader's intents to the Wallets until they have answered, each mode in its own order. Whether a Wallet that did not
 * answer has decided is not known; asking again with the same key is harmless.
 */
import type { TradingMode } from '../../domain/ids.ts';
import { type ObjectPorts, reasonOf } from '../platform/ports.ts';
import { withinTime } from '../platform/time-limit.ts';
import type { CopyRequest, CopyResult, WalletPort } from '../rpc.ts';
import type { Dispatch, Groups } from './groups.ts';

export interface HandoverParts {
  readonly ports: ObjectPorts;
  readonly groups: Groups;
  readonly wallets: Readonly<Record<TradingMode, WalletPort>>;
  readonly requestOf: (mode: TradingMode, dispatch: Dispatch) => CopyRequest;
  /** Inside a transaction. */
  readonly answered: (
    mode: TradingMode,
    asked: { readonly id: number; readonly dispatch: Dispatch },
    result: CopyResult,
  ) => void;
  /** Asks to be run again at the time. */
  readonly again: (atMs: number) => void;
}

/** A Wallet that did not answer is asked again after this long. */
export const DISPATCH_RETRY_MS = 1_000;
/** A Wallet that has not answered by then is asked again with the same key: longer than its own wait for a cold book. */
const COPY_MS_MAX = 20_000;
/** Intents handed over in one run; the next run goes on. */
const DISPATCHES_MAX = 1_000;
/** Paper is handed over this much later than live, when live has something to decide. */
const LIVE_HEAD_START_MS = 5;
/** The one whose latency costs money is called first (design.md 12). */
const HANDED_OVER = ['LIVE', 'PAPER'] as const satisfies readonly TradingMode[];

export class IntentHandover {
  private readonly handing = new Map<TradingMode, Promise<void>>();

  constructor(private readonly parts: HandoverParts) {}

  /** Hands waiting intents to their Wallets, each mode in its own order; one mode never waits for the other's answer. */
  async run(): Promise<void> {
    await Promise.all(
      HANDED_OVER.map((mode) => {
        const running = this.handing.get(mode);
        if (running !== undefined) return running;
        const after = mode === 'PAPER' ? this.headStart() : Promise.resolve();
        const run = after.then(() => this.handOverMode(mode));
        this.handing.set(mode, run);
        return run;
      }),
    );
  }

  /** Live goes first: where all objects share one thread, paper's work would stand between its decision and its POST. */
  private headStart(): Promise<void> {
    if (this.parts.groups.next('LIVE') === undefined) return Promise.resolve();
    return new Promise((resolve) => void this.parts.ports.timers.after(LIVE_HEAD_START_MS, resolve));
  }

  private async handOverMode(mode: TradingMode): Promise<void> {
    try {
      await this.handOverAll(mode);
    } finally {
      // In the same turn as the last look at what waits: whatever is added next finds nobody running, and starts anew.
      this.handing.delete(mode);
    }
  }

  private async handOverAll(mode: TradingMode): Promise<void> {
    for (let count = 0; count < DISPATCHES_MAX; count += 1) {
      const next = this.parts.groups.next(mode);
      if (next === undefined) return;
      try {
        const { dispatch } = next;
        const asked = this.parts.wallets[mode].copy(this.parts.requestOf(mode, dispatch));
        const result = await withinTime(
          this.parts.ports.timers,
          { ms: COPY_MS_MAX, what: 'the Wallet' },
          asked,
        );
        this.parts.ports.storage.transaction(() => this.parts.answered(mode, next, result));
      } catch (error) {
        // Whether the Wallet decided is not known; asking again with the same key is harmless.
        this.parts.ports.log('warn', 'a Wallet did not answer; the intent waits', {
          mode,
          reason: reasonOf(error),
        });
        this.parts.again(this.parts.ports.nowMs() + DISPATCH_RETRY_MS);
        return;
      }
    }
    this.parts.again(this.parts.ports.nowMs());
  }
}
