/**
 * The live check: everything that must be right before orders may leave, as items with sentences. It places nothing. Run at
 * every start before the first order, since the region is only known then, and whenever the operator asks.
 */
import type { CheckItem } from '../../../../domain/orders/orders.ts';
import type { SocketState } from '../../../../domain/records/status.ts';
import type { LiveSecrets } from '../../../../polymarket/account/credentials.ts';
import {
  clockSkewMs,
  isClockOff,
  runLiveCheck,
  skewSentence,
} from '../../../../polymarket/account/live-check.ts';
import type { Fetch } from '../../../../polymarket/wire/http.ts';
import { type ObjectPorts, reasonOf } from '../../../platform/ports.ts';
import type { WalletKeyValue } from '../../keys.ts';
import type { CallSlots } from './call-slots.ts';
import type { LiveDeps } from './live-deps.ts';
import type { VenueStanding } from './venue-standing.ts';

export class LiveCheck {
  private regionAsked = false;

  constructor(
    private readonly ports: ObjectPorts,
    private readonly kv: WalletKeyValue,
    private readonly deps: LiveDeps,
    private readonly secrets: LiveSecrets,
    private readonly slots: CallSlots,
    private readonly standing: VenueStanding,
  ) {}

  /** Whether a check has ended since this instance started: the region may have changed with a restart. */
  isRegionAsked(): boolean {
    return this.regionAsked;
  }

  /**
   * There are fresh credentials: a refusal of older ones is over, and the check runs in the background. Its end, good or bad,
   * opens the gate; what it finds wrong is a problem of its own.
   */
  connected(channelState: () => SocketState): void {
    this.standing.clearProblem('API_KEY_REFUSED');
    this.run(channelState)
      .catch((error: unknown) => this.ports.log('warn', 'the live check failed', { reason: reasonOf(error) }))
      .finally(() => {
        this.regionAsked = true;
      });
  }

  async run(channelState: () => SocketState): Promise<readonly CheckItem[]> {
    const { deps, ports, slots, secrets } = this;
    // Its calls take call slots like all others.
    const fetch: Fetch = (input, init) => slots.run('read', ports.timers, () => deps.fetch(input, init));
    const items = await runLiveCheck({
      secrets,
      clobHost: { baseUrl: deps.clobUrl, fetch, nowMs: ports.nowMs },
      orderHost: { baseUrl: deps.orderUrl, fetch, nowMs: ports.nowMs },
      dataHost: { baseUrl: deps.dataUrl, fetch: deps.publicFetch, nowMs: ports.nowMs },
      geoblockUrl: deps.geoblockUrl,
      channelState,
    });
    const region = items.find((item) => item.name === 'region');
    if (region !== undefined) {
      this.kv.put('region', { state: region.state, sentence: region.sentence, atMs: ports.nowMs() });
      if (region.state === 'NOT_READY') this.standing.setProblem('REGION_BLOCKED', region.sentence);
    }
    return items;
  }

  /**
   * The venue refused the key. Where our clock is off, that is why: stores it and returns the sentence; undefined where the clock
   * is right or cannot be read.
   */
  async clockProblem(): Promise<string | undefined> {
    const { deps, ports, slots } = this;
    const fetch: Fetch = (input, init) => slots.run('read', ports.timers, () => deps.fetch(input, init));
    try {
      const skewMs = await clockSkewMs({ baseUrl: deps.clobUrl, fetch, nowMs: ports.nowMs });
      if (!isClockOff(skewMs)) return undefined;
      const sentence = skewSentence(skewMs);
      this.standing.setProblem('CLOCK_SKEW', sentence);
      return sentence;
    } catch {
      // The refusal itself is reported in any case.
      return undefined;
    }
  }

  /** What the last check said of the region; undefined before the first. */
  regionSentence(): string | undefined {
    return this.kv.get('region')?.sentence;
  }
}
