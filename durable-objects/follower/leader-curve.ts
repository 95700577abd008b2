/**
 * What the leader has made since we follow them, from the same start as our own slice, so that the two compare (W47). One row
 * an hour, replaced after each trade; the same for both modes and kept under PAPER (A35). Valued at last seen prices.
 */
import type { LeaderAddress, Side } from '../../domain/ids.ts';
import { add, type CashMicros, cash, max, sub } from '../../domain/money.ts';
import { HOUR_MS } from '../../domain/time.ts';
import type { Outbox } from '../platform/outbox.ts';
import type { SeedPosition } from '../rpc.ts';
import type { FollowerKeyValue } from './keys.ts';
import type { LeaderPositions } from './leader-positions.ts';

export class LeaderCurve {
  constructor(
    private readonly kv: FollowerKeyValue,
    private readonly positions: LeaderPositions,
    private readonly outbox: Outbox,
    private readonly leader: LeaderAddress,
  ) {}

  /** Replaces the positions by the venue's list. The change of value is not profit, so the base changes with it. */
  seed(positions: readonly SeedPosition[], given: Parameters<LeaderPositions['seed']>[1]): void {
    const before = this.positions.exposure();
    this.positions.seed(positions, given);
    const change = sub(this.positions.exposure(), before);
    this.kv.put('shadowBase', add(this.base(), change));
  }

  /** Cash that a fill took or gave. */
  traded(side: Side, notional: CashMicros): void {
    this.kv.put('shadowCash', side === 'BUY' ? sub(this.cash(), notional) : add(this.cash(), notional));
  }

  /** Adds collateral that a merge or redemption gave back; negative for a split. */
  moved(signed: CashMicros): void {
    this.kv.put('shadowCash', add(this.cash(), signed));
  }

  /** Writes the hour's row. */
  snapshot(nowMs: number): void {
    const exposure = this.positions.exposure();
    const profit = sub(add(exposure, this.cash()), this.base());
    const unrealised = sub(exposure, this.positions.cost());
    const revision = (this.kv.get('shadowRevision') ?? 0) + 1;
    this.kv.put('shadowRevision', revision);
    this.outbox.add({
      kind: 'snapshot',
      mode: 'PAPER',
      portfolioScope: 'SHADOW_USER',
      leaderAddress: this.leader,
      bucket: 'HOUR',
      bucketAtMs: nowMs - (nowMs % HOUR_MS),
      equityMicros: profit,
      cashMicros: this.cash(),
      exposureMicros: exposure,
      realisedMicros: sub(profit, unrealised),
      unrealisedMicros: unrealised,
      flowMicros: cash(0n),
      peakExposureMicros: this.peakExposure(exposure),
      revision,
    });
  }

  /** The largest exposure since we follow the leader. */
  private peakExposure(exposure: CashMicros): CashMicros {
    const peak = max(this.kv.get('shadowPeakExposure') ?? cash(0n), exposure);
    this.kv.put('shadowPeakExposure', peak);
    return peak;
  }

  private cash(): CashMicros {
    return this.kv.get('shadowCash') ?? cash(0n);
  }

  private base(): CashMicros {
    return this.kv.get('shadowBase') ?? cash(0n);
  }
}
