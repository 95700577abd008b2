/**
 * The intents of both modes: decides for each closed group and each active mode whether it is buffered, keeps the times at
 * which buffers and carries are looked at, and takes the Wallets' answers.
 */
import { rawTarget } from '../../domain/decide/sizing.ts';
import { type TokenId, TRADING_MODES, type TradingMode } from '../../domain/ids.ts';
import type { ShareMicros } from '../../domain/money.ts';
import type { ObjectPorts } from '../platform/ports.ts';
import type { Scheduler } from '../platform/scheduler.ts';
import type { CopyResult } from '../rpc.ts';
import type { Group, PendingFill, QueuedDispatch } from './groups.ts';
import { JOBS } from './keys.ts';
import type { LeaderControl } from './leader-control.ts';
import type { LeaderHoldings } from './leader-holdings.ts';
import type { ModeIntents } from './mode-intents.ts';

export class Intents {
  constructor(
    private readonly ports: ObjectPorts,
    private readonly scheduler: Scheduler,
    private readonly control: LeaderControl,
    private readonly holdings: LeaderHoldings,
    private readonly modes: Readonly<Record<TradingMode, ModeIntents>>,
  ) {}

  next(mode: TradingMode): QueuedDispatch | undefined {
    return this.modes[mode].next();
  }

  carried(mode: TradingMode, token: TokenId): ShareMicros {
    return this.modes[mode].carried(token);
  }

  /** Makes a closed group an intent of every active mode, at once or through its buffer. Call inside a transaction. */
  add(group: Group, fills: readonly PendingFill[], nowMs: number): void {
    // Without a complete reading of the leader's positions it is unknown; our rate of the sale is sold then.
    const leaderExited = group.side === 'SELL' && this.holdings.hasExited(group.tokenId);
    for (const mode of this.control.activeModes()) {
      this.modes[mode].join(fills, group.groupKey, nowMs);
      const settings = this.control.settings(mode);
      const target = rawTarget(settings, {
        notionalMicros: group.notionalMicros,
        exposureMicros: this.holdings.exposureFor(settings),
      });
      const buffered =
        settings.bufferEnabled &&
        !('reason' in target) &&
        group.notionalMicros >= BigInt(settings.leaderTradeNotionalMicrosMin);
      if (!buffered) this.modes[mode].addDirect(group, leaderExited);
      else
        this.modes[mode].addBuffered(group, target.targetNotionalMicros, { settings, nowMs, leaderExited });
    }
    this.scheduleFlush();
  }

  /** The job that looks at buffers and carries. */
  flush(): void {
    const nowMs = this.ports.nowMs();
    for (const mode of TRADING_MODES) {
      const settings = this.control.settings(mode);
      this.ports.storage.transaction(() => this.modes[mode].flush(settings, nowMs));
    }
    this.scheduleFlush();
    this.scheduler.at(JOBS.dispatch, nowMs);
  }

  /** Takes a Wallet's answer to an intent. Call inside a transaction. */
  answered(mode: TradingMode, asked: QueuedDispatch, result: CopyResult): void {
    const nowMs = this.ports.nowMs();
    const { group, leaderExited } = asked.dispatch;
    if (this.modes[mode].answered(asked, result, nowMs)) this.scheduleFlush();
    if (leaderExited) this.modes[mode].giveUpCarries(group.tokenId, nowMs);
  }

  private scheduleFlush(): void {
    for (const mode of TRADING_MODES) {
      for (const atMs of this.modes[mode].flushTimes(this.control.settings(mode))) {
        this.scheduler.at(JOBS.buffers, atMs);
      }
    }
  }
}
