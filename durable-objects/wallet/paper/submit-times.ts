/**
 * How long a paper copy waits besides the market's own delay: the setting, else the time that live orders were seen to take
 * (A55). The live Wallet is asked now and then, never for a decision; without an answer the last one stays.
 */
import { type AnswerTimes, type PaperWait, paperWait } from '../../../domain/settings/paper-wait.ts';
import type { ModeSettings } from '../../../domain/settings/settings.ts';
import { MINUTE_MS, SECOND_MS } from '../../../domain/time.ts';
import { type ObjectPorts, reasonOf } from '../../platform/ports.ts';
import { withinTime } from '../../platform/time-limit.ts';
import type { WalletKeyValue } from '../keys.ts';

/** The median of a hundred orders moves slowly. */
const ASK_MS = 10 * MINUTE_MS;
const ANSWER_MS_MAX = 5 * SECOND_MS;

export class SubmitTimes {
  private askedAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly ports: ObjectPorts,
    private readonly kv: WalletKeyValue,
    private readonly readLive: () => Promise<AnswerTimes | null>,
  ) {}

  /** In force by these settings. */
  now({ paperSubmitMs }: Pick<ModeSettings, 'paperSubmitMs'>): PaperWait {
    return paperWait(paperSubmitMs, this.kv.get('liveAnswers') ?? null);
  }

  /** Asks the live Wallet where the last answer is old. Never throws. */
  async refresh(): Promise<void> {
    const { ports } = this;
    if (ports.nowMs() - this.askedAtMs < ASK_MS) return;
    this.askedAtMs = ports.nowMs();
    try {
      const limit = { ms: ANSWER_MS_MAX, what: 'the live Wallet' };
      const measured = await withinTime(ports.timers, limit, this.readLive());
      if (measured !== null) this.kv.put('liveAnswers', measured);
    } catch (error) {
      ports.log('warn', 'the time that live orders take could not be read', { reason: reasonOf(error) });
    }
  }
}
